// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of kmod/ghostnv/quota.c.
 */
#include <kunit/test.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "ghostnv/quota.h"

#define MODEL_CHECK(claim) KUNIT_EXPECT_TRUE(((struct kunit *)m->test), claim)

#include "quota_model.h"

#define GPUS 4

/* A machine, a parent in it, and two children of the parent's. */
struct tree {
	struct gnv_quota machine;
	struct gnv_quota parent;
	struct gnv_quota a;
	struct gnv_quota b;
	struct gnv_quota middle;
	struct gnv_quota_counter counters[5][GPUS];
};

static void make_node(struct tree *t, struct gnv_quota *node, struct gnv_quota *parent)
{
	gnv_quota_init(node, parent, t->counters[node - &t->machine], GPUS);
}

static struct tree *make_tree(struct kunit *test)
{
	struct tree *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	make_node(t, &t->machine, NULL);
	make_node(t, &t->parent, &t->machine);
	make_node(t, &t->a, &t->parent);
	make_node(t, &t->b, &t->parent);
	return t;
}

static void charge_counts_in_every_ancestor(struct kunit *test)
{
	struct tree *t = make_tree(test);
	struct gnv_quota_full full;

	KUNIT_EXPECT_EQ(test, gnv_quota_try_charge(&t->a, 3, 100, &full), 0);
	KUNIT_EXPECT_EQ(test, t->a.gpu[3].usage_bytes, 100ULL);
	KUNIT_EXPECT_EQ(test, t->a.total.usage_bytes, 100ULL);
	KUNIT_EXPECT_EQ(test, t->parent.gpu[3].usage_bytes, 100ULL);
	KUNIT_EXPECT_EQ(test, t->machine.total.usage_bytes, 100ULL);
	KUNIT_EXPECT_EQ(test, t->b.total.usage_bytes, 0ULL);
	gnv_quota_uncharge(&t->a, 3, 100);
	KUNIT_EXPECT_EQ(test, t->a.gpu[3].usage_bytes, 0ULL);
	KUNIT_EXPECT_EQ(test, t->machine.gpu[3].usage_bytes, 0ULL);
	KUNIT_EXPECT_EQ(test, t->machine.total.usage_bytes, 0ULL);
	KUNIT_EXPECT_EQ(test, t->machine.total.peak_bytes, 100ULL);
}

/* Which limit is set to 100, and who is told to be full. */
static const struct limit_case {
	const char *name;
	bool at_parent;
	bool of_gpu;
} limit_cases[] = {
	{ "own_total", false, false },
	{ "own_gpu", false, true },
	{ "parent_total", true, false },
	{ "parent_gpu", true, true },
};

