// SPDX-License-Identifier: GPL-2.0
/*
 * Charges and the lock of the quota hierarchy: see account.h.
 */
#include <linux/slab.h>
#include <linux/moduleparam.h>
#include <linux/spinlock.h>

#include "account.h"
#include "container.h"
#include "events.h"
#include "quota_claim.h"
#include "sysfs.h"
#include "trace.h"

/*
 * Protects every struct gnv_quota, the waiters, the policies of containers, and with
 * container_lock the parents of containers and their masks of GPUs.
 */
static DEFINE_SPINLOCK(account_lock);
/* The node above all containers: the cards, and what all of them hold together. */
static struct gnv_quota machine;
static struct gnv_quota_counter machine_gpus[GHOSTNV_GPUS_MAX];
/* GPUs that were ever attached. */
static u64 gpus_seen;
/* Everybody who waits; and how many ever did. */
static LIST_HEAD(waiters);
static u64 last_ticket;
static bool stopping;
/*
 * So many calls of one container may wait.  They are gone through with account_lock held,
 * and go from one queue into the other one by one.
 */
#define WAITING_MAX 256

/**
 * gnv_account_init() - make the root of the hierarchy
 *
 * Context: Module's start.
 */
void gnv_account_init(void)
{
	gnv_quota_init(&machine, NULL, machine_gpus, ARRAY_SIZE(machine_gpus));
}

/**
 * gnv_account_stop() - nobody waits for room any longer
 *
 * Context: Module's end.
 */
void gnv_account_stop(void)
{
	struct gnv_account_waiter *waiter;

	spin_lock(&account_lock);
	WRITE_ONCE(stopping, true);
	list_for_each_entry(waiter, &waiters, entry)
		complete(&waiter->done);
	spin_unlock(&account_lock);
}

/**
 * gnv_account_is_stopping() - whether gnv_account_stop() was called
 *
 * Context: Any.
 * Return: true if so.
 */
bool gnv_account_is_stopping(void)
{
	return READ_ONCE(stopping);
}

/* The container of a node, NULL for the machine. */
static struct gnv_container *owner_of(struct gnv_quota *node)
{
	if (node == &machine)
		return NULL;
	return container_of(node, struct gnv_container, quota);
}

static void report_full(const struct gnv_quota_full *full,
			struct gnv_container *container, u64 bytes)
{
	gnv_events_post(GHOSTNV_EVENT_MAX, owner_of(full->node) ?: container,
			full->gpu, bytes);
	if (full->guaranteed)
		gnv_sysfs_notify(container, full->gpu);
}

/* There may be room: charges those who waited for it, and wakes them. */
static void serve(struct gnv_quota *node, u32 gpu)
{
	struct gnv_quota_waiter *queue = gnv_quota_serve(node, gpu);
	struct gnv_account_waiter *waiter;

	lockdep_assert_held(&account_lock);
	while (queue) {
		waiter = container_of(queue, struct gnv_account_waiter, queue);
		queue = queue->next;
		waiter->queue.next = NULL;
		gnv_quota_count(waiter->queue.node, waiter->charge.gpu,
				waiter->charge.kind, true);
		waiter->charge.container = gnv_container_get(waiter->container);
		/* It stays until it has taken the lock. */
		complete(&waiter->done);
	}
}

/* Who would wait does not push in before those who wait already. */
static bool stands_in_line(const struct gnv_container *container)
{
	return container->oom_policy == GHOSTNV_OOM_WAIT ||
	       container->oom_policy == GHOSTNV_OOM_EVICT;
}

static int charge_locked(struct gnv_container *container,
			 enum gnv_quota_kind kind, u32 gpu, u64 bytes,
			 struct gnv_quota_full *full)
{
	int ret;

	lockdep_assert_held(&account_lock);
	if (stands_in_line(container) && gpu < GHOSTNV_GPUS_MAX &&
	    gnv_quota_has_queue(&container->quota, gpu, full))
		return -EDQUOT;
	ret = gnv_quota_try_charge(&container->quota, gpu, bytes, full);
	if (!ret)
		gnv_quota_count(&container->quota, gpu, kind, true);
	return ret;
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
	ret = charge_locked(container, kind, gpu, bytes, &full);
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
	u64 before;
	int ret = 0;

