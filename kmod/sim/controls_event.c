// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Control commands to event buffers (NV90CD), and to a subdevice about what is
 * recorded in them.
 */
#include <linux/kernel.h>

#include "nvabi/nvevent.h"
#include "nvabi/nvstatus.h"

#include "classes.h"
#include "controls.h"
#include "event_buffer.h"
#include "gpu.h"
#include "switches.h"

#define POLICIES (NV_EVENT_BUFFER_FLAG_OVERFLOW_POLICY_KEEP_OLDEST | \
		  NV_EVENT_BUFFER_FLAG_OVERFLOW_POLICY_KEEP_NEWEST)

/* With neither policy it stays as it was; the first one is the oldest. */
static u32 enable_events(struct sim_control_call *cc)
{
	struct NV_EVENT_BUFFER_CTRL_CMD_ENABLE_EVENTS_PARAMS *p = cc->params;
	struct sim_event_buffer *buffer = cc->object->event_buffer;

	if (p->flags & ~POLICIES)
		return NV_ERR_INVALID_ARGUMENT;
	buffer->enabled = p->enable;
	if (p->flags)
		buffer->keep_newest =
			p->flags & NV_EVENT_BUFFER_FLAG_OVERFLOW_POLICY_KEEP_NEWEST;
	return NV_OK;
}

static u32 update_get(struct sim_control_call *cc)
{
	struct NV_EVENT_BUFFER_CTRL_CMD_UPDATE_GET_PARAMS *p = cc->params;

	if (p->varDataBufferGet)
		return NV_ERR_INVALID_ARGUMENT;
	return sim_event_buffer_set_get(cc->object->event_buffer,
					p->recordBufferGet);
}

/* What all GPUs have goes to all buffers, whoever asks. */
static u32 flush(struct sim_control_call *cc)
{
	struct sim_gpu *gpu;
	u32 i;

	for (i = 0; i < SIM_GPUS_MAX; i++) {
		gpu = sim_gpu_get_by_instance(i);
		if (!gpu)
			continue;
		sim_switches_deliver(gpu);
		sim_gpu_put(gpu);
	}
	return NV_OK;
}

/* Only a client in the kernel may choose; others get begin and end of each context. */
static u32 wanted_tags(const struct sim_call *call, u32 level, u32 filter)
{
	if (call->kernel) {
		switch (level) {
		case NV2080_CTRL_GR_FECS_BIND_EVTBUF_LOD_FULL:
			return ~0;
		case NV2080_CTRL_GR_FECS_BIND_EVTBUF_LOD_COMPAT:
			return BIT(NV_EVENT_BUFFER_FECS_CTXSWTAG_RESTORE_START) |
			       BIT(NV_EVENT_BUFFER_FECS_CTXSWTAG_CONTEXT_START) |
			       BIT(NV_EVENT_BUFFER_FECS_CTXSWTAG_CTXSW_REQ_BY_HOST);
		case NV2080_CTRL_GR_FECS_BIND_EVTBUF_LOD_CUSTOM:
			return filter;
		}
	}
	return BIT(NV_EVENT_BUFFER_FECS_CTXSWTAG_SIMPLE_START) |
	       BIT(NV_EVENT_BUFFER_FECS_CTXSWTAG_SIMPLE_END);
}

static u32 bind_switches(struct sim_control_call *cc)
{
	struct NV2080_CTRL_GR_FECS_BIND_EVTBUF_FOR_UID_V2_PARAMS *p = cc->params;
	struct sim_object *buffer;
	u32 status;

	p->reasonCode = NV2080_CTRL_GR_FECS_BIND_REASON_CODE_NONE;
	status = sim_object_find(cc->object->client, p->hEventBuffer, &buffer);
	if (status != NV_OK)
		return status;
	if (!buffer->event_buffer)
		return NV_ERR_INVALID_OBJECT_HANDLE;
	return sim_switches_bind(cc->call, cc->object, buffer->event_buffer,
				 p->bAllUsers,
				 wanted_tags(cc->call, p->levelOfDetail,
					     p->eventFilter));
}

static const struct sim_control buffer_controls[] = {
	{
		.cmd = NV_EVENT_BUFFER_CTRL_CMD_ENABLE_EVENTS,
		.bytes = sizeof(struct NV_EVENT_BUFFER_CTRL_CMD_ENABLE_EVENTS_PARAMS),
		.answer = enable_events,
	},
	{
		.cmd = NV_EVENT_BUFFER_CTRL_CMD_UPDATE_GET,
		.bytes = sizeof(struct NV_EVENT_BUFFER_CTRL_CMD_UPDATE_GET_PARAMS),
		.answer = update_get,
	},
	{
		.cmd = NV_EVENT_BUFFER_CTRL_CMD_FLUSH,
		.answer = flush,
	},
};

static const struct sim_control subdevice_controls[] = {
	{
		.cmd = NV2080_CTRL_CMD_GR_FECS_BIND_EVTBUF_FOR_UID_V2,
		.bytes = sizeof(struct NV2080_CTRL_GR_FECS_BIND_EVTBUF_FOR_UID_V2_PARAMS),
		.answer = bind_switches,
	},
};

const struct sim_control_table sim_controls_event_buffer = {
	.kind = SIM_KIND_EVENT_BUFFER,
	.controls = buffer_controls,
	.count = ARRAY_SIZE(buffer_controls),
};

const struct sim_control_table sim_controls_switches = {
	.kind = SIM_KIND_SUBDEVICE,
	.controls = subdevice_controls,
	.count = ARRAY_SIZE(subdevice_controls),
};
