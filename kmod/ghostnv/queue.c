// SPDX-License-Identifier: GPL-2.0
/*
 * Tenants and their queues: see gate.h.  Nothing here calls the driver.
 */
#include <linux/err.h>
#include <linux/jhash.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/slab.h>

#include "container.h"
#include "tenant.h"

static unsigned int max_queues = 4096;
module_param(max_queues, uint, 0444);
MODULE_PARM_DESC(max_queues,
		 "channel groups and channels of one container on one GPU (default 4096)");

static u64 id_of(const struct gnv_container *container)
{
	return container ? container->id : 0;
}

/**
 * gnv_tenant_find() - a container's tenant
 * @gate: of which GPU
 * @container: the container; NULL: what is left of those that are no more
 *
 * Context: The gate's lock is held.
 * Return: the tenant, or NULL.
 */
struct gnv_tenant *gnv_tenant_find(struct gnv_gate *gate, const struct gnv_container *container)
{
	struct gnv_tenant *tenant;

	lockdep_assert_held(&gate->lock);
	hash_for_each_possible(gate->tenants, tenant, entry, id_of(container)) {
		if (tenant->container == container)
			return tenant;
	}
	return NULL;
}

static struct gnv_tenant *make_tenant(struct gnv_gate *gate, struct gnv_container *container,
				      struct gnv_tenant *above)
{
	u64 now_ns = ktime_get_ns();
	struct gnv_tenant *tenant;

	/*
	 * One for each container and GPU, and not the caller's: all others would wait for
	 * the gate's lock while a container that has no memory left looks for some.
	 */
	tenant = kzalloc(sizeof(*tenant), GFP_KERNEL);
	if (!tenant)
		return NULL;
	tenant->gate = gate;
	tenant->container = gnv_container_get(container);
	tenant->quota_us = U64_MAX;
	tenant->period_us = GHOSTNV_GPU_PERIOD_US_DEFAULT;
	INIT_LIST_HEAD(&tenant->queues);
	INIT_LIST_HEAD(&tenant->active);
	INIT_LIST_HEAD(&tenant->contexts);
	gnv_pressure_init(&tenant->memory, now_ns);
	/* They fail for what is below a leaf alone. */
	gnv_sched_add(&gate->sched, &tenant->node, above ? &above->node : NULL, false, now_ns);
	gnv_sched_add(&gate->sched, &tenant->leaf, &tenant->node, true, now_ns);
	hash_add(gate->tenants, &tenant->entry, id_of(container));
	return tenant;
}

/* The nearest container at or above one that lives; a dead one has its heir above. */
static struct gnv_container *living(struct gnv_container *container)
{
	while (container && READ_ONCE(container->quota.dead))
		container = READ_ONCE(container->parent);
	return container;
}

/**
 * gnv_tenant_get() - a container's tenant, made when it is not there
 * @gate: of which GPU
 * @container: the container, with a reference; NULL as in gnv_tenant_find()
 *
 * Parents are read under the gate's lock, and changed before gnv_gate_adopt() takes it:
 * what is found here is right, or is put right there.
 *
 * Context: The gate's lock is held; may sleep.
 * Return: the tenant, or NULL when memory is short.
 */
struct gnv_tenant *gnv_tenant_get(struct gnv_gate *gate, struct gnv_container *container)
{
	struct gnv_container *missing, *parent;
	struct gnv_tenant *tenant, *above;

	container = living(container);
	for (;;) {
		tenant = gnv_tenant_find(gate, container);
		if (tenant)
			return tenant;
		/* From above: the topmost that has none. */
		missing = container;
		while (missing) {
			parent = living(missing->parent);
			if (!parent || gnv_tenant_find(gate, parent))
				break;
			missing = parent;
		}
		above = missing && living(missing->parent) ?
				gnv_tenant_find(gate, living(missing->parent)) :
				NULL;
		if (!make_tenant(gate, missing, above))
			return NULL;
	}
}

/**
 * gnv_tenant_of() - gnv_tenant_get() for what is set of a container itself
 * @gate: of which GPU
 * @container: the container, with a reference
 *
 * Context: The gate's lock is held; may sleep.
 * Return: its own tenant, or an error pointer: -ENOENT when the container is no more.
 */
