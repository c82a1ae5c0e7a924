// SPDX-License-Identifier: GPL-2.0
/*
 * The gates: see gate.h.  Here they, and the tenants of containers, come and go.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "tenant.h"

/* A shorter slice would be little more than the change to the next. */
#define LATENCY_SLICE_MIN_US 100U

static unsigned int latency_slice_us = GNV_SCHED_SHORT_US_DEFAULT;
module_param(latency_slice_us, uint, 0444);
MODULE_PARM_DESC(latency_slice_us,
		 "what a latency class with queues waits for at most: the time slice of all others then, 100 to 1000 microseconds (default 250)");

/* Protects the gates' being there: written when a GPU comes first, read by anyone. */
static struct gnv_gate *gates[GHOSTNV_GPUS_MAX];

/**
 * gnv_gate_of() - the gate of a GPU
 * @gpu: its index
 *
 * Context: Any.
 * Return: the gate, which stays until the module goes; NULL when there is none.
 */
struct gnv_gate *gnv_gate_of(u32 gpu)
{
	/* Pairs with the store in gnv_gate_gpu_add(). */
	return gpu < GHOSTNV_GPUS_MAX ? smp_load_acquire(&gates[gpu]) : NULL;
}

/**
 * gnv_gate_kick() - there is something to look at
 * @gate: the gate
 *
 * Context: Any.
 */
void gnv_gate_kick(struct gnv_gate *gate)
{
	/* Pairs with the barrier in wait_event(). */
	smp_store_mb(gate->kicked, true);
	wake_up(&gate->wake);
}

/* --- tenants come and go ----------------------------------------------------------- */

static void adopt_one(struct gnv_gate *gate, struct gnv_container *container,
		      struct gnv_container *child)
{
	struct gnv_tenant *tenant, *below;

	mutex_lock(&gate->lock);
	below = gnv_tenant_find(gate, child);
	tenant = below ? gnv_tenant_get(gate, container) : NULL;
	/* Without memory for it @child stays where it was. */
	if (tenant)
		gnv_sched_move(&below->node, &tenant->node, ktime_get_ns());
	mutex_unlock(&gate->lock);
}

/**
 * gnv_gate_adopt() - a container has come between another and its parent
 * @container: the new one
 * @child: the one that is below it now
 *
 * Context: container_lock is held; may sleep.
 */
void gnv_gate_adopt(struct gnv_container *container, struct gnv_container *child)
{
	u32 gpu;

	for (gpu = 0; gpu < GHOSTNV_GPUS_MAX; gpu++) {
		if (gnv_gate_of(gpu))
			adopt_one(gnv_gate_of(gpu), container, child);
	}
}

static void orphan_one(struct gnv_gate *gate, struct gnv_container *container)
{
	struct gnv_tenant *tenant, *heir;

	mutex_lock(&gate->lock);
	tenant = gnv_tenant_find(gate, container);
	if (tenant) {
		/* All above it have one. */
		heir = gnv_tenant_get(gate, container);
		gnv_tenant_drop(tenant, heir);
		gnv_sched_repeat_order(&heir->leaf);
		gnv_gate_kick(gate);
	}
	mutex_unlock(&gate->lock);
}

/**
 * gnv_gate_orphan() - a container is no more: what queues it left are its parent's
 * @container: the container, whose quota is dead
 *
 * Context: container_lock is held; may sleep.
 */
void gnv_gate_orphan(struct gnv_container *container)
{
	u32 gpu;

	for (gpu = 0; gpu < GHOSTNV_GPUS_MAX; gpu++) {
		if (gnv_gate_of(gpu))
			orphan_one(gnv_gate_of(gpu), container);
	}
}

/**
 * gnv_gate_wait() - a call of a container's begins or ends to wait for memory
 * @container: the container
 * @gpu: GPU's index
 * @begin: begins or ends
 *
 * Context: Process context; may sleep.
 */
void gnv_gate_wait(struct gnv_container *container, u32 gpu, bool begin)
{
	struct gnv_gate *gate = gnv_gate_of(gpu);
	struct gnv_tenant *tenant;

	if (!gate)
		return;
	mutex_lock(&gate->lock);
	for (tenant = gnv_tenant_get(gate, container); tenant;
	     tenant = gnv_tenant_above(tenant)) {
		/* It may have come in between meanwhile. */
		if (!begin && !tenant->waiting)
			continue;
		tenant->waiting += begin ? 1 : -1;
		/* All wait when nobody has work on the engine. */
		gnv_pressure_set(&tenant->memory, tenant->waiting,
				 tenant->waiting && !tenant->node.busy, ktime_get_ns());
	}
	mutex_unlock(&gate->lock);
}

/* --- GPUs come and go -------------------------------------------------------------- */

static struct gnv_gate *make_gate(u32 gpu)
{
	struct gnv_sched_config config = GNV_SCHED_CONFIG_DEFAULT;
	struct gnv_gate *gate = kvzalloc(sizeof(*gate), GFP_KERNEL);
	bool made;

