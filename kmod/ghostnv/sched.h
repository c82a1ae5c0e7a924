/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who gets one engine of a GPU, when and for how long: by weight, with hard caps, in a
 * hierarchy.  Pure: whoever calls holds the lock that protects one struct gnv_sched and
 * its nodes, brings the time, and carries out what is decided; nothing here knows of
 * drivers, channels or clocks.  docs/scheduling.md says how it works, and why.
 *
 * Words: a "node" is a container or, as a "leaf", the queues of one.  A leaf is "busy"
 * while a queue of it has work.  A node "competes" with its siblings while something at
 * or below it is busy and nothing holds it: a cap that is used up ("throttled"), a
 * pause, another one's exclusive use.  Its "gate" is closed while it is too far ahead
 * of its share.  An "order" is what the driver is to be told of one leaf.
 *
 * Each call of the driver's side goes:
 *
 *	gnv_sched_sample() for each leaf that is busy, or has @queues
 *	gnv_sched_decide()
 *	gnv_sched_next_order() until there is none; tell the driver
 *	sleep until gnv_sched_deadline(), or until a queue is seen to begin or end work
 *
 * with gnv_sched_apply() in between where something that was set is to hold at once.
 */
#ifndef _GHOSTNV_SCHED_H
#define _GHOSTNV_SCHED_H

#include "heap.h"
#include "link.h"
#include "pressure.h"
#include "pure.h"
#include "sched_clock.h"

#define GNV_SCHED_WEIGHT_MIN	 1U
#define GNV_SCHED_WEIGHT_DEFAULT 100U
#define GNV_SCHED_WEIGHT_MAX	 10000U

/* More queues of one leaf count as so many. */
#define GNV_SCHED_QUEUES_MAX	 1024U

/* Bounds of a cap, those of cpu.max. */
#define GNV_SCHED_QUOTA_MIN_US	 1000ULL
#define GNV_SCHED_PERIOD_MIN_US	 1000ULL
#define GNV_SCHED_PERIOD_MAX_US	 1000000ULL

/* What keeps a node from competing. */
enum gnv_sched_hold {
	GNV_SCHED_THROTTLED = 1,
	GNV_SCHED_PAUSED = 2,
	GNV_SCHED_EXCLUDED = 4,
	GNV_SCHED_DETACHED = 8,
};

/**
 * struct gnv_sched_config - what the driver can do, and what the administrator wants
 * @min_us: the shortest time slice where there is no latency class
 * @max_us: the longest
 * @short_us: that of all others while there is one: what it waits for at most
 * @granule_us: slices are multiples of it
 * @round_us: how long it should take until everyone had a turn, where slices allow it
 * @switch_ns: what it costs to change from one queue to another; a round is made so long
 *	that at most 1/200 of the engine goes there, unless for the latency class
 * @latency_us: how far a leaf of the latency class may run ahead of its share
 */
struct gnv_sched_config {
	u32 min_us;
	u32 max_us;
	u32 short_us;
	u32 granule_us;
	u32 round_us;
	u32 switch_ns;
	u32 latency_us;
};

#define GNV_SCHED_SHORT_US_DEFAULT 250U

/*
 * The bounds of slices are those that NVIDIA's driver for Tegra (nvgpu) has in software;
 * RM has none, and its hardware takes shorter ones.
 */
#define GNV_SCHED_CONFIG_DEFAULT \
	{ \
		.min_us = 1000, .max_us = 50000, .short_us = GNV_SCHED_SHORT_US_DEFAULT, \
		.granule_us = 1, .round_us = 16000, .switch_ns = 10000, .latency_us = 20000, \
	}

/**
 * struct gnv_sched_order - what the driver is to be told of a leaf
 * @enabled: whether its queues may run at all
 * @first: whether they come before all others (interleave level HIGH)
 * @slice_us: time slice of each queue
 */
struct gnv_sched_order {
	bool enabled;
	bool first;
	u32 slice_us;
};

/**
 * struct gnv_sched_cap - a hard limit of time
 * @quota_ns: how much in each period
 * @period_ns: how long a period is, 0 for no limit
 * @burst_ns: how much of what was not used may be kept for later
 * @left_ns: what is left now; what was used beyond it is owed
 * @start_ns: when the current period began
 */
struct gnv_sched_cap {
	u64 quota_ns;
	u64 period_ns;
	u64 burst_ns;
	s64 left_ns;
	u64 start_ns;
};

/**
 * struct gnv_sched_stat - what happened to a node
 * @usage_ns: engine time used, at or below it
 * @periods: periods of its cap in which it was busy
 * @throttled: how often the cap was used up
 * @throttled_ns: how long it was held for that
 * @gated: how often its gate was closed
 * @demoted: how often a leaf of the latency class was told to wait its turn
 */
struct gnv_sched_stat {
	u64 usage_ns;
	u64 periods;
	u64 throttled;
	u64 throttled_ns;
	u64 gated;
	u64 demoted;
};

struct gnv_sched;

