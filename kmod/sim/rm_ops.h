/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What the driver offers to other kernel modules: nvidia_get_rm_ops().
 */
#ifndef SIM_RM_OPS_H
#define SIM_RM_OPS_H

void sim_rm_ops_fini(void);

#endif /* SIM_RM_OPS_H */