static void name_limit_case(const struct limit_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(limit, limit_cases, name_limit_case);

#define EXPECT_UNTOUCHED(test, node) \
	KUNIT_EXPECT_EQ(test, (node)->total.usage_bytes, 60ULL)

static void charge_over_limit_leaves_everything(struct kunit *test)
{
	const struct limit_case *c = test->param_value;
	struct tree *t = make_tree(test);
	struct gnv_quota *node = c->at_parent ? &t->parent : &t->a;
	u32 gpu = c->of_gpu ? 1 : GHOSTNV_GPU_TOTAL;
	struct gnv_quota_full full = {};

	gnv_quota_counter(node, gpu)->max_bytes = 100;
	KUNIT_ASSERT_EQ(test, gnv_quota_try_charge(&t->a, 1, 60, &full), 0);
	KUNIT_EXPECT_EQ(test, gnv_quota_try_charge(&t->a, 1, 41, &full), -EDQUOT);
	KUNIT_EXPECT_PTR_EQ(test, full.node, node);
	KUNIT_EXPECT_EQ(test, full.gpu, gpu);
	KUNIT_EXPECT_EQ(test, gnv_quota_counter(node, gpu)->refused, 1ULL);
	EXPECT_UNTOUCHED(test, &t->a);
	EXPECT_UNTOUCHED(test, &t->parent);
	EXPECT_UNTOUCHED(test, &t->machine);
	KUNIT_EXPECT_EQ(test, gnv_quota_try_charge(&t->a, 1, 40, &full), 0);
	KUNIT_EXPECT_EQ(test, gnv_quota_headroom(&t->a, 1), 0ULL);
}

static void charge_of_everything_overflows_nothing(struct kunit *test)
{
	struct tree *t = make_tree(test);
	struct gnv_quota_full full;

	KUNIT_ASSERT_EQ(test, gnv_quota_try_charge(&t->a, 0, 1, &full), 0);
	KUNIT_EXPECT_EQ(test, gnv_quota_try_charge(&t->b, 0, U64_MAX, &full), -EDQUOT);
	KUNIT_EXPECT_EQ(test, gnv_quota_try_charge(&t->a, 0, U64_MAX, &full), -EDQUOT);
	KUNIT_EXPECT_EQ(test, t->b.total.usage_bytes, 0ULL);
	KUNIT_EXPECT_EQ(test, t->machine.total.usage_bytes, 1ULL);
}

static void charge_of_unknown_gpu_is_invalid(struct kunit *test)
{
	struct tree *t = make_tree(test);
	struct gnv_quota_full full;

	KUNIT_EXPECT_EQ(test, gnv_quota_try_charge(&t->a, GHOSTNV_GPUS_MAX, 1, &full),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, gnv_quota_try_charge(&t->a, GHOSTNV_GPU_TOTAL, 1, &full),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, gnv_quota_try_charge(&t->a, GPUS, 1, &full), -ENOMEM);
	KUNIT_EXPECT_NULL(test, gnv_quota_counter(&t->a, GHOSTNV_GPUS_MAX));
}

static void growing_keeps_what_is_counted(struct kunit *test)
{
	struct tree *t = make_tree(test);
	struct gnv_quota_counter *small = t->counters[0], *large = t->counters[1];
	struct gnv_quota_full full;
	struct gnv_quota node;

	gnv_quota_init(&node, NULL, small, 1);
	KUNIT_EXPECT_EQ(test, gnv_quota_try_charge(&node, 0, 7, &full), 0);
	KUNIT_EXPECT_EQ(test, gnv_quota_try_charge(&node, 2, 1, &full), -ENOMEM);
	KUNIT_EXPECT_NULL(test, gnv_quota_counter(&node, 2));
	KUNIT_EXPECT_PTR_EQ(test, gnv_quota_grow(&node, large, 3), small);
	KUNIT_EXPECT_EQ(test, gnv_quota_try_charge(&node, 2, 1, &full), 0);
	KUNIT_EXPECT_EQ(test, node.gpu[0].usage_bytes, 7ULL);
	KUNIT_EXPECT_EQ(test, node.total.usage_bytes, 8ULL);
	KUNIT_EXPECT_PTR_EQ(test, gnv_quota_grow(&node, small, 1), small);
	KUNIT_EXPECT_EQ(test, node.gpu[2].usage_bytes, 1ULL);
}

static void limit_below_usage_refuses_until_it_fits(struct kunit *test)
{
	struct tree *t = make_tree(test);
	struct gnv_quota_full full;

	KUNIT_ASSERT_EQ(test, gnv_quota_try_charge(&t->a, 0, 100, &full), 0);
	t->parent.total.max_bytes = 50;
	KUNIT_EXPECT_EQ(test, gnv_quota_headroom(&t->a, 0), 0ULL);
	KUNIT_EXPECT_EQ(test, gnv_quota_try_charge(&t->b, 0, 1, &full), -EDQUOT);
	gnv_quota_uncharge(&t->a, 0, 60);
	KUNIT_EXPECT_EQ(test, gnv_quota_headroom(&t->b, 0), 10ULL);
	KUNIT_EXPECT_EQ(test, gnv_quota_try_charge(&t->b, 0, 10, &full), 0);
}

static void limit_is_the_tightest(struct kunit *test)
{
	struct tree *t = make_tree(test);

	KUNIT_EXPECT_EQ(test, gnv_quota_limit(&t->a, 0), GHOSTNV_UNLIMITED);
	KUNIT_EXPECT_EQ(test, gnv_quota_headroom(&t->a, 0), GHOSTNV_UNLIMITED);
	t->a.total.max_bytes = 100;
	t->parent.gpu[0].max_bytes = 70;
	KUNIT_EXPECT_EQ(test, gnv_quota_limit(&t->a, 0), 70ULL);
	KUNIT_EXPECT_EQ(test, gnv_quota_limit(&t->a, 1), 100ULL);
	KUNIT_EXPECT_EQ(test, gnv_quota_limit(&t->a, GHOSTNV_GPU_TOTAL), 100ULL);
}

static void adopted_children_count_once(struct kunit *test)
{
	struct tree *t = make_tree(test);
	struct gnv_quota *middle = &t->middle;
	struct gnv_quota_full full;

	KUNIT_ASSERT_EQ(test, gnv_quota_try_charge(&t->a, 0, 10, &full), 0);
	gnv_quota_count(&t->a, 0, GNV_QUOTA_ALLOCATION, true);
	gnv_quota_count_client(&t->a, true);
	KUNIT_ASSERT_EQ(test, gnv_quota_try_charge(&t->b, 0, 20, &full), 0);
	make_node(t, middle, &t->parent);
	gnv_quota_adopt(middle, &t->a);
	KUNIT_EXPECT_EQ(test, middle->total.usage_bytes, 10ULL);
	KUNIT_EXPECT_EQ(test, middle->gpu[0].counts[GNV_QUOTA_ALLOCATION], 1ULL);
	KUNIT_EXPECT_EQ(test, middle->clients, 1ULL);
	KUNIT_EXPECT_EQ(test, t->parent.total.usage_bytes, 30ULL);
	gnv_quota_uncharge(&t->a, 0, 10);
	gnv_quota_count(&t->a, 0, GNV_QUOTA_ALLOCATION, false);
	gnv_quota_count_client(&t->a, false);
	KUNIT_EXPECT_EQ(test, middle->total.usage_bytes, 0ULL);
	KUNIT_EXPECT_EQ(test, middle->clients, 0ULL);
	KUNIT_EXPECT_EQ(test, t->parent.total.usage_bytes, 20ULL);
	KUNIT_EXPECT_EQ(test, t->parent.gpu[0].counts[GNV_QUOTA_ALLOCATION], 0ULL);
}

static void contexts_and_allocations_count_apart(struct kunit *test)
{
	struct tree *t = make_tree(test);

	gnv_quota_count(&t->a, 2, GNV_QUOTA_CONTEXT, true);
	gnv_quota_count(&t->a, 2, GNV_QUOTA_ALLOCATION, true);
	gnv_quota_count(&t->a, 2, GNV_QUOTA_ALLOCATION, true);
	gnv_quota_count_session(&t->a, true);
	KUNIT_EXPECT_EQ(test, t->machine.gpu[2].counts[GNV_QUOTA_CONTEXT], 1ULL);
	KUNIT_EXPECT_EQ(test, t->machine.total.counts[GNV_QUOTA_ALLOCATION], 2ULL);
	KUNIT_EXPECT_EQ(test, t->machine.sessions, 1ULL);
	KUNIT_EXPECT_EQ(test, t->machine.gpu[0].counts[GNV_QUOTA_ALLOCATION], 0ULL);
}

static void guarantee_is_out_of_reach_of_others(struct kunit *test)
{
	struct tree *t = make_tree(test);
	struct gnv_quota_full full;

	t->machine.gpu[0].max_bytes = 100;
	KUNIT_ASSERT_EQ(test, gnv_quota_set_low(&t->a, 0, 40), 0);
	KUNIT_EXPECT_EQ(test, gnv_quota_try_charge(&t->b, 0, 61, &full), -EDQUOT);
	KUNIT_EXPECT_PTR_EQ(test, full.node, &t->machine);
	KUNIT_EXPECT_TRUE(test, full.guaranteed);
	KUNIT_EXPECT_EQ(test, t->b.gpu[0].events[GNV_QUOTA_LOW], 1ULL);
	KUNIT_EXPECT_EQ(test, gnv_quota_try_charge(&t->b, 0, 60, &full), 0);
	/* Whoever is above shrinks, the guarantee stays. */
	KUNIT_EXPECT_EQ(test, gnv_quota_set_max(&t->parent, 0, 39), -EBUSY);
	KUNIT_EXPECT_EQ(test, gnv_quota_set_max(&t->parent, 0, 50), 0);
	KUNIT_EXPECT_EQ(test, gnv_quota_try_charge(&t->a, 0, 40, &full), 0);
	KUNIT_EXPECT_EQ(test, gnv_quota_try_charge(&t->a, 0, 1, &full), -EDQUOT);
	KUNIT_EXPECT_FALSE(test, full.guaranteed);
	gnv_quota_uncharge(&t->a, 0, 40);
	gnv_quota_uncharge(&t->b, 0, 60);
	KUNIT_EXPECT_EQ(test, t->machine.gpu[0].held_bytes[GNV_QUOTA_TAKEN], 40ULL);
}

static void guarantee_has_to_be_there(struct kunit *test)
{
	struct tree *t = make_tree(test);
	struct gnv_quota_full full;

	t->machine.gpu[0].max_bytes = 100;
	KUNIT_ASSERT_EQ(test, gnv_quota_try_charge(&t->b, 0, 30, &full), 0);
	KUNIT_EXPECT_EQ(test, gnv_quota_set_low(&t->a, 0, 71), -ENOSPC);
	KUNIT_EXPECT_EQ(test, t->machine.gpu[0].held_bytes[GNV_QUOTA_TAKEN], 30ULL);
	KUNIT_EXPECT_EQ(test, gnv_quota_set_low(&t->a, 0, 70), 0);
	t->b.gpu[0].max_bytes = 20;
	KUNIT_EXPECT_EQ(test, gnv_quota_set_low(&t->b, 0, 21), -ERANGE);
	KUNIT_EXPECT_EQ(test, gnv_quota_set_low(&t->parent, 0, 70), 0);
	KUNIT_EXPECT_EQ(test, gnv_quota_set_low(&t->a, GHOSTNV_GPU_TOTAL, 1), -EBUSY);
	KUNIT_EXPECT_EQ(test, gnv_quota_set_low(&t->a, 0, U64_MAX), -ENOSPC);
}

static void what_a_dying_node_holds_is_its_parents(struct kunit *test)
{
	struct tree *t = make_tree(test);
	struct gnv_quota_full full;

	t->machine.gpu[0].max_bytes = 100;
	KUNIT_ASSERT_EQ(test, gnv_quota_set_low(&t->a, 0, 40), 0);
	KUNIT_ASSERT_EQ(test, gnv_quota_try_charge(&t->a, 0, 10, &full), 0);
	gnv_quota_orphan(&t->a);
	KUNIT_EXPECT_EQ(test, t->parent.gpu[0].usage_bytes, 10ULL);
	KUNIT_EXPECT_EQ(test, t->parent.gpu[0].own_bytes, 10ULL);
	KUNIT_EXPECT_EQ(test, t->parent.total.orphan_bytes, 10ULL);
	KUNIT_EXPECT_EQ(test, t->machine.gpu[0].held_bytes[GNV_QUOTA_TAKEN], 10ULL);
	gnv_quota_uncharge(&t->a, 0, 10);
	KUNIT_EXPECT_EQ(test, t->parent.gpu[0].usage_bytes, 0ULL);
	KUNIT_EXPECT_EQ(test, t->parent.total.orphan_bytes, 0ULL);
}

static void delay_grows_and_ends(struct kunit *test)
{
	struct tree *t = make_tree(test);
	struct gnv_quota_full above;

	KUNIT_ASSERT_EQ(test, gnv_quota_try_charge(&t->a, 0, 1000, &above), 0);
	KUNIT_EXPECT_EQ(test, gnv_quota_delay_ms(&t->a, 0, &above), 0U);
	t->parent.total.high_bytes = 1000;
	KUNIT_EXPECT_EQ(test, gnv_quota_delay_ms(&t->a, 0, &above), 0U);
	t->parent.total.high_bytes = 999;
	KUNIT_EXPECT_EQ(test, gnv_quota_delay_ms(&t->a, 0, &above),
			GNV_QUOTA_DELAY_PERCENT_MS);
	KUNIT_EXPECT_PTR_EQ(test, above.node, &t->parent);
	t->a.gpu[0].high_bytes = 1;
	KUNIT_EXPECT_EQ(test, gnv_quota_delay_ms(&t->a, 0, &above),
			GNV_QUOTA_DELAY_MAX_MS);
	KUNIT_EXPECT_PTR_EQ(test, above.node, &t->a);
}

static void enqueue(struct gnv_quota_waiter *waiter, struct gnv_quota *node, u64 bytes,
		    u64 ticket, struct kunit *test)
{
	struct gnv_quota_full full;

	*waiter = (struct gnv_quota_waiter){ .node = node, .bytes = bytes, .ticket = ticket };
	KUNIT_ASSERT_EQ(test, gnv_quota_try_charge(node, 0, bytes, &full), -EDQUOT);
	gnv_quota_enqueue(waiter, &full);
}

static void who_comes_first_is_served_first(struct kunit *test)
{
	struct tree *t = make_tree(test);
	struct gnv_quota_waiter large, small, other;
	struct gnv_quota_full full;

	t->parent.total.max_bytes = 100;
	KUNIT_ASSERT_EQ(test, gnv_quota_try_charge(&t->b, 0, 95, &full), 0);
	enqueue(&small, &t->a, 6, 2, test);
	enqueue(&large, &t->b, 60, 1, test);
	enqueue(&other, &t->a, 50, 3, test);
	KUNIT_EXPECT_TRUE(test, gnv_quota_has_queue(&t->a, 0, &full));
	gnv_quota_uncharge(&t->b, 0, 30);
	/* There is room for the small one, but it came later. */
	KUNIT_EXPECT_NULL(test, gnv_quota_serve(&t->b, 0));
	gnv_quota_uncharge(&t->b, 0, 30);
	KUNIT_EXPECT_PTR_EQ(test, gnv_quota_serve(&t->b, 0), &large);
	KUNIT_EXPECT_NULL(test, large.next);
	KUNIT_EXPECT_EQ(test, t->parent.total.usage_bytes, 95ULL);
	gnv_quota_dequeue(&small);
	gnv_quota_uncharge(&t->b, 0, 60);
	KUNIT_EXPECT_PTR_EQ(test, gnv_quota_serve(&t->b, 0), &other);
	KUNIT_EXPECT_FALSE(test, gnv_quota_has_queue(&t->a, 0, &full));
}

static void who_waits_at_a_dying_node_waits_on(struct kunit *test)
{
	struct tree *t = make_tree(test);
	struct gnv_quota_waiter waiter;
	struct gnv_quota_full full;

	t->a.total.max_bytes = 10;
	KUNIT_ASSERT_EQ(test, gnv_quota_try_charge(&t->a, 0, 10, &full), 0);
	enqueue(&waiter, &t->a, 5, 1, test);
	gnv_quota_orphan(&t->a);
	KUNIT_EXPECT_PTR_EQ(test, gnv_quota_serve(&t->parent, 0), &waiter);
	KUNIT_EXPECT_EQ(test, t->parent.total.orphan_bytes, 15ULL);
}

#define MODEL_STEPS 100000

static void random_operations_match_the_model(struct kunit *test)
{
	struct model *model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, model);
	model->test = test;
	model->seed = get_random_u64() | 1;
	kunit_info(test, "%u steps, seed %llu", MODEL_STEPS, model->seed);
	model_run(model, MODEL_STEPS, 10);
	KUNIT_EXPECT_GT(test, model->granted, MODEL_STEPS / 20ULL);
	KUNIT_EXPECT_GT(test, model->refused, MODEL_STEPS / 20ULL);
}

