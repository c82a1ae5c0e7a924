/* SPDX-License-Identifier: MIT */
/*
 * The device nodes of linux.devices.  Those below /dev are made in it; others are made in a
 * file system of their own, on the host's side, and mounted one by one: nodes cannot be made in
 * a user namespace, and are nothing that the image is to keep.
 */
#ifndef GNV_OCI_NODES_H
#define GNV_OCI_NODES_H

#include "oci/plan.h"

struct gnv_device_node;

/* Those below /dev.  *ret_nodes: to be freed; their paths are the configuration's. */
int oci_nodes_list(const struct oci_plan *plan, struct gnv_device_node **ret_nodes,
		   size_t *ret_n);

/* Makes those elsewhere, as plan->nodes_fd. */
int oci_nodes_plan(struct oci_plan *plan, struct gnv_error **err);

/* Puts them into the container, when all else is mounted. */
int oci_nodes_put(const struct oci_plan *plan, struct gnv_error **err);

/* Without root: the host's nodes on the files that stand for them in /dev. */
int oci_nodes_bind(const struct oci_plan *plan, struct gnv_error **err);

#endif /* GNV_OCI_NODES_H */
