// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A PCI bus that exists in software only, with the GPUs on it.
 *
 * Each function is an array of 256 bytes and a mask of the bits that software
 * may change.  It has the capabilities of a real card that drivers look for and
 * no BARs: nothing maps them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/pci.h>
#include <linux/slab.h>

#include "compat/sim_bus.h"

#include "bus.h"
#include "gpu.h"

#define CONFIG_BYTES	256

/* Where the capabilities lie. */
#define CAP_PM		0x60
#define CAP_EXPRESS	0x78
#define CAP_MSIX	0xc8

/**
 * struct function - the configuration space of one GPU
 * @value: what is read
 * @writable: bits that a write changes
 */
struct function {
	u8 value[CONFIG_BYTES];
	u8 writable[CONFIG_BYTES];
};

static struct sim_bus_host host;
static struct resource bus_numbers;
static struct pci_host_bridge *bridge;
static struct function *functions;
static unsigned int function_count;

/* Protects the values in functions. */
static DEFINE_SPINLOCK(config_lock);

static void put16(u8 *bytes, unsigned int at, u16 value)
{
	bytes[at] = value;
	bytes[at + 1] = value >> 8;
}

static void put32(u8 *bytes, unsigned int at, u32 value)
{
	put16(bytes, at, value);
	put16(bytes, at + 2, value >> 16);
}

static void make_header(struct function *fn)
{
	put16(fn->value, PCI_VENDOR_ID, PCI_VENDOR_ID_NVIDIA);
	put16(fn->value, PCI_DEVICE_ID, SIM_GPU_DEVICE_ID);
	put16(fn->value, PCI_STATUS, PCI_STATUS_CAP_LIST);
	fn->value[PCI_REVISION_ID] = 0xa1;
	put16(fn->value, PCI_CLASS_DEVICE, PCI_CLASS_DISPLAY_VGA);
	put16(fn->value, PCI_SUBSYSTEM_VENDOR_ID, PCI_VENDOR_ID_NVIDIA);
	put16(fn->value, PCI_SUBSYSTEM_ID, 0x167c);
	fn->value[PCI_CAPABILITY_LIST] = CAP_PM;

	put16(fn->writable, PCI_COMMAND,
	      PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
		      PCI_COMMAND_PARITY | PCI_COMMAND_SERR |
		      PCI_COMMAND_INTX_DISABLE);
	fn->writable[PCI_CACHE_LINE_SIZE] = 0xff;
	fn->writable[PCI_LATENCY_TIMER] = 0xff;
	fn->writable[PCI_INTERRUPT_LINE] = 0xff;
}

