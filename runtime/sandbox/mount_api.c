// SPDX-License-Identifier: MIT
/*
 * Thin wrappers of the descriptor-based mount calls (Linux 5.12 and later).
 */
#include "sandbox/mount_api.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "base/cleanup.h"

int gnv_mount_new(const char *type, const struct gnv_mount_option *options,
		  unsigned int attributes)
{
	_cleanup_close_ int context_fd = fsopen(type, FSOPEN_CLOEXEC);
	int fd;

	if (context_fd < 0)
		return -errno;
	/* What mount and df show in front. */
	if ((!options || !options->key || strcmp(options->key, "source") != 0) &&
	    fsconfig(context_fd, FSCONFIG_SET_STRING, "source", type, 0) < 0)
		return -errno;
	for (; options && options->key; options++)
		if (fsconfig(context_fd, options->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
			     options->key, options->value, 0) < 0)
			return -errno;
	if (fsconfig(context_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(context_fd, FSMOUNT_CLOEXEC, attributes);
	return fd < 0 ? -errno : fd;
}

int gnv_mount_copy(int dir_fd, const char *path, bool recursive)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW;
	int fd;

	if (!*path)
		flags |= AT_EMPTY_PATH;
	if (recursive)
		flags |= AT_RECURSIVE;
	fd = open_tree(dir_fd, path, flags);
	return fd < 0 ? -errno : fd;
}

static int set_attributes(int mount_fd, struct mount_attr *attr, bool recursive)
{
	unsigned int flags = AT_EMPTY_PATH;

	if (recursive)
		flags |= AT_RECURSIVE;
	return mount_setattr(mount_fd, "", flags, attr, sizeof(*attr)) < 0 ? -errno : 0;
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
