// SPDX-License-Identifier: MIT
/*
 * oci/gpu_limits, oci/gpu_admin, oci/gpu_request: what is read of GPUs, by whom, and who has
 * the last word.
 */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>

#include "base/strv.h"
#include "oci/gpu_admin.h"
#include "oci/gpu_request.h"

#define TOTAL	 GHOSTNV_GPU_TOTAL
#define N(array) (sizeof(array) / sizeof((array)[0]))
#define PAIRS(array) \
	{ \
		.n = N(array), .items = (array) \
	}

static struct oci_pair pairs_of_all[] = {
	{ "dev.ghostnv/gpu.burst", "5000" },
	{ "dev.ghostnv/gpu.max", "25%,1=50%" },
	{ "other/gpu.weight", "7" },
	{ "dev.ghostnv/gpu.weight", "300" },
	{ "dev.ghostnv/vram.max", "8G" },
};

static void annotations_in_the_modules_order(void)
{
	static const struct gnv_gpu_limit wanted[] = {
		{ GHOSTNV_LIMIT_VRAM_MAX, TOTAL, 8ULL << 30, NULL },
		{ GHOSTNV_LIMIT_GPU_WEIGHT, TOTAL, 300, NULL },
		{ GHOSTNV_LIMIT_GPU_MAX, TOTAL, GHOSTNV_GPU_MAX(25000, 100000), NULL },
		{ GHOSTNV_LIMIT_GPU_MAX, 1, GHOSTNV_GPU_MAX(50000, 100000), NULL },
		{ GHOSTNV_LIMIT_GPU_BURST, TOTAL, 5000, NULL },
	};
	const struct oci_array array = PAIRS(pairs_of_all);
	struct gnv_gpu_limits limits = { 0 };
	size_t i;

	expect_int(oci_gpu_limits_read(&array, OCI_GPU_ANNOTATIONS, &limits, NULL), 0);
	expect_int(limits.n, N(wanted));
	for (i = 0; i < N(wanted) && i < limits.n; i++) {
		expect_int(limits.limits[i].limit, wanted[i].limit);
		expect_int(limits.limits[i].gpu, wanted[i].gpu);
		expect(limits.limits[i].value == wanted[i].value);
		expect(!strncmp(limits.limits[i].asker, "dev.ghostnv/", 12));
	}
}

static void who_was_first_counts(void)
{
	static struct oci_pair administrators[] = { { "vram.max", "1G" }, { "gpu.latency", "on" } };
	const struct oci_array first = PAIRS(pairs_of_all), second = PAIRS(administrators);
	struct gnv_gpu_limits limits = { 0 };

	expect_int(oci_gpu_limits_read(&first, OCI_GPU_ANNOTATIONS, &limits, NULL), 0);
	expect_int(oci_gpu_limits_read(&second, "", &limits, NULL), 0);
	expect_int(limits.n, 6);
	expect(limits.limits[0].value == 8ULL << 30);
	expect_int(limits.limits[5].limit, GHOSTNV_LIMIT_GPU_LATENCY);
}

/* Values of a limit of GPU 0 and of all, after what the environment says; -1: none. */
struct lowering {
	const char *annotation, *value; /* NULL: not there */
	char *env;
	uint32_t limit;
	long long total, first;
};

static long long value_of(const struct gnv_gpu_limits *limits, uint32_t limit, uint32_t gpu)
{
	long long value = -1;
	size_t i;

	for (i = 0; i < limits->n; i++)
		if (limits->limits[i].limit == limit && limits->limits[i].gpu == gpu)
			value = (long long)limits->limits[i].value;
	return value;
}