struct gnv_tenant *gnv_tenant_of(struct gnv_gate *gate, struct gnv_container *container)
{
	struct gnv_tenant *tenant = gnv_tenant_get(gate, container);

	if (!tenant)
		return ERR_PTR(-ENOMEM);
	return tenant->container == container ? tenant : ERR_PTR(-ENOENT);
}

/**
 * gnv_tenant_set_class() - tell the policy whether one is of the latency class
 * @tenant: the tenant
 *
 * Only who has queues shortens the slices of all others.
 *
 * Context: The gate's lock is held; decide afterwards.
 */
void gnv_tenant_set_class(struct gnv_tenant *tenant)
{
	lockdep_assert_held(&tenant->gate->lock);
	gnv_sched_set_latency(&tenant->leaf, tenant->is_latency && !list_empty(&tenant->active),
			      ktime_get_ns());
}

/**
 * gnv_tenant_activate() - have a tenant sampled
 * @tenant: the tenant, which has queues or ran
 *
 * Context: The gate's lock is held.
 */
void gnv_tenant_activate(struct gnv_tenant *tenant)
{
	lockdep_assert_held(&tenant->gate->lock);
	if (!list_empty(&tenant->active))
		return;
	list_add_tail(&tenant->active, &tenant->gate->active);
	gnv_tenant_set_class(tenant);
}

static void move_queues(struct gnv_tenant *from, struct gnv_tenant *to)
{
	struct gnv_queue *queue;

	list_for_each_entry(queue, &from->queues, entry)
		queue->tenant = to;
	list_splice_tail_init(&from->queues, &to->queues);
	gnv_tenant_activate(to);
	to->count += from->count;
	from->count = 0;
	to->ran_ns += from->ran_ns;
	gnv_work_move(from, to);
}

/**
 * gnv_tenant_drop() - a tenant goes
 * @tenant: the tenant
 * @heir: who gets its queues; NULL: it has none
 *
 * Context: The gate's lock is held.
 */
void gnv_tenant_drop(struct gnv_tenant *tenant, struct gnv_tenant *heir)
{
	struct gnv_gate *gate = tenant->gate;
	u64 now_ns = ktime_get_ns();

	lockdep_assert_held(&gate->lock);
	if (heir)
		move_queues(tenant, heir);
	if (gate->running == tenant)
		gate->running = heir;
	gnv_sched_remove(&tenant->leaf, now_ns);
	gnv_sched_remove(&tenant->node, now_ns);
	gnv_work_move(tenant, NULL);
	gnv_tenant_drop_triggers(tenant);
	hash_del(&tenant->entry);
	list_del(&tenant->active);
	gnv_container_put(tenant->container);
	kfree(tenant);
}

/* Programs choose the handles: they are not to know which of them meet in the table. */
static u32 hash_of(const struct gnv_gate *gate, u32 client, u32 handle)
{
	return jhash_2words(client, handle, gate->seed);
}

/**
 * gnv_queue_find() - a queue by its handle
 * @gate: of which GPU
 * @client: handle of its client
 * @handle: its handle
 *
 * Context: The gate's lock is held.
 * Return: the queue, or NULL.
 */
struct gnv_queue *gnv_queue_find(struct gnv_gate *gate, u32 client, u32 handle)
{
	struct gnv_queue *queue;

	lockdep_assert_held(&gate->lock);
	hash_for_each_possible(gate->queues, queue, by_handle, hash_of(gate, client, handle)) {
		if (queue->client == client && queue->handle == handle)
			return queue;
	}
	return NULL;
}

static struct gnv_queue *first_of_pid(struct gnv_gate *gate, pid_t pid)
{
	struct gnv_queue *queue;

	hash_for_each_possible(gate->pids, queue, by_pid, pid) {
		if (queue->pid == pid)
			return queue;
	}
	return NULL;
}

/**
 * gnv_tenant_of_pid() - whose queues a process has
 * @gate: of which GPU
 * @pid: the process
 *
 * A process that moved to another container has queues in both: whose are older pays.
 *
 * Context: The gate's lock is held.
 * Return: the tenant, or NULL when it has none.
 */
