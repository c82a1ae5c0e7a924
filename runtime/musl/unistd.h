/* SPDX-License-Identifier: MIT */
/*
 * What glibc's header declares and musl's does not, here and in sys/.  Only a build
 * with musl finds these files; what they declare does as glibc's does.
 */
#ifndef GNV_MUSL_UNISTD_H
#define GNV_MUSL_UNISTD_H

#include_next <unistd.h>
#include <sys/syscall.h>

static inline int close_range(unsigned int first, unsigned int last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

#endif /* GNV_MUSL_UNISTD_H */
