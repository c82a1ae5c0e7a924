// SPDX-License-Identifier: GPL-2.0
/*
 * The gates: see gate.h.  What ran is read from the records that the driver keeps of
 * the engine's contexts, and never from what programs write.  A context that has
 * nothing to do stays loaded until another one wants the engine, so now and then one
 * that is loaded for long is preempted: who has work is loaded again at once.
 *
 * Locks: look_lock -> bridge_sem; look_lock -> lock.  Callers hold call_lock of a
 * client, or container_lock, outside of them.
 */
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "container.h"
#include "gpu.h"
#include "sched_compete.h"
#include "tenant.h"
#include "trace.h"

/* Records taken by one question. */
#define RECORDS_MAX	 512
/* How many such are taken in a look at most. */
#define QUESTIONS_MAX	 16
/* What is told to the driver at once. */
#define ORDERS_MAX	 64

/* While nobody has work, and while one runs alone. */
#define LOOK_IDLE_NS	 (33 * NSEC_PER_MSEC)
#define LOOK_ALONE_NS	 (16 * NSEC_PER_MSEC)
/* After the driver did not answer. */
#define LOOK_FAILED_NS	 (1000 * NSEC_PER_MSEC)
#define LOOK_LEAST_NS	 (500 * NSEC_PER_USEC)

/*
 * How long a context may be loaded until it is seen whether it has work: where that
 * matters to others or to a cap, and where it does not.
 */
#define PROBE_SHARED_NS	 (20 * NSEC_PER_MSEC)
#define PROBE_ALONE_NS	 (100 * NSEC_PER_MSEC)

/* One who had no turn for so many rounds has no work. */
#define ROUNDS_SEEN	 2
#define SEEN_LEAST_NS	 (20 * NSEC_PER_MSEC)

/* Protects the gates' being there: written when a GPU comes first, read by anyone. */
static struct gnv_gate *gates[GHOSTNV_GPUS_MAX];

/**
 * gnv_gate_of() - the gate of a GPU
 * @gpu: its index
 *
 * Context: Any.
 * Return: the gate, which stays until the module goes; NULL when there is none.
 */
struct gnv_gate *gnv_gate_of(u32 gpu)
{
	return gpu < GHOSTNV_GPUS_MAX ? smp_load_acquire(&gates[gpu]) : NULL;
}

/**
 * gnv_gate_kick() - there is something to look at
 * @gate: the gate
 *
 * Context: Any.
 */
void gnv_gate_kick(struct gnv_gate *gate)
{
	/* Pairs with the barrier in wait_event(). */
	smp_store_mb(gate->kicked, true);
	wake_up(&gate->wake);
}

/* --- what ran -------------------------------------------------------------------------- */

static void note_context(struct gnv_tenant *tenant, u32 context)
{
	u32 i;

	for (i = 0; i < tenant->contexts_count; i++) {
		if (tenant->contexts[i] == context)
			return;
	}
	if (i < GNV_TENANT_CONTEXTS)
		tenant->contexts[tenant->contexts_count++] = context;
}

/* What is known of the engine has gone on until a time. */
static void account_until(struct gnv_gate *gate, u64 gpu_ns)
{
	s64 ns = gpu_ns - gate->accounted_ns;

	if (ns <= 0)
		return;
	if (gate->engine == GNV_ENGINE_EMPTY) {
		gate->idle_ns += ns;
	} else if (gate->engine == GNV_ENGINE_LOADED && gate->running) {
		gate->running->ran_ns += ns;
		note_context(gate->running, gate->context);
	}
	gate->accounted_ns = gpu_ns;
}

static void account_record(struct gnv_gate *gate, const struct gnv_bridge_switch *record)
{
	account_until(gate, record->time_ns);
	if (!record->loaded) {
		gate->engine = GNV_ENGINE_EMPTY;
		gate->running = NULL;
		return;
	}
	gate->engine = GNV_ENGINE_LOADED;
	gate->running = gnv_tenant_of_pid(gate, record->pid);
	gate->context = record->context;
	gate->pid = record->pid;
	gate->loaded_ns = record->time_ns;
	if (gate->running)
		note_context(gate->running, record->context);
}

