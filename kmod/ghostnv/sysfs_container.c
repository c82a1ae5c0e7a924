// SPDX-License-Identifier: GPL-2.0
/*
 * The files of containers in /sys/kernel/ghostnv: see docs/sysfs.md.  They take
 * account_lock, or that of the reports, at most.
 */
#include <linux/bitmap.h>
#include <linux/cgroup.h>
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "account.h"
#include "compat/sysfs.h"
#include "container.h"
#include "gpu.h"
#include "oom.h"
#include "sysfs_dir.h"

static ssize_t emit_limit(char *buf, u64 bytes)
{
	if (bytes == GHOSTNV_UNLIMITED)
		return sysfs_emit(buf, "max\n");
	return sysfs_emit(buf, "%llu\n", bytes);
}

static void get_stats(struct kobject *kobj, struct gnv_account_stats *stats)
{
	struct gnv_sysfs_dir *dir = gnv_sysfs_to_dir(kobj);

	if (gnv_account_stats(dir->container, dir->gpu, stats))
		memset(stats, 0, sizeof(*stats));
}

static ssize_t show_bytes(struct kobject *kobj, u32 limit, char *buf)
{
	struct gnv_sysfs_dir *dir = gnv_sysfs_to_dir(kobj);
	u64 bytes;
	int ret;

	ret = gnv_account_get_limit(dir->container, limit, dir->gpu, &bytes);
	return ret ?: emit_limit(buf, bytes);
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
	return 0;
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

static ssize_t store_bytes(struct kobject *kobj, u32 limit, const char *buf,
			   size_t len)
{
	struct gnv_sysfs_dir *dir = gnv_sysfs_to_dir(kobj);
	u64 bytes;
	int ret;

	/* Root of a container's user namespace may own a mount of sysfs. */
	if (!gnv_container_may_manage(dir->container))
		return -EPERM;
	ret = parse_limit(buf, len, &bytes);
	if (!ret && bytes == GHOSTNV_UNLIMITED && limit == GHOSTNV_LIMIT_VRAM_LOW)
		ret = -EINVAL;
	if (!ret)
		ret = gnv_account_set_limit(dir->container, limit, dir->gpu,
					    bytes, false);
	return ret ?: len;
}

#define BYTES_FILE(name, limit) \
	static ssize_t name##_show(struct kobject *kobj, struct kobj_attribute *attr, \
				   char *buf) \
	{ \
		return show_bytes(kobj, limit, buf); \
	} \
\
	static ssize_t name##_store(struct kobject *kobj, struct kobj_attribute *attr, \
				    const char *buf, size_t len) \
	{ \
		return store_bytes(kobj, limit, buf, len); \
	}

BYTES_FILE(vram_max, GHOSTNV_LIMIT_VRAM_MAX)
BYTES_FILE(vram_high, GHOSTNV_LIMIT_VRAM_HIGH)
BYTES_FILE(vram_low, GHOSTNV_LIMIT_VRAM_LOW)

static u64 get_number(struct kobject *kobj, u32 limit)
{
	u64 value = 0;

	gnv_account_get_limit(gnv_sysfs_to_dir(kobj)->container, limit,
			      GHOSTNV_GPU_TOTAL, &value);
	return value;
}

static ssize_t set_number(struct kobject *kobj, u32 limit, u64 value, size_t len)
{
	struct gnv_container *container = gnv_sysfs_to_dir(kobj)->container;
	int ret;

	if (!gnv_container_may_manage(container))
		return -EPERM;
	ret = gnv_account_set_limit(container, limit, GHOSTNV_GPU_TOTAL, value,
				    false);
	return ret ?: len;
}

#define NUMBER_FILE(name, limit) \
	static ssize_t name##_show(struct kobject *kobj, struct kobj_attribute *attr, \
				   char *buf) \
	{ \
		return sysfs_emit(buf, "%llu\n", get_number(kobj, limit)); \
	} \
