// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The resource manager's calls as their structures describe them; see api.h.
 */
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvstatus.h"

#include "api.h"
#include "channel.h"
#include "classes.h"
#include "file.h"
#include "gpu.h"
#include "memory.h"
#include "memory_class.h"
#include "params.h"
#include "rm.h"
#include "virtual.h"

/* "shim": the owner that the driver writes for calls of the old form. */
#define OWNER_OLD_CALLS		0x7368696d

/**
 * sim_api_alloc() - NV_ESC_RM_ALLOC
 * @call: who asks
 * @api: the structure
 *
 * The class, not paramsSize, tells how long the parameters are.
 *
 * Context: process; takes sim_rm_lock.
 */
void sim_api_alloc(const struct sim_call *call, struct NVOS64_PARAMETERS *api)
{
	const struct sim_class *class = sim_class_find(api->hClass);
	struct sim_params params = { };
	u32 bytes = 0;

	if (!class) {
		api->status = NV_ERR_INVALID_CLASS;
		return;
	}
	if (!api->pAllocParms && class->flags & SIM_CLASS_PARAMS_REQUIRED) {
		api->status = NV_ERR_INVALID_ARGUMENT;
		return;
	}
	if (api->pAllocParms && class->params_bytes)
		bytes = class->params_bytes();

	api->status = sim_params_get(call, bytes ? api->pAllocParms : 0, bytes,
				     SIM_CLASS_PARAMS_MAX_BYTES, &params);
	if (api->status == NV_OK)
		api->status = sim_rm_alloc(call, api->hRoot, api->hObjectParent,
					   &api->hObjectNew, api->hClass,
					   params.copy);
	if (api->status == NV_OK)
		api->status = sim_params_write_back(&params);
	sim_params_put(&params);
}

/* The attributes that flags of the old form stand for. */
static u32 attr_of_old_flags(u32 flags)
{
	u32 coherency = (flags & NVOS02_FLAGS_COHERENCY_MASK) >>
			NVOS02_FLAGS_COHERENCY_SHIFT;
	u32 together = (flags & NVOS02_FLAGS_PHYSICALITY_MASK) >>
		       NVOS02_FLAGS_PHYSICALITY_SHIFT;

	return NVOS32_ATTR_LOCATION_PCI << NVOS32_ATTR_LOCATION_SHIFT |
	       coherency << NVOS32_ATTR_COHERENCY_SHIFT |
	       (together == NVOS02_FLAGS_PHYSICALITY_CONTIGUOUS ?
			NVOS32_ATTR_PHYSICALITY_CONTIGUOUS :
			NVOS32_ATTR_PHYSICALITY_NONCONTIGUOUS)
		       << NVOS32_ATTR_PHYSICALITY_SHIFT;
}

static u32 old_system_memory(const struct sim_call *call,
			     struct NVOS02_PARAMETERS *api, int fd)
{
	u32 location = (api->flags & NVOS02_FLAGS_LOCATION_MASK) >>
		       NVOS02_FLAGS_LOCATION_SHIFT;
	u32 alloc = (api->flags & NVOS02_FLAGS_ALLOC_MASK) >>
		    NVOS02_FLAGS_ALLOC_SHIFT;
	u32 mapping = (api->flags & NVOS02_FLAGS_MAPPING_MASK) >>
		      NVOS02_FLAGS_MAPPING_SHIFT;
	struct NV_MEMORY_ALLOCATION_PARAMS params = {
		.owner = OWNER_OLD_CALLS,
		.attr = attr_of_old_flags(api->flags),
		.size = api->limit + 1,
	};
	struct NVOS33_PARAMETERS map;
	u32 status;

	if (location != NVOS02_FLAGS_LOCATION_PCI ||
	    alloc == NVOS02_FLAGS_ALLOC_NONE)
		return NV_ERR_INVALID_FLAGS;
	if (!params.size)
		return NV_ERR_INVALID_LIMIT;
	status = sim_rm_alloc(call, api->hRoot, api->hObjectParent,
			      &api->hObjectNew, NV01_MEMORY_SYSTEM, &params);
	if (status != NV_OK || mapping != NVOS02_FLAGS_MAPPING_DEFAULT)
		return status;

	map = (struct NVOS33_PARAMETERS){
		.hClient = api->hRoot,
		.hDevice = api->hObjectParent,
		.hMemory = api->hObjectNew,
		.length = params.size,
	};
	sim_api_map(call, &map, fd);
	if (map.status != NV_OK)
		sim_rm_free(call, api->hRoot, api->hObjectNew);
	api->pMemory = map.pLinearAddress;
	return map.status;
}

