// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The classes of objects that are memory or GPU addresses; see memory_class.h.
 */
#include <linux/kernel.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvhost.h"
#include "nvabi/nvstatus.h"

#include "gpu.h"
#include "memory.h"
#include "memory_class.h"
#include "rm.h"
#include "sim.h"
#include "virtual.h"

/* Owners under which the driver itself takes video memory. */
#define OWNER_DRIVER_FIRST	0xdeaf0000U
#define OWNER_DRIVER_LAST	0xdeafffffU

/* What the kernel has in one piece at most: memory of no device is not scattered. */
#define DEVICELESS_MAX_BYTES	(4ULL << 20)

/**
 * sim_memory_class_bytes() - size of NV_MEMORY_ALLOCATION_PARAMS
 *
 * Context: any.
 * Return: what it is in the branch that is spoken.
 */
u32 sim_memory_class_bytes(void)
{
	return sim_config.branch->memory_alloc_size;
}

static u32 location_of(const struct NV_MEMORY_ALLOCATION_PARAMS *p)
{
	return (p->attr & NVOS32_ATTR_LOCATION_MASK) >>
	       NVOS32_ATTR_LOCATION_SHIFT;
}

/* What the driver looks at for every class of memory. */
static u32 check_params(const struct sim_call *call,
			struct NV_MEMORY_ALLOCATION_PARAMS *p)
{
	if (!call->kernel && p->internalflags)
		return NV_ERR_INVALID_ARGUMENT;
	if (!p->owner || p->owner == U32_MAX ||
	    (p->owner >= OWNER_DRIVER_FIRST && p->owner <= OWNER_DRIVER_LAST))
		return NV_ERR_INVALID_OWNER;
	if (!(p->flags & NVOS32_ALLOC_FLAGS_USE_BEGIN_END) &&
	    (p->rangeLo || p->rangeHi))
		return NV_ERR_INVALID_ARGUMENT;

	p->flags |= NVOS32_ALLOC_FLAGS_MAP_NOT_REQUIRED;
	p->flags &= ~NVOS32_ALLOC_FLAGS_KERNEL_MAPPING_MAP;
	p->address = 0;
	return NV_OK;
}

/* What the driver tells about what it gave. */
static void tell_result(struct NV_MEMORY_ALLOCATION_PARAMS *p,
			const struct sim_placement *place, u32 attr,
			u64 offset)
{
	p->attr = attr;
	p->attr2 = place->attr2;
	p->size = place->size_bytes;
	p->limit = place->size_bytes - 1;
	p->offset = offset;
}

/* Where in video memory the caller wants it. */
static u32 choose_window(const struct NV_MEMORY_ALLOCATION_PARAMS *p,
			 struct sim_placement *place, u64 *first, u64 *end)
{
	*first = 0;
	*end = U64_MAX;
	if (p->flags & NVOS32_ALLOC_FLAGS_FIXED_ADDRESS_ALLOCATE) {
		*first = round_down(p->offset, place->align_bytes);
		if (*first > U64_MAX - place->size_bytes)
			return NV_ERR_NO_MEMORY;
		*end = *first + round_up(place->size_bytes,
					 SIM_VRAM_UNIT_BYTES);
		place->layout = SIM_LAYOUT_TOGETHER;
	}
	if (p->flags & NVOS32_ALLOC_FLAGS_USE_BEGIN_END) {
		*first = p->rangeLo;
		*end = p->rangeHi;
		if (*first >= *end)
			return NV_ERR_INVALID_ARGUMENT;
	}
	return NV_OK;
}

