// SPDX-License-Identifier: GPL-2.0
/*
 * Hierarchical counters of video memory: see quota.h.  It knows nothing of
 * containers, of locks, or of what the memory is used for.
 */
#include "quota.h"

/**
 * gnv_quota_init() - make an empty node without limits
 * @node: the node
 * @parent: the node above it, NULL for the root
 *
 * Context: Any.
 */
void gnv_quota_init(struct gnv_quota *node, struct gnv_quota *parent)
{
	u32 i;

	memset(node, 0, sizeof(*node));
	node->parent = parent;
	node->total.max_bytes = GHOSTNV_UNLIMITED;
	for (i = 0; i < GHOSTNV_GPUS_MAX; i++)
		node->gpu[i].max_bytes = GHOSTNV_UNLIMITED;
}

/**
 * gnv_quota_counter() - the counter of one scope
 * @node: the node
 * @gpu: GPU's index or GHOSTNV_GPU_TOTAL
 *
 * Context: Any.
 * Return: the counter, NULL when @gpu is out of range.
 */
struct gnv_quota_counter *gnv_quota_counter(struct gnv_quota *node, u32 gpu)
{
	if (gpu == GHOSTNV_GPU_TOTAL)
		return &node->total;
	if (gpu >= GHOSTNV_GPUS_MAX)
		return NULL;
	return &node->gpu[gpu];
}

static bool fits(struct gnv_quota_counter *counter, u64 bytes)
{
	u64 sum;

	if (!check_add_overflow(counter->usage_bytes, bytes, &sum) &&
	    sum <= counter->max_bytes)
		return true;
	counter->refused++;
	return false;
}

static void add_usage(struct gnv_quota_counter *counter, u64 bytes)
{
	counter->usage_bytes += bytes;
	if (counter->usage_bytes > counter->peak_bytes)
		counter->peak_bytes = counter->usage_bytes;
}

static bool charge_fits(struct gnv_quota *node, u32 gpu, u64 bytes,
			struct gnv_quota_full *full)
{
	for (; node; node = node->parent) {
		full->node = node;
		full->gpu = gpu;
		if (!fits(&node->gpu[gpu], bytes))
			return false;
		full->gpu = GHOSTNV_GPU_TOTAL;
		if (!fits(&node->total, bytes))
			return false;
	}
	return true;
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
 * Return: 0, -EDQUOT when a limit is in the way, -EINVAL for a bad @gpu.
 */
int gnv_quota_try_charge(struct gnv_quota *node, u32 gpu, u64 bytes,
			 struct gnv_quota_full *full)
{
	if (gpu >= GHOSTNV_GPUS_MAX)
		return -EINVAL;
	if (!charge_fits(node, gpu, bytes, full))
		return -EDQUOT;
	for (; node; node = node->parent) {
		add_usage(&node->gpu[gpu], bytes);
		add_usage(&node->total, bytes);
	}
	return 0;
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
	for (; node; node = node->parent) {
		node->gpu[gpu].usage_bytes -= bytes;
		node->total.usage_bytes -= bytes;
	}
}

static void count(struct gnv_quota_counter *counter, enum gnv_quota_kind kind,
		  bool add)
{
	u64 *value = kind == GNV_QUOTA_CONTEXT ? &counter->contexts :
						 &counter->allocations;

	*value += add ? 1 : (u64)-1;
}

/**
 * gnv_quota_count() - count an allocation or a context in or out
 * @node: the node
 * @gpu: GPU's index
 * @kind: which of the two
 * @add: in or out
 *
 * Context: The lock of the hierarchy is held.
 */
void gnv_quota_count(struct gnv_quota *node, u32 gpu, enum gnv_quota_kind kind,
		     bool add)
{
	for (; node; node = node->parent) {
		count(&node->gpu[gpu], kind, add);
		count(&node->total, kind, add);
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
	for (; node; node = node->parent)
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
	for (; node; node = node->parent)
		node->clients += add ? 1 : (u64)-1;
}

static void adopt_counter(struct gnv_quota_counter *to,
			  const struct gnv_quota_counter *from)
{
	add_usage(to, from->usage_bytes);
	to->allocations += from->allocations;
	to->contexts += from->contexts;
}

/**
 * gnv_quota_adopt() - put a node between another and its parent
 * @node: the new node in between; its parent is @child's parent
 * @child: the node that comes below it
 *
 * What @child holds counts in its old ancestors already, so only @node gains.
 *
 * Context: The lock of the hierarchy is held.
 */
void gnv_quota_adopt(struct gnv_quota *node, struct gnv_quota *child)
{
	u32 i;

	for (i = 0; i < GHOSTNV_GPUS_MAX; i++)
		adopt_counter(&node->gpu[i], &child->gpu[i]);
	adopt_counter(&node->total, &child->total);
	node->sessions += child->sessions;
	node->clients += child->clients;
	child->parent = node;
}

static u64 min_bytes(u64 a, u64 b)
{
	return a < b ? a : b;
}

/**
 * gnv_quota_limit() - the tightest limit at or above a node
 * @node: the node
 * @gpu: GPU's index, whose limit and that of the total count; or
 *	GHOSTNV_GPU_TOTAL for that of the total alone
 *
 * Context: The lock of the hierarchy is held.
 * Return: bytes, GHOSTNV_UNLIMITED when there is none.
 */
u64 gnv_quota_limit(const struct gnv_quota *node, u32 gpu)
{
	u64 limit = GHOSTNV_UNLIMITED;

	for (; node; node = node->parent) {
		limit = min_bytes(limit, node->total.max_bytes);
		if (gpu < GHOSTNV_GPUS_MAX)
			limit = min_bytes(limit, node->gpu[gpu].max_bytes);
	}
	return limit;
}

static u64 room(const struct gnv_quota_counter *counter)
{
	if (counter->max_bytes == GHOSTNV_UNLIMITED)
		return GHOSTNV_UNLIMITED;
	if (counter->usage_bytes >= counter->max_bytes)
		return 0;
	return counter->max_bytes - counter->usage_bytes;
}

/**
 * gnv_quota_headroom() - the largest charge that would be taken now
 * @node: the node
 * @gpu: GPU's index, or GHOSTNV_GPU_TOTAL
 *
 * Context: The lock of the hierarchy is held.
 * Return: bytes, GHOSTNV_UNLIMITED when nothing limits it.
 */
u64 gnv_quota_headroom(const struct gnv_quota *node, u32 gpu)
{
	u64 bytes = GHOSTNV_UNLIMITED;

	for (; node; node = node->parent) {
		bytes = min_bytes(bytes, room(&node->total));
		if (gpu < GHOSTNV_GPUS_MAX)
			bytes = min_bytes(bytes, room(&node->gpu[gpu]));
	}
	return bytes;
}
