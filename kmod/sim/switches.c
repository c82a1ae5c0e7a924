// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Records of context switches; see switches.h.
 */
#include <linux/capability.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "nvabi/nvevent.h"
#include "nvabi/nvhost.h"
#include "nvabi/nvstatus.h"

#include "event_buffer.h"
#include "gpu.h"
#include "rm.h"
#include "switches.h"

/* How many switches wait to be delivered before the next one is lost. */
#define RING_SWITCHES	4096

/* The driver looks 30 times a second, and at once when there is not much room. */
#define DELIVER_MS	33
#define DELIVER_AT	(RING_SWITCHES / 2)

#define RECORD_BYTES                                      \
	(sizeof(struct NV_EVENT_BUFFER_RECORD_HEADER) + \
	 sizeof(struct NV_EVENT_BUFFER_FECS_RECORD_V2))

/* In place of the numbers of an instance, where the GPU is not divided. */
#define NO_INSTANCE	0xff

/* What a switch consists of, in this order; only what lies between the two takes time. */
static const u8 save_tags[] = {
	NV_EVENT_BUFFER_FECS_CTXSWTAG_CTXSW_REQ_BY_HOST,
	NV_EVENT_BUFFER_FECS_CTXSWTAG_FE_ACK_WFI,
	NV_EVENT_BUFFER_FECS_CTXSWTAG_SAVE_END,
};

static const u8 load_tags[] = {
	NV_EVENT_BUFFER_FECS_CTXSWTAG_RESTORE_START,
	NV_EVENT_BUFFER_FECS_CTXSWTAG_CONTEXT_START,
};

/**
 * struct sim_switches_bind - switches of a GPU go into a buffer
 * @of_gpu: in sim_switches.binds
 * @of_buffer: in sim_event_buffer.binds
 * @gpu: of which GPU, with a reference
 * @buffer: into which buffer
 * @everybody: those of all users, else of the client's
 * @admin: the client may know whose they are
 * @kernel: the client is the kernel's
 * @user: the client's user
 * @tags: what is wanted, bits by NV_EVENT_BUFFER_FECS_CTXSWTAG_*
 */
struct sim_switches_bind {
	struct list_head of_gpu;
	struct list_head of_buffer;
	struct sim_gpu *gpu;
	struct sim_event_buffer *buffer;
	bool everybody;
	bool admin;
	bool kernel;
	kuid_t user;
	u32 tags;
};

static void deliver_work(struct work_struct *work)
{
	struct sim_gpu *gpu = container_of(to_delayed_work(work),
					   struct sim_gpu, switches.deliver);

	mutex_lock(&sim_rm_lock);
	sim_switches_deliver(gpu);
	mutex_unlock(&sim_rm_lock);
}

/**
 * sim_switches_init() - begin with nobody who reads
 * @gpu: of which GPU
 *
 * Context: any; nobody else has @gpu.
 */
void sim_switches_init(struct sim_gpu *gpu)
{
	INIT_LIST_HEAD(&gpu->switches.binds);
	INIT_DELAYED_WORK(&gpu->switches.deliver, deliver_work);
}

/* What was recorded for others before is not told. */
static void set_on(struct sim_gpu *gpu, bool on)
{
	struct sim_engine *engine = sim_engine_find(gpu, NV2080_ENGINE_TYPE_GRAPHICS);
	struct sim_switches *switches = &gpu->switches;

	lockdep_assert_held(&sim_rm_lock);
	mutex_lock(&engine->lock);
	switches->on = on;
	switches->tail = switches->head;
	switches->next = switches->number;
	mutex_unlock(&engine->lock);
}

/**
 * sim_switches_stop() - record nothing any more
 * @gpu: of which GPU; it is lost
 *
 * Context: process; takes sim_rm_lock.
 */
void sim_switches_stop(struct sim_gpu *gpu)
{
	/* A call that found the GPU not lost has ended when the lock is ours. */
	mutex_lock(&sim_rm_lock);
	set_on(gpu, false);
	mutex_unlock(&sim_rm_lock);
	cancel_delayed_work_sync(&gpu->switches.deliver);
}

/**
 * sim_switches_fini() - free what was recorded
 * @gpu: of which GPU
 *
 * Context: process; nobody else has @gpu.
 */
void sim_switches_fini(struct sim_gpu *gpu)
{
	kvfree(gpu->switches.ring);
}

