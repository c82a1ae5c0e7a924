/* SPDX-License-Identifier: MIT */
/*
 * The store of unpacked layers, shared by all images and containers of the
 * machine.  Owns its layout on disk and who may touch what when; knows nothing
 * of how a layer is made.
 *
 *   layers/<algorithm>/<hex>   a whole layer, named by its diff id; never
 *                              changed once it is there
 *   tmp/<algorithm>-<hex>      a layer in the making or being removed
 *   users/<name>               link to a bundle directory that uses layers
 *   lock                       byte ranges of it are the locks
 *
 * Locks are of the kernel's open file description kind, so they end with the
 * process that holds them and leave no files.  Order: use -> layer, use -> users.
 *   use    shared by who finds layers and is going to mount them, exclusive for
 *          who removes layers
 *   layer  one for each diff id: who makes this layer, or clears its tmp
 *   users  who adds to users/ or removes from it
 */
#ifndef GNV_IMAGE_STORE_H
#define GNV_IMAGE_STORE_H

#include <stdint.h>

#include "base/error.h"
#include "image/digest.h"

struct gnv_store;

/*
 * Open the store, make it where it is missing, take the shared use lock and clear
 * what killed processes left.  -EPERM: others may write to it.
 */
int gnv_store_open(const char *path, struct gnv_store **ret, struct gnv_error **err);
void gnv_store_close(struct gnv_store *store);

/* Where the layer is once it is there: an absolute path, to be freed. */
int gnv_store_layer_path(const struct gnv_store *store, const struct gnv_digest *diff_id,
			 char **ret, struct gnv_error **err);

/*
 * Begin to make a layer.  Return: 0 it is there already (perhaps because another
 * process, for which this one waited, has made it), 1 it is the caller's to make:
 * *ret_lock is the lock, *ret_fd an empty directory; then _commit() or _abort().
 * @waiting (may be NULL) is called once before it waits.
 */
int gnv_store_layer_begin(struct gnv_store *store, const struct gnv_digest *diff_id,
			  void (*waiting)(void *data), void *data, int *ret_lock, int *ret_fd,
			  struct gnv_error **err);

/* Write it out to the disk and let all see it.  The lock stays the caller's. */
int gnv_store_layer_commit(struct gnv_store *store, const struct gnv_digest *diff_id,
			   int layer_fd, struct gnv_error **err);
void gnv_store_layer_abort(struct gnv_store *store, const struct gnv_digest *diff_id);

/*
 * Record that the links in @bundle_dir/lower lead to layers of this store, for
 * as long as that directory exists.
 */
int gnv_store_add_user(struct gnv_store *store, const char *bundle_dir,
		       struct gnv_error **err);

/* Which directory in a bundle holds the links to layers. */
#define GNV_STORE_LINKS_DIR "lower"

static inline void gnv_store_closep(struct gnv_store **store)
{
	gnv_store_close(*store);
}
#define _cleanup_store_ _cleanup_(gnv_store_closep)

#endif /* GNV_IMAGE_STORE_H */
