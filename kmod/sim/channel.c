// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Queues; see channel.h.
 *
 * What the driver takes: an instance block of 4 KiB with a method buffer for each
 * channel and each context share, of which the allocator hands out no less than
 * 64 KiB; and context buffers when the first engine object needs them.  Their
 * size depends on the GPU: some MiB, told by GR_GET_CTX_BUFFER_SIZE.
 */
#include <linux/idr.h>
#include <linux/log2.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvhost.h"
#include "nvabi/nvstatus.h"

#include "channel.h"
#include "classes.h"
#include "engine.h"
#include "gpu.h"
#include "memory.h"
#include "queue.h"
#include "rm.h"
#include "sim.h"
#include "virtual.h"

#define INSTANCE_BYTES	     SIM_VRAM_UNIT_BYTES
#define DEFAULT_TIMESLICE_NS (1024 * NSEC_PER_USEC)

/* Where the control area lies when the program has not chosen, behind RAMFC. */
#define OWN_USERD_OFFSET     4096
#define USERD_BYTES	     sizeof(struct Nvc56fControl)

/* Numbers of channels, over all GPUs; protected by sim_rm_lock. */
static u32 last_cid;

#define QUEUE_ID_MAX	     2047
#define GPFIFO_ENTRIES_MAX   (1U << 21)

static u32 take(struct sim_gpu *gpu, u64 bytes, struct sim_memory **memory)
{
	const struct sim_placement place = {
		.size_bytes = bytes,
		.page_bytes = SIM_PAGE_BIG_BYTES,
		.align_bytes = SIM_PAGE_BIG_BYTES,
		.layout = SIM_LAYOUT_TOGETHER_IF_FREE,
	};

	return sim_memory_create_video(gpu, &place, 0, U64_MAX, memory);
}

static u32 make(struct sim_object *object, u64 bytes)
{
	struct sim_channel *channel = kzalloc(sizeof(*channel), GFP_KERNEL);
	u32 status;

	if (!channel)
		return NV_ERR_NO_MEMORY;
	status = bytes ? take(object->gpu, bytes, &channel->memory) : NV_OK;
	if (status != NV_OK) {
		kfree(channel);
		return status;
	}
	object->channel = channel;
	return NV_OK;
}

static u32 make_group(struct sim_object *object)
{
	struct sim_group *group = kzalloc(sizeof(*group), GFP_KERNEL);
	int id;

	if (!group)
		return NV_ERR_NO_MEMORY;
	id = ida_alloc_max(&object->gpu->group_ids, QUEUE_ID_MAX, GFP_KERNEL);
	if (id < 0) {
		kfree(group);
		return NV_ERR_INSUFFICIENT_RESOURCES;
	}
	group->id = id;
	group->slice_ns = DEFAULT_TIMESLICE_NS;
	INIT_LIST_HEAD(&group->queues);
	object->channel->group = group;
	return NV_OK;
}

static void free_group(struct sim_object *object)
{
	struct sim_group *group = object->channel->group;

	if (!group)
		return;
	sim_engine_remove(group);
	ida_free(&object->gpu->group_ids, group->id);
	kfree(group);
}

/**
 * sim_channel_with_group() - what has the group of a queue
 * @object: a group, a channel, or a context share
 *
 * Context: sim_rm_lock is held.
 * Return: that of the object itself or of its parent.
 */
struct sim_channel *sim_channel_with_group(struct sim_object *object)
{
	return object->channel->group ? object->channel :
					object->parent->channel;
}

/**
 * sim_channel_bind() - choose the engine that a group runs on
 * @object: a group or a channel
 * @engine_type: NV2080_ENGINE_TYPE_*
 *
 * Once chosen it stays.
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or NV_ERR_INVALID_ARGUMENT.
 */
u32 sim_channel_bind(struct sim_object *object, u32 engine_type)
{
	struct sim_channel *channel = sim_channel_with_group(object);
	struct sim_engine *engine = sim_engine_find(object->gpu, engine_type);

	if (!engine)
		return NV_ERR_INVALID_ARGUMENT;
	if (!channel->group->engine)
		sim_engine_add(engine, channel->group, channel->interleave);
	return channel->group->engine == engine ? NV_OK :
						  NV_ERR_INVALID_ARGUMENT;
}