static void account(struct gnv_gate *gate, const struct gnv_bridge_switch *records,
		    const struct gnv_bridge_switches *switches)
{
	unsigned int i;

	for (i = 0; i < switches->count; i++) {
		account_record(gate, &records[i]);
		trace_gnv_switch(gate->gpu, records[i].pid, records[i].context,
				 records[i].loaded, records[i].time_ns);
	}
	if (switches->lost) {
		gate->lost++;
		gate->engine = GNV_ENGINE_UNKNOWN;
		gate->running = NULL;
	}
}

/* The driver's records begin; what was before is not known. */
static int watch(struct gnv_gate *gate, u32 gpu_id, bool on)
{
	int ret;

	lockdep_assert_held(&gate->look_lock);
	if (gate->is_watched == on)
		return 0;
	ret = gnv_bridge_watch(gpu_id, on);
	if (ret && on)
		return ret;
	gate->is_watched = on;
	WRITE_ONCE(gate->can_watch, true);
	mutex_lock(&gate->lock);
	gate->engine = GNV_ENGINE_UNKNOWN;
	gate->running = NULL;
	gate->accounted_ns = 0;
	mutex_unlock(&gate->lock);
	return 0;
}

static int take_records(struct gnv_gate *gate, u32 gpu_id)
{
	struct gnv_bridge_switch *records;
	struct gnv_bridge_switches switches = { .count = RECORDS_MAX };
	int ret = 0, i;

	records = kmalloc_array(RECORDS_MAX, sizeof(*records), GFP_KERNEL);
	if (!records)
		return -ENOMEM;
	for (i = 0; !ret && switches.count == RECORDS_MAX && i < QUESTIONS_MAX; i++) {
		ret = gnv_bridge_switches(gpu_id, records, RECORDS_MAX, &switches);
		if (ret)
			break;
		mutex_lock(&gate->lock);
		account(gate, records, &switches);
		if (switches.count < RECORDS_MAX)
			account_until(gate, switches.now_ns);
		mutex_unlock(&gate->lock);
	}
	kfree(records);
	return ret;
}

/* --- what is decided --------------------------------------------------------------------- */

static bool is_frozen(const struct gnv_tenant *tenant)
{
	return tenant->container && READ_ONCE(tenant->container->cgroup->freezer.e_freeze);
}

/*
 * Who is not let onto the engine cannot show that it has work: it is as it was.  One
 * whose first queue was made meanwhile is thought to have some.
 */
static u32 busy_of(struct gnv_tenant *tenant, u64 now_ns)
{
	u64 seen_ns = max_t(u64, ROUNDS_SEEN * gnv_sched_round_ns(&tenant->gate->sched),
			    SEEN_LEAST_NS);

	if (!tenant->count) {
		tenant->busy = 0;
	} else if (tenant->contexts_count) {
		tenant->busy = tenant->contexts_count;
		tenant->seen_ns = now_ns;
	} else if (!tenant->leaf.told.enabled) {
		tenant->busy = tenant->busy ?: 1;
		tenant->seen_ns = now_ns;
	} else if (now_ns - tenant->seen_ns > seen_ns) {
		tenant->busy = 0;
	}
	return tenant->busy;
}

static void sample(struct gnv_tenant *tenant, u64 now_ns)
{
	bool paused = is_frozen(tenant);
	u32 busy;

	if (paused != tenant->is_paused) {
		tenant->is_paused = paused;
		gnv_sched_set_paused(&tenant->leaf, paused, now_ns);
	}
	busy = busy_of(tenant, now_ns);
	if (busy || tenant->ran_ns || tenant->leaf.queues || tenant->leaf.busy)
		gnv_sched_sample(&tenant->leaf, tenant->ran_ns, busy, now_ns);
	tenant->ran_ns = 0;
	tenant->contexts_count = 0;
	gnv_pressure_update(&tenant->memory, now_ns);
}

