// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/ghostnv: see docs/sysfs.md.  The files take account_lock and
 * gpu_lock at most, so that their directories can be removed under
 * container_lock.
 */
#include <linux/bitmap.h>
#include <linux/capability.h>
#include <linux/cgroup.h>
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "account.h"
#include "attach.h"
#include "container.h"
#include "gpu.h"
#include "sysfs.h"

/**
 * struct dir - one directory
 * @kobj: the directory
 * @container: whose it is, with a reference; NULL below gpus/
 * @gpu: GPU's index or GHOSTNV_GPU_TOTAL
 */
struct dir {
	struct kobject kobj;
	struct gnv_container *container;
	u32 gpu;
};

/**
 * struct gnv_sysfs_container - the directories of one container
 * @total: its own
 * @gpu: those of the GPUs; written under container_lock
 */
struct gnv_sysfs_container {
	struct dir *total;
	struct dir *gpu[GHOSTNV_GPUS_MAX];
};

static struct kobject *root_kobj;
static struct kobject *gpus_kobj;
static struct kobject *containers_kobj;
/* Written when a GPU comes or goes, which is one at a time. */
static struct dir *gpu_dirs[GHOSTNV_GPUS_MAX];

static struct dir *to_dir(struct kobject *kobj)
{
	return container_of(kobj, struct dir, kobj);
}

static void dir_release(struct kobject *kobj)
{
	struct dir *dir = to_dir(kobj);

	gnv_container_put(dir->container);
	kfree(dir);
}

static ssize_t emit_limit(char *buf, u64 bytes)
{
	if (bytes == GHOSTNV_UNLIMITED)
		return sysfs_emit(buf, "max\n");
	return sysfs_emit(buf, "%llu\n", bytes);
}

static void get_stats(struct kobject *kobj, struct gnv_account_stats *stats)
{
	struct dir *dir = to_dir(kobj);

	if (gnv_account_stats(dir->container, dir->gpu, stats))
		memset(stats, 0, sizeof(*stats));
}

static ssize_t vram_max_show(struct kobject *kobj, struct kobj_attribute *attr,
			     char *buf)
{
	struct gnv_account_stats stats;

	get_stats(kobj, &stats);
	return emit_limit(buf, stats.counter.max_bytes);
}

/* Digits and a suffix, as memparse() takes them, but without wrapping round. */
static int parse_bytes(char *word, u64 *bytes)
{
	static const char suffixes[] = "kmgtpe";
	size_t len = strlen(word);
	const char *suffix;
	u32 shift = 0;
	int ret;

	suffix = len ? strchr(suffixes, tolower(word[len - 1])) : NULL;
	if (suffix) {
		shift = 10 * (suffix - suffixes + 1);
		word[len - 1] = '\0';
	}
	if (!isdigit(word[0]))
		return -EINVAL;
	ret = kstrtou64(word, 10, bytes);
	if (ret)
		return ret;
	if (*bytes > U64_MAX >> shift)
		return -ERANGE;
	*bytes <<= shift;
	return *bytes ? 0 : -EINVAL;
}

static int parse_limit(const char *text, size_t len, u64 *bytes)
{
	char copy[32], *word;

	if (len >= sizeof(copy))
		return -EINVAL;
	strscpy(copy, text, sizeof(copy));
	word = strim(copy);
	if (!strcmp(word, "max")) {
		*bytes = GHOSTNV_UNLIMITED;
		return 0;
	}
	return parse_bytes(word, bytes);
}

static ssize_t vram_max_store(struct kobject *kobj, struct kobj_attribute *attr,
			      const char *buf, size_t len)
{
	struct dir *dir = to_dir(kobj);
	u64 bytes;
	int ret;

	/* Root of a container's user namespace may own a mount of sysfs. */
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	ret = parse_limit(buf, len, &bytes);
	if (!ret)
		ret = gnv_account_set_max(dir->container, dir->gpu, bytes, false);
	return ret ?: len;
}

static ssize_t vram_current_show(struct kobject *kobj,
				 struct kobj_attribute *attr, char *buf)
{
	struct gnv_account_stats stats;

	get_stats(kobj, &stats);
	return sysfs_emit(buf, "%llu\n", stats.counter.usage_bytes);
}

static ssize_t vram_peak_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	struct gnv_account_stats stats;

	get_stats(kobj, &stats);
	return sysfs_emit(buf, "%llu\n", stats.counter.peak_bytes);
}

