/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Queues: channel groups, channels, what hangs below them, and the video memory
 * that the driver takes for them.  Nothing runs: they are made, told things, and
 * freed.
 *
 * Protected by sim_rm_lock.
 */
#ifndef SIM_CHANNEL_H
#define SIM_CHANNEL_H

#include <linux/types.h>

struct sim_call;
struct sim_memory;
struct sim_object;

/* Context buffers of the compute and graphics engine, taken once for a group. */
#define SIM_CHANNEL_CONTEXT_BYTES (4ULL << 20)

/**
 * struct sim_channel - a channel group, a channel, or an object below them
 * @memory: what the driver takes for it, NULL for nothing
 * @context: context buffers, of a group or of a channel without one, or NULL
 * @timeslice_us: how long a group runs
 * @interleave: NVA06C_CTRL_INTERLEAVE_LEVEL_*
 * @scheduled: it may run
 * @disabled: it may not, whatever was scheduled
 */
struct sim_channel {
	struct sim_memory *memory;
	struct sim_memory *context;
	u64 timeslice_us;
	u32 interleave;
	bool scheduled;
	bool disabled;
};

u32 sim_channel_group_bytes(void);
u32 sim_channel_bytes(void);
u32 sim_channel_share_bytes(void);
u32 sim_channel_engine_bytes(void);
u32 sim_channel_copy_bytes(void);

u32 sim_channel_group_construct(const struct sim_call *call,
				struct sim_object *object, void *params);
u32 sim_channel_construct(const struct sim_call *call,
			  struct sim_object *object, void *params);
u32 sim_channel_share_construct(const struct sim_call *call,
				struct sim_object *object, void *params);
u32 sim_channel_engine_construct(const struct sim_call *call,
				 struct sim_object *object, void *params);
void sim_channel_destruct(struct sim_object *object);

#endif /* SIM_CHANNEL_H */
