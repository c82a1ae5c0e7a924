/* SPDX-License-Identifier: MIT */
/*
 * What host unit tests share: a test is a function, a claim that fails says where
 * and goes on, and the results are TAP.
 *
 *	static void add_two(void) { expect_int(1 + 1, 2); }
 *	int main(void) { test("sum:add_two", add_two); return tap_end(); }
 */
#ifndef GNV_TESTS_UNIT_TAP_H
#define GNV_TESTS_UNIT_TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;
static bool tap_good;

#define expect(claim) \
	do { \
		if (!(claim)) { \
			tap_good = false; \
			printf("# %s:%d: not so: %s\n", __FILE__, __LINE__, #claim); \
		} \
	} while (0)

#define expect_int(got, wanted) \
	do { \
		long long got_ = (long long)(got), wanted_ = (long long)(wanted); \
		if (got_ != wanted_) { \
			tap_good = false; \
			printf("# %s:%d: %s is %lld, wanted %lld\n", __FILE__, __LINE__, \
			       #got, got_, wanted_); \
		} \
	} while (0)

#define expect_str(got, wanted) \
	do { \
		const char *got_ = (got), *wanted_ = (wanted); \
		if (!got_ || strcmp(got_, wanted_)) { \
			tap_good = false; \
			printf("# %s:%d: %s is `%s`, wanted `%s`\n", __FILE__, __LINE__, \
			       #got, got_ ? got_ : "(null)", wanted_); \
		} \
	} while (0)

static inline void test(const char *name, void (*function)(void))
{
	tap_good = true;
	function();
	printf("%s %d - %s\n", tap_good ? "ok" : "not ok", ++tap_count, name);
	if (!tap_good)
		tap_failed++;
}

/* Return: what main() returns. */
static inline int tap_end(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif /* GNV_TESTS_UNIT_TAP_H */
