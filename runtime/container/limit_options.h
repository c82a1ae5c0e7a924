/* SPDX-License-Identifier: MIT */
/*
 * What takes the options for limits of GPUs, in `run` and `update`.  The data of either
 * begins with a struct gnv_gpu_limits.
 */
#ifndef GNV_CONTAINER_LIMIT_OPTIONS_H
#define GNV_CONTAINER_LIMIT_OPTIONS_H

#include "base/options.h"
#include "container/gpu_limits.h"

int gnv_take_gpu_memory(void *data, const char *value, struct gnv_error **err);
int gnv_take_gpu_memory_high(void *data, const char *value, struct gnv_error **err);
int gnv_take_gpu_memory_low(void *data, const char *value, struct gnv_error **err);
int gnv_take_oom_policy(void *data, const char *value, struct gnv_error **err);
int gnv_take_oom_priority(void *data, const char *value, struct gnv_error **err);
int gnv_take_oom_wait(void *data, const char *value, struct gnv_error **err);
int gnv_take_gpu_weight(void *data, const char *value, struct gnv_error **err);
int gnv_take_gpu_max(void *data, const char *value, struct gnv_error **err);
int gnv_take_gpu_burst(void *data, const char *value, struct gnv_error **err);
int gnv_take_gpu_latency(void *data, const char *value, struct gnv_error **err);
int gnv_take_gpu_exclusive(void *data, const char *value, struct gnv_error **err);

/* clang-format off */
/* Rows of a table of options; where a container runs already, the second for all of them. */
#define GNV_LIMIT_OPTIONS \
	{ "gpu-memory-high", 0, "[GPU=]SIZE", "allocations above it are slowed down", \
	  gnv_take_gpu_memory_high }, \
	{ "gpu-memory-low", 0, "[GPU=]SIZE", "video memory that nobody else can take", \
	  gnv_take_gpu_memory_low }, \
	{ "oom-policy", 0, "POLICY", "fail, wait, evict or kill for want of room", \
	  gnv_take_oom_policy }, \
	{ "oom-priority", 0, "N", "0 to 1000: whom others may not evict", \
	  gnv_take_oom_priority }, \
	{ "oom-wait", 0, "SECONDS", "how long an allocation may wait (10)", \
	  gnv_take_oom_wait }, \
	{ "gpu-weight", 0, "[GPU=]N", "1 to 10000: share of GPU time (100)", \
	  gnv_take_gpu_weight }, \
	{ "gpu-max", 0, "[GPU=]CAP", "most GPU time: 25%, or US/PERIOD, or max", \
	  gnv_take_gpu_max }, \
	{ "gpu-burst", 0, "[GPU=]US", "how much of an unused cap it may keep", \
	  gnv_take_gpu_burst }, \
	{ "gpu-latency", 0, "[GPU=]on|off", "its work comes first, within its share", \
	  gnv_take_gpu_latency }, \
	{ "gpu-exclusive", 0, "[GPU=]on|off", "nobody else gets GPU time (on)", \
	  gnv_take_gpu_exclusive, .may_lack_value = true }
#define GNV_LIMIT_UPDATE_OPTIONS \
	{ "gpu-memory", 0, "[GPU=]SIZE", "limit of video memory", gnv_take_gpu_memory }, \
	GNV_LIMIT_OPTIONS
/* clang-format on */

#endif /* GNV_CONTAINER_LIMIT_OPTIONS_H */
