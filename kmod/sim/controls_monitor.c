// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Control commands to a subdevice (NV2080) that only those send who watch a GPU:
 * what a card of this kind tells when it is idle.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/string.h>
#include <linux/timex.h>

#include "nvabi/nvctrl_monitor.h"
#include "nvabi/nvstatus.h"

#include "classes.h"
#include "controls.h"
#include "gpu.h"
#include "sim.h"

/*
 * The clock that engines write as their time, in nanoseconds from 1970; in virtual time,
 * that of the first engine.
 */
static u32 get_time(struct sim_control_call *cc)
{
	struct NV2080_CTRL_TIMER_GET_TIME_PARAMS *p = cc->params;
	struct sim_engine *engine = &cc->object->gpu->engines[0];

	p->time_nsec = ktime_get_real_ns();
	if (sim_config.virtual_time) {
		mutex_lock(&engine->lock);
		p->time_nsec = sim_engine_timestamp(engine);
		mutex_unlock(&engine->lock);
	}
	return NV_OK;
}

static u32 time_correlation(struct sim_control_call *cc)
{
	struct NV2080_CTRL_TIMER_GET_GPU_CPU_TIME_CORRELATION_INFO_PARAMS *p =
		cc->params;
	u32 i;

	if (p->sampleCount > ARRAY_SIZE(p->samples))
		return NV_ERR_INVALID_ARGUMENT;
	for (i = 0; i < p->sampleCount; i++) {
		p->samples[i].gpuTime = ktime_get_real_ns();
		switch (p->cpuClkId) {
		case NV2080_TIMER_GPU_CPU_TIME_CPU_CLK_ID_OSTIME:
			p->samples[i].cpuTime = ktime_get_real_ns() / NSEC_PER_USEC;
			break;
		case NV2080_TIMER_GPU_CPU_TIME_CPU_CLK_ID_TSC:
			p->samples[i].cpuTime = get_cycles();
			break;
		case NV2080_TIMER_GPU_CPU_TIME_CPU_CLK_ID_PLATFORM_API:
			p->samples[i].cpuTime = ktime_get_raw_ns();
			break;
		default:
			return NV_ERR_INVALID_ARGUMENT;
		}
	}
	return NV_OK;
}

static u32 arch_info(struct sim_control_call *cc)
{
	struct NV2080_CTRL_MC_GET_ARCH_INFO_PARAMS *p = cc->params;

	p->architecture = NV2080_CTRL_MC_ARCH_INFO_ARCHITECTURE_AD100;
	p->implementation = NV2080_CTRL_MC_ARCH_INFO_IMPLEMENTATION_AD102;
	p->revision = SIM_GPU_REVISION;
	p->subRevision = 0;
	return NV_OK;
}

static u32 gpu_info_bytes(void)
{
	return sim_config.branch->gpu_info_v2_size;
}

/* What is not modelled is 0: none, no, not supported. */
static u32 gpu_info_value(u32 index)
{
	switch (index) {
	case NV2080_CTRL_GPU_INFO_INDEX_IBMNPU_RELAXED_ORDERING:
		return NV2080_CTRL_GPU_INFO_IBMNPU_RELAXED_ORDERING_UNSUPPORTED;
	case NV2080_CTRL_GPU_INFO_INDEX_GPU_SM_VERSION:
		return SIM_GPU_SM_VERSION;
	default:
		return 0;
	}
}

static u32 gpu_info(struct sim_control_call *cc)
{
	struct NV2080_CTRL_GPU_GET_INFO_V2_PARAMS *p = cc->params;
	u32 i, max = sim_config.branch->gpu_info_v2_max;

	if (!p->gpuInfoListSize || p->gpuInfoListSize > max)
		return NV_ERR_INVALID_ARGUMENT;
	for (i = 0; i < p->gpuInfoListSize; i++) {
		if (p->gpuInfoList[i].index >= max)
			return NV_ERR_INVALID_ARGUMENT;
		p->gpuInfoList[i].data = gpu_info_value(p->gpuInfoList[i].index);
	}
	return NV_OK;
}

static u32 compute_mode(struct sim_control_call *cc)
{
	struct NV2080_CTRL_GPU_QUERY_COMPUTE_MODE_RULES_PARAMS *p = cc->params;

	p->rules = NV2080_CTRL_GPU_COMPUTE_MODE_RULES_NONE;
	return NV_OK;
}

/* The open driver runs on the GPU's own firmware, which is of its version. */
static u32 firmware(struct sim_control_call *cc)
{
	struct NV2080_CTRL_GSP_GET_FEATURES_PARAMS *p = cc->params;

	memset(p, 0, sizeof(*p));
	p->bValid = 1;
	p->bDefaultGspRmGpu = 1;
	strscpy((char *)p->firmwareVersion, sim_config.version,
		sizeof(p->firmwareVersion));
	return NV_OK;
}

/* It never has anything to do. */
static u32 performance_state(struct sim_control_call *cc)
{
	struct NV2080_CTRL_PERF_GET_CURRENT_PSTATE_PARAMS *p = cc->params;

	p->currPstate = NV2080_CTRL_PERF_PSTATES_P8;
	return NV_OK;
}

static const struct sim_control controls[] = {
	{
		.cmd = NV2080_CTRL_CMD_TIMER_GET_TIME,
		.bytes = sizeof(struct NV2080_CTRL_TIMER_GET_TIME_PARAMS),
		.answer = get_time,
	},
	{
		.cmd = NV2080_CTRL_CMD_TIMER_GET_GPU_CPU_TIME_CORRELATION_INFO,
		.bytes = sizeof(struct NV2080_CTRL_TIMER_GET_GPU_CPU_TIME_CORRELATION_INFO_PARAMS),
		.answer = time_correlation,
	}, {
		.cmd = NV2080_CTRL_CMD_MC_GET_ARCH_INFO,
		.bytes = sizeof(struct NV2080_CTRL_MC_GET_ARCH_INFO_PARAMS),
		.answer = arch_info,
	}, {
		.cmd = NV2080_CTRL_CMD_GPU_GET_INFO_V2,
		.branch_bytes = gpu_info_bytes,
		.answer = gpu_info,
	}, {
		.cmd = NV2080_CTRL_CMD_GPU_QUERY_COMPUTE_MODE_RULES,
		.bytes = sizeof(struct NV2080_CTRL_GPU_QUERY_COMPUTE_MODE_RULES_PARAMS),
		.answer = compute_mode,
	}, {
		.cmd = NV2080_CTRL_CMD_GSP_GET_FEATURES,
		.bytes = sizeof(struct NV2080_CTRL_GSP_GET_FEATURES_PARAMS),
		.answer = firmware,
	}, {
		.cmd = NV2080_CTRL_CMD_PERF_GET_CURRENT_PSTATE,
		.since = 550,
		.bytes = sizeof(struct NV2080_CTRL_PERF_GET_CURRENT_PSTATE_PARAMS),
		.answer = performance_state,
	},
};

const struct sim_control_table sim_controls_monitor = {
	.kind = SIM_KIND_SUBDEVICE,
	.controls = controls,
	.count = ARRAY_SIZE(controls),
};
