/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The inside of a gate, for queue.c and gate*.c alone.  See gate.h.
 */
#ifndef _GHOSTNV_TENANT_H
#define _GHOSTNV_TENANT_H

#include <linux/cgroup.h>
#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/wait.h>

#include "bridge.h"
#include "container.h"
#include "gate.h"

struct task_struct;

#define GNV_GATE_BITS 8

/* Whose files are meant. */
enum gnv_scope {
	GNV_SCOPE_GPU,
	GNV_SCOPE_TOTAL,
	GNV_SCOPES
};

/**
 * struct gnv_tenant - one container on one GPU
 * @entry: in the gate's table by the container's id
 * @active: in the gate's list, while it has queues, or had some a moment ago, or what
 *	they ran is not accounted
 * @container: with a reference; NULL: what containers left that are no more
 * @gate: whose it is
 * @node: the container, in the policy's tree
 * @leaf: its own queues, in the policy's tree below @node
 * @queues: its queues
 * @count: how many, those under way included
 * @ran_ns: what they ran since the last look; less than 0 for what is to be given back
 * @contexts: of queues that are thought to have work, who had the engine last is last
 * @contexts_count: how many, no more than queues
 * @busy: how many queues are thought to have work
 * @held_ns: until when it could not be seen that they have, on the GPU's clock
 * @is_moved: queues of it were put to another place of the runlist since the last look
 * @moved_ns: when that was seen, on the GPU's clock
 * @is_latency: it is of the latency class; to the policy, only while it is active
 * @removed_ns: when a queue of it was last removed
 * @opened_ns: when a channel of it was last let onto the engine by gnv_gate_open(), 0 when
 *	that is over for sure
 * @opens_ns: when the next one may be
 * @refused_ns: when the driver did not switch a channel of it; 0: it takes all that it is told
 * @preemptions: see struct gnv_gate_stat
 * @is_paused: the policy knows that its cgroup is frozen
 * @waiting: how many of its calls wait for memory
 * @memory: waiting for it
 * @triggers: of the files of this GPU, and of those of the container
 * @is_triggered: which of them there are
 * @quota_us: of its cap, as it was set; U64_MAX for none
 * @period_us: of its cap
 * @burst_us: of its cap
 */
struct gnv_tenant {
	struct hlist_node entry;
	struct list_head active;
	struct gnv_container *container;
	struct gnv_gate *gate;
	struct gnv_sched_node node;
	struct gnv_sched_node leaf;
	struct list_head queues;
	u32 count;
	s64 ran_ns;
	struct list_head contexts;
	u32 contexts_count;
	u32 busy;
	u64 held_ns;
	bool is_moved;
	u64 moved_ns;
	bool is_latency;
	u64 removed_ns;
	u64 opened_ns;
	u64 opens_ns;
	u64 refused_ns;
	u64 preemptions;
	bool is_paused;
	u32 waiting;
	struct gnv_pressure memory;
	struct gnv_pressure_trigger triggers[GNV_WAITS][GNV_SCOPES];
	bool is_triggered[GNV_WAITS][GNV_SCOPES];
	u64 quota_us;
	u64 period_us;
	u64 burst_us;
};

/**
 * struct gnv_context - an engine's context that was loaded a moment ago
 * @entry: in the gate's table, by number
 * @seen: in the tenant's list
 * @tenant: whose it is
 * @number: the driver's name for it
 * @loaded_ns: when it was last loaded, on the GPU's clock
 * @seen_ns: until when it was seen there
 */
struct gnv_context {
	struct hlist_node entry;
	struct list_head seen;
	struct gnv_tenant *tenant;
	u32 number;
	u64 loaded_ns;
	u64 seen_ns;
};

