// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Engines; see engine.h.
 */
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/slab.h>

#include "nvabi/nvhost.h"

#include "doorbell.h"
#include "engine.h"
#include "event.h"
#include "gpu.h"
#include "queue.h"
#include "sim.h"

/* Engine time of a word of a pushbuffer: nothing is free, so turns come to an end. */
#define STEP_NS		      4

/* How many steps are done before others may have the lock. */
#define STEPS_PER_TURN	      256

/* How many turns are made up for at most before who asks has an answer. */
#define SETTLE_TURNS	      64

/* An engine with nothing to do looks a few times more before it arms the doorbells. */
#define LOOKS_BEFORE_REST     2
#define LOOK_NS		      (200 * NSEC_PER_USEC)
#define LAST_LOOK_NS	      (2 * TICK_NSEC)

/* Programs change semaphores without a word: those that wait look now and then. */
#define SEMAPHORE_LOOK_MIN_NS (20 * NSEC_PER_USEC)
#define SEMAPHORE_LOOK_MAX_NS (1 * NSEC_PER_MSEC)

/* In virtual time, an endless kernel that is alone must not take the machine. */
#define ENDLESS_NAP_NS	      (1 * NSEC_PER_MSEC)

/* What a turn says besides how long to sleep. */
#define REST		      U64_MAX
#define LOOK_FOR_SEMAPHORE    (U64_MAX - 1)

static const struct {
	u32 type;
	const char *name;
} kinds[SIM_ENGINES] = {
	{ NV2080_ENGINE_TYPE_GRAPHICS, "GRAPHICS" },
	{ NV2080_ENGINE_TYPE_COPY2, "CE2" },
	{ NV2080_ENGINE_TYPE_COPY3, "CE3" },
};

/**
 * sim_engine_timestamp() - what an engine writes as the time
 * @engine: the engine
 *
 * Context: the engine's lock is held.
 * Return: nanoseconds, as the controls about the GPU's timer tell them; in virtual
 * time, engine time.
 */
u64 sim_engine_timestamp(const struct sim_engine *engine)
{
	if (sim_config.virtual_time)
		return engine->now_ns;
	return ktime_to_ns(ktime_mono_to_real(ns_to_ktime(engine->now_ns)));
}

/**
 * sim_engine_kick() - there is something to look at
 * @engine: the engine
 *
 * Context: any.
 */
void sim_engine_kick(struct sim_engine *engine)
{
	/* Pairs with the barrier in run(): either it is seen or it wakes. */
	smp_store_mb(engine->kicked, true);
	wake_up(&engine->wake);
}

/**
 * sim_engines_kick() - a doorbell was rung
 * @gpu: of which GPU
 *
 * Context: any.
 */
void sim_engines_kick(struct sim_gpu *gpu)
{
	unsigned int i;

	for (i = 0; i < SIM_ENGINES; i++)
		sim_engine_kick(&gpu->engines[i]);
}

/**
 * sim_engine_find() - the engine of a kind
 * @gpu: of which GPU
 * @type: NV2080_ENGINE_TYPE_*
 *
 * Context: any.
 * Return: the engine, or NULL when the GPU has none.
 */
struct sim_engine *sim_engine_find(struct sim_gpu *gpu, u32 type)
{
	unsigned int i;

	/* These share the runlist of the graphics engine. */
	if (type == NV2080_ENGINE_TYPE_COPY0 ||
	    type == NV2080_ENGINE_TYPE_COPY1)
		type = NV2080_ENGINE_TYPE_GRAPHICS;
	for (i = 0; i < SIM_ENGINES; i++) {
		if (gpu->engines[i].type == type)
			return &gpu->engines[i];
	}
	return NULL;
}

static struct sim_group *group_of(struct sim_runlist_member *member)
{
	return container_of(member, struct sim_group, member);
}

/* Engine time goes on; who has the engine pays for it. */
static void advance(struct sim_engine *engine, struct sim_group *group, u64 ns)
{
	engine->now_ns += ns;
	group->used_ns += ns;
	group->left_ns -= min(group->left_ns, ns);
}

/* The queue of a group whose kernel runs: the first that has one. */
static struct sim_queue *running_queue(struct sim_group *group)
{
	struct sim_queue *queue;

	list_for_each_entry(queue, &group->queues, link) {
		if (queue->kernel_ns && queue->scheduled && !queue->disabled)
			return queue;
	}
	return NULL;
}

