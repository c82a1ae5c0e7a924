// SPDX-License-Identifier: MIT
/*
 * Reading a container's /etc/passwd and /etc/group, which may be anything.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sandbox/paths.h"
#include "sandbox/user.h"

size_t gnv_user_read_db(int root_fd, const char *path, char *text)
{
	_cleanup_close_ int fd =
		gnv_path_open_in_root(root_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	size_t length = 0;
	struct stat st;
	ssize_t n;

	/* A pipe or a device would keep us waiting. */
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	while (length < GNV_USER_DB_BYTES_MAX) {
		n = read(fd, text + length, GNV_USER_DB_BYTES_MAX - length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		length += (size_t)n;
	}
	return length;
}