/**
 * struct gnv_queue - a channel group, or a channel
 * @by_handle: in the gate's table, from when it is published until it is removed
 * @by_pid: in the gate's table, if it is the first one of its process; once it is removed,
 *	until what it ran is accounted
 * @same_pid: among those of its process, in the order of their coming
 * @gone: in the gate's list, when it is removed, or former
 * @entry: in the tenant's list
 * @tenant: whose it is
 * @client: handle of its client
 * @handle: its handle
 * @group: of a channel: handle of its group, 0 for none; of a group: its own
 * @maker: process that made the client, with a reference
 * @pid: its number
 * @is_former: it has ended, and another one that has queues has got its number
 * @is_opened: it was let onto the engine once, so that it could be put on the runlist
 * @opened_ns: since when it is, for that
 * @is_refused: the driver did not take what @told says of whether it may run
 * @told: what the driver knows of it; of a channel without a group all, of one in a
 *	group whether it may run, of a group the rest
 */
struct gnv_queue {
	struct hlist_node by_handle;
	struct hlist_node by_pid;
	struct list_head same_pid;
	struct list_head gone;
	struct list_head entry;
	struct gnv_tenant *tenant;
	u32 client;
	u32 handle;
	u32 group;
	struct pid *maker;
	pid_t pid;
	bool is_former;
	bool is_opened;
	u64 opened_ns;
	bool is_refused;
	struct gnv_sched_order told;
};

static inline bool gnv_queue_is_group(const struct gnv_queue *queue)
{
	return queue->group == queue->handle;
}

static inline bool gnv_queue_may_run(const struct gnv_queue *queue)
{
	return queue->tenant->leaf.told.enabled && !queue->is_former;
}

/* What is known of the engine. */
enum gnv_gate_engine {
	GNV_ENGINE_UNKNOWN,
	GNV_ENGINE_EMPTY, /* no context is loaded */
	GNV_ENGINE_LOADED, /* one is */
};

/**
 * struct gnv_gate - one GPU
 * @gpu: its index
 * @thread: looks; NULL while the GPU is away
 * @wake: where it sleeps
 * @kicked: there is something to look at
 * @look_lock: one at a time asks and tells the driver
 * @lock: protects all that follows; the driver is not called under it
 * @sched: the policy
 * @tenants: by the container's id
 * @active: those of them that are sampled
 * @queues: by handle
 * @seed: of their hashes
 * @pids: the first queue of each process, by pid
 * @gone: those of them that are removed, and may have run since the last look
 * @former: those that were found to be former since the last look
 * @count: how many queues, those that are removed not counted
 * @triggers: how many triggers of tenants
 * @is_watched: the driver records; protected by @look_lock
 * @is_checked: it is known whether it can; this and the next are written under @look_lock
 * @can_watch: it can
 * @is_let_go: the bridge leaves, and nobody is held off the engine; protected by
 *	@look_lock
 * @engine: what is known of it
 * @running: whose context is loaded; NULL: of somebody outside of all containers
 * @context: which
 * @contexts: those that had the engine lately, by number
 * @loaded: of these, the one that is loaded; NULL: none of them
 * @passed_ns: all who had work then have had the engine since, on the GPU's clock
 * @known_ns: since when no record is missing
 * @pid: of which process
 * @since_ns: since when the engine is as it is, on the GPU's clock
 * @accounted_ns: until when all is accounted, on the GPU's clock
 * @idle_ns: how long the engine was empty since it was last decided
 * @probed_ns: when the loaded context was last taken off to see whether it has work
 * @lost: how often records were missing
 */
struct gnv_gate {
	u32 gpu;
	struct task_struct *thread;
	wait_queue_head_t wake;
	bool kicked;
	struct mutex look_lock;
	struct mutex lock;
	struct gnv_sched sched;
	DECLARE_HASHTABLE(tenants, GNV_GATE_BITS);
	struct list_head active;
	DECLARE_HASHTABLE(queues, GNV_GATE_BITS);
	u32 seed;
	DECLARE_HASHTABLE(pids, GNV_GATE_BITS);
	struct list_head gone;
	struct list_head former;
	u32 count;
	u32 triggers;
	bool is_watched;
	bool is_checked;
	bool can_watch;
	bool is_let_go;
	enum gnv_gate_engine engine;
	struct gnv_tenant *running;
	u32 context;
	DECLARE_HASHTABLE(contexts, GNV_GATE_BITS);
	struct gnv_context *loaded;
	u64 passed_ns;
	u64 known_ns;
	pid_t pid;
	u64 since_ns;
	u64 accounted_ns;
	s64 idle_ns;
	u64 probed_ns;
	u64 lost;
};

