// SPDX-License-Identifier: GPL-2.0
/*
 * What is known of the engine goes in, orders for the driver come out: see sched.h.
 */
#include "pure.h"
#include "sched_compete.h"

/* How long nobody looks at most, and at least, while several compete. */
#define LOOK_MAX_NS	40000000ULL

/* An engine that was idle for 1/IDLE of the time beside closed gates was kept idle. */
#define IDLE		8U

/* A slice is left as it is until it is 1/SLACK wrong: less than shares may be. */
#define SLACK		64U

/* A longer gap without samples says nothing of who waited. */
#define GAP_MAX_NS	10000000000ULL

/* Whoever waits for longer is looked at meanwhile. */
#define WAIT_MAX_NS	(1ULL << 36)
#define WAIT_MAX_ROUNDS (1ULL << 20)

static u64 smaller(u64 a, u64 b)
{
	return a < b ? a : b;
}

static u64 larger(u64 a, u64 b)
{
	return a > b ? a : b;
}

/* --- samples -------------------------------------------------------------------------- */

/*
 * Who has one busy queue waits whenever it does not run.  Who has several can run one
 * of them only, so one at least waits all the time.  What was used counts against the
 * next stretch where it is more than this one: samples of those below come one by one.
 */
static void count_waiting(struct gnv_sched_node *node)
{
	const u64 now_ns = node->sched->now_ns;
	u64 elapsed_ns = now_ns - node->seen_ns, full_ns;

	if (!elapsed_ns)
		return;
	node->seen_ns = now_ns;
	if (elapsed_ns > GAP_MAX_NS)
		elapsed_ns = GAP_MAX_NS;
	if (!node->busy) {
		node->used_ns = 0;
		gnv_pressure_update(&node->time_pressure, now_ns);
		return;
	}
	if (node->used_ns > elapsed_ns) {
		full_ns = 0;
		node->used_ns -= elapsed_ns;
	} else {
		full_ns = elapsed_ns - node->used_ns;
		node->used_ns = 0;
	}
	gnv_pressure_add(&node->time_pressure, node->busy > 1 ? elapsed_ns : full_ns, full_ns,
			 now_ns);
}

/**
 * gnv_sched_charge() - a node, or what was below it, used the engine
 * @node: the node
 * @used_ns: for how long, since it was last told
 * @now_ns: the time
 *
 * Context: The engine's lock is held; decide afterwards.
 */
void gnv_sched_charge(struct gnv_sched_node *node, u64 used_ns, u64 now_ns)
{
	gnv_sched_set_now(node->sched, now_ns);
	for (; node; node = node->parent) {
		gnv_sched_touch(node);
		node->stat.usage_ns += used_ns;
		node->sampled = true;
		node->ran_ns += used_ns;
		node->used_ns += used_ns < GAP_MAX_NS ? used_ns : GAP_MAX_NS;
		if (node->used_ns > GAP_MAX_NS)
			node->used_ns = GAP_MAX_NS;
		gnv_sched_cap_charge(&node->cap, used_ns);
		if (node->parent)
			gnv_sched_pass_time(node, used_ns);
	}
}

static void set_busy(struct gnv_sched_node *leaf, u32 busy)
{
	struct gnv_sched_node *node;
	u32 by = busy - leaf->busy;

	if (!by)
		return;
	for (node = leaf; node; node = node->parent) {
		count_waiting(node);
		node->busy += by;
	}
}

/**
 * gnv_sched_sample() - tell what is known of a leaf
 * @leaf: the leaf
 * @used_ns: engine time that it used since it was last sampled
 * @busy: how many of its queues have work now
 * @now_ns: the time
 *
 * To be called before each decision for each leaf that has work now, or whose @queues are
 * not 0; and at once where it is seen that a queue has work.  One that used the engine
 * competes until a sample says that it neither did nor has work: who is always done when
 * it is looked at shall not escape.
 *
 * Context: The engine's lock is held; decide afterwards.
 */
void gnv_sched_sample(struct gnv_sched_node *leaf, u64 used_ns, u32 busy, u64 now_ns)
{
	u32 queues;

	if (busy > GNV_SCHED_QUEUES_MAX)
		busy = GNV_SCHED_QUEUES_MAX;
	gnv_sched_charge(leaf, used_ns, now_ns);
	set_busy(leaf, busy);
	queues = busy || !used_ns ? busy : 1;
	if (queues != leaf->queues)
		gnv_sched_demand(leaf, queues, leaf->holds);
}

/* --- orders --------------------------------------------------------------------------- */

static bool may_run(const struct gnv_sched_node *node)
{
	for (; node; node = node->parent)
		if (node->holds || node->gated)
			return false;
	return true;
}

/*
 * Who ran ahead of its share by what the class allows waits its turn like the others,
 * until half of that is made up for.
 */
