// SPDX-License-Identifier: GPL-2.0
/*
 * The place where ghostnv-rm.ko registers: see bridge.h.  Callers inside hold
 * the module in place, so it leaves when the last of them has.
 */
#include <linux/export.h>
#include <linux/rwsem.h>
#include <linux/string.h>

#include "ask.h"
#include "ask_file.h"
#include "attach.h"
#include "bridge.h"
#include "gate.h"

/* Protects bridge; held for reading over every call into it. */
static DECLARE_RWSEM(bridge_sem);
static const struct gnv_bridge_ops *bridge;

/**
 * gnv_bridge_register() - the bridge is there
 * @ops: what it does; stays until gnv_bridge_unregister()
 *
 * Context: Process context; may sleep.
 * Return: 0, or -EBUSY when there is one already.
 */
int gnv_bridge_register(const struct gnv_bridge_ops *ops)
{
	int ret = 0;

	down_write(&bridge_sem);
	if (bridge)
		ret = -EBUSY;
	else
		bridge = ops;
	up_write(&bridge_sem);
	if (ret)
		return ret;
	gnv_gate_bridge(true);
	gnv_attach_now();
	return 0;
}
EXPORT_SYMBOL_GPL(gnv_bridge_register);

/**
 * gnv_bridge_unregister() - the bridge leaves
 * @ops: what it registered
 *
 * Context: Process context; waits for the callers inside.
 */
void gnv_bridge_unregister(const struct gnv_bridge_ops *ops)
{
	gnv_gate_bridge(false);
	down_write(&bridge_sem);
	if (bridge == ops)
		bridge = NULL;
	up_write(&bridge_sem);
	gnv_attach_now();
}
EXPORT_SYMBOL_GPL(gnv_bridge_unregister);

/**
 * gnv_bridge_present() - whether there is a bridge
 *
 * Context: Any.
 * Return: true if so, at this moment.
 */
bool gnv_bridge_present(void)
{
	return READ_ONCE(bridge) != NULL;
}

/**
 * gnv_bridge_can_ask() - whether the driver can be asked, with a bridge or without
 *
 * Context: Any.
 * Return: true if so, at this moment.
 */
bool gnv_bridge_can_ask(void)
{
	return gnv_bridge_present() || gnv_ask_file_ready();
}

static int ask(gnv_ask_fn fn, const struct gnv_question *q)
{
	int ret;

	down_read(&bridge_sem);
	if (bridge)
		ret = fn(bridge->rm, q);
	else
		ret = gnv_ask_file(fn, q);
	up_read(&bridge_sem);
	return ret;
}

/**
 * gnv_bridge_version() - the version of the driver behind the bridge
 * @buf: out
 * @size: of @buf
 *
 * Context: Process context; may sleep.
 * Return: 0, or -ENODEV without a bridge.
 */
int gnv_bridge_version(char *buf, size_t size)
{
	int ret = -ENODEV;

	down_read(&bridge_sem);
	if (bridge) {
		strscpy(buf, bridge->driver_version, size);
		ret = 0;
	}
	up_read(&bridge_sem);
	return ret;
}

/**
 * gnv_bridge_gpus() - the GPUs that NVIDIA's driver has
 * @gpus: out
 * @max: length of @gpus
 *
 * Context: Process context; may sleep.
 * Return: their number, or a negative errno.
 */
int gnv_bridge_gpus(struct gnv_bridge_gpu *gpus, unsigned int max)
{
	const struct gnv_question q = { .answer = gpus, .max = max };

	return ask(gnv_ask_gpus, &q);
}

/**
 * gnv_bridge_memory_info() - the true size of an allocation
 * @client: handle of the client that has it
 * @memory: handle of the memory
 * @info: out
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno, see struct gnv_bridge_ops.
 */
int gnv_bridge_memory_info(u32 client, u32 memory, struct gnv_bridge_memory *info)
{
	const struct gnv_question q = {
		.client = client,
		.object = memory,
		.answer = info,
	};

	return ask(gnv_ask_memory, &q);
}

/**
 * gnv_bridge_object_class() - the true class of an object
 * @client: handle of the client that has it
 * @object: handle of the object
 * @class: out
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno, see struct gnv_bridge_ops.
 */
