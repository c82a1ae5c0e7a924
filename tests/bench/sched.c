// SPDX-License-Identifier: MIT
/*
 * The policy of GPU time on a model of an engine, in virtual time, and what a decision
 * costs on this machine.  No driver and no GPU is in it.
 *
 *	sched SEED ROUNDS
 */
#include "tests/bench/figure.h"

#include <string.h>

#include "tests/kunit/sched_scenes.h"

#define ROUNDS_MAX 1000
#define TENANTS	   10000U
#define GROUP	   10U
#define DECISIONS  20000
#define RETURNS	   20U

static struct model model;
static double samples[2][ROUNDS_MAX];

static void print(const char *name, double value, const char *unit, u64 n)
{
	printf("%s\t%.6g\t%s\t%llu\n", name, value, unit, (unsigned long long)n);
}

static void print_ppm(const char *name, const char *suffix, u64 ppm)
{
	char key[64];

	snprintf(key, sizeof(key), "%s_%s", name, suffix);
	print(key, (double)ppm / 1e4, "%", 1);
}

static u64 larger(u64 a, u64 b)
{
	return a > b ? a : b;
}

/* --- shares --------------------------------------------------------------------------- */

/* The worst of all scenes of shares. */
static struct {
	u64 error;
	u64 jain;
	u64 lost;
} worst = { .jain = 1000000 };

static void judge_shares(const char *name)
{
	u64 error = model_share_error(&model), jain = model_jain(&model);

	print_ppm(name, "share_error", error);
	worst.error = larger(worst.error, error);
	worst.lost = larger(worst.lost, scene_lost(&model));
	if (jain < worst.jain)
		worst.jain = jain;
}

static void measure_shares(u64 seed)
{
	char name[32];
	u32 n;

	for (n = 2; n <= MODEL_TENANTS; n *= n == 2 ? 4 : 8) {
		scene_weights(&model, seed, n, 1);
		snprintf(name, sizeof(name), "equal_%u", n);
		judge_shares(name);
	}
	scene_pair(&model, seed, 300, 700, false);
	judge_shares("weights_30_70");
	scene_weights(&model, seed, 8, 8);
	judge_shares("weights_8_of_8");
	scene_weights(&model, seed, 64, 2);
	judge_shares("weights_64_of_2");
	scene_nested(&model, seed);
	judge_shares("nested");
	print("share_error_max", (double)worst.error / 1e4, "%", 1);
	print("jain_min", (double)worst.jain / 1e6, "ratio", 1);
	print("engine_lost", (double)worst.lost / 1e4, "%", 1);
}

/* Where the engine or the programs do not do as the slices say. */
static void measure_hard_shares(u64 seed)
{
	scene_pair(&model, seed, 300, 700, true);
	print_ppm("slices_ignored_30_70", "share_error", model_share_error(&model));
	scene_pieces(&model, seed, 20 * MODEL_MS);
	print_ppm("pieces_of_20ms", "share_error", model_share_error(&model));
	scene_weights(&model, seed, 64, 8);
	print_ppm("weights_64_of_8", "share_error", model_share_error(&model));
	scene_thinking(&model, seed);
	print_ppm("thinking", "kept_idle", model_ppm(model.kept_idle_ns, SCENE_NS));
	scene_blocked(&model, seed);
	print_ppm("blocked", "kept_idle", model_ppm(model.kept_idle_ns, SCENE_NS));
}

/* How long one that was idle waits for its first turn, and for its share. */
static void measure_return(u64 seed)
{
	u64 wait_ns = 0, error = 0;
	u32 i;

	for (i = 0; i < RETURNS; i++) {
		wait_ns = larger(wait_ns, scene_return(&model, seed + i, 2, MODEL_MS * 1000));
		error = larger(error, model_share_error(&model));
	}
	print("return_wait_max", (double)wait_ns / 1e6, "ms", RETURNS);
	print("return_share_error_max", (double)error / 1e4, "%", RETURNS);
}

/* --- caps and latency ----------------------------------------------------------------- */

static void measure_caps(u64 seed)
{
	static const u32 percents[] = { 10, 25, 50 };
	u64 most = 0, alone, beside;
	char name[32];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(percents); i++) {
		alone = scene_cap(&model, seed, percents[i], false, 0);
		beside = scene_cap(&model, seed, percents[i], true, 0);
		snprintf(name, sizeof(name), "cap_%u", percents[i]);
		print_ppm(name, "error", larger(alone, beside));
		most = larger(most, larger(alone, beside));
	}
	print("cap_error_max", (double)most / 1e4, "%", 1);
	print_ppm("cap_10_pieces_of_20ms", "error",
		  scene_cap(&model, seed, 10, true, 20 * MODEL_MS));
}