/*
 * An engine that rested begins now.  One that a group was taken off goes on where that
 * was, however late its thread is: an engine waits for no processor.
 */
static void catch_up(struct sim_engine *engine)
{
	if (!sim_config.virtual_time && engine->rests)
		engine->now_ns = max_t(u64, engine->now_ns, ktime_get_ns());
}

static void run_kernel(struct sim_engine *engine, struct sim_group *group,
		       struct sim_queue *queue, u64 ns)
{
	advance(engine, group, ns);
	if (queue->kernel_ns != U64_MAX)
		queue->kernel_ns -= ns;
}

static bool group_waits(const struct sim_group *group)
{
	const struct sim_queue *queue;

	list_for_each_entry(queue, &group->queues, link) {
		if (queue->waiting && queue->scheduled && !queue->disabled &&
		    !queue->dead)
			return true;
	}
	return false;
}

static void refresh_group(struct sim_group *group)
{
	struct sim_queue *queue;

	group->member.ready = false;
	list_for_each_entry(queue, &group->queues, link) {
		sim_queue_read_put(queue);
		if (sim_queue_is_ready(queue))
			group->member.ready = true;
	}
}

/* Sees what programs have put into their GPFIFOs; tells whether one waits. */
static bool refresh(struct sim_engine *engine)
{
	struct sim_group *group;
	bool waits = false;
	unsigned int i;

	for (i = 0; i < SIM_RUNLIST_LEVELS; i++) {
		list_for_each_entry(group, &engine->runlist.levels[i],
				    member.link) {
			refresh_group(group);
			waits |= group_waits(group);
		}
	}
	return waits;
}

/*
 * The engine has another context, or none, NULL.  It keeps that of a group which has
 * nothing more to do until another group needs it, or the group is taken off.
 */
static void load(struct sim_engine *engine, struct sim_group *group,
		 const struct sim_queue *queue)
{
	const struct sim_context none = { };
	struct sim_context next = queue ? queue->context : none;
	u64 saved_ns = sim_engine_timestamp(engine);

	if (engine->type == NV2080_ENGINE_TYPE_GRAPHICS) {
		/* Nobody pays for that. */
		if (queue)
			engine->now_ns += sim_config.switch_ns;
		sim_switches_add(engine->gpu, &engine->context, &next, saved_ns,
				 sim_engine_timestamp(engine));
	}
	engine->loaded = group;
	engine->context = next;
}

/* The queue that is first when a group begins: it stands for the group. */
static const struct sim_queue *first_queue(const struct sim_group *group)
{
	struct sim_queue *queue;

	list_for_each_entry(queue, &group->queues, link) {
		if (sim_queue_is_ready(queue))
			return queue;
	}
	return list_first_entry(&group->queues, struct sim_queue, link);
}

/* Whose turn it is: still the same, or the next one's. */
static struct sim_group *choose(struct sim_engine *engine)
{
	struct sim_group *group = engine->current_group;
	struct sim_runlist_member *member;

	if (group && group->member.ready && group->left_ns && !group->yields)
		return group;
	engine->current_group = NULL;
	engine->timed = false;
	member = sim_runlist_next(&engine->runlist);
	if (!member)
		return NULL;
	group = group_of(member);
	group->left_ns = group->slice_ns;
	group->yields = false;
	/* Its queues take turns too: one with an endless kernel is not always first. */
	list_rotate_left(&group->queues);
	if (engine->loaded != group)
		load(engine, group, first_queue(group));
	engine->current_group = group;
	return group;
}

/* Takes words for the first queue that can go on without waiting for its kernel. */
static bool step_group(struct sim_engine *engine, struct sim_group *group)
{
	struct sim_queue *queue;
	enum sim_step step;
	u64 cost_ns;

	list_for_each_entry(queue, &group->queues, link) {
		if (!queue->scheduled || queue->disabled || queue->dead)
			continue;
		if (queue->waiting && !sim_host_lets_pass(queue))
			continue;
		step = sim_queue_step(queue, &cost_ns);
		if (step == SIM_STEP_FAULT) {
			sim_engine_preempt(group);
			return true;
		}
		if (step != SIM_STEP_DONE)
			continue;
		advance(engine, group, max_t(u64, cost_ns, STEP_NS));
		/* The next one of the group has the next word. */
		list_move_tail(&queue->link, &group->queues);
		return true;
	}
	return false;
}

