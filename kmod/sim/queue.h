/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Queues as the engines see them: a group of queues takes turns on one engine, a
 * queue is a GPFIFO with its place in a pushbuffer and the state of the methods.
 * It must not know of clients, handles and objects: channel.h is about those.
 *
 * Everything but @userd, @notifier and @context, which do not change, is protected by the
 * engine's lock as soon as the group has an engine; see engine.h.
 *
 * "Busy": a kernel or a copy that was started has not ended.
 */
#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

#include <linux/list.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "nvabi/nvhost.h"

#include "compute.h"
#include "copy.h"
#include "pushbuffer.h"
#include "runlist.h"
#include "step.h"
#include "switches.h"

struct sim_engine;
struct sim_gpu;
struct sim_memory;
struct sim_vaspace;

/* The most classes of objects that a queue may have; there are not as many. */
#define SIM_QUEUE_CLASSES	16

/* Bits of sim_queue.told: what events tell of, NV906F_NOTIFIERS_*. */
#define SIM_QUEUE_TOLD_RC	BIT(NV906F_NOTIFIERS_RC)
#define SIM_QUEUE_TOLD_NONSTALL BIT(NV906F_NOTIFIERS_NONSTALL)

/**
 * struct sim_group - queues that take turns together
 * @member: in the engine's runlist
 * @engine: where they run, NULL before that is known
 * @queues: of struct sim_queue
 * @id: number of the group on its GPU
 * @slice_ns: how long a turn is
 * @left_ns: how much of this turn is left
 * @used_ns: how long it had the engine
 * @yields: the rest of this turn is given up
 */
struct sim_group {
	struct sim_runlist_member member;
	struct sim_engine *engine;
	struct list_head queues;
	u32 id;
	u64 slice_ns;
	u64 left_ns;
	u64 used_ns;
	bool yields;
};

/**
 * struct sim_queue - a channel
 * @link: in sim_group.queues
 * @group: its group
 * @class_id: class of the channel
 * @id: number of the channel on its GPU
 * @context: what records of switches say of it
 * @comm: name of that process
 * @vaspace: its address space, with a reference
 * @gpfifo: GPU address of the entries
 * @entries: how many, a power of two
 * @userd: memory of the control area, with a reference
 * @userd_offset: where it begins
 * @notifier: memory of the error notifier, with a reference, or NULL
 * @notifier_offset: where it begins
 * @scheduled: it may run
 * @disabled: it may not, whatever was scheduled
 * @dead: a fault ended it
 * @get: the next entry
 * @put: one past the last entry that is there
 * @segment: what is left of the current one
 * @pb: where it is in the pushbuffer
 * @classes: of objects that were made for it
 * @class_count: how many
 * @bound: class by subchannel, 0 for none
 * @sem_address: of the host's methods
 * @sem_payload: of the host's methods
 * @waits: SEM_EXECUTE that has not let it pass, valid with @waiting
 * @waiting: it waits for a semaphore
 * @copy: state of the copy classes
 * @compute: state of the compute classes
 * @kernel_ns: how long the running kernel has to go, U64_MAX for ever, 0: none
 * @told: SIM_QUEUE_TOLD_* that events have not told yet; atomic
 * @telling: what the events tell now; protected by sim_rm_lock
 */
struct sim_queue {
	struct list_head link;
	struct sim_group *group;
	u32 class_id;
	u32 id;
	struct sim_context context;
	char comm[TASK_COMM_LEN];
	struct sim_vaspace *vaspace;
	u64 gpfifo;
	u32 entries;
	struct sim_memory *userd;
	u64 userd_offset;
	struct sim_memory *notifier;
	u64 notifier_offset;
	bool scheduled;
	bool disabled;
	bool dead;
	u32 get;
	u32 put;
	struct sim_pb_segment segment;
	struct sim_pb pb;
	u32 classes[SIM_QUEUE_CLASSES];
	unsigned int class_count;
	u32 bound[NVC56F_NUMBER_OF_SUBCHANNELS];
	u64 sem_address;
	u64 sem_payload;
	u32 waits;
	bool waiting;
	struct sim_copy copy;
	struct sim_compute compute;
	u64 kernel_ns;
	atomic_t told;
	unsigned int telling;
};

/* queue.c */
void sim_queue_read_put(struct sim_queue *queue);
void sim_queue_tell(struct sim_queue *queue, int what);
void sim_queue_rewind(struct sim_queue *queue);
bool sim_queue_is_ready(struct sim_queue *queue);
enum sim_step sim_queue_step(struct sim_queue *queue, u64 *cost_ns);

/* host_methods.c */
enum sim_step sim_host_method(struct sim_queue *queue,
			      const struct sim_pb_call *call);
bool sim_host_lets_pass(struct sim_queue *queue);
enum sim_step sim_host_release(struct sim_queue *queue, u64 address,
			       u64 payload, bool wide, bool timestamp);

/* fault.c */
enum sim_step sim_queue_fault(struct sim_queue *queue, u32 error,
			      const char *format, ...) __printf(3, 4);
enum sim_step sim_queue_mmu_fault(struct sim_queue *queue, u64 address,
				  bool write);

#endif /* SIM_QUEUE_H */
