/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Records of the context switches of a GPU's graphics engine: the engine writes one
 * at each switch, and the driver turns them into records in the event buffers that
 * are bound to the GPU, each as its owner may see it.  It must not know why an engine
 * switches.
 *
 * The engine writes with its own lock held, the driver reads with sim_rm_lock held;
 * neither waits for the other.
 */
#ifndef SIM_SWITCHES_H
#define SIM_SWITCHES_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>

struct sim_call;
struct sim_event_buffer;
struct sim_gpu;
struct sim_object;

/**
 * struct sim_context - what an engine has loaded, as it is known outside
 * @cid: the channel; no two channels of one run have the same, 0: there is none
 * @pid: process whose client has it
 * @user: user of that process
 * @kernel: the client is the kernel's
 */
struct sim_context {
	u32 cid;
	pid_t pid;
	kuid_t user;
	bool kernel;
};

/**
 * struct sim_switch - one switch
 * @saved_ns: when @from was saved
 * @loaded_ns: when @to was loaded
 * @number: of the switch; one that is missing was lost
 * @from: what was saved
 * @to: what was loaded
 */
struct sim_switch {
	u64 saved_ns;
	u64 loaded_ns;
	u32 number;
	struct sim_context from;
	struct sim_context to;
};

/**
 * struct sim_switches - what was recorded and who reads it
 * @on: somebody reads; protected by the lock of the engine
 * @number: of the next switch; the engine's
 * @ring: SIM_SWITCHES of them; NULL before somebody reads
 * @head: how many were ever written; stored by the engine
 * @tail: how many were ever read; stored by the driver
 * @next: number of the switch that should come next; protected by sim_rm_lock
 * @binds: of struct sim_switches_bind; protected by sim_rm_lock
 * @deliver: brings them to the readers
 */
struct sim_switches {
	bool on;
	u32 number;
	struct sim_switch *ring;
	u32 head;
	u32 tail;
	u32 next;
	struct list_head binds;
	struct delayed_work deliver;
};

void sim_switches_init(struct sim_gpu *gpu);
void sim_switches_stop(struct sim_gpu *gpu);
void sim_switches_fini(struct sim_gpu *gpu);

void sim_switches_add(struct sim_gpu *gpu, const struct sim_context *from,
		      const struct sim_context *to, u64 saved_ns, u64 loaded_ns);
void sim_switches_deliver(struct sim_gpu *gpu);

u32 sim_switches_bind(const struct sim_call *call, struct sim_object *subdevice,
		      struct sim_event_buffer *buffer, bool everybody, u32 tags);
void sim_switches_unbind(struct sim_event_buffer *buffer);

#endif /* SIM_SWITCHES_H */
