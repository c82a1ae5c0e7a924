// SPDX-License-Identifier: MIT
/*
 * gpu/ld_cache: glibc's library cache is read in every format, whatever is in it,
 * and written in the order that the loader searches by.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "gpu/ld_cache.h"

/* A file that is put together by hand. */
struct file {
	char bytes[4096];
	size_t n;
};

static void put(struct file *file, const void *bytes, size_t n)
{
	memcpy(file->bytes + file->n, bytes, n);
	file->n += n;
}

static void put_u32(struct file *file, uint32_t value)
{
	put(file, &value, sizeof(value));
}

static void put_u64(struct file *file, uint64_t value)
{
	put(file, &value, sizeof(value));
}

static void put_old(struct file *file, uint32_t n)
{
	put(file, "ld.so-1.7.0", 12);
	put_u32(file, n);
}

static void put_new(struct file *file, uint32_t n, uint32_t string_bytes)
{
	put(file, "glibc-ld.so.cache1.1", 20);
	put_u32(file, n);
	put_u32(file, string_bytes);
	put_u32(file, 2); /* little endian */
	put_u32(file, 0);
	put(file, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
}

static void put_entry(struct file *file, uint32_t name, uint32_t path, uint64_t hwcap)
{
	put_u32(file, GNV_LD_FLAGS);
	put_u32(file, name);
	put_u32(file, path);
	put_u32(file, 0);
	put_u64(file, hwcap);
}

/* In memory of just this size, so that a read beyond the end is seen. */
static int parse(const struct file *file, struct gnv_ld_cache *cache, char **ret)
{
	*ret = malloc(file->n ? file->n : 1);
	memcpy(*ret, file->bytes, file->n);
	return gnv_ld_cache_parse(*ret, file->n, cache);
}

static void expect_entry(const struct gnv_ld_cache *cache, size_t i, const char *name,
			 const char *path)
{
	expect(i < cache->n);
	if (i >= cache->n)
		return;
	expect_str(cache->entries[i].name, name);
	expect_str(cache->entries[i].path, path);
}

static const char strings[] = "libb.so.1\0/lib/libb.so.1\0liba.so.1\0/lib/liba.so.1";

static void make_new(struct file *file, uint32_t base, uint64_t hwcap)
{
	put_new(file, 2, sizeof(strings));
	put_entry(file, base, base + 10, 0);
	put_entry(file, base + 25, base + 35, hwcap);
	put(file, strings, sizeof(strings));
}

static void read_new(void)
{
	struct gnv_ld_cache cache;
	struct file file = { .n = 0 };
	char *data;

	make_new(&file, 48 + 2 * 24, 0);
	expect_int(parse(&file, &cache, &data), 0);
	expect_int(cache.n, 2);
	expect_entry(&cache, 0, "libb.so.1", "/lib/libb.so.1");
	expect_entry(&cache, 1, "liba.so.1", "/lib/liba.so.1");
	gnv_ld_cache_fini(&cache);
	free(data);
}

static void read_old(void)
{
	struct gnv_ld_cache cache;
	struct file file = { .n = 0 };
	char *data;

	put_old(&file, 1);
	put_u32(&file, 3);
	put_u32(&file, 0);
	put_u32(&file, 10);
	put(&file, strings, sizeof(strings));
	expect_int(parse(&file, &cache, &data), 0);
	expect_int(cache.n, 1);
	expect_entry(&cache, 0, "libb.so.1", "/lib/libb.so.1");
	gnv_ld_cache_fini(&cache);
	free(data);
}

/* The old part has an odd number of entries: there is a gap behind it. */
static void read_new_behind_old(void)
{
	struct gnv_ld_cache cache;
	struct file file = { .n = 0 };
	char *data;

	put_old(&file, 1);
	put_u32(&file, 3);
	put_u32(&file, 9999);
	put_u32(&file, 9999);
	put_u32(&file, 0);
	make_new(&file, 48 + 2 * 24, 0);
	expect_int(parse(&file, &cache, &data), 0);
	expect_int(cache.n, 2);
	expect_entry(&cache, 1, "liba.so.1", "/lib/liba.so.1");
	gnv_ld_cache_fini(&cache);
	free(data);
}

static void special_processors_are_left_out(void)
{
	struct gnv_ld_cache cache;
	struct file file = { .n = 0 };
	char *data;

	make_new(&file, 48 + 2 * 24, 1ULL << 62);
	expect_int(parse(&file, &cache, &data), 0);
	expect_int(cache.n, 1);
	gnv_ld_cache_fini(&cache);
	free(data);
}

static void cut_anywhere(void)
{
	struct file whole = { .n = 0 };
	size_t n;

	make_new(&whole, 48 + 2 * 24, 0);
	for (n = 0; n < whole.n; n++) {
		struct gnv_ld_cache cache;
		struct file file = whole;
		char *data;

		file.n = n;
		expect_int(parse(&file, &cache, &data), -EINVAL);
		expect_int(cache.n, 0);
		free(data);
	}
}

static void numbers_that_lie(void)
{
	static const struct {
		size_t at;
		uint32_t value;
	} lies[] = {
		{ 20, 3 },
		{ 20, 0xffffffff },
		{ 20, 0x0aaaaaab },
		{ 28, 3 },
		{ 28, 0xffff },
		{ 48 + 4, 0xffffffff },
		{ 48 + 8, 4096 },
		{ 48 + 8, 0x80000000 },
	};
	size_t i;

	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct gnv_ld_cache cache;
		struct file file = { .n = 0 };
		char *data;

		make_new(&file, 48 + 2 * 24, 0);
		memcpy(file.bytes + lies[i].at, &lies[i].value, 4);
		expect_int(parse(&file, &cache, &data), -EINVAL);
		free(data);
	}
}

