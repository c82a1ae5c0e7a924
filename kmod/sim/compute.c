// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The compute classes; see compute.h.  Methods that set what a real kernel needs
 * are taken and change nothing.
 */
#include <linux/kernel.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvengine.h"
#include "nvabi/nvhost.h"

#include "launch.h"
#include "memory.h"
#include "queue.h"
#include "virtual.h"
#include "words.h"

#define QMD_ADDRESS_SHIFT 8

/**
 * sim_compute_is_class() - is it a compute class
 * @class_id: NVIDIA's number
 *
 * Context: any.
 * Return: whether it is.
 */
bool sim_compute_is_class(u32 class_id)
{
	switch (class_id) {
	case TURING_COMPUTE_A:
	case AMPERE_COMPUTE_A:
	case AMPERE_COMPUTE_B:
	case ADA_COMPUTE_A:
	case HOPPER_COMPUTE_A:
	case BLACKWELL_COMPUTE_A:
		return true;
	default:
		return false;
	}
}

/* One kernel of a queue runs at a time. */
static enum sim_step begin_launch(struct sim_queue *queue)
{
	u64 address = queue->compute.qmd;
	struct sim_launch launch;

	if (queue->kernel_ns)
		return SIM_STEP_BUSY;
	if (sim_mmu_read(&queue->vaspace->mmu, address, &launch,
			 sizeof(launch)))
		return sim_queue_mmu_fault(queue, address, false);
	if (launch.magic != SIM_LAUNCH_MAGIC)
		return sim_queue_fault(queue, ROBUST_CHANNEL_GR_EXCEPTION,
				       "the launch descriptor at %llx is not the simulator's",
				       address);
	queue->kernel_ns = launch.run_ns;
	return SIM_STEP_DONE;
}

static enum sim_step launch_by_action(struct sim_queue *queue, u32 data)
{
	switch (SIM_FIELD(data, NVC7C0_SEND_SIGNALING_PCAS2_B_PCAS_ACTION)) {
	case NVC7C0_SEND_SIGNALING_PCAS2_B_PCAS_ACTION_SCHEDULE:
	case NVC7C0_SEND_SIGNALING_PCAS2_B_PCAS_ACTION_INVALIDATE_COPY_SCHEDULE:
	case NVC7C0_SEND_SIGNALING_PCAS2_B_PCAS_ACTION_PREFETCH_SCHEDULE:
		return begin_launch(queue);
	default:
		return SIM_STEP_DONE;
	}
}

static enum sim_step begin_inline(struct sim_queue *queue)
{
	struct sim_compute *compute = &queue->compute;

	if (queue->kernel_ns)
		return SIM_STEP_BUSY;
	if (compute->inline_lines > 1)
		return sim_queue_fault(queue, ROBUST_CHANNEL_GR_EXCEPTION,
				       "inline data of %u lines is not simulated",
				       compute->inline_lines);
	compute->inline_left = compute->inline_length;
	return SIM_STEP_DONE;
}

static enum sim_step load_inline(struct sim_queue *queue, u32 data)
{
	struct sim_compute *compute = &queue->compute;
	u32 bytes = min_t(u32, compute->inline_left, sizeof(data));

	if (sim_mmu_write(&queue->vaspace->mmu, compute->inline_to, &data,
			  bytes))
		return sim_queue_mmu_fault(queue, compute->inline_to, true);
	compute->inline_to += bytes;
	compute->inline_left -= bytes;
	return SIM_STEP_DONE;
}

/* The time goes beside the value in the form of four words. */
static enum sim_step report(struct sim_queue *queue, bool wide, bool long_form,
			    bool awaken)
{
	enum sim_step step;

	step = sim_host_release(queue, queue->compute.report,
				queue->compute.report_payload, wide,
				long_form);
	if (step == SIM_STEP_DONE && awaken)
		sim_queue_tell(queue, SIM_QUEUE_TOLD_NONSTALL);
	return step;
}

