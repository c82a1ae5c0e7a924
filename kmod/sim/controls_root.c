// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Control commands to a client (NV0000): what the driver is and which GPUs there
 * are.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "nvabi/nvctrl.h"
#include "nvabi/nvctrl_monitor.h"
#include "nvabi/nvstatus.h"

#include "classes.h"
#include "controls.h"
#include "gpu.h"
#include "memory.h"
#include "sim.h"

#define TITLE	"NVIDIA UNIX Open Kernel Module (simulated by GhostNV)"

/* The change that a driver was built from: ours was built from none. */
#define CHANGELIST	0

static u32 build_version(struct sim_control_call *cc)
{
	struct NV0000_CTRL_SYSTEM_GET_BUILD_VERSION_PARAMS *p = cc->params;
	const char *const strings[] = {
		sim_config.version, sim_config.version, TITLE,
	};
	unsigned int i;

	p->changelistNumber = CHANGELIST;
	p->officialChangelistNumber = CHANGELIST;
	/* Without room it is asked how much room there must be. */
	if (!p->sizeOfStrings) {
		p->sizeOfStrings = sizeof(TITLE);
		return NV_OK;
	}
	for (i = 0; i < ARRAY_SIZE(strings); i++) {
		if (!cc->lists[i].copy)
			return NV_ERR_INVALID_ARGUMENT;
		if (strlen(strings[i]) >= p->sizeOfStrings)
			return NV_ERR_INVALID_ARGUMENT;
		strscpy(cc->lists[i].copy, strings[i], p->sizeOfStrings);
	}
	return NV_OK;
}

static u32 build_version_v2_bytes(void)
{
	return sim_config.branch->build_version_v2_size;
}

static u32 build_version_v2(struct sim_control_call *cc)
{
	struct NV0000_CTRL_SYSTEM_GET_BUILD_VERSION_V2_PARAMS *old = cc->params;
	struct NV0000_CTRL_SYSTEM_GET_BUILD_VERSION_V2_PARAMS_R580 *new =
		cc->params;

	memset(cc->params, 0, cc->bytes);
	strscpy(old->driverVersionBuffer, sim_config.version,
		sizeof(old->driverVersionBuffer));
	strscpy(old->versionBuffer, sim_config.version,
		sizeof(old->versionBuffer));
	if (cc->bytes == sizeof(*new)) {
		scnprintf(new->driverBranch, sizeof(new->driverBranch),
			  "r%s_00", sim_config.branch->name);
		strscpy(new->titleBuffer, TITLE, sizeof(new->titleBuffer));
	} else {
		strscpy(old->titleBuffer, TITLE, sizeof(old->titleBuffer));
	}
	return NV_OK;
}

/* Fills a list with the gpuIds and ends it with invalid ones. */
static void list_ids(u32 *ids, unsigned int max)
{
	struct sim_gpu *gpu;
	unsigned int used = 0;
	u32 i;

	for (i = 0; i < SIM_GPUS_MAX && used < max; i++) {
		gpu = sim_gpu_get_by_instance(i);
		if (!gpu)
			continue;
		ids[used++] = gpu->id;
		sim_gpu_put(gpu);
	}
	while (used < max)
		ids[used++] = NV0000_CTRL_GPU_INVALID_ID;
}

static u32 attached_ids(struct sim_control_call *cc)
{
	struct NV0000_CTRL_GPU_GET_ATTACHED_IDS_PARAMS *p = cc->params;

	list_ids(p->gpuIds, ARRAY_SIZE(p->gpuIds));
	return NV_OK;
}

static u32 probed_ids_bytes(void)
{
	return sim_config.branch->probed_ids_size;
}

static u32 probed_ids(struct sim_control_call *cc)
{
	struct NV0000_CTRL_GPU_GET_PROBED_IDS_PARAMS *p = cc->params;

	memset(cc->params, 0, cc->bytes);
	list_ids(p->gpuIds, ARRAY_SIZE(p->gpuIds));
	memset(p->excludedGpuIds, 0xff, sizeof(p->excludedGpuIds));
	return NV_OK;
}

/* All GPUs are attached from the beginning: only unknown ones fail. */
static u32 attach_ids(struct sim_control_call *cc)
{
	struct NV0000_CTRL_GPU_ATTACH_IDS_PARAMS *p = cc->params;
	struct sim_gpu *gpu;
	unsigned int i;

	if (p->gpuIds[0] == NV0000_CTRL_GPU_ATTACH_ALL_PROBED_IDS)
		return NV_OK;
	for (i = 0; i < ARRAY_SIZE(p->gpuIds); i++) {
		if (p->gpuIds[i] == NV0000_CTRL_GPU_INVALID_ID)
			break;
		gpu = sim_gpu_get_by_id(p->gpuIds[i]);
		if (!gpu) {
			p->failedId = p->gpuIds[i];
			return NV_ERR_INVALID_ARGUMENT;
		}
		sim_gpu_put(gpu);
	}
	return NV_OK;
}