static bool is_first(struct gnv_sched_node *leaf)
{
	s64 most_ns = leaf->sched->config.latency_us * 1000LL, ahead_ns, worst_ns = 0;
	struct gnv_sched_node *node;
	bool was_demoted = leaf->is_demoted;

	if (!leaf->latency)
		return false;
	for (node = leaf; node->parent; node = node->parent) {
		ahead_ns = gnv_sched_ahead_ns(node);
		if (ahead_ns > worst_ns)
			worst_ns = ahead_ns;
	}
	leaf->is_demoted = worst_ns > (was_demoted ? most_ns / 2 : most_ns);
	if (leaf->is_demoted && !was_demoted)
		leaf->stat.demoted++;
	return !leaf->is_demoted;
}

/*
 * Who comes first has more in one turn than it may run ahead, or work just as long would
 * lose its turn right before its end; at looks it is demoted all the same.  All of its
 * queues come before another has one: together they have no more.
 */
static u32 slice_us(const struct gnv_sched_node *leaf, bool first)
{
	const struct gnv_sched_config *config = &leaf->sched->config;
	bool has_class = leaf->sched->root.latencies;
	u64 least_us = has_class ? config->short_us : config->min_us;
	u64 told_us = leaf->told.slice_us, queues = leaf->queues ? leaf->queues : 1, us;

	if (first)
		us = (config->latency_us + config->latency_us / 4) / queues;
	else if (has_class)
		us = least_us;
	else
		us = leaf->part_ns / 1000 / queues;
	if (us < least_us)
		us = least_us;
	if (us > config->max_us)
		us = config->max_us;
	if (us - us % config->granule_us >= least_us)
		us -= us % config->granule_us;
	if (told_us >= least_us && us + told_us / SLACK >= told_us &&
	    us <= told_us + told_us / SLACK)
		return (u32)told_us;
	return (u32)us;
}

static void make_order(struct gnv_sched_node *leaf)
{
	struct gnv_sched_order *order = &leaf->order;

	order->enabled = may_run(leaf);
	order->first = is_first(leaf);
	order->slice_us = slice_us(leaf, order->first);
	gnv_link_remove(&leaf->change);
	if (order->enabled != leaf->told.enabled || order->first != leaf->told.first ||
	    order->slice_us != leaf->told.slice_us)
		gnv_link_append(&leaf->sched->changes, &leaf->change);
}

/* --- decisions ------------------------------------------------------------------------ */

/*
 * When the first of the closed gates below may open, at the pace of shares.  Whoever
 * is faster is sampled, and then its gates are looked at anyway.
 */
static bool gates_due(const struct gnv_sched_node *node, u64 *due_ns)
{
	const struct gnv_sched *sched = node->sched;
	u64 part_ns = node->part_ns ? node->part_ns : 1, wait_ns, rounds;
	s64 ahead;

	if (!node->gates.top)
		return false;
	ahead = gnv_sched_ahead(&node->clock, node->gates.top->key);
	ahead = ahead < 0 ? 0 : ahead;
	wait_ns = smaller(((u64)ahead >> GNV_SCHED_TICKS_SHIFT) * node->clock.weight,
			  WAIT_MAX_NS);
	rounds = smaller(gnv_sched_round_ns(sched) / part_ns, WAIT_MAX_ROUNDS);
	wait_ns = larger(wait_ns * rounds, sched->config.min_us * 500ULL);
	*due_ns = sched->now_ns + wait_ns;
	return true;
}

static void set_timer(struct gnv_sched_node *node)
{
	struct gnv_heap *timers = &node->sched->timers;
	u64 cap_ns = 0, gates_ns = 0, due_ns;
	bool has_cap = gnv_sched_cap_due(node, &cap_ns);
	bool has_gates = gates_due(node, &gates_ns);

	if (!has_cap && !has_gates) {
		gnv_heap_remove(timers, &node->timer);
		return;
	}
	due_ns = !has_gates || (has_cap && cap_ns < gates_ns) ? cap_ns : gates_ns;
	if (node->timer.in && node->timer.key == due_ns)
		return;
	gnv_heap_remove(timers, &node->timer);
	gnv_heap_insert(timers, &node->timer, due_ns);
}

static void settle(struct gnv_sched_node *node)
{
	count_waiting(node);
	gnv_sched_cap_settle(node);
	gnv_sched_open_gates(node);
	node->part_ns = gnv_sched_part_ns(node);
	if (node->parent)
		gnv_sched_close_gate(node);
	if (node->leaf)
		make_order(node);
	set_timer(node);
}

static struct gnv_sched_node *touched_node(struct gnv_link *link)
{
	return container_of(link, struct gnv_sched_node, touched);
}

static void touch_due(struct gnv_sched *sched)
{
	struct gnv_sched_node *due;

	while (sched->timers.top && (s64)(sched->timers.top->key - sched->now_ns) <= 0) {
		due = container_of(sched->timers.top, struct gnv_sched_node, timer);
		gnv_heap_remove(&sched->timers, &due->timer);
		gnv_sched_touch(due);
	}
}

