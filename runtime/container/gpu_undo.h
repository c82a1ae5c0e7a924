/* SPDX-License-Identifier: MIT */
/*
 * Changing limits of a container's GPUs so that a change that fails is none.
 */
#ifndef GNV_CONTAINER_GPU_UNDO_H
#define GNV_CONTAINER_GPU_UNDO_H

#include "container/gpu_limits.h"

struct gnv_gpu_undo {
	struct ghostnv *module; /* closed with it */
	uint64_t id; /* of the container */
	struct gnv_gpu_limit *before; /* in the order of the changes */
	size_t n, room;
};

/* Set all, in order, up to the first that cannot be.  @undo has module and id, learns the rest. */
int gnv_gpu_limits_change(const struct gnv_gpu_limits *limits, struct gnv_gpu_undo *undo,
			  struct gnv_error **err);

/*
 * Set back what was changed, the last one first.  What cannot be is put in front of *err, which
 * is why it is done.
 */
void gnv_gpu_undo_all(const struct gnv_gpu_undo *undo, struct gnv_error **err);

void gnv_gpu_undo_fini(struct gnv_gpu_undo *undo);

#define _cleanup_gpuundo_ _cleanup_(gnv_gpu_undo_fini)

#endif /* GNV_CONTAINER_GPU_UNDO_H */
