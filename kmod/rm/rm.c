// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Calls into NVIDIA's resource manager: see rm.h.  It knows nothing of what is
 * asked for.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/kernel.h>

#include "ghostnv/ask.h"
#include "nvabi/branch.h"
#include "nvabi/nvrmops.h"
#include "nvabi/nvstatus.h"
#include "rm.h"

static struct nvidia_modeset_rm_ops_t ops;
static const struct nvabi_branch *branch;

/**
 * rm_init() - shake hands with the driver
 *
 * The driver wants to hear its own version; it says which one that is when it
 * hears another.
 *
 * Context: Process context; may sleep.
 * Return: 0; -EOPNOTSUPP when the driver's branch is not known; -EIO.
 */
int rm_init(void)
{
	char names[NVABI_BRANCH_NAMES_LEN];

	ops.version_string = "";
	if (nvidia_get_rm_ops(&ops) != NV_OK && nvidia_get_rm_ops(&ops) != NV_OK)
		return -EIO;
	branch = nvabi_branch_find(ops.version_string);
	if (branch)
		return 0;
	nvabi_branch_names(names, sizeof(names));
	pr_err("NVIDIA driver %s is of no known branch (%s)\n",
	       ops.version_string, names);
	return -EOPNOTSUPP;
}

/**
 * rm_version() - the driver's version
 *
 * Context: Any.
 * Return: a string of the driver's.
 */
const char *rm_version(void)
{
	return ops.version_string;
}

/**
 * rm_branch() - the layouts of the driver's ABI
 *
 * Context: Any.
 * Return: the branch.
 */
const struct nvabi_branch *rm_branch(void)
{
	return branch;
}

/**
 * rm_enumerate() - the GPUs that the driver has
 * @gpus: out: an array of NV_MAX_GPUS
 *
 * Context: Process context; may sleep.
 * Return: their number.
 */
u32 rm_enumerate(struct nv_gpu_info_t *gpus)
{
	return ops.enumerate_gpus(gpus);
}

/**
 * rm_open_gpu() - bring a GPU up, as opening its device file does
 * @gpu_id: RM's gpuId
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno.
 */
int rm_open_gpu(u32 gpu_id)
{
	struct nvidia_stack_s *sp;
	int ret;

	if (ops.alloc_stack(&sp))
		return -ENOMEM;
	if (branch->rm_ops_reset_aware)
		ret = ops.open_gpu_R595(gpu_id, sp, 0);
	else
		ret = ops.open_gpu(gpu_id, sp);
	ops.free_stack(sp);
	return ret ? -EIO : 0;
}

/**
 * rm_close_gpu() - undo rm_open_gpu()
 * @gpu_id: RM's gpuId
 *
 * Context: Process context; may sleep.
 */
void rm_close_gpu(u32 gpu_id)
{
	struct nvidia_stack_s *sp;

	/* A small allocation, which does not fail in practice. */
	if (ops.alloc_stack(&sp)) {
		pr_err("GPU %#x stays open: no memory to close it\n", gpu_id);
		return;
	}
	if (branch->rm_ops_reset_aware)
		ops.close_gpu_R595(gpu_id, sp, 0);
	else
		ops.close_gpu(gpu_id, sp);
	ops.free_stack(sp);
}

static int call(struct nvidia_kernel_rmapi_ops_t *command)
{
	struct nvidia_stack_s *sp;

	if (ops.alloc_stack(&sp))
		return -ENOMEM;
	ops.op(sp, command);
	ops.free_stack(sp);
	return 0;
}

static int alloc_short(u32 client, u32 parent, u32 *object, u32 class, void *params)
{
	struct nvidia_kernel_rmapi_ops_t command = {
		.op = NV04_ALLOC,
		.params.alloc = {
			.hRoot = client,
			.hObjectParent = parent,
			.hObjectNew = *object,
			.hClass = class,
			.pAllocParms = (uintptr_t)params,
		},
	};
	int ret = call(&command);

	*object = command.params.alloc.hObjectNew;
	return ret ?: gnv_ask_errno(command.params.alloc.status);
}

