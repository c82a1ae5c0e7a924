/* SPDX-License-Identifier: MIT */
/*
 * A container's share of the GPUs: annotations `dev.ghostnv/…`.
 */
#ifndef GNV_OCI_GPU_H
#define GNV_OCI_GPU_H

#include "oci/config.h"

#define OCI_GPU_ANNOTATIONS "dev.ghostnv/"

/*
 * Called when the cgroup is there and empty, before the first process is made in it: the
 * place to register it with the module.  The kernel unregisters it with the cgroup.
 * -EOPNOTSUPP: the configuration asks for a share, and this runtime gives none yet.
 */
int oci_gpu_register(const struct oci_config *config, int cgroup_fd, struct gnv_error **err);

#endif /* GNV_OCI_GPU_H */
