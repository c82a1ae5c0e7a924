// SPDX-License-Identifier: GPL-2.0
/*
 * Charges and the lock of the quota hierarchy: see account.h.
 */
#include <linux/spinlock.h>

#include "account.h"
#include "container.h"
#include "events.h"
#include "trace.h"

/*
 * Protects every struct gnv_quota, and with container_lock the parents of
 * containers and their masks of GPUs.
 */
static DEFINE_SPINLOCK(account_lock);
/* The node above all containers: what all of them hold together. */
static struct gnv_quota machine;

/**
 * gnv_account_init() - make the root of the hierarchy
 *
 * Context: Module's start.
 */
void gnv_account_init(void)
{
	gnv_quota_init(&machine, NULL);
}

static void report_full(const struct gnv_quota_full *full,
			struct gnv_container *container, u64 bytes)
{
	struct gnv_container *owner = container;

	/* The machine's node has no limit, so it is a container's. */
	if (full->node != &machine)
		owner = container_of(full->node, struct gnv_container, quota);
	gnv_events_post(GHOSTNV_EVENT_MAX, owner, full->gpu, bytes);
}

/**
 * gnv_account_charge() - charge a container and all above it
 * @charge: out: the token
 * @container: who; NULL gives a token that charges nobody
 * @kind: for what
 * @gpu: GPU's index
 * @bytes: how much
 *
 * Context: Process context, no spinlock held.
 * Return: 0; -EDQUOT when a limit was reached, and nothing is charged.
 */
int gnv_account_charge(struct gnv_charge *charge, struct gnv_container *container,
		       enum gnv_quota_kind kind, u32 gpu, u64 bytes)
{
	struct gnv_quota_full full;
	int ret;

	*charge = (struct gnv_charge){ .bytes = bytes, .gpu = gpu, .kind = kind };
	if (!container)
		return 0;
	/* While the RCU section lasts, the owner of a full node is not freed. */
	rcu_read_lock();
	spin_lock(&account_lock);
	ret = gnv_quota_try_charge(&container->quota, gpu, bytes, &full);
	if (!ret)
		gnv_quota_count(&container->quota, gpu, kind, true);
	spin_unlock(&account_lock);
	if (ret == -EDQUOT)
		report_full(&full, container, bytes);
	rcu_read_unlock();
	trace_gnv_charge(container->id, gpu, bytes, ret);
	if (!ret)
		charge->container = gnv_container_get(container);
	return ret;
}

/**
 * gnv_account_resize() - make a charge larger or smaller
 * @charge: the token
 * @bytes: the new size
 *
 * Context: Process context, no spinlock held.
 * Return: 0; -EDQUOT when it may not grow, and it stays as it was.
 */
int gnv_account_resize(struct gnv_charge *charge, u64 bytes)
{
	struct gnv_container *container = charge->container;
	struct gnv_quota_full full;
	int ret = 0;

	if (!container) {
		charge->bytes = bytes;
		return 0;
	}
	rcu_read_lock();
	spin_lock(&account_lock);
	if (bytes > charge->bytes)
		ret = gnv_quota_try_charge(&container->quota, charge->gpu,
					   bytes - charge->bytes, &full);
	else
		gnv_quota_uncharge(&container->quota, charge->gpu,
				   charge->bytes - bytes);
	spin_unlock(&account_lock);
	if (ret == -EDQUOT)
		report_full(&full, container, bytes - charge->bytes);
	rcu_read_unlock();
	if (!ret)
		charge->bytes = bytes;
	return ret;
}

/**
 * gnv_account_uncharge() - give a charge back
 * @charge: the token, which charges nobody afterwards
 *
 * Context: Process context, no spinlock held.  Cannot fail.
 */
void gnv_account_uncharge(struct gnv_charge *charge)
{
	struct gnv_container *container = charge->container;

	if (!container)
		return;
	spin_lock(&account_lock);
	gnv_quota_uncharge(&container->quota, charge->gpu, charge->bytes);
	gnv_quota_count(&container->quota, charge->gpu, charge->kind, false);
	spin_unlock(&account_lock);
	trace_gnv_uncharge(container->id, charge->gpu, charge->bytes);
	charge->container = NULL;
	gnv_container_put(container);
}

/**
 * gnv_account_session() - count a session in or out
 * @container: whose, may be NULL
 * @add: in or out
 *
 * Context: Any.
 */
void gnv_account_session(struct gnv_container *container, bool add)
{
	if (!container)
		return;
	spin_lock(&account_lock);
	gnv_quota_count_session(&container->quota, add);
	spin_unlock(&account_lock);
}

/**
 * gnv_account_client() - count a client in or out
 * @container: whose, may be NULL
 * @add: in or out
 *
 * Context: Any.
 */
void gnv_account_client(struct gnv_container *container, bool add)
{
	if (!container)
		return;
	spin_lock(&account_lock);
	gnv_quota_count_client(&container->quota, add);
	spin_unlock(&account_lock);
}