static ssize_t vram_events_show(struct kobject *kobj,
				struct kobj_attribute *attr, char *buf)
{
	struct dir *dir = to_dir(kobj);
	struct gnv_account_stats stats;

	get_stats(kobj, &stats);
	if (dir->gpu != GHOSTNV_GPU_TOTAL)
		return sysfs_emit(buf, "max %llu\n", stats.counter.refused);
	return sysfs_emit(buf, "max %llu\nrefused %lld\ndenied %lld\n",
			  stats.counter.refused,
			  atomic64_read(&dir->container->refused),
			  atomic64_read(&dir->container->denied));
}

static ssize_t vram_stat_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	struct dir *dir = to_dir(kobj);
	struct gnv_account_stats stats;
	ssize_t len;

	get_stats(kobj, &stats);
	len = sysfs_emit(buf, "allocations %llu\ncontexts %llu\n",
			 stats.counter.allocations, stats.counter.contexts);
	if (dir->gpu == GHOSTNV_GPU_TOTAL)
		len += sysfs_emit_at(buf, len, "sessions %llu\nclients %llu\n",
				     stats.sessions, stats.clients);
	return len;
}

static ssize_t cgroup_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	char *path;
	ssize_t len;

	path = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!path)
		return -ENOMEM;
	if (cgroup_path(to_dir(kobj)->container->cgroup, path, PAGE_SIZE) < 0)
		len = -ENAMETOOLONG;
	else
		len = sysfs_emit(buf, "%s\n", path);
	kfree(path);
	return len;
}

static ssize_t gpus_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	DECLARE_BITMAP(map, GHOSTNV_GPUS_MAX);

	bitmap_from_u64(map, READ_ONCE(to_dir(kobj)->container->gpus));
	return sysfs_emit(buf, "%*pbl\n", GHOSTNV_GPUS_MAX, map);
}

static ssize_t gpus_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t len)
{
	struct gnv_container *container = to_dir(kobj)->container;
	DECLARE_BITMAP(map, GHOSTNV_GPUS_MAX);
	u64 mask;
	int ret;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	ret = bitmap_parselist(buf, map, GHOSTNV_GPUS_MAX);
	if (ret)
		return ret;
	bitmap_to_arr64(&mask, map, GHOSTNV_GPUS_MAX);
	if (mask & ~(gnv_gpu_mask() | READ_ONCE(container->gpus)))
		return -ENOENT;
	ret = gnv_account_set_gpus(container, mask, false);
	return ret ?: len;
}

/* __ATTR() would expand "current", which is a macro. */
#define DOTTED(string, bits, show_fn, store_fn) {		\
	.attr = { .name = (string), .mode = (bits) },		\
	.show = (show_fn),					\
	.store = (store_fn),					\
}

static struct kobj_attribute vram_max_attr =
	DOTTED("vram.max", 0644, vram_max_show, vram_max_store);
static struct kobj_attribute vram_current_attr =
	DOTTED("vram.current", 0444, vram_current_show, NULL);
static struct kobj_attribute vram_peak_attr =
	DOTTED("vram.peak", 0444, vram_peak_show, NULL);
static struct kobj_attribute vram_events_attr =
	DOTTED("vram.events", 0444, vram_events_show, NULL);
static struct kobj_attribute vram_stat_attr =
	DOTTED("vram.stat", 0444, vram_stat_show, NULL);
static struct kobj_attribute cgroup_attr = __ATTR_RO(cgroup);
static struct kobj_attribute gpus_attr = __ATTR_RW(gpus);

static struct attribute *scope_attrs[] = {
	&vram_max_attr.attr,
	&vram_current_attr.attr,
	&vram_peak_attr.attr,
	&vram_events_attr.attr,
	&vram_stat_attr.attr,
	NULL,
};
ATTRIBUTE_GROUPS(scope);

static struct attribute *container_attrs[] = {
	&vram_max_attr.attr,
	&vram_current_attr.attr,
	&vram_peak_attr.attr,
	&vram_events_attr.attr,
	&vram_stat_attr.attr,
	&cgroup_attr.attr,
	&gpus_attr.attr,
	NULL,
};
ATTRIBUTE_GROUPS(container);

static const struct kobj_type scope_type = {
	.release = dir_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = scope_groups,
};

static const struct kobj_type container_type = {
	.release = dir_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = container_groups,
};

