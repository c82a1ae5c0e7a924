/* SPDX-License-Identifier: MIT */
/*
 * Which compression a stream has, told by its first bytes.  Media types are not
 * asked: they are wrong often enough, and the digests decide anyway.
 */
#ifndef GNV_IMAGE_COMPRESSION_H
#define GNV_IMAGE_COMPRESSION_H

#include <stddef.h>

/* As many bytes as gnv_compression_filter() wants to see. */
#define GNV_COMPRESSION_MAGIC_LEN 6

/*
 * The libarchive filter for a stream that begins with @head: ARCHIVE_FILTER_GZIP,
 * _ZSTD, _XZ, or _NONE.  Only this one is then added, by name: libarchive's own
 * guessing would peel a stream that is compressed many times over, each layer
 * multiplying its size.
 */
int gnv_compression_filter(const void *head, size_t length);

#endif /* GNV_IMAGE_COMPRESSION_H */
