// SPDX-License-Identifier: GPL-2.0
/*
 * The tree of those who share an engine, and what is set of them: see sched.h.
 */
#include "sched.h"
#include "sched_compete.h"

static void init_node(struct gnv_sched *sched, struct gnv_sched_node *node)
{
	memset(node, 0, sizeof(*node));
	node->sched = sched;
	node->weight = GNV_SCHED_WEIGHT_DEFAULT;
	node->trust = GNV_SCHED_TRUST_MAX;
	node->left_ns = sched->now_ns;
	node->seen_ns = sched->now_ns;
	gnv_link_init(&node->children);
	gnv_link_init(&node->sibling);
	gnv_link_init(&node->with_gates);
	gnv_link_init(&node->touched);
	gnv_link_init(&node->change);
	gnv_pressure_init(&node->time_pressure, sched->now_ns);
}

static bool is_usable(const struct gnv_sched_config *config)
{
	return config->short_us && config->min_us >= config->short_us &&
	       config->max_us >= config->min_us &&
	       config->max_us <= GNV_SCHED_PERIOD_MAX_US && config->granule_us &&
	       config->granule_us <= config->max_us && config->round_us &&
	       config->round_us <= GNV_SCHED_PERIOD_MAX_US && config->latency_us &&
	       config->latency_us <= GNV_SCHED_PERIOD_MAX_US &&
	       config->switch_ns <= GNV_SCHED_PERIOD_MAX_US * 1000;
}

/**
 * gnv_sched_init() - begin with an engine that nobody uses
 * @sched: the engine
 * @config: what the driver can do
 * @now_ns: the time
 *
 * Context: Any.
 * Return: 0, -EINVAL for a @config that makes no sense.
 */
int gnv_sched_init(struct gnv_sched *sched, const struct gnv_sched_config *config,
		   u64 now_ns)
{
	if (!is_usable(config))
		return -EINVAL;
	memset(sched, 0, sizeof(*sched));
	sched->config = *config;
	sched->now_ns = now_ns;
	sched->decided_ns = now_ns;
	sched->deadline_ns = U64_MAX;
	gnv_link_init(&sched->with_gates);
	gnv_link_init(&sched->touched);
	gnv_link_init(&sched->changes);
	init_node(sched, &sched->root);
	return 0;
}

/* Counts what a node has in all above it, or takes it out of there. */
static void count_above(struct gnv_sched_node *node, bool add)
{
	const u32 busy = add ? node->busy : -node->busy;
	const u32 latencies = add ? node->latencies : -node->latencies;
	struct gnv_sched_node *above;

	for (above = node->parent; above; above = above->parent) {
		above->busy += busy;
		above->latencies += latencies;
	}
}

static bool is_below(const struct gnv_sched_node *node, const struct gnv_sched_node *above)
{
	while (node && node != above)
		node = node->parent;
	return node;
}

/* A node begins at the time of those it is among, ahead by what it owes. */
static void attach(struct gnv_sched_node *node, struct gnv_sched_node *parent, u64 owed_ns)
{
	node->parent = parent;
	node->time = parent->clock.now + gnv_sched_ticks(owed_ns, node->weight);
	node->left_ns = node->sched->now_ns;
	gnv_link_append(&parent->children, &node->sibling);
	count_above(node, true);
}

/**
 * gnv_sched_add() - put a node into the tree
 * @sched: the engine
 * @node: memory for it, which the caller keeps until it is removed
 * @parent: the node above, which is no leaf; NULL for the root
 * @leaf: whether it stands for queues
 * @now_ns: the time
 *
 * Its order is the first that the driver is told of it.
 *
 * Context: The engine's lock is held; decide afterwards.
 * Return: 0, -EINVAL below a leaf.
 */
int gnv_sched_add(struct gnv_sched *sched, struct gnv_sched_node *node,
		  struct gnv_sched_node *parent, bool leaf, u64 now_ns)
{
	if (!parent)
		parent = &sched->root;
	if (parent->leaf)
		return -EINVAL;
	gnv_sched_set_now(sched, now_ns);
	init_node(sched, node);
	node->leaf = leaf;
	attach(node, parent, 0);
	if (sched->exclusive && parent != sched->exclusive &&
	    is_below(sched->exclusive, parent))
		gnv_sched_hold(node, GNV_SCHED_EXCLUDED, true);
	gnv_sched_touch(node);
	return 0;
}

/* Return: what it owes to its siblings. */
static u64 detach(struct gnv_sched_node *node)
{
	s64 ahead_ns = gnv_sched_ahead_ns(node);

	gnv_sched_hold(node, GNV_SCHED_DETACHED, true);
	count_above(node, false);
	gnv_link_remove(&node->sibling);
	return ahead_ns > 0 ? (u64)ahead_ns : 0;
}

/**
 * gnv_sched_move() - put a node, with all below it, below another
 * @node: the node
 * @parent: which is to be above it; NULL for the root
 * @now_ns: the time
 *
 * What it owes goes with it, what it is owed does not.
 *
 * Context: The engine's lock is held; decide afterwards.
 * Return: 0, -EINVAL when @parent is a leaf, or @node or below it.
 */
