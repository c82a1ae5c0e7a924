// SPDX-License-Identifier: MIT
/*
 * Which kind of image an argument is, and opening it.
 */
#include "image/image.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "image/contents.h"
#include "image/image_private.h"
#include "image/layer.h"
#include "image/manifest.h"
#include "image/source.h"
#include "image/unpack.h"

#define ACCEPTED \
	"give an OCI image layout (PATH or PATH:NAME), an archive of `docker save` or a root directory"

/* What a root directory has at least one of. */
static const char *const root_marks[] = { "bin", "sbin", "usr", "etc", "lib" };

/*
 * "PATH" or "PATH:REFERENCE".  A path that exists as a whole wins, then the
 * longest that does: a reference may have colons of its own.
 */
static int split_argument(const char *argument, char **ret_path, const char **ret_reference,
			  struct gnv_error **err)
{
	_cleanup_free_ char *path = strdup(argument);
	struct stat st;
	char *colon;
	int r;

	if (!path)
		return gnv_error_errno(err, ENOMEM, "read the argument");
	for (;;) {
		if (*path && !stat(path, &st))
			break;
		if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG && *path)
			return gnv_error_errno(err, errno, "look at `%s`", path);
		colon = strrchr(path, ':');
		if (!colon) {
			r = gnv_error_set(err, ENOENT, "there is no such file or directory");
			return gnv_error_remedy(err, r,
						ACCEPTED);
		}
		*colon = '\0';
	}
	*ret_reference = argument[strlen(path)] ? argument + strlen(path) + 1 : NULL;
	*ret_path = STEAL_PTR(path);
	if (*ret_reference && !**ret_reference)
		return gnv_error_set(err, EINVAL, "there is no name behind the last colon");
	return 0;
}

static int no_image(struct gnv_source *source, struct gnv_error **err)
{
	int r;

	if (gnv_source_is_directory(source)) {
		r = gnv_error_set(err, EINVAL,
				  "it is no image: there is neither index.json nor one of bin, sbin, usr, etc, lib in the directory");
		return gnv_error_remedy(err, r, "give an OCI image layout or a root directory");
	}
	r = gnv_error_set(err, EINVAL,
			  "it is no image: there is neither index.json nor manifest.json in the archive");
	return gnv_error_remedy(err, r,
				"give an archive of `docker save` or of an OCI image layout; unpack the archive of a root directory first");
}

static int looks_like_root(struct gnv_source *source, const char *path)
{
	size_t i;

	for (i = 0; gnv_source_is_directory(source) &&
		    i < sizeof(root_marks) / sizeof(root_marks[0]);
	     i++) {
		_cleanup_free_ char *mark = NULL;
		struct stat st;

		if (asprintf(&mark, "%s/%s", path, root_marks[i]) < 0)
			return -ENOMEM;
		/* Not where a link leads: it is meant for inside of the root. */
		if (!lstat(mark, &st))
			return 1;
	}
	return 0;
}

/* A plain directory is one lower layer that nobody unpacked. */
static int open_root(struct gnv_image *image, const char *path, const char *reference,
		     struct gnv_error **err)
{
	if (reference)
		return gnv_error_set(err, EINVAL,
				     "`%s` is a root directory, it has no image `%s` to choose", path,
				     reference);
	image->layers = calloc(1, sizeof(*image->layers));
	if (!image->layers)
		return gnv_error_errno(err, ENOMEM, "open it");
	image->layers[0] = realpath(path, NULL);
	if (!image->layers[0])
		return gnv_error_errno(err, errno, "open `%s`", path);
	image->n_layers = 1;
	return 0;
}

/* Overlayfs ignores this mark on the root of a layer, so it is honoured here. */
static bool hides_all_below(const char *layer)
{
	char value;

	return lgetxattr(layer, GNV_XATTR_OPAQUE, &value, 1) == 1 && value == 'y';
}

/*
 * The layers as overlayfs is to stack them, top first.  A layer that comes twice
 * is taken where it is uppermost, for overlayfs refuses to stack a directory
 * twice, and there it already has the last word on all its names.
 */
static int stack_layers(struct gnv_image *image, const struct gnv_contents *contents,
			struct gnv_error **err)
{
	size_t i, above;

	image->layers = calloc(contents->n_layers, sizeof(*image->layers));
	if (!image->layers)
		return gnv_error_errno(err, ENOMEM, "stack the layers");
	for (i = contents->n_layers; i-- > 0;) {
		char **path = &image->layers[image->n_layers];
		bool again = false;
		int r;

		for (above = i + 1; above < contents->n_layers && !again; above++)
			again = gnv_digest_equal(&contents->layers[i].diff_id,
						 &contents->layers[above].diff_id);
		if (again)
			continue;
		r = gnv_store_layer_path(image->store, &contents->layers[i].diff_id, path, err);
		if (r < 0)
			return r;
		image->n_layers++;
		if (hides_all_below(*path))
			break;
	}
	return 0;
}

