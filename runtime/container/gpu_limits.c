// SPDX-License-Identifier: MIT
/*
 * Limits of GPUs that may change: see gpu_limits.h.
 */
#include "container/gpu_limits.h"

#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/strv.h"

static const char *const policies[] = {
	[GHOSTNV_OOM_FAIL] = "fail",
	[GHOSTNV_OOM_WAIT] = "wait",
	[GHOSTNV_OOM_EVICT] = "evict",
	[GHOSTNV_OOM_KILL] = "kill",
};

#define N_POLICIES (sizeof(policies) / sizeof(policies[0]))

const char *gnv_oom_policy_name(uint64_t policy)
{
	return policy < N_POLICIES ? policies[policy] : NULL;
}

/* An option that asks for a limit: what it takes, and what it says otherwise. */
struct option {
	uint32_t limit; /* GHOSTNV_LIMIT_* */
	bool of_gpus; /* "INDEX=" may stand in front */
	const char *name;
	int (*parse)(const struct option *option, const char *text, uint64_t *value);
	uint64_t min, max; /* of the value, or GHOSTNV_UNLIMITED: `max` is a word for it */
	const char *remedy;
};

static int check_range(const struct option *option, uint64_t value)
{
	return value < option->min || value > option->max ? -ERANGE : 0;
}

static int parse_size(const struct option *option, const char *text, uint64_t *value)
{
	int r;

	if (!strcmp(text, "max") && option->max == GHOSTNV_UNLIMITED) {
		*value = GHOSTNV_UNLIMITED;
		return 0;
	}
	r = gnv_parse_bytes(text, value);
	return r < 0 ? r : check_range(option, *value);
}

static int parse_number(const struct option *option, const char *text, uint64_t *value)
{
	int r = gnv_parse_u64(text, value);

	return r < 0 ? r : check_range(option, *value);
}

static int parse_seconds(const struct option *option, const char *text, uint64_t *value_ms)
{
	uint64_t seconds;
	int r = gnv_parse_u64(text, &seconds);

	if (r < 0)
		return r;
	if (__builtin_mul_overflow(seconds, 1000, value_ms))
		return -ERANGE;
	return check_range(option, *value_ms);
}

static int parse_policy(const struct option *option, const char *text, uint64_t *policy)
{
	for (*policy = option->min; *policy <= option->max; ++*policy)
		if (!strcmp(text, policies[*policy]))
			return 0;
	return -EINVAL;
}

static int parse_switch(const struct option *option, const char *text, uint64_t *value)
{
	(void)option;
	*value = !strcmp(text, "on");
	return *value || !strcmp(text, "off") ? 0 : -EINVAL;
}

/* "QUOTA" or "QUOTA/PERIOD" in us, or "N%" of one engine. */
static int parse_cap(const struct option *option, const char *text, uint64_t *value)
{
	uint64_t quota_us, period_us = GHOSTNV_GPU_PERIOD_US_DEFAULT;
	char quota[16];
	size_t length = strcspn(text, "/%");
	int r;

	if (!strcmp(text, "max")) {
		*value = option->max;
		return 0;
	}
	if (length >= sizeof(quota))
		return -EINVAL;
	memcpy(quota, text, length);
	quota[length] = '\0';
	r = gnv_parse_u64(quota, &quota_us);
	if (!r && text[length] == '/')
		r = gnv_parse_u64(text + length + 1, &period_us);
	else if (!r && text[length] && strcmp(text + length, "%"))
		r = -EINVAL;
	else if (!r && text[length] &&
		 __builtin_mul_overflow(quota_us, period_us / 100, &quota_us))
		r = -ERANGE;
	if (r < 0)
		return r;
	/* There is but one engine; so the period is not below its least either. */
	if (quota_us < GHOSTNV_GPU_QUOTA_US_MIN || quota_us > period_us ||
	    period_us > GHOSTNV_GPU_PERIOD_US_MAX)
		return -ERANGE;
	*value = GHOSTNV_GPU_MAX(quota_us, period_us);
	return 0;
}

#define SIZE_REMEDY   "give a size from 1 byte such as 1.5G, `max`, or 1=512M for GPU 1 alone"
#define SWITCH_REMEDY "it is `on` or `off`, or 1=on for GPU 1 alone"

