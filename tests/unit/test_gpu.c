// SPDX-License-Identifier: MIT
/*
 * gpu/gpu: which GPUs are meant, how much memory they have, which nodes they are.
 */
#include "tap.h"

#include <errno.h>

#include "gpu/gpu.h"

static const struct gnv_gpu_list list = {
	.n = 3,
	.gpus = {
		{ .index = 0, .minor = 0, .vram_bytes = 8, .pci = "0000:01:00.0", .uuid = "GPU-aaaa0000-0000-0000-0000-000000000000" },
		{ .index = 2, .minor = 5, .vram_bytes = 16, .pci = "0000:02:00.0", .uuid = "GPU-aaaa1111-0000-0000-0000-000000000000" },
		{ .index = 63, .minor = 7, .vram_bytes = 32, .pci = "0001:02:0a.0", .uuid = "GPU-bbbb0000-0000-0000-0000-000000000000" },
	},
};

static const char proc_devices[] = "Character devices:\n"
				   "  1 mem\n"
				   "195 nvidia\n"
				   "195 nvidia-modeset\n"
				   "236 nvidia-uvm\n"
				   "\n"
				   "Block devices:\n"
				   "259 blkext\n";

static void select_good(void)
{
	static const struct {
		const char *text;
		uint64_t mask;
	} cases[] = {
		{ "all", 1 | 4 | 1ull << 63 },
		{ "none", 0 },
		{ "0", 1 },
		{ "2", 4 },
		{ "63,0", 1 | 1ull << 63 },
		{ "0,0", 1 },
		{ "GPU-bbbb", 1ull << 63 },
		{ "gpu-AAAA1", 4 },
		{ "0000:02:00.0", 4 },
		{ "0001:02:0A.0", 1ull << 63 },
		{ "2,GPU-aaaa0,0001:02:0a.0", 1 | 4 | 1ull << 63 },
	};
	uint64_t mask;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mask = 42;
		expect_int(gnv_gpu_select(&list, cases[i].text, &mask, NULL), 0);
		expect(mask == cases[i].mask);
	}
}

static void select_bad(void)
{
	static const struct {
		const char *text;
		int r;
		const char *named;
	} cases[] = {
		{ "1", -ENOENT, "`1`" },
		{ "0,7", -ENOENT, "`7`" },
		{ "64", -ENOENT, "`64`" },
		{ "18446744073709551616", -ENOENT, "`18446744073709551616`" },
		{ "GPU-c", -ENOENT, "`GPU-c`" },
		{ "GPU-aaaa", -EINVAL, "`GPU-aaaa`" },
		{ "GPU-", -EINVAL, "`GPU-`" },
		{ "", -EINVAL, "empty" },
		{ "0,", -EINVAL, "empty" },
		{ ",0", -EINVAL, "empty" },
		{ "all,0", -ENOENT, "`all`" },
		{ " 0", -ENOENT, "` 0`" },
		{ "-1", -ENOENT, "`-1`" },
	};
	uint64_t mask;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_error_ struct gnv_error *err = NULL;

		mask = 42;
		expect_int(gnv_gpu_select(&list, cases[i].text, &mask, &err), cases[i].r);
		expect(strstr(gnv_error_message(err), cases[i].named));
		expect(gnv_error_get_remedy(err));
		expect_int(mask, 42);
	}
}

static void select_among_none(void)
{
	const struct gnv_gpu_list none = { 0 };
	uint64_t mask = 42;

	expect_int(gnv_gpu_select(&none, "all", &mask, NULL), -ENOENT);
	expect_int(gnv_gpu_select(&none, "0", &mask, NULL), -ENOENT);
	expect_int(gnv_gpu_select(&none, "none", &mask, NULL), 0);
	expect_int(mask, 0);
}

static void vram(void)
{
	struct gnv_gpu_list unknown = list;

	expect_int(gnv_gpu_vram_bytes(&list, 0), 0);
	expect_int(gnv_gpu_vram_bytes(&list, 1 | 4), 24);
	unknown.gpus[1].vram_bytes = 0;
	expect_int(gnv_gpu_vram_bytes(&unknown, 1 | 4), 0);
	unknown.gpus[1].vram_bytes = UINT64_MAX;
	expect_int(gnv_gpu_vram_bytes(&unknown, 1 | 4), 0);
}

static void nodes(void)
{
	struct gnv_gpu_node node[GNV_GPU_NODES_MAX];

	expect_int(gnv_gpu_nodes(&list, 4, proc_devices, node, NULL), 3);
	expect_str(node[0].path, "/dev/nvidiactl");
	expect_int(node[0].major, 195);
	expect_int(node[0].minor, 255);
	expect_str(node[1].path, "/dev/nvidia-uvm");
	expect_int(node[1].major, 236);
	expect_int(node[1].minor, 0);
	expect_str(node[2].path, "/dev/nvidia5");
	expect_int(node[2].minor, 5);
}

static void nodes_of_older_driver(void)
{
	struct gnv_gpu_node node[GNV_GPU_NODES_MAX];

	expect_int(gnv_gpu_nodes(&list, 1, "195 nvidia-frontend\n", node, NULL), 2);
	expect_str(node[1].path, "/dev/nvidia0");
}

static void nodes_without_driver(void)
{
	struct gnv_gpu_node node[GNV_GPU_NODES_MAX];

	expect_int(gnv_gpu_nodes(&list, 1, "", node, NULL), -ENODEV);
	expect_int(gnv_gpu_nodes(&list, 1, "1 mem\nBlock devices:\n195 nvidia\n", node, NULL),
		   -ENODEV);
}

int main(void)
{
	test("gpu:select_good", select_good);
	test("gpu:select_bad", select_bad);
	test("gpu:select_among_none", select_among_none);
	test("gpu:vram", vram);
	test("gpu:nodes", nodes);
	test("gpu:nodes_of_older_driver", nodes_of_older_driver);
	test("gpu:nodes_without_driver", nodes_without_driver);
	return tap_end();
}
