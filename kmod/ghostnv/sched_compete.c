// SPDX-License-Identifier: GPL-2.0
/*
 * Who competes with whom, how far each is ahead of its share, and the gates that keep
 * those back who are too far: see sched.h.
 *
 * Trust: who is behind is owed time, and the gates of the others stay closed until it
 * had it.  But a queue may be busy and still have nothing to run, as one that waits for
 * a semaphore.  When the engine is idle beside closed gates, those who are behind and
 * had open ones did not want what they are owed: they lose it, and trust with it.
 */
#include "sched_compete.h"

/* What a node with full trust may be owed. */
#define CREDIT_MAX_NS (1ULL << 30)

/* However many queues one has, it does not get further ahead by that. */
#define TURNS_MAX_NS  40000000ULL

/* Of one sample, more does not count in the virtual time. */
#define SAMPLE_MAX_NS (1ULL << 32)

/* Who did not compete for so long owes nothing any more. */
#define MEMORY_NS     60000000000ULL

/* Longer ones are not told apart. */
#define ROUND_MAX_NS  (1ULL << 36)

/* At most 1/LOSS of the engine is to go into changes from one queue to another. */
#define LOSS	      200U

/**
 * gnv_sched_set_now() - take note of the time
 * @sched: the engine
 * @now_ns: the time as the caller has it
 *
 * Context: The engine's lock is held.
 * Return: the time, which never goes back.
 */
u64 gnv_sched_set_now(struct gnv_sched *sched, u64 now_ns)
{
	if ((s64)(now_ns - sched->now_ns) > 0)
		sched->now_ns = now_ns;
	return sched->now_ns;
}

/**
 * gnv_sched_touch() - have a node looked at in the next decision
 * @node: the node
 *
 * Context: The engine's lock is held.
 */
void gnv_sched_touch(struct gnv_sched_node *node)
{
	if (gnv_link_is_alone(&node->touched))
		gnv_link_append(&node->sched->touched, &node->touched);
}

/* The one behind @node in a walk through all below @top, parents first. */
static struct gnv_sched_node *next_below(struct gnv_sched_node *node,
					 struct gnv_sched_node *top)
{
	if (!gnv_link_is_alone(&node->children))
		return container_of(node->children.next, struct gnv_sched_node, sibling);
	while (node != top && node->sibling.next == &node->parent->children)
		node = node->parent;
	if (node == top)
		return NULL;
	return container_of(node->sibling.next, struct gnv_sched_node, sibling);
}

/**
 * gnv_sched_touch_leaves() - have all leaves at or below a node looked at
 * @node: the node
 *
 * Each of them is to be enabled or disabled one by one anyway.
 *
 * Context: The engine's lock is held.
 */
void gnv_sched_touch_leaves(struct gnv_sched_node *node)
{
	struct gnv_sched_node *below;

	for (below = node; below; below = next_below(below, node))
		if (below->leaf)
			gnv_sched_touch(below);
}

/* --- gates ---------------------------------------------------------------------------- */

static void open_gate(struct gnv_sched_node *node)
{
	struct gnv_sched_node *parent = node->parent;

	gnv_heap_remove(&parent->gates, &node->gate);
	node->gated = false;
	parent->closed--;
	if (!parent->closed)
		gnv_link_remove(&parent->with_gates);
	gnv_sched_touch_leaves(node);
}

/*
 * How far ahead a node may be: so much that turns alone do not close its gate, unless it
 * has so many queues that its turns are longer than others are to wait for.
 */
static s64 gate_ns(const struct gnv_sched_node *node)
{
	u64 turns_ns = 2 * node->part_ns, least_ns = node->sched->config.min_us * 500ULL;

	if (turns_ns > TURNS_MAX_NS)
		turns_ns = TURNS_MAX_NS;
	if (turns_ns < least_ns)
		turns_ns = least_ns;
	if (node->latencies)
		turns_ns += node->sched->config.latency_us * 1000ULL;
	return (s64)turns_ns;
}

