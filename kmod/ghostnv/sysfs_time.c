// SPDX-License-Identifier: GPL-2.0
/*
 * The files of containers about GPU time: see docs/sysfs.md.  They take the gate's
 * locks, and may call the driver.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "container.h"
#include "gate.h"
#include "sysfs_dir.h"

static ssize_t gpu_max_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	u64 value;
	int ret = gnv_sysfs_get_limit(kobj, GHOSTNV_LIMIT_GPU_MAX, &value);

	if (ret)
		return ret;
	if (value == GHOSTNV_UNLIMITED)
		return sysfs_emit(buf, "max %u\n", GHOSTNV_GPU_PERIOD_US_DEFAULT);
	return sysfs_emit(buf, "%u %u\n", GHOSTNV_GPU_MAX_QUOTA_US(value),
			  GHOSTNV_GPU_MAX_PERIOD_US(value));
}

static bool is_period(u32 us)
{
	return us >= GHOSTNV_GPU_PERIOD_US_MIN && us <= GHOSTNV_GPU_PERIOD_US_MAX;
}

/* As cpu.max: the period may be left out, and stays as it is then. */
static int parse_max(struct kobject *kobj, const char *text, u64 *value)
{
	u32 quota_us, period_us = GHOSTNV_GPU_PERIOD_US_DEFAULT;
	char quota[16], period[16], rest;
	u64 before;
	int ret, n;

	/* sscanf() lets numbers wrap round. */
	n = sscanf(text, "%15s %15s %c", quota, period, &rest);
	if (n < 1 || n > 2)
		return -EINVAL;
	ret = n == 2 ? kstrtou32(period, 10, &period_us) : 0;
	if (ret)
		return ret;
	if (!strcmp(quota, "max")) {
		*value = GHOSTNV_UNLIMITED;
		return is_period(period_us) ? 0 : -EINVAL;
	}
	ret = kstrtou32(quota, 10, &quota_us);
	if (ret)
		return ret;
	ret = gnv_sysfs_get_limit(kobj, GHOSTNV_LIMIT_GPU_MAX, &before);
	if (ret)
		return ret;
	if (n == 1 && before != GHOSTNV_UNLIMITED)
		period_us = GHOSTNV_GPU_MAX_PERIOD_US(before);
	*value = GHOSTNV_GPU_MAX(quota_us, period_us);
	return *value == GHOSTNV_UNLIMITED ? -EINVAL : 0;
}

static ssize_t gpu_max_store(struct kobject *kobj, struct kobj_attribute *attr,
			     const char *buf, size_t len)
{
	u64 value;
	int ret = parse_max(kobj, buf, &value);

	return ret ?: gnv_sysfs_set_limit(kobj, GHOSTNV_LIMIT_GPU_MAX, value, len);
}

/* Return: 0, or -EOPNOTSUPP where nothing is measured. */
static int get_stat(struct kobject *kobj, struct gnv_gate_stat *stat)
{
	struct gnv_sysfs_dir *dir = gnv_sysfs_to_dir(kobj);
	u64 weight;
	int ret = gnv_sysfs_get_limit(kobj, GHOSTNV_LIMIT_GPU_WEIGHT, &weight);

	if (!ret)
		gnv_gate_stat(dir->container, dir->gpu, stat);
	return ret;
}

static ssize_t gpu_stat_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	const struct gnv_sched_stat *sched;
	struct gnv_gate_stat stat;
	ssize_t len;
	int ret = get_stat(kobj, &stat);

	if (ret)
		return ret;
	sched = &stat.sched;
	len = sysfs_emit(buf, "usage_usec %llu\nwait_usec %llu\n",
			 div_u64(sched->usage_ns, NSEC_PER_USEC),
			 gnv_gate_wait_us(&stat.pressure[GNV_WAIT_TIME], GNV_PRESSURE_FULL));
	len += sysfs_emit_at(buf, len,
			     "nr_periods %llu\nnr_throttled %llu\nthrottled_usec %llu\n",
			     sched->periods, sched->throttled,
			     div_u64(sched->throttled_ns, NSEC_PER_USEC));
	len += sysfs_emit_at(buf, len, "nr_gated %llu\nnr_demoted %llu\nnr_preemptions %llu\n",
			     sched->gated, sched->demoted, stat.preemptions);
	return len + sysfs_emit_at(buf, len, "queues %llu\npaused %d\n", stat.queues,
				   stat.is_paused);
}

