// SPDX-License-Identifier: MIT
/*
 * cli/gpu_share: shares between two looks, and what is forgotten.
 */
#include "tap.h"

#include "cli/gpu_share.h"

static struct cli_shares look(struct cli_looks *looks, uint64_t id, uint64_t usage_us,
			      uint64_t now_us)
{
	const struct ghostnv_stats stats = { .id = id,
					     .gpu = GHOSTNV_GPU_TOTAL,
					     .gpu_usage_us = usage_us,
					     .gpu_throttled_us = usage_us / 2,
					     .gpu_wait_some_us = usage_us / 4 };

	return cli_looks_add(looks, &stats, now_us);
}

static void shares_of_the_time_between(void)
{
	struct cli_looks looks = { 0 };
	struct cli_shares shares;

	cli_looks_begin(&looks);
	expect(!look(&looks, 1, 1000000, 5000000).known);
	expect(!look(&looks, 2, 0, 5000000).known);
	cli_looks_begin(&looks);
	shares = look(&looks, 1, 1500000, 6000000);
	expect(shares.known);
	expect_int(shares.usage, 500);
	expect_int(shares.throttled, 250);
	expect_int(shares.waited, 125);
	shares = look(&looks, 2, 4000000, 7000000);
	expect_int(shares.usage, 2000);
	cli_looks_begin(&looks);
	expect_int(look(&looks, 1, 0, 8000000).usage, 0);
	expect(!look(&looks, 1, 0, 8000000).known);
	cli_looks_fini(&looks);
}

static void what_is_gone_is_forgotten(void)
{
	struct cli_looks looks = { 0 };

	cli_looks_begin(&looks);
	look(&looks, 1, 0, 1);
	look(&looks, 2, 0, 1);
	cli_looks_begin(&looks);
	look(&looks, 2, 0, 1000);
	cli_looks_begin(&looks);
	expect_int(looks.n, 1);
	expect(!look(&looks, 1, 0, 2000).known);
	expect(look(&looks, 2, 0, 2000).known);
	cli_looks_fini(&looks);
}

int main(void)
{
	test("gpu_share:shares_of_the_time_between", shares_of_the_time_between);
	test("gpu_share:what_is_gone_is_forgotten", what_is_gone_is_forgotten);
	return tap_end();
}
