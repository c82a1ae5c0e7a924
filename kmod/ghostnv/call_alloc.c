// SPDX-License-Identifier: GPL-2.0
/*
 * The calls that make and free RM objects: see call.h.
 *
 * What the driver is asked for is what was judged; what stands in the structure
 * afterwards is a hint.  So whether an object of a limited caller is there, of
 * which class and how large, the bridge asks the driver.
 */
#include <linux/err.h>

#include "ask_file.h"
#include "bridge.h"
#include "call.h"
#include "container.h"
#include "gate.h"
#include "gpu.h"
#include "nvabi/nvclass.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"
#include "rm_client.h"
#include "rm_policy.h"
#include "scrub.h"
#include "session.h"
#include "trace.h"

/* Objects of limited callers are made one after the other on one file. */
static int lock_making(struct gnv_call *call)
{
	return call->container ? gnv_call_lock(call) : 0;
}

static void unlock_making(struct gnv_call *call)
{
	if (call->container)
		gnv_call_unlock(call);
}

/* Why a client could not be locked. */
static long not_locked(struct gnv_call *call, int ret)
{
	return ret == -EINTR ? ret : gnv_call_answer(call, NV_ERR_INVALID_CLIENT);
}

/* What is said to be the new object's handle. */
static u32 told_handle(struct gnv_call *call)
{
	if (call->op.object_at == GNV_RM_NOWHERE)
		return 0;
	return gnv_call_told(call, call->op.object_at, 0);
}

/*
 * No handle is left to the driver to choose: what it chose could be told by a hint
 * alone.
 */
static void name_object(struct gnv_call *call, struct gnv_client *client)
{
	struct gnv_rm_op *op = &call->op;

	if (!op->object)
		op->object = gnv_client_new_handle(client);
	memcpy(call->args + op->object_at, &op->object, sizeof(op->object));
	if (op->flags_at != GNV_RM_NOWHERE)
		memcpy(call->args + op->flags_at, &op->flags, sizeof(op->flags));
}

/* What the driver knows no more is forgotten, whatever it was. */
static bool is_in_use(struct gnv_call *call, struct gnv_client *client)
{
	u32 handle = call->op.object, class;
	struct gnv_object_info old;
	int ret = gnv_bridge_object_class(call->op.client, handle, &class);

	if (ret == -ENOENT) {
		gnv_object_remove(client, handle);
		return false;
	}
	if (!ret)
		return true;
	if (gnv_object_get(client, handle, &old))
		return false;
	gnv_allocation_put(old.allocation);
	return true;
}

/* Before a limited caller's object is made.  Return: 1 to go on. */
static long prepare(struct gnv_call *call, struct gnv_client *client)
{
	if (!call->container)
		return 1;
	name_object(call, client);
	if (is_in_use(call, client))
		return gnv_call_answer(call, NV_ERR_INSERT_DUPLICATE_NAME);
	return 1;
}

/*
 * enum verdict - what the driver made of an allocating call
 * @FAILED: there is no new object
 * @MADE: it is there
 * @TOO_LARGE: it is there, is larger than was asked for, and over the limit
 * @NO_CONTEXT: the queue that it was made for had to go: its context buffers are
 *	larger than was thought, and over the limit
 * @WRONG: it is there and not what the tables say that it should be
 */
enum verdict { FAILED, MADE, TOO_LARGE, NO_CONTEXT, WRONG };

static bool is_wrong_class(const struct gnv_rm_op *op, u32 class)
{
	return class != op->class &&
	       (gnv_rm_class_is_charged(class) ||
		gnv_rm_policy_class(class) != GNV_RM_PASS);
}

/* The handle was free before, so what is there now is what this call made. */
static enum verdict judge(struct gnv_call *call, bool charged, long ret)
{
	const struct gnv_rm_op *op = &call->op;
	bool claimed = !ret && gnv_call_status(call) == NV_OK;
	u32 class;

	if (!call->container) {
		call->op.object = op->object ?: told_handle(call);
		return claimed && op->object ? MADE : FAILED;
	}
	switch (gnv_bridge_object_class(op->client, op->object, &class)) {
	case 0:
		return is_wrong_class(op, class) ? WRONG : MADE;
	case -ENOENT:
		return FAILED;
	default:
		/* Cannot be told: a charge stays until it can, or the client ends. */
		return claimed || charged ? MADE : FAILED;
	}
}

