// SPDX-License-Identifier: MIT
/*
 * The decoder of nvidiactl's ioctls under the sanitizers: every escape with every
 * length, in every branch, in a buffer of just that length. What it decodes is
 * the KUnit suite's.
 */
#include <stdlib.h>

#include "ghostnv/rm_decode.h"
#include "ghostnv/rm_policy.h"
#include "nvabi/branch.h"
#include "nvabi/nvclass.h"
#include "nvabi/nvos.h"

#include "tap.h"

static void fill(u8 *bytes, u32 n)
{
	for (u32 i = 0; i < n; i++)
		bytes[i] = (u8)random();
}

static void check_op(const struct gnv_rm_op *op, u32 length)
{
	expect(op->kind != GNV_RM_UNKNOWN);
	expect(op->inner_bytes <= GNV_RM_INNER_MAX);
	expect(op->status_at == GNV_RM_NOWHERE || op->status_at + 4 <= length);
	expect(op->object_at == GNV_RM_NOWHERE || op->object_at + 4 <= length);
	expect(op->kind != GNV_RM_ALLOC || op->object_at != GNV_RM_NOWHERE);
	if (op->kind == GNV_RM_ALLOC && gnv_rm_class_is_charged(op->class))
		expect(op->vidmem || op->context);
}

static void try_length(const struct nvabi_branch *branch, u32 nr, u32 length)
{
	u8 *args = malloc(length ? length : 1), *inner;
	struct gnv_rm_op op;
	int ret;

	fill(args, length);
	ret = gnv_rm_decode(branch, nr, args, length, &op);
	expect(ret == 0 || ret == -EINVAL || ret == -EOPNOTSUPP);
	if (!ret) {
		check_op(&op, length);
		if (op.inner_bytes) {
			inner = malloc(op.inner_bytes);
			fill(inner, op.inner_bytes);
			gnv_rm_decode_inner(&op, inner);
			free(inner);
		}
	}
	free(args);
}

static void any_length_is_read_within_it(void)
{
	srandom(3);
	for (const struct nvabi_branch *branch = nvabi_branches; branch->name; branch++)
		for (u32 nr = 0; nr < 260 && tap_good; nr++)
			for (u32 length = 0; length <= 200; length++)
				try_length(branch, nr, length);
}

/* Allocations of each class: the inner structure is asked for, or not needed. */
static void any_class_is_read_within_its_parameters(void)
{
	static const u32 classes[] = {
		NV01_ROOT, NV01_DEVICE_0, NV01_MEMORY_LOCAL_USER, NV01_MEMORY_SYSTEM,
		NV01_MEMORY_LOCAL_PHYSICAL, NV01_MEMORY_SYSTEM_OS_DESCRIPTOR,
		NV20_SUBDEVICE_0, 0xffffffff,
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		struct NVOS21_PARAMETERS p = { .hClass = classes[i], .pAllocParms = 0x1000 };
		struct gnv_rm_op op;
		u8 *inner;

		expect_int(gnv_rm_decode(&nvabi_branches[0], NV_ESC_RM_ALLOC, &p, sizeof(p), &op),
			   0);
		expect_int(op.inner_bytes != 0,
			   op.vidmem || op.context ||
				   op.class == NV01_MEMORY_SYSTEM_OS_DESCRIPTOR);
		if (!op.inner_bytes)
			continue;
		inner = malloc(op.inner_bytes);
		fill(inner, op.inner_bytes);
		gnv_rm_decode_inner(&op, inner);
		free(inner);
	}
}

/* The tables are searched by halves: each entry must be found, so be sorted. */
static void every_entry_is_found(void)
{
	u32 listed = 0;

	for (u32 cmd = 0; cmd < 0x10000; cmd++)
		listed += gnv_rm_policy_control(cmd) != GNV_RM_REFUSE;
	expect(listed > 15);
	listed = 0;
	for (u32 cmd = 0x20800000; cmd < 0x20810000; cmd++)
		listed += gnv_rm_policy_control(cmd) != GNV_RM_REFUSE;
	expect(listed > 40);
	listed = 0;
	for (u32 number = 0; number < 0x10000; number++)
		listed += gnv_rm_policy_class(number) == GNV_RM_PASS;
	expect_int(listed, 53);
	expect_int(gnv_rm_policy_class(RM_USER_SHARED_DATA), GNV_RM_ABSENT);
}

int main(void)
{
	test("rm_decode:any_length_is_read_within_it", any_length_is_read_within_it);
	test("rm_decode:any_class_is_read_within_its_parameters",
	     any_class_is_read_within_its_parameters);
	test("rm_policy:every_entry_is_found", every_entry_is_found);
	return tap_end();
}
