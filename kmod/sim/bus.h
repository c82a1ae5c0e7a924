/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * A PCI bus that exists in software only, with the GPUs on it, and the driver
 * "nvidia" that binds to them.  It knows nothing of files and clients.
 */
#ifndef SIM_BUS_H
#define SIM_BUS_H

#include <linux/types.h>

struct pci_dev;

int sim_bus_init(unsigned int gpus);
void sim_bus_fini(void);
bool sim_bus_owns(const struct pci_dev *pdev);

int sim_driver_init(void);
void sim_driver_fini(void);

#endif /* SIM_BUS_H */
