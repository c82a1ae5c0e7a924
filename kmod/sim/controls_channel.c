// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Control commands to queues (NVA06C, NVA06F, NVC36F), and to a subdevice about
 * them.
 */
#include <linux/capability.h>
#include <linux/kernel.h>

#include "nvabi/nvctrl.h"
#include "nvabi/nvhost.h"
#include "nvabi/nvstatus.h"

#include "channel.h"
#include "classes.h"
#include "controls.h"
#include "engine.h"
#include "queue.h"
#include "sim.h"

/* The longest time that a caller may let a preemption take. */
#define PREEMPT_MAX_TIMEOUT_US	1000000

/* The longest turn: what the register of the hardware holds is of this order. */
#define TIMESLICE_MAX_US       (60ULL * USEC_PER_SEC)

static u32 schedule_bytes(void)
{
	return sim_config.branch->gpfifo_schedule_size;
}

/* Locks the engine of a group, if it has one; what ran until now is paid for. */
static void lock_engine(const struct sim_group *group)
{
	if (!group->engine)
		return;
	mutex_lock(&group->engine->lock);
	sim_engine_settle(group->engine);
}

static void unlock_engine(const struct sim_group *group)
{
	if (!group->engine)
		return;
	mutex_unlock(&group->engine->lock);
	sim_engine_kick(group->engine);
}

static struct sim_group *group_of(struct sim_control_call *cc)
{
	return sim_channel_with_group(cc->object)->group;
}

/* What was never bound runs where graphics does. */
static void choose_engine(struct sim_object *object)
{
	if (!sim_channel_with_group(object)->group->engine)
		sim_channel_bind(object, NV2080_ENGINE_TYPE_GRAPHICS);
}

static u32 schedule_group(struct sim_control_call *cc)
{
	struct NVA06C_CTRL_GPFIFO_SCHEDULE_PARAMS *p = cc->params;
	struct sim_group *group = group_of(cc);
	struct sim_queue *queue;

	choose_engine(cc->object);
	lock_engine(group);
	list_for_each_entry(queue, &group->queues, link)
		queue->scheduled = p->bEnable && !queue->dead;
	if (!p->bEnable)
		sim_engine_preempt(group);
	unlock_engine(group);
	return NV_OK;
}

static u32 bind(struct sim_control_call *cc)
{
	struct NVA06C_CTRL_BIND_PARAMS *p = cc->params;

	return sim_channel_bind(cc->object, p->engineType);
}

static u32 set_timeslice(struct sim_control_call *cc)
{
	struct NVA06C_CTRL_TIMESLICE_PARAMS *p = cc->params;
	struct sim_group *group = group_of(cc);

	if (!p->timesliceUs || p->timesliceUs > TIMESLICE_MAX_US)
		return NV_ERR_INVALID_ARGUMENT;
	lock_engine(group);
	group->slice_ns = p->timesliceUs * NSEC_PER_USEC;
	group->left_ns = min(group->left_ns, group->slice_ns);
	unlock_engine(group);
	return NV_OK;
}

static u32 get_timeslice(struct sim_control_call *cc)
{
	struct NVA06C_CTRL_TIMESLICE_PARAMS *p = cc->params;

	p->timesliceUs = group_of(cc)->slice_ns / NSEC_PER_USEC;
	return NV_OK;
}

static u32 group_info(struct sim_control_call *cc)
{
	struct NVA06C_CTRL_GET_INFO_PARAMS *p = cc->params;

	p->tsgID = group_of(cc)->id;
	return NV_OK;
}

static u32 preempt(struct sim_control_call *cc)
{
	struct NVA06C_CTRL_PREEMPT_PARAMS *p = cc->params;
	struct sim_group *group = group_of(cc);

	if (p->bManualTimeout && p->timeoutUs > PREEMPT_MAX_TIMEOUT_US)
		return NV_ERR_INVALID_ARGUMENT;
	/* It is off the engine when this returns, waited for or not. */
	lock_engine(group);
	if (group->engine)
		sim_engine_preempt(group);
	unlock_engine(group);
	return NV_OK;
}

/* Groups and channels have the level in the same place. */
static u32 set_interleave(struct sim_control_call *cc)
{
	struct NVA06C_CTRL_INTERLEAVE_LEVEL_PARAMS *p = cc->params;
	struct sim_channel *channel = sim_channel_with_group(cc->object);
	struct sim_group *group = channel->group;

	/* The right to be nice, which the driver derives from the capability. */
	if (!cc->call->kernel && !capable(CAP_SYS_NICE))
		return NV_ERR_INSUFFICIENT_PERMISSIONS;
	if (p->tsgInterleaveLevel > NVA06C_CTRL_INTERLEAVE_LEVEL_HIGH)
		return NV_ERR_INVALID_ARGUMENT;
	channel->interleave = p->tsgInterleaveLevel;
	lock_engine(group);
	if (group->engine) {
		sim_runlist_remove(&group->member);
		sim_runlist_add(&group->engine->runlist, &group->member,
				p->tsgInterleaveLevel);
	}
	unlock_engine(group);
	return NV_OK;
}

