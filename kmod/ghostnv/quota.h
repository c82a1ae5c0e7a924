/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hierarchical counters of video memory.  Pure: whoever calls holds the lock
 * that protects the whole hierarchy (account.c does).
 *
 * Words: a "node" belongs to one container, or is the root that stands for the
 * machine; the charge of a node counts in every ancestor too.  A "scope" is one
 * GPU's index, or GHOSTNV_GPU_TOTAL.
 */
#ifndef _GHOSTNV_QUOTA_H
#define _GHOSTNV_QUOTA_H

#include "pure.h"
#include <linux/ghostnv.h>

/**
 * struct gnv_quota_counter - one limit and what is charged against it
 * @usage_bytes: charged now, descendants included
 * @peak_bytes: the most that was ever charged
 * @max_bytes: limit, GHOSTNV_UNLIMITED for none
 * @refused: charges refused because of this limit
 * @allocations: pieces of memory that are charged here
 * @contexts: clients with a device on this GPU
 */
struct gnv_quota_counter {
	u64 usage_bytes;
	u64 peak_bytes;
	u64 max_bytes;
	u64 refused;
	u64 allocations;
	u64 contexts;
};

/**
 * struct gnv_quota - one node
 * @parent: the node above, NULL for the root
 * @total: all GPUs together
 * @gpu: each GPU by its index
 * @sessions: open device files
 * @clients: RM clients
 */
struct gnv_quota {
	struct gnv_quota *parent;
	struct gnv_quota_counter total;
	struct gnv_quota_counter gpu[GHOSTNV_GPUS_MAX];
	u64 sessions;
	u64 clients;
};

/* What a charge is for: which count goes with its bytes. */
enum gnv_quota_kind {
	GNV_QUOTA_ALLOCATION,
	GNV_QUOTA_CONTEXT,
};

/**
 * struct gnv_quota_full - which limit refused a charge
 * @node: whose limit it was
 * @gpu: the scope of the limit
 */
struct gnv_quota_full {
	struct gnv_quota *node;
	u32 gpu;
};

void gnv_quota_init(struct gnv_quota *node, struct gnv_quota *parent);
struct gnv_quota_counter *gnv_quota_counter(struct gnv_quota *node, u32 gpu);
int gnv_quota_try_charge(struct gnv_quota *node, u32 gpu, u64 bytes,
			 struct gnv_quota_full *full);
void gnv_quota_uncharge(struct gnv_quota *node, u32 gpu, u64 bytes);
void gnv_quota_count(struct gnv_quota *node, u32 gpu, enum gnv_quota_kind kind,
		     bool add);
void gnv_quota_count_session(struct gnv_quota *node, bool add);
void gnv_quota_count_client(struct gnv_quota *node, bool add);
void gnv_quota_adopt(struct gnv_quota *node, struct gnv_quota *child);
u64 gnv_quota_limit(const struct gnv_quota *node, u32 gpu);
u64 gnv_quota_headroom(const struct gnv_quota *node, u32 gpu);

#endif /* _GHOSTNV_QUOTA_H */