struct gnv_tenant *gnv_tenant_of_pid(struct gnv_gate *gate, pid_t pid)
{
	struct gnv_queue *queue;

	lockdep_assert_held(&gate->lock);
	queue = first_of_pid(gate, pid);
	return queue ? queue->tenant : NULL;
}

/*
 * Records know processes by their numbers alone.  Whether the number of one that has
 * ended is another's by now, who runs or has queues: one of them would pay for both.
 */
static bool is_taken(struct gnv_gate *gate, struct pid *maker)
{
	struct gnv_queue *first = first_of_pid(gate, pid_nr(maker));
	struct pid *now;

	rcu_read_lock();
	now = find_pid_ns(pid_nr(maker), &init_pid_ns);
	rcu_read_unlock();
	return now != maker && (now || (first && first->maker != maker));
}

static void set_former(struct gnv_gate *gate, struct gnv_queue *queue)
{
	if (hlist_unhashed(&queue->by_handle) || queue->is_former)
		return;
	queue->is_former = true;
	list_add_tail(&queue->gone, &gate->former);
	gnv_sched_repeat_order(&queue->tenant->leaf);
}

/*
 * A process has a queue: the number is its own.  Who keeps queues of another one of that
 * number, which has ended, pays for both until the next look, and they do not run again.
 */
static void find_former(struct gnv_gate *gate, const struct gnv_queue *queue)
{
	struct gnv_queue *other;

	list_for_each_entry(other, &queue->same_pid, same_pid) {
		if (other->maker != queue->maker && other->tenant != queue->tenant)
			set_former(gate, other);
	}
}

static void add_to_pid(struct gnv_gate *gate, struct gnv_queue *queue)
{
	struct gnv_queue *first = first_of_pid(gate, queue->pid);

	/* The call that made it may have taken long. */
	if (is_taken(gate, queue->maker))
		set_former(gate, queue);
	if (first)
		list_add_tail(&queue->same_pid, &first->same_pid);
	else
		hash_add(gate->pids, &queue->by_pid, queue->pid);
	if (!queue->is_former)
		find_former(gate, queue);
}

static void remove_from_pid(struct gnv_gate *gate, struct gnv_queue *queue)
{
	struct gnv_queue *next = list_next_entry(queue, same_pid);

	if (!hlist_unhashed(&queue->by_pid) && next != queue)
		hash_add(gate->pids, &next->by_pid, next->pid);
	hash_del(&queue->by_pid);
	list_del_init(&queue->same_pid);
}

/**
 * gnv_queue_pass_number() - what queues ran whose number is another's is accounted
 * @gate: of which GPU
 * @former: those, from the gate's list
 *
 * Context: The gate's lock is held.
 */
void gnv_queue_pass_number(struct gnv_gate *gate, struct list_head *former)
{
	struct gnv_queue *queue, *next;

	lockdep_assert_held(&gate->lock);
	list_for_each_entry_safe(queue, next, former, gone) {
		remove_from_pid(gate, queue);
		list_del_init(&queue->gone);
	}
}

static void free_queue(struct gnv_queue *queue)
{
	put_pid(queue->maker);
	kfree(queue);
}

/**
 * gnv_queue_alloc() - make ready for a queue, before the driver makes it
 * @container: whose it will be
 * @gpu: GPU's index
 * @maker: process that made the client
 *
 * Context: Process context; may sleep.
 * Return: the queue, or an error pointer: -ENOSPC when the container may have no more,
 * -EBUSY when @maker has ended and its number is another's.
 */
