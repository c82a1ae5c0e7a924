// SPDX-License-Identifier: GPL-2.0
/*
 * Who holds what: see oom_report.h.  It only looks; oom.c acts.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "account.h"
#include "container.h"
#include "oom.h"
#include "oom_report.h"
#include "session.h"

/* What one line takes at most, and how many processes it names. */
#define LINE_BYTES 384
#define PIDS_MAX   16

/* Protects the reports that containers keep. */
static DEFINE_MUTEX(report_lock);

/**
 * struct search - a look at all containers
 * @top: at or below it; NULL: all
 * @by: who looks for room; NULL: nobody in particular
 * @priority: who has it or more is not found
 * @gpu: the scope
 * @spared: ids of those that shall not be found
 * @n_spared: how many
 * @best: the best so far, with a reference
 * @best_bytes: what it has
 * @best_priority: and how much it matters
 */
struct search {
	struct gnv_container *top;
	struct gnv_container *by;
	u32 priority;
	u32 gpu;
	const u64 *spared;
	unsigned int n_spared;
	struct gnv_container *best;
	u64 best_bytes;
	u32 best_priority;
};

static bool is_within(const struct gnv_container *container,
		      const struct gnv_container *top)
{
	return !top || container == top || gnv_container_is_below(container, top);
}

static u64 own_bytes(struct gnv_container *container, u32 gpu)
{
	struct gnv_account_stats stats;

	if (gnv_account_stats(container, gpu, &stats))
		return 0;
	return stats.counter.own_bytes;
}

/* A container that has no more than its guarantee keeps it. */
static u64 above_guarantee(struct gnv_container *container, u32 gpu)
{
	struct gnv_account_stats stats;

	if (gnv_account_stats(container, gpu, &stats) ||
	    stats.counter.usage_bytes <= stats.counter.low_bytes)
		return 0;
	return min(stats.counter.own_bytes,
		   stats.counter.usage_bytes - stats.counter.low_bytes);
}

static void keep_best(struct search *search, struct gnv_container *container,
		      u64 bytes)
{
	gnv_container_put(search->best);
	search->best = gnv_container_get(container);
	search->best_bytes = bytes;
}

static void look_for_largest(struct gnv_container *container, void *arg)
{
	struct search *search = arg;
	u64 bytes;

	if (!is_within(container, search->top))
		return;
	bytes = own_bytes(container, search->gpu);
	if (bytes > search->best_bytes)
		keep_best(search, container, bytes);
}

/**
 * gnv_oom_largest() - the container that has the most memory of its own
 * @top: at or below this one
 * @gpu: the scope
 *
 * Context: Process context; takes container_lock.
 * Return: the container with a reference, NULL when none has any.
 */
struct gnv_container *gnv_oom_largest(struct gnv_container *top, u32 gpu)
{
	struct search search = { .top = top, .gpu = gpu };

	gnv_container_for_each(look_for_largest, &search);
	return search.best;
}

/**
 * gnv_oom_reach() - how far the policy of a container reaches
 * @by: the container
 * @policy: its policy
 *
 * Who is in a container says what the policy of those below it is, and does not get
 * more by that than the container itself has.
 *
 * Context: Any; the caller has a reference, which keeps those above it too.
 * Return: the nearest above it that has another policy: it reaches what is below
 * that; NULL: everything.
 */
struct gnv_container *gnv_oom_reach(const struct gnv_container *by, u32 policy)
{
	struct gnv_container *above;

	rcu_read_lock();
	above = READ_ONCE(by->parent);
	while (above && READ_ONCE(above->oom_policy) == policy)
		above = READ_ONCE(above->parent);
	rcu_read_unlock();
	return above;
}

/* Nobody matters more than what it lies in; @top is what all of them lie in. */
static u32 priority_in(const struct gnv_container *container,
		       const struct gnv_container *top)
{
	u32 priority = GHOSTNV_OOM_PRIORITY_MAX;

	rcu_read_lock();
	for (; container && container != top; container = READ_ONCE(container->parent))
		priority = min(priority, READ_ONCE(container->oom_priority));
	rcu_read_unlock();
	return priority;
}

static void look_for_lowest(struct gnv_container *container, void *arg)
{
	struct search *search = arg;
	unsigned int i;
	u32 priority;
	u64 bytes;

	if (!is_within(container, search->top) || container == search->by ||
	    gnv_container_is_below(search->by, container))
		return;
	priority = priority_in(container, search->top);
	if (priority >= search->priority)
		return;
	for (i = 0; i < search->n_spared; i++) {
		if (search->spared[i] == container->id)
			return;
	}
	bytes = above_guarantee(container, search->gpu);
	if (!bytes)
		return;
	if (search->best && (priority > search->best_priority ||
			     (priority == search->best_priority &&
			      bytes <= search->best_bytes)))
		return;
	keep_best(search, container, bytes);
	search->best_priority = priority;
}

