// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Methods of the host: semaphores, waiting for idle, interrupts.
 *
 * Programs poll semaphores in mapped memory while they change here, so a value is
 * one store, and what stands beside it is stored before it.
 */
#include <linux/kernel.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvhost.h"

#include "engine.h"
#include "memory.h"
#include "queue.h"
#include "semaphore.h"
#include "virtual.h"
#include "words.h"

#define TIMESTAMP_OFFSET	8
#define TURING_AMPERE_HIGH_MASK NVC56F_SEM_ADDR_HI_OFFSET_MASK
#define HOPPER_HIGH_MASK	0x01ffffff

static bool is_wide(u32 execute)
{
	return execute & NVC56F_SEM_EXECUTE_PAYLOAD_SIZE_MASK;
}

/* A semaphore is aligned to its size, and so lies in one page. */
static int open_semaphore(struct sim_queue *queue, u64 address, bool wide,
			  struct sim_mmu_window *window)
{
	u64 bytes = wide ? sizeof(u64) : sizeof(u32);
	int err = sim_mmu_open(&queue->vaspace->mmu, address, window);

	if (err)
		return err;
	if (IS_ALIGNED(address, bytes) && window->length >= bytes)
		return 0;
	sim_mmu_close(window);
	return -EFAULT;
}

static u64 load(const struct sim_mmu_window *window, bool wide)
{
	/* Both may be written by a program at any time. */
	return wide ? READ_ONCE(*(u64 *)window->bytes) :
		      READ_ONCE(*(u32 *)window->bytes);
}

/**
 * sim_host_lets_pass() - does the semaphore let a queue pass that waits
 * @queue: the queue
 *
 * Context: the engine's lock is held.
 * Return: whether it does, or is not there any more: the queue will find out.
 */
bool sim_host_lets_pass(struct sim_queue *queue)
{
	bool wide = is_wide(queue->waits);
	struct sim_mmu_window window;
	bool passes;

	if (open_semaphore(queue, queue->sem_address, wide, &window))
		return true;
	passes = sim_semaphore_lets_pass(queue->waits, load(&window, wide),
					 queue->sem_payload);
	sim_mmu_close(&window);
	return passes;
}

static enum sim_step acquire(struct sim_queue *queue, u32 execute)
{
	struct sim_mmu_window window;
	bool passes;

	if (open_semaphore(queue, queue->sem_address, is_wide(execute),
			   &window))
		return sim_queue_mmu_fault(queue, queue->sem_address, false);
	passes = sim_semaphore_lets_pass(execute,
					 load(&window, is_wide(execute)),
					 queue->sem_payload);
	sim_mmu_close(&window);
	queue->waiting = !passes;
	queue->waits = execute;
	return passes ? SIM_STEP_DONE : SIM_STEP_WAITS;
}

/**
 * sim_host_release() - write a semaphore
 * @queue: for whom
 * @address: its address
 * @payload: its value
 * @wide: the value has 64 bits
 * @timestamp: the time goes behind it
 *
 * Context: the engine's lock is held.
 * Return: SIM_STEP_DONE or SIM_STEP_FAULT.
 */
enum sim_step sim_host_release(struct sim_queue *queue, u64 address,
			       u64 payload, bool wide, bool timestamp)
{
	u64 now = sim_engine_timestamp(queue->group->engine);
	struct sim_mmu_window window;

	if (timestamp &&
	    sim_mmu_write(&queue->vaspace->mmu, address + TIMESTAMP_OFFSET,
			  &now, sizeof(now)))
		return sim_queue_mmu_fault(queue, address, true);
	if (open_semaphore(queue, address, wide, &window))
		return sim_queue_mmu_fault(queue, address, true);
	/* Who sees the value sees the time, and what was done before. */
	smp_wmb();
	if (wide)
		WRITE_ONCE(*(u64 *)window.bytes, payload);
	else
		WRITE_ONCE(*(u32 *)window.bytes, (u32)payload);
	sim_mmu_close(&window);
	return SIM_STEP_DONE;
}

