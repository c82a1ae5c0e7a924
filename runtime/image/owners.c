// SPDX-License-Identifier: MIT
/*
 * Layers whose owners are seen through the map of a user namespace, so that what
 * root owns in the image is the container's root's.  overlayfs itself cannot be
 * mounted so, but it takes layers that are.
 *
 * Only what is below is mapped: what the container writes goes to the upper
 * directory under the numbers that the host knows its users by.
 */
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "image/image_private.h"

/* A user namespace has so many ids; others belong to nobody in it. */
#define IDS 65536U

uint32_t gnv_owners_shift(uint32_t base, uint32_t id)
{
	return id < IDS ? base + id : id;
}

void gnv_image_map_owners(struct gnv_image *image, const struct gnv_image_owners *owners)
{
	image->owners = *owners;
	image->has_owners = true;
}

static int set_attributes(int mount_fd, uint64_t attributes, int userns_fd)
{
	struct mount_attr attr = {
		.attr_set = attributes,
		.propagation = MS_PRIVATE,
		.userns_fd = (uint64_t)userns_fd,
	};

	return mount_setattr(mount_fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

static int mount_layer(const char *layer, int userns_fd, int mapped_fd, const char *name)
{
	_cleanup_close_ int fd = open_tree(AT_FDCWD, layer, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = set_attributes(fd, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV, userns_fd);
	if (r < 0)
		return r;
	r = set_attributes(fd, MOUNT_ATTR_IDMAP, userns_fd);
	/* EINVAL: this file system's owners cannot be mapped. */
	if (r < 0 && r != -EINVAL)
		return r;
	if (mkdirat(mapped_fd, name, 0700) < 0)
		return -errno;
	return move_mount(fd, "", mapped_fd, name, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

static int open_mapped(int bundle_fd)
{
	return openat(bundle_fd, GNV_IMAGE_MAPPED_DIR,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int gnv_owners_mount_layers(const struct gnv_image *image, int bundle_fd,
			    struct gnv_error **err)
{
	_cleanup_close_ int mapped_fd = open_mapped(bundle_fd);
	char name[24];
	size_t i;
	int r;

	if (mapped_fd < 0)
		return gnv_error_errno(err, errno, "open `%s`", GNV_IMAGE_MAPPED_DIR);
	for (i = 0; i < image->n_layers; i++) {
		snprintf(name, sizeof(name), "%zu", i);
		r = mount_layer(image->layers[i], image->owners.userns_fd, mapped_fd, name);
		if (r < 0)
			return gnv_error_errno(err, -r, "map the owners of layer `%s`",
					       image->layers[i]);
	}
	return 0;
}

void gnv_owners_unmount_layers(int bundle_fd)
{
	_cleanup_closedir_ DIR *dir = NULL;
	int fd = open_mapped(bundle_fd);
	struct dirent *entry;
	char path[512];

	if (fd < 0)
		return;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return;
	}
	/* What there is, not what an image has: a killed process may have left it. */
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", fd, entry->d_name);
		umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
		/* Fails where a mount is left, and then so does the removal of the bundle. */
		unlinkat(fd, entry->d_name, AT_REMOVEDIR);
	}
}
