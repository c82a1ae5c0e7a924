// SPDX-License-Identifier: MIT
/*
 * The end of a cgroup: is anybody in it, kill them all, wait, remove.  A cgroup
 * that is gone already is what was wanted.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"
#include "sandbox/cgroup.h"

#define EVENTS_BYTES_MAX 4096
#define PROCS_BYTES_MAX	 (64U << 20)

static int open_directory(const char *path, int *ret_fd, struct gnv_error **err)
{
	*ret_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*ret_fd >= 0)
		return 0;
	if (errno == ENOENT)
		return -ENOENT;
	return gnv_error_errno(err, errno, "open the cgroup `%s`", path);
}

/* Read from the start; the reader is also what poll() takes for up to date. */
static int read_populated(int events_fd)
{
	char text[EVENTS_BYTES_MAX];
	const char *line;
	ssize_t n = pread(events_fd, text, sizeof(text) - 1, 0);

	/* The cgroup was removed while the file was open. */
	if (n < 0)
		return errno == ENODEV ? 0 : -errno;
	text[n] = '\0';
	line = strstr(text, "populated ");
	return line ? line[strlen("populated ")] == '1' : -EPROTO;
}

int gnv_cgroup_is_populated(const char *path, struct gnv_error **err)
{
	_cleanup_close_ int dir_fd = -EBADF, events_fd = -EBADF;
	int r = open_directory(path, &dir_fd, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	events_fd = openat(dir_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	r = events_fd < 0 ? -errno : read_populated(events_fd);
	return r < 0 ? gnv_error_errno(err, -r, "read `%s/cgroup.events`", path) : r;
}

static int kill_in(int parent_fd, const char *name, void *data)
{
	_cleanup_close_ int fd = openat(parent_fd, name,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	char *next, *line;
	uint64_t pid;
	int r;

	(void)data;
	if (fd < 0)
		return -errno;
	r = gnv_file_read_at(fd, "cgroup.procs", PROCS_BYTES_MAX, &text, NULL, NULL);
	if (r < 0)
		return r;
	next = text;
	while ((line = strsep(&next, "\n")))
		if (*line && !gnv_parse_u64(line, &pid) && pid > 0 && pid <= INT32_MAX)
			kill((pid_t)pid, SIGKILL);
	return 0;
}

/* Frozen, nobody can fork, and no number can change its owner. */
static int kill_frozen(int dir_fd)
{
	int r = gnv_cgroup_write(dir_fd, "cgroup.freeze", "1");

	if (r < 0)
		return r;
	r = gnv_cgroup_walk(dir_fd, kill_in, NULL);
	if (r >= 0)
		r = kill_in(dir_fd, ".", NULL);
	gnv_cgroup_write(dir_fd, "cgroup.freeze", "0");
	return r;
}

int gnv_cgroup_kill(const char *path, struct gnv_error **err)
{
	_cleanup_close_ int dir_fd = -EBADF;
	int r = open_directory(path, &dir_fd, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = gnv_cgroup_write(dir_fd, "cgroup.kill", "1");
	if (r == -ENOENT)
		r = kill_frozen(dir_fd);
	/* ENODEV: it was removed just now. */
	if (r < 0 && r != -ENOENT && r != -ENODEV)
		return gnv_error_errno(err, -r, "kill all in the cgroup `%s`", path);
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Return: 0 when it is empty, -ETIMEDOUT, or another -errno. */
static int wait_until_empty(int dir_fd, int64_t deadline_ms)
{
	_cleanup_close_ int events_fd = openat(dir_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd poll_fd = { .fd = events_fd, .events = POLLPRI };
	int64_t left_ms;
	int r;

	if (events_fd < 0)
		return errno == ENOENT ? 0 : -errno;
	for (;;) {
		r = read_populated(events_fd);
		if (r <= 0)
			return r;
		left_ms = deadline_ms - now_ms();
		if (left_ms <= 0)
			return -ETIMEDOUT;
		if (poll(&poll_fd, 1, (int)left_ms) < 0 && errno != EINTR)
			return -errno;
	}
}

static int remove_directory(int parent_fd, const char *name, void *data)
{
	(void)data;
	return unlinkat(parent_fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

/* The kernel removes only what has neither processes nor others below it. */
bool gnv_cgroup_remove_empty(const char *path)
{
	return rmdir(path) == 0 || errno == ENOENT;
}

int gnv_cgroup_remove(const char *path, int timeout_ms, struct gnv_error **err)
{
	int64_t deadline_ms = now_ms() + timeout_ms;
	_cleanup_close_ int dir_fd = -EBADF;
	int r;

	if (gnv_cgroup_remove_empty(path))
		return 0;
	r = open_directory(path, &dir_fd, err);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = wait_until_empty(dir_fd, deadline_ms);
	if (r == -ETIMEDOUT) {
		gnv_error_set(err, -r, "processes are left in the cgroup `%s`", path);
		return gnv_error_remedy(err, r, "`%s/cgroup.procs` names them", path);
	}
	if (r >= 0)
		r = gnv_cgroup_walk(dir_fd, remove_directory, NULL);
	if (r >= 0)
		r = remove_directory(AT_FDCWD, path, NULL);
	if (r < 0 && r != -ENOENT)
		return gnv_error_errno(err, -r, "remove the cgroup `%s`", path);
	return 0;
}
