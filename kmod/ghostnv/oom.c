// SPDX-License-Identifier: GPL-2.0
/*
 * The policies for an allocation for which there is no room: see oom.h.  How charges
 * queue is account.c's, who has to make room oom_report.c's.
 */
#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>

#include "container.h"
#include "gate.h"
#include "oom.h"
#include "oom_report.h"
#include "rm_object.h"

/* How long processes that were killed may take to let go. */
#define KILLED_MS   2000
/* How many are asked to make room for one allocation. */
#define VICTIMS_MAX 16

/* How often who waits looks whether it is to stand still, in jiffies. */
#define FREEZE_TICK (HZ / 10L)

/* Who was slowed down is woken by it when the module goes. */
static DECLARE_WAIT_QUEUE_HEAD(stop_wait);

/**
 * gnv_oom_stop() - nobody waits any longer
 *
 * Context: Module's end.
 */
void gnv_oom_stop(void)
{
	gnv_account_stop();
	wake_up_all(&stop_wait);
}

/**
 * gnv_oom_throttle() - slow down whoever is above a high limit
 * @container: who was charged
 * @gpu: GPU's index
 *
 * Context: Process context, no lock held; may sleep, until killed.
 */
void gnv_oom_throttle(struct gnv_container *container, u32 gpu)
{
	u32 ms = gnv_account_delay_ms(container, gpu);

	if (!ms)
		return;
	gnv_gate_wait(container, gpu, true);
	wait_event_killable_timeout(stop_wait, gnv_account_is_stopping(),
				    msecs_to_jiffies(ms));
	gnv_gate_wait(container, gpu, false);
}

/*
 * Return: 0 when it was granted, -EDQUOT when not in time, -ESHUTDOWN,
 * -ERESTARTNOINTR when the caller's cgroup is frozen, or -ERESTARTSYS when the caller was
 * killed.
 */
static int await(struct gnv_account_waiter *waiter, u32 ms)
{
	long left = msecs_to_jiffies(ms), step, ret;

	do {
		step = min(left, FREEZE_TICK);
		ret = wait_for_completion_killable_timeout(&waiter->done, step);
		left -= step;
	} while (!ret && left > 0 && !gnv_container_must_freeze());
	if (ret < 0)
		return ret;
	if (!ret)
		return left > 0 ? -ERESTARTNOINTR : -EDQUOT;
	/* Completed for everybody, and granted to nobody, at the end. */
	complete(&waiter->done);
	return READ_ONCE(waiter->charge.container) ? 0 : -ESHUTDOWN;
}

static void kill_if_in(struct task_struct *task,
		       const struct gnv_container *container)
{
	if (!(task->flags & PF_KTHREAD) &&
	    gnv_container_has_task(container, task))
		send_sig(SIGKILL, task, 1);
}

/* Processes of containers below it are theirs. */
static void kill_processes(struct gnv_container *container)
{
	struct task_struct *task;

	rcu_read_lock();
	for_each_process(task)
		kill_if_in(task, container);
	rcu_read_unlock();
}

/*
 * Its processes end; what they do not give back then, as others have their files,
 * is freed in the driver.
 */
static int take(struct gnv_account_waiter *waiter, struct gnv_container *victim,
		const struct gnv_oom *oom)
{
	int ret;

	gnv_account_event(victim, oom->gpu, GNV_QUOTA_OOM_KILL,
			  gnv_account_usage(victim, oom->gpu));
	kill_processes(victim);
	ret = await(waiter, KILLED_MS);
	if (ret != -EDQUOT)
		return ret;
	gnv_rm_free_clients(victim);
	return await(waiter, KILLED_MS);
}

static int evict_one(struct gnv_account_waiter *waiter, struct gnv_oom *oom,
		     struct gnv_container *by, struct gnv_container *victim)
{
	int ret;

	gnv_account_event(victim, oom->gpu, GNV_QUOTA_EVICT, oom->bytes);
	ret = await(waiter, READ_ONCE(by->oom_wait_ms));
	if (ret != -EDQUOT)
		return ret;
	gnv_oom_report(by, waiter->full, by, victim, oom, waiter->full_gpu);
	return take(waiter, victim, oom);
}

static int evict(struct gnv_account_waiter *waiter, struct gnv_oom *oom,
		 struct gnv_container *by)
{
	struct gnv_container *victim;
	u64 tried[VICTIMS_MAX];
	unsigned int n;
	int ret = -EDQUOT;

	for (n = 0; ret == -EDQUOT && n < VICTIMS_MAX; n++) {
		victim = gnv_oom_lowest(waiter->full, by, waiter->full_gpu,
					tried, n);
		if (!victim)
			break;
		tried[n] = victim->id;
		ret = evict_one(waiter, oom, by, victim);
		gnv_container_put(victim);
	}
	return ret;
}

/*
 * Nobody is killed but at or below a container whose policy that is, as it is of all
 * between that one and who asks.
 */
static int kill_largest(struct gnv_account_waiter *waiter, struct gnv_oom *oom,
			struct gnv_container *by)
{
	struct gnv_container *reach = gnv_oom_reach(by, GHOSTNV_OOM_KILL);
	struct gnv_container *top = by, *victim;
	int ret;

	if (waiter->full && (!reach || gnv_container_is_below(waiter->full, reach)))
		top = waiter->full;
	victim = gnv_oom_largest(top, waiter->full_gpu);
	if (!victim)
		return -EDQUOT;
	gnv_oom_report(top, waiter->full, by, victim, oom, waiter->full_gpu);
	ret = take(waiter, victim, oom);
	gnv_container_put(victim);
	return ret;
}

static int apply(struct gnv_account_waiter *waiter, struct gnv_oom *oom,
		 struct gnv_container *container, u32 policy)
{
	switch (policy) {
	case GHOSTNV_OOM_WAIT:
		gnv_account_event(container, oom->gpu, GNV_QUOTA_WAIT, oom->bytes);
		return await(waiter, READ_ONCE(container->oom_wait_ms));
	case GHOSTNV_OOM_EVICT:
		return evict(waiter, oom, container);
	default:
		return kill_largest(waiter, oom, container);
	}
}

/**
 * gnv_oom_handle() - make room for a charge, or say that there is none
 * @oom: the charge; its token afterwards
 * @container: who is to be charged
 *
 * Context: Process context, no lock held; may sleep, until killed.
 * Return: 0 when it was charged after all; -EDQUOT when it fails; -ERESTARTSYS when
 * the caller was killed meanwhile, -ERESTARTNOINTR when its cgroup was frozen.
 */
int gnv_oom_handle(struct gnv_oom *oom, struct gnv_container *container)
{
	u32 policy = READ_ONCE(container->oom_policy);
	struct gnv_account_waiter waiter;
	int ret = -EDQUOT;

	if (policy != GHOSTNV_OOM_FAIL) {
		ret = gnv_account_wait(&waiter, container, oom->kind, oom->gpu,
				       oom->bytes);
		if (ret == -EDQUOT) {
			gnv_gate_wait(container, oom->gpu, true);
			ret = apply(&waiter, oom, container, policy);
			gnv_gate_wait(container, oom->gpu, false);
		}
		/* Granted in the last moment is granted. */
		if (gnv_account_wait_end(&waiter, &oom->charge) &&
		    ret != -ERESTARTSYS)
			ret = 0;
	}
	if (ret == -ESHUTDOWN || ret == -EBUSY)
		ret = -EDQUOT;
	if (ret == -EDQUOT)
		gnv_account_event(container, oom->gpu, GNV_QUOTA_OOM, oom->bytes);
	return ret;
}
