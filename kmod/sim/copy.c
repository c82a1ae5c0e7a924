// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The copy classes; see copy.h.  A copy is done in steps, so that the engine's lock
 * is never held for long.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvengine.h"
#include "nvabi/nvhost.h"

#include "memory.h"
#include "queue.h"
#include "virtual.h"
#include "words.h"

/* Engine time of a copy: about 16 GB/s. */
#define BYTES_PER_NS	 16

/* A step does no more windows than this, of a page at most each. */
#define WINDOWS_PER_STEP 16

#define FOUR_WORDS \
	NVC7B5_LAUNCH_DMA_SEMAPHORE_TYPE_RELEASE_FOUR_WORD_SEMAPHORE

#define COMPONENT_BITS	 4
#define COMPONENT_MASK	 7

/**
 * sim_copy_is_class() - is it a copy class
 * @class_id: NVIDIA's number
 *
 * Context: any.
 * Return: whether it is.
 */
bool sim_copy_is_class(u32 class_id)
{
	switch (class_id) {
	case TURING_DMA_COPY_A:
	case AMPERE_DMA_COPY_A:
	case AMPERE_DMA_COPY_B:
	case HOPPER_DMA_COPY_A:
	case BLACKWELL_DMA_COPY_A:
		return true;
	default:
		return false;
	}
}

static u32 component_bytes(const struct sim_copy *copy)
{
	return SIM_FIELD(copy->remap,
			 NVC7B5_SET_REMAP_COMPONENTS_COMPONENT_SIZE) +
	       1;
}

static u32 source_bytes(const struct sim_copy *copy)
{
	return component_bytes(copy) *
	       (SIM_FIELD(copy->remap,
			  NVC7B5_SET_REMAP_COMPONENTS_NUM_SRC_COMPONENTS) +
		1);
}

static u32 destination_bytes(const struct sim_copy *copy)
{
	return component_bytes(copy) *
	       (SIM_FIELD(copy->remap,
			  NVC7B5_SET_REMAP_COMPONENTS_NUM_DST_COMPONENTS) +
		1);
}

static u32 remap_of(const struct sim_copy *copy, u32 component)
{
	return copy->remap >> (component * COMPONENT_BITS) & COMPONENT_MASK;
}

/* Which of its components an element takes from where. */
static bool remap_takes(const struct sim_copy *copy, u32 from_first,
			u32 from_last)
{
	u32 i, from, count = destination_bytes(copy) / component_bytes(copy);

	for (i = 0; i < count; i++) {
		from = remap_of(copy, i);
		if (from >= from_first && from <= from_last)
			return true;
	}
	return false;
}

static void remap_element(const struct sim_copy *copy, const u8 *in, u8 *out)
{
	u32 size = component_bytes(copy);
	u32 count = destination_bytes(copy) / size;
	u32 i, from;

	for (i = 0; i < count; i++, out += size) {
		from = remap_of(copy, i);
		if (from <= NVC7B5_SET_REMAP_COMPONENTS_DST_X_SRC_W)
			memcpy(out, in + from * size, size);
		else if (from <= NVC7B5_SET_REMAP_COMPONENTS_DST_X_CONST_B)
			memcpy(out,
			       &copy->constants
					[from -
					 NVC7B5_SET_REMAP_COMPONENTS_DST_X_CONST_A],
			       size);
	}
}

/* Some elements of a line; what is not written is read first. */
static enum sim_step remap_some(struct sim_queue *queue, u64 *cost_ns)
{
	struct sim_copy *copy = &queue->copy;
	struct sim_mmu *mmu = &queue->vaspace->mmu;
	u32 src = source_bytes(copy), dst = destination_bytes(copy);
	u32 count = min_t(u32, copy->line_length - copy->done,
			  SIM_COPY_BUFFER_BYTES / max(src, dst));
	u64 from = copy->source + (u64)copy->line * copy->source_pitch +
		   (u64)copy->done * src;
	u64 to = copy->destination + (u64)copy->line * copy->destination_pitch +
		 (u64)copy->done * dst;
	u32 i;

