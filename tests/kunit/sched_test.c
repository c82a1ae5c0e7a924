// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of kmod/ghostnv/sched*.c, on a model of an engine in virtual time.
 */
#include <kunit/test.h>
#include <linux/random.h>
#include <linux/sched.h>

#include "ghostnv/sched.h"

#define MODEL_CHECK(claim) KUNIT_EXPECT_TRUE(((struct kunit *)m->test), claim)

#include "sched_chaos.h"
#include "sched_scenes.h"

#define PERCENT 10000ULL /* in ppm */

static struct model *new_model(struct kunit *test)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	return m;
}

static u64 new_seed(struct kunit *test)
{
	u64 seed = get_random_u32() | 1;

	kunit_info(test, "seed %llu", seed);
	return seed;
}

/* A model that stands still: what is decided shows without an engine. */
static struct model *new_scene(struct kunit *test)
{
	struct model *m = new_model(test);

	scene_begin(m, 1);
	return m;
}

static void expect_shares(struct kunit *test, struct model *m)
{
	KUNIT_EXPECT_LE(test, model_share_error(m), 2 * PERCENT);
	KUNIT_EXPECT_GE(test, model_jain(m), 99 * PERCENT);
	KUNIT_EXPECT_LE(test, scene_lost(m), PERCENT / 2);
}

/* --- shares --------------------------------------------------------------------------- */

static void shares_are_by_weight(struct kunit *test)
{
	struct model *m = new_model(test);
	u64 seed = new_seed(test);
	u32 n;

	for (n = 2; n <= 64; n *= 2) {
		scene_weights(m, seed, n, 1);
		expect_shares(test, m);
		scene_weights(m, seed, n, 2);
		expect_shares(test, m);
	}
	scene_weights(m, seed, 8, 8);
	expect_shares(test, m);
	scene_pair(m, seed, 300, 700, false);
	expect_shares(test, m);
}

static void shares_are_by_weight_at_every_level(struct kunit *test)
{
	struct model *m = new_model(test);

	scene_nested(m, new_seed(test));
	expect_shares(test, m);
}

/* The gates alone hold the shares: a driver may ignore slices. */
static void shares_hold_where_slices_are_ignored(struct kunit *test)
{
	struct model *m = new_model(test);

	scene_pair(m, new_seed(test), 300, 700, true);
	KUNIT_EXPECT_LE(test, model_share_error(m), 2 * PERCENT);
	KUNIT_EXPECT_GT(test, m->tenants[0].node.stat.gated, 10ULL);
}

static void shares_hold_where_work_cannot_be_preempted(struct kunit *test)
{
	struct model *m = new_model(test);

	scene_pieces(m, new_seed(test), 20 * MODEL_MS);
	KUNIT_EXPECT_LE(test, model_share_error(m), 2 * PERCENT);
}

static void the_lightest_is_not_starved(struct kunit *test)
{
	struct model *m = new_model(test);

	scene_pair(m, new_seed(test), GNV_SCHED_WEIGHT_MIN, 1000, false);
	KUNIT_EXPECT_GE(test, m->tenants[0].total_ns, 8 * MODEL_MS);
	KUNIT_EXPECT_LE(test, m->tenants[0].total_ns, 12 * MODEL_MS);
	/* A turn of 1 ms is 1/1001 of the time, so one comes every 1001 ms. */
	KUNIT_EXPECT_LE(test, m->tenants[0].longest_ns, 2100 * MODEL_MS);
}

static void weights_change_while_all_run(struct kunit *test)
{
	struct model *m = new_model(test);

	scene_pair(m, new_seed(test), 100, 900, false);
	gnv_sched_set_weight(&m->tenants[0].node, 900, m->now_ns);
	gnv_sched_set_weight(&m->tenants[1].node, 100, m->now_ns);
	model_restart(m);
	model_run(m, SCENE_NS);
	expect_shares(test, m);
	KUNIT_EXPECT_EQ(test, gnv_sched_set_weight(&m->tenants[0].node, 0, m->now_ns), -EINVAL);
	KUNIT_EXPECT_EQ(test, gnv_sched_set_weight(&m->tenants[0].node, 10001, m->now_ns),
			-EINVAL);
}

/* --- nothing is left unused ----------------------------------------------------------- */

