// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Queues; see channel.h.
 *
 * What the driver takes: an instance block of 4 KiB with a method buffer for each
 * channel and each context share, of which the allocator hands out no less than
 * 64 KiB; and context buffers when the first engine object needs them.  Their
 * size depends on the GPU: some MiB, told by GR_GET_CTX_BUFFER_SIZE.
 */
#include <linux/slab.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvstatus.h"

#include "channel.h"
#include "classes.h"
#include "gpu.h"
#include "memory.h"
#include "rm.h"
#include "sim.h"

#define INSTANCE_BYTES	     SIM_VRAM_UNIT_BYTES
#define DEFAULT_TIMESLICE_US 1024

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
	channel->timeslice_us = DEFAULT_TIMESLICE_US;
	object->channel = channel;
	return NV_OK;
}

/* An address space that a queue names has to be one, of the same client. */
static u32 check_vaspace(const struct sim_object *object, u32 handle)
{
	struct sim_object *found;
	u32 status;

	if (!handle)
		return NV_OK;
	status = sim_object_find(object->client, handle, &found);
	if (status != NV_OK)
		return status;
	return found->class->kind == SIM_KIND_VASPACE ?
		       NV_OK :
		       NV_ERR_INVALID_OBJECT_HANDLE;
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
	u32 status = check_vaspace(object, p->hVASpace);

	return status == NV_OK ? make(object, 0) : status;
}

/**
 * sim_channel_construct() - construct a GPFIFO channel
 * @call: who asks
 * @object: the object
 * @params: NV_CHANNEL_ALLOC_PARAMS
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_channel_construct(const struct sim_call *call,
			  struct sim_object *object, void *params)
{
	const struct NV_CHANNEL_ALLOC_PARAMS *p = params;
	u32 status = check_vaspace(object, p->hVASpace);

	return status == NV_OK ? make(object, INSTANCE_BYTES) : status;
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
	u32 status = check_vaspace(object, p->hVASpace);

	return status == NV_OK ? make(object, INSTANCE_BYTES) : status;
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
	u32 status;

	if (owner->parent->class->kind == SIM_KIND_GROUP)
		owner = owner->parent;
	if (object->class_id == AMPERE_DMA_COPY_B || owner->channel->context)
		return make(object, 0);
	status = take(object->gpu, SIM_CHANNEL_CONTEXT_BYTES,
		      &owner->channel->context);
	return status == NV_OK ? make(object, 0) : status;
}

/**
 * sim_channel_destruct() - give back what was taken for a queue
 * @object: the object
 *
 * Context: sim_rm_lock is held.
 */
void sim_channel_destruct(struct sim_object *object)
{
	struct sim_channel *channel = object->channel;

	if (channel->memory)
		sim_memory_put(channel->memory);
	if (channel->context)
		sim_memory_put(channel->context);
	kfree(channel);
}