/* How long until the running kernel or the turn ends; 0: it has ended. */
static u64 wait_for_kernel(struct sim_engine *engine, struct sim_group *group,
			   struct sim_queue *queue)
{
	u64 ns = min(queue->kernel_ns, group->left_ns);
	u64 now = ktime_get_ns();

	engine->timed = true;
	if (!sim_config.virtual_time && now < engine->now_ns + ns)
		return engine->now_ns + ns - now;
	run_kernel(engine, group, queue, ns);
	return sim_config.virtual_time && queue->kernel_ns == U64_MAX ?
		       ENDLESS_NAP_NS :
		       0;
}

/* Does some work; tells how long to sleep before the next turn. */
static u64 turn(struct sim_engine *engine)
{
	struct sim_queue *queue;
	struct sim_group *group;
	unsigned int steps;
	bool waits;
	u64 ns;

	lockdep_assert_held(&engine->lock);
	catch_up(engine);
	waits = refresh(engine);
	for (steps = 0; steps < STEPS_PER_TURN; steps++) {
		group = choose(engine);
		engine->rests = !group;
		if (!group)
			return waits ? LOOK_FOR_SEMAPHORE : REST;
		if (step_group(engine, group)) {
			refresh_group(group);
			continue;
		}
		queue = running_queue(group);
		ns = queue ? wait_for_kernel(engine, group, queue) : 0;
		if (ns)
			return ns;
		/* Others may have got ready while that took its time. */
		waits = refresh(engine);
	}
	return 0;
}

/* What the kernel that runs has done of its time until now. */
static void run_part(struct sim_engine *engine)
{
	u64 now = ktime_get_ns(), ns;
	struct sim_queue *queue;

	if (!engine->timed || now <= engine->now_ns || !engine->current_group)
		return;
	queue = running_queue(engine->current_group);
	if (!queue)
		return;
	ns = min3(now - engine->now_ns, queue->kernel_ns,
		  engine->current_group->left_ns);
	run_kernel(engine, engine->current_group, queue, ns);
}

/**
 * sim_engine_settle() - bring engine time up to now
 * @engine: the engine
 *
 * Before somebody changes what runs, or asks what has run, the engine does what it has
 * had the time for, however late its thread is; an engine that rests has rested.  The
 * caller kicks the engine afterwards: events may be to be told.
 *
 * Context: the engine's lock is held.
 */
void sim_engine_settle(struct sim_engine *engine)
{
	unsigned int turns;

	lockdep_assert_held(&engine->lock);
	if (sim_config.virtual_time)
		return;
	/* Words of a pushbuffer may take longer than engine time says. */
	for (turns = 0; turns < SETTLE_TURNS; turns++)
		if (turn(engine) || engine->now_ns >= ktime_get_ns())
			break;
	run_part(engine);
}

static void sleep(struct sim_engine *engine, u64 ns)
{
	if (!ns)
		cond_resched();
	else if (ns == REST)
		wait_event_idle(engine->wake, READ_ONCE(engine->kicked) ||
						      kthread_should_stop());
	else
		wait_event_interruptible_hrtimeout(
			engine->wake,
			READ_ONCE(engine->kicked) || kthread_should_stop(),
			ns_to_ktime(ns));
}

static u64 locked_turn(struct sim_engine *engine)
{
	u64 ns;

	mutex_lock(&engine->lock);
	ns = turn(engine);
	mutex_unlock(&engine->lock);
	sim_event_tell_later(engine->gpu);
	return ns;
}

/*
 * Nothing to do: some more looks, then the doorbells are armed, and the thread sleeps
 * until one is rung.  In between it looks once more: user-mode Linux takes a page away
 * from a process that runs on another CPU only when that enters the kernel, which the
 * next tick sees to.
 */
static u64 rest(struct sim_engine *engine, unsigned int *looks)
{
	u64 ns;

	if (*looks > LOOKS_BEFORE_REST)
		return REST;
	if ((*looks)++ < LOOKS_BEFORE_REST)
		return LOOK_NS;
	sim_doorbells_arm(engine->gpu);
	ns = locked_turn(engine);
	if (ns == REST)
		return LAST_LOOK_NS;
	*looks = 0;
	return ns == LOOK_FOR_SEMAPHORE ? SEMAPHORE_LOOK_MIN_NS : ns;
}

