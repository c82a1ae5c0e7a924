/* SPDX-License-Identifier: MIT */
/*
 * Files that the container gets in its root file system beside what its image has:
 * bound ones of the host's, links, and new ones.  The image may have put anything
 * in their places.
 *
 * Folders are found and made as a process in the container would; the last part of
 * a path is never followed, so what is put there lies there.  Nothing is mounted
 * below the root yet when this happens, so it all ends up in the container's own
 * layer.
 */
#ifndef GNV_SANDBOX_PUT_H
#define GNV_SANDBOX_PUT_H

#include "base/error.h"
#include "sandbox/sandbox.h"

/*
 * What of @what is to be mounted, as a detached mount, read-only; links and new files need
 * none, and *ret_fd stays.  By descriptor: what was looked at is what is mounted.
 */
int gnv_put_prepare(const struct gnv_put *what, int *ret_fd, struct gnv_error **err);

/*
 * Put all of them below @root_fd.  May be called between clone and exec.  Return: 0, or
 * -errno, with the target that failed in *ret_failed.
 */
int gnv_put_all(int root_fd, const struct gnv_put *puts, const int *mount_fds, size_t n,
		const char **ret_failed);

#endif /* GNV_SANDBOX_PUT_H */
