// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Control commands to memory (NV0041).
 */
#include <linux/kernel.h>

#include "nvabi/nvctrl.h"
#include "nvabi/nvstatus.h"

#include "classes.h"
#include "controls.h"
#include "memory.h"

static u32 surface_value(const struct sim_memory *memory, u32 index, u32 *data)
{
	u64 units = memory->bytes / NV0041_CTRL_SURFACE_INFO_PHYS_SIZE_SCALE_FACTOR;

	switch (index) {
	case NV0041_CTRL_SURFACE_INFO_INDEX_ATTRS:
		*data = 0;
		return NV_OK;
	case NV0041_CTRL_SURFACE_INFO_INDEX_PHYS_SIZE:
		*data = units;
		return *data == units ? NV_OK : NV_ERR_OUT_OF_RANGE;
	case NV0041_CTRL_SURFACE_INFO_INDEX_PHYS_ATTR:
		*data = memory->attr & (NVOS32_ATTR_PAGE_SIZE_MASK |
					NVOS32_ATTR_COHERENCY_MASK);
		return NV_OK;
	case NV0041_CTRL_SURFACE_INFO_INDEX_ADDR_SPACE_TYPE:
		*data = memory->video ?
				NV0000_CTRL_CMD_CLIENT_GET_ADDR_SPACE_TYPE_VIDMEM :
				NV0000_CTRL_CMD_CLIENT_GET_ADDR_SPACE_TYPE_SYSMEM;
		return NV_OK;
	default:
		return NV_ERR_INVALID_ARGUMENT;
	}
}

static u32 surface_info(struct sim_control_call *cc)
{
	struct NV0041_CTRL_GET_SURFACE_INFO_PARAMS *p = cc->params;
	struct NVXXXX_CTRL_XXX_INFO *info = cc->lists[0].copy;
	u32 status = NV_OK;
	u32 i;

	if (!info)
		return NV_OK;
	for (i = 0; i < p->surfaceInfoListSize && status == NV_OK; i++)
		status = surface_value(cc->object->memory, info[i].index,
				       &info[i].data);
	return status;
}

static u32 page_size(struct sim_control_call *cc)
{
	struct NV0041_CTRL_GET_MEM_PAGE_SIZE_PARAMS *p = cc->params;

	p->pageSize = cc->object->memory->page_bytes;
	return NV_OK;
}

static u32 nothing_to_flush(struct sim_control_call *cc)
{
	return NV_OK;
}

static const struct sim_control controls[] = {
	{
		.cmd = NV0041_CTRL_CMD_GET_SURFACE_INFO,
		.bytes = sizeof(struct NV0041_CTRL_GET_SURFACE_INFO_PARAMS),
		.lists = { {
			.pointer = offsetof(struct NV0041_CTRL_GET_SURFACE_INFO_PARAMS,
					    surfaceInfoList),
			.count = offsetof(struct NV0041_CTRL_GET_SURFACE_INFO_PARAMS,
					  surfaceInfoListSize),
			.element_bytes = sizeof(struct NVXXXX_CTRL_XXX_INFO),
		} },
		.answer = surface_info,
	}, {
		.cmd = NV0041_CTRL_CMD_GET_MEM_PAGE_SIZE,
		.bytes = sizeof(struct NV0041_CTRL_GET_MEM_PAGE_SIZE_PARAMS),
		.answer = page_size,
	}, {
		.cmd = NV0041_CTRL_CMD_SURFACE_FLUSH_GPU_CACHE,
		.bytes = sizeof(u32),
		.answer = nothing_to_flush,
	},
};

const struct sim_control_table sim_controls_memory = {
	.kind = SIM_KIND_MEMORY,
	.controls = controls,
	.count = ARRAY_SIZE(controls),
};