static void what_one_does_not_use_others_do(struct kunit *test)
{
	struct model *m = new_model(test);
	u64 seed = new_seed(test);

	scene_thinking(m, seed);
	KUNIT_EXPECT_LE(test, scene_lost(m), PERCENT);
	KUNIT_EXPECT_LE(test, m->idle_total_ns, SCENE_NS / 100);
	/* Of two that share what is left, each has it by its weight. */
	KUNIT_EXPECT_LE(test, m->tenants[2].total_ns, m->tenants[1].total_ns * 204 / 100);
	KUNIT_EXPECT_GE(test, m->tenants[2].total_ns, m->tenants[1].total_ns * 196 / 100);
	scene_blocked(m, seed);
	KUNIT_EXPECT_LE(test, scene_lost(m), PERCENT);
	KUNIT_EXPECT_LE(test, m->tenants[2].total_ns, m->tenants[1].total_ns * 204 / 100);
	KUNIT_EXPECT_GE(test, m->tenants[2].total_ns, m->tenants[1].total_ns * 196 / 100);
}

/* What is idle now and then, as at each change, is no less of the time by being told often. */
static void gates_stay_closed_however_often_one_decides(struct kunit *test)
{
	struct model *m = new_scene(test);
	struct gnv_sched_node *a = &model_add(m, NULL, 100)->node;
	struct gnv_sched_node *b = &model_add(m, NULL, 100)->node;
	u64 now_ns = m->now_ns;
	u32 i, trust = b->trust;

	gnv_sched_sample(a, 0, 1, now_ns);
	gnv_sched_sample(b, 0, 1, now_ns);
	gnv_sched_decide(&m->sched, 0, now_ns);
	gnv_sched_sample(a, 100 * MODEL_MS, 1, now_ns + 100 * MODEL_MS);
	gnv_sched_sample(b, 0, 1, now_ns + 100 * MODEL_MS);
	gnv_sched_decide(&m->sched, 0, now_ns + 100 * MODEL_MS);
	KUNIT_ASSERT_TRUE(test, a->gated);
	for (i = 1; i < 16; i++)
		gnv_sched_apply(&m->sched, now_ns + (100 + i) * MODEL_MS);
	gnv_sched_sample(b, 15 * MODEL_MS, 1, now_ns + 116 * MODEL_MS);
	gnv_sched_decide(&m->sched, MODEL_MS, now_ns + 116 * MODEL_MS);
	KUNIT_EXPECT_TRUE(test, a->gated);
	KUNIT_EXPECT_EQ(test, b->trust, trust);
	/* Once may be for our sake; where it is so again, they open. */
	gnv_sched_sample(b, 8 * MODEL_MS, 1, now_ns + 132 * MODEL_MS);
	gnv_sched_decide(&m->sched, 8 * MODEL_MS, now_ns + 132 * MODEL_MS);
	KUNIT_EXPECT_TRUE(test, a->gated);
	KUNIT_EXPECT_EQ(test, b->trust, trust);
	KUNIT_EXPECT_LE(test, gnv_sched_deadline(&m->sched), now_ns + 133 * MODEL_MS);
	gnv_sched_decide(&m->sched, MODEL_MS, now_ns + 133 * MODEL_MS);
	KUNIT_EXPECT_FALSE(test, a->gated);
}

/* A pause is no more of the time for being looked at often: containers make that happen. */
static void gates_stay_closed_however_often_one_looks(struct kunit *test)
{
	const u64 look_ns = MODEL_MS / 20;
	struct model *m = new_scene(test);
	struct gnv_sched_node *a = &model_add(m, NULL, 100)->node;
	struct gnv_sched_node *b = &model_add(m, NULL, 100)->node;
	u64 now_ns = m->now_ns + 100 * MODEL_MS, idle_ns;
	u32 i, trust = b->trust;

	gnv_sched_sample(a, 0, 1, m->now_ns);
	gnv_sched_sample(b, 0, 1, m->now_ns);
	gnv_sched_decide(&m->sched, 0, m->now_ns);
	gnv_sched_sample(a, 100 * MODEL_MS, 1, now_ns);
	gnv_sched_sample(b, 0, 1, now_ns);
	gnv_sched_decide(&m->sched, 0, now_ns);
	KUNIT_ASSERT_TRUE(test, a->gated);
	/* Two of forty looks find the engine idle since the one before. */
	for (i = 0; i < 16 * MODEL_MS / look_ns; i++) {
		now_ns += look_ns;
		idle_ns = i % 40 < 2 ? look_ns : 0;
		gnv_sched_sample(b, look_ns - idle_ns, 1, now_ns);
		gnv_sched_decide(&m->sched, idle_ns, now_ns);
	}
	KUNIT_EXPECT_TRUE(test, a->gated);
	KUNIT_EXPECT_EQ(test, b->trust, trust);
}

