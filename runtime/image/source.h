/* SPDX-License-Identifier: MIT */
/*
 * A source is where an image's files come from: a directory, or a tar archive
 * (plain, gzip, zstd or xz).  Owns the way from a member's name to its bytes;
 * knows nothing of what they mean.
 *
 * A directory is read without following links.  An archive is searched from its
 * beginning for each member, so nothing of it is unpacked to disk on the way; one
 * member is open at a time.
 */
#ifndef GNV_IMAGE_SOURCE_H
#define GNV_IMAGE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct gnv_source;
struct gnv_member;

/* @path must be a directory or a regular file. */
int gnv_source_open(const char *path, struct gnv_source **ret, struct gnv_error **err);
void gnv_source_free(struct gnv_source *source);

bool gnv_source_is_directory(const struct gnv_source *source);

/* Return: 1 there is such a member, 0 there is none, or -errno. */
int gnv_source_has(struct gnv_source *source, const char *name, struct gnv_error **err);

/* Open a member for reading.  -ENOENT: there is none of this name. */
int gnv_source_member(struct gnv_source *source, const char *name,
		      struct gnv_member **ret, struct gnv_error **err);
void gnv_member_free(struct gnv_member *member);

uint64_t gnv_member_size(const struct gnv_member *member);

/* Return: bytes read (fewer than asked for only at the end), or -errno. */
ssize_t gnv_member_read(struct gnv_member *member, void *buf, size_t size,
			struct gnv_error **err);

/*
 * A whole member as a NUL-terminated string.  -E2BIG: it has more than
 * @limit bytes.
 */
int gnv_source_read(struct gnv_source *source, const char *name, size_t limit,
		    char **ret, size_t *ret_length, struct gnv_error **err);

static inline void gnv_source_freep(struct gnv_source **source)
{
	gnv_source_free(*source);
}
static inline void gnv_member_freep(struct gnv_member **member)
{
	gnv_member_free(*member);
}
#define _cleanup_source_ _cleanup_(gnv_source_freep)
#define _cleanup_member_ _cleanup_(gnv_member_freep)

#endif /* GNV_IMAGE_SOURCE_H */
