// SPDX-License-Identifier: MIT
/*
 * Limits of video memory that may change: see gpu_limits.h.
 */
#include "container/gpu_limits.h"

#include <string.h>

#include "base/parse.h"

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

const char *gnv_gpu_limit_option(uint32_t limit)
{
	switch (limit) {
	case GHOSTNV_LIMIT_VRAM_HIGH:
		return "gpu-memory-high";
	case GHOSTNV_LIMIT_VRAM_LOW:
		return "gpu-memory-low";
	case GHOSTNV_LIMIT_OOM_POLICY:
		return "oom-policy";
	case GHOSTNV_LIMIT_OOM_PRIORITY:
		return "oom-priority";
	case GHOSTNV_LIMIT_OOM_WAIT_MS:
		return "oom-wait";
	default:
		return "gpu-memory";
	}
}

static int bad(uint32_t limit, const char *text, const char *remedy, struct gnv_error **err)
{
	gnv_error_set(err, EINVAL, "--%s `%s`: this cannot be", gnv_gpu_limit_option(limit),
		      text);
	return gnv_error_remedy(err, -EINVAL, "%s", remedy);
}

/* Cuts "INDEX=" off; what stands in front of it is the whole of what is left. */
static int parse_gpu(const char **text, uint32_t *gpu)
{
	const char *sign = strchr(*text, '=');
	char index[4];
	size_t length;

	*gpu = GHOSTNV_GPU_TOTAL;
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

static int parse_size(const char *text, struct gnv_gpu_limit *limit)
{
	bool low = limit->limit == GHOSTNV_LIMIT_VRAM_LOW;

	if (parse_gpu(&text, &limit->gpu) < 0)
		return -EINVAL;
	if (!strcmp(text, "max") && !low) {
		limit->value = GHOSTNV_UNLIMITED;
		return 0;
	}
	if (gnv_parse_bytes(text, &limit->value) < 0)
		return -EINVAL;
	return limit->value || low ? 0 : -EINVAL;
}

static int parse_policy(const char *text, uint64_t *policy)
{
	for (*policy = 0; *policy < N_POLICIES; ++*policy)
		if (!strcmp(text, policies[*policy]))
			return 0;
	return -EINVAL;
}

static int parse(const char *text, struct gnv_gpu_limit *limit, const char **remedy)
{
	uint64_t *value = &limit->value;

	limit->gpu = GHOSTNV_GPU_TOTAL;
	switch (limit->limit) {
	case GHOSTNV_LIMIT_OOM_POLICY:
		*remedy = "it is `fail`, `wait`, `evict` or `kill`";
		return parse_policy(text, value);
	case GHOSTNV_LIMIT_OOM_PRIORITY:
		*remedy = "give 0 to 1000";
		return gnv_parse_u64(text, value) < 0 || *value > GHOSTNV_OOM_PRIORITY_MAX ?
			       -EINVAL :
			       0;
	case GHOSTNV_LIMIT_OOM_WAIT_MS:
		*remedy = "give 1 to 600 seconds";
		if (gnv_parse_u64(text, value) < 0 || !*value ||
		    *value > GHOSTNV_OOM_WAIT_MS_MAX / 1000)
			return -EINVAL;
		*value *= 1000;
		return 0;
	case GHOSTNV_LIMIT_VRAM_LOW:
		*remedy = "give a size such as 512M, 0 for none, or 1=512M for GPU 1 alone";
		return parse_size(text, limit);
	default:
		*remedy = "give a size from 1 byte such as 1.5G, `max`, or 1=512M for GPU 1 alone";
		return parse_size(text, limit);
	}
}

int gnv_gpu_limits_add(struct gnv_gpu_limits *limits, uint32_t limit, const char *text,
		       struct gnv_error **err)
{
	struct gnv_gpu_limit *added = &limits->limits[limits->n];
	const char *remedy;

	if (limits->n == GNV_GPU_LIMITS_MAX)
		return bad(limit, text, "there are too many limits: give each once", err);
	added->limit = limit;
	if (parse(text, added, &remedy) < 0)
		return bad(limit, text, remedy, err);
	limits->n++;
	return 0;
}

/* What is in the way of a limit, and what helps. */
static int explain(const struct gnv_gpu_limit *limit, int r, struct gnv_error **err)
{
	const char *option = gnv_gpu_limit_option(limit->limit);

	switch (r) {
	case -ENOENT:
		gnv_error_set(err, -r, "--%s: there is no GPU %u, or no such container", option,
			      limit->gpu);
		return gnv_error_remedy(err, r, "`ghostnv-container devices` lists the GPUs");
	case -ENOSPC:
		gnv_error_set(err, -r,
			      "--%s: what is asked for is taken by others or promised to them",
			      option);
		return gnv_error_remedy(err, r, "`ghostnv-container stats` shows who has what");
	case -ERANGE:
		gnv_error_set(err, -r, "--%s: it is more than the container's limit", option);
		return gnv_error_remedy(err, r, "raise --gpu-memory first");
	case -EBUSY:
		gnv_error_set(err, -r, "--%s: guarantees of this container or one near it forbid it",
			      option);
		return gnv_error_remedy(err, r, "lower --gpu-memory-low first");
	case -ENODEV:
		gnv_error_set(err, -r, "--%s: how much memory the GPU has is not known", option);
		return gnv_error_remedy(err, r, "`modprobe ghostnv-rm`");
	default:
		return gnv_error_errno(err, -r, "--%s", option);
	}
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
