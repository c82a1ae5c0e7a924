// SPDX-License-Identifier: GPL-2.0
/*
 * The registry of containers: see container.h.  It owns their tree and their
 * life; how much they hold is account.c's.
 */
#include <linux/cgroup.h>
#include <linux/hashtable.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "account.h"
#include "container.h"
#include "events.h"
#include "gpu.h"
#include "sysfs.h"

/* How long a removed cgroup may stay a container while nobody looks. */
#define REAP_INTERVAL (HZ / 4)

/* Protects the table's and the tree's changes, and who is published. */
static DEFINE_MUTEX(container_lock);
static DEFINE_HASHTABLE(containers, 8);
/* How many are published: the hot path asks before it looks anything up. */
static atomic_t container_count = ATOMIC_INIT(0);

static void reap_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(reap_work, reap_work_fn);

/**
 * gnv_container_any() - whether there is any container
 *
 * Context: Any.
 * Return: false when every caller is unlimited.
 */
bool gnv_container_any(void)
{
	return atomic_read(&container_count) != 0;
}

/**
 * gnv_container_get() - take another reference
 * @container: container, may be NULL
 *
 * Context: Any; the caller has a reference already.
 * Return: @container.
 */
struct gnv_container *gnv_container_get(struct gnv_container *container)
{
	if (container)
		refcount_inc(&container->refs);
	return container;
}

/**
 * gnv_container_put() - drop a reference
 * @container: container, may be NULL
 *
 * Context: Process context, no spinlock held.
 */
void gnv_container_put(struct gnv_container *container)
{
	while (container && refcount_dec_and_test(&container->refs)) {
		struct gnv_container *parent = container->parent;

		cgroup_put(container->cgroup);
		kfree_rcu(container, rcu);
		/* The reference that @container held on its parent. */
		container = parent;
	}
}

static bool cgroup_gone(const struct cgroup *cgroup)
{
	return !(READ_ONCE(cgroup->self.flags) & CSS_ONLINE);
}

static struct gnv_container *lookup_rcu(u64 id)
{
	struct gnv_container *container;

	hash_for_each_possible_rcu(containers, container, node, id,
				   lockdep_is_held(&container_lock)) {
		if (container->id == id)
			return container;
	}
	return NULL;
}

/* The nearest container at or above @cgroup, without a reference. */
static struct gnv_container *nearest_rcu(struct cgroup *cgroup)
{
	struct gnv_container *container;

	for (; cgroup; cgroup = cgroup_parent(cgroup)) {
		container = lookup_rcu(cgroup_id(cgroup));
		if (container)
			return container;
	}
	return NULL;
}

static struct gnv_container *get_unless_freed(struct gnv_container *container)
{
	if (container && refcount_inc_not_zero(&container->refs))
		return container;
	return NULL;
}

/*
 * The same with a reference.  One that is just being freed has left the table
 * before: the next look finds what is above it, never nothing by mistake.
 */
static struct gnv_container *get_nearest_rcu(struct cgroup *cgroup)
{
	struct gnv_container *container;

	do {
		container = nearest_rcu(cgroup);
	} while (container && !refcount_inc_not_zero(&container->refs));
	return container;
}

/**
 * gnv_container_of_task() - the nearest container at or above a task's cgroup
 * @task: the task
 *
 * Context: Any.
 * Return: a container with a reference, NULL when the task is unlimited.
 */
struct gnv_container *gnv_container_of_task(struct task_struct *task)
{
	struct gnv_container *container;

	if (!gnv_container_any())
		return NULL;
	rcu_read_lock();
	container = get_nearest_rcu(task_dfl_cgroup(task));
	rcu_read_unlock();
	return container;
}

/**
 * gnv_container_find() - the container with an id
 * @id: its id
 *
 * Context: Process context; may sleep.
 * Return: a container with a reference, NULL when there is none.
 */
struct gnv_container *gnv_container_find(u64 id)
{
	struct gnv_container *container;

	gnv_container_reap();
	rcu_read_lock();
	container = get_unless_freed(lookup_rcu(id));
	rcu_read_unlock();
	return container;
}

/**
 * gnv_container_find_fd() - the nearest container at or above a cgroup
 * @cgroup_fd: an open directory of the cgroup
 *
 * Context: Process context; may sleep.
 * Return: a container with a reference, NULL when there is none, or an error
 * pointer when the file is not a cgroup's.
 */
struct gnv_container *gnv_container_find_fd(int cgroup_fd)
{
	struct gnv_container *container;
	struct cgroup *cgroup;

	cgroup = cgroup_get_from_fd(cgroup_fd);
	if (IS_ERR(cgroup))
		return ERR_CAST(cgroup);
	gnv_container_reap();
	rcu_read_lock();
	container = get_nearest_rcu(cgroup);
	rcu_read_unlock();
	cgroup_put(cgroup);
	return container;
}

