// SPDX-License-Identifier: MIT
/*
 * Thin wrappers of the descriptor-based mount calls (Linux 5.12 and later).
 */
#include "sandbox/mount_api.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467
#endif

static int configure(int context_fd, const struct gnv_mount_option *options)
{
	for (; options && options->key; options++)
		if (fsconfig(context_fd, options->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
			     options->key, options->value, 0) < 0)
			return -errno;
	return 0;
}

int gnv_mount_new(const char *type, const struct gnv_mount_option *options,
		  unsigned int attributes)
{
	_cleanup_close_ int context_fd = fsopen(type, FSOPEN_CLOEXEC);
	int fd, r;

	if (context_fd < 0)
		return -errno;
	/* What mount and df show in front. */
	if ((!options || !options->key || strcmp(options->key, "source") != 0) &&
	    fsconfig(context_fd, FSCONFIG_SET_STRING, "source", type, 0) < 0)
		return -errno;
	r = configure(context_fd, options);
	if (r < 0)
		return r;
	if (fsconfig(context_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(context_fd, FSMOUNT_CLOEXEC, attributes);
	return fd < 0 ? -errno : fd;
}

int gnv_mount_reconfigure(int target_fd, const struct gnv_mount_option *options)
{
	_cleanup_close_ int context_fd = fspick(target_fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	int r = context_fd < 0 ? -errno : configure(context_fd, options);

	if (r < 0)
		return r;
	return fsconfig(context_fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0 ? -errno : 0;
}

static unsigned int copy_flags(const char *path, unsigned int flags)
{
	flags |= OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
	if (flags & AT_SYMLINK_FOLLOW)
		flags &= ~(unsigned int)AT_SYMLINK_FOLLOW;
	else
		flags |= AT_SYMLINK_NOFOLLOW;
	return *path ? flags : flags | AT_EMPTY_PATH;
}

int gnv_mount_copy(int dir_fd, const char *path, bool recursive)
{
	int fd = open_tree(dir_fd, path, copy_flags(path, recursive ? AT_RECURSIVE : 0));

	return fd < 0 ? -errno : fd;
}

static int set_attributes(int mount_fd, struct mount_attr *attr, bool recursive)
{
	unsigned int flags = AT_EMPTY_PATH;

	if (recursive)
		flags |= AT_RECURSIVE;
	return mount_setattr(mount_fd, "", flags, attr, sizeof(*attr)) < 0 ? -errno : 0;
}

int gnv_mount_copy_changed(int dir_fd, const char *path, unsigned int flags, uint64_t set,
			   uint64_t clear, uint64_t propagation)
{
	/* Before Linux 6.15, or where a filter does not know the call, there are two. */
	static bool is_missing;
	struct mount_attr attr = {
		.attr_set = set,
		.attr_clr = clear,
		.propagation = propagation,
	};
	_cleanup_close_ int fd = -EBADF;
	int r;

	if (!is_missing) {
		fd = (int)syscall(SYS_open_tree_attr, dir_fd, path, copy_flags(path, flags), &attr,
				  sizeof(attr));
		if (fd >= 0)
			return STEAL_FD(fd);
		if (errno != ENOSYS && errno != EPERM)
			return -errno;
		is_missing = errno == ENOSYS;
	}
	fd = open_tree(dir_fd, path, copy_flags(path, flags));
	if (fd < 0)
		return -errno;
	r = set_attributes(fd, &attr, flags & AT_RECURSIVE);
	return r < 0 ? r : STEAL_FD(fd);
}

int gnv_mount_restrict(int mount_fd, unsigned int attributes, bool recursive)
{
	struct mount_attr attr = {
		.attr_set = attributes,
		.propagation = MS_PRIVATE,
	};

	return set_attributes(mount_fd, &attr, recursive);
}

int gnv_mount_change(int mount_fd, uint64_t set, uint64_t clear, uint64_t propagation,
		     bool recursive)
{
	struct mount_attr attr = {
		.attr_set = set,
		.attr_clr = clear,
		.propagation = propagation,
	};

	if (!set && !clear && !propagation)
		return 0;
	return set_attributes(mount_fd, &attr, recursive);
}

int gnv_mount_map_owners(int mount_fd, int userns_fd, bool recursive)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_IDMAP,
		.userns_fd = (uint64_t)userns_fd,
	};

	return set_attributes(mount_fd, &attr, recursive);
}

int gnv_mount_attach(int mount_fd, int target_fd)
{
	unsigned int flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;

	return move_mount(mount_fd, "", target_fd, "", flags) < 0 ? -errno : 0;
}
