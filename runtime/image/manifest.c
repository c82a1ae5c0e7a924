// SPDX-License-Identifier: MIT
/*
 * OCI's index and manifest, and Docker's schema 2 of both, from JSON.
 */
#include "image/manifest.h"

#include <string.h>

#include "image/json.h"
#include "image/quote.h"

static const struct {
	const char *text;
	enum gnv_media media;
} media_types[] = {
	{ "application/vnd.oci.image.index.v1+json", GNV_MEDIA_INDEX },
	{ "application/vnd.docker.distribution.manifest.list.v2+json", GNV_MEDIA_INDEX },
	{ "application/vnd.oci.image.manifest.v1+json", GNV_MEDIA_MANIFEST },
	{ "application/vnd.docker.distribution.manifest.v2+json", GNV_MEDIA_MANIFEST },
	{ "application/vnd.oci.image.config.v1+json", GNV_MEDIA_CONFIG },
	{ "application/vnd.docker.container.image.v1+json", GNV_MEDIA_CONFIG },
	{ "application/vnd.oci.image.layer.v1.tar", GNV_MEDIA_LAYER },
	{ "application/vnd.oci.image.layer.v1.tar+gzip", GNV_MEDIA_LAYER },
	{ "application/vnd.oci.image.layer.v1.tar+zstd", GNV_MEDIA_LAYER },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar", GNV_MEDIA_LAYER },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", GNV_MEDIA_LAYER },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", GNV_MEDIA_LAYER },
	{ "application/vnd.docker.image.rootfs.diff.tar", GNV_MEDIA_LAYER },
	{ "application/vnd.docker.image.rootfs.diff.tar.gzip", GNV_MEDIA_LAYER },
	{ "application/vnd.docker.image.rootfs.diff.tar.zstd", GNV_MEDIA_LAYER },
	{ "application/vnd.docker.image.rootfs.foreign.diff.tar", GNV_MEDIA_LAYER },
	{ "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", GNV_MEDIA_LAYER },
};

static int parse_media(const char *text, enum gnv_media *ret, struct gnv_error **err)
{
	char shown[GNV_QUOTE_LEN];
	size_t i;

	if (!text)
		return gnv_error_set(err, EINVAL, "it has no `mediaType`");
	for (i = 0; i < sizeof(media_types) / sizeof(media_types[0]); i++) {
		if (!strcmp(media_types[i].text, text)) {
			*ret = media_types[i].media;
			return 0;
		}
	}
	return gnv_error_set(err, EOPNOTSUPP, "its media type `%s` is not supported",
			     gnv_quote(text, shown));
}

static int copy_string(struct json_object *object, const char *key, char **ret,
		       struct gnv_error **err)
{
	const char *text;
	int r = gnv_json_get_string(object, key, &text, err);

	if (r < 0 || !text)
		return r;
	*ret = strdup(text);
	return *ret ? 0 : gnv_error_errno(err, ENOMEM, "read `%s`", key);
}

static void platform_fini(struct gnv_platform *platform)
{
	free(platform->os);
	free(platform->architecture);
	free(platform->variant);
	*platform = (struct gnv_platform){ 0 };
}

static int parse_platform(struct json_object *object, struct gnv_platform *ret,
			  struct gnv_error **err)
{
	int r = copy_string(object, "os", &ret->os, err);

	if (!r)
		r = copy_string(object, "architecture", &ret->architecture, err);
	if (!r)
		r = copy_string(object, "variant", &ret->variant, err);
	return r;
}

static void descriptor_fini(struct gnv_descriptor *descriptor)
{
	platform_fini(&descriptor->platform);
	free(descriptor->reference);
	free(descriptor->full_reference);
}

static int parse_digest(struct json_object *object, struct gnv_digest *ret,
			struct gnv_error **err)
{
	char shown[GNV_QUOTE_LEN];
	const char *text;
	int r = gnv_json_get_string(object, "digest", &text, err);

