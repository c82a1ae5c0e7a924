// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * ghostnv-sim.ko: a simulated NVIDIA driver and GPU; see docs/simulator.md.  This
 * file owns the parameters and the order in which the parts come and go.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>

#include "bus.h"
#include "file.h"
#include "gpu.h"
#include "nodes.h"
#include "procfs.h"
#include "registry.h"
#include "rm.h"
#include "rm_ops.h"
#include "sim.h"
#include "uvm.h"

static unsigned int gpus = 1;
module_param(gpus, uint, 0444);
MODULE_PARM_DESC(gpus, "Number of GPUs, 0 to 8 (default: 1)");

static char *vram = "8G";
module_param(vram, charp, 0444);
MODULE_PARM_DESC(vram, "Video memory of each GPU, 256M to 1T (default: 8G)");

static char *abi = "550.163.01";
module_param(abi, charp, 0444);
MODULE_PARM_DESC(abi, "Driver whose ABI is spoken: a branch, 535, 550, 580 or 595, or a version of one (default: 550.163.01)");

static char *version = "";
module_param(version, charp, 0444);
MODULE_PARM_DESC(version, "Version that the driver says it has, also one of no branch (default: that of abi)");

static bool virtual_time;
module_param(virtual_time, bool, 0444);
MODULE_PARM_DESC(virtual_time, "Engines do not wait for the time that work takes (default: N)");

static unsigned int switch_ns;
module_param(switch_ns, uint, 0444);
MODULE_PARM_DESC(switch_ns, "Time that the graphics engine takes to load a context, up to 1000000 (default: 0)");

static bool picky;
module_param(picky, bool, 0444);
MODULE_PARM_DESC(picky, "Channels that are not on the runlist cannot be disabled (default: N)");

struct sim_config sim_config;

#define SWITCH_MAX_NS	1000000U

/* The longest version that fits where clients are told it. */
#define VERSION_MAX	63

static int parse_vram(void)
{
	char *end;
	u64 bytes = memparse(vram, &end);

	if (end == vram || *end || bytes < SIM_GPU_VRAM_MIN_BYTES ||
	    bytes > SIM_GPU_VRAM_MAX_BYTES) {
		pr_err("vram=%s: wants a size from 256M to 1T\n", vram);
		return -EINVAL;
	}
	sim_config.vram_bytes = round_down(bytes, 2ULL << 20);
	return 0;
}

/* What a branch alone stands for: the version that its tables were taken from. */
static const char *const versions[] = {
	"535.261.03",
	"550.163.01",
	"580.105.08",
	"595.45.04",
};

static const char *version_of(const char *text)
{
	size_t length = strlen(text);
	unsigned int i;

	for (i = 0; length && i < ARRAY_SIZE(versions); i++) {
		if (!strncmp(versions[i], text, length) &&
		    versions[i][length] == '.' && !strchr(text, '.'))
			return versions[i];
	}
	return text;
}

static int parse_abi(void)
{
	sim_config.version = version_of(abi);
	sim_config.branch = nvabi_branch_find(sim_config.version);
	if (!sim_config.branch || strlen(sim_config.version) > VERSION_MAX) {
		pr_err("abi=%s: wants 535, 550, 580 or 595, or a version such as 550.163.01\n",
		       abi);
		return -EINVAL;
	}
	return 0;
}

/* What is told need not be what is spoken: there will be newer drivers. */
static int parse_version(void)
{
	if (!*version)
		return 0;
	if (!isdigit(*version) || !strchr(version, '.') ||
	    strlen(version) > VERSION_MAX) {
		pr_err("version=%s: wants a version such as 999.10\n", version);
		return -EINVAL;
	}
	sim_config.version = version;
	return 0;
}

static void read_registry(void)
{
	u32 off = 0;

	sim_registry_read("RMDisableScrubOnFree", &off);
	sim_config.scrub_on_free = !off;
}

static int parse_parameters(void)
{
	int err;

	if (gpus > SIM_GPUS_MAX) {
		pr_err("gpus=%u: wants 0 to %u\n", gpus, SIM_GPUS_MAX);
		return -EINVAL;
	}
	if (switch_ns > SWITCH_MAX_NS) {
		pr_err("switch_ns=%u: wants 0 to %u\n", switch_ns, SWITCH_MAX_NS);
		return -EINVAL;
	}
	sim_config.gpus = gpus;
	sim_config.switch_ns = switch_ns;
	sim_config.picky = picky;
	sim_config.virtual_time = virtual_time;
	read_registry();
	err = parse_vram();
	if (!err)
		err = parse_abi();
	return err ? err : parse_version();
}

/*
 * In the order of NVIDIA's modules: GPUs are bound before the character devices
 * are there, and nvidia-uvm comes last.
 */
static int __init sim_init(void)
{
	int err = parse_parameters();

	if (err)
		return err;
	err = sim_nodes_init();
	if (err)
		return err;
	err = sim_procfs_init();
	if (err)
		goto err_nodes;
	err = sim_bus_init(gpus);
	if (err)
		goto err_procfs;
	err = sim_driver_init();
	if (err)
		goto err_bus;
	err = sim_chardev_init();
	if (err)
		goto err_driver;
	err = sim_uvm_init();
	if (err)
		goto err_chardev;
	pr_info("simulating NVIDIA driver %s with %u GPUs of %llu MiB\n",
		sim_config.version, gpus, sim_config.vram_bytes >> 20);
	return 0;

err_chardev:
	sim_chardev_fini();
err_driver:
	sim_driver_fini();
err_bus:
	sim_bus_fini();
err_procfs:
	sim_procfs_fini();
err_nodes:
	sim_nodes_fini();
	return err;
}

static void __exit sim_exit(void)
{
	sim_uvm_fini();
	sim_chardev_fini();
	sim_rm_fini();
	sim_rm_ops_fini();
	sim_driver_fini();
	sim_bus_fini();
	sim_procfs_fini();
	sim_nodes_fini();
}

module_init(sim_init);
module_exit(sim_exit);

MODULE_DESCRIPTION("Simulated NVIDIA driver and GPU");
MODULE_AUTHOR("GhostNV contributors");
MODULE_LICENSE("Dual MIT/GPL");
MODULE_VERSION(GHOSTNV_VERSION);
