/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GPU time: who gets the graphics engine of a GPU, carried out.  docs/scheduling.md
 * says how; the policy is sched.h's, what the driver offers is bridge.h's.
 *
 * Words: a "queue" is a channel group, or a channel; a "tenant" is a container on one
 * GPU, with its queues, made when it is first needed there and with all above it.  The
 * "gate" of a GPU is all that is kept for it.  A "look" asks the driver what ran, lets
 * the policy decide and tells the driver.
 */
#ifndef _GHOSTNV_GATE_H
#define _GHOSTNV_GATE_H

#include <linux/math64.h>
#include <linux/time64.h>
#include <linux/types.h>

#include "pressure.h"
#include "sched.h"

struct gnv_container;
struct gnv_queue;
struct pid;
struct seq_file;

/* What one waits for. */
enum gnv_gate_wait { GNV_WAIT_TIME,
		     GNV_WAIT_MEMORY,
		     GNV_WAITS };

/**
 * struct gnv_gate_stat - what one container met on a GPU, or on all
 * @sched: see there
 * @preemptions: how often the engine was taken from it
 * @queues: channel groups and channels
 * @is_paused: its cgroup is frozen, and so are its queues
 * @pressure: of waiting for the engine and for memory; of several GPUs, of the one that
 *	it waits for most
 */
struct gnv_gate_stat {
	struct gnv_sched_stat sched;
	u64 preemptions;
	u64 queues;
	bool is_paused;
	struct gnv_pressure pressure[GNV_WAITS];
};

/**
 * struct gnv_gate_trigger - when pollers of a pressure file are woken
 * @state: some or full
 * @threshold_us: how long one has to wait; 0: never
 * @window_us: within how long
 */
struct gnv_gate_trigger {
	enum gnv_pressure_state state;
	u64 threshold_us;
	u64 window_us;
};

/* queue.c */
struct gnv_queue *gnv_queue_alloc(struct gnv_container *container, u32 gpu, struct pid *maker);
void gnv_queue_cancel(struct gnv_queue *queue, u32 gpu);
void gnv_queue_publish(struct gnv_queue *queue, u32 gpu, u32 client, u32 handle, u32 parent,
		       bool group);
void gnv_queue_remove(u32 gpu, u32 client, u32 handle);

/* gate.c */
int gnv_gate_gpu_add(u32 gpu);
void gnv_gate_gpu_remove(u32 gpu);
void gnv_gate_fini(void);
void gnv_gate_adopt(struct gnv_container *container, struct gnv_container *child);
void gnv_gate_orphan(struct gnv_container *container);
void gnv_gate_wait(struct gnv_container *container, u32 gpu, bool begin);
void gnv_gate_show(struct seq_file *seq);

/* gate_tell.c */
int gnv_gate_open(u32 gpu, u32 client, u32 channel);
void gnv_gate_close(u32 gpu, u32 client, u32 channel, bool scheduled);
void gnv_gate_bridge(bool there);

/* gate_limit.c */
bool gnv_gate_has_limit(u32 limit);
int gnv_gate_set_limit(struct gnv_container *container, u32 limit, u32 gpu, u64 value,
		       bool only_lower);
int gnv_gate_get_limit(struct gnv_container *container, u32 limit, u32 gpu, u64 *value);
void gnv_gate_stat(struct gnv_container *container, u32 gpu, struct gnv_gate_stat *stat);
int gnv_gate_set_trigger(struct gnv_container *container, u32 gpu,
			 enum gnv_gate_wait what, const struct gnv_gate_trigger *trigger);

/* How long was waited in all. */
static inline u64 gnv_gate_wait_us(const struct gnv_pressure *pressure,
				   enum gnv_pressure_state state)
{
	return div_u64(pressure->line[state].total_ns, NSEC_PER_USEC);
}

#endif /* _GHOSTNV_GATE_H */
