// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/ghostnv: see docs/sysfs.md.  The files take no lock that is outside of
 * container_lock, so that their directories can be removed under it.
 */
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "account.h"
#include "attach.h"
#include "container.h"
#include "frame.h"
#include "gate.h"
#include "gpu.h"
#include "scrub.h"
#include "sysfs.h"
#include "sysfs_dir.h"

#define GPU_DIR_NAME_MAX 16

static struct kobject *root_kobj;
static struct kobject *gpus_kobj;
static struct kobject *containers_kobj;
/* Written when a GPU comes or goes, which is one at a time. */
static struct gnv_sysfs_dir *gpu_dirs[GHOSTNV_GPUS_MAX];

/* Protects who has directories, for those who notify. */
static DEFINE_SPINLOCK(notify_lock);

static void dir_release(struct kobject *kobj)
{
	struct gnv_sysfs_dir *dir = gnv_sysfs_to_dir(kobj);

	gnv_container_put(dir->container);
	kfree(dir);
}

/**
 * gnv_sysfs_get_limit() - read a limit of a directory's container
 * @kobj: the directory
 * @limit: GHOSTNV_LIMIT_*
 * @value: out
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno.
 */
int gnv_sysfs_get_limit(struct kobject *kobj, u32 limit, u64 *value)
{
	struct gnv_sysfs_dir *dir = gnv_sysfs_to_dir(kobj);

	if (gnv_gate_has_limit(limit))
		return gnv_gate_get_limit(dir->container, limit, dir->gpu, value);
	return gnv_account_get_limit(dir->container, limit, dir->gpu, value);
}

/**
 * gnv_sysfs_set_limit() - set a limit of a directory's container, if the caller may
 * @kobj: the directory
 * @limit: GHOSTNV_LIMIT_*
 * @value: the limit
 * @len: how much was written
 *
 * Context: Process context; may sleep.
 * Return: @len or a negative errno.
 */
ssize_t gnv_sysfs_set_limit(struct kobject *kobj, u32 limit, u64 value, size_t len)
{
	struct gnv_sysfs_dir *dir = gnv_sysfs_to_dir(kobj);
	int ret;

	/* Root of a container's user namespace may own a mount of sysfs. */
	if (!gnv_container_may_manage(dir->container))
		return -EPERM;
	if (gnv_gate_has_limit(limit))
		ret = gnv_gate_set_limit(dir->container, limit, dir->gpu, value, false);
	else
		ret = gnv_account_set_limit(dir->container, limit, dir->gpu, value, false);
	return ret ?: len;
}

/**
 * gnv_sysfs_number_show() - read a file that holds one limit, a number
 * @kobj: the directory
 * @attr: of a struct gnv_sysfs_file, whose @what is the limit
 * @buf: out
 *
 * Context: Process context; may sleep.
 * Return: how much there is to read, or a negative errno.
 */
ssize_t gnv_sysfs_number_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	u64 value;
	int ret = gnv_sysfs_get_limit(kobj, gnv_sysfs_what(attr), &value);

	return ret ?: sysfs_emit(buf, "%llu\n", value);
}

/**
 * gnv_sysfs_number_store() - write a file that holds one limit, a number
 * @kobj: the directory
 * @attr: of a struct gnv_sysfs_file, whose @what is the limit
 * @buf: what is written
 * @len: how much
 *
 * Context: Process context; may sleep.
 * Return: @len or a negative errno.
 */
ssize_t gnv_sysfs_number_store(struct kobject *kobj, struct kobj_attribute *attr,
			       const char *buf, size_t len)
{
	u64 value;
	int ret = kstrtou64(buf, 10, &value);

	return ret ?: gnv_sysfs_set_limit(kobj, gnv_sysfs_what(attr), value, len);
}

static const struct kobj_type scope_type = {
	.release = dir_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = gnv_sysfs_scope_groups,
};

static const struct kobj_type container_type = {
	.release = dir_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = gnv_sysfs_container_groups,
};

/* A copy of the entry; empty when the GPU has just gone. */
static void get_gpu(struct kobject *kobj, struct gnv_gpu *gpu)
{
	if (gnv_gpu_get(gnv_sysfs_to_dir(kobj)->gpu, gpu))
		memset(gpu, 0, sizeof(*gpu));
}

