// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of kmod/sim/vram.c.
 */
#include <kunit/test.h>

#include "sim/vram.c"

#define UNITS	256

struct card {
	struct sim_vram vram;
	unsigned long bits[BITS_TO_LONGS(UNITS)];
};

static struct card *make_card(struct kunit *test)
{
	struct card *card = kunit_kzalloc(test, sizeof(*card), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, card);
	/* What was there before must not matter. */
	memset(card->bits, 0xff, sizeof(card->bits));
	sim_vram_init(&card->vram, card->bits, UNITS);
	return card;
}

/* Takes units that the test chose, so that holes lie where it wants them. */
static void occupy(struct kunit *test, struct card *card, unsigned long first,
		   unsigned long count)
{
	struct sim_vram_run run;

	KUNIT_ASSERT_TRUE(test, sim_vram_take_run(&card->vram, count, 1, first,
						  first + count, &run));
}

static void begins_all_free(struct kunit *test)
{
	struct card *card = make_card(test);
	struct sim_vram_run run;

	KUNIT_EXPECT_EQ(test, card->vram.free, (unsigned long)UNITS);
	sim_vram_largest_free(&card->vram, &run);
	KUNIT_EXPECT_EQ(test, run.first, 0UL);
	KUNIT_EXPECT_EQ(test, run.count, (unsigned long)UNITS);
}

static const struct run_case {
	const char *name;
	unsigned long count;
	unsigned long align;
	unsigned long first;
	unsigned long end;
	bool fits;
	unsigned long at;
} run_cases[] = {
	{ "lowest_free", 4, 1, 0, UNITS, true, 10 },
	{ "aligned", 4, 32, 0, UNITS, true, 32 },
	{ "behind_a_bound", 4, 1, 100, UNITS, true, 100 },
	{ "up_to_a_bound", 4, 1, 0, 14, true, 10 },
	{ "over_a_bound", 5, 1, 0, 14, false, 0 },
	{ "none", 0, 1, 0, UNITS, false, 0 },
	{ "all_that_is_free", UNITS - 10, 1, 0, UNITS, true, 10 },
	{ "more_than_is_free", UNITS - 9, 1, 0, UNITS, false, 0 },
	{ "more_than_the_card", UNITS + 1, 1, 0, ~0UL, false, 0 },
	{ "bounds_behind_the_card", 1, 1, UNITS, ~0UL, false, 0 },
	{ "bounds_upside_down", 1, 1, 20, 10, false, 0 },
};

