/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Charges: the tokens that tie memory to a container and its ancestors.  It
 * owns the lock of the quota hierarchy and the root of it, the machine.  It
 * knows nothing of what is charged for.
 */
#ifndef _GHOSTNV_ACCOUNT_H
#define _GHOSTNV_ACCOUNT_H

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

int gnv_account_charge(struct gnv_charge *charge, struct gnv_container *container,
		       enum gnv_quota_kind kind, u32 gpu, u64 bytes);
int gnv_account_resize(struct gnv_charge *charge, u64 bytes);
void gnv_account_uncharge(struct gnv_charge *charge);
void gnv_account_session(struct gnv_container *container, bool add);
void gnv_account_client(struct gnv_container *container, bool add);

void gnv_account_insert(struct gnv_container *container);
void gnv_account_adopt(struct gnv_container *container,
		       struct gnv_container *child);
int gnv_account_set_max(struct gnv_container *container, u32 gpu, u64 bytes,
			bool only_lower);
int gnv_account_set_gpus(struct gnv_container *container, u64 gpus,
			 bool only_lower);
int gnv_account_stats(struct gnv_container *container, u32 gpu,
		      struct gnv_account_stats *stats);
u64 gnv_account_usage(struct gnv_container *container, u32 gpu);
u64 gnv_account_machine_usage(u32 gpu);

#endif /* _GHOSTNV_ACCOUNT_H */
