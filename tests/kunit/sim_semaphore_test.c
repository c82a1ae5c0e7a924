// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of kmod/sim/semaphore.c.
 */
#include <kunit/test.h>

#include "sim/semaphore.c"

#define WIDE	NVC56F_SEM_EXECUTE_PAYLOAD_SIZE_MASK
#define PLAIN	NVC56F_SEM_EXECUTE_REDUCTION_FORMAT_MASK /* unsigned */

static const struct acquire_case {
	const char *name;
	u32 execute;
	u64 value;
	u64 payload;
	bool passes;
} acquire_cases[] = {
	{ "same", 0, 5, 5, true },
	{ "other", 0, 6, 5, false },
	{ "upper_half_is_not_looked_at", 0, 0x100000005, 5, true },
	{ "upper_half_is_looked_at", WIDE, 0x100000005, 5, false },
	{ "strict_more", 2, 6, 5, true },
	{ "strict_less", 2, 4, 5, false },
	{ "strict_does_not_go_round", 2, 1, 0xfffffff0, false },
	{ "circular_goes_round", 3, 1, 0xfffffff0, true },
	{ "circular_less", 3, 0xfffffff0, 1, false },
	{ "circular_is_wide", 3 | WIDE, 1, 0xfffffff0, false },
	{ "and_some", 4, 6, 2, true },
	{ "and_none", 4, 4, 2, false },
	{ "nor_some", 5, 0xfffffff0, 0xe, true },
	{ "nor_none", 5, 0xfffffff0, 0xf, false },
	{ "nor_is_wide", 5 | WIDE, 0xfffffff0, 0xf, true },
};

static void name_acquire_case(const struct acquire_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(acquire, acquire_cases, name_acquire_case);

static void acquire_lets_pass(struct kunit *test)
{
	const struct acquire_case *c = test->param_value;

	KUNIT_EXPECT_TRUE(test, sim_semaphore_is_acquire(c->execute));
	KUNIT_EXPECT_EQ(test,
			sim_semaphore_lets_pass(c->execute, c->value,
						c->payload),
			c->passes);
}

static const struct reduce_case {
	const char *name;
	u32 execute;
	u64 value;
	u64 payload;
	u64 result;
} reduce_cases[] = {
	{ "min_signed", 0U << 27, 5, 0xffffffff, 0xffffffff },
	{ "min_unsigned", 0U << 27 | PLAIN, 5, 0xffffffff, 5 },
	{ "max_signed", 1U << 27, 5, 0xffffffff, 5 },
	{ "max_unsigned", 1U << 27 | PLAIN, 5, 0xffffffff, 0xffffffff },
	{ "xor", 2U << 27, 6, 3, 5 },
	{ "and", 3U << 27, 6, 3, 2 },
	{ "or", 4U << 27, 6, 3, 7 },
	{ "add_goes_round", 5U << 27, 0xffffffff, 2, 1 },
	{ "add_wide", 5U << 27 | WIDE, 0xffffffff, 2, 0x100000001 },
	{ "inc", 6U << 27, 1, 3, 2 },
	{ "inc_goes_round", 6U << 27, 3, 3, 0 },
	{ "dec", 7U << 27, 2, 3, 1 },
	{ "dec_goes_round", 7U << 27, 0, 3, 3 },
	{ "dec_comes_in", 7U << 27, 9, 3, 3 },
};

static void name_reduce_case(const struct reduce_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(reduce, reduce_cases, name_reduce_case);

static void reduction_leaves(struct kunit *test)
{
	const struct reduce_case *c = test->param_value;
	u32 execute = c->execute | NVC56F_SEM_EXECUTE_OPERATION_REDUCTION;

	KUNIT_EXPECT_FALSE(test, sim_semaphore_is_acquire(execute));
	KUNIT_EXPECT_EQ(test,
			sim_semaphore_reduce(execute, c->value, c->payload),
			c->result);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(acquire_lets_pass, acquire_gen_params),
	KUNIT_CASE_PARAM(reduction_leaves, reduce_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "sim_semaphore",
	.test_cases = cases,
};

kunit_test_suite(suite);