static void decide(struct gnv_gate *gate)
{
	u64 now_ns = ktime_get_ns();
	struct gnv_tenant *tenant;
	int i;

	lockdep_assert_held(&gate->lock);
	hash_for_each(gate->tenants, i, tenant, entry)
		sample(tenant, now_ns);
	gnv_sched_decide(&gate->sched, gate->idle_ns, now_ns);
	gate->idle_ns = 0;
}

/* --- what the driver is told ------------------------------------------------------------- */

enum order_kind { ORDER_ON, ORDER_OFF, ORDER_SLICE, ORDER_LEVEL, ORDER_PREEMPT };

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
	bool group = gnv_queue_is_group(queue);

	if (hlist_unhashed(&queue->by_handle))
		return true;
	if (!group && want->enabled != queue->told.enabled) {
		if (!add_order(orders, queue, want->enabled ? ORDER_ON : ORDER_OFF, want))
			return false;
		queue->told.enabled = want->enabled;
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
			tenant->seen_ns = ktime_get_ns();
		else if (gate->running == tenant)
			tenant->preemptions++;
		if (!order_tenant(orders, tenant)) {
			gnv_sched_repeat_order(leaf);
			return false;
		}
	}
	return true;
}

static int switch_channels(u32 gpu_id, const struct orders *orders, bool on)
{
	struct gnv_bridge_channel channels[GNV_BRIDGE_CHANNELS_MAX];
	unsigned int i, n = 0;
	int ret = 0, one;

	BUILD_BUG_ON(ORDERS_MAX > GNV_BRIDGE_CHANNELS_MAX);
	for (i = 0; i < orders->count; i++) {
		if (orders->list[i].kind == (on ? ORDER_ON : ORDER_OFF))
			channels[n++] = orders->list[i].queue;
	}
	if (n)
		ret = gnv_bridge_enable(gpu_id, channels, n, on);
	/* One of them may have gone: the others one by one. */
	if (ret == -ENOENT) {
		for (i = 0, ret = 0; i < n; i++) {
			one = gnv_bridge_enable(gpu_id, &channels[i], 1, on);
			if (one && one != -ENOENT)
				ret = one;
		}
	}
	return ret;
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

/* Slices and levels before anybody runs by them. */
static int tell(struct gnv_gate *gate, u32 gpu_id, const struct orders *orders)
{
	unsigned int i;
	int ret, one;

	lockdep_assert_held(&gate->look_lock);
	ret = switch_channels(gpu_id, orders, false);
	for (i = 0; i < orders->count; i++) {
		one = tell_one(&orders->list[i]);
		if (one && one != -ENOENT)
			ret = one;
	}
	one = switch_channels(gpu_id, orders, true);
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
			.enabled = !queue->tenant->leaf.told.enabled,
			.first = !queue->tenant->leaf.told.first,
		};
	}
	hash_for_each(gate->tenants, i, tenant, entry)
		gnv_sched_repeat_order(&tenant->leaf);
	mutex_unlock(&gate->lock);
}

/* --- looks -------------------------------------------------------------------------------- */

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
	u64 loaded_ns = gate->accounted_ns - max(gate->loaded_ns, gate->probed_ns);
	struct gnv_tenant *tenant = gate->running;
	bool matters;
	struct gnv_queue *queue;

	if (gate->engine != GNV_ENGINE_LOADED || !tenant)
		return;
	matters = gate->sched.root.queues > tenant->leaf.queues ||
		  !gnv_link_is_alone(&gate->sched.with_gates) || is_capped(&tenant->leaf);
	if (loaded_ns < (matters ? PROBE_SHARED_NS : PROBE_ALONE_NS))
		return;
	gate->probed_ns = gate->accounted_ns;
	list_for_each_entry(queue, &tenant->queues, entry) {
		if (!hlist_unhashed(&queue->by_handle) && queue->pid == gate->pid &&
		    gnv_queue_is_group(queue))
			add_order(orders, queue, ORDER_PREEMPT, &tenant->leaf.told);
	}
}

