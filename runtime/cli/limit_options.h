/* SPDX-License-Identifier: MIT */
/*
 * What takes the options for limits of video memory, in `run` and `update`.  The data
 * of either begins with a struct gnv_gpu_limits.
 */
#ifndef GNV_CLI_LIMIT_OPTIONS_H
#define GNV_CLI_LIMIT_OPTIONS_H

#include "base/options.h"
#include "container/gpu_limits.h"

int cli_take_gpu_memory_high(void *data, const char *value, struct gnv_error **err);
int cli_take_gpu_memory_low(void *data, const char *value, struct gnv_error **err);
int cli_take_oom_policy(void *data, const char *value, struct gnv_error **err);
int cli_take_oom_priority(void *data, const char *value, struct gnv_error **err);
int cli_take_oom_wait(void *data, const char *value, struct gnv_error **err);

/* clang-format off */
/* Rows of a table of options. */
#define CLI_LIMIT_OPTIONS \
	{ "gpu-memory-high", 0, "[GPU=]SIZE", "allocations above it are slowed down", \
	  cli_take_gpu_memory_high }, \
	{ "gpu-memory-low", 0, "[GPU=]SIZE", "video memory that nobody else can take", \
	  cli_take_gpu_memory_low }, \
	{ "oom-policy", 0, "POLICY", "fail, wait, evict or kill for want of room", \
	  cli_take_oom_policy }, \
	{ "oom-priority", 0, "N", "0 to 1000: whom others may not evict", \
	  cli_take_oom_priority }, \
	{ "oom-wait", 0, "SECONDS", "how long an allocation may wait (10)", \
	  cli_take_oom_wait }
/* clang-format on */

#endif /* GNV_CLI_LIMIT_OPTIONS_H */