struct gnv_queue *gnv_queue_alloc(struct gnv_container *container, u32 gpu, struct pid *maker)
{
	struct gnv_queue *queue = kzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);
	struct gnv_gate *gate = gnv_gate_of(gpu);
	struct gnv_tenant *tenant;
	int ret = 0;

	/* Where nobody looks, nobody would be held off the engine either. */
	if (!queue || !gate || !READ_ONCE(gate->thread)) {
		kfree(queue);
		return ERR_PTR(-ENOMEM);
	}
	mutex_lock(&gate->lock);
	tenant = gnv_tenant_get(gate, container);
	if (!tenant)
		ret = -ENOMEM;
	else if (tenant->count >= max_queues)
		ret = -ENOSPC;
	else if (is_taken(gate, maker))
		ret = -EBUSY;
	if (!ret) {
		queue->maker = get_pid(maker);
		queue->pid = pid_nr(maker);
		INIT_LIST_HEAD(&queue->same_pid);
		INIT_LIST_HEAD(&queue->gone);
		tenant->count++;
		gnv_tenant_activate(tenant);
		queue->tenant = tenant;
		list_add_tail(&queue->entry, &tenant->queues);
	}
	mutex_unlock(&gate->lock);
	if (!ret)
		return queue;
	kfree(queue);
	return ERR_PTR(ret);
}

/**
 * gnv_queue_free_gone() - what removed queues ran is accounted
 * @gate: of which GPU
 * @gone: those, from the gate's list
 *
 * Context: The gate's lock is held.
 */
void gnv_queue_free_gone(struct gnv_gate *gate, struct list_head *gone)
{
	struct gnv_queue *queue, *next;

	lockdep_assert_held(&gate->lock);
	list_for_each_entry_safe(queue, next, gone, gone) {
		remove_from_pid(gate, queue);
		list_del(&queue->entry);
		list_del(&queue->gone);
		free_queue(queue);
	}
}

/**
 * gnv_queue_cancel() - the driver did not make it
 * @queue: from gnv_queue_alloc()
 * @gpu: as there
 *
 * Context: Process context; may sleep.
 */
void gnv_queue_cancel(struct gnv_queue *queue, u32 gpu)
{
	struct gnv_gate *gate = gnv_gate_of(gpu);

	mutex_lock(&gate->lock);
	list_del(&queue->entry);
	queue->tenant->count--;
	mutex_unlock(&gate->lock);
	free_queue(queue);
}

/**
 * gnv_queue_publish() - the driver has made it
 * @queue: from gnv_queue_alloc(); NULL: nobody could be told
 * @gpu: as there
 * @client: handle of its client
 * @handle: its handle
 * @parent: handle of what is above it
 * @group: it is a channel group
 *
 * What the policy has ordered for the container holds for it when this returns.
 *
 * Context: Process context; may sleep; the driver is called.
 */
void gnv_queue_publish(struct gnv_queue *queue, u32 gpu, u32 client, u32 handle, u32 parent,
		       bool group)
{
	struct gnv_gate *gate = gnv_gate_of(gpu);
	struct gnv_queue *above;

	mutex_lock(&gate->lock);
	queue->client = client;
	queue->handle = handle;
	above = group ? NULL : gnv_queue_find(gate, client, parent);
	queue->group = group ? handle : above && gnv_queue_is_group(above) ? parent :
									     0;
	/* As the driver makes them. */
	queue->told.enabled = true;
	hash_add(gate->queues, &queue->by_handle, hash_of(gate, client, handle));
	add_to_pid(gate, queue);
	gate->count++;
	mutex_unlock(&gate->lock);
	gnv_gate_await(gate);
	gnv_gate_tell(gate, client, handle);
}

/**
 * gnv_queue_remove() - the driver has freed an object that may be a queue
 * @gpu: GPU's index
 * @client: handle of its client
 * @handle: its handle
 *
 * What it ran since the last look is its tenant's to pay still.
 *
 * Context: Process context; may sleep, but not for the driver.
 */
void gnv_queue_remove(u32 gpu, u32 client, u32 handle)
{
	struct gnv_gate *gate = gnv_gate_of(gpu);
	struct gnv_queue *queue;

	if (!gate)
		return;
	mutex_lock(&gate->lock);
	queue = gnv_queue_find(gate, client, handle);
	if (queue) {
		hash_del(&queue->by_handle);
		list_move_tail(&queue->gone, &gate->gone);
		queue->tenant->count--;
		queue->tenant->removed_ns = ktime_get_ns();
		gate->count--;
	}
	mutex_unlock(&gate->lock);
}
