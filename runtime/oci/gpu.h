/* SPDX-License-Identifier: MIT */
/*
 * A container's share of the GPUs: which ones, NVIDIA's driver for them, and the limits that
 * the module holds.  A bundle that asks for none of it has no struct oci_gpu, and the
 * module is not looked at for it.
 */
#ifndef GNV_OCI_GPU_H
#define GNV_OCI_GPU_H

#include "container/gpu_undo.h"
#include "oci/config.h"

struct oci_gpu;

/*
 * What the bundle asks for, held against what there is; @rootfs is the host's path of the
 * root file system.  NVIDIA's hooks are taken out of @config, and the GPUs' nodes put in.
 * @admin_path: see gpu_admin.h.  *ret: NULL where nothing is asked for.
 */
int oci_gpu_prepare(struct oci_config *config, const char *rootfs, const char *admin_path,
		    struct oci_gpu **ret, struct gnv_error **err);
void oci_gpu_free(struct oci_gpu *gpu);

/*
 * Called when the cgroup is there and nothing of the container's is in it: the module knows it
 * from before the first process.  The kernel unregisters it with the cgroup.
 */
int oci_gpu_register(const struct oci_gpu *gpu, int cgroup_fd, struct gnv_error **err);

/* Of the container that has this cgroup; -ENOENT where it has no GPU. */
int oci_gpu_update(int cgroup_fd, const struct gnv_gpu_limits *limits, struct gnv_gpu_undo *undo,
		   struct gnv_error **err);
int oci_gpu_stats(int cgroup_fd, struct ghostnv_stats *ret);

/* In the container's process.  The driver's files, while only the root file system is there. */
int oci_gpu_put(const struct oci_gpu *gpu, int rootfs_fd, struct gnv_error **err);

/* /proc/driver/nvidia, when all mounts are there. */
int oci_gpu_cover(const struct oci_gpu *gpu, int rootfs_fd, struct gnv_error **err);

#endif /* GNV_OCI_GPU_H */
