// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A queue takes entries of its GPFIFO, words of the pushbuffer, and hands methods to
 * whom they are for; see queue.h.
 */
#include <linux/highmem.h>
#include <linux/kernel.h>

#include "nvabi/nvhost.h"

#include "engine.h"
#include "gpu.h"
#include "memory.h"
#include "queue.h"
#include "virtual.h"

/* Methods below are the host's, on whatever subchannel. */
#define HOST_METHODS_END 0x100

static u32 *map_userd(const struct sim_queue *queue, size_t offset)
{
	u64 at = queue->userd_offset + offset;
	struct page *page = sim_memory_page(queue->userd, at >> PAGE_SHIFT);

	return page ? kmap_local_page(page) + offset_in_page(at) : NULL;
}

/**
 * sim_queue_read_put() - see how much a program has put into the GPFIFO
 * @queue: the queue
 *
 * Context: the engine's lock is held.
 */
void sim_queue_read_put(struct sim_queue *queue)
{
	u32 *put = map_userd(queue, offsetof(struct Nvc56fControl, GPPut));

	if (!put)
		return;
	/* What was written before it is read after it. */
	queue->put = smp_load_acquire(put);
	kunmap_local(put);
}

static void write_get(struct sim_queue *queue)
{
	u32 *get = map_userd(queue, offsetof(struct Nvc56fControl, GPGet));

	if (!get)
		return;
	/* The entry has been read: its place may be used again. */
	smp_store_release(get, queue->get);
	kunmap_local(get);
}

/**
 * sim_queue_rewind() - forget what has not been begun
 * @queue: the queue
 *
 * Context: the engine's lock is held.
 */
void sim_queue_rewind(struct sim_queue *queue)
{
	u32 *put = map_userd(queue, offsetof(struct Nvc56fControl, GPPut));

	if (!put)
		return;
	queue->put = queue->get;
	WRITE_ONCE(*put, queue->put);
	kunmap_local(put);
}

/**
 * sim_queue_tell() - events shall tell of something
 * @queue: what they are about
 * @what: SIM_QUEUE_TOLD_*
 *
 * They are told when the engine's turn is over: that takes sim_rm_lock.
 *
 * Context: the engine's lock is held.
 */
void sim_queue_tell(struct sim_queue *queue, int what)
{
	atomic_or(what, &queue->told);
	atomic_set(&queue->group->engine->gpu->told, 1);
}

/**
 * sim_queue_is_ready() - could a queue do something now
 * @queue: the queue
 *
 * Context: the engine's lock is held.
 * Return: whether it could, a running kernel included.
 */
bool sim_queue_is_ready(struct sim_queue *queue)
{
	if (!queue->scheduled || queue->disabled || queue->dead)
		return false;
	if (queue->kernel_ns || queue->copy.running)
		return true;
	if (queue->waiting)
		return sim_host_lets_pass(queue);
	return queue->segment.words || queue->get != queue->put;
}

static enum sim_step fetch_entry(struct sim_queue *queue)
{
	u64 address = queue->gpfifo + (u64)queue->get * NVC56F_GP_ENTRY__SIZE;
	u32 words[2];

	if (queue->put >= queue->entries)
		return sim_queue_fault(queue, ROBUST_CHANNEL_PBDMA_ERROR,
				       "GP_PUT %u of %u entries", queue->put,
				       queue->entries);
	if (queue->get == queue->put)
		return SIM_STEP_EMPTY;
	if (sim_mmu_read(&queue->vaspace->mmu, address, words, sizeof(words)))
		return sim_queue_mmu_fault(queue, address, false);

	if (sim_pb_decode_entry(words[0], words[1], &queue->segment) ==
	    SIM_PB_ENTRY_BAD)
		return sim_queue_fault(queue, ROBUST_CHANNEL_PBDMA_ERROR,
				       "GP entry %08x %08x", words[0],
				       words[1]);
	queue->get = (queue->get + 1) & (queue->entries - 1);
	write_get(queue);
	return SIM_STEP_DONE;
}

static enum sim_step set_object(struct sim_queue *queue,
				const struct sim_pb_call *call)
{
	u32 class_id = call->data & NVC56F_SET_OBJECT_NVCLASS_MASK;
	unsigned int i;

	for (i = 0; i < queue->class_count; i++) {
		if (queue->classes[i] == class_id) {
			queue->bound[call->subchannel] = class_id;
			return SIM_STEP_DONE;
		}
	}
	return sim_queue_fault(queue, ROBUST_CHANNEL_PBDMA_ERROR,
			       "no object of class %04x", class_id);
}

static enum sim_step do_method(struct sim_queue *queue,
			       const struct sim_pb_call *call)
{
	u32 class_id = queue->bound[call->subchannel];

	if (call->method == NVC56F_SET_OBJECT)
		return set_object(queue, call);
	if (call->method < HOST_METHODS_END)
		return sim_host_method(queue, call);
	if (sim_copy_is_class(class_id))
		return sim_copy_method(queue, call);
	if (sim_compute_is_class(class_id))
		return sim_compute_method(queue, call);
	return sim_queue_fault(queue, ROBUST_CHANNEL_PBDMA_ERROR,
			       "method %04x of class %04x, subchannel %u",
			       call->method, class_id, call->subchannel);
}

static enum sim_step take_word(struct sim_queue *queue, u32 word)
{
	struct sim_pb pb = queue->pb;
	struct sim_pb_call call;
	enum sim_step step = SIM_STEP_DONE;
	bool end = false;

	switch (sim_pb_take_word(&pb, word, &call)) {
	case SIM_PB_WORD_TAKEN:
		break;
	case SIM_PB_WORD_METHOD:
		step = do_method(queue, &call);
		break;
	case SIM_PB_WORD_END:
		end = true;
		break;
	case SIM_PB_WORD_BAD:
		return sim_queue_fault(queue, ROBUST_CHANNEL_PBDMA_ERROR,
				       "word %08x at %llx", word,
				       queue->segment.address);
	}
	/* A method that has to wait is taken once more, as is its word. */
	if (step != SIM_STEP_DONE)
		return step;
	queue->pb = pb;
	queue->segment.address += sizeof(word);
	queue->segment.words = end ? 0 : queue->segment.words - 1;
	return SIM_STEP_DONE;
}

/**
 * sim_queue_step() - do the next little thing
 * @queue: a queue that may run
 * @cost_ns: how much engine time that took, when it was done
 *
 * Context: the engine's lock is held.
 * Return: what came of it.
 */
enum sim_step sim_queue_step(struct sim_queue *queue, u64 *cost_ns)
{
	u32 word;

	*cost_ns = 0;
	if (queue->copy.running)
		return sim_copy_step(queue, cost_ns);
	if (!queue->segment.words)
		return fetch_entry(queue);
	if (sim_mmu_read(&queue->vaspace->mmu, queue->segment.address, &word,
			 sizeof(word)))
		return sim_queue_mmu_fault(queue, queue->segment.address,
					   false);
	return take_word(queue, word);
}
