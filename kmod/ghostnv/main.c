// SPDX-License-Identifier: GPL-2.0
/*
 * ghostnv.ko: a share of an NVIDIA GPU for each container, enforced.  This file
 * owns the order in which the parts start and stop, and the parameters.
 */
#include <linux/module.h>

#include "account.h"
#include "ask_file.h"
#include "attach.h"
#include "call.h"
#include "container.h"
#include "ctl.h"
#include "debugfs.h"
#include "frame.h"
#include "gate.h"
#include "rm_object.h"
#include "session.h"
#include "sysfs.h"

#define CONTEXT_OVERHEAD_DEFAULT (16ULL << 20)

u64 gnv_context_overhead_bytes = CONTEXT_OVERHEAD_DEFAULT;
module_param_named(context_overhead, gnv_context_overhead_bytes, ullong, 0444);
MODULE_PARM_DESC(context_overhead,
		 "bytes charged for a client's device on one GPU (default 16 MiB)");

#define OBJECT_OVERHEAD_DEFAULT (64ULL << 10)

u64 gnv_object_overhead_bytes = OBJECT_OVERHEAD_DEFAULT;
module_param_named(object_overhead, gnv_object_overhead_bytes, ullong, 0444);
MODULE_PARM_DESC(object_overhead,
		 "bytes charged for each channel group, channel, context share and address space (default 64 KiB)");

#define CONTEXT_BUFFERS_DEFAULT (4ULL << 20)

u64 gnv_context_buffers_bytes = CONTEXT_BUFFERS_DEFAULT;
module_param_named(context_buffers, gnv_context_buffers_bytes, ullong, 0444);
MODULE_PARM_DESC(context_buffers,
		 "bytes charged for a queue's context buffers until the driver tells (default 4 MiB)");

static int __init ghostnv_init(void)
{
	int ret;

	gnv_account_init();
	ret = gnv_rm_init();
	if (ret)
		return ret;
	ret = gnv_ask_file_init();
	if (ret)
		goto fini_rm;
	gnv_debugfs_init();
	ret = gnv_sysfs_init();
	if (ret)
		goto fini_debugfs;
	ret = gnv_ctl_init();
	if (ret)
		goto fini_sysfs;
	gnv_seal_init();
	ret = gnv_attach_init();
	if (ret)
		goto fini_seal;
	return 0;

fini_seal:
	gnv_seal_fini();
	gnv_ctl_fini();
	gnv_container_fini();
	gnv_gate_fini();
fini_sysfs:
	gnv_sysfs_fini();
fini_debugfs:
	gnv_debugfs_fini();
	gnv_ask_file_fini();
fini_rm:
	gnv_rm_fini();
	return ret;
}

static void __exit ghostnv_exit(void)
{
	gnv_attach_fini();
	gnv_seal_fini();
	gnv_frame_fini();
	gnv_session_fini();
	gnv_ctl_fini();
	gnv_container_fini();
	gnv_sysfs_fini();
	gnv_debugfs_fini();
	gnv_gate_fini();
	gnv_ask_file_fini();
	gnv_rm_fini();
}

module_init(ghostnv_init);
module_exit(ghostnv_exit);

MODULE_AUTHOR("The GhostNV authors");
MODULE_DESCRIPTION("Limits on NVIDIA GPUs for containers");
MODULE_LICENSE("GPL");
MODULE_VERSION(GHOSTNV_VERSION);