	if (remap_takes(copy, NVC7B5_SET_REMAP_COMPONENTS_DST_X_SRC_X,
			NVC7B5_SET_REMAP_COMPONENTS_DST_X_SRC_W) &&
	    sim_mmu_read(mmu, from, copy->in, count * src))
		return sim_queue_mmu_fault(queue, from, false);
	if (remap_takes(copy, NVC7B5_SET_REMAP_COMPONENTS_DST_X_NO_WRITE,
			COMPONENT_MASK) &&
	    sim_mmu_read(mmu, to, copy->out, count * dst))
		return sim_queue_mmu_fault(queue, to, true);
	for (i = 0; i < count; i++)
		remap_element(copy, copy->in + i * src, copy->out + i * dst);
	if (sim_mmu_write(mmu, to, copy->out, count * dst))
		return sim_queue_mmu_fault(queue, to, true);
	copy->done += count;
	*cost_ns += count * dst / BYTES_PER_NS;
	return SIM_STEP_DONE;
}

static enum sim_step copy_some(struct sim_queue *queue, u64 *cost_ns)
{
	struct sim_copy *copy = &queue->copy;
	struct sim_mmu *mmu = &queue->vaspace->mmu;
	u64 from = copy->source + (u64)copy->line * copy->source_pitch +
		   copy->done;
	u64 to = copy->destination + (u64)copy->line * copy->destination_pitch +
		 copy->done;
	struct sim_mmu_window in, out;
	u64 bytes = copy->line_length - copy->done;

	if (sim_mmu_open(mmu, from, &in))
		return sim_queue_mmu_fault(queue, from, false);
	if (sim_mmu_open(mmu, to, &out)) {
		sim_mmu_close(&in);
		return sim_queue_mmu_fault(queue, to, true);
	}
	bytes = min3(bytes, in.length, out.length);
	memmove(out.bytes, in.bytes, bytes);
	sim_mmu_close(&out);
	sim_mmu_close(&in);
	copy->done += bytes;
	*cost_ns += DIV_ROUND_UP(bytes, BYTES_PER_NS);
	return SIM_STEP_DONE;
}

static enum sim_step finish(struct sim_queue *queue)
{
	struct sim_copy *copy = &queue->copy;
	u32 type = SIM_FIELD(copy->launch, NVC7B5_LAUNCH_DMA_SEMAPHORE_TYPE);
	enum sim_step step = SIM_STEP_DONE;

	copy->running = false;
	if (type)
		step = sim_host_release(queue, copy->semaphore, copy->payload,
					false, type == FOUR_WORDS);
	if (step == SIM_STEP_DONE &&
	    SIM_FIELD(copy->launch, NVC7B5_LAUNCH_DMA_INTERRUPT_TYPE))
		sim_queue_tell(queue, SIM_QUEUE_TOLD_NONSTALL);
	return step;
}

static u32 lines(const struct sim_copy *copy)
{
	if (!SIM_FIELD(copy->launch, NVC7B5_LAUNCH_DMA_DATA_TRANSFER_TYPE))
		return 0;
	return copy->launch & NVC7B5_LAUNCH_DMA_MULTI_LINE_ENABLE_MASK ?
		       copy->line_count :
		       1;
}

/**
 * sim_copy_step() - do some of the copy that is under way
 * @queue: whose
 * @cost_ns: how much engine time that took, added to
 *
 * Context: the engine's lock is held.
 * Return: what came of it.
 */
enum sim_step sim_copy_step(struct sim_queue *queue, u64 *cost_ns)
{
	struct sim_copy *copy = &queue->copy;
	enum sim_step step;
	unsigned int i;

