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

/*
 * Keys that this process makes from now on are its program's, and so have that label.  A label
 * that the policy does not know is found here: -EINVAL.  @procfs_fd: where the process is.
 */
int oci_lsm_label_keys(int procfs_fd, const struct oci_process *process, struct gnv_error **err);

/* linux.mountLabel, or NULL. */
const char *oci_lsm_mount_label(const struct oci_linux *os);
int oci_lsm_check_mount_label(const struct oci_linux *os, struct gnv_error **err);

enum oci_lsm_mount {
	OCI_LSM_HAS_OWN, /* SELinux has names for what is in it */
	OCI_LSM_BY_OPTION, /* a new one takes the label as its option `context` */
	OCI_LSM_BY_ATTRIBUTE, /* it was there before: its root gets the label */
};

/* How a file system of that type gets it. */
enum oci_lsm_mount oci_lsm_mount(const char *type);

/* OCI_LSM_BY_ATTRIBUTE.  Return: 0 or -errno. */
int oci_lsm_label_root(int mount_fd, const char *label);

#endif /* GNV_OCI_LSM_H */
