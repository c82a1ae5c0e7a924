// SPDX-License-Identifier: MIT
/*
 * Fuzzes the decoder of nvidia-uvm's ioctls.
 *
 * Input: branch (1 byte), number (4 bytes, low first), the structure.  It goes
 * into memory of exactly the size that the decoder asks for.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ghostnv/uvm_decode.h"
#include "nvabi/branch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(what) \
	do { \
		if (!(what)) \
			abort(); \
	} while (0)

static const struct nvabi_branch *pick_branch(uint8_t which)
{
	unsigned int n = 0;

	while (nvabi_branches[n].name)
		n++;
	return &nvabi_branches[which % n];
}

static void check_decoded(const struct nvabi_branch *branch, const uint8_t *args,
			  const struct gnv_uvm_op *op)
{
	switch (op->kind) {
	case GNV_UVM_MAP:
		CHECK(op->gpu_count >= 1 && op->gpu_count <= branch->uvm_map_external.max_gpus);
		/* Every GPU that is counted lies inside the structure. */
		for (u32 i = 0; i < op->gpu_count; i++) {
			const u8 *uuid = gnv_uvm_map_uuid(args, i);

			CHECK(uuid >= args && uuid + 16 <= args + op->args_bytes);
		}
		CHECK(!memcmp(op->uuid, gnv_uvm_map_uuid(args, 0), sizeof(op->uuid)));
		CHECK(op->length && op->base + (op->length - 1) >= op->base);
		break;
	case GNV_UVM_UNMAP:
	case GNV_UVM_RANGE:
	case GNV_UVM_POOL:
		CHECK(op->length && op->base + (op->length - 1) >= op->base);
		break;
	case GNV_UVM_FREE:
		CHECK(op->whole_range ||
		      (op->length && op->base + (op->length - 1) >= op->base));
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct nvabi_branch *branch;
	struct gnv_uvm_op op, classified;
	uint8_t *args;
	uint32_t cmd;

	if (size < 5)
		return 0;
	branch = pick_branch(data[0]);
	memcpy(&cmd, data + 1, sizeof(cmd));
	data += 5;
	size -= 5;
	if (gnv_uvm_classify(branch, cmd, &op) != 0)
		return 0;
	CHECK(op.kind != GNV_UVM_REFUSE);
	CHECK(op.args_bytes <= GNV_UVM_ARGS_MAX);
	CHECK(!op.args_bytes || op.status_at + 4 <= op.args_bytes);
	args = calloc(1, op.args_bytes ? op.args_bytes : 1);
	CHECK(args);
	memcpy(args, data, size < op.args_bytes ? size : op.args_bytes);
	classified = op;
	if (gnv_uvm_decode(branch, args, &op) == 0)
		check_decoded(branch, args, &op);
	CHECK(op.kind == classified.kind && op.args_bytes == classified.args_bytes);
	CHECK(op.status_at == classified.status_at);
	free(args);
	return 0;
}
