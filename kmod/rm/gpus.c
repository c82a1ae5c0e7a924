// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Describes the GPUs.  Each one is opened for as long as the questions take, by
 * a client that is made for it: nothing is held on a GPU afterwards.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ghostnv/bridge.h"
#include "gpus.h"
#include "nvabi/branch.h"
#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvrmops.h"
#include "rm.h"


/* Room for every question's parameters. */
union question {
	struct NV0000_ALLOC_PARAMETERS root;
	struct NV0080_ALLOC_PARAMETERS device;
	struct NV2080_ALLOC_PARAMETERS subdevice;
	struct NV0000_CTRL_GPU_GET_ID_INFO_V2_PARAMS id_info;
	struct NV0000_CTRL_OS_GET_GPU_INFO_PARAMS os_info;
	struct NV2080_CTRL_GPU_GET_NAME_STRING_PARAMS name;
	struct NV2080_CTRL_GPU_GET_GID_INFO_PARAMS gid;
	struct NV0080_CTRL_FB_GET_CAPS_V2_PARAMS caps;
	struct NV2080_CTRL_FB_GET_INFO_V2_PARAMS fb;
};

static int make_client(union question *q, u32 *client)
{
	int ret;

	memset(q, 0, sizeof(*q));
	*client = 0;
	ret = rm_alloc(0, 0, client, NV01_ROOT, &q->root);
	/* It is told in one place or the other. */
	if (!ret && !*client)
		*client = q->root.hClient;
	return ret;
}

static int ask_id(union question *q, u32 client, struct gnv_bridge_gpu *gpu,
		  u32 *subdevice)
{
	int ret;

	memset(q, 0, sizeof(*q));
	q->id_info.gpuId = gpu->gpu_id;
	ret = rm_control(client, client, NV0000_CTRL_CMD_GPU_GET_ID_INFO_V2,
			 &q->id_info, sizeof(q->id_info));
	gpu->instance = q->id_info.deviceInstance;
	*subdevice = q->id_info.subDeviceInstance;
	return ret;
}

static void ask_minor(union question *q, u32 client, struct gnv_bridge_gpu *gpu)
{
	memset(q, 0, sizeof(*q));
	q->os_info.gpuId = gpu->gpu_id;
	gpu->minor = ~0U;
	if (!rm_control(client, client, NV0000_CTRL_CMD_OS_GET_GPU_INFO,
			&q->os_info, sizeof(q->os_info)))
		gpu->minor = q->os_info.minorNum;
}

static int make_subdevice(union question *q, u32 client, u32 instance,
			  u32 subdevice)
{
	u32 handle = GPUS_DEVICE;
	int ret;

	memset(q, 0, sizeof(*q));
	q->device.deviceId = instance;
	ret = rm_alloc(client, client, &handle, NV01_DEVICE_0, &q->device);
	if (ret)
		return ret;
	memset(q, 0, sizeof(*q));
	q->subdevice.subDeviceId = subdevice;
	handle = GPUS_SUBDEVICE;
	return rm_alloc(client, GPUS_DEVICE, &handle, NV20_SUBDEVICE_0,
			&q->subdevice);
}

static int ask_name(union question *q, u32 client, struct gnv_bridge_gpu *gpu)
{
	int ret;

	memset(q, 0, sizeof(*q));
	ret = rm_control(client, GPUS_SUBDEVICE,
			 NV2080_CTRL_CMD_GPU_GET_NAME_STRING, &q->name,
			 rm_branch()->name_string_size);
	q->name.gpuNameString.ascii[sizeof(q->name.gpuNameString.ascii) - 1] = '\0';
	strscpy(gpu->name, (char *)q->name.gpuNameString.ascii, sizeof(gpu->name));
	return ret;
}

static int ask_uuid(union question *q, u32 client, struct gnv_bridge_gpu *gpu)
{
	const u8 *u = gpu->uuid;
	int ret;

	memset(q, 0, sizeof(*q));
	q->gid.flags = NV2080_GPU_CMD_GPU_GET_GID_FLAGS_FORMAT_BINARY;
	ret = rm_control(client, GPUS_SUBDEVICE,
			 NV2080_CTRL_CMD_GPU_GET_GID_INFO, &q->gid,
			 sizeof(q->gid));
	if (ret)
		return ret;
	memcpy(gpu->uuid, q->gid.data, sizeof(gpu->uuid));
	snprintf(gpu->uuid_text, sizeof(gpu->uuid_text),
		 "GPU-%4phN-%2phN-%2phN-%2phN-%6phN", u, u + 4, u + 6, u + 8,
		 u + 10);
	return 0;
}

static int ask_vram(union question *q, u32 client, struct gnv_bridge_gpu *gpu)
{
	int ret;

	memset(q, 0, sizeof(*q));
	q->fb.fbInfoListSize = 2;
	q->fb.fbInfoList[0].index = NV2080_CTRL_FB_INFO_INDEX_HEAP_SIZE;
	q->fb.fbInfoList[1].index = NV2080_CTRL_FB_INFO_INDEX_BAR1_SIZE;
	ret = rm_control(client, GPUS_SUBDEVICE, NV2080_CTRL_CMD_FB_GET_INFO_V2,
			 &q->fb, rm_branch()->fb_info_v2_size);
	gpu->vram_bytes = (u64)q->fb.fbInfoList[0].data * 1024;
	gpu->window_bytes = (u64)q->fb.fbInfoList[1].data * 1024;
	return ret;
}

