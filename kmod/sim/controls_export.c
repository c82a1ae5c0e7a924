// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Control commands to a client (NV0000) that pass objects on: through files of
 * nvidiactl, and by rules about who may duplicate them.
 */
#include <linux/file.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "nvabi/nvctrl.h"
#include "nvabi/nvstatus.h"

#include "classes.h"
#include "controls.h"
#include "export.h"
#include "file.h"
#include "sim.h"

/* The GPU instance of a device that has no part of a GPU (MIG) for itself. */
#define NO_GPU_INSTANCE	0xffffffffU

static u32 export_one(struct sim_control_call *cc, struct sim_file *file)
{
	struct NV0000_CTRL_OS_UNIX_EXPORT_OBJECT_TO_FD_PARAMS *p = cc->params;
	const struct sim_client *client = cc->object->client;
	u32 status, handle, instance;

	status = sim_export_object(client, p->object.data.rmObject.hObject,
				   &handle, &instance);
	if (status != NV_OK)
		return status;
	status = sim_export_begin(file, client, p->object.data.rmObject.hDevice,
				  1, NULL);
	if (status != NV_OK) {
		sim_export_drop(handle);
		return status;
	}
	file->export->handles[0] = handle;
	return NV_OK;
}

static u32 export_to_fd(struct sim_control_call *cc)
{
	struct NV0000_CTRL_OS_UNIX_EXPORT_OBJECT_TO_FD_PARAMS *p = cc->params;
	struct sim_file *file;
	struct file *filp;
	u32 status;

	if (p->flags & NV0000_CTRL_OS_UNIX_EXPORT_OBJECT_TO_FD_FLAGS_EMPTY_FD_MASK ||
	    p->object.type != NV0000_CTRL_OS_UNIX_EXPORT_OBJECT_TYPE_RM)
		return NV_ERR_INVALID_PARAMETER;
	file = sim_file_of_fd(p->fd, true, &filp);
	if (!file)
		return NV_ERR_INVALID_PARAMETER;
	status = export_one(cc, file);
	fput(filp);
	return status;
}

static u32 import_from_fd(struct sim_control_call *cc)
{
	struct NV0000_CTRL_OS_UNIX_IMPORT_OBJECT_FROM_FD_PARAMS *p = cc->params;
	u32 status = NV_ERR_INVALID_PARAMETER;
	struct sim_file *file;
	struct file *filp;

	if (p->object.type != NV0000_CTRL_OS_UNIX_EXPORT_OBJECT_TYPE_RM)
		return status;
	file = sim_file_of_fd(p->fd, true, &filp);
	if (!file)
		return status;
	if (file->export && file->export->max == 1 && file->export->handles[0])
		status = sim_export_import(cc->object->client,
					   p->object.data.rmObject.hParent,
					   &p->object.data.rmObject.hObject,
					   file->export->handles[0], NULL);
	fput(filp);
	return status;
}

static u32 create_export_fd(struct sim_control_call *cc)
{
	struct NV0000_CTRL_OS_UNIX_CREATE_EXPORT_OBJECT_FD_PARAMS *p = cc->params;
	struct sim_file *file;
	struct file *filp;
	u32 status;

	if (!p->maxObjects)
		return NV_ERR_INVALID_PARAMETER;
	file = sim_file_of_fd(p->fd, true, &filp);
	if (!file)
		return NV_ERR_INVALID_PARAMETER;
	status = sim_export_begin(file, cc->object->client, p->hDevice,
				  p->maxObjects, p->metadata);
	fput(filp);
	return status;
}

/* All of them are exported before any takes the place of an older one. */
static u32 export_all(const struct sim_client *client, struct sim_export *export,
		      const struct NV0000_CTRL_OS_UNIX_EXPORT_OBJECTS_TO_FD_PARAMS *p,
		      u32 *handles)
{
	u32 status, instance;
	unsigned int i;

	for (i = 0; i < p->numObjects; i++) {
		if (!p->objects[i])
			continue;
		status = sim_export_object(client, p->objects[i], &handles[i],
					   &instance);
		if (status != NV_OK)
			return status;
		if (instance != export->device_instance)
			return NV_ERR_INVALID_PARAMETER;
	}
	for (i = 0; i < p->numObjects; i++)
		swap(export->handles[p->index + i], handles[i]);
	return NV_OK;
}

