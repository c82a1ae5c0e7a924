// SPDX-License-Identifier: MIT
/*
 * Places in a layer's directory.
 */
#include "image/layer_dir.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "image/entry_name.h"
#include "image/tree.h"
#include "image/unpack.h"

void gnv_layer_dir_init(struct gnv_layer_dir *dir, int fd)
{
	dir->fd = fd;
	dir->parent_fd = -EBADF;
	dir->parent[0] = '\0';
}

void gnv_layer_dir_fini(struct gnv_layer_dir *dir)
{
	gnv_close(&dir->parent_fd);
}

int gnv_layer_dir_open(const struct gnv_layer_dir *dir, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	int fd = (int)syscall(SYS_openat2, dir->fd, *path ? path : ".", &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

int gnv_layer_dir_opaque(int fd, struct gnv_error **err)
{
	int r;

	if (!fsetxattr(fd, GNV_XATTR_OPAQUE, "y", 1, 0))
		return 0;
	r = gnv_error_errno(err, errno, "mark a directory as opaque");
	if (r == -EOPNOTSUPP)
		gnv_error_remedy(err, r, "the store needs a file system with trusted extended "
					 "attributes, such as ext4, xfs, btrfs or tmpfs");
	return r;
}

/* Return: an fd of the new directory, or -errno. */
static int make_directory(int parent_fd, const char *name)
{
	int fd;

	if (mkdirat(parent_fd, name, 0700) < 0)
		return -errno;
	fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* A component that a path goes through and that cannot be opened as a directory. */
static int make_component(int parent_fd, const char *name, struct gnv_error **err)
{
	_cleanup_close_ int fd = -EBADF;
	bool opaque = false;
	struct stat st;
	int r;

	if (!fstatat(parent_fd, name, &st, AT_SYMLINK_NOFOLLOW)) {
		if (S_ISLNK(st.st_mode))
			return gnv_error_set(err, EINVAL,
					     "its path goes through a link that leads nowhere");
		if (!is_whiteout(&st))
			return gnv_error_set(err, EINVAL,
					     "its path goes through what is no directory");
		if (unlinkat(parent_fd, name, 0) < 0)
			return gnv_error_errno(err, errno, "remove a whiteout");
		opaque = true;
	}
	fd = make_directory(parent_fd, name);
	if (fd < 0)
		return gnv_error_errno(err, -fd, "create a directory above it");
	if (fchmod(fd, 0755) < 0)
		return gnv_error_errno(err, errno, "create a directory above it");
	r = opaque ? gnv_layer_dir_opaque(fd, err) : 0;
	return r < 0 ? r : STEAL_FD(fd);
}

static int make_parents(struct gnv_layer_dir *dir, const char *parent, struct gnv_error **err)
{
	_cleanup_close_ int above = fcntl(dir->fd, F_DUPFD_CLOEXEC, 0);
	char path[PATH_MAX];
	char *end, *name;

	if (above < 0)
		return gnv_error_errno(err, errno, "create directories");
	memcpy(path, parent, strlen(parent) + 1);
	/* Whole prefixes, not names below @above: ".." in links counts from the root. */
	for (name = path; name; name = end ? end + 1 : NULL) {
		int fd;

		end = strchr(name, '/');
		if (end)
			*end = '\0';
		fd = gnv_layer_dir_open(dir, path);
		if (fd == -ENOENT || fd == -ENOTDIR)
			fd = make_component(above, name, err);
		else if (fd < 0)
			gnv_error_errno(err, -fd, "open a directory above it");
		if (fd < 0)
			return fd;
		gnv_close(&above);
		above = fd;
		if (end)
			*end = '/';
	}
	return STEAL_FD(above);
}

int gnv_layer_dir_parent(struct gnv_layer_dir *dir, const char *parent, struct gnv_error **err)
{
	int fd;

	if (dir->parent_fd >= 0 && !strcmp(dir->parent, parent))
		return dir->parent_fd;
	gnv_close(&dir->parent_fd);
	fd = gnv_layer_dir_open(dir, parent);
	if (fd == -ENOENT || fd == -ENOTDIR)
		fd = make_parents(dir, parent, err);
	else if (fd < 0)
		gnv_error_errno(err, -fd, "open the directory that it is in");
	if (fd < 0)
		return fd;
	dir->parent_fd = fd;
	memcpy(dir->parent, parent, strlen(parent) + 1);
	return fd;
}

int gnv_layer_dir_clear(struct gnv_layer_dir *dir, int parent_fd, const char *name,
			bool is_directory, bool *ret_opaque, struct gnv_error **err)
{
	struct stat st;

	if (fstatat(parent_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : gnv_error_errno(err, errno, "look at its place");
	if (S_ISDIR(st.st_mode) && is_directory)
		return 0;
	/*
	 * What was replaced may have been on the way to the parent that is kept open:
	 * forget it, but let the caller go on with its fd.
	 */
	memcpy(dir->parent, "/", 2);
	/* Whatever hid the lower layers' name goes on hiding it. */
	if (ret_opaque)
		*ret_opaque = is_directory;
	if (!S_ISDIR(st.st_mode))
		return unlinkat(parent_fd, name, 0) < 0 ?
			       gnv_error_errno(err, errno, "replace what was there") :
			       0;
	return gnv_tree_remove(parent_fd, name, err);
}

int gnv_layer_dir_whiteout(int parent_fd, const char *name, struct gnv_error **err)
{
	_cleanup_close_ int fd = -EBADF;

	if (!mknodat(parent_fd, name, S_IFCHR, makedev(0, 0)))
		return 0;
	if (errno != EEXIST)
		return gnv_error_errno(err, errno, "create a whiteout");
	fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		return gnv_layer_dir_opaque(fd, err);
	if (errno == ENOTDIR || errno == ELOOP)
		return 0;
	return gnv_error_errno(err, errno, "look at what it is about");
}

int gnv_layer_dir_link(struct gnv_layer_dir *dir, const char *target, int parent_fd,
		       const char *name, struct gnv_error **err)
{
	struct gnv_entry_name entry;
	const char *refused = gnv_entry_name_parse(target, &entry);
	_cleanup_close_ int target_fd = -EBADF;
	struct stat from, to;
	int r;

	if (refused || entry.kind != GNV_ENTRY_PLAIN || !entry.name[0])
		return gnv_error_set(err, EINVAL, "the file it is a hard link to: %s",
				     refused ?: "it is not a file's name");
	target_fd = gnv_layer_dir_open(dir, entry.parent);
	if (target_fd < 0 || fstatat(target_fd, entry.name, &from, AT_SYMLINK_NOFOLLOW) < 0)
		return gnv_error_set(err, EINVAL, "it is a hard link to what the layer lacks");
	if (S_ISDIR(from.st_mode))
		return gnv_error_set(err, EINVAL, "it is a hard link to a directory");
	/* To itself: to clear its place would remove the only one. */
	if (!fstatat(parent_fd, name, &to, AT_SYMLINK_NOFOLLOW) && from.st_dev == to.st_dev &&
	    from.st_ino == to.st_ino)
		return 0;
	r = gnv_layer_dir_clear(dir, parent_fd, name, false, NULL, err);
	if (r < 0)
		return r;
	/* Without AT_SYMLINK_FOLLOW: of a symbolic link, the link gets a second name. */
	if (linkat(target_fd, entry.name, parent_fd, name, 0) < 0)
		return gnv_error_errno(err, errno, "create a hard link");
	return 0;
}
