// SPDX-License-Identifier: GPL-2.0
/*
 * Who has work: see tenant.h.  What is known of a queue is when its context had the
 * engine.  One that has work is loaded once while all others are; so it had none when
 * another was loaded twice and it was not in between.  How long that takes is nothing
 * to go by: whoever has many queues, or long kernels, makes it as long as it likes, and
 * those who are kept waiting would be taken for idle.
 */
#include <linux/slab.h>

#include "sched_compete.h"
#include "tenant.h"

/* Who was passed over still counts for so many rounds, within these bounds. */
#define ROUNDS_SEEN   2
#define SEEN_LEAST_NS (20 * NSEC_PER_MSEC)
#define SEEN_MOST_NS  (200 * NSEC_PER_MSEC)

/* An engine that is empty for so long is not between two contexts. */
#define EMPTY_NS      (200 * NSEC_PER_USEC)

static bool is_later(u64 a, u64 b)
{
	return (s64)(a - b) > 0;
}

static void drop(struct gnv_context *context)
{
	struct gnv_tenant *tenant = context->tenant;

	if (tenant->gate->loaded == context)
		tenant->gate->loaded = NULL;
	hash_del(&context->entry);
	list_del(&context->seen);
	tenant->contexts_count--;
	kfree(context);
}

static struct gnv_context *oldest(struct gnv_tenant *tenant)
{
	return list_first_entry_or_null(&tenant->contexts, struct gnv_context, seen);
}

/* No more than it has queues. */
static void drop_more_than(struct gnv_tenant *tenant, u32 count)
{
	while (tenant->contexts_count > count)
		drop(oldest(tenant));
}

static struct gnv_context *find(struct gnv_gate *gate, u32 number)
{
	struct gnv_context *context;

	hash_for_each_possible(gate->contexts, context, entry, number) {
		if (context->number == number)
			return context;
	}
	return NULL;
}

static struct gnv_context *make(struct gnv_tenant *tenant, u32 number)
{
	struct gnv_context *context;

	drop_more_than(tenant, tenant->count ? tenant->count - 1 : 0);
	/* As tenants: not the caller's memory. */
	context = kzalloc(sizeof(*context), GFP_KERNEL);
	if (!context)
		return NULL;
	context->tenant = tenant;
	context->number = number;
	list_add_tail(&context->seen, &tenant->contexts);
	tenant->contexts_count++;
	hash_add(tenant->gate->contexts, &context->entry, number);
	return context;
}

/* All who had work at a time have had the engine since. */
static void pass(struct gnv_gate *gate, u64 gpu_ns)
{
	if (is_later(gpu_ns, gate->passed_ns))
		gate->passed_ns = gpu_ns;
}

/**
 * gnv_work_idle_ns() - for how long the engine has nothing to do
 * @gate: of which GPU; its engine is empty
 * @gpu_ns: until when, on the GPU's clock
 *
 * It is empty between two contexts too, for as long as the change takes: with short
 * slices that may be a good part of the time, in which nobody is kept from anything.
 *
 * Context: The gate's lock is held.
 * Return: for how long.
 */
u64 gnv_work_idle_ns(const struct gnv_gate *gate, u64 gpu_ns)
{
	s64 ns = gpu_ns - gate->since_ns;

	return ns >= (s64)EMPTY_NS ? ns : 0;
}

/**
 * gnv_work_seen() - the engine goes on as it was
 * @gate: of which GPU
 * @gpu_ns: until when, on the GPU's clock
 *
 * Context: The gate's lock is held.
 */
void gnv_work_seen(struct gnv_gate *gate, u64 gpu_ns)
{
	lockdep_assert_held(&gate->lock);
	if (gate->engine == GNV_ENGINE_UNKNOWN)
		gate->known_ns = gpu_ns;
	else if (gate->engine == GNV_ENGINE_EMPTY && gnv_work_idle_ns(gate, gpu_ns))
		pass(gate, gpu_ns);
	if (!gate->loaded)
		return;
	gate->loaded->seen_ns = gpu_ns;
	list_move_tail(&gate->loaded->seen, &gate->loaded->tenant->contexts);
}

/*
 * Whether all others had a turn since a context was last loaded.  Those who come first
 * come again before, and so do those who change their place in the runlist.
 */
