// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Parameters that a call points at; see params.h.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "nvabi/nvstatus.h"

#include "params.h"
#include "rm.h"

/**
 * sim_params_get() - copy parameters in
 * @call: who asks
 * @address: where they are
 * @bytes: how many there are, 0 when @address is NULL
 * @room_bytes: least length of the copy
 * @params: the copy; the caller puts it, also after a failure
 *
 * Context: process; no lock of ours is held.
 * Return: NV_OK, NV_ERR_INVALID_ARGUMENT, NV_ERR_INSUFFICIENT_RESOURCES or
 * NV_ERR_INVALID_ADDRESS.
 */
u32 sim_params_get(const struct sim_call *call, u64 address, u32 bytes,
		   u32 room_bytes, struct sim_params *params)
{
	*params = (struct sim_params){
		.address = address,
		.bytes = bytes,
		.kernel = call->kernel,
	};
	if (!bytes != !address)
		return NV_ERR_INVALID_ARGUMENT;
	if (!bytes)
		return NV_OK;
	if (bytes > SIM_PARAMS_MAX_BYTES)
		return NV_ERR_INVALID_ARGUMENT;

	params->copy = kvzalloc(max(bytes, room_bytes), GFP_KERNEL);
	if (!params->copy)
		return NV_ERR_INSUFFICIENT_RESOURCES;
	if (call->kernel)
		memcpy(params->copy, (const void *)(uintptr_t)address, bytes);
	else if (copy_from_user(params->copy, u64_to_user_ptr(address), bytes))
		return NV_ERR_INVALID_ADDRESS;
	return NV_OK;
}

/**
 * sim_params_write_back() - copy parameters out
 * @params: from sim_params_get()
 *
 * Context: process; no lock of ours is held.
 * Return: NV_OK or NV_ERR_INVALID_ADDRESS.
 */
u32 sim_params_write_back(const struct sim_params *params)
{
	if (!params->copy)
		return NV_OK;
	if (params->kernel)
		memcpy((void *)(uintptr_t)params->address, params->copy,
		       params->bytes);
	else if (copy_to_user(u64_to_user_ptr(params->address), params->copy,
			      params->bytes))
		return NV_ERR_INVALID_ADDRESS;
	return NV_OK;
}

/**
 * sim_params_put() - free the copy
 * @params: from sim_params_get()
 *
 * Context: process.
 */
void sim_params_put(struct sim_params *params)
{
	kvfree(params->copy);
	params->copy = NULL;
}