/**
 * gnv_sched_close_gate() - close a node's gate if it is too far ahead
 * @node: the node, not the root
 *
 * Never that of the last one whose gate is open: nobody waits for nobody.
 *
 * Context: The engine's lock is held.
 */
void gnv_sched_close_gate(struct gnv_sched_node *node)
{
	struct gnv_sched_node *parent = node->parent;

	if (!node->competing || node->gated || parent->rivals - parent->closed < 2 ||
	    node->sched->was_idle)
		return;
	if (gnv_sched_ahead_ns(node) <= gate_ns(node))
		return;
	node->gated = true;
	node->stat.gated++;
	gnv_heap_insert(&parent->gates, &node->gate, node->time);
	if (!parent->closed)
		gnv_link_append(&node->sched->with_gates, &parent->with_gates);
	parent->closed++;
	node->sched->has_closed = true;
	gnv_sched_touch_leaves(node);
}

/**
 * gnv_sched_open_gates() - open the gates of those whose time has come
 * @parent: the node above them
 *
 * Context: The engine's lock is held.
 */
void gnv_sched_open_gates(struct gnv_sched_node *parent)
{
	struct gnv_sched_node *first;

	while (parent->gates.top) {
		first = container_of(parent->gates.top, struct gnv_sched_node, gate);
		if (gnv_sched_ahead(&parent->clock, first->time) > 0 &&
		    parent->rivals > parent->closed)
			return;
		open_gate(first);
	}
}

/**
 * gnv_sched_open_all() - open all gates: the engine was idle
 * @sched: the engine
 *
 * Those who were kept back are not to blame; the others are judged when they are next
 * sampled.
 *
 * Context: The engine's lock is held.
 */
void gnv_sched_open_all(struct gnv_sched *sched)
{
	struct gnv_sched_node *parent, *node;

	sched->idle_seen++;
	while (!gnv_link_is_alone(&sched->with_gates)) {
		parent = container_of(sched->with_gates.next, struct gnv_sched_node,
				      with_gates);
		node = container_of(parent->gates.top, struct gnv_sched_node, gate);
		node->idle_seen = sched->idle_seen;
		open_gate(node);
	}
}

/* --- competing ------------------------------------------------------------------------ */

/* What it was owed is gone; what it owes is not, unless that was long ago. */
static void join(struct gnv_sched_node *node)
{
	struct gnv_sched_node *parent = node->parent;
	struct gnv_sched *sched = node->sched;

	if (gnv_sched_ahead(&parent->clock, node->time) < 0 ||
	    sched->now_ns - node->left_ns > MEMORY_NS)
		node->time = parent->clock.now;
	gnv_sched_clock_join(&parent->clock, node->time, node->weight);
	node->competing = true;
	node->idle_seen = sched->idle_seen;
	parent->rivals++;
}

static void leave(struct gnv_sched_node *node)
{
	struct gnv_sched_node *parent = node->parent;

	if (node->gated)
		open_gate(node);
	gnv_sched_clock_leave(&parent->clock, node->time, node->weight);
	node->competing = false;
	node->left_ns = node->sched->now_ns;
	parent->rivals--;
}

/**
 * gnv_sched_demand() - tell how many queues of a node want the engine
 * @node: the node
 * @queues: how many of them, at or below it
 * @holds: what keeps them from it
 *
 * Goes up as far as that changes something.
 *
 * Context: The engine's lock is held.
 */
void gnv_sched_demand(struct gnv_sched_node *node, u32 queues, u32 holds)
{
	struct gnv_sched_node *parent;
	u32 before, after;

	for (;; node = parent) {
		parent = node->parent;
		before = node->competing ? node->queues : 0;
		node->queues = queues;
		node->holds = holds;
		gnv_sched_touch(node);
		if (!parent)
			return;
		if (node->competing && (!queues || holds))
			leave(node);
		else if (!node->competing && queues && !holds)
			join(node);
		after = node->competing ? queues : 0;
		if (before == after)
			return;
		queues = parent->queues + after - before;
		holds = parent->holds;
	}
}

