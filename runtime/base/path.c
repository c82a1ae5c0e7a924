// SPDX-License-Identifier: MIT
/*
 * Resolution of hostile paths by openat2().  Owns no state.
 */
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A rename that goes on in the tree makes the kernel ask for another try. */
#define OPEN_ATTEMPTS 64

int gnv_path_openat2(int dir_fd, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned int)(flags | O_CLOEXEC),
		.resolve = resolve,
	};
	int i;

	for (i = 0; i < OPEN_ATTEMPTS; i++) {
		int fd = (int)syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));

		if (fd >= 0)
			return fd;
		if (errno != EAGAIN && errno != EINTR)
			break;
	}
	return -errno;
}

int gnv_path_open_in_root(int root_fd, const char *path, int flags)
{
	return gnv_path_openat2(root_fd, path, flags,
				RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}