static ssize_t pci_show(struct kobject *kobj, struct kobj_attribute *attr,
			char *buf)
{
	struct gnv_gpu gpu;

	get_gpu(kobj, &gpu);
	return sysfs_emit(buf, "%s\n", gpu.pci);
}

static ssize_t uuid_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	struct gnv_gpu gpu;

	get_gpu(kobj, &gpu);
	return sysfs_emit(buf, "%s\n", gpu.uuid_text);
}

static ssize_t name_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	struct gnv_gpu gpu;

	get_gpu(kobj, &gpu);
	return sysfs_emit(buf, "%s\n", gpu.name);
}

static ssize_t minor_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	struct gnv_gpu gpu;

	get_gpu(kobj, &gpu);
	return sysfs_emit(buf, "%d\n", (int)gpu.minor);
}

static ssize_t vram_total_show(struct kobject *kobj, struct kobj_attribute *attr,
			       char *buf)
{
	struct gnv_gpu gpu;

	get_gpu(kobj, &gpu);
	return sysfs_emit(buf, "%llu\n", gpu.vram_bytes);
}

static ssize_t vram_used_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "%llu\n",
			  gnv_account_machine_usage(gnv_sysfs_to_dir(kobj)->gpu));
}

static ssize_t numa_node_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	struct gnv_gpu gpu;

	get_gpu(kobj, &gpu);
	return sysfs_emit(buf, "%d\n", gpu.numa_node);
}

static struct kobj_attribute numa_node_attr = __ATTR_RO(numa_node);
static struct kobj_attribute pci_attr = __ATTR_RO(pci);
static struct kobj_attribute uuid_attr = __ATTR_RO(uuid);
static struct kobj_attribute name_attr = __ATTR_RO(name);
static struct kobj_attribute minor_attr = __ATTR_RO(minor);
static struct kobj_attribute vram_total_attr =
	GNV_SYSFS_DOTTED("vram.total", 0444, vram_total_show, NULL);
static struct kobj_attribute vram_used_attr =
	GNV_SYSFS_DOTTED("vram.used", 0444, vram_used_show, NULL);

static struct attribute *gpu_attrs[] = {
	&pci_attr.attr,
	&uuid_attr.attr,
	&name_attr.attr,
	&minor_attr.attr,
	&numa_node_attr.attr,
	&vram_total_attr.attr,
	&vram_used_attr.attr,
	NULL,
};

static const struct attribute_group gpu_group = { .attrs = gpu_attrs };

static const struct attribute_group *gpu_groups[] = {
	&gpu_group,
	&gnv_scrub_gpu_group,
	NULL,
};

static const struct kobj_type gpu_type = {
	.release = dir_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = gpu_groups,
};

static ssize_t version_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%s\n", THIS_MODULE->version);
}

static ssize_t driver_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	struct gnv_attach_state state;

	gnv_attach_state(&state);
	return sysfs_emit(buf, "%s\n", state.version);
}

static ssize_t reason_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	struct gnv_attach_state state;

	gnv_attach_state(&state);
	return sysfs_emit(buf, "%s\n", state.reason);
}

static ssize_t frame_seal_show(struct kobject *kobj, struct kobj_attribute *attr,
			       char *buf)
{
	return sysfs_emit(buf, "%s\n", gnv_seal_kind());
}

static struct kobj_attribute version_attr = __ATTR_RO(version);
static struct kobj_attribute driver_attr = __ATTR_RO(driver);
static struct kobj_attribute reason_attr = __ATTR_RO(reason);
static struct kobj_attribute frame_seal_attr =
	GNV_SYSFS_DOTTED("frame.seal", 0444, frame_seal_show, NULL);

static struct attribute *root_attrs[] = {
	&version_attr.attr,
	&driver_attr.attr,
	&reason_attr.attr,
	&frame_seal_attr.attr,
	NULL,
};

static const struct attribute_group root_group = { .attrs = root_attrs };

static struct gnv_sysfs_dir *make_dir(struct kobject *parent, const struct kobj_type *type,
				      struct gnv_container *container, u32 gpu,
				      const char *format, ...) __printf(5, 6);