/* It never took memory: it tells how much there is and leaves a handle. */
static u32 old_video_memory(const struct sim_call *call,
			    struct NVOS02_PARAMETERS *api)
{
	struct NV_MEMORY_VIRTUAL_ALLOCATION_PARAMS params = {
		.hVASpace = SIM_NO_VASPACE,
	};
	struct sim_client *client;
	struct sim_object *parent;
	u32 status;

	mutex_lock(&sim_rm_lock);
	status = sim_client_find_for(call, api->hRoot, &client);
	if (status == NV_OK)
		status = sim_object_find(client, api->hObjectParent, &parent);
	if (status == NV_OK) {
		if (parent->gpu)
			api->limit = parent->gpu->vram_bytes - 1;
		else
			status = NV_ERR_INVALID_OBJECT_PARENT;
	}
	mutex_unlock(&sim_rm_lock);
	if (status != NV_OK)
		return status;
	return sim_rm_alloc(call, api->hRoot, api->hObjectParent,
			    &api->hObjectNew, NV01_MEMORY_VIRTUAL, &params);
}

/**
 * sim_api_alloc_memory() - NV_ESC_RM_ALLOC_MEMORY
 * @call: who asks
 * @api: the structure
 * @fd: what shall map the memory, when it is to be mapped
 *
 * Context: process; takes sim_rm_lock.
 */
void sim_api_alloc_memory(const struct sim_call *call,
			  struct NVOS02_PARAMETERS *api, int fd)
{
	switch (api->hClass) {
	case NV01_MEMORY_SYSTEM:
		api->status = old_system_memory(call, api, fd);
		break;
	case NV01_MEMORY_LOCAL_USER:
		api->status = old_video_memory(call, api);
		break;
	default:
		api->status = NV_ERR_INVALID_CLASS;
		break;
	}
}

/* The class that attributes and flags choose. */
static u32 class_of(const struct NV_MEMORY_ALLOCATION_PARAMS *params)
{
	u32 location = (params->attr & NVOS32_ATTR_LOCATION_MASK) >>
		       NVOS32_ATTR_LOCATION_SHIFT;

	if (params->flags & NVOS32_ALLOC_FLAGS_VIRTUAL)
		return NV50_MEMORY_VIRTUAL;
	return location == NVOS32_ATTR_LOCATION_VIDMEM ?
		       NV01_MEMORY_LOCAL_USER :
		       NV01_MEMORY_SYSTEM;
}

static u32 heap_alloc(const struct sim_call *call,
		      struct NVOS32_PARAMETERS *api, u32 *handle,
		      struct NV_MEMORY_ALLOCATION_PARAMS *params)
{
	if (!(params->flags & NVOS32_ALLOC_FLAGS_MEMORY_HANDLE_PROVIDED))
		*handle = 0;
	params->hVASpace = api->hVASpace;
	api->free = 0;
	api->total = 0;
	return sim_rm_alloc(call, api->hRoot, api->hObjectParent, handle,
			    class_of(params), params);
}

/* The members that the two structures have in common, whatever their order. */
#define HEAP_ALLOC(call, api, member, begin, end) ({			\
	struct NV_MEMORY_ALLOCATION_PARAMS p = {			\
		.owner = (api)->data.member.owner,			\
		.type = (api)->data.member.type,			\
		.flags = (api)->data.member.flags,			\
		.attr = (api)->data.member.attr,			\
		.attr2 = (api)->data.member.attr2,			\
		.format = (api)->data.member.format,			\
		.rangeLo = (begin),					\
		.rangeHi = (end),					\
		.size = (api)->data.member.size,			\
		.alignment = (api)->data.member.alignment,		\
		.offset = (api)->data.member.offset,			\
	};								\
	u32 status = heap_alloc(call, api, &(api)->data.member.hMemory,	\
				&p);					\
									\
	(api)->data.member.partitionStride = 256;			\
	(api)->data.member.attr = p.attr;				\
	(api)->data.member.attr2 = p.attr2;				\
	(api)->data.member.size = p.size;				\
	(api)->data.member.offset = p.offset;				\
	(api)->data.member.limit = p.limit;				\
	(api)->data.member.address = 0;					\
	status;								\
})

static u32 heap_alloc_size(const struct sim_call *call,
			   struct NVOS32_PARAMETERS *api)
{
	bool bounded = api->data.AllocSize.flags &
		       NVOS32_ALLOC_FLAGS_USE_BEGIN_END;

	return HEAP_ALLOC(call, api, AllocSize,
			  bounded ? api->data.AllocSize.rangeBegin : 0,
			  bounded ? api->data.AllocSize.rangeEnd : 0);
}

