// SPDX-License-Identifier: MIT
/*
 * gpu/visible, gpu/capabilities: what an environment may choose of what was granted.
 */
#include "tap.h"

#include <errno.h>

#include "gpu/capabilities.h"
#include "gpu/visible.h"

static const struct gnv_gpu_list list = {
	.n = 3,
	.gpus = {
		{ .index = 0, .pci = "0000:01:00.0", .uuid = "GPU-aaaa0000-0000-0000-0000-000000000000" },
		{ .index = 1, .pci = "0000:02:00.0", .uuid = "GPU-bbbb0000-0000-0000-0000-000000000000" },
		{ .index = 2, .pci = "0000:03:00.0", .uuid = "GPU-cccc0000-0000-0000-0000-000000000000" },
	},
};

static void never_beyond_what_was_granted(void)
{
	static const struct {
		char *env;
		uint64_t granted;
		enum gnv_visible kind;
		uint64_t mask, refused;
	} cases[] = {
		{ "OTHER=1", 3, GNV_VISIBLE_UNSET, 3, 0 },
		{ "NVIDIA_VISIBLE_DEVICES=", 3, GNV_VISIBLE_UNSET, 3, 0 },
		{ "NVIDIA_VISIBLE_DEVICES=void", 3, GNV_VISIBLE_VOID, 0, 0 },
		{ "NVIDIA_VISIBLE_DEVICES=none", 3, GNV_VISIBLE_NONE, 0, 0 },
		{ "NVIDIA_VISIBLE_DEVICES=all", 5, GNV_VISIBLE_SOME, 5, 0 },
		{ "NVIDIA_VISIBLE_DEVICES=all", 0, GNV_VISIBLE_SOME, 0, 0 },
		{ "NVIDIA_VISIBLE_DEVICES=0", 3, GNV_VISIBLE_SOME, 1, 0 },
		{ "NVIDIA_VISIBLE_DEVICES=0,2", 3, GNV_VISIBLE_SOME, 1, 4 },
		{ "NVIDIA_VISIBLE_DEVICES=GPU-cccc0000-0000-0000-0000-000000000000", 4,
		  GNV_VISIBLE_SOME, 4, 0 },
		{ "NVIDIA_VISIBLE_DEVICES=2", 1, GNV_VISIBLE_SOME, 0, 4 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *env[] = { cases[i].env, NULL };
		uint64_t mask = 42, refused = 42;
		enum gnv_visible kind;

		expect_int(gnv_visible_read(env, &list, cases[i].granted, &kind, &mask,
					    &refused, NULL),
			   0);
		expect_int(kind, cases[i].kind);
		expect_int(mask, cases[i].mask);
		expect_int(refused, cases[i].refused);
		expect(!(mask & ~cases[i].granted));
	}
}

static void what_is_no_gpu(void)
{
	static char *const bad[] = {
		"NVIDIA_VISIBLE_DEVICES=7",
		"NVIDIA_VISIBLE_DEVICES=0,",
		"NVIDIA_VISIBLE_DEVICES=GPU-",
		"NVIDIA_VISIBLE_DEVICES=/dev/nvidia0",
		"NVIDIA_VISIBLE_DEVICES=Void",
		"NVIDIA_VISIBLE_DEVICES=0 1",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_error_ struct gnv_error *err = NULL;
		char *env[] = { bad[i], NULL };
		enum gnv_visible kind;
		uint64_t mask;

		expect(gnv_visible_read(env, &list, 7, &kind, &mask, NULL, &err) < 0);
		expect(strstr(gnv_error_message(err), "NVIDIA_VISIBLE_DEVICES"));
	}
}

static void legacy(void)
{
	char *old[] = { "CUDA_VERSION=9.0.1", NULL };
	char *new[] = { "CUDA_VERSION=9.0.1", "NVIDIA_REQUIRE_CUDA=cuda>=9", NULL };
	char *none[] = { "CUDA_VERSION=", NULL };

	expect(gnv_visible_is_legacy(old));
	expect(!gnv_visible_is_legacy(new));
	expect(!gnv_visible_is_legacy(none));
	expect(!gnv_visible_is_legacy(NULL));
}

static void capabilities(void)
{
	static const struct {
		const char *text;
		int r;
		unsigned int capabilities;
	} cases[] = {
		{ "", 0, GNV_DRIVER_DEFAULT },
		{ "none", 0, 0 },
		{ "all", 0, GNV_DRIVER_ALL },
		{ "compute", 0, GNV_DRIVER_COMPUTE },
		{ "compute,utility,video", 0,
		  GNV_DRIVER_COMPUTE | GNV_DRIVER_UTILITY | GNV_DRIVER_VIDEO },
		{ "graphics,display,ngx,compat32", 0,
		  GNV_DRIVER_GRAPHICS | GNV_DRIVER_DISPLAY | GNV_DRIVER_NGX |
			  GNV_DRIVER_COMPAT32 },
		{ "compute,all", 0, GNV_DRIVER_ALL },
		{ "all,compute", 0, GNV_DRIVER_ALL },
		{ "compute,", -EINVAL, 0 },
		{ ",", -EINVAL, 0 },
		{ "Compute", -EINVAL, 0 },
		{ "compute utility", -EINVAL, 0 },
		{ "none,compute", -EINVAL, 0 },
		{ "cuda", -EINVAL, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_error_ struct gnv_error *err = NULL;
		unsigned int got = 0;

		expect_int(gnv_capabilities_parse(cases[i].text, &got, &err), cases[i].r);
		expect_int(got, cases[i].capabilities);
		expect(!err == !cases[i].r);
	}
	expect_str(gnv_capabilities_name(GNV_DRIVER_VIDEO | GNV_DRIVER_NGX), "video");
	expect(!gnv_capabilities_name(0));
}

int main(void)
{
	test("gpu_env:never_beyond_what_was_granted", never_beyond_what_was_granted);
	test("gpu_env:what_is_no_gpu", what_is_no_gpu);
	test("gpu_env:legacy", legacy);
	test("gpu_env:capabilities", capabilities);
	return tap_end();
}
