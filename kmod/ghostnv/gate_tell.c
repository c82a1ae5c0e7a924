// SPDX-License-Identifier: GPL-2.0
/*
 * What the driver is told of queues, as the policy has ordered: see gate.h.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "gpu.h"
#include "tenant.h"
#include "trace.h"

/* What is told to the driver at once. */
#define ORDERS_MAX	64

/*
 * How long a context may be loaded until it is seen whether it has work: where that
 * matters to others or to a cap, and where it does not.
 */
#define PROBE_SHARED_NS (20 * NSEC_PER_MSEC)
#define PROBE_ALONE_NS	(100 * NSEC_PER_MSEC)

/*
 * When channels of who is held off are let onto the engine, to be put on the runlist: how
 * long after one another at least, or so many times as long as the first one was; and for
 * how long each.
 */
#define OPEN_PAUSE_NS	(100 * NSEC_PER_MSEC)
#define OPEN_PAUSE	32
#define OPEN_LONG_NS	(100 * NSEC_PER_MSEC)

/* When the driver is told again what it did not take. */
#define REFUSED_NS	(1000 * NSEC_PER_MSEC)

enum order_kind {
	ORDER_ON,
	ORDER_OFF,
	ORDER_SLICE,
	ORDER_LEVEL,
	ORDER_PREEMPT,
};

/* One thing to tell the driver of one queue. */
struct order {
	enum order_kind kind;
	struct gnv_bridge_channel queue;
	bool group;
	bool first;
	u32 slice_us;
};

/* What is to be told at once; the rest is for the next time. */
struct orders {
	struct order list[ORDERS_MAX];
	unsigned int count;
};

static bool add_order(struct orders *orders, const struct gnv_queue *queue,
		      enum order_kind kind, const struct gnv_sched_order *want)
{
	if (orders->count == ORDERS_MAX)
		return false;
	orders->list[orders->count++] = (struct order){
		.kind = kind,
		.queue = { queue->client, queue->handle },
		.group = gnv_queue_is_group(queue),
		.first = want->first,
		.slice_us = want->slice_us,
	};
	return true;
}

/* Return: false when there is no room for all that is to be told. */
static bool order_queue(struct orders *orders, struct gnv_queue *queue)
{
	const struct gnv_sched_order *want = &queue->tenant->leaf.told;
	bool group = gnv_queue_is_group(queue), enabled = gnv_queue_may_run(queue);

	if (hlist_unhashed(&queue->by_handle))
		return true;
	if (!group && enabled != queue->told.enabled) {
		if (!add_order(orders, queue, enabled ? ORDER_ON : ORDER_OFF, want))
			return false;
		queue->told.enabled = enabled;
	}
	if (group && want->slice_us != queue->told.slice_us) {
		if (!add_order(orders, queue, ORDER_SLICE, want))
			return false;
		queue->told.slice_us = want->slice_us;
	}
	if ((group || !queue->group) && want->first != queue->told.first) {
		if (!add_order(orders, queue, ORDER_LEVEL, want))
			return false;
		queue->told.first = want->first;
		queue->tenant->is_moved = true;
	}
	return true;
}

static bool order_tenant(struct orders *orders, struct gnv_tenant *tenant)
{
	struct gnv_queue *queue;

	list_for_each_entry(queue, &tenant->queues, entry) {
		if (!order_queue(orders, queue))
			return false;
	}
	return true;
}

static bool order_all(struct gnv_gate *gate, struct orders *orders)
{
	struct gnv_sched_node *leaf;
	struct gnv_tenant *tenant;

	while ((leaf = gnv_sched_next_order(&gate->sched))) {
		tenant = container_of(leaf, struct gnv_tenant, leaf);
		trace_gnv_order(gate->gpu, gnv_tenant_id(tenant), leaf->told.enabled,
				leaf->told.first, leaf->told.slice_us);
		if (leaf->told.enabled)
			gnv_work_held(tenant);
		else if (gate->running == tenant)
			tenant->preemptions++;
		if (!order_tenant(orders, tenant)) {
			gnv_sched_repeat_order(leaf);
			return false;
		}
	}
	return true;
}

/* The driver cannot be told at all, whatever of. */
static bool is_deaf(int ret)
{
	return ret == -ENODEV || ret == -ENOMEM;
}

static void note_refused(struct gnv_gate *gate, const struct gnv_bridge_channel *channel)
{
	struct gnv_queue *queue;

	mutex_lock(&gate->lock);
	queue = gnv_queue_find(gate, channel->client, channel->handle);
	if (queue) {
		queue->is_refused = true;
		queue->tenant->refused_ns = ktime_get_ns();
	}
	mutex_unlock(&gate->lock);
}

