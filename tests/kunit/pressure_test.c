// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of kmod/ghostnv/pressure.c: averages against what the exponential gives.
 */
#include <kunit/test.h>

#include "ghostnv/pressure.h"

#define MS     1000000ULL
#define SECOND (1000 * MS)

static u32 centi(struct gnv_pressure *p, enum gnv_pressure_average average)
{
	return gnv_pressure_centi(p, GNV_PRESSURE_SOME, average);
}

/* Waits for @percent of each tenth of a second. */
static u64 wait_for(struct gnv_pressure *p, u64 now_ns, u64 seconds, u32 percent)
{
	u64 end_ns = now_ns + seconds * SECOND;

	while (now_ns < end_ns) {
		now_ns += 100 * MS;
		gnv_pressure_add(p, percent * MS, percent * MS / 2, now_ns);
	}
	return now_ns;
}

/* After t seconds of 40 %, an average over T is 40 % * (1 - exp(-t / T)). */
static void averages_follow_the_exponential(struct kunit *test)
{
	struct gnv_pressure p;
	u64 now_ns = 5 * SECOND;

	gnv_pressure_init(&p, now_ns);
	now_ns = wait_for(&p, now_ns, 10, 40);
	KUNIT_EXPECT_GE(test, centi(&p, GNV_PRESSURE_10S), 2500U); /* 25.28 */
	KUNIT_EXPECT_LE(test, centi(&p, GNV_PRESSURE_10S), 2560U);
	KUNIT_EXPECT_GE(test, centi(&p, GNV_PRESSURE_60S), 600U); /* 6.14 */
	KUNIT_EXPECT_LE(test, centi(&p, GNV_PRESSURE_60S), 660U);
	now_ns = wait_for(&p, now_ns, 50, 40);
	KUNIT_EXPECT_GE(test, centi(&p, GNV_PRESSURE_60S), 2500U);
	KUNIT_EXPECT_LE(test, centi(&p, GNV_PRESSURE_60S), 2560U);
	KUNIT_EXPECT_GE(test, centi(&p, GNV_PRESSURE_300S), 700U); /* 7.25 */
	KUNIT_EXPECT_LE(test, centi(&p, GNV_PRESSURE_300S), 770U);
	now_ns = wait_for(&p, now_ns, 2000, 40);
	KUNIT_EXPECT_GE(test, centi(&p, GNV_PRESSURE_300S), 3960U);
	KUNIT_EXPECT_LE(test, centi(&p, GNV_PRESSURE_300S), 4010U);
	KUNIT_EXPECT_LE(test, gnv_pressure_centi(&p, GNV_PRESSURE_FULL, GNV_PRESSURE_10S), 2010U);
	KUNIT_EXPECT_GE(test, gnv_pressure_centi(&p, GNV_PRESSURE_FULL, GNV_PRESSURE_10S), 1980U);
	KUNIT_EXPECT_EQ(test, p.line[GNV_PRESSURE_SOME].total_ns, 2060 * SECOND / 100 * 40);
}

static void averages_decay_while_nobody_asks(struct kunit *test)
{
	struct gnv_pressure p;
	u64 now_ns = 0;

	gnv_pressure_init(&p, now_ns);
	now_ns = wait_for(&p, now_ns, 100, 100);
	KUNIT_EXPECT_GE(test, centi(&p, GNV_PRESSURE_10S), 9990U);
	KUNIT_EXPECT_LE(test, centi(&p, GNV_PRESSURE_10S), 10000U);
	/* exp(-1) of it is left after ten seconds, and nothing after hours. */
	gnv_pressure_update(&p, now_ns + 10 * SECOND);
	KUNIT_EXPECT_GE(test, centi(&p, GNV_PRESSURE_10S), 3600U);
	KUNIT_EXPECT_LE(test, centi(&p, GNV_PRESSURE_10S), 3760U);
	gnv_pressure_update(&p, now_ns + 10000 * SECOND);
	KUNIT_EXPECT_EQ(test, centi(&p, GNV_PRESSURE_300S), 0U);
	/* Time that lies back changes nothing. */
	gnv_pressure_update(&p, now_ns);
	gnv_pressure_add(&p, 0, 0, now_ns);
	KUNIT_EXPECT_EQ(test, p.averaged_ns, now_ns + 10000 * SECOND);
}

