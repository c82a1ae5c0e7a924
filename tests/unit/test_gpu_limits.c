// SPDX-License-Identifier: MIT
/*
 * container/gpu_limits: what each option takes and refuses, and what it says then.
 */
#include "tap.h"

#include <errno.h>

#include "container/gpu_limits.h"

#define TOTAL GHOSTNV_GPU_TOTAL

static void good_words(void)
{
	static const struct {
		uint32_t limit;
		const char *text;
		uint32_t gpu;
		uint64_t value;
	} rows[] = {
		{ GHOSTNV_LIMIT_VRAM_MAX, "1.5G", TOTAL, 3ULL << 29 },
		{ GHOSTNV_LIMIT_VRAM_MAX, "63=max", 63, GHOSTNV_UNLIMITED },
		{ GHOSTNV_LIMIT_VRAM_HIGH, "0=1M", 0, 1 << 20 },
		{ GHOSTNV_LIMIT_VRAM_LOW, "0", TOTAL, 0 },
		{ GHOSTNV_LIMIT_OOM_POLICY, "fail", TOTAL, GHOSTNV_OOM_FAIL },
		{ GHOSTNV_LIMIT_OOM_POLICY, "kill", TOTAL, GHOSTNV_OOM_KILL },
		{ GHOSTNV_LIMIT_OOM_PRIORITY, "1000", TOTAL, 1000 },
		{ GHOSTNV_LIMIT_OOM_WAIT_MS, "600", TOTAL, 600000 },
		{ GHOSTNV_LIMIT_GPU_WEIGHT, "1", TOTAL, 1 },
		{ GHOSTNV_LIMIT_GPU_WEIGHT, "2=10000", 2, 10000 },
		{ GHOSTNV_LIMIT_GPU_MAX, "max", TOTAL, GHOSTNV_UNLIMITED },
		{ GHOSTNV_LIMIT_GPU_MAX, "25%", TOTAL, GHOSTNV_GPU_MAX(25000, 100000) },
		{ GHOSTNV_LIMIT_GPU_MAX, "1=100%", 1, GHOSTNV_GPU_MAX(100000, 100000) },
		{ GHOSTNV_LIMIT_GPU_MAX, "1000", TOTAL, GHOSTNV_GPU_MAX(1000, 100000) },
		{ GHOSTNV_LIMIT_GPU_MAX, "0=5000/20000", 0, GHOSTNV_GPU_MAX(5000, 20000) },
		{ GHOSTNV_LIMIT_GPU_MAX, "1000/1000000", TOTAL, GHOSTNV_GPU_MAX(1000, 1000000) },
		{ GHOSTNV_LIMIT_GPU_BURST, "3=0", 3, 0 },
		{ GHOSTNV_LIMIT_GPU_BURST, "5000", TOTAL, 5000 },
		{ GHOSTNV_LIMIT_GPU_LATENCY, "on", TOTAL, 1 },
		{ GHOSTNV_LIMIT_GPU_LATENCY, "1=off", 1, 0 },
		{ GHOSTNV_LIMIT_GPU_EXCLUSIVE, "0=on", 0, 1 },
	};
	struct gnv_gpu_limits limits = { 0 };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct gnv_gpu_limit *limit = &limits.limits[i];

		expect_int(gnv_gpu_limits_add(&limits, rows[i].limit, rows[i].text, NULL), 0);
		expect_int(limits.n, i + 1);
		expect_int(limit->limit, rows[i].limit);
		expect_int(limit->gpu, rows[i].gpu);
		expect(limit->value == rows[i].value);
		if (!tap_good)
			printf("# %s\n", rows[i].text);
	}
}

