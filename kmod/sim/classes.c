// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The classes of objects; see classes.h.  Memory and addresses have a file of
 * their own, memory_class.c.
 */
#include <linux/kernel.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvstatus.h"

#include "channel.h"
#include "classes.h"
#include "event.h"
#include "event_buffer.h"
#include "file.h"
#include "gpu.h"
#include "memory_class.h"
#include "placement.h"
#include "sim.h"
#include "virtual.h"

static u32 handle_bytes(void)
{
	return sizeof(u32);
}

static u32 device_bytes(void)
{
	return sizeof(struct NV0080_ALLOC_PARAMETERS);
}

/* The GPU must be one that the calling process has open, as the driver wants. */
static u32 device_construct(const struct sim_call *call,
			    struct sim_object *object, void *params)
{
	const struct NV0080_ALLOC_PARAMETERS *p = params;
	u32 instance = p ? p->deviceId : 0;
	struct sim_gpu *gpu;

	if (instance >= NV_MAX_DEVICES)
		return NV_ERR_INVALID_ARGUMENT;
	gpu = sim_gpu_get_by_instance(instance);
	if (!gpu)
		return NV_ERR_INVALID_STATE;
	/* object->gpu is put when the object is freed, built or not. */
	object->gpu = gpu;

	if (!call->kernel && !sim_file_opened_here(gpu))
		return NV_ERR_INSUFFICIENT_PERMISSIONS;
	object->vaspace = sim_vaspace_create(0, p ? p->vaSpaceSize : 0);
	return object->vaspace ? NV_OK : NV_ERR_NO_MEMORY;
}

static u32 subdevice_bytes(void)
{
	return sizeof(struct NV2080_ALLOC_PARAMETERS);
}

static u32 subdevice_construct(const struct sim_call *call,
			       struct sim_object *object, void *params)
{
	const struct NV2080_ALLOC_PARAMETERS *p = params;
	const struct sim_object *child;

	if (p && p->subDeviceId)
		return NV_ERR_INVALID_CLASS;
	list_for_each_entry(child, &object->parent->children, sibling) {
		if (child->class->kind == SIM_KIND_SUBDEVICE)
			return NV_ERR_INSUFFICIENT_RESOURCES;
	}
	return NV_OK;
}

static u32 vaspace_bytes(void)
{
	return sim_config.branch->vaspace_alloc_size;
}

static struct sim_vaspace *device_vaspace(const struct sim_object *object)
{
	const struct sim_object *device = object->parent;

	if (device->class->kind == SIM_KIND_SUBDEVICE)
		device = device->parent;
	return sim_vaspace_get(device->vaspace);
}

static u32 vaspace_construct(const struct sim_call *call,
			     struct sim_object *object, void *params)
{
	const struct NV_VASPACE_ALLOCATION_PARAMETERS *p = params;

	switch (p->index) {
	case NV_VASPACE_ALLOCATION_INDEX_GPU_NEW:
		if (p->bigPageSize && p->bigPageSize != SIM_PAGE_BIG_BYTES &&
		    p->bigPageSize != 2 * SIM_PAGE_BIG_BYTES)
			return NV_ERR_INVALID_ARGUMENT;
		object->vaspace = sim_vaspace_create(p->vaBase, p->vaSize);
		return object->vaspace ? NV_OK : NV_ERR_NO_MEMORY;
	case NV_VASPACE_ALLOCATION_INDEX_GPU_DEVICE:
	case NV_VASPACE_ALLOCATION_INDEX_GPU_GLOBAL:
		object->vaspace = device_vaspace(object);
		return NV_OK;
	case NV_VASPACE_ALLOCATION_INDEX_GPU_HOST:
		return NV_ERR_INVALID_ARGUMENT;
	default:
		return NV_ERR_INVALID_STATE;
	}
}

static u32 vaspace_copy(struct sim_object *object,
			const struct sim_object *source)
{
	object->vaspace = sim_vaspace_get(source->vaspace);
	return NV_OK;
}

static void vaspace_destruct(struct sim_object *object)
{
	sim_vaspace_put(object->vaspace);
}

/* Calls for the GPU's firmware, of which none is simulated. */
static u32 firmware_construct(const struct sim_call *call,
			      struct sim_object *object, void *params)
{
	return NV_OK;
}

/*
 * Classes that differ from kind to kind of card in their numbers only.  A real card
 * has one of each; here any can be made, and those of the card are listed.
 */
#define USERMODE_CLASS(number, more) \
	{ \
		.id = (number), .kind = SIM_KIND_USERMODE, \
		.parents = SIM_KIND_SUBDEVICE, \
		.flags = SIM_CLASS_DUPLICABLE | (more), \
		.params_bytes = (number) < HOPPER_USERMODE_A ? \
					NULL : \
					sim_memory_class_usermode_bytes, \
		.construct = sim_memory_class_usermode, \
		.copy = sim_memory_class_copy, \
		.destruct = sim_memory_class_destruct, \
	}

