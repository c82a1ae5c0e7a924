// SPDX-License-Identifier: GPL-2.0
/*
 * The registry of containers: see container.h.  It owns their tree and their
 * life; how much they hold is account.c's.
 *
 * Every ioctl of every process asks whose it is, so that is made cheap: a mask
 * tells on which levels of the cgroup hierarchy there are containers at all, and
 * only the caller's ancestors on those are looked up.
 */
#include <linux/capability.h>
#include <linux/cgroup.h>
#include <linux/hashtable.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "account.h"
#include "container.h"
#include "events.h"
#include "gate.h"
#include "gpu.h"
#include "sysfs.h"

/*
 * How long a removed cgroup may stay a container while nobody looks, and how many
 * such times pass until all are looked at, whatever the hierarchy counts.
 */
#define REAP_INTERVAL (HZ / 4)
#define REAP_FULL 16

/* Protects the table's and the tree's changes, and who is published. */
static DEFINE_MUTEX(container_lock);
static DEFINE_HASHTABLE(containers, 12);
static struct rb_root ordered = RB_ROOT;
/* How many there are on each level; the last stands for all that are deeper. */
static unsigned int level_counts[BITS_PER_LONG];
/* Bits of those that are not 0; written under container_lock, read by anyone. */
static unsigned long levels;
/* The hierarchy's count of removed cgroups when all containers were looked at. */
static int dying_seen;

static void reap_locked(bool all);
static void reap(bool all);
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
	return READ_ONCE(levels) != 0;
}

/**
 * gnv_container_count() - how many containers there are
 *
 * Context: Any.
 * Return: their number, at this moment.
 */