static u32 get_interleave(struct sim_control_call *cc)
{
	struct NVA06C_CTRL_INTERLEAVE_LEVEL_PARAMS *p = cc->params;

	p->tsgInterleaveLevel = sim_channel_with_group(cc->object)->interleave;
	return NV_OK;
}

/* With bOnlyDisableScheduling what has the engine keeps it until its turn ends. */
static void disable_queue(struct sim_queue *queue,
			  const struct NV2080_CTRL_FIFO_DISABLE_CHANNELS_PARAMS *p)
{
	struct sim_group *group = queue->group;

	lock_engine(group);
	queue->disabled = p->bDisable;
	if (p->bDisable && p->bRewindGpPut)
		sim_queue_rewind(queue);
	if (p->bDisable && !p->bOnlyDisableScheduling && group->engine)
		sim_engine_preempt(group);
	unlock_engine(group);
}

/*
 * The driver passes the list on to the card's firmware and asks nobody whose the
 * clients are; what the firmware asks is not published.
 */
static u32 disable_channels(struct sim_control_call *cc)
{
	struct NV2080_CTRL_FIFO_DISABLE_CHANNELS_PARAMS *p = cc->params;
	struct sim_client *client;
	struct sim_object *object;
	u32 status, i;

	if (p->pRunlistPreemptEvent && !cc->call->kernel)
		return NV_ERR_INSUFFICIENT_PERMISSIONS;
	if (p->numChannels > ARRAY_SIZE(p->hChannelList))
		return NV_ERR_INVALID_ARGUMENT;
	for (i = 0; i < p->numChannels; i++) {
		status = sim_client_find(p->hClientList[i], &client);
		if (status == NV_OK)
			status = sim_object_find(client, p->hChannelList[i],
						 &object);
		if (status != NV_OK)
			return status;
		if (object->class->kind != SIM_KIND_CHANNEL)
			return NV_ERR_INVALID_CHANNEL;
		if (sim_config.picky && p->bDisable &&
		    !object->channel->queue->scheduled)
			return NV_ERR_INVALID_STATE;
		disable_queue(object->channel->queue, p);
	}
	return NV_OK;
}

/* Anybody may ask about anybody's. */
static u32 query_unique_ids(struct sim_control_call *cc)
{
	struct NV2080_CTRL_FIFO_QUERY_CHANNEL_UNIQUE_ID_PARAMS *p = cc->params;
	struct sim_client *client;
	struct sim_object *object;
	u32 status, i;

	if (!p->numChannels || p->numChannels > ARRAY_SIZE(p->hChannels))
		return NV_ERR_INVALID_PARAMETER;
	for (i = 0; i < p->numChannels; i++) {
		status = sim_client_find(p->hClients[i], &client);
		if (status == NV_OK)
			status = sim_object_find(client, p->hChannels[i],
						 &object);
		if (status != NV_OK)
			return status;
		if (object->class->kind != SIM_KIND_CHANNEL)
			return NV_ERR_INVALID_OBJECT_HANDLE;
		p->channelUniqueIDs[i] = object->channel->queue->context.cid;
	}
	return NV_OK;
}

static void set_scheduled(struct sim_queue *queue, bool scheduled)
{
	lock_engine(queue->group);
	queue->scheduled = scheduled;
	if (!scheduled && queue->group->engine)
		sim_engine_preempt(queue->group);
	unlock_engine(queue->group);
}

/*
 * A channel that somebody disabled does not come on again by being scheduled, and one
 * that a fault ended does not at all.
 */
static u32 schedule_channel(struct sim_control_call *cc)
{
	struct NVA06F_CTRL_GPFIFO_SCHEDULE_PARAMS *p = cc->params;
	struct sim_queue *queue = cc->object->channel->queue;

	if (queue->disabled || queue->dead)
		return NV_ERR_INVALID_STATE;
	choose_engine(cc->object);
	set_scheduled(queue, p->bEnable);
	return NV_OK;
}

static u32 stop_channel(struct sim_control_call *cc)
{
	set_scheduled(cc->object->channel->queue, false);
	return NV_OK;
}

/* As on the cards since Ampere: the runlist is in the token, and the channel. */
static u32 work_submit_token(struct sim_control_call *cc)
{
	struct NVC36F_CTRL_CMD_GPFIFO_GET_WORK_SUBMIT_TOKEN_PARAMS *p =
		cc->params;
	struct sim_queue *queue = cc->object->channel->queue;

	choose_engine(cc->object);
	p->workSubmitToken = queue->group->engine->number << 16 | queue->id;
	return NV_OK;
}

