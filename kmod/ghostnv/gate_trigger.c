// SPDX-License-Identifier: GPL-2.0
/*
 * Triggers: pollers of a pressure file are woken when there was much waiting.  One for
 * each file, as files in sysfs know nothing of who has opened them.
 */
#include <linux/err.h>
#include <linux/ktime.h>

#include "container.h"
#include "gpu.h"
#include "sysfs.h"
#include "tenant.h"

static const char *const files[GNV_WAITS] = {
	[GNV_WAIT_TIME] = "gpu.pressure",
	[GNV_WAIT_MEMORY] = "vram.pressure",
};

static void set_triggered(struct gnv_tenant *tenant, enum gnv_gate_wait what, u32 scope,
			  bool on)
{
	if (tenant->is_triggered[what][scope] == on)
		return;
	tenant->is_triggered[what][scope] = on;
	tenant->gate->triggers += on ? 1 : -1;
}

/**
 * gnv_tenant_drop_triggers() - a tenant goes
 * @tenant: the tenant
 *
 * Context: The gate's lock is held.
 */
void gnv_tenant_drop_triggers(struct gnv_tenant *tenant)
{
	u32 what, scope;

	for (what = 0; what < GNV_WAITS; what++) {
		for (scope = 0; scope < GNV_SCOPES; scope++)
			set_triggered(tenant, what, scope, false);
	}
}

static void check_tenant(struct gnv_tenant *tenant, u64 now_ns)
{
	struct gnv_pressure *pressure;
	u32 what, scope;

	for (what = 0; what < GNV_WAITS; what++) {
		pressure = gnv_tenant_pressure(tenant, what);
		for (scope = 0; scope < GNV_SCOPES; scope++) {
			if (!tenant->is_triggered[what][scope])
				continue;
			gnv_pressure_update(pressure, now_ns);
			if (gnv_pressure_trigger_check(&tenant->triggers[what][scope],
						       pressure, now_ns))
				gnv_sysfs_notify_file(tenant->container,
						      scope == GNV_SCOPE_GPU ?
							      tenant->gate->gpu :
							      GHOSTNV_GPU_TOTAL,
						      files[what]);
		}
	}
}

/**
 * gnv_gate_check_triggers() - wake whoever wants to know of much waiting
 * @gate: the gate
 *
 * Context: The gate's lock is held; may sleep.
 */
void gnv_gate_check_triggers(struct gnv_gate *gate)
{
	u64 now_ns = ktime_get_ns();
	struct gnv_tenant *tenant;
	int i;

	lockdep_assert_held(&gate->lock);
	if (!gate->triggers)
		return;
	hash_for_each(gate->tenants, i, tenant, entry)
		check_tenant(tenant, now_ns);
}

static int set_one(struct gnv_gate *gate, struct gnv_container *container, u32 scope,
		   enum gnv_gate_wait what, const struct gnv_gate_trigger *want)
{
	struct gnv_pressure_trigger trigger;
	struct gnv_tenant *tenant;
	/* Memory can be waited for where nothing is known of time. */
	int ret = what == GNV_WAIT_TIME ? gnv_gate_check(gate) : 0;

	if (ret)
		return ret;
	mutex_lock(&gate->lock);
	tenant = gnv_tenant_of(gate, container);
	if (IS_ERR(tenant))
		ret = PTR_ERR(tenant);
	else if (want->threshold_us)
		ret = gnv_pressure_trigger_init(&trigger, gnv_tenant_pressure(tenant, what),
						want->state, want->threshold_us * NSEC_PER_USEC,
						want->window_us * NSEC_PER_USEC,
						ktime_get_ns());
	if (!ret) {
		if (want->threshold_us)
			tenant->triggers[what][scope] = trigger;
		set_triggered(tenant, what, scope, want->threshold_us);
	}
	mutex_unlock(&gate->lock);
	gnv_gate_kick(gate);
	return ret;
}

/**
 * gnv_gate_set_trigger() - when pollers of a pressure file are to be woken
 * @container: whose
 * @gpu: GPU's index, or GHOSTNV_GPU_TOTAL for waiting on any that is attached
 * @what: for what
 * @trigger: when
 *
 * Context: Process context; may sleep.
 * Return: 0; -EINVAL for what is out of bounds, see gnv_pressure_trigger_init();
 * -EOPNOTSUPP for time that is not measured.
 */
int gnv_gate_set_trigger(struct gnv_container *container, u32 gpu,
			 enum gnv_gate_wait what, const struct gnv_gate_trigger *trigger)
{
	u64 mask = gpu == GHOSTNV_GPU_TOTAL ? gnv_gpu_mask() : BIT_ULL(gpu);
	u32 scope = gpu == GHOSTNV_GPU_TOTAL ? GNV_SCOPE_TOTAL : GNV_SCOPE_GPU, i;
	int ret = 0;

	/* So that what is multiplied does not wrap round. */
	if (trigger->window_us > USEC_PER_SEC * 60 ||
	    trigger->threshold_us > trigger->window_us)
		return -EINVAL;
	for (i = 0; !ret && i < GHOSTNV_GPUS_MAX; i++) {
		if ((mask >> i) & 1 && gnv_gate_of(i))
			ret = set_one(gnv_gate_of(i), container, scope, what, trigger);
	}
	return ret;
}