	if (!container) {
		charge->bytes = bytes;
		return 0;
	}
	rcu_read_lock();
	spin_lock(&account_lock);
	before = charge->bytes;
	if (bytes > before) {
		ret = gnv_quota_try_charge(&container->quota, charge->gpu,
					   bytes - before, &full);
	} else if (bytes < before) {
		gnv_quota_uncharge(&container->quota, charge->gpu, before - bytes);
		serve(&container->quota, charge->gpu);
	}
	if (!ret)
		charge->bytes = bytes;
	spin_unlock(&account_lock);
	if (ret == -EDQUOT)
		report_full(&full, container, bytes - before);
	rcu_read_unlock();
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
	serve(&container->quota, charge->gpu);
	spin_unlock(&account_lock);
	trace_gnv_uncharge(container->id, charge->gpu, charge->bytes);
	charge->container = NULL;
	gnv_container_put(container);
}

/*
 * What a container makes of these takes memory of the kernel, ours and the
 * driver's, so their number is bounded, far beyond what programs need.
 */
static struct gnv_quota_bounds bounds = {
	.sessions = 1 << 16,
	.clients = 1 << 14,
	.objects = 1 << 20,
};
module_param_named(max_sessions, bounds.sessions, ullong, 0444);
MODULE_PARM_DESC(max_sessions, "open device files of one container (default 65536)");
module_param_named(max_clients, bounds.clients, ullong, 0444);
MODULE_PARM_DESC(max_clients, "RM clients of one container (default 16384)");
module_param_named(max_objects, bounds.objects, ullong, 0444);
MODULE_PARM_DESC(max_objects, "RM objects of one container (default 1048576)");

static int count(struct gnv_container *container, bool add,
		 void (*one)(struct gnv_quota *node, bool add))
{
	int ret = 0;

	if (!container)
		return 0;
	spin_lock(&account_lock);
	one(&container->quota, add);
	if (add && gnv_quota_is_bound(&container->quota, &bounds)) {
		one(&container->quota, false);
		ret = -ENOSPC;
	}
	spin_unlock(&account_lock);
	return ret;
}

/**
 * gnv_account_wait() - charge a container that was refused, or queue for room
 * @waiter: out; gnv_account_wait_end() is to be called for it
 * @container: who is to be charged; the caller keeps its reference
 * @kind: for what
 * @gpu: GPU's index
 * @bytes: how much
 *
 * Context: Process context, no spinlock held.
 * Return: 0 when it is charged, -EDQUOT when it waits, -ESHUTDOWN when nobody may,
 * -EBUSY when very many of @container do.
 */
int gnv_account_wait(struct gnv_account_waiter *waiter,
		     struct gnv_container *container, enum gnv_quota_kind kind,
		     u32 gpu, u64 bytes)
{
	struct gnv_quota_full full;
	int ret;

	*waiter = (struct gnv_account_waiter){
		.charge = { .bytes = bytes, .gpu = gpu, .kind = kind },
		.queue = { .node = &container->quota, .gpu = gpu, .bytes = bytes },
		.container = container,
	};
	INIT_LIST_HEAD(&waiter->entry);
	init_completion(&waiter->done);
	spin_lock(&account_lock);
	if (stopping)
		ret = -ESHUTDOWN;
	else if (stands_in_line(container) &&
		 gnv_quota_has_queue(&container->quota, gpu, &full))
		ret = -EDQUOT;
	else
		ret = gnv_quota_charge_quietly(&container->quota, gpu, bytes,
					       &full);
	if (!ret) {
		gnv_quota_count(&container->quota, gpu, kind, true);
		waiter->charge.container = gnv_container_get(container);
	}
	if (ret == -EDQUOT && container->waiting == WAITING_MAX)
		ret = -EBUSY;
	if (ret == -EDQUOT) {
		/* It is above @container, which keeps it. */
		waiter->full = gnv_container_get(owner_of(full.node));
		waiter->full_gpu = full.gpu;
		waiter->queue.ticket = ++last_ticket;
		gnv_quota_enqueue(&waiter->queue, &full);
		list_add_tail(&waiter->entry, &waiters);
		container->waiting++;
	}
	spin_unlock(&account_lock);
	return ret;
}

