// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What the driver offers to other kernel modules: nvidia_get_rm_ops().
 *
 * It is exported to modules of every licence.  So does NVIDIA's driver in branch
 * 550; in 580 its export is for GPL modules only, which is a choice about who may
 * use it and not about what it does.
 */
#include <linux/atomic.h>
#include <linux/export.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "nvabi/nvrmops.h"
#include "nvabi/nvstatus.h"

#include "api.h"
#include "controls.h"
#include "gpu.h"
#include "rm.h"
#include "rm_ops.h"
#include "sim.h"

/**
 * struct nvidia_stack_s - what op() wants to run on
 * @unused: nothing: there is room enough on the kernel's stack
 */
struct nvidia_stack_s {
	u8 unused;
};

/* GPUs that modules hold open; a GPU holds one reference for each. */
struct opened {
	struct list_head link;
	struct sim_gpu *gpu;
	u32 id;
};

/* Protects opened_gpus. */
static DEFINE_MUTEX(opened_lock);
static LIST_HEAD(opened_gpus);

static const struct sim_call kernel_call = { .kernel = true };

static const struct nvidia_modeset_callbacks_t *callbacks;

static int alloc_stack(struct nvidia_stack_s **sp)
{
	*sp = kzalloc(sizeof(**sp), GFP_KERNEL);
	return *sp ? 0 : -ENOMEM;
}

static void free_stack(struct nvidia_stack_s *sp)
{
	kfree(sp);
}

static u32 enumerate_gpus(struct nv_gpu_info_t *info)
{
	struct sim_gpu *gpu;
	u32 i, count = 0;

	for (i = 0; i < SIM_GPUS_MAX; i++) {
		gpu = sim_gpu_get_by_instance(i);
		if (!gpu)
			continue;
		/* The members behind the address differ from branch to branch. */
		info[count].gpu_id = gpu->id;
		info[count].pci_info.domain = gpu->domain;
		info[count].pci_info.bus = gpu->bus;
		info[count].pci_info.slot = gpu->slot;
		info[count].pci_info.function = 0;
		info[count].os_device_ptr = &gpu->pdev->dev;
		count++;
		sim_gpu_put(gpu);
	}
	return count;
}

static int open_gpu(u32 id, struct nvidia_stack_s *sp)
{
	struct opened *opened = kzalloc(sizeof(*opened), GFP_KERNEL);

	if (!opened)
		return -ENOMEM;
	opened->gpu = sim_gpu_get_by_id(id);
	opened->id = id;
	if (!opened->gpu) {
		kfree(opened);
		return -ENODEV;
	}
	mutex_lock(&opened_lock);
	list_add(&opened->link, &opened_gpus);
	mutex_unlock(&opened_lock);
	return 0;
}

static void drop_opened(struct opened *opened)
{
	list_del(&opened->link);
	sim_gpu_put(opened->gpu);
	kfree(opened);
}

static void close_gpu(u32 id, struct nvidia_stack_s *sp)
{
	struct opened *opened;

	mutex_lock(&opened_lock);
	list_for_each_entry(opened, &opened_gpus, link) {
		if (opened->id == id) {
			drop_opened(opened);
			break;
		}
	}
	mutex_unlock(&opened_lock);
}

static int open_gpu_r595(u32 id, struct nvidia_stack_s *sp, u8 reset_aware)
{
	return open_gpu(id, sp);
}

static void close_gpu_r595(u32 id, struct nvidia_stack_s *sp, u8 reset_aware)
{
	close_gpu(id, sp);
}

static void op_alloc_short(struct NVOS21_PARAMETERS *alloc)
{
	struct NVOS64_PARAMETERS api = {
		.hRoot = alloc->hRoot,
		.hObjectParent = alloc->hObjectParent,
		.hObjectNew = alloc->hObjectNew,
		.hClass = alloc->hClass,
		.pAllocParms = alloc->pAllocParms,
		.paramsSize = alloc->paramsSize,
	};

	sim_api_alloc(&kernel_call, &api);
	alloc->hObjectNew = api.hObjectNew;
	alloc->status = api.status;
}

/*
 * Parameters are in the kernel's memory, and any client may be used.  What the
 * real driver takes and this one does not leaves the structure as it was.
 */
static void op(struct nvidia_stack_s *sp, void *command)
{
	struct nvidia_kernel_rmapi_ops_t *ops = command;

	switch (ops->op) {
	case NV01_FREE:
		ops->params.free.status =
			sim_rm_free(&kernel_call, ops->params.free.hRoot,
				    ops->params.free.hObjectOld);
		break;
	case NV04_ALLOC:
		if (sim_config.branch->rm_ops_alloc_long)
			sim_api_alloc(&kernel_call, &ops->params.alloc_R580);
		else
			op_alloc_short(&ops->params.alloc);
		break;
	case NV04_VID_HEAP_CONTROL:
		sim_api_vid_heap(&kernel_call, ops->params.pVidHeapControl);
		break;
	case NV04_MAP_MEMORY:
		sim_api_map(&kernel_call, &ops->params.mapMemory, -1);
		break;
	case NV04_UNMAP_MEMORY:
		sim_api_unmap(&kernel_call, &ops->params.unmapMemory);
		break;
	case NV04_CONTROL:
		sim_control(&kernel_call, &ops->params.control);
		break;
	case NV04_DUP_OBJECT:
		ops->params.dupObject.status =
			sim_rm_dup(&kernel_call, &ops->params.dupObject);
		break;
	case NV04_SHARE:
		ops->params.share.status =
			sim_rm_share(&kernel_call, &ops->params.share);
		break;
	}
}

static int set_callbacks(const struct nvidia_modeset_callbacks_t *new)
{
	/* Exactly one of the old and the new ones is none. */
	if (!callbacks == !new)
		return -EINVAL;
	callbacks = new;
	return 0;
}

/**
 * nvidia_get_rm_ops() - the interface for other kernel modules
 * @rm_ops: in: version_string; out: the interface, or the right version
 *
 * Context: process.
 * Return: NV_OK, or NV_ERR_GENERIC when the version is not ours.
 */
u32 nvidia_get_rm_ops(struct nvidia_modeset_rm_ops_t *rm_ops)
{
	if (strcmp(rm_ops->version_string, sim_config.version)) {
		rm_ops->version_string = sim_config.version;
		return NV_ERR_GENERIC;
	}

	*rm_ops = (struct nvidia_modeset_rm_ops_t){
		.version_string = sim_config.version,
		.system_info.allow_write_combining = 1,
		.alloc_stack = alloc_stack,
		.free_stack = free_stack,
		.enumerate_gpus = enumerate_gpus,
		.open_gpu = open_gpu,
		.close_gpu = close_gpu,
		.op = op,
		.set_callbacks = set_callbacks,
	};
	if (sim_config.branch->rm_ops_reset_aware) {
		rm_ops->open_gpu_R595 = open_gpu_r595;
		rm_ops->close_gpu_R595 = close_gpu_r595;
	}
	return NV_OK;
}
EXPORT_SYMBOL(nvidia_get_rm_ops);

/**
 * sim_rm_ops_fini() - close what modules left open; none is left
 *
 * Context: process.
 */
void sim_rm_ops_fini(void)
{
	struct opened *opened, *next;

	list_for_each_entry_safe(opened, next, &opened_gpus, link)
		drop_opened(opened);
}