/* The same in the background: it is done already. */
static u32 async_attach_id(struct sim_control_call *cc)
{
	struct NV0000_CTRL_GPU_ASYNC_ATTACH_ID_PARAMS *p = cc->params;
	struct sim_gpu *gpu = sim_gpu_get_by_id(p->gpuId);

	if (!gpu)
		return NV_ERR_INVALID_ARGUMENT;
	sim_gpu_put(gpu);
	return NV_OK;
}

static u32 wait_attach_id(struct sim_control_call *cc)
{
	return NV_OK;
}

static u32 detach_ids(struct sim_control_call *cc)
{
	return NV_OK;
}

static u32 id_info(struct sim_control_call *cc)
{
	struct NV0000_CTRL_GPU_GET_ID_INFO_PARAMS *p = cc->params;
	struct sim_gpu *gpu = sim_gpu_get_by_id(p->gpuId);

	if (!gpu)
		return NV_ERR_INVALID_ARGUMENT;
	p->gpuFlags = 0;
	p->deviceInstance = gpu->instance;
	p->subDeviceInstance = 0;
	p->sliStatus = 0;
	p->boardId = gpu->id;
	p->gpuInstance = gpu->instance;
	p->numaId = NV0000_CTRL_NO_NUMA_NODE;
	sim_gpu_put(gpu);
	return NV_OK;
}

static u32 id_info_v2(struct sim_control_call *cc)
{
	struct NV0000_CTRL_GPU_GET_ID_INFO_V2_PARAMS *p = cc->params;
	struct sim_gpu *gpu = sim_gpu_get_by_id(p->gpuId);

	if (!gpu)
		return NV_ERR_INVALID_ARGUMENT;
	*p = (struct NV0000_CTRL_GPU_GET_ID_INFO_V2_PARAMS){
		.gpuId = gpu->id,
		.deviceInstance = gpu->instance,
		.boardId = gpu->id,
		.gpuInstance = gpu->instance,
		.numaId = NV0000_CTRL_NO_NUMA_NODE,
	};
	sim_gpu_put(gpu);
	return NV_OK;
}

static u32 init_status(struct sim_control_call *cc)
{
	struct NV0000_CTRL_GPU_GET_INIT_STATUS_PARAMS *p = cc->params;
	struct sim_gpu *gpu = sim_gpu_get_by_id(p->gpuId);

	if (!gpu)
		return NV_ERR_INVALID_ARGUMENT;
	p->status = NV_OK;
	sim_gpu_put(gpu);
	return NV_OK;
}

static u32 device_ids(struct sim_control_call *cc)
{
	struct NV0000_CTRL_GPU_GET_DEVICE_IDS_PARAMS *p = cc->params;
	struct sim_gpu *gpu;
	u32 i;

	p->deviceIds = 0;
	for (i = 0; i < SIM_GPUS_MAX; i++) {
		gpu = sim_gpu_get_by_instance(i);
		if (!gpu)
			continue;
		p->deviceIds |= 1U << i;
		sim_gpu_put(gpu);
	}
	return NV_OK;
}

static u32 pci_info(struct sim_control_call *cc)
{
	struct NV0000_CTRL_GPU_GET_PCI_INFO_PARAMS *p = cc->params;
	struct sim_gpu *gpu = sim_gpu_get_by_id(p->gpuId);

	if (!gpu)
		return NV_ERR_INVALID_ARGUMENT;
	p->domain = gpu->domain;
	p->bus = gpu->bus;
	p->slot = gpu->slot;
	sim_gpu_put(gpu);
	return NV_OK;
}

/* No GPU is being taken out of use. */
static u32 drain_state(struct sim_control_call *cc)
{
	struct NV0000_CTRL_GPU_QUERY_DRAIN_STATE_PARAMS *p = cc->params;
	struct sim_gpu *gpu = sim_gpu_get_by_id(p->gpuId);

	if (!gpu)
		return NV_ERR_INVALID_ARGUMENT;
	p->drainState = NV0000_CTRL_GPU_DRAIN_STATE_DISABLED;
	p->flags = 0;
	sim_gpu_put(gpu);
	return NV_OK;
}

static bool is_binary(u32 flags)
{
	return (flags & NV0000_CTRL_CMD_GPU_GET_UUID_INFO_FLAGS_FORMAT_MASK) ==
	       NV0000_CTRL_CMD_GPU_GET_UUID_INFO_FLAGS_FORMAT_BINARY;
}