static u32 heap_alloc_range(const struct sim_call *call,
			    struct NVOS32_PARAMETERS *api)
{
	return HEAP_ALLOC(call, api, AllocSizeRange,
			  api->data.AllocSizeRange.rangeBegin,
			  api->data.AllocSizeRange.rangeEnd);
}

static u32 heap_alloc_tiled(const struct sim_call *call,
			    struct NVOS32_PARAMETERS *api)
{
	bool bounded = api->data.AllocTiledPitchHeight.flags &
		       NVOS32_ALLOC_FLAGS_USE_BEGIN_END;

	api->data.AllocTiledPitchHeight.size =
		(u64)api->data.AllocTiledPitchHeight.height *
		(u64)api->data.AllocTiledPitchHeight.pitch;
	return HEAP_ALLOC(call, api, AllocTiledPitchHeight,
			  bounded ? api->data.AllocTiledPitchHeight.rangeBegin :
				    0,
			  bounded ? api->data.AllocTiledPitchHeight.rangeEnd :
				    0);
}

static u32 heap_free(const struct sim_call *call,
		     const struct NVOS32_PARAMETERS *api)
{
	if (!(api->data.Free.flags & NVOS32_FREE_FLAGS_MEMORY_HANDLE_PROVIDED))
		return NV_ERR_INVALID_ARGUMENT;
	return sim_rm_free(call, api->hRoot, api->data.Free.hMemory);
}

static u32 heap_info(const struct sim_call *call, struct NVOS32_PARAMETERS *api)
{
	struct sim_vram_run largest;
	struct sim_client *client;
	struct sim_object *object;
	struct sim_gpu *gpu;
	u32 status;

	mutex_lock(&sim_rm_lock);
	status = sim_client_find_for(call, api->hRoot, &client);
	if (status == NV_OK)
		status = sim_object_find(client, api->hObjectParent, &object);
	if (status == NV_OK && !object->gpu)
		status = NV_ERR_INVALID_OBJECT_PARENT;
	if (status != NV_OK)
		goto out_unlock;

	gpu = object->gpu;
	mutex_lock(&gpu->vram_lock);
	sim_vram_largest_free(&gpu->vram, &largest);
	api->total = gpu->heap_bytes;
	api->free = (u64)gpu->vram.free << SIM_VRAM_UNIT_SHIFT;
	mutex_unlock(&gpu->vram_lock);
	api->data.Info.base = 0;
	api->data.Info.size = (u64)largest.count << SIM_VRAM_UNIT_SHIFT;
	api->data.Info.offset = (u64)largest.first << SIM_VRAM_UNIT_SHIFT;
out_unlock:
	mutex_unlock(&sim_rm_lock);
	return status;
}

/* The highest ivcHeapNumber that a machine without such heaps may say. */
#define NO_IVC_HEAP	1

/**
 * sim_api_vid_heap() - NV_ESC_RM_VID_HEAP_CONTROL
 * @call: who asks
 * @api: the structure
 *
 * Context: process; takes sim_rm_lock.
 */
void sim_api_vid_heap(const struct sim_call *call,
		      struct NVOS32_PARAMETERS *api)
{
	if (api->ivcHeapNumber > NO_IVC_HEAP) {
		api->status = NV_ERR_NOT_SUPPORTED;
		return;
	}
	switch (api->function) {
	case NVOS32_FUNCTION_ALLOC_SIZE:
		api->status = heap_alloc_size(call, api);
		break;
	case NVOS32_FUNCTION_ALLOC_SIZE_RANGE:
		api->status = heap_alloc_range(call, api);
		break;
	case NVOS32_FUNCTION_ALLOC_TILED_PITCH_HEIGHT:
		api->status = heap_alloc_tiled(call, api);
		break;
	case NVOS32_FUNCTION_FREE:
		api->status = heap_free(call, api);
		break;
	case NVOS32_FUNCTION_INFO:
		api->status = heap_info(call, api);
		break;
	default:
		api->status = NV_ERR_INVALID_ARGUMENT;
		break;
	}
}

/**
 * struct mappable - what of an object the CPU may map
 * @memory: the memory
 * @first: offset of the first byte
 * @bytes: how many
 */
struct mappable {
	struct sim_memory *memory;
	u64 first;
	u64 bytes;
};

static u32 what_is_mappable(const struct sim_object *object,
			    struct mappable *mappable)
{
	if (object->class->kind == SIM_KIND_CHANNEL)
		return sim_channel_userd(object, &mappable->memory,
					 &mappable->first, &mappable->bytes);
	if (!object->memory)
		return NV_ERR_NOT_SUPPORTED;
	mappable->memory = object->memory;
	mappable->first = 0;
	mappable->bytes = object->memory->bytes;
	return NV_OK;
}

