// SPDX-License-Identifier: GPL-2.0
/*
 * Looks: see gate.h.  What ran is read from the records that the driver keeps of the
 * engine's contexts, and never from what programs write.  A context that has nothing
 * to do stays loaded until another one wants the engine, so now and then one that is
 * loaded for long is preempted: who has work is loaded again at once.
 *
 * Locks: look_lock -> bridge_sem; look_lock -> lock.  Callers hold call_lock of a
 * client outside of them.
 */
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/slab.h>

#include "gpu.h"
#include "sched_compete.h"
#include "tenant.h"
#include "trace.h"

/* Records taken by one question, and how many questions are asked in a look at most. */
#define RECORDS_MAX	 512
#define QUESTIONS_MAX	 16

/* While nobody has work, and while one runs alone. */
#define LOOK_IDLE_NS	 (33 * NSEC_PER_MSEC)
#define LOOK_ALONE_NS	 (16 * NSEC_PER_MSEC)
/* While nobody has queues, but somebody wants to know who waits for memory. */
#define LOOK_TRIGGERS_NS (50 * NSEC_PER_MSEC)
/* After the driver did not answer. */
#define LOOK_FAILED_NS	 (1000 * NSEC_PER_MSEC)
#define LOOK_LEAST_NS	 (500 * NSEC_PER_USEC)

/* How long whoever asks waits for it to be found out whether the driver records. */
#define CHECK_TIMEOUT	 (2 * HZ)
/* How long a program's first queue waits at most for what runs to be recorded. */
#define WATCH_TIMEOUT	 (HZ / 2)

/*
 * Who was of the latency class stays so for as long: slices change for all others with
 * it, and whoever makes and removes queues is not to make that happen each time.
 */
#define CLASS_KEPT_NS	 (1000 * NSEC_PER_MSEC)

/* --- what ran ---------------------------------------------------------------------- */

/*
 * What is known of the engine has gone on until a time.  A record may come of a time up
 * to which it was thought to go on: what was counted too much is given back.
 */
static void account_until(struct gnv_gate *gate, u64 gpu_ns)
{
	s64 ns = gpu_ns - gate->accounted_ns;

	if (gate->engine == GNV_ENGINE_EMPTY) {
		gate->idle_ns += gnv_work_idle_ns(gate, gpu_ns) -
				 gnv_work_idle_ns(gate, gate->accounted_ns);
	} else if (gate->engine == GNV_ENGINE_LOADED && gate->running) {
		gate->running->ran_ns += ns;
		gnv_tenant_activate(gate->running);
	}
	gnv_work_seen(gate, gpu_ns);
	gate->accounted_ns = gpu_ns;
}

/* Records that came while it was asked may be of later times than the clock's. */
static bool is_later(const struct gnv_gate *gate, u64 gpu_ns)
{
	return (s64)(gpu_ns - gate->accounted_ns) > 0;
}

static void account_record(struct gnv_gate *gate, const struct gnv_bridge_switch *record)
{
	account_until(gate, record->time_ns);
	gate->since_ns = record->time_ns;
	if (!record->loaded) {
		gate->engine = GNV_ENGINE_EMPTY;
		gate->running = NULL;
		gnv_work_loaded(gate, NULL, 0, record->time_ns);
		return;
	}
	gate->engine = GNV_ENGINE_LOADED;
	gate->running = gnv_tenant_of_pid(gate, record->pid);
	gate->context = record->context;
	gate->pid = record->pid;
	gnv_work_loaded(gate, gate->running, record->context, record->time_ns);
}

static void account(struct gnv_gate *gate, const struct gnv_bridge_switch *records,
		    const struct gnv_bridge_switches *switches)
{
	unsigned int i;

	for (i = 0; i < switches->count; i++) {
		account_record(gate, &records[i]);
		trace_gnv_switch(gate->gpu, records[i].pid, records[i].context,
				 records[i].loaded, records[i].time_ns);
	}
	/* Who had the engine last pays for what is missing: who makes many pays for them. */
	gate->lost += switches->lost;
	if (switches->lost)
		gate->known_ns = gate->accounted_ns;
}

/* The driver's records begin; what was before is not known. */
static int watch(struct gnv_gate *gate, u32 gpu_id, bool on)
{
	int ret;

	lockdep_assert_held(&gate->look_lock);
	if (gate->is_watched == on)
		return 0;
	ret = gnv_bridge_watch(gpu_id, on);
	if (ret && on)
		return ret;
	WRITE_ONCE(gate->is_watched, on);
	mutex_lock(&gate->lock);
	gate->engine = GNV_ENGINE_UNKNOWN;
	gate->running = NULL;
	gate->loaded = NULL;
	gate->accounted_ns = 0;
	mutex_unlock(&gate->lock);
	wake_up_all(&gate->wake);
	return 0;
}