/**
 * sim_switches_add() - the graphics engine switches
 * @gpu: of which GPU
 * @from: what it saves; cid 0: nothing
 * @to: what it loads; cid 0: nothing
 * @saved_ns: when @from was saved
 * @loaded_ns: when @to was loaded
 *
 * Context: the engine's lock is held.
 */
void sim_switches_add(struct sim_gpu *gpu, const struct sim_context *from,
		      const struct sim_context *to, u64 saved_ns, u64 loaded_ns)
{
	struct sim_switches *switches = &gpu->switches;
	u32 number, used;

	if (!switches->on)
		return;
	number = switches->number++;
	/* What the driver has read is no longer needed there. */
	used = switches->head - smp_load_acquire(&switches->tail);
	if (used == RING_SWITCHES)
		return;
	switches->ring[switches->head % RING_SWITCHES] = (struct sim_switch){
		.saved_ns = saved_ns,
		.loaded_ns = loaded_ns,
		.number = number,
		.from = *from,
		.to = *to,
	};
	/* It is all there before it is counted. */
	smp_store_release(&switches->head, switches->head + 1);
	if (used == DELIVER_AT)
		mod_delayed_work(system_wq, &switches->deliver, 0);
	else
		queue_delayed_work(system_wq, &switches->deliver,
				   msecs_to_jiffies(DELIVER_MS));
}

static bool same_user(const struct sim_switches_bind *bind,
		      const struct sim_context *context)
{
	return bind->kernel || context->kernel ?
		       bind->kernel == context->kernel :
		       uid_eq(bind->user, context->user);
}

/* The tag by which one that is not wanted itself, or hidden, is told; 0: by none. */
static u8 simple_tag(const struct sim_switches_bind *bind, u8 tag, bool hidden)
{
	u8 simple = tag == NV_EVENT_BUFFER_FECS_CTXSWTAG_CONTEXT_START ?
			    NV_EVENT_BUFFER_FECS_CTXSWTAG_SIMPLE_START :
		    tag == NV_EVENT_BUFFER_FECS_CTXSWTAG_SAVE_END ?
			    NV_EVENT_BUFFER_FECS_CTXSWTAG_SIMPLE_END :
			    0;

	return hidden || bind->tags & BIT(simple) ? simple : 0;
}

/*
 * What others did is told without who they are.  Its time would be one at random
 * between begin and end of the switch.
 */
static void tell_bind(struct sim_switches_bind *bind, u8 tag,
		      const struct sim_context *context, u64 time_ns)
{
	bool of_kernel = context->kernel && !bind->kernel;
	bool hidden = of_kernel || (!bind->admin && !same_user(bind, context));
	struct NV_EVENT_BUFFER_FECS_RECORD_V2 record = {
		.tag = tag,
		.migGpuInstanceId = NO_INSTANCE,
		.migComputeInstanceId = NO_INSTANCE,
	};

	if (!bind->everybody && !same_user(bind, context))
		return;
	if (hidden || !(bind->tags & BIT(tag)))
		record.tag = simple_tag(bind, tag, hidden);
	if (!record.tag)
		return;
	if (of_kernel) {
		record.pid = NV_EVENT_BUFFER_KERNEL_PID;
		record.context_id = NV_EVENT_BUFFER_KERNEL_CONTEXT;
	} else if (!hidden) {
		record.pid = context->pid;
		record.context_id = context->cid;
		record.timestamp = time_ns;
	}
	record.seqno = bind->buffer->seqno++;
	sim_event_buffer_add(bind->buffer,
			     NV_EVENT_BUFFER_RECORD_TYPE_FECS_CTX_SWITCH_V2,
			     &record, sizeof(record));
}

static void tell_tags(struct sim_switches *switches, const u8 *tags,
		      unsigned int count, const struct sim_context *context,
		      u64 time_ns)
{
	struct sim_switches_bind *bind;
	unsigned int i;

	if (!context->cid)
		return;
	for (i = 0; i < count; i++)
		list_for_each_entry(bind, &switches->binds, of_gpu)
			tell_bind(bind, tags[i], context, time_ns);
}

/* Numbers that were not delivered are missing for the readers too. */
static void skip_lost(struct sim_switches *switches, u32 number)
{
	struct sim_switches_bind *bind;
	u32 lost = number - switches->next;

	switches->next = number + 1;
	if (!lost)
		return;
	list_for_each_entry(bind, &switches->binds, of_gpu)
		bind->buffer->seqno += lost;
}