static void environments_lower(void)
{
	static const struct lowering rows[] = {
		{ "gpu.weight", "300", "GHOSTNV_GPU_WEIGHT=50", GHOSTNV_LIMIT_GPU_WEIGHT, 50, -1 },
		{ "gpu.weight", "300", "GHOSTNV_GPU_WEIGHT=301", GHOSTNV_LIMIT_GPU_WEIGHT, 300, -1 },
		{ "gpu.weight", "300", "GHOSTNV_GPU_WEIGHT=0=50", GHOSTNV_LIMIT_GPU_WEIGHT, 300, 50 },
		{ "gpu.weight", "300,0=200", "GHOSTNV_GPU_WEIGHT=250", GHOSTNV_LIMIT_GPU_WEIGHT, 250,
		  200 },
		{ "gpu.weight", "300,0=200", "GHOSTNV_GPU_WEIGHT=100", GHOSTNV_LIMIT_GPU_WEIGHT, 100,
		  100 },
		{ "gpu.weight", "0=200", "GHOSTNV_GPU_WEIGHT=50", GHOSTNV_LIMIT_GPU_WEIGHT, 50, 50 },
		/* What nobody has set is 100, and no cap. */
		{ NULL, NULL, "GHOSTNV_GPU_WEIGHT=101", GHOSTNV_LIMIT_GPU_WEIGHT, -1, -1 },
		{ NULL, NULL, "GHOSTNV_GPU_WEIGHT=99", GHOSTNV_LIMIT_GPU_WEIGHT, 99, -1 },
		{ NULL, NULL, "GHOSTNV_GPU_WEIGHT=", GHOSTNV_LIMIT_GPU_WEIGHT, -1, -1 },
		{ NULL, NULL, "GHOSTNV_GPU_EXCLUSIVE=on", GHOSTNV_LIMIT_GPU_EXCLUSIVE, -1, -1 },
		{ NULL, NULL, "GHOSTNV_GPU_LATENCY=on", GHOSTNV_LIMIT_GPU_LATENCY, -1, -1 },
		{ NULL, NULL, "GHOSTNV_VRAM_MAX=1M", GHOSTNV_LIMIT_VRAM_MAX, 1 << 20, -1 },
		{ NULL, NULL, "GHOSTNV_VRAM_LOW=1M", GHOSTNV_LIMIT_VRAM_LOW, -1, -1 },
		{ NULL, NULL, "GHOSTNV_OOM_POLICY=kill", GHOSTNV_LIMIT_OOM_POLICY, -1, -1 },
		/* Caps are compared by their parts of the time. */
		{ "gpu.max", "50%", "GHOSTNV_GPU_MAX=4000/10000", GHOSTNV_LIMIT_GPU_MAX,
		  (long long)GHOSTNV_GPU_MAX(4000, 10000), -1 },
		{ "gpu.max", "50%", "GHOSTNV_GPU_MAX=6000/10000", GHOSTNV_LIMIT_GPU_MAX,
		  (long long)GHOSTNV_GPU_MAX(50000, 100000), -1 },
		{ "gpu.max", "50%", "GHOSTNV_GPU_MAX=max", GHOSTNV_LIMIT_GPU_MAX,
		  (long long)GHOSTNV_GPU_MAX(50000, 100000), -1 },
	};
	const struct lowering *row;

	for (row = rows; row < rows + N(rows); row++) {
		struct oci_pair pair = { (char *)row->annotation, (char *)row->value };
		const struct oci_array array = { .n = row->annotation ? 1 : 0, .items = &pair };
		char *env[] = { "OTHER=1", row->env, NULL };
		struct gnv_gpu_limits limits = { 0 };

		expect_int(oci_gpu_limits_read(&array, "", &limits, NULL), 0);
		expect_int(oci_gpu_limits_lower(env, &limits, NULL), 0);
		expect_int(value_of(&limits, row->limit, TOTAL), row->total);
		expect_int(value_of(&limits, row->limit, 0), row->first);
		if (!tap_good)
			printf("# %s %s\n", row->value ? row->value : "nothing", row->env);
	}
}

static void more_than_there_is_room_for(void)
{
	static char text[GNV_GPU_LIMITS_MAX * 8];
	struct oci_pair pair = { "gpu.weight", text };
	const struct oci_array array = { .n = 1, .items = &pair };
	char *env[] = { "GHOSTNV_GPU_MAX=10%", NULL };
	struct gnv_gpu_limits limits = { 0 };
	_cleanup_error_ struct gnv_error *err = NULL;
	size_t i;

	for (i = 0; i < GNV_GPU_LIMITS_MAX; i++)
		strcat(text, i ? ",0=5" : "0=5");
	expect_int(oci_gpu_limits_read(&array, "", &limits, NULL), 0);
	expect_int(oci_gpu_limits_lower(env, &limits, &err), -E2BIG);
	strcat(text, ",0=5");
	limits.n = 0;
	expect_int(oci_gpu_limits_read(&array, "", &limits, NULL), -EINVAL);
}

