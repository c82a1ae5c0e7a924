// SPDX-License-Identifier: MIT
/*
 * Making what is missing below a hostile root.  Knows nothing of mounts.
 */
#include "sandbox/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

int gnv_path_open_plain(int root_fd, const char *path, int flags)
{
	return gnv_path_openat2(root_fd, path, flags,
				RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
}

/* Length of @path up to the end of its first component at or after @from. */
static size_t component_end(const char *path, size_t from)
{
	while (path[from] == '/')
		from++;
	while (path[from] && path[from] != '/')
		from++;
	return from;
}

static bool is_last(const char *path, size_t end)
{
	while (path[end] == '/')
		end++;
	return !path[end];
}

/* Make @name in the directory @parent_fd, which has been resolved already. */
static int make_one(int parent_fd, const char *name, mode_t type)
{
	int fd;

	if (!strcmp(name, ".."))
		return -EINVAL;
	if (S_ISDIR(type))
		return mkdirat(parent_fd, name, 0755) < 0 ? -errno : 0;
	fd = openat(parent_fd, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/*
 * Open path[0..end), making its last component where it is missing.  What has
 * just been made is opened through the same resolution again, so that nothing
 * which was put there meanwhile is trusted.
 */
static int open_or_make(int root_fd, int parent_fd, const char *path, size_t end,
			mode_t type)
{
	char prefix[PATH_MAX];
	const char *name;
	int fd, r;

	if (end >= sizeof(prefix))
		return -ENAMETOOLONG;
	memcpy(prefix, path, end);
	prefix[end] = '\0';
	fd = gnv_path_open_in_root(root_fd, prefix, O_PATH);
	if (fd != -ENOENT)
		return fd;
	name = strrchr(prefix, '/');
	r = make_one(parent_fd, name ? name + 1 : prefix, type);
	if (r < 0 && r != -EEXIST)
		return r;
	return gnv_path_open_in_root(root_fd, prefix, O_PATH);
}

int gnv_path_make_in_root(int root_fd, const char *path, mode_t type)
{
	_cleanup_close_ int parent_fd = -EBADF;
	size_t end = 0;
	int fd;

	fd = gnv_path_open_in_root(root_fd, path, O_PATH);
	if (fd != -ENOENT)
		return fd;
	parent_fd = gnv_path_open_in_root(root_fd, "/", O_PATH | O_DIRECTORY);
	if (parent_fd < 0)
		return parent_fd;
	for (;;) {
		bool last;

		end = component_end(path, end);
		last = is_last(path, end);
		fd = open_or_make(root_fd, parent_fd, path, end, last ? type : S_IFDIR);
		if (fd < 0 || last)
			return fd;
		close(parent_fd);
		parent_fd = fd;
	}
}
