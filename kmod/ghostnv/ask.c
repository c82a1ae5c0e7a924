// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The questions: see ask.h.  To describe a GPU it is opened for as long as that
 * takes, by a client that is made for it: nothing is held on a GPU afterwards.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/export.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ask.h"
#include "bridge.h"
#include "nvabi/branch.h"
#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvrmops.h"
#include "nvabi/nvstatus.h"

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

static int make_client(const struct gnv_rm_way *rm, union question *q, u32 *client)
{
	int ret;

	memset(q, 0, sizeof(*q));
	*client = 0;
	ret = rm->alloc(0, 0, client, NV01_ROOT, &q->root, sizeof(q->root));
	/* It is told in one place or the other. */
	if (!ret && !*client)
		*client = q->root.hClient;
	return ret;
}

static int ask_id(const struct gnv_rm_way *rm, union question *q,
		  u32 client, struct gnv_bridge_gpu *gpu,
		  u32 *subdevice)
{
	int ret;

	memset(q, 0, sizeof(*q));
	q->id_info.gpuId = gpu->gpu_id;
	ret = rm->control(client, client, NV0000_CTRL_CMD_GPU_GET_ID_INFO_V2,
			  &q->id_info, sizeof(q->id_info), NULL);
	gpu->instance = q->id_info.deviceInstance;
	*subdevice = q->id_info.subDeviceInstance;
	return ret;
}

static void ask_minor(const struct gnv_rm_way *rm, union question *q,
		      u32 client, struct gnv_bridge_gpu *gpu)
{
	memset(q, 0, sizeof(*q));
	q->os_info.gpuId = gpu->gpu_id;
	gpu->minor = ~0U;
	if (!rm->control(client, client, NV0000_CTRL_CMD_OS_GET_GPU_INFO,
			 &q->os_info, sizeof(q->os_info), NULL))
		gpu->minor = q->os_info.minorNum;
}

static int make_subdevice(const struct gnv_rm_way *rm, union question *q,
			  u32 client, u32 instance,
			  u32 subdevice)
{
	u32 handle = GNV_ASK_DEVICE;
	int ret;

	memset(q, 0, sizeof(*q));
	q->device.deviceId = instance;
	ret = rm->alloc(client, client, &handle, NV01_DEVICE_0, &q->device, sizeof(q->device));
	if (ret)
		return ret;
	memset(q, 0, sizeof(*q));
	q->subdevice.subDeviceId = subdevice;
	handle = GNV_ASK_SUBDEVICE;
	return rm->alloc(client, GNV_ASK_DEVICE, &handle, NV20_SUBDEVICE_0,
			 &q->subdevice, sizeof(q->subdevice));
}

static int ask_name(const struct gnv_rm_way *rm, union question *q,
		    u32 client, struct gnv_bridge_gpu *gpu)
{
	int ret;

	memset(q, 0, sizeof(*q));
	ret = rm->control(client, GNV_ASK_SUBDEVICE,
			  NV2080_CTRL_CMD_GPU_GET_NAME_STRING, &q->name,
			  rm->branch()->name_string_size, NULL);
	q->name.gpuNameString.ascii[sizeof(q->name.gpuNameString.ascii) - 1] = '\0';
	strscpy(gpu->name, (char *)q->name.gpuNameString.ascii, sizeof(gpu->name));
	return ret;
}

static int ask_uuid(const struct gnv_rm_way *rm, union question *q,
		    u32 client, struct gnv_bridge_gpu *gpu)
{
	const u8 *u = gpu->uuid;
	int ret;

	memset(q, 0, sizeof(*q));
	q->gid.flags = NV2080_GPU_CMD_GPU_GET_GID_FLAGS_FORMAT_BINARY;
	ret = rm->control(client, GNV_ASK_SUBDEVICE,
			  NV2080_CTRL_CMD_GPU_GET_GID_INFO, &q->gid,
			  sizeof(q->gid), NULL);
	if (ret)
		return ret;
	memcpy(gpu->uuid, q->gid.data, sizeof(gpu->uuid));
	snprintf(gpu->uuid_text, sizeof(gpu->uuid_text),
		 "GPU-%4phN-%2phN-%2phN-%2phN-%6phN", u, u + 4, u + 6, u + 8,
		 u + 10);
	return 0;
}

static int ask_vram(const struct gnv_rm_way *rm, union question *q,
		    u32 client, struct gnv_bridge_gpu *gpu)
{
	int ret;

	memset(q, 0, sizeof(*q));
	q->fb.fbInfoListSize = 2;
	q->fb.fbInfoList[0].index = NV2080_CTRL_FB_INFO_INDEX_HEAP_SIZE;
	q->fb.fbInfoList[1].index = NV2080_CTRL_FB_INFO_INDEX_BAR1_SIZE;
	ret = rm->control(client, GNV_ASK_SUBDEVICE, NV2080_CTRL_CMD_FB_GET_INFO_V2,
			  &q->fb, rm->branch()->fb_info_v2_size, NULL);
	gpu->vram_bytes = (u64)q->fb.fbInfoList[0].data * 1024;
	gpu->window_bytes = (u64)q->fb.fbInfoList[1].data * 1024;
	return ret;
}

