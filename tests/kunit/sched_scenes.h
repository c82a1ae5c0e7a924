/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Scenes on the model of sched_model.h: some tenants, ten seconds of virtual time, and
 * what came of it, in ppm or ns.  The suites hold bounds against these figures, the
 * benchmark prints them.
 */
#ifndef _GHOSTNV_SCHED_SCENES_H
#define _GHOSTNV_SCHED_SCENES_H

#include "sched_model.h"

#define SCENE_NS (10000 * MODEL_MS)

static inline void scene_begin(struct model *m, u64 seed)
{
	memset(m, 0, sizeof(*m));
	m->seed = seed;
	model_init(m);
}

/* Tenants with the weights 100, 200, and so on up to @kinds times 100, again and again. */
static inline void scene_weights(struct model *m, u64 seed, u32 n, u32 kinds)
{
	u32 i;

	scene_begin(m, seed);
	for (i = 0; i < n; i++)
		model_add(m, NULL, 100 * (1 + i % kinds));
	model_run(m, SCENE_NS);
}

/* Two of very different weight, or of 30 to 70. */
static inline void scene_pair(struct model *m, u64 seed, u32 a, u32 b, bool ignores_slices)
{
	scene_begin(m, seed);
	m->ignores_slices = ignores_slices;
	model_add(m, NULL, a);
	model_add(m, NULL, b);
	model_run(m, SCENE_NS);
}

/* Three levels, groups beside leaves, one group of many. */
static inline void scene_nested(struct model *m, u64 seed)
{
	struct gnv_sched_node *a, *b, *c;
	u32 i;

	scene_begin(m, seed);
	a = model_add_group(m, 0, NULL, 300);
	b = model_add_group(m, 1, NULL, 100);
	c = model_add_group(m, 2, a, 50);
	model_add(m, NULL, 100);
	model_add(m, a, 100);
	model_add(m, c, 100);
	model_add(m, c, 200);
	for (i = 0; i < 4; i++)
		model_add(m, b, 100 + 50 * i);
	model_run(m, SCENE_NS);
}

/* One whose pieces of work cannot be preempted, beside two that can. */
static inline void scene_pieces(struct model *m, u64 seed, u64 piece_ns)
{
	scene_begin(m, seed);
	model_add(m, NULL, 100)->piece_ns = piece_ns;
	model_add(m, NULL, 100);
	model_add(m, NULL, 200);
	model_run(m, SCENE_NS);
}

/* A heavy one that has work and never runs, beside two that always do. */
static inline void scene_blocked(struct model *m, u64 seed)
{
	scene_begin(m, seed);
	model_add(m, NULL, 10000)->blocks = true;
	model_add(m, NULL, 100);
	model_add(m, NULL, 200);
	model_run(m, SCENE_NS);
}

/* One works for 1 ms and thinks for 3, so most of its share is for the others. */
static inline void scene_thinking(struct model *m, u64 seed)
{
	struct model_tenant *t;

	scene_begin(m, seed);
	t = model_add(m, NULL, 1000);
	t->work_ns = MODEL_MS;
	t->think_ns = 3 * MODEL_MS;
	model_add(m, NULL, 100);
	model_add(m, NULL, 200);
	model_run(m, SCENE_NS);
}

/*
 * One of @n was idle for ten seconds, and has work again at some moment.
 *
 * Return: how long it waits for its first turn; its share from then on is in the model.
 */
static inline u64 scene_return(struct model *m, u64 seed, u32 n, u64 for_ns)
{
	struct model_tenant *t;
	u32 i;

	scene_begin(m, seed);
	t = model_add(m, NULL, 100);
	t->wake_ns = m->now_ns + SCENE_NS + model_pick(m, 20 * (u32)MODEL_MS);
	for (i = 1; i < n; i++)
		model_add(m, NULL, 100);
	while (!t->total_ns)
		model_step(m);
	model_restart(m);
	model_run(m, for_ns);
	return t->first_ns;
}

/*
 * One with a cap, alone or beside another that leaves it more than that.
 *
 * Return: by how much it missed its quotas, as a part of a period.
 */
static inline u64 scene_cap(struct model *m, u64 seed, u32 percent, bool beside, u64 piece_ns)
{
	const u64 period_ns = 100 * MODEL_MS, wanted_ns = SCENE_NS / 100 * percent;
	struct model_tenant *t;
	u64 used_ns;

	scene_begin(m, seed);
	t = model_add(m, NULL, 300);
	t->piece_ns = piece_ns;
	if (beside)
		model_add(m, NULL, 100);
	gnv_sched_set_max(&t->node, percent * 1000, period_ns / 1000, 0, m->now_ns);
	model_run(m, SCENE_NS);
	used_ns = t->total_ns;
	return model_ppm(used_ns > wanted_ns ? used_ns - wanted_ns : wanted_ns - used_ns,
			 SCENE_NS);
}

/* One with a cap of 25 % and three quarters of the engine; one looks late and seldom. */
static inline u64 scene_late(struct model *m, u64 seed, u64 late_ns)
{
	struct model_tenant *t;

	scene_begin(m, seed);
	m->late_ns = late_ns;
	m->poll_ns = 2 * late_ns;
	t = model_add(m, NULL, 300);
	model_add(m, NULL, 100);
	gnv_sched_set_max(&t->node, 25000, 100000, 0, m->now_ns);
	model_run(m, SCENE_NS);
	return model_ppm(t->total_ns, SCENE_NS);
}

/*
 * One of the latency class with requests of some length, and twice as long between
 * them, alone or beside three that always have work and half of the engine.
 */
static inline void scene_latency(struct model *m, u64 seed, u64 work_ns, bool beside, bool notices)
{
	struct model_tenant *t;
	u32 i;

	scene_begin(m, seed);
	m->notices = notices;
	t = model_add(m, NULL, 300);
	t->work_ns = work_ns;
	t->think_ns = 2 * work_ns;
	t->records = true;
	gnv_sched_set_latency(&t->node, true, m->now_ns);
	for (i = 0; beside && i < 3; i++)
		model_add(m, NULL, 100);
	model_run(m, SCENE_NS);
}

/* One of the latency class that wants all it can get. */
static inline void scene_greedy(struct model *m, u64 seed)
{
	scene_begin(m, seed);
	gnv_sched_set_latency(&model_add(m, NULL, 100)->node, true, m->now_ns);
	model_add(m, NULL, 100);
	model_add(m, NULL, 200);
	model_run(m, SCENE_NS);
}

/*
 * One of the latency class that wants most of the engine, and has no work again and
 * again before it is demoted for having run ahead.
 */
static inline void scene_bursts(struct model *m, u64 seed)
{
	struct model_tenant *t;

	scene_begin(m, seed);
	t = model_add(m, NULL, 100);
	t->work_ns = 15 * MODEL_MS;
	t->think_ns = 2 * MODEL_MS;
	gnv_sched_set_latency(&t->node, true, m->now_ns);
	model_add(m, NULL, 100);
	model_add(m, NULL, 200);
	model_run(m, SCENE_NS);
}

/* What the engine lost to changes between queues, and while it was kept idle. */
static inline u64 scene_lost(const struct model *m)
{
	return model_ppm(m->lost_ns + m->kept_idle_ns, SCENE_NS);
}

#endif /* _GHOSTNV_SCHED_SCENES_H */
