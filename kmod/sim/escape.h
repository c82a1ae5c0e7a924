/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The ioctls of nvidiactl and nvidiaN ("escapes"): which of them a file takes,
 * how large their structures are, and which part of the driver serves them.
 */
#ifndef SIM_ESCAPE_H
#define SIM_ESCAPE_H

#include <linux/types.h>

struct sim_file;

int sim_escape(struct sim_file *file, unsigned int nr, void *data,
	       size_t bytes);

#endif /* SIM_ESCAPE_H */
