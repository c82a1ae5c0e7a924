// SPDX-License-Identifier: MIT
/*
 * The scheduler on random schedules, checked after each step against what is worked out
 * from nothing.  SCHED_STEPS and SCHED_SEED in the environment say how many and which.
 */
#include <stdlib.h>

#include "tap.h"

#define MODEL_CHECK(claim) \
	do { \
		(void)m; \
		if (tap_good) \
			expect(claim); \
	} while (0)

#include "tests/kunit/sched_chaos.h"
#include "tests/kunit/sched_scenes.h"

#define STEPS 1000000
#define SEEDS 10

static struct chaos chaos;
static struct model model;

static u64 from_env(const char *name, u64 fallback)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : fallback;
}

/* Few tenants and many meet different cases. */
static void random_schedules_keep_what_is_promised(void)
{
	u64 steps = from_env("SCHED_STEPS", STEPS), seed = from_env("SCHED_SEED", 20261129);
	u32 i;

	printf("# %llu steps, seed %llu\n", (unsigned long long)steps,
	       (unsigned long long)seed);
	for (i = 0; i < SEEDS && tap_good; i++) {
		memset(&chaos, 0, sizeof(chaos));
		chaos.m.seed = seed + i;
		chaos_begin(&chaos, 2 + i * i / 2);
		chaos_go(&chaos, steps / SEEDS);
		if (i < 4)
			continue;
		/* A run in which nothing happens proves nothing. */
		expect(chaos.moved > steps / SEEDS / 200);
		expect(chaos.m.orders > steps / SEEDS / 20);
		expect(chaos.closed > steps / SEEDS / 20);
		expect(chaos.throttled > steps / SEEDS / 50);
	}
}

static void shares_hold_for_many_seeds(void)
{
	u64 seed;

	for (seed = 1; seed <= SEEDS; seed++) {
		scene_weights(&model, seed, 64, 2);
		expect(model_share_error(&model) <= 20000);
		expect(model_jain(&model) >= 990000);
		scene_nested(&model, seed);
		expect(model_share_error(&model) <= 20000);
		expect(scene_return(&model, seed, 2, 1000 * MODEL_MS) <= 17 * MODEL_MS);
		expect(model_share_error(&model) <= 20000);
		expect(scene_cap(&model, seed, 25, true, 20 * MODEL_MS) <= 10000);
	}
}

int main(void)
{
	test("sched:random_schedules_keep_what_is_promised",
	     random_schedules_keep_what_is_promised);
	test("sched:shares_hold_for_many_seeds", shares_hold_for_many_seeds);
	return tap_end();
}