int gnv_sched_move(struct gnv_sched_node *node, struct gnv_sched_node *parent, u64 now_ns)
{
	struct gnv_sched *sched = node->sched;
	struct gnv_sched_node *exclusive = sched->exclusive;
	u64 owed_ns;

	if (!parent)
		parent = &sched->root;
	if (parent->leaf || is_below(parent, node))
		return -EINVAL;
	gnv_sched_set_exclusive(sched, NULL, now_ns);
	owed_ns = detach(node);
	attach(node, parent, owed_ns);
	gnv_sched_hold(node, GNV_SCHED_DETACHED, false);
	gnv_sched_set_exclusive(sched, exclusive, now_ns);
	return 0;
}

/**
 * gnv_sched_remove() - take a node out of the tree
 * @node: the node; not the root.  Those below it come below its parent
 * @now_ns: the time
 *
 * Whatever it was doing.  What its queues used until now is to be sampled before; what
 * comes to light later can be charged to its parent.
 *
 * Context: The engine's lock is held; decide afterwards.  Its memory is the caller's.
 */
void gnv_sched_remove(struct gnv_sched_node *node, u64 now_ns)
{
	struct gnv_sched *sched = node->sched;

	gnv_sched_set_now(sched, now_ns);
	if (sched->exclusive == node)
		gnv_sched_set_exclusive(sched, NULL, now_ns);
	while (!gnv_link_is_alone(&node->children))
		gnv_sched_move(container_of(node->children.next, struct gnv_sched_node,
					    sibling),
			       node->parent, now_ns);
	detach(node);
	gnv_link_remove(&node->touched);
	gnv_link_remove(&node->change);
	gnv_heap_remove(&sched->timers, &node->timer);
}

/**
 * gnv_sched_set_weight() - give a node its share among its siblings
 * @node: the node, not the root
 * @weight: from GNV_SCHED_WEIGHT_MIN to GNV_SCHED_WEIGHT_MAX
 * @now_ns: the time
 *
 * Context: The engine's lock is held; decide afterwards.
 * Return: 0, -EINVAL for another weight.
 */
int gnv_sched_set_weight(struct gnv_sched_node *node, u32 weight, u64 now_ns)
{
	if (weight < GNV_SCHED_WEIGHT_MIN || weight > GNV_SCHED_WEIGHT_MAX)
		return -EINVAL;
	gnv_sched_set_now(node->sched, now_ns);
	gnv_sched_reweigh(node, weight);
	gnv_sched_touch(node);
	gnv_sched_touch(node->parent);
	return 0;
}

/**
 * gnv_sched_set_latency() - put a leaf into the latency class, or out of it
 * @leaf: the leaf
 * @on: whether it is in it
 * @now_ns: the time
 *
 * All other slices change with the first one that comes, and with the last that goes.
 *
 * Context: The engine's lock is held; decide afterwards.
 * Return: 0, -EINVAL for a node that is no leaf.
 */
int gnv_sched_set_latency(struct gnv_sched_node *leaf, bool on, u64 now_ns)
{
	struct gnv_sched *sched = leaf->sched;
	u32 before = sched->root.latencies;
	struct gnv_sched_node *node;

	if (!leaf->leaf)
		return -EINVAL;
	gnv_sched_set_now(sched, now_ns);
	if (leaf->latency == on)
		return 0;
	leaf->latency = on;
	for (node = leaf; node; node = node->parent)
		node->latencies += on ? 1 : (u32)-1;
	if (!before || !sched->root.latencies)
		gnv_sched_touch_leaves(&sched->root);
	gnv_sched_touch(leaf);
	return 0;
}

/**
 * gnv_sched_set_paused() - stop a node with all below it, or let it go on
 * @node: the node
 * @on: whether it is stopped
 * @now_ns: the time
 *
 * Context: The engine's lock is held; decide afterwards.
 */
void gnv_sched_set_paused(struct gnv_sched_node *node, bool on, u64 now_ns)
{
	gnv_sched_set_now(node->sched, now_ns);
	gnv_sched_hold(node, GNV_SCHED_PAUSED, on);
}

/* Holds all that are neither above, at nor below a node, or lets them go. */
static void exclude_others(struct gnv_sched_node *node, bool on)
{
	struct gnv_link *link, *list;
	struct gnv_sched_node *other;

	for (; node->parent; node = node->parent) {
		list = &node->parent->children;
		for (link = list->next; link != list; link = link->next) {
			other = container_of(link, struct gnv_sched_node, sibling);
			if (other != node)
				gnv_sched_hold(other, GNV_SCHED_EXCLUDED, on);
		}
	}
}

/**
 * gnv_sched_set_exclusive() - give the engine to one node alone
 * @sched: the engine
 * @node: the node, with all below it; NULL to share the engine again
 * @now_ns: the time
 *
 * Whether it has work or not, no one else runs.
 *
 * Context: The engine's lock is held; decide afterwards.
 * Return: 0, -EBUSY while another node has it.
 */
int gnv_sched_set_exclusive(struct gnv_sched *sched, struct gnv_sched_node *node,
			    u64 now_ns)
{
	gnv_sched_set_now(sched, now_ns);
	if (node == sched->exclusive)
		return 0;
	if (node && sched->exclusive)
		return -EBUSY;
	exclude_others(node ? node : sched->exclusive, node);
	sched->exclusive = node;
	return 0;
}
