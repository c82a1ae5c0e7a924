/* SPDX-License-Identifier: MIT */
/*
 * linux.intelRdt: shares of caches and of memory's bandwidth, by groups below resctrl.  Paths
 * of groups count from where that is mounted; "." is the group of all.
 */
#ifndef GNV_OCI_RDT_H
#define GNV_OCI_RDT_H

#include <sys/types.h>

#include "oci/config.h"

/* Return: the directory, or -EOPNOTSUPP where resctrl is not mounted. */
int oci_rdt_open(struct gnv_error **err);

/*
 * The group that @rdt asks for, made where it may be; *ret_made is what is to be removed with
 * the container, or NULL.
 */
int oci_rdt_prepare(int root_fd, const struct oci_intel_rdt *rdt, const char *id,
		    char **ret_group, char **ret_made, struct gnv_error **err);

/* Put @pid in it, and with it the children that it will have. */
int oci_rdt_join(int root_fd, const char *group, pid_t pid, struct gnv_error **err);

/* One that is gone is what was wanted. */
int oci_rdt_remove(int root_fd, const char *made, struct gnv_error **err);

#endif /* GNV_OCI_RDT_H */
