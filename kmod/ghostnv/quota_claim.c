// SPDX-License-Identifier: GPL-2.0
/*
 * How charges make claims, and which are taken: see quota.h.
 */
#include "quota_claim.h"

/*
 * Whether the growth fits into a node, and what of it the node passes on.  A growth
 * of 0 is asked of nobody: it was set aside before, whatever the limit is now.
 */
static bool growth_fits(struct gnv_quota *node, u32 gpu, struct gnv_quota_growth *growth,
			struct gnv_quota_full *full)
{
	struct gnv_quota_counter *counter = gnv_quota_counter(node, gpu);
	u64 before = gnv_quota_total_taken(node, GNV_QUOTA_TAKEN);
	u64 held, gpus = node->gpus_claim_bytes[GNV_QUOTA_TAKEN], taken, sum;

	if (growth->gpu) {
		if (check_add_overflow(counter->held_bytes[GNV_QUOTA_TAKEN],
				       growth->gpu, &held) ||
		    held > counter->max_bytes) {
			*full = (struct gnv_quota_full){ node, gpu, false };
			return false;
		}
		growth->gpu = gnv_quota_larger(counter->low_bytes, held) -
			      gnv_quota_claim(counter, GNV_QUOTA_TAKEN);
	}
	if (check_add_overflow(node->total.held_bytes[GNV_QUOTA_TAKEN],
			       growth->total, &taken) ||
	    check_add_overflow(gpus, growth->gpu, &sum) ||
	    (gnv_quota_larger(taken, sum) > before &&
	     gnv_quota_larger(taken, sum) > node->total.max_bytes)) {
		*full = (struct gnv_quota_full){ node, GHOSTNV_GPU_TOTAL, false };
		return false;
	}
	growth->total = gnv_quota_larger(node->total.low_bytes, gnv_quota_larger(taken, sum)) -
			gnv_quota_total_claim(node, GNV_QUOTA_TAKEN);
	return true;
}

/**
 * gnv_quota_fits() - whether a charge would be taken now
 * @node: who would be charged
 * @gpu: GPU's index, or GHOSTNV_GPU_TOTAL to ask of the total alone
 * @bytes: how much
 * @full: on false, whose limit is in the way
 *
 * Context: The lock of the hierarchy is held.
 * Return: true if so.
 */
bool gnv_quota_fits(const struct gnv_quota *node, u32 gpu, u64 bytes,
		    struct gnv_quota_full *full)
{
	struct gnv_quota_growth growth = { .total = bytes };
	const struct gnv_quota_counter *counter;
	u64 usage;

	if (gpu != GHOSTNV_GPU_TOTAL)
		growth.gpu = bytes;
	for (; node && (growth.gpu || growth.total); node = node->parent) {
		/* Nothing is changed through it. */
		if (growth_fits((struct gnv_quota *)node, gpu, &growth, full))
			continue;
		counter = gnv_quota_counter(full->node, full->gpu);
		full->guaranteed = !check_add_overflow(counter->usage_bytes,
						       bytes, &usage) &&
				   usage <= counter->max_bytes;
		return false;
	}
	return true;
}

/**
 * gnv_quota_has_gpu() - whether a node and all above it count a GPU
 * @node: the node
 * @gpu: GPU's index
 *
 * Context: The lock of the hierarchy is held.
 * Return: true if so.
 */
bool gnv_quota_has_gpu(const struct gnv_quota *node, u32 gpu)
{
	for (; node; node = node->parent) {
		if (gpu >= node->gpus)
			return false;
	}
	return true;
}

/**
 * gnv_quota_charge_quietly() - gnv_quota_try_charge() that counts no event
 * @node: the node, which has the GPU
 * @gpu: GPU's index
 * @bytes: how much
 * @full: on -EDQUOT, whose limit was reached
 *
 * Context: The lock of the hierarchy is held.
 * Return: 0 or -EDQUOT.
 */
int gnv_quota_charge_quietly(struct gnv_quota *node, u32 gpu, u64 bytes,
			     struct gnv_quota_full *full)
{
	struct gnv_quota_growth growth = { .gpu = bytes, .total = bytes };
	struct gnv_quota *live = gnv_quota_live(node);

	if (!gnv_quota_fits(live, gpu, bytes, full))
		return -EDQUOT;
	live->gpu[gpu].own_bytes += bytes;
	live->total.own_bytes += bytes;
	if (live != node) {
		live->gpu[gpu].orphan_bytes += bytes;
		live->total.orphan_bytes += bytes;
	}
	for (node = live; node; node = node->parent) {
		gnv_quota_take_growth(node, gpu, GNV_QUOTA_TAKEN, &growth);
		gnv_quota_add_usage(&node->gpu[gpu], bytes);
		gnv_quota_add_usage(&node->total, bytes);
	}
	return 0;
}