static inline u64 gnv_tenant_id(const struct gnv_tenant *tenant)
{
	return tenant->container ? tenant->container->id : 0;
}

/* By whatever froze its cgroup, or one above it. */
static inline bool gnv_tenant_is_frozen(const struct gnv_tenant *tenant)
{
	return tenant->container && READ_ONCE(tenant->container->cgroup->freezer.e_freeze);
}

/* The tenant above one, NULL for none. */
static inline struct gnv_tenant *gnv_tenant_above(const struct gnv_tenant *tenant)
{
	struct gnv_sched_node *above = tenant->node.parent;

	if (above == &tenant->gate->sched.root)
		return NULL;
	return container_of(above, struct gnv_tenant, node);
}

/* queue.c */
struct gnv_tenant *gnv_tenant_find(struct gnv_gate *gate, const struct gnv_container *container);
struct gnv_tenant *gnv_tenant_get(struct gnv_gate *gate, struct gnv_container *container);
struct gnv_tenant *gnv_tenant_of(struct gnv_gate *gate, struct gnv_container *container);
void gnv_tenant_drop(struct gnv_tenant *tenant, struct gnv_tenant *heir);
void gnv_tenant_activate(struct gnv_tenant *tenant);
void gnv_tenant_set_class(struct gnv_tenant *tenant);
struct gnv_queue *gnv_queue_find(struct gnv_gate *gate, u32 client, u32 handle);
void gnv_queue_free_gone(struct gnv_gate *gate, struct list_head *gone);
void gnv_queue_pass_number(struct gnv_gate *gate, struct list_head *former);
struct gnv_tenant *gnv_tenant_of_pid(struct gnv_gate *gate, pid_t pid);

/* gate.c */
struct gnv_gate *gnv_gate_of(u32 gpu);
void gnv_gate_kick(struct gnv_gate *gate);

/* gate_look.c */
int gnv_gate_run(void *data);
void gnv_gate_rest(struct gnv_gate *gate);
void gnv_gate_await(struct gnv_gate *gate);
int gnv_gate_check(struct gnv_gate *gate);

/* gate_work.c */
u64 gnv_work_idle_ns(const struct gnv_gate *gate, u64 gpu_ns);
void gnv_work_seen(struct gnv_gate *gate, u64 gpu_ns);
void gnv_work_loaded(struct gnv_gate *gate, struct gnv_tenant *tenant, u32 number, u64 gpu_ns);
u32 gnv_work_busy(struct gnv_tenant *tenant);
void gnv_work_held(struct gnv_tenant *tenant);
void gnv_work_moved(struct gnv_tenant *tenant);
void gnv_work_move(struct gnv_tenant *from, struct gnv_tenant *to);

/* gate_trigger.c */
void gnv_gate_check_triggers(struct gnv_gate *gate);
void gnv_tenant_drop_triggers(struct gnv_tenant *tenant);

static inline struct gnv_pressure *gnv_tenant_pressure(struct gnv_tenant *tenant,
						       enum gnv_gate_wait what)
{
	return what == GNV_WAIT_TIME ? &tenant->node.time_pressure : &tenant->memory;
}

/* gate_tell.c */
void gnv_tenant_check_opened(struct gnv_tenant *tenant, u64 now_ns);
void gnv_tenant_check_refused(struct gnv_tenant *tenant, u64 now_ns);
int gnv_gate_tell_all(struct gnv_gate *gate, u32 gpu_id);
void gnv_gate_tell(struct gnv_gate *gate, u32 client, u32 handle);

#endif /* _GHOSTNV_TENANT_H */
