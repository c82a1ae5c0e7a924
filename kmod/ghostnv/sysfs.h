/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /sys/kernel/ghostnv: see docs/sysfs.md.
 */
#ifndef _GHOSTNV_SYSFS_H
#define _GHOSTNV_SYSFS_H

#include <linux/types.h>

struct gnv_container;

int gnv_sysfs_init(void);
void gnv_sysfs_fini(void);

int gnv_sysfs_container_add(struct gnv_container *container);
void gnv_sysfs_container_split(struct gnv_container *container);
void gnv_sysfs_container_remove(struct gnv_container *container);
void gnv_sysfs_notify(struct gnv_container *container, u32 gpu);
void gnv_sysfs_notify_file(struct gnv_container *container, u32 gpu, const char *name);
void gnv_sysfs_gpu_add(u32 gpu);
void gnv_sysfs_gpu_remove(u32 gpu);

#endif /* _GHOSTNV_SYSFS_H */
