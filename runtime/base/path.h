/* SPDX-License-Identifier: MIT */
/*
 * Paths in a tree that somebody else wrote, resolved by the kernel below a given
 * root whatever the links in it say.  All of it may be called between clone and
 * exec.  Returns are a descriptor or -errno.
 */
#ifndef GNV_BASE_PATH_H
#define GNV_BASE_PATH_H

#include <stdint.h>

/* openat2() with O_CLOEXEC; @resolve is RESOLVE_*. */
int gnv_path_openat2(int dir_fd, const char *path, int flags, uint64_t resolve);

/*
 * Open @path as a process sees it whose root is @root_fd.  Links are followed
 * within that root; magic links (/proc/self/fd/N) are not.
 */
int gnv_path_open_in_root(int root_fd, const char *path, int flags);

#endif /* GNV_BASE_PATH_H */
