/* SPDX-License-Identifier: MIT */
/*
 * What a source says an image is made of: configuration and layers, read and
 * verified as far as that goes without unpacking.  One function for each form.
 */
#ifndef GNV_IMAGE_CONTENTS_H
#define GNV_IMAGE_CONTENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "image/manifest.h"
#include "image/source.h"

struct gnv_layer_blob {
	char *member; /* in the source */
	struct gnv_digest diff_id;
	bool is_described; /* by a descriptor: then @digest and @size are known */
	struct gnv_digest digest;
	uint64_t size;
};

struct gnv_contents {
	struct gnv_config_blob config;
	struct gnv_layer_blob *layers; /* lowest first */
	size_t n_layers;
};

/* OCI image layout: index.json and blobs/. */
int gnv_contents_read_layout(struct gnv_source *source, const char *reference,
			     struct gnv_contents *ret, struct gnv_error **err);

/* `docker save`: manifest.json and what it names. */
int gnv_contents_read_docker(struct gnv_source *source, const char *reference,
			     struct gnv_contents *ret, struct gnv_error **err);

void gnv_contents_fini(struct gnv_contents *contents);
#define _cleanup_contents_ _cleanup_(gnv_contents_fini)

#endif /* GNV_IMAGE_CONTENTS_H */