\
	static ssize_t name##_store(struct kobject *kobj, struct kobj_attribute *attr, \
				    const char *buf, size_t len) \
	{ \
		u64 value; \
		int ret = kstrtou64(buf, 10, &value); \
\
		return ret ?: set_number(kobj, limit, value, len); \
	}

NUMBER_FILE(oom_priority, GHOSTNV_LIMIT_OOM_PRIORITY)
NUMBER_FILE(oom_wait_ms, GHOSTNV_LIMIT_OOM_WAIT_MS)

static const char *const policies[] = {
	[GHOSTNV_OOM_FAIL] = "fail",
	[GHOSTNV_OOM_WAIT] = "wait",
	[GHOSTNV_OOM_EVICT] = "evict",
	[GHOSTNV_OOM_KILL] = "kill",
};

static ssize_t oom_policy_show(struct kobject *kobj, struct kobj_attribute *attr,
			       char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  policies[get_number(kobj, GHOSTNV_LIMIT_OOM_POLICY)]);
}

static ssize_t oom_policy_store(struct kobject *kobj,
				struct kobj_attribute *attr, const char *buf,
				size_t len)
{
	int policy = sysfs_match_string(policies, buf);

	if (policy < 0)
		return policy;
	return set_number(kobj, GHOSTNV_LIMIT_OOM_POLICY, policy, len);
}

static ssize_t oom_report_read(struct file *file, struct kobject *kobj,
			       gnv_bin_attribute *attr, char *buf, loff_t offset,
			       size_t size)
{
	struct gnv_container *container = gnv_sysfs_to_dir(kobj)->container;

	/* It names processes that are not everybody's to see. */
	if (!gnv_container_may_manage(container))
		return -EPERM;
	return gnv_oom_report_read(container, buf, offset, size);
}

const struct bin_attribute gnv_sysfs_report_attr = {
	.attr = { .name = "oom.report", .mode = 0400 },
	.read = oom_report_read,
};

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
	struct gnv_sysfs_dir *dir = gnv_sysfs_to_dir(kobj);
	struct gnv_account_stats stats;

	ssize_t len;

	get_stats(kobj, &stats);
	len = sysfs_emit(buf,
			 "low %llu\nhigh %llu\nmax %llu\noom %llu\noom_kill %llu\nevict %llu\nwait %llu\n",
			 stats.counter.events[GNV_QUOTA_LOW],
			 stats.counter.events[GNV_QUOTA_HIGH],
			 stats.counter.events[GNV_QUOTA_MAX],
			 stats.counter.events[GNV_QUOTA_OOM],
			 stats.counter.events[GNV_QUOTA_OOM_KILL],
			 stats.counter.events[GNV_QUOTA_EVICT],
			 stats.counter.events[GNV_QUOTA_WAIT]);
	if (dir->gpu == GHOSTNV_GPU_TOTAL)
		len += sysfs_emit_at(buf, len, "refused %lld\ndenied %lld\n",
				     atomic64_read(&dir->container->refused),
				     atomic64_read(&dir->container->denied));
	return len;
}

static ssize_t vram_stat_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	struct gnv_sysfs_dir *dir = gnv_sysfs_to_dir(kobj);
	struct gnv_account_stats stats;
	ssize_t len;

	get_stats(kobj, &stats);
	len = sysfs_emit(buf, "allocations %llu\ncontexts %llu\nqueues %llu\nspaces %llu\norphaned %llu\n",
			 stats.counter.counts[GNV_QUOTA_ALLOCATION],
			 stats.counter.counts[GNV_QUOTA_CONTEXT],
			 stats.counter.counts[GNV_QUOTA_QUEUE],
			 stats.counter.counts[GNV_QUOTA_SPACE],
			 stats.counter.orphan_bytes);
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
	if (cgroup_path(gnv_sysfs_to_dir(kobj)->container->cgroup, path, PAGE_SIZE) < 0)
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

	bitmap_from_u64(map, READ_ONCE(gnv_sysfs_to_dir(kobj)->container->gpus));
	return sysfs_emit(buf, "%*pbl\n", GHOSTNV_GPUS_MAX, map);
}