/* The one that is named, or that of the share, of the group, or of the device. */
static u32 choose_vaspace(struct sim_object *object, u32 handle, u32 hshare)
{
	struct sim_object *from = object->parent;
	struct sim_vaspace *vaspace = NULL;
	u32 status = NV_OK;

	if (!handle && hshare) {
		status = sim_object_find(object->client, hshare, &from);
		if (status == NV_OK && from->class->kind != SIM_KIND_CTXSHARE)
			status = NV_ERR_INVALID_OBJECT_HANDLE;
	}
	if (status != NV_OK)
		return status;
	if (!handle && from->channel)
		vaspace = from->channel->vaspace;
	else
		status = sim_vaspace_find(object, handle, &vaspace);
	if (status == NV_OK)
		object->channel->vaspace = sim_vaspace_get(vaspace);
	return status;
}

/* Memory of the client's, with room at an offset. */
static u32 find_memory(const struct sim_object *object, u32 handle, u64 offset,
		       u64 bytes, struct sim_memory **memory)
{
	struct sim_object *found;
	u32 status = sim_object_find(object->client, handle, &found);

	if (status != NV_OK)
		return status;
	if (found->class->kind != SIM_KIND_MEMORY)
		return NV_ERR_INVALID_OBJECT_HANDLE;
	if (offset > found->memory->bytes ||
	    found->memory->bytes - offset < bytes)
		return NV_ERR_INVALID_LIMIT;
	*memory = sim_memory_get(found->memory);
	return NV_OK;
}

static u32 find_userd(const struct sim_object *object,
		      const struct NV_CHANNEL_ALLOC_PARAMS *p,
		      struct sim_queue *queue)
{
	if (!p->hUserdMemory[0]) {
		queue->userd = sim_memory_get(object->channel->memory);
		queue->userd_offset = OWN_USERD_OFFSET;
		return NV_OK;
	}
	if (!IS_ALIGNED(p->userdOffset[0], USERD_BYTES))
		return NV_ERR_INVALID_ARGUMENT;
	queue->userd_offset = p->userdOffset[0];
	return find_memory(object, p->hUserdMemory[0], p->userdOffset[0],
			   USERD_BYTES, &queue->userd);
}

static void free_queue(struct sim_object *object)
{
	struct sim_queue *queue = object->channel->queue;

	if (!queue)
		return;
	if (queue->userd)
		sim_memory_put(queue->userd);
	if (queue->notifier)
		sim_memory_put(queue->notifier);
	ida_free(&object->gpu->queue_ids, queue->id);
	kfree(queue);
}

static u32 fill_queue(struct sim_object *object, struct sim_queue *queue,
		      const struct NV_CHANNEL_ALLOC_PARAMS *p)
{
	u32 status = find_userd(object, p, queue);

	if (status == NV_OK && p->hObjectError)
		status = find_memory(object, p->hObjectError, 0,
				     sizeof(struct NvNotification),
				     &queue->notifier);
	queue->class_id = object->class_id;
	queue->context = (struct sim_context){
		.cid = ++last_cid,
		.pid = pid_nr(object->client->pid),
		.user = object->client->euid,
		.kernel = !object->client->file,
	};
	get_task_comm(queue->comm, current);
	queue->vaspace = object->channel->vaspace;
	queue->gpfifo = p->gpFifoOffset;
	queue->entries = p->gpFifoEntries;
	return status;
}

static u32 make_queue(struct sim_object *object,
		      const struct NV_CHANNEL_ALLOC_PARAMS *p)
{
	struct sim_queue *queue;
	int id;

	if (!is_power_of_2(p->gpFifoEntries) ||
	    p->gpFifoEntries > GPFIFO_ENTRIES_MAX)
		return NV_ERR_INVALID_ARGUMENT;
	queue = kzalloc(sizeof(*queue), GFP_KERNEL);
	if (!queue)
		return NV_ERR_NO_MEMORY;
	id = ida_alloc_max(&object->gpu->queue_ids, QUEUE_ID_MAX, GFP_KERNEL);
	if (id < 0) {
		kfree(queue);
		return NV_ERR_INSUFFICIENT_RESOURCES;
	}
	queue->id = id;
	object->channel->queue = queue;
	return fill_queue(object, queue, p);
}