static void who_was_idle_is_back_within_a_slice(struct kunit *test)
{
	struct model *m = new_model(test);
	u64 seed = new_seed(test), wait_ns;
	int i;

	for (i = 0; i < 5; i++) {
		wait_ns = scene_return(m, seed + i, 2, 1000 * MODEL_MS);
		/* The other one had a slice of a whole round. */
		KUNIT_EXPECT_LE(test, wait_ns, 16100000ULL);
		/* Neither less than its share, nor more for the time that it was idle. */
		KUNIT_EXPECT_LE(test, model_share_error(m), 2 * PERCENT);
	}
}

/* --- caps ----------------------------------------------------------------------------- */

static void caps_are_met(struct kunit *test)
{
	static const u32 percents[] = { 10, 25, 50 };
	struct model *m = new_model(test);
	u64 seed = new_seed(test);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(percents); i++) {
		KUNIT_EXPECT_LE(test, scene_cap(m, seed, percents[i], false, 0), PERCENT / 10);
		KUNIT_EXPECT_LE(test, scene_cap(m, seed, percents[i], true, 0), PERCENT / 10);
	}
	KUNIT_EXPECT_EQ(test, m->tenants[0].node.stat.periods, 100ULL);
	KUNIT_EXPECT_GE(test, m->tenants[0].node.stat.throttled, 90ULL);
	KUNIT_EXPECT_GE(test, scene_cap(m, seed, 100, false, 0), 0ULL);
	KUNIT_EXPECT_EQ(test, m->tenants[0].node.stat.throttled_ns, 0ULL);
}

/* One piece of work takes two quotas: what it is over comes off the next ones. */
static void what_a_cap_is_exceeded_by_is_owed(struct kunit *test)
{
	struct model *m = new_model(test);

	KUNIT_EXPECT_LE(test, scene_cap(m, new_seed(test), 10, true, 20 * MODEL_MS), PERCENT);
	KUNIT_EXPECT_LE(test, scene_cap(m, new_seed(test), 10, false, 30 * MODEL_MS), PERCENT);
}

static void caps_hold_where_one_looks_late(struct kunit *test)
{
	struct model *m = new_model(test);
	u64 ppm = scene_late(m, new_seed(test), 20 * MODEL_MS);

	KUNIT_EXPECT_GE(test, ppm, 245 * PERCENT / 10);
	KUNIT_EXPECT_LE(test, ppm, 255 * PERCENT / 10);
}

static void caps_hold_for_all_below(struct kunit *test)
{
	struct model *m = new_scene(test);
	struct gnv_sched_node *group = model_add_group(m, 0, NULL, 100);

	model_add(m, group, 100);
	model_add(m, group, 300);
	model_add(m, NULL, 100);
	gnv_sched_set_max(group, 20000, 100000, 0, m->now_ns);
	gnv_sched_set_max(&m->tenants[0].node, 2000, 100000, 0, m->now_ns);
	model_run(m, SCENE_NS);
	KUNIT_EXPECT_LE(test, model_ppm(m->tenants[0].total_ns, SCENE_NS), 21 * PERCENT / 10);
	KUNIT_EXPECT_GE(test, model_ppm(m->tenants[0].total_ns, SCENE_NS), 19 * PERCENT / 10);
	KUNIT_EXPECT_LE(test, model_ppm(group->stat.usage_ns, SCENE_NS), 201 * PERCENT / 10);
	KUNIT_EXPECT_GE(test, model_ppm(group->stat.usage_ns, SCENE_NS), 199 * PERCENT / 10);
	KUNIT_EXPECT_GE(test, model_ppm(m->tenants[2].total_ns, SCENE_NS), 79 * PERCENT);
}

