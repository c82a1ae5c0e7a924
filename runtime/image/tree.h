/* SPDX-License-Identifier: MIT */
/*
 * Removal of directory trees whose content is hostile: no link is followed, no
 * mount boundary crossed, and no depth of nesting exhausts stack or files.
 */
#ifndef GNV_IMAGE_TREE_H
#define GNV_IMAGE_TREE_H

#include "base/error.h"

/*
 * Remove @name (one component) in @dir_fd and all below it.  Nothing there is no
 * error.  -EBUSY or -EXDEV: something is mounted in it.
 */
int gnv_tree_remove(int dir_fd, const char *name, struct gnv_error **err);

#endif /* GNV_IMAGE_TREE_H */
