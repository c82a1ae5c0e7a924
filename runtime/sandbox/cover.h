/* SPDX-License-Identifier: MIT */
/*
 * Hiding and protecting what a container would find at a path: masked and
 * read-only paths.  All of it may be called between clone and exec.  Returns are 0
 * or -errno.
 */
#ifndef GNV_SANDBOX_COVER_H
#define GNV_SANDBOX_COVER_H

#include <stdbool.h>

struct gnv_cover {
	int dir_fd; /* an empty directory, detached: gnv_cover_init() */
	bool dir_in_place; /* only then can it be copied */
	int null_dir_fd; /* where the file "null" is the device */
};

/* @null_dir_fd stays the caller's.  @label: SELinux's, of the empty directory, or NULL. */
int gnv_cover_init(struct gnv_cover *cover, int null_dir_fd, const char *label);

/* A directory gets the empty one, anything else the null device. */
int gnv_cover_mask(struct gnv_cover *cover, int target_fd);

/* The same again, and what is mounted below, but read-only; @attributes are added. */
int gnv_cover_protect(int target_fd, unsigned int attributes);

#endif /* GNV_SANDBOX_COVER_H */
