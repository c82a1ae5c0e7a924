// SPDX-License-Identifier: GPL-2.0
/*
 * Hierarchical counters of video memory: see quota.h.  It knows nothing of
 * containers, of locks, or of what the memory is used for.
 */
#include "quota.h"
#include "quota_claim.h"

static void init_counter(struct gnv_quota_counter *counter)
{
	memset(counter, 0, sizeof(*counter));
	counter->max_bytes = GHOSTNV_UNLIMITED;
	counter->high_bytes = GHOSTNV_UNLIMITED;
}

/**
 * gnv_quota_init() - make an empty node without limits
 * @node: the node
 * @parent: the node above it, NULL for the root
 * @counters: memory for the counters of the GPUs
 * @gpus: how many there are, at most GHOSTNV_GPUS_MAX
 *
 * Context: Any.
 */
void gnv_quota_init(struct gnv_quota *node, struct gnv_quota *parent,
		    struct gnv_quota_counter *counters, u32 gpus)
{
	u32 i;

	memset(node, 0, sizeof(*node));
	node->parent = parent;
	node->gpu = counters;
	node->gpus = gpus;
	init_counter(&node->total);
	for (i = 0; i < gpus; i++)
		init_counter(&node->gpu[i]);
}

/**
 * gnv_quota_grow() - make room for more GPUs
 * @node: the node
 * @counters: memory for all of them
 * @gpus: how many there are, at most GHOSTNV_GPUS_MAX
 *
 * Context: The lock of the hierarchy is held.
 * Return: the memory that is no longer used: what the node had, or @counters when
 * it has as many already.
 */
struct gnv_quota_counter *gnv_quota_grow(struct gnv_quota *node,
					 struct gnv_quota_counter *counters,
					 u32 gpus)
{
	struct gnv_quota_counter *old = node->gpu;
	u32 i;

	if (gpus <= node->gpus)
		return counters;
	for (i = 0; i < gpus; i++) {
		if (i < node->gpus)
			counters[i] = old[i];
		else
			init_counter(&counters[i]);
	}
	node->gpu = counters;
	node->gpus = gpus;
	return old;
}

/**
 * gnv_quota_counter() - the counter of one scope
 * @node: the node
 * @gpu: GPU's index or GHOSTNV_GPU_TOTAL
 *
 * Context: Any.
 * Return: the counter, NULL when the node has none for @gpu.
 */
struct gnv_quota_counter *gnv_quota_counter(struct gnv_quota *node, u32 gpu)
{
	if (gpu == GHOSTNV_GPU_TOTAL)
		return &node->total;
	if (gpu >= node->gpus)
		return NULL;
	return &node->gpu[gpu];
}

/**
 * gnv_quota_live() - who answers for a node
 * @node: the node
 *
 * Context: The lock of the hierarchy is held.
 * Return: the node itself, or the nearest above that is not dead.
 */
struct gnv_quota *gnv_quota_live(struct gnv_quota *node)
{
	while (node->dead)
		node = node->parent;
	return node;
}

/**
 * gnv_quota_try_charge() - charge a node and all above it, or none of them
 * @node: the node
 * @gpu: GPU's index
 * @bytes: how much
 * @full: on -EDQUOT, whose limit was reached
 *
 * Every limit is looked at before the first counter changes, so nothing has to
 * be taken back and no one else ever meets a charge that does not stay.
 *
 * Context: The lock of the hierarchy is held.
 * Return: 0, -EDQUOT when a limit is in the way, -EINVAL for a bad @gpu, -ENOMEM
 * where a node has no counter of the GPU.
 */
int gnv_quota_try_charge(struct gnv_quota *node, u32 gpu, u64 bytes,
			 struct gnv_quota_full *full)
{
	int ret;

	if (gpu >= GHOSTNV_GPUS_MAX)
		return -EINVAL;
	if (!gnv_quota_has_gpu(gnv_quota_live(node), gpu))
		return -ENOMEM;
	ret = gnv_quota_charge_quietly(node, gpu, bytes, full);
	if (ret) {
		gnv_quota_counter(full->node, full->gpu)->refused++;
		gnv_quota_count_event(full->node, full->gpu, GNV_QUOTA_MAX);
		if (full->guaranteed)
			gnv_quota_count_event(node, full->gpu, GNV_QUOTA_LOW);
	}
	return ret;
}

/**
 * gnv_quota_uncharge() - take a charge back
 * @node: the node that was charged
 * @gpu: GPU's index
 * @bytes: how much, at most what was charged
 *
 * Context: The lock of the hierarchy is held.  Cannot fail.
 */
void gnv_quota_uncharge(struct gnv_quota *node, u32 gpu, u64 bytes)
{
	struct gnv_quota_growth growth = { .gpu = -bytes, .total = -bytes };
	struct gnv_quota *live = gnv_quota_live(node);

	live->gpu[gpu].own_bytes -= bytes;
	live->total.own_bytes -= bytes;
	if (live != node) {
		live->gpu[gpu].orphan_bytes -= bytes;
		live->total.orphan_bytes -= bytes;
	}
	for (node = live; node; node = node->parent) {
		gnv_quota_take_growth(node, gpu, GNV_QUOTA_TAKEN, &growth);
		node->gpu[gpu].usage_bytes -= bytes;
		node->total.usage_bytes -= bytes;
	}
}

/**
 * gnv_quota_count() - count what is charged in or out
 * @node: the node
 * @gpu: GPU's index
 * @kind: what it is
 * @add: in or out
 *
 * Context: The lock of the hierarchy is held; the node was charged on that GPU.
 */
