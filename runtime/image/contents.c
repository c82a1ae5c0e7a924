// SPDX-License-Identifier: MIT
/*
 * From an index or a manifest.json to configuration and layers.
 */
#include "image/contents.h"

#include <string.h>

/* index.json, an index for each name, one for each platform, and one to spare. */
#define NESTING_MAX 4

static int read_layout_blob(struct gnv_source *source, const struct gnv_descriptor *descriptor,
			    char **ret, size_t *ret_length, struct gnv_error **err)
{
	char path[GNV_DIGEST_PATH_LEN], member[GNV_DIGEST_PATH_LEN + 8];
	int r;

	snprintf(member, sizeof(member), "blobs/%s", gnv_digest_path(&descriptor->digest, path));
	r = gnv_source_read(source, member, GNV_MANIFEST_BYTES_MAX, ret, ret_length, err);
	if (r < 0)
		return r;
	if (*ret_length != descriptor->size)
		r = gnv_error_set(err, EBADMSG, "`%s` has %zu bytes, it should have %llu", member,
				  *ret_length, (unsigned long long)descriptor->size);
	else
		r = gnv_digest_verify(&descriptor->digest, *ret, *ret_length, err);
	if (r < 0)
		free(STEAL_PTR(*ret));
	return r;
}

/* One step down: *descriptor is replaced by the one that @text, an index, gives. */
static int select_from_index(const char *text, size_t length, const char *reference,
			     struct gnv_descriptor *descriptor, struct gnv_error **err)
{
	const struct gnv_descriptor *found;
	struct gnv_index index;
	int r = gnv_index_parse(text, length, &index, err);

	if (r < 0)
		return r;
	r = gnv_index_select(&index, reference, &found, err);
	if (!r)
		*descriptor = (struct gnv_descriptor){
			.media = found->media,
			.digest = found->digest,
			.size = found->size,
		};
	gnv_index_fini(&index);
	return r;
}

static int find_manifest(struct gnv_source *source, const char *reference,
			 struct gnv_descriptor *ret, struct gnv_error **err)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	int depth, r;

	r = gnv_source_read(source, "index.json", GNV_MANIFEST_BYTES_MAX, &text, &length, err);
	if (!r)
		r = select_from_index(text, length, reference, ret, err);
	if (r < 0)
		return gnv_error_wrap(err, r, "index.json");
	for (depth = 1; ret->media == GNV_MEDIA_INDEX; depth++) {
		free(STEAL_PTR(text));
		if (depth == NESTING_MAX)
			return gnv_error_set(err, E2BIG, "its indexes nest deeper than %d",
					     NESTING_MAX);
		r = read_layout_blob(source, ret, &text, &length, err);
		if (!r)
			r = select_from_index(text, length, NULL, ret, err);
		if (r < 0)
			return gnv_error_wrap(err, r, "its index");
	}
	return 0;
}

static int add_layers(struct gnv_contents *contents, size_t n, struct gnv_error **err)
{
	size_t i;
	int r;

	if (n != contents->config.n_diff_ids)
		return gnv_error_set(err, EINVAL,
				     "it has %zu layers, but its configuration speaks of %zu", n,
				     contents->config.n_diff_ids);
	if (n == 0) {
		r = gnv_error_set(err, EINVAL, "it has no layers");
		return gnv_error_remedy(err, r, "a container needs a root file system");
	}
	contents->layers = calloc(n, sizeof(*contents->layers));
	if (!contents->layers)
		return gnv_error_errno(err, ENOMEM, "read it");
	contents->n_layers = n;
	for (i = 0; i < n; i++)
		contents->layers[i].diff_id = contents->config.diff_ids[i];
	return 0;
}

static int read_layout(struct gnv_source *source, const struct gnv_manifest *manifest,
		       struct gnv_contents *ret, struct gnv_error **err)
{
	char path[GNV_DIGEST_PATH_LEN];
	_cleanup_free_ char *text = NULL;
	size_t length, i;
	int r;

	r = read_layout_blob(source, &manifest->config, &text, &length, err);
	if (!r)
		r = gnv_config_parse(text, length, &ret->config, err);
	if (r < 0)
		return gnv_error_wrap(err, r, "its configuration");
	r = gnv_config_check_platform(&ret->config, err);
	if (!r)
		r = add_layers(ret, manifest->n_layers, err);
	if (r < 0)
		return r;
	for (i = 0; i < ret->n_layers; i++) {
		struct gnv_layer_blob *layer = &ret->layers[i];

		layer->is_described = true;
		layer->digest = manifest->layers[i].digest;
		layer->size = manifest->layers[i].size;
		if (asprintf(&layer->member, "blobs/%s",
			     gnv_digest_path(&layer->digest, path)) < 0) {
			layer->member = NULL;
			return gnv_error_errno(err, ENOMEM, "read it");
		}
	}
	return 0;
}

