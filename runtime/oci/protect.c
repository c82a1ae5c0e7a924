// SPDX-License-Identifier: MIT
/*
 * Executing oneself by a read-only mount.
 */
#include "oci/protect.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "base/file.h"
#include "base/strv.h"
#include "sandbox/mount_api.h"

#define ARGUMENTS_BYTES_MAX (4U << 20)

#define SELF "/proc/self/exe"

/* As the kernel has it: reading options has changed our own. */
static char **read_arguments(void)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_strv_ char **argv = NULL;
	size_t length, at;

	if (gnv_file_read_at(AT_FDCWD, "/proc/self/cmdline", ARGUMENTS_BYTES_MAX, &text, &length,
			     NULL) < 0)
		return NULL;
	for (at = 0; at < length; at += strlen(text + at) + 1)
		if (gnv_strv_append(&argv, text + at) < 0)
			return NULL;
	return STEAL_PTR(argv);
}

int oci_protect_program(struct gnv_error **err)
{
	_cleanup_strv_ char **argv = NULL;
	_cleanup_close_ int self_fd = open(SELF, O_PATH | O_CLOEXEC);
	_cleanup_close_ int mount_fd = -EBADF;
	struct statvfs st;
	int r;

	/* The mount says it, and nothing that a caller could pretend. */
	if (self_fd < 0 || fstatvfs(self_fd, &st) < 0)
		return gnv_error_errno(err, errno, "look at our own program");
	if (st.f_flag & ST_RDONLY)
		return 0;
	r = mount_fd = gnv_mount_copy(self_fd, "", false);
	if (r >= 0)
		r = gnv_mount_restrict(mount_fd, MOUNT_ATTR_RDONLY, false);
	if (r < 0)
		return gnv_error_errno(err, -r, "protect our own program");
	argv = read_arguments();
	if (!argv)
		return gnv_error_errno(err, ENOMEM, "execute our own program again");
	syscall(SYS_execveat, mount_fd, "", argv, environ, AT_EMPTY_PATH);
	return gnv_error_errno(err, errno, "execute our own program again");
}