static int take_records(struct gnv_gate *gate, u32 gpu_id)
{
	struct gnv_bridge_switch *records;
	struct gnv_bridge_switches switches = { .count = RECORDS_MAX };
	int ret = 0, i;

	records = kmalloc_array(RECORDS_MAX, sizeof(*records), GFP_KERNEL);
	if (!records)
		return -ENOMEM;
	for (i = 0; !ret && switches.count == RECORDS_MAX && i < QUESTIONS_MAX; i++) {
		ret = gnv_bridge_switches(gpu_id, records, RECORDS_MAX, &switches);
		if (ret)
			break;
		mutex_lock(&gate->lock);
		account(gate, records, &switches);
		if (switches.count < RECORDS_MAX && is_later(gate, switches.now_ns))
			account_until(gate, switches.now_ns);
		mutex_unlock(&gate->lock);
	}
	kfree(records);
	return ret;
}

/* With what queues ran that were removed before it was asked. */
static int account_all(struct gnv_gate *gate, u32 gpu_id)
{
	LIST_HEAD(former);
	LIST_HEAD(gone);
	int ret;

	mutex_lock(&gate->lock);
	list_splice_init(&gate->former, &former);
	list_splice_init(&gate->gone, &gone);
	mutex_unlock(&gate->lock);
	ret = take_records(gate, gpu_id);
	mutex_lock(&gate->lock);
	gnv_queue_pass_number(gate, &former);
	gnv_queue_free_gone(gate, &gone);
	mutex_unlock(&gate->lock);
	return ret;
}

/* Of what removed queues ran nothing was recorded. */
static void forget_gone(struct gnv_gate *gate)
{
	mutex_lock(&gate->lock);
	gnv_queue_pass_number(gate, &gate->former);
	gnv_queue_free_gone(gate, &gate->gone);
	mutex_unlock(&gate->lock);
}

/* --- what is decided --------------------------------------------------------------- */

static bool is_done(const struct gnv_tenant *tenant, u64 now_ns)
{
	return !tenant->count && !tenant->leaf.queues && !tenant->leaf.busy &&
	       (!tenant->leaf.latency || now_ns - tenant->removed_ns > CLASS_KEPT_NS);
}

static void sample(struct gnv_tenant *tenant, u64 now_ns)
{
	bool paused = gnv_tenant_is_frozen(tenant);
	u64 ran_ns = max_t(s64, tenant->ran_ns, 0);
	u32 busy;

	if (paused != tenant->is_paused) {
		tenant->is_paused = paused;
		gnv_sched_set_paused(&tenant->leaf, paused, now_ns);
	}
	gnv_work_moved(tenant);
	gnv_tenant_check_opened(tenant, now_ns);
	gnv_tenant_check_refused(tenant, now_ns);
	/* What is frozen waits for nobody: its work counts again when it goes on. */
	busy = paused ? 0 : gnv_work_busy(tenant);
	if (busy || ran_ns || tenant->leaf.queues || tenant->leaf.busy)
		gnv_sched_sample(&tenant->leaf, ran_ns, busy, now_ns);
	/* What was given back, and not had before this look, comes off the next. */
	tenant->ran_ns -= ran_ns;
	if (is_done(tenant, now_ns)) {
		list_del_init(&tenant->active);
		gnv_tenant_set_class(tenant);
	}
}

static void decide(struct gnv_gate *gate)
{
	u64 now_ns = ktime_get_ns();
	struct gnv_tenant *tenant, *next;

	lockdep_assert_held(&gate->lock);
	list_for_each_entry_safe(tenant, next, &gate->active, active)
		sample(tenant, now_ns);
	gnv_sched_decide(&gate->sched, max_t(s64, gate->idle_ns, 0), now_ns);
	gate->idle_ns = min_t(s64, gate->idle_ns, 0);
	gnv_gate_check_triggers(gate);
}

/* --- looks ------------------------------------------------------------------------- */

/* Return: how long until the next look. */
static u64 next_look(struct gnv_gate *gate)
{
	u64 deadline_ns = gnv_sched_deadline(&gate->sched), now_ns = ktime_get_ns();
	u64 wait_ns = gate->sched.root.busy ? LOOK_ALONE_NS : LOOK_IDLE_NS;

	if (deadline_ns != U64_MAX && deadline_ns < now_ns + wait_ns)
		wait_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
	return max_t(u64, wait_ns, LOOK_LEAST_NS);
}

/* Nobody has queues.  Return: as look_locked(). */
static u64 rest(struct gnv_gate *gate)
{
	u64 wait_ns;

	forget_gone(gate);
	mutex_lock(&gate->lock);
	decide(gate);
	wait_ns = gate->triggers ? LOOK_TRIGGERS_NS : U64_MAX;
	mutex_unlock(&gate->lock);
	return wait_ns;
}

/* Whether the driver records at all: only this thread may ask. */
static void check(struct gnv_gate *gate, u32 gpu_id)
{
	if (gate->is_checked)
		return;
	WRITE_ONCE(gate->can_watch, !watch(gate, gpu_id, true));
	/* Whoever sees that sees what came out. */
	smp_store_release(&gate->is_checked, true);
	wake_up_all(&gate->wake);
}