static struct gnv_sysfs_dir *make_dir(struct kobject *parent, const struct kobj_type *type,
				      struct gnv_container *container, u32 gpu,
				      const char *format, ...)
{
	struct gnv_sysfs_dir *dir;
	char name[24];
	va_list args;

	dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	if (!dir)
		return NULL;
	dir->container = gnv_container_get(container);
	dir->gpu = gpu;
	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	if (kobject_init_and_add(&dir->kobj, type, parent, "%s", name)) {
		kobject_put(&dir->kobj);
		return NULL;
	}
	if (container)
		dir->events = sysfs_get_dirent(dir->kobj.sd, "vram.events");
	return dir;
}

static void remove_dir(struct gnv_sysfs_dir *dir)
{
	if (!dir)
		return;
	if (dir->events)
		sysfs_put(dir->events);
	kobject_del(&dir->kobj);
	kobject_put(&dir->kobj);
}

/* Where the directory of a GPU hangs, or would. */
static struct gnv_sysfs_dir **find_gpu_dir(struct gnv_container *container, u32 gpu)
{
	struct gnv_sysfs_dir **link = &container->sysfs->next;

	while (*link && (*link)->gpu != gpu)
		link = &(*link)->next;
	return link;
}

/*
 * Of the only GPU there is no more to say than the container's own files say, unless
 * the two have limits of their own.
 */
static bool is_whole(struct gnv_container *container, u32 gpu)
{
	struct gnv_account_stats stats;

	return gnv_gpu_slots() == 1 && !gnv_account_stats(container, gpu, &stats) &&
	       stats.counter.max_bytes == GHOSTNV_UNLIMITED &&
	       stats.counter.high_bytes == GHOSTNV_UNLIMITED && !stats.counter.low_bytes;
}

/* A container does without a directory for which there is no memory. */
static void add_gpu_dir(struct gnv_container *container, u32 gpu)
{
	struct gnv_sysfs_dir **link = find_gpu_dir(container, gpu), *dir;
	struct kobject *parent = &container->sysfs->kobj;
	char name[GPU_DIR_NAME_MAX];

	if (*link)
		return;
	snprintf(name, sizeof(name), "gpu%u", gpu);
	sysfs_remove_link(parent, name);
	if (is_whole(container, gpu) && !sysfs_create_link(parent, parent, name))
		return;
	dir = make_dir(parent, &scope_type, container, gpu, "%s", name);
	spin_lock(&notify_lock);
	*link = dir;
	spin_unlock(&notify_lock);
}

static void remove_gpu_dir(struct gnv_container *container, u32 gpu)
{
	struct gnv_sysfs_dir **link = find_gpu_dir(container, gpu), *dir = *link;
	char name[GPU_DIR_NAME_MAX];

	if (!dir) {
		snprintf(name, sizeof(name), "gpu%u", gpu);
		sysfs_remove_link(&container->sysfs->kobj, name);
		return;
	}
	spin_lock(&notify_lock);
	*link = dir->next;
	spin_unlock(&notify_lock);
	remove_dir(dir);
}

/**
 * gnv_sysfs_container_split() - give a container a directory for each GPU
 * @container: the container, which has one itself
 *
 * Where both would say the same, a link to its own takes less memory.
 *
 * Context: container_lock is held.
 */
void gnv_sysfs_container_split(struct gnv_container *container)
{
	u32 gpu;

	for (gpu = 0; gpu < GHOSTNV_GPUS_MAX; gpu++) {
		if ((gnv_gpu_mask() >> gpu) & 1)
			add_gpu_dir(container, gpu);
	}
}

static void split_one(struct gnv_container *container, void *unused)
{
	gnv_sysfs_container_split(container);
}

static void remove_one_gpu_dir(struct gnv_container *container, void *gpu)
{
	remove_gpu_dir(container, *(u32 *)gpu);
}

static void notify_dir(struct gnv_sysfs_dir *dir)
{
	if (dir && dir->events)
		sysfs_notify_dirent(dir->events);
}

/**
 * gnv_sysfs_notify() - vram.events of a container and of those above may differ
 * @container: the container
 * @gpu: GPU's index or GHOSTNV_GPU_TOTAL
 *
 * Context: Any but interrupts; the caller has a reference.
 */
void gnv_sysfs_notify(struct gnv_container *container, u32 gpu)
{
	rcu_read_lock();
	spin_lock(&notify_lock);
	for (; container; container = READ_ONCE(container->parent)) {
		if (!container->sysfs)
			continue;
		notify_dir(container->sysfs);
		if (gpu != GHOSTNV_GPU_TOTAL)
			notify_dir(*find_gpu_dir(container, gpu));
	}
	spin_unlock(&notify_lock);
	rcu_read_unlock();
}