/**
 * gnv_account_wait_end() - wait no longer
 * @waiter: from gnv_account_wait()
 * @charge: out: the token, when it was granted
 *
 * Context: Process context, no spinlock held.
 * Return: whether it was granted.
 */
bool gnv_account_wait_end(struct gnv_account_waiter *waiter,
			  struct gnv_charge *charge)
{
	spin_lock(&account_lock);
	if (!list_empty(&waiter->entry))
		waiter->container->waiting--;
	list_del(&waiter->entry);
	gnv_quota_dequeue(&waiter->queue);
	/* Those behind it may be smaller. */
	if (!waiter->charge.container)
		serve(&waiter->container->quota, waiter->charge.gpu);
	spin_unlock(&account_lock);
	gnv_container_put(waiter->full);
	*charge = waiter->charge;
	return charge->container;
}

/**
 * gnv_account_delay_ms() - how long a charge above the high limit is slowed down
 * @container: who was charged
 * @gpu: GPU's index
 *
 * Context: Process context, no spinlock held.
 * Return: milliseconds, 0 when it is not above.
 */
u32 gnv_account_delay_ms(struct gnv_container *container, u32 gpu)
{
	struct gnv_container *owner;
	struct gnv_quota_full above;
	u64 bytes = 0;
	u32 ms;

	rcu_read_lock();
	spin_lock(&account_lock);
	ms = gnv_quota_delay_ms(&container->quota, gpu, &above);
	if (ms) {
		gnv_quota_count_event(above.node, above.gpu, GNV_QUOTA_HIGH);
		bytes = gnv_quota_counter(above.node, above.gpu)->usage_bytes;
	}
	spin_unlock(&account_lock);
	owner = ms ? owner_of(above.node) : NULL;
	if (owner)
		gnv_events_post(GHOSTNV_EVENT_HIGH, owner, above.gpu, bytes);
	rcu_read_unlock();
	return ms;
}

/**
 * gnv_account_event() - count an event and tell of it
 * @container: whose
 * @gpu: GPU's index or GHOSTNV_GPU_TOTAL
 * @event: GNV_QUOTA_OOM, _OOM_KILL, _EVICT or _WAIT
 * @bytes: see GHOSTNV_EVENT_*
 *
 * Context: Process context, no spinlock held.
 */
void gnv_account_event(struct gnv_container *container, u32 gpu,
		       enum gnv_quota_event event, u64 bytes)
{
	static const u32 types[GNV_QUOTA_EVENTS] = {
		[GNV_QUOTA_OOM] = GHOSTNV_EVENT_OOM,
		[GNV_QUOTA_OOM_KILL] = GHOSTNV_EVENT_OOM_KILL,
		[GNV_QUOTA_EVICT] = GHOSTNV_EVENT_EVICT,
		[GNV_QUOTA_WAIT] = GHOSTNV_EVENT_WAIT,
	};

	spin_lock(&account_lock);
	gnv_quota_count_event(&container->quota, gpu, event);
	spin_unlock(&account_lock);
	gnv_events_post(types[event], container, gpu, bytes);
}

/**
 * gnv_account_session() - count a session in or out
 * @container: whose, may be NULL
 * @add: in or out
 *
 * Context: Any.
 * Return: 0, or -ENOSPC when it may have no more.
 */
int gnv_account_session(struct gnv_container *container, bool add)
{
	return count(container, add, gnv_quota_count_session);
}

/**
 * gnv_account_client() - count a client in or out
 * @container: whose, may be NULL
 * @add: in or out
 *
 * Context: Any.
 * Return: 0, or -ENOSPC when it may have no more.
 */
int gnv_account_client(struct gnv_container *container, bool add)
{
	return count(container, add, gnv_quota_count_client);
}

/**
 * gnv_account_object() - count an object in or out
 * @container: whose, may be NULL
 * @add: in or out
 *
 * Context: Any.
 * Return: 0, or -ENOSPC when it may have no more.
 */