/* Return: how long until the next look, U64_MAX for not before it is kicked. */
static u64 look_locked(struct gnv_gate *gate)
{
	struct gnv_gpu gpu;
	u64 wait_ns;
	int ret;

	if (gnv_gpu_get(gate->gpu, &gpu) || !gpu.described || !gnv_bridge_present()) {
		gate->is_watched = false;
		WRITE_ONCE(gate->is_checked, false);
		forget_gone(gate);
		return READ_ONCE(gate->count) ? LOOK_FAILED_NS : U64_MAX;
	}
	check(gate, gpu.gpu_id);
	if (!READ_ONCE(gate->count) && (!gate->is_watched || list_empty_careful(&gate->gone))) {
		watch(gate, gpu.gpu_id, false);
		return rest(gate);
	}
	ret = watch(gate, gpu.gpu_id, true);
	if (!ret)
		ret = account_all(gate, gpu.gpu_id);
	else
		forget_gone(gate);
	/* The bridge is another one. */
	if (ret == -ENODEV)
		gate->is_watched = false;
	mutex_lock(&gate->lock);
	decide(gate);
	mutex_unlock(&gate->lock);
	ret = gnv_gate_tell_all(gate, gpu.gpu_id) ?: ret;
	if (ret)
		return LOOK_FAILED_NS;
	mutex_lock(&gate->lock);
	wait_ns = next_look(gate);
	mutex_unlock(&gate->lock);
	return wait_ns;
}

static u64 look(struct gnv_gate *gate)
{
	u64 wait_ns;

	mutex_lock(&gate->look_lock);
	wait_ns = look_locked(gate);
	mutex_unlock(&gate->look_lock);
	return wait_ns;
}

/**
 * gnv_gate_run() - what a gate's thread does
 * @data: the gate
 *
 * Context: A thread of its own.
 * Return: 0.
 */
int gnv_gate_run(void *data)
{
	struct gnv_gate *gate = data;
	u64 wait_ns;

	while (!kthread_should_stop()) {
		xchg(&gate->kicked, false);
		wait_ns = look(gate);
		if (wait_ns == U64_MAX)
			wait_event_interruptible(gate->wake, READ_ONCE(gate->kicked) ||
								     kthread_should_stop());
		else
			wait_event_interruptible_hrtimeout(gate->wake,
							   READ_ONCE(gate->kicked) ||
								   kthread_should_stop(),
							   ns_to_ktime(wait_ns));
	}
	return 0;
}

/**
 * gnv_gate_rest() - the GPU goes: nothing is recorded there any longer
 * @gate: the gate, whose thread has ended
 *
 * Context: Process context; may sleep; the driver may be called.
 */
void gnv_gate_rest(struct gnv_gate *gate)
{
	struct gnv_gpu gpu;

	mutex_lock(&gate->look_lock);
	if (!gnv_gpu_get(gate->gpu, &gpu))
		watch(gate, gpu.gpu_id, false);
	gate->is_watched = false;
	WRITE_ONCE(gate->is_checked, false);
	mutex_unlock(&gate->look_lock);
}

/**
 * gnv_gate_await() - what runs from now on is recorded, where the driver does that
 * @gate: the gate, which has a queue
 *
 * Before a program can use its first queue: only the gate's thread may begin.
 *
 * Context: Process context; may sleep.
 */
void gnv_gate_await(struct gnv_gate *gate)
{
	if (READ_ONCE(gate->is_watched) || !gnv_bridge_present() ||
	    (READ_ONCE(gate->is_checked) && !READ_ONCE(gate->can_watch)))
		return;
	gnv_gate_kick(gate);
	wait_event_timeout(gate->wake, READ_ONCE(gate->is_watched), WATCH_TIMEOUT);
}

/**
 * gnv_gate_check() - whether GPU time can be measured there
 * @gate: the gate
 *
 * Context: Process context; may sleep, while that is found out.
 * Return: 0; -EOPNOTSUPP when the driver does not offer it, or there is no bridge.
 */
int gnv_gate_check(struct gnv_gate *gate)
{
	struct gnv_gpu gpu;

	if (!gnv_bridge_present() || !READ_ONCE(gate->thread) ||
	    gnv_gpu_get(gate->gpu, &gpu) || !gpu.described)
		return -EOPNOTSUPP;
	if (!READ_ONCE(gate->is_checked)) {
		gnv_gate_kick(gate);
		wait_event_killable_timeout(gate->wake, READ_ONCE(gate->is_checked),
					    CHECK_TIMEOUT);
	}
	/* Pairs with check(): what came out is there then. */
	return smp_load_acquire(&gate->is_checked) && READ_ONCE(gate->can_watch) ?
		       0 :
		       -EOPNOTSUPP;
}