/* Return: how long until the next look. */
static u64 next_look(struct gnv_gate *gate)
{
	u64 deadline_ns = gnv_sched_deadline(&gate->sched), now_ns = ktime_get_ns();
	u64 wait_ns = gate->sched.root.busy ? LOOK_ALONE_NS : LOOK_IDLE_NS;

	if (deadline_ns != U64_MAX && deadline_ns < now_ns + wait_ns)
		wait_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
	return max_t(u64, wait_ns, LOOK_LEAST_NS);
}

/* Tells what was decided until there is no more to tell, and when to look again. */
static int tell_all(struct gnv_gate *gate, u32 gpu_id, u64 *wait_ns)
{
	struct orders *orders;
	bool all;
	int ret = 0, one;

	orders = kmalloc(sizeof(*orders), GFP_KERNEL);
	if (!orders)
		return -ENOMEM;
	do {
		orders->count = 0;
		mutex_lock(&gate->lock);
		all = order_all(gate, orders);
		if (!all)
			gnv_sched_decide(&gate->sched, 0, ktime_get_ns());
		else
			order_probe(gate, orders);
		*wait_ns = next_look(gate);
		mutex_unlock(&gate->lock);
		one = tell(gate, gpu_id, orders);
		ret = ret ?: one;
	} while (!all);
	kfree(orders);
	return ret;
}

/* Return: how long until the next look, U64_MAX for not before it is kicked. */
static u64 look_locked(struct gnv_gate *gate)
{
	struct gnv_gpu gpu;
	u64 wait_ns = LOOK_FAILED_NS;
	int ret;

	if (gnv_gpu_get(gate->gpu, &gpu) || !gpu.described) {
		gate->is_watched = false;
		WRITE_ONCE(gate->can_watch, false);
		return READ_ONCE(gate->count) ? LOOK_FAILED_NS : U64_MAX;
	}
	if (!READ_ONCE(gate->count)) {
		watch(gate, gpu.gpu_id, false);
		return U64_MAX;
	}
	ret = watch(gate, gpu.gpu_id, true);
	if (!ret)
		ret = take_records(gate, gpu.gpu_id);
	/* The bridge is another one. */
	if (ret == -ENODEV)
		gate->is_watched = false;
	mutex_lock(&gate->lock);
	decide(gate);
	mutex_unlock(&gate->lock);
	if (tell_all(gate, gpu.gpu_id, &wait_ns)) {
		forget_told(gate);
		return LOOK_FAILED_NS;
	}
	return ret ? LOOK_FAILED_NS : wait_ns;
}

static u64 look(struct gnv_gate *gate)
{
	u64 wait_ns;

	mutex_lock(&gate->look_lock);
	wait_ns = look_locked(gate);
	mutex_unlock(&gate->look_lock);
	return wait_ns;
}

static int run(void *data)
{
	struct gnv_gate *gate = data;
	u64 wait_ns;

	while (!kthread_should_stop()) {
		xchg(&gate->kicked, false);
		wait_ns = look(gate);
		if (wait_ns == U64_MAX)
			wait_event_interruptible(gate->wake, READ_ONCE(gate->kicked) ||
							     kthread_should_stop());
		else
			wait_event_interruptible_hrtimeout(gate->wake,
							   READ_ONCE(gate->kicked) ||
								   kthread_should_stop(),
							   ns_to_ktime(wait_ns));
	}
	return 0;
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
	u64 wait_ns;

	mutex_lock(&gate->look_lock);
	mutex_lock(&gate->lock);
	queue = gnv_queue_find(gate, client, handle);
	if (queue) {
		gnv_sched_repeat_order(&queue->tenant->leaf);
		gnv_sched_decide(&gate->sched, 0, ktime_get_ns());
	}
	mutex_unlock(&gate->lock);
	if (queue && !gnv_gpu_get(gate->gpu, &gpu) &&
	    tell_all(gate, gpu.gpu_id, &wait_ns))
		forget_told(gate);
	mutex_unlock(&gate->look_lock);
	gnv_gate_kick(gate);
}

