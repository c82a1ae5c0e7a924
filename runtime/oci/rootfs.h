/* SPDX-License-Identifier: MIT */
/*
 * The container's file systems, from inside its mount namespace.
 */
#ifndef GNV_OCI_ROOTFS_H
#define GNV_OCI_ROOTFS_H

#include "oci/plan.h"

/*
 * Make all mounts and go there; *ret_slave is the other end of the terminal, where
 * there is one.  @hooks runs what is to run before pivot_root.
 */
int oci_rootfs_enter(const struct oci_plan *plan, int *ret_slave,
		     int (*hooks)(const struct oci_plan *plan, struct gnv_error **err),
		     struct gnv_error **err);

#endif /* GNV_OCI_ROOTFS_H */