/* The charge becomes what the card really loses. */
static enum verdict settle_memory(struct gnv_call *call,
				  struct gnv_object_info *info)
{
	u32 client = call->op.client, handle = call->op.object;
	struct gnv_bridge_memory memory;
	u64 bytes;
	int ret;

	ret = gnv_bridge_memory_info(client, handle, &memory);
	/* Where the driver does not tell, what was asked for stays charged. */
	if (ret)
		return ret == -EOPNOTSUPP || ret == -EIO ? MADE : WRONG;
	if (!memory.vidmem) {
		gnv_allocation_put(info->allocation);
		info->allocation = NULL;
		return MADE;
	}
	bytes = gnv_rm_round_size(memory.bytes);
	ret = gnv_account_resize(&info->allocation->charge, bytes);
	trace_gnv_settle(client, handle, bytes, ret);
	if (!ret)
		return MADE;
	call->oom.bytes = bytes;
	return TOO_LARGE;
}

static enum verdict settle_queue(struct gnv_call *call, struct gnv_client *client,
				 const struct gnv_queue_info *queue, u32 gpu)
{
	u32 handle = call->op.client, class;
	u64 bytes;
	int ret;

	if (!queue->allocation ||
	    queue->allocation->charge.kind != GNV_QUOTA_QUEUE ||
	    gnv_bridge_context_bytes(handle, queue->subdevice, call->op.parent, &bytes))
		return MADE; /* what was thought stays charged */
	gnv_gpu_note_context(gpu, bytes);
	bytes = gnv_rm_round_size(bytes) + gnv_object_overhead_bytes;
	ret = gnv_account_resize(&queue->allocation->charge, bytes);
	trace_gnv_settle(handle, queue->owner, bytes, ret);
	if (!ret)
		return MADE;
	gnv_bridge_object_free(handle, queue->owner);
	if (gnv_bridge_object_class(handle, queue->owner, &class) != -ENOENT)
		return WRONG;
	gnv_object_remove(client, queue->owner);
	return NO_CONTEXT;
}

/*
 * With the first such object the driver takes context buffers for all of the queue.
 * They stay when the object goes, so the queue is what is charged.
 */
static enum verdict settle_engine(struct gnv_call *call, struct gnv_client *client,
				  u32 gpu)
{
	struct gnv_queue_info queue;
	enum verdict verdict;

	if (gnv_object_queue(client, call->op.parent, &queue))
		return MADE;
	verdict = settle_queue(call, client, &queue, gpu);
	gnv_queue_info_put(&queue);
	return verdict;
}

/*
 * Frees what must not stay.  Never the client, which may be in other hands too.
 * Return: whether it is gone.
 */
static bool take_back(const struct gnv_rm_op *op)
{
	u32 class;

	gnv_bridge_object_free(op->client, op->object);
	return gnv_bridge_object_class(op->client, op->object, &class) == -ENOENT;
}

static enum gnv_quota_kind kind_of(const struct gnv_rm_op *op)
{
	if (op->context)
		return GNV_QUOTA_CONTEXT;
	if (op->space)
		return GNV_QUOTA_SPACE;
	return op->queue ? GNV_QUOTA_QUEUE : GNV_QUOTA_ALLOCATION;
}

/* What to do about it is decided when nothing is locked. */
static long no_room(struct gnv_call *call, u32 gpu, u64 bytes)
{
	call->oom.wanted = true;
	call->oom.kind = kind_of(&call->op);
	call->oom.gpu = gpu;
	call->oom.bytes = bytes;
	return -EDQUOT;
}

/* Whose time a queue takes: the caller's, or where that has no limits, the client's. */
static int reserve_queue(struct gnv_call *call, struct gnv_client *client, u32 gpu)
{
	struct gnv_queue *queue;

	if (!gnv_rm_class_is_queue(call->op.class))
		return 0;
	queue = gnv_queue_alloc(call->container ?: client->container, gpu, client->maker);
	if (IS_ERR(queue))
		return PTR_ERR(queue);
	call->queue = queue;
	return 0;
}