static const struct option options[] = {
	{ GHOSTNV_LIMIT_VRAM_MAX, true, "gpu-memory", parse_size, 1, GHOSTNV_UNLIMITED,
	  SIZE_REMEDY },
	{ GHOSTNV_LIMIT_VRAM_HIGH, true, "gpu-memory-high", parse_size, 1, GHOSTNV_UNLIMITED,
	  SIZE_REMEDY },
	{ GHOSTNV_LIMIT_VRAM_LOW, true, "gpu-memory-low", parse_size, 0, INT64_MAX,
	  "give a size such as 512M, 0 for none, or 1=512M for GPU 1 alone" },
	{ GHOSTNV_LIMIT_OOM_POLICY, false, "oom-policy", parse_policy, 0, N_POLICIES - 1,
	  "it is `fail`, `wait`, `evict` or `kill`" },
	{ GHOSTNV_LIMIT_OOM_PRIORITY, false, "oom-priority", parse_number, 0,
	  GHOSTNV_OOM_PRIORITY_MAX, "give 0 to 1000" },
	{ GHOSTNV_LIMIT_OOM_WAIT_MS, false, "oom-wait", parse_seconds, 1000,
	  GHOSTNV_OOM_WAIT_MS_MAX, "give 1 to 600 seconds" },
	{ GHOSTNV_LIMIT_GPU_WEIGHT, true, "gpu-weight", parse_number, GHOSTNV_GPU_WEIGHT_MIN,
	  GHOSTNV_GPU_WEIGHT_MAX, "give 1 to 10000, or 1=300 for GPU 1 alone" },
	{ GHOSTNV_LIMIT_GPU_MAX, true, "gpu-max", parse_cap, 0, GHOSTNV_UNLIMITED,
	  "give 25%, microseconds and their period such as 5000/20000 (from 1000, the period to 1000000), `max`, or 1=25% for GPU 1 alone" },
	{ GHOSTNV_LIMIT_GPU_BURST, true, "gpu-burst", parse_number, 0, UINT32_MAX,
	  "give microseconds, or 1=5000 for GPU 1 alone" },
	{ GHOSTNV_LIMIT_GPU_LATENCY, true, "gpu-latency", parse_switch, 0, 1, SWITCH_REMEDY },
	{ GHOSTNV_LIMIT_GPU_EXCLUSIVE, true, "gpu-exclusive", parse_switch, 0, 1,
	  SWITCH_REMEDY },
};

#define ASKER_LEN 32

#define PRIORITY  "GHOSTNV_REALTIME_PRIORITY"

static const struct option *find_option(uint32_t limit)
{
	const struct option *option = options;

	while (option->limit != limit)
		option++;
	return option;
}

const char *gnv_gpu_limit_option(uint32_t limit)
{
	return find_option(limit)->name;
}

/* Cuts "INDEX=" off; what stands in front of it is the whole of what is left. */
static int parse_gpu(const char **text, uint32_t *gpu)
{
	const char *sign = strchr(*text, '=');
	char index[4];
	size_t length;

	if (!sign)
		return 0;
	length = (size_t)(sign - *text);
	if (length >= sizeof(index))
		return -EINVAL;
	memcpy(index, *text, length);
	index[length] = '\0';
	*text = sign + 1;
	if (gnv_parse_u32(index, gpu) < 0 || *gpu >= GHOSTNV_GPUS_MAX)
		return -EINVAL;
	return 0;
}

/* Who asked for it. */
static const char *asker(const struct gnv_gpu_limit *limit, char buf[ASKER_LEN])
{
	if (limit->asker)
		return limit->asker;
	snprintf(buf, ASKER_LEN, "--%s", gnv_gpu_limit_option(limit->limit));
	return buf;
}

static int bad(const struct gnv_gpu_limit *limit, const char *text, const char *remedy,
	       struct gnv_error **err)
{
	char buf[ASKER_LEN];

	gnv_error_set(err, EINVAL, "%s `%.64s`: this cannot be", asker(limit, buf), text);
	return gnv_error_remedy(err, -EINVAL, "%s", remedy);
}

int gnv_gpu_limits_add(struct gnv_gpu_limits *limits, uint32_t limit, const char *text,
		       struct gnv_error **err)
{
	return gnv_gpu_limits_add_for(limits, limit, text, NULL, err);
}

