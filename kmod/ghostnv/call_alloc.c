// SPDX-License-Identifier: GPL-2.0
/*
 * The calls that make and free RM objects: see call.h.
 *
 * The caller's structure can change while the driver reads it, so nothing that
 * stands in it afterwards is believed of a limited caller: whether an object is
 * there, of which class and how large, the bridge asks the driver.  A client
 * that is caught at changing it is freed with all that it has.
 */
#include <linux/err.h>
#include <linux/uaccess.h>

#include "bridge.h"
#include "call.h"
#include "container.h"
#include "gpu.h"
#include "nvabi/nvstatus.h"
#include "rm_object.h"
#include "rm_policy.h"
#include "session.h"
#include "trace.h"

static bool is_ours(struct gnv_call *call, struct gnv_client *client)
{
	return gnv_container_related(gnv_client_container(client),
				     call->container);
}

/* What is said to be the new object's handle. */
static u32 told_handle(struct gnv_call *call)
{
	u32 handle;

	if (call->op.object_at == GNV_RM_NOWHERE ||
	    get_user(handle, (u32 __user *)(call->uargs + call->op.object_at)))
		return 0;
	return handle;
}

/* The caller's structure was changed under the driver's eyes. */
static long kill_client(struct gnv_call *call, struct gnv_client *client)
{
	u32 handle = gnv_client_handle(client);

	if (!gnv_bridge_object_free(handle, handle))
		gnv_client_remove(client);
	return gnv_call_deny(call, call->nr);
}

/*
 * enum verdict - what the driver made of an allocating call
 * @FAILED: there is no new object
 * @MADE: it is there
 * @TAMPERED: it is not what was asked for
 */
enum verdict { FAILED, MADE, TAMPERED };

/* Whether @handle is there now, where @claimed stands for "cannot tell". */
static bool exists(u32 client, u32 handle, bool claimed, u32 *class)
{
	int ret = gnv_bridge_object_class(client, handle, class);

	if (!ret)
		return true;
	return ret == -ENOENT ? false : claimed;
}

static enum verdict judge(struct gnv_call *call, struct gnv_client *client,
			  long ret, u32 *handle)
{
	const struct gnv_rm_op *op = &call->op;
	bool claimed = !ret && gnv_call_status(call) == NV_OK;
	u32 class = op->class;
	struct gnv_object_info old;

	*handle = op->object;
	if (!*handle && claimed)
		*handle = told_handle(call);
	if (!call->container)
		return claimed && *handle ? MADE : FAILED;
	/* Made, but under a handle that nobody could be told. */
	if (!*handle)
		return claimed || ret == -EFAULT ? TAMPERED : FAILED;
	if (!exists(op->client, *handle, claimed, &class))
		return claimed ? TAMPERED : FAILED;
	if (!claimed && !gnv_object_get(client, *handle, &old)) {
		/* It was there before, which is why the call failed. */
		gnv_allocation_put(old.allocation);
		return FAILED;
	}
	if (class != op->class && gnv_rm_class_is_charged(class))
		return TAMPERED;
	return MADE;
}

/* The charge becomes what the driver really took. */
static int settle_memory(struct gnv_call *call, u32 handle,
			 struct gnv_object_info *info)
{
	struct gnv_bridge_memory memory;
	int ret;

	if (gnv_bridge_memory_info(call->op.client, handle, &memory))
		return 0; /* what was asked for stays charged */
	if (!memory.vidmem) {
		gnv_allocation_put(info->allocation);
		info->allocation = NULL;
		return 0;
	}
	ret = gnv_account_resize(&info->allocation->charge, memory.bytes);
	trace_gnv_settle(call->op.client, handle, memory.bytes, ret);
	return ret;
}

