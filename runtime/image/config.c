// SPDX-License-Identifier: MIT
/*
 * The configuration blob of an image, and the manifest.json of `docker save`, from
 * JSON.
 */
#include <string.h>

#include "base/strv.h"
#include "image/json.h"
#include "image/manifest.h"
#include "image/quote.h"

static int check_strings(char *const *strv, const char *key, struct gnv_error **err)
{
	for (; strv && *strv; strv++)
		if (strlen(*strv) >= GNV_CONFIG_STRING_BYTES_MAX)
			return gnv_error_set(err, E2BIG, "`%s` has an item of more than %zu bytes",
					     key, GNV_CONFIG_STRING_BYTES_MAX);
	return 0;
}

static int get_strings(struct json_object *object, const char *key, char ***ret,
		       struct gnv_error **err)
{
	int r = gnv_json_get_strv(object, key, GNV_CONFIG_STRINGS_MAX, ret, err);

	return r < 0 ? r : check_strings(*ret, key, err);
}

/* A path or a user: short, printable as far as ASCII goes; "" is as if absent. */
static int get_word(struct json_object *object, const char *key, char **ret,
		    struct gnv_error **err)
{
	const char *text, *c;
	int r = gnv_json_get_string(object, key, &text, err);

	if (r < 0 || !text || !*text)
		return r;
	if (strlen(text) >= 4096)
		return gnv_error_set(err, E2BIG, "`%s` has more than 4095 bytes", key);
	for (c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return gnv_error_set(err, EINVAL, "`%s` holds a control character", key);
	*ret = strdup(text);
	return *ret ? 0 : gnv_error_errno(err, ENOMEM, "read `%s`", key);
}

static int check_env(char *const *env, struct gnv_error **err)
{
	char shown[GNV_QUOTE_LEN];

	for (; env && *env; env++)
		if (**env == '=' || !strchr(*env, '='))
			return gnv_error_set(err, EINVAL, "`Env` has `%s`, which is not KEY=value",
					     gnv_quote(*env, shown));
	return 0;
}

/* Docker takes a relative WorkingDir from the root. */
static int make_absolute(char **path, struct gnv_error **err)
{
	char *absolute;

	if (!*path || **path == '/')
		return 0;
	if (asprintf(&absolute, "/%s", *path) < 0)
		return gnv_error_errno(err, ENOMEM, "read `WorkingDir`");
	free(*path);
	*path = absolute;
	return 0;
}

static int parse_runtime(struct json_object *object, struct gnv_image_config *ret,
			 struct gnv_error **err)
{
	int r = get_strings(object, "Entrypoint", &ret->entrypoint, err);

	if (!r)
		r = get_strings(object, "Cmd", &ret->cmd, err);
	if (!r)
		r = get_strings(object, "Env", &ret->env, err);
	if (!r)
		r = check_env(ret->env, err);
	if (!r)
		r = get_word(object, "WorkingDir", &ret->workdir, err);
	if (!r)
		r = make_absolute(&ret->workdir, err);
	if (!r)
		r = get_word(object, "User", &ret->user, err);
	return gnv_error_wrap(err, r, "its `config`");
}

static int parse_diff_ids(struct json_object *rootfs, struct gnv_config_blob *ret,
			  struct gnv_error **err)
{
	_cleanup_strv_ char **texts = NULL;
	char shown[GNV_QUOTE_LEN];
	const char *type;
	size_t i, n;
	int r = gnv_json_get_string(rootfs, "type", &type, err);

	if (r < 0)
		return r;
	if (!type || strcmp(type, "layers") != 0)
		return gnv_error_set(err, EOPNOTSUPP, "its `rootfs` is not of type `layers`");
	r = gnv_json_get_strv(rootfs, "diff_ids", GNV_MANIFEST_LAYERS_MAX, &texts, err);
	if (r < 0)
		return r;
	n = gnv_strv_length(texts);
	ret->diff_ids = calloc(n + 1, sizeof(*ret->diff_ids));
	if (!ret->diff_ids)
		return gnv_error_errno(err, ENOMEM, "read `diff_ids`");
	for (i = 0; i < n; i++) {
		r = gnv_digest_parse(texts[i], &ret->diff_ids[i]);
		if (r < 0)
			return gnv_error_set(err, -r,
					     "the diff id `%s` is not sha256 or sha512 in hexadecimal",
					     gnv_quote(texts[i], shown));
	}
	ret->n_diff_ids = n;
	return 0;
}

static int parse_config(struct json_object *root, struct gnv_config_blob *ret,
			struct gnv_error **err)
{
	struct json_object *part;
	int r = get_word(root, "os", &ret->platform.os, err);

