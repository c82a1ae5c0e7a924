// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of kmod/sim/placement.c and kmod/sim/handles.c.
 */
#include <kunit/test.h>

#include "sim/handles.c"
#include "sim/placement.c"

#define KIB	1024ULL
#define MIB	(1024 * KIB)

#define PAGE_ATTR(size) \
	(NVOS32_ATTR_PAGE_SIZE_##size << NVOS32_ATTR_PAGE_SIZE_SHIFT)
#define LAYOUT_ATTR(how) \
	(NVOS32_ATTR_PHYSICALITY_##how << NVOS32_ATTR_PHYSICALITY_SHIFT)
#define HUGE_ATTR2(size) \
	(NVOS32_ATTR2_PAGE_SIZE_HUGE_##size << NVOS32_ATTR2_PAGE_SIZE_HUGE_SHIFT)

static const struct video_case {
	const char *name;
	u64 bytes;
	u32 attr;
	u32 attr2;
	u32 status;
	u64 page_bytes;
	u64 size_bytes;
} video_cases[] = {
	{ "one_byte", 1, 0, 0, NV_OK, 64 * KIB, 64 * KIB },
	{ "below_huge", 2 * MIB - 1, 0, 0, NV_OK, 64 * KIB, 2 * MIB },
	{ "huge_by_size", 2 * MIB, 0, 0, NV_OK, 2 * MIB, 2 * MIB },
	{ "huge_is_rounded", 2 * MIB + 1, 0, 0, NV_OK, 2 * MIB, 4 * MIB },
	{ "small_pages", 5 * KIB, PAGE_ATTR(4KB), 0, NV_OK, 4 * KIB, 8 * KIB },
	{ "big_pages", 5 * MIB + 1, PAGE_ATTR(BIG), 0, NV_OK, 64 * KIB,
	  5 * MIB + 64 * KIB },
	{ "huge_pages", 1, PAGE_ATTR(HUGE), 0, NV_OK, 2 * MIB, 2 * MIB },
	{ "huge_pages_of_2_MiB", 1, PAGE_ATTR(HUGE), HUGE_ATTR2(2MB), NV_OK,
	  2 * MIB, 2 * MIB },
	{ "huge_pages_of_512_MiB", 1, PAGE_ATTR(HUGE), HUGE_ATTR2(512MB),
	  NV_ERR_INVALID_STATE, 0, 0 },
	{ "nothing", 0, 0, 0, NV_ERR_INVALID_ARGUMENT, 0, 0 },
	{ "all_bytes_there_are", ~0ULL, 0, 0, NV_ERR_NO_MEMORY, 0, 0 },
	{ "last_that_can_be_rounded", ~0ULL - 2 * MIB + 1, 0, 0, NV_OK, 2 * MIB,
	  ~0ULL - 2 * MIB + 1 },
};

static void name_video_case(const struct video_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(video, video_cases, name_video_case);

static void video_is_rounded_to_pages(struct kunit *test)
{
	const struct video_case *c = test->param_value;
	struct sim_placement place;
	u32 status = sim_placement_video(c->bytes, 0, 0, c->attr, c->attr2, &place);

	KUNIT_EXPECT_EQ(test, status, c->status);
	if (c->status != NV_OK)
		return;
	KUNIT_EXPECT_EQ(test, place.page_bytes, c->page_bytes);
	KUNIT_EXPECT_EQ(test, place.size_bytes, c->size_bytes);
	KUNIT_EXPECT_EQ(test, place.align_bytes, c->page_bytes);
}

static void video_tells_the_page_size_it_chose(struct kunit *test)
{
	u32 mask = NVOS32_ATTR_PAGE_SIZE_MASK;
	struct sim_placement place;

	sim_placement_video(1, 0, 0, 0, 0, &place);
	KUNIT_EXPECT_EQ(test, place.attr & mask, (u32)PAGE_ATTR(BIG));
	KUNIT_EXPECT_EQ(test, place.attr2, 0U);
	sim_placement_video(2 * MIB, 0, 0, 0, 0, &place);
	KUNIT_EXPECT_EQ(test, place.attr & mask, (u32)PAGE_ATTR(HUGE));
	KUNIT_EXPECT_EQ(test, place.attr2, (u32)HUGE_ATTR2(2MB));
}

static void video_keeps_the_other_attributes(struct kunit *test)
{
	u32 others = ~(u32)NVOS32_ATTR_PAGE_SIZE_MASK;
	struct sim_placement place;

	sim_placement_video(1, 0, 0, others, 0, &place);
	KUNIT_EXPECT_EQ(test, place.attr & others, others);
}

static const struct align_case {
	const char *name;
	u64 align_bytes;
	u32 flags;
	u32 status;
	u64 result;
} align_cases[] = {
	{ "not_asked_for", 1 * MIB, 0, NV_OK, 64 * KIB },
	{ "hint", 1 * MIB, NVOS32_ALLOC_FLAGS_ALIGNMENT_HINT, NV_OK, 1 * MIB },
	{ "force", 1 * MIB, NVOS32_ALLOC_FLAGS_ALIGNMENT_FORCE, NV_OK, 1 * MIB },
	{ "less_than_a_page", 4 * KIB, NVOS32_ALLOC_FLAGS_ALIGNMENT_FORCE,
	  NV_OK, 64 * KIB },
	{ "none", 0, NVOS32_ALLOC_FLAGS_ALIGNMENT_FORCE, NV_OK, 64 * KIB },
	{ "crooked_hint", 100 * KIB, NVOS32_ALLOC_FLAGS_ALIGNMENT_HINT, NV_OK,
	  64 * KIB },
	{ "crooked_force", 100 * KIB, NVOS32_ALLOC_FLAGS_ALIGNMENT_FORCE,
	  NV_ERR_INVALID_ARGUMENT, 0 },
};

static void name_align_case(const struct align_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(align, align_cases, name_align_case);

static void alignment_is_honoured(struct kunit *test)
{
	const struct align_case *c = test->param_value;
	struct sim_placement place;
	u32 status = sim_placement_video(1, c->align_bytes, c->flags, 0, 0, &place);

	KUNIT_EXPECT_EQ(test, status, c->status);
	if (c->status == NV_OK)
		KUNIT_EXPECT_EQ(test, place.align_bytes, c->result);
}

static void layout_follows_the_attributes(struct kunit *test)
{
	struct sim_placement place;
	u32 attr;

	sim_placement_video(1, 0, 0, LAYOUT_ATTR(DEFAULT), 0, &place);
	KUNIT_EXPECT_EQ(test, (int)place.layout,
			(int)SIM_LAYOUT_TOGETHER_IF_FREE);
	sim_placement_video(1, 0, 0, LAYOUT_ATTR(CONTIGUOUS), 0, &place);
	KUNIT_EXPECT_EQ(test, (int)place.layout, (int)SIM_LAYOUT_TOGETHER);
	sim_placement_video(1, 0, 0, LAYOUT_ATTR(NONCONTIGUOUS), 0, &place);
	KUNIT_EXPECT_EQ(test, (int)place.layout, (int)SIM_LAYOUT_SCATTERED);
	attr = sim_placement_set_physicality(~0U, true) & NVOS32_ATTR_PHYSICALITY_MASK;
	KUNIT_EXPECT_EQ(test, attr, (u32)LAYOUT_ATTR(NONCONTIGUOUS));
	KUNIT_EXPECT_EQ(test, sim_placement_set_physicality(0, false),
			(u32)LAYOUT_ATTR(CONTIGUOUS));
}

static void system_memory_has_small_pages(struct kunit *test)
{
	struct sim_placement place;

	KUNIT_EXPECT_EQ(test, sim_placement_system(5 * MIB + 1, 0, 0, &place),
			(u32)NV_OK);
	KUNIT_EXPECT_EQ(test, place.page_bytes, 4 * KIB);
	KUNIT_EXPECT_EQ(test, place.size_bytes, 5 * MIB + 4 * KIB);
	KUNIT_EXPECT_EQ(test, sim_placement_system(1, PAGE_ATTR(BIG), 0,
						   &place),
			(u32)NV_ERR_INVALID_STATE);
	KUNIT_EXPECT_EQ(test, sim_placement_system(0, 0, 0, &place),
			(u32)NV_ERR_INVALID_ARGUMENT);
}

static void virtual_follows_video(struct kunit *test)
{
	struct sim_placement place;

	KUNIT_EXPECT_EQ(test, sim_placement_virtual(3 * MIB, 0, 0, 0, 0, &place), (u32)NV_OK);
	KUNIT_EXPECT_EQ(test, place.size_bytes, 4 * MIB);
}

static void handles_come_round(struct kunit *test)
{
	u32 cursor = 0, i;

	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, sim_handle_next(100, 3, &cursor),
				100 + i);
	KUNIT_EXPECT_EQ(test, sim_handle_next(100, 3, &cursor), 100U);
}

static void handles_of_objects_are_checked(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sim_handle_check_object(7, 8), (u32)NV_OK);
	KUNIT_EXPECT_EQ(test, sim_handle_check_object(7, 7),
			(u32)NV_ERR_INVALID_OBJECT_HANDLE);
	KUNIT_EXPECT_EQ(test, sim_handle_check_object(7, 0),
			(u32)NV_ERR_INVALID_OBJECT_HANDLE);
}

static struct kunit_case sim_placement_cases[] = {
	KUNIT_CASE_PARAM(video_is_rounded_to_pages, video_gen_params),
	KUNIT_CASE(video_tells_the_page_size_it_chose),
	KUNIT_CASE(video_keeps_the_other_attributes),
	KUNIT_CASE_PARAM(alignment_is_honoured, align_gen_params),
	KUNIT_CASE(layout_follows_the_attributes),
	KUNIT_CASE(system_memory_has_small_pages),
	KUNIT_CASE(virtual_follows_video),
	KUNIT_CASE(handles_come_round),
	KUNIT_CASE(handles_of_objects_are_checked),
	{ }
};

static struct kunit_suite sim_placement_suite = {
	.name = "sim_placement",
	.test_cases = sim_placement_cases,
};
kunit_test_suite(sim_placement_suite);
