/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * /proc/driver/nvidia, in the driver's format.
 */
#ifndef SIM_PROCFS_H
#define SIM_PROCFS_H

struct sim_gpu;

int sim_procfs_init(void);
void sim_procfs_fini(void);
void sim_procfs_add_gpu(struct sim_gpu *gpu);
void sim_procfs_remove_gpu(struct sim_gpu *gpu);

#endif /* SIM_PROCFS_H */