	if (!r)
		r = get_word(root, "architecture", &ret->platform.architecture, err);
	if (!r)
		r = gnv_json_get(root, "config", json_type_object, &part, err);
	if (!r && part)
		r = parse_runtime(part, &ret->config, err);
	if (!r)
		r = gnv_json_get(root, "rootfs", json_type_object, &part, err);
	if (!r && !part)
		r = gnv_error_set(err, EINVAL, "it has no `rootfs`");
	if (!r)
		r = parse_diff_ids(part, ret, err);
	return r;
}

int gnv_config_parse(const char *text, size_t length, struct gnv_config_blob *ret,
		     struct gnv_error **err)
{
	_cleanup_json_ struct json_object *root = NULL;
	int r;

	*ret = (struct gnv_config_blob){ 0 };
	r = gnv_json_parse(text, length, json_type_object, &root, err);
	if (!r)
		r = parse_config(root, ret, err);
	if (r < 0)
		gnv_config_fini(ret);
	return r;
}

void gnv_image_config_fini(struct gnv_image_config *config)
{
	gnv_strv_free(config->entrypoint);
	gnv_strv_free(config->cmd);
	gnv_strv_free(config->env);
	free(config->workdir);
	free(config->user);
	*config = (struct gnv_image_config){ 0 };
}

void gnv_config_fini(struct gnv_config_blob *config)
{
	gnv_image_config_fini(&config->config);
	free(config->platform.os);
	free(config->platform.architecture);
	free(config->platform.variant);
	free(config->diff_ids);
	*config = (struct gnv_config_blob){ 0 };
}

/*
 * A name of a member: relative, without "..".  The source would not leave its
 * root either way; this is for the message.
 */
static bool is_member_name(const char *name)
{
	const char *part;

	if (!*name || *name == '/')
		return false;
	for (part = name; part; part = strchr(part, '/')) {
		part += *part == '/';
		if (!strncmp(part, "..", 2) && (part[2] == '/' || !part[2]))
			return false;
	}
	return true;
}

static int parse_docker_image(struct json_object *object, struct gnv_docker_image *ret,
			      struct gnv_error **err)
{
	const char *config;
	char **layer;
	int r;

	if (!json_object_is_type(object, json_type_object))
		return gnv_error_set(err, EINVAL, "it is no JSON object");
	r = gnv_json_get_string(object, "Config", &config, err);
	if (r < 0)
		return r;
	if (!config || !is_member_name(config))
		return gnv_error_set(err, EINVAL, "its `Config` is missing or no name of a member");
	ret->config = strdup(config);
	if (!ret->config)
		return gnv_error_errno(err, ENOMEM, "read `Config`");
	r = gnv_json_get_strv(object, "RepoTags", GNV_MANIFEST_ENTRIES_MAX, &ret->tags, err);
	if (!r)
		r = gnv_json_get_strv(object, "Layers", GNV_MANIFEST_LAYERS_MAX, &ret->layers, err);
	if (r < 0)
		return r;
	for (layer = ret->layers; layer && *layer; layer++)
		if (!is_member_name(*layer))
			return gnv_error_set(err, EINVAL, "`Layers` has what is no name of a member");
	return 0;
}

static int parse_docker(struct json_object *root, struct gnv_docker_archive *ret,
			struct gnv_error **err)
{
	size_t i, n = json_object_array_length(root);

	if (n > GNV_MANIFEST_ENTRIES_MAX)
		return gnv_error_set(err, E2BIG, "it has %zu images, more than the %d allowed", n,
				     GNV_MANIFEST_ENTRIES_MAX);
	ret->images = calloc(n + 1, sizeof(*ret->images));
	if (!ret->images)
		return gnv_error_errno(err, ENOMEM, "read it");
	for (i = 0; i < n; i++) {
		int r;

		ret->n_images++;
		r = parse_docker_image(json_object_array_get_idx(root, i), &ret->images[i], err);
		if (r < 0)
			return gnv_error_wrap(err, r, "image %zu", i + 1);
	}
	return 0;
}

int gnv_docker_parse(const char *text, size_t length, struct gnv_docker_archive *ret,
		     struct gnv_error **err)
{
	_cleanup_json_ struct json_object *root = NULL;
	int r;

	*ret = (struct gnv_docker_archive){ 0 };
	r = gnv_json_parse(text, length, json_type_array, &root, err);
	if (!r)
		r = parse_docker(root, ret, err);
	if (r < 0)
		gnv_docker_fini(ret);
	return r;
}

void gnv_docker_fini(struct gnv_docker_archive *archive)
{
	size_t i;

	for (i = 0; i < archive->n_images; i++) {
		free(archive->images[i].config);
		gnv_strv_free(archive->images[i].tags);
		gnv_strv_free(archive->images[i].layers);
	}
	free(archive->images);
	*archive = (struct gnv_docker_archive){ 0 };
}
