// SPDX-License-Identifier: GPL-2.0
/*
 * Hard caps: see sched.h.  A node has a quota in each period, as cpu.max gives it.  How
 * much it used is known only later, so it may use more; what is over is owed, and comes
 * off the next quotas.  So over many periods the cap is met exactly, whenever samples
 * come and however long single pieces of work are.
 */
#include "pure.h"
#include "sched_compete.h"

/* No one is looked at more often for what is left of a quota. */
#define NAP_NS	    100000ULL

/* While others run as well, one look at a quota in so many parts of a round. */
#define LOOKS	    16U

#define OWED_MAX_NS (1LL << 60)

/* Nobody waits for more periods than that before someone looks again. */
#define PERIODS_MAX (1ULL << 20)

/**
 * gnv_sched_cap_charge() - take from what is left
 * @cap: the cap
 * @used_ns: how much
 *
 * Before periods that began meanwhile are counted: most of it was used before.
 *
 * Context: The engine's lock is held.
 */
void gnv_sched_cap_charge(struct gnv_sched_cap *cap, u64 used_ns)
{
	if (!cap->period_ns)
		return;
	if (used_ns > OWED_MAX_NS)
		used_ns = OWED_MAX_NS;
	cap->left_ns -= (s64)used_ns;
	if (cap->left_ns < -OWED_MAX_NS)
		cap->left_ns = -OWED_MAX_NS;
}

/* Return: how many periods have begun. */
static u64 refill(struct gnv_sched_cap *cap, u64 now_ns)
{
	s64 full_ns = (s64)(cap->quota_ns + cap->burst_ns);
	u64 elapsed_ns = now_ns - cap->start_ns, periods;

	if ((s64)elapsed_ns < 0)
		return 0;
	periods = elapsed_ns / cap->period_ns;
	if (!periods)
		return 0;
	cap->start_ns += periods * cap->period_ns;
	if (cap->left_ns > full_ns ||
	    periods > (u64)(full_ns - cap->left_ns) / cap->quota_ns)
		cap->left_ns = full_ns;
	else
		cap->left_ns += (s64)(periods * cap->quota_ns);
	return periods;
}

/**
 * gnv_sched_cap_settle() - hold a node whose quota is used up, or let it go
 * @node: the node
 *
 * Context: The engine's lock is held.
 */
void gnv_sched_cap_settle(struct gnv_sched_node *node)
{
	const u64 now_ns = node->sched->now_ns;
	struct gnv_sched_cap *cap = &node->cap;
	bool is_held = node->holds & GNV_SCHED_THROTTLED, is_over = false;
	u64 periods;

	if (cap->period_ns) {
		periods = refill(cap, now_ns);
		if (node->busy)
			node->stat.periods += periods;
		is_over = cap->left_ns <= 0;
	}
	if (is_over == is_held)
		return;
	if (is_over) {
		node->stat.throttled++;
		node->throttled_ns = now_ns;
	} else {
		node->stat.throttled_ns += now_ns - node->throttled_ns;
	}
	gnv_sched_hold(node, GNV_SCHED_THROTTLED, is_over);
}

/**
 * gnv_sched_cap_due() - when a cap is to be looked at
 * @node: the node
 * @due_ns: on true, when
 *
 * When it is throttled, at the first period that leaves it something; otherwise when
 * the quota would be used up if nobody else ran.
 *
 * Context: The engine's lock is held.
 * Return: true if that matters.
 */
bool gnv_sched_cap_due(const struct gnv_sched_node *node, u64 *due_ns)
{
	const struct gnv_sched *sched = node->sched;
	const struct gnv_sched_cap *cap = &node->cap;
	u64 periods, wait_ns, nap_ns = NAP_NS;

	if (!cap->period_ns)
		return false;
	if (node->holds & GNV_SCHED_THROTTLED) {
		periods = (u64)-cap->left_ns / cap->quota_ns + 1;
		if (periods > PERIODS_MAX)
			periods = PERIODS_MAX;
		*due_ns = cap->start_ns + periods * cap->period_ns;
		return true;
	}
	if (!node->queues)
		return false;
	if (sched->root.queues > node->queues)
		nap_ns = gnv_sched_round_ns(sched) / LOOKS;
	wait_ns = (u64)cap->left_ns;
	*due_ns = sched->now_ns + (wait_ns > nap_ns ? wait_ns : nap_ns);
	return true;
}

static void set_cap(struct gnv_sched_node *node, u64 quota_us, u64 period_us,
		    u64 burst_us, u64 now_ns)
{
	struct gnv_sched_cap *cap = &node->cap;
	bool was_capped = cap->period_ns;

	if (was_capped)
		refill(cap, now_ns);
	else
		cap->start_ns = now_ns;
	cap->quota_ns = quota_us * 1000;
	cap->period_ns = period_us * 1000;
	cap->burst_ns = burst_us * 1000;
	/* To set a cap again is no way to a new quota. */
	if (!was_capped || cap->left_ns > (s64)cap->quota_ns)
		cap->left_ns = (s64)cap->quota_ns;
}

/**
 * gnv_sched_set_max() - give a node a cap, as cpu.max and cpu.max.burst
 * @node: the node
 * @quota_us: how long it may run in each period; U64_MAX for no cap
 * @period_us: how long a period is
 * @burst_us: how much of what it does not use it may keep, at most @quota_us
 * @now_ns: the time
 *
 * Context: The engine's lock is held; decide afterwards.
 * Return: 0, -EINVAL for what is out of bounds.
 */
int gnv_sched_set_max(struct gnv_sched_node *node, u64 quota_us, u64 period_us,
		      u64 burst_us, u64 now_ns)
{
	struct gnv_sched *sched = node->sched;

	now_ns = gnv_sched_set_now(sched, now_ns);
	if (quota_us == U64_MAX) {
		memset(&node->cap, 0, sizeof(node->cap));
		gnv_sched_touch(node);
		return 0;
	}
	if (period_us < GNV_SCHED_PERIOD_MIN_US || period_us > GNV_SCHED_PERIOD_MAX_US ||
	    quota_us < GNV_SCHED_QUOTA_MIN_US || burst_us > quota_us)
		return -EINVAL;
	/* There is but one engine. */
	if (quota_us > period_us)
		quota_us = period_us;
	if (burst_us > quota_us)
		burst_us = quota_us;
	set_cap(node, quota_us, period_us, burst_us, now_ns);
	gnv_sched_touch(node);
	return 0;
}
