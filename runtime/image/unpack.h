/* SPDX-License-Identifier: MIT */
/*
 * The tar stream of one layer becomes a directory in the form that overlayfs
 * stacks.  The stream is hostile: whatever its entries are named or linked to,
 * nothing outside the directory is read or changed.  Knows nothing of digests,
 * compression and other layers.
 *
 * Words: "whiteout" is the mark that a name of lower layers is gone (".wh.NAME"
 * in the stream, a character device 0:0 for overlayfs); an "opaque" directory
 * hides what lower layers have in it (".wh..wh..opq", an xattr).
 */
#ifndef GNV_IMAGE_UNPACK_H
#define GNV_IMAGE_UNPACK_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Bounds on hostile input, documented in docs/images.md. */
#define GNV_LAYER_BYTES_MAX   ((uint64_t)64 << 30)
#define GNV_LAYER_ENTRIES_MAX ((uint64_t)4 << 20)

/* The next bytes of the stream, as gnv_blob_read() gives them. */
typedef ssize_t (*gnv_unpack_read)(void *data, const void **ret, struct gnv_error **err);

/*
 * Unpack into @dir_fd, an empty directory in which nobody else writes.  On failure
 * it holds a part, which the caller removes.  The stream may not have been read
 * to its end.
 */
int gnv_unpack(int dir_fd, gnv_unpack_read read, void *data, struct gnv_error **err);

#define GNV_XATTR_OPAQUE "trusted.overlay.opaque"

#endif /* GNV_IMAGE_UNPACK_H */
