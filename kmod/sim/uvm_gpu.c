// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The GPUs that a UVM session uses; see uvm_gpu.h.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "nvabi/nvstatus.h"

#include "classes.h"
#include "file.h"
#include "gpu.h"
#include "rm.h"
#include "uvm_gpu.h"
#include "uvm_managed.h"
#include "uvm_range.h"
#include "virtual.h"

/* UVM calls the resource manager as the kernel does. */
static const struct sim_call uvm_call = { .kernel = true };

/**
 * sim_uvm_find_gpu() - a GPU that is registered with a session
 * @session: the session
 * @uuid: the GPU's
 *
 * Context: the session's lock is held.
 * Return: the GPU, or NULL.
 */
struct uvm_gpu *sim_uvm_find_gpu(struct sim_uvm_session *session,
				 const u8 *uuid)
{
	struct uvm_gpu *gpu;

	lockdep_assert_held(&session->lock);
	list_for_each_entry(gpu, &session->gpus, link) {
		if (!memcmp(gpu->gpu->uuid, uuid, SIM_GPU_UUID_BYTES))
			return gpu;
	}
	return NULL;
}

/**
 * sim_uvm_remove_gpu() - a session does not use a GPU any more
 * @session: the session
 * @gpu: the GPU
 *
 * Context: the session's lock is held, or nobody else has it.
 */
void sim_uvm_remove_gpu(struct sim_uvm_session *session, struct uvm_gpu *gpu)
{
	sim_uvm_remove_maps(session, gpu);
	sim_managed_leave_gpu(session, gpu->gpu);
	list_del(&gpu->link);
	sim_vaspace_put(gpu->vaspace);
	sim_gpu_put(gpu->gpu);
	kfree(gpu);
}

static u32 add_gpu(struct sim_uvm_session *session, struct sim_gpu *gpu)
{
	struct uvm_gpu *new;

	if (sim_uvm_find_gpu(session, gpu->uuid))
		return NV_ERR_INVALID_DEVICE;
	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return NV_ERR_NO_MEMORY;
	new->gpu = sim_gpu_get(gpu);
	list_add_tail(&new->link, &session->gpus);
	return NV_OK;
}

/**
 * sim_uvm_register_gpu() - let a session use a GPU
 * @session: the session
 * @uuid: the GPU's
 *
 * Context: process; takes the session's lock.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_uvm_register_gpu(struct sim_uvm_session *session, const u8 *uuid)
{
	struct sim_gpu *gpu = sim_gpu_get_by_uuid(uuid);
	u32 status;

	if (!gpu)
		return NV_ERR_GPU_UUID_NOT_FOUND;
	if (!sim_file_opened_here(gpu)) {
		sim_gpu_put(gpu);
		return NV_ERR_INSUFFICIENT_PERMISSIONS;
	}
	mutex_lock(&session->lock);
	status = add_gpu(session, gpu);
	mutex_unlock(&session->lock);
	sim_gpu_put(gpu);
	return status;
}

/**
 * sim_uvm_unregister_gpu() - undo sim_uvm_register_gpu(), and its mappings
 * @session: the session
 * @uuid: the GPU's
 *
 * Context: process; takes the session's lock.
 * Return: NV_OK or NV_ERR_INVALID_DEVICE.
 */
u32 sim_uvm_unregister_gpu(struct sim_uvm_session *session, const u8 *uuid)
{
	struct uvm_gpu *gpu;

	mutex_lock(&session->lock);
	gpu = sim_uvm_find_gpu(session, uuid);
	if (gpu)
		sim_uvm_remove_gpu(session, gpu);
	mutex_unlock(&session->lock);
	return gpu ? NV_OK : NV_ERR_INVALID_DEVICE;
}

/**
 * sim_uvm_find_to_dup() - an object that the caller may have duplicated for it
 * @hclient: its client
 * @handle: its handle
 * @object: the object
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_uvm_find_to_dup(u32 hclient, u32 handle, struct sim_object **object)
{
	struct sim_client nobody = {};
	struct sim_client *client;
	u32 status;

	lockdep_assert_held(&sim_rm_lock);
	status = sim_client_find(hclient, &client);
	if (status != NV_OK)
		return status;
	status = sim_object_find(client, handle, object);
	if (status != NV_OK)
		return status;
	return sim_rm_may_dup(&uvm_call, *object, &nobody) ?
		       NV_OK :
		       NV_ERR_INSUFFICIENT_PERMISSIONS;
}

static u32 get_vaspace(u32 hclient, u32 handle, struct sim_vaspace **vaspace)
{
	struct sim_object *object;
	u32 status;

	mutex_lock(&sim_rm_lock);
	status = sim_uvm_find_to_dup(hclient, handle, &object);
	if (status == NV_OK && object->class->kind != SIM_KIND_VASPACE)
		status = NV_ERR_INVALID_ARGUMENT;
	if (status == NV_OK)
		*vaspace = sim_vaspace_get(object->vaspace);
	mutex_unlock(&sim_rm_lock);
	return status;
}

/**
 * sim_uvm_register_vaspace() - give a session the address space of a GPU
 * @session: the session
 * @uuid: the GPU's
 * @hclient: client of the address space
 * @hvaspace: its handle
 *
 * Context: process; takes the session's lock and sim_rm_lock.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_uvm_register_vaspace(struct sim_uvm_session *session, const u8 *uuid,
			     u32 hclient, u32 hvaspace)
{
	struct uvm_gpu *gpu;
	u32 status;

	mutex_lock(&session->lock);
	gpu = sim_uvm_find_gpu(session, uuid);
	if (!gpu || gpu->vaspace)
		status = NV_ERR_INVALID_DEVICE;
	else
		status = get_vaspace(hclient, hvaspace, &gpu->vaspace);
	mutex_unlock(&session->lock);
	return status;
}

/**
 * sim_uvm_unregister_vaspace() - undo sim_uvm_register_vaspace(), and mappings
 * @session: the session
 * @uuid: the GPU's
 *
 * Context: process; takes the session's lock.
 * Return: NV_OK or NV_ERR_INVALID_DEVICE.
 */
u32 sim_uvm_unregister_vaspace(struct sim_uvm_session *session, const u8 *uuid)
{
	u32 status = NV_ERR_INVALID_DEVICE;
	struct uvm_gpu *gpu;

	mutex_lock(&session->lock);
	gpu = sim_uvm_find_gpu(session, uuid);
	if (gpu && gpu->vaspace) {
		sim_uvm_remove_maps(session, gpu);
		sim_vaspace_put(gpu->vaspace);
		gpu->vaspace = NULL;
		status = NV_OK;
	}
	mutex_unlock(&session->lock);
	return status;
}