static int alloc_long(u32 client, u32 parent, u32 *object, u32 class, void *params)
{
	struct nvidia_kernel_rmapi_ops_t command = {
		.op = NV04_ALLOC,
		.params.alloc_R580 = {
			.hRoot = client,
			.hObjectParent = parent,
			.hObjectNew = *object,
			.hClass = class,
			.pAllocParms = (uintptr_t)params,
		},
	};
	int ret = call(&command);

	*object = command.params.alloc_R580.hObjectNew;
	return ret ?: gnv_ask_errno(command.params.alloc_R580.status);
}

/**
 * rm_alloc() - make an object
 * @client: handle of the client, 0 for a new one
 * @parent: handle of the object above it
 * @object: in: its handle, 0 for one that the driver chooses; out: the same
 * @class: its class
 * @params: what that class takes, may be NULL
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno.
 */
int rm_alloc(u32 client, u32 parent, u32 *object, u32 class, void *params)
{
	if (branch->rm_ops_alloc_long)
		return alloc_long(client, parent, object, class, params);
	return alloc_short(client, parent, object, class, params);
}

/**
 * rm_free() - free an object and all below it
 * @client: handle of the client
 * @object: handle of the object, or of the client itself
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno; -ENOENT when it is not there.
 */
int rm_free(u32 client, u32 object)
{
	struct nvidia_kernel_rmapi_ops_t command = {
		.op = NV01_FREE,
		.params.free = {
			.hRoot = client,
			.hObjectOld = object,
		},
	};
	int ret = call(&command);

	return ret ?: gnv_ask_errno(command.params.free.status);
}

/**
 * rm_control() - make a control call
 * @client: handle of the client
 * @object: handle of the object that it goes to
 * @cmd: its number
 * @params: its parameters, in kernel memory, pointers in them too
 * @bytes: their size
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno; -ENOENT when the client or object is not there.
 */
int rm_control(u32 client, u32 object, u32 cmd, void *params, u32 bytes)
{
	struct nvidia_kernel_rmapi_ops_t command = {
		.op = NV04_CONTROL,
		.params.control = {
			.hClient = client,
			.hObject = object,
			.cmd = cmd,
			.params = (uintptr_t)params,
			.paramsSize = bytes,
		},
	};
	int ret = call(&command);

	return ret ?: gnv_ask_errno(command.params.control.status);
}

/**
 * rm_map() - map memory of a client for the kernel
 * @client: handle of the client
 * @parent: handle of the device that it is mapped for, or of the client where the
 *	memory belongs to none
 * @memory: handle of the memory
 * @bytes: how much, from its beginning
 * @address: out: where it is, for as long as the memory is there
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno.
 */
int rm_map(u32 client, u32 parent, u32 memory, u64 bytes, void **address)
{
	struct nvidia_kernel_rmapi_ops_t command = {
		.op = NV04_MAP_MEMORY,
		.params.mapMemory = {
			.hClient = client,
			.hDevice = parent,
			.hMemory = memory,
			.length = bytes,
			.status = NV_ERR_NOT_SUPPORTED,
		},
	};
	int ret = call(&command);

	*address = (void *)(uintptr_t)command.params.mapMemory.pLinearAddress;
	return ret ?: gnv_ask_errno(command.params.mapMemory.status);
}

static int alloc(u32 client, u32 parent, u32 *object, u32 class, void *params, u32 bytes)
{
	return rm_alloc(client, parent, object, class, params);
}

static int control(u32 client, u32 object, u32 cmd, void *params, u32 bytes,
		   const struct gnv_rm_list *list)
{
	if (list)
		*(u64 *)(params + list->at) = (uintptr_t)list->data;
	return rm_control(client, object, cmd, params, bytes);
}

/* How ghostnv.ko asks. */
const struct gnv_rm_way rm_way = {
	.branch = rm_branch,
	.enumerate = rm_enumerate,
	.open_gpu = rm_open_gpu,
	.close_gpu = rm_close_gpu,
	.alloc = alloc,
	.free = rm_free,
	.control = control,
};
