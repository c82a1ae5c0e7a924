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

/**
 * struct gnv_sysfs_file - a file that shares its functions with others
 * @attr: the file
 * @what: what it is about: GHOSTNV_LIMIT_*, or what its functions say
 */
struct gnv_sysfs_file {
	struct kobj_attribute attr;
	u32 what;
};

static inline u32 gnv_sysfs_what(struct kobj_attribute *attr)
{
	return container_of(attr, struct gnv_sysfs_file, attr)->what;
}

/* __ATTR() would expand "current", which is a macro. */
#define GNV_SYSFS_DOTTED(string, bits, show_fn, store_fn) \
	{ \
		.attr = { .name = (string), .mode = (bits) }, \
		.show = (show_fn), \
		.store = (store_fn), \
	}

#define GNV_SYSFS_FILE(string, show_fn, store_fn, which) \
	{ \
		.attr = GNV_SYSFS_DOTTED(string, 0644, show_fn, store_fn), \
		.what = (which), \
	}

int gnv_sysfs_get_limit(struct kobject *kobj, u32 limit, u64 *value);
ssize_t gnv_sysfs_set_limit(struct kobject *kobj, u32 limit, u64 value, size_t len);
ssize_t gnv_sysfs_number_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf);
ssize_t gnv_sysfs_number_store(struct kobject *kobj, struct kobj_attribute *attr,
			       const char *buf, size_t len);

extern const struct attribute_group *gnv_sysfs_scope_groups[];
extern const struct attribute_group *gnv_sysfs_container_groups[];
extern const struct bin_attribute gnv_sysfs_report_attr;
/* Of a GPU, or of the container: all of them. */
extern const struct attribute_group gnv_sysfs_time_group;

#endif /* _GHOSTNV_SYSFS_DIR_H */
