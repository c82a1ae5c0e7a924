// SPDX-License-Identifier: MIT
/*
 * Filling the container's /dev.  It may be a new file system that nobody else can reach yet, or
 * the image's own directory: no link there is followed.
 */
#include "sandbox/dev.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sandbox/mount_api.h"

static const struct {
	const char *name;
	unsigned int major, minor;
} standard_nodes[] = {
	{ "null", 1, 3 },
	{ "zero", 1, 5 },
	{ "full", 1, 7 },
	{ "random", 1, 8 },
	{ "urandom", 1, 9 },
	{ "tty", 5, 0 },
};

static const struct {
	const char *name, *to;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
	{ "ptmx", "pts/ptmx" },
};

static const char *const directories[] = { "pts", "shm", "mqueue" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct maker {
	int fd;
	struct gnv_owner owner; /* whose it is to be */
	struct gnv_owner maker; /* whose it is when it is made */
	bool as_files;
};

static int own(const struct maker *dev, const char *name)
{
	if (dev->owner.uid == dev->maker.uid && dev->owner.gid == dev->maker.gid)
		return 0;
	return fchownat(dev->fd, name, dev->owner.uid, dev->owner.gid,
			AT_SYMLINK_NOFOLLOW);
}

static int make_directory(const struct maker *dev, const char *name)
{
	if (mkdirat(dev->fd, name, 0755) < 0)
		return errno == EEXIST ? 0 : -errno;
	return own(dev, name) < 0 ? -errno : 0;
}

/*
 * The directories above "a/b/c", the last of them opened.  A link that stands on the way is
 * the image's, and might lead out of it.
 */
static int make_parents(const struct maker *dev, const char *path, const char **ret_name)
{
	_cleanup_close_ int fd = fcntl(dev->fd, F_DUPFD_CLOEXEC, 3);
	struct maker parent = *dev;
	char part[NAME_MAX + 1];
	const char *slash;
	int r;

	if (fd < 0)
		return -errno;
	for (; (slash = strchr(path, '/')); path = slash + 1) {
		size_t n = (size_t)(slash - path);

		if (n >= sizeof(part))
			return -ENAMETOOLONG;
		if (!n)
			continue;
		memcpy(part, path, n);
		part[n] = '\0';
		parent.fd = fd;
		r = make_directory(&parent, part);
		if (r < 0)
			return r;
		r = openat(fd, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (r < 0)
			return -errno;
		close(fd);
		fd = r;
	}
	*ret_name = path;
	return STEAL_FD(fd);
}

static bool is_link_of_ours(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(links); i++)
		if (!strcmp(links[i].name, name))
			return true;
	return false;
}

/* What is there already has to be what is wanted, or our own link for the same purpose. */
static int check_node(const struct maker *dev, const char *name, mode_t mode, dev_t number)
{
	struct stat st;

	if (S_ISREG(mode))
		return 0;
	if (fstatat(dev->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode) && is_link_of_ours(name))
		return 0;
	if ((st.st_mode & S_IFMT) != (mode & S_IFMT))
		return -EEXIST;
	return S_ISFIFO(mode) || st.st_rdev == number ? 0 : -EEXIST;
}

static int make_node(const struct maker *dev, const char *name, mode_t mode, dev_t number)
{
	if (dev->as_files && !S_ISFIFO(mode))
		mode = S_IFREG;
	if (mknodat(dev->fd, name, mode, number) < 0)
		return errno == EEXIST ? check_node(dev, name, mode, number) : -errno;
	return own(dev, name) < 0 ? -errno : 0;
}

static int make_device(const struct maker *dev, const struct gnv_device_node *node)
{
	mode_t type = node->type == 'b' ? S_IFBLK : S_IFCHR;
	struct maker owned = *dev;
	_cleanup_close_ int parent_fd = -EBADF;
	const char *name = node->path;

	if (node->type == 'p')
		type = S_IFIFO;
	if (strncmp(node->path, "/dev/", 5) || strstr(node->path, ".."))
		return -EINVAL;
	parent_fd = make_parents(dev, node->path + 5, &name);
	if (parent_fd < 0)
		return parent_fd;
	owned.fd = parent_fd;
	if (node->has_owner)
		owned.owner = (struct gnv_owner){ node->uid, node->gid };
	return make_node(&owned, name, type | node->mode, makedev(node->major, node->minor));
}

static int make_frame(const struct maker *dev, struct gnv_error **err)
{
	size_t i;
	int r;

	for (i = 0; i < COUNT(directories); i++) {
		r = make_directory(dev, directories[i]);
		if (r < 0)
			return gnv_error_errno(err, -r, "make `/dev/%s`", directories[i]);
	}
	for (i = 0; i < COUNT(links); i++)
		if ((symlinkat(links[i].to, dev->fd, links[i].name) < 0 && errno != EEXIST) ||
		    own(dev, links[i].name) < 0)
			return gnv_error_errno(err, errno, "make the link `/dev/%s`",
					       links[i].name);
	for (i = 0; i < COUNT(standard_nodes); i++) {
		r = make_node(dev, standard_nodes[i].name, S_IFCHR | 0666,
			      makedev(standard_nodes[i].major, standard_nodes[i].minor));
		if (r < 0)
			return gnv_error_errno(err, -r, "make the device node `/dev/%s`",
					       standard_nodes[i].name);
	}
	return 0;
}

const char *gnv_dev_standard_node(size_t index)
{
	return index < COUNT(standard_nodes) ? standard_nodes[index].name : NULL;
}

int gnv_dev_fill(int fd, const struct gnv_device_node *devices, size_t n_devices,
		 struct gnv_owner owner, bool as_files, struct gnv_error **err)
{
	struct maker dev = { fd, owner, { geteuid(), getegid() }, as_files };
	/* Modes are those that are wanted, and not what a caller's mask makes of them. */
	mode_t mask = umask(0);
	size_t i;
	int r = make_frame(&dev, err);

	for (i = 0; r >= 0 && i < n_devices; i++) {
		r = make_device(&dev, &devices[i]);
		if (r < 0)
			gnv_error_errno(err, -r, "make the device node `%s`", devices[i].path);
	}
	umask(mask);
	return r;
}

int gnv_dev_make(const struct gnv_device_node *devices, size_t n_devices,
		 struct gnv_owner owner, const char *label, int *ret_fd, struct gnv_error **err)
{
	const struct gnv_mount_option options[] = {
		{ "mode", "0755" },
		{ "size", "64k" },
		{ label ? "context" : NULL, label },
		{ NULL, NULL },
	};
	_cleanup_close_ int fd = gnv_mount_new("tmpfs", options,
					       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	int r;

	if (fd < 0)
		return gnv_error_errno(err, -fd, "make a file system for `/dev`");
	if (fchownat(fd, "", owner.uid, owner.gid, AT_EMPTY_PATH) < 0)
		return gnv_error_errno(err, errno, "give `/dev` to the container's root");
	r = gnv_dev_fill(fd, devices, n_devices, owner, false, err);
	if (r < 0)
		return r;
	*ret_fd = STEAL_FD(fd);
	return 0;
}
