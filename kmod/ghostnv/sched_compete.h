/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside the scheduler: who competes, whose gate is closed, and what caps leave.  Only
 * sched*.c include it.
 */
#ifndef _GHOSTNV_SCHED_COMPETE_H
#define _GHOSTNV_SCHED_COMPETE_H

#include "pure.h"
#include "sched.h"

/* A node is trusted to be owed up to a second at GNV_SCHED_TRUST_MAX. */
#define GNV_SCHED_TRUST_MAX 64U

u64 gnv_sched_set_now(struct gnv_sched *sched, u64 now_ns);
void gnv_sched_touch(struct gnv_sched_node *node);
void gnv_sched_touch_leaves(struct gnv_sched_node *node);
void gnv_sched_demand(struct gnv_sched_node *node, u32 queues, u32 holds);
void gnv_sched_hold(struct gnv_sched_node *node, enum gnv_sched_hold hold, bool on);

s64 gnv_sched_ahead_ns(const struct gnv_sched_node *node);
void gnv_sched_pass_time(struct gnv_sched_node *node, u64 used_ns);
void gnv_sched_reweigh(struct gnv_sched_node *node, u32 weight);
void gnv_sched_trim(struct gnv_sched_node *node, u64 elapsed_ns);

u64 gnv_sched_round_ns(const struct gnv_sched *sched);
u64 gnv_sched_part_ns(const struct gnv_sched_node *node);
void gnv_sched_close_gate(struct gnv_sched_node *node);
void gnv_sched_open_gates(struct gnv_sched_node *parent);
void gnv_sched_open_all(struct gnv_sched *sched);

void gnv_sched_cap_charge(struct gnv_sched_cap *cap, u64 used_ns);
void gnv_sched_cap_settle(struct gnv_sched_node *node);
bool gnv_sched_cap_due(const struct gnv_sched_node *node, u64 *due_ns);

#endif /* _GHOSTNV_SCHED_COMPETE_H */