/*
 * Room for what the driver is to make.  A duplicate of a queue is one too: it may stay
 * when the original goes.
 */
static struct gnv_object *new_object(struct gnv_call *call, struct gnv_client *client,
				     u32 gpu)
{
	struct gnv_object *object = gnv_object_alloc(client);

	if (!object || !reserve_queue(call, client, gpu))
		return object;
	gnv_object_free(client, object);
	return NULL;
}

/* The object is in the tree, or the driver has none. */
static void settle_queue_row(struct gnv_call *call, struct gnv_client *client, u32 gpu,
			     bool gone)
{
	const struct gnv_rm_op *op = &call->op;
	struct gnv_queue *queue = call->queue;

	call->queue = NULL;
	if (!queue)
		return;
	if (gone) {
		gnv_queue_cancel(queue, gpu);
		return;
	}
	gnv_queue_publish(queue, gpu, op->client, op->object, op->parent,
			  op->class == KEPLER_CHANNEL_GROUP_A);
	/* What is taken out of the tree before this, is not found there. */
	if (READ_ONCE(client->dead))
		gnv_queue_remove(gpu, op->client, op->object);
}

/*
 * Takes @object, and the reference to the allocation in @info.  The caller's memory comes
 * last: it can let that wait, and what was made is known, told and stopped before.
 */
static long conclude(struct gnv_call *call, struct gnv_client *client,
		     struct gnv_object *object, struct gnv_object_info *info,
		     enum verdict verdict, long ret)
{
	const struct gnv_rm_op *op = &call->op;
	bool gone = verdict == FAILED || verdict == NO_CONTEXT;
	u32 gpu = info->gpu;

	if (verdict == TOO_LARGE || verdict == WRONG)
		gone = take_back(op);
	if (gone) {
		call->charged = GNV_GPU_NONE;
		gnv_allocation_put(info->allocation);
		gnv_object_free(client, object);
	} else {
		gnv_object_insert(client, object, op->parent, op->object, info);
	}
	settle_queue_row(call, client, gpu, gone);
	if (verdict == FAILED || verdict == MADE)
		return gnv_call_return(call, ret);
	if (verdict == NO_CONTEXT)
		return gnv_call_answer(call, NV_ERR_NO_MEMORY);
	if (verdict == TOO_LARGE && gone)
		return no_room(call, info->gpu, call->oom.bytes);
	if (!gone)
		gnv_client_spoil(client, call->session);
	return gnv_call_deny(call, call->nr);
}

static long settle(struct gnv_call *call, struct gnv_client *client,
		   struct gnv_object *object, struct gnv_object_info *info,
		   long ret)
{
	enum verdict verdict = judge(call, info->allocation, ret);

	if (call->container && verdict == MADE && call->op.vidmem)
		verdict = settle_memory(call, info);
	else if (call->container && verdict == MADE && call->op.engine)
		verdict = settle_engine(call, client, info->gpu);
	if (verdict != FAILED)
		gnv_allocation_set_given(info->allocation);
	return conclude(call, client, object, info, verdict, ret);
}

static bool is_charged(const struct gnv_rm_op *op)
{
	return op->vidmem || op->context || op->queue || op->space;
}

/* As large as the largest that the driver has told of. */
static u64 context_buffers(u32 gpu)
{
	struct gnv_gpu card;

	if (gnv_gpu_get(gpu, &card) || !card.context_bytes)
		return gnv_context_buffers_bytes;
	return gnv_rm_round_size(card.context_bytes);
}

static u64 cost(const struct gnv_rm_op *op, u32 gpu, u32 parent_class)
{
	if (op->context)
		return gnv_context_overhead_bytes;
	if (op->vidmem)
		return gnv_rm_round_size(op->size_bytes);
	if (!gnv_rm_has_context_buffers(op, parent_class))
		return gnv_object_overhead_bytes;
	return gnv_object_overhead_bytes + context_buffers(gpu);
}

