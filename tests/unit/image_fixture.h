/* SPDX-License-Identifier: MIT */
/*
 * What the tests of runtime/image share: tar streams made byte by byte (so
 * that they can be as wrong as a test wants), image layouts, a scratch directory.
 */
#ifndef GNV_TESTS_IMAGE_FIXTURE_H
#define GNV_TESTS_IMAGE_FIXTURE_H

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "tap.h"

/* --- TAP for tables of cases: begin(), check() as often as one likes, done(). */

static char case_name[200];

static inline void begin(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(case_name, sizeof(case_name), format, ap);
	va_end(ap);
	tap_good = true;
}

static inline void done(void)
{
	printf("%s %d - %s\n", tap_good ? "ok" : "not ok", ++tap_count, case_name);
	fflush(stdout);
	if (!tap_good)
		tap_failed++;
}

static inline void skip(const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_count, case_name, why);
}

#define check(condition, ...) \
	do { \
		if (!(condition)) { \
			tap_good = false; \
			printf("# %s:%d: %s: ", __FILE__, __LINE__, #condition); \
			printf(__VA_ARGS__); \
			putchar('\n'); \
		} \
	} while (0)

/* A precondition: without it no test means anything. */
#define need(condition) \
	do { \
		if (!(condition)) { \
			printf("Bail out! %s:%d: %s: %s\n", __FILE__, __LINE__, \
			       #condition, strerror(errno)); \
			exit(1); \
		} \
	} while (0)

/* --- bytes */

struct bytes {
	char *data;
	size_t n;
};

static inline void bytes_add(struct bytes *b, const void *data, size_t n)
{
	b->data = realloc(b->data, b->n + n + 1);
	need(b->data);
	if (n)
		memcpy(b->data + b->n, data, n);
	b->n += n;
	b->data[b->n] = '\0';
}

static inline void bytes_print(struct bytes *b, const char *format, ...)
{
	char *text;
	int n;
	va_list ap;

	va_start(ap, format);
	n = vasprintf(&text, format, ap);
	va_end(ap);
	need(n >= 0);
	bytes_add(b, text, (size_t)n);
	free(text);
}

static inline void bytes_free(struct bytes *b)
{
	free(b->data);
	*b = (struct bytes){ 0 };
}

/* --- tar */

struct tar_entry {
	char type; /* '0' file, '1' hard link, '2' symbolic link, '3' char, '5' directory, … */
	const char *name, *link, *content;
	unsigned int mode; /* 0: 0644 */
	unsigned int uid;
	unsigned int major, minor;
	const char *pax; /* "key=value" for a header before it */
	uint64_t real_size; /* of a sparse file ('S'): its content stands at the end */
};

static inline void tar_block(struct bytes *tar, const void *data, size_t n)
{
	static const char zero[512];

	bytes_add(tar, data, n);
	bytes_add(tar, zero, (512 - n % 512) % 512);
}

/* Octal digits and a NUL, as wide as the field. */
static inline void tar_number(char *field, size_t width, uint64_t value)
{
	for (field[--width] = '\0'; width-- > 0; value /= 8)
		field[width] = (char)('0' + value % 8);
}

static inline void tar_header(struct bytes *tar, const struct tar_entry *e, const char *name,
			      char type, size_t size)
{
	char h[512] = "";
	unsigned int sum = 0, i;

	memcpy(h, name, strnlen(name, 100));
	tar_number(h + 100, 8, e->mode ? e->mode : type == '5' ? 0755 :
								 0644);
	tar_number(h + 108, 8, e->uid);
	tar_number(h + 116, 8, e->uid);
	tar_number(h + 124, 12, size);
	tar_number(h + 136, 12, 1000000000);
	h[156] = type;
	if (e->link && type != 'x')
		memcpy(h + 157, e->link, strnlen(e->link, 100));
	memcpy(h + 257, type == 'S' ? "ustar  " : "ustar\00000", 8);
	tar_number(h + 329, 8, e->major);
	tar_number(h + 337, 8, e->minor);
	if (type == 'S') {
		tar_number(h + 386, 12, e->real_size - size);
		tar_number(h + 398, 12, size);
		tar_number(h + 483, 12, e->real_size);
	}
	memset(h + 148, ' ', 8);
	for (i = 0; i < sizeof(h); i++)
		sum += (unsigned char)h[i];
	tar_number(h + 148, 7, sum);
	bytes_add(tar, h, sizeof(h));
}

/* One record of a pax header; @value may hold anything. */
static inline void pax_record(struct bytes *pax, const char *key, const void *value, size_t n)
{
	size_t body = strlen(key) + n + 3, length = body + 1;
	char digits[24];

	while (length != body + (size_t)snprintf(digits, sizeof(digits), "%zu", length))
		length = body + strlen(digits);
	bytes_print(pax, "%s %s=", digits, key);
	bytes_add(pax, value, n);
	bytes_add(pax, "\n", 1);
}

static inline void tar_pax(struct bytes *tar, const struct bytes *records)
{
	struct tar_entry none = { 0 };

	tar_header(tar, &none, "PaxHeaders/x", 'x', records->n);
	tar_block(tar, records->data, records->n);
}

static inline void tar_add(struct bytes *tar, const struct tar_entry *e)
{
	size_t size = e->content ? strlen(e->content) : 0;
	struct bytes pax = { 0 };

	if (strlen(e->name) > 100)
		pax_record(&pax, "path", e->name, strlen(e->name));
	if (e->pax) {
		const char *value = strchr(e->pax, '=') + 1;
		char *key = strndup(e->pax, (size_t)(value - e->pax - 1));

		pax_record(&pax, key, value, strlen(value));
		free(key);
	}
	if (pax.n)
		tar_pax(tar, &pax);
	bytes_free(&pax);
	tar_header(tar, e, e->name, e->type, size);
	tar_block(tar, e->content, size);
}

static inline void tar_end(struct bytes *tar)
{
	static const char zero[1024];

	bytes_add(tar, zero, sizeof(zero));
}

/* Entries up to the one without a name. */
static inline struct bytes tar_of(const struct tar_entry *entries)
{
	struct bytes tar = { 0 };

	for (; entries->name; entries++)
		tar_add(&tar, entries);
	tar_end(&tar);
	return tar;
}

/* Compressed by libarchive's filter @name, or copied when it is NULL. */
static inline struct bytes compressed(const struct bytes *in, const char *name)
{
	struct archive_entry *entry = archive_entry_new();
	struct archive *a = archive_write_new();
	struct bytes out = { .data = malloc(in->n + 65536) };

	need(out.data && a && entry);
	need(archive_write_set_format_raw(a) == ARCHIVE_OK);
	need(!name || archive_write_add_filter_by_name(a, name) == ARCHIVE_OK);
	need(archive_write_set_bytes_per_block(a, 0) == ARCHIVE_OK);
	need(archive_write_open_memory(a, out.data, in->n + 65536, &out.n) == ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	need(archive_write_header(a, entry) == ARCHIVE_OK);
	need(archive_write_data(a, in->data, in->n) == (la_ssize_t)in->n);
	need(archive_write_close(a) == ARCHIVE_OK);
	archive_write_free(a);
	archive_entry_free(entry);
	return out;
}

/* --- files */

static char scratch[64];

static inline int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static inline void remove_all(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static inline void scratch_remove(void)
{
	need(!chdir("/"));
	remove_all(scratch);
}

/* Make a scratch directory and go there. */
static inline void scratch_make(void)
{
	snprintf(scratch, sizeof(scratch), "/tmp/ghostnv-image-XXXXXX");
	need(mkdtemp(scratch));
	need(!chdir(scratch));
}

static inline void write_file(const char *path, const void *data, size_t n)
{
	FILE *f = fopen(path, "w");

	need(f && fwrite(data, 1, n, f) == n && !fclose(f));
}

/* Into a static buffer; "" when it cannot be read. */
static inline const char *file_text(const char *path)
{
	static char text[4096];
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	text[n] = '\0';
	return text;
}

static inline int count_entries(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int n = 0;

	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		n += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(dir);
	return n;
}

/* --- images */

struct sha256 {
	char hex[65];
};

static inline struct sha256 sha256_of(const void *data, size_t n)
{
	unsigned char raw[32];
	struct sha256 sum;
	int i;

	need(EVP_Digest(data, n, raw, NULL, EVP_sha256(), NULL) == 1);
	for (i = 0; i < 32; i++)
		snprintf(sum.hex + 2 * i, 3, "%02x", raw[i]);
	return sum;
}

/* Put a blob into the layout @dir, which is made where it is missing. */
static inline struct sha256 layout_blob(const char *dir, const struct bytes *blob)
{
	struct sha256 sum = sha256_of(blob->data, blob->n);
	char path[512];

	snprintf(path, sizeof(path), "%s", dir);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/blobs", dir);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/blobs/sha256", dir);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/blobs/sha256/%s", dir, sum.hex);
	write_file(path, blob->data, blob->n);
	return sum;
}

#define OCI "application/vnd.oci.image."

#if defined(__aarch64__)
#define THIS_ARCHITECTURE "arm64"
#else
#define THIS_ARCHITECTURE "amd64"
#endif

struct layout_image {
	const struct bytes *layers; /* tar streams */
	size_t n_layers;
	const char *filter; /* compression of the layers, or NULL */
	const char *architecture; /* NULL: this machine's */
	const char *config; /* members of the configuration's "config", or NULL */
	const char *wrong_diff_id; /* NULL: the right ones */
};

/* The manifest of an image in @dir: "{descriptor" without the closing brace. */
static inline void layout_manifest(const char *dir, const struct layout_image *image,
				   struct bytes *descriptor)
{
	struct bytes config = { 0 }, manifest = { 0 }, layers = { 0 };
	struct sha256 sum;
	size_t i;

	bytes_print(&config,
		    "{\"os\":\"linux\",\"architecture\":\"%s\",\"config\":{%s},"
		    "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[",
		    image->architecture ?: THIS_ARCHITECTURE, image->config ?: "");
	for (i = 0; i < image->n_layers; i++) {
		const struct bytes *tar = &image->layers[i];
		struct bytes blob = compressed(tar, image->filter);

		sum = sha256_of(tar->data, tar->n);
		bytes_print(&config, "%s\"sha256:%s\"", i ? "," : "",
			    image->wrong_diff_id ?: sum.hex);
		sum = layout_blob(dir, &blob);
		bytes_print(&layers,
			    "%s{\"mediaType\":\"" OCI "layer.v1.tar\",\"digest\":\"sha256:%s\","
			    "\"size\":%zu}",
			    i ? "," : "", sum.hex, blob.n);
		bytes_free(&blob);
	}
	bytes_print(&config, "]}}");
	sum = layout_blob(dir, &config);
	bytes_print(&manifest,
		    "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" OCI "config.v1+json\","
		    "\"digest\":\"sha256:%s\",\"size\":%zu},\"layers\":[%s]}",
		    sum.hex, config.n, layers.data ?: "");
	sum = layout_blob(dir, &manifest);
	bytes_print(descriptor,
		    "{\"mediaType\":\"" OCI "manifest.v1+json\",\"digest\":\"sha256:%s\","
		    "\"size\":%zu",
		    sum.hex, manifest.n);
	bytes_free(&config);
	bytes_free(&manifest);
	bytes_free(&layers);
}

/* index.json of descriptors, each written by layout_manifest() and closed. */
static inline void layout_index(const char *dir, const char *descriptors)
{
	struct bytes index = { 0 };
	char path[512];

	bytes_print(&index, "{\"schemaVersion\":2,\"manifests\":[%s]}", descriptors);
	snprintf(path, sizeof(path), "%s/index.json", dir);
	write_file(path, index.data, index.n);
	snprintf(path, sizeof(path), "%s/oci-layout", dir);
	write_file(path, "{\"imageLayoutVersion\":\"1.0.0\"}", 30);
	bytes_free(&index);
}

/* A layout of one image without a name. */
static inline void layout_of(const char *dir, const struct layout_image *image)
{
	struct bytes descriptor = { 0 };

	layout_manifest(dir, image, &descriptor);
	bytes_print(&descriptor, "}");
	layout_index(dir, descriptor.data);
	bytes_free(&descriptor);
}

#endif /* GNV_TESTS_IMAGE_FIXTURE_H */