/**
 * struct gnv_sched_node - a container, or the queues of one, on one engine
 * @sched: the engine
 * @parent: the node above, NULL for the root
 * @children: those below
 * @sibling: its place among those below @parent
 * @leaf: it stands for queues and has no children
 * @latency: it is of the latency class; leaves only
 * @is_demoted: it is, but ran too far ahead to come first
 * @competing: see above
 * @gated: its gate is closed
 * @sampled: it was since the last decision
 * @holds: bits of enum gnv_sched_hold
 * @weight: share among its siblings
 * @trust: how much it may be owed, see sched_compete.c
 * @time: its virtual time on the clock of @parent
 * @left_ns: when it last stopped competing
 * @idle_seen: the idleness of the engine that it was last judged by
 * @ran_ns: what it used since the last decision
 * @clock: of those below
 * @queues: how many queues at or below it compete, were it not for its own holds
 * @busy: how many have work, held or not
 * @rivals: how many of those below compete
 * @closed: how many of these have closed gates
 * @latencies: leaves of the latency class at or below it
 * @part_ns: its part of a round
 * @gates: those of @closed, who is least ahead first
 * @gate: its place there
 * @with_gates: its place among the nodes that have any
 * @cap: its limit
 * @timer: its place among those that wait for a time
 * @touched: its place among those to be looked at
 * @change: its place among those whose order changed; leaves only
 * @order: what the driver should know
 * @told: what it was told
 * @stat: what happened
 * @throttled_ns: since when it is throttled
 * @seen_ns: up to when waiting is counted
 * @used_ns: used since then
 * @time_pressure: waiting for the engine
 */
struct gnv_sched_node {
	struct gnv_sched *sched;
	struct gnv_sched_node *parent;
	struct gnv_link children;
	struct gnv_link sibling;
	bool leaf;
	bool latency;
	bool is_demoted;
	bool competing;
	bool gated;
	bool sampled;
	u32 holds;
	u32 weight;
	u32 trust;
	u64 time;
	u64 left_ns;
	u64 idle_seen;
	u64 ran_ns;
	struct gnv_sched_clock clock;
	u32 queues;
	u32 busy;
	u32 rivals;
	u32 closed;
	u32 latencies;
	u64 part_ns;
	struct gnv_heap gates;
	struct gnv_heap_node gate;
	struct gnv_link with_gates;
	struct gnv_sched_cap cap;
	struct gnv_heap_node timer;
	struct gnv_link touched;
	struct gnv_link change;
	struct gnv_sched_order order;
	struct gnv_sched_order told;
	struct gnv_sched_stat stat;
	u64 throttled_ns;
	u64 seen_ns;
	u64 used_ns;
	struct gnv_pressure time_pressure;
};

/**
 * struct gnv_sched - one engine
 * @root: what all nodes are below
 * @config: what it was made with
 * @now_ns: the latest time that was told
 * @decided_ns: when it was last decided by samples
 * @idle_ns: how long the engine was idle since then
 * @deadline_ns: when to decide again
 * @idle_seen: how often the engine was idle beside closed gates
 * @exclusive: who has the engine alone
 * @has_closed: a gate was closed in this decision
 * @is_idle: the engine was idle beside closed gates when it was last decided
 * @was_idle: none is closed in this decision, as the engine was idle
 * @timers: nodes that wait for a time
 * @with_gates: nodes with closed gates below
 * @touched: nodes to be looked at in the next decision
 * @changes: leaves whose order changed
 */
struct gnv_sched {
	struct gnv_sched_node root;
	struct gnv_sched_config config;
	u64 now_ns;
	u64 decided_ns;
	u64 idle_ns;
	u64 deadline_ns;
	u64 idle_seen;
	struct gnv_sched_node *exclusive;
	bool has_closed;
	bool is_idle;
	bool was_idle;
	struct gnv_heap timers;
	struct gnv_link with_gates;
	struct gnv_link touched;
	struct gnv_link changes;
};

int gnv_sched_init(struct gnv_sched *sched, const struct gnv_sched_config *config,
		   u64 now_ns);
int gnv_sched_add(struct gnv_sched *sched, struct gnv_sched_node *node,
		  struct gnv_sched_node *parent, bool leaf, u64 now_ns);
int gnv_sched_move(struct gnv_sched_node *node, struct gnv_sched_node *parent, u64 now_ns);
void gnv_sched_remove(struct gnv_sched_node *node, u64 now_ns);

int gnv_sched_set_weight(struct gnv_sched_node *node, u32 weight, u64 now_ns);
int gnv_sched_set_max(struct gnv_sched_node *node, u64 quota_us, u64 period_us,
		      u64 burst_us, u64 now_ns);
int gnv_sched_set_latency(struct gnv_sched_node *leaf, bool on, u64 now_ns);
void gnv_sched_set_paused(struct gnv_sched_node *node, bool on, u64 now_ns);
int gnv_sched_set_exclusive(struct gnv_sched *sched, struct gnv_sched_node *node,
			    u64 now_ns);

void gnv_sched_charge(struct gnv_sched_node *node, u64 used_ns, u64 now_ns);
void gnv_sched_sample(struct gnv_sched_node *leaf, u64 used_ns, u32 busy, u64 now_ns);
void gnv_sched_decide(struct gnv_sched *sched, u64 idle_ns, u64 now_ns);
void gnv_sched_apply(struct gnv_sched *sched, u64 now_ns);
u64 gnv_sched_deadline(const struct gnv_sched *sched);
struct gnv_sched_node *gnv_sched_next_order(struct gnv_sched *sched);
void gnv_sched_repeat_order(struct gnv_sched_node *leaf);
bool gnv_sched_preempts(const struct gnv_sched_node *leaf,
			const struct gnv_sched_node *running);

#endif /* _GHOSTNV_SCHED_H */
