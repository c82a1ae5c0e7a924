/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Random schedules on the model of sched_model.h: the tree changes its shape, weights,
 * caps and classes change, programs do what they like, while the engine runs.  After
 * each step what the scheduler keeps is worked out anew, from nothing.
 *
 * Whoever includes it defines MODEL_CHECK(claim) first; `m` is the model there.
 */
#ifndef _GHOSTNV_SCHED_CHAOS_H
#define _GHOSTNV_SCHED_CHAOS_H

#include "sched_model.h"

#define CHAOS_PIECE_MS 20U

/* What a cap was when it was set, to hold what was used since against it. */
struct chaos_cap {
	u64 from_ns;
	u64 usage_ns;
};

struct chaos {
	struct model m;
	struct chaos_cap tenant_caps[MODEL_TENANTS];
	struct chaos_cap group_caps[MODEL_GROUPS];
	u64 steps;
	u64 closed; /* at the time of a step, nodes with closed gates */
	u64 throttled;
	u64 moved;
};

/* --- what is kept --------------------------------------------------------------------- */

/* What is known of those below a node, added up. */
struct chaos_sums {
	u32 queues;
	u32 busy;
	u32 rivals;
	u32 closed;
	u32 latencies;
	u64 weight;
	u64 distance;
};

static void chaos_check_child(struct chaos *c, struct gnv_sched_node *node,
			      struct chaos_sums *sums)
{
	struct model *m = &c->m;

	MODEL_CHECK(node->competing == (node->queues && !node->holds));
	MODEL_CHECK(!node->gated || node->competing);
	MODEL_CHECK(node->gate.in == node->gated);
	c->closed += node->gated;
	c->throttled += !!(node->holds & GNV_SCHED_THROTTLED);
	sums->busy += node->busy;
	sums->latencies += node->latencies;
	if (!node->competing)
		return;
	sums->queues += node->queues;
	sums->rivals++;
	sums->closed += node->gated;
	sums->weight += node->weight;
	sums->distance += (node->time - node->parent->clock.now) * node->weight;
}

static void chaos_check_above(struct chaos *c, struct gnv_sched_node *node)
{
	struct model *m = &c->m;
	struct chaos_sums sums = { 0 };
	struct gnv_link *link;

	for (link = node->children.next; link != &node->children; link = link->next)
		chaos_check_child(c, container_of(link, struct gnv_sched_node, sibling), &sums);
	MODEL_CHECK(node->queues == sums.queues);
	MODEL_CHECK(node->busy == sums.busy);
	MODEL_CHECK(node->rivals == sums.rivals);
	MODEL_CHECK(node->closed == sums.closed);
	MODEL_CHECK(node->latencies == sums.latencies);
	MODEL_CHECK(node->clock.weight == sums.weight);
	MODEL_CHECK(!sums.rivals || sums.closed < sums.rivals);
	/* The clock is the average of those who compete, to the last digit. */
	MODEL_CHECK(node->clock.rest == sums.distance);
	MODEL_CHECK(node->clock.rest < sums.weight || !sums.weight);
}

static bool chaos_is_held(const struct gnv_sched_node *node)
{
	for (; node; node = node->parent)
		if (node->holds)
			return true;
	return false;
}

static bool chaos_check_leaf(struct model *m, struct gnv_sched_node *leaf)
{
	struct gnv_sched_node *node;
	bool open = true;

	for (node = leaf; node; node = node->parent)
		open = open && !node->holds && !node->gated;
	MODEL_CHECK(leaf->told.enabled == open);
	MODEL_CHECK(leaf->told.slice_us >= m->sched.config.short_us);
	MODEL_CHECK(leaf->told.slice_us <= m->sched.config.max_us);
	MODEL_CHECK(leaf->latency || !leaf->told.first);
	return open;
}

/*
 * Used since a cap was set: not more than its quotas, and what runs until one looks, the
 * last time before it was set and the last time after.
 */
