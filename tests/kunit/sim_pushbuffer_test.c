// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of kmod/sim/pushbuffer.c.
 */
#include <kunit/test.h>

#include "sim/pushbuffer.c"

#define HEAD(operation, subchannel, method, count)                          \
	((operation) << NVC56F_DMA_SEC_OP_SHIFT | (count) << 16 |           \
	 (subchannel) << NVC56F_DMA_METHOD_SUBCHANNEL_SHIFT | (method) >> 2)

/* Words, and the methods that come of them: an end of zeroes in each list. */
static const struct words_case {
	const char *name;
	u32 words[5];
	struct sim_pb_call calls[4];
} words_cases[] = {
	{ "inc",
	  { HEAD(1U, 4U, 0x400U, 3U), 10, 11, 12 },
	  { { 0x400, 4, 10 }, { 0x404, 4, 11 }, { 0x408, 4, 12 } } },
	{ "non_inc",
	  { HEAD(3U, 1U, 0x1b4U, 3U), 10, 11, 12 },
	  { { 0x1b4, 1, 10 }, { 0x1b4, 1, 11 }, { 0x1b4, 1, 12 } } },
	{ "one_inc",
	  { HEAD(5U, 1U, 0x1b0U, 3U), 10, 11, 12 },
	  { { 0x1b0, 1, 10 }, { 0x1b4, 1, 11 }, { 0x1b4, 1, 12 } } },
	{ "immediate", { HEAD(4U, 7U, 0x2bcU, 0x1fffU) }, { { 0x2bc, 7, 0x1fff } } },
	{ "none_then_one",
	  { HEAD(1U, 0U, 0x6cU, 0U), HEAD(1U, 0U, 0x5cU, 1U), 9 },
	  { { 0x5c, 0, 9 } } },
	{ "old_inc",
	  { 2U << 18 | 3U << 13 | 0x5c, 10, 11 },
	  { { 0x5c, 3, 10 }, { 0x60, 3, 11 } } },
	{ "old_non_inc",
	  { 2U << 29 | 2U << 18 | 3U << 13 | 0x5c, 10, 11 },
	  { { 0x5c, 3, 10 }, { 0x5c, 3, 11 } } },
	{ "which_gpu", { 0x10010, HEAD(4U, 0U, 0x78U, 1U) }, { { 0x78, 0, 1 } } },
	{ "nothing", { 0 }, { { 0 } } },
};

static void name_words_case(const struct words_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(words, words_cases, name_words_case);

static void words_become_methods(struct kunit *test)
{
	const struct words_case *c = test->param_value;
	const struct sim_pb_call *want = c->calls;
	struct sim_pb pb = { };
	struct sim_pb_call call;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(c->words); i++) {
		if (sim_pb_take_word(&pb, c->words[i], &call) !=
		    SIM_PB_WORD_METHOD)
			continue;
		KUNIT_EXPECT_EQ(test, call.method, want->method);
		KUNIT_EXPECT_EQ(test, call.subchannel, want->subchannel);
		KUNIT_EXPECT_EQ(test, call.data, want->data);
		want++;
	}
	KUNIT_EXPECT_EQ(test, want->method, 0);
	KUNIT_EXPECT_EQ(test, pb.left, 0);
}

static void heads_end_or_are_bad(struct kunit *test)
{
	struct sim_pb pb = { };
	struct sim_pb_call call;

	KUNIT_EXPECT_EQ(test, sim_pb_take_word(&pb, 7U << 29, &call),
			SIM_PB_WORD_END);
	KUNIT_EXPECT_EQ(test, sim_pb_take_word(&pb, 6U << 29, &call),
			SIM_PB_WORD_BAD);
	KUNIT_EXPECT_EQ(test, sim_pb_take_word(&pb, 2U << 29 | 1U << 16, &call),
			SIM_PB_WORD_BAD);
	/* Behind a head nothing is looked at. */
	sim_pb_take_word(&pb, HEAD(1U, 0U, 0x100U, 1U), &call);
	KUNIT_EXPECT_EQ(test, sim_pb_take_word(&pb, 6U << 29, &call),
			SIM_PB_WORD_METHOD);
}

static void entry_names_segment(struct kunit *test)
{
	struct sim_pb_segment segment = { };

	KUNIT_EXPECT_EQ(test,
			sim_pb_decode_entry(0x12345679, 0x2aU | 0x1fffffU << 10,
					    &segment),
			SIM_PB_ENTRY_SEGMENT);
	KUNIT_EXPECT_EQ(test, segment.address, 0x2a12345678ULL);
	KUNIT_EXPECT_EQ(test, segment.words, 0x1fffff);
	KUNIT_EXPECT_EQ(test, sim_pb_decode_entry(0, 0, &segment),
			SIM_PB_ENTRY_NOTHING);
	KUNIT_EXPECT_EQ(test, sim_pb_decode_entry(0, 1, &segment),
			SIM_PB_ENTRY_BAD);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(words_become_methods, words_gen_params),
	KUNIT_CASE(heads_end_or_are_bad),
	KUNIT_CASE(entry_names_segment),
	{}
};

static struct kunit_suite suite = {
	.name = "sim_pushbuffer",
	.test_cases = cases,
};

kunit_test_suite(suite);
