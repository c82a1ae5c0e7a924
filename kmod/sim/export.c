// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Objects that an open file of nvidiactl keeps; see export.h.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvstatus.h"

#include "classes.h"
#include "export.h"
#include "file.h"
#include "gpu.h"
#include "memory.h"
#include "rm.h"

static const struct sim_call keeper_call = { .kernel = true };

/*
 * The client that has the duplicates, while there are any; its devices by
 * instance, 0 where there is none yet.  Protected by sim_rm_lock.
 */
static u32 keeper;
static unsigned long kept;
static u32 keeper_devices[SIM_GPUS_MAX];

static u32 get_keeper(void)
{
	u32 status;

	if (!kept) {
		status = sim_rm_alloc_locked(&keeper_call, 0, 0, &keeper,
					     NV01_ROOT, NULL);
		if (status != NV_OK)
			return status;
	}
	kept++;
	return NV_OK;
}

static void put_keeper(void)
{
	if (--kept)
		return;
	sim_rm_free_locked(&keeper_call, keeper, keeper);
	keeper = 0;
	memset(keeper_devices, 0, sizeof(keeper_devices));
}

static struct sim_object *device_of(struct sim_object *object)
{
	while (object && object->class->kind != SIM_KIND_DEVICE)
		object = object->parent;
	return object;
}

/* A device of a GPU that was lost stays for what hangs below it. */
static bool device_is_good(u32 handle)
{
	struct sim_client *client;
	struct sim_object *device;

	return handle && sim_client_find(keeper, &client) == NV_OK &&
	       sim_object_find(client, handle, &device) == NV_OK &&
	       !sim_gpu_is_lost(device->gpu);
}

static u32 make_device(u32 instance)
{
	struct NV0080_ALLOC_PARAMETERS params = {
		.deviceId = instance,
		.hClientShare = keeper,
	};
	u32 handle = 0, status;

	if (device_is_good(keeper_devices[instance]))
		return NV_OK;
	status = sim_rm_alloc_locked(&keeper_call, keeper, keeper, &handle,
				     NV01_DEVICE_0, &params);
	if (status == NV_OK)
		keeper_devices[instance] = handle;
	return status;
}

static u32 keep(const struct sim_client *client, u32 hobject, u32 instance,
		u32 *handle)
{
	struct NVOS55_PARAMETERS dup = {
		.hClient = keeper,
		.hParent = keeper,
		.hClientSrc = client->handle,
		.hObjectSrc = hobject,
	};
	u32 status;

	if (instance < SIM_GPUS_MAX) {
		status = make_device(instance);
		if (status != NV_OK)
			return status;
		dup.hParent = keeper_devices[instance];
	}
	status = sim_rm_dup_locked(&keeper_call, &dup);
	*handle = dup.hObject;
	return status;
}

/**
 * sim_export_object() - keep an object for those who will import it
 * @client: whose it is
 * @hobject: its handle
 * @handle: by which it is kept, for sim_export_drop()
 * @device_instance: of its GPU, NV_MAX_DEVICES when it belongs to none
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_export_object(const struct sim_client *client, u32 hobject, u32 *handle,
		      u32 *device_instance)
{
	struct sim_object *object, *device;
	u32 status = sim_object_find(client, hobject, &object);

	if (status != NV_OK)
		return status;
	device = device_of(object);
	*device_instance = device ? device->gpu->instance : NV_MAX_DEVICES;
	status = get_keeper();
	if (status != NV_OK)
		return status;
	status = keep(client, hobject, *device_instance, handle);
	if (status != NV_OK)
		put_keeper();
	return status;
}

/**
 * sim_export_drop() - undo sim_export_object()
 * @handle: by which the object is kept
 *
 * Context: sim_rm_lock is held.
 */
void sim_export_drop(u32 handle)
{
	sim_rm_free_locked(&keeper_call, keeper, handle);
	put_keeper();
}

static u8 type_of(u32 handle)
{
	struct sim_client *client;
	struct sim_object *object;

	if (sim_client_find(keeper, &client) != NV_OK ||
	    sim_object_find(client, handle, &object) != NV_OK ||
	    !object->memory)
		return NV0000_CTRL_CMD_OS_UNIX_IMPORT_OBJECT_TYPE_NONE;
	return object->memory->video ?
		       NV0000_CTRL_CMD_OS_UNIX_IMPORT_OBJECT_TYPE_VIDMEM :
		       NV0000_CTRL_CMD_OS_UNIX_IMPORT_OBJECT_TYPE_SYSMEM;
}

/**
 * sim_export_import() - give a client a duplicate of what is kept
 * @client: who gets it
 * @hparent: below which of its objects
 * @hobject: in: the handle that it shall have or 0; out: the one that it has
 * @handle: by which it is kept
 * @type: tells what kind of memory it is, or NULL; then it may be no memory
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_export_import(const struct sim_client *client, u32 hparent, u32 *hobject,
		      u32 handle, u8 *type)
{
	struct NVOS55_PARAMETERS dup = {
		.hClient = client->handle,
		.hParent = hparent,
		.hObject = *hobject,
		.hClientSrc = keeper,
		.hObjectSrc = handle,
	};
	u32 status;

	if (type) {
		*type = type_of(handle);
		if (*type == NV0000_CTRL_CMD_OS_UNIX_IMPORT_OBJECT_TYPE_NONE)
			return NV_ERR_INVALID_OBJECT;
	}
	status = sim_rm_dup_locked(&keeper_call, &dup);
	*hobject = dup.hObject;
	return status;
}

/**
 * sim_export_begin() - let a file keep objects
 * @file: a control file that keeps none yet
 * @client: who exports
 * @hdevice: a device of it, or 0
 * @max: how many objects, at least 1
 * @metadata: to be told to importers, or NULL
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_export_begin(struct sim_file *file, const struct sim_client *client,
		     u32 hdevice, u16 max, const u8 *metadata)
{
	u32 instance = NV_MAX_DEVICES, status;
	struct sim_object *device;
	struct sim_export *new;

	if (file->export)
		return NV_ERR_STATE_IN_USE;
	if (hdevice) {
		status = sim_object_find(client, hdevice, &device);
		if (status != NV_OK)
			return status;
		if (device->class->kind != SIM_KIND_DEVICE)
			return NV_ERR_INVALID_PARAMETER;
		instance = device->gpu->instance;
	}
	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return NV_ERR_NO_MEMORY;
	new->handles = kcalloc(max, sizeof(*new->handles), GFP_KERNEL);
	if (!new->handles) {
		kfree(new);
		return NV_ERR_NO_MEMORY;
	}
	new->max = max;
	new->device_instance = instance;
	if (metadata)
		memcpy(new->metadata, metadata, sizeof(new->metadata));
	file->export = new;
	return NV_OK;
}

/**
 * sim_export_end() - undo sim_export_begin(), and let go of what is kept
 * @file: the file
 *
 * Context: sim_rm_lock is held.
 */
void sim_export_end(struct sim_file *file)
{
	struct sim_export *export = file->export;
	unsigned int i;

	if (!export)
		return;
	for (i = 0; i < export->max; i++) {
		if (export->handles[i])
			sim_export_drop(export->handles[i]);
	}
	file->export = NULL;
	kfree(export->handles);
	kfree(export);
}

/**
 * sim_export_close() - a file is closed
 * @file: the file
 *
 * Context: process; takes sim_rm_lock.
 */
void sim_export_close(struct sim_file *file)
{
	mutex_lock(&sim_rm_lock);
	sim_export_end(file);
	mutex_unlock(&sim_rm_lock);
}