int gnv_account_object(struct gnv_container *container, bool add)
{
	return count(container, add, gnv_quota_count_object);
}

/**
 * gnv_account_grow() - give a container counters for more GPUs
 * @container: the container
 * @counters: memory for @gpus counters, which moves
 * @gpus: how many GPUs there are to be
 *
 * Context: Process context, no spinlock held.
 */
void gnv_account_grow(struct gnv_container *container,
		      struct gnv_quota_counter *counters, u32 gpus)
{
	spin_lock(&account_lock);
	counters = gnv_quota_grow(&container->quota, counters, gpus);
	spin_unlock(&account_lock);
	kfree(counters);
}

/* What all cards have together, unknown as long as one is. */
static u64 total_capacity(void)
{
	u64 sum = 0;
	u32 gpu;

	for (gpu = 0; gpu < GHOSTNV_GPUS_MAX; gpu++) {
		if (!((gpus_seen >> gpu) & 1))
			continue;
		if (check_add_overflow(sum, machine.gpu[gpu].max_bytes, &sum))
			return GHOSTNV_UNLIMITED;
	}
	return sum ?: GHOSTNV_UNLIMITED;
}

/**
 * gnv_account_set_capacity() - how much a card has
 * @gpu: GPU's index
 * @bytes: GHOSTNV_UNLIMITED while it is not known, 0 while the GPU is away
 *
 * A card that has gone breaks the guarantees of it: nothing here can help that.
 *
 * Context: Process context, no spinlock held.
 */
