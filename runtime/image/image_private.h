/* SPDX-License-Identifier: MIT */
/*
 * An open image, as image.c makes it and overlay.c mounts it.
 */
#ifndef GNV_IMAGE_IMAGE_PRIVATE_H
#define GNV_IMAGE_IMAGE_PRIVATE_H

#include "image/image.h"
#include "image/store.h"

struct gnv_image {
	char *name;
	struct gnv_image_config config;
	struct gnv_store *store; /* NULL for a plain directory */
	char **layers; /* absolute paths, top first */
	size_t n_layers;
};

#endif /* GNV_IMAGE_IMAGE_PRIVATE_H */
