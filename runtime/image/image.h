/* SPDX-License-Identifier: MIT */
/*
 * An image argument becomes a root file system and a configuration.  Three kinds:
 * an OCI image layout (directory with oci-layout, or a tar of one), a
 * docker-archive tar (`docker save`), a plain root directory.  Owns the store of
 * unpacked layers; knows nothing of cgroups, GPUs or processes.
 *
 * Words: "store" is the directory that holds unpacked layers by digest, shared
 * by all containers; "bundle directory" is one container's own directory.
 */
#ifndef GNV_IMAGE_IMAGE_H
#define GNV_IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* What the image's author asks for: hostile input, checked for form only. */
struct gnv_image_config {
	char **entrypoint; /* NULL-terminated, NULL when absent */
	char **cmd;
	char **env; /* "KEY=value" */
	char *workdir; /* absolute; NULL when absent */
	char *user; /* "name", "uid", "uid:gid", …; NULL when absent */
};

struct gnv_image;

/*
 * Look at @argument and, where it is not a plain directory, unpack the layers
 * that @store_dir lacks.  @argument may carry ":TAG" behind a layout's path.
 * Digests of blobs and diff ids are verified; a layer's entries cannot leave its
 * directory, whatever they are named or linked to.  Interrupted unpacking leaves
 * nothing that a later call would take for a whole layer; several processes may
 * open images at once.  Layers are kept from being pruned until the image is
 * closed, and from then on for as long as a bundle directory has them mounted.
 * @progress (may be NULL) is told in words what takes long.
 * Errors: ENOENT (nothing there), EINVAL (no image, or broken; says which part),
 * EBADMSG (a digest does not match), ENOSPC, …
 */
int gnv_image_open(const char *argument, const char *store_dir,
		   void (*progress)(const char *text, void *data), void *data,
		   struct gnv_image **ret, struct gnv_error **err);
void gnv_image_close(struct gnv_image *image);

const struct gnv_image_config *gnv_image_get_config(const struct gnv_image *image);

/* Canonical text that names the image: "path:tag" or the directory. */
const char *gnv_image_get_name(const struct gnv_image *image);

/*
 * For a container with a user namespace: who owns what in the root file system is
 * seen through the map of @userns_fd, and the numbers of its root are @root_uid
 * and @root_gid on the host.  Layers on a file system whose owners the kernel
 * cannot map stay as they are.
 */
struct gnv_image_owners {
	int userns_fd; /* has to stay open until gnv_image_mount() has returned */
	uint32_t root_uid, root_gid;
};

void gnv_image_map_owners(struct gnv_image *image, const struct gnv_image_owners *owners);

/*
 * Make the root file system for one container and give its path: an overlay
 * of the layers (or of the plain directory) with upper and work directories
 * below @bundle_dir, mounted at <bundle_dir>/rootfs in the caller's mount
 * namespace, without device nodes (set-user-ID programs keep their meaning).  The
 * image is never written.  -EEXIST: the bundle has one already.
 */
int gnv_image_mount(const struct gnv_image *image, const char *bundle_dir,
		    char **ret_rootfs, struct gnv_error **err);

/*
 * Undo gnv_image_mount(): unmount, remove upper and work.  Idempotent; what the
 * container left there is hostile and treated so.
 */
int gnv_image_unmount(const char *bundle_dir, struct gnv_error **err);

/*
 * Remove the layers that no mounted bundle uses; they are unpacked again when they
 * are needed.  *ret_removed (may be NULL) is how many.  -EBUSY: an image is open
 * somewhere.
 */
int gnv_image_prune(const char *store_dir, size_t *ret_removed, struct gnv_error **err);

static inline void gnv_image_closep(struct gnv_image **image)
{
	gnv_image_close(*image);
}
#define _cleanup_image_ _cleanup_(gnv_image_closep)

#endif /* GNV_IMAGE_IMAGE_H */
