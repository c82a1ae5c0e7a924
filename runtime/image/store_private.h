/* SPDX-License-Identifier: MIT */
/*
 * What store.c (one image's work) and prune.c (removal) share.
 */
#ifndef GNV_IMAGE_STORE_PRIVATE_H
#define GNV_IMAGE_STORE_PRIVATE_H

#include <stdbool.h>

#include "image/store.h"

struct gnv_store {
	char *path; /* absolute, without links */
	int fd;
	int use_fd; /* holds the use lock for as long as it is open */
};

#define GNV_STORE_TMP_LEN   (4 + GNV_DIGEST_PATH_LEN)
#define GNV_STORE_LAYER_LEN (7 + GNV_DIGEST_PATH_LEN)

/* "tmp/sha256-<hex>" */
const char *gnv_store_tmp_name(const struct gnv_digest *diff_id, char buf[GNV_STORE_TMP_LEN]);

/* gnv_store_open() without the use lock and without clearing. */
int gnv_store_open_unlocked(const char *path, struct gnv_store **ret, struct gnv_error **err);

/* -EBUSY: held otherwise, and not to wait.  Held until the store is closed. */
int gnv_store_lock_use(struct gnv_store *store, bool exclusive, bool wait,
		       struct gnv_error **err);

/* Return: an fd that holds the users lock for as long as it is open, or -errno. */
int gnv_store_lock_users(const struct gnv_store *store);

/* Forget the bundles that are gone.  What cannot be looked at stays. */
void gnv_store_forget_users(const struct gnv_store *store);

/* List a directory in the store. */
int gnv_store_list(const struct gnv_store *store, const char *path, DIR **ret);

#endif /* GNV_IMAGE_STORE_PRIVATE_H */