/**
 * gnv_sched_hold() - hold a node, or hold it no longer
 * @node: the node
 * @hold: for what
 * @on: whether from now on
 *
 * Context: The engine's lock is held.
 */
void gnv_sched_hold(struct gnv_sched_node *node, enum gnv_sched_hold hold, bool on)
{
	u32 holds = on ? node->holds | (u32)hold : node->holds & ~(u32)hold;

	if (holds == node->holds)
		return;
	gnv_sched_demand(node, node->queues, holds);
	gnv_sched_touch_leaves(node);
}

/* --- virtual time --------------------------------------------------------------------- */

/**
 * gnv_sched_ahead_ns() - how much more a node had than its share
 * @node: the node, not the root
 *
 * Context: The engine's lock is held.
 * Return: in its own time; less than 0 when it had less.
 */
s64 gnv_sched_ahead_ns(const struct gnv_sched_node *node)
{
	return gnv_sched_own_ns(gnv_sched_ahead(&node->parent->clock, node->time),
				node->weight);
}

/* Its place among closed gates follows its time. */
static void set_time(struct gnv_sched_node *node, u64 time)
{
	node->time = time;
	if (!node->gated)
		return;
	gnv_heap_remove(&node->parent->gates, &node->gate);
	gnv_heap_insert(&node->parent->gates, &node->gate, time);
}

static void pass_ticks(struct gnv_sched_node *node, u64 ticks)
{
	set_time(node, node->time + ticks);
	if (node->competing)
		gnv_sched_clock_move(&node->parent->clock, ticks, node->weight);
}

/**
 * gnv_sched_pass_time() - a node has used the engine
 * @node: the node, not the root
 * @used_ns: for how long
 *
 * Context: The engine's lock is held.
 */
void gnv_sched_pass_time(struct gnv_sched_node *node, u64 used_ns)
{
	const s64 ahead = gnv_sched_ahead(&node->parent->clock, node->time);

	if (used_ns > SAMPLE_MAX_NS)
		used_ns = SAMPLE_MAX_NS;
	/* What is owed has a bound, or numbers would have none. */
	if (ahead < GNV_SCHED_TICKS_MAX / 2)
		pass_ticks(node, gnv_sched_ticks(used_ns, node->weight));
}

/**
 * gnv_sched_reweigh() - give a node another weight
 * @node: the node, not the root
 * @weight: the new one
 *
 * What it owes or is owed stays as it is, as time of the engine.
 *
 * Context: The engine's lock is held.
 */
void gnv_sched_reweigh(struct gnv_sched_node *node, u32 weight)
{
	struct gnv_sched_clock *clock = &node->parent->clock;
	s64 owed_ns = gnv_sched_ahead_ns(node);
	u64 ticks = gnv_sched_ticks((u64)(owed_ns < 0 ? -owed_ns : owed_ns), weight);
	u64 time = owed_ns < 0 ? clock->now - ticks : clock->now + ticks;

	if (node->competing) {
		gnv_sched_clock_leave(clock, node->time, node->weight);
		gnv_sched_clock_join(clock, time, weight);
	}
	node->weight = weight;
	set_time(node, time);
}

/* Whether it used at least half of its share. */
static bool wanted_its_share(const struct gnv_sched_node *node, u64 ran_ns, u64 elapsed_ns)
{
	u64 share = (node->part_ns << 10) / gnv_sched_round_ns(node->sched);

	if (ran_ns > ROUND_MAX_NS)
		ran_ns = ROUND_MAX_NS;
	if (elapsed_ns > ROUND_MAX_NS)
		elapsed_ns = ROUND_MAX_NS;
	return ran_ns && (ran_ns << 11) >= elapsed_ns * share;
}