static void bad_words(void)
{
	static const struct {
		uint32_t limit;
		const char *text;
	} rows[] = {
		{ GHOSTNV_LIMIT_VRAM_MAX, "0" },
		{ GHOSTNV_LIMIT_VRAM_LOW, "max" },
		{ GHOSTNV_LIMIT_OOM_POLICY, "0=fail" },
		{ GHOSTNV_LIMIT_OOM_POLICY, "" },
		{ GHOSTNV_LIMIT_OOM_PRIORITY, "1001" },
		{ GHOSTNV_LIMIT_OOM_WAIT_MS, "0" },
		{ GHOSTNV_LIMIT_OOM_WAIT_MS, "601" },
		{ GHOSTNV_LIMIT_OOM_WAIT_MS, "18446744073709552" }, /* * 1000 is 2^64 + 384 */
		{ GHOSTNV_LIMIT_GPU_WEIGHT, "0" },
		{ GHOSTNV_LIMIT_GPU_WEIGHT, "10001" },
		{ GHOSTNV_LIMIT_GPU_WEIGHT, "64=1" },
		{ GHOSTNV_LIMIT_GPU_WEIGHT, "=1" },
		{ GHOSTNV_LIMIT_GPU_WEIGHT, "max" },
		{ GHOSTNV_LIMIT_GPU_MAX, "" },
		{ GHOSTNV_LIMIT_GPU_MAX, "0%" },
		{ GHOSTNV_LIMIT_GPU_MAX, "%" },
		{ GHOSTNV_LIMIT_GPU_MAX, "25%x" },
		{ GHOSTNV_LIMIT_GPU_MAX, "5000%x" },
		{ GHOSTNV_LIMIT_GPU_MAX, "101%" },
		{ GHOSTNV_LIMIT_GPU_MAX, "18446744073709552%" },
		{ GHOSTNV_LIMIT_GPU_MAX, "999" },
		{ GHOSTNV_LIMIT_GPU_MAX, "4294967296" },
		{ GHOSTNV_LIMIT_GPU_MAX, "1000/999" },
		{ GHOSTNV_LIMIT_GPU_MAX, "100001" },
		{ GHOSTNV_LIMIT_GPU_MAX, "1000/1000001" },
		{ GHOSTNV_LIMIT_GPU_MAX, "1000/" },
		{ GHOSTNV_LIMIT_GPU_MAX, "/1000" },
		{ GHOSTNV_LIMIT_GPU_MAX, "25%/20000" },
		{ GHOSTNV_LIMIT_GPU_MAX, "max/20000" },
		{ GHOSTNV_LIMIT_GPU_MAX, "1000/1000/1000" },
		{ GHOSTNV_LIMIT_GPU_BURST, "-1" },
		{ GHOSTNV_LIMIT_GPU_LATENCY, "1" },
		{ GHOSTNV_LIMIT_GPU_EXCLUSIVE, "0=" },
	};
	struct gnv_gpu_limits limits = { 0 };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_error_ struct gnv_error *err = NULL;

		expect_int(gnv_gpu_limits_add(&limits, rows[i].limit, rows[i].text, &err),
			   -EINVAL);
		expect(err && strstr(gnv_error_message(err), gnv_gpu_limit_option(rows[i].limit)) &&
		       gnv_error_get_remedy(err));
		if (!tap_good)
			printf("# %s\n", rows[i].text);
	}
	expect_int(limits.n, 0);
}

static void no_more_than_fit(void)
{
	struct gnv_gpu_limits limits = { 0 };
	int i;

	for (i = 0; i < GNV_GPU_LIMITS_MAX; i++)
		expect_int(gnv_gpu_limits_add(&limits, GHOSTNV_LIMIT_GPU_WEIGHT, "7", NULL), 0);
	expect_int(gnv_gpu_limits_add(&limits, GHOSTNV_LIMIT_GPU_WEIGHT, "7", NULL), -EINVAL);
	expect_int(limits.n, GNV_GPU_LIMITS_MAX);
}

static void environments(void)
{
	static const struct {
		const char *env, *option; /* option: of --gpu-latency */
		bool allowed;
		int ret;
		size_t n;
		bool refused;
	} rows[] = {
		{ "OTHER=high", NULL, true, 0, 0, false },
		{ "GHOSTNV_REALTIME_PRIORITY=", NULL, true, 0, 0, false },
		{ "GHOSTNV_REALTIME_PRIORITY=normal", NULL, true, 0, 0, false },
		{ "GHOSTNV_REALTIME_PRIORITY=high", NULL, true, 0, 1, false },
		{ "GHOSTNV_REALTIME_PRIORITY=high", NULL, false, 0, 0, true },
		{ "GHOSTNV_REALTIME_PRIORITY=high", "off", true, 0, 1, false },
		{ "GHOSTNV_REALTIME_PRIORITY=high", "1=on", false, 0, 1, false },
		{ "GHOSTNV_REALTIME_PRIORITY=highest", NULL, true, -EINVAL, 0, false },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *const env[] = { (char *)"A=b", (char *)rows[i].env, NULL };
		struct gnv_gpu_limits limits = { 0 };
		_cleanup_error_ struct gnv_error *err = NULL;
		bool refused;

		if (rows[i].option)
			gnv_gpu_limits_add(&limits, GHOSTNV_LIMIT_GPU_LATENCY, rows[i].option,
					   NULL);
		expect_int(gnv_gpu_limits_add_env(&limits, env, rows[i].allowed, &refused, &err),
			   rows[i].ret);
		expect_int(limits.n, rows[i].n);
		expect_int(refused, rows[i].refused);
		if (limits.n)
			expect_int(limits.limits[0].value,
				   !rows[i].option || strcmp(rows[i].option, "off"));
		expect(!err == !rows[i].ret);
		if (!tap_good)
			printf("# %s\n", rows[i].env);
	}
}

int main(void)
{
	test("gpu_limits:good_words", good_words);
	test("gpu_limits:bad_words", bad_words);
	test("gpu_limits:no_more_than_fit", no_more_than_fit);
	test("gpu_limits:environments", environments);
	return tap_end();
}