/* More than the whole card is nobody's to charge for. */
static bool is_absurd(u32 gpu, u64 bytes)
{
	struct gnv_gpu card;

	return gnv_gpu_get(gpu, &card) || bytes > card.vram_bytes;
}

/* The parent of the object may have become another one while the call waited. */
static bool is_granted(const struct gnv_call *call, u32 gpu, u64 bytes)
{
	const struct gnv_charge *charge = &call->oom.charge;

	return charge->container && charge->gpu == gpu && charge->bytes >= bytes;
}

/* Where it will lie, and what it costs; answers for the driver if it may not. */
static long charge(struct gnv_call *call, struct gnv_object_info *info, u64 bytes)
{
	const struct gnv_rm_op *op = &call->op;
	struct gnv_allocation *allocation;

	if (!gnv_bridge_can_ask())
		return gnv_call_refuse(call, op->class);
	if (!gnv_container_may_use(call->container, info->gpu)) {
		gnv_call_deny(call, op->class);
		return gnv_call_answer(call, NV_ERR_INVALID_CLASS);
	}
	if (op->vidmem && is_absurd(info->gpu, bytes))
		return gnv_call_answer(call, NV_ERR_NO_MEMORY);
	if (is_granted(call, info->gpu, bytes))
		allocation = gnv_allocation_from(&call->oom.charge);
	else
		allocation = gnv_allocation_create(call->container, kind_of(op),
						   info->gpu, bytes);
	if (!IS_ERR(allocation)) {
		info->allocation = allocation;
		call->charged = info->gpu;
		return 0;
	}
	if (PTR_ERR(allocation) != -EDQUOT)
		return PTR_ERR(allocation);
	return no_room(call, info->gpu, bytes);
}

/*
 * Where the driver does not clean, memory that another container has had is none to
 * be given: answered as the driver does where it cannot clean.
 */
static long refuse_residue(struct gnv_call *call, struct gnv_object_info *info)
{
	if (!call->op.vidmem || !gnv_scrub_claim(call->container->id, info->gpu))
		return 0;
	call->charged = GNV_GPU_NONE;
	gnv_allocation_put(info->allocation);
	info->allocation = NULL;
	gnv_call_deny(call, call->op.class);
	return gnv_call_answer(call, NV_ERR_INVALID_STATE);
}

static long alloc_locked(struct gnv_call *call, struct gnv_client *client)
{
	struct gnv_object_info info;
	struct gnv_object *object;
	u32 parent_class;
	long ret;

	if (gnv_object_get(client, call->op.parent, &info)) {
		if (!call->container)
			return gnv_call_forward(call);
		return gnv_call_answer(call, NV_ERR_OBJECT_NOT_FOUND);
	}
	gnv_allocation_put(info.allocation);
	info.allocation = NULL;
	parent_class = info.class;
	info.class = call->op.class;
	if (call->op.context)
		info.gpu = gnv_gpu_by_instance(call->op.instance);
	ret = prepare(call, client);
	if (ret <= 0)
		return ret;
	if (call->container && is_charged(&call->op)) {
		ret = charge(call, &info,
			     cost(&call->op, info.gpu, parent_class));
		if (info.allocation)
			ret = refuse_residue(call, &info);
		if (!info.allocation)
			return ret;
	}
	object = new_object(call, client, info.gpu);
	if (!object) {
		gnv_allocation_put(info.allocation);
		return gnv_call_answer(call, NV_ERR_INSUFFICIENT_RESOURCES);
	}
	return settle(call, client, object, &info, gnv_call_run(call));
}

/* What is not the caller's to choose, and not the driver's to tell. */
static u32 name_client(struct gnv_call *call)
{
	u32 handle = gnv_client_new_client_handle();

	BUILD_BUG_ON(offsetof(struct NVOS21_PARAMETERS, hRoot) != 0 ||
		     offsetof(struct NVOS64_PARAMETERS, hRoot) != 0 ||
		     offsetof(struct NVOS02_PARAMETERS, hRoot) != 0);
	/* The driver refuses one that is there already. */
	memcpy(call->args, &handle, sizeof(handle));
	return handle;
}

