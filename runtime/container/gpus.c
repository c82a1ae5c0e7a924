// SPDX-License-Identifier: MIT
/*
 * A container's GPUs, wished for and granted.  Owns no state.
 */
#include "container/gpus.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/parse.h"
#include "base/strv.h"
#include "gpu/capabilities.h"
#include "gpu/facts.h"
#include "gpu/module.h"
#include "gpu/require.h"
#include "gpu/visible.h"

#define CAPABILITIES	       "NVIDIA_DRIVER_CAPABILITIES"
#define PROC_DEVICES_BYTES_MAX (256u << 10)

/* With a limit on GPU memory and no list, the limit is over all GPUs. */
static const char *selection(const struct gnv_request *request)
{
	if (request->gpu_devices)
		return request->gpu_devices;
	return request->gpu_memory_bytes || request->gpu_limits.n ? "all" : "none";
}

int gnv_gpus_check_memory(uint64_t wanted_bytes, uint64_t mask, uint64_t vram_bytes,
			  struct gnv_error **err)
{
	char wanted[GNV_BYTES_LEN], have[GNV_BYTES_LEN];

	if (!wanted_bytes)
		return 0;
	gnv_format_bytes(wanted_bytes, wanted);
	if (!mask) {
		gnv_error_set(err, EINVAL, "--gpu-memory %s: no GPU is selected", wanted);
		return gnv_error_remedy(err, -EINVAL, "leave --gpu-devices out, or name a GPU");
	}
	/* Without the bridge nobody knows how much there is; the limit still holds. */
	if (!vram_bytes || wanted_bytes <= vram_bytes)
		return 0;
	gnv_error_set(err, ERANGE, "--gpu-memory %s: the selected GPUs have %s", wanted,
		      gnv_format_bytes(vram_bytes, have));
	return gnv_error_remedy(err, -ERANGE, "ask for at most that much");
}

static void name_pci(struct gnv_gpus *gpus)
{
	size_t i, n = 0;

	for (i = 0; i < gpus->list.n; i++)
		if (gpus->mask & 1ULL << gpus->list.gpus[i].index)
			gpus->pci[n++] = gpus->list.gpus[i].pci;
	gpus->pci[n] = NULL;
}

/* Which nodes and addresses these GPUs have. */
static int name_devices(struct gnv_gpus *gpus, struct gnv_error **err)
{
	_cleanup_free_ char *devices = NULL;
	int r = gnv_file_read_at(AT_FDCWD, "/proc/devices", PROC_DEVICES_BYTES_MAX, &devices,
				 NULL, err);

	if (!r)
		r = gnv_gpu_nodes(&gpus->list, gpus->mask, devices, gpus->nodes, err);
	if (r < 0)
		return r;
	gpus->n_nodes = (size_t)r;
	name_pci(gpus);
	return 0;
}

static int fill(struct gnv_gpus *gpus, const struct gnv_request *request,
		struct gnv_error **err)
{
	struct gnv_gpu_list *list = &gpus->list;
	int r;

	r = gnv_module_check(gpus->module, err);
	if (!r)
		r = gnv_gpu_list(gpus->module, list, err);
	if (!r)
		r = gnv_gpu_select(list, selection(request), &gpus->mask, err);
	if (!r)
		r = gnv_gpus_check_memory(request->gpu_memory_bytes, gpus->mask,
					  gnv_gpu_vram_bytes(list, gpus->mask), err);
	if (!r)
		r = name_devices(gpus, err);
	if (r < 0)
		return r;
	gpus->vram_max_bytes = request->gpu_memory_bytes ? request->gpu_memory_bytes :
							   GHOSTNV_UNLIMITED;
	return 0;
}

int gnv_gpus_init(struct gnv_gpus *gpus, const struct gnv_request *request, bool *ret_absent,
		  struct gnv_error **err)
{
	_cleanup_error_ struct gnv_error *why = NULL;
	int r;

	memset(gpus, 0, sizeof(*gpus));
	*ret_absent = false;
	if (!strcmp(selection(request), "none") && request->gpu_limits.n) {
		gnv_error_set(err, EINVAL, "--%s: no GPU is selected",
			      gnv_gpu_limit_option(request->gpu_limits.limits[0].limit));
		return gnv_error_remedy(err, -EINVAL, "leave --gpu-devices out, or name a GPU");
	}
	if (!strcmp(selection(request), "none"))
		return gnv_gpus_check_memory(request->gpu_memory_bytes, 0, 0, err);
	r = gnv_module_open(&gpus->module, &why);
	if (r == -ENODEV && !request->gpu_memory_bytes && !request->gpu_limits.n &&
	    !strcmp(selection(request), "all")) {
		*ret_absent = true;
		return 0;
	}
	if (r < 0) {
		gnv_error_move(err, &why);
		return gnv_error_wrap(err, r, "%s",
				      request->gpu_memory_bytes ? "--gpu-memory" :
								  "--gpu-devices");
	}
	r = fill(gpus, request, err);
	if (r < 0)
		gnv_gpus_fini(gpus);
	return r;
}

