/* SPDX-License-Identifier: MIT */
/*
 * The JSON documents of an image become structures: OCI index and manifest,
 * Docker's schema 2 of both, the configuration, and the manifest.json of
 * `docker save`.  Pure: text in, structures out; opens nothing.
 *
 * Words: "descriptor" is OCI's pointer to a blob (media type, digest, size);
 * "index" is a list of descriptors of manifests; "reference" is the name by
 * which the user picks one of them.
 */
#ifndef GNV_IMAGE_MANIFEST_H
#define GNV_IMAGE_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "image/digest.h"
#include "image/image.h"

/* Bounds on hostile input.  Overlayfs stacks 500 layers at most. */
#define GNV_MANIFEST_BYTES_MAX	    ((size_t)4 << 20)
#define GNV_MANIFEST_LAYERS_MAX	    500
#define GNV_MANIFEST_ENTRIES_MAX    4096
#define GNV_CONFIG_STRINGS_MAX	    4096
#define GNV_CONFIG_STRING_BYTES_MAX ((size_t)128 << 10)

enum gnv_media {
	GNV_MEDIA_INDEX,
	GNV_MEDIA_MANIFEST,
	GNV_MEDIA_CONFIG,
	GNV_MEDIA_LAYER,
};

struct gnv_platform {
	char *os, *architecture, *variant; /* NULL when not said */
};

struct gnv_descriptor {
	enum gnv_media media;
	struct gnv_digest digest;
	uint64_t size;
	struct gnv_platform platform;
	char *reference; /* org.opencontainers.image.ref.name */
	char *full_reference; /* io.containerd.image.name */
};

struct gnv_index {
	struct gnv_descriptor *items; /* manifests and indexes; others are left out */
	size_t n_items;
};

struct gnv_manifest {
	struct gnv_descriptor config;
	struct gnv_descriptor *layers; /* lowest first */
	size_t n_layers;
};

/* What the configuration blob says beside struct gnv_image_config. */
struct gnv_config_blob {
	struct gnv_image_config config;
	struct gnv_platform platform;
	struct gnv_digest *diff_ids; /* lowest first */
	size_t n_diff_ids;
};

/* One image of a `docker save` archive. */
struct gnv_docker_image {
	char *config; /* member of the archive */
	char **tags;
	char **layers; /* members, lowest first */
};

struct gnv_docker_archive {
	struct gnv_docker_image *images;
	size_t n_images;
};

/*
 * -EINVAL: ill-formed.  -EOPNOTSUPP: well-formed, but of a kind that is not
 * supported (schema 1, encrypted layers, an artifact that is no image).
 * -E2BIG: above one of the bounds.  On success the caller calls _fini().
 */
int gnv_index_parse(const char *text, size_t length, struct gnv_index *ret,
		    struct gnv_error **err);
void gnv_index_fini(struct gnv_index *index);

int gnv_manifest_parse(const char *text, size_t length, struct gnv_manifest *ret,
		       struct gnv_error **err);
void gnv_manifest_fini(struct gnv_manifest *manifest);

int gnv_config_parse(const char *text, size_t length, struct gnv_config_blob *ret,
		     struct gnv_error **err);
void gnv_config_fini(struct gnv_config_blob *config);

int gnv_docker_parse(const char *text, size_t length, struct gnv_docker_archive *ret,
		     struct gnv_error **err);
void gnv_docker_fini(struct gnv_docker_archive *archive);

/*
 * The one descriptor of @index that @reference names (NULL: there must be only
 * one) and that runs on this machine.  The message lists what there is.
 */
int gnv_index_select(const struct gnv_index *index, const char *reference,
		     const struct gnv_descriptor **ret, struct gnv_error **err);

/* Likewise the image of a `docker save` archive. */
int gnv_docker_select(const struct gnv_docker_archive *archive, const char *reference,
		      const struct gnv_docker_image **ret, struct gnv_error **err);

/* -EINVAL: the configuration is of another platform than this machine's. */
int gnv_config_check_platform(const struct gnv_config_blob *config, struct gnv_error **err);

void gnv_image_config_fini(struct gnv_image_config *config);

#endif /* GNV_IMAGE_MANIFEST_H */
