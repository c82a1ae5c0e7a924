// SPDX-License-Identifier: GPL-2.0
/*
 * Calls on nvidia-uvm: see call.h.  UVM duplicates memory into a session of its
 * own, so an external mapping keeps an allocation alive when the client that
 * made it has gone, and with it the charge.
 */
#include <linux/mm.h>

#include "call.h"
#include "container.h"
#include "driver.h"
#include "gpu.h"
#include "mapping.h"
#include "nvabi/nvstatus.h"
#include "nvabi/nvuvm.h"
#include "rm_object.h"
#include "session.h"
#include "trace.h"
#include "uvm_decode.h"

static bool may_use_uuid(struct gnv_call *call, const u8 *uuid)
{
	return gnv_container_may_use(call->container, gnv_gpu_by_uuid(uuid));
}

/* A GPU that is not granted is one that UVM has never heard of. */
static long unknown_gpu(struct gnv_call *call)
{
	gnv_call_deny(call, call->cmd);
	return gnv_call_answer(call, NV_ERR_GPU_UUID_NOT_FOUND);
}

static bool succeeded(struct gnv_call *call, long ret)
{
	return !ret && gnv_call_status(call) == NV_OK;
}

/*
 * HMM lets any memory of a process move to the GPU, where nobody counts it.  The
 * flag that leaves it off for a session lies in the caller's memory when the
 * driver reads it, so it has to be off for all of them.
 */
static long do_initialize(struct gnv_call *call)
{
	if (call->container && gnv_driver_may_have_hmm(call->file))
		return gnv_call_refuse(call, call->cmd);
	return gnv_call_forward(call);
}

/* A client that was spoiled keeps what it has and maps no more. */
static bool may_use_client(struct gnv_call *call, struct gnv_client *client)
{
	return gnv_client_is_ours(client, call->container) &&
	       !(call->container && gnv_client_is_spoiled(client));
}

static long do_client(struct gnv_call *call, const struct gnv_uvm_op *op)
{
	struct gnv_client *client;
	bool may;

	if (!call->container)
		return gnv_call_forward(call);
	if (!may_use_uuid(call, op->uuid))
		return unknown_gpu(call);
	client = gnv_client_find(op->client);
	may = client && may_use_client(call, client);
	gnv_client_put(client);
	return may ? gnv_call_forward(call) : gnv_call_deny(call, call->cmd);
}

/* While no other call changes what the client has. */
static long in_client(struct gnv_call *call, const struct gnv_uvm_op *op,
		      struct gnv_client *client,
		      long (*act)(struct gnv_call *call, const struct gnv_uvm_op *op,
				  struct gnv_client *client))
{
	long ret = gnv_client_lock(client);

	if (ret == -EINTR)
		return ret;
	if (ret)
		return gnv_call_answer(call, NV_ERR_INVALID_CLIENT);
	ret = act(call, op, client);
	gnv_client_unlock(client);
	return ret;
}

/* One reference each to what the channel and its queue are charged for. */
static int keep_channel(struct gnv_call *call, const struct gnv_uvm_op *op,
			struct gnv_allocation *allocation)
{
	struct gnv_mapping *mapping;

	if (!allocation)
		return 0;
	mapping = gnv_mapping_alloc(call->session);
	if (!mapping)
		return -ENOMEM;
	gnv_mapping_keep_channel(call->session, op->memory, op->uuid, mapping,
				 gnv_allocation_get(allocation));
	return 0;
}

static long channel_locked(struct gnv_call *call, const struct gnv_uvm_op *op,
			   struct gnv_client *client)
{
	struct gnv_queue_info queue;
	int ret;

	if (gnv_object_queue(client, op->memory, &queue))
		return gnv_call_answer(call, NV_ERR_OBJECT_NOT_FOUND);
	ret = keep_channel(call, op, queue.allocation);
	if (!ret)
		ret = keep_channel(call, op, queue.own);
	gnv_queue_info_put(&queue);
	return ret ?: gnv_call_forward(call);
}