static void states_count_while_they_last(struct kunit *test)
{
	struct gnv_pressure p;

	gnv_pressure_init(&p, SECOND);
	gnv_pressure_set(&p, true, false, 2 * SECOND);
	gnv_pressure_set(&p, true, true, 3 * SECOND);
	gnv_pressure_update(&p, 5 * SECOND);
	gnv_pressure_set(&p, false, false, 6 * SECOND);
	gnv_pressure_update(&p, 60 * SECOND);
	KUNIT_EXPECT_EQ(test, p.line[GNV_PRESSURE_SOME].total_ns, 4 * SECOND);
	KUNIT_EXPECT_EQ(test, p.line[GNV_PRESSURE_FULL].total_ns, 3 * SECOND);
}

static void more_than_all_the_time_is_never_told(struct kunit *test)
{
	struct gnv_pressure p;
	u64 now_ns = 0;
	int i;

	gnv_pressure_init(&p, now_ns);
	for (i = 0; i < 100; i++) {
		now_ns += SECOND;
		gnv_pressure_add(&p, 1ULL << 50, 1ULL << 40, now_ns);
		KUNIT_EXPECT_LE(test, centi(&p, GNV_PRESSURE_10S), 10000U);
	}
}

static int start_trigger(struct gnv_pressure_trigger *t, const struct gnv_pressure *p,
			 u64 threshold_ns, u64 window_ns)
{
	return gnv_pressure_trigger_init(t, p, GNV_PRESSURE_SOME, threshold_ns, window_ns, 0);
}

static void triggers_fire_once_a_window(struct kunit *test)
{
	struct gnv_pressure_trigger t;
	struct gnv_pressure p;
	u32 fired = 0, i;
	u64 now_ns = 0;

	gnv_pressure_init(&p, now_ns);
	KUNIT_ASSERT_EQ(test, start_trigger(&t, &p, 150 * MS, SECOND), 0);
	for (i = 0; i < 100; i++) {
		now_ns += 100 * MS;
		gnv_pressure_add(&p, 14 * MS, 0, now_ns);
		fired += gnv_pressure_trigger_check(&t, &p, now_ns);
	}
	/* 140 ms a second are not enough. */
	KUNIT_EXPECT_EQ(test, fired, 0U);
	for (i = 0; i < 100; i++) {
		now_ns += 100 * MS;
		gnv_pressure_add(&p, 20 * MS, 0, now_ns);
		fired += gnv_pressure_trigger_check(&t, &p, now_ns);
	}
	KUNIT_EXPECT_GE(test, fired, 9U);
	KUNIT_EXPECT_LE(test, fired, 10U);
}

static void triggers_out_of_bounds_are_refused(struct kunit *test)
{
	struct gnv_pressure_trigger t;
	struct gnv_pressure p;

	gnv_pressure_init(&p, 0);
	KUNIT_EXPECT_EQ(test, start_trigger(&t, &p, 1, 499 * MS), -EINVAL);
	KUNIT_EXPECT_EQ(test, start_trigger(&t, &p, 1, 10 * SECOND + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, start_trigger(&t, &p, 0, SECOND), -EINVAL);
	KUNIT_EXPECT_EQ(test, start_trigger(&t, &p, SECOND + 1, SECOND), -EINVAL);
	KUNIT_EXPECT_EQ(test, start_trigger(&t, &p, 1, 10 * SECOND), 0);
}

static struct kunit_case pressure_cases[] = {
	KUNIT_CASE(averages_follow_the_exponential),
	KUNIT_CASE(averages_decay_while_nobody_asks),
	KUNIT_CASE(states_count_while_they_last),
	KUNIT_CASE(more_than_all_the_time_is_never_told),
	KUNIT_CASE(triggers_fire_once_a_window),
	KUNIT_CASE(triggers_out_of_bounds_are_refused),
	{}
};

static struct kunit_suite pressure_suite = {
	.name = "pressure",
	.test_cases = pressure_cases,
};
kunit_test_suite(pressure_suite);
