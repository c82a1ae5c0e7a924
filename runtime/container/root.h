/* SPDX-License-Identifier: MIT */
/*
 * Where the runtime keeps its things, and which names containers may have.
 */
#ifndef GNV_CONTAINER_ROOT_H
#define GNV_CONTAINER_ROOT_H

#include <stdbool.h>

#include "base/error.h"

#define GNV_NAME_MAX 63

struct gnv_root {
	char *run_dir; /* /run/ghostnv: a directory with the state of each container */
	char *data_dir; /* /var/lib/ghostnv/containers: writable layers and logs */
	char *store_dir; /* /var/lib/ghostnv/store: layers of images */
	char *suffix; /* of cgroup names: "", or "@<hash of the prefix>" */
};

/* @prefix (may be NULL or "") is put before these paths; it is made absolute. */
int gnv_root_init(struct gnv_root *root, const char *prefix, struct gnv_error **err);
void gnv_root_fini(struct gnv_root *root);

/* Make run_dir and data_dir (0700). */
int gnv_root_create(const struct gnv_root *root, struct gnv_error **err);

/* [a-zA-Z0-9][a-zA-Z0-9_.-]{0,62} */
bool gnv_name_is_valid(const char *name);

/*
 * "container-<name><suffix>", the name of the container's cgroup: no file of the
 * kernel's in a cgroup begins like that.
 */
int gnv_root_cgroup_id(const struct gnv_root *root, const char *name, char **ret,
		       struct gnv_error **err);

#define _cleanup_root_ _cleanup_(gnv_root_fini)

#endif /* GNV_CONTAINER_ROOT_H */
