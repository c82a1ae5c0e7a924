/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Device nodes in /dev.  NVIDIA's driver makes none, nvidia-modprobe does; here
 * devtmpfs makes them, readable and writable by all as that program has it.
 */
#ifndef SIM_NODES_H
#define SIM_NODES_H

#include <linux/types.h>

int sim_nodes_init(void);
void sim_nodes_fini(void);
int sim_node_add(dev_t number, const char *name);
void sim_node_remove(dev_t number);

#endif /* SIM_NODES_H */
