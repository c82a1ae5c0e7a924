// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What the driver is told of queues: time slices, levels, who may run.  The calls are
 * those that the driver offers to the queues' owner, and to the kernel for any.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "ghostnv/ask.h"
#include "ghostnv/bridge.h"
#include "nvabi/nvctrl.h"
#include "queues.h"
#include "rm.h"
#include "watch.h"

/**
 * queues_set_slice() - how long a channel group runs in its turn
 * @client: handle of its client
 * @group: its handle
 * @us: microseconds
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno.
 */
int queues_set_slice(u32 client, u32 group, u64 us)
{
	struct NVA06C_CTRL_TIMESLICE_PARAMS params = { .timesliceUs = us };

	return rm_control(client, group, NVA06C_CTRL_CMD_SET_TIMESLICE, &params,
			  sizeof(params));
}

/**
 * queues_set_level() - where a queue stands in the runlist
 * @client: handle of its client
 * @object: its handle
 * @group: it is a channel group; else a channel
 * @first: before all others, again and again; else among them
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno.
 */
int queues_set_level(u32 client, u32 object, bool group, bool first)
{
	/* Channels take the same structure. */
	struct NVA06C_CTRL_INTERLEAVE_LEVEL_PARAMS params = {
		.tsgInterleaveLevel = first ? NVA06C_CTRL_INTERLEAVE_LEVEL_HIGH :
					      NVA06C_CTRL_INTERLEAVE_LEVEL_LOW,
	};

	return rm_control(client, object,
			  group ? NVA06C_CTRL_CMD_SET_INTERLEAVE_LEVEL :
				  NVA06F_CTRL_CMD_SET_INTERLEAVE_LEVEL,
			  &params, sizeof(params));
}

/**
 * queues_preempt() - take the engine from a channel group, if it has it
 * @client: handle of its client
 * @group: its handle
 *
 * Context: Process context; may sleep, but not until it is off the engine.
 * Return: 0 or a negative errno.
 */
int queues_preempt(u32 client, u32 group)
{
	struct NVA06C_CTRL_PREEMPT_PARAMS params = { 0 };

	return rm_control(client, group, NVA06C_CTRL_CMD_PREEMPT, &params, sizeof(params));
}

/**
 * queues_enable() - let channels run, or stop them
 * @gpu_id: RM's gpuId of their GPU
 * @channels: which
 * @count: how many
 * @on: run or stop
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno; -ENODEV while the GPU is not watched; -ENOENT when one
 * of them is not there, and others may not be switched.
 */
int queues_enable(u32 gpu_id, const struct gnv_bridge_channel *channels,
		  unsigned int count, bool on)
{
	struct NV2080_CTRL_FIFO_DISABLE_CHANNELS_PARAMS *params;
	unsigned int i;
	u32 client;
	int ret;

	BUILD_BUG_ON(GNV_BRIDGE_CHANNELS_MAX > ARRAY_SIZE(params->hClientList));
	if (count > GNV_BRIDGE_CHANNELS_MAX)
		return -EINVAL;
	params = kzalloc(sizeof(*params), GFP_KERNEL);
	if (!params)
		return -ENOMEM;
	params->bDisable = !on;
	params->numChannels = count;
	for (i = 0; i < count; i++) {
		params->hClientList[i] = channels[i].client;
		params->hChannelList[i] = channels[i].handle;
	}
	ret = watch_client(gpu_id, &client);
	if (!ret)
		ret = rm_control(client, GNV_ASK_SUBDEVICE,
				 NV2080_CTRL_CMD_FIFO_DISABLE_CHANNELS, params,
				 sizeof(*params));
	kfree(params);
	return ret;
}
