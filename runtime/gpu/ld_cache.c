// SPDX-License-Identifier: MIT
/*
 * glibc's library cache.  The layouts are those of glibc's
 * sysdeps/generic/dl-cache.h; numbers are in the machine's own byte order.
 */
#include "gpu/ld_cache.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define OLD_MAGIC "ld.so-1.7.0"
#define NEW_MAGIC "glibc-ld.so.cache1.1"

/* Which byte order the file has; older ones do not say. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BYTE_ORDER_FLAG 2
#else
#define BYTE_ORDER_FLAG 3
#endif

/* In hwcap: the number of a folder in glibc-hwcaps takes the place of a mask. */
#define HWCAP_EXTENSION (1ULL << 62)

struct old_entry {
	uint32_t flags, name, path;
};

struct old_header {
	char magic[sizeof(OLD_MAGIC) - 1];
	char padding;
	uint32_t n;
};

struct new_entry {
	uint32_t flags, name, path, osversion;
	uint64_t hwcap;
};

struct new_header {
	char magic[sizeof(NEW_MAGIC) - 1];
	uint32_t n;
	uint32_t string_bytes;
	uint8_t byte_order, padding[3];
	uint32_t extension;
	uint32_t unused[3];
};

_Static_assert(sizeof(struct old_header) == 16, "layout of the old cache");
_Static_assert(sizeof(struct old_entry) == 12, "layout of the old cache");
_Static_assert(sizeof(struct new_header) == 48, "layout of the cache");
_Static_assert(sizeof(struct new_entry) == 24, "layout of the cache");

void gnv_ld_cache_fini(struct gnv_ld_cache *cache)
{
	free(cache->entries);
	*cache = (struct gnv_ld_cache){ 0 };
}