static int run(void *data)
{
	struct sim_engine *engine = data;
	u64 ns, look_ns = SEMAPHORE_LOOK_MIN_NS;
	unsigned int looks = 0;

	while (!kthread_should_stop()) {
		/*
		 * Whoever kicks after this has something that a turn sees; who did
		 * before may have a doorbell page that is not armed any more.
		 */
		if (xchg(&engine->kicked, false))
			looks = 0;
		ns = locked_turn(engine);
		if (ns == LOOK_FOR_SEMAPHORE) {
			ns = look_ns;
			look_ns = min_t(u64, 2 * look_ns,
					SEMAPHORE_LOOK_MAX_NS);
		} else {
			look_ns = SEMAPHORE_LOOK_MIN_NS;
		}
		if (ns == REST)
			ns = rest(engine, &looks);
		else
			looks = 0;
		sleep(engine, ns);
	}
	return 0;
}

/**
 * sim_engine_add() - a group runs on an engine from now on
 * @engine: the engine
 * @group: the group, which has none
 * @level: its level in the runlist
 *
 * Context: sim_rm_lock is held; takes the engine's lock.
 */
void sim_engine_add(struct sim_engine *engine, struct sim_group *group,
		    u32 level)
{
	mutex_lock(&engine->lock);
	group->engine = engine;
	sim_runlist_add(&engine->runlist, &group->member, level);
	mutex_unlock(&engine->lock);
}

/**
 * sim_engine_remove() - a group is about to go
 * @group: the group, with or without an engine
 *
 * Context: sim_rm_lock is held; takes the engine's lock.
 */
void sim_engine_remove(struct sim_group *group)
{
	struct sim_engine *engine = group->engine;

	if (!engine)
		return;
	mutex_lock(&engine->lock);
	sim_engine_settle(engine);
	sim_engine_preempt(group);
	sim_runlist_remove(&group->member);
	mutex_unlock(&engine->lock);
	sim_engine_kick(engine);
}

/**
 * sim_engine_preempt() - take the engine away from a group, if it has it
 * @group: the group
 *
 * Its context goes too, though the group may have nothing to do.
 *
 * Context: the engine's lock is held, and the engine is settled.
 */
void sim_engine_preempt(struct sim_group *group)
{
	struct sim_engine *engine = group->engine;

	lockdep_assert_held(&engine->lock);
	if (engine->loaded != group)
		return;
	load(engine, NULL, NULL);
	engine->current_group = NULL;
	engine->timed = false;
}

static void init_engine(struct sim_gpu *gpu, unsigned int i)
{
	struct sim_engine *engine = &gpu->engines[i];

	engine->gpu = gpu;
	engine->type = kinds[i].type;
	engine->name = kinds[i].name;
	engine->number = i;
	engine->rests = true;
	init_waitqueue_head(&engine->wake);
	mutex_init(&engine->lock);
	sim_runlist_init(&engine->runlist);
}

/**
 * sim_engines_start() - begin to run what is on the runlists
 * @gpu: of which GPU; it has its number
 *
 * Context: process.
 * Return: 0 or a negative errno; nothing runs then.
 */
int sim_engines_start(struct sim_gpu *gpu)
{
	struct task_struct *thread;
	unsigned int i;

	for (i = 0; i < SIM_ENGINES; i++)
		init_engine(gpu, i);
	for (i = 0; i < SIM_ENGINES; i++) {
		thread = kthread_run(run, &gpu->engines[i], "nv%u-%s",
				     gpu->instance, kinds[i].name);
		if (IS_ERR(thread)) {
			sim_engines_stop(gpu);
			return PTR_ERR(thread);
		}
		gpu->engines[i].thread = thread;
	}
	return 0;
}

/**
 * sim_engines_stop() - run nothing any more
 * @gpu: of which GPU
 *
 * What is on the runlists stays there until its objects are freed.
 *
 * Context: process; no lock that a thread takes is held.
 */
void sim_engines_stop(struct sim_gpu *gpu)
{
	unsigned int i;

	for (i = 0; i < SIM_ENGINES; i++) {
		if (gpu->engines[i].thread)
			kthread_stop(gpu->engines[i].thread);
		gpu->engines[i].thread = NULL;
	}
}