#define CHANNEL_CLASS(number, more) \
	{ \
		.id = (number), .kind = SIM_KIND_CHANNEL, \
		.parents = SIM_KIND_DEVICE | SIM_KIND_GROUP, \
		.flags = SIM_CLASS_PARAMS_REQUIRED | (more), \
		.params_bytes = sim_channel_bytes, \
		.construct = sim_channel_construct, \
		.destruct = sim_channel_destruct, \
	}

#define ENGINE_CLASS(number, bytes, more) \
	{ \
		.id = (number), .kind = SIM_KIND_ENGINE, \
		.parents = SIM_KIND_CHANNEL, \
		.flags = (more), \
		.params_bytes = (bytes), \
		.construct = sim_channel_engine_construct, \
		.destruct = sim_channel_destruct, \
	}

static const struct sim_class classes[] = {
	{
		.id = NV01_ROOT,
		.kind = SIM_KIND_ROOT,
		.params_bytes = handle_bytes,
	},
	{
		.id = NV01_ROOT_NON_PRIV,
		.kind = SIM_KIND_ROOT,
		.params_bytes = handle_bytes,
	},
	{
		.id = NV01_ROOT_CLIENT,
		.kind = SIM_KIND_ROOT,
		.params_bytes = handle_bytes,
	},
	{
		.id = NV01_DEVICE_0,
		.kind = SIM_KIND_DEVICE,
		.parents = SIM_KIND_ROOT,
		.params_bytes = device_bytes,
		.construct = device_construct,
		.destruct = vaspace_destruct,
	},
	{
		.id = NV20_SUBDEVICE_0,
		.kind = SIM_KIND_SUBDEVICE,
		.parents = SIM_KIND_DEVICE,
		.params_bytes = subdevice_bytes,
		.construct = subdevice_construct,
	},
	{
		.id = NV2081_BINAPI,
		.kind = SIM_KIND_FIRMWARE,
		.parents = SIM_KIND_SUBDEVICE,
		.params_bytes = handle_bytes,
		.construct = firmware_construct,
	},
	{
		.id = FERMI_VASPACE_A,
		.kind = SIM_KIND_VASPACE,
		.parents = SIM_KIND_DEVICE | SIM_KIND_SUBDEVICE,
		.flags = SIM_CLASS_PARAMS_REQUIRED | SIM_CLASS_DUPLICABLE,
		.params_bytes = vaspace_bytes,
		.construct = vaspace_construct,
		.copy = vaspace_copy,
		.destruct = vaspace_destruct,
	},
	{
		.id = NV01_MEMORY_LOCAL_USER,
		.kind = SIM_KIND_MEMORY,
		.parents = SIM_KIND_DEVICE | SIM_KIND_SUBDEVICE,
		.flags = SIM_CLASS_PARAMS_REQUIRED | SIM_CLASS_DUPLICABLE,
		.params_bytes = sim_memory_class_bytes,
		.construct = sim_memory_class_video,
		.copy = sim_memory_class_copy,
		.destruct = sim_memory_class_destruct,
	},
	{
		.id = NV01_MEMORY_SYSTEM,
		.kind = SIM_KIND_MEMORY,
		.parents = SIM_KIND_DEVICE,
		.flags = SIM_CLASS_PARAMS_REQUIRED | SIM_CLASS_DUPLICABLE,
		.params_bytes = sim_memory_class_bytes,
		.construct = sim_memory_class_system,
		.copy = sim_memory_class_copy,
		.destruct = sim_memory_class_destruct,
	},
	{
		.id = NV01_MEMORY_DEVICELESS,
		.kind = SIM_KIND_DEVICELESS,
		.parents = SIM_KIND_ROOT,
		.flags = SIM_CLASS_PARAMS_REQUIRED | SIM_CLASS_OTHERS,
		.params_bytes = sim_memory_class_bytes,
		.construct = sim_memory_class_deviceless,
		.destruct = sim_memory_class_destruct,
	},
	{
		.id = NV50_MEMORY_VIRTUAL,
		.kind = SIM_KIND_VARANGE,
		.parents = SIM_KIND_DEVICE,
		.flags = SIM_CLASS_PARAMS_REQUIRED,
		.params_bytes = sim_memory_class_bytes,
		.construct = sim_memory_class_virtual,
		.destruct = sim_memory_class_virtual_destruct,
	},
	{
		.id = NV01_MEMORY_VIRTUAL,
		.kind = SIM_KIND_VARANGE,
		.parents = SIM_KIND_DEVICE,
		.flags = SIM_CLASS_PARAMS_REQUIRED,
		.params_bytes = sim_memory_class_window_bytes,
		.construct = sim_memory_class_window,
		.destruct = sim_memory_class_virtual_destruct,
	},
	{
		.id = KEPLER_CHANNEL_GROUP_A,
		.kind = SIM_KIND_GROUP,
		.parents = SIM_KIND_DEVICE,
		.flags = SIM_CLASS_PARAMS_REQUIRED,
		.params_bytes = sim_channel_group_bytes,
		.construct = sim_channel_group_construct,
		.destruct = sim_channel_destruct,
	},
	{
		.id = FERMI_CONTEXT_SHARE_A,
		.kind = SIM_KIND_CTXSHARE,
		.parents = SIM_KIND_GROUP,
		.flags = SIM_CLASS_PARAMS_REQUIRED,
		.params_bytes = sim_channel_share_bytes,
		.construct = sim_channel_share_construct,
		.destruct = sim_channel_destruct,
	},
	USERMODE_CLASS(VOLTA_USERMODE_A, SIM_CLASS_OTHERS),
	USERMODE_CLASS(TURING_USERMODE_A, SIM_CLASS_OTHERS),
	USERMODE_CLASS(AMPERE_USERMODE_A, 0),
	USERMODE_CLASS(HOPPER_USERMODE_A, SIM_CLASS_OTHERS),
	USERMODE_CLASS(BLACKWELL_USERMODE_A, SIM_CLASS_OTHERS),
	CHANNEL_CLASS(TURING_CHANNEL_GPFIFO_A, SIM_CLASS_OTHERS),
	CHANNEL_CLASS(AMPERE_CHANNEL_GPFIFO_A, 0),
	CHANNEL_CLASS(HOPPER_CHANNEL_GPFIFO_A, SIM_CLASS_OTHERS),
	CHANNEL_CLASS(BLACKWELL_CHANNEL_GPFIFO_A, SIM_CLASS_OTHERS),
	ENGINE_CLASS(ADA_A, sim_channel_engine_bytes, 0),
	ENGINE_CLASS(TURING_COMPUTE_A, sim_channel_engine_bytes, SIM_CLASS_OTHERS),
	ENGINE_CLASS(AMPERE_COMPUTE_A, sim_channel_engine_bytes, SIM_CLASS_OTHERS),
	ENGINE_CLASS(AMPERE_COMPUTE_B, sim_channel_engine_bytes, SIM_CLASS_OTHERS),
	ENGINE_CLASS(ADA_COMPUTE_A, sim_channel_engine_bytes, 0),
	ENGINE_CLASS(HOPPER_COMPUTE_A, sim_channel_engine_bytes, SIM_CLASS_OTHERS),
	ENGINE_CLASS(BLACKWELL_COMPUTE_A, sim_channel_engine_bytes, SIM_CLASS_OTHERS),
	ENGINE_CLASS(TURING_DMA_COPY_A, sim_channel_copy_bytes, SIM_CLASS_OTHERS),
	ENGINE_CLASS(AMPERE_DMA_COPY_A, sim_channel_copy_bytes, SIM_CLASS_OTHERS),
	ENGINE_CLASS(AMPERE_DMA_COPY_B, sim_channel_copy_bytes, 0),
	ENGINE_CLASS(HOPPER_DMA_COPY_A, sim_channel_copy_bytes, SIM_CLASS_OTHERS),
	ENGINE_CLASS(BLACKWELL_DMA_COPY_A, sim_channel_copy_bytes, SIM_CLASS_OTHERS),
	{
		.id = NV01_EVENT,
		.kind = SIM_KIND_EVENT,
		.parents = SIM_KIND_ANY,
		.flags = SIM_CLASS_PARAMS_REQUIRED,
		.params_bytes = sim_event_bytes,
		.construct = sim_event_construct,
		.destruct = sim_event_destruct,
	},
	{
		.id = NV01_EVENT_OS_EVENT,
		.kind = SIM_KIND_EVENT,
		.parents = SIM_KIND_ANY,
		.flags = SIM_CLASS_PARAMS_REQUIRED,
		.params_bytes = sim_event_bytes,
		.construct = sim_event_construct,
		.destruct = sim_event_destruct,
	},
	{
		.id = NV_EVENT_BUFFER,
		.kind = SIM_KIND_EVENT_BUFFER,
		.parents = SIM_KIND_ROOT,
		.flags = SIM_CLASS_PARAMS_REQUIRED | SIM_CLASS_OTHERS,
		.params_bytes = sim_event_buffer_bytes,
		.construct = sim_event_buffer_construct,
		.destruct = sim_event_buffer_destruct,
	},
};

/**
 * sim_class_find() - the class with a number
 * @id: NVIDIA's number
 *
 * Context: any.
 * Return: the class, or NULL when it is not known.
 */
const struct sim_class *sim_class_find(u32 id)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		if (classes[i].id == id)
			return &classes[i];
	}
	return NULL;
}

/**
 * sim_class_list() - the classes of a GPU
 * @ids: filled with their numbers, or NULL
 * @max: length of @ids
 *
 * Context: any.
 * Return: how many there are.
 */
u32 sim_class_list(u32 *ids, u32 max)
{
	u32 count = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		if (classes[i].kind == SIM_KIND_ROOT ||
		    classes[i].flags & SIM_CLASS_OTHERS)
			continue;
		if (ids && count < max)
			ids[count] = classes[i].id;
		count++;
	}
	return count;
}