/**
 * gnv_container_next() - walk the containers by id
 * @id: in: the last one seen; out: the next larger one
 *
 * Context: Process context; may sleep.
 * Return: 0, or -ENOENT when there is none larger.
 */
int gnv_container_next(u64 *id)
{
	struct gnv_container *container;
	u64 best = U64_MAX;
	int bucket;

	gnv_container_reap();
	rcu_read_lock();
	hash_for_each_rcu(containers, bucket, container, node) {
		if (container->id > *id && container->id < best)
			best = container->id;
	}
	rcu_read_unlock();
	if (best == U64_MAX)
		return -ENOENT;
	*id = best;
	return 0;
}

/**
 * gnv_container_is_below() - whether a container lies strictly below another
 * @container: the one
 * @above: the other
 *
 * Context: Any; the caller has references to both.
 * Return: true if so.
 */
bool gnv_container_is_below(const struct gnv_container *container,
			    const struct gnv_container *above)
{
	bool below = false;

	rcu_read_lock();
	while (!below && (container = READ_ONCE(container->parent)))
		below = container == above;
	rcu_read_unlock();
	return below;
}

/**
 * gnv_container_related() - whether two are the same or one is above the other
 * @a: the one, NULL for the machine itself, which is above all
 * @b: the other
 *
 * Context: Any; the caller has references to both.
 * Return: true if so.
 */
bool gnv_container_related(const struct gnv_container *a,
			   const struct gnv_container *b)
{
	return !a || !b || a == b || gnv_container_is_below(a, b) ||
	       gnv_container_is_below(b, a);
}

/**
 * gnv_container_gpus() - the GPUs that a container may use
 * @container: the container
 *
 * Context: Any.
 * Return: mask of those that it and everything above it was granted.
 */
u64 gnv_container_gpus(const struct gnv_container *container)
{
	u64 mask = U64_MAX;

	rcu_read_lock();
	for (; container; container = READ_ONCE(container->parent))
		mask &= READ_ONCE(container->gpus);
	rcu_read_unlock();
	return mask;
}

/**
 * gnv_container_may_use() - whether a container may use a GPU
 * @container: the container, NULL for the unlimited
 * @gpu: GPU's index
 *
 * Context: Any.
 * Return: true if so; false for an index that is no GPU's.
 */
bool gnv_container_may_use(const struct gnv_container *container, u32 gpu)
{
	if (gpu >= GHOSTNV_GPUS_MAX)
		return false;
	return !container || (gnv_container_gpus(container) >> gpu) & 1;
}

/**
 * gnv_container_for_each() - call a function for each container
 * @fn: the function
 * @arg: its second argument
 *
 * Context: Process context; takes container_lock.
 */
void gnv_container_for_each(void (*fn)(struct gnv_container *container, u32 arg),
			    u32 arg)
{
	struct gnv_container *container;
	int bucket;

	mutex_lock(&container_lock);
	hash_for_each(containers, bucket, container, node)
		fn(container, arg);
	mutex_unlock(&container_lock);
}

static struct gnv_container *alloc_container(struct cgroup *cgroup, u64 gpus,
					     u64 max_bytes)
{
	struct gnv_container *container;

	container = kzalloc(sizeof(*container), GFP_KERNEL_ACCOUNT);
	if (!container)
		return NULL;
	refcount_set(&container->refs, 1);
	container->id = cgroup_id(cgroup);
	container->gpus = gpus;
	gnv_quota_init(&container->quota, NULL);
	container->quota.total.max_bytes = max_bytes;
	/* The reference to @cgroup moves in. */
	container->cgroup = cgroup;
	return container;
}

/* Put @container into the tree: below the nearest, above what is beneath it. */
static void insert(struct gnv_container *container)
{
	struct gnv_container *other;
	int bucket;

	lockdep_assert_held(&container_lock);
	container->parent = gnv_container_get(nearest_rcu(container->cgroup));
	gnv_account_insert(container);
	hash_for_each(containers, bucket, other, node) {
		if (other->parent != container->parent ||
		    !cgroup_is_descendant(other->cgroup, container->cgroup))
			continue;
		gnv_container_get(container);
		gnv_account_adopt(container, other);
		/* @other's reference to the parent it had. */
		gnv_container_put(container->parent);
	}
	hash_add_rcu(containers, &container->node, container->id);
	if (atomic_inc_return(&container_count) == 1)
		queue_delayed_work(system_wq, &reap_work, REAP_INTERVAL);
}

static int create_locked(struct gnv_container *container)
{
	int ret;

	lockdep_assert_held(&container_lock);
	if (lookup_rcu(container->id))
		return -EEXIST;
	if (cgroup_gone(container->cgroup))
		return -ENOENT;
	ret = gnv_sysfs_container_add(container);
	if (ret)
		return ret;
	insert(container);
	return 0;
}

