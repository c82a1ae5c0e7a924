/* SPDX-License-Identifier: MIT */
/*
 * NVIDIA's driver in a container: which of the host's files it gets, where in this
 * image they go, and what its loader is told of them.  Reads the image's root and
 * writes nothing to it.
 */
#ifndef GNV_CONTAINER_DRIVER_H
#define GNV_CONTAINER_DRIVER_H

#include "gpu/driver_files.h"
#include "sandbox/sandbox.h"

struct gnv_driver {
	struct gnv_driver_files files;
	struct gnv_put *puts; /* for the sandbox */
	size_t n_puts;
	char **strings; /* what the puts point to */
	char *cache; /* the container's /etc/ld.so.cache to be */
};

/* Of what @wish finds, for the image whose root file system is at @rootfs. */
int gnv_driver_init(struct gnv_driver *driver, const struct gnv_driver_wish *wish,
		    const char *rootfs, struct gnv_error **err);
void gnv_driver_fini(struct gnv_driver *driver);

#define _cleanup_driver_ _cleanup_(gnv_driver_fini)

#endif /* GNV_CONTAINER_DRIVER_H */