/**
 * gnv_gate_open() - a channel is about to be put on the runlist
 * @gpu: GPU's index
 * @client: handle of its client
 * @channel: its handle
 *
 * The driver refuses that for one that is stopped, and programs do not go on then.  So
 * it may run for that moment; what it runs counts.
 *
 * Context: Process context; may sleep; the driver is called.
 */
void gnv_gate_open(u32 gpu, u32 client, u32 channel)
{
	const struct gnv_bridge_channel one = { client, channel };
	struct gnv_gate *gate = gnv_gate_of(gpu);
	struct gnv_queue *queue;
	bool is_stopped = false;
	struct gnv_gpu card;

	if (!gate || gnv_gpu_get(gpu, &card))
		return;
	mutex_lock(&gate->look_lock);
	mutex_lock(&gate->lock);
	queue = gnv_queue_find(gate, client, channel);
	if (queue && !queue->told.enabled) {
		is_stopped = true;
		queue->told.enabled = true;
	}
	mutex_unlock(&gate->lock);
	if (is_stopped)
		gnv_bridge_enable(card.gpu_id, &one, 1, true);
	mutex_unlock(&gate->look_lock);
}

/**
 * gnv_gate_close() - undo gnv_gate_open()
 * @gpu: GPU's index
 * @client: handle of its client
 * @channel: its handle
 *
 * Context: Process context; may sleep; the driver is called.
 */
void gnv_gate_close(u32 gpu, u32 client, u32 channel)
{
	struct gnv_gate *gate = gnv_gate_of(gpu);
	struct gnv_queue *queue;
	bool differs;

	if (!gate)
		return;
	mutex_lock(&gate->lock);
	queue = gnv_queue_find(gate, client, channel);
	differs = queue && queue->told.enabled != queue->tenant->leaf.told.enabled;
	mutex_unlock(&gate->lock);
	if (differs)
		gnv_gate_tell(gate, client, channel);
}

/**
 * gnv_gate_check() - whether GPU time can be measured there
 * @gate: the gate
 *
 * Context: Process context; may sleep; the driver is called.
 * Return: 0; -EOPNOTSUPP when the driver does not offer it, or there is no bridge.
 */
int gnv_gate_check(struct gnv_gate *gate)
{
	bool was_watched;
	struct gnv_gpu gpu;
	int ret;

	if (!gnv_bridge_present() || gnv_gpu_get(gate->gpu, &gpu) || !gpu.described)
		return -EOPNOTSUPP;
	if (READ_ONCE(gate->can_watch))
		return 0;
	mutex_lock(&gate->look_lock);
	was_watched = gate->is_watched;
	ret = watch(gate, gpu.gpu_id, true);
	if (!ret && !was_watched && !READ_ONCE(gate->count))
		watch(gate, gpu.gpu_id, false);
	mutex_unlock(&gate->look_lock);
	return ret ? -EOPNOTSUPP : 0;
}

/* --- tenants come and go ------------------------------------------------------------------- */

static void adopt_one(struct gnv_gate *gate, struct gnv_container *container,
		      struct gnv_container *child)
{
	struct gnv_tenant *tenant, *below;

	mutex_lock(&gate->lock);
	below = gnv_tenant_find(gate, child);
	tenant = below ? gnv_tenant_get(gate, container) : NULL;
	/* Without memory for it @child stays where it was. */
	if (tenant)
		gnv_sched_move(&below->node, &tenant->node, ktime_get_ns());
	mutex_unlock(&gate->lock);
}

/**
 * gnv_gate_adopt() - a container has come between another and its parent
 * @container: the new one
 * @child: the one that is below it now
 *
 * Context: container_lock is held; may sleep.
 */
