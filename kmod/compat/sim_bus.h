/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * How a PCI host bridge that exists in software only is told apart from the
 * others on each architecture.  It must not know what sits on the bus.
 *
 * x86 names a bus's domain in the bridge's sysdata, so the simulated bus gets a
 * domain of its own above those that ACPI can name.  User-mode Linux has one
 * domain and no sysdata: there the simulated bus is a bus number that is free.
 */
#ifndef COMPAT_SIM_BUS_H
#define COMPAT_SIM_BUS_H

#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/numa.h>
#include <linux/pci.h>

struct sim_bus_host {
#if defined(CONFIG_X86) && !defined(CONFIG_UML)
	struct pci_sysdata sysdata;
#endif
	unsigned int busnr;
};

#if defined(CONFIG_X86) && !defined(CONFIG_UML)

#define SIM_BUS_DOMAIN_FIRST	0x10000
#define SIM_BUS_DOMAIN_LAST	0x1ffff

static inline int sim_bus_host_init(struct sim_bus_host *host)
{
	int domain;

	host->busnr = 1;
	for (domain = SIM_BUS_DOMAIN_FIRST; domain <= SIM_BUS_DOMAIN_LAST;
	     domain++) {
		if (pci_find_bus(domain, host->busnr))
			continue;
		host->sysdata = (struct pci_sysdata){
			.domain = domain,
			.node = NUMA_NO_NODE,
		};
		return 0;
	}
	return -ENOSPC;
}

static inline void *sim_bus_host_sysdata(struct sim_bus_host *host)
{
	return &host->sysdata;
}

#else

static inline int sim_bus_host_init(struct sim_bus_host *host)
{
	for (host->busnr = 1; host->busnr <= U8_MAX; host->busnr++) {
		if (!pci_find_bus(0, host->busnr))
			return 0;
	}
	return -ENOSPC;
}

static inline void *sim_bus_host_sysdata(struct sim_bus_host *host)
{
	return host;
}

#endif

#endif /* COMPAT_SIM_BUS_H */