/* A new period begins where the one before did: whoever sets caps often takes nothing. */
static void caps_are_met_though_they_change(struct kunit *test)
{
	struct model *m = new_scene(test);
	struct model_tenant *one = model_add(m, NULL, 100);
	u32 i;

	for (i = 0; i < 100; i++) {
		gnv_sched_set_max(&one->node, 20000, 100000 + i % 2, 0, m->now_ns);
		model_run(m, 40 * MODEL_MS);
	}
	KUNIT_EXPECT_LE(test, model_ppm(one->total_ns, 4000 * MODEL_MS), 21 * PERCENT);
	KUNIT_EXPECT_GE(test, model_ppm(one->total_ns, 4000 * MODEL_MS), 19 * PERCENT);
}

/* What is not used is kept up to the burst, and no more. */
static void bursts_are_what_was_not_used(struct kunit *test)
{
	struct model *m = new_scene(test);
	struct gnv_sched_node *leaf = &model_add(m, NULL, 100)->node;
	const u64 second_ns = 1000 * MODEL_MS;
	u64 now_ns = m->now_ns;

	KUNIT_EXPECT_EQ(test, gnv_sched_set_max(leaf, 10000, 100000, 20000, now_ns), -EINVAL);
	KUNIT_ASSERT_EQ(test, gnv_sched_set_max(leaf, 20000, 100000, 10000, now_ns), 0);
	gnv_sched_sample(leaf, 0, 1, now_ns + second_ns);
	gnv_sched_decide(&m->sched, 0, now_ns + second_ns);
	KUNIT_EXPECT_EQ(test, leaf->cap.left_ns, 30 * (s64)MODEL_MS);
	gnv_sched_sample(leaf, 29 * MODEL_MS, 1, now_ns + second_ns + 29 * MODEL_MS);
	gnv_sched_decide(&m->sched, 0, now_ns + second_ns + 29 * MODEL_MS);
	KUNIT_EXPECT_TRUE(test, leaf->order.enabled);
	gnv_sched_sample(leaf, MODEL_MS, 1, now_ns + second_ns + 30 * MODEL_MS);
	gnv_sched_decide(&m->sched, 0, now_ns + second_ns + 30 * MODEL_MS);
	KUNIT_EXPECT_FALSE(test, leaf->order.enabled);
	KUNIT_EXPECT_EQ(test, gnv_sched_deadline(&m->sched),
			now_ns + second_ns + 100 * MODEL_MS);
	/* To set it anew is no way out, to set it free is. */
	gnv_sched_set_max(leaf, 50000, 100000, 0, now_ns + second_ns + 31 * MODEL_MS);
	gnv_sched_decide(&m->sched, 0, now_ns + second_ns + 31 * MODEL_MS);
	KUNIT_EXPECT_FALSE(test, leaf->order.enabled);
	gnv_sched_set_max(leaf, U64_MAX, 0, 0, now_ns + second_ns + 32 * MODEL_MS);
	gnv_sched_decide(&m->sched, 0, now_ns + second_ns + 32 * MODEL_MS);
	KUNIT_EXPECT_TRUE(test, leaf->order.enabled);
}

/* --- latency -------------------------------------------------------------------------- */

static void latency_class_waits_for_one_slice(struct kunit *test)
{
	struct model *m = new_model(test);
	u64 seed = new_seed(test), alone_ns, ms;

	for (ms = 5; ms <= 20; ms *= 2) {
		scene_latency(m, seed, ms * MODEL_MS, false, false);
		alone_ns = model_quantile(m, 99);
		scene_latency(m, seed, ms * MODEL_MS, true, false);
		KUNIT_EXPECT_GT(test, m->n_latencies, 100U);
		KUNIT_EXPECT_LE(test, model_quantile(m, 99), alone_ns * 107 / 100);
	}
}

static void latency_class_preempts_when_it_is_seen(struct kunit *test)
{
	struct model *m = new_model(test);
	u64 seed = new_seed(test), alone_ns;

	scene_latency(m, seed, 5 * MODEL_MS, false, true);
	alone_ns = model_quantile(m, 99);
	scene_latency(m, seed, 5 * MODEL_MS, true, true);
	KUNIT_EXPECT_LE(test, model_quantile(m, 99), alone_ns * 107 / 100);
}