/*
 * The driver cleans what is freed on most cards, and not for a vGPU host, with SLI or
 * with RMDisableScrubOnFree.  It tells whether allocations find cleaned memory.
 */
static void ask_scrub(const struct gnv_rm_way *rm, union question *q,
		      u32 client, struct gnv_bridge_gpu *gpu)
{
	const u32 cleared = NV0080_CTRL_FB_CAPS_VIDMEM_ALLOCS_ARE_CLEARED;

	memset(q, 0, sizeof(*q));
	gpu->scrub = GHOSTNV_SCRUB_UNKNOWN;
	if (rm->control(client, GNV_ASK_DEVICE, NV0080_CTRL_CMD_FB_GET_CAPS_V2,
			&q->caps, sizeof(q->caps), NULL))
		return;
	gpu->scrub = q->caps.capsTbl[cleared >> 8] & (cleared & 0xff) ?
			     GHOSTNV_SCRUB_ON :
			     GHOSTNV_SCRUB_OFF;
}

static int ask_all(const struct gnv_rm_way *rm, union question *q,
		   u32 client, struct gnv_bridge_gpu *gpu)
{
	u32 subdevice;
	int ret;

	ret = ask_id(rm, q, client, gpu, &subdevice);
	if (ret)
		return ret;
	ask_minor(rm, q, client, gpu);
	ret = make_subdevice(rm, q, client, gpu->instance, subdevice);
	if (!ret)
		ret = ask_name(rm, q, client, gpu);
	if (!ret)
		ret = ask_uuid(rm, q, client, gpu);
	if (!ret)
		ret = ask_vram(rm, q, client, gpu);
	if (!ret)
		ask_scrub(rm, q, client, gpu);
	return ret;
}

/**
 * gnv_ask_open() - hold a GPU open, by a client that has a subdevice of it
 * @rm: the way
 * @gpu_id: RM's gpuId
 * @client: out: handle of the client; GNV_ASK_DEVICE and GNV_ASK_SUBDEVICE are its
 *	objects
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno.
 */
int gnv_ask_open(const struct gnv_rm_way *rm, u32 gpu_id, u32 *client)
{
	struct gnv_bridge_gpu gpu = { .gpu_id = gpu_id };
	union question *q;
	u32 subdevice;
	int ret;

	q = kzalloc(sizeof(*q), GFP_KERNEL);
	if (!q)
		return -ENOMEM;
	ret = rm->open_gpu(gpu_id);
	if (ret)
		goto free;
	ret = make_client(rm, q, client);
	if (ret)
		goto close;
	ret = ask_id(rm, q, *client, &gpu, &subdevice);
	if (!ret)
		ret = make_subdevice(rm, q, *client, gpu.instance, subdevice);
	if (!ret)
		goto free;
	rm->free(*client, *client);
close:
	rm->close_gpu(gpu_id);
free:
	kfree(q);
	return ret;
}
EXPORT_SYMBOL_GPL(gnv_ask_open);

/**
 * gnv_ask_close() - undo gnv_ask_open(), with all that was made below the client
 * @rm: the way
 * @gpu_id: RM's gpuId
 * @client: handle of the client
 *
 * Context: Process context; may sleep.
 */
void gnv_ask_close(const struct gnv_rm_way *rm, u32 gpu_id, u32 client)
{
	rm->free(client, client);
	rm->close_gpu(gpu_id);
}
EXPORT_SYMBOL_GPL(gnv_ask_close);

static int describe(const struct gnv_rm_way *rm, union question *q,
		    const struct nv_gpu_info_t *info,
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
	ret = rm->open_gpu(gpu->gpu_id);
	if (ret)
		return ret;
	ret = make_client(rm, q, &client);
	if (!ret) {
		ret = ask_all(rm, q, client, gpu);
		rm->free(client, client);
	}
	rm->close_gpu(gpu->gpu_id);
	return ret;
}

/**
 * gnv_ask_gpus() - describe the driver's GPUs
 * @rm: the way
 * @q: @answer: an array of struct gnv_bridge_gpu, @max long
 *
 * A GPU that does not answer is left out.
 *
 * Context: Process context; may sleep.
 * Return: the number of descriptions, or a negative errno.
 */
int gnv_ask_gpus(const struct gnv_rm_way *rm, const struct gnv_question *q)
{
	struct gnv_bridge_gpu *gpus = q->answer;
	struct nv_gpu_info_t *infos;
	union question *room;
	u32 i, n, done = 0;
	int ret;

	infos = kcalloc(NV_MAX_GPUS, sizeof(*infos), GFP_KERNEL);
	room = kzalloc(sizeof(*room), GFP_KERNEL);
	if (!infos || !room) {
		kfree(room);
		kfree(infos);
		return -ENOMEM;
	}
	n = rm->enumerate(infos);
	for (i = 0; i < n && done < q->max; i++) {
		ret = describe(rm, room, &infos[i], &gpus[done]);
		if (ret)
			pr_warn("GPU %#x does not answer (%d)\n",
				infos[i].gpu_id, ret);
		else
			done++;
	}
	kfree(room);
	kfree(infos);
	return done;
}

