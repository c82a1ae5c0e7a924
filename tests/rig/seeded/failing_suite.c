// SPDX-License-Identifier: GPL-2.0
/*
 * A KUnit suite with one case that fails on purpose and one that passes.
 */
#include <kunit/test.h>

static void passes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1, 1);
}

static void fails_on_purpose(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1, 2);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(passes),
	KUNIT_CASE(fails_on_purpose),
	{}
};

static struct kunit_suite suite = {
	.name = "seeded",
	.test_cases = cases,
};
kunit_test_suite(suite);
