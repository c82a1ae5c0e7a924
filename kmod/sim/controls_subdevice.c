// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Control commands to a subdevice (NV2080): the GPU's identity, its memory, and
 * who uses it.
 */
#include <linux/kernel.h>
#include <linux/pid.h>
#include <linux/string.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvstatus.h"

#include "channel.h"
#include "classes.h"
#include "controls.h"
#include "gpu.h"
#include "memory.h"
#include "sim.h"

/* The highest index of FB_GET_INFO that any branch knows. */
#define FB_INFO_INDEX_LAST	0x3f

static u32 name_string_bytes(void)
{
	return sim_config.branch->name_string_size;
}

static u32 name_string(struct sim_control_call *cc)
{
	struct NV2080_CTRL_GPU_GET_NAME_STRING_PARAMS *p = cc->params;
	const char *name = SIM_GPU_NAME;
	unsigned int i;

	memset(&p->gpuNameString, 0, sizeof(p->gpuNameString));
	switch (p->gpuNameStringFlags) {
	case NV2080_CTRL_GPU_GET_NAME_STRING_FLAGS_TYPE_ASCII:
		strscpy((char *)p->gpuNameString.ascii, name,
			sizeof(p->gpuNameString.ascii));
		return NV_OK;
	case NV2080_CTRL_GPU_GET_NAME_STRING_FLAGS_TYPE_UNICODE:
		/* From 595 on there is no room for it. */
		if (cc->bytes < sizeof(*p))
			return NV_ERR_INVALID_ARGUMENT;
		for (i = 0; name[i]; i++)
			p->gpuNameString.unicode[i] = name[i];
		return NV_OK;
	default:
		return NV_ERR_INVALID_ARGUMENT;
	}
}

static u32 short_name(struct sim_control_call *cc)
{
	struct NV2080_CTRL_GPU_GET_SHORT_NAME_STRING_PARAMS *p = cc->params;

	memset(p, 0, sizeof(*p));
	strscpy((char *)p->gpuShortNameString, SIM_GPU_SHORT_NAME,
		sizeof(p->gpuShortNameString));
	return NV_OK;
}

static u32 simulation_info(struct sim_control_call *cc)
{
	struct NV2080_CTRL_GPU_GET_SIMULATION_INFO_PARAMS *p = cc->params;

	/* What is meant is simulated hardware under the real driver. */
	p->type = NV2080_CTRL_GPU_GET_SIMULATION_INFO_TYPE_NONE;
	return NV_OK;
}

static u32 gpu_id(struct sim_control_call *cc)
{
	struct NV2080_CTRL_GPU_GET_ID_PARAMS *p = cc->params;

	p->gpuId = cc->object->gpu->id;
	return NV_OK;
}

static u32 gid_info(struct sim_control_call *cc)
{
	struct NV2080_CTRL_GPU_GET_GID_INFO_PARAMS *p = cc->params;
	const struct sim_gpu *gpu = cc->object->gpu;

	if (p->index || (p->flags & NV2080_GPU_CMD_GPU_GET_GID_FLAGS_TYPE_MASK))
		return NV_ERR_INVALID_ARGUMENT;
	memset(p->data, 0, sizeof(p->data));
	switch (p->flags & NV2080_GPU_CMD_GPU_GET_GID_FLAGS_FORMAT_MASK) {
	case NV2080_GPU_CMD_GPU_GET_GID_FLAGS_FORMAT_ASCII:
		sim_gpu_uuid_text(gpu, (char *)p->data);
		p->length = SIM_GPU_UUID_TEXT_BYTES;
		return NV_OK;
	case NV2080_GPU_CMD_GPU_GET_GID_FLAGS_FORMAT_BINARY:
		memcpy(p->data, gpu->uuid, SIM_GPU_UUID_BYTES);
		p->length = SIM_GPU_UUID_BYTES;
		return NV_OK;
	default:
		return NV_ERR_INVALID_FLAGS;
	}
}

