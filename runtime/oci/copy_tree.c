// SPDX-License-Identifier: MIT
/*
 * Copying trees.
 */
#include "oci/copy_tree.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/path.h"

#define RESOLVE_IN_PLACE (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV)
#define CHUNK_BYTES	 (1U << 20)

static int copy_bytes(int from_fd, int to_fd)
{
	ssize_t n;

	do {
		n = sendfile(to_fd, from_fd, NULL, CHUNK_BYTES);
	} while (n > 0);
	return n < 0 ? -errno : 0;
}

static int copy_file(int path_fd, int to_dir_fd, const char *name)
{
	_cleanup_close_ int from_fd = -EBADF, to_fd = -EBADF;
	char path[32];

	/* What was looked at, whatever bears the name by now. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", path_fd);
	from_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (from_fd < 0)
		return -errno;
	to_fd = openat(to_dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return to_fd < 0 ? -errno : copy_bytes(from_fd, to_fd);
}

static int copy_link(int path_fd, int to_dir_fd, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(path_fd, "", target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	return symlinkat(target, to_dir_fd, name) < 0 ? -errno : 0;
}

static int copy_directory(int path_fd, int to_dir_fd, const char *name)
{
	_cleanup_close_ int from_fd = openat(path_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int to_fd = -EBADF;

	if (from_fd < 0 || (mkdirat(to_dir_fd, name, 0700) < 0 && errno != EEXIST))
		return -errno;
	to_fd = openat(to_dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return to_fd < 0 ? -errno : oci_copy_tree(from_fd, to_fd);
}

/* One whose owner has no number here becomes ours, and may not lend it to who runs it. */
static int copy_attributes(const struct stat *st, int to_dir_fd, const char *name)
{
	const struct timespec times[] = { st->st_atim, st->st_mtim };
	mode_t mode = st->st_mode & 07777;

	if (fchownat(to_dir_fd, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != EINVAL && errno != EPERM)
			return -errno;
		mode &= 01777;
	}
	if (!S_ISLNK(st->st_mode) && fchmodat(to_dir_fd, name, mode, 0) < 0)
		return -errno;
	return utimensat(to_dir_fd, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int copy_entry(int from_dir_fd, int to_dir_fd, const char *name)
{
	_cleanup_close_ int fd = gnv_path_openat2(from_dir_fd, name, O_PATH | O_NOFOLLOW,
						  RESOLVE_IN_PLACE);
	struct stat st;
	int r;

	/* Gone, or a mount. */
	if (fd == -ENOENT || fd == -EXDEV)
		return 0;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	switch (st.st_mode & S_IFMT) {
	case S_IFDIR:
		r = copy_directory(fd, to_dir_fd, name);
		break;
	case S_IFREG:
		r = copy_file(fd, to_dir_fd, name);
		break;
	case S_IFLNK:
		r = copy_link(fd, to_dir_fd, name);
		break;
	default:
		r = mknodat(to_dir_fd, name, st.st_mode, st.st_rdev) < 0 ? -errno : 0;
	}
	if (r == -EEXIST)
		return 0;
	return r < 0 ? r : copy_attributes(&st, to_dir_fd, name);
}

int oci_copy_tree(int from_fd, int to_fd)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	int r = 0, fd = openat(from_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return -errno;
	while (r >= 0 && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			r = copy_entry(from_fd, to_fd, entry->d_name);
	return r;
}
