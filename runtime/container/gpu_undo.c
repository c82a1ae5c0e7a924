// SPDX-License-Identifier: MIT
/*
 * Limits as they were, and setting them back.
 */
#include "container/gpu_undo.h"

#include <string.h>

static int push(struct gnv_gpu_undo *undo, const struct gnv_gpu_limit *limit)
{
	struct gnv_gpu_limit *grown;

	if (undo->n == undo->room) {
		undo->room = undo->room ? 2 * undo->room : 16;
		grown = reallocarray(undo->before, undo->room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		undo->before = grown;
	}
	undo->before[undo->n++] = *limit;
	return 0;
}

/* What cannot be read cannot be set either, which is heard of then. */
static int note(struct gnv_gpu_undo *undo, uint32_t limit, uint32_t gpu)
{
	struct gnv_gpu_limit before = { .limit = limit, .gpu = gpu };

	if (ghostnv_limit_get(undo->module, undo->id, limit, gpu, &before.value) < 0)
		return 0;
	return push(undo, &before);
}

/* A smaller cap takes from the burst that may be kept: it is set back behind the cap. */
static int note_time(struct gnv_gpu_undo *undo, uint32_t limit, uint32_t gpu)
{
	int r = limit == GHOSTNV_LIMIT_GPU_MAX ? note(undo, GHOSTNV_LIMIT_GPU_BURST, gpu) : 0;

	return r < 0 ? r : note(undo, limit, gpu);
}

/* A limit of time for all GPUs is one for each. */
static int note_all(struct gnv_gpu_undo *undo, const struct gnv_gpu_limit *limit)
{
	struct ghostnv_gpu gpu;
	uint32_t index;
	int r = 0;

	if (limit->limit < GHOSTNV_LIMIT_GPU_WEIGHT)
		return note(undo, limit->limit, limit->gpu);
	if (limit->gpu != GHOSTNV_GPU_TOTAL)
		return note_time(undo, limit->limit, limit->gpu);
	for (index = 0; r >= 0 && ghostnv_gpu_next(undo->module, index, &gpu) == 0;
	     index = gpu.index + 1)
		r = note_time(undo, limit->limit, gpu.index);
	return r;
}

int gnv_gpu_limits_change(const struct gnv_gpu_limits *limits, struct gnv_gpu_undo *undo,
			  struct gnv_error **err)
{
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < limits->n; i++)
		r = note_all(undo, &limits->limits[i]);
	if (r < 0)
		return gnv_error_errno(err, -r, "keep the limits of GPUs");
	return gnv_gpu_limits_apply(limits, undo->module, undo->id, err);
}

void gnv_gpu_undo_all(const struct gnv_gpu_undo *undo, struct gnv_error **err)
{
	const struct gnv_gpu_limit *limit;
	uint64_t present;
	size_t i;
	int r;

	for (i = undo->n; i-- > 0;) {
		limit = &undo->before[i];
		if (ghostnv_limit_get(undo->module, undo->id, limit->limit, limit->gpu,
				      &present) == 0 &&
		    present == limit->value)
			continue;
		r = ghostnv_limit_set(undo->module, undo->id, limit->limit, limit->gpu,
				      limit->value);
		if (r < 0)
			gnv_error_wrap(err, r, "--%s could not be set back (%s)",
				       gnv_gpu_limit_option(limit->limit), strerror(-r));
	}
}

void gnv_gpu_undo_fini(struct gnv_gpu_undo *undo)
{
	free(undo->before);
	undo->before = NULL;
	ghostnv_close(undo->module);
	undo->module = NULL;
}
