// SPDX-License-Identifier: MIT
/*
 * A redirected file behind a read-only mount of its own.  Owns no state.
 */
#include "container/input.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "sandbox/mount_api.h"

static int open_read_only(int fd)
{
	_cleanup_close_ int mount_fd = gnv_mount_copy(fd, "", false);
	_cleanup_close_ int file_fd = -EBADF;
	char path[32];
	off_t offset;
	int r;

	if (mount_fd < 0)
		return mount_fd;
	r = gnv_mount_restrict(mount_fd, MOUNT_ATTR_RDONLY, false);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", mount_fd);
	file_fd = open(path, O_RDONLY | O_CLOEXEC);
	offset = lseek(fd, 0, SEEK_CUR);
	if (file_fd < 0 || offset < 0 || lseek(file_fd, offset, SEEK_SET) < 0)
		return -errno;
	return STEAL_FD(file_fd);
}

int gnv_input_protect(int fd, int *ret_fd, struct gnv_error **err)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;
	int r;

	if (flags < 0 || fstat(fd, &st) < 0)
		return gnv_error_errno(err, errno, "look at the standard input");
	if (!S_ISREG(st.st_mode) || (flags & (O_ACCMODE | O_PATH)) != O_RDONLY)
		return 0;
	r = open_read_only(fd);
	if (r < 0) {
		gnv_error_errno(err, -r, "protect the file that is the standard input");
		return gnv_error_remedy(err, r, "write `cat FILE |` instead of `< FILE`");
	}
	*ret_fd = r;
	return 0;
}
