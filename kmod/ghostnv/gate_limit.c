// SPDX-License-Identifier: GPL-2.0
/*
 * What is set of a container's GPU time, and what it met: see gate.h.
 */
#include <linux/err.h>
#include <linux/ktime.h>

#include "container.h"
#include "events.h"
#include "gpu.h"
#include "tenant.h"

/**
 * gnv_gate_has_limit() - whether a limit is one of GPU time
 * @limit: GHOSTNV_LIMIT_*
 *
 * Context: Any.
 * Return: true if so.
 */
bool gnv_gate_has_limit(u32 limit)
{
	return limit >= GHOSTNV_LIMIT_GPU_WEIGHT && limit <= GHOSTNV_LIMIT_GPU_EXCLUSIVE;
}

static u64 get_max(const struct gnv_tenant *tenant)
{
	if (tenant->quota_us == U64_MAX)
		return GHOSTNV_UNLIMITED;
	return GHOSTNV_GPU_MAX(tenant->quota_us, tenant->period_us);
}

/* As it is without a tenant. */
static u64 default_of(u32 limit)
{
	switch (limit) {
	case GHOSTNV_LIMIT_GPU_WEIGHT:
		return GHOSTNV_GPU_WEIGHT_DEFAULT;
	case GHOSTNV_LIMIT_GPU_MAX:
		return GHOSTNV_UNLIMITED;
	default:
		return 0;
	}
}

static u64 get_locked(const struct gnv_tenant *tenant, u32 limit)
{
	switch (limit) {
	case GHOSTNV_LIMIT_GPU_WEIGHT:
		return tenant->node.weight;
	case GHOSTNV_LIMIT_GPU_MAX:
		return get_max(tenant);
	case GHOSTNV_LIMIT_GPU_BURST:
		return tenant->burst_us;
	case GHOSTNV_LIMIT_GPU_LATENCY:
		return tenant->is_latency;
	default:
		return tenant->gate->sched.exclusive == &tenant->node;
	}
}

/* Whether a value gives a container more than it has. */
static bool is_more(const struct gnv_tenant *tenant, u32 limit, u64 value)
{
	if (limit != GHOSTNV_LIMIT_GPU_MAX)
		return value > get_locked(tenant, limit);
	if (tenant->quota_us == U64_MAX)
		return false;
	return value == GHOSTNV_UNLIMITED ||
	       GHOSTNV_GPU_MAX_QUOTA_US(value) * tenant->period_us >
		       tenant->quota_us * GHOSTNV_GPU_MAX_PERIOD_US(value);
}

static int set_cap(struct gnv_tenant *tenant, u64 quota_us, u64 period_us, u64 burst_us)
{
	int ret = gnv_sched_set_max(&tenant->node, quota_us, period_us, burst_us,
				    ktime_get_ns());

	if (ret)
		return ret;
	tenant->quota_us = quota_us;
	tenant->period_us = period_us;
	tenant->burst_us = burst_us;
	return 0;
}

/* A smaller quota leaves as much to keep as fits it. */
static int set_max(struct gnv_tenant *tenant, u64 value)
{
	u64 quota_us = GHOSTNV_GPU_MAX_QUOTA_US(value);

	if (value == GHOSTNV_UNLIMITED)
		return set_cap(tenant, U64_MAX, GHOSTNV_GPU_PERIOD_US_DEFAULT, 0);
	return set_cap(tenant, quota_us, GHOSTNV_GPU_MAX_PERIOD_US(value),
		       min(tenant->burst_us, quota_us));
}

static int set_exclusive(struct gnv_tenant *tenant, bool on)
{
	struct gnv_sched *sched = &tenant->gate->sched;

	if (!on && sched->exclusive != &tenant->node)
		return 0;
	return gnv_sched_set_exclusive(sched, on ? &tenant->node : NULL, ktime_get_ns());
}

static int set_locked(struct gnv_tenant *tenant, u32 limit, u64 value)
{
	if (limit >= GHOSTNV_LIMIT_GPU_LATENCY && value > 1)
		return -EINVAL;
	switch (limit) {
	case GHOSTNV_LIMIT_GPU_WEIGHT:
		if (value > U32_MAX)
			return -EINVAL;
		return gnv_sched_set_weight(&tenant->node, value, ktime_get_ns());
	case GHOSTNV_LIMIT_GPU_MAX:
		return set_max(tenant, value);
	case GHOSTNV_LIMIT_GPU_BURST:
		if (tenant->quota_us == U64_MAX)
			return value ? -EINVAL : 0;
		return set_cap(tenant, tenant->quota_us, tenant->period_us, value);
	case GHOSTNV_LIMIT_GPU_LATENCY:
		tenant->is_latency = value;
		gnv_tenant_set_class(tenant);
		return 0;
	default:
		return set_exclusive(tenant, value);
	}
}

