// SPDX-License-Identifier: MIT
/*
 * Which GPUs are meant, and which device nodes belong to them.  Owns no state.
 */
#include "gpu/gpu.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"

/* The minor number of nvidiactl, in every branch of the driver. */
#define MINOR_CONTROL 255

int gnv_gpu_list(struct ghostnv *module, struct gnv_gpu_list *ret, struct gnv_error **err)
{
	uint32_t index = 0;
	int r;

	memset(ret, 0, sizeof(*ret));
	while (ret->n < GHOSTNV_GPUS_MAX) {
		r = ghostnv_gpu_next(module, index, &ret->gpus[ret->n]);
		if (r == -ENOENT)
			break;
		if (r < 0)
			return gnv_error_errno(err, -r, "list the GPUs");
		index = ret->gpus[ret->n++].index + 1;
	}
	return 0;
}

static bool matches(const struct ghostnv_gpu *gpu, const char *part)
{
	uint64_t index;

	if (!gnv_parse_u64(part, &index))
		return gpu->index == index;
	if (!strncasecmp(part, "GPU-", 4))
		return !strncasecmp(gpu->uuid, part, strlen(part));
	return !strcasecmp(gpu->pci, part);
}

static int no_such_gpu(const struct gnv_gpu_list *list, const char *part,
		       struct gnv_error **err)
{
	char have[3 * GHOSTNV_GPUS_MAX + 1] = "";
	size_t i, at = 0;

	gnv_error_set(err, ENOENT, "GPU `%.64s`: there is no such GPU", part);
	if (!list->n)
		return gnv_error_remedy(err, -ENOENT,
					"no GPU is attached; see `ghostnv-container devices`");
	for (i = 0; i < list->n; i++)
		at += (size_t)snprintf(have + at, sizeof(have) - at, "%s%u", i ? "," : "",
				       list->gpus[i].index);
	return gnv_error_remedy(err, -ENOENT, "there are %s; see `ghostnv-container devices`",
				have);
}

static int select_one(const struct gnv_gpu_list *list, const char *part, uint64_t *mask,
		      struct gnv_error **err)
{
	const struct ghostnv_gpu *found = NULL;
	size_t i;

	if (!*part) {
		gnv_error_set(err, EINVAL, "a list of GPUs has an empty part");
		return gnv_error_remedy(err, -EINVAL, "write it as `0,1`");
	}
	for (i = 0; i < list->n; i++) {
		if (!matches(&list->gpus[i], part))
			continue;
		if (found) {
			gnv_error_set(err, EINVAL, "GPU `%.64s` fits several GPUs", part);
			return gnv_error_remedy(err, -EINVAL, "give more of the UUID");
		}
		found = &list->gpus[i];
	}
	if (!found)
		return no_such_gpu(list, part, err);
	*mask |= 1ULL << found->index;
	return 0;
}

static uint64_t mask_of_all(const struct gnv_gpu_list *list)
{
	uint64_t mask = 0;
	size_t i;

	for (i = 0; i < list->n; i++)
		mask |= 1ULL << list->gpus[i].index;
	return mask;
}

int gnv_gpu_select(const struct gnv_gpu_list *list, const char *selection,
		   uint64_t *ret_mask, struct gnv_error **err)
{
	_cleanup_free_ char *copy = strdup(selection);
	uint64_t mask = 0;
	char *rest = copy;
	int r;

	if (!copy)
		return gnv_error_errno(err, ENOMEM, "read the list of GPUs");
	if (!strcmp(selection, "none")) {
		*ret_mask = 0;
		return 0;
	}
	if (!strcmp(selection, "all")) {
		*ret_mask = mask_of_all(list);
		return *ret_mask ? 0 : no_such_gpu(list, "all", err);
	}
	while (rest) {
		r = select_one(list, strsep(&rest, ","), &mask, err);
		if (r < 0)
			return r;
	}
	*ret_mask = mask;
	return 0;
}

uint64_t gnv_gpu_vram_bytes(const struct gnv_gpu_list *list, uint64_t mask)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (!(mask & 1ULL << list->gpus[i].index))
			continue;
		if (!list->gpus[i].vram_bytes ||
		    __builtin_add_overflow(sum, list->gpus[i].vram_bytes, &sum))
			return 0;
	}
	return sum;
}

/* The major number of a character device in the text of /proc/devices, or -1. */
static int find_major(const char *proc_devices, const char *name)
{
	_cleanup_free_ char *copy = strdup(proc_devices);
	char *rest = copy, *line, *number;
	uint32_t major;

	while (rest) {
		line = strsep(&rest, "\n");
		if (!strcmp(line, "Block devices:"))
			return -1;
		line += strspn(line, " ");
		number = strsep(&line, " ");
		if (line && !strcmp(line, name) && !gnv_parse_u32(number, &major))
			return (int)major;
	}
	return -1;
}

static void add_node(struct gnv_gpu_node *node, const char *name, unsigned int major,
		     unsigned int minor)
{
	snprintf(node->path, sizeof(node->path), "/dev/%s", name);
	node->major = major;
	node->minor = minor;
}

int gnv_gpu_nodes(const struct gnv_gpu_list *list, uint64_t mask, const char *proc_devices,
		  struct gnv_gpu_node ret[GNV_GPU_NODES_MAX], struct gnv_error **err)
{
	int major = find_major(proc_devices, "nvidia"), uvm;
	char name[16];
	int n = 0;
	size_t i;

	/* Before 550 the region had the name of the part that is in front. */
	if (major < 0)
		major = find_major(proc_devices, "nvidia-frontend");
	if (major < 0) {
		gnv_error_set(err, ENODEV, "`/proc/devices` has no NVIDIA driver");
		return gnv_error_remedy(err, -ENODEV, "load the driver with `modprobe nvidia`");
	}
	add_node(&ret[n++], "nvidiactl", (unsigned int)major, MINOR_CONTROL);
	/* nvidia-uvm-tools is for debuggers, and ghostnv.ko does not stand before it. */
	uvm = find_major(proc_devices, "nvidia-uvm");
	if (uvm >= 0)
		add_node(&ret[n++], "nvidia-uvm", (unsigned int)uvm, 0);
	for (i = 0; i < list->n; i++) {
		if (!(mask & 1ULL << list->gpus[i].index))
			continue;
		snprintf(name, sizeof(name), "nvidia%u", list->gpus[i].minor);
		add_node(&ret[n++], name, (unsigned int)major, list->gpus[i].minor);
	}
	return n;
}
