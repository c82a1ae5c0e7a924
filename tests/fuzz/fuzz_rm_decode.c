// SPDX-License-Identifier: MIT
/*
 * Fuzzes the decoder of the resource manager's ioctls.
 *
 * Input: branch (1 byte), escape (1 byte), size of the structure (2 bytes, low
 * first), the structure, and what its pointer points at.  Both go into memory of
 * exactly their size, so a byte read beyond is seen.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ghostnv/rm_decode.h"
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

static void *copy_of(const uint8_t *data, size_t size, size_t want)
{
	uint8_t *copy = calloc(1, want ? want : 1);

	CHECK(copy);
	memcpy(copy, data, size < want ? size : want);
	return copy;
}

/* What the caller of the decoder relies on without looking. */
static void check_op(const struct gnv_rm_op *op, size_t args_bytes)
{
	CHECK(op->kind != GNV_RM_UNKNOWN);
	CHECK(op->status_at == GNV_RM_NOWHERE || op->status_at + 4 <= args_bytes);
	CHECK(op->object_at == GNV_RM_NOWHERE || op->object_at + 4 <= args_bytes);
	CHECK(op->inner_bytes <= GNV_RM_INNER_MAX);
	CHECK(!op->inner_bytes || op->inner);
	if (op->kind == GNV_RM_ALLOC || op->kind == GNV_RM_DUP) {
		CHECK(op->object_at != GNV_RM_NOWHERE);
		CHECK(op->status_at != GNV_RM_NOWHERE);
	}
	if (op->kind == GNV_RM_FREE || op->kind == GNV_RM_CONTROL)
		CHECK(op->status_at != GNV_RM_NOWHERE);
	if (op->vidmem || op->context)
		CHECK(gnv_rm_class_is_charged(op->class));
	CHECK(!(op->vidmem && op->root));
}

static void check_inner(struct gnv_rm_op *op, const uint8_t *data, size_t size)
{
	struct gnv_rm_op before = *op;
	void *inner = copy_of(data, size, op->inner_bytes);

	gnv_rm_decode_inner(op, inner);
	free(inner);
	/* The parameters tell a size or an instance, never what is made. */
	CHECK(op->kind == before.kind && op->class == before.class);
	CHECK(op->client == before.client && op->object == before.object);
	CHECK(op->vidmem == before.vidmem && op->context == before.context);
	CHECK(gnv_rm_round_size(op->size_bytes) >= op->size_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct nvabi_branch *branch;
	struct gnv_rm_op op, again;
	size_t args_bytes;
	uint8_t nr;
	void *args;

	if (size < 4)
		return 0;
	branch = pick_branch(data[0]);
	nr = data[1];
	args_bytes = (size_t)data[2] | (size_t)data[3] << 8;
	if (args_bytes > GNV_RM_ARGS_MAX)
		args_bytes = GNV_RM_ARGS_MAX;
	data += 4;
	size -= 4;
	args = copy_of(data, size, args_bytes);
	if (gnv_rm_decode(branch, nr, args, (u32)args_bytes, &op) == 0) {
		check_op(&op, args_bytes);
		CHECK(gnv_rm_decode(branch, nr, args, (u32)args_bytes, &again) == 0);
		CHECK(!memcmp(&op, &again, sizeof(op)));
		if (op.inner_bytes) {
			size_t used = size < args_bytes ? size : args_bytes;

			check_inner(&op, data + used, size - used);
		}
	}
	free(args);
	return 0;
}