	if (!gate)
		return NULL;
	config.short_us = clamp(latency_slice_us, LATENCY_SLICE_MIN_US, config.min_us);
	gate->gpu = gpu;
	init_waitqueue_head(&gate->wake);
	mutex_init(&gate->look_lock);
	mutex_init(&gate->lock);
	hash_init(gate->tenants);
	INIT_LIST_HEAD(&gate->active);
	INIT_LIST_HEAD(&gate->gone);
	INIT_LIST_HEAD(&gate->former);
	hash_init(gate->queues);
	gate->seed = get_random_u32();
	hash_init(gate->pids);
	hash_init(gate->contexts);
	gnv_sched_init(&gate->sched, &config, ktime_get_ns());
	/* Who inherits from containers that are below none. */
	mutex_lock(&gate->lock);
	made = gnv_tenant_get(gate, NULL);
	mutex_unlock(&gate->lock);
	if (made)
		return gate;
	kvfree(gate);
	return NULL;
}

/**
 * gnv_gate_gpu_add() - a GPU is there
 * @gpu: its index
 *
 * What was set of it before, when it was there, still holds.
 *
 * Context: Process context; may sleep.
 * Return: 0, or a negative errno: containers can make no queues on it then.
 */
int gnv_gate_gpu_add(u32 gpu)
{
	struct gnv_gate *gate = gnv_gate_of(gpu) ?: make_gate(gpu);
	struct task_struct *thread;

	if (!gate)
		return -ENOMEM;
	/* Whoever finds it finds it made. */
	smp_store_release(&gates[gpu], gate);
	thread = kthread_run(gnv_gate_run, gate, "ghostnv-gate%u", gpu);
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	WRITE_ONCE(gate->thread, thread);
	return 0;
}

/**
 * gnv_gate_gpu_remove() - a GPU has gone
 * @gpu: its index
 *
 * Context: Process context; may sleep; the driver may be called.
 */
void gnv_gate_gpu_remove(u32 gpu)
{
	struct gnv_gate *gate = gnv_gate_of(gpu);

	if (!gate || !gate->thread)
		return;
	kthread_stop(gate->thread);
	WRITE_ONCE(gate->thread, NULL);
	gnv_gate_rest(gate);
}

static void free_gate(struct gnv_gate *gate)
{
	struct gnv_tenant *tenant;
	struct hlist_node *next;
	int i;

	/* Containers and their tenants have gone before. */
	mutex_lock(&gate->lock);
	gnv_queue_free_gone(gate, &gate->gone);
	hash_for_each_safe(gate->tenants, i, next, tenant, entry)
		gnv_tenant_drop(tenant, NULL);
	mutex_unlock(&gate->lock);
	mutex_destroy(&gate->lock);
	mutex_destroy(&gate->look_lock);
	kvfree(gate);
}

/**
 * gnv_gate_fini() - free what is kept of all GPUs
 *
 * Context: Module's end; may sleep.  No GPU, container and queue is left.
 */
void gnv_gate_fini(void)
{
	u32 gpu;

	for (gpu = 0; gpu < GHOSTNV_GPUS_MAX; gpu++) {
		if (gates[gpu])
			free_gate(gates[gpu]);
		gates[gpu] = NULL;
	}
}

/* --- what debugfs shows ------------------------------------------------------------ */

static void show_tenant(struct seq_file *seq, const struct gnv_tenant *tenant)
{
	const struct gnv_sched_node *leaf = &tenant->leaf;
	const struct gnv_queue *queue;

	seq_printf(seq, "  container %llu weight %u busy %u %s%s%s%s",
		   gnv_tenant_id(tenant), tenant->node.weight, tenant->busy,
		   leaf->told.enabled ? "on" : "off", leaf->told.first ? " first" : "",
		   leaf->gated || tenant->node.gated ? " gated" : "",
		   tenant->is_paused ? " paused" : "");
	seq_printf(seq, " slice_us %u queues %u usage_us %llu\n", leaf->told.slice_us,
		   tenant->count, div_u64(leaf->stat.usage_ns, NSEC_PER_USEC));
	list_for_each_entry(queue, &tenant->queues, entry) {
		if (hlist_unhashed(&queue->by_handle))
			continue;
		seq_printf(seq, "    %s client %#x handle %#x pid %d %s\n",
			   gnv_queue_is_group(queue) ? "group" : "channel", queue->client,
			   queue->handle, queue->pid, queue->told.enabled ? "on" : "off");
	}
}

static void show_gate(struct seq_file *seq, struct gnv_gate *gate)
{
	static const char *const engines[] = { "unknown", "empty", "loaded" };
	const struct gnv_tenant *tenant;
	const struct list_head *link;
	unsigned int gone = 0;
	int i;

	mutex_lock(&gate->lock);
	list_for_each(link, &gate->gone)
		gone++;
	seq_printf(seq, "gpu %u queues %u gone %u engine %s running %llu lost %llu\n",
		   gate->gpu, gate->count, gone, engines[gate->engine],
		   gate->running ? gnv_tenant_id(gate->running) : 0, gate->lost);
	hash_for_each(gate->tenants, i, tenant, entry)
		show_tenant(seq, tenant);
	mutex_unlock(&gate->lock);
}

/**
 * gnv_gate_show() - print the runlists
 * @seq: where to
 *
 * Context: Process context; may sleep.
 */
void gnv_gate_show(struct seq_file *seq)
{
	u32 gpu;

	for (gpu = 0; gpu < GHOSTNV_GPUS_MAX; gpu++) {
		if (gnv_gate_of(gpu))
			show_gate(seq, gnv_gate_of(gpu));
	}
}
