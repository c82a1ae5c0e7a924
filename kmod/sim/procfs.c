// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * /proc/driver/nvidia, in the driver's format; see procfs.h.
 *
 * When a part of it cannot be made, the driver goes on without: so does this.
 */
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "gpu.h"
#include "procfs.h"
#include "registry.h"
#include "sim.h"

#define ADDRESS_BYTES	sizeof("00000000:00:00.0")

static struct proc_dir_entry *nvidia_dir;
static struct proc_dir_entry *gpus_dir;

static int version_show(struct seq_file *s, void *v)
{
	seq_printf(s, "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  %s  Release Build  (simulated by GhostNV)\n",
		   sim_config.version);
	seq_printf(s, "GCC version:  %s\n", CONFIG_CC_VERSION_TEXT);
	return 0;
}

/* The driver's parameters, as they are when nobody changes them. */
static const struct {
	const char *name;
	u32 value;
} parameters[] = {
	{ "ResmanDebugLevel", ~0U },
	{ "RmLogonRC", 1 },
	{ "ModifyDeviceFiles", 1 },
	{ "DeviceFileUID", 0 },
	{ "DeviceFileGID", 0 },
	{ "DeviceFileMode", 0666 },
	{ "InitializeSystemMemoryAllocations", 1 },
	{ "UsePageAttributeTable", ~0U },
	{ "EnableMSI", 1 },
	{ "EnablePCIeGen3", 0 },
	{ "MemoryPoolSize", 0 },
	{ "KMallocHeapMaxSize", 0 },
	{ "VMallocHeapMaxSize", 0 },
	{ "IgnoreMMIOCheck", 0 },
	{ "EnableStreamMemOPs", 0 },
	{ "EnableUserNUMAManagement", 1 },
	{ "NvLinkDisable", 0 },
	{ "RmProfilingAdminOnly", 1 },
	{ "PreserveVideoMemoryAllocations", 0 },
	{ "EnableS0ixPowerManagement", 0 },
	{ "S0ixPowerManagementVideoMemoryThreshold", 256 },
	{ "DynamicPowerManagement", 3 },
	{ "DynamicPowerManagementVideoMemoryThreshold", 200 },
	{ "RegisterPCIDriver", 1 },
	{ "EnablePCIERelaxedOrderingMode", 0 },
	{ "EnableResizableBar", 0 },
	{ "EnableGpuFirmware", 18 },
	{ "EnableGpuFirmwareLogs", 2 },
	{ "EnableDbgBreakpoint", 0 },
	{ "OpenRmEnableUnsupportedGpus", 1 },
	{ "DmaRemapPeerMmio", 1 },
};

static int params_show(struct seq_file *s, void *v)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parameters); i++)
		seq_printf(s, "%s: %u\n", parameters[i].name,
			   parameters[i].value);
	seq_printf(s, "RegistryDwords: \"%s\"\n", sim_registry_text());
	seq_puts(s, "RegistryDwordsPerDevice: \"\"\n");
	seq_puts(s, "RmMsg: \"\"\n");
	seq_puts(s, "GpuBlacklist: \"\"\n");
	seq_puts(s, "TemporaryFilePath: \"\"\n");
	seq_puts(s, "ExcludedGpus: \"\"\n");
	return 0;
}

static int registry_show(struct seq_file *s, void *v)
{
	seq_puts(s, "Binary: \"\"\n");
	return 0;
}

static void address_text(const struct sim_gpu *gpu, char *text)
{
	snprintf(text, ADDRESS_BYTES, "%04x:%02x:%02x.0", gpu->domain, gpu->bus,
		 gpu->slot);
}

static int information_show(struct seq_file *s, void *v)
{
	const struct sim_gpu *gpu = s->private;
	char uuid[SIM_GPU_UUID_TEXT_BYTES];
	char address[ADDRESS_BYTES];

	sim_gpu_uuid_text(gpu, uuid);
	address_text(gpu, address);
	seq_printf(s, "Model: \t\t %s\n", SIM_GPU_NAME);
	seq_printf(s, "IRQ:   \t\t %d\n", 0);
	seq_printf(s, "GPU UUID: \t %s\n", uuid);
	seq_puts(s, "Video BIOS: \t ??.??.??.??.??\n");
	seq_puts(s, "Bus Type: \t PCIe\n");
	seq_puts(s, "DMA Size: \t 47 bits\n");
	seq_puts(s, "DMA Mask: \t 0x7fffffffffff\n");
	seq_printf(s, "Bus Location: \t %s\n", address);
	seq_printf(s, "Device Minor: \t %u\n", gpu->minor);
	seq_printf(s, "GPU Firmware: \t %s\n", sim_config.version);
	seq_puts(s, "GPU Excluded:\t No\n");
	return 0;
}

static int power_show(struct seq_file *s, void *v)
{
	seq_puts(s, "Runtime D3 status:          Disabled by default\n");
	seq_puts(s, "Video Memory:               Active\n");
	seq_puts(s, "\nGPU Hardware Support:\n");
	seq_puts(s, " Video Memory Self Refresh: Not Supported\n");
	seq_puts(s, " Video Memory Off:          Not Supported\n");
	return 0;
}

/**
 * sim_procfs_init() - make the directory and what does not depend on GPUs
 *
 * Context: process.
 * Return: 0, or -ENOMEM when not even the directory could be made: somebody else
 * has it, or there is no proc.
 */
int sim_procfs_init(void)
{
	nvidia_dir = proc_mkdir("driver/nvidia", NULL);
	if (!nvidia_dir)
		return -ENOMEM;
	proc_create_single("version", 0444, nvidia_dir, version_show);
	proc_create_single("params", 0444, nvidia_dir, params_show);
	proc_create_single("registry", 0444, nvidia_dir, registry_show);
	gpus_dir = proc_mkdir("gpus", nvidia_dir);
	return 0;
}

/**
 * sim_procfs_fini() - remove the directory
 *
 * Context: process.
 */
void sim_procfs_fini(void)
{
	proc_remove(nvidia_dir);
	nvidia_dir = NULL;
	gpus_dir = NULL;
}

/**
 * sim_procfs_add_gpu() - show a GPU
 * @gpu: stays valid until sim_procfs_remove_gpu()
 *
 * Context: process.
 */
void sim_procfs_add_gpu(struct sim_gpu *gpu)
{
	struct proc_dir_entry *dir;
	char address[ADDRESS_BYTES];

	address_text(gpu, address);
	dir = proc_mkdir(address, gpus_dir);
	if (!dir)
		return;
	proc_create_single_data("information", 0444, dir, information_show,
				gpu);
	proc_create_single_data("power", 0444, dir, power_show, gpu);
	proc_create_single_data("registry", 0444, dir, registry_show, gpu);
}

/**
 * sim_procfs_remove_gpu() - show a GPU no more; waits for readers
 * @gpu: the GPU
 *
 * Context: process.
 */
void sim_procfs_remove_gpu(struct sim_gpu *gpu)
{
	char address[ADDRESS_BYTES];

	address_text(gpu, address);
	remove_proc_subtree(address, gpus_dir);
}
