// SPDX-License-Identifier: MIT
/*
 * Limits from annotations, the administrator and environments.
 */
#include "oci/gpu_limits.h"

#include <string.h>

#include "base/strv.h"

static const struct word {
	const char *annotation, *env;
	uint32_t limit; /* GHOSTNV_LIMIT_* */
	uint64_t usual; /* where nobody says anything */
} words[] = {
#define WORD(name, id, usual) \
	{ \
		OCI_GPU_ANNOTATIONS name, "GHOSTNV_" #id, GHOSTNV_LIMIT_##id, usual \
	}
	WORD("vram.max", VRAM_MAX, GHOSTNV_UNLIMITED),
	WORD("vram.high", VRAM_HIGH, GHOSTNV_UNLIMITED),
	WORD("vram.low", VRAM_LOW, 0),
	WORD("oom.policy", OOM_POLICY, GHOSTNV_OOM_FAIL),
	WORD("oom.priority", OOM_PRIORITY, 0),
	{ OCI_GPU_ANNOTATIONS "oom.wait", "GHOSTNV_OOM_WAIT", GHOSTNV_LIMIT_OOM_WAIT_MS,
	  GHOSTNV_OOM_WAIT_MS_DEFAULT },
	WORD("gpu.weight", GPU_WEIGHT, GHOSTNV_GPU_WEIGHT_DEFAULT),
	WORD("gpu.max", GPU_MAX, GHOSTNV_UNLIMITED),
	WORD("gpu.burst", GPU_BURST, 0),
	WORD("gpu.latency", GPU_LATENCY, 0),
	WORD("gpu.exclusive", GPU_EXCLUSIVE, 0),
#undef WORD
};

#define N_WORDS (sizeof(words) / sizeof(words[0]))

const char *oci_gpu_limit_annotation(size_t index)
{
	return index < N_WORDS ? words[index].annotation : NULL;
}

/* "8G,0=4G": parted by commas. */
static int add_all(const struct word *word, const char *text, const char *asker,
		   struct gnv_gpu_limits *limits, struct gnv_error **err)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *part;
	int r = 0;

	if (!copy)
		return gnv_error_errno(err, ENOMEM, "%s", asker);
	while (r >= 0 && (part = strsep(&rest, ",")))
		r = gnv_gpu_limits_add_for(limits, word->limit, part, asker, err);
	return r;
}

int oci_gpu_limits_read(const struct oci_array *array, const char *prefix,
			struct gnv_gpu_limits *limits, struct gnv_error **err)
{
	const struct oci_pair *pairs = OCI_ITEMS(struct oci_pair, *array);
	const struct gnv_gpu_limits before = *limits;
	size_t i, length = strlen(prefix);
	const struct word *word;
	int r = 0;

	for (word = words; word < words + N_WORDS; word++)
		for (i = 0; r >= 0 && i < array->n; i++)
			/* One that is ill-formed has no value. */
			if (pairs[i].value && !strncmp(pairs[i].key, prefix, length) &&
			    !strcmp(pairs[i].key + length,
				    word->annotation + strlen(OCI_GPU_ANNOTATIONS)) &&
			    !gnv_gpu_limits_have(&before, word->limit))
				r = add_all(word, pairs[i].value, word->annotation, limits, err);
	return r;
}

/* Whether @a gives less than @b. */
static bool is_less(uint32_t limit, uint64_t a, uint64_t b)
{
	if (limit != GHOSTNV_LIMIT_GPU_MAX || a == GHOSTNV_UNLIMITED || b == GHOSTNV_UNLIMITED)
		return a < b;
	return (uint64_t)GHOSTNV_GPU_MAX_QUOTA_US(a) * GHOSTNV_GPU_MAX_PERIOD_US(b) <
	       (uint64_t)GHOSTNV_GPU_MAX_QUOTA_US(b) * GHOSTNV_GPU_MAX_PERIOD_US(a);
}

/* What holds at present for the GPU, which all together are one, too. */
static uint64_t present(const struct gnv_gpu_limits *limits, const struct word *word, uint32_t gpu)
{
	const struct gnv_gpu_limit *limit;
	uint64_t value = word->usual;

	for (limit = limits->limits; limit < limits->limits + limits->n; limit++) {
		if (limit->limit != word->limit)
			continue;
		if (limit->gpu == gpu)
			return limit->value;
		if (limit->gpu == GHOSTNV_GPU_TOTAL)
			value = limit->value;
	}
	return value;
}

/*
 * A value for all GPUs holds for each that has one of its own, too; and it stands in front, as
 * the later one counts.
 */
static void lower(const struct word *word, const struct gnv_gpu_limit *asked,
		  struct gnv_gpu_limits *limits)
{
	bool less = is_less(word->limit, asked->value, present(limits, word, asked->gpu));
	bool total = asked->gpu == GHOSTNV_GPU_TOTAL, there = false;
	size_t i;

	for (i = 0; i < limits->n; i++) {
		struct gnv_gpu_limit *limit = &limits->limits[i];

		if (limit->limit != word->limit || (!total && limit->gpu != asked->gpu))
			continue;
		there |= limit->gpu == asked->gpu;
		if (is_less(word->limit, asked->value, limit->value)) {
			limit->value = asked->value;
			limit->asker = asked->asker;
		}
	}
	if (!less || there)
		return;
	i = total ? 0 : limits->n;
	memmove(&limits->limits[i + 1], &limits->limits[i],
		(limits->n - i) * sizeof(limits->limits[0]));
	limits->limits[i] = *asked;
	limits->n++;
}

int oci_gpu_limits_lower(char *const *env, struct gnv_gpu_limits *limits, struct gnv_error **err)
{
	const struct word *word;

	for (word = words; word < words + N_WORDS; word++) {
		const char *text = gnv_env_get(env, word->env);
		struct gnv_gpu_limits asked = { 0 };
		size_t i;
		int r;

		if (!text || !*text)
			continue;
		r = add_all(word, text, word->env, &asked, err);
		if (r < 0)
			return r;
		for (i = 0; i < asked.n; i++) {
			if (limits->n == GNV_GPU_LIMITS_MAX)
				return gnv_error_set(err, E2BIG, "%s: there are too many limits",
						     word->env);
			lower(word, &asked.limits[i], limits);
		}
	}
	return 0;
}
