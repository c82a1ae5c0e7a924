// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suites of kmod/ghostnv/rm_decode.c, rm_policy.c and view_fb.c.
 */
#include <kunit/test.h>

#include "ghostnv/rm_decode.h"
#include "ghostnv/rm_policy.h"
#include "ghostnv/view_fb.h"
#include "nvabi/branch.h"
#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvhost.h"
#include "nvabi/nvos.h"
#include "nvabi/nvuvm.h"

static const struct nvabi_branch *branch(void)
{
	return nvabi_branch_find("550.163.01");
}

static void alloc_short_and_long_are_told_by_size(struct kunit *test)
{
	struct NVOS21_PARAMETERS s = { 1, 2, 3, NV01_MEMORY_LOCAL_USER, 0x1000, 128, 0 };
	struct NVOS64_PARAMETERS l = { 1, 2, 3, NV01_MEMORY_LOCAL_USER, 0x1000, 0, 128, 0, 0 };
	struct gnv_rm_op op;

	KUNIT_ASSERT_EQ(test, gnv_rm_decode(branch(), NV_ESC_RM_ALLOC, &s, sizeof(s), &op), 0);
	KUNIT_EXPECT_EQ(test, op.kind, GNV_RM_ALLOC);
	KUNIT_EXPECT_EQ(test, op.object, 3U);
	KUNIT_EXPECT_EQ(test, op.status_at, 28U);
	KUNIT_EXPECT_TRUE(test, op.vidmem);
	KUNIT_ASSERT_EQ(test, gnv_rm_decode(branch(), NV_ESC_RM_ALLOC, &l, sizeof(l), &op), 0);
	KUNIT_EXPECT_EQ(test, op.parent, 2U);
	KUNIT_EXPECT_EQ(test, op.status_at, 40U);
	KUNIT_EXPECT_FALSE(test, op.serialized);
	l.flags = NVOS64_FLAGS_FINN_SERIALIZED;
	gnv_rm_decode(branch(), NV_ESC_RM_ALLOC, &l, sizeof(l), &op);
	KUNIT_EXPECT_TRUE(test, op.serialized);
	KUNIT_EXPECT_EQ(test,
			gnv_rm_decode(branch(), NV_ESC_RM_ALLOC, &l, sizeof(l) - 1, &op),
			-EINVAL);
}

static void alloc_inner_gives_size_and_instance(struct kunit *test)
{
	struct NVOS21_PARAMETERS s = { 1, 2, 3, NV01_MEMORY_LOCAL_USER, 0x1000, 0, 0 };
	struct NV_MEMORY_ALLOCATION_PARAMS memory = { .size = 0x123456789ULL };
	struct NV0080_ALLOC_PARAMETERS device = { .deviceId = 5, .hClientShare = 6 };
	struct NV0005_ALLOC_PARAMETERS event = { .hParentClient = 7 };
	struct gnv_rm_op op;

	gnv_rm_decode(branch(), NV_ESC_RM_ALLOC, &s, sizeof(s), &op);
	KUNIT_ASSERT_LE(test, op.inner_bytes, (u32)sizeof(memory));
	KUNIT_ASSERT_NE(test, op.inner_bytes, 0U);
	gnv_rm_decode_inner(&op, &memory);
	KUNIT_EXPECT_EQ(test, op.size_bytes, 0x123456789ULL);

	s.hClass = NV01_DEVICE_0;
	gnv_rm_decode(branch(), NV_ESC_RM_ALLOC, &s, sizeof(s), &op);
	KUNIT_EXPECT_TRUE(test, op.context);
	KUNIT_ASSERT_LE(test, op.inner_bytes, (u32)sizeof(device));
	gnv_rm_decode_inner(&op, &device);
	KUNIT_EXPECT_EQ(test, op.instance, 5U);
	KUNIT_EXPECT_EQ(test, op.named_client, 6U);

	s.hClass = NV01_EVENT_OS_EVENT;
	gnv_rm_decode(branch(), NV_ESC_RM_ALLOC, &s, sizeof(s), &op);
	KUNIT_ASSERT_EQ(test, op.inner_bytes, (u32)sizeof(event));
	gnv_rm_decode_inner(&op, &event);
	KUNIT_EXPECT_EQ(test, op.named_client, 7U);

	s.pAllocParms = 0;
	gnv_rm_decode(branch(), NV_ESC_RM_ALLOC, &s, sizeof(s), &op);
	KUNIT_EXPECT_EQ(test, op.inner_bytes, 0U);
}