/* What UVM keeps of a channel outlives RM_FREE; it stays until UVM leaves the GPU. */
static long do_channel(struct gnv_call *call, const struct gnv_uvm_op *op)
{
	struct gnv_client *client;
	long ret;

	if (!call->container)
		return gnv_call_forward(call);
	if (!may_use_uuid(call, op->uuid))
		return unknown_gpu(call);
	client = gnv_client_find(op->client);
	if (!client || !may_use_client(call, client))
		ret = gnv_call_deny(call, call->cmd);
	else
		ret = in_client(call, op, client, channel_locked);
	gnv_client_put(client);
	return ret;
}

/* Afterwards nothing is kept there, whether it was or not. */
static long do_leave(struct gnv_call *call, const struct gnv_uvm_op *op)
{
	long ret = gnv_call_forward(call);

	if (!ret)
		gnv_mapping_drop_channels(call->session, op->uuid);
	return ret;
}

static long map_locked(struct gnv_call *call, const struct gnv_uvm_op *op,
		       struct gnv_client *client)
{
	struct gnv_mapping *mapping;
	struct gnv_object_info info;
	long ret;

	if (gnv_object_get(client, op->memory, &info)) {
		if (!call->container)
			return gnv_call_forward(call);
		return gnv_call_answer(call, NV_ERR_OBJECT_NOT_FOUND);
	}
	mapping = gnv_mapping_alloc(call->session);
	if (!mapping) {
		gnv_allocation_put(info.allocation);
		return -ENOMEM;
	}
	ret = gnv_call_forward(call);
	/*
	 * A mapping that failed half-way may have left something behind, and what is
	 * said of it is a hint: the reference is kept until the range is freed.
	 */
	if (info.allocation && (call->container || succeeded(call, ret))) {
		gnv_mapping_add(call->session, mapping, op->base, op->length,
				op->gpu_count == 1 ? op->uuid : NULL,
				info.allocation);
		return ret;
	}
	gnv_allocation_put(info.allocation);
	gnv_mapping_free(mapping);
	return ret;
}

static long do_map(struct gnv_call *call, const struct gnv_uvm_op *op)
{
	struct gnv_client *client;
	u32 i;
	long ret;

	for (i = 0; call->container && i < op->gpu_count; i++) {
		if (!may_use_uuid(call, gnv_uvm_map_uuid(call->args, i)))
			return unknown_gpu(call);
	}
	client = gnv_client_find(op->client);
	if (!client)
		return call->container ? gnv_call_deny(call, call->cmd) :
					 gnv_call_forward(call);
	if (!may_use_client(call, client)) {
		ret = gnv_call_deny(call, call->cmd);
	} else if (call->container &&
		   !gnv_mapping_in_range(call->session, op->base, op->length)) {
		ret = gnv_call_answer(call, NV_ERR_INVALID_ADDRESS);
	} else {
		ret = in_client(call, op, client, map_locked);
	}
	gnv_client_put(client);
	return ret;
}

static long do_range(struct gnv_call *call, const struct gnv_uvm_op *op)
{
	struct gnv_mapping *range = gnv_mapping_alloc(call->session);
	long ret;

	if (!range)
		return -ENOMEM;
	if (gnv_mapping_add_range(call->session, range, op->base, op->length) &&
	    call->container)
		return gnv_call_answer(call, NV_ERR_UVM_ADDRESS_IN_USE);
	ret = gnv_call_forward(call);
	if (op->kind == GNV_UVM_POOL && succeeded(call, ret))
		gnv_mapping_open_pool(call->session, op->base);
	return ret;
}

/* Whatever the caller is told of it, addresses of a pool may be free then. */
static long do_free(struct gnv_call *call, const struct gnv_uvm_op *op)
{
	u64 length = op->whole_range ? 0 : op->length;
	long ret;

	gnv_mapping_close_pools(call->session, op->base, length ?: 1);
	ret = gnv_call_forward(call);
	if (succeeded(call, ret))
		gnv_mapping_remove_range(call->session, op->base, length);
	return ret;
}

/* UVM takes whole pages only, and ours are not smaller than its own. */
static long do_unmap(struct gnv_call *call, const struct gnv_uvm_op *op)
{
	long ret = gnv_call_forward(call);

	if (succeeded(call, ret) && PAGE_ALIGNED(op->base | op->length))
		gnv_mapping_unmap(call->session, op->base, op->length, op->uuid);
	return ret;
}

