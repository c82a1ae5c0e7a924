// SPDX-License-Identifier: MIT
/*
 * Numbers, sizes, cores and limits out of text; what is accepted has to be in range, and a
 * size that is printed has to be read again.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/process.h"
#include "container/request.h"
#include "gpu/gpu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct gnv_gpu_list gpus = {
	.n = 2,
	.gpus = {
		{ .index = 0, .minor = 0, .pci = "0000:01:00.0", .uuid = "GPU-a" },
		{ .index = 63, .minor = 1, .pci = "0000:02:00.0", .uuid = "GPU-b" },
	},
};

static void check_bytes(const char *text)
{
	char printed[GNV_BYTES_LEN];
	uint64_t value, again;

	if (gnv_parse_bytes(text, &value) < 0)
		return;
	if (value > INT64_MAX)
		abort();
	if (gnv_parse_bytes(gnv_format_bytes(value, printed), &again) < 0 || again > value)
		abort();
}

static void check_gpus(const char *text)
{
	struct gnv_gpu_node nodes[GNV_GPU_NODES_MAX];
	uint64_t mask;

	if (gnv_gpu_select(&gpus, text, &mask, NULL) == 0 && (mask & ~(1 | 1ULL << 63)))
		abort();
	gnv_gpu_nodes(&gpus, 1, text, nodes, NULL);
}

static void check_limits(const char *text)
{
	struct gnv_gpu_limits limits = { 0 };
	uint32_t limit;

	for (limit = GHOSTNV_LIMIT_VRAM_MAX; limit <= GHOSTNV_LIMIT_GPU_EXCLUSIVE; limit++)
		if (limit != GHOSTNV_LIMIT_GPUS)
			gnv_gpu_limits_add(&limits, limit, text, NULL);
	for (; limits.n; limits.n--)
		if (limits.limits[limits.n - 1].gpu != GHOSTNV_GPU_TOTAL &&
		    limits.limits[limits.n - 1].gpu >= GHOSTNV_GPUS_MAX)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_request_ struct gnv_request request = { 0 };
	char *text = malloc(size + 1);
	uint64_t value;
	uint32_t small;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	gnv_parse_u64(text, &value);
	gnv_parse_u32(text, &small);
	check_bytes(text);
	check_gpus(text);
	check_limits(text);
	if (gnv_request_parse_cores(text, &value) == 0 && (value < 10 || value > 8192000))
		abort();
	gnv_process_parse_start_time(text, &value);
	gnv_request_add_env(&request, text, NULL);
	gnv_request_add_volume(&request, text, NULL);
	free(text);
	return 0;
}