	if (r < 0)
		return r;
	if (!text)
		return gnv_error_set(err, EINVAL, "it has no `digest`");
	r = gnv_digest_parse(text, ret);
	if (r < 0)
		return gnv_error_set(err, -r, "its digest `%s` is not sha256 or sha512 in hexadecimal",
				     gnv_quote(text, shown));
	return 0;
}

static int parse_size(struct json_object *object, uint64_t *ret, struct gnv_error **err)
{
	struct json_object *size;
	int r = gnv_json_get(object, "size", json_type_int, &size, err);

	if (r < 0)
		return r;
	if (!size || json_object_get_int64(size) < 0)
		return gnv_error_set(err, EINVAL, "its `size` is missing or negative");
	*ret = (uint64_t)json_object_get_int64(size);
	return 0;
}

/* What names an image and what it runs on: only descriptors in an index. */
static int parse_selectors(struct json_object *object, struct gnv_descriptor *ret,
			   struct gnv_error **err)
{
	struct json_object *part;
	int r = gnv_json_get(object, "annotations", json_type_object, &part, err);

	if (!r && part)
		r = copy_string(part, "org.opencontainers.image.ref.name", &ret->reference, err);
	if (!r && part)
		r = copy_string(part, "io.containerd.image.name", &ret->full_reference, err);
	if (!r)
		r = gnv_json_get(object, "platform", json_type_object, &part, err);
	if (!r && part)
		r = parse_platform(part, &ret->platform, err);
	return r;
}

/* @object may be NULL (absent) and may be of any type. */
static int parse_descriptor(struct json_object *object, struct gnv_descriptor *ret,
			    struct gnv_error **err)
{
	const char *media;
	int r;

	if (!json_object_is_type(object, json_type_object))
		return gnv_error_set(err, EINVAL, "it is missing, or no JSON object");
	r = gnv_json_get_string(object, "mediaType", &media, err);
	if (!r)
		r = parse_media(media, &ret->media, err);
	if (!r)
		r = parse_digest(object, &ret->digest, err);
	if (!r)
		r = parse_size(object, &ret->size, err);
	return r;
}

/*
 * The common head of index and manifest.  A document that could be taken for
 * either one is refused: two readers of the same digest must not see two images.
 */
static int check_head(struct json_object *root, enum gnv_media expected, const char *foreign,
		      struct gnv_error **err)
{
	struct json_object *version;
	enum gnv_media media;
	const char *text;
	int r = gnv_json_get(root, "schemaVersion", json_type_int, &version, err);

	if (r < 0)
		return r;
	if (!version || json_object_get_int64(version) != 2)
		return gnv_error_set(err, EOPNOTSUPP, "its schema version is not 2");
	if (json_object_object_get_ex(root, foreign, NULL))
		return gnv_error_set(err, EINVAL, "it is index and manifest at once (`%s`)", foreign);
	r = gnv_json_get_string(root, "mediaType", &text, err);
	if (r < 0 || !text)
		return r;
	r = parse_media(text, &media, err);
	if (r < 0)
		return r;
	if (media != expected)
		return gnv_error_set(err, EINVAL, "its media type is that of another document");
	return 0;
}

/* The array of descriptors @key of @root, bounded by @max. */
static int get_descriptors(struct json_object *root, const char *key, size_t max,
			   struct json_object **ret, struct gnv_descriptor **ret_items,
			   struct gnv_error **err)
{
	size_t n;
	int r = gnv_json_get(root, key, json_type_array, ret, err);

	if (r < 0)
		return r;
	if (!*ret)
		return gnv_error_set(err, EINVAL, "it has no `%s`", key);
	n = json_object_array_length(*ret);
	if (n > max)
		return gnv_error_set(err, E2BIG, "it has %zu %s, more than the %zu allowed", n, key,
				     max);
	*ret_items = calloc(n + 1, sizeof(**ret_items));
	return *ret_items ? 0 : gnv_error_errno(err, ENOMEM, "read `%s`", key);
}