static void latency_class_gets_no_more_than_its_share(struct kunit *test)
{
	struct model *m = new_model(test);

	scene_greedy(m, new_seed(test));
	KUNIT_EXPECT_LE(test, model_share_error(m), 2 * PERCENT);
	KUNIT_EXPECT_GT(test, m->tenants[0].node.stat.demoted, 5ULL);
	/* Nor by having no work for a moment, again and again. */
	scene_bursts(m, new_seed(test));
	KUNIT_EXPECT_LE(test, m->tenants[0].total_ns, SCENE_NS / 4 * 102 / 100);
}

/* --- who may run at all --------------------------------------------------------------- */

static bool is_on(const struct model_tenant *t)
{
	return t->node.told.enabled;
}

static void exclusive_use_disables_all_others(struct kunit *test)
{
	struct model *m = new_scene(test);
	struct gnv_sched_node *group = model_add_group(m, 0, NULL, 100);
	struct model_tenant *a = model_add(m, group, 100), *b = model_add(m, group, 100);
	struct model_tenant *c = model_add(m, NULL, 100), *late;

	model_look(m);
	KUNIT_EXPECT_TRUE(test, is_on(a) && is_on(b) && is_on(c));
	KUNIT_ASSERT_EQ(test, gnv_sched_set_exclusive(&m->sched, &a->node, m->now_ns), 0);
	KUNIT_EXPECT_EQ(test, gnv_sched_set_exclusive(&m->sched, &c->node, m->now_ns), -EBUSY);
	late = model_add(m, NULL, 100);
	model_look(m);
	KUNIT_EXPECT_TRUE(test, is_on(a) && !is_on(b) && !is_on(c) && !is_on(late));
	model_run(m, 100 * MODEL_MS);
	KUNIT_EXPECT_EQ(test, b->total_ns + c->total_ns + late->total_ns, 0ULL);
	KUNIT_EXPECT_GE(test, a->total_ns, 99 * MODEL_MS);
	/* Whoever has it dies: the others are free. */
	gnv_sched_remove(&a->node, m->now_ns);
	a->present = false;
	m->running = NULL;
	model_look(m);
	KUNIT_EXPECT_TRUE(test, is_on(b) && is_on(c) && is_on(late));
}

static void paused_ones_do_not_run(struct kunit *test)
{
	struct model *m = new_scene(test);
	struct gnv_sched_node *group = model_add_group(m, 0, NULL, 100);
	struct model_tenant *a = model_add(m, group, 100), *b = model_add(m, NULL, 100);

	model_run(m, 100 * MODEL_MS);
	gnv_sched_set_paused(group, true, m->now_ns);
	model_look(m);
	KUNIT_EXPECT_FALSE(test, is_on(a));
	model_restart(m);
	model_run(m, 100 * MODEL_MS);
	KUNIT_EXPECT_EQ(test, a->total_ns, 0ULL);
	KUNIT_EXPECT_GE(test, b->total_ns, 99 * MODEL_MS);
	gnv_sched_set_paused(group, false, m->now_ns);
	model_restart(m);
	model_run(m, 1000 * MODEL_MS);
	KUNIT_EXPECT_LE(test, model_share_error(m), 2 * PERCENT);
}

static void children_of_a_dead_one_are_its_parents(struct kunit *test)
{
	struct model *m = new_scene(test);
	struct gnv_sched_node *group = model_add_group(m, 0, NULL, 300);
	struct model_tenant *a = model_add(m, group, 100), *b = model_add(m, NULL, 100);

	KUNIT_EXPECT_EQ(test,
			gnv_sched_add(&m->sched, &m->groups[1], &a->node, false, m->now_ns),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, gnv_sched_move(group, group, m->now_ns), -EINVAL);
	gnv_sched_set_max(group, 10000, 100000, 0, m->now_ns);
	model_run(m, 95 * MODEL_MS);
	KUNIT_EXPECT_FALSE(test, is_on(a));
	gnv_sched_remove(group, m->now_ns);
	m->has_group[0] = false;
	model_look(m);
	KUNIT_EXPECT_PTR_EQ(test, a->node.parent, &m->sched.root);
	KUNIT_EXPECT_TRUE(test, is_on(a));
	model_restart(m);
	model_run(m, 1000 * MODEL_MS);
	KUNIT_EXPECT_LE(test, model_share_error(m), 2 * PERCENT);
	gnv_sched_remove(&b->node, m->now_ns);
	gnv_sched_remove(&a->node, m->now_ns);
	KUNIT_EXPECT_EQ(test, m->sched.root.busy, 0U);
	KUNIT_EXPECT_EQ(test, m->sched.root.queues, 0U);
	KUNIT_EXPECT_NULL(test, m->sched.timers.top);
}