static int unpack_contents(struct gnv_image *image, struct gnv_source *source,
			   struct gnv_contents *contents, const char *store_dir,
			   const struct gnv_progress *progress, struct gnv_error **err)
{
	size_t i;
	int r = gnv_store_open(store_dir, &image->store, err);

	for (i = 0; !r && i < contents->n_layers; i++)
		r = gnv_layer_get(image->store, source, &contents->layers[i], i + 1,
				  contents->n_layers, progress, err);
	if (r == -ENOSPC || r == -EDQUOT)
		gnv_error_remedy(err, r, "free space where unpacked images are kept: %s",
				 store_dir);
	if (r < 0)
		return r;
	r = stack_layers(image, contents, err);
	if (r < 0)
		return r;
	/* Moves to the image. */
	image->config = contents->config.config;
	contents->config.config = (struct gnv_image_config){ 0 };
	return 0;
}

static int open_any(struct gnv_image *image, const char *path, const char *reference,
		    const char *store_dir, const struct gnv_progress *progress,
		    struct gnv_error **err)
{
	_cleanup_contents_ struct gnv_contents contents = { 0 };
	_cleanup_source_ struct gnv_source *source = NULL;
	bool is_layout;
	int r = gnv_source_open(path, &source, err);

	if (!r)
		r = gnv_source_has(source, "index.json", err);
	if (r == -EINVAL)
		gnv_error_remedy(err, r, ACCEPTED);
	if (r < 0)
		return r;
	is_layout = r;
	if (!is_layout && gnv_source_is_directory(source)) {
		r = looks_like_root(source, path);
		if (r > 0)
			return open_root(image, path, reference, err);
		return r < 0 ? gnv_error_errno(err, -r, "open it") : no_image(source, err);
	}
	if (!is_layout) {
		r = gnv_source_has(source, "manifest.json", err);
		if (r <= 0)
			return r < 0 ? r : no_image(source, err);
	}
	r = is_layout ? gnv_contents_read_layout(source, reference, &contents, err) :
			gnv_contents_read_docker(source, reference, &contents, err);
	if (r < 0)
		return r;
	return unpack_contents(image, source, &contents, store_dir, progress, err);
}

static int open_named(struct gnv_image *image, const char *argument, const char *store_dir,
		      const struct gnv_progress *progress, struct gnv_error **err)
{
	_cleanup_free_ char *path = NULL, *canonical = NULL;
	const char *reference = NULL;
	int r = split_argument(argument, &path, &reference, err);

	if (r < 0)
		return r;
	canonical = realpath(path, NULL);
	if (!canonical || asprintf(&image->name, "%s%s%s", canonical, reference ? ":" : "",
				   reference ? reference : "") < 0) {
		image->name = NULL;
		return gnv_error_errno(err, errno ? errno : ENOMEM, "name it");
	}
	return open_any(image, canonical, reference, store_dir, progress, err);
}

/* For failures that did not bring a better one. */
static void default_remedy(int r, struct gnv_error **err)
{
	switch (r) {
	case -EBADMSG:
	case -ENOENT:
	case -EINVAL:
	case -ELOOP:
		gnv_error_remedy(err, r, "the image is broken: copy, save or build it again");
		break;
	case -EOPNOTSUPP:
	case -E2BIG:
		gnv_error_remedy(err, r, "docs/images.md says what is supported");
		break;
	case -EPERM:
	case -EACCES:
		gnv_error_remedy(err, r, "run it as root");
		break;
	default:
		break;
	}
}

int gnv_image_open(const char *argument, const char *store_dir,
		   void (*progress)(const char *text, void *data), void *data,
		   struct gnv_image **ret, struct gnv_error **err)
{
	const struct gnv_progress how = { .tell = progress, .data = data };
	_cleanup_image_ struct gnv_image *image = calloc(1, sizeof(*image));
	int r;

	if (!image)
		return gnv_error_errno(err, ENOMEM, "open an image");
	r = open_named(image, argument, store_dir, &how, err);
	default_remedy(r, err);
	if (r < 0)
		return gnv_error_wrap(err, r, "image `%s`", argument);
	*ret = STEAL_PTR(image);
	return 0;
}

void gnv_image_close(struct gnv_image *image)
{
	size_t i;

	if (!image)
		return;
	gnv_image_config_fini(&image->config);
	for (i = 0; i < image->n_layers; i++)
		free(image->layers[i]);
	free(image->layers);
	free(image->name);
	gnv_store_close(image->store);
	free(image);
}

const struct gnv_image_config *gnv_image_get_config(const struct gnv_image *image)
{
	return &image->config;
}

const char *gnv_image_get_name(const struct gnv_image *image)
{
	return image->name;
}