static int parse_index(struct json_object *root, struct gnv_index *ret, struct gnv_error **err)
{
	struct json_object *array;
	size_t i;
	int r = check_head(root, GNV_MEDIA_INDEX, "layers", err);

	if (!r)
		r = get_descriptors(root, "manifests", GNV_MANIFEST_ENTRIES_MAX, &array,
				    &ret->items, err);
	if (r < 0)
		return r;
	for (i = 0; i < json_object_array_length(array); i++) {
		_cleanup_error_ struct gnv_error *local = NULL;
		struct json_object *object = json_object_array_get_idx(array, i);
		struct gnv_descriptor *item = &ret->items[ret->n_items];

		r = parse_descriptor(object, item, &local);
		/* An index may hold things that are no images: they are not asked for. */
		if (r == -EOPNOTSUPP)
			continue;
		if (r < 0) {
			if (err)
				*err = STEAL_PTR(local);
			return gnv_error_wrap(err, r, "entry %zu", i);
		}
		if (item->media != GNV_MEDIA_INDEX && item->media != GNV_MEDIA_MANIFEST)
			continue;
		ret->n_items++;
		r = parse_selectors(object, item, err);
		if (r < 0)
			return gnv_error_wrap(err, r, "entry %zu", i);
	}
	return 0;
}

int gnv_index_parse(const char *text, size_t length, struct gnv_index *ret,
		    struct gnv_error **err)
{
	_cleanup_json_ struct json_object *root = NULL;
	int r;

	*ret = (struct gnv_index){ 0 };
	r = gnv_json_parse(text, length, json_type_object, &root, err);
	if (!r)
		r = parse_index(root, ret, err);
	if (r < 0)
		gnv_index_fini(ret);
	return r;
}

void gnv_index_fini(struct gnv_index *index)
{
	size_t i;

	for (i = 0; i < index->n_items; i++)
		descriptor_fini(&index->items[i]);
	free(index->items);
	*index = (struct gnv_index){ 0 };
}

static int parse_manifest(struct json_object *root, struct gnv_manifest *ret,
			  struct gnv_error **err)
{
	struct json_object *array;
	size_t i;
	int r = check_head(root, GNV_MEDIA_MANIFEST, "manifests", err);

	if (r < 0)
		return r;
	r = parse_descriptor(json_object_object_get(root, "config"), &ret->config, err);
	if (r == -EOPNOTSUPP)
		gnv_error_remedy(err, r, "only images of containers are accepted, not other artifacts");
	if (!r && ret->config.media != GNV_MEDIA_CONFIG)
		r = gnv_error_set(err, EINVAL, "its media type is not that of a configuration");
	if (r < 0)
		return gnv_error_wrap(err, r, "its `config`");
	r = get_descriptors(root, "layers", GNV_MANIFEST_LAYERS_MAX, &array, &ret->layers, err);
	if (r < 0)
		return r;
	for (i = 0; i < json_object_array_length(array); i++) {
		struct gnv_descriptor *layer = &ret->layers[i];

		r = parse_descriptor(json_object_array_get_idx(array, i), layer, err);
		if (!r && layer->media != GNV_MEDIA_LAYER)
			r = gnv_error_set(err, EINVAL, "its media type is not that of a layer");
		if (r < 0)
			return gnv_error_wrap(err, r, "its layer %zu", i + 1);
		ret->n_layers++;
	}
	return 0;
}

int gnv_manifest_parse(const char *text, size_t length, struct gnv_manifest *ret,
		       struct gnv_error **err)
{
	_cleanup_json_ struct json_object *root = NULL;
	int r;

	*ret = (struct gnv_manifest){ 0 };
	r = gnv_json_parse(text, length, json_type_object, &root, err);
	if (!r)
		r = parse_manifest(root, ret, err);
	if (r < 0)
		gnv_manifest_fini(ret);
	return r;
}

void gnv_manifest_fini(struct gnv_manifest *manifest)
{
	size_t i;

	descriptor_fini(&manifest->config);
	for (i = 0; i < manifest->n_layers; i++)
		descriptor_fini(&manifest->layers[i]);
	free(manifest->layers);
	*manifest = (struct gnv_manifest){ 0 };
}