unsigned int gnv_container_count(void)
{
	unsigned int count = 0, i;

	for (i = 0; i < ARRAY_SIZE(level_counts); i++)
		count += READ_ONCE(level_counts[i]);
	return count;
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
		kfree(container->quota.gpu);
		kvfree(container->oom_report);
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

static unsigned int level_bit(int level)
{
	return min(level, BITS_PER_LONG - 1);
}

static void count_level(const struct gnv_container *container, bool add)
{
	unsigned int bit = level_bit(container->cgroup->level);

	lockdep_assert_held(&container_lock);
	level_counts[bit] += add ? 1 : -1;
	if (level_counts[bit])
		WRITE_ONCE(levels, levels | BIT(bit));
	else
		WRITE_ONCE(levels, levels & ~BIT(bit));
}

/* The nearest container at or above @cgroup, without a reference. */
static struct gnv_container *nearest_rcu(struct cgroup *cgroup)
{
	unsigned long mask = READ_ONCE(levels);
	struct gnv_container *container;
	int level;

	/* The root is never a container. */
	for (level = cgroup->level; level > 0; level--) {
		if (!(mask & BIT(level_bit(level))))
			continue;
		container = lookup_rcu(cgroup_id(cgroup_ancestor(cgroup, level)));
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
 * gnv_container_has_task() - whether a container is the nearest of a task
 * @container: the container
 * @task: the task
 *
 * Context: Any.
 * Return: true if so, at this moment.
 */
bool gnv_container_has_task(const struct gnv_container *container,
			    struct task_struct *task)
{
	bool has;

	rcu_read_lock();
	has = nearest_rcu(task_dfl_cgroup(task)) == container;
	rcu_read_unlock();
	return has;
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

	rcu_read_lock();
	container = get_unless_freed(lookup_rcu(id));
	rcu_read_unlock();
	if (container && cgroup_gone(container->cgroup)) {
		gnv_container_put(container);
		reap(false);
		return NULL;
	}
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
	/* What is above it lives as long as it does. */
	if (cgroup_gone(cgroup))
		reap(false);
	rcu_read_lock();
	container = get_nearest_rcu(cgroup);
	rcu_read_unlock();
	cgroup_put(cgroup);
	return container;
}

static struct gnv_container *next_locked(u64 id)
{
	struct gnv_container *container, *best = NULL;
	struct rb_node *node;

	lockdep_assert_held(&container_lock);
	for (node = ordered.rb_node; node;) {
		container = rb_entry(node, struct gnv_container, ordered);
		if (container->id > id) {
			best = container;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return best;
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

	mutex_lock(&container_lock);
	container = next_locked(*id);
	if (container && cgroup_gone(container->cgroup)) {
		reap_locked(false);
		container = next_locked(*id);
	}
	if (container)
		*id = container->id;
	mutex_unlock(&container_lock);
	return container ? 0 : -ENOENT;
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
 * gnv_container_may_manage() - whether the caller may change a container
 * @container: the container; NULL: the machine, with all containers
 *
 * That takes CAP_SYS_ADMIN in the initial user namespace; and who is in a
 * container may change those strictly below its own only.
 *
 * Context: Process context.
 * Return: true if so.
 */
bool gnv_container_may_manage(const struct gnv_container *container)
{
	struct gnv_container *own = gnv_container_of_task(current);
	bool may = !own || (container && gnv_container_is_below(container, own));

	gnv_container_put(own);
	return may && capable(CAP_SYS_ADMIN);
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
void gnv_container_for_each(void (*fn)(struct gnv_container *container, void *arg),
			    void *arg)
{
	struct rb_node *node;

	mutex_lock(&container_lock);
	for (node = rb_first(&ordered); node; node = rb_next(node))
		fn(rb_entry(node, struct gnv_container, ordered), arg);
	mutex_unlock(&container_lock);
}

static struct gnv_container *alloc_container(struct cgroup *cgroup, u64 gpus,
					     u64 max_bytes)
{
	u32 slots = gnv_gpu_slots();
	struct gnv_quota_counter *counters;
	struct gnv_container *container;

	container = kzalloc(sizeof(*container), GFP_KERNEL_ACCOUNT);
	counters = kcalloc(slots, sizeof(*counters), GFP_KERNEL_ACCOUNT);
	if (!container || !counters) {
		kfree(counters);
		kfree(container);
		return NULL;
	}
	refcount_set(&container->refs, 1);
	container->id = cgroup_id(cgroup);
	container->gpus = gpus;
	gnv_quota_init(&container->quota, NULL, counters, slots);
	container->quota.total.max_bytes = max_bytes;
	container->oom_wait_ms = GHOSTNV_OOM_WAIT_MS_DEFAULT;
	/* The reference to @cgroup moves in. */
	container->cgroup = cgroup;
	return container;
}

static void order(struct gnv_container *container)
{
	struct rb_node **link = &ordered.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		if (container->id <
		    rb_entry(parent, struct gnv_container, ordered)->id)
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	rb_link_node(&container->ordered, parent, link);
	rb_insert_color(&container->ordered, &ordered);
}

static void count_child(struct gnv_container *parent, bool add)
{
	if (parent)
		parent->children += add ? 1 : -1;
}

/* Those beneath @container come below it. */
static void adopt(struct gnv_container *container)
{
	struct gnv_container *other;
	struct rb_node *node;

	for (node = rb_first(&ordered); node; node = rb_next(node)) {
		other = rb_entry(node, struct gnv_container, ordered);
		if (other->parent != container->parent ||
		    !cgroup_is_descendant(other->cgroup, container->cgroup))
			continue;
		gnv_container_get(container);
		gnv_account_adopt(container, other);
		gnv_gate_adopt(container, other);
		count_child(container, true);
		count_child(container->parent, false);
		/* @other's reference to the parent it had. */
		gnv_container_put(container->parent);
	}
}

/* A removed cgroup is counted as well for as long as a container pins it. */
static bool has_cgroups_below(const struct cgroup *cgroup)
{
	return READ_ONCE(cgroup->nr_descendants) ||
	       READ_ONCE(cgroup->nr_dying_descendants);
}

/* Put @container into the tree: below the nearest, above what is beneath it. */
static void insert(struct gnv_container *container)
{
	bool first = !gnv_container_any();

	lockdep_assert_held(&container_lock);
	container->parent = gnv_container_get(nearest_rcu(container->cgroup));
	count_child(container->parent, true);
	gnv_account_insert(container);
	if (has_cgroups_below(container->cgroup))
		adopt(container);
	order(container);
	hash_add_rcu(containers, &container->node, container->id);
	count_level(container, true);
	if (first)
		queue_delayed_work(system_wq, &reap_work, REAP_INTERVAL);
}

/* Return: false when there is no memory: its charges on new GPUs are refused. */
static bool grow(struct gnv_container *container, u32 gpus)
{
	struct gnv_quota_counter *counters;

	lockdep_assert_held(&container_lock);
	if (container->quota.gpus >= gpus)
		return true;
	counters = kcalloc(gpus, sizeof(*counters), GFP_KERNEL_ACCOUNT);
	if (counters)
		gnv_account_grow(container, counters, gpus);
	return counters;
}

/**
 * gnv_container_grow() - there are more GPUs than ever
 * @gpus: how many
 *
 * Context: Process context; may sleep.
 */
void gnv_container_grow(u32 gpus)
{
	struct rb_node *node;

	mutex_lock(&container_lock);
	for (node = rb_first(&ordered); node; node = rb_next(node))
		grow(rb_entry(node, struct gnv_container, ordered), gpus);
	mutex_unlock(&container_lock);
}

/**
 * gnv_container_split() - a GPU may have got limits of its own
 * @container: of the container
 *
 * Context: Process context; may sleep.
 */
void gnv_container_split(struct gnv_container *container)
{
	mutex_lock(&container_lock);
	if (container->sysfs)
		gnv_sysfs_container_split(container);
	mutex_unlock(&container_lock);
}

static int create_locked(struct gnv_container *container)
{
	int ret;

	lockdep_assert_held(&container_lock);
	/* A GPU may have come since it was made, and the others have it. */
	if (!grow(container, gnv_gpu_slots()))
		return -ENOMEM;
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

/* Who is in a container makes them strictly below its own. */
static bool may_create(struct cgroup *cgroup)
{
	struct gnv_container *own = gnv_container_of_task(current);
	bool may = !own || (cgroup != own->cgroup &&
			    cgroup_is_descendant(cgroup, own->cgroup));

	gnv_container_put(own);
	return may;
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
	if (!may_create(cgroup)) {
		cgroup_put(cgroup);
		return -EPERM;
	}
	container = alloc_container(cgroup, gpus, max_bytes);
	if (!container) {
		cgroup_put(cgroup);
		return -ENOMEM;
	}

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
	rb_erase(&container->ordered, &ordered);
	count_child(container->parent, false);
	count_level(container, false);
	gnv_account_orphan(container);
	gnv_gate_orphan(container);
}

static void remove_after_dead(struct gnv_container *container)
{
	gnv_events_post(GHOSTNV_EVENT_DESTROYED, container, GHOSTNV_GPU_TOTAL,
			gnv_account_usage(container, GHOSTNV_GPU_TOTAL));
	gnv_container_put(container);
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

	mutex_lock(&container_lock);
	container = lookup_rcu(id);
	if (container && (container->children || cgroup_gone(container->cgroup))) {
		reap_locked(false);
		container = lookup_rcu(id);
	}
	if (!container)
		ret = -ENOENT;
	else if (cgroup_is_populated(container->cgroup) || container->children)
		ret = -EBUSY;
	else
		make_dead(container);
	mutex_unlock(&container_lock);
	if (!ret)
		remove_after_dead(container);
	return ret;
}

/* Those of one level, and which level is the deepest above it that has one. */
static int reap_level(int level, bool all)
{
	struct rb_node *node = rb_first(&ordered);
	struct gnv_container *container;
	int above = -1;

	lockdep_assert_held(&container_lock);
	while (node) {
		container = rb_entry(node, struct gnv_container, ordered);
		node = rb_next(node);
		if (!all && !cgroup_gone(container->cgroup))
			continue;
		if (container->cgroup->level < level) {
			above = max(above, container->cgroup->level);
			continue;
		}
		make_dead(container);
		remove_after_dead(container);
	}
	return above;
}

/* The deepest first, so that a parent never goes before a child. */
static void reap_locked(bool all)
{
	int level = INT_MAX;

	lockdep_assert_held(&container_lock);
	/* Before the look: what is removed meanwhile, is looked for again. */
	WRITE_ONCE(dying_seen, READ_ONCE(cgrp_dfl_root.cgrp.nr_dying_descendants));
	do {
		level = reap_level(level, all);
	} while (level >= 0);
}

static void reap(bool all)
{
	mutex_lock(&container_lock);
	reap_locked(all);
	mutex_unlock(&container_lock);
}

/*
 * Whoever asks for a container whose cgroup was removed has all such destroyed; here
 * are those that nobody asks for.  As long as the hierarchy counts as many removed
 * cgroups as before, it looks at none: the cgroup of a container counts until the
 * container is destroyed, so only one that was removed in the same moment as another
 * ceased to count is missed, until all are looked at.
 */
static void reap_work_fn(struct work_struct *work)
{
	static unsigned int times;

	if (!(++times % REAP_FULL) ||
	    READ_ONCE(dying_seen) !=
		    READ_ONCE(cgrp_dfl_root.cgrp.nr_dying_descendants))
		reap(false);
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
