/* SPDX-License-Identifier: MIT */
/*
 * A layer of an image is in the store: found there, or unpacked and verified.
 */
#ifndef GNV_IMAGE_LAYER_H
#define GNV_IMAGE_LAYER_H

#include "base/error.h"
#include "image/contents.h"
#include "image/source.h"
#include "image/store.h"

/* Who is told in words what takes long; @tell may be NULL. */
struct gnv_progress {
	void (*tell)(const char *text, void *data);
	void *data;
};

/* @number of @total layers, from 1: for messages.  -EBADMSG: a digest differs. */
int gnv_layer_get(struct gnv_store *store, struct gnv_source *source,
		  const struct gnv_layer_blob *layer, size_t number, size_t total,
		  const struct gnv_progress *progress, struct gnv_error **err);

#endif /* GNV_IMAGE_LAYER_H */