static ssize_t gpus_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t len)
{
	struct gnv_container *container = gnv_sysfs_to_dir(kobj)->container;
	DECLARE_BITMAP(map, GHOSTNV_GPUS_MAX);
	u64 mask;
	int ret;

	if (!gnv_container_may_manage(container))
		return -EPERM;
	ret = bitmap_parselist(buf, map, GHOSTNV_GPUS_MAX);
	if (ret)
		return ret;
	bitmap_to_arr64(&mask, map, GHOSTNV_GPUS_MAX);
	if (mask & ~(gnv_gpu_mask() | READ_ONCE(container->gpus)))
		return -ENOENT;
	ret = gnv_account_set_limit(container, GHOSTNV_LIMIT_GPUS,
				    GHOSTNV_GPU_TOTAL, mask, false);
	return ret ?: len;
}

static struct kobj_attribute vram_max_attr =
	GNV_SYSFS_DOTTED("vram.max", 0644, vram_max_show, vram_max_store);
static struct kobj_attribute vram_high_attr =
	GNV_SYSFS_DOTTED("vram.high", 0644, vram_high_show, vram_high_store);
static struct kobj_attribute vram_low_attr =
	GNV_SYSFS_DOTTED("vram.low", 0644, vram_low_show, vram_low_store);
static struct kobj_attribute oom_policy_attr =
	GNV_SYSFS_DOTTED("oom.policy", 0644, oom_policy_show, oom_policy_store);
static struct kobj_attribute oom_priority_attr =
	GNV_SYSFS_DOTTED("oom.priority", 0644, oom_priority_show,
			 oom_priority_store);
static struct kobj_attribute oom_wait_ms_attr =
	GNV_SYSFS_DOTTED("oom.wait_ms", 0644, oom_wait_ms_show, oom_wait_ms_store);
static struct kobj_attribute vram_current_attr =
	GNV_SYSFS_DOTTED("vram.current", 0444, vram_current_show, NULL);
static struct kobj_attribute vram_peak_attr =
	GNV_SYSFS_DOTTED("vram.peak", 0444, vram_peak_show, NULL);
static struct kobj_attribute vram_events_attr =
	GNV_SYSFS_DOTTED("vram.events", 0444, vram_events_show, NULL);
static struct kobj_attribute vram_stat_attr =
	GNV_SYSFS_DOTTED("vram.stat", 0444, vram_stat_show, NULL);
static struct kobj_attribute cgroup_attr = __ATTR_RO(cgroup);
static struct kobj_attribute gpus_attr = __ATTR_RW(gpus);

static struct attribute *scope_attrs[] = {
	&vram_max_attr.attr,
	&vram_high_attr.attr,
	&vram_low_attr.attr,
	&vram_current_attr.attr,
	&vram_peak_attr.attr,
	&vram_events_attr.attr,
	&vram_stat_attr.attr,
	NULL,
};
static const struct attribute_group scope_group = { .attrs = scope_attrs };

const struct attribute_group *gnv_sysfs_scope_groups[] = {
	&scope_group,
	&gnv_sysfs_time_group,
	NULL,
};

static struct attribute *container_attrs[] = {
	&vram_max_attr.attr,
	&vram_high_attr.attr,
	&vram_low_attr.attr,
	&vram_current_attr.attr,
	&vram_peak_attr.attr,
	&vram_events_attr.attr,
	&vram_stat_attr.attr,
	&cgroup_attr.attr,
	&gpus_attr.attr,
	&oom_policy_attr.attr,
	&oom_priority_attr.attr,
	&oom_wait_ms_attr.attr,
	NULL,
};
static const struct attribute_group container_group = {
	.attrs = container_attrs,
};

const struct attribute_group *gnv_sysfs_container_groups[] = {
	&container_group,
	&gnv_sysfs_time_group,
	NULL,
};
