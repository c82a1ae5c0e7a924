// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What happens to a queue that did wrong ("robust channel recovery"): its group
 * runs no more, each of its queues is told by its error notifier and by events, and
 * the log has a line as the driver's.  Others do not notice.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/highmem.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/ratelimit.h>

#include "nvabi/nvhost.h"

#include "engine.h"
#include "gpu.h"
#include "memory.h"
#include "queue.h"

/* Enough for what is behind the comma of a message. */
#define REASON_BYTES	      128

/* The driver sets all bits of a notifier's status when a channel was ended. */
#define NOTIFIER_STATUS_ENDED 0xffff

static void write_notifier(struct sim_queue *queue, u32 error)
{
	u64 now = ktime_get_real_ns(), at = queue->notifier_offset;
	struct NvNotification *notifier;
	struct page *page;

	if (!queue->notifier)
		return;
	page = sim_memory_page(queue->notifier, at >> PAGE_SHIFT);
	if (!page)
		return;
	notifier = kmap_local_page(page) + offset_in_page(at);
	notifier->timeStamp.nanoseconds[0] = (u32)now;
	notifier->timeStamp.nanoseconds[1] = now >> 32;
	notifier->info32 = error;
	notifier->info16 = queue->group->engine->type;
	/* Programs look at the status first. */
	smp_store_release(&notifier->status, NOTIFIER_STATUS_ENDED);
	kunmap_local(notifier);
}

static void end_queue(struct sim_queue *queue, u32 error)
{
	queue->dead = true;
	queue->kernel_ns = 0;
	queue->copy.running = false;
	queue->waiting = false;
	write_notifier(queue, error);
	sim_queue_tell(queue, SIM_QUEUE_TOLD_RC);
}

/**
 * sim_queue_fault() - a queue did wrong: its group ends
 * @queue: the queue
 * @error: ROBUST_CHANNEL_*
 * @format: what it did, for the log
 *
 * Context: the engine's lock is held.
 * Return: SIM_STEP_FAULT.
 */
enum sim_step sim_queue_fault(struct sim_queue *queue, u32 error,
			      const char *format, ...)
{
	const struct sim_gpu *gpu = queue->group->engine->gpu;
	char reason[REASON_BYTES];
	struct sim_queue *at;
	va_list args;

	va_start(args, format);
	vscnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	pr_err_ratelimited("NVRM: Xid (PCI:%04x:%02x:%02x): %u, pid=%d, name=%s, channel 0x%08x, %s\n",
			   gpu->domain, gpu->bus, gpu->slot, error, queue->context.pid,
			   queue->comm, queue->id, reason);

	list_for_each_entry(at, &queue->group->queues, link)
		end_queue(at, error);
	return SIM_STEP_FAULT;
}

/**
 * sim_queue_mmu_fault() - a queue used an address at which nothing is
 * @queue: the queue
 * @address: the address
 * @write: it wanted to write
 *
 * Context: the engine's lock is held.
 * Return: SIM_STEP_FAULT.
 */
enum sim_step sim_queue_mmu_fault(struct sim_queue *queue, u64 address,
				  bool write)
{
	return sim_queue_fault(queue, ROBUST_CHANNEL_FIFO_ERROR_MMU_ERR_FLT,
			       "MMU Fault: ENGINE %s faulted @ 0x%x_%08x. Fault is of type FAULT_PDE ACCESS_TYPE_VIRT_%s",
			       queue->group->engine->name,
			       (u32)(address >> 32), (u32)address,
			       write ? "WRITE" : "READ");
}