static void join_group(struct sim_object *object)
{
	struct sim_group *group = sim_channel_with_group(object)->group;
	struct sim_queue *queue = object->channel->queue;

	if (group->engine)
		mutex_lock(&group->engine->lock);
	queue->group = group;
	list_add_tail(&queue->link, &group->queues);
	if (group->engine)
		mutex_unlock(&group->engine->lock);
}

/* Whatever the queue was doing: it does no more when this returns. */
static void leave_group(struct sim_queue *queue)
{
	struct sim_engine *engine = queue->group->engine;

	if (!engine) {
		list_del(&queue->link);
		return;
	}
	mutex_lock(&engine->lock);
	sim_engine_settle(engine);
	sim_engine_preempt(queue->group);
	list_del(&queue->link);
	mutex_unlock(&engine->lock);
	sim_engine_kick(engine);
}

/* All that construction makes, in whatever state it was left. */
static void free_channel(struct sim_object *object)
{
	struct sim_channel *channel = object->channel;

	free_queue(object);
	free_group(object);
	sim_vaspace_put(channel->vaspace);
	if (channel->memory)
		sim_memory_put(channel->memory);
	if (channel->context)
		sim_memory_put(channel->context);
	kfree(channel);
}

/**
 * sim_channel_group_bytes() - size of NV_CHANNEL_GROUP_ALLOCATION_PARAMETERS
 *
 * Context: any.
 * Return: the size.
 */
u32 sim_channel_group_bytes(void)
{
	return sizeof(struct NV_CHANNEL_GROUP_ALLOCATION_PARAMETERS);
}

/**
 * sim_channel_bytes() - size of NV_CHANNEL_ALLOC_PARAMS
 *
 * Context: any.
 * Return: what it is in the branch that is spoken.
 */
u32 sim_channel_bytes(void)
{
	return sim_config.branch->channel_alloc_size;
}

/**
 * sim_channel_share_bytes() - size of NV_CTXSHARE_ALLOCATION_PARAMETERS
 *
 * Context: any.
 * Return: the size.
 */
u32 sim_channel_share_bytes(void)
{
	return sizeof(struct NV_CTXSHARE_ALLOCATION_PARAMETERS);
}

/**
 * sim_channel_engine_bytes() - size of NV_GR_ALLOCATION_PARAMETERS
 *
 * Context: any.
 * Return: the size.
 */
u32 sim_channel_engine_bytes(void)
{
	return sizeof(struct NV_GR_ALLOCATION_PARAMETERS);
}

/**
 * sim_channel_copy_bytes() - size of NVB0B5_ALLOCATION_PARAMETERS
 *
 * Context: any.
 * Return: the size.
 */
u32 sim_channel_copy_bytes(void)
{
	return sizeof(struct NVB0B5_ALLOCATION_PARAMETERS);
}

