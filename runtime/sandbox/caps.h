/* SPDX-License-Identifier: MIT */
/*
 * What root may do in a container: Docker's default capabilities, and nobody
 * else's any.  A set is a mask of 1 << CAP_*.
 */
#ifndef GNV_SANDBOX_CAPS_H
#define GNV_SANDBOX_CAPS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Docker's default set. */
uint64_t gnv_caps_default(void);

/* Prepared before the clone, as libcap allocates; see gnv_caps_fini(). */
struct gnv_caps {
	uint64_t bounding;
	void *root; /* cap_t for uid 0 */
	void *none; /* cap_t for everybody else */
};

int gnv_caps_init(struct gnv_caps *caps, uint64_t bounding, struct gnv_error **err);
void gnv_caps_fini(struct gnv_caps *caps);

/*
 * Between clone and exec, in this order: bound while still privileged, change
 * the user, then limit.  Return: 0 or -errno.
 */
int gnv_caps_bound(const struct gnv_caps *caps);
int gnv_caps_limit(const struct gnv_caps *caps, uid_t uid);

#endif /* GNV_SANDBOX_CAPS_H */
