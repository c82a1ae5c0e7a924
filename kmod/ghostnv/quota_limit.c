// SPDX-License-Identifier: GPL-2.0
/*
 * The limits and guarantees of the quota, and what they leave: see quota.h.
 */
#include "pure.h"
#include "quota.h"
#include "quota_claim.h"

/**
 * gnv_quota_set_max() - set a limit
 * @node: the node
 * @gpu: GPU's index or GHOSTNV_GPU_TOTAL
 * @bytes: the limit; less than what is charged is fine
 *
 * Context: The lock of the hierarchy is held.  The node is to be served.
 * Return: 0, -EINVAL for a bad @gpu, -EBUSY when guarantees at or below the node
 * need more.
 */
int gnv_quota_set_max(struct gnv_quota *node, u32 gpu, u64 bytes)
{
	struct gnv_quota_counter *counter = gnv_quota_counter(node, gpu);
	u64 promised;

	if (!counter)
		return -EINVAL;
	promised = counter == &node->total ?
			   gnv_quota_total_claim(node, GNV_QUOTA_PROMISED) :
			   gnv_quota_claim(counter, GNV_QUOTA_PROMISED);
	if (bytes < promised)
		return -EBUSY;
	counter->max_bytes = bytes;
	return 0;
}

static void put_low(struct gnv_quota *node, u32 gpu, u64 bytes)
{
	struct gnv_quota_counter *counter = gnv_quota_counter(node, gpu);
	bool total = counter == &node->total;
	s32 more = (bytes > 0) - (counter->low_bytes > 0);
	u64 old = counter->low_bytes;
	u32 sum;

	node->gpu_lows += total ? 0 : more;
	for (sum = 0; sum < GNV_QUOTA_SUMS; sum++) {
		struct gnv_quota_growth growth = { 0, 0 };
		struct gnv_quota *at;
		u64 before = gnv_quota_total_claim(node, sum);

		if (!total)
			growth.gpu = gnv_quota_larger(bytes, counter->held_bytes[sum]) -
				     gnv_quota_larger(old, counter->held_bytes[sum]);
		node->gpus_claim_bytes[sum] += growth.gpu;
		growth.total = gnv_quota_larger(total ? bytes : node->total.low_bytes,
						gnv_quota_total_taken(node, sum)) -
			       before;
		for (at = node->parent; at; at = at->parent)
			gnv_quota_take_growth(at, gpu, sum, &growth);
	}
	counter->low_bytes = bytes;
	for (; total && node; node = node->parent)
		node->total_lows += more;
}

/* Whether a node and all above it have what a guarantee sets aside. */
static bool low_fits(const struct gnv_quota *node, u32 gpu)
{
	const struct gnv_quota_counter *counter;

	if (gnv_quota_total_taken(node, GNV_QUOTA_TAKEN) > node->total.max_bytes)
		return false;
	while ((node = node->parent)) {
		counter = gpu == GHOSTNV_GPU_TOTAL ? &node->total : &node->gpu[gpu];
		if (counter->held_bytes[GNV_QUOTA_TAKEN] > counter->max_bytes ||
		    gnv_quota_total_taken(node, GNV_QUOTA_TAKEN) > node->total.max_bytes)
			return false;
	}
	return true;
}

/* Guarantees of GPUs lie below guarantees in total, never above them. */
static bool mixes(const struct gnv_quota *node, u32 gpu)
{
	if (gpu != GHOSTNV_GPU_TOTAL)
		return node->total_lows > (node->total.low_bytes > 0);
	while ((node = node->parent)) {
		if (node->gpu_lows)
			return true;
	}
	return false;
}

/**
 * gnv_quota_set_low() - set a guarantee
 * @node: the node
 * @gpu: GPU's index or GHOSTNV_GPU_TOTAL
 * @bytes: the guarantee, 0 for none
 *
 * It is given only where it holds from now on: nobody else has that memory, or has
 * it promised.
 *
 * Context: The lock of the hierarchy is held.  The node is to be served.
 * Return: 0; -EINVAL for a bad @gpu, -ERANGE above the node's own limit, -ENOSPC
 * when a node above has not as much to give, -EBUSY where guarantees of GPUs
 * would lie above one in total.
 */
int gnv_quota_set_low(struct gnv_quota *node, u32 gpu, u64 bytes)
{
	struct gnv_quota_counter *counter = gnv_quota_counter(node, gpu);
	u64 old;

	if (!counter || (gpu != GHOSTNV_GPU_TOTAL && !gnv_quota_has_gpu(node, gpu)))
		return -EINVAL;
	old = counter->low_bytes;
	if (bytes <= old) {
		put_low(node, gpu, bytes);
		return 0;
	}
	if (bytes > counter->max_bytes)
		return -ERANGE;
	if (bytes > U64_MAX / GHOSTNV_GPUS_MAX)
		return -ENOSPC; /* no card is that large, and sums must not wrap */
	if (mixes(node, gpu))
		return -EBUSY;
	put_low(node, gpu, bytes);
	if (low_fits(node, gpu))
		return 0;
	put_low(node, gpu, old);
	return -ENOSPC;
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
		limit = gnv_quota_smaller(limit, node->total.max_bytes);
		if (gpu < node->gpus)
			limit = gnv_quota_smaller(limit, node->gpu[gpu].max_bytes);
	}
	return limit;
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
	u64 most = gnv_quota_limit(node, gpu), bytes = 0, bit;
	struct gnv_quota_full full;

	if (most == GHOSTNV_UNLIMITED)
		return most;
	if (gpu != GHOSTNV_GPU_TOTAL && !gnv_quota_has_gpu(node, gpu))
		return 0;
	/* What fits, fits for everything smaller: bit by bit. */
	for (bit = 1ULL << 63; bit; bit >>= 1) {
		if ((bytes | bit) <= most && gnv_quota_fits(node, gpu, bytes | bit, &full))
			bytes |= bit;
	}
	return bytes;
}

static u32 delay_ms(const struct gnv_quota_counter *counter)
{
	u64 percent;

	if (counter->usage_bytes <= counter->high_bytes)
		return 0;
	percent = (counter->usage_bytes - counter->high_bytes) /
			  (counter->high_bytes / 100 + 1) +
		  1;
	return gnv_quota_smaller(GNV_QUOTA_DELAY_MAX_MS,
				 gnv_quota_smaller(percent, GNV_QUOTA_DELAY_MAX_MS) *
					 GNV_QUOTA_DELAY_PERCENT_MS);
}

/**
 * gnv_quota_delay_ms() - how long a charge is to be slowed down
 * @node: who was charged
 * @gpu: GPU's index
 * @above: which high limit it is above the farthest, when it is
 *
 * Context: The lock of the hierarchy is held.
 * Return: milliseconds, 0 where no high limit is exceeded.
 */
u32 gnv_quota_delay_ms(struct gnv_quota *node, u32 gpu,
		       struct gnv_quota_full *above)
{
	const u32 scopes[] = { gpu, GHOSTNV_GPU_TOTAL };
	u32 longest = 0, i, ms;

	for (node = gnv_quota_live(node); node; node = node->parent) {
		for (i = 0; i < ARRAY_SIZE(scopes); i++) {
			ms = delay_ms(gnv_quota_counter(node, scopes[i]));
			if (ms <= longest)
				continue;
			longest = ms;
			*above = (struct gnv_quota_full){ node, scopes[i], false };
		}
	}
	return longest;
}
