// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * ghostnv-rm.ko: the bridge between ghostnv.ko and NVIDIA's driver, and the only
 * module that links to nvidia_get_rm_ops().  What ghostnv.ko asks is answered by
 * the driver's resource manager with the kernel's privilege.
 */
#include <linux/kernel.h>
#include <linux/module.h>

#include "ghostnv/bridge.h"
#include "gpus.h"
#include "nvabi/nvctrl.h"
#include "queues.h"
#include "rm.h"
#include "watch.h"

static int memory_info(u32 client, u32 memory, struct gnv_bridge_memory *info)
{
	struct NVXXXX_CTRL_XXX_INFO list[] = {
		{ .index = NV0041_CTRL_SURFACE_INFO_INDEX_PHYS_SIZE },
		{ .index = NV0041_CTRL_SURFACE_INFO_INDEX_ADDR_SPACE_TYPE },
	};
	struct NV0041_CTRL_GET_SURFACE_INFO_PARAMS params = {
		.surfaceInfoListSize = ARRAY_SIZE(list),
		.surfaceInfoList = (uintptr_t)list,
	};
	int ret;

	ret = rm_control(client, memory, NV0041_CTRL_CMD_GET_SURFACE_INFO, &params,
			 sizeof(params));
	if (ret)
		return ret;
	info->bytes = (u64)list[0].data *
		      NV0041_CTRL_SURFACE_INFO_PHYS_SIZE_SCALE_FACTOR;
	info->vidmem = list[1].data ==
		       NV0000_CTRL_CMD_CLIENT_GET_ADDR_SPACE_TYPE_VIDMEM;
	return 0;
}

static int object_class(u32 client, u32 object, u32 *class)
{
	struct NV0000_CTRL_CLIENT_GET_HANDLE_INFO_PARAMS params = {
		.hObject = object,
		.index = NV0000_CTRL_CMD_CLIENT_GET_HANDLE_INFO_INDEX_CLASSID,
	};
	int ret;

	ret = rm_control(client, client, NV0000_CTRL_CMD_CLIENT_GET_HANDLE_INFO,
			 &params, sizeof(params));
	if (!ret)
		*class = params.data.iResult;
	return ret;
}

static int context_bytes(u32 client, u32 subdevice, u32 channel, u64 *bytes)
{
	struct NV2080_CTRL_GR_GET_CTX_BUFFER_SIZE_PARAMS params = {
		.hChannel = channel,
	};
	int ret;

	ret = rm_control(client, subdevice, NV2080_CTRL_CMD_GR_GET_CTX_BUFFER_SIZE,
			 &params, sizeof(params));
	if (!ret)
		*bytes = params.totalBufferSize;
	return ret;
}

static struct gnv_bridge_ops bridge_ops = {
	.gpus = gpus_describe,
	.memory_info = memory_info,
	.object_class = object_class,
	.context_bytes = context_bytes,
	.object_free = rm_free,
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