static bool tells_of_others(const struct gnv_context *context)
{
	const struct gnv_tenant *tenant = context->tenant;

	return !tenant->leaf.told.first && !tenant->is_moved &&
	       is_later(context->loaded_ns, tenant->moved_ns) &&
	       !is_later(tenant->gate->known_ns, context->loaded_ns);
}

/**
 * gnv_work_loaded() - another context has the engine
 * @gate: of which GPU
 * @tenant: whose it is; NULL: nobody's, or there is none
 * @number: which
 * @gpu_ns: since when, on the GPU's clock
 *
 * Context: The gate's lock is held; may sleep.
 */
void gnv_work_loaded(struct gnv_gate *gate, struct gnv_tenant *tenant, u32 number, u64 gpu_ns)
{
	struct gnv_context *context;

	lockdep_assert_held(&gate->lock);
	gate->loaded = NULL;
	if (!tenant)
		return;
	context = find(gate, number);
	if (context && context->tenant != tenant) {
		drop(context);
		context = NULL;
	}
	if (context && tells_of_others(context))
		pass(gate, context->loaded_ns);
	context = context ?: make(tenant, number);
	if (!context)
		return;
	context->loaded_ns = gpu_ns;
	gate->loaded = context;
	gnv_work_seen(gate, gpu_ns);
}

/* Whoever was last seen then has no work any more. */
static bool is_over(const struct gnv_gate *gate, u64 gpu_ns)
{
	u64 seen_ns = clamp_t(u64, ROUNDS_SEEN * gnv_sched_round_ns(&gate->sched),
			      SEEN_LEAST_NS, SEEN_MOST_NS);

	return is_later(gate->passed_ns, gpu_ns) && is_later(gate->accounted_ns, gpu_ns + seen_ns);
}

static void drop_over(struct gnv_tenant *tenant)
{
	struct gnv_context *context;

	while ((context = oldest(tenant)) && is_over(tenant->gate, context->seen_ns) &&
	       is_over(tenant->gate, tenant->held_ns))
		drop(context);
}

/**
 * gnv_work_busy() - how many queues of a tenant have work
 * @tenant: the tenant
 *
 * Who is not let onto the engine cannot show that it has work: it is as it was.  One
 * whose first queue was made meanwhile is thought to have some.
 *
 * Context: The gate's lock is held.
 * Return: how many, as far as it is known.
 */
u32 gnv_work_busy(struct gnv_tenant *tenant)
{
	lockdep_assert_held(&tenant->gate->lock);
	drop_more_than(tenant, tenant->count);
	if (!tenant->count) {
		tenant->busy = 0;
	} else if (!tenant->leaf.told.enabled) {
		gnv_work_held(tenant);
		tenant->busy = tenant->contexts_count ?: max(tenant->busy, 1U);
	} else {
		drop_over(tenant);
		if (tenant->contexts_count || is_over(tenant->gate, tenant->held_ns))
			tenant->busy = tenant->contexts_count;
	}
	return tenant->busy;
}

/**
 * gnv_work_held() - until now a tenant could not show that it has work
 * @tenant: the tenant
 *
 * Context: The gate's lock is held.
 */
void gnv_work_held(struct gnv_tenant *tenant)
{
	tenant->held_ns = tenant->gate->accounted_ns;
}

/**
 * gnv_work_moved() - what was told of places in the runlist holds since now at the latest
 * @tenant: the tenant
 *
 * Context: The gate's lock is held.
 */
void gnv_work_moved(struct gnv_tenant *tenant)
{
	if (!tenant->is_moved)
		return;
	tenant->is_moved = false;
	tenant->moved_ns = tenant->gate->accounted_ns;
}

/**
 * gnv_work_move() - a tenant's queues go to another, or are no more
 * @from: the tenant
 * @to: the other one, which has got the queues; NULL: they are no more
 *
 * Context: The gate's lock is held.
 */
void gnv_work_move(struct gnv_tenant *from, struct gnv_tenant *to)
{
	struct gnv_context *context;

	if (!to) {
		drop_more_than(from, 0);
		return;
	}
	list_for_each_entry(context, &from->contexts, seen)
		context->tenant = to;
	/* Not in their order: who is old among them is dropped later than it could be. */
	list_splice_tail_init(&from->contexts, &to->contexts);
	to->contexts_count += from->contexts_count;
	from->contexts_count = 0;
	if (from->busy)
		gnv_work_held(to);
	to->busy += from->busy;
}
