/* SPDX-License-Identifier: MIT */
/*
 * An open image, as image.c makes it and overlay.c mounts it.
 */
#ifndef GNV_IMAGE_IMAGE_PRIVATE_H
#define GNV_IMAGE_IMAGE_PRIVATE_H

#include <stdint.h>

#include "image/image.h"
#include "image/store.h"

struct gnv_image {
	char *name;
	struct gnv_image_config config;
	struct gnv_store *store; /* NULL for a plain directory */
	char **layers; /* absolute paths, top first */
	size_t n_layers;
	struct gnv_image_owners owners;
	bool has_owners;
};

/* owners.c: where the layers are mounted with their owners mapped, as 0, 1, … */
#define GNV_IMAGE_MAPPED_DIR "mapped"

/*
 * Mount the layers there, read-only.  To be undone when the overlay, which has
 * copies of its own, is mounted.
 */
int gnv_owners_mount_layers(const struct gnv_image *image, int bundle_fd,
			    struct gnv_error **err);
void gnv_owners_unmount_layers(int bundle_fd);

/* The number that is @id's in the container, as the host counts. */
uint32_t gnv_owners_shift(uint32_t base, uint32_t id);

#endif /* GNV_IMAGE_IMAGE_PRIVATE_H */