/*
 * Nobody else asks for such a handle, so who is there by that name was made here.  Where
 * it cannot be told, it is taken to be there until its file is closed.  One that would
 * outlive its file is none to be charged for.
 */
static long make_client(struct gnv_call *call, struct gnv_client *client, u32 handle)
{
	long ret = gnv_call_run(call);
	u32 class;

	if (gnv_bridge_object_class(handle, handle, &class) == -ENOENT) {
		gnv_client_remove(client);
		return ret;
	}
	if (!gnv_ask_file_is_own(handle))
		return ret;
	gnv_bridge_object_free(handle, handle);
	if (gnv_bridge_object_class(handle, handle, &class) == -ENOENT)
		gnv_client_remove(client);
	else
		gnv_client_spoil(client, call->session);
	return gnv_call_deny(call, call->op.class);
}

/* It is known before the driver makes it: what is not known cannot be asked about. */
static long alloc_client_locked(struct gnv_call *call)
{
	struct gnv_client *client;
	u32 handle;
	long ret;

	client = gnv_client_alloc(call->container);
	if (!client)
		return gnv_call_answer(call, NV_ERR_INSUFFICIENT_RESOURCES);
	handle = name_client(call);
	ret = gnv_client_publish(client, call->session, handle);
	if (!ret)
		ret = gnv_client_lock_to_free(client);
	if (ret) {
		gnv_client_remove(client);
		gnv_client_put(client);
		return not_locked(call, ret);
	}
	ret = make_client(call, client, handle);
	gnv_client_unlock(client);
	gnv_client_put(client);
	return gnv_call_return(call, ret);
}

static long alloc_client(struct gnv_call *call)
{
	long ret;

	if (!call->container)
		return gnv_call_forward(call);
	ret = lock_making(call);
	if (ret)
		return ret;
	ret = alloc_client_locked(call);
	unlock_making(call);
	return ret;
}

/* What is made can be asked about, or is not made. */
static long alloc_asked(struct gnv_call *call, struct gnv_client *client)
{
	long ret;

	if (!call->container)
		return alloc_locked(call, client);
	ret = gnv_ask_file_depute(client);
	if (ret)
		return ret == -EBUSY ? gnv_call_deny(call, call->nr) : ret;
	ret = alloc_locked(call, client);
	gnv_ask_file_recall(client);
	return ret;
}

static long alloc_once(struct gnv_call *call, struct gnv_client *client)
{
	long ret;

	/* What the driver has answered before may be anybody's. */
	if (gnv_call_renew(call))
		return gnv_call_answer(call, NV_ERR_NO_MEMORY);
	ret = lock_making(call);
	if (ret)
		return ret;
	ret = gnv_client_lock(client);
	if (ret) {
		ret = not_locked(call, ret);
	} else {
		ret = alloc_asked(call, client);
		gnv_client_unlock(client);
	}
	unlock_making(call);
	return ret;
}

/*
 * How often an object may turn out larger than what was made room for.  The driver
 * rounds once; a caller that changes its structure meanwhile gains nothing by it.
 */
#define TRIES_MAX 3

static long alloc_in(struct gnv_call *call, struct gnv_client *client)
{
	long ret = -EDQUOT;
	int tries;

	for (tries = 0; tries < TRIES_MAX; tries++) {
		ret = alloc_once(call, client);
		if (!call->oom.wanted)
			break;
		call->oom.wanted = false;
		ret = gnv_oom_handle(&call->oom, call->container);
		if (ret)
			break;
	}
	/* What was granted and not used, as the client has gone. */
	gnv_account_uncharge(&call->oom.charge);
	if (ret == -EDQUOT || tries == TRIES_MAX)
		return gnv_call_answer(call, NV_ERR_NO_MEMORY);
	if (!ret && call->container && call->charged != GNV_GPU_NONE)
		gnv_oom_throttle(call->container, call->charged);
	return ret;
}

/*
 * The driver lets a device have the address space of any client, without asking that
 * one, and an event be on any client's object.  A device that names no client would
 * have the space that all such have: here it gets the caller's own.
 */
