/* SPDX-License-Identifier: MIT */
/*
 * A container's standard descriptors.
 */
#ifndef GNV_SANDBOX_STDIO_H
#define GNV_SANDBOX_STDIO_H

#include <sys/types.h>

/*
 * If @fd is an anonymous pipe, give it away, so that the container can open it
 * again as /dev/stdout.  Anything with a name stays its owner's; and what cannot be
 * given can still be used as it is.  May be called between clone and exec.
 */
void gnv_stdio_give(int fd, uid_t uid, gid_t gid);

#endif /* GNV_SANDBOX_STDIO_H */