/* Four queues are no more than one: each has a quarter of the slice. */
static void many_queues_share_one_slice(struct kunit *test)
{
	struct model *m = new_scene(test);
	struct gnv_sched_node *a = &model_add(m, NULL, 100)->node;
	struct gnv_sched_node *b = &model_add(m, NULL, 100)->node;

	gnv_sched_sample(a, 0, 4, m->now_ns);
	gnv_sched_sample(b, 0, 1, m->now_ns);
	gnv_sched_decide(&m->sched, 0, m->now_ns);
	KUNIT_EXPECT_EQ(test, a->order.slice_us, 2000U);
	KUNIT_EXPECT_EQ(test, b->order.slice_us, 8000U);
}

static void orders_that_failed_are_told_again(struct kunit *test)
{
	struct model *m = new_scene(test);
	struct gnv_sched_node *a = &model_add(m, NULL, 100)->node;

	gnv_sched_decide(&m->sched, 0, m->now_ns);
	KUNIT_EXPECT_PTR_EQ(test, gnv_sched_next_order(&m->sched), a);
	KUNIT_EXPECT_NULL(test, gnv_sched_next_order(&m->sched));
	gnv_sched_decide(&m->sched, 0, m->now_ns);
	KUNIT_EXPECT_NULL(test, gnv_sched_next_order(&m->sched));
	gnv_sched_repeat_order(a);
	gnv_sched_decide(&m->sched, 0, m->now_ns);
	KUNIT_EXPECT_PTR_EQ(test, gnv_sched_next_order(&m->sched), a);
	KUNIT_EXPECT_EQ(test, gnv_sched_deadline(&m->sched), U64_MAX);
}

/* --- numbers that have no measure ----------------------------------------------------- */

static void no_number_is_too_large(struct kunit *test)
{
	struct model *m = new_scene(test);
	struct model_tenant *a = model_add(m, NULL, 1), *b = model_add(m, NULL, 10000);
	u32 i;

	gnv_sched_set_max(&b->node, 1000, 1000000, 0, m->now_ns);
	for (i = 0; i < 100; i++) {
		gnv_sched_sample(&a->node, U64_MAX, U32_MAX, m->now_ns);
		gnv_sched_sample(&b->node, U64_MAX / 2, 1, m->now_ns);
		gnv_sched_decide(&m->sched, U64_MAX, m->now_ns - i * MODEL_MS);
	}
	model_orders(m);
	/* Ages later it works as before, but for the cap, which was exceeded by ages. */
	gnv_sched_set_max(&b->node, U64_MAX, 0, 0, m->now_ns);
	m->now_ns += 1ULL << 58;
	gnv_sched_sample(&a->node, 0, 0, m->now_ns);
	gnv_sched_sample(&b->node, 0, 0, m->now_ns);
	model_run(m, 120000 * MODEL_MS);
	gnv_sched_set_weight(&a->node, 100, m->now_ns);
	gnv_sched_set_weight(&b->node, 100, m->now_ns);
	a->wake_ns = m->now_ns + 70000 * MODEL_MS;
	a->left_ns = 0;
	m->running = NULL;
	model_run(m, 80000 * MODEL_MS);
	model_restart(m);
	model_run(m, SCENE_NS);
	KUNIT_EXPECT_LE(test, model_share_error(m), 2 * PERCENT);
}

