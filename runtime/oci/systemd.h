/* SPDX-License-Identifier: MIT */
/*
 * Containers whose cgroups systemd makes (--cgroup-manager=systemd): each is a transient unit,
 * delegated to us.  systemd is told the limits as well, lest it writes others; rules for
 * devices are ours alone, in a program beside those that systemd may attach.
 *
 * sd-bus is in another program (systemd/main.c), which is executed for each request.
 */
#ifndef GNV_OCI_SYSTEMD_H
#define GNV_OCI_SYSTEMD_H

#include <sys/types.h>

#include "oci/config.h"

/* cgroupsPath "slice:prefix:name" as the name of a unit, and of its slice. */
int oci_systemd_unit(const struct oci_config *config, const char *id, char **ret_unit,
		     char **ret_slice, struct gnv_error **err);

/* With @pid in it: there is no scope without a process. */
int oci_systemd_start(const struct oci_config *config, const char *unit, const char *slice,
		      const char *id, pid_t pid, struct gnv_error **err);
/* All at once; what @second has counts. */
int oci_systemd_update(const char *unit, const struct oci_resources *first,
		       const struct oci_resources *second, struct gnv_error **err);

/* One that is gone already is what was wanted. */
int oci_systemd_stop(const char *unit, struct gnv_error **err);

#endif /* GNV_OCI_SYSTEMD_H */
