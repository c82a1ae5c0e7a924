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

#include "sandbox/child.h"

/* Between clone and exec; ends the process on failure. */
void gnv_child_put_files(const struct gnv_child *child);

#endif /* GNV_SANDBOX_PUT_H */