static u32 find_mappable(const struct sim_call *call, u32 hclient, u32 hdevice,
			 u32 hmemory, struct sim_object **memory,
			 struct mappable *mappable)
{
	struct sim_client *client;
	struct sim_object *device;
	u32 status;

	status = sim_client_find_for(call, hclient, &client);
	if (status != NV_OK)
		return status;
	status = sim_object_find(client, hmemory, memory);
	if (status != NV_OK)
		return status;
	status = sim_object_find(client, hdevice, &device);
	if (status != NV_OK)
		return status;
	/* Memory of no device is named with the client itself. */
	if (!(device->class->kind &
	      ((*memory)->gpu ? SIM_KIND_DEVICE | SIM_KIND_SUBDEVICE :
				SIM_KIND_ROOT)))
		return NV_ERR_INVALID_OBJECT_PARENT;
	return what_is_mappable(*memory, mappable);
}

static u32 check_map(const struct sim_call *call, const struct sim_object *memory,
		     const struct mappable *mappable,
		     const struct NVOS33_PARAMETERS *api)
{
	u64 end;

	if (api->offset >= mappable->bytes)
		return NV_ERR_INVALID_BASE;
	if (!api->length ||
	    check_add_overflow(api->offset, api->length, &end) ||
	    end > mappable->bytes)
		return NV_ERR_INVALID_LIMIT;
	if (memory->gpu && sim_gpu_is_lost(mappable->memory->gpu))
		return NV_ERR_GPU_IS_LOST;
	/* The mapping is for the process that made the client. */
	if (!call->kernel && memory->client->pid != task_tgid(current))
		return NV_ERR_INVALID_CLIENT;
	return NV_OK;
}

/* What a program asks for is mapped by a file that it names. */
static u32 map_by_file(struct sim_object *object,
		       const struct mappable *mappable,
		       const struct NVOS33_PARAMETERS *api, bool writable,
		       int fd, struct sim_cpu_map **map)
{
	u32 status;

	if (writable && mappable->memory->user_read_only)
		return NV_ERR_INVALID_ARGUMENT;
	status = sim_cpu_map_create(object, mappable->memory,
				    mappable->first + api->offset, api->length,
				    writable, map);
	if (status != NV_OK)
		return status;
	status = sim_file_set_map(fd, *map);
	if (status != NV_OK)
		sim_cpu_map_kill(*map);
	return status;
}

static u32 map_locked(const struct sim_call *call,
		      struct NVOS33_PARAMETERS *api, int fd)
{
	u32 access = (api->flags & NVOS33_FLAGS_ACCESS_MASK) >>
		     NVOS33_FLAGS_ACCESS_SHIFT;
	bool writable = access != NVOS33_FLAGS_ACCESS_READ_ONLY;
	struct mappable mappable;
	struct sim_object *memory;
	struct sim_cpu_map *map;
	u32 status;

	if (access > NVOS33_FLAGS_ACCESS_WRITE_ONLY)
		return NV_ERR_INVALID_FLAGS;
	status = find_mappable(call, api->hClient, api->hDevice, api->hMemory,
			       &memory, &mappable);
	if (status != NV_OK)
		return status;
	status = check_map(call, memory, &mappable, api);
	if (status != NV_OK)
		return status;
	if (call->kernel)
		status = sim_cpu_map_create_kernel(memory, mappable.memory,
						   mappable.first + api->offset,
						   api->length, &map);
	else
		status = map_by_file(memory, &mappable, api, writable, fd, &map);
	if (status == NV_OK)
		api->pLinearAddress = map->address;
	return status;
}

/**
 * sim_api_map() - NV_ESC_RM_MAP_MEMORY
 * @call: who asks
 * @api: the structure
 * @fd: what shall map the memory; the kernel has it mapped at once, and no descriptor
 *
 * Context: process; takes sim_rm_lock.
 */
void sim_api_map(const struct sim_call *call, struct NVOS33_PARAMETERS *api,
		 int fd)
{
	api->flags &= ~NVOS33_FLAGS_CACHING_TYPE_MASK;
	api->flags |= NVOS33_FLAGS_CACHING_TYPE_DEFAULT << NVOS33_FLAGS_CACHING_TYPE_SHIFT;
	mutex_lock(&sim_rm_lock);
	api->status = map_locked(call, api, fd);
	mutex_unlock(&sim_rm_lock);
}

