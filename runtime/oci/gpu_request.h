/* SPDX-License-Identifier: MIT */
/*
 * What a bundle asks of GPUs, in all the ways in which callers ask for them.  Pure: looks at
 * nothing but the configuration.
 */
#ifndef GNV_OCI_GPU_REQUEST_H
#define GNV_OCI_GPU_REQUEST_H

#include "oci/config.h"
#include "oci/gpu_limits.h"

struct oci_gpu_request {
	bool annotated; /* by annotations of ours */
	bool asks; /* for GPUs or driver files, by whatever it may be but nodes alone */
	bool has_nodes; /* nodes of GPUs are in linux.devices */
	const char *granted; /* dev.ghostnv/gpus; NULL: all */
	const char *capabilities; /* dev.ghostnv/driver.capabilities, or NULL */
	struct oci_array names; /* char *; of GPUs, by CDI annotations and volumes */
	char *const *env; /* the process's, or NULL */
	struct gnv_gpu_limits limits;
};

/* Whether there is anything at all to read; most bundles have nothing. */
bool oci_gpu_is_concerned(const struct oci_config *config);

/* @trust_env: an environment alone may ask for GPUs. */
int oci_gpu_request_read(const struct oci_config *config, bool trust_env,
			 struct oci_gpu_request *ret, struct gnv_error **err);
void oci_gpu_request_fini(struct oci_gpu_request *request);

/* The annotations that mean something here, by index; NULL behind the last. */
const char *oci_gpu_annotation(size_t index);

/* Faults of annotations below dev.ghostnv/. */
void oci_gpu_check(struct oci_reader *reader, const struct oci_config *config);

/* Take NVIDIA's hooks out, as what they do is done here. */
void oci_gpu_drop_hooks(struct oci_config *config);

/* Whether @device is the node of a GPU: /dev/nvidiaN. */
bool oci_gpu_is_node(const struct oci_device *device);

#define _cleanup_gpu_request_ _cleanup_(oci_gpu_request_fini)

#endif /* GNV_OCI_GPU_REQUEST_H */