static void name_run_case(const struct run_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(run, run_cases, name_run_case);

static void run_is_taken_where_it_fits(struct kunit *test)
{
	const struct run_case *c = test->param_value;
	struct card *card = make_card(test);
	unsigned long free = UNITS - 10;
	struct sim_vram_run run;

	occupy(test, card, 0, 10);
	KUNIT_EXPECT_EQ(test, sim_vram_take_run(&card->vram, c->count, c->align,
						c->first, c->end, &run),
			c->fits);
	if (c->fits) {
		KUNIT_EXPECT_EQ(test, run.first, c->at);
		KUNIT_EXPECT_EQ(test, run.count, c->count);
		free -= c->count;
	}
	KUNIT_EXPECT_EQ(test, card->vram.free, free);
}

static void run_does_not_span_what_is_taken(struct kunit *test)
{
	struct card *card = make_card(test);
	struct sim_vram_run run;

	occupy(test, card, 100, 1);
	KUNIT_EXPECT_FALSE(test, sim_vram_take_run(&card->vram, 200, 1, 0,
						   UNITS, &run));
	KUNIT_EXPECT_TRUE(test, sim_vram_take_run(&card->vram, 155, 1, 0, UNITS,
						  &run));
	KUNIT_EXPECT_EQ(test, run.first, 101UL);
}

static void some_collects_all_pieces(struct kunit *test)
{
	struct card *card = make_card(test);
	unsigned long got = 0, from = 0;
	struct sim_vram_run run;

	occupy(test, card, 64, 32);
	occupy(test, card, 128, 1);
	while (sim_vram_take_some(&card->vram, UNITS - got, 1, from, UNITS,
				  &run)) {
		got += run.count;
		from = run.first + run.count;
	}
	KUNIT_EXPECT_EQ(test, got, UNITS - 33UL);
	KUNIT_EXPECT_EQ(test, card->vram.free, 0UL);
}

static void some_keeps_grains_together(struct kunit *test)
{
	struct card *card = make_card(test);
	struct sim_vram_run run;

	/* Free are 1 to 39: of grains of 32, none; then 64 to 127: two. */
	occupy(test, card, 0, 1);
	occupy(test, card, 40, 24);
	occupy(test, card, 128, 128);
	KUNIT_EXPECT_TRUE(test, sim_vram_take_some(&card->vram, 96, 32, 0,
						   UNITS, &run));
	KUNIT_EXPECT_EQ(test, run.first, 64UL);
	KUNIT_EXPECT_EQ(test, run.count, 64UL);
	KUNIT_EXPECT_FALSE(test, sim_vram_take_some(&card->vram, 32, 32, 0,
						    UNITS, &run));
	KUNIT_EXPECT_EQ(test, card->vram.free, 39UL);
}

static void some_takes_no_more_than_asked(struct kunit *test)
{
	struct card *card = make_card(test);
	struct sim_vram_run run;

	KUNIT_EXPECT_TRUE(test, sim_vram_take_some(&card->vram, 64, 32, 0,
						   UNITS, &run));
	KUNIT_EXPECT_EQ(test, run.count, 64UL);
	KUNIT_EXPECT_FALSE(test, sim_vram_take_some(&card->vram, 16, 32, 0,
						    UNITS, &run));
}

static void given_units_can_be_taken_again(struct kunit *test)
{
	struct card *card = make_card(test);
	struct sim_vram_run run, hole = { .first = 50, .count = 7 };

	occupy(test, card, 0, UNITS);
	KUNIT_EXPECT_FALSE(test, sim_vram_take_run(&card->vram, 1, 1, 0, UNITS,
						   &run));
	sim_vram_give(&card->vram, &hole);
	KUNIT_EXPECT_EQ(test, card->vram.free, 7UL);
	KUNIT_EXPECT_TRUE(test, sim_vram_take_run(&card->vram, 7, 1, 0, UNITS,
						  &run));
	KUNIT_EXPECT_EQ(test, run.first, 50UL);
}

static void largest_free_is_the_longest(struct kunit *test)
{
	struct card *card = make_card(test);
	struct sim_vram_run run;

	occupy(test, card, 20, 10);
	occupy(test, card, 130, 10);
	sim_vram_largest_free(&card->vram, &run);
	KUNIT_EXPECT_EQ(test, run.first, 140UL);
	KUNIT_EXPECT_EQ(test, run.count, UNITS - 140UL);
	occupy(test, card, 200, 1);
	sim_vram_largest_free(&card->vram, &run);
	KUNIT_EXPECT_EQ(test, run.first, 30UL);
	KUNIT_EXPECT_EQ(test, run.count, 100UL);
	occupy(test, card, 0, 20);
	occupy(test, card, 30, 100);
	occupy(test, card, 140, 60);
	occupy(test, card, 201, UNITS - 201);
	sim_vram_largest_free(&card->vram, &run);
	KUNIT_EXPECT_EQ(test, run.count, 0UL);
}

static struct kunit_case sim_vram_cases[] = {
	KUNIT_CASE(begins_all_free),
	KUNIT_CASE_PARAM(run_is_taken_where_it_fits, run_gen_params),
	KUNIT_CASE(run_does_not_span_what_is_taken),
	KUNIT_CASE(some_collects_all_pieces),
	KUNIT_CASE(some_keeps_grains_together),
	KUNIT_CASE(some_takes_no_more_than_asked),
	KUNIT_CASE(given_units_can_be_taken_again),
	KUNIT_CASE(largest_free_is_the_longest),
	{ }
};

static struct kunit_suite sim_vram_suite = {
	.name = "sim_vram",
	.test_cases = sim_vram_cases,
};
kunit_test_suite(sim_vram_suite);