static u32 export_some(struct sim_control_call *cc, struct sim_file *file)
{
	struct NV0000_CTRL_OS_UNIX_EXPORT_OBJECTS_TO_FD_PARAMS *p = cc->params;
	u32 status, *handles;
	unsigned int i;

	if (p->numObjects > ARRAY_SIZE(p->objects))
		return NV_ERR_INVALID_PARAMETER;
	if (p->index + p->numObjects > file->export->max)
		return NV_ERR_OUT_OF_RANGE;
	handles = kcalloc(p->numObjects, sizeof(*handles), GFP_KERNEL);
	if (!handles)
		return NV_ERR_NO_MEMORY;
	status = export_all(cc->object->client, file->export, p, handles);
	/* What failed, or what was there before. */
	for (i = 0; i < p->numObjects; i++) {
		if (handles[i])
			sim_export_drop(handles[i]);
	}
	kfree(handles);
	return status;
}

static u32 export_objects(struct sim_control_call *cc)
{
	struct NV0000_CTRL_OS_UNIX_EXPORT_OBJECTS_TO_FD_PARAMS *p = cc->params;
	struct sim_file *file;
	u32 status = NV_OK;
	struct file *filp;
	bool began;

	file = sim_file_of_fd(p->fd, true, &filp);
	if (!file)
		return NV_ERR_INVALID_PARAMETER;
	began = !file->export;
	if (began)
		status = p->maxObjects ?
				 sim_export_begin(file, cc->object->client,
						  p->hDevice, p->maxObjects,
						  p->metadata) :
				 NV_ERR_INVALID_PARAMETER;
	if (status == NV_OK) {
		status = export_some(cc, file);
		if (status != NV_OK && began)
			sim_export_end(file);
	}
	fput(filp);
	return status;
}

static u32 import_some(struct sim_control_call *cc, struct sim_export *export)
{
	struct NV0000_CTRL_OS_UNIX_IMPORT_OBJECTS_FROM_FD_PARAMS *p = cc->params;
	u32 status = NV_OK, handle;
	unsigned int i;

	if (!export || p->numObjects > ARRAY_SIZE(p->objects))
		return NV_ERR_INVALID_PARAMETER;
	if (p->index + p->numObjects > export->max)
		return NV_ERR_OUT_OF_RANGE;
	for (i = 0; i < p->numObjects && status == NV_OK; i++) {
		handle = export->handles[p->index + i];
		p->objectTypes[i] =
			NV0000_CTRL_CMD_OS_UNIX_IMPORT_OBJECT_TYPE_NONE;
		if (handle)
			status = sim_export_import(cc->object->client,
						   p->hParent, &p->objects[i],
						   handle, &p->objectTypes[i]);
	}
	if (status == NV_OK)
		return NV_OK;
	for (i--; i--;) {
		if (p->objects[i])
			sim_rm_free_locked(cc->call, cc->object->client->handle,
					   p->objects[i]);
	}
	return status;
}

static u32 import_objects(struct sim_control_call *cc)
{
	struct NV0000_CTRL_OS_UNIX_IMPORT_OBJECTS_FROM_FD_PARAMS *p = cc->params;
	struct sim_file *file;
	struct file *filp;
	u32 status;

	file = sim_file_of_fd(p->fd, true, &filp);
	if (!file)
		return NV_ERR_INVALID_PARAMETER;
	status = import_some(cc, file->export);
	fput(filp);
	return status;
}

static u32 export_info_bytes(void)
{
	return sim_config.branch->export_info_size;
}

static void tell_export(const struct sim_export *export, void *params, u32 bytes)
{
	struct NV0000_CTRL_OS_UNIX_GET_EXPORT_OBJECT_INFO_PARAMS *old = params;
	struct NV0000_CTRL_OS_UNIX_GET_EXPORT_OBJECT_INFO_PARAMS_R550 *new = params;

	if (bytes == sizeof(*new)) {
		new->deviceInstance = export->device_instance;
		new->gpuInstanceId = NO_GPU_INSTANCE;
		new->maxObjects = export->max;
		memcpy(new->metadata, export->metadata, sizeof(new->metadata));
	} else {
		old->deviceInstance = export->device_instance;
		old->maxObjects = export->max;
		memcpy(old->metadata, export->metadata, sizeof(old->metadata));
	}
}