static void put_replaces(void)
{
	struct gnv_ld_cache cache = { 0 };

	expect_int(gnv_ld_cache_put(&cache, "libcuda.so.1", "/a", GNV_LD_FLAGS), 0);
	expect_int(gnv_ld_cache_put(&cache, "libcuda.so.1", "/32", GNV_LD_FLAGS_32), 0);
	expect_int(gnv_ld_cache_put(&cache, "libcuda.so.1", "/b", GNV_LD_FLAGS), 0);
	expect_int(cache.n, 2);
	expect_entry(&cache, 0, "libcuda.so.1", "/32");
	expect_entry(&cache, 1, "libcuda.so.1", "/b");
	gnv_ld_cache_fini(&cache);
}

static void written_in_the_loaders_order(void)
{
	static const char *const names[] = { "lib10.so", "lib9.so", "libx.so.2",
					     "libx.so.10", "liba.so", "libx.so" };
	/* A digit counts more than any letter, and more digits as a larger number. */
	static const char *const sorted[] = { "lib10.so", "lib9.so", "libx.so.10",
					      "libx.so.2", "libx.so", "liba.so" };
	struct gnv_ld_cache cache = { 0 }, again;
	size_t bytes, i;
	char *data = NULL;

	for (i = 0; i < 6; i++)
		gnv_ld_cache_put(&cache, names[i], "/lib/x", GNV_LD_FLAGS);
	expect_int(gnv_ld_cache_format(&cache, &data, &bytes), 0);
	expect_int(gnv_ld_cache_parse(data, bytes, &again), 0);
	expect_int(again.n, 6);
	for (i = 0; i < 6; i++)
		expect_entry(&again, i, sorted[i], "/lib/x");
	gnv_ld_cache_fini(&again);
	gnv_ld_cache_fini(&cache);
	free(data);
}

static void none_at_all(void)
{
	struct gnv_ld_cache cache = { 0 }, again;
	size_t bytes;
	char *data = NULL;

	expect_int(gnv_ld_cache_format(&cache, &data, &bytes), 0);
	expect_int(gnv_ld_cache_parse(data, bytes, &again), 0);
	expect_int(again.n, 0);
	gnv_ld_cache_fini(&again);
	free(data);
}

/* What ldconfig wrote is in the order that we would write. */
static void as_ldconfig_does(void)
{
	_cleanup_free_ char *data = NULL, *ours = NULL;
	struct gnv_ld_cache cache, again;
	size_t bytes, i;

	if (gnv_file_read_at(AT_FDCWD, "/etc/ld.so.cache", GNV_LD_CACHE_BYTES_MAX, &data,
			     &bytes, NULL) < 0)
		return;
	expect_int(gnv_ld_cache_parse(data, bytes, &cache), 0);
	expect(cache.n > 5);
	gnv_ld_cache_parse(data, bytes, &again);
	expect_int(gnv_ld_cache_format(&again, &ours, &bytes), 0);
	for (i = 0; i < cache.n; i++)
		expect_entry(&again, i, cache.entries[i].name, cache.entries[i].path);
	gnv_ld_cache_fini(&cache);
	gnv_ld_cache_fini(&again);
}

int main(void)
{
	test("ld_cache:read_new", read_new);
	test("ld_cache:read_old", read_old);
	test("ld_cache:read_new_behind_old", read_new_behind_old);
	test("ld_cache:special_processors_are_left_out", special_processors_are_left_out);
	test("ld_cache:cut_anywhere", cut_anywhere);
	test("ld_cache:numbers_that_lie", numbers_that_lie);
	test("ld_cache:put_replaces", put_replaces);
	test("ld_cache:written_in_the_loaders_order", written_in_the_loaders_order);
	test("ld_cache:none_at_all", none_at_all);
	test("ld_cache:as_ldconfig_does", as_ldconfig_does);
	return tap_end();
}
