// SPDX-License-Identifier: MIT
/*
 * Putting files into the root file system, on the child's side; see put.h.
 */
#include "sandbox/put.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/mount_api.h"
#include "sandbox/paths.h"

/* What a file is called before it has its name. */
#define PART ".ghostnv.part"

/* The folder of a path, made where it is missing; *ret_name is what is behind it. */
static int open_folder(int root_fd, const char *path, const char **ret_name)
{
	const char *name = strrchr(path, '/');
	char folder[PATH_MAX];
	size_t length;

	if (!name || !name[1])
		return -EINVAL;
	length = (size_t)(name - path);
	if (length >= sizeof(folder))
		return -ENAMETOOLONG;
	memcpy(folder, path, length);
	folder[length] = '\0';
	*ret_name = name + 1;
	return gnv_path_make_in_root(root_fd, length ? folder : "/", S_IFDIR);
}

static int remove_name(int folder_fd, const char *name)
{
	return unlinkat(folder_fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static bool is_link_to(int folder_fd, const char *name, const char *to)
{
	char found[PATH_MAX];
	ssize_t n = readlinkat(folder_fd, name, found, sizeof(found));

	return n == (ssize_t)strlen(to) && !memcmp(found, to, (size_t)n);
}

/* Another container with the same root file system may be putting the same there just now. */
static int put_link(int folder_fd, const char *name, const char *to)
{
	int r;

	if (is_link_to(folder_fd, name, to))
		return 0;
	r = remove_name(folder_fd, name);
	if (r < 0)
		return r;
	if (symlinkat(to, folder_fd, name) == 0)
		return 0;
	r = -errno;
	return r == -EEXIST && is_link_to(folder_fd, name, to) ? 0 : r;
}

static int write_all(int fd, const char *data, size_t bytes)
{
	while (bytes) {
		ssize_t n = write(fd, data, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		bytes -= (size_t)n;
	}
	return 0;
}

/* A whole file called PART, which nothing may be yet. */
static int make_part(int folder_fd, const void *data, size_t bytes)
{
	_cleanup_close_ int fd = openat(folder_fd, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0644);

	/* Best without a name until all is in it: what is killed before leaves nothing. */
	if (fd >= 0 && !write_all(fd, data, bytes)) {
		if (!linkat(fd, "", folder_fd, PART, AT_EMPTY_PATH))
			return 0;
		if (errno == EEXIST)
			return -EEXIST;
	}
	/*
	 * Not all file systems have that, and kernels before 6.10 want CAP_DAC_READ_SEARCH for
	 * it: else half of it can be seen for a moment where two put it at once.
	 */
	gnv_close(&fd);
	fd = openat(folder_fd, PART, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	return fd < 0 ? -errno : write_all(fd, data, bytes);
}

/*
 * At once, in place of whatever has the name: a link is replaced, not followed.  Nothing does
 * that without another name for a moment, so that is always the same one: who is killed then
 * leaves it to the next, who removes it.  It may be that of another container with the same
 * root file system instead, which is about to put the same; one of the two begins again.
 */
static int put_data(int folder_fd, const char *name, const void *data, size_t bytes)
{
	int r = -EEXIST, removed, tries;

	for (tries = 0; r < 0 && tries < 100; tries++) {
		r = make_part(folder_fd, data, bytes);
		if (!r && renameat(folder_fd, PART, folder_fd, name) < 0)
			r = -errno;
		if (!r || r == -ENOENT)
			continue;
		removed = remove_name(folder_fd, PART);
		if (removed < 0 || r != -EEXIST)
			return removed < 0 ? removed : r;
	}
	return r;
}

static int make_place(int folder_fd, const char *name, bool directory)
{
	int fd;

	if (directory)
		return mkdirat(folder_fd, name, 0755) < 0 && errno != EEXIST ? -errno : 0;
	fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0644);
	if (fd < 0)
		return errno == EEXIST ? 0 : -errno;
	close(fd);
	return 0;
}

static int put_mount(int folder_fd, const char *name, int mount_fd)
{
	_cleanup_close_ int place_fd = -EBADF;
	struct stat source, place;
	int r = 0;

	if (fstat(mount_fd, &source) < 0)
		return -errno;
	if (fstatat(folder_fd, name, &place, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			return -errno;
		r = make_place(folder_fd, name, S_ISDIR(source.st_mode));
	} else if (S_ISLNK(place.st_mode)) {
		r = remove_name(folder_fd, name);
		if (!r)
			r = make_place(folder_fd, name, S_ISDIR(source.st_mode));
	}
	if (r < 0)
		return r;
	place_fd = openat(folder_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return place_fd < 0 ? -errno : gnv_mount_attach(mount_fd, place_fd);
}

int gnv_put_prepare(const struct gnv_put *what, int *ret_fd, struct gnv_error **err)
{
	_cleanup_close_ int fd = -EBADF;

	if (what->link || what->data)
		return 0;
	fd = gnv_mount_copy_changed(what->fd, "", 0,
				    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0,
				    MS_PRIVATE);
	if (fd < 0)
		return gnv_error_errno(err, -fd, "mount what is to be `%s`", what->target);
	*ret_fd = STEAL_FD(fd);
	return 0;
}

static int put(int root_fd, const struct gnv_put *what, int mount_fd)
{
	_cleanup_close_ int folder_fd = -EBADF;
	const char *name;

	folder_fd = open_folder(root_fd, what->target, &name);
	if (folder_fd < 0)
		return folder_fd;
	if (what->link)
		return put_link(folder_fd, name, what->link);
	if (what->data)
		return put_data(folder_fd, name, what->data, what->bytes);
	return put_mount(folder_fd, name, mount_fd);
}

int gnv_put_all(int root_fd, const struct gnv_put *puts, const int *mount_fds, size_t n,
		const char **ret_failed)
{
	/* Whoever the program is run as is to read them, and pass the folders. */
	mode_t before = umask(022);
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < n; i++) {
		*ret_failed = puts[i].target;
		r = put(root_fd, &puts[i], mount_fds[i]);
	}
	umask(before);
	return r < 0 ? r : 0;
}