	for (i = 0; i < WINDOWS_PER_STEP; i++) {
		if (copy->line >= lines(copy))
			return finish(queue);
		if (copy->done >= copy->line_length) {
			copy->done = 0;
			copy->line++;
			continue;
		}
		step = copy->launch & NVC7B5_LAUNCH_DMA_REMAP_ENABLE_MASK ?
			       remap_some(queue, cost_ns) :
			       copy_some(queue, cost_ns);
		if (step != SIM_STEP_DONE)
			return step;
	}
	return SIM_STEP_DONE;
}

/* What is not simulated fails, so that nobody takes wrong bytes for right ones. */
static enum sim_step launch(struct sim_queue *queue, u32 data)
{
	struct sim_copy *copy = &queue->copy;
	bool moves = SIM_FIELD(data, NVC7B5_LAUNCH_DMA_DATA_TRANSFER_TYPE);

	if (queue->kernel_ns)
		return SIM_STEP_BUSY;
	if (data & (NVC7B5_LAUNCH_DMA_SRC_TYPE_MASK |
		    NVC7B5_LAUNCH_DMA_DST_TYPE_MASK |
		    NVC7B5_LAUNCH_DMA_SEMAPHORE_REDUCTION_ENABLE_MASK) ||
	    (moves && !(data & NVC7B5_LAUNCH_DMA_SRC_MEMORY_LAYOUT_MASK)) ||
	    (moves && !(data & NVC7B5_LAUNCH_DMA_DST_MEMORY_LAYOUT_MASK)))
		return sim_queue_fault(queue, ROBUST_CHANNEL_CE0_ERROR,
				       "LAUNCH_DMA %08x is not simulated",
				       data);
	copy->launch = data;
	copy->line = 0;
	copy->done = 0;
	copy->running = true;
	return SIM_STEP_DONE;
}

/**
 * sim_copy_method() - a method of a copy class
 * @queue: whose
 * @call: the method
 *
 * Context: the engine's lock is held.
 * Return: what came of it.
 */
enum sim_step sim_copy_method(struct sim_queue *queue,
			      const struct sim_pb_call *call)
{
	struct sim_copy *copy = &queue->copy;
	u32 data = call->data;

	switch (call->method) {
	case NVC7B5_LAUNCH_DMA:
		return launch(queue, data);
	case NVC7B5_SET_SEMAPHORE_A:
		sim_set_high(&copy->semaphore,
			     data & NVC7B5_OFFSET_OUT_UPPER_UPPER_MASK);
		break;
	case NVC7B5_SET_SEMAPHORE_B:
		sim_set_low(&copy->semaphore, data);
		break;
	case NVC7B5_SET_SEMAPHORE_PAYLOAD:
		copy->payload = data;
		break;
	case NVC7B5_OFFSET_IN_UPPER:
		sim_set_high(&copy->source,
			     data & NVC7B5_OFFSET_OUT_UPPER_UPPER_MASK);
		break;
	case NVC7B5_OFFSET_IN_LOWER:
		sim_set_low(&copy->source, data);
		break;
	case NVC7B5_OFFSET_OUT_UPPER:
		sim_set_high(&copy->destination,
			     data & NVC7B5_OFFSET_OUT_UPPER_UPPER_MASK);
		break;
	case NVC7B5_OFFSET_OUT_LOWER:
		sim_set_low(&copy->destination, data);
		break;
	case NVC7B5_PITCH_IN:
		copy->source_pitch = data;
		break;
	case NVC7B5_PITCH_OUT:
		copy->destination_pitch = data;
		break;
	case NVC7B5_LINE_LENGTH_IN:
		copy->line_length = data;
		break;
	case NVC7B5_LINE_COUNT:
		copy->line_count = data;
		break;
	case NVC7B5_SET_REMAP_CONST_A:
		copy->constants[0] = data;
		break;
	case NVC7B5_SET_REMAP_CONST_B:
		copy->constants[1] = data;
		break;
	case NVC7B5_SET_REMAP_COMPONENTS:
		copy->remap = data;
		break;
	}
	return SIM_STEP_DONE;
}
