// SPDX-License-Identifier: MIT
/*
 * Of the GPUs and driver files that are granted, what the container's environment makes.
 * Owns no state.
 */
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/strv.h"
#include "container/gpus.h"
#include "gpu/capabilities.h"
#include "gpu/facts.h"
#include "gpu/module.h"
#include "gpu/require.h"
#include "gpu/visible.h"

#define CAPABILITIES	       "NVIDIA_DRIVER_CAPABILITIES"
#define PROC_DEVICES_BYTES_MAX (256u << 10)

int gnv_gpus_look(struct gnv_gpus *gpus, struct gnv_error **err)
{
	int r = gnv_module_check(gpus->module, err);

	return r < 0 ? r : gnv_gpu_list(gpus->module, &gpus->list, err);
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

int gnv_gpus_choose_capabilities(struct gnv_gpus *gpus, const char *wanted,
				 unsigned int granted, char *const *env, struct gnv_error **err)
{
	const char *text = gnv_env_get(env, CAPABILITIES);
	unsigned int asked;
	int r;

	gpus->refused_capabilities = 0;
	if (wanted)
		return gnv_capabilities_parse(wanted, &gpus->capabilities, err);
	r = gnv_capabilities_parse(text ? text : "", &asked, err);
	if (r < 0)
		return gnv_error_wrap(err, r, CAPABILITIES);
	gpus->capabilities = asked & granted;
	/* "all" is not asking for something. */
	if (asked != GNV_DRIVER_ALL)
		gpus->refused_capabilities = asked & ~granted;
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

int gnv_gpus_settle(struct gnv_gpus *gpus, const char *wanted, unsigned int granted,
		    char *const *env, struct gnv_error **err)
{
	struct ghostnv_version version = { 0 };
	int r = ghostnv_version_get(gpus->module, &version);

	if (r < 0)
		return gnv_error_errno(err, -r, "ask ghostnv for its version");
	snprintf(gpus->driver, sizeof(gpus->driver), "%.*s", (int)sizeof(version.driver) - 1,
		 version.driver);
	r = gnv_gpus_choose_capabilities(gpus, wanted, granted, env, err);
	if (!r)
		r = check_requirements(gpus, env, err);
	if (!r)
		r = name_devices(gpus, err);
	if (!r)
		drop_uvm(gpus);
	return r;
}

int gnv_gpus_choose(struct gnv_gpus *gpus, const struct gnv_request *request,
		    char *const *env, struct gnv_error **err)
{
	enum gnv_visible visible;
	int r;

	if (!gpus->module)
		return 0;
	r = gnv_visible_read(env, &gpus->list, gpus->mask, &visible, &gpus->mask,
			     &gpus->refused_mask, err);
	if (r < 0)
		return gnv_error_remedy(err, r, "give --env NVIDIA_VISIBLE_DEVICES=all");
	if (visible == GNV_VISIBLE_VOID) {
		gnv_gpus_fini(gpus);
		return 0;
	}
	r = gnv_gpus_settle(gpus, request->driver_capabilities, GNV_DRIVER_DEFAULT, env, err);
	return gnv_error_remedy(err, r, "give --driver-capabilities");
}

void gnv_gpus_fini(struct gnv_gpus *gpus)
{
	ghostnv_close(gpus->module);
	memset(gpus, 0, sizeof(*gpus));
}