static void measure_latency(const char *name, u64 seed, u64 work_ns, bool notices)
{
	double alone[2], beside[2];
	char key[64];
	u64 n;

	scene_latency(&model, seed, work_ns, false, notices);
	alone[0] = model_quantile(&model, 50);
	alone[1] = model_quantile(&model, 99);
	scene_latency(&model, seed, work_ns, true, notices);
	beside[0] = model_quantile(&model, 50);
	beside[1] = model_quantile(&model, 99);
	n = model.n_latencies;
	print_ppm(name, "engine_lost", scene_lost(&model));
	snprintf(key, sizeof(key), "%s_p50_ratio", name);
	print(key, beside[0] / alone[0], "ratio", n);
	snprintf(key, sizeof(key), "%s_p99_ratio", name);
	print(key, beside[1] / alone[1], "ratio", n);
}

static void measure_latencies(u64 seed)
{
	measure_latency("latency", seed, 20 * MODEL_MS, false);
	measure_latency("latency_10ms", seed, 10 * MODEL_MS, false);
	measure_latency("latency_5ms", seed, 5 * MODEL_MS, false);
	measure_latency("latency_2ms", seed, 2 * MODEL_MS, false);
	measure_latency("latency_5ms_noticed", seed, 5 * MODEL_MS, true);
	scene_greedy(&model, seed);
	print_ppm("latency_greedy", "share_error", model_share_error(&model));
	scene_bursts(&model, seed);
	print_ppm("latency_bursts", "share_error", model_share_error(&model));
}

/* --- what a decision costs ------------------------------------------------------------ */

static struct gnv_sched sched;
static struct gnv_sched_node leaves[TENANTS], groups[TENANTS / GROUP];
static u64 now_ns, orders;

static void decide(void)
{
	gnv_sched_decide(&sched, 0, now_ns);
	while (gnv_sched_next_order(&sched))
		orders++;
}

static u32 pick(u64 *seed, u32 n)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (u32)(*seed >> 33) % n;
}

/* @n that have work, of random weights, in groups of ten. */
static void make_tenants(u32 n, u64 *seed)
{
	const struct gnv_sched_config config = GNV_SCHED_CONFIG_DEFAULT;
	u32 i;

	now_ns = 1000000000;
	gnv_sched_init(&sched, &config, now_ns);
	for (i = 0; i < n; i++) {
		if (i % GROUP == 0)
			gnv_sched_add(&sched, &groups[i / GROUP], NULL, false, now_ns);
		gnv_sched_add(&sched, &leaves[i], &groups[i / GROUP], true, now_ns);
		gnv_sched_set_weight(&leaves[i], 1 + pick(seed, 1000), now_ns);
		gnv_sched_sample(&leaves[i], 0, 1, now_ns);
	}
	decide();
}

/* One tenant's sample and the decision on it; then a look at all. */
static void measure_round(u32 n, u64 *seed, size_t round)
{
	int64_t start_ns = figure_now_ns();
	u32 i;

	for (i = 0; i < DECISIONS; i++) {
		now_ns += 1000000;
		gnv_sched_sample(&leaves[pick(seed, n)], 1000000, 1, now_ns);
		decide();
	}
	samples[0][round] = (double)(figure_now_ns() - start_ns) / DECISIONS;
	now_ns += 100000000;
	start_ns = figure_now_ns();
	for (i = 0; i < n; i++)
		gnv_sched_sample(&leaves[i], 100000000 / n, 1, now_ns);
	decide();
	samples[1][round] = (double)(figure_now_ns() - start_ns) / n;
}

static void measure_decisions(u64 seed, size_t rounds)
{
	static const char *const names[] = { "10", "1k", "10k" };
	static const u32 counts[] = { 10, 1000, TENANTS };
	size_t i, round;
	char name[32];

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		make_tenants(counts[i], &seed);
		for (round = 0; round < rounds; round++)
			measure_round(counts[i], &seed, round);
		snprintf(name, sizeof(name), "ns_%s", names[i]);
		figure_print("decision", name, samples[0], rounds, "ns");
		figure_print("look_per_tenant", name, samples[1], rounds, "ns");
	}
	print("node_bytes", sizeof(struct gnv_sched_node), "B", 1);
}

int main(int argc, char *argv[])
{
	char *end = NULL, *end_rounds = NULL;
	u64 seed = argc == 3 ? strtoull(argv[1], &end, 0) : 0;
	unsigned long rounds = argc == 3 ? strtoul(argv[2], &end_rounds, 10) : 0;

	if (!seed || *end || rounds < 1 || rounds > ROUNDS_MAX || *end_rounds) {
		fprintf(stderr, "sched: SEED ROUNDS\n");
		return 2;
	}
	printf("seed\t%llu\t\t1\n", (unsigned long long)seed);
	measure_shares(seed);
	measure_hard_shares(seed);
	measure_return(seed);
	measure_caps(seed);
	measure_latencies(seed);
	measure_decisions(seed, rounds);
	return 0;
}
