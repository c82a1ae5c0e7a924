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

#endif /* GNV_CLI_LIMIT_OPTIONS_H */
