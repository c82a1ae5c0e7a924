/* SPDX-License-Identifier: MIT */
/*
 * What the caller has redirected to the program's standard input.
 */
#ifndef GNV_CONTAINER_INPUT_H
#define GNV_CONTAINER_INPUT_H

#include "base/error.h"

/*
 * A descriptor to give to a container in place of @fd.  A process that is root can
 * open anew, for writing, what it was given for reading; when @fd is a regular file
 * open for reading, *ret_fd is the same file at the same offset on a mount that is
 * read-only.  For anything else it stays -EBADF: then @fd itself can be given.
 * To be called in the mount namespace in which @fd was opened.
 */
int gnv_input_protect(int fd, int *ret_fd, struct gnv_error **err);

#endif /* GNV_CONTAINER_INPUT_H */