/*
 * Puts a node so far behind the clock as that is owed to it.  What it was owed beyond
 * that the others owe no longer: the clock moves to what it is among them.
 */
static void set_owed(struct gnv_sched_node *node, u64 owed_ns)
{
	struct gnv_sched_clock *clock = &node->parent->clock;
	u64 ticks = gnv_sched_ticks(owed_ns, node->weight);

	gnv_sched_clock_leave(clock, node->time, node->weight);
	/* Behind the others by more than behind the clock, which is between them. */
	if (clock->weight)
		ticks += ticks / clock->weight * node->weight;
	node->time = clock->now - ticks;
	gnv_sched_clock_join(clock, node->time, node->weight);
}

/**
 * gnv_sched_trim() - bound what a node is owed
 * @node: the node, not the root, sampled
 * @elapsed_ns: the time since the last decision
 *
 * When all that was sampled is charged, as that moves the clock.
 *
 * Context: The engine's lock is held.
 */
void gnv_sched_trim(struct gnv_sched_node *node, u64 elapsed_ns)
{
	struct gnv_sched *sched = node->sched;
	s64 owed_ns = -gnv_sched_ahead_ns(node), most_ns;
	u64 ran_ns = node->ran_ns;

	node->sampled = false;
	node->ran_ns = 0;
	if (!node->competing || node->gated)
		return;
	most_ns = (s64)(CREDIT_MAX_NS / GNV_SCHED_TRUST_MAX / GNV_SCHED_TRUST_MAX *
			node->trust * node->trust);
	/* Without work at the moment it is owed nothing. */
	if (!node->busy)
		most_ns = 0;
	if (node->idle_seen != sched->idle_seen) {
		node->idle_seen = sched->idle_seen;
		if (owed_ns > 0) {
			node->trust /= 4;
			most_ns = 0;
		}
	} else if (node->trust < GNV_SCHED_TRUST_MAX &&
		   wanted_its_share(node, ran_ns, elapsed_ns)) {
		node->trust++;
	}
	if (owed_ns > most_ns)
		set_owed(node, (u64)most_ns);
}

/* --- parts of a round ----------------------------------------------------------------- */

/* How long slices have to be on the average: with a latency class as short as can be. */
static u64 floor_ns(const struct gnv_sched *sched)
{
	const struct gnv_sched_config *config = &sched->config;
	u64 least_ns = config->min_us * 1000ULL, most_ns = config->max_us * 1000ULL;
	u64 wanted_ns = (u64)config->switch_ns * LOSS;

	if (sched->root.latencies)
		return config->short_us * 1000ULL;
	if (wanted_ns < least_ns)
		return least_ns;
	return wanted_ns < most_ns ? wanted_ns : most_ns;
}

/**
 * gnv_sched_round_ns() - how long it takes until everyone had a turn
 * @sched: the engine
 *
 * Context: The engine's lock is held.
 * Return: how long.
 */
u64 gnv_sched_round_ns(const struct gnv_sched *sched)
{
	u64 wanted_ns = sched->config.round_us * 1000ULL;
	u64 least_ns = sched->root.queues * floor_ns(sched);

	if (least_ns > ROUND_MAX_NS)
		least_ns = ROUND_MAX_NS;
	return wanted_ns > least_ns ? wanted_ns : least_ns;
}

/**
 * gnv_sched_part_ns() - a node's part of a round
 * @node: the node
 *
 * Context: The engine's lock is held.
 * Return: how long, were all who compete now to have their shares.
 */
u64 gnv_sched_part_ns(const struct gnv_sched_node *node)
{
	u64 part_ns = gnv_sched_round_ns(node->sched), weight;

	for (; node->parent; node = node->parent) {
		weight = node->parent->clock.weight;
		if (!node->competing)
			weight += node->weight;
		part_ns = part_ns * node->weight / weight;
	}
	return part_ns;
}
