/* SPDX-License-Identifier: MIT */
/*
 * Labels of the security modules that a kernel may have: AppArmor's profile, SELinux's
 * contexts.  What the running kernel cannot apply is refused.
 */
#ifndef GNV_OCI_LSM_H
#define GNV_OCI_LSM_H

#include "oci/config.h"

/* What a process writes of itself, below /proc/thread-self, for its next execve. */
struct oci_lsm_label {
	const char *path;
	const char *prefix, *label;
};

#define OCI_LSM_LABELS_MAX 2

/* Return: how many labels @process has, or -EOPNOTSUPP. */
int oci_lsm_labels(const struct oci_process *process,
		   struct oci_lsm_label ret[OCI_LSM_LABELS_MAX], struct gnv_error **err);

/* linux.mountLabel. */
int oci_lsm_check_mount_label(const char *label, struct gnv_error **err);

/* Whether a new file system of that type takes it as its option `context`. */
bool oci_lsm_labels_type(const char *type);

#endif /* GNV_OCI_LSM_H */
