/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The copy classes: moving and filling bytes.
 */
#ifndef SIM_COPY_H
#define SIM_COPY_H

#include <linux/types.h>

#include "step.h"

struct sim_pb_call;
struct sim_queue;

/* How many bytes are remapped at once. */
#define SIM_COPY_BUFFER_BYTES  512

/* The largest element; one may be told to take from behind the last one. */
#define SIM_COPY_ELEMENT_BYTES 16

/**
 * struct sim_copy - what the methods have set, and the copy that is under way
 * @source: address
 * @destination: address
 * @source_pitch: bytes from line to line
 * @destination_pitch: bytes from line to line
 * @line_length: bytes of a line, or elements when they are remapped
 * @line_count: how many lines
 * @remap: SET_REMAP_COMPONENTS
 * @constants: SET_REMAP_CONST_A and _B
 * @semaphore: address
 * @payload: what is written there
 * @launch: LAUNCH_DMA of the copy that is under way, valid with @running
 * @running: one is
 * @line: the line that it has come to
 * @done: bytes or elements of that line that are done
 * @in: elements before they are remapped
 * @out: and after
 */
struct sim_copy {
	u64 source;
	u64 destination;
	u32 source_pitch;
	u32 destination_pitch;
	u32 line_length;
	u32 line_count;
	u32 remap;
	u32 constants[2];
	u64 semaphore;
	u32 payload;
	u32 launch;
	bool running;
	u32 line;
	u32 done;
	u8 in[SIM_COPY_BUFFER_BYTES + SIM_COPY_ELEMENT_BYTES];
	u8 out[SIM_COPY_BUFFER_BYTES];
};

bool sim_copy_is_class(u32 class_id);
enum sim_step sim_copy_method(struct sim_queue *queue,
			      const struct sim_pb_call *call);
enum sim_step sim_copy_step(struct sim_queue *queue, u64 *cost_ns);

#endif /* SIM_COPY_H */