/**
 * gnv_container_create() - make a cgroup a container
 * @cgroup_fd: open directory of the cgroup
 * @gpus: mask of granted GPUs
 * @max_bytes: limit over all GPUs, or GHOSTNV_UNLIMITED
 * @id: out: its id
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno, see GHOSTNV_IOC_CONTAINER_CREATE.
 */
int gnv_container_create(int cgroup_fd, u64 gpus, u64 max_bytes, u64 *id)
{
	struct gnv_container *container;
	struct cgroup *cgroup;
	int ret;

	if (!max_bytes)
		return -EINVAL;
	if (gpus & ~gnv_gpu_mask())
		return -ENOENT;
	cgroup = cgroup_get_from_fd(cgroup_fd);
	if (IS_ERR(cgroup))
		return PTR_ERR(cgroup);
	if (!cgroup_parent(cgroup)) {
		cgroup_put(cgroup);
		return -EINVAL;
	}
	container = alloc_container(cgroup, gpus, max_bytes);
	if (!container) {
		cgroup_put(cgroup);
		return -ENOMEM;
	}

	gnv_container_reap();
	/* A second reference, so that it stays while its id is told. */
	gnv_container_get(container);
	mutex_lock(&container_lock);
	ret = create_locked(container);
	mutex_unlock(&container_lock);
	if (ret) {
		gnv_container_put(container);
	} else {
		*id = container->id;
		gnv_events_post(GHOSTNV_EVENT_CREATED, container,
				GHOSTNV_GPU_TOTAL, 0);
	}
	gnv_container_put(container);
	return ret;
}

/*
 * Nobody new finds it, and the names of its files are free for a successor; the
 * registry's reference moves to the caller.
 */
static void make_dead(struct gnv_container *container)
{
	lockdep_assert_held(&container_lock);
	gnv_sysfs_container_remove(container);
	hash_del_rcu(&container->node);
	atomic_dec(&container_count);
}

static void remove_after_dead(struct gnv_container *container)
{
	gnv_events_post(GHOSTNV_EVENT_DESTROYED, container, GHOSTNV_GPU_TOTAL,
			gnv_account_usage(container, GHOSTNV_GPU_TOTAL));
	gnv_container_put(container);
}

static bool has_children(const struct gnv_container *container)
{
	struct gnv_container *other;
	int bucket;

	lockdep_assert_held(&container_lock);
	hash_for_each(containers, bucket, other, node) {
		if (other->parent == container)
			return true;
	}
	return false;
}

/**
 * gnv_container_destroy() - a cgroup is a container no longer
 * @id: its id
 *
 * Context: Process context; may sleep.
 * Return: 0, -ENOENT, or -EBUSY while it has processes or containers below.
 */
int gnv_container_destroy(u64 id)
{
	struct gnv_container *container;
	int ret = 0;

	gnv_container_reap();
	mutex_lock(&container_lock);
	container = lookup_rcu(id);
	if (!container)
		ret = -ENOENT;
	else if (cgroup_is_populated(container->cgroup) ||
		 has_children(container))
		ret = -EBUSY;
	else
		make_dead(container);
	mutex_unlock(&container_lock);
	if (!ret)
		remove_after_dead(container);
	return ret;
}

/* The deepest one of those to go, so that a parent never goes before a child. */
static struct gnv_container *find_dead(bool all)
{
	struct gnv_container *container, *dead = NULL;
	int bucket;

	lockdep_assert_held(&container_lock);
	hash_for_each(containers, bucket, container, node) {
		if (!all && !cgroup_gone(container->cgroup))
			continue;
		if (!dead || container->cgroup->level > dead->cgroup->level)
			dead = container;
	}
	return dead;
}

static void reap(bool all)
{
	struct gnv_container *dead;

	do {
		mutex_lock(&container_lock);
		dead = find_dead(all);
		if (dead)
			make_dead(dead);
		mutex_unlock(&container_lock);
		if (dead)
			remove_after_dead(dead);
	} while (dead);
}

/**
 * gnv_container_reap() - destroy the containers whose cgroup was removed
 *
 * Context: Process context; may sleep.
 */
void gnv_container_reap(void)
{
	if (gnv_container_any())
		reap(false);
}

static void reap_work_fn(struct work_struct *work)
{
	gnv_container_reap();
	if (gnv_container_any())
		queue_delayed_work(system_wq, &reap_work, REAP_INTERVAL);
}

/**
 * gnv_container_fini() - destroy all containers
 *
 * Context: Process context; may sleep.  Nobody makes new ones.
 */
void gnv_container_fini(void)
{
	reap(true);
	cancel_delayed_work_sync(&reap_work);
	/* The last kfree_rcu() may still be under way; it needs no code of ours. */
}