static void chaos_check_cap(struct model *m, const struct gnv_sched_node *node,
			    const struct chaos_cap *since)
{
	u64 used_ns = node->stat.usage_ns - since->usage_ns, periods;
	u64 unseen_ns = 2 * (m->poll_ns + m->late_ns) + CHAOS_PIECE_MS * MODEL_MS;

	if (!node->cap.period_ns)
		return;
	/* The first quota is there at once, and the first period may end at once. */
	periods = (m->now_ns - since->from_ns) / node->cap.period_ns + 2;
	MODEL_CHECK(used_ns <= periods * node->cap.quota_ns + node->cap.burst_ns + unseen_ns);
}

static void chaos_check(struct chaos *c)
{
	struct model *m = &c->m;
	bool wanted = false, open = false;
	u32 i;

	chaos_check_above(c, &m->sched.root);
	for (i = 0; i < MODEL_GROUPS; i++) {
		if (!m->has_group[i])
			continue;
		chaos_check_above(c, &m->groups[i]);
		chaos_check_cap(m, &m->groups[i], &c->group_caps[i]);
	}
	for (i = 0; i < m->n; i++) {
		struct gnv_sched_node *leaf = &m->tenants[i].node;

		if (!m->tenants[i].present)
			continue;
		chaos_check_cap(m, leaf, &c->tenant_caps[i]);
		if (chaos_check_leaf(m, leaf))
			open = open || leaf->queues;
		else
			wanted = wanted || (leaf->queues && !chaos_is_held(leaf));
	}
	/* Who has work and no one holds waits for someone, never for nobody. */
	MODEL_CHECK(open || !wanted);
}

/* --- what happens --------------------------------------------------------------------- */

static struct gnv_sched_node *chaos_group(struct chaos *c)
{
	u32 i = model_pick(&c->m, MODEL_GROUPS);

	return c->m.has_group[i] ? &c->m.groups[i] : NULL;
}

/* A tenant's node, or a group's, and where its cap is remembered. */
static struct gnv_sched_node *chaos_node(struct chaos *c, struct chaos_cap **cap)
{
	u32 i = model_pick(&c->m, c->m.n);
	struct gnv_sched_node *group;

	if (c->m.tenants[i].present && model_pick(&c->m, 3)) {
		*cap = &c->tenant_caps[i];
		return &c->m.tenants[i].node;
	}
	group = chaos_group(c);
	if (group)
		*cap = &c->group_caps[group - c->m.groups];
	return group;
}

static void chaos_program(struct model *m, struct model_tenant *t)
{
	u64 ms = 1 + model_pick(m, 30);

	t->left_ns = 0;
	t->piece_left_ns = 0;
	t->blocks = !model_pick(m, 20);
	t->blocks_between = !model_pick(m, 10);
	t->piece_ns = model_pick(m, 3) ? 0 : (1 + model_pick(m, CHAOS_PIECE_MS)) * MODEL_MS;
	t->work_ns = model_pick(m, 2) ? MODEL_FOREVER : ms * MODEL_MS / 2;
	t->think_ns = model_pick(m, 100) * MODEL_MS;
	t->wake_ns = m->now_ns;
	if (m->running == t)
		m->running = NULL;
}

static void chaos_come_or_go(struct chaos *c)
{
	struct model *m = &c->m;
	u32 i = model_pick(m, m->n), g;
	struct model_tenant *t = &m->tenants[i];

	if (model_pick(m, 4) == 0) {
		g = model_pick(m, MODEL_GROUPS);
		if (m->has_group[g]) {
			gnv_sched_remove(&m->groups[g], m->now_ns);
			m->has_group[g] = false;
		} else {
			model_add_group(m, g, chaos_group(c), 1 + model_pick(m, 1000));
		}
		return;
	}
	if (m->running == t)
		m->running = NULL;
	if (m->last == t)
		m->last = NULL;
	if (!t->present) {
		model_put(m, t, chaos_group(c), 1 + model_pick(m, 1000));
		chaos_program(m, t);
		return;
	}
	gnv_sched_sample(&t->node, t->used_ns, 1, m->now_ns);
	gnv_sched_remove(&t->node, m->now_ns);
	t->present = false;
}

