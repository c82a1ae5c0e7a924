// SPDX-License-Identifier: MIT
/*
 * Which image of several: by the reference that the user gave, then by platform.
 */
#include <stdbool.h>
#include <string.h>

#include "image/manifest.h"
#include "image/quote.h"

#if defined(__x86_64__)
#define ARCHITECTURE "amd64"
#define VARIANT	     "v1"
#elif defined(__aarch64__)
#define ARCHITECTURE "arm64"
#define VARIANT	     "v8"
#else
#error "the name that OCI gives this machine's architecture is not known"
#endif

static bool runs_here(const struct gnv_platform *platform)
{
	/* What is not said is not held against it. */
	return (!platform->os || !strcmp(platform->os, "linux")) &&
	       (!platform->architecture || !strcmp(platform->architecture, ARCHITECTURE));
}

/* A later variant of the architecture may need what this machine lacks. */
static bool runs_on_any_variant(const struct gnv_platform *platform)
{
	return !platform->variant || !strcmp(platform->variant, VARIANT);
}

/*
 * Is @name, as a tool recorded it, what the user calls @reference?  Tools write
 * "docker.io/library/x:1" where people say "x:1", or "x" for "x:latest".
 */
static bool names(const char *name, const char *reference)
{
	static const char *const defaults[] = { "", "library/", "docker.io/",
						"docker.io/library/", "localhost/" };
	size_t i;

	if (!name)
		return false;
	for (i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		size_t length = strlen(defaults[i]);
		const char *rest = name + length;
		size_t n = strlen(reference);

		if (strncmp(name, defaults[i], length) != 0)
			continue;
		if (!strncmp(rest, reference, n) && (!rest[n] || !strcmp(rest + n, ":latest")))
			return true;
	}
	return false;
}

/* The tag alone: "1" of "docker.io/library/x:1". */
static bool has_tag(const char *name, const char *tag)
{
	const char *colon = name ? strrchr(name, ':') : NULL;

	return colon && !strcmp(colon + 1, tag);
}

/* A list for a message, that ends in "..." where it would be long. */
struct listing {
	char text[GNV_QUOTE_LEN + 8];
};

static void list_add(struct listing *list, const char *name)
{
	char shown[GNV_QUOTE_LEN];
	size_t used = strlen(list->text);

	if (!name || used > sizeof(list->text) / 2)
		return;
	gnv_quote(name, shown);
	if (used + strlen(shown) + 8 > sizeof(list->text))
		name = "...";
	else
		name = shown;
	snprintf(list->text + used, sizeof(list->text) - used, "%s%s", used ? ", " : "", name);
}

static int no_such(const char *reference, const struct listing *list, struct gnv_error **err)
{
	char shown[GNV_QUOTE_LEN];
	int r = gnv_error_set(err, ENOENT, "it has no image `%s`", gnv_quote(reference, shown));

	if (*list->text)
		return gnv_error_remedy(err, r, "it has: %s", list->text);
	return gnv_error_remedy(err, r, "its images have no names: give the path alone");
}

static int several(const struct listing *list, struct gnv_error **err)
{
	int r = gnv_error_set(err, EINVAL, "it has more than one image");

	return gnv_error_remedy(err, r, "name one behind the path, PATH:NAME; it has: %s",
				*list->text ? list->text : "only images without names");
}

static const char *best_name(const struct gnv_descriptor *item)
{
	return item->reference ? item->reference : item->full_reference;
}

static bool same_image(const struct gnv_descriptor *a, const struct gnv_descriptor *b)
{
	const char *x = best_name(a), *y = best_name(b);

	return gnv_digest_equal(&a->digest, &b->digest) || (x && y && !strcmp(x, y)) || (!x && !y);
}

int gnv_index_select(const struct gnv_index *index, const char *reference,
		     const struct gnv_descriptor **ret, struct gnv_error **err)
{
	const struct gnv_descriptor *found = NULL;
	struct listing named = { "" }, foreign = { "" };
	bool any = false;
	size_t i;

	for (i = 0; i < index->n_items; i++) {
		const struct gnv_descriptor *item = &index->items[i];

		list_add(&named, best_name(item));
		if (reference && !names(item->reference, reference) &&
		    !names(item->full_reference, reference))
			continue;
		any = true;
		if (!runs_here(&item->platform)) {
			list_add(&foreign, item->platform.architecture);
			continue;
		}
		if (!found || (same_image(found, item) && !runs_on_any_variant(&found->platform) &&
			       runs_on_any_variant(&item->platform)))
			found = item;
		else if (!reference && !same_image(found, item))
			return several(&named, err);
	}
	if (found) {
		*ret = found;
		return 0;
	}
	if (any)
		return gnv_error_set(err, EINVAL,
				     "it has no image for linux/" ARCHITECTURE ", only for: %s",
				     foreign.text);
	if (reference)
		return no_such(reference, &named, err);
	return gnv_error_set(err, EINVAL, "it has no image");
}

static bool has_name(const struct gnv_docker_image *image, const char *reference,
		     bool (*matches)(const char *name, const char *reference))
{
	char **tag;

	for (tag = image->tags; tag && *tag; tag++)
		if (matches(*tag, reference))
			return true;
	return false;
}

int gnv_docker_select(const struct gnv_docker_archive *archive, const char *reference,
		      const struct gnv_docker_image **ret, struct gnv_error **err)
{
	bool (*const ways[])(const char *, const char *) = { names, has_tag };
	struct listing list = { "" };
	size_t i, way;

	if (archive->n_images == 0)
		return gnv_error_set(err, EINVAL, "it has no image");
	for (i = 0; i < archive->n_images; i++)
		list_add(&list, archive->images[i].tags ? archive->images[i].tags[0] : NULL);
	if (!reference) {
		if (archive->n_images > 1)
			return several(&list, err);
		*ret = &archive->images[0];
		return 0;
	}
	for (way = 0; way < 2; way++) {
		const struct gnv_docker_image *found = NULL;

		for (i = 0; i < archive->n_images; i++) {
			if (!has_name(&archive->images[i], reference, ways[way]))
				continue;
			if (found)
				return several(&list, err);
			found = &archive->images[i];
		}
		if (found) {
			*ret = found;
			return 0;
		}
	}
	return no_such(reference, &list, err);
}

int gnv_config_check_platform(const struct gnv_config_blob *config, struct gnv_error **err)
{
	char os[GNV_QUOTE_LEN], architecture[GNV_QUOTE_LEN];
	int r;

	if (runs_here(&config->platform))
		return 0;
	r = gnv_error_set(err, EINVAL, "it is for %s/%s, this machine is linux/" ARCHITECTURE,
			  gnv_quote(config->platform.os ?: "linux", os),
			  gnv_quote(config->platform.architecture ?: ARCHITECTURE, architecture));
	return gnv_error_remedy(err, r, "copy the image for this platform");
}
