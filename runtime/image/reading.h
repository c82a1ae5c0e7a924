/* SPDX-License-Identifier: MIT */
/*
 * What those who read by libarchive share: which of its answers are failures, and
 * which compression a stream has, told by its first bytes.  Media types are not
 * asked: they are wrong often enough, and the digests decide anyway.
 */
#ifndef GNV_IMAGE_READING_H
#define GNV_IMAGE_READING_H

#include <archive.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * A warning is about what is not asked for here.  ARCHIVE_RETRY, though its number
 * is that of a milder case, says that a header was skipped because it is broken.
 */
static inline bool gnv_archive_failed(int r)
{
	return r != ARCHIVE_OK && r != ARCHIVE_WARN;
}

/* As many bytes as gnv_archive_filter() wants to see. */
#define GNV_ARCHIVE_MAGIC_LEN 6

/*
 * The libarchive filter for a stream that begins with @head: ARCHIVE_FILTER_GZIP,
 * _ZSTD, _XZ, or _NONE.  Only this one is then added, by name: libarchive's own
 * guessing would peel a stream that is compressed many times over, each layer
 * multiplying its size.
 */
int gnv_archive_filter(const void *head, size_t length);

#endif /* GNV_IMAGE_READING_H */
