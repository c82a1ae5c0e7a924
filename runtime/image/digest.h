/* SPDX-License-Identifier: MIT */
/*
 * Digests as OCI writes them, "sha256:<hex>", and their computation.  Knows
 * nothing of what is digested.
 */
#ifndef GNV_IMAGE_DIGEST_H
#define GNV_IMAGE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* The longest: "sha512:" and 128 digits. */
#define GNV_DIGEST_LEN 136

/* Checked text: the algorithm is known, the hex digits are lower case and of the
 * right number, so it may be part of a path. */
struct gnv_digest {
	char text[GNV_DIGEST_LEN];
};

/* -EINVAL: ill-formed.  -EOPNOTSUPP: well-formed, but not sha256 or sha512. */
int gnv_digest_parse(const char *text, struct gnv_digest *ret);

/* The part behind the colon. */
const char *gnv_digest_hex(const struct gnv_digest *digest);

/* "sha256/<hex>", as blobs lie in a layout and layers in the store. */
#define GNV_DIGEST_PATH_LEN GNV_DIGEST_LEN
const char *gnv_digest_path(const struct gnv_digest *digest,
			    char buf[GNV_DIGEST_PATH_LEN]);

bool gnv_digest_equal(const struct gnv_digest *a, const struct gnv_digest *b);

/* A digest on its way: of bytes that come piece by piece. */
struct gnv_hash;

/* Begin to compute what should become @expected (a copy is kept). */
int gnv_hash_start(const struct gnv_digest *expected, struct gnv_hash **ret,
		   struct gnv_error **err);
int gnv_hash_add(struct gnv_hash *hash, const void *data, size_t length,
		 struct gnv_error **err);

/* Finish.  -EBADMSG: it is another digest; the message names both. */
int gnv_hash_verify(struct gnv_hash *hash, struct gnv_error **err);
void gnv_hash_free(struct gnv_hash *hash);

/* All in one: is @data what @expected says? */
int gnv_digest_verify(const struct gnv_digest *expected, const void *data, size_t length,
		      struct gnv_error **err);

static inline void gnv_hash_freep(struct gnv_hash **hash)
{
	gnv_hash_free(*hash);
}
#define _cleanup_hash_ _cleanup_(gnv_hash_freep)

#endif /* GNV_IMAGE_DIGEST_H */