void gnv_gate_adopt(struct gnv_container *container, struct gnv_container *child)
{
	u32 gpu;

	for (gpu = 0; gpu < GHOSTNV_GPUS_MAX; gpu++) {
		if (gnv_gate_of(gpu))
			adopt_one(gnv_gate_of(gpu), container, child);
	}
}

static void orphan_one(struct gnv_gate *gate, struct gnv_container *container)
{
	struct gnv_tenant *tenant, *heir;

	mutex_lock(&gate->lock);
	tenant = gnv_tenant_find(gate, container);
	if (tenant) {
		/* All above it have one. */
		heir = gnv_tenant_get(gate, container);
		gnv_tenant_drop(tenant, heir);
		gnv_sched_repeat_order(&heir->leaf);
		gnv_gate_kick(gate);
	}
	mutex_unlock(&gate->lock);
}

/**
 * gnv_gate_orphan() - a container is no more: what queues it left are its parent's
 * @container: the container, whose quota is dead
 *
 * Context: container_lock is held; may sleep.
 */
void gnv_gate_orphan(struct gnv_container *container)
{
	u32 gpu;

	for (gpu = 0; gpu < GHOSTNV_GPUS_MAX; gpu++) {
		if (gnv_gate_of(gpu))
			orphan_one(gnv_gate_of(gpu), container);
	}
}

/**
 * gnv_gate_wait() - a call of a container's begins or ends to wait for memory
 * @container: the container
 * @gpu: GPU's index
 * @begin: begins or ends
 *
 * Context: Process context; may sleep.
 */
void gnv_gate_wait(struct gnv_container *container, u32 gpu, bool begin)
{
	struct gnv_gate *gate = gnv_gate_of(gpu);
	struct gnv_tenant *tenant;

	if (!gate)
		return;
	mutex_lock(&gate->lock);
	for (tenant = gnv_tenant_get(gate, container); tenant;
	     tenant = gnv_tenant_above(tenant)) {
		/* It may have come in between meanwhile. */
		if (!begin && !tenant->waiting)
			continue;
		tenant->waiting += begin ? 1 : -1;
		/* All wait when nobody has work on the engine. */
		gnv_pressure_set(&tenant->memory, tenant->waiting,
				 tenant->waiting && !tenant->node.busy, ktime_get_ns());
	}
	mutex_unlock(&gate->lock);
}

/* --- GPUs come and go ------------------------------------------------------------------------ */

static struct gnv_gate *make_gate(u32 gpu)
{
	static const struct gnv_sched_config config = GNV_SCHED_CONFIG_DEFAULT;
	struct gnv_gate *gate = kvzalloc(sizeof(*gate), GFP_KERNEL);
	bool made;

	if (!gate)
		return NULL;
	gate->gpu = gpu;
	init_waitqueue_head(&gate->wake);
	mutex_init(&gate->look_lock);
	mutex_init(&gate->lock);
	hash_init(gate->tenants);
	hash_init(gate->queues);
	hash_init(gate->pids);
	gnv_sched_init(&gate->sched, &config, ktime_get_ns());
	/* Who inherits from containers that are below none. */
	mutex_lock(&gate->lock);
	made = gnv_tenant_get(gate, NULL);
	mutex_unlock(&gate->lock);
	if (made)
		return gate;
	kvfree(gate);
	return NULL;
}

/**
 * gnv_gate_gpu_add() - a GPU is there
 * @gpu: its index
 *
 * What was set of it before, when it was there, still holds.
 *
 * Context: Process context; may sleep.
 * Return: 0, or a negative errno: containers can make no queues on it then.
 */
int gnv_gate_gpu_add(u32 gpu)
{
	struct gnv_gate *gate = gnv_gate_of(gpu) ?: make_gate(gpu);
	struct task_struct *thread;

	if (!gate)
		return -ENOMEM;
	smp_store_release(&gates[gpu], gate);
	thread = kthread_run(run, gate, "ghostnv-gate%u", gpu);
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	gate->thread = thread;
	return 0;
}