static long do_uvm_locked(struct gnv_call *call, const struct gnv_uvm_op *op)
{
	switch (op->kind) {
	case GNV_UVM_MAP:
		return do_map(call, op);
	case GNV_UVM_RANGE:
	case GNV_UVM_POOL:
		return do_range(call, op);
	case GNV_UVM_FREE:
		return do_free(call, op);
	case GNV_UVM_CHANNEL:
		return do_channel(call, op);
	case GNV_UVM_LEAVE:
		return do_leave(call, op);
	default:
		return do_unmap(call, op);
	}
}

static long do_uvm(struct gnv_call *call, const struct gnv_uvm_op *op)
{
	long ret;

	switch (op->kind) {
	case GNV_UVM_PASS:
		return gnv_call_forward(call);
	case GNV_UVM_INITIALIZE:
		return do_initialize(call);
	case GNV_UVM_GPU:
	case GNV_UVM_TWO_GPUS:
		if (!may_use_uuid(call, op->uuid) ||
		    (op->kind == GNV_UVM_TWO_GPUS && !may_use_uuid(call, op->uuid2)))
			return unknown_gpu(call);
		return gnv_call_forward(call);
	case GNV_UVM_CLIENT:
		return do_client(call, op);
	case GNV_UVM_REFUSE:
		return gnv_call_refuse(call, call->cmd);
	default:
		/* What the driver maps and what we note stay in step. */
		ret = gnv_call_lock(call);
		if (ret)
			return ret;
		ret = do_uvm_locked(call, op);
		gnv_call_unlock(call);
		return ret;
	}
}

static long fetch_and_do(struct gnv_call *call, struct gnv_uvm_op *op)
{
	int ret;

	ret = gnv_call_fetch(call, call->args_bytes);
	if (ret)
		return ret;
	ret = gnv_uvm_decode(call->branch, call->args, op);
	if (!ret)
		return do_uvm(call, op);
	if (!call->container)
		return gnv_call_forward(call);
	return gnv_call_answer(call, NV_ERR_INVALID_ARGUMENT);
}

/**
 * gnv_call_uvm() - an ioctl on nvidia-uvm
 * @call: the call
 *
 * Context: Process context; may sleep.
 * Return: what the caller gets.
 */
long gnv_call_uvm(struct gnv_call *call)
{
	struct gnv_uvm_op op;
	long ret;

	call->nr = call->cmd;
	call->uargs = (void __user *)call->arg;
	if (gnv_uvm_classify(call->branch, call->cmd, &op))
		return call->container ? gnv_call_refuse(call, call->cmd) :
					 gnv_call_forward(call);
	trace_gnv_decode(call->cmd, op.kind, 0, 0);
	call->op.status_at = op.args_bytes ? op.status_at : GNV_RM_NOWHERE;
	call->args_bytes = op.args_bytes;
	ret = fetch_and_do(call, &op);
	gnv_call_drop(call);
	return ret;
}

/**
 * gnv_call_uvm_may_map() - whether a container may map nvidia-uvm
 * @session: the file's, NULL when it has none
 * @vma: the mapping
 *
 * Mapping anything but a pool makes managed memory.
 *
 * Context: Process context; the caller's mmap_lock is held.
 * Return: true if so.
 */
bool gnv_call_uvm_may_map(struct gnv_session *session,
			  struct vm_area_struct *vma)
{
	return session && gnv_mapping_in_pool(session, vma->vm_start,
					      vma->vm_end - vma->vm_start);
}

/**
 * gnv_call_uvm_undo_managed() - take back a mapping that became managed memory
 * @vma: what the driver has just mapped for a container
 *
 * A pool that is freed meanwhile leaves its addresses to managed memory.  That
 * moves on faults, so it has to learn of writes; a pool stays where it is.  The
 * mapping is about to fail, and then the kernel does not call close().
 *
 * Context: Process context; the caller's mmap_lock is held for writing.
 * Return: true when it was managed memory, which is gone again.
 */
bool gnv_call_uvm_undo_managed(struct vm_area_struct *vma)
{
	if (!vma->vm_ops || !vma->vm_ops->page_mkwrite)
		return false;
	if (vma->vm_ops->close)
		vma->vm_ops->close(vma);
	return true;
}
