// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What stands in a GPFIFO and in a pushbuffer.  Pure: see pushbuffer.h.
 */
#include <linux/kernel.h>

#include "nvabi/nvhost.h"

#include "pushbuffer.h"
#include "words.h"

/**
 * sim_pb_decode_entry() - one entry of a GPFIFO
 * @low: its first word
 * @high: its second
 * @segment: what it names
 *
 * An entry without a length is a command to the host.
 *
 * Context: any.
 * Return: what it is; @segment is filled in for a segment only.
 */
enum sim_pb_entry sim_pb_decode_entry(u32 low, u32 high,
				      struct sim_pb_segment *segment)
{
	u32 words = SIM_FIELD(high, NVC56F_GP_ENTRY1_LENGTH);

	if (!words)
		return SIM_FIELD(high, NVC56F_GP_ENTRY1_OPCODE) ==
				       NVC56F_GP_ENTRY1_OPCODE_NOP ?
			       SIM_PB_ENTRY_NOTHING :
			       SIM_PB_ENTRY_BAD;
	segment->address = (u64)SIM_FIELD(high, NVC56F_GP_ENTRY1_GET_HI) << 32 |
			   (low & NVC56F_GP_ENTRY0_GET_MASK);
	segment->words = words;
	return SIM_PB_ENTRY_SEGMENT;
}

static enum sim_pb_word begin(struct sim_pb *pb, u32 head, u32 step, bool once)
{
	pb->method = SIM_FIELD(head, NVC56F_DMA_METHOD_ADDRESS) << 2;
	pb->subchannel = SIM_FIELD(head, NVC56F_DMA_METHOD_SUBCHANNEL);
	pb->left = SIM_FIELD(head, NVC56F_DMA_METHOD_COUNT);
	pb->step = step;
	pb->once = once;
	return SIM_PB_WORD_TAKEN;
}

/* The forms of the oldest GPUs, whose fields lie elsewhere. */
static enum sim_pb_word begin_old(struct sim_pb *pb, u32 head, u32 step)
{
	pb->method = SIM_FIELD(head, NVC56F_DMA_METHOD_ADDRESS_OLD) << 2;
	pb->subchannel = SIM_FIELD(head, NVC56F_DMA_METHOD_SUBCHANNEL);
	pb->left = SIM_FIELD(head, NVC56F_DMA_METHOD_COUNT_OLD);
	pb->step = step;
	pb->once = false;
	return SIM_PB_WORD_TAKEN;
}

static enum sim_pb_word take_head(struct sim_pb *pb, u32 head,
				  struct sim_pb_call *call)
{
	switch (SIM_FIELD(head, NVC56F_DMA_SEC_OP)) {
	case NVC56F_DMA_SEC_OP_INC_METHOD:
		return begin(pb, head, sizeof(u32), false);
	case NVC56F_DMA_SEC_OP_NON_INC_METHOD:
		return begin(pb, head, 0, false);
	case NVC56F_DMA_SEC_OP_ONE_INC:
		return begin(pb, head, sizeof(u32), true);
	case NVC56F_DMA_SEC_OP_IMMD_DATA_METHOD:
		call->method = SIM_FIELD(head, NVC56F_DMA_METHOD_ADDRESS) << 2;
		call->subchannel = SIM_FIELD(head, NVC56F_DMA_METHOD_SUBCHANNEL);
		call->data = SIM_FIELD(head, NVC56F_DMA_IMMD_DATA);
		return SIM_PB_WORD_METHOD;
	case NVC56F_DMA_SEC_OP_GRP0_USE_TERT:
		/* The others choose among the GPUs of a group, and there is one. */
		if (SIM_FIELD(head, NVC56F_DMA_TERT_OP) ==
		    NVC56F_DMA_TERT_OP_GRP0_INC_METHOD)
			return begin_old(pb, head, sizeof(u32));
		return SIM_PB_WORD_TAKEN;
	case NVC56F_DMA_SEC_OP_GRP2_USE_TERT:
		if (SIM_FIELD(head, NVC56F_DMA_TERT_OP))
			return SIM_PB_WORD_BAD;
		return begin_old(pb, head, 0);
	case NVC56F_DMA_SEC_OP_END_PB_SEGMENT:
		return SIM_PB_WORD_END;
	default:
		return SIM_PB_WORD_BAD;
	}
}

/**
 * sim_pb_take_word() - the next word of a pushbuffer
 * @pb: where the channel is; zeroed at first
 * @word: the word
 * @call: the method, when there is one
 *
 * Context: any; the caller owns @pb.
 * Return: what the word was; @call is filled in for a method only.
 */
enum sim_pb_word sim_pb_take_word(struct sim_pb *pb, u32 word,
				  struct sim_pb_call *call)
{
	if (!pb->left)
		return take_head(pb, word, call);
	call->method = pb->method;
	call->subchannel = pb->subchannel;
	call->data = word;
	pb->method += pb->step;
	if (pb->once)
		pb->step = 0;
	pb->left--;
	return SIM_PB_WORD_METHOD;
}
