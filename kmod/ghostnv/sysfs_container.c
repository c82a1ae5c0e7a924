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

static ssize_t bytes_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	u64 bytes;
	int ret = gnv_sysfs_get_limit(kobj, gnv_sysfs_what(attr), &bytes);

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

static ssize_t bytes_store(struct kobject *kobj, struct kobj_attribute *attr,
			   const char *buf, size_t len)
{
	u32 limit = gnv_sysfs_what(attr);
	u64 bytes;
	int ret;

	ret = parse_limit(buf, len, &bytes);
	if (!ret && bytes == GHOSTNV_UNLIMITED && limit == GHOSTNV_LIMIT_VRAM_LOW)
		ret = -EINVAL;
	return ret ?: gnv_sysfs_set_limit(kobj, limit, bytes, len);
}

static const char *const policies[] = {
	[GHOSTNV_OOM_FAIL] = "fail",
	[GHOSTNV_OOM_WAIT] = "wait",
	[GHOSTNV_OOM_EVICT] = "evict",
	[GHOSTNV_OOM_KILL] = "kill",
};

static ssize_t oom_policy_show(struct kobject *kobj, struct kobj_attribute *attr,
			       char *buf)
{
	u64 policy;
	int ret = gnv_sysfs_get_limit(kobj, GHOSTNV_LIMIT_OOM_POLICY, &policy);

	return ret ?: sysfs_emit(buf, "%s\n", policies[policy]);
}

static ssize_t oom_policy_store(struct kobject *kobj,
				struct kobj_attribute *attr, const char *buf,
				size_t len)
{
	int policy = sysfs_match_string(policies, buf);

	if (policy < 0)
		return policy;
	return gnv_sysfs_set_limit(kobj, GHOSTNV_LIMIT_OOM_POLICY, policy, len);
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

static struct gnv_sysfs_file vram_max =
	GNV_SYSFS_FILE("vram.max", bytes_show, bytes_store, GHOSTNV_LIMIT_VRAM_MAX);
static struct gnv_sysfs_file vram_high =
	GNV_SYSFS_FILE("vram.high", bytes_show, bytes_store, GHOSTNV_LIMIT_VRAM_HIGH);
static struct gnv_sysfs_file vram_low =
	GNV_SYSFS_FILE("vram.low", bytes_show, bytes_store, GHOSTNV_LIMIT_VRAM_LOW);
static struct kobj_attribute oom_policy_attr =
	GNV_SYSFS_DOTTED("oom.policy", 0644, oom_policy_show, oom_policy_store);
static struct gnv_sysfs_file oom_priority =
	GNV_SYSFS_FILE("oom.priority", gnv_sysfs_number_show, gnv_sysfs_number_store,
		       GHOSTNV_LIMIT_OOM_PRIORITY);
static struct gnv_sysfs_file oom_wait_ms =
	GNV_SYSFS_FILE("oom.wait_ms", gnv_sysfs_number_show, gnv_sysfs_number_store,
		       GHOSTNV_LIMIT_OOM_WAIT_MS);
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
	&vram_max.attr.attr,
	&vram_high.attr.attr,
	&vram_low.attr.attr,
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
	&vram_max.attr.attr,
	&vram_high.attr.attr,
	&vram_low.attr.attr,
	&vram_current_attr.attr,
	&vram_peak_attr.attr,
	&vram_events_attr.attr,
	&vram_stat_attr.attr,
	&cgroup_attr.attr,
	&gpus_attr.attr,
	&oom_policy_attr.attr,
	&oom_priority.attr.attr,
	&oom_wait_ms.attr.attr,
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