int gnv_bridge_object_class(u32 client, u32 object, u32 *class)
{
	const struct gnv_question q = {
		.client = client,
		.object = object,
		.answer = class,
	};

	return ask(gnv_ask_class, &q);
}

/**
 * gnv_bridge_context_bytes() - what the driver keeps for a queue's context
 * @client: handle of the client that has it
 * @subdevice: handle of a subdevice of the client's on the same GPU
 * @channel: handle of a channel of the queue
 * @bytes: out
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno, see struct gnv_bridge_ops.
 */
int gnv_bridge_context_bytes(u32 client, u32 subdevice, u32 channel, u64 *bytes)
{
	const struct gnv_question q = {
		.client = client,
		.object = channel,
		.subdevice = subdevice,
		.answer = bytes,
	};

	return ask(gnv_ask_context, &q);
}

/**
 * gnv_bridge_object_free() - free an object of a client
 * @client: handle of the client that has it
 * @object: handle of the object, or of the client
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno, see struct gnv_bridge_ops.
 */
int gnv_bridge_object_free(u32 client, u32 object)
{
	const struct gnv_question q = { .client = client, .object = object };

	return ask(gnv_ask_free, &q);
}

/**
 * gnv_bridge_set_slice() - how long a channel group runs in its turn
 * @client: handle of the client that has it
 * @group: handle of the group
 * @us: microseconds
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno, see struct gnv_bridge_ops.
 */
int gnv_bridge_set_slice(u32 client, u32 group, u64 us)
{
	int ret = -ENODEV;

	down_read(&bridge_sem);
	if (bridge)
		ret = bridge->set_slice(client, group, us);
	up_read(&bridge_sem);
	return ret;
}

/**
 * gnv_bridge_set_level() - where a queue stands in the runlist
 * @client: handle of the client that has it
 * @object: handle of the channel group, or of the channel
 * @group: which of the two it is
 * @first: before all others, again and again; else among them
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno, see struct gnv_bridge_ops.
 */
int gnv_bridge_set_level(u32 client, u32 object, bool group, bool first)
{
	int ret = -ENODEV;

	down_read(&bridge_sem);
	if (bridge)
		ret = bridge->set_level(client, object, group, first);
	up_read(&bridge_sem);
	return ret;
}

/**
 * gnv_bridge_preempt() - take the engine from a channel group
 * @client: handle of the client that has it
 * @group: handle of the group
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno, see struct gnv_bridge_ops.
 */
int gnv_bridge_preempt(u32 client, u32 group)
{
	int ret = -ENODEV;

	down_read(&bridge_sem);
	if (bridge)
		ret = bridge->preempt(client, group);
	up_read(&bridge_sem);
	return ret;
}

/**
 * gnv_bridge_enable() - let channels run, or stop them
 * @gpu_id: RM's gpuId of their GPU
 * @channels: which
 * @count: how many, at most GNV_BRIDGE_CHANNELS_MAX
 * @on: run or stop
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno, see struct gnv_bridge_ops.
 */
int gnv_bridge_enable(u32 gpu_id, const struct gnv_bridge_channel *channels,
		      unsigned int count, bool on)
{
	int ret = -ENODEV;

	down_read(&bridge_sem);
	if (bridge)
		ret = bridge->enable(gpu_id, channels, count, on);
	up_read(&bridge_sem);
	return ret;
}

/**
 * gnv_bridge_watch() - begin or end to record what the graphics engine does
 * @gpu_id: RM's gpuId
 * @on: begin or end
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno, see struct gnv_bridge_ops.
 */
int gnv_bridge_watch(u32 gpu_id, bool on)
{
	int ret = -ENODEV;

	down_read(&bridge_sem);
	if (bridge)
		ret = bridge->watch(gpu_id, on);
	up_read(&bridge_sem);
	return ret;
}

/**
 * gnv_bridge_switches() - what the graphics engine did since it was last asked
 * @gpu_id: RM's gpuId
 * @records: out
 * @max: length of @records
 * @switches: out: how many, and until when
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno, see struct gnv_bridge_ops.
 */
int gnv_bridge_switches(u32 gpu_id, struct gnv_bridge_switch *records, unsigned int max,
			struct gnv_bridge_switches *switches)
{
	int ret = -ENODEV;

	down_read(&bridge_sem);
	if (bridge)
		ret = bridge->switches(gpu_id, records, max, switches);
	up_read(&bridge_sem);
	return ret;
}