/* The methods of C7C0 and later. */
static enum sim_step report_new(struct sim_queue *queue, u32 data)
{
	if (queue->kernel_ns)
		return SIM_STEP_BUSY;
	if (SIM_FIELD(data, NVC7C0_REPORT_SEMAPHORE_EXECUTE_OPERATION) ||
	    data & NVC7C0_REPORT_SEMAPHORE_EXECUTE_REDUCTION_ENABLE_MASK)
		return sim_queue_fault(queue, ROBUST_CHANNEL_GR_EXCEPTION,
				       "report semaphore %08x is not simulated",
				       data);
	return report(queue,
		      data & NVC7C0_REPORT_SEMAPHORE_EXECUTE_PAYLOAD_SIZE64_MASK,
		      !SIM_FIELD(data,
				 NVC7C0_REPORT_SEMAPHORE_EXECUTE_STRUCTURE_SIZE),
		      data & NVC7C0_REPORT_SEMAPHORE_EXECUTE_AWAKEN_ENABLE_MASK);
}

static enum sim_step report_old(struct sim_queue *queue, u32 data)
{
	if (queue->kernel_ns)
		return SIM_STEP_BUSY;
	if (SIM_FIELD(data, NVC7C0_SET_REPORT_SEMAPHORE_D_OPERATION) ||
	    data & NVC7C0_SET_REPORT_SEMAPHORE_D_REDUCTION_ENABLE_MASK)
		return sim_queue_fault(queue, ROBUST_CHANNEL_GR_EXCEPTION,
				       "report semaphore %08x is not simulated",
				       data);
	return report(queue, false,
		      !(data & NVC7C0_SET_REPORT_SEMAPHORE_D_STRUCTURE_SIZE_MASK),
		      data & NVC7C0_SET_REPORT_SEMAPHORE_D_AWAKEN_ENABLE_MASK);
}

static enum sim_step set_state(struct sim_compute *compute,
			       const struct sim_pb_call *call)
{
	switch (call->method) {
	case NVC7C0_SEND_PCAS_A:
		compute->qmd = (u64)call->data << QMD_ADDRESS_SHIFT;
		break;
	case NVC7C0_LINE_LENGTH_IN:
		compute->inline_length = call->data;
		break;
	case NVC7C0_LINE_COUNT:
		compute->inline_lines = call->data;
		break;
	case NVC7C0_OFFSET_OUT_UPPER:
		sim_set_high(&compute->inline_to, call->data);
		break;
	case NVC7C0_OFFSET_OUT:
		sim_set_low(&compute->inline_to, call->data);
		break;
	case NVC7C0_SET_REPORT_SEMAPHORE_PAYLOAD_LOWER:
	case NVC7C0_SET_REPORT_SEMAPHORE_C:
		sim_set_low(&compute->report_payload, call->data);
		break;
	case NVC7C0_SET_REPORT_SEMAPHORE_PAYLOAD_UPPER:
		sim_set_high(&compute->report_payload, call->data);
		break;
	case NVC7C0_SET_REPORT_SEMAPHORE_ADDRESS_LOWER:
	case NVC7C0_SET_REPORT_SEMAPHORE_B:
		sim_set_low(&compute->report, call->data);
		break;
	case NVC7C0_SET_REPORT_SEMAPHORE_ADDRESS_UPPER:
	case NVC7C0_SET_REPORT_SEMAPHORE_A:
		sim_set_high(&compute->report, call->data);
		break;
	}
	return SIM_STEP_DONE;
}

/**
 * sim_compute_method() - a method of a compute class
 * @queue: whose
 * @call: the method
 *
 * Context: the engine's lock is held.
 * Return: what came of it.
 */
enum sim_step sim_compute_method(struct sim_queue *queue,
				 const struct sim_pb_call *call)
{
	switch (call->method) {
	case NVC7C0_SEND_SIGNALING_PCAS_B:
		if (!SIM_FIELD(call->data, NVC7C0_SEND_SIGNALING_PCAS_B_SCHEDULE))
			return SIM_STEP_DONE;
		return begin_launch(queue);
	case NVC7C0_SEND_SIGNALING_PCAS2_B:
		return launch_by_action(queue, call->data);
	case NVC7C0_WAIT_FOR_IDLE:
		return queue->kernel_ns ? SIM_STEP_BUSY : SIM_STEP_DONE;
	case NVC7C0_LAUNCH_DMA:
		return begin_inline(queue);
	case NVC7C0_LOAD_INLINE_DATA:
		return load_inline(queue, call->data);
	case NVC7C0_REPORT_SEMAPHORE_EXECUTE:
		return report_new(queue, call->data);
	case NVC7C0_SET_REPORT_SEMAPHORE_D:
		return report_old(queue, call->data);
	default:
		return set_state(&queue->compute, call);
	}
}
