/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A directory below /sys/kernel/ghostnv, and the files of those of containers.
 */
#ifndef _GHOSTNV_SYSFS_DIR_H
#define _GHOSTNV_SYSFS_DIR_H

#include <linux/kobject.h>
#include <linux/sysfs.h>
#include <linux/types.h>

struct gnv_container;

/**
 * struct gnv_sysfs_dir - one directory
 * @kobj: the directory
 * @container: whose it is, with a reference; NULL below gpus/
 * @gpu: GPU's index or GHOSTNV_GPU_TOTAL
 * @events: its file vram.events, with a reference; NULL when it has none
 * @next: of a container's, one of its GPUs'; of that, the next one.  Written under
 *	container_lock and notify_lock
 */
struct gnv_sysfs_dir {
	struct kobject kobj;
	struct gnv_container *container;
	u32 gpu;
	struct kernfs_node *events;
	struct gnv_sysfs_dir *next;
};

static inline struct gnv_sysfs_dir *gnv_sysfs_to_dir(struct kobject *kobj)
{
	return container_of(kobj, struct gnv_sysfs_dir, kobj);
}

/* __ATTR() would expand "current", which is a macro. */
#define GNV_SYSFS_DOTTED(string, bits, show_fn, store_fn) \
	{ \
		.attr = { .name = (string), .mode = (bits) }, \
		.show = (show_fn), \
		.store = (store_fn), \
	}

extern const struct attribute_group *gnv_sysfs_scope_groups[];
extern const struct attribute_group *gnv_sysfs_container_groups[];
extern const struct bin_attribute gnv_sysfs_report_attr;
/* Of a GPU, or of the container: all of them. */
extern const struct attribute_group gnv_sysfs_time_group;

#endif /* _GHOSTNV_SYSFS_DIR_H */
