// SPDX-License-Identifier: MIT
/*
 * Mounts on top of what is not to be seen or written.  The targets are descriptors,
 * and nothing that covers comes from the container.
 */
#include "sandbox/cover.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "sandbox/mount_api.h"

#define NO_SDE (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

int gnv_cover_init(struct gnv_cover *cover, int null_dir_fd, const char *label)
{
	const struct gnv_mount_option options[] = { { label ? "context" : NULL, label }, { 0 } };
	struct stat st;

	*cover = (struct gnv_cover){ .dir_fd = -EBADF, .null_dir_fd = null_dir_fd };
	/* Were it any other file, it would be shown in every place that is masked. */
	if (fstatat(null_dir_fd, "null", &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return -ENODEV;
	cover->dir_fd = gnv_mount_new("tmpfs", options, NO_SDE | MOUNT_ATTR_RDONLY);
	return cover->dir_fd < 0 ? cover->dir_fd : 0;
}

int gnv_cover_mask(struct gnv_cover *cover, int target_fd)
{
	_cleanup_close_late_ int copy_fd = -EBADF;
	struct stat st;

	if (fstat(target_fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode) && !cover->dir_in_place) {
		cover->dir_in_place = true;
		return gnv_mount_attach(cover->dir_fd, target_fd);
	}
	copy_fd = S_ISDIR(st.st_mode) ? gnv_mount_copy(cover->dir_fd, "", false) :
					gnv_mount_copy(cover->null_dir_fd, "null", false);
	return copy_fd < 0 ? copy_fd : gnv_mount_attach(copy_fd, target_fd);
}

int gnv_cover_protect(int target_fd, unsigned int attributes)
{
	_cleanup_close_late_ int copy_fd = gnv_mount_copy_changed(
		target_fd, "", AT_RECURSIVE, MOUNT_ATTR_RDONLY | attributes, 0, MS_PRIVATE);

	return copy_fd < 0 ? copy_fd : gnv_mount_attach(copy_fd, target_fd);
}
