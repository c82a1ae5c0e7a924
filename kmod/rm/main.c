// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * ghostnv-rm.ko: the bridge between ghostnv.ko and NVIDIA's driver, and the only
 * module that links to nvidia_get_rm_ops().  What ghostnv.ko asks is answered by
 * the driver's resource manager with the kernel's privilege.
 */
#include <linux/kernel.h>
#include <linux/module.h>

#include "ghostnv/bridge.h"
#include "queues.h"
#include "rm.h"
#include "watch.h"

static struct gnv_bridge_ops bridge_ops = {
	.rm = &rm_way,
	.set_slice = queues_set_slice,
	.set_level = queues_set_level,
	.preempt = queues_preempt,
	.enable = queues_enable,
	.watch = watch_set,
	.switches = watch_read,
};

static int __init ghostnv_rm_init(void)
{
	int ret;

	ret = rm_init();
	if (ret)
		return ret;
	bridge_ops.driver_version = rm_version();
	return gnv_bridge_register(&bridge_ops);
}

static void __exit ghostnv_rm_exit(void)
{
	gnv_bridge_unregister(&bridge_ops);
	watch_fini();
}

module_init(ghostnv_rm_init);
module_exit(ghostnv_rm_exit);

MODULE_AUTHOR("The GhostNV authors");
MODULE_DESCRIPTION("Bridge between ghostnv and NVIDIA's driver");
MODULE_LICENSE("Dual MIT/GPL");
MODULE_VERSION(GHOSTNV_VERSION);