int gnv_gpu_limits_add_for(struct gnv_gpu_limits *limits, uint32_t limit, const char *text,
			   const char *asker_name, struct gnv_error **err)
{
	const struct option *option = find_option(limit);
	struct gnv_gpu_limit added = {
		.limit = limit,
		.gpu = GHOSTNV_GPU_TOTAL,
		.asker = asker_name,
	};
	const char *value = text;

	if (limits->n == GNV_GPU_LIMITS_MAX)
		return bad(&added, text, "there are too many limits: give each once", err);
	if ((option->of_gpus && parse_gpu(&value, &added.gpu) < 0) ||
	    option->parse(option, value, &added.value) < 0)
		return bad(&added, text, option->remedy, err);
	limits->limits[limits->n++] = added;
	return 0;
}

bool gnv_gpu_limits_have(const struct gnv_gpu_limits *limits, uint32_t limit)
{
	size_t i;

	for (i = 0; i < limits->n; i++)
		if (limits->limits[i].limit == limit)
			return true;
	return false;
}

int gnv_gpu_limits_add_env(struct gnv_gpu_limits *limits, char *const *env, bool allowed,
			   bool *ret_refused, struct gnv_error **err)
{
	const struct gnv_gpu_limit asked = { .asker = PRIORITY };
	const char *text = gnv_env_get(env, PRIORITY);

	*ret_refused = false;
	if (!text || !*text || !strcmp(text, "normal"))
		return 0;
	if (strcmp(text, "high"))
		return bad(&asked, text, "it is `high` or `normal`", err);
	if (gnv_gpu_limits_have(limits, GHOSTNV_LIMIT_GPU_LATENCY))
		return 0;
	*ret_refused = !allowed;
	if (!allowed)
		return 0;
	return gnv_gpu_limits_add_for(limits, GHOSTNV_LIMIT_GPU_LATENCY, "on", PRIORITY, err);
}

/* What can be in the way of a limit, and what helps. */
static const struct obstacle {
	bool of_time; /* of GPU time, otherwise of memory */
	int number;
	const char *message, *remedy;
} obstacles[] = {
	{ false, ENOSPC, "what is asked for is taken by others or promised to them",
	  "`ghostnv-container stats` shows who has what" },
	{ false, ERANGE, "it is more than the container's limit", "raise --gpu-memory first" },
	{ false, EBUSY, "guarantees of this container or one near it forbid it",
	  "lower --gpu-memory-low first" },
	{ false, ENODEV, "how much memory the GPU has is not known",
	  "`modprobe -r ghostnv-rm ghostnv; modprobe ghostnv` asks the driver anew" },
	{ true, EOPNOTSUPP,
	  "ghostnv-rm is not loaded, or the driver does not tell who uses the GPU",
	  "`modprobe ghostnv-rm`; where that does not help, GPU time cannot be shared out" },
	{ true, EBUSY, "another container has the GPU for itself",
	  "`ghostnv-container update --gpu-exclusive=off` that one first" },
	{ true, EINVAL, "it does not go with the limit --gpu-max",
	  "give --gpu-max in front, and no more than its quota" },
};

static int explain(const struct gnv_gpu_limit *limit, int r, struct gnv_error **err)
{
	char buf[ASKER_LEN];
	const char *who = asker(limit, buf);
	size_t i;

	if (r == -ENOENT && limit->gpu != GHOSTNV_GPU_TOTAL) {
		gnv_error_set(err, -r, "%s: there is no GPU %u, or no such container", who,
			      limit->gpu);
		return gnv_error_remedy(err, r, "`ghostnv-container devices` lists the GPUs");
	}
	for (i = 0; i < sizeof(obstacles) / sizeof(obstacles[0]); i++) {
		if (obstacles[i].number != -r ||
		    obstacles[i].of_time != (limit->limit >= GHOSTNV_LIMIT_GPU_WEIGHT))
			continue;
		gnv_error_set(err, -r, "%s: %s", who, obstacles[i].message);
		return gnv_error_remedy(err, r, "%s", obstacles[i].remedy);
	}
	return gnv_error_errno(err, -r, "%s", who);
}

int gnv_gpu_limits_apply(const struct gnv_gpu_limits *limits, struct ghostnv *module,
			 uint64_t id, struct gnv_error **err)
{
	const struct gnv_gpu_limit *limit;
	int r;

	for (limit = limits->limits; limit < limits->limits + limits->n; limit++) {
		r = ghostnv_limit_set(module, id, limit->limit, limit->gpu, limit->value);
		if (r < 0)
			return explain(limit, r, err);
	}
	return 0;
}