static long settle(struct gnv_call *call, struct gnv_client *client,
		   struct gnv_object *object, struct gnv_object_info *info,
		   long ret)
{
	enum verdict verdict;
	u32 handle;

	verdict = judge(call, client, ret, &handle);
	if (verdict == MADE && call->op.vidmem && info->allocation &&
	    settle_memory(call, handle, info)) {
		/* Larger than asked for, and over the limit. */
		if (!gnv_bridge_object_free(call->op.client, handle)) {
			verdict = FAILED;
			ret = gnv_call_answer(call, NV_ERR_NO_MEMORY);
		} else {
			verdict = TAMPERED;
		}
	}
	if (verdict == MADE) {
		gnv_object_insert(client, object, call->op.parent, handle, info);
		return ret;
	}
	gnv_allocation_put(info->allocation);
	gnv_object_free(object);
	return verdict == TAMPERED ? kill_client(call, client) : ret;
}

static bool is_charged(const struct gnv_rm_op *op)
{
	return op->vidmem || op->context;
}

/* Where it will lie, and what it costs; answers for the driver if it may not. */
static long charge(struct gnv_call *call, struct gnv_object_info *info)
{
	const struct gnv_rm_op *op = &call->op;
	struct gnv_allocation *allocation;

	if (!gnv_bridge_present())
		return gnv_call_refuse(call, op->class);
	if (!gnv_container_may_use(call->container, info->gpu)) {
		gnv_call_deny(call, op->class);
		return gnv_call_answer(call, NV_ERR_INVALID_CLASS);
	}
	if (op->context)
		allocation = gnv_allocation_create(call->container,
						   GNV_QUOTA_CONTEXT, info->gpu,
						   gnv_context_overhead_bytes);
	else
		allocation = gnv_allocation_create(call->container,
						   GNV_QUOTA_ALLOCATION, info->gpu,
						   gnv_rm_round_size(op->size_bytes));
	if (!IS_ERR(allocation)) {
		info->allocation = allocation;
		return 0;
	}
	if (PTR_ERR(allocation) != -EDQUOT)
		return PTR_ERR(allocation);
	return gnv_call_answer(call, NV_ERR_NO_MEMORY);
}

static long alloc_locked(struct gnv_call *call, struct gnv_client *client)
{
	struct gnv_object_info info;
	struct gnv_object *object;
	long ret;

	if (gnv_object_get(client, call->op.parent, &info)) {
		if (!call->container)
			return gnv_call_forward(call);
		return gnv_call_answer(call, NV_ERR_OBJECT_NOT_FOUND);
	}
	gnv_allocation_put(info.allocation);
	info.allocation = NULL;
	info.class = call->op.class;
	if (call->op.context)
		info.gpu = gnv_gpu_by_instance(call->op.instance);
	if (call->container && is_charged(&call->op)) {
		ret = charge(call, &info);
		if (!info.allocation)
			return ret;
	}
	object = gnv_object_alloc();
	if (!object) {
		gnv_allocation_put(info.allocation);
		return -ENOMEM;
	}
	return settle(call, client, object, &info, gnv_call_forward(call));
}

static long alloc_client(struct gnv_call *call)
{
	struct gnv_client *client;
	u32 handle, class;
	long ret;

	if (!call->container)
		return gnv_call_forward(call);
	client = gnv_client_alloc(call->container);
	if (!client)
		return -ENOMEM;
	ret = gnv_call_forward(call);
	if (ret || gnv_call_status(call) != NV_OK)
		goto put;
	handle = told_handle(call);
	if (!handle || !exists(handle, handle, true, &class) ||
	    gnv_client_publish(client, call->session, handle))
		ret = gnv_call_deny(call, call->op.class);
put:
	gnv_client_put(client);
	return ret;
}

/**
 * gnv_call_alloc() - a call that makes an object
 * @call: the call
 *
 * Context: Process context; may sleep.
 * Return: what the caller gets.
 */
long gnv_call_alloc(struct gnv_call *call)
{
	struct gnv_client *client;
	long ret;

	if (call->container &&
	    (gnv_rm_policy_class(call->op.class) != GNV_RM_PASS ||
	     call->op.serialized))
		return gnv_call_refuse(call, call->op.class);
	if (call->op.root)
		return alloc_client(call);
	client = gnv_client_find(call->op.client);
	if (!client)
		return call->container ? gnv_call_deny(call, call->op.class) :
					 gnv_call_forward(call);
	if (!is_ours(call, client)) {
		ret = gnv_call_deny(call, call->op.class);
	} else if (!gnv_client_lock(client)) {
		ret = gnv_call_answer(call, NV_ERR_INVALID_CLIENT);
	} else {
		ret = alloc_locked(call, client);
		gnv_client_unlock(client);
	}
	gnv_client_put(client);
	return ret;
}