static bool may_name(struct gnv_call *call)
{
	u32 *share;

	if (call->op.named_client)
		return gnv_call_owns_client(call, call->op.named_client);
	if (!call->op.context)
		return true;
	if (!call->part_count)
		return false;
	share = call->parts[0].memory +
		offsetof(struct NV0080_ALLOC_PARAMETERS, hClientShare);
	*share = call->op.client;
	return true;
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
	enum gnv_rm_action action = gnv_rm_policy_class(call->op.class);
	struct gnv_client *client;
	long ret;

	/* As a driver that has no such class: programs go on without it. */
	if (call->container && action == GNV_RM_ABSENT)
		return gnv_call_answer(call, NV_ERR_INVALID_CLASS);
	if (call->container && (action != GNV_RM_PASS || call->op.serialized))
		return gnv_call_refuse(call, call->op.class);
	if (call->op.root)
		return alloc_client(call);
	client = gnv_client_find(call->op.client);
	if (!client)
		return call->container ? gnv_call_deny(call, call->op.class) :
					 gnv_call_forward(call);
	if (!gnv_client_is_ours(client, call->container) ||
	    (call->container && !may_name(call)))
		ret = gnv_call_deny(call, call->op.class);
	else
		ret = alloc_in(call, client);
	gnv_client_put(client);
	return ret;
}

/* A charge goes when its memory has gone, and not because someone says so. */
static bool is_freed(struct gnv_call *call, long ret)
{
	u32 class;
	int there = gnv_bridge_object_class(call->op.client, call->op.object,
					    &class);

	if (there == -ENOENT)
		return true;
	/* Where it cannot be told, only an unlimited caller is believed. */
	return there && !call->container && !ret &&
	       gnv_call_status(call) == NV_OK;
}

static long free_locked(struct gnv_call *call, struct gnv_client *client)
{
	u32 handle = call->op.object;
	long ret = gnv_call_forward(call);

	if (!is_freed(call, ret))
		return ret;
	if (handle == call->op.client)
		gnv_client_remove(client);
	else
		gnv_object_remove(client, handle);
	return ret;
}

static long free_in(struct gnv_call *call, struct gnv_client *client)
{
	long ret = gnv_client_lock_to_free(client);

	if (ret)
		return not_locked(call, ret);
	ret = free_locked(call, client);
	gnv_client_unlock(client);
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
	if (!gnv_client_is_ours(client, call->container))
		ret = gnv_call_deny(call, call->nr);
	else
		ret = free_in(call, client);
	gnv_client_put(client);
	return ret;
}

static long dup_locked(struct gnv_call *call, struct gnv_client *client,
		       struct gnv_client *source)
{
	struct gnv_object_info info;
	struct gnv_object *object;
	enum verdict verdict;
	long ret;

	ret = prepare(call, client);
	if (ret <= 0)
		return ret;
	if (gnv_object_get(source, call->op.src_object, &info)) {
		if (!call->container)
			return gnv_call_forward(call);
		return gnv_call_answer(call, NV_ERR_OBJECT_NOT_FOUND);
	}
	call->op.class = info.class;
	object = new_object(call, client, info.gpu);
	if (!object) {
		gnv_allocation_put(info.allocation);
		return gnv_call_answer(call, NV_ERR_INSUFFICIENT_RESOURCES);
	}
	ret = gnv_call_run(call);
	/* The charge is the original's, which is there whatever becomes of this. */
	verdict = judge(call, info.allocation, ret);
	return conclude(call, client, object, &info, verdict, ret);
}

static long dup_in(struct gnv_call *call, struct gnv_client *client,
		   struct gnv_client *source)
{
	long ret = lock_making(call);

	if (ret)
		return ret;
	ret = gnv_client_lock_two(client, source);
	if (ret) {
		ret = not_locked(call, ret);
	} else {
		ret = dup_locked(call, client, source);
		gnv_client_unlock_two(client, source);
	}
	unlock_making(call);
	return ret;
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
	} else if (!client || !source ||
		   !gnv_client_is_ours(client, call->container) ||
		   !gnv_client_is_ours(source, call->container)) {
		ret = gnv_call_deny(call, call->nr);
	} else {
		ret = dup_in(call, client, source);
	}
	gnv_client_put(source);
	gnv_client_put(client);
	return ret;
}