/**
 * sim_memory_class_video() - construct NV01_MEMORY_LOCAL_USER
 * @call: who asks
 * @object: the object
 * @params: NV_MEMORY_ALLOCATION_PARAMS
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_memory_class_video(const struct sim_call *call,
			   struct sim_object *object, void *params)
{
	struct NV_MEMORY_ALLOCATION_PARAMS *p = params;
	struct sim_placement place;
	u32 status = check_params(call, p);
	u64 first, end;

	if (status != NV_OK)
		return status;
	if (location_of(p) != NVOS32_ATTR_LOCATION_VIDMEM ||
	    p->flags & NVOS32_ALLOC_FLAGS_VIRTUAL)
		return NV_ERR_INVALID_ARGUMENT;

	status = sim_placement_video(p->size, p->alignment, p->flags, p->attr,
				     p->attr2, &place);
	if (status != NV_OK)
		return status;
	status = choose_window(p, &place, &first, &end);
	if (status != NV_OK)
		return status;
	status = sim_memory_create_video(object->gpu, &place, first, end,
					 &object->memory);
	if (status != NV_OK)
		return status;

	object->memory->flags = p->flags;
	tell_result(p, &place, object->memory->attr,
		    sim_memory_offset(object->memory));
	return NV_OK;
}

/**
 * sim_memory_class_system() - construct NV01_MEMORY_SYSTEM
 * @call: who asks
 * @object: the object
 * @params: NV_MEMORY_ALLOCATION_PARAMS
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_memory_class_system(const struct sim_call *call,
			    struct sim_object *object, void *params)
{
	struct NV_MEMORY_ALLOCATION_PARAMS *p = params;
	struct sim_placement place;
	u32 status = check_params(call, p);

	if (status != NV_OK)
		return status;
	if (location_of(p) == NVOS32_ATTR_LOCATION_VIDMEM ||
	    p->flags & NVOS32_ALLOC_FLAGS_VIRTUAL)
		return NV_ERR_INVALID_ARGUMENT;

	status = sim_placement_system(p->size, p->attr, p->attr2, &place);
	if (status != NV_OK)
		return status;
	status = sim_memory_create_system(object->gpu, &place,
					  &object->memory);
	if (status != NV_OK)
		return status;

	object->memory->flags = p->flags;
	tell_result(p, &place, place.attr, 0);
	return NV_OK;
}

/**
 * sim_memory_class_deviceless() - construct NV01_MEMORY_DEVICELESS
 * @call: who asks
 * @object: the object; below a client
 * @params: NV_MEMORY_ALLOCATION_PARAMS, of which the size and who may write count
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_memory_class_deviceless(const struct sim_call *call,
				struct sim_object *object, void *params)
{
	const struct NV_MEMORY_ALLOCATION_PARAMS *p = params;
	const struct sim_placement place = {
		.size_bytes = p->size,
		.page_bytes = SIM_PAGE_SMALL_BYTES,
	};
	u32 status;

	if (!p->size)
		return NV_ERR_INVALID_ARGUMENT;
	if (p->size > DEVICELESS_MAX_BYTES)
		return NV_ERR_NO_MEMORY;
	status = sim_memory_create_system(NULL, &place, &object->memory);
	if (status == NV_OK)
		object->memory->user_read_only =
			p->attr2 & NVOS32_ATTR2_PROTECTION_USER_MASK;
	return status;
}

/**
 * sim_memory_class_copy() - a duplicate refers to the same memory
 * @object: the duplicate
 * @source: what is duplicated
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK, or NV_ERR_INVALID_OBJECT_PARENT for video memory of another
 * GPU.
 */
u32 sim_memory_class_copy(struct sim_object *object,
			  const struct sim_object *source)
{
	if (source->memory->video && source->memory->gpu != object->gpu)
		return NV_ERR_INVALID_OBJECT_PARENT;
	object->memory = sim_memory_get(source->memory);
	object->duplicate = true;
	return NV_OK;
}

/**
 * sim_memory_class_destruct() - let go of the memory
 * @object: the object
 *
 * Context: sim_rm_lock is held.
 */
void sim_memory_class_destruct(struct sim_object *object)
{
	sim_memory_put(object->memory);
}

/**
 * sim_memory_class_usermode_bytes() - size of NV_HOPPER_USERMODE_A_PARAMS
 *
 * Context: any.
 * Return: the size.
 */
u32 sim_memory_class_usermode_bytes(void)
{
	return sizeof(struct NV_HOPPER_USERMODE_A_PARAMS);
}