static int switch_channels(struct gnv_gate *gate, u32 gpu_id, const struct orders *orders,
			   bool on)
{
	struct gnv_bridge_channel channels[GNV_BRIDGE_CHANNELS_MAX];
	unsigned int i, n = 0;
	int ret = 0;

	BUILD_BUG_ON(ORDERS_MAX > GNV_BRIDGE_CHANNELS_MAX);
	for (i = 0; i < orders->count; i++) {
		if (orders->list[i].kind == (on ? ORDER_ON : ORDER_OFF))
			channels[n++] = orders->list[i].queue;
	}
	if (n)
		ret = gnv_bridge_enable(gpu_id, channels, n, on);
	if (!ret || is_deaf(ret))
		return ret;
	/* One of them may have gone, or is not as the driver wants it: one by one. */
	for (i = 0; i < n; i++) {
		ret = gnv_bridge_enable(gpu_id, &channels[i], 1, on);
		if (is_deaf(ret))
			return ret;
		if (ret && ret != -ENOENT)
			note_refused(gate, &channels[i]);
	}
	return 0;
}

static int tell_one(const struct order *order)
{
	switch (order->kind) {
	case ORDER_SLICE:
		return gnv_bridge_set_slice(order->queue.client, order->queue.handle,
					    order->slice_us);
	case ORDER_LEVEL:
		return gnv_bridge_set_level(order->queue.client, order->queue.handle,
					    order->group, order->first);
	case ORDER_PREEMPT:
		return gnv_bridge_preempt(order->queue.client, order->queue.handle);
	default:
		return 0;
	}
}

/*
 * Slices and levels before anybody runs by them.  What the driver will not hear of one
 * queue is that queue's own matter, as the gates alone hold the shares: who finds a way
 * to be refused does not slow down the looks at all others.
 */
static int tell(struct gnv_gate *gate, u32 gpu_id, const struct orders *orders)
{
	unsigned int i;
	int ret, one;

	lockdep_assert_held(&gate->look_lock);
	ret = switch_channels(gate, gpu_id, orders, false);
	for (i = 0; i < orders->count; i++) {
		one = tell_one(&orders->list[i]);
		if (is_deaf(one))
			ret = one;
	}
	one = switch_channels(gate, gpu_id, orders, true);
	return ret ?: one;
}

/* What the driver did not take is told again; what it had to know is not known. */
static void forget_told(struct gnv_gate *gate)
{
	struct gnv_tenant *tenant;
	struct gnv_queue *queue;
	int i;

	mutex_lock(&gate->lock);
	hash_for_each(gate->queues, i, queue, by_handle) {
		queue->told = (struct gnv_sched_order){
			.enabled = !gnv_queue_may_run(queue),
			.first = !queue->tenant->leaf.told.first,
		};
	}
	hash_for_each(gate->tenants, i, tenant, entry)
		gnv_sched_repeat_order(&tenant->leaf);
	mutex_unlock(&gate->lock);
}

static bool is_capped(const struct gnv_sched_node *node)
{
	for (; node; node = node->parent) {
		if (node->cap.period_ns)
			return true;
	}
	return false;
}

/* Whether who has the engine has work is not known: ask. */
static void order_probe(struct gnv_gate *gate, struct orders *orders)
{
	u64 loaded_ns = gate->accounted_ns - max(gate->since_ns, gate->probed_ns);
	struct gnv_tenant *tenant = gate->running;
	struct gnv_queue *queue;
	u64 slice_ns;
	bool matters;

	if (gate->engine != GNV_ENGINE_LOADED || !tenant)
		return;
	matters = gate->sched.root.queues > tenant->leaf.queues ||
		  !gnv_link_is_alone(&gate->sched.with_gates) || is_capped(&tenant->leaf);
	/* While its turn lasts the hardware itself passes over it, where others have work. */
	slice_ns = tenant->leaf.told.slice_us * NSEC_PER_USEC;
	if (loaded_ns < (matters ? max_t(u64, PROBE_SHARED_NS, slice_ns) : PROBE_ALONE_NS))
		return;
	gate->probed_ns = gate->accounted_ns;
	list_for_each_entry(queue, &tenant->queues, entry) {
		if (!hlist_unhashed(&queue->by_handle) && queue->pid == gate->pid &&
		    gnv_queue_is_group(queue))
			add_order(orders, queue, ORDER_PREEMPT, &tenant->leaf.told);
	}
}

/**
 * gnv_tenant_check_refused() - have the driver told again what it did not take
 * @tenant: the tenant
 * @now_ns: the time
 *
 * Context: The gate's lock is held; decide afterwards.
 */
