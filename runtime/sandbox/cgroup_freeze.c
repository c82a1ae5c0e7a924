// SPDX-License-Identifier: MIT
/*
 * Stopping all that is in a cgroup, and letting it go on.  ghostnv.ko follows the
 * freezer by itself, so a container's queues on GPUs stop and go with it.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "base/file.h"
#include "sandbox/cgroup.h"

/* A call into a driver that cannot be interrupted may take long. */
#define FREEZE_TIMEOUT_MS 10000

static int open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* cgroup.events says when it has come to be so. */
static int wait_frozen(int dir_fd, bool freeze)
{
	_cleanup_close_ int fd = openat(dir_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd poll_fd = { .fd = fd, .events = POLLPRI };
	const char *wanted = freeze ? "frozen 1" : "frozen 0";
	char text[256];
	ssize_t n;
	int r;

	if (fd < 0)
		return -errno;
	for (;;) {
		n = pread(fd, text, sizeof(text) - 1, 0);
		if (n < 0)
			return -errno;
		text[n] = '\0';
		if (strstr(text, wanted))
			return 0;
		r = poll(&poll_fd, 1, FREEZE_TIMEOUT_MS);
		if (r == 0)
			return -ETIMEDOUT;
		if (r < 0 && errno != EINTR)
			return -errno;
	}
}

int gnv_cgroup_freeze(const char *path, bool freeze, struct gnv_error **err)
{
	_cleanup_close_ int fd = open_directory(path);
	int r = fd < 0 ? fd : gnv_cgroup_write(fd, "cgroup.freeze", freeze ? "1" : "0");

	if (r >= 0)
		r = wait_frozen(fd, freeze);
	if (r >= 0)
		return 0;
	/* Half of it may stand still: what was not done is undone. */
	if (r == -ETIMEDOUT && freeze)
		gnv_cgroup_write(fd, "cgroup.freeze", "0");
	return gnv_error_errno(err, -r, "%s the cgroup `%s`", freeze ? "freeze" : "thaw", path);
}

bool gnv_cgroup_is_frozen(const char *path)
{
	_cleanup_close_ int fd = open_directory(path);
	uint64_t frozen = 0;

	return fd >= 0 && gnv_file_read_u64_at(fd, "cgroup.freeze", &frozen, NULL) == 0 && frozen;
}
