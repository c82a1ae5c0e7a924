// SPDX-License-Identifier: MIT
/*
 * The quota against its model, by random operations.  QUOTA_STEPS and QUOTA_SEED in
 * the environment say how many and which: a million take a minute.
 */
#include <stdlib.h>

#include "tap.h"

#define MODEL_CHECK(claim) \
	do { \
		if (tap_good) \
			expect(claim); \
	} while (0)

#include "tests/kunit/quota_model.h"

#define STEPS	    100000
#define CHECK_EVERY 10

static struct model model;

static u64 from_env(const char *name, u64 fallback)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : fallback;
}

static void random_operations_match_the_model(void)
{
	u64 steps = from_env("QUOTA_STEPS", STEPS), seed = from_env("QUOTA_SEED", 20261123);

	printf("# %llu steps, seed %llu\n", (unsigned long long)steps,
	       (unsigned long long)seed);
	model.seed = seed;
	model_run(&model, (u32)steps, CHECK_EVERY);
	/* A run that decides nothing proves nothing. */
	expect(model.granted > steps / 20);
	expect(model.refused > steps / 20);
	expect(model.promised > steps / 100);
}

static void headroom_is_what_fits(void)
{
	struct gnv_quota_full full;

	for (int i = 0; i < MODEL_NODES * MODEL_GPUS; i++) {
		u32 gpu = (u32)i % MODEL_GPUS;
		struct model_node *n = &model.nodes[i / MODEL_GPUS];
		u64 room;

		if (n->life != MODEL_LIVE)
			continue;
		room = gnv_quota_headroom(&n->quota, gpu);
		expect_int(gnv_quota_try_charge(&n->quota, gpu, room + 1, &full), -EDQUOT);
		expect_int(gnv_quota_try_charge(&n->quota, gpu, room, &full), 0);
		expect_int(gnv_quota_headroom(&n->quota, gpu), 0);
		gnv_quota_uncharge(&n->quota, gpu, room);
	}
}

int main(void)
{
	test("quota:random_operations_match_the_model", random_operations_match_the_model);
	test("quota:headroom_is_what_fits", headroom_is_what_fits);
	return tap_end();
}
