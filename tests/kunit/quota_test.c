// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of kmod/ghostnv/quota.c.
 */
#include <kunit/test.h>
#include <linux/slab.h>

#include "ghostnv/quota.h"

/* A machine, a parent in it, and two children of the parent's. */
struct tree {
	struct gnv_quota machine;
	struct gnv_quota parent;
	struct gnv_quota a;
	struct gnv_quota b;
};

static struct tree *make_tree(struct kunit *test)
{
	struct tree *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	gnv_quota_init(&t->machine, NULL);
	gnv_quota_init(&t->parent, &t->machine);
	gnv_quota_init(&t->a, &t->parent);
	gnv_quota_init(&t->b, &t->parent);
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

#define EXPECT_UNTOUCHED(test, node)					\
	KUNIT_EXPECT_EQ(test, (node)->total.usage_bytes, 60ULL)

static void charge_over_limit_leaves_everything(struct kunit *test)
{
	const struct limit_case *c = test->param_value;
	struct tree *t = make_tree(test);
	struct gnv_quota *node = c->at_parent ? &t->parent : &t->a;
	u32 gpu = c->of_gpu ? 1 : GHOSTNV_GPU_TOTAL;
	struct gnv_quota_full full = { };

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
	KUNIT_EXPECT_NULL(test, gnv_quota_counter(&t->a, GHOSTNV_GPUS_MAX));
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
	struct gnv_quota *middle = kunit_kzalloc(test, sizeof(*middle), GFP_KERNEL);
	struct gnv_quota_full full;

	KUNIT_ASSERT_NOT_NULL(test, middle);
	KUNIT_ASSERT_EQ(test, gnv_quota_try_charge(&t->a, 0, 10, &full), 0);
	gnv_quota_count(&t->a, 0, GNV_QUOTA_ALLOCATION, true);
	gnv_quota_count_client(&t->a, true);
	KUNIT_ASSERT_EQ(test, gnv_quota_try_charge(&t->b, 0, 20, &full), 0);
	gnv_quota_init(middle, &t->parent);
	gnv_quota_adopt(middle, &t->a);
	KUNIT_EXPECT_EQ(test, middle->total.usage_bytes, 10ULL);
	KUNIT_EXPECT_EQ(test, middle->gpu[0].allocations, 1ULL);
	KUNIT_EXPECT_EQ(test, middle->clients, 1ULL);
	KUNIT_EXPECT_EQ(test, t->parent.total.usage_bytes, 30ULL);
	gnv_quota_uncharge(&t->a, 0, 10);
	gnv_quota_count(&t->a, 0, GNV_QUOTA_ALLOCATION, false);
	gnv_quota_count_client(&t->a, false);
	KUNIT_EXPECT_EQ(test, middle->total.usage_bytes, 0ULL);
	KUNIT_EXPECT_EQ(test, middle->clients, 0ULL);
	KUNIT_EXPECT_EQ(test, t->parent.total.usage_bytes, 20ULL);
	KUNIT_EXPECT_EQ(test, t->parent.gpu[0].allocations, 0ULL);
}

static void contexts_and_allocations_count_apart(struct kunit *test)
{
	struct tree *t = make_tree(test);

	gnv_quota_count(&t->a, 2, GNV_QUOTA_CONTEXT, true);
	gnv_quota_count(&t->a, 2, GNV_QUOTA_ALLOCATION, true);
	gnv_quota_count(&t->a, 2, GNV_QUOTA_ALLOCATION, true);
	gnv_quota_count_session(&t->a, true);
	KUNIT_EXPECT_EQ(test, t->machine.gpu[2].contexts, 1ULL);
	KUNIT_EXPECT_EQ(test, t->machine.total.allocations, 2ULL);
	KUNIT_EXPECT_EQ(test, t->machine.sessions, 1ULL);
	KUNIT_EXPECT_EQ(test, t->machine.gpu[0].allocations, 0ULL);
}

static struct kunit_case quota_cases[] = {
	KUNIT_CASE(charge_counts_in_every_ancestor),
	KUNIT_CASE_PARAM(charge_over_limit_leaves_everything, limit_gen_params),
	KUNIT_CASE(charge_of_everything_overflows_nothing),
	KUNIT_CASE(charge_of_unknown_gpu_is_invalid),
	KUNIT_CASE(limit_below_usage_refuses_until_it_fits),
	KUNIT_CASE(limit_is_the_tightest),
	KUNIT_CASE(adopted_children_count_once),
	KUNIT_CASE(contexts_and_allocations_count_apart),
	{ }
};

static struct kunit_suite quota_suite = {
	.name = "quota",
	.test_cases = quota_cases,
};
kunit_test_suite(quota_suite);
