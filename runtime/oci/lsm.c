// SPDX-License-Identifier: MIT
/*
 * Which labels there are, and whether the kernel knows them.
 */
#include "oci/lsm.h"

#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/file.h"
#include "sandbox/mount_api.h"

static bool has_text(const char *path, const char *wanted)
{
	_cleanup_free_ char *text = NULL;

	return gnv_file_read_at(AT_FDCWD, path, 1U << 16, &text, NULL, NULL) >= 0 &&
	       strstr(text, wanted);
}

static int check_apparmor(struct gnv_error **err)
{
	if (has_text("/sys/module/apparmor/parameters/enabled", "Y"))
		return 0;
	gnv_error_set(err, EOPNOTSUPP, "process.apparmorProfile: this kernel runs without AppArmor");
	return gnv_error_remedy(err, -EOPNOTSUPP, "leave it out, or boot with apparmor=1");
}

/* Until it has a policy, all are "kernel", and become that whatever label they ask for. */
static bool has_policy(void)
{
	_cleanup_free_ char *label = NULL;

	return gnv_file_read_at(AT_FDCWD, "/proc/thread-self/attr/current", 1U << 16, &label, NULL,
				NULL) >= 0 &&
	       strcmp(label, "kernel") != 0;
}

/* It registers its file system only where it is switched on. */
static int check_selinux(const char *member, struct gnv_error **err)
{
	if (!has_text("/proc/filesystems", "\tselinuxfs\n")) {
		gnv_error_set(err, EOPNOTSUPP, "%s: this kernel runs without SELinux", member);
		return gnv_error_remedy(err, -EOPNOTSUPP,
					"leave it out, or boot with security=selinux");
	}
	if (has_policy())
		return 0;
	gnv_error_set(err, EOPNOTSUPP, "%s: SELinux has no policy yet", member);
	return gnv_error_remedy(err, -EOPNOTSUPP, "leave it out, or load a policy");
}

int oci_lsm_labels(const struct oci_process *process,
		   struct oci_lsm_label ret[OCI_LSM_LABELS_MAX], struct gnv_error **err)
{
	const char *profile = process->apparmor_profile, *label = process->selinux_label;
	int n = 0, r = 0;

	/* Where there is no AppArmor, everybody is. */
	if (profile && *profile &&
	    (strcmp(profile, "unconfined") != 0 || check_apparmor(NULL) >= 0)) {
		r = check_apparmor(err);
		ret[n++] = (struct oci_lsm_label){ "thread-self/attr/apparmor/exec", "exec ",
						   profile };
	}
	if (r >= 0 && label && *label) {
		r = check_selinux("process.selinuxLabel", err);
		ret[n++] = (struct oci_lsm_label){ "thread-self/attr/exec", "", label };
	}
	return r < 0 ? r : n;
}

int oci_lsm_label_keys(int procfs_fd, const struct oci_process *process, struct gnv_error **err)
{
	const char *label = process->selinux_label;
	_cleanup_close_ int fd = -EBADF;

	if (!label || !*label)
		return 0;
	fd = openat(procfs_fd, "thread-self/attr/keycreate", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, label, strlen(label)) < 0)
		return gnv_error_errno(err, errno, "process.selinuxLabel `%s`", label);
	return 0;
}

const char *oci_lsm_mount_label(const struct oci_linux *os)
{
	return os->mount_label && *os->mount_label ? os->mount_label : NULL;
}

int oci_lsm_check_mount_label(const struct oci_linux *os, struct gnv_error **err)
{
	const char *label = oci_lsm_mount_label(os);
	const struct gnv_mount_option options[] = { { "context", label }, { 0 } };
	_cleanup_close_ int fd = -EBADF;
	int r;

	if (!label)
		return 0;
	r = check_selinux("linux.mountLabel", err);
	if (r < 0)
		return r;
	/* One that the policy does not know is a fault of the label, and not of a mount. */
	fd = gnv_mount_new("tmpfs", options, 0);
	return fd < 0 ? gnv_error_errno(err, -fd, "linux.mountLabel `%s`", label) : 0;
}

enum oci_lsm_mount oci_lsm_mount(const char *type)
{
	static const char *const own[] = { "proc", "sysfs", "cgroup", "cgroup2" };
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strcmp(own[i], type))
			return OCI_LSM_HAS_OWN;
	/* The kernel makes it with its namespace. */
	return strcmp(type, "mqueue") ? OCI_LSM_BY_OPTION : OCI_LSM_BY_ATTRIBUTE;
}

int oci_lsm_label_root(int mount_fd, const char *label)
{
	_cleanup_close_ int fd = openat(mount_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsetxattr(fd, "security.selinux", label, strlen(label) + 1, 0) < 0)
		return -errno;
	return 0;
}
