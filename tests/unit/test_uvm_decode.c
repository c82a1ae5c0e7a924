// SPDX-License-Identifier: MIT
/*
 * The decoder of nvidia-uvm's ioctls under the sanitizers: every number in every
 * branch, with random bytes in a buffer of just the length that it asks for.
 */
#include <stdlib.h>

#include "ghostnv/uvm_decode.h"
#include "nvabi/branch.h"
#include "nvabi/nvuvm.h"

#include "tap.h"

static void try_number(const struct nvabi_branch *branch, u32 cmd)
{
	struct gnv_uvm_op op;
	u8 *args;

	if (gnv_uvm_classify(branch, cmd, &op))
		return;
	expect(op.kind != GNV_UVM_REFUSE);
	expect(op.args_bytes <= GNV_UVM_ARGS_MAX);
	expect(!op.args_bytes || op.status_at + 4 <= op.args_bytes);
	args = malloc(op.args_bytes ? op.args_bytes : 1);
	for (int round = 0; round < 50; round++) {
		for (u32 i = 0; i < op.args_bytes; i++)
			args[i] = round % 2 ? (u8)random() : 0;
		if (gnv_uvm_decode(branch, args, &op) || op.kind != GNV_UVM_MAP)
			continue;
		expect(op.gpu_count <= branch->uvm_map_external.max_gpus);
		for (u32 i = 0; i < op.gpu_count; i++)
			expect(gnv_uvm_map_uuid(args, i) + 16 <= args + op.args_bytes);
	}
	free(args);
}

static void any_bytes_are_read_within_their_length(void)
{
	srandom(4);
	for (const struct nvabi_branch *branch = nvabi_branches; branch->name; branch++) {
		for (u32 cmd = 0; cmd < 128; cmd++)
			try_number(branch, cmd);
		try_number(branch, UVM_INITIALIZE);
		try_number(branch, UVM_DEINITIALIZE);
	}
}

/* A map that is full has its last GPU where the branch's array ends. */
static void last_gpu_of_a_full_map_is_inside(void)
{
	for (const struct nvabi_branch *branch = nvabi_branches; branch->name; branch++) {
		const struct nvabi_uvm_map *map = &branch->uvm_map_external;
		u64 length = 4096, count = map->max_gpus;
		u8 *args = calloc(1, map->size);
		struct gnv_uvm_op op;

		memcpy(args + 8, &length, sizeof(length));
		memcpy(args + map->gpuAttributesCount, &count, sizeof(count));
		expect_int(gnv_uvm_classify(branch, UVM_MAP_EXTERNAL_ALLOCATION, &op), 0);
		expect_int(gnv_uvm_decode(branch, args, &op), 0);
		expect(gnv_uvm_map_uuid(args, (u32)count - 1) + 36 <=
		       args + map->gpuAttributesCount);
		free(args);
	}
}

int main(void)
{
	test("uvm_decode:any_bytes_are_read_within_their_length",
	     any_bytes_are_read_within_their_length);
	test("uvm_decode:last_gpu_of_a_full_map_is_inside", last_gpu_of_a_full_map_is_inside);
	return tap_end();
}
