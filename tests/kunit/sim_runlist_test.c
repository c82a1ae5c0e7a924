// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of kmod/sim/runlist.c.
 */
#include <kunit/test.h>

#include "sim/runlist.c"

#define MEMBERS	6

struct fixture {
	struct sim_runlist runlist;
	struct sim_runlist_member members[MEMBERS];
};

/* Members by their levels, each a digit; all are ready. */
static struct fixture *make_fixture(struct kunit *test, const char *levels)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, f);
	sim_runlist_init(&f->runlist);
	for (i = 0; levels[i]; i++) {
		f->members[i].ready = true;
		sim_runlist_add(&f->runlist, &f->members[i], levels[i] - '0');
	}
	return f;
}

/* The next turns, each a digit; '-' for nobody's. */
static void expect_turns(struct kunit *test, struct fixture *f,
			 const char *turns)
{
	struct sim_runlist_member *member;
	char got;

	for (; *turns; turns++) {
		member = sim_runlist_next(&f->runlist);
		got = member ? '0' + (member - f->members) : '-';
		KUNIT_EXPECT_EQ_MSG(test, got, *turns, "with %s to come", turns);
	}
}

static const struct turns_case {
	const char *name;
	const char *levels;
	const char *turns;
} turns_cases[] = {
	{ "nobody", "", "--" },
	{ "alone", "0", "000" },
	{ "equals", "000", "012012012" },
	{ "equals_that_are_high", "222", "012012012" },
	{ "high_between_low", "002", "202120212021" },
	{ "two_high_between_low", "2200", "012013012013" },
	{ "three_levels", "012", "212021202120" },
	{ "medium_between_low", "0011", "230231230231" },
};

static void name_turns_case(const struct turns_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(turns, turns_cases, name_turns_case);

static void turns_go_round(struct kunit *test)
{
	const struct turns_case *c = test->param_value;

	expect_turns(test, make_fixture(test, c->levels), c->turns);
}

static void who_is_not_ready_has_no_turn(struct kunit *test)
{
	struct fixture *f = make_fixture(test, "000");

	f->members[1].ready = false;
	expect_turns(test, f, "0202");
	f->members[1].ready = true;
	/* It has not had its turn in this pass, so it is next. */
	expect_turns(test, f, "1012");
	sim_runlist_remove(&f->members[0]);
	expect_turns(test, f, "1212");
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(turns_go_round, turns_gen_params),
	KUNIT_CASE(who_is_not_ready_has_no_turn),
	{}
};

static struct kunit_suite suite = {
	.name = "sim_runlist",
	.test_cases = cases,
};

kunit_test_suite(suite);
