/* SPDX-License-Identifier: MIT */
/*
 * Images of two layers, and opening what must open or must not: shared by the tests
 * of whole images.
 */
#ifndef GNV_TESTS_IMAGE_OPEN_H
#define GNV_TESTS_IMAGE_OPEN_H

#include <sched.h>
#include <sys/mount.h>

#include "image/image.h"
#include "image_fixture.h"

#define F(name_, content_) \
	{ \
		.type = '0', .name = name_, .content = content_ \
	}
#define D(name_) \
	{ \
		.type = '5', .name = name_ \
	}

static const struct tar_entry base_entries[] = {
	D("etc"), F("etc/a", "a1"), F("etc/b", "b1"), D("old"), F("old/x", "x"), D("gone"), { .type = '0', .name = "su", .content = "s", .mode = 04755 }, { .type = '3', .name = "null", .major = 1, .minor = 3, .mode = 0666 }, { 0 }
};
static const struct tar_entry top_entries[] = {
	D("etc"), F("etc/a", "a2"), F("etc/.wh.b", ""), D("old"), F("old/.wh..wh..opq", ""), F("old/y", "y"), F(".wh.gone", ""), { 0 }
};

static struct bytes layers[2]; /* base, top */

static inline struct layout_image two_layers(const char *filter)
{
	return (struct layout_image){ .layers = layers, .n_layers = 2, .filter = filter };
}

static int messages;

static inline void count_message(const char *text, void *data)
{
	(void)data;
	check(!strncmp(text, "unpacking layer ", 16), "%s", text);
	messages++;
}

static inline int open_image(const char *argument, struct gnv_image **ret, struct gnv_error **err)
{
	messages = 0;
	return gnv_image_open(argument, "store", count_message, NULL, ret, err);
}

/* Open what must open, and close it. */
static inline void opens(const char *argument, int layers_unpacked)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	_cleanup_image_ struct gnv_image *image = NULL;
	int r = open_image(argument, &image, &err);

	check(!r, "`%s`: %s", argument, gnv_error_message(err));
	check(messages == layers_unpacked, "`%s` unpacked %d layers", argument, messages);
}

/* What must not open: the number, a word of the message, and nothing is left. */
static inline void refuses(const char *argument, int number, const char *word)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	_cleanup_image_ struct gnv_image *image = NULL;
	int before = count_entries("store/layers/sha256");
	int r = open_image(argument, &image, &err);
	const char *message = gnv_error_message(err);

	check(r == number, "`%s`: %d (%s)", argument, r, message);
	check(gnv_error_get_remedy(err), "no remedy: %s", message);
	check(strstr(message, word) && !strchr(message, '\n'), "`%s` is not in: %s", word, message);
	check(count_entries("store/tmp") <= 0, "tmp is not empty");
	check(before < 0 || count_entries("store/layers/sha256") - before <= 1, "layers");
}

static inline void fresh_store(void)
{
	remove_all("store");
}

/*
 * To be the first of main(): a scratch directory and a mount namespace of this
 * process's own.  Return: may the tests run?
 */
static inline bool images_begin(const char *suite)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		begin("%s:all", suite);
		skip("mounts, devices and owners are only root's to make");
		return false;
	}
	umask(022);
	scratch_make();
	layers[0] = tar_of(base_entries);
	layers[1] = tar_of(top_entries);
	return true;
}

static inline void images_end(void)
{
	scratch_remove();
	bytes_free(&layers[0]);
	bytes_free(&layers[1]);
}

#endif /* GNV_TESTS_IMAGE_OPEN_H */
