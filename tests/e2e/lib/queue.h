/* SPDX-License-Identifier: MIT */
/*
 * A small client of NVIDIA's queues, beside rm.h: memory that the GPU sees, channels,
 * pushbuffers, doorbells.  After a queue is made, work is submitted by stores into
 * mapped memory alone, as CUDA's libraries do it, and its end is seen there too.
 *
 * It knows NVIDIA's ABI; only queue_launch() speaks of sim/launch.h, for there is no
 * compiler of kernels here.
 */
#ifndef TESTS_E2E_LIB_QUEUE_H
#define TESTS_E2E_LIB_QUEUE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "nvabi/nvhost.h"

#include "client.h"

#define QUEUE_PUSH_BYTES	(256u << 10)
#define QUEUE_NOTIFIER_BYTES	4096u

/* Which subchannel is for what. */
enum { QUEUE_COMPUTE = 1, QUEUE_COPY = 4 };

/* The classes of one kind of card. */
struct queue_card {
	const char *name;
	__u32 usermode;
	__u32 gpfifo;
	__u32 compute;
	__u32 copy;
};

/**
 * struct queue_space - addresses of a GPU and the doorbells
 * @s: the session
 * @card: the classes that are used
 * @vaspace: handle of the address space
 * @window: handle of what mappings take addresses of
 * @usermode: handle of the doorbells
 * @doorbells: where they are mapped
 */
struct queue_space {
	struct session *s;
	const struct queue_card *card;
	__u32 vaspace;
	__u32 window;
	__u32 usermode;
	struct rm_map doorbells;
};

/* Memory that this process and the GPU see. */
struct queue_buffer {
	__u32 memory;
	__u64 bytes;
	struct rm_map map;
	__u64 address;
};

/**
 * struct queue - a channel in a group of its own
 * @space: where its addresses are
 * @group: handle
 * @channel: handle
 * @engine: NV2080_ENGINE_TYPE_*
 * @compute: handle of the compute object, on the graphics engine
 * @copy: handle of the copy object
 * @token: what rings its doorbell
 * @cid: the number of the channel that the driver tells
 * @entries: length of the GPFIFO
 * @fifo: the GPFIFO
 * @control: memory of USERD
 * @userd: the control area
 * @push: pushbuffer, of words that are used in a circle
 * @at: next word of the pushbuffer
 * @begin: first word that is not submitted
 * @put: next entry of the GPFIFO
 * @notifier: the error notifier
 */
struct queue {
	struct queue_space *space;
	__u32 group;
	__u32 channel;
	__u32 engine;
	__u32 compute;
	__u32 copy;
	__u32 token;
	__u32 cid;
	__u32 entries;
	struct queue_buffer fifo;
	struct queue_buffer control;
	struct rm_map own_control;
	volatile struct Nvc56fControl *userd;
	struct queue_buffer push;
	__u32 at;
	__u32 begin;
	__u32 put;
	struct queue_buffer notifier;
};

const struct queue_card *queue_card_find(const char *name);

__u32 queue_space_make(struct session *s, const struct queue_card *card,
		       struct queue_space *space);
__u32 queue_buffer_make(struct queue_space *space, bool video, __u64 bytes,
			struct queue_buffer *buffer);
void queue_buffer_free(struct queue_space *space, struct queue_buffer *buffer);
volatile __u32 *queue_word(const struct queue_buffer *buffer, __u64 offset);

/* As queue_make(), but the channel is not put on the runlist. */
__u32 queue_prepare(struct queue_space *space, __u32 engine, __u32 entries, bool own_userd,
		    struct queue *queue);
__u32 queue_make(struct queue_space *space, __u32 engine, __u32 entries, bool own_userd,
		 struct queue *queue);
__u32 queue_schedule(struct queue *queue, bool on);
__u32 queue_schedule_group(struct queue *queue, bool on);
void queue_free(struct queue *queue);

/* Words of the pushbuffer.  Nothing runs before queue_ring(). */
void queue_method(struct queue *queue, __u32 subchannel, __u32 method, __u32 data);
void queue_methods(struct queue *queue, __u32 subchannel, __u32 method, const __u32 *data,
		   unsigned int count);
void queue_immediate(struct queue *queue, __u32 subchannel, __u32 method, __u32 data);
void queue_semaphore(struct queue *queue, __u64 address, __u64 payload, __u32 execute);
void queue_release(struct queue *queue, __u64 address, __u32 payload);
void queue_stamp(struct queue *queue, __u64 address, __u32 payload);
void queue_copy(struct queue *queue, __u64 from, __u64 to, __u32 bytes);
void queue_fill(struct queue *queue, __u64 to, __u32 words, __u32 value);
void queue_launch(struct queue *queue, __u64 descriptor);
void queue_describe(struct queue_buffer *buffer, __u64 offset, __u64 run_ns);

void queue_entry(struct queue *queue);
/* Tells how far entries go: an engine that is at work may see it without the doorbell. */
void queue_put(struct queue *queue);
void queue_ring(struct queue *queue);
void queue_submit(struct queue *queue);

__u64 queue_now_ns(void);
bool queue_wait(volatile __u32 *word, __u32 value, unsigned int ms);
bool queue_wait_dead(const struct queue *queue, __u32 *error, unsigned int ms);

__u32 queue_timeslice(struct queue *queue, __u64 us);
__u32 queue_preempt(struct queue *queue);
__u32 queue_level(struct queue *queue, __u32 level);
__u32 queue_disable(struct queue *queue, bool on);

#endif /* TESTS_E2E_LIB_QUEUE_H */
