/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hierarchical counters of video memory.  Pure: whoever calls holds the lock
 * that protects the whole hierarchy (account.c does).
 *
 * Words: a "node" belongs to one container, or is the root that stands for the
 * machine; the charge of a node counts in every ancestor too.  A "scope" is one
 * GPU's index, or GHOSTNV_GPU_TOTAL.  A "guarantee" is set aside in every node
 * above: a node's "claim" on its parent is what is taken in it, or its guarantee
 * where that is more.  So a charge within a guarantee changes nothing above, and
 * no other node can be in its way.
 *
 * In the scope of all GPUs the guarantees of single GPUs count as taken.  A node
 * may not have a guarantee in total below one that has guarantees of GPUs: which
 * of the two a charge is for could not be told.
 */
#ifndef _GHOSTNV_QUOTA_H
#define _GHOSTNV_QUOTA_H

#include "pure.h"
#include <linux/ghostnv.h>

/* The most that a charge above the high limit is delayed, and for how much. */
#define GNV_QUOTA_DELAY_MAX_MS	   2000U
#define GNV_QUOTA_DELAY_PERCENT_MS 20U

/* What is counted in the node where it happens and in all above. */
enum gnv_quota_event {
	GNV_QUOTA_LOW,
	GNV_QUOTA_HIGH,
	GNV_QUOTA_MAX,
	GNV_QUOTA_OOM,
	GNV_QUOTA_OOM_KILL,
	GNV_QUOTA_EVICT,
	GNV_QUOTA_WAIT,
	GNV_QUOTA_EVENTS
};

/* What a charge is for: which count goes with its bytes. */
enum gnv_quota_kind {
	GNV_QUOTA_ALLOCATION,	/* a piece of memory */
	GNV_QUOTA_CONTEXT,	/* a client with a device on the GPU */
	GNV_QUOTA_QUEUE,	/* a channel group, a channel or a context share */
	GNV_QUOTA_SPACE,	/* an address space */
	GNV_QUOTA_KINDS
};

/* Two sums are kept of what is set aside: as it is, and as if nobody used any. */
enum gnv_quota_sum {
	GNV_QUOTA_TAKEN,
	GNV_QUOTA_PROMISED,
	GNV_QUOTA_SUMS
};

struct gnv_quota_waiter;

/**
 * struct gnv_quota_counter - the limits of one scope and what is charged there
 * @usage_bytes: charged now, descendants included
 * @peak_bytes: the most that was ever charged
 * @max_bytes: limit, GHOSTNV_UNLIMITED for none
 * @high_bytes: limit above which charges are slowed down
 * @low_bytes: guarantee, 0 for none
 * @held_bytes: the node's own use and the claims of those below it
 * @own_bytes: of @usage_bytes, what is not of those below
 * @orphan_bytes: of @own_bytes, what nodes below left here when they went
 * @refused: charges refused because of this counter's limit
 * @counts: what is charged here, by its kind
 * @events: what happened here and below
 * @queue: who waits for room here, in the order of their coming
 */
struct gnv_quota_counter {
	u64 usage_bytes;
	u64 peak_bytes;
	u64 max_bytes;
	u64 high_bytes;
	u64 low_bytes;
	u64 held_bytes[GNV_QUOTA_SUMS];
	u64 own_bytes;
	u64 orphan_bytes;
	u64 refused;
	u64 counts[GNV_QUOTA_KINDS];
	u64 events[GNV_QUOTA_EVENTS];
	struct gnv_quota_waiter *queue;
};

/**
 * struct gnv_quota - one node
 * @parent: the node above, NULL for the root
 * @dead: what it held is the parent's, and what is left of it uncharges there
 * @gpu: each GPU by its index; whoever made the node owns the memory
 * @gpus: how many there are
 * @total: all GPUs together
 * @gpus_claim_bytes: the claims of all GPUs, added up
 * @gpu_lows: GPUs of which it has a guarantee
 * @total_lows: nodes at or below it that have a guarantee in total
 * @sessions: open device files
 * @clients: RM clients
 * @objects: objects of these clients
 */