static u32 find_map(const struct sim_call *call, u32 hclient, u32 hdevice,
		    u32 hmemory, u64 address, struct sim_cpu_map **map)
{
	struct mappable mappable;
	struct sim_object *memory;
	struct sim_cpu_map *at;
	u32 status = find_mappable(call, hclient, hdevice, hmemory, &memory,
				   &mappable);

	if (status != NV_OK)
		return status;
	list_for_each_entry(at, &memory->cpu_maps, link) {
		if (at->address == address) {
			*map = at;
			return NV_OK;
		}
	}
	return NV_ERR_OBJECT_NOT_FOUND;
}

/**
 * sim_api_unmap() - NV_ESC_RM_UNMAP_MEMORY
 * @call: who asks
 * @api: the structure
 *
 * Context: process; takes sim_rm_lock.
 */
void sim_api_unmap(const struct sim_call *call, struct NVOS34_PARAMETERS *api)
{
	struct sim_cpu_map *map;

	mutex_lock(&sim_rm_lock);
	api->status = find_map(call, api->hClient, api->hDevice, api->hMemory,
			       api->pLinearAddress, &map);
	if (api->status == NV_OK)
		sim_cpu_map_kill(map);
	mutex_unlock(&sim_rm_lock);
}

/**
 * sim_api_update_map() - NV_ESC_RM_UPDATE_DEVICE_MAPPING_INFO
 * @call: who asks
 * @api: the structure
 *
 * After mmap() a client tells where it sees the memory, and names the mapping by
 * that address from then on.
 *
 * Context: process; takes sim_rm_lock.
 */
void sim_api_update_map(const struct sim_call *call,
			struct NVOS56_PARAMETERS *api)
{
	struct sim_cpu_map *map;

	mutex_lock(&sim_rm_lock);
	api->status = find_map(call, api->hClient, api->hDevice, api->hMemory,
			       api->pOldCpuAddress, &map);
	if (api->status == NV_OK)
		map->address = api->pNewCpuAddress;
	mutex_unlock(&sim_rm_lock);
}

/* The three objects of a mapping into GPU addresses. */
static u32 find_for_dma(const struct sim_call *call, u32 hclient, u32 hdevice,
			u32 hdma, struct sim_client **client,
			struct sim_object **dma)
{
	struct sim_object *device;
	u32 status;

	status = sim_client_find_for(call, hclient, client);
	if (status != NV_OK)
		return status;
	status = sim_object_find(*client, hdma, dma);
	if (status != NV_OK)
		return status;
	status = sim_object_find(*client, hdevice, &device);
	if (status != NV_OK)
		return status;
	if (!(device->class->kind & (SIM_KIND_DEVICE | SIM_KIND_SUBDEVICE)))
		return NV_ERR_INVALID_OBJECT;
	return sim_gpu_is_lost(device->gpu) ? NV_ERR_GPU_IS_LOST : NV_OK;
}

/**
 * sim_api_map_dma() - NV_ESC_RM_MAP_MEMORY_DMA
 * @call: who asks
 * @api: the structure, in the form that has most
 *
 * Context: process; takes sim_rm_lock.
 */
void sim_api_map_dma(const struct sim_call *call,
		     struct NVOS46_PARAMETERS_R580 *api)
{
	struct sim_object *dma, *memory;
	struct sim_client *client;

	mutex_lock(&sim_rm_lock);
	api->status = find_for_dma(call, api->hClient, api->hDevice, api->hDma,
				   &client, &dma);
	if (api->status == NV_OK)
		api->status = sim_object_find(client, api->hMemory, &memory);
	if (api->status == NV_OK)
		api->status = sim_dma_map(dma, memory, api->offset, api->length,
					  api->flags &
					  NVOS46_FLAGS_DMA_OFFSET_FIXED_MASK,
					  &api->dmaOffset);
	mutex_unlock(&sim_rm_lock);
}

/**
 * sim_api_unmap_dma() - NV_ESC_RM_UNMAP_MEMORY_DMA
 * @call: who asks
 * @api: the structure, in the form that has most
 *
 * Context: process; takes sim_rm_lock.
 */
void sim_api_unmap_dma(const struct sim_call *call,
		       struct NVOS47_PARAMETERS_R550 *api)
{
	struct sim_client *client;
	struct sim_object *dma;

	mutex_lock(&sim_rm_lock);
	api->status = find_for_dma(call, api->hClient, api->hDevice, api->hDma,
				   &client, &dma);
	if (api->status == NV_OK)
		api->status = sim_dma_unmap(dma, api->hMemory, api->dmaOffset,
					    api->size);
	mutex_unlock(&sim_rm_lock);
}