/**
 * gnv_ask_memory() - describe memory
 * @rm: the way
 * @q: @object: the memory; @answer: a struct gnv_bridge_memory
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno; -ENOENT when the client has no such object.
 */
int gnv_ask_memory(const struct gnv_rm_way *rm, const struct gnv_question *q)
{
	struct NVXXXX_CTRL_XXX_INFO infos[] = {
		{ .index = NV0041_CTRL_SURFACE_INFO_INDEX_PHYS_SIZE },
		{ .index = NV0041_CTRL_SURFACE_INFO_INDEX_ADDR_SPACE_TYPE },
	};
	struct NV0041_CTRL_GET_SURFACE_INFO_PARAMS params = {
		.surfaceInfoListSize = ARRAY_SIZE(infos),
	};
	const struct gnv_rm_list list = {
		.at = offsetof(struct NV0041_CTRL_GET_SURFACE_INFO_PARAMS,
			       surfaceInfoList),
		.data = infos,
		.bytes = sizeof(infos),
	};
	struct gnv_bridge_memory *memory = q->answer;
	int ret;

	ret = rm->control(q->client, q->object, NV0041_CTRL_CMD_GET_SURFACE_INFO,
			  &params, sizeof(params), &list);
	if (ret)
		return ret;
	memory->bytes = (u64)infos[0].data *
			NV0041_CTRL_SURFACE_INFO_PHYS_SIZE_SCALE_FACTOR;
	memory->vidmem = infos[1].data ==
			 NV0000_CTRL_CMD_CLIENT_GET_ADDR_SPACE_TYPE_VIDMEM;
	return 0;
}

/**
 * gnv_ask_class() - tell an object's class
 * @rm: the way
 * @q: @object: the object; @answer: a u32
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno; -ENOENT when the client has no such object.
 */
int gnv_ask_class(const struct gnv_rm_way *rm, const struct gnv_question *q)
{
	struct NV0000_CTRL_CLIENT_GET_HANDLE_INFO_PARAMS params = {
		.hObject = q->object,
		.index = NV0000_CTRL_CMD_CLIENT_GET_HANDLE_INFO_INDEX_CLASSID,
	};
	int ret;

	ret = rm->control(q->client, q->client, NV0000_CTRL_CMD_CLIENT_GET_HANDLE_INFO,
			  &params, sizeof(params), NULL);
	if (!ret)
		*(u32 *)q->answer = params.data.iResult;
	return ret;
}

/**
 * gnv_ask_context() - tell how much the driver keeps for a queue's context
 * @rm: the way
 * @q: @object: a channel of the queue; @subdevice; @answer: a u64
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno; -ENOENT when the client has no such object.
 */
int gnv_ask_context(const struct gnv_rm_way *rm, const struct gnv_question *q)
{
	struct NV2080_CTRL_GR_GET_CTX_BUFFER_SIZE_PARAMS params = {
		.hChannel = q->object,
	};
	int ret;

	ret = rm->control(q->client, q->subdevice,
			  NV2080_CTRL_CMD_GR_GET_CTX_BUFFER_SIZE, &params,
			  sizeof(params), NULL);
	if (!ret)
		*(u64 *)q->answer = params.totalBufferSize;
	return ret;
}

/**
 * gnv_ask_free() - free an object, or the client itself when both handles are one
 * @rm: the way
 * @q: @object: the object
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno; -ENOENT when the client has no such object.
 */
int gnv_ask_free(const struct gnv_rm_way *rm, const struct gnv_question *q)
{
	return rm->free(q->client, q->object);
}

/**
 * gnv_ask_errno() - what the driver's answer means
 * @status: its NV_STATUS
 *
 * Context: Any.
 * Return: 0; -ENOENT when the client or the object is not there; or another negative
 * errno.
 */
int gnv_ask_errno(u32 status)
{
	switch (status) {
	case NV_OK:
		return 0;
	case NV_ERR_OBJECT_NOT_FOUND:
	case NV_ERR_INVALID_OBJECT:
	case NV_ERR_INVALID_OBJECT_HANDLE:
	case NV_ERR_INVALID_OBJECT_OLD:
	case NV_ERR_INVALID_CLIENT:
		return -ENOENT;
	case NV_ERR_NOT_SUPPORTED:
	case NV_ERR_INVALID_COMMAND:
	case NV_ERR_INVALID_FUNCTION:
		return -EOPNOTSUPP;
	case NV_ERR_NO_MEMORY:
		return -ENOMEM;
	default:
		return -EIO;
	}
}
EXPORT_SYMBOL_GPL(gnv_ask_errno);
