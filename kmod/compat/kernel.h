/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Differences between kernel versions that ghostnv.ko and ghostnv-rm.ko meet.
 * Nowhere but in this folder is LINUX_VERSION_CODE looked at.
 */
#ifndef _COMPAT_KERNEL_H
#define _COMPAT_KERNEL_H

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/version.h>

/* kobj_type.default_groups exists and sysfs_emit() is everywhere since 5.18. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "GhostNV needs Linux 6.1 or later"
#endif

/*
 * A reference to a file that may be about to be closed, whose memory stays meanwhile.
 * 6.7 changed what it takes.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
static inline bool gnv_file_get_live(struct file *file)
{
	return get_file_rcu(file);
}
#else
static inline bool gnv_file_get_live(struct file *file)
{
	return get_file_active(&file);
}
#endif

#endif /* _COMPAT_KERNEL_H */
