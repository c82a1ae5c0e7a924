// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Control commands to queues (NVA06C, NVA06F, NVC36F), and to a subdevice about
 * them.
 */
#include <linux/capability.h>
#include <linux/kernel.h>

#include "nvabi/nvctrl.h"
#include "nvabi/nvstatus.h"

#include "channel.h"
#include "classes.h"
#include "controls.h"
#include "sim.h"

/* The longest time that a caller may let a preemption take. */
#define PREEMPT_MAX_TIMEOUT_US	1000000

static u32 schedule_bytes(void)
{
	return sim_config.branch->gpfifo_schedule_size;
}

static u32 schedule_queue(struct sim_control_call *cc)
{
	struct NVA06C_CTRL_GPFIFO_SCHEDULE_PARAMS *p = cc->params;

	cc->object->channel->scheduled = p->bEnable;
	return NV_OK;
}

static u32 bind(struct sim_control_call *cc)
{
	return NV_OK;
}

static u32 set_timeslice(struct sim_control_call *cc)
{
	struct NVA06C_CTRL_TIMESLICE_PARAMS *p = cc->params;

	if (!p->timesliceUs)
		return NV_ERR_INVALID_ARGUMENT;
	cc->object->channel->timeslice_us = p->timesliceUs;
	return NV_OK;
}

static u32 get_timeslice(struct sim_control_call *cc)
{
	struct NVA06C_CTRL_TIMESLICE_PARAMS *p = cc->params;

	p->timesliceUs = cc->object->channel->timeslice_us;
	return NV_OK;
}

static u32 preempt(struct sim_control_call *cc)
{
	struct NVA06C_CTRL_PREEMPT_PARAMS *p = cc->params;

	if (p->bManualTimeout && p->timeoutUs > PREEMPT_MAX_TIMEOUT_US)
		return NV_ERR_INVALID_ARGUMENT;
	return NV_OK;
}

/* Groups and channels have the level in the same place. */
static u32 set_interleave(struct sim_control_call *cc)
{
	struct NVA06C_CTRL_INTERLEAVE_LEVEL_PARAMS *p = cc->params;

	/* The right to be nice, which the driver derives from the capability. */
	if (!cc->call->kernel && !capable(CAP_SYS_NICE))
		return NV_ERR_INSUFFICIENT_PERMISSIONS;
	if (p->tsgInterleaveLevel > NVA06C_CTRL_INTERLEAVE_LEVEL_HIGH)
		return NV_ERR_INVALID_ARGUMENT;
	cc->object->channel->interleave = p->tsgInterleaveLevel;
	return NV_OK;
}

static u32 get_interleave(struct sim_control_call *cc)
{
	struct NVA06C_CTRL_INTERLEAVE_LEVEL_PARAMS *p = cc->params;

	p->tsgInterleaveLevel = cc->object->channel->interleave;
	return NV_OK;
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
		object->channel->disabled = p->bDisable;
	}
	return NV_OK;
}

/* A channel that somebody disabled does not come on again by being scheduled. */
static u32 schedule_channel(struct sim_control_call *cc)
{
	return cc->object->channel->disabled ? NV_ERR_INVALID_STATE :
					       schedule_queue(cc);
}

static u32 stop_channel(struct sim_control_call *cc)
{
	cc->object->channel->scheduled = false;
	return NV_OK;
}

static const struct sim_control group_controls[] = {
	{
		.cmd = NVA06C_CTRL_CMD_GPFIFO_SCHEDULE,
		.bytes = sizeof(struct NVA06C_CTRL_GPFIFO_SCHEDULE_PARAMS),
		.branch_bytes = schedule_bytes,
		.answer = schedule_queue,
	}, {
		.cmd = NVA06C_CTRL_CMD_BIND,
		.bytes = sizeof(struct NVA06C_CTRL_BIND_PARAMS),
		.answer = bind,
	}, {
		.cmd = NVA06C_CTRL_CMD_SET_TIMESLICE,
		.bytes = sizeof(struct NVA06C_CTRL_TIMESLICE_PARAMS),
		.answer = set_timeslice,
	}, {
		.cmd = NVA06C_CTRL_CMD_GET_TIMESLICE,
		.bytes = sizeof(struct NVA06C_CTRL_TIMESLICE_PARAMS),
		.answer = get_timeslice,
	}, {
		.cmd = NVA06C_CTRL_CMD_PREEMPT,
		.bytes = sizeof(struct NVA06C_CTRL_PREEMPT_PARAMS),
		.answer = preempt,
	}, {
		.cmd = NVA06C_CTRL_CMD_SET_INTERLEAVE_LEVEL,
		.bytes = sizeof(struct NVA06C_CTRL_INTERLEAVE_LEVEL_PARAMS),
		.answer = set_interleave,
	}, {
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
	}, {
		.cmd = NVA06F_CTRL_CMD_BIND,
		.bytes = sizeof(struct NVA06F_CTRL_BIND_PARAMS),
		.answer = bind,
	}, {
		.cmd = NVA06F_CTRL_CMD_SET_INTERLEAVE_LEVEL,
		.bytes = sizeof(struct NVA06F_CTRL_INTERLEAVE_LEVEL_PARAMS),
		.answer = set_interleave,
	}, {
		.cmd = NVA06F_CTRL_CMD_GET_INTERLEAVE_LEVEL,
		.bytes = sizeof(struct NVA06F_CTRL_INTERLEAVE_LEVEL_PARAMS),
		.answer = get_interleave,
	}, {
		.cmd = NVA06F_CTRL_CMD_STOP_CHANNEL,
		.bytes = sizeof(struct NVA06F_CTRL_STOP_CHANNEL_PARAMS),
		.answer = stop_channel,
	},
};

static const struct sim_control subdevice_controls[] = {
	{
		.cmd = NV2080_CTRL_CMD_FIFO_DISABLE_CHANNELS,
		.bytes = sizeof(struct NV2080_CTRL_FIFO_DISABLE_CHANNELS_PARAMS),
		.answer = disable_channels,
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
