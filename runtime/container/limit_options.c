// SPDX-License-Identifier: MIT
/*
 * What takes the options for limits of GPUs: see limit_options.h.
 */
#include "container/limit_options.h"

#define TAKER(name, limit) \
	int gnv_take_##name(void *data, const char *value, struct gnv_error **err) \
	{ \
		return gnv_gpu_limits_add(data, limit, value, err); \
	}

TAKER(gpu_memory, GHOSTNV_LIMIT_VRAM_MAX)
TAKER(gpu_memory_high, GHOSTNV_LIMIT_VRAM_HIGH)
TAKER(gpu_memory_low, GHOSTNV_LIMIT_VRAM_LOW)
TAKER(oom_policy, GHOSTNV_LIMIT_OOM_POLICY)
TAKER(oom_priority, GHOSTNV_LIMIT_OOM_PRIORITY)
TAKER(oom_wait, GHOSTNV_LIMIT_OOM_WAIT_MS)
TAKER(gpu_weight, GHOSTNV_LIMIT_GPU_WEIGHT)
TAKER(gpu_max, GHOSTNV_LIMIT_GPU_MAX)
TAKER(gpu_burst, GHOSTNV_LIMIT_GPU_BURST)
TAKER(gpu_latency, GHOSTNV_LIMIT_GPU_LATENCY)

int gnv_take_gpu_exclusive(void *data, const char *value, struct gnv_error **err)
{
	return gnv_gpu_limits_add(data, GHOSTNV_LIMIT_GPU_EXCLUSIVE, value ? value : "on", err);
}