static bool holds_class(const struct sim_client *client,
			const struct sim_gpu *gpu, u32 class_id)
{
	const struct sim_object *object;
	unsigned long handle;

	xa_for_each((struct xarray *)&client->objects, handle, object) {
		if (object->gpu == gpu && object->class_id == class_id)
			return true;
	}
	return false;
}

static bool add_pid(struct NV2080_CTRL_GPU_GET_PIDS_PARAMS *p, u32 pid)
{
	u32 i;

	for (i = 0; i < p->pidTblCount; i++) {
		if (p->pidTbl[i] == pid)
			return true;
	}
	if (p->pidTblCount == ARRAY_SIZE(p->pidTbl))
		return false;
	p->pidTbl[p->pidTblCount++] = pid;
	return true;
}

/* Processes that the caller's PID namespace does not show are left out. */
static u32 get_pids(struct sim_control_call *cc)
{
	struct NV2080_CTRL_GPU_GET_PIDS_PARAMS *p = cc->params;
	struct sim_client *client = NULL;
	pid_t pid;

	if (p->idType != NV2080_CTRL_GPU_GET_PIDS_ID_TYPE_CLASS)
		return NV_ERR_INVALID_ARGUMENT;
	memset(p->pidTbl, 0, sizeof(p->pidTbl));
	p->pidTblCount = 0;
	while ((client = sim_client_next(client))) {
		pid = pid_vnr(client->pid);
		if (!client->file || !pid ||
		    !holds_class(client, cc->object->gpu, p->id))
			continue;
		if (!add_pid(p, pid))
			return NV_ERR_INVALID_ARGUMENT;
	}
	return NV_OK;
}

static void add_usage(const struct sim_client *client,
		      const struct sim_gpu *gpu,
		      struct NV2080_CTRL_GPU_PID_INFO_VIDEO_MEMORY_USAGE_DATA *use)
{
	const struct sim_object *object;
	unsigned long handle;

	xa_for_each((struct xarray *)&client->objects, handle, object) {
		if (!object->memory || !object->memory->video ||
		    object->gpu != gpu)
			continue;
		if (object->duplicate)
			use->memSharedDuped += object->memory->bytes;
		else
			use->memPrivate += object->memory->bytes;
	}
}

/* By its number in the initial namespace, which the list may not have told. */
static void get_one_pid_info(const struct sim_gpu *gpu,
			     struct NV2080_CTRL_GPU_PID_INFO *info)
{
	struct sim_client *client = NULL;

	memset(&info->data, 0, sizeof(info->data));
	memset(&info->smcSubscription, 0xff, sizeof(info->smcSubscription));
	info->result = NV_ERR_OBJECT_NOT_FOUND;
	if (info->index != NV2080_CTRL_GPU_PID_INFO_INDEX_VIDEO_MEMORY_USAGE) {
		info->result = NV_ERR_INVALID_ARGUMENT;
		return;
	}
	while ((client = sim_client_next(client))) {
		/* Clients of the driver's own belong to no process. */
		if (!client->file || !info->pid ||
		    pid_nr(client->pid) != (pid_t)info->pid)
			continue;
		add_usage(client, gpu, &info->data.vidMemUsage);
		info->result = NV_OK;
	}
}

static u32 get_pid_info(struct sim_control_call *cc)
{
	struct NV2080_CTRL_GPU_GET_PID_INFO_PARAMS *p = cc->params;
	u32 i;

	if (!p->pidInfoListCount ||
	    p->pidInfoListCount > ARRAY_SIZE(p->pidInfoList))
		return NV_ERR_INVALID_ARGUMENT;
	for (i = 0; i < p->pidInfoListCount; i++)
		get_one_pid_info(cc->object->gpu, &p->pidInfoList[i]);
	return NV_OK;
}

static u32 context_buffer_size(struct sim_control_call *cc)
{
	struct NV2080_CTRL_GR_GET_CTX_BUFFER_SIZE_PARAMS *p = cc->params;
	struct sim_object *channel;

	if (sim_object_find(cc->object->client, p->hChannel, &channel) != NV_OK ||
	    channel->class->kind != SIM_KIND_CHANNEL)
		return NV_ERR_INVALID_CHANNEL;
	p->totalBufferSize = SIM_CHANNEL_CONTEXT_BYTES;
	return NV_OK;
}

