/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Charges: the tokens that tie memory to a container and its ancestors.  It
 * owns the lock of the quota hierarchy and the root of it, the machine.  It
 * knows nothing of what is charged for.
 */
#ifndef _GHOSTNV_ACCOUNT_H
#define _GHOSTNV_ACCOUNT_H

#include <linux/completion.h>
#include <linux/list.h>

#include "quota.h"

struct gnv_container;

/**
 * struct gnv_charge - the token of one charge
 * @container: who is charged, with a reference; NULL when nobody is
 * @bytes: how much
 * @gpu: on which GPU
 * @kind: for what
 */
struct gnv_charge {
	struct gnv_container *container;
	u64 bytes;
	u32 gpu;
	enum gnv_quota_kind kind;
};

/**
 * struct gnv_account_waiter - a charge that waits for room
 * @queue: its place in the hierarchy
 * @entry: in the list of all waiters
 * @charge: its token; somebody is charged from when it was granted
 * @container: who is to be charged, the waiter's reference
 * @full: whose limit is in the way, with a reference; NULL for the machine's
 * @full_gpu: the scope of that limit
 * @done: completed when it was granted, or nobody may wait any longer
 */
struct gnv_account_waiter {
	struct gnv_quota_waiter queue;
	struct list_head entry;
	struct gnv_charge charge;
	struct gnv_container *container;
	struct gnv_container *full;
	u32 full_gpu;
	struct completion done;
};

/**
 * struct gnv_account_stats - a snapshot of one scope of one container
 * @counter: its counter; in the total, @refused is summed over all scopes
 * @limit_bytes: the tightest limit at or above it
 * @headroom_bytes: the largest charge that would be taken
 * @sessions: open device files
 * @clients: RM clients
 */
struct gnv_account_stats {
	struct gnv_quota_counter counter;
	u64 limit_bytes;
	u64 headroom_bytes;
	u64 sessions;
	u64 clients;
};

void gnv_account_init(void);
void gnv_account_stop(void);
bool gnv_account_is_stopping(void);

int gnv_account_charge(struct gnv_charge *charge, struct gnv_container *container,
		       enum gnv_quota_kind kind, u32 gpu, u64 bytes);
int gnv_account_resize(struct gnv_charge *charge, u64 bytes);
void gnv_account_uncharge(struct gnv_charge *charge);
int gnv_account_wait(struct gnv_account_waiter *waiter,
		     struct gnv_container *container, enum gnv_quota_kind kind,
		     u32 gpu, u64 bytes);
bool gnv_account_wait_end(struct gnv_account_waiter *waiter,
			  struct gnv_charge *charge);
u32 gnv_account_delay_ms(struct gnv_container *container, u32 gpu);
void gnv_account_event(struct gnv_container *container, u32 gpu,
		       enum gnv_quota_event event, u64 bytes);
int gnv_account_session(struct gnv_container *container, bool add);
int gnv_account_client(struct gnv_container *container, bool add);
int gnv_account_object(struct gnv_container *container, bool add);

void gnv_account_grow(struct gnv_container *container,
		      struct gnv_quota_counter *counters, u32 gpus);
void gnv_account_set_capacity(u32 gpu, u64 bytes);
void gnv_account_insert(struct gnv_container *container);
void gnv_account_adopt(struct gnv_container *container,
		       struct gnv_container *child);
void gnv_account_orphan(struct gnv_container *container);

int gnv_account_set_limit(struct gnv_container *container, u32 limit, u32 gpu,
			  u64 value, bool only_lower);
int gnv_account_get_limit(struct gnv_container *container, u32 limit, u32 gpu,
			  u64 *value);
int gnv_account_stats(struct gnv_container *container, u32 gpu,
		      struct gnv_account_stats *stats);
u64 gnv_account_usage(struct gnv_container *container, u32 gpu);
u64 gnv_account_machine_usage(u32 gpu);

#endif /* _GHOSTNV_ACCOUNT_H */