/* A program may change the word meanwhile: the result is of one of both orders. */
static enum sim_step reduce(struct sim_queue *queue, u32 execute)
{
	struct sim_mmu_window window;
	u64 old;

	if (open_semaphore(queue, queue->sem_address, is_wide(execute),
			   &window))
		return sim_queue_mmu_fault(queue, queue->sem_address, true);
	if (is_wide(execute)) {
		do
			old = READ_ONCE(*(u64 *)window.bytes);
		while (cmpxchg((u64 *)window.bytes, old,
			       sim_semaphore_reduce(execute, old,
						    queue->sem_payload)) !=
		       old);
	} else {
		do
			old = READ_ONCE(*(u32 *)window.bytes);
		while (cmpxchg((u32 *)window.bytes, (u32)old,
			       (u32)sim_semaphore_reduce(execute, old,
							 queue->sem_payload)) !=
		       (u32)old);
	}
	sim_mmu_close(&window);
	return SIM_STEP_DONE;
}

static enum sim_step execute_semaphore(struct sim_queue *queue, u32 execute)
{
	if (sim_semaphore_is_acquire(execute))
		return acquire(queue, execute);
	if (execute & NVC56F_SEM_EXECUTE_RELEASE_WFI_MASK && queue->kernel_ns)
		return SIM_STEP_BUSY;
	if ((execute & NVC56F_SEM_EXECUTE_OPERATION_MASK) ==
	    NVC56F_SEM_EXECUTE_OPERATION_REDUCTION)
		return reduce(queue, execute);
	return sim_host_release(queue, queue->sem_address, queue->sem_payload,
				is_wide(execute),
				execute &
					NVC56F_SEM_EXECUTE_RELEASE_TIMESTAMP_MASK);
}

static u32 high_of_address(const struct sim_queue *queue, u32 data)
{
	return data & (queue->class_id >= HOPPER_CHANNEL_GPFIFO_A ?
			       HOPPER_HIGH_MASK :
			       TURING_AMPERE_HIGH_MASK);
}

/**
 * sim_host_method() - a method of the host
 * @queue: whose
 * @call: the method
 *
 * What flushes and invalidates is done at once: there are no caches.
 *
 * Context: the engine's lock is held.
 * Return: what came of it.
 */
enum sim_step sim_host_method(struct sim_queue *queue,
			      const struct sim_pb_call *call)
{
	switch (call->method) {
	case NVC56F_SEM_ADDR_LO:
		sim_set_low(&queue->sem_address,
			    call->data & NVC56F_SEM_ADDR_LO_OFFSET_MASK);
		return SIM_STEP_DONE;
	case NVC56F_SEM_ADDR_HI:
		sim_set_high(&queue->sem_address,
			     high_of_address(queue, call->data));
		return SIM_STEP_DONE;
	case NVC56F_SEM_PAYLOAD_LO:
		sim_set_low(&queue->sem_payload, call->data);
		return SIM_STEP_DONE;
	case NVC56F_SEM_PAYLOAD_HI:
		sim_set_high(&queue->sem_payload, call->data);
		return SIM_STEP_DONE;
	case NVC56F_SEM_EXECUTE:
		return execute_semaphore(queue, call->data);
	case NVC56F_WFI:
	case NVC56F_SET_REFERENCE:
		return queue->kernel_ns ? SIM_STEP_BUSY : SIM_STEP_DONE;
	case NVC56F_NON_STALL_INTERRUPT:
		sim_queue_tell(queue, SIM_QUEUE_TOLD_NONSTALL);
		return SIM_STEP_DONE;
	case NVC56F_YIELD:
		queue->group->yields = true;
		return SIM_STEP_DONE;
	case NVC56F_NOP:
	case NVC56F_FB_FLUSH:
	case NVC56F_MEM_OP_A:
	case NVC56F_MEM_OP_B:
	case NVC56F_MEM_OP_C:
	case NVC56F_MEM_OP_D:
		return SIM_STEP_DONE;
	default:
		return sim_queue_fault(queue, ROBUST_CHANNEL_PBDMA_ERROR,
				       "host method %04x", call->method);
	}
}
