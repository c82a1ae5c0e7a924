/* SPDX-License-Identifier: MIT */
/*
 * The directory that a layer is unpacked into: where an entry goes, what was
 * there before it, whiteouts.  Knows nothing of archives.
 *
 * Paths come from gnv_entry_name_parse().  They are resolved by openat2 with
 * RESOLVE_IN_ROOT, so a link that the layer brought, absolute or with "..", leads
 * to a place in the layer as it would in a container, never out of it.  That is
 * also why the files are made here and not by libarchive's archive_write_disk:
 * its SECURE flags look at each component and then use the path again, and refuse
 * layers that go through links of their own.
 */
#ifndef GNV_IMAGE_LAYER_DIR_H
#define GNV_IMAGE_LAYER_DIR_H

#include <limits.h>
#include <stdbool.h>

#include "base/error.h"

struct gnv_layer_dir {
	int fd; /* borrowed */
	int parent_fd; /* of @parent, the last one that was asked for */
	char parent[PATH_MAX];
};

void gnv_layer_dir_init(struct gnv_layer_dir *dir, int fd);
void gnv_layer_dir_fini(struct gnv_layer_dir *dir);

/*
 * The directory @parent; what is missing of it is made, as root's with mode 0755.
 * Return: a borrowed fd, good until the next call, or -errno.
 */
int gnv_layer_dir_parent(struct gnv_layer_dir *dir, const char *parent,
			 struct gnv_error **err);

/*
 * Make way for an entry: what was there goes, unless it and the new one are
 * directories, which become one.  *ret_opaque (may be NULL) says that a new
 * directory hides what lower layers have under its name.
 */
int gnv_layer_dir_clear(struct gnv_layer_dir *dir, int parent_fd, const char *name,
			bool is_directory, bool *ret_opaque, struct gnv_error **err);

/*
 * Hide @name of the lower layers.  What this layer itself has there stays, for
 * whiteouts are about lower layers only, wherever in the stream they stand.
 */
int gnv_layer_dir_whiteout(int parent_fd, const char *name, struct gnv_error **err);
int gnv_layer_dir_opaque(int fd, struct gnv_error **err);

/*
 * Give the file @target, a path in the layer, a second name.
 */
int gnv_layer_dir_link(struct gnv_layer_dir *dir, const char *target, int parent_fd,
		       const char *name, struct gnv_error **err);

/* Open a directory of the layer again; -errno when it is there no more. */
int gnv_layer_dir_open(const struct gnv_layer_dir *dir, const char *path);

#endif /* GNV_IMAGE_LAYER_DIR_H */
