/* SPDX-License-Identifier: MIT */
/*
 * Which GPUs an environment asks for by NVIDIA_VISIBLE_DEVICES.  Whoever wrote it,
 * it selects among the GPUs that the operator granted and adds none to them.  Pure.
 */
#ifndef GNV_GPU_VISIBLE_H
#define GNV_GPU_VISIBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "gpu/gpu.h"

enum gnv_visible {
	GNV_VISIBLE_UNSET, /* it does not say */
	GNV_VISIBLE_VOID, /* neither GPUs nor the driver's files */
	GNV_VISIBLE_NONE, /* the driver's files alone */
	GNV_VISIBLE_SOME,
};

/*
 * *ret_mask: the GPUs of @granted that are asked for; all of them where nothing is
 * said, none with void and none.  *ret_refused (may be NULL): what is asked for by
 * name and not granted.  -ENOENT, -EINVAL: as gnv_gpu_select().
 */
int gnv_visible_read(char *const *env, const struct gnv_gpu_list *list, uint64_t granted,
		     enum gnv_visible *ret, uint64_t *ret_mask, uint64_t *ret_refused,
		     struct gnv_error **err);

/* An image of the time before NVIDIA_REQUIRE_CUDA: it says CUDA_VERSION alone. */
bool gnv_visible_is_legacy(char *const *env);

#endif /* GNV_GPU_VISIBLE_H */