static void chaos_cap(struct chaos *c)
{
	static const u32 weights[] = { 1, 10, 100, 100, 100, 1000, 10000 };
	struct model *m = &c->m;
	struct chaos_cap *cap;
	struct gnv_sched_node *node = chaos_node(c, &cap);
	u64 period_us, quota_us;

	if (!node)
		return;
	gnv_sched_set_weight(node, weights[model_pick(m, ARRAY_SIZE(weights))], m->now_ns);
	period_us = 5000 + model_pick(m, 200000);
	quota_us = 1000 + model_pick(m, (u32)period_us);
	if (model_pick(m, 2))
		quota_us = U64_MAX;
	cap->from_ns = m->now_ns;
	cap->usage_ns = node->stat.usage_ns;
	gnv_sched_set_max(node, quota_us, period_us, quota_us == U64_MAX ? 0 : quota_us / 4,
			  m->now_ns);
}

static void chaos_hold(struct chaos *c)
{
	struct model *m = &c->m;
	struct chaos_cap *cap;
	struct gnv_sched_node *node = chaos_node(c, &cap);

	if (!node)
		return;
	switch (model_pick(m, 12)) {
	case 0:
		gnv_sched_set_exclusive(&m->sched, node, m->now_ns);
		break;
	case 1:
	case 2:
	case 3:
	case 4:
		gnv_sched_set_exclusive(&m->sched, NULL, m->now_ns);
		break;
	case 5:
		gnv_sched_set_paused(node, true, m->now_ns);
		break;
	case 6:
		if (node->leaf)
			gnv_sched_set_latency(node, !model_pick(m, 4), m->now_ns);
		break;
	default:
		gnv_sched_set_paused(node, false, m->now_ns);
	}
}

static void chaos_move(struct chaos *c)
{
	struct model *m = &c->m;
	struct chaos_cap *cap;
	struct gnv_sched_node *node = chaos_node(c, &cap);

	if (node && !gnv_sched_move(node, chaos_group(c), m->now_ns))
		c->moved++;
}

static void chaos_happen(struct chaos *c)
{
	struct model *m = &c->m;
	u32 i = model_pick(m, m->n);

	switch (model_pick(m, 40)) {
	case 0:
		chaos_come_or_go(c);
		break;
	case 1:
		chaos_cap(c);
		break;
	case 2:
		chaos_hold(c);
		break;
	case 3:
		chaos_move(c);
		break;
	case 4:
		m->ignores_slices = !model_pick(m, 4);
		/* The time of a caller that is late lies back. */
		gnv_sched_decide(&m->sched, 0, m->now_ns - model_pick(m, 1000000));
		break;
	case 5:
		/* Nobody looks for hours, and nothing runs: a machine that sleeps. */
		if (!model_pick(m, 50))
			m->now_ns += model_pick(m, 100) * 3600000ULL * MODEL_MS;
		break;
	case 6:
	case 7:
		if (m->tenants[i].present)
			chaos_program(m, &m->tenants[i]);
		break;
	default:
		return;
	}
	/* What was set is decided on, as whoever sets it is asked to see to. */
	gnv_sched_apply(&m->sched, m->now_ns);
	model_orders(m);
}

/* @c is zeroed; the seed of its model is set and not 0. */
static void chaos_begin(struct chaos *c, u32 tenants)
{
	struct model *m = &c->m;
	u32 i;

	model_init(m);
	for (i = 0; i < MODEL_GROUPS / 2; i++)
		model_add_group(m, i, i ? chaos_group(c) : NULL, 100);
	for (i = 0; i < tenants; i++)
		chaos_program(m, model_add(m, chaos_group(c), 1 + model_pick(m, 1000)));
	model_look(m);
}

/* Goes on until there were @steps. */
static void chaos_go(struct chaos *c, u64 steps)
{
	for (; c->steps < steps; c->steps++) {
		chaos_happen(c);
		model_step(&c->m);
		chaos_check(c);
	}
}

#endif /* _GHOSTNV_SCHED_CHAOS_H */