/**
 * gnv_sysfs_notify_file() - wake those who poll a file of a container
 * @container: the container, may be NULL
 * @gpu: GPU's index or GHOSTNV_GPU_TOTAL
 * @name: the file's
 *
 * Context: Process context; may sleep; the caller has a reference.
 */
void gnv_sysfs_notify_file(struct gnv_container *container, u32 gpu, const char *name)
{
	struct gnv_sysfs_dir *dir = NULL;

	if (!container)
		return;
	spin_lock(&notify_lock);
	if (container->sysfs)
		dir = gpu == GHOSTNV_GPU_TOTAL ? container->sysfs :
						 *find_gpu_dir(container, gpu);
	if (dir)
		kobject_get(&dir->kobj);
	spin_unlock(&notify_lock);
	if (!dir)
		return;
	sysfs_notify(&dir->kobj, NULL, name);
	kobject_put(&dir->kobj);
}

/**
 * gnv_sysfs_container_add() - make the directories of a container
 * @container: the container, which is not published yet
 *
 * Context: container_lock is held.
 * Return: 0 or -ENOMEM.
 */
int gnv_sysfs_container_add(struct gnv_container *container)
{
	struct gnv_sysfs_dir *dir;

	dir = make_dir(containers_kobj, &container_type, container,
		       GHOSTNV_GPU_TOTAL, "%llu", container->id);
	if (!dir)
		return -ENOMEM;
	if (sysfs_create_bin_file(&dir->kobj, &gnv_sysfs_report_attr)) {
		remove_dir(dir);
		return -ENOMEM;
	}
	spin_lock(&notify_lock);
	container->sysfs = dir;
	spin_unlock(&notify_lock);
	gnv_sysfs_container_split(container);
	return 0;
}

/**
 * gnv_sysfs_container_remove() - remove the directories of a container
 * @container: the container, which is no longer published
 *
 * Context: container_lock is held; waits for readers and writers of the files.
 */
void gnv_sysfs_container_remove(struct gnv_container *container)
{
	struct gnv_sysfs_dir *dir = container->sysfs;

	while (dir->next)
		remove_gpu_dir(container, dir->next->gpu);
	spin_lock(&notify_lock);
	container->sysfs = NULL;
	spin_unlock(&notify_lock);
	remove_dir(dir);
}

/**
 * gnv_sysfs_gpu_add() - a GPU was attached
 * @gpu: its index
 *
 * Context: Process context; may sleep.
 */
void gnv_sysfs_gpu_add(u32 gpu)
{
	gpu_dirs[gpu] = make_dir(gpus_kobj, &gpu_type, NULL, gpu, "%u", gpu);
	/* What was the only one may be so no longer. */
	gnv_container_for_each(split_one, NULL);
}

/**
 * gnv_sysfs_gpu_remove() - a GPU was detached
 * @gpu: its index
 *
 * Context: Process context; may sleep.
 */
void gnv_sysfs_gpu_remove(u32 gpu)
{
	gnv_container_for_each(remove_one_gpu_dir, &gpu);
	remove_dir(gpu_dirs[gpu]);
	gpu_dirs[gpu] = NULL;
}

/**
 * gnv_sysfs_init() - make /sys/kernel/ghostnv
 *
 * Context: Module's start; may sleep.
 * Return: 0 or a negative errno.
 */
int gnv_sysfs_init(void)
{
	root_kobj = kobject_create_and_add("ghostnv", kernel_kobj);
	if (!root_kobj)
		return -ENOMEM;
	gpus_kobj = kobject_create_and_add("gpus", root_kobj);
	containers_kobj = kobject_create_and_add("containers", root_kobj);
	if (gpus_kobj && containers_kobj &&
	    !sysfs_create_group(root_kobj, &root_group) &&
	    !sysfs_create_group(root_kobj, &gnv_scrub_root_group))
		return 0;
	gnv_sysfs_fini();
	return -ENOMEM;
}

/**
 * gnv_sysfs_fini() - remove /sys/kernel/ghostnv
 *
 * Context: Module's end; may sleep.  No container and no GPU is left.
 */
void gnv_sysfs_fini(void)
{
	kobject_put(containers_kobj);
	kobject_put(gpus_kobj);
	kobject_put(root_kobj);
}