static u64 next_look(const struct gnv_sched *sched)
{
	u64 look_ns = smaller(gnv_sched_round_ns(sched), LOOK_MAX_NS), due_ns = U64_MAX;

	/* Who comes first has to be seen before it is far ahead. */
	if (sched->root.latencies)
		look_ns = smaller(look_ns, sched->config.latency_us * 250ULL);
	/* Whether the engine is idle now shows soon. */
	if (sched->has_closed || sched->is_idle)
		look_ns = smaller(look_ns, sched->config.min_us * 1000ULL);
	if (sched->root.queues >= 2)
		due_ns = sched->now_ns + look_ns;
	if (sched->timers.top)
		due_ns = smaller(due_ns, sched->timers.top->key);
	return due_ns;
}

static void settle_touched(struct gnv_sched *sched)
{
	struct gnv_link *link;

	touch_due(sched);
	while ((link = gnv_link_pop(&sched->touched)))
		settle(touched_node(link));
	sched->deadline_ns = next_look(sched);
}

/**
 * gnv_sched_apply() - decide on what was set, without anything new from the engine
 * @sched: the engine
 * @now_ns: the time
 *
 * Between two calls of gnv_sched_decide(), which judges by all of the time between them.
 *
 * Context: The engine's lock is held.
 */
void gnv_sched_apply(struct gnv_sched *sched, u64 now_ns)
{
	gnv_sched_set_now(sched, now_ns);
	settle_touched(sched);
}

/**
 * gnv_sched_decide() - decide anew, by all that was told
 * @sched: the engine
 * @idle_ns: how long the engine was idle since it was last decided, as far as known
 * @now_ns: the time
 *
 * Looks at those only who were touched: by samples, by times that have come, by what
 * was set.  Who wanted the engine and who did not is judged by a slice's time at least:
 * of less any pause may be the most, and how often it is looked at is for containers to
 * choose.
 *
 * Context: The engine's lock is held.
 */
void gnv_sched_decide(struct gnv_sched *sched, u64 idle_ns, u64 now_ns)
{
	struct gnv_sched_node *node;
	struct gnv_link *link;
	bool before = sched->is_idle;
	u64 elapsed_ns;

	now_ns = gnv_sched_set_now(sched, now_ns);
	elapsed_ns = now_ns - sched->decided_ns;
	sched->idle_ns += smaller(idle_ns, GAP_MAX_NS);
	if (elapsed_ns < sched->config.min_us * 1000ULL) {
		settle_touched(sched);
		return;
	}
	sched->is_idle = sched->idle_ns > elapsed_ns / IDLE &&
			 !gnv_link_is_alone(&sched->with_gates);
	/* Once may be while the driver was told something, or by a change. */
	sched->was_idle = sched->is_idle && before;
	if (sched->was_idle)
		gnv_sched_open_all(sched);
	sched->idle_ns = 0;
	sched->decided_ns = now_ns;
	sched->has_closed = false;
	for (link = sched->touched.next; link != &sched->touched; link = link->next) {
		node = touched_node(link);
		if (node->sampled && node->parent)
			gnv_sched_trim(node, elapsed_ns);
	}
	settle_touched(sched);
}

/**
 * gnv_sched_deadline() - when to decide again
 * @sched: the engine
 *
 * Context: The engine's lock is held.
 * Return: the time, U64_MAX for not before something changes.
 */
u64 gnv_sched_deadline(const struct gnv_sched *sched)
{
	return sched->deadline_ns;
}

/**
 * gnv_sched_next_order() - what the driver is to be told next
 * @sched: the engine
 *
 * Context: The engine's lock is held.
 * Return: a leaf, whose order is taken for told now; NULL when there is no more to tell.
 */
struct gnv_sched_node *gnv_sched_next_order(struct gnv_sched *sched)
{
	struct gnv_link *first = gnv_link_pop(&sched->changes);
	struct gnv_sched_node *leaf;

	if (!first)
		return NULL;
	leaf = container_of(first, struct gnv_sched_node, change);
	leaf->told = leaf->order;
	return leaf;
}

/**
 * gnv_sched_repeat_order() - tell the driver once more, as it did not take it
 * @leaf: whose order it was
 *
 * Context: The engine's lock is held.
 */
void gnv_sched_repeat_order(struct gnv_sched_node *leaf)
{
	leaf->told.slice_us = 0;
	gnv_sched_touch(leaf);
}

/**
 * gnv_sched_preempts() - whether one takes the engine from another
 * @leaf: one that was seen to have work
 * @running: the one that runs
 *
 * Context: The engine's lock is held.
 * Return: true if so: preempt @running's queues.
 */
bool gnv_sched_preempts(const struct gnv_sched_node *leaf,
			const struct gnv_sched_node *running)
{
	return leaf->order.first && leaf->order.enabled && !running->order.first;
}