static struct sim_gpu *find_by_uuid_text(const u8 *text)
{
	char ours[SIM_GPU_UUID_TEXT_BYTES];
	struct sim_gpu *gpu;
	u32 i;

	for (i = 0; i < SIM_GPUS_MAX; i++) {
		gpu = sim_gpu_get_by_instance(i);
		if (!gpu)
			continue;
		sim_gpu_uuid_text(gpu, ours);
		if (!memcmp(ours, text, sizeof(ours)))
			return gpu;
		sim_gpu_put(gpu);
	}
	return NULL;
}

static u32 uuid_info(struct sim_control_call *cc)
{
	struct NV0000_CTRL_GPU_GET_UUID_INFO_PARAMS *p = cc->params;
	struct sim_gpu *gpu;

	gpu = is_binary(p->flags) ? sim_gpu_get_by_uuid(p->gpuUuid) :
				    find_by_uuid_text(p->gpuUuid);
	if (!gpu)
		return NV_ERR_GPU_UUID_NOT_FOUND;
	p->gpuId = gpu->id;
	p->deviceInstance = gpu->instance;
	p->subdeviceInstance = 0;
	sim_gpu_put(gpu);
	return NV_OK;
}

static u32 uuid_from_id(struct sim_control_call *cc)
{
	struct NV0000_CTRL_GPU_GET_UUID_FROM_GPU_ID_PARAMS *p = cc->params;
	struct sim_gpu *gpu = sim_gpu_get_by_id(p->gpuId);

	if (!gpu)
		return NV_ERR_INVALID_ARGUMENT;
	if (is_binary(p->flags)) {
		memcpy(p->gpuUuid, gpu->uuid, SIM_GPU_UUID_BYTES);
		p->uuidStrLen = SIM_GPU_UUID_BYTES;
	} else {
		sim_gpu_uuid_text(gpu, (char *)p->gpuUuid);
		p->uuidStrLen = SIM_GPU_UUID_TEXT_BYTES;
	}
	sim_gpu_put(gpu);
	return NV_OK;
}

static u32 gpu_minor(struct sim_control_call *cc)
{
	struct NV0000_CTRL_OS_GET_GPU_INFO_PARAMS *p = cc->params;
	struct sim_gpu *gpu = sim_gpu_get_by_id(p->gpuId);

	if (!gpu)
		return NV_ERR_INVALID_ARGUMENT;
	p->minorNum = gpu->minor;
	sim_gpu_put(gpu);
	return NV_OK;
}

static u32 address_space_type(struct sim_control_call *cc)
{
	struct NV0000_CTRL_CLIENT_GET_ADDR_SPACE_TYPE_PARAMS *p = cc->params;
	struct sim_object *object;
	u32 status = sim_object_find(cc->object->client, p->hObject, &object);

	if (status != NV_OK)
		return status;
	if (!object->memory)
		return NV_ERR_INVALID_OBJECT;
	p->addrSpaceType = object->memory->video ?
				   NV0000_CTRL_CMD_CLIENT_GET_ADDR_SPACE_TYPE_VIDMEM :
				   NV0000_CTRL_CMD_CLIENT_GET_ADDR_SPACE_TYPE_SYSMEM;
	return NV_OK;
}

static u32 handle_info(struct sim_control_call *cc)
{
	struct NV0000_CTRL_CLIENT_GET_HANDLE_INFO_PARAMS *p = cc->params;
	struct sim_object *object;
	u32 status = sim_object_find(cc->object->client, p->hObject, &object);

	if (status != NV_OK)
		return status;
	switch (p->index) {
	case NV0000_CTRL_CMD_CLIENT_GET_HANDLE_INFO_INDEX_PARENT:
		p->data.hResult = object->parent ? object->parent->handle : 0;
		return NV_OK;
	case NV0000_CTRL_CMD_CLIENT_GET_HANDLE_INFO_INDEX_CLASSID:
		p->data.iResult = object->class_id;
		return NV_OK;
	default:
		return NV_ERR_INVALID_ARGUMENT;
	}
}

#define STRING_LIST(member) {						\
	.pointer = offsetof(struct NV0000_CTRL_SYSTEM_GET_BUILD_VERSION_PARAMS, \
			    member),					\
	.count = offsetof(struct NV0000_CTRL_SYSTEM_GET_BUILD_VERSION_PARAMS, \
			  sizeOfStrings),				\
	.element_bytes = 1,						\
}

