// SPDX-License-Identifier: MIT
/*
 * Removal of trees.  Recursion stops at DEPTH_MAX: what lies deeper is moved up
 * to the top of the tree and removed from there in a later round, so an open
 * directory for each level never adds up to more than a few.
 */
#include "image/tree.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define DEPTH_MAX 32

struct removal {
	int top; /* the tree's own directory */
	uint64_t moved; /* directories moved up so far: names for the next ones */
};

static int open_directory(int dir_fd, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	int fd = (int)syscall(SYS_openat2, dir_fd, name, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

/* Move a directory from deep down to the top, under a name that is free there. */
static int move_up(struct removal *removal, int dir_fd, const char *name)
{
	char moved[64];

	for (;;) {
		snprintf(moved, sizeof(moved), ".deep-%llu",
			 (unsigned long long)removal->moved++);
		if (!syscall(SYS_renameat2, dir_fd, name, removal->top, moved,
			     1 /* RENAME_NOREPLACE */))
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
}

static int empty_directory(struct removal *removal, int dir_fd, int depth);

static int remove_entry(struct removal *removal, int dir_fd, const char *name, int depth)
{
	_cleanup_close_ int fd = -EBADF;
	int r;

	if (!unlinkat(dir_fd, name, 0) || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	if (!unlinkat(dir_fd, name, AT_REMOVEDIR) || errno == ENOENT)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return -errno;
	if (depth >= DEPTH_MAX)
		return move_up(removal, dir_fd, name);
	fd = open_directory(dir_fd, name);
	if (fd < 0)
		return fd;
	r = empty_directory(removal, fd, depth + 1);
	if (r < 0)
		return r;
	return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

static int empty_directory(struct removal *removal, int dir_fd, int depth)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	int copy = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
	int r;

	if (copy < 0)
		return -errno;
	dir = fdopendir(copy);
	if (!dir) {
		r = -errno;
		close(copy);
		return r;
	}
	rewinddir(dir);
	while (errno = 0, entry = readdir(dir)) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		r = remove_entry(removal, dir_fd, entry->d_name, depth);
		if (r < 0)
			return r;
	}
	return -errno;
}

int gnv_tree_remove(int dir_fd, const char *name, struct gnv_error **err)
{
	struct removal removal = { .top = -EBADF };
	_cleanup_close_ int top = -EBADF;
	int r;

	if (!unlinkat(dir_fd, name, 0) || errno == ENOENT)
		return 0;
	top = open_directory(dir_fd, name);
	if (top < 0)
		return gnv_error_errno(err, -top, "remove `%s`", name);
	removal.top = top;
	/* Each round takes away DEPTH_MAX levels at least; the last finds nothing. */
	do {
		r = empty_directory(&removal, top, 0);
		if (r < 0)
			return gnv_error_errno(err, -r, "remove what is in `%s`", name);
		r = unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
	} while (r == -ENOTEMPTY || r == -EEXIST);
	if (r < 0 && r != -ENOENT)
		return gnv_error_errno(err, -r, "remove `%s`", name);
	return 0;
}
