// SPDX-License-Identifier: MIT
/*
 * Which labels there are, and whether the kernel knows them.
 */
#include "oci/lsm.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"

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

/* It registers its file system only where it is switched on. */
static int check_selinux(const char *member, struct gnv_error **err)
{
	if (has_text("/proc/filesystems", "\tselinuxfs\n"))
		return 0;
	gnv_error_set(err, EOPNOTSUPP, "%s: this kernel runs without SELinux", member);
	return gnv_error_remedy(err, -EOPNOTSUPP, "leave it out, or boot with selinux=1");
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

int oci_lsm_check_mount_label(const char *label, struct gnv_error **err)
{
	return label && *label ? check_selinux("linux.mountLabel", err) : 0;
}

bool oci_lsm_labels_type(const char *type)
{
	/* SELinux has names of its own for what these are made of. */
	static const char *const others[] = { "proc", "sysfs", "mqueue", "cgroup", "cgroup2" };
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(others[i], type))
			return false;
	return true;
}