/* A copy of the entry; empty when the GPU has just gone. */
static void get_gpu(struct kobject *kobj, struct gnv_gpu *gpu)
{
	if (gnv_gpu_get(to_dir(kobj)->gpu, gpu))
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
			  gnv_account_machine_usage(to_dir(kobj)->gpu));
}

static struct kobj_attribute pci_attr = __ATTR_RO(pci);
static struct kobj_attribute uuid_attr = __ATTR_RO(uuid);
static struct kobj_attribute name_attr = __ATTR_RO(name);
static struct kobj_attribute minor_attr = __ATTR_RO(minor);
static struct kobj_attribute vram_total_attr =
	DOTTED("vram.total", 0444, vram_total_show, NULL);
static struct kobj_attribute vram_used_attr =
	DOTTED("vram.used", 0444, vram_used_show, NULL);

static struct attribute *gpu_attrs[] = {
	&pci_attr.attr,
	&uuid_attr.attr,
	&name_attr.attr,
	&minor_attr.attr,
	&vram_total_attr.attr,
	&vram_used_attr.attr,
	NULL,
};
ATTRIBUTE_GROUPS(gpu);

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

static struct kobj_attribute version_attr = __ATTR_RO(version);
static struct kobj_attribute driver_attr = __ATTR_RO(driver);
static struct kobj_attribute reason_attr = __ATTR_RO(reason);

static struct attribute *root_attrs[] = {
	&version_attr.attr,
	&driver_attr.attr,
	&reason_attr.attr,
	NULL,
};

static const struct attribute_group root_group = { .attrs = root_attrs };

static struct dir *make_dir(struct kobject *parent, const struct kobj_type *type,
			    struct gnv_container *container, u32 gpu,
			    const char *format, ...) __printf(5, 6);

static struct dir *make_dir(struct kobject *parent, const struct kobj_type *type,
			    struct gnv_container *container, u32 gpu,
			    const char *format, ...)
{
	struct dir *dir;
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
	if (!kobject_init_and_add(&dir->kobj, type, parent, "%s", name))
		return dir;
	kobject_put(&dir->kobj);
	return NULL;
}

static void remove_dir(struct dir *dir)
{
	if (!dir)
		return;
	kobject_del(&dir->kobj);
	kobject_put(&dir->kobj);
}

/* A container does without a directory for which there is no memory. */
static void add_gpu_dir(struct gnv_container *container, u32 gpu)
{
	struct gnv_sysfs_container *sysfs = container->sysfs;

	if (!sysfs->gpu[gpu])
		sysfs->gpu[gpu] = make_dir(&sysfs->total->kobj, &scope_type,
					   container, gpu, "gpu%u", gpu);
}

static void remove_gpu_dir(struct gnv_container *container, u32 gpu)
{
	remove_dir(container->sysfs->gpu[gpu]);
	container->sysfs->gpu[gpu] = NULL;
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
	struct gnv_sysfs_container *sysfs;
	u32 gpu;

	sysfs = kzalloc(sizeof(*sysfs), GFP_KERNEL);
	if (!sysfs)
		return -ENOMEM;
	sysfs->total = make_dir(containers_kobj, &container_type, container,
				GHOSTNV_GPU_TOTAL, "%llu", container->id);
	if (!sysfs->total) {
		kfree(sysfs);
		return -ENOMEM;
	}
	container->sysfs = sysfs;
	for (gpu = 0; gpu < GHOSTNV_GPUS_MAX; gpu++) {
		if ((gnv_gpu_mask() >> gpu) & 1)
			add_gpu_dir(container, gpu);
	}
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
	struct gnv_sysfs_container *sysfs = container->sysfs;
	u32 gpu;

	for (gpu = 0; gpu < GHOSTNV_GPUS_MAX; gpu++)
		remove_gpu_dir(container, gpu);
	remove_dir(sysfs->total);
	container->sysfs = NULL;
	kfree(sysfs);
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
	gnv_container_for_each(add_gpu_dir, gpu);
}

/**
 * gnv_sysfs_gpu_remove() - a GPU was detached
 * @gpu: its index
 *
 * Context: Process context; may sleep.
 */
void gnv_sysfs_gpu_remove(u32 gpu)
{
	gnv_container_for_each(remove_gpu_dir, gpu);
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
	    !sysfs_create_group(root_kobj, &root_group))
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