void gnv_tenant_check_refused(struct gnv_tenant *tenant, u64 now_ns)
{
	struct gnv_queue *queue;

	lockdep_assert_held(&tenant->gate->lock);
	if (!tenant->refused_ns || now_ns - tenant->refused_ns < REFUSED_NS)
		return;
	tenant->refused_ns = 0;
	list_for_each_entry(queue, &tenant->queues, entry) {
		if (queue->is_refused)
			queue->told.enabled = !gnv_queue_may_run(queue);
		queue->is_refused = false;
	}
	gnv_sched_repeat_order(&tenant->leaf);
}

/**
 * gnv_gate_tell_all() - tell the driver what was decided, until there is no more
 * @gate: the gate
 * @gpu_id: RM's gpuId
 *
 * What it did not take is told again by the next look.
 *
 * Context: The gate's look_lock is held; may sleep; the driver is called.
 * Return: 0 or a negative errno.
 */
int gnv_gate_tell_all(struct gnv_gate *gate, u32 gpu_id)
{
	struct orders *orders;
	bool all;
	int ret = 0, one;

	if (gate->is_let_go)
		return -ENODEV;
	orders = kmalloc(sizeof(*orders), GFP_KERNEL);
	if (!orders)
		return -ENOMEM;
	do {
		orders->count = 0;
		mutex_lock(&gate->lock);
		all = order_all(gate, orders);
		if (!all)
			gnv_sched_apply(&gate->sched, ktime_get_ns());
		else
			order_probe(gate, orders);
		mutex_unlock(&gate->lock);
		one = tell(gate, gpu_id, orders);
		ret = ret ?: one;
	} while (!all);
	kfree(orders);
	if (ret)
		forget_told(gate);
	return ret;
}

/**
 * gnv_gate_tell() - the driver is to know now what is ordered for a queue
 * @gate: the gate
 * @client: handle of the queue's client
 * @handle: its handle
 *
 * Context: Process context; may sleep; the driver is called.
 */
void gnv_gate_tell(struct gnv_gate *gate, u32 client, u32 handle)
{
	struct gnv_queue *queue;
	struct gnv_gpu gpu;

	mutex_lock(&gate->look_lock);
	mutex_lock(&gate->lock);
	queue = gnv_queue_find(gate, client, handle);
	if (queue) {
		gnv_sched_repeat_order(&queue->tenant->leaf);
		gnv_sched_apply(&gate->sched, ktime_get_ns());
	}
	mutex_unlock(&gate->lock);
	if (queue && !gnv_gpu_get(gate->gpu, &gpu))
		gnv_gate_tell_all(gate, gpu.gpu_id);
	mutex_unlock(&gate->look_lock);
	gnv_gate_kick(gate);
}

/* --- channels on their way to the runlist -------------------------------------------- */

/* Return: for how long @channel is not let on yet. */
static u64 let_on(struct gnv_gate *gate, u32 gpu_id, u32 client, u32 channel)
{
	const struct gnv_bridge_channel one = { client, channel };
	u64 now_ns = ktime_get_ns(), wait_ns = 0;
	struct gnv_tenant *tenant;
	struct gnv_queue *queue;
	bool is_stopped;

	mutex_lock(&gate->look_lock);
	mutex_lock(&gate->lock);
	queue = gnv_queue_find(gate, client, channel);
	is_stopped = queue && !queue->is_opened && !queue->told.enabled;
	if (is_stopped) {
		tenant = queue->tenant;
		wait_ns = tenant->opens_ns > now_ns ? tenant->opens_ns - now_ns : 0;
	}
	if (is_stopped && !wait_ns) {
		queue->is_opened = true;
		queue->told.enabled = true;
		queue->opened_ns = now_ns;
		tenant->opened_ns = now_ns;
		/* Should it never be closed. */
		tenant->opens_ns = now_ns + OPEN_PAUSE * OPEN_LONG_NS;
	}
	mutex_unlock(&gate->lock);
	if (is_stopped && !wait_ns)
		gnv_bridge_enable(gpu_id, &one, 1, true);
	mutex_unlock(&gate->look_lock);
	return wait_ns;
}

/**
 * gnv_gate_open() - a channel is about to be put on the runlist
 * @gpu: GPU's index
 * @client: handle of its client
 * @channel: its handle
 *
 * The driver refuses that for one that is stopped, and programs do not go on then.  So
 * it may run for that moment, once: who asks again and again would never stop.  Whoever
 * makes channels again and again would not either, so each waits for a while after the
 * one before, or until its container may run.  What it runs counts.
 *
 * Context: Process context; may sleep; the driver is called.
 * Return: 0, or -ERESTARTNOINTR when the caller's cgroup is frozen meanwhile.
 */
