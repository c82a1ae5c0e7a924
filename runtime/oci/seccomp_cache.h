/* SPDX-License-Identifier: MIT */
/*
 * Compiled seccomp profiles, kept beside the records of containers: compiling one takes
 * longer than all else that makes a container.
 */
#ifndef GNV_OCI_SECCOMP_CACHE_H
#define GNV_OCI_SECCOMP_CACHE_H

#include "oci/seccomp.h"

/* Never the name of a container. */
#define OCI_SECCOMP_CACHE "@seccomp"

/*
 * The same as oci_seccomp_build(), from the cache below @root_fd where it is there.  A
 * cache that cannot be trusted, read or written to is no fault: it is passed over.
 */
int oci_seccomp_take(int root_fd, const struct oci_seccomp *seccomp, struct sock_fprog *ret,
		     unsigned int *ret_flags, struct gnv_error **err);

#endif /* GNV_OCI_SECCOMP_CACHE_H */
