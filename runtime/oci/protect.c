// SPDX-License-Identifier: MIT
/*
 * Executing oneself by a read-only mount.
 */
#include "oci/protect.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "base/file.h"
#include "base/strv.h"
#include "oci/names.h"
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

static int execute(int fd, struct gnv_error **err)
{
	_cleanup_strv_ char **argv = read_arguments();

	if (!argv)
		return gnv_error_errno(err, ENOMEM, "execute our own program again");
	syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
	return gnv_error_errno(err, errno, "execute our own program again");
}

/* Who may not mount has a copy that nobody can write to. */
static int protect_by_copy(struct gnv_error **err)
{
	const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	_cleanup_close_ int self_fd = open(SELF, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int fd = memfd_create(OCI_PROGRAM, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	ssize_t n;

	if (self_fd >= 0 && fcntl(self_fd, F_GET_SEALS) == seals)
		return 0;
	if (self_fd < 0 || fd < 0)
		return gnv_error_errno(err, errno, "copy our own program");
	do {
		n = sendfile(fd, self_fd, NULL, 1U << 20);
	} while (n > 0);
	if (n < 0 || fcntl(fd, F_ADD_SEALS, seals) < 0)
		return gnv_error_errno(err, errno, "copy our own program");
	return execute(fd, err);
}

int oci_protect_program(struct gnv_error **err)
{
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
	if (r == -EPERM)
		return protect_by_copy(err);
	if (r >= 0)
		r = gnv_mount_restrict(mount_fd, MOUNT_ATTR_RDONLY, false);
	if (r < 0)
		return gnv_error_errno(err, -r, "protect our own program");
	return execute(mount_fd, err);
}