static struct kunit_case quota_cases[] = {
	KUNIT_CASE(charge_counts_in_every_ancestor),
	KUNIT_CASE_PARAM(charge_over_limit_leaves_everything, limit_gen_params),
	KUNIT_CASE(charge_of_everything_overflows_nothing),
	KUNIT_CASE(charge_of_unknown_gpu_is_invalid),
	KUNIT_CASE(growing_keeps_what_is_counted),
	KUNIT_CASE(limit_below_usage_refuses_until_it_fits),
	KUNIT_CASE(limit_is_the_tightest),
	KUNIT_CASE(adopted_children_count_once),
	KUNIT_CASE(contexts_and_allocations_count_apart),
	KUNIT_CASE(guarantee_is_out_of_reach_of_others),
	KUNIT_CASE(guarantee_has_to_be_there),
	KUNIT_CASE(what_a_dying_node_holds_is_its_parents),
	KUNIT_CASE(delay_grows_and_ends),
	KUNIT_CASE(who_comes_first_is_served_first),
	KUNIT_CASE(who_waits_at_a_dying_node_waits_on),
	KUNIT_CASE(random_operations_match_the_model),
	{}
};

static struct kunit_suite quota_suite = {
	.name = "quota",
	.test_cases = quota_cases,
};
kunit_test_suite(quota_suite);
