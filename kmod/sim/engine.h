/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Engines: each has a runlist, a thread that runs what is on it, and a clock.  It
 * must not know of clients and objects.
 *
 * "Engine time" is moved by work: so much for each byte copied, as long as a kernel
 * says, nothing for a method.  In real time the thread sleeps so that engine time
 * never gets ahead of the machine's; a thread that woke late catches up.  In virtual
 * time it never sleeps for work, and with the same work each engine does the same.
 *
 * Locks: sim_rm_lock -> sim_engine.lock -> sim_mmu.lock -> sim_memory.lock.  The
 * threads never take sim_rm_lock, so a call may wait for an engine's lock, which is
 * held for a bounded number of steps only.
 */
#ifndef SIM_ENGINE_H
#define SIM_ENGINE_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "runlist.h"
#include "switches.h"

struct sim_gpu;
struct sim_group;
struct sim_queue;
struct task_struct;

/* Graphics and compute, with copies, and two that only copy. */
#define SIM_ENGINES 3

/**
 * struct sim_engine - one engine of a GPU
 * @gpu: whose
 * @type: NV2080_ENGINE_TYPE_*
 * @number: number of its runlist
 * @name: in messages
 * @thread: runs it; NULL when there is none
 * @wake: where the thread sleeps
 * @kicked: there is something to look at
 * @lock: protects what follows, and the groups and queues that run here
 * @runlist: of struct sim_group
 * @current_group: whose turn it is, NULL for none
 * @loaded: whose context it has: that of @current_group, or of who had it last
 * @context: what records say of @loaded
 * @now_ns: engine time
 * @timed: @now_ns belongs to a kernel that is running
 * @rests: nobody had anything to do when it was last looked
 */
struct sim_engine {
	struct sim_gpu *gpu;
	u32 type;
	u32 number;
	const char *name;
	struct task_struct *thread;
	wait_queue_head_t wake;
	bool kicked;
	struct mutex lock;
	struct sim_runlist runlist;
	struct sim_group *current_group;
	struct sim_group *loaded;
	struct sim_context context;
	u64 now_ns;
	bool timed;
	bool rests;
};

int sim_engines_start(struct sim_gpu *gpu);
void sim_engines_stop(struct sim_gpu *gpu);
void sim_engines_kick(struct sim_gpu *gpu);
struct sim_engine *sim_engine_find(struct sim_gpu *gpu, u32 type);
void sim_engine_kick(struct sim_engine *engine);
u64 sim_engine_timestamp(const struct sim_engine *engine);

void sim_engine_add(struct sim_engine *engine, struct sim_group *group,
		    u32 level);
void sim_engine_remove(struct sim_group *group);
void sim_engine_settle(struct sim_engine *engine);
void sim_engine_preempt(struct sim_group *group);

#endif /* SIM_ENGINE_H */