static ssize_t emit_line(char *buf, ssize_t at, const char *name,
			 const struct gnv_pressure *pressure, enum gnv_pressure_state state)
{
	u32 averages[GNV_PRESSURE_AVERAGES], i;

	for (i = 0; i < GNV_PRESSURE_AVERAGES; i++)
		averages[i] = gnv_pressure_centi(pressure, state, i);
	return sysfs_emit_at(buf, at,
			     "%s avg10=%u.%02u avg60=%u.%02u avg300=%u.%02u total=%llu\n",
			     name, averages[GNV_PRESSURE_10S] / 100,
			     averages[GNV_PRESSURE_10S] % 100,
			     averages[GNV_PRESSURE_60S] / 100,
			     averages[GNV_PRESSURE_60S] % 100,
			     averages[GNV_PRESSURE_300S] / 100,
			     averages[GNV_PRESSURE_300S] % 100,
			     gnv_gate_wait_us(pressure, state));
}

static ssize_t emit_pressure(char *buf, const struct gnv_pressure *pressure)
{
	ssize_t len = emit_line(buf, 0, "some", pressure, GNV_PRESSURE_SOME);

	return len + emit_line(buf, len, "full", pressure, GNV_PRESSURE_FULL);
}

/* Memory can be waited for where nothing is known of time. */
static ssize_t pressure_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct gnv_sysfs_dir *dir = gnv_sysfs_to_dir(kobj);
	enum gnv_gate_wait what = gnv_sysfs_what(attr);
	struct gnv_gate_stat stat;
	int ret = 0;

	if (what == GNV_WAIT_TIME)
		ret = get_stat(kobj, &stat);
	else
		gnv_gate_stat(dir->container, dir->gpu, &stat);
	return ret ?: emit_pressure(buf, &stat.pressure[what]);
}

/* "some 150000 1000000", as files of the kernel's own pressure take it. */
static int parse_trigger(const char *text, struct gnv_gate_trigger *trigger)
{
	char state[8], threshold[24], window[24], rest;
	int ret;

	if (sscanf(text, "%7s %23s %23s %c", state, threshold, window, &rest) != 3)
		return -EINVAL;
	ret = kstrtou64(threshold, 10, &trigger->threshold_us);
	if (!ret)
		ret = kstrtou64(window, 10, &trigger->window_us);
	if (ret)
		return ret;
	if (!strcmp(state, "some"))
		trigger->state = GNV_PRESSURE_SOME;
	else if (!strcmp(state, "full"))
		trigger->state = GNV_PRESSURE_FULL;
	else
		return -EINVAL;
	return 0;
}

static ssize_t pressure_store(struct kobject *kobj, struct kobj_attribute *attr,
			      const char *buf, size_t len)
{
	struct gnv_sysfs_dir *dir = gnv_sysfs_to_dir(kobj);
	struct gnv_gate_trigger trigger;
	int ret;

	if (!gnv_container_may_manage(dir->container))
		return -EPERM;
	ret = parse_trigger(buf, &trigger);
	if (!ret)
		ret = gnv_gate_set_trigger(dir->container, dir->gpu, gnv_sysfs_what(attr),
					   &trigger);
	return ret ?: len;
}

static struct gnv_sysfs_file gpu_weight = GNV_SYSFS_FILE(
	"gpu.weight", gnv_sysfs_number_show, gnv_sysfs_number_store, GHOSTNV_LIMIT_GPU_WEIGHT);
static struct kobj_attribute gpu_max_attr =
	GNV_SYSFS_DOTTED("gpu.max", 0644, gpu_max_show, gpu_max_store);
static struct gnv_sysfs_file gpu_latency = GNV_SYSFS_FILE(
	"gpu.latency", gnv_sysfs_number_show, gnv_sysfs_number_store, GHOSTNV_LIMIT_GPU_LATENCY);
static struct kobj_attribute gpu_stat_attr =
	GNV_SYSFS_DOTTED("gpu.stat", 0444, gpu_stat_show, NULL);
static struct gnv_sysfs_file gpu_pressure =
	GNV_SYSFS_FILE("gpu.pressure", pressure_show, pressure_store, GNV_WAIT_TIME);
static struct gnv_sysfs_file vram_pressure =
	GNV_SYSFS_FILE("vram.pressure", pressure_show, pressure_store, GNV_WAIT_MEMORY);

static struct attribute *time_attrs[] = {
	&gpu_weight.attr.attr,
	&gpu_max_attr.attr,
	&gpu_latency.attr.attr,
	&gpu_stat_attr.attr,
	&gpu_pressure.attr.attr,
	&vram_pressure.attr.attr,
	NULL,
};

const struct attribute_group gnv_sysfs_time_group = { .attrs = time_attrs };
