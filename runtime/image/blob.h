/* SPDX-License-Identifier: MIT */
/*
 * A layer's blob becomes its uncompressed bytes, and both are digested on the
 * way, so each is read once.  Who uses the bytes must treat them as unverified
 * until gnv_blob_finish() says otherwise.
 */
#ifndef GNV_IMAGE_BLOB_H
#define GNV_IMAGE_BLOB_H

#include <stdint.h>

#include "base/error.h"
#include "image/digest.h"
#include "image/source.h"

struct gnv_blob;

/*
 * @digest is that of the blob as it is stored, NULL where none is known; @diff_id
 * that of the uncompressed bytes, of which there may be @limit.  @member is
 * borrowed.
 */
int gnv_blob_open(struct gnv_member *member, const struct gnv_digest *digest,
		  const struct gnv_digest *diff_id, uint64_t limit, struct gnv_blob **ret,
		  struct gnv_error **err);
void gnv_blob_free(struct gnv_blob *blob);

/*
 * The next uncompressed bytes: *ret points into the blob and is good until the next
 * call.  Return: their number, 0 at the end, or -errno.
 */
ssize_t gnv_blob_read(struct gnv_blob *blob, const void **ret, struct gnv_error **err);

/* Read what is left and compare the digests: -EBADMSG. */
int gnv_blob_finish(struct gnv_blob *blob, struct gnv_error **err);

/*
 * The bytes made no sense, and *err says how.  If they are not those that they
 * should be, that is the reason, and *err is made to say so.  Return: -errno.
 */
int gnv_blob_explain(struct gnv_blob *blob, int r, struct gnv_error **err);

static inline void gnv_blob_freep(struct gnv_blob **blob)
{
	gnv_blob_free(*blob);
}
#define _cleanup_blob_ _cleanup_(gnv_blob_freep)

#endif /* GNV_IMAGE_BLOB_H */