/*
 * The driver cleans what is freed on most cards, and not for a vGPU host, with SLI or
 * with RMDisableScrubOnFree.  It tells whether allocations find cleaned memory.
 */
static void ask_scrub(union question *q, u32 client, struct gnv_bridge_gpu *gpu)
{
	const u32 cleared = NV0080_CTRL_FB_CAPS_VIDMEM_ALLOCS_ARE_CLEARED;

	memset(q, 0, sizeof(*q));
	gpu->scrub = GHOSTNV_SCRUB_UNKNOWN;
	if (rm_control(client, GPUS_DEVICE, NV0080_CTRL_CMD_FB_GET_CAPS_V2,
		       &q->caps, sizeof(q->caps)))
		return;
	gpu->scrub = q->caps.capsTbl[cleared >> 8] & (cleared & 0xff) ?
			     GHOSTNV_SCRUB_ON :
			     GHOSTNV_SCRUB_OFF;
}

static int ask_all(union question *q, u32 client, struct gnv_bridge_gpu *gpu)
{
	u32 subdevice;
	int ret;

	ret = ask_id(q, client, gpu, &subdevice);
	if (ret)
		return ret;
	ask_minor(q, client, gpu);
	ret = make_subdevice(q, client, gpu->instance, subdevice);
	if (!ret)
		ret = ask_name(q, client, gpu);
	if (!ret)
		ret = ask_uuid(q, client, gpu);
	if (!ret)
		ret = ask_vram(q, client, gpu);
	if (!ret)
		ask_scrub(q, client, gpu);
	return ret;
}

/**
 * gpus_open() - hold a GPU open, by a client that has a subdevice of it
 * @gpu_id: RM's gpuId
 * @client: out: handle of the client; GPUS_DEVICE and GPUS_SUBDEVICE are its objects
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno.
 */
int gpus_open(u32 gpu_id, u32 *client)
{
	struct gnv_bridge_gpu gpu = { .gpu_id = gpu_id };
	union question *q;
	u32 subdevice;
	int ret;

	q = kzalloc(sizeof(*q), GFP_KERNEL);
	if (!q)
		return -ENOMEM;
	ret = rm_open_gpu(gpu_id);
	if (ret)
		goto free;
	ret = make_client(q, client);
	if (ret)
		goto close;
	ret = ask_id(q, *client, &gpu, &subdevice);
	if (!ret)
		ret = make_subdevice(q, *client, gpu.instance, subdevice);
	if (!ret)
		goto free;
	rm_free(*client, *client);
close:
	rm_close_gpu(gpu_id);
free:
	kfree(q);
	return ret;
}

/**
 * gpus_close() - undo gpus_open(), with all that was made below the client
 * @gpu_id: RM's gpuId
 * @client: handle of the client
 *
 * Context: Process context; may sleep.
 */
void gpus_close(u32 gpu_id, u32 client)
{
	rm_free(client, client);
	rm_close_gpu(gpu_id);
}

static int describe(union question *q, const struct nv_gpu_info_t *info,
		    struct gnv_bridge_gpu *gpu)
{
	u32 client;
	int ret;

	*gpu = (struct gnv_bridge_gpu){
		.gpu_id = info->gpu_id,
		.domain = info->pci_info.domain,
		.bus = info->pci_info.bus,
		.devfn = PCI_DEVFN(info->pci_info.slot, info->pci_info.function),
	};
	ret = rm_open_gpu(gpu->gpu_id);
	if (ret)
		return ret;
	ret = make_client(q, &client);
	if (!ret) {
		ret = ask_all(q, client, gpu);
		rm_free(client, client);
	}
	rm_close_gpu(gpu->gpu_id);
	return ret;
}

/**
 * gpus_describe() - describe the driver's GPUs
 * @gpus: out
 * @max: length of @gpus
 *
 * A GPU that does not answer is left out.
 *
 * Context: Process context; may sleep.
 * Return: the number of descriptions, or a negative errno.
 */
int gpus_describe(struct gnv_bridge_gpu *gpus, unsigned int max)
{
	struct nv_gpu_info_t *infos;
	union question *q;
	u32 i, n, done = 0;
	int ret;

	infos = kcalloc(NV_MAX_GPUS, sizeof(*infos), GFP_KERNEL);
	q = kzalloc(sizeof(*q), GFP_KERNEL);
	if (!infos || !q) {
		kfree(q);
		kfree(infos);
		return -ENOMEM;
	}
	n = rm_enumerate(infos);
	for (i = 0; i < n && done < max; i++) {
		ret = describe(q, &infos[i], &gpus[done]);
		if (ret)
			pr_warn("GPU %#x does not answer (%d)\n",
				infos[i].gpu_id, ret);
		else
			done++;
	}
	kfree(q);
	kfree(infos);
	return done;
}
