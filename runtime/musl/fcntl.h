/* SPDX-License-Identifier: MIT */
/* See unistd.h. */
#ifndef GNV_MUSL_FCNTL_H
#define GNV_MUSL_FCNTL_H

#include_next <fcntl.h>

/* For kernels of long ago, musl's open() sets O_CLOEXEC by a second call, openat() does not. */
#define open(...) openat(AT_FDCWD, __VA_ARGS__)

#endif /* GNV_MUSL_FCNTL_H */