/**
 * sim_memory_class_usermode() - construct a usermode class: a page of doorbells
 * @call: who asks
 * @object: the object
 * @params: NV_HOPPER_USERMODE_A_PARAMS, or NULL
 *
 * Each object has a page of its own, so that programs see no tokens of others; a
 * real card has one, in which nothing can be read.
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_memory_class_usermode(const struct sim_call *call,
			      struct sim_object *object, void *params)
{
	static const struct sim_placement place = {
		.size_bytes = NVC361_NV_USERMODE__SIZE,
		.page_bytes = SIM_PAGE_SMALL_BYTES,
	};
	const struct NV_HOPPER_USERMODE_A_PARAMS *p = params;
	u32 status;

	if (p && p->bPriv && !p->bBar1Mapping)
		return NV_ERR_INVALID_PARAMETER;
	if (p && p->bPriv && !call->kernel)
		return NV_ERR_INSUFFICIENT_PERMISSIONS;
	status = sim_memory_create_system(object->gpu, &place,
					  &object->memory);
	if (status == NV_OK)
		object->memory->doorbell = true;
	return status;
}

/**
 * sim_memory_class_virtual() - construct NV50_MEMORY_VIRTUAL
 * @call: who asks
 * @object: the object
 * @params: NV_MEMORY_ALLOCATION_PARAMS
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_memory_class_virtual(const struct sim_call *call,
			     struct sim_object *object, void *params)
{
	struct NV_MEMORY_ALLOCATION_PARAMS *p = params;
	bool fixed = p->flags & NVOS32_ALLOC_FLAGS_FIXED_ADDRESS_ALLOCATE;
	bool bounded = p->flags & NVOS32_ALLOC_FLAGS_USE_BEGIN_END;
	struct sim_placement place;
	u32 status = check_params(call, p);

	if (status != NV_OK)
		return status;
	if (!(p->flags & NVOS32_ALLOC_FLAGS_VIRTUAL))
		return NV_ERR_INVALID_ARGUMENT;
	status = sim_placement_virtual(p->size, p->alignment, p->flags, p->attr,
				       p->attr2, &place);
	if (status != NV_OK)
		return status;
	status = sim_varange_create(object, p->hVASpace, &object->varange);
	if (status != NV_OK)
		return status;

	status = sim_varange_reserve(object->varange, place.size_bytes,
				     place.align_bytes, fixed,
				     fixed   ? p->offset :
				     bounded ? p->rangeLo :
					       0,
				     bounded ? p->rangeHi : U64_MAX);
	if (status != NV_OK) {
		sim_varange_destroy(object->varange);
		return status;
	}
	tell_result(p, &place, place.attr, object->varange->range.first);
	return NV_OK;
}

/**
 * sim_memory_class_window_bytes() - size of NV_MEMORY_VIRTUAL_ALLOCATION_PARAMS
 *
 * Context: any.
 * Return: the size.
 */
u32 sim_memory_class_window_bytes(void)
{
	return sizeof(struct NV_MEMORY_VIRTUAL_ALLOCATION_PARAMS);
}

/**
 * sim_memory_class_window() - construct NV01_MEMORY_VIRTUAL
 * @call: who asks
 * @object: the object
 * @params: NV_MEMORY_VIRTUAL_ALLOCATION_PARAMS
 *
 * It stands for the whole address space: mappings take addresses of it.  With no
 * address space it is a handle and nothing else.
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_memory_class_window(const struct sim_call *call,
			    struct sim_object *object, void *params)
{
	struct NV_MEMORY_VIRTUAL_ALLOCATION_PARAMS *p = params;
	const struct sim_space *space;
	u32 status;

	if (p->hVASpace == SIM_NO_VASPACE)
		return NV_OK;
	status = sim_varange_create(object, p->hVASpace, &object->varange);
	if (status != NV_OK)
		return status;
	space = &object->varange->vaspace->space;
	if (p->limit && (p->offset > p->limit || p->limit > space->last)) {
		sim_varange_destroy(object->varange);
		return NV_ERR_INVALID_ARGUMENT;
	}
	if (!p->limit)
		p->limit = space->last;
	return NV_OK;
}

/**
 * sim_memory_class_virtual_destruct() - give the addresses back
 * @object: the object
 *
 * Context: sim_rm_lock is held.
 */
void sim_memory_class_virtual_destruct(struct sim_object *object)
{
	if (object->varange)
		sim_varange_destroy(object->varange);
}
