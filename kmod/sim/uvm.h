/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The character devices of nvidia-uvm: their files, and the ioctls on them.
 */
#ifndef SIM_UVM_H
#define SIM_UVM_H

int sim_uvm_init(void);
void sim_uvm_fini(void);

#endif /* SIM_UVM_H */
