/* SPDX-License-Identifier: MIT */
/*
 * Paths in a root file system that its author may have booby-trapped: whatever
 * its symbolic links say, resolution stays below the root.  All of it may be
 * called between clone and exec.  Returns are a descriptor or 0, or -errno.
 */
#ifndef GNV_SANDBOX_PATHS_H
#define GNV_SANDBOX_PATHS_H

#include <sys/types.h>

#include "base/path.h"

/*
 * The same without following any link at all: for what an image has no business
 * to redirect (/proc, /sys, /dev).
 */
int gnv_path_open_plain(int root_fd, const char *path, int flags);

/*
 * Something to mount on: @path as an O_PATH descriptor, made where it is missing
 * (directories above it too), as a directory or an empty file by @type (S_IFDIR,
 * S_IFREG).  -EINVAL: @path has a ".." to be made.
 */
int gnv_path_make_in_root(int root_fd, const char *path, mode_t type);

#endif /* GNV_SANDBOX_PATHS_H */