static void administrators_document(void)
{
	static const char text[] = "{\"driverRoot\": \"/run/nvidia\", \"driverSockets\": true,"
				   "\"driverCapabilities\": \"utility\", \"ignoreEnvironment\": true,"
				   "\"limits\": {\"gpu.weight\": \"50\"}}";
	_cleanup_gpu_admin_ struct oci_gpu_admin admin = { 0 };
	_cleanup_gpu_admin_ struct oci_gpu_admin empty = { 0 };

	expect_int(oci_gpu_admin_parse(text, strlen(text), &admin, NULL), 0);
	expect_str(admin.driver_root, "/run/nvidia");
	expect_str(admin.driver_capabilities, "utility");
	expect(admin.driver_sockets && admin.ignore_environment);
	expect_int(admin.limits.n, 1);
	expect_int(oci_gpu_admin_parse("{}", 2, &empty, NULL), 0);
	expect(!empty.driver_root && !empty.driver_capabilities && !empty.driver_sockets);
}

static void administrators_faults(void)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{ "", NULL },
		{ "[]", NULL },
		{ "{\"driverRoot\": \"/\"} x", NULL },
		{ "{\"driverroot\": \"/\"}", "driverroot: is unknown" },
		{ "{\"driverRoot\": \"x\"}", "driverRoot: `x` is not an absolute path" },
		{ "{\"driverRoot\": 5}", "driverRoot" },
		{ "{\"driverSockets\": \"yes\"}", "driverSockets" },
		{ "{\"driverCapabilities\": \"magic\"}", "driverCapabilities" },
		{ "{\"limits\": {\"vram.maxx\": \"1G\"}}", "limits: `vram.maxx` is unknown" },
		{ "{\"limits\": {\"vram.max\": \"lots\"}}", "dev.ghostnv/vram.max `lots`" },
		{ "{\"limits\": {\"vram.max\": 5}}", "limits" },
		{ "{\"a\": 1, \"b\": 2}", "a: is unknown (and 1 more)" },
		{ "{\"limits\": {\"vram.max\": 5, \"vram.low\": \"x\"}, \"driverRoot\": \"x\","
		  "\"driverCapabilities\": \"magic\"}",
		  "(and 3 more)" },
	};
	size_t i;

	for (i = 0; i < N(rows); i++) {
		_cleanup_gpu_admin_ struct oci_gpu_admin admin = { 0 };
		_cleanup_error_ struct gnv_error *err = NULL;

		expect(oci_gpu_admin_parse(rows[i].text, strlen(rows[i].text), &admin, &err) < 0);
		expect(err && strstr(gnv_error_message(err), rows[i].said ? rows[i].said : ""));
		if (!tap_good)
			printf("# %s: %s\n", rows[i].text, err ? gnv_error_message(err) : "nothing");
	}
}

/* Of a bundle with these annotations and this environment; with nothing else. */
static int request(struct oci_pair *pairs, size_t n, char **env, bool trust_env,
		   struct oci_gpu_request *ret)
{
	struct oci_linux os = { 0 };
	struct oci_process process = { .env = env };
	const struct oci_config config = {
		.process = &process,
		.os = &os,
		.annotations = { .n = n, .items = pairs },
	};

	return oci_gpu_request_read(&config, trust_env, ret, NULL);
}

static char **names_of(const struct oci_gpu_request *request)
{
	return request->names.items;
}

