// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Control commands to a device (NV0080).
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "nvabi/nvctrl_monitor.h"
#include "nvabi/nvstatus.h"

#include "classes.h"
#include "controls.h"
#include "sim.h"

static u32 class_list(struct sim_control_call *cc)
{
	struct NV0080_CTRL_GPU_GET_CLASSLIST_PARAMS *p = cc->params;
	u32 count = sim_class_list(NULL, 0);

	if (cc->lists[0].copy && p->numClasses < count)
		return NV_ERR_INVALID_ARGUMENT;
	if (cc->lists[0].copy)
		sim_class_list(cc->lists[0].copy, count);
	p->numClasses = count;
	return NV_OK;
}

static u32 class_list_v2_bytes(void)
{
	return sim_config.branch->classlist_v2_size;
}

static u32 class_list_v2(struct sim_control_call *cc)
{
	struct NV0080_CTRL_GPU_GET_CLASSLIST_V2_PARAMS *p = cc->params;

	p->numClasses = sim_class_list(p->classList,
				       sim_config.branch->classlist_v2_max);
	return NV_OK;
}

static u32 num_subdevices(struct sim_control_call *cc)
{
	struct NV0080_CTRL_GPU_GET_NUM_SUBDEVICES_PARAMS *p = cc->params;

	p->numSubDevices = 1;
	return NV_OK;
}

static u32 virtualization_mode_bytes(void)
{
	return sim_config.branch->virtualization_mode_size;
}

static u32 virtualization_mode(struct sim_control_call *cc)
{
	struct NV0080_CTRL_GPU_GET_VIRTUALIZATION_MODE_PARAMS *p = cc->params;

	p->virtualizationMode = NV0080_CTRL_GPU_VIRTUALIZATION_MODE_NONE;
	p->isGridBuild = 0;
	return NV_OK;
}

static u32 fb_caps(struct sim_control_call *cc)
{
	struct NV0080_CTRL_FB_GET_CAPS_V2_PARAMS *p = cc->params;

	memset(p, 0, sizeof(*p));
	if (sim_config.scrub_on_free)
		p->capsTbl[NV0080_CTRL_FB_CAPS_VIDMEM_ALLOCS_ARE_CLEARED >> 8] |=
			NV0080_CTRL_FB_CAPS_VIDMEM_ALLOCS_ARE_CLEARED & 0xff;
	return NV_OK;
}

static u32 persistence(struct sim_control_call *cc)
{
	struct NV0080_CTRL_GPU_QUERY_SW_STATE_PERSISTENCE_PARAMS *p = cc->params;

	p->swStatePersistence = NV0080_CTRL_GPU_SW_STATE_PERSISTENCE_DISABLED;
	return NV_OK;
}

static u32 vgx_caps(struct sim_control_call *cc)
{
	struct NV0080_CTRL_GPU_GET_VGX_CAPS_PARAMS *p = cc->params;

	p->isVgx = 0;
	return NV_OK;
}

/* The brands that it speaks of are others than GeForce. */
static u32 brand_caps(struct sim_control_call *cc)
{
	struct NV0080_CTRL_GPU_GET_BRAND_CAPS_PARAMS *p = cc->params;

	p->brands = 0;
	return NV_OK;
}

static const struct sim_control controls[] = {
	{
		.cmd = NV0080_CTRL_CMD_GPU_GET_CLASSLIST,
		.bytes = sizeof(struct NV0080_CTRL_GPU_GET_CLASSLIST_PARAMS),
		.lists = { {
			.pointer = offsetof(struct NV0080_CTRL_GPU_GET_CLASSLIST_PARAMS,
					    classList),
			.count = offsetof(struct NV0080_CTRL_GPU_GET_CLASSLIST_PARAMS,
					  numClasses),
			.element_bytes = sizeof(u32),
		} },
		.answer = class_list,
	}, {
		.cmd = NV0080_CTRL_CMD_GPU_GET_CLASSLIST_V2,
		.branch_bytes = class_list_v2_bytes,
		.answer = class_list_v2,
	}, {
		.cmd = NV0080_CTRL_CMD_GPU_GET_NUM_SUBDEVICES,
		.bytes = sizeof(struct NV0080_CTRL_GPU_GET_NUM_SUBDEVICES_PARAMS),
		.answer = num_subdevices,
	}, {
		.cmd = NV0080_CTRL_CMD_GPU_GET_VIRTUALIZATION_MODE,
		.bytes = sizeof(struct NV0080_CTRL_GPU_GET_VIRTUALIZATION_MODE_PARAMS),
		.branch_bytes = virtualization_mode_bytes,
		.answer = virtualization_mode,
	}, {
		.cmd = NV0080_CTRL_CMD_FB_GET_CAPS_V2,
		.bytes = sizeof(struct NV0080_CTRL_FB_GET_CAPS_V2_PARAMS),
		.answer = fb_caps,
	}, {
		.cmd = NV0080_CTRL_CMD_GPU_QUERY_SW_STATE_PERSISTENCE,
		.bytes = sizeof(struct NV0080_CTRL_GPU_QUERY_SW_STATE_PERSISTENCE_PARAMS),
		.answer = persistence,
	}, {
		.cmd = NV0080_CTRL_CMD_GPU_GET_VGX_CAPS,
		.bytes = sizeof(struct NV0080_CTRL_GPU_GET_VGX_CAPS_PARAMS),
		.answer = vgx_caps,
	}, {
		.cmd = NV0080_CTRL_CMD_GPU_GET_BRAND_CAPS,
		.bytes = sizeof(struct NV0080_CTRL_GPU_GET_BRAND_CAPS_PARAMS),
		.answer = brand_caps,
	},
};

const struct sim_control_table sim_controls_device = {
	.kind = SIM_KIND_DEVICE,
	.controls = controls,
	.count = ARRAY_SIZE(controls),
};
