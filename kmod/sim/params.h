/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Parameters that a call points at: copied in once, used, copied out.  They are
 * in the memory of a process, or of the kernel for calls of kernel modules.
 */
#ifndef SIM_PARAMS_H
#define SIM_PARAMS_H

#include <linux/types.h>

struct sim_call;

/* No structure or list that a call points at is longer. */
#define SIM_PARAMS_MAX_BYTES	(1U << 20)

/**
 * struct sim_params - a copy of what a call points at
 * @copy: the copy; zeroed behind what was copied; NULL when there is nothing
 * @address: where it came from
 * @bytes: how much was copied in and is copied out
 * @kernel: @address is in the kernel
 */
struct sim_params {
	void *copy;
	u64 address;
	u32 bytes;
	bool kernel;
};

u32 sim_params_get(const struct sim_call *call, u64 address, u32 bytes,
		   u32 room_bytes, struct sim_params *params);
u32 sim_params_write_back(const struct sim_params *params);
void sim_params_put(struct sim_params *params);

#endif /* SIM_PARAMS_H */