/**
 * sim_channel_group_construct() - construct KEPLER_CHANNEL_GROUP_A
 * @call: who asks
 * @object: the object
 * @params: NV_CHANNEL_GROUP_ALLOCATION_PARAMETERS
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_channel_group_construct(const struct sim_call *call,
				struct sim_object *object, void *params)
{
	const struct NV_CHANNEL_GROUP_ALLOCATION_PARAMETERS *p = params;
	u32 status = make(object, 0);

	if (status != NV_OK)
		return status;
	status = choose_vaspace(object, p->hVASpace, 0);
	if (status == NV_OK)
		status = make_group(object);
	if (status == NV_OK && p->engineType)
		status = sim_channel_bind(object, p->engineType);
	if (status != NV_OK)
		free_channel(object);
	return status;
}

/**
 * sim_channel_construct() - construct a GPFIFO channel
 * @call: who asks
 * @object: the object
 * @params: NV_CHANNEL_ALLOC_PARAMS; cid is told in it
 *
 * A channel without a group gets one of its own, as the driver makes one.
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_channel_construct(const struct sim_call *call,
			  struct sim_object *object, void *params)
{
	struct NV_CHANNEL_ALLOC_PARAMS *p = params;
	u32 status = make(object, INSTANCE_BYTES);

	if (status != NV_OK)
		return status;
	status = choose_vaspace(object, p->hVASpace, p->hContextShare);
	if (status == NV_OK && object->parent->class->kind != SIM_KIND_GROUP)
		status = make_group(object);
	if (status == NV_OK)
		status = make_queue(object, p);
	if (status == NV_OK && p->engineType)
		status = sim_channel_bind(object, p->engineType);
	if (status != NV_OK) {
		free_channel(object);
		return status;
	}
	p->cid = object->channel->queue->context.cid;
	join_group(object);
	return NV_OK;
}

/**
 * sim_channel_share_construct() - construct FERMI_CONTEXT_SHARE_A
 * @call: who asks
 * @object: the object
 * @params: NV_CTXSHARE_ALLOCATION_PARAMETERS
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_channel_share_construct(const struct sim_call *call,
				struct sim_object *object, void *params)
{
	const struct NV_CTXSHARE_ALLOCATION_PARAMETERS *p = params;
	u32 status = make(object, INSTANCE_BYTES);

	if (status != NV_OK)
		return status;
	status = choose_vaspace(object, p->hVASpace, 0);
	if (status != NV_OK)
		free_channel(object);
	return status;
}

/* The queue may have objects of the class from now on. */
static u32 add_class(struct sim_object *object)
{
	struct sim_queue *queue = object->parent->channel->queue;
	struct sim_engine *engine = queue->group->engine;
	u32 status = NV_OK;

	if (engine)
		mutex_lock(&engine->lock);
	if (queue->class_count < SIM_QUEUE_CLASSES)
		queue->classes[queue->class_count++] = object->class_id;
	else
		status = NV_ERR_INSUFFICIENT_RESOURCES;
	if (engine)
		mutex_unlock(&engine->lock);
	return status;
}

static void remove_class(struct sim_object *object)
{
	struct sim_queue *queue = object->parent->channel->queue;
	struct sim_engine *engine = queue->group->engine;
	unsigned int i = 0;

	if (engine)
		mutex_lock(&engine->lock);
	while (queue->classes[i] != object->class_id)
		i++;
	queue->classes[i] = queue->classes[--queue->class_count];
	if (engine)
		mutex_unlock(&engine->lock);
}

/**
 * sim_channel_engine_construct() - construct an object of an engine
 * @call: who asks
 * @object: the object; below a channel
 * @params: those of its class, or NULL
 *
 * The copy engines keep no context.
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_channel_engine_construct(const struct sim_call *call,
				 struct sim_object *object, void *params)
{
	struct sim_object *owner = object->parent;
	u32 status = NV_OK;

	if (owner->parent->class->kind == SIM_KIND_GROUP)
		owner = owner->parent;
	if (!sim_copy_is_class(object->class_id) && !owner->channel->context)
		status = take(object->gpu, SIM_CHANNEL_CONTEXT_BYTES,
			      &owner->channel->context);
	if (status == NV_OK)
		status = make(object, 0);
	if (status != NV_OK)
		return status;
	status = add_class(object);
	if (status != NV_OK)
		free_channel(object);
	return status;
}

/**
 * sim_channel_destruct() - give back what was taken for a queue
 * @object: the object
 *
 * Context: sim_rm_lock is held.
 */
void sim_channel_destruct(struct sim_object *object)
{
	if (object->class->kind == SIM_KIND_ENGINE)
		remove_class(object);
	if (object->channel->queue) {
		leave_group(object->channel->queue);
		/* As the driver: who reads of the switch can still ask for the channel. */
		sim_switches_deliver(object->gpu);
	}
	free_channel(object);
}

/**
 * sim_channel_userd() - the control area that the driver has chosen
 * @object: a channel
 * @memory: where it is, without a reference
 * @offset: of its first byte
 * @bytes: its size
 *
 * A program that has not given memory for it maps the channel.
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK, or NV_ERR_NOT_SUPPORTED when the program has chosen.
 */
u32 sim_channel_userd(const struct sim_object *object,
		      struct sim_memory **memory, u64 *offset, u64 *bytes)
{
	const struct sim_queue *queue = object->channel->queue;

	if (queue->userd != object->channel->memory)
		return NV_ERR_NOT_SUPPORTED;
	*memory = queue->userd;
	*offset = queue->userd_offset;
	*bytes = USERD_BYTES;
	return NV_OK;
}
