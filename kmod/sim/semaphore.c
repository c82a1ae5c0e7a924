// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What the operations of semaphores say and do.  Pure: see semaphore.h.  "Execute"
 * is the parameter of NVC56F_SEM_EXECUTE.
 */
#include <linux/kernel.h>

#include "nvabi/nvhost.h"

#include "semaphore.h"
#include "words.h"

static bool is_wide(u32 execute)
{
	return execute & NVC56F_SEM_EXECUTE_PAYLOAD_SIZE_MASK;
}

/**
 * sim_semaphore_is_acquire() - does an operation wait
 * @execute: the operation
 *
 * Context: any.
 * Return: whether it waits for a value, and writes none.
 */
bool sim_semaphore_is_acquire(u32 execute)
{
	u32 operation = SIM_FIELD(execute, NVC56F_SEM_EXECUTE_OPERATION);

	return operation != NVC56F_SEM_EXECUTE_OPERATION_RELEASE &&
	       operation != NVC56F_SEM_EXECUTE_OPERATION_REDUCTION;
}

/**
 * sim_semaphore_lets_pass() - is an acquire done waiting
 * @execute: the operation
 * @value: what the semaphore holds
 * @payload: what the method said
 *
 * Context: any.
 * Return: whether the channel goes on.
 */
bool sim_semaphore_lets_pass(u32 execute, u64 value, u64 payload)
{
	bool wide = is_wide(execute);

	if (!wide) {
		value = (u32)value;
		payload = (u32)payload;
	}
	switch (SIM_FIELD(execute, NVC56F_SEM_EXECUTE_OPERATION)) {
	case NVC56F_SEM_EXECUTE_OPERATION_ACQUIRE:
		return value == payload;
	case NVC56F_SEM_EXECUTE_OPERATION_ACQ_STRICT_GEQ:
		return value >= payload;
	case NVC56F_SEM_EXECUTE_OPERATION_ACQ_CIRC_GEQ:
		return wide ? (s64)(value - payload) >= 0 :
			      (s32)(u32)(value - payload) >= 0;
	case NVC56F_SEM_EXECUTE_OPERATION_ACQ_AND:
		return value & payload;
	case NVC56F_SEM_EXECUTE_OPERATION_ACQ_NOR:
		return wide ? ~(value | payload) : ~(u32)(value | payload);
	default:
		return false;
	}
}

/* Signed numbers of 32 bits become ones of 64 with the same order. */
static bool is_less(u32 execute, u64 a, u64 b)
{
	if (!(execute & NVC56F_SEM_EXECUTE_REDUCTION_FORMAT_MASK))
		return is_wide(execute) ? (s64)a < (s64)b :
					  (s32)(u32)a < (s32)(u32)b;
	return a < b;
}

/**
 * sim_semaphore_reduce() - what a reduction leaves in a semaphore
 * @execute: the operation
 * @value: what the semaphore holds
 * @payload: what the method said
 *
 * INC and DEC wrap at the payload, as the GPU's atomics do.
 *
 * Context: any.
 * Return: the new value.
 */
u64 sim_semaphore_reduce(u32 execute, u64 value, u64 payload)
{
	u64 mask = is_wide(execute) ? U64_MAX : U32_MAX;

	value &= mask;
	payload &= mask;
	switch (SIM_FIELD(execute, NVC56F_SEM_EXECUTE_REDUCTION)) {
	case NVC56F_SEM_EXECUTE_REDUCTION_IMIN:
		return is_less(execute, payload, value) ? payload : value;
	case NVC56F_SEM_EXECUTE_REDUCTION_IMAX:
		return is_less(execute, value, payload) ? payload : value;
	case NVC56F_SEM_EXECUTE_REDUCTION_IXOR:
		return value ^ payload;
	case NVC56F_SEM_EXECUTE_REDUCTION_IAND:
		return value & payload;
	case NVC56F_SEM_EXECUTE_REDUCTION_IOR:
		return value | payload;
	case NVC56F_SEM_EXECUTE_REDUCTION_IADD:
		return (value + payload) & mask;
	case NVC56F_SEM_EXECUTE_REDUCTION_INC:
		return value >= payload ? 0 : value + 1;
	case NVC56F_SEM_EXECUTE_REDUCTION_DEC:
		return !value || value > payload ? payload : value - 1;
	default:
		return value;
	}
}
