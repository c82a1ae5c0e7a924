/* SPDX-License-Identifier: MIT */
/*
 * The file that ldconfig writes and glibc's loader reads (/etc/ld.so.cache): taken
 * apart, changed and put together.  Pure: bytes in, bytes out.  Trusts no byte of
 * what it reads: a container's cache was written by the container's author.
 *
 * Two formats are read: glibc's of today ("glibc-ld.so.cache1.1"), alone or behind
 * the old one ("ld.so-1.7.0"), and the old one alone.  That of today is written.
 */
#ifndef GNV_GPU_LD_CACHE_H
#define GNV_GPU_LD_CACHE_H

#include <stddef.h>
#include <stdint.h>

/* The flags of a library for glibc of this machine, 64-bit, and of its 32-bit one. */
#if defined(__aarch64__)
#define GNV_LD_FLAGS	0x0a03
#define GNV_LD_FLAGS_32 0x0903
#else
#define GNV_LD_FLAGS	0x0303
#define GNV_LD_FLAGS_32 0x0003
#endif

/* More than any host has; what says it has more is no cache. */
#define GNV_LD_CACHE_BYTES_MAX (2u << 20)

struct gnv_ld_entry {
	const char *name; /* "libcuda.so.1"; not the cache's own memory */
	const char *path;
	uint32_t flags, osversion;
	uint64_t hwcap;
};

struct gnv_ld_cache {
	struct gnv_ld_entry *entries;
	size_t n, room;
};

/*
 * @bytes at @data, which has to stay while the entries are used.  Entries for
 * special processors (glibc-hwcaps) are left out: each such library is there in a
 * common flavour too.  Return: 0, -EINVAL (this is no cache, or broken), -ENOMEM.
 */
int gnv_ld_cache_parse(const char *data, size_t bytes, struct gnv_ld_cache *ret);
void gnv_ld_cache_fini(struct gnv_ld_cache *cache);

/*
 * Name a library, in place of all others of this name and @flags.  The strings have
 * to stay.  Return: 0 or -ENOMEM.
 */
int gnv_ld_cache_put(struct gnv_ld_cache *cache, const char *name, const char *path,
		     uint32_t flags);

/* The file's bytes; sorts the entries.  Return: 0, -ENOMEM or -EFBIG. */
int gnv_ld_cache_format(struct gnv_ld_cache *cache, char **ret, size_t *ret_bytes);

#define _cleanup_ld_cache_ _cleanup_(gnv_ld_cache_fini)

#endif /* GNV_GPU_LD_CACHE_H */