/* All that happened until now is recorded. */
static void settle(struct sim_gpu *gpu)
{
	struct sim_engine *engine = sim_engine_find(gpu, NV2080_ENGINE_TYPE_GRAPHICS);

	mutex_lock(&engine->lock);
	sim_engine_settle(engine);
	mutex_unlock(&engine->lock);
	sim_engine_kick(engine);
}

/**
 * sim_switches_deliver() - bring what was recorded to those who read it
 * @gpu: of which GPU
 *
 * Context: sim_rm_lock is held; takes the engine's lock.
 */
void sim_switches_deliver(struct sim_gpu *gpu)
{
	struct sim_switches *switches = &gpu->switches;
	const struct sim_switch *at;
	u32 head, tail;

	lockdep_assert_held(&sim_rm_lock);
	if (switches->on)
		settle(gpu);
	/* What is counted is all there. */
	head = smp_load_acquire(&switches->head);
	for (tail = switches->tail; tail != head; tail++) {
		at = &switches->ring[tail % RING_SWITCHES];
		skip_lost(switches, at->number);
		tell_tags(switches, save_tags, ARRAY_SIZE(save_tags), &at->from,
			  at->saved_ns);
		tell_tags(switches, load_tags, ARRAY_SIZE(load_tags), &at->to,
			  at->loaded_ns);
	}
	/* They have been read: the engine may write there again. */
	smp_store_release(&switches->tail, head);
}

static bool is_bound(const struct sim_event_buffer *buffer,
		     const struct sim_gpu *gpu, bool everybody)
{
	const struct sim_switches_bind *bind;

	list_for_each_entry(bind, &buffer->binds, of_buffer) {
		if (bind->gpu == gpu && bind->everybody == everybody)
			return true;
	}
	return false;
}

static bool begin(struct sim_gpu *gpu)
{
	struct sim_switches *switches = &gpu->switches;

	if (!switches->ring)
		switches->ring = kvcalloc(RING_SWITCHES,
					  sizeof(*switches->ring), GFP_KERNEL);
	if (!switches->ring)
		return false;
	if (list_empty(&switches->binds))
		set_on(gpu, true);
	return true;
}

/**
 * sim_switches_bind() - let switches of a GPU go into a buffer
 * @call: who asks
 * @subdevice: of which GPU
 * @buffer: into which buffer
 * @everybody: those of all users
 * @tags: what is wanted, bits by NV_EVENT_BUFFER_FECS_CTXSWTAG_*
 *
 * Anybody may ask for those of all users, and is told who they are when an
 * administrator's task asks; so it is for a client of the kernel's, too.
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_switches_bind(const struct sim_call *call, struct sim_object *subdevice,
		      struct sim_event_buffer *buffer, bool everybody, u32 tags)
{
	struct sim_gpu *gpu = subdevice->gpu;
	struct sim_switches_bind *bind;

	/* The kernel is no user: it gets what has none in particular. */
	everybody |= call->kernel;
	/* The driver writes behind the end of records that are too short. */
	if (buffer->record_bytes < RECORD_BYTES)
		return NV_ERR_INVALID_ARGUMENT;
	if (is_bound(buffer, gpu, everybody))
		return NV_OK;
	bind = kzalloc(sizeof(*bind), GFP_KERNEL);
	if (!bind || !begin(gpu)) {
		kfree(bind);
		return NV_ERR_INSUFFICIENT_RESOURCES;
	}
	bind->gpu = sim_gpu_get(gpu);
	bind->buffer = buffer;
	bind->everybody = everybody;
	bind->admin = capable(CAP_SYS_ADMIN);
	bind->kernel = call->kernel;
	bind->user = subdevice->client->euid;
	bind->tags = tags;
	list_add_tail(&bind->of_gpu, &gpu->switches.binds);
	list_add_tail(&bind->of_buffer, &buffer->binds);
	return NV_OK;
}

/**
 * sim_switches_unbind() - a buffer is about to go
 * @buffer: the buffer
 *
 * Context: sim_rm_lock is held.
 */
void sim_switches_unbind(struct sim_event_buffer *buffer)
{
	struct sim_switches_bind *bind, *next;

	list_for_each_entry_safe(bind, next, &buffer->binds, of_buffer) {
		list_del(&bind->of_buffer);
		list_del(&bind->of_gpu);
		if (list_empty(&bind->gpu->switches.binds))
			set_on(bind->gpu, false);
		sim_gpu_put(bind->gpu);
		kfree(bind);
	}
}
