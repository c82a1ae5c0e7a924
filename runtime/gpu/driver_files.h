/* SPDX-License-Identifier: MIT */
/*
 * The files of NVIDIA's driver on the host that a container is to get: found by
 * capability, opened once, and known by descriptor from then on, so that what is
 * put in is what was looked at.  Knows nothing of the container's root.
 *
 * Words: "driver root" is the directory that the driver is installed in, `/` or
 * that of a driver container (/run/nvidia/driver); links in it lead within it.
 */
#ifndef GNV_GPU_DRIVER_FILES_H
#define GNV_GPU_DRIVER_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum gnv_driver_kind {
	GNV_DRIVER_LIBRARY, /* goes where the container has its libraries */
	GNV_DRIVER_LIBRARY_32,
	GNV_DRIVER_FILE, /* goes to its own path */
	GNV_DRIVER_SOCKET, /* the same; or a directory with sockets */
};

/*
 * A library has no directory in @target ("libcuda.so.550.163.01"); everything else
 * has its path in the container.
 */
struct gnv_driver_file {
	enum gnv_driver_kind kind;
	char *target;
	int fd; /* to be mounted, not to be read */
};

/* A name that a library goes by: a link beside it, and an entry for the loader. */
struct gnv_driver_link {
	enum gnv_driver_kind kind;
	char *name; /* "libcuda.so.1" */
	char *to; /* "libcuda.so.550.163.01" */
};

struct gnv_driver_files {
	struct gnv_driver_file *files;
	size_t n_files;
	struct gnv_driver_link *links;
	size_t n_links;
	size_t n_libraries;
};

struct gnv_driver_wish {
	const char *root; /* the driver root; NULL: "/" */
	const char *version; /* of the driver; its libraries end with it */
	unsigned int capabilities; /* GNV_DRIVER_* */
	bool sockets; /* of daemons too */
};

/* What there is of it; nothing at all is a success.  -ENOENT: no such root. */
int gnv_driver_files_find(const struct gnv_driver_wish *wish, struct gnv_driver_files *ret,
			  struct gnv_error **err);
void gnv_driver_files_fini(struct gnv_driver_files *files);

#define _cleanup_driver_files_ _cleanup_(gnv_driver_files_fini)

#endif /* GNV_GPU_DRIVER_FILES_H */