int gnv_contents_read_layout(struct gnv_source *source, const char *reference,
			     struct gnv_contents *ret, struct gnv_error **err)
{
	struct gnv_descriptor descriptor = { 0 };
	_cleanup_free_ char *text = NULL;
	struct gnv_manifest manifest;
	size_t length;
	int r;

	*ret = (struct gnv_contents){ 0 };
	r = find_manifest(source, reference, &descriptor, err);
	if (r < 0)
		return r;
	r = read_layout_blob(source, &descriptor, &text, &length, err);
	if (!r)
		r = gnv_manifest_parse(text, length, &manifest, err);
	if (r < 0)
		return gnv_error_wrap(err, r, "its manifest");
	r = read_layout(source, &manifest, ret, err);
	gnv_manifest_fini(&manifest);
	if (r < 0)
		gnv_contents_fini(ret);
	return r;
}

/*
 * The configuration of `docker save` is named by its digest: "<hex>.json",
 * "blobs/sha256/<hex>", "sha256:<hex>".  Return: is it?
 */
static bool config_digest(const char *member, struct gnv_digest *ret)
{
	const char *name = strrchr(member, '/');
	char text[GNV_DIGEST_LEN];
	size_t length;

	name = name ? name + 1 : member;
	if (!strncmp(name, "sha256:", 7))
		name += 7;
	length = strcspn(name, ".");
	if (length != 64 || (name[length] && strcmp(name + length, ".json") != 0))
		return false;
	snprintf(text, sizeof(text), "sha256:%.64s", name);
	return !gnv_digest_parse(text, ret);
}

static int read_docker_config(struct gnv_source *source, const char *member,
			      struct gnv_config_blob *ret, struct gnv_error **err)
{
	_cleanup_free_ char *text = NULL;
	struct gnv_digest digest;
	size_t length;
	int r;

	r = gnv_source_read(source, member, GNV_MANIFEST_BYTES_MAX, &text, &length, err);
	if (!r && config_digest(member, &digest))
		r = gnv_digest_verify(&digest, text, length, err);
	if (!r)
		r = gnv_config_parse(text, length, ret, err);
	return gnv_error_wrap(err, r, "its configuration");
}

static int read_docker(struct gnv_source *source, const struct gnv_docker_image *image,
		       struct gnv_contents *ret, struct gnv_error **err)
{
	size_t i, n = 0;
	int r;

	while (image->layers && image->layers[n])
		n++;
	r = read_docker_config(source, image->config, &ret->config, err);
	if (!r)
		r = gnv_config_check_platform(&ret->config, err);
	if (!r)
		r = add_layers(ret, n, err);
	for (i = 0; !r && i < n; i++) {
		ret->layers[i].member = strdup(image->layers[i]);
		if (!ret->layers[i].member)
			r = gnv_error_errno(err, ENOMEM, "read it");
	}
	return r;
}

int gnv_contents_read_docker(struct gnv_source *source, const char *reference,
			     struct gnv_contents *ret, struct gnv_error **err)
{
	const struct gnv_docker_image *image;
	struct gnv_docker_archive archive;
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r;

	*ret = (struct gnv_contents){ 0 };
	r = gnv_source_read(source, "manifest.json", GNV_MANIFEST_BYTES_MAX, &text, &length, err);
	if (!r)
		r = gnv_docker_parse(text, length, &archive, err);
	if (r < 0)
		return gnv_error_wrap(err, r, "manifest.json");
	r = gnv_docker_select(&archive, reference, &image, err);
	if (!r)
		r = read_docker(source, image, ret, err);
	gnv_docker_fini(&archive);
	if (r < 0)
		gnv_contents_fini(ret);
	return r;
}

void gnv_contents_fini(struct gnv_contents *contents)
{
	size_t i;

	gnv_config_fini(&contents->config);
	for (i = 0; i < contents->n_layers; i++)
		free(contents->layers[i].member);
	free(contents->layers);
	*contents = (struct gnv_contents){ 0 };
}