static const struct sim_control group_controls[] = {
	{
		.cmd = NVA06C_CTRL_CMD_GPFIFO_SCHEDULE,
		.bytes = sizeof(struct NVA06C_CTRL_GPFIFO_SCHEDULE_PARAMS),
		.branch_bytes = schedule_bytes,
		.answer = schedule_group,
	},
	{
		.cmd = NVA06C_CTRL_CMD_BIND,
		.bytes = sizeof(struct NVA06C_CTRL_BIND_PARAMS),
		.answer = bind,
	},
	{
		.cmd = NVA06C_CTRL_CMD_SET_TIMESLICE,
		.bytes = sizeof(struct NVA06C_CTRL_TIMESLICE_PARAMS),
		.answer = set_timeslice,
	},
	{
		.cmd = NVA06C_CTRL_CMD_GET_TIMESLICE,
		.bytes = sizeof(struct NVA06C_CTRL_TIMESLICE_PARAMS),
		.answer = get_timeslice,
	},
	{
		.cmd = NVA06C_CTRL_CMD_PREEMPT,
		.bytes = sizeof(struct NVA06C_CTRL_PREEMPT_PARAMS),
		.answer = preempt,
	},
	{
		.cmd = NVA06C_CTRL_CMD_GET_INFO,
		.bytes = sizeof(struct NVA06C_CTRL_GET_INFO_PARAMS),
		.answer = group_info,
	},
	{
		.cmd = NVA06C_CTRL_CMD_SET_INTERLEAVE_LEVEL,
		.bytes = sizeof(struct NVA06C_CTRL_INTERLEAVE_LEVEL_PARAMS),
		.answer = set_interleave,
	},
	{
		.cmd = NVA06C_CTRL_CMD_GET_INTERLEAVE_LEVEL,
		.bytes = sizeof(struct NVA06C_CTRL_INTERLEAVE_LEVEL_PARAMS),
		.answer = get_interleave,
	},
};

static const struct sim_control channel_controls[] = {
	{
		.cmd = NVA06F_CTRL_CMD_GPFIFO_SCHEDULE,
		.bytes = sizeof(struct NVA06F_CTRL_GPFIFO_SCHEDULE_PARAMS),
		.branch_bytes = schedule_bytes,
		.answer = schedule_channel,
	},
	{
		.cmd = NVA06F_CTRL_CMD_BIND,
		.bytes = sizeof(struct NVA06F_CTRL_BIND_PARAMS),
		.answer = bind,
	},
	{
		.cmd = NVA06F_CTRL_CMD_SET_INTERLEAVE_LEVEL,
		.bytes = sizeof(struct NVA06F_CTRL_INTERLEAVE_LEVEL_PARAMS),
		.answer = set_interleave,
	},
	{
		.cmd = NVA06F_CTRL_CMD_GET_INTERLEAVE_LEVEL,
		.bytes = sizeof(struct NVA06F_CTRL_INTERLEAVE_LEVEL_PARAMS),
		.answer = get_interleave,
	},
	{
		.cmd = NVA06F_CTRL_CMD_STOP_CHANNEL,
		.bytes = sizeof(struct NVA06F_CTRL_STOP_CHANNEL_PARAMS),
		.answer = stop_channel,
	},
	{
		.cmd = NVC36F_CTRL_CMD_GPFIFO_GET_WORK_SUBMIT_TOKEN,
		.bytes = sizeof(struct NVC36F_CTRL_CMD_GPFIFO_GET_WORK_SUBMIT_TOKEN_PARAMS),
		.answer = work_submit_token,
	},
};

static const struct sim_control subdevice_controls[] = {
	{
		.cmd = NV2080_CTRL_CMD_FIFO_DISABLE_CHANNELS,
		.bytes = sizeof(struct NV2080_CTRL_FIFO_DISABLE_CHANNELS_PARAMS),
		.answer = disable_channels,
	},
	{
		.cmd = NV2080_CTRL_CMD_FIFO_QUERY_CHANNEL_UNIQUE_ID,
		.bytes = sizeof(struct NV2080_CTRL_FIFO_QUERY_CHANNEL_UNIQUE_ID_PARAMS),
		.since = 580,
		.answer = query_unique_ids,
	},
};

const struct sim_control_table sim_controls_group = {
	.kind = SIM_KIND_GROUP,
	.controls = group_controls,
	.count = ARRAY_SIZE(group_controls),
};

const struct sim_control_table sim_controls_channel = {
	.kind = SIM_KIND_CHANNEL,
	.controls = channel_controls,
	.count = ARRAY_SIZE(channel_controls),
};

const struct sim_control_table sim_controls_fifo = {
	.kind = SIM_KIND_SUBDEVICE,
	.controls = subdevice_controls,
	.count = ARRAY_SIZE(subdevice_controls),
};
