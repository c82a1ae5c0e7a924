/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames: memory in a process from which the driver reads the arguments of a
 * limited caller's calls.  A driver reads what a pointer of the caller's leads to,
 * and other threads of the caller may write there; to a slot of a frame nobody
 * can write until the driver has read it.
 *
 * A frame is one mapping in a process, made with the first call that wants one.
 * It is divided into slots.  A slot's pages are mapped for reading only; the first
 * write by the task whose call is in the driver, which is the driver's answer,
 * makes them writable, and from then on anybody may write to them: what is read
 * back is a hint.  A slot is used once, until all those that have been used are
 * unmapped together and mapped for reading again.
 *
 * The mapping is kept where it is (seal.c).  Where nothing can keep it, the program can
 * take it away, and put memory of its own there: then the frame is torn.
 */
#ifndef _GHOSTNV_FRAME_H
#define _GHOSTNV_FRAME_H

#include <linux/types.h>

struct gnv_frame;
struct mm_struct;

/* The most that a slot holds. */
#define GNV_FRAME_ROOM_MAX 16384

/**
 * struct gnv_slot - one slot of a frame, in use by one call
 * @frame: the frame, with a reference; NULL: nothing is in use
 * @index: which slot
 * @memory: what is in it, as the kernel sees it
 * @address: the same, as the process and the driver see it
 * @room: its size in bytes
 */
struct gnv_slot {
	struct gnv_frame *frame;
	unsigned int index;
	void *memory;
	unsigned long address;
	size_t room;
};

int gnv_slot_begin(struct gnv_slot *slot, size_t bytes);
bool gnv_slot_end(struct gnv_slot *slot);
bool gnv_slot_is_torn(const struct gnv_slot *slot);
bool gnv_slot_is_written(const struct gnv_slot *slot);
bool gnv_slot_touches(const struct gnv_slot *slot, u64 address, u64 bytes);

bool gnv_frame_is_in(const struct mm_struct *mm, unsigned long start, unsigned long end);
void gnv_frame_fini(void);

void gnv_seal_init(void);
void gnv_seal_fini(void);
const char *gnv_seal_kind(void);
bool gnv_seal_suffices(void);

#endif /* _GHOSTNV_FRAME_H */