void gnv_account_set_capacity(u32 gpu, u64 bytes)
{
	spin_lock(&account_lock);
	gpus_seen |= 1ULL << gpu;
	machine.gpu[gpu].max_bytes = bytes;
	machine.total.max_bytes = total_capacity();
	serve(&machine, gpu);
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
	container->quota.parent = &machine;
	if (container->parent) {
		container->quota.parent = &container->parent->quota;
		container->oom_policy = container->parent->oom_policy;
		container->oom_priority = container->parent->oom_priority;
		container->oom_wait_ms = container->parent->oom_wait_ms;
	}
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
 * gnv_account_orphan() - a container goes: what it holds is its parent's
 * @container: the container; nothing is below it
 *
 * Context: container_lock is held.
 */
void gnv_account_orphan(struct gnv_container *container)
{
	u32 gpu;

	spin_lock(&account_lock);
	gnv_quota_orphan(&container->quota);
	for (gpu = 0; gpu < container->quota.gpus; gpu++)
		serve(container->quota.parent, gpu);
	spin_unlock(&account_lock);
}

/* One of the limits in bytes, where it lies; NULL for the others. */
static u64 *bytes_of(struct gnv_container *container, u32 limit, u32 gpu)
{
	struct gnv_quota_counter *counter =
		gnv_quota_counter(&container->quota, gpu);

	if (!counter)
		return NULL;
	switch (limit) {
	case GHOSTNV_LIMIT_VRAM_MAX:
		return &counter->max_bytes;
	case GHOSTNV_LIMIT_VRAM_HIGH:
		return &counter->high_bytes;
	case GHOSTNV_LIMIT_VRAM_LOW:
		return &counter->low_bytes;
	default:
		return NULL;
	}
}

/* One of the limits that are of the container; 0 is as it is for the others. */
static u32 *number_of(struct gnv_container *container, u32 limit, u64 *least,
		      u64 *most)
{
	*least = 0;
	switch (limit) {
	case GHOSTNV_LIMIT_OOM_POLICY:
		*most = GHOSTNV_OOM_KILL;
		return &container->oom_policy;
	case GHOSTNV_LIMIT_OOM_PRIORITY:
		*most = GHOSTNV_OOM_PRIORITY_MAX;
		return &container->oom_priority;
	case GHOSTNV_LIMIT_OOM_WAIT_MS:
		*least = 1;
		*most = GHOSTNV_OOM_WAIT_MS_MAX;
		return &container->oom_wait_ms;
	default:
		return NULL;
	}
}

static int set_bytes(struct gnv_container *container, u32 limit, u32 gpu,
		     u64 bytes)
{
	if (limit == GHOSTNV_LIMIT_VRAM_LOW) {
		if (bytes && gnv_quota_counter(&machine, gpu)->max_bytes ==
				     GHOSTNV_UNLIMITED)
			return -ENODEV;
		return gnv_quota_set_low(&container->quota, gpu, bytes);
	}
	if (!bytes)
		return -EINVAL;
	if (limit == GHOSTNV_LIMIT_VRAM_MAX)
		return gnv_quota_set_max(&container->quota, gpu, bytes);
	*bytes_of(container, limit, gpu) = bytes;
	return 0;
}

static int set_locked(struct gnv_container *container, u32 limit, u32 gpu,
		      u64 value, bool only_lower)
{
	u64 least, most, *bytes;
	u32 *number;
	int ret;

	lockdep_assert_held(&account_lock);
	if (limit == GHOSTNV_LIMIT_GPUS) {
		if (only_lower && (value & ~container->gpus))
			return -EPERM;
		WRITE_ONCE(container->gpus, value);
		return 0;
	}
	number = number_of(container, limit, &least, &most);
	if (number) {
		if (value < least || value > most)
			return -EINVAL;
		if (only_lower && (limit != GHOSTNV_LIMIT_OOM_PRIORITY ||
				   value > *number))
			return -EPERM;
		WRITE_ONCE(*number, value);
		return 0;
	}
	bytes = bytes_of(container, limit, gpu);
	if (!bytes)
		return -EINVAL;
	if (only_lower && value > *bytes)
		return -EPERM;
	ret = set_bytes(container, limit, gpu, value);
	if (!ret)
		serve(&container->quota, gpu);
	return ret;
}

/**
 * gnv_account_set_limit() - set a limit
 * @container: whose
 * @limit: GHOSTNV_LIMIT_*
 * @gpu: GPU's index or GHOSTNV_GPU_TOTAL
 * @value: the limit
 * @only_lower: the caller may not give more than there is
 *
 * Context: Process context, no spinlock held.
 * Return: 0 or a negative errno, see struct ghostnv_limit.
 */
int gnv_account_set_limit(struct gnv_container *container, u32 limit, u32 gpu,
			  u64 value, bool only_lower)
{
	int ret;

	spin_lock(&account_lock);
	ret = set_locked(container, limit, gpu, value, only_lower);
	spin_unlock(&account_lock);
	if (!ret)
		gnv_events_post(GHOSTNV_EVENT_LIMIT, container, gpu, value);
	return ret;
}

/**
 * gnv_account_get_limit() - read a limit
 * @container: whose
 * @limit: GHOSTNV_LIMIT_*
 * @gpu: GPU's index or GHOSTNV_GPU_TOTAL
 * @value: out
 *
 * Context: Process context, no spinlock held.
 * Return: 0 or -EINVAL.
 */
int gnv_account_get_limit(struct gnv_container *container, u32 limit, u32 gpu,
			  u64 *value)
{
	u64 least, most, *bytes;
	u32 *number;
	int ret = 0;

	spin_lock(&account_lock);
	number = number_of(container, limit, &least, &most);
	bytes = bytes_of(container, limit, gpu);
	if (limit == GHOSTNV_LIMIT_GPUS)
		*value = container->gpus;
	else if (number)
		*value = *number;
	else if (bytes)
		*value = *bytes;
	else
		ret = -EINVAL;
	spin_unlock(&account_lock);
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
	struct gnv_quota_counter *counter;
	u32 i;

	spin_lock(&account_lock);
	counter = gnv_quota_counter(quota, gpu);
	if (!counter) {
		spin_unlock(&account_lock);
		return -EINVAL;
	}
	stats->counter = *counter;
	stats->limit_bytes = gnv_quota_limit(quota, gpu);
	stats->headroom_bytes = gnv_quota_headroom(quota, gpu);
	stats->sessions = quota->sessions;
	stats->clients = quota->clients;
	if (gpu == GHOSTNV_GPU_TOTAL) {
		for (i = 0; i < quota->gpus; i++)
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
