/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Containers: registered cgroups with limits, in the tree that their cgroups
 * make.  It knows nothing of NVIDIA's driver.
 *
 * Order of locks in all of ghostnv.ko, outermost first:
 *
 *   attach_lock (attach.c) -> device_lock() of the PCI function -> container_lock
 *   call_lock of a session -> call_lock of one client, or of two in the order
 *     of their handles -> look_lock of a gate (tenant.h) -> bridge_sem (bridge.c), and
 *     the driver's own locks
 *   fill_lock of a frame (frame.c) -> mmap_lock -> mapping_lock (mapping.c)
 *   gnv_rm_lock (rm_client.h) -> mapping_lock -> account_lock (account.c)
 *   read_lock of a reader -> its lock; events_lock -> the lock of a reader (events.c)
 *
 *   container_lock, gnv_rm_lock, look_lock -> lock of a gate -> notify_lock
 *   container_lock -> session_lock, account_lock
 *   report_lock (oom_report.c), notify_lock (sysfs.c)
 *
 * A call copies to and from its caller's memory under its call_locks, which may take
 * for as long as another process likes: so these are waited for until one is killed,
 * and who evicts another container does not wait for those of its clients.
 *
 * Whoever waits for room (oom.c) holds none of them.
 *
 * session_lock (session.c), gpu_lock (gpu.c), account_lock, state_lock (attach.c),
 * frames_lock and the lock of a frame (frame.c), events_lock and the lock of a reader,
 * notify_lock and scrub_lock (scrub.c) are spinlocks; but where that is said above, nothing
 * of ours is taken inside them.  The driver is called under call_lock and bridge_sem only.
 */
#ifndef _GHOSTNV_CONTAINER_H
#define _GHOSTNV_CONTAINER_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/jobctl.h>
#include <linux/types.h>

#include "quota.h"

struct cgroup;
struct gnv_sysfs_dir;

/**
 * struct gnv_container - one registered cgroup
 * @refs: the registry has one, and so has each charge, session, client,
 *	directory in sysfs, and each container below
 * @node: in the table by id; RCU readers, written under container_lock
 * @ordered: in the tree by id; protected by container_lock
 * @rcu: for kfree_rcu()
 * @id: the cgroup's id
 * @cgroup: pinned; may be dead
 * @parent: nearest container above or NULL; holds a reference; written under
 *	container_lock and account_lock, read under either or RCU
 * @children: containers whose parent it is; protected by container_lock
 * @quota: protected by account_lock; the memory of its counters is the
 *	container's
 * @gpus: granted GPUs by index; written under account_lock, read with READ_ONCE
 * @oom_policy: GHOSTNV_OOM_*; this and the next two are written under account_lock,
 *	read with READ_ONCE
 * @oom_priority: who has less makes room for who has more
 * @oom_wait_ms: how long an allocation may wait
 * @waiting: how many of its calls wait for room; protected by account_lock
 * @oom_report: the last report of what was done for room, or NULL; see oom_report.c
 * @oom_report_bytes: its length
 * @refused: calls that the tables do not know, descendants' included
 * @denied: calls that reached for what is not the container's
 * @sysfs: its directory
 */
struct gnv_container {
	refcount_t refs;
	struct hlist_node node;
	struct rb_node ordered;
	struct rcu_head rcu;
	u64 id;
	struct cgroup *cgroup;
	struct gnv_container *parent;
	unsigned int children;
	struct gnv_quota quota;
	u64 gpus;
	u32 oom_policy;
	u32 oom_priority;
	u32 oom_wait_ms;
	u32 waiting;
	char *oom_report;
	size_t oom_report_bytes;
	atomic64_t refused;
	atomic64_t denied;
	struct gnv_sysfs_dir *sysfs;
};

void gnv_container_fini(void);

/**
 * gnv_container_must_freeze() - whether the caller's cgroup is to stand still
 *
 * A call that waits for long begins anew then, with -ERESTARTNOINTR: its process cannot
 * stand still in here, and whoever froze the cgroup would wait for it, or give up.
 *
 * Context: Process context.
 * Return: true if so.
 */
static inline bool gnv_container_must_freeze(void)
{
	if (!(READ_ONCE(current->jobctl) & JOBCTL_TRAP_FREEZE))
		return false;
	/* Only on its way to a signal a call begins anew, and it may be let go by then. */
	set_thread_flag(TIF_SIGPENDING);
	return true;
}

int gnv_container_create(int cgroup_fd, u64 gpus, u64 max_bytes, u64 *id);
int gnv_container_destroy(u64 id);

struct gnv_container *gnv_container_get(struct gnv_container *container);
void gnv_container_put(struct gnv_container *container);
struct gnv_container *gnv_container_find(u64 id);
struct gnv_container *gnv_container_find_fd(int cgroup_fd);
struct gnv_container *gnv_container_of_task(struct task_struct *task);
bool gnv_container_has_task(const struct gnv_container *container,
			    struct task_struct *task);
int gnv_container_next(u64 *id);
bool gnv_container_any(void);

bool gnv_container_is_below(const struct gnv_container *container,
			    const struct gnv_container *above);
bool gnv_container_may_manage(const struct gnv_container *container);
bool gnv_container_related(const struct gnv_container *a,
			   const struct gnv_container *b);
void gnv_container_grow(u32 gpus);
void gnv_container_split(struct gnv_container *container);
u64 gnv_container_gpus(const struct gnv_container *container);
bool gnv_container_may_use(const struct gnv_container *container, u32 gpu);
unsigned int gnv_container_count(void);
void gnv_container_for_each(void (*fn)(struct gnv_container *container, void *arg),
			    void *arg);

#endif /* _GHOSTNV_CONTAINER_H */
