/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The kernels that the simulator can run.  THIS IS THE SIMULATOR'S OWN and not
 * NVIDIA's: a launch descriptor (QMD) of a real GPU names code, and there is nothing
 * here that could run it.
 *
 * A descriptor for the simulator lies where a QMD would, aligned to 256 bytes, and
 * is launched by the same methods.  It takes the place of the first words of a QMD,
 * which are those of a queue and zero in a kernel's.  A launch of anything else is an
 * exception of the engine (Xid 13).
 */
#ifndef SIM_LAUNCH_H
#define SIM_LAUNCH_H

#include <linux/types.h>

#define SIM_LAUNCH_MAGIC   0x004d4953564e4847ULL /* "GHNVSIM" */
#define SIM_LAUNCH_ENDLESS (~0ULL)

/**
 * struct sim_launch - a kernel that takes time and does nothing else
 * @magic: SIM_LAUNCH_MAGIC
 * @run_ns: for how long it has the engine, SIM_LAUNCH_ENDLESS for ever
 */
struct sim_launch {
	__aligned_u64 magic;
	__aligned_u64 run_ns;
};

#endif /* SIM_LAUNCH_H */