static const struct sim_control controls[] = {
	{
		.cmd = NV0000_CTRL_CMD_SYSTEM_GET_BUILD_VERSION,
		.bytes = sizeof(struct NV0000_CTRL_SYSTEM_GET_BUILD_VERSION_PARAMS),
		.lists = {
			STRING_LIST(pDriverVersionBuffer),
			STRING_LIST(pVersionBuffer),
			STRING_LIST(pTitleBuffer),
		},
		.answer = build_version,
	}, {
		.cmd = NV0000_CTRL_CMD_SYSTEM_GET_BUILD_VERSION_V2,
		.branch_bytes = build_version_v2_bytes,
		.answer = build_version_v2,
	}, {
		.cmd = NV0000_CTRL_CMD_GPU_GET_ATTACHED_IDS,
		.bytes = sizeof(struct NV0000_CTRL_GPU_GET_ATTACHED_IDS_PARAMS),
		.answer = attached_ids,
	}, {
		.cmd = NV0000_CTRL_CMD_GPU_GET_PROBED_IDS,
		.branch_bytes = probed_ids_bytes,
		.answer = probed_ids,
	}, {
		.cmd = NV0000_CTRL_CMD_GPU_ATTACH_IDS,
		.bytes = sizeof(struct NV0000_CTRL_GPU_ATTACH_IDS_PARAMS),
		.answer = attach_ids,
	}, {
		.cmd = NV0000_CTRL_CMD_GPU_ASYNC_ATTACH_ID,
		.bytes = sizeof(struct NV0000_CTRL_GPU_ASYNC_ATTACH_ID_PARAMS),
		.since = 550,
		.answer = async_attach_id,
	}, {
		.cmd = NV0000_CTRL_CMD_GPU_WAIT_ATTACH_ID,
		.bytes = sizeof(struct NV0000_CTRL_GPU_WAIT_ATTACH_ID_PARAMS),
		.since = 550,
		.answer = wait_attach_id,
	}, {
		.cmd = NV0000_CTRL_CMD_GPU_DETACH_IDS,
		.bytes = sizeof(struct NV0000_CTRL_GPU_DETACH_IDS_PARAMS),
		.answer = detach_ids,
	}, {
		.cmd = NV0000_CTRL_CMD_GPU_GET_ID_INFO,
		.bytes = sizeof(struct NV0000_CTRL_GPU_GET_ID_INFO_PARAMS),
		.answer = id_info,
	}, {
		.cmd = NV0000_CTRL_CMD_GPU_GET_ID_INFO_V2,
		.bytes = sizeof(struct NV0000_CTRL_GPU_GET_ID_INFO_V2_PARAMS),
		.answer = id_info_v2,
	}, {
		.cmd = NV0000_CTRL_CMD_GPU_GET_INIT_STATUS,
		.bytes = sizeof(struct NV0000_CTRL_GPU_GET_INIT_STATUS_PARAMS),
		.answer = init_status,
	}, {
		.cmd = NV0000_CTRL_CMD_GPU_GET_DEVICE_IDS,
		.bytes = sizeof(struct NV0000_CTRL_GPU_GET_DEVICE_IDS_PARAMS),
		.answer = device_ids,
	}, {
		.cmd = NV0000_CTRL_CMD_GPU_GET_PCI_INFO,
		.bytes = sizeof(struct NV0000_CTRL_GPU_GET_PCI_INFO_PARAMS),
		.answer = pci_info,
	}, {
		.cmd = NV0000_CTRL_CMD_GPU_QUERY_DRAIN_STATE,
		.bytes = sizeof(struct NV0000_CTRL_GPU_QUERY_DRAIN_STATE_PARAMS),
		.answer = drain_state,
	}, {
		.cmd = NV0000_CTRL_CMD_GPU_GET_UUID_INFO,
		.bytes = sizeof(struct NV0000_CTRL_GPU_GET_UUID_INFO_PARAMS),
		.answer = uuid_info,
	}, {
		.cmd = NV0000_CTRL_CMD_GPU_GET_UUID_FROM_GPU_ID,
		.bytes = sizeof(struct NV0000_CTRL_GPU_GET_UUID_FROM_GPU_ID_PARAMS),
		.answer = uuid_from_id,
	}, {
		.cmd = NV0000_CTRL_CMD_OS_GET_GPU_INFO,
		.bytes = sizeof(struct NV0000_CTRL_OS_GET_GPU_INFO_PARAMS),
		.answer = gpu_minor,
	}, {
		.cmd = NV0000_CTRL_CMD_CLIENT_GET_ADDR_SPACE_TYPE,
		.bytes = sizeof(struct NV0000_CTRL_CLIENT_GET_ADDR_SPACE_TYPE_PARAMS),
		.answer = address_space_type,
	}, {
		.cmd = NV0000_CTRL_CMD_CLIENT_GET_HANDLE_INFO,
		.bytes = sizeof(struct NV0000_CTRL_CLIENT_GET_HANDLE_INFO_PARAMS),
		.answer = handle_info,
	},
};

const struct sim_control_table sim_controls_root = {
	.kind = SIM_KIND_ROOT,
	.controls = controls,
	.count = ARRAY_SIZE(controls),
};
