/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Differences between kernel versions in what files of sysfs are made of.
 */
#ifndef _COMPAT_SYSFS_H
#define _COMPAT_SYSFS_H

#include <linux/sysfs.h>
#include <linux/version.h>

/* What the functions of a binary file get is const since 6.16. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
typedef struct bin_attribute gnv_bin_attribute;
#else
typedef const struct bin_attribute gnv_bin_attribute;
#endif

#endif /* _COMPAT_SYSFS_H */
