/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The compute classes: kernels that take time, words that are written inline, and
 * report semaphores.
 */
#ifndef SIM_COMPUTE_H
#define SIM_COMPUTE_H

#include <linux/types.h>

#include "step.h"

struct sim_pb_call;
struct sim_queue;

/**
 * struct sim_compute - what the methods have set
 * @qmd: address of the launch descriptor
 * @inline_to: address at which inline words go
 * @inline_length: LINE_LENGTH_IN
 * @inline_lines: LINE_COUNT
 * @inline_left: bytes that are still to come
 * @report: address of the report semaphore
 * @report_payload: what is written there
 */
struct sim_compute {
	u64 qmd;
	u64 inline_to;
	u32 inline_length;
	u32 inline_lines;
	u32 inline_left;
	u64 report;
	u64 report_payload;
};

bool sim_compute_is_class(u32 class_id);
enum sim_step sim_compute_method(struct sim_queue *queue,
				 const struct sim_pb_call *call);

#endif /* SIM_COMPUTE_H */