static int set_one(struct gnv_gate *gate, struct gnv_container *container, u32 limit,
		   u64 value, bool only_lower)
{
	struct gnv_tenant *tenant;
	int ret = gnv_gate_check(gate);

	if (ret)
		return ret;
	mutex_lock(&gate->lock);
	tenant = gnv_tenant_of(gate, container);
	if (IS_ERR(tenant))
		ret = PTR_ERR(tenant);
	else if (only_lower && is_more(tenant, limit, value))
		ret = -EPERM;
	else
		ret = set_locked(tenant, limit, value);
	mutex_unlock(&gate->lock);
	gnv_gate_kick(gate);
	return ret;
}

/**
 * gnv_gate_set_limit() - set a limit of GPU time
 * @container: whose
 * @limit: GHOSTNV_LIMIT_GPU_*
 * @gpu: GPU's index, or GHOSTNV_GPU_TOTAL for each that is attached
 * @value: the limit
 * @only_lower: the caller may not give more than there is
 *
 * Context: Process context; may sleep; the driver is called.
 * Return: 0 or a negative errno, see struct ghostnv_limit.  Of several GPUs those
 * before the one that failed are set.
 */
int gnv_gate_set_limit(struct gnv_container *container, u32 limit, u32 gpu, u64 value,
		       bool only_lower)
{
	u64 mask = gpu == GHOSTNV_GPU_TOTAL ? gnv_gpu_mask() : BIT_ULL(gpu);
	int ret = mask ? 0 : -EOPNOTSUPP;
	u32 i;

	for (i = 0; !ret && i < GHOSTNV_GPUS_MAX; i++) {
		if (!((mask >> i) & 1))
			continue;
		ret = gnv_gate_of(i) ? set_one(gnv_gate_of(i), container, limit, value,
					       only_lower) :
				       -EOPNOTSUPP;
	}
	if (!ret)
		gnv_events_post(GHOSTNV_EVENT_LIMIT, container, gpu, value);
	return ret;
}

/**
 * gnv_gate_get_limit() - read a limit of GPU time
 * @container: whose
 * @limit: GHOSTNV_LIMIT_GPU_*
 * @gpu: GPU's index, or GHOSTNV_GPU_TOTAL for the first that is attached
 * @value: out
 *
 * Context: Process context; may sleep; the driver is called.
 * Return: 0 or a negative errno.
 */
int gnv_gate_get_limit(struct gnv_container *container, u32 limit, u32 gpu, u64 *value)
{
	u64 mask = gnv_gpu_mask();
	struct gnv_tenant *tenant;
	struct gnv_gate *gate;
	int ret;

	if (gpu == GHOSTNV_GPU_TOTAL)
		gpu = mask ? __ffs64(mask) : GHOSTNV_GPUS_MAX;
	gate = gnv_gate_of(gpu);
	ret = gate ? gnv_gate_check(gate) : -EOPNOTSUPP;
	if (ret)
		return ret;
	mutex_lock(&gate->lock);
	tenant = gnv_tenant_find(gate, container);
	*value = tenant ? get_locked(tenant, limit) : default_of(limit);
	mutex_unlock(&gate->lock);
	return 0;
}

/* Whoever reads the averages wants them as they are now. */
static void take_pressure(struct gnv_pressure *most, struct gnv_pressure *one)
{
	gnv_pressure_update(one, ktime_get_ns());
	if (one->line[GNV_PRESSURE_SOME].total_ns >= most->line[GNV_PRESSURE_SOME].total_ns)
		*most = *one;
}

static void add_stat(struct gnv_gate *gate, struct gnv_container *container,
		     struct gnv_gate_stat *stat)
{
	struct gnv_tenant *tenant;
	const struct gnv_sched_stat *sched;
	u32 i;

	mutex_lock(&gate->lock);
	tenant = gnv_tenant_find(gate, container);
	if (tenant) {
		sched = &tenant->node.stat;
		stat->sched.usage_ns += sched->usage_ns;
		stat->sched.periods += sched->periods;
		stat->sched.throttled += sched->throttled;
		stat->sched.throttled_ns += sched->throttled_ns;
		stat->sched.gated += sched->gated + tenant->leaf.stat.gated;
		stat->sched.demoted += tenant->leaf.stat.demoted;
		stat->preemptions += tenant->preemptions;
		stat->queues += tenant->count;
		stat->is_paused |= gnv_tenant_is_frozen(tenant);
		for (i = 0; i < GNV_WAITS; i++)
			take_pressure(&stat->pressure[i], gnv_tenant_pressure(tenant, i));
	}
	mutex_unlock(&gate->lock);
}

/**
 * gnv_gate_stat() - what a container met
 * @container: the container
 * @gpu: GPU's index, or GHOSTNV_GPU_TOTAL for all
 * @stat: out
 *
 * Context: Process context; may sleep.
 */
void gnv_gate_stat(struct gnv_container *container, u32 gpu, struct gnv_gate_stat *stat)
{
	u32 i;

	memset(stat, 0, sizeof(*stat));
	for (i = 0; i < GHOSTNV_GPUS_MAX; i++) {
		if ((gpu == GHOSTNV_GPU_TOTAL || gpu == i) && gnv_gate_of(i))
			add_stat(gnv_gate_of(i), container, stat);
	}
}