/**
 * gnv_oom_lowest() - who is to make room for a container
 * @top: at or below this one; NULL: anybody
 * @by: who needs the room; nobody of its priority or above, and nobody above it
 * @gpu: the scope
 * @spared: ids of those that shall not be found
 * @n_spared: how many
 *
 * Of the lowest priority; of those, who has the most above its guarantee.  Only where
 * the policy of @by reaches, see gnv_oom_reach().
 *
 * Context: Process context; takes container_lock.
 * Return: the container with a reference, NULL for none.
 */
struct gnv_container *gnv_oom_lowest(struct gnv_container *top,
				     struct gnv_container *by, u32 gpu,
				     const u64 *spared, unsigned int n_spared)
{
	struct gnv_container *reach = gnv_oom_reach(by, GHOSTNV_OOM_EVICT);
	struct search search = {
		/* Both are @by or above it: the lower one. */
		.top = reach && is_within(reach, top) ? reach : top,
		.by = by,
		.gpu = gpu,
		.spared = spared,
		.n_spared = n_spared,
	};

	search.priority = priority_in(by, search.top);
	gnv_container_for_each(look_for_lowest, &search);
	return search.best;
}

/**
 * struct draft - a report that is being written
 * @text: its text
 * @length: of it
 * @size: room for it
 * @top: whose subtree it lists; NULL: all containers
 * @victim: who had to make room
 * @gpu: the scope
 */
struct draft {
	char *text;
	size_t length;
	size_t size;
	struct gnv_container *top;
	struct gnv_container *victim;
	u32 gpu;
};

__printf(2, 3) static void add(struct draft *draft, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	draft->length += vscnprintf(draft->text + draft->length,
				    draft->size - draft->length, format, args);
	va_end(args);
}

static void add_holder(struct gnv_container *container, void *arg)
{
	struct draft *draft = arg;
	pid_t pids[PIDS_MAX];
	unsigned int n, i;
	u64 bytes;

	if (!is_within(container, draft->top))
		return;
	bytes = own_bytes(container, draft->gpu);
	if (!bytes)
		return;
	add(draft, "holder %llu bytes %llu priority %u pids ", container->id,
	    bytes, READ_ONCE(container->oom_priority));
	n = gnv_session_pids(container, pids, PIDS_MAX);
	for (i = 0; i < n; i++)
		add(draft, "%s%d", i ? "," : "", pids[i]);
	add(draft, "%s%s\n", n ? "" : "-",
	    container == draft->victim ? " victim" : "");
}

static void add_head(struct draft *draft, struct gnv_container *by,
		     const struct gnv_oom *oom)
{
	add(draft, "time_ns %llu\n", ktime_get_ns());
	add(draft, "asked %llu gpu %u container %llu pid %d\n", oom->bytes,
	    oom->gpu, by->id, task_tgid_nr(current));
	if (draft->gpu == GHOSTNV_GPU_TOTAL)
		add(draft, "full total ");
	else
		add(draft, "full gpu%u ", draft->gpu);
	if (draft->top)
		add(draft, "container %llu\n", draft->top->id);
	else
		add(draft, "card\n");
}

/**
 * gnv_oom_report() - write down who holds what
 * @keeper: who keeps the report, instead of the one before
 * @top: whose limit was reached; NULL: the card's
 * @by: who asked for memory
 * @victim: who has to make room
 * @oom: what was asked for
 * @gpu: the scope that is full
 *
 * Without memory for it there is none.
 *
 * Context: Process context; takes container_lock.
 */
void gnv_oom_report(struct gnv_container *keeper, struct gnv_container *top,
		    struct gnv_container *by, struct gnv_container *victim,
		    const struct gnv_oom *oom, u32 gpu)
{
	struct draft draft = { .top = top, .victim = victim, .gpu = gpu };

	/* Those who come meanwhile hold nothing yet. */
	draft.size = (gnv_container_count() + 4) * LINE_BYTES;
	draft.text = kvmalloc(draft.size, GFP_KERNEL_ACCOUNT);
	if (!draft.text)
		return;
	add_head(&draft, by, oom);
	gnv_container_for_each(add_holder, &draft);
	mutex_lock(&report_lock);
	swap(keeper->oom_report, draft.text);
	keeper->oom_report_bytes = draft.length;
	mutex_unlock(&report_lock);
	kvfree(draft.text);
}

/**
 * gnv_oom_report_read() - read the last report
 * @container: who keeps it
 * @buf: where to
 * @offset: where it begins
 * @size: of @buf
 *
 * Context: Process context; may sleep.
 * Return: how many bytes were copied.
 */
ssize_t gnv_oom_report_read(struct gnv_container *container, char *buf,
			    loff_t offset, size_t size)
{
	ssize_t ret;

	mutex_lock(&report_lock);
	ret = memory_read_from_buffer(buf, size, &offset, container->oom_report,
				      container->oom_report_bytes);
	mutex_unlock(&report_lock);
	return ret;
}
