// SPDX-License-Identifier: MIT
/*
 * base/time: against the C library, at the edges of days, months and leap years.
 */
#include "tap.h"

#include <string.h>

#include "base/time.h"

static void expect_same(time_t when)
{
	char ours[GNV_TIME_LEN], theirs[64];
	struct tm tm;

	gmtime_r(&when, &tm);
	strftime(theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%SZ", &tm);
	gnv_time_format(when, ours);
	if (strcmp(ours, theirs) != 0)
		printf("# %lld: %s, not %s\n", (long long)when, ours, theirs);
	expect(!strcmp(ours, theirs));
}

static void like_the_c_library(void)
{
	time_t day = 86400, when;

	expect_same(0);
	expect_same(253402300799);
	/* Each day from 1970 to 2110, the first and the last second of it. */
	for (when = 0; when < 140 * 366 * day; when += day) {
		expect_same(when);
		expect_same(when + day - 1);
	}
}

static void stays_within_four_digits(void)
{
	char text[GNV_TIME_LEN];

	gnv_time_format(-1, text);
	expect_str(text, "1970-01-01T00:00:00Z");
	gnv_time_format(253402300800, text);
	expect_str(text, "9999-12-31T23:59:59Z");
}

int main(void)
{
	test("time:like_the_c_library", like_the_c_library);
	test("time:stays_within_four_digits", stays_within_four_digits);
	return tap_end();
}