static void make_capabilities(struct function *fn)
{
	fn->value[CAP_PM] = PCI_CAP_ID_PM;
	fn->value[CAP_PM + PCI_CAP_LIST_NEXT] = CAP_EXPRESS;
	put16(fn->value, CAP_PM + PCI_PM_PMC, 3);
	put16(fn->value, CAP_PM + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET);
	put16(fn->writable, CAP_PM + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK);

	fn->value[CAP_EXPRESS] = PCI_CAP_ID_EXP;
	fn->value[CAP_EXPRESS + PCI_CAP_LIST_NEXT] = CAP_MSIX;
	put16(fn->value, CAP_EXPRESS + PCI_EXP_FLAGS,
	      2 | PCI_EXP_TYPE_LEG_END << 4);
	put32(fn->value, CAP_EXPRESS + PCI_EXP_DEVCAP,
	      PCI_EXP_DEVCAP_RBER | 1);
	put16(fn->writable, CAP_EXPRESS + PCI_EXP_DEVCTL,
	      PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_NFERE |
		      PCI_EXP_DEVCTL_FERE | PCI_EXP_DEVCTL_URRE |
		      PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_PAYLOAD |
		      PCI_EXP_DEVCTL_NOSNOOP_EN | PCI_EXP_DEVCTL_READRQ);
	put32(fn->value, CAP_EXPRESS + PCI_EXP_LNKCAP,
	      PCI_EXP_LNKCAP_SLS_16_0GB | 16 << 4);
	put16(fn->value, CAP_EXPRESS + PCI_EXP_LNKSTA,
	      PCI_EXP_LNKSTA_CLS_16_0GB | 16 << PCI_EXP_LNKSTA_NLW_SHIFT);

	fn->value[CAP_MSIX] = PCI_CAP_ID_MSIX;
	put16(fn->value, CAP_MSIX + PCI_MSIX_FLAGS, 8);
	put16(fn->writable, CAP_MSIX + PCI_MSIX_FLAGS,
	      PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
}

static struct function *function_at(unsigned int devfn, int where, int size)
{
	if (PCI_FUNC(devfn) || PCI_SLOT(devfn) >= function_count ||
	    where < 0 || where + size > CONFIG_BYTES)
		return NULL;
	return &functions[PCI_SLOT(devfn)];
}

static int config_read(struct pci_bus *bus, unsigned int devfn, int where,
		       int size, u32 *value)
{
	struct function *fn = function_at(devfn, where, size);
	unsigned long flags;
	u32 read = 0;
	int i;

	if (!fn) {
		*value = ~0;
		return PCIBIOS_DEVICE_NOT_FOUND;
	}

	spin_lock_irqsave(&config_lock, flags);
	for (i = 0; i < size; i++)
		read |= (u32)fn->value[where + i] << (8 * i);
	spin_unlock_irqrestore(&config_lock, flags);
	*value = read;
	return PCIBIOS_SUCCESSFUL;
}

static int config_write(struct pci_bus *bus, unsigned int devfn, int where,
			int size, u32 value)
{
	struct function *fn = function_at(devfn, where, size);
	unsigned long flags;
	u8 mask;
	int i;

	if (!fn)
		return PCIBIOS_DEVICE_NOT_FOUND;

	spin_lock_irqsave(&config_lock, flags);
	for (i = 0; i < size; i++) {
		mask = fn->writable[where + i];
		fn->value[where + i] = (fn->value[where + i] & ~mask) |
				       ((value >> (8 * i)) & mask);
	}
	spin_unlock_irqrestore(&config_lock, flags);
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops config_ops = {
	.read = config_read,
	.write = config_write,
};

static int make_functions(unsigned int gpus)
{
	unsigned int i;

	functions = kcalloc(max(gpus, 1U), sizeof(*functions), GFP_KERNEL);
	if (!functions)
		return -ENOMEM;
	for (i = 0; i < gpus; i++) {
		make_header(&functions[i]);
		make_capabilities(&functions[i]);
	}
	function_count = gpus;
	return 0;
}

static void free_functions(void)
{
	kfree(functions);
	functions = NULL;
	function_count = 0;
}

static int scan_bus(void)
{
	int err = sim_bus_host_init(&host);

	if (err)
		return err;
	bus_numbers = (struct resource){
		.name = "simulated GPUs",
		.start = host.busnr,
		.end = host.busnr,
		.flags = IORESOURCE_BUS,
	};
	pci_add_resource(&bridge->windows, &bus_numbers);
	bridge->sysdata = sim_bus_host_sysdata(&host);
	bridge->busnr = host.busnr;
	bridge->ops = &config_ops;
	err = pci_scan_root_bus_bridge(bridge);
	if (err)
		return err;
	pci_bus_add_devices(bridge->bus);
	return 0;
}

/**
 * sim_bus_init() - put the bus and its GPUs in
 * @gpus: how many GPUs
 *
 * Context: process; takes pci_rescan_remove_lock.
 * Return: 0 or a negative errno.
 */
int sim_bus_init(unsigned int gpus)
{
	int err = make_functions(gpus);

	if (err)
		return err;
	bridge = pci_alloc_host_bridge(0);
	if (!bridge) {
		err = -ENOMEM;
		goto err_functions;
	}

	pci_lock_rescan_remove();
	err = scan_bus();
	pci_unlock_rescan_remove();
	if (err)
		goto err_bridge;
	return 0;

err_bridge:
	pci_free_host_bridge(bridge);
	bridge = NULL;
err_functions:
	free_functions();
	return err;
}

/**
 * sim_bus_fini() - take the bus out
 *
 * Context: process; takes pci_rescan_remove_lock.
 */
void sim_bus_fini(void)
{
	pci_lock_rescan_remove();
	pci_stop_root_bus(bridge->bus);
	pci_remove_root_bus(bridge->bus);
	pci_unlock_rescan_remove();
	pci_free_host_bridge(bridge);
	bridge = NULL;
	free_functions();
}

/**
 * sim_bus_owns() - is a function one of ours
 * @pdev: the function
 *
 * A real card may have the same number, and must be left alone.
 *
 * Context: any.
 * Return: whether it is.
 */
bool sim_bus_owns(const struct pci_dev *pdev)
{
	return pdev->bus->ops == &config_ops;
}