static u32 export_info(struct sim_control_call *cc)
{
	/* The descriptor comes first in every form. */
	struct NV0000_CTRL_OS_UNIX_GET_EXPORT_OBJECT_INFO_PARAMS *p = cc->params;
	u32 status = NV_ERR_INVALID_PARAMETER;
	struct sim_file *file;
	struct file *filp;

	file = sim_file_of_fd(p->fd, true, &filp);
	if (!file)
		return status;
	if (file->export) {
		tell_export(file->export, cc->params, cc->bytes);
		status = NV_OK;
	}
	fput(filp);
	return status;
}

static u32 set_inherited_policy(struct sim_control_call *cc)
{
	struct NV0000_CTRL_CLIENT_SET_INHERITED_SHARE_POLICY_PARAMS *p = cc->params;
	u32 hclient = cc->object->client->handle;

	return sim_rm_share_locked(cc->call, hclient, hclient, &p->sharePolicy);
}

static u32 share_object(struct sim_control_call *cc)
{
	struct NV0000_CTRL_CLIENT_SHARE_OBJECT_PARAMS *p = cc->params;

	return sim_rm_share_locked(cc->call, cc->object->client->handle,
				   p->hObject, &p->sharePolicy);
}

static const struct sim_control controls[] = {
	{
		.cmd = NV0000_CTRL_CMD_OS_UNIX_EXPORT_OBJECT_TO_FD,
		.bytes = sizeof(struct NV0000_CTRL_OS_UNIX_EXPORT_OBJECT_TO_FD_PARAMS),
		.answer = export_to_fd,
	}, {
		.cmd = NV0000_CTRL_CMD_OS_UNIX_IMPORT_OBJECT_FROM_FD,
		.bytes = sizeof(struct NV0000_CTRL_OS_UNIX_IMPORT_OBJECT_FROM_FD_PARAMS),
		.answer = import_from_fd,
	}, {
		.cmd = NV0000_CTRL_CMD_OS_UNIX_GET_EXPORT_OBJECT_INFO,
		.bytes = sizeof(struct NV0000_CTRL_OS_UNIX_GET_EXPORT_OBJECT_INFO_PARAMS_R550),
		.branch_bytes = export_info_bytes,
		.answer = export_info,
	}, {
		.cmd = NV0000_CTRL_CMD_OS_UNIX_CREATE_EXPORT_OBJECT_FD,
		.bytes = sizeof(struct NV0000_CTRL_OS_UNIX_CREATE_EXPORT_OBJECT_FD_PARAMS),
		.answer = create_export_fd,
	}, {
		.cmd = NV0000_CTRL_CMD_OS_UNIX_EXPORT_OBJECTS_TO_FD,
		.bytes = sizeof(struct NV0000_CTRL_OS_UNIX_EXPORT_OBJECTS_TO_FD_PARAMS),
		.answer = export_objects,
	}, {
		.cmd = NV0000_CTRL_CMD_OS_UNIX_IMPORT_OBJECTS_FROM_FD,
		.bytes = sizeof(struct NV0000_CTRL_OS_UNIX_IMPORT_OBJECTS_FROM_FD_PARAMS),
		.answer = import_objects,
	}, {
		.cmd = NV0000_CTRL_CMD_CLIENT_SET_INHERITED_SHARE_POLICY,
		.bytes = sizeof(struct NV0000_CTRL_CLIENT_SET_INHERITED_SHARE_POLICY_PARAMS),
		.answer = set_inherited_policy,
	}, {
		.cmd = NV0000_CTRL_CMD_CLIENT_SHARE_OBJECT,
		.bytes = sizeof(struct NV0000_CTRL_CLIENT_SHARE_OBJECT_PARAMS),
		.answer = share_object,
	},
};

const struct sim_control_table sim_controls_export = {
	.kind = SIM_KIND_ROOT,
	.controls = controls,
	.count = ARRAY_SIZE(controls),
};