static void decode_queue(u32 class, u32 engine, struct gnv_rm_op *op)
{
	struct NVOS21_PARAMETERS s = { 1, 2, 3, class, 0x1000, 0, 0 };
	struct NV_CHANNEL_GROUP_ALLOCATION_PARAMETERS group = { .engineType = engine };
	struct NV_CHANNEL_ALLOC_PARAMS channel = { .engineType = engine };

	gnv_rm_decode(branch(), NV_ESC_RM_ALLOC, &s, sizeof(s), op);
	if (op->inner_bytes)
		gnv_rm_decode_inner(op, class == KEPLER_CHANNEL_GROUP_A ? (void *)&group :
									  (void *)&channel);
}

static void context_buffers_belong_to_the_queue(struct kunit *test)
{
	enum { GROUP = KEPLER_CHANNEL_GROUP_A,
	       DEVICE = NV01_DEVICE_0 };
	enum { NONE = NV2080_ENGINE_TYPE_NULL,
	       GRAPHICS = NV2080_ENGINE_TYPE_GRAPHICS,
	       COPY = NV2080_ENGINE_TYPE_COPY0 };
	static const struct {
		u32 class, engine, parent;
		bool has;
	} cases[] = {
		{ GROUP, GRAPHICS, DEVICE, true },
		{ GROUP, NONE, DEVICE, true },
		{ GROUP, COPY, DEVICE, false },
		{ HOPPER_CHANNEL_GPFIFO_A, GRAPHICS, DEVICE, true },
		{ HOPPER_CHANNEL_GPFIFO_A, GRAPHICS, GROUP, false },
		{ HOPPER_CHANNEL_GPFIFO_A, COPY, DEVICE, false },
		{ FERMI_CONTEXT_SHARE_A, GRAPHICS, GROUP, false },
		{ FERMI_VASPACE_A, GRAPHICS, DEVICE, false },
	};
	struct gnv_rm_op op;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		decode_queue(cases[i].class, cases[i].engine, &op);
		KUNIT_EXPECT_EQ(test, gnv_rm_has_context_buffers(&op, cases[i].parent),
				cases[i].has);
		KUNIT_EXPECT_EQ(test, op.queue, cases[i].class != FERMI_VASPACE_A);
		KUNIT_EXPECT_TRUE(test, gnv_rm_class_is_charged(cases[i].class));
	}
}

static void alloc_memory_takes_limit_plus_one(struct kunit *test)
{
	struct nv_ioctl_nvos02_parameters_with_fd p = {
		.params = {
			.hRoot = 1,
			.hObjectNew = 3,
			.hClass = NV01_MEMORY_LOCAL_USER,
			.limit = 0xffff,
		},
	};
	struct gnv_rm_op op;

	KUNIT_ASSERT_EQ(test,
			gnv_rm_decode(branch(), NV_ESC_RM_ALLOC_MEMORY, &p, sizeof(p), &op), 0);
	KUNIT_EXPECT_EQ(test, op.size_bytes, 0x10000ULL);
	/* The whole card, which no container may have. */
	KUNIT_EXPECT_EQ(test, op.class, (u32)NV01_MEMORY_LOCAL_PHYSICAL);
	KUNIT_EXPECT_EQ(test, gnv_rm_policy_class(op.class), GNV_RM_REFUSE);
	p.params.limit = U64_MAX;
	gnv_rm_decode(branch(), NV_ESC_RM_ALLOC_MEMORY, &p, sizeof(p), &op);
	KUNIT_EXPECT_EQ(test, op.size_bytes, U64_MAX);
}