/**
 * gnv_gate_gpu_remove() - a GPU has gone
 * @gpu: its index
 *
 * Context: Process context; may sleep; the driver may be called.
 */
void gnv_gate_gpu_remove(u32 gpu)
{
	struct gnv_gate *gate = gnv_gate_of(gpu);
	struct gnv_gpu card;

	if (!gate || !gate->thread)
		return;
	kthread_stop(gate->thread);
	gate->thread = NULL;
	mutex_lock(&gate->look_lock);
	if (!gnv_gpu_get(gpu, &card))
		watch(gate, card.gpu_id, false);
	gate->is_watched = false;
	mutex_unlock(&gate->look_lock);
}

static void free_gate(struct gnv_gate *gate)
{
	struct gnv_tenant *tenant;
	struct hlist_node *next;
	int i;

	/* Containers and their tenants have gone before. */
	mutex_lock(&gate->lock);
	hash_for_each_safe(gate->tenants, i, next, tenant, entry)
		gnv_tenant_drop(tenant, NULL);
	mutex_unlock(&gate->lock);
	mutex_destroy(&gate->lock);
	mutex_destroy(&gate->look_lock);
	kvfree(gate);
}

/**
 * gnv_gate_fini() - free what is kept of all GPUs
 *
 * Context: Module's end; may sleep.  No GPU, container and queue is left.
 */
void gnv_gate_fini(void)
{
	u32 gpu;

	for (gpu = 0; gpu < GHOSTNV_GPUS_MAX; gpu++) {
		if (gates[gpu])
			free_gate(gates[gpu]);
		gates[gpu] = NULL;
	}
}

/* --- what debugfs shows ------------------------------------------------------------------------ */

static void show_tenant(struct seq_file *seq, const struct gnv_tenant *tenant)
{
	const struct gnv_sched_node *leaf = &tenant->leaf;
	const struct gnv_queue *queue;

	seq_printf(seq, "  container %llu weight %u busy %u %s%s%s%s slice_us %u queues %u usage_us %llu\n",
		   gnv_tenant_id(tenant), tenant->node.weight, tenant->busy,
		   leaf->told.enabled ? "on" : "off", leaf->told.first ? " first" : "",
		   leaf->gated || tenant->node.gated ? " gated" : "",
		   tenant->is_paused ? " paused" : "", leaf->told.slice_us, tenant->count,
		   div_u64(leaf->stat.usage_ns, NSEC_PER_USEC));
	list_for_each_entry(queue, &tenant->queues, entry) {
		if (hlist_unhashed(&queue->by_handle))
			continue;
		seq_printf(seq, "    %s client %#x handle %#x pid %d %s\n",
			   gnv_queue_is_group(queue) ? "group" : "channel", queue->client,
			   queue->handle, queue->pid, queue->told.enabled ? "on" : "off");
	}
}

static void show_gate(struct seq_file *seq, struct gnv_gate *gate)
{
	static const char *const engines[] = { "unknown", "empty", "loaded" };
	const struct gnv_tenant *tenant;
	int i;

	mutex_lock(&gate->lock);
	seq_printf(seq, "gpu %u queues %u engine %s running %llu lost %llu\n", gate->gpu,
		   gate->count, engines[gate->engine],
		   gate->running ? gnv_tenant_id(gate->running) : 0, gate->lost);
	hash_for_each(gate->tenants, i, tenant, entry)
		show_tenant(seq, tenant);
	mutex_unlock(&gate->lock);
}

/**
 * gnv_gate_show() - print the runlists
 * @seq: where to
 *
 * Context: Process context; may sleep.
 */
void gnv_gate_show(struct seq_file *seq)
{
	u32 gpu;

	for (gpu = 0; gpu < GHOSTNV_GPUS_MAX; gpu++) {
		if (gnv_gate_of(gpu))
			show_gate(seq, gnv_gate_of(gpu));
	}
}