void gnv_quota_count(struct gnv_quota *node, u32 gpu, enum gnv_quota_kind kind,
		     bool add)
{
	for (node = gnv_quota_live(node); node; node = node->parent) {
		node->gpu[gpu].counts[kind] += add ? 1 : (u64)-1;
		node->total.counts[kind] += add ? 1 : (u64)-1;
	}
}

/**
 * gnv_quota_count_session() - count a session in or out
 * @node: the node
 * @add: in or out
 *
 * Context: The lock of the hierarchy is held.
 */
void gnv_quota_count_session(struct gnv_quota *node, bool add)
{
	for (node = gnv_quota_live(node); node; node = node->parent)
		node->sessions += add ? 1 : (u64)-1;
}

/**
 * gnv_quota_count_client() - count a client in or out
 * @node: the node
 * @add: in or out
 *
 * Context: The lock of the hierarchy is held.
 */
void gnv_quota_count_client(struct gnv_quota *node, bool add)
{
	for (node = gnv_quota_live(node); node; node = node->parent)
		node->clients += add ? 1 : (u64)-1;
}

/**
 * gnv_quota_count_event() - something happened
 * @node: where
 * @gpu: the scope; what happens to one GPU counts in the total too
 * @event: what
 *
 * Context: The lock of the hierarchy is held.
 */
void gnv_quota_count_event(struct gnv_quota *node, u32 gpu,
			   enum gnv_quota_event event)
{
	struct gnv_quota_counter *counter;

	for (node = gnv_quota_live(node); node; node = node->parent) {
		node->total.events[event]++;
		counter = gnv_quota_counter(node, gpu);
		if (counter && counter != &node->total)
			counter->events[event]++;
	}
}

/**
 * gnv_quota_count_object() - count an object in or out
 * @node: the node
 * @add: in or out
 *
 * Context: The lock of the hierarchy is held.
 */
void gnv_quota_count_object(struct gnv_quota *node, bool add)
{
	for (node = gnv_quota_live(node); node; node = node->parent)
		node->objects += add ? 1 : (u64)-1;
}

/**
 * gnv_quota_is_bound() - whether a node or one above has more than it may have
 * @node: the node
 * @bounds: how many; the root has no bounds
 *
 * Context: The lock of the hierarchy is held.
 * Return: true if so.
 */
bool gnv_quota_is_bound(struct gnv_quota *node,
			const struct gnv_quota_bounds *bounds)
{
	for (node = gnv_quota_live(node); node->parent; node = node->parent) {
		if (node->sessions > bounds->sessions ||
		    node->clients > bounds->clients ||
		    node->objects > bounds->objects)
			return true;
	}
	return false;
}

static void adopt_counter(struct gnv_quota_counter *to,
			  const struct gnv_quota_counter *from)
{
	u32 kind;

	gnv_quota_add_usage(to, from->usage_bytes);
	for (kind = 0; kind < GNV_QUOTA_KINDS; kind++)
		to->counts[kind] += from->counts[kind];
}

/**
 * gnv_quota_adopt() - put a node between another and its parent
 * @node: the new node in between; its parent is @child's parent, it has no
 *	guarantee, and as many GPUs as @child
 * @child: the node that comes below it
 *
 * What @child holds counts in its old ancestors already, so only @node gains.
 *
 * Context: The lock of the hierarchy is held.
 */
void gnv_quota_adopt(struct gnv_quota *node, struct gnv_quota *child)
{
	u32 i, sum;
	u64 claim;

	for (i = 0; i < child->gpus; i++) {
		adopt_counter(&node->gpu[i], &child->gpu[i]);
		for (sum = 0; sum < GNV_QUOTA_SUMS; sum++) {
			claim = gnv_quota_claim(&child->gpu[i], sum);
			node->gpu[i].held_bytes[sum] += claim;
			node->gpus_claim_bytes[sum] += claim;
		}
	}
	adopt_counter(&node->total, &child->total);
	for (sum = 0; sum < GNV_QUOTA_SUMS; sum++)
		node->total.held_bytes[sum] += gnv_quota_total_claim(child, sum);
	node->total_lows += child->total_lows;
	node->sessions += child->sessions;
	node->clients += child->clients;
	node->objects += child->objects;
	child->parent = node;
}

static void orphan_counter(struct gnv_quota *node, u32 gpu)
{
	struct gnv_quota_counter *counter = gnv_quota_counter(node, gpu);
	struct gnv_quota_counter *above = gnv_quota_counter(node->parent, gpu);
	struct gnv_quota_full full = { .node = node->parent, .gpu = gpu };
	struct gnv_quota_waiter *waiter;

	above->own_bytes += counter->usage_bytes;
	above->orphan_bytes += counter->usage_bytes;
	while ((waiter = counter->queue)) {
		gnv_quota_dequeue(waiter);
		gnv_quota_enqueue(waiter, &full);
	}
}

/**
 * gnv_quota_orphan() - a node goes, and its parent gets what it holds
 * @node: the node; it has a parent, and nothing is below it
 *
 * Its guarantees end.  What refers to it later is its parent's.
 *
 * Context: The lock of the hierarchy is held.  The parent is to be served.
 */
void gnv_quota_orphan(struct gnv_quota *node)
{
	u32 i;

	for (i = 0; i < node->gpus; i++) {
		if (i >= node->parent->gpus)
			break; /* then nothing was charged there */
		gnv_quota_set_low(node, i, 0);
		orphan_counter(node, i);
	}
	gnv_quota_set_low(node, GHOSTNV_GPU_TOTAL, 0);
	orphan_counter(node, GHOSTNV_GPU_TOTAL);
	node->dead = true;
}