static int decode_heap(const void *args, struct gnv_rm_op *op)
{
	return gnv_rm_decode(branch(), NV_ESC_RM_VID_HEAP_CONTROL, args,
			     sizeof(struct NVOS32_PARAMETERS), op);
}

static void heap_alloc_takes_its_class_from_attributes(struct kunit *test)
{
	static const struct {
		u32 flags, attr, class;
		bool vidmem;
	} cases[] = {
		{ 0, NVOS32_ATTR_LOCATION_VIDMEM << NVOS32_ATTR_LOCATION_SHIFT,
		  NV01_MEMORY_LOCAL_USER, true },
		{ 0, NVOS32_ATTR_LOCATION_ANY << NVOS32_ATTR_LOCATION_SHIFT,
		  NV01_MEMORY_LOCAL_USER, true },
		{ 0, NVOS32_ATTR_LOCATION_PCI << NVOS32_ATTR_LOCATION_SHIFT,
		  NV01_MEMORY_SYSTEM, false },
		{ NVOS32_ALLOC_FLAGS_VIRTUAL, 0, NV50_MEMORY_VIRTUAL, false },
	};
	struct NVOS32_PARAMETERS p = { .function = NVOS32_FUNCTION_ALLOC_SIZE };
	struct gnv_rm_op op;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		p.data.AllocSize.flags = cases[i].flags;
		p.data.AllocSize.attr = cases[i].attr;
		p.data.AllocSize.size = 77;
		KUNIT_ASSERT_EQ(test, decode_heap(&p, &op), 0);
		KUNIT_EXPECT_EQ(test, op.class, cases[i].class);
		KUNIT_EXPECT_EQ(test, op.vidmem, cases[i].vidmem);
		KUNIT_EXPECT_EQ(test, op.size_bytes, 77ULL);
		KUNIT_EXPECT_EQ(test, op.object_at, 44U);
	}
	p.function = NVOS32_FUNCTION_HW_ALLOC;
	KUNIT_EXPECT_EQ(test, decode_heap(&p, &op), -EOPNOTSUPP);
}

static void unknown_escapes_are_unknown(struct kunit *test)
{
	static const u32 escapes[] = {
		0,
		NV_ESC_RM_ALLOC_OBJECT,
		NV_ESC_RM_I2C_ACCESS,
		NV_ESC_RM_ACCESS_REGISTRY,
		NV_ESC_RM_EXPORT_OBJECT_TO_FD,
		NV_ESC_RM_IMPORT_OBJECT_FROM_FD,
		NV_ESC_IOCTL_XFER_CMD,
		NV_ESC_EXPORT_TO_DMABUF_FD,
		255,
		0x12345,
	};
	u8 args[64] = {};
	struct gnv_rm_op op;
	int i;

	for (i = 0; i < ARRAY_SIZE(escapes); i++)
		KUNIT_EXPECT_EQ(test, gnv_rm_decode(branch(), escapes[i], args, sizeof(args), &op),
				-EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, gnv_rm_decode(nvabi_branch_find("535.1"), NV_ESC_WAIT_OPEN_COMPLETE, args, 8, &op), -EOPNOTSUPP);
}

/* The driver looks at a handle only if it is told that it is one. */
static void heap_handle_counts_with_its_flag_only(struct kunit *test)
{
	static const u32 functions[] = {
		NVOS32_FUNCTION_ALLOC_SIZE,
		NVOS32_FUNCTION_ALLOC_SIZE_RANGE,
		NVOS32_FUNCTION_ALLOC_OS_DESCRIPTOR,
	};
	const u32 flag = NVOS32_ALLOC_FLAGS_MEMORY_HANDLE_PROVIDED;
	struct gnv_rm_op op;
	u8 args[sizeof(struct NVOS32_PARAMETERS)];
	int i;

	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		struct NVOS32_PARAMETERS p = { .function = functions[i] };
		u32 handle = 0x1234, flags = 0x1;

		memcpy(args, &p, sizeof(p));
		KUNIT_ASSERT_EQ(test, decode_heap(args, &op), 0);
		memcpy(args + op.object_at, &handle, 4);
		memcpy(args + op.flags_at, &flags, 4);
		decode_heap(args, &op);
		KUNIT_EXPECT_EQ(test, op.object, 0U);
		KUNIT_EXPECT_EQ(test, op.flags, 0x1 | flag);
		memcpy(args + op.flags_at, &op.flags, 4);
		decode_heap(args, &op);
		KUNIT_EXPECT_EQ(test, op.object, handle);
	}
}

