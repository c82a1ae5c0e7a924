/* SPDX-License-Identifier: MIT */
/*
 * Limits of video memory and GPU time that a container has beside its first one, and
 * that may change while it runs: from the operator's words to ghostnv.  Owns no state.
 */
#ifndef GNV_CONTAINER_GPU_LIMITS_H
#define GNV_CONTAINER_GPU_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "lib/libghostnv.h"

/* More than one is asked for in words; these are in the order of the asking. */
#define GNV_GPU_LIMITS_MAX 64

struct gnv_gpu_limit {
	uint32_t limit; /* GHOSTNV_LIMIT_* */
	uint32_t gpu; /* index or GHOSTNV_GPU_TOTAL */
	uint64_t value;
	const char *asker; /* who errors are told of; NULL: the option */
};

struct gnv_gpu_limits {
	size_t n;
	struct gnv_gpu_limit limits[GNV_GPU_LIMITS_MAX];
};

/* The name of the option that asks for @limit, without the dashes. */
const char *gnv_gpu_limit_option(uint32_t limit);

/*
 * Add what the option for @limit says: a size, "max", a policy, a number, "on" or
 * "off", a part of the time as "25%" or "QUOTA/PERIOD" in us.  "INDEX=" may stand in
 * front of what is of GPUs.
 */
int gnv_gpu_limits_add(struct gnv_gpu_limits *limits, uint32_t limit, const char *text,
		       struct gnv_error **err);

/* The same for who is no option. */
int gnv_gpu_limits_add_for(struct gnv_gpu_limits *limits, uint32_t limit, const char *text,
			   const char *asker, struct gnv_error **err);

/*
 * What @env, which the image's author may have written, asks for: the latency class, by
 * GHOSTNV_REALTIME_PRIORITY=high.  Only where @allowed, and where @limits do not speak of
 * that class.  *ret_refused: it is not allowed.
 */
int gnv_gpu_limits_add_env(struct gnv_gpu_limits *limits, char *const *env, bool allowed,
			   bool *ret_refused, struct gnv_error **err);

bool gnv_gpu_limits_have(const struct gnv_gpu_limits *limits, uint32_t limit);

/* Set all, in order, up to the first that cannot be. */
int gnv_gpu_limits_apply(const struct gnv_gpu_limits *limits, struct ghostnv *module,
			 uint64_t id, struct gnv_error **err);

/* "fail", "wait", "evict", "kill"; NULL for another number. */
const char *gnv_oom_policy_name(uint64_t policy);

#endif /* GNV_CONTAINER_GPU_LIMITS_H */