/**
 * gnv_account_insert() - hang a new container's node below its parent's
 * @container: the container; its parent is set
 *
 * Context: container_lock is held.
 */
void gnv_account_insert(struct gnv_container *container)
{
	spin_lock(&account_lock);
	container->quota.parent = container->parent ? &container->parent->quota :
						      &machine;
	spin_unlock(&account_lock);
}

/**
 * gnv_account_adopt() - put a container between another and its parent
 * @container: the new one in between
 * @child: the one that comes below it
 *
 * Context: container_lock is held; a reference to @container moves to @child.
 */
void gnv_account_adopt(struct gnv_container *container,
		       struct gnv_container *child)
{
	spin_lock(&account_lock);
	gnv_quota_adopt(&container->quota, &child->quota);
	WRITE_ONCE(child->parent, container);
	spin_unlock(&account_lock);
}

/**
 * gnv_account_set_max() - set a limit
 * @container: whose
 * @gpu: GPU's index or GHOSTNV_GPU_TOTAL
 * @bytes: the limit, from 1, or GHOSTNV_UNLIMITED
 * @only_lower: the caller may not raise it
 *
 * Context: Process context, no spinlock held.
 * Return: 0, -EINVAL, or -EPERM.
 */
int gnv_account_set_max(struct gnv_container *container, u32 gpu, u64 bytes,
			bool only_lower)
{
	struct gnv_quota_counter *counter;
	int ret = 0;

	counter = gnv_quota_counter(&container->quota, gpu);
	if (!counter || !bytes)
		return -EINVAL;
	spin_lock(&account_lock);
	if (only_lower && bytes > counter->max_bytes)
		ret = -EPERM;
	else
		counter->max_bytes = bytes;
	spin_unlock(&account_lock);
	if (!ret)
		gnv_events_post(GHOSTNV_EVENT_LIMIT, container, gpu, bytes);
	return ret;
}

/**
 * gnv_account_set_gpus() - set which GPUs are granted
 * @container: to whom
 * @gpus: mask of indices
 * @only_lower: the caller may only take away
 *
 * Context: Process context, no spinlock held.
 * Return: 0 or -EPERM.
 */
int gnv_account_set_gpus(struct gnv_container *container, u64 gpus,
			 bool only_lower)
{
	int ret = 0;

	spin_lock(&account_lock);
	if (only_lower && (gpus & ~container->gpus))
		ret = -EPERM;
	else
		WRITE_ONCE(container->gpus, gpus);
	spin_unlock(&account_lock);
	if (!ret)
		gnv_events_post(GHOSTNV_EVENT_LIMIT, container,
				GHOSTNV_GPU_TOTAL, gpus);
	return ret;
}

/**
 * gnv_account_stats() - take a snapshot
 * @container: of whom
 * @gpu: GPU's index or GHOSTNV_GPU_TOTAL
 * @stats: out
 *
 * Context: Any.
 * Return: 0, or -EINVAL for a bad @gpu.
 */
int gnv_account_stats(struct gnv_container *container, u32 gpu,
		      struct gnv_account_stats *stats)
{
	struct gnv_quota *quota = &container->quota;
	struct gnv_quota_counter *counter = gnv_quota_counter(quota, gpu);
	u32 i;

	if (!counter)
		return -EINVAL;
	spin_lock(&account_lock);
	stats->counter = *counter;
	stats->limit_bytes = gnv_quota_limit(quota, gpu);
	stats->headroom_bytes = gnv_quota_headroom(quota, gpu);
	stats->sessions = quota->sessions;
	stats->clients = quota->clients;
	if (gpu == GHOSTNV_GPU_TOTAL) {
		for (i = 0; i < GHOSTNV_GPUS_MAX; i++)
			stats->counter.refused += quota->gpu[i].refused;
	}
	spin_unlock(&account_lock);
	return 0;
}

/**
 * gnv_account_usage() - what is charged to a container
 * @container: the container
 * @gpu: GPU's index or GHOSTNV_GPU_TOTAL
 *
 * Context: Any.
 * Return: bytes.
 */
u64 gnv_account_usage(struct gnv_container *container, u32 gpu)
{
	struct gnv_account_stats stats;

	if (gnv_account_stats(container, gpu, &stats))
		return 0;
	return stats.counter.usage_bytes;
}

/**
 * gnv_account_machine_usage() - what is charged to all containers together
 * @gpu: GPU's index or GHOSTNV_GPU_TOTAL
 *
 * Context: Any.
 * Return: bytes.
 */
u64 gnv_account_machine_usage(u32 gpu)
{
	struct gnv_quota_counter *counter = gnv_quota_counter(&machine, gpu);
	u64 bytes;

	if (!counter)
		return 0;
	spin_lock(&account_lock);
	bytes = counter->usage_bytes;
	spin_unlock(&account_lock);
	return bytes;
}
