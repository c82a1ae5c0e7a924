/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Objects of queues: channel groups, channels, what hangs below them, and the video
 * memory that the driver takes for them.  What runs is queue.h's and engine.h's.
 *
 * Protected by sim_rm_lock.
 */
#ifndef SIM_CHANNEL_H
#define SIM_CHANNEL_H

#include <linux/types.h>

struct sim_call;
struct sim_group;
struct sim_memory;
struct sim_object;
struct sim_queue;
struct sim_vaspace;

/* Context buffers of the compute and graphics engine, taken once for a group. */
#define SIM_CHANNEL_CONTEXT_BYTES (4ULL << 20)

/**
 * struct sim_channel - a channel group, a channel, or an object below them
 * @memory: what the driver takes for it, NULL for nothing
 * @context: context buffers, of a group or of a channel without one, or NULL
 * @vaspace: its address space, with a reference; NULL below a channel
 * @group: what takes turns: of a group, or of a channel without one
 * @interleave: level of @group, NVA06C_CTRL_INTERLEAVE_LEVEL_*
 * @queue: of a channel
 */
struct sim_channel {
	struct sim_memory *memory;
	struct sim_memory *context;
	struct sim_vaspace *vaspace;
	struct sim_group *group;
	u32 interleave;
	struct sim_queue *queue;
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

struct sim_channel *sim_channel_with_group(struct sim_object *object);
u32 sim_channel_bind(struct sim_object *object, u32 engine_type);
u32 sim_channel_userd(const struct sim_object *object,
		      struct sim_memory **memory, u64 *offset, u64 *bytes);

#endif /* SIM_CHANNEL_H */