int gnv_gpus_choose_capabilities(struct gnv_gpus *gpus, const char *wanted,
				 char *const *env, struct gnv_error **err)
{
	const char *text = gnv_env_get(env, CAPABILITIES);
	unsigned int asked;
	int r;

	gpus->refused_capabilities = 0;
	if (wanted)
		return gnv_capabilities_parse(wanted, &gpus->capabilities, err);
	r = gnv_capabilities_parse(text ? text : "", &asked, err);
	if (r < 0) {
		gnv_error_wrap(err, r, CAPABILITIES);
		return gnv_error_remedy(err, r, "give --driver-capabilities");
	}
	gpus->capabilities = asked & GNV_DRIVER_DEFAULT;
	/* "all" is not asking for something. */
	if (asked != GNV_DRIVER_ALL)
		gpus->refused_capabilities = asked & ~GNV_DRIVER_DEFAULT;
	return 0;
}

/* Nothing but CUDA uses nvidia-uvm; without files of ours the image may have its own. */
static void drop_uvm(struct gnv_gpus *gpus)
{
	size_t i, n = 0;

	if (!gpus->capabilities || gpus->capabilities & GNV_DRIVER_COMPUTE)
		return;
	for (i = 0; i < gpus->n_nodes; i++)
		if (strcmp(gpus->nodes[i].path, "/dev/nvidia-uvm"))
			gpus->nodes[n++] = gpus->nodes[i];
	gpus->n_nodes = n;
}

static const char *arch_of(const struct ghostnv_gpu *gpu)
{
	char path[64];
	uint64_t device;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/device", gpu->pci);
	if (gnv_file_read_u64_at(AT_FDCWD, path, &device, NULL) < 0 || device > UINT16_MAX)
		return NULL;
	return gnv_fact_arch((uint32_t)device);
}

static int check_requirements(const struct gnv_gpus *gpus, char *const *env,
			      struct gnv_error **err)
{
	struct gnv_require_facts facts[GHOSTNV_GPUS_MAX] = {
		{ .cuda = gnv_fact_cuda(gpus->driver), .driver = gpus->driver },
	};
	size_t i, n = 0;

	for (i = 0; i < gpus->list.n; i++) {
		const struct ghostnv_gpu *gpu = &gpus->list.gpus[i];

		if (!(gpus->mask & 1ULL << gpu->index))
			continue;
		facts[n++] = (struct gnv_require_facts){
			.cuda = facts[0].cuda,
			.driver = gpus->driver,
			.arch = arch_of(gpu),
			.brand = gnv_fact_brand(gpu->name),
		};
	}
	/* Without a GPU the driver is still required something of. */
	return gnv_require_check(env, facts, n ? n : 1, err);
}

int gnv_gpus_choose(struct gnv_gpus *gpus, const struct gnv_request *request,
		    char *const *env, struct gnv_error **err)
{
	struct ghostnv_version version = { 0 };
	enum gnv_visible visible;
	int r;

	if (!gpus->module)
		return 0;
	r = ghostnv_version_get(gpus->module, &version);
	if (r < 0)
		return gnv_error_errno(err, -r, "ask ghostnv for its version");
	snprintf(gpus->driver, sizeof(gpus->driver), "%.*s", (int)sizeof(version.driver) - 1,
		 version.driver);
	r = gnv_visible_read(env, &gpus->list, gpus->mask, &visible, &gpus->mask,
			     &gpus->refused_mask, err);
	if (r < 0)
		return gnv_error_remedy(err, r, "give --env NVIDIA_VISIBLE_DEVICES=all");
	if (visible == GNV_VISIBLE_VOID) {
		gnv_gpus_fini(gpus);
		return 0;
	}
	r = gnv_gpus_choose_capabilities(gpus, request->driver_capabilities, env, err);
	if (!r)
		r = check_requirements(gpus, env, err);
	if (!r)
		r = name_devices(gpus, err);
	if (!r)
		drop_uvm(gpus);
	return r;
}

void gnv_gpus_fini(struct gnv_gpus *gpus)
{
	ghostnv_close(gpus->module);
	memset(gpus, 0, sizeof(*gpus));
}