int gnv_gate_open(u32 gpu, u32 client, u32 channel)
{
	struct gnv_gate *gate = gnv_gate_of(gpu);
	struct gnv_gpu card;
	u64 wait_ns;

	/* Who is killed on the way is refused by the driver. */
	while (gate && !gnv_gpu_get(gpu, &card) && !fatal_signal_pending(current)) {
		wait_ns = let_on(gate, card.gpu_id, client, channel);
		if (!wait_ns)
			return 0;
		if (gnv_container_must_freeze())
			return -ERESTARTNOINTR;
		wait_ns = min_t(u64, wait_ns, OPEN_PAUSE_NS);
		schedule_timeout_killable(nsecs_to_jiffies(wait_ns) + 1);
	}
	return 0;
}

/* Whether that let channels run that were stopped is for the driver to know. */
static void note_scheduled(const struct gnv_queue *queue)
{
	struct gnv_queue *other;

	list_for_each_entry(other, &queue->tenant->queues, entry) {
		if (other->client == queue->client &&
		    (other == queue || other->group == queue->handle))
			other->told.enabled = true;
	}
}

/**
 * gnv_gate_close() - undo gnv_gate_open()
 * @gpu: GPU's index
 * @client: handle of its client
 * @channel: its handle, or that of a channel group
 * @scheduled: the driver has put it on the runlist
 *
 * Context: Process context; may sleep; the driver is called.
 */
void gnv_gate_close(u32 gpu, u32 client, u32 channel, bool scheduled)
{
	struct gnv_gate *gate = gnv_gate_of(gpu);
	struct gnv_queue *queue;
	bool differs;
	u64 now_ns;

	if (!gate)
		return;
	mutex_lock(&gate->lock);
	queue = gnv_queue_find(gate, client, channel);
	if (queue && scheduled)
		note_scheduled(queue);
	differs = queue && queue->told.enabled != gnv_queue_may_run(queue);
	if (queue && queue->opened_ns) {
		now_ns = ktime_get_ns();
		queue->tenant->opens_ns =
			now_ns + max_t(u64, OPEN_PAUSE * (now_ns - queue->opened_ns),
				       OPEN_PAUSE_NS);
		queue->opened_ns = 0;
	}
	mutex_unlock(&gate->lock);
	if (differs)
		gnv_gate_tell(gate, client, channel);
}

/**
 * gnv_tenant_check_opened() - have a channel stopped that was let on for long
 * @tenant: the tenant
 * @now_ns: the time
 *
 * Whoever puts it on the runlist may be kept from going on: by a processor that it does
 * not get, for one.
 *
 * Context: The gate's lock is held; decide afterwards.
 */
void gnv_tenant_check_opened(struct gnv_tenant *tenant, u64 now_ns)
{
	lockdep_assert_held(&tenant->gate->lock);
	if (!tenant->opened_ns || now_ns - tenant->opened_ns < OPEN_LONG_NS)
		return;
	tenant->opened_ns = 0;
	gnv_sched_repeat_order(&tenant->leaf);
}

/* --- the bridge comes and leaves ----------------------------------------------------- */

/* Return: whether that are all who are held off. */
static bool order_on(struct gnv_gate *gate, struct orders *orders)
{
	struct gnv_queue *queue;
	int i;

	lockdep_assert_held(&gate->lock);
	orders->count = 0;
	hash_for_each(gate->queues, i, queue, by_handle) {
		if (gnv_queue_is_group(queue) || queue->told.enabled)
			continue;
		if (!add_order(orders, queue, ORDER_ON, &queue->told))
			return false;
		queue->told.enabled = true;
	}
	return true;
}

static void let_go(struct gnv_gate *gate)
{
	struct orders *orders = kmalloc(sizeof(*orders), GFP_KERNEL | __GFP_NOFAIL);
	struct gnv_gpu gpu;
	bool all;

	mutex_lock(&gate->look_lock);
	gate->is_let_go = true;
	do {
		mutex_lock(&gate->lock);
		all = order_on(gate, orders);
		mutex_unlock(&gate->lock);
		if (!gnv_gpu_get(gate->gpu, &gpu))
			tell(gate, gpu.gpu_id, orders);
	} while (!all);
	mutex_unlock(&gate->look_lock);
	kfree(orders);
}

static void take_up(struct gnv_gate *gate)
{
	mutex_lock(&gate->look_lock);
	gate->is_let_go = false;
	forget_told(gate);
	mutex_unlock(&gate->look_lock);
	gnv_gate_kick(gate);
}

/**
 * gnv_gate_bridge() - the bridge is there, or is about to leave
 * @there: which of the two
 *
 * Whoever is held off the engine when it leaves would stay so: nobody could let it go on.
 *
 * Context: Process context; may sleep; the driver is called.
 */
void gnv_gate_bridge(bool there)
{
	struct gnv_gate *gate;
	u32 gpu;

	for (gpu = 0; gpu < GHOSTNV_GPUS_MAX; gpu++) {
		gate = gnv_gate_of(gpu);
		if (gate && there)
			take_up(gate);
		else if (gate)
			let_go(gate);
	}
}