static void who_asks(void)
{
	static struct oci_pair gpus[] = { { "dev.ghostnv/gpus", "0" } };
	static struct oci_pair cdi[] = {
		{ "cdi.k8s.io/x", "vendor.com/net=0,nvidia.com/gpu=1,ghostnv.dev/gpu=all" }
	};
	static const struct {
		struct oci_pair *pairs;
		char *env[3];
		bool trusted, untrusted; /* whether it asks, by whether environments may */
	} rows[] = {
		{ NULL, { "A=1" }, false, false },
		{ NULL, { "NVIDIA_VISIBLE_DEVICES=all" }, true, false },
		{ NULL, { "NVIDIA_VISIBLE_DEVICES=void" }, false, false },
		{ NULL, { "NVIDIA_VISIBLE_DEVICES=none" }, true, false },
		{ NULL, { "NVIDIA_VISIBLE_DEVICES=" }, false, false },
		{ NULL, { "NVIDIA_VISIBLE_DEVICES=all", "NVIDIA_VISIBLE_DEVICES=void" }, false, false },
		{ NULL, { "CUDA_VERSION=10.0" }, true, false },
		{ NULL, { "CUDA_VERSION=10.0", "NVIDIA_REQUIRE_CUDA=cuda>=9" }, false, false },
		{ gpus, { "NVIDIA_VISIBLE_DEVICES=void" }, true, true },
		{ cdi, { "NVIDIA_VISIBLE_DEVICES=void" }, true, true },
	};
	size_t i;

	for (i = 0; i < N(rows); i++) {
		_cleanup_gpu_request_ struct oci_gpu_request trusted = { 0 }, untrusted = { 0 };
		size_t n = rows[i].pairs ? 1 : 0;

		expect_int(request(rows[i].pairs, n, (char **)rows[i].env, true, &trusted), 0);
		expect_int(request(rows[i].pairs, n, (char **)rows[i].env, false, &untrusted), 0);
		expect_int(trusted.asks, rows[i].trusted);
		expect_int(untrusted.asks, rows[i].untrusted);
		if (rows[i].pairs == cdi)
			expect(trusted.names.n == 2 && !strcmp(names_of(&trusted)[0], "1") &&
			       !strcmp(names_of(&trusted)[1], "all"));
		if (!tap_good)
			printf("# row %zu\n", i);
	}
}

static void annotations_that_cannot_be(void)
{
	static struct oci_pair bad[] = {
		{ "dev.ghostnv/", "1" },
		{ "dev.ghostnv/gpus", "" },
		{ "dev.ghostnv/gpu.weigh", "1" },
		{ "dev.ghostnv/gpu.weight", "" },
		{ "dev.ghostnv/gpu.weight", "1," },
		{ "dev.ghostnv/gpu.max", "101%" },
		{ "dev.ghostnv/driver.capabilities", "magic" },
		{ "dev.ghostnv/gpu.exclusive", "1" },
	};
	size_t i;

	for (i = 0; i < N(bad); i++) {
		_cleanup_gpu_request_ struct oci_gpu_request ret = { 0 };

		expect_int(request(&bad[i], 1, NULL, true, &ret), -EINVAL);
		if (!tap_good)
			printf("# %s=%s\n", bad[i].key, bad[i].value);
	}
}

static void nodes(void)
{
	static const struct {
		char *path, *type;
		bool is;
	} rows[] = {
		{ "/dev/nvidia0", "c", true },
		{ "/dev/nvidia63", "c", true },
		{ "/dev/nvidia0", "b", false },
		{ "/dev/nvidiactl", "c", false },
		{ "/dev/nvidia-uvm", "c", false },
		{ "/dev/nvidia", "c", false },
	};
	size_t i;

	for (i = 0; i < N(rows); i++) {
		const struct oci_device device = { .path = rows[i].path, .type = rows[i].type };

		expect_int(oci_gpu_is_node(&device), rows[i].is);
	}
}

int main(void)
{
	test("oci_gpu:annotations_in_the_modules_order", annotations_in_the_modules_order);
	test("oci_gpu:who_was_first_counts", who_was_first_counts);
	test("oci_gpu:environments_lower", environments_lower);
	test("oci_gpu:more_than_there_is_room_for", more_than_there_is_room_for);
	test("oci_gpu:administrators_document", administrators_document);
	test("oci_gpu:administrators_faults", administrators_faults);
	test("oci_gpu:who_asks", who_asks);
	test("oci_gpu:annotations_that_cannot_be", annotations_that_cannot_be);
	test("oci_gpu:nodes", nodes);
	return tap_end();
}
