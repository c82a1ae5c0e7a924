/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The simulator as a whole: what it was loaded with.  It must not know how any
 * part works.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <linux/types.h>

#include "nvabi/branch.h"

/**
 * struct sim_config - what the module was loaded with; constant afterwards
 * @gpus: number of GPUs
 * @vram_bytes: video memory of each
 * @branch: sizes and layouts of the driver branch that is spoken
 * @version: the version of the driver
 * @scrub_on_free: freed video memory is scrubbed
 * @virtual_time: engines do not wait for the time that work takes
 * @switch_ns: how long the graphics engine takes to load a context
 * @picky: only what is on the runlist can be disabled
 */
struct sim_config {
	unsigned int gpus;
	u64 vram_bytes;
	const struct nvabi_branch *branch;
	const char *version;
	bool scrub_on_free;
	bool virtual_time;
	unsigned int switch_ns;
	bool picky;
};

extern struct sim_config sim_config;

#endif /* SIM_SIM_H */