static int append(struct gnv_ld_cache *cache, const struct gnv_ld_entry *entry)
{
	struct gnv_ld_entry *grown;
	size_t room = cache->room ? 2 * cache->room : 256;

	if (cache->n == cache->room) {
		grown = reallocarray(cache->entries, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		cache->entries = grown;
		cache->room = room;
	}
	cache->entries[cache->n++] = *entry;
	return 0;
}

/*
 * The string at an offset, if it is one of a path's length and ends within the file;
 * else NULL.  Without that length many entries that share one long string would cost
 * the product of both.
 */
static const char *string_at(const char *strings, size_t bytes, uint32_t offset)
{
	size_t left;

	if (offset >= bytes)
		return NULL;
	left = bytes - offset;
	if (left > PATH_MAX)
		left = PATH_MAX;
	return memchr(strings + offset, '\0', left) ? strings + offset : NULL;
}

static int parse_new(const char *data, size_t bytes, struct gnv_ld_cache *cache)
{
	struct new_header header;
	struct new_entry raw;
	size_t i;
	int r;

	memcpy(&header, data, sizeof(header));
	if (header.byte_order && header.byte_order != BYTE_ORDER_FLAG)
		return -EINVAL;
	if (header.n > (bytes - sizeof(header)) / sizeof(raw))
		return -EINVAL;
	for (i = 0; i < header.n; i++) {
		struct gnv_ld_entry entry;

		memcpy(&raw, data + sizeof(header) + i * sizeof(raw), sizeof(raw));
		entry = (struct gnv_ld_entry){
			.name = string_at(data, bytes, raw.name),
			.path = string_at(data, bytes, raw.path),
			.flags = raw.flags,
			.osversion = raw.osversion,
			.hwcap = raw.hwcap,
		};
		if (!entry.name || !entry.path)
			return -EINVAL;
		if (raw.hwcap & HWCAP_EXTENSION)
			continue;
		r = append(cache, &entry);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_new(const char *data, size_t bytes)
{
	return bytes >= sizeof(struct new_header) &&
	       !memcmp(data, NEW_MAGIC, sizeof(NEW_MAGIC) - 1);
}

static int parse_old(const char *data, size_t bytes, struct gnv_ld_cache *cache)
{
	struct old_header header;
	struct old_entry raw;
	size_t strings, behind, i;
	int r;

	memcpy(&header, data, sizeof(header));
	if (header.n > (bytes - sizeof(header)) / sizeof(raw))
		return -EINVAL;
	strings = sizeof(header) + header.n * sizeof(raw);
	behind = (strings + 7) & ~(size_t)7;
	if (behind <= bytes && is_new(data + behind, bytes - behind))
		return parse_new(data + behind, bytes - behind, cache);
	for (i = 0; i < header.n; i++) {
		struct gnv_ld_entry entry;

		memcpy(&raw, data + sizeof(header) + i * sizeof(raw), sizeof(raw));
		entry = (struct gnv_ld_entry){
			.name = string_at(data + strings, bytes - strings, raw.name),
			.path = string_at(data + strings, bytes - strings, raw.path),
			.flags = raw.flags,
		};
		if (!entry.name || !entry.path)
			return -EINVAL;
		r = append(cache, &entry);
		if (r < 0)
			return r;
	}
	return 0;
}

int gnv_ld_cache_parse(const char *data, size_t bytes, struct gnv_ld_cache *ret)
{
	int r = -EINVAL;

	*ret = (struct gnv_ld_cache){ 0 };
	if (bytes > GNV_LD_CACHE_BYTES_MAX)
		return -EINVAL;
	if (is_new(data, bytes))
		r = parse_new(data, bytes, ret);
	else if (bytes >= sizeof(struct old_header) &&
		 !memcmp(data, OLD_MAGIC, sizeof(OLD_MAGIC) - 1))
		r = parse_old(data, bytes, ret);
	if (r < 0)
		gnv_ld_cache_fini(ret);
	return r;
}

int gnv_ld_cache_put(struct gnv_ld_cache *cache, const char *name, const char *path,
		     uint32_t flags)
{
	const struct gnv_ld_entry entry = { .name = name, .path = path, .flags = flags };
	size_t from, to = 0;

	for (from = 0; from < cache->n; from++)
		if (cache->entries[from].flags != flags ||
		    strcmp(cache->entries[from].name, name))
			cache->entries[to++] = cache->entries[from];
	cache->n = to;
	return append(cache, &entry);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static uint32_t take_number(const char **text)
{
	uint32_t value = 0;

	for (; is_digit(**text); ++*text)
		value = value * 10 + (uint32_t)(**text - '0');
	return value;
}

/*
 * The order in which the loader searches: digits as numbers, so that .so.10 comes
 * behind .so.9.  It has to be the loader's own, or its search misses.
 */
static int compare_names(const char *a, const char *b)
{
	while (*a) {
		if (is_digit(*a) && is_digit(*b)) {
			uint32_t x = take_number(&a), y = take_number(&b);

			if (x != y)
				return x < y ? -1 : 1;
		} else if (is_digit(*a) != is_digit(*b)) {
			return is_digit(*a) ? 1 : -1;
		} else if (*a != *b) {
			return *a - *b;
		} else {
			a++;
			b++;
		}
	}
	return *a - *b;
}

/* Last first, as the loader has it. */
static int compare(const void *left, const void *right)
{
	const struct gnv_ld_entry *a = left, *b = right;
	int r = compare_names(b->name, a->name);

	if (r)
		return r;
	if (a->flags != b->flags)
		return a->flags < b->flags ? 1 : -1;
	if (a->osversion != b->osversion)
		return a->osversion < b->osversion ? 1 : -1;
	if (a->hwcap != b->hwcap)
		return a->hwcap < b->hwcap ? 1 : -1;
	return 0;
}

static uint32_t put_string(char *file, size_t *at, const char *text)
{
	size_t bytes = strlen(text) + 1, where = *at;

	memcpy(file + where, text, bytes);
	*at += bytes;
	return (uint32_t)where;
}

int gnv_ld_cache_format(struct gnv_ld_cache *cache, char **ret, size_t *ret_bytes)
{
	size_t table = sizeof(struct new_header) + cache->n * sizeof(struct new_entry);
	struct new_header header = { .n = (uint32_t)cache->n, .byte_order = BYTE_ORDER_FLAG };
	_cleanup_free_ char *file = NULL;
	size_t bytes = table, at = table, i;

	/* Twice: strings that several entries of a file share are written for each. */
	for (i = 0; i < cache->n && bytes <= 2 * GNV_LD_CACHE_BYTES_MAX; i++)
		bytes += strlen(cache->entries[i].name) + strlen(cache->entries[i].path) + 2;
	if (bytes > 2 * GNV_LD_CACHE_BYTES_MAX)
		return -EFBIG;
	file = malloc(bytes);
	if (!file)
		return -ENOMEM;
	if (cache->n)
		qsort(cache->entries, cache->n, sizeof(*cache->entries), compare);
	for (i = 0; i < cache->n; i++) {
		const struct gnv_ld_entry *entry = &cache->entries[i];
		struct new_entry raw = {
			.flags = entry->flags,
			.osversion = entry->osversion,
			.hwcap = entry->hwcap,
		};

		raw.name = put_string(file, &at, entry->name);
		raw.path = put_string(file, &at, entry->path);
		memcpy(file + sizeof(header) + i * sizeof(raw), &raw, sizeof(raw));
	}
	memcpy(header.magic, NEW_MAGIC, sizeof(header.magic));
	header.string_bytes = (uint32_t)(bytes - table);
	memcpy(file, &header, sizeof(header));
	*ret = STEAL_PTR(file);
	*ret_bytes = bytes;
	return 0;
}
