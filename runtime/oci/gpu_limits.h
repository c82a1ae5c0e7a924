/* SPDX-License-Identifier: MIT */
/*
 * The words of limits of GPUs in the OCI face: `dev.ghostnv/vram.max` in annotations,
 * `vram.max` in the administrator's configuration, `GHOSTNV_VRAM_MAX` in the container's
 * environment.  Pure.
 */
#ifndef GNV_OCI_GPU_LIMITS_H
#define GNV_OCI_GPU_LIMITS_H

#include "container/gpu_limits.h"
#include "oci/config.h"

#define OCI_GPU_ANNOTATIONS "dev.ghostnv/"

/* The annotation of the limit at @index, or NULL behind the last. */
const char *oci_gpu_limit_annotation(size_t index);

/*
 * What @pairs say of limits, in the order in which the module can take them; with @prefix in
 * front of their names.  A limit that @limits has already is passed over.
 */
int oci_gpu_limits_read(const struct oci_array *pairs, const char *prefix,
			struct gnv_gpu_limits *limits, struct gnv_error **err);

/* What @env, which the image's author may have written, asks for less. */
int oci_gpu_limits_lower(char *const *env, struct gnv_gpu_limits *limits,
			 struct gnv_error **err);

#endif /* GNV_OCI_GPU_LIMITS_H */