/* A charge goes when its memory has gone, and not because someone says so. */
static long free_locked(struct gnv_call *call, struct gnv_client *client)
{
	u32 handle = call->op.object, class;
	bool charged = gnv_object_holds_charge(client, handle);
	long ret = gnv_call_forward(call);
	bool freed = !ret && gnv_call_status(call) == NV_OK;

	if (charged || handle == call->op.client)
		freed = !exists(call->op.client, handle, !freed, &class);
	if (!freed)
		return ret;
	if (handle == call->op.client)
		gnv_client_remove(client);
	else
		gnv_object_remove(client, handle);
	return ret;
}

/**
 * gnv_call_free() - a call that frees an object and all below it
 * @call: the call
 *
 * Context: Process context; may sleep.
 * Return: what the caller gets.
 */
long gnv_call_free(struct gnv_call *call)
{
	struct gnv_client *client;
	long ret;

	client = gnv_client_find(call->op.client);
	if (!client)
		return call->container ? gnv_call_deny(call, call->nr) :
					 gnv_call_forward(call);
	if (!is_ours(call, client)) {
		ret = gnv_call_deny(call, call->nr);
	} else if (!gnv_client_lock(client)) {
		ret = gnv_call_answer(call, NV_ERR_INVALID_CLIENT);
	} else {
		ret = free_locked(call, client);
		gnv_client_unlock(client);
	}
	gnv_client_put(client);
	return ret;
}

/* A duplicate that is not of the object that was named. */
static bool is_other_memory(struct gnv_call *call, u32 handle,
			    const struct gnv_object_info *info)
{
	struct gnv_bridge_memory memory;

	if (!call->container ||
	    gnv_bridge_memory_info(call->op.client, handle, &memory) ||
	    !memory.vidmem)
		return false;
	return !info->allocation ||
	       info->allocation->charge.bytes != memory.bytes;
}

static long dup_locked(struct gnv_call *call, struct gnv_client *client,
		       struct gnv_client *source)
{
	struct gnv_object_info info;
	struct gnv_object *object;
	enum verdict verdict;
	u32 handle;
	long ret;

	if (gnv_object_get(source, call->op.src_object, &info)) {
		if (!call->container)
			return gnv_call_forward(call);
		return gnv_call_answer(call, NV_ERR_OBJECT_NOT_FOUND);
	}
	call->op.class = info.class;
	object = gnv_object_alloc();
	if (!object) {
		gnv_allocation_put(info.allocation);
		return -ENOMEM;
	}
	ret = gnv_call_forward(call);
	verdict = judge(call, client, ret, &handle);
	if (verdict == MADE && is_other_memory(call, handle, &info))
		verdict = TAMPERED;
	if (verdict == MADE) {
		/* The reference to the allocation moves with it. */
		gnv_object_insert(client, object, call->op.parent, handle, &info);
		return ret;
	}
	gnv_allocation_put(info.allocation);
	gnv_object_free(object);
	return verdict == TAMPERED ? kill_client(call, client) : ret;
}

/**
 * gnv_call_dup() - a call that makes another reference to an object
 * @call: the call
 *
 * Context: Process context; may sleep.
 * Return: what the caller gets.
 */
long gnv_call_dup(struct gnv_call *call)
{
	struct gnv_client *client = gnv_client_find(call->op.client);
	struct gnv_client *source = gnv_client_find(call->op.src_client);
	long ret;

	if (!call->container && (!client || !source)) {
		ret = gnv_call_forward(call);
	} else if (!client || !source || !is_ours(call, client) ||
		   !is_ours(call, source)) {
		ret = gnv_call_deny(call, call->nr);
	} else if (!gnv_client_lock_two(client, source)) {
		ret = gnv_call_answer(call, NV_ERR_INVALID_CLIENT);
	} else {
		ret = dup_locked(call, client, source);
		gnv_client_unlock_two(client, source);
	}
	gnv_client_put(source);
	gnv_client_put(client);
	return ret;
}