static void sizes_are_rounded_to_pieces(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, gnv_rm_round_size(0), 0ULL);
	KUNIT_EXPECT_EQ(test, gnv_rm_round_size(1), 65536ULL);
	KUNIT_EXPECT_EQ(test, gnv_rm_round_size(65536), 65536ULL);
	KUNIT_EXPECT_EQ(test, gnv_rm_round_size(U64_MAX), U64_MAX);
}

static struct kunit_case decode_cases[] = {
	KUNIT_CASE(alloc_short_and_long_are_told_by_size),
	KUNIT_CASE(alloc_inner_gives_size_and_instance),
	KUNIT_CASE(context_buffers_belong_to_the_queue),
	KUNIT_CASE(alloc_memory_takes_limit_plus_one),
	KUNIT_CASE(heap_alloc_takes_its_class_from_attributes),
	KUNIT_CASE(unknown_escapes_are_unknown),
	KUNIT_CASE(heap_handle_counts_with_its_flag_only),
	KUNIT_CASE(sizes_are_rounded_to_pieces),
	{}
};

static struct kunit_suite decode_suite = {
	.name = "rm_decode",
	.test_cases = decode_cases,
};

static void queue_time_is_not_a_containers(struct kunit *test)
{
	static const u32 denied[] = {
		NVA06C_CTRL_CMD_SET_TIMESLICE,
		NVA06C_CTRL_CMD_PREEMPT,
		NVA06C_CTRL_CMD_SET_INTERLEAVE_LEVEL,
		NVA06F_CTRL_CMD_SET_INTERLEAVE_LEVEL,
		NV2080_CTRL_CMD_FIFO_DISABLE_CHANNELS,
		NV2080_CTRL_CMD_FIFO_RUNLIST_SET_SCHED_POLICY,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(denied); i++)
		KUNIT_EXPECT_EQ(test, gnv_rm_policy_control(denied[i]), GNV_RM_DENY);
}

static void known_controls_are_found(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, gnv_rm_policy_control(NV0000_CTRL_CMD_SYSTEM_GET_BUILD_VERSION),
			GNV_RM_PASS);
	KUNIT_EXPECT_EQ(test, gnv_rm_policy_control(NV2080_CTRL_CMD_FB_GET_INFO_V2),
			GNV_RM_FB_INFO_V2);
	KUNIT_EXPECT_EQ(test, gnv_rm_policy_control(NV0000_CTRL_CMD_GPU_GET_PROBED_IDS),
			GNV_RM_LISTS_GPUS);
	KUNIT_EXPECT_EQ(test, gnv_rm_policy_control(NVC36F_CTRL_CMD_GPFIFO_GET_WORK_SUBMIT_TOKEN),
			GNV_RM_PASS);
}

static void unknown_controls_are_refused(struct kunit *test)
{
	static const u32 refused[] = {
		0,
		1,
		0xffffffff,
		NV0000_CTRL_CMD_OS_UNIX_EXPORT_OBJECT_TO_FD,
		NV0000_CTRL_CMD_OS_UNIX_IMPORT_OBJECT_FROM_FD,
		NV0000_CTRL_CMD_OS_UNIX_EXPORT_OBJECTS_TO_FD,
		NV0000_CTRL_CMD_OS_UNIX_IMPORT_OBJECTS_FROM_FD,
		NV0041_CTRL_CMD_GET_FBMEM_BUS_ADDR,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(refused); i++)
		KUNIT_EXPECT_EQ(test, gnv_rm_policy_control(refused[i]), GNV_RM_REFUSE);
}

