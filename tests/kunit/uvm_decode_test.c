// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of kmod/ghostnv/uvm_decode.c.
 */
#include <kunit/test.h>

#include "ghostnv/uvm_decode.h"
#include "nvabi/branch.h"
#include "nvabi/nvuvm.h"

static void managed_memory_is_refused(struct kunit *test)
{
	static const u32 refused[] = {
		UVM_RESERVE_VA,
		UVM_MIGRATE,
		UVM_MIGRATE_RANGE_GROUP,
		UVM_POPULATE_PAGEABLE,
		UVM_TOOLS_INIT_EVENT_TRACKER,
		UVM_TOOLS_READ_PROCESS_MEMORY,
		UVM_RUN_TEST,
		UVM_ALLOC_DEVICE_P2P,
		0,
		0xffffffff,
	};
	struct gnv_uvm_op op;
	int i;

	for (i = 0; i < ARRAY_SIZE(refused); i++)
		KUNIT_EXPECT_EQ(test, gnv_uvm_classify(&nvabi_branches[0], refused[i], &op),
				-EOPNOTSUPP);
}

static void map_is_read_by_branch(struct kunit *test)
{
	const struct nvabi_branch *branch;
	u8 *args = kunit_kzalloc(test, GNV_UVM_ARGS_MAX, GFP_KERNEL);
	u64 base = 0x200000, length = 0x1000, count = 1;
	u32 client = 7, memory = 8;
	struct gnv_uvm_op op;

	KUNIT_ASSERT_NOT_NULL(test, args);
	for (branch = nvabi_branches; branch->name; branch++) {
		const struct nvabi_uvm_map *map = &branch->uvm_map_external;

		KUNIT_ASSERT_LE(test, map->size, GNV_UVM_ARGS_MAX);
		memset(args, 0, GNV_UVM_ARGS_MAX);
		memcpy(args, &base, 8);
		memcpy(args + 8, &length, 8);
		memset(args + 24, 0xab, 16);
		memcpy(args + map->gpuAttributesCount, &count, 8);
		memcpy(args + map->hClient, &client, 4);
		memcpy(args + map->hMemory, &memory, 4);
		KUNIT_ASSERT_EQ(test,
				gnv_uvm_classify(branch, UVM_MAP_EXTERNAL_ALLOCATION, &op), 0);
		KUNIT_EXPECT_EQ(test, op.kind, GNV_UVM_MAP);
		KUNIT_EXPECT_EQ(test, op.args_bytes, map->size);
		KUNIT_ASSERT_EQ(test,
				gnv_uvm_decode(branch, args, &op),
				0);
		KUNIT_EXPECT_EQ(test, op.base, base);
		KUNIT_EXPECT_EQ(test, op.length, length);
		KUNIT_EXPECT_EQ(test, op.client, client);
		KUNIT_EXPECT_EQ(test, op.memory, memory);
		KUNIT_EXPECT_EQ(test, op.uuid[15], 0xab);
	}
}

static void ranges_that_make_no_sense_are_invalid(struct kunit *test)
{
	static const struct {
		u64 base, length;
		int ret;
	} cases[] = {
		{ 0, 0, -EINVAL },
		{ 4096, 0, -EINVAL },
		{ U64_MAX, 2, -EINVAL },
		{ U64_MAX, 1, -EINVAL },
		{ GNV_UVM_ADDRESS_END - 1, 1, 0 },
		{ GNV_UVM_ADDRESS_END - 1, 2, -EINVAL },
		{ GNV_UVM_ADDRESS_END, 1, -EINVAL },
		{ 4096, 4096, 0 },
	};
	const struct nvabi_branch *branch = nvabi_branch_find("580.1");
	struct UVM_UNMAP_EXTERNAL_PARAMS p = {};
	struct gnv_uvm_op op;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		p.base = cases[i].base;
		p.length = cases[i].length;
		gnv_uvm_classify(branch, UVM_UNMAP_EXTERNAL, &op);
		KUNIT_EXPECT_EQ(test, gnv_uvm_decode(branch, &p, &op),
				cases[i].ret);
	}
}

static void count_of_gpus_is_bounded(struct kunit *test)
{
	const struct nvabi_branch *branch = nvabi_branch_find("535.1");
	u8 *args = kunit_kzalloc(test, GNV_UVM_ARGS_MAX, GFP_KERNEL);
	u64 length = 1, count;
	struct gnv_uvm_op op;

	KUNIT_ASSERT_NOT_NULL(test, args);
	memcpy(args + 8, &length, 8);
	for (count = 0; count <= UVM_MAX_GPUS + 1; count += UVM_MAX_GPUS + 1) {
		memcpy(args + branch->uvm_map_external.gpuAttributesCount, &count, 8);
		gnv_uvm_classify(branch, UVM_MAP_EXTERNAL_ALLOCATION, &op);
		KUNIT_EXPECT_EQ(test,
				gnv_uvm_decode(branch, args, &op),
				-EINVAL);
	}
}

static void free_names_a_range_or_its_beginning(struct kunit *test)
{
	struct UVM_FREE_PARAMS p = { .base = 4096, .length = 8192 };
	const struct nvabi_branch *branch;
	struct gnv_uvm_op op;

	branch = nvabi_branch_find("580.1");
	gnv_uvm_classify(branch, UVM_FREE, &op);
	KUNIT_ASSERT_EQ(test, gnv_uvm_decode(branch, &p, &op), 0);
	KUNIT_EXPECT_FALSE(test, op.whole_range);
	KUNIT_EXPECT_EQ(test, op.length, 8192ULL);
	branch = nvabi_branch_find("595.1");
	gnv_uvm_classify(branch, UVM_FREE, &op);
	KUNIT_ASSERT_EQ(test, gnv_uvm_decode(branch, &p, &op), 0);
	KUNIT_EXPECT_TRUE(test, op.whole_range);
	KUNIT_EXPECT_EQ(test, op.base, 4096ULL);
}

static struct kunit_case uvm_cases[] = {
	KUNIT_CASE(managed_memory_is_refused),
	KUNIT_CASE(map_is_read_by_branch),
	KUNIT_CASE(ranges_that_make_no_sense_are_invalid),
	KUNIT_CASE(count_of_gpus_is_bounded),
	KUNIT_CASE(free_names_a_range_or_its_beginning),
	{}
};

static struct kunit_suite uvm_suite = {
	.name = "uvm_decode",
	.test_cases = uvm_cases,
};
kunit_test_suite(uvm_suite);
