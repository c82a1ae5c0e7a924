/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the quota share: how claims add up on their way to the root.
 * See quota.h for the words.
 */
#ifndef _GHOSTNV_QUOTA_CLAIM_H
#define _GHOSTNV_QUOTA_CLAIM_H

#include "pure.h"
#include "quota.h"

static inline u64 gnv_quota_larger(u64 a, u64 b)
{
	return a > b ? a : b;
}

static inline u64 gnv_quota_smaller(u64 a, u64 b)
{
	return a < b ? a : b;
}

static inline u64 gnv_quota_claim(const struct gnv_quota_counter *counter, u32 sum)
{
	return gnv_quota_larger(counter->low_bytes, counter->held_bytes[sum]);
}

/* What is taken of a node's limit in total. */
static inline u64 gnv_quota_total_taken(const struct gnv_quota *node, u32 sum)
{
	return gnv_quota_larger(node->total.held_bytes[sum], node->gpus_claim_bytes[sum]);
}

static inline u64 gnv_quota_total_claim(const struct gnv_quota *node, u32 sum)
{
	return gnv_quota_larger(node->total.low_bytes, gnv_quota_total_taken(node, sum));
}

/* By how much the claims on a node have grown; modulo 2^64, as they may shrink. */
struct gnv_quota_growth {
	u64 gpu;
	u64 total;
};

/* Takes the growth of those below into a node; leaves that of its own claims. */
static inline void gnv_quota_take_growth(struct gnv_quota *node, u32 gpu, u32 sum,
					 struct gnv_quota_growth *growth)
{
	struct gnv_quota_counter *counter = gnv_quota_counter(node, gpu);
	u64 total_before = gnv_quota_total_claim(node, sum), before;

	if (counter != &node->total) {
		before = gnv_quota_claim(counter, sum);
		counter->held_bytes[sum] += growth->gpu;
		growth->gpu = gnv_quota_claim(counter, sum) - before;
		node->gpus_claim_bytes[sum] += growth->gpu;
	}
	node->total.held_bytes[sum] += growth->total;
	growth->total = gnv_quota_total_claim(node, sum) - total_before;
}

static inline void gnv_quota_add_usage(struct gnv_quota_counter *counter, u64 bytes)
{
	counter->usage_bytes += bytes;
	if (counter->usage_bytes > counter->peak_bytes)
		counter->peak_bytes = counter->usage_bytes;
}

bool gnv_quota_has_gpu(const struct gnv_quota *node, u32 gpu);
bool gnv_quota_fits(const struct gnv_quota *node, u32 gpu, u64 bytes,
		    struct gnv_quota_full *full);
int gnv_quota_charge_quietly(struct gnv_quota *node, u32 gpu, u64 bytes,
			     struct gnv_quota_full *full);

#endif /* _GHOSTNV_QUOTA_CLAIM_H */
