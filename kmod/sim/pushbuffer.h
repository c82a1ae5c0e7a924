/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What stands in a GPFIFO and in a pushbuffer.  Pure: words come in, methods come
 * out; it must not know where the words are kept nor what a method does.
 *
 * "Segment": the piece of a pushbuffer that one entry of a GPFIFO names.  "Head":
 * the word that says to which methods the words behind it go.
 */
#ifndef SIM_PUSHBUFFER_H
#define SIM_PUSHBUFFER_H

#include <linux/types.h>

enum sim_pb_entry {
	SIM_PB_ENTRY_SEGMENT,
	SIM_PB_ENTRY_NOTHING,
	SIM_PB_ENTRY_BAD,
};

enum sim_pb_word {
	SIM_PB_WORD_TAKEN, /* it was a head, or belongs to none */
	SIM_PB_WORD_METHOD,
	SIM_PB_WORD_END, /* the segment ends here, whatever its length */
	SIM_PB_WORD_BAD,
};

/**
 * struct sim_pb_segment - a piece of a pushbuffer
 * @address: GPU address of the first word
 * @words: how many
 */
struct sim_pb_segment {
	u64 address;
	u32 words;
};

/**
 * struct sim_pb - where a channel is in its pushbuffer
 * @method: method of the next word, in bytes
 * @subchannel: where it goes
 * @left: how many words belong to the head
 * @step: how far @method goes on after each word
 * @once: it goes on after the first one only
 */
struct sim_pb {
	u32 method;
	u32 subchannel;
	u32 left;
	u32 step;
	bool once;
};

/**
 * struct sim_pb_call - one method
 * @method: which, in bytes
 * @subchannel: of which subchannel
 * @data: its parameter
 */
struct sim_pb_call {
	u32 method;
	u32 subchannel;
	u32 data;
};

enum sim_pb_entry sim_pb_decode_entry(u32 low, u32 high,
				      struct sim_pb_segment *segment);
enum sim_pb_word sim_pb_take_word(struct sim_pb *pb, u32 word,
				  struct sim_pb_call *call);

#endif /* SIM_PUSHBUFFER_H */
