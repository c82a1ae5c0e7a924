// SPDX-License-Identifier: MIT
/*
 * Small files, whole.  Owns no state.
 */
#include "base/file.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/parse.h"

#define FLAGS_NEW (O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW)

static int read_all(int fd, size_t limit, char **ret, size_t *ret_length)
{
	/* Most are small: memory of their own is made once, and as large as they are. */
	char first[8192], *text = first;
	_cleanup_free_ char *more = NULL;
	size_t length = 0, room = sizeof(first);
	ssize_t n;

	for (;;) {
		if (length == room) {
			text = realloc(more, 2 * room);
			if (!text)
				return -ENOMEM;
			if (!more)
				memcpy(text, first, length);
			more = text;
			room *= 2;
		}
		n = read(fd, text + length, room - length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		length += (size_t)n;
		if (length > limit)
			return -EFBIG;
	}
	text = malloc(length + 1);
	if (!text)
		return -ENOMEM;
	memcpy(text, more ? more : first, length);
	text[length] = '\0';
	*ret = text;
	*ret_length = length;
	return 0;
}

/* As much as it says that it has, at once. */
static int read_sized(int fd, size_t bytes, char **ret, size_t *ret_length)
{
	_cleanup_free_ char *text = malloc(bytes + 1);
	size_t length = 0;
	ssize_t n = 1;

	if (!text)
		return -ENOMEM;
	while (n && length < bytes) {
		n = read(fd, text + length, bytes - length);
		if (n < 0 && errno != EINTR)
			return -errno;
		length += n < 0 ? 0 : (size_t)n;
	}
	text[length] = '\0';
	*ret = STEAL_PTR(text);
	*ret_length = length;
	return 0;
}

/* Files of procfs and of cgroups say that they are empty, those of sysfs that they are a page. */
static int read_file(int fd, const struct stat *st, size_t limit, char **ret, size_t *ret_length)
{
	if (!S_ISREG(st->st_mode) || !st->st_size || (uint64_t)st->st_size > limit)
		return read_all(fd, limit, ret, ret_length);
	return read_sized(fd, (size_t)st->st_size, ret, ret_length);
}

int gnv_file_read_at(int dir_fd, const char *path, size_t limit, char **ret,
		     size_t *ret_length, struct gnv_error **err)
{
	_cleanup_close_ int fd =
		openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	size_t length = 0;
	struct stat st;
	int r;

	if (fd < 0) {
		r = gnv_error_errno(err, errno, "open `%s`", path);
		return r == -ELOOP ? gnv_error_remedy(err, r, "name the file that the link leads to") :
				     r;
	}
	r = fstat(fd, &st) < 0 ? -errno : read_file(fd, &st, limit, ret, &length);
	if (r < 0)
		return gnv_error_errno(err, -r, "read `%s`", path);
	if (ret_length)
		*ret_length = length;
	return 0;
}

int gnv_file_read_regular(int fd, size_t limit, char **ret, size_t *ret_length)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return read_file(fd, &st, limit, ret, ret_length);
}

int gnv_file_read_piece_at(int dir_fd, const char *path, char *text, size_t size)
{
	_cleanup_close_ int fd =
		openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	text[n < 0 ? 0 : n] = '\0';
	return n < 0 ? -errno : 0;
}

int gnv_file_read_u64_at(int dir_fd, const char *path, uint64_t *ret,
			 struct gnv_error **err)
{
	_cleanup_free_ char *text = NULL;
	int r = gnv_file_read_at(dir_fd, path, 64, &text, NULL, err);

	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	if (!strcmp(text, "max")) {
		*ret = UINT64_MAX;
		return 0;
	}
	r = gnv_parse_u64(text, ret);
	if (r < 0)
		return gnv_error_set(err, -r, "read `%s`: `%s` is no number", path, text);
	return 0;
}

static int write_all(int fd, const char *data, size_t left)
{
	ssize_t n;

	while (left) {
		n = write(fd, data, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		left -= (size_t)n;
	}
	return 0;
}

/* @like: whose owner and mode the new file has; NULL: the caller's own, 0600. */
static int replace(int dir_fd, const char *name, const void *data, size_t bytes, bool durable,
		   const struct stat *like, struct gnv_error **err)
{
	_cleanup_free_ char *temporary = NULL;
	_cleanup_close_ int fd = -EBADF;
	int r;

	if (asprintf(&temporary, "%s.new", name) < 0) {
		temporary = NULL;
		return gnv_error_errno(err, ENOMEM, "write `%s`", name);
	}
	fd = openat(dir_fd, temporary, FLAGS_NEW, 0600);
	/* A temporary of a writer that was killed is of no use to anybody. */
	if (fd < 0 && errno == EEXIST && unlinkat(dir_fd, temporary, 0) == 0)
		fd = openat(dir_fd, temporary, FLAGS_NEW, 0600);
	if (fd < 0)
		return gnv_error_errno(err, errno, "create `%s`", temporary);
	r = write_all(fd, data, bytes);
	if (!r && like &&
	    (fchown(fd, like->st_uid, like->st_gid) < 0 || fchmod(fd, like->st_mode & 07777) < 0))
		r = -errno;
	if (!r && durable && fsync(fd) < 0)
		r = -errno;
	if (!r && renameat(dir_fd, temporary, dir_fd, name) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(dir_fd, temporary, 0);
		return gnv_error_errno(err, -r, "write `%s`", name);
	}
	return 0;
}

int gnv_file_create_at(int dir_fd, const char *name, const void *data, size_t bytes,
		       struct gnv_error **err)
{
	_cleanup_close_ int fd = openat(dir_fd, name, FLAGS_NEW, 0600);
	int r = fd < 0 ? -errno : write_all(fd, data, bytes);

	return r < 0 ? gnv_error_errno(err, -r, "create `%s`", name) : 0;
}

int gnv_file_write_at(int dir_fd, const char *name, const char *text,
		      struct gnv_error **err)
{
	return replace(dir_fd, name, text, strlen(text), true, NULL, err);
}

int gnv_file_write_like_at(int dir_fd, const char *name, const char *text,
			   const struct stat *like, struct gnv_error **err)
{
	return replace(dir_fd, name, text, strlen(text), true, like, err);
}

int gnv_file_write_volatile_at(int dir_fd, const char *name, const void *data, size_t bytes,
			       struct gnv_error **err)
{
	return replace(dir_fd, name, data, bytes, false, NULL, err);
}

int gnv_mkdir_all(const char *path, mode_t mode, struct gnv_error **err)
{
	_cleanup_free_ char *copy = NULL;
	char *slash;

	/* Mostly it is there, or all above it is. */
	if (mkdir(path, mode) == 0 || errno == EEXIST)
		return 0;
	copy = strdup(path);
	if (!copy)
		return gnv_error_errno(err, ENOMEM, "create `%s`", path);
	for (slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			return gnv_error_errno(err, errno, "create `%s`", copy);
		*slash = '/';
	}
	if (mkdir(copy, mode) < 0 && errno != EEXIST)
		return gnv_error_errno(err, errno, "create `%s`", path);
	return 0;
}
