// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of kmod/sim/space.c.
 */
#include <kunit/test.h>

#include "sim/space.c"

#define FIRST	0x1000ULL
#define LAST	0xffffULL

/* Two ranges with a gap between them, before the first and behind the last. */
struct fixture {
	struct sim_space space;
	struct sim_range low;
	struct sim_range high;
	struct sim_range tried;
};

static struct fixture *make_fixture(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	sim_space_init(&f->space, FIRST, LAST);
	KUNIT_ASSERT_TRUE(test, sim_space_reserve(&f->space, &f->high, 0x8000,
						  0x1000));
	KUNIT_ASSERT_TRUE(test, sim_space_reserve(&f->space, &f->low, 0x2000,
						  0x1000));
	return f;
}

static const struct reserve_case {
	const char *name;
	u64 first;
	u64 bytes;
	bool fits;
} reserve_cases[] = {
	{ "gap", 0x3000, 0x5000, true },
	{ "before_all", 0x1000, 0x1000, true },
	{ "behind_all", 0x9000, 0x7000, true },
	{ "one_byte_too_low", 0xfff, 0x100, false },
	{ "one_byte_too_high", 0x9000, 0x7001, false },
	{ "onto_a_first_byte", 0x7000, 0x1001, false },
	{ "onto_a_last_byte", 0x2fff, 0x10, false },
	{ "around_a_range", 0x1800, 0x2000, false },
	{ "inside_a_range", 0x2100, 0x100, false },
	{ "nothing", 0x4000, 0, false },
	{ "past_the_end_of_numbers", 0x4000, ~0ULL, false },
};

static void name_reserve_case(const struct reserve_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(reserve, reserve_cases, name_reserve_case);

static void reserve_takes_what_is_free(struct kunit *test)
{
	const struct reserve_case *c = test->param_value;
	struct fixture *f = make_fixture(test);

	KUNIT_EXPECT_EQ(test, sim_space_reserve(&f->space, &f->tried, c->first, c->bytes), c->fits);
	if (!c->fits)
		return;
	KUNIT_EXPECT_PTR_EQ(test, sim_space_at(&f->space, c->first), &f->tried);
	KUNIT_EXPECT_PTR_EQ(test, sim_space_at(&f->space,
					       c->first + c->bytes - 1),
			    &f->tried);
}

static const struct room_case {
	const char *name;
	u64 bytes;
	u64 align;
	u64 first;
	u64 last;
	bool fits;
	u64 at;
} room_cases[] = {
	{ "lowest", 0x1000, 1, 0, ~0ULL, true, 0x1000 },
	{ "first_gap_that_is_large_enough", 0x1001, 1, 0, ~0ULL, true, 0x3000 },
	{ "only_behind_all", 0x5001, 1, 0, ~0ULL, true, 0x9000 },
	{ "aligned_in_the_gap", 0x1000, 0x4000, 0, ~0ULL, true, 0x4000 },
	{ "aligned_out_of_the_gap", 0x4001, 0x4000, 0, ~0ULL, false, 0 },
	{ "above_a_bound", 0x1000, 1, 0x3800, ~0ULL, true, 0x3800 },
	{ "bound_inside_a_range", 0x1000, 1, 0x2800, ~0ULL, true, 0x3000 },
	{ "below_a_bound", 0x1000, 1, 0, 0x1fff, true, 0x1000 },
	{ "one_byte_below_a_bound", 0x1000, 1, 0, 0x1ffe, false, 0 },
	{ "bounds_behind_all", 0x7000, 1, 0x9000, ~0ULL, true, 0x9000 },
	{ "more_than_there_is", 0x7001, 1, 0, ~0ULL, false, 0 },
	{ "nothing", 0, 1, 0, ~0ULL, false, 0 },
	{ "bounds_outside", 1, 1, 0x10000, ~0ULL, false, 0 },
	{ "alignment_past_the_end_of_numbers", 1, 1ULL << 63, 0, ~0ULL, false, 0 },
};

static void name_room_case(const struct room_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(room, room_cases, name_room_case);

static void room_is_the_lowest_that_fits(struct kunit *test)
{
	const struct room_case *c = test->param_value;
	struct fixture *f = make_fixture(test);
	bool fits = sim_space_find_room(&f->space, &f->tried, c->bytes, c->align,
					c->first, c->last);

	KUNIT_EXPECT_EQ(test, fits, c->fits);
	if (!c->fits)
		return;
	KUNIT_EXPECT_EQ(test, f->tried.first, c->at);
	KUNIT_EXPECT_EQ(test, f->tried.last, c->at + c->bytes - 1);
}

static void ranges_stay_in_order(struct kunit *test)
{
	struct fixture *f = make_fixture(test);
	const struct sim_range *range;
	u64 last = 0;

	KUNIT_ASSERT_TRUE(test, sim_space_find_room(&f->space, &f->tried, 0x100,
						    1, 0x3000, ~0ULL));
	list_for_each_entry(range, &f->space.ranges, link) {
		KUNIT_EXPECT_GT(test, range->first, last);
		last = range->last;
	}
	KUNIT_EXPECT_EQ(test, last, 0x8fffULL);
}

static void released_addresses_are_free(struct kunit *test)
{
	struct fixture *f = make_fixture(test);

	sim_space_release(&f->low);
	KUNIT_EXPECT_NULL(test, sim_space_at(&f->space, 0x2000));
	KUNIT_EXPECT_TRUE(test, sim_space_reserve(&f->space, &f->tried, 0x1000,
						  0x7000));
	/* A second time does no harm. */
	sim_space_release(&f->low);
	KUNIT_EXPECT_PTR_EQ(test, sim_space_at(&f->space, 0x2000), &f->tried);
}

static void whole_number_range_can_be_used(struct kunit *test)
{
	struct fixture *f = make_fixture(test);
	struct sim_space all;

	sim_space_init(&all, 0, ~0ULL);
	KUNIT_EXPECT_TRUE(test, sim_space_reserve(&all, &f->tried, ~0ULL, 1));
	KUNIT_EXPECT_PTR_EQ(test, sim_space_at(&all, ~0ULL), &f->tried);
	KUNIT_EXPECT_NULL(test, sim_space_at(&all, 0));
}

static struct kunit_case sim_space_cases[] = {
	KUNIT_CASE_PARAM(reserve_takes_what_is_free, reserve_gen_params),
	KUNIT_CASE_PARAM(room_is_the_lowest_that_fits, room_gen_params),
	KUNIT_CASE(ranges_stay_in_order),
	KUNIT_CASE(released_addresses_are_free),
	KUNIT_CASE(whole_number_range_can_be_used),
	{ }
};

static struct kunit_suite sim_space_suite = {
	.name = "sim_space",
	.test_cases = sim_space_cases,
};
kunit_test_suite(sim_space_suite);