/**
 * struct fb_state - what FB_GET_INFO tells, taken at one moment
 * @gpu: the GPU
 * @free_bytes: free video memory
 * @largest: longest piece of it
 * @window_free_bytes: how much of the window is not in use
 */
struct fb_state {
	const struct sim_gpu *gpu;
	u64 free_bytes;
	struct sim_vram_run largest;
	u64 window_free_bytes;
};

static void look_at_memory(struct sim_gpu *gpu, struct fb_state *fb)
{
	fb->gpu = gpu;
	mutex_lock(&gpu->vram_lock);
	fb->free_bytes = (u64)gpu->vram.free << SIM_VRAM_UNIT_SHIFT;
	sim_vram_largest_free(&gpu->vram, &fb->largest);
	fb->window_free_bytes = sim_gpu_window_bytes(gpu) -
				gpu->window_taken_bytes;
	mutex_unlock(&gpu->vram_lock);
}

static u64 unit_bytes(unsigned long units)
{
	return (u64)units << SIM_VRAM_UNIT_SHIFT;
}

/* The bytes that an index tells; those that we do not model are 0. */
static u64 fb_bytes(const struct fb_state *fb, u32 index)
{
	switch (index) {
	case NV2080_CTRL_FB_INFO_INDEX_RAM_SIZE:
	case NV2080_CTRL_FB_INFO_INDEX_TOTAL_RAM_SIZE:
	case NV2080_CTRL_FB_INFO_INDEX_USABLE_RAM_SIZE:
		return fb->gpu->vram_bytes;
	case NV2080_CTRL_FB_INFO_INDEX_HEAP_SIZE:
	case NV2080_CTRL_FB_INFO_INDEX_MAPPABLE_HEAP_SIZE:
		return fb->gpu->heap_bytes;
	case NV2080_CTRL_FB_INFO_INDEX_HEAP_FREE:
		return fb->free_bytes;
	case NV2080_CTRL_FB_INFO_INDEX_LARGEST_FREE_REGION_SIZE_KB:
		return unit_bytes(fb->largest.count);
	case NV2080_CTRL_FB_INFO_INDEX_LARGEST_FREE_REGION_BASE_KB:
		return unit_bytes(fb->largest.first);
	case NV2080_CTRL_FB_INFO_INDEX_BAR1_SIZE:
		return sim_gpu_window_bytes(fb->gpu);
	case NV2080_CTRL_FB_INFO_INDEX_BAR1_AVAIL_SIZE:
	case NV2080_CTRL_FB_INFO_INDEX_BAR1_MAX_CONTIGUOUS_AVAIL_SIZE:
		return fb->window_free_bytes;
	default:
		return 0;
	}
}

static u32 fill_fb_info(struct sim_gpu *gpu, struct NVXXXX_CTRL_XXX_INFO *info,
			u32 count)
{
	struct fb_state fb;
	u32 i;

	if (!count || count > sim_config.branch->fb_info_v2_max)
		return NV_ERR_INVALID_ARGUMENT;
	look_at_memory(gpu, &fb);
	for (i = 0; i < count; i++) {
		if (info[i].index > FB_INFO_INDEX_LAST)
			return NV_ERR_INVALID_ARGUMENT;
		info[i].data = fb_bytes(&fb, info[i].index) >> 10;
	}
	return NV_OK;
}

static u32 fb_info(struct sim_control_call *cc)
{
	struct NV2080_CTRL_FB_GET_INFO_PARAMS *p = cc->params;

	if (!cc->lists[0].copy)
		return NV_ERR_INVALID_ARGUMENT;
	return fill_fb_info(cc->object->gpu, cc->lists[0].copy,
			    p->fbInfoListSize);
}

static u32 fb_info_v2_bytes(void)
{
	return sim_config.branch->fb_info_v2_size;
}