static void classes_of_memory_elsewhere_are_refused(struct kunit *test)
{
	static const u32 refused[] = {
		NV01_MEMORY_LOCAL_PHYSICAL,
		NV01_MEMORY_LOCAL_PRIVILEGED,
		NV_MEMORY_EXTENDED_USER,
		NV01_MEMORY_LIST_FBMEM,
		NV_MEMORY_FABRIC,
		NV_MEMORY_EXPORT,
		NV01_MEMORY_FLA,
		NV50_THIRD_PARTY_P2P,
		NV2082_BINAPI_PRIVILEGED,
		0xdeadbeef,
	};
	static const u32 passed[] = {
		NV01_ROOT,
		NV01_ROOT_CLIENT,
		NV01_DEVICE_0,
		NV20_SUBDEVICE_0,
		NV01_MEMORY_LOCAL_USER,
		NV01_MEMORY_SYSTEM,
		FERMI_VASPACE_A,
		KEPLER_CHANNEL_GROUP_A,
		AMPERE_CHANNEL_GPFIFO_A,
		BLACKWELL_COMPUTE_B,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(refused); i++)
		KUNIT_EXPECT_EQ(test, gnv_rm_policy_class(refused[i]), GNV_RM_REFUSE);
	for (i = 0; i < ARRAY_SIZE(passed); i++)
		KUNIT_EXPECT_EQ(test, gnv_rm_policy_class(passed[i]), GNV_RM_PASS);
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE(queue_time_is_not_a_containers),
	KUNIT_CASE(known_controls_are_found),
	KUNIT_CASE(unknown_controls_are_refused),
	KUNIT_CASE(classes_of_memory_elsewhere_are_refused),
	{}
};

static struct kunit_suite policy_suite = {
	.name = "rm_policy",
	.test_cases = policy_cases,
};

static void sizes_become_the_share(struct kunit *test)
{
	const struct gnv_view_share share = { 1ULL << 30, 1ULL << 20, 1ULL << 28 };
	const struct gnv_view_share none = { U64_MAX, U64_MAX, 1ULL << 28 };
	u32 card = 8U << 20; /* KiB */
	u32 index;

	KUNIT_EXPECT_EQ(test, gnv_view_fb_info(NV2080_CTRL_FB_INFO_INDEX_RAM_SIZE, card, &share),
			1U << 20);
	KUNIT_EXPECT_EQ(test, gnv_view_fb_info(NV2080_CTRL_FB_INFO_INDEX_HEAP_FREE, card, &share),
			1024U);
	KUNIT_EXPECT_EQ(test, gnv_view_fb_info(NV2080_CTRL_FB_INFO_INDEX_HEAP_FREE, 7, &share), 7U);
	KUNIT_EXPECT_EQ(test, gnv_view_fb_info(NV2080_CTRL_FB_INFO_INDEX_BUS_WIDTH, card, &share),
			card);
	KUNIT_EXPECT_EQ(test, gnv_view_fb_info(NV2080_CTRL_FB_INFO_INDEX_RAM_SIZE, card, &none),
			card);
	index = NV2080_CTRL_FB_INFO_INDEX_BAR1_AVAIL_SIZE;
	KUNIT_EXPECT_EQ(test, gnv_view_fb_info(index, 7, &share), 1U << 18);
	index = NV2080_CTRL_FB_INFO_INDEX_LARGEST_FREE_REGION_BASE_KB;
	KUNIT_EXPECT_EQ(test, gnv_view_fb_info(index, 7, &share), 0U);
}

static struct kunit_case view_cases[] = {
	KUNIT_CASE(sizes_become_the_share),
	{}
};

static struct kunit_suite view_suite = {
	.name = "view_fb",
	.test_cases = view_cases,
};

kunit_test_suites(&decode_suite, &policy_suite, &view_suite);