static void configurations_without_sense_are_refused(struct kunit *test)
{
	const struct gnv_sched_config good = GNV_SCHED_CONFIG_DEFAULT;
	struct model *m = new_model(test);
	struct gnv_sched_config bad = good;

	bad.min_us = 0;
	KUNIT_EXPECT_EQ(test, gnv_sched_init(&m->sched, &bad, 0), -EINVAL);
	bad = good;
	bad.max_us = bad.min_us - 1;
	KUNIT_EXPECT_EQ(test, gnv_sched_init(&m->sched, &bad, 0), -EINVAL);
	bad = good;
	bad.granule_us = 0;
	KUNIT_EXPECT_EQ(test, gnv_sched_init(&m->sched, &bad, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, gnv_sched_init(&m->sched, &good, 0), 0);
}

/* --- waiting -------------------------------------------------------------------------- */

static void waiting_is_what_is_left_of_the_time(struct kunit *test)
{
	struct model *m = new_model(test);
	const struct gnv_pressure_line *leaf, *root;

	scene_pair(m, new_seed(test), 250, 750, false);
	leaf = m->tenants[0].node.time_pressure.line;
	root = m->sched.root.time_pressure.line;
	/* One queue: when it waits, all of them do. */
	KUNIT_EXPECT_EQ(test, leaf[GNV_PRESSURE_SOME].total_ns, leaf[GNV_PRESSURE_FULL].total_ns);
	KUNIT_EXPECT_GE(test, model_ppm(leaf[GNV_PRESSURE_FULL].total_ns, SCENE_NS), 74 * PERCENT);
	KUNIT_EXPECT_LE(test, model_ppm(leaf[GNV_PRESSURE_FULL].total_ns, SCENE_NS), 76 * PERCENT);
	/* Of two, one always waits, and both only while the engine changes over. */
	KUNIT_EXPECT_GE(test, model_ppm(root[GNV_PRESSURE_SOME].total_ns, SCENE_NS), 99 * PERCENT);
	KUNIT_EXPECT_LE(test, model_ppm(root[GNV_PRESSURE_FULL].total_ns, SCENE_NS), PERCENT);
}

/* --- all at once ---------------------------------------------------------------------- */

#define CHAOS_STEPS 1000000

static void random_schedules_keep_what_is_promised(struct kunit *test)
{
	struct chaos *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	u64 steps;

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->m.test = test;
	c->m.seed = new_seed(test);
	chaos_begin(c, 20);
	for (steps = 0; steps < CHAOS_STEPS; cond_resched()) {
		steps += CHAOS_STEPS / 100;
		chaos_go(c, steps);
	}
	KUNIT_EXPECT_GT(test, c->closed, CHAOS_STEPS / 20ULL);
	KUNIT_EXPECT_GT(test, c->throttled, CHAOS_STEPS / 50ULL);
	KUNIT_EXPECT_GT(test, c->moved, CHAOS_STEPS / 200ULL);
}

static struct kunit_case sched_cases[] = {
	KUNIT_CASE(shares_are_by_weight),
	KUNIT_CASE(shares_are_by_weight_at_every_level),
	KUNIT_CASE(shares_hold_where_slices_are_ignored),
	KUNIT_CASE(shares_hold_where_work_cannot_be_preempted),
	KUNIT_CASE(the_lightest_is_not_starved),
	KUNIT_CASE(weights_change_while_all_run),
	KUNIT_CASE(what_one_does_not_use_others_do),
	KUNIT_CASE(gates_stay_closed_however_often_one_decides),
	KUNIT_CASE(gates_stay_closed_however_often_one_looks),
	KUNIT_CASE(who_was_idle_is_back_within_a_slice),
	KUNIT_CASE(caps_are_met),
	KUNIT_CASE(what_a_cap_is_exceeded_by_is_owed),
	KUNIT_CASE(caps_hold_where_one_looks_late),
	KUNIT_CASE(caps_hold_for_all_below),
	KUNIT_CASE(caps_are_met_though_they_change),
	KUNIT_CASE(bursts_are_what_was_not_used),
	KUNIT_CASE(latency_class_waits_for_one_slice),
	KUNIT_CASE(latency_class_preempts_when_it_is_seen),
	KUNIT_CASE(latency_class_gets_no_more_than_its_share),
	KUNIT_CASE(exclusive_use_disables_all_others),
	KUNIT_CASE(paused_ones_do_not_run),
	KUNIT_CASE(children_of_a_dead_one_are_its_parents),
	KUNIT_CASE(many_queues_share_one_slice),
	KUNIT_CASE(orders_that_failed_are_told_again),
	KUNIT_CASE(no_number_is_too_large),
	KUNIT_CASE(configurations_without_sense_are_refused),
	KUNIT_CASE(waiting_is_what_is_left_of_the_time),
	KUNIT_CASE(random_schedules_keep_what_is_promised),
	{}
};

static struct kunit_suite sched_suite = {
	.name = "sched",
	.test_cases = sched_cases,
};
kunit_test_suite(sched_suite);