struct gnv_quota {
	struct gnv_quota *parent;
	bool dead;
	struct gnv_quota_counter *gpu;
	u32 gpus;
	struct gnv_quota_counter total;
	u64 gpus_claim_bytes[GNV_QUOTA_SUMS];
	u32 gpu_lows;
	u32 total_lows;
	u64 sessions;
	u64 clients;
	u64 objects;
};

/**
 * struct gnv_quota_bounds - how many of each one node may have, with all below it
 * @sessions: open device files
 * @clients: RM clients
 * @objects: objects of these clients
 */
struct gnv_quota_bounds {
	u64 sessions;
	u64 clients;
	u64 objects;
};

/**
 * struct gnv_quota_full - which limit refused a charge
 * @node: whose limit it was
 * @gpu: the scope of the limit
 * @guaranteed: there is room that nobody uses, but it is guaranteed to others
 */
struct gnv_quota_full {
	struct gnv_quota *node;
	u32 gpu;
	bool guaranteed;
};

/**
 * struct gnv_quota_waiter - a charge that waits for room
 * @node: who is to be charged
 * @gpu: GPU's index
 * @bytes: how much
 * @ticket: who came first has the smaller one
 * @at: in whose queue it is, NULL for none
 * @at_gpu: in which scope of @at
 * @next: behind it in that queue, or in the list of those that were granted
 */
struct gnv_quota_waiter {
	struct gnv_quota *node;
	u32 gpu;
	u64 bytes;
	u64 ticket;
	struct gnv_quota *at;
	u32 at_gpu;
	struct gnv_quota_waiter *next;
};

void gnv_quota_init(struct gnv_quota *node, struct gnv_quota *parent,
		    struct gnv_quota_counter *counters, u32 gpus);
struct gnv_quota_counter *gnv_quota_grow(struct gnv_quota *node,
					 struct gnv_quota_counter *counters,
					 u32 gpus);
struct gnv_quota_counter *gnv_quota_counter(struct gnv_quota *node, u32 gpu);
struct gnv_quota *gnv_quota_live(struct gnv_quota *node);

int gnv_quota_try_charge(struct gnv_quota *node, u32 gpu, u64 bytes,
			 struct gnv_quota_full *full);
void gnv_quota_uncharge(struct gnv_quota *node, u32 gpu, u64 bytes);
void gnv_quota_count(struct gnv_quota *node, u32 gpu, enum gnv_quota_kind kind,
		     bool add);
void gnv_quota_count_session(struct gnv_quota *node, bool add);
void gnv_quota_count_client(struct gnv_quota *node, bool add);
void gnv_quota_count_object(struct gnv_quota *node, bool add);
bool gnv_quota_is_bound(struct gnv_quota *node,
			const struct gnv_quota_bounds *bounds);
void gnv_quota_count_event(struct gnv_quota *node, u32 gpu,
			   enum gnv_quota_event event);

void gnv_quota_adopt(struct gnv_quota *node, struct gnv_quota *child);
void gnv_quota_orphan(struct gnv_quota *node);

int gnv_quota_set_max(struct gnv_quota *node, u32 gpu, u64 bytes);
int gnv_quota_set_low(struct gnv_quota *node, u32 gpu, u64 bytes);

u64 gnv_quota_limit(const struct gnv_quota *node, u32 gpu);
u64 gnv_quota_headroom(const struct gnv_quota *node, u32 gpu);
u32 gnv_quota_delay_ms(struct gnv_quota *node, u32 gpu,
		       struct gnv_quota_full *above);

bool gnv_quota_has_queue(struct gnv_quota *node, u32 gpu,
			 struct gnv_quota_full *full);
void gnv_quota_enqueue(struct gnv_quota_waiter *waiter,
		       const struct gnv_quota_full *full);
void gnv_quota_dequeue(struct gnv_quota_waiter *waiter);
struct gnv_quota_waiter *gnv_quota_serve(struct gnv_quota *node, u32 gpu);

#endif /* _GHOSTNV_QUOTA_H */
