/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Differences of the tracing macros between kernel versions.
 */
#ifndef _COMPAT_TRACE_H
#define _COMPAT_TRACE_H

#include <linux/version.h>

/* 6.10 took the source out of __assign_str(). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define gnv_assign_str(dst, src) __assign_str(dst, src)
#else
#define gnv_assign_str(dst, src) __assign_str(dst)
#endif

#endif /* _COMPAT_TRACE_H */