static u32 fb_info_v2(struct sim_control_call *cc)
{
	struct NV2080_CTRL_FB_GET_INFO_V2_PARAMS *p = cc->params;

	return fill_fb_info(cc->object->gpu, p->fbInfoList, p->fbInfoListSize);
}

static u32 bus_pci_info(struct sim_control_call *cc)
{
	struct NV2080_CTRL_BUS_GET_PCI_INFO_PARAMS *p = cc->params;

	p->pciDeviceId = SIM_GPU_DEVICE_ID << 16 | 0x10de;
	p->pciSubSystemId = 0x167c << 16 | 0x10de;
	p->pciRevisionId = 0xa1;
	p->pciExtDeviceId = 0;
	return NV_OK;
}

static const struct sim_control controls[] = {
	{
		.cmd = NV2080_CTRL_CMD_GPU_GET_NAME_STRING,
		.bytes = sizeof(struct NV2080_CTRL_GPU_GET_NAME_STRING_PARAMS),
		.branch_bytes = name_string_bytes,
		.answer = name_string,
	}, {
		.cmd = NV2080_CTRL_CMD_GPU_GET_SHORT_NAME_STRING,
		.bytes = sizeof(struct NV2080_CTRL_GPU_GET_SHORT_NAME_STRING_PARAMS),
		.answer = short_name,
	}, {
		.cmd = NV2080_CTRL_CMD_GPU_GET_SIMULATION_INFO,
		.bytes = sizeof(struct NV2080_CTRL_GPU_GET_SIMULATION_INFO_PARAMS),
		.answer = simulation_info,
	}, {
		.cmd = NV2080_CTRL_CMD_GPU_GET_ID,
		.bytes = sizeof(struct NV2080_CTRL_GPU_GET_ID_PARAMS),
		.answer = gpu_id,
	}, {
		.cmd = NV2080_CTRL_CMD_GPU_GET_GID_INFO,
		.bytes = sizeof(struct NV2080_CTRL_GPU_GET_GID_INFO_PARAMS),
		.answer = gid_info,
	}, {
		.cmd = NV2080_CTRL_CMD_GPU_GET_PIDS,
		.bytes = sizeof(struct NV2080_CTRL_GPU_GET_PIDS_PARAMS),
		.answer = get_pids,
	}, {
		.cmd = NV2080_CTRL_CMD_GPU_GET_PID_INFO,
		.bytes = sizeof(struct NV2080_CTRL_GPU_GET_PID_INFO_PARAMS),
		.answer = get_pid_info,
	}, {
		.cmd = NV2080_CTRL_CMD_GR_GET_CTX_BUFFER_SIZE,
		.bytes = sizeof(struct NV2080_CTRL_GR_GET_CTX_BUFFER_SIZE_PARAMS),
		.answer = context_buffer_size,
	}, {
		.cmd = NV2080_CTRL_CMD_FB_GET_INFO,
		.bytes = sizeof(struct NV2080_CTRL_FB_GET_INFO_PARAMS),
		.lists = { {
			.pointer = offsetof(struct NV2080_CTRL_FB_GET_INFO_PARAMS,
					    fbInfoList),
			.count = offsetof(struct NV2080_CTRL_FB_GET_INFO_PARAMS,
					  fbInfoListSize),
			.element_bytes = sizeof(struct NVXXXX_CTRL_XXX_INFO),
		} },
		.answer = fb_info,
	}, {
		.cmd = NV2080_CTRL_CMD_FB_GET_INFO_V2,
		.branch_bytes = fb_info_v2_bytes,
		.answer = fb_info_v2,
	}, {
		.cmd = NV2080_CTRL_CMD_BUS_GET_PCI_INFO,
		.bytes = sizeof(struct NV2080_CTRL_BUS_GET_PCI_INFO_PARAMS),
		.answer = bus_pci_info,
	},
};

const struct sim_control_table sim_controls_subdevice = {
	.kind = SIM_KIND_SUBDEVICE,
	.controls = controls,
	.count = ARRAY_SIZE(controls),
};
