// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * GPU virtual addresses; see virtual.h.
 */
#include <linux/log2.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "nvabi/nvstatus.h"

#include "classes.h"
#include "memory.h"
#include "rm.h"
#include "virtual.h"

/* 49 bits, as the GPU's MMU has; the lowest 2 MiB are never given. */
#define VA_FIRST	(2ULL << 20)
#define VA_LAST		((1ULL << 49) - 1)

/**
 * struct sim_dma_map - memory at GPU addresses
 * @of_range: in sim_varange.maps
 * @of_object: in sim_object.dma_maps of the memory
 * @memory: what is mapped, with a reference
 * @hmemory: handle by which it was mapped
 * @range: where
 * @vaspace: the address space; the range holds it
 * @seen: as the engines see it
 */
struct sim_dma_map {
	struct list_head of_range;
	struct list_head of_object;
	struct sim_memory *memory;
	u32 hmemory;
	struct sim_range range;
	struct sim_vaspace *vaspace;
	struct sim_mmu_map seen;
};

/**
 * sim_vaspace_create() - make an address space
 * @first: lowest address, 0 for the usual one
 * @bytes: size, 0 for the usual one
 *
 * Context: process.
 * Return: the space with one reference, or NULL.
 */
struct sim_vaspace *sim_vaspace_create(u64 first, u64 bytes)
{
	struct sim_vaspace *vaspace = kzalloc(sizeof(*vaspace), GFP_KERNEL);
	u64 last = VA_LAST;

	if (!vaspace)
		return NULL;
	first = max(first, VA_FIRST);
	if (bytes && check_add_overflow(first, bytes - 1, &last))
		last = VA_LAST;
	refcount_set(&vaspace->ref, 1);
	sim_space_init(&vaspace->space, first, min(last, VA_LAST));
	sim_mmu_init(&vaspace->mmu);
	return vaspace;
}

/**
 * sim_vaspace_get() - take one more reference
 * @vaspace: an address space that the caller has a reference to
 *
 * Context: any.
 * Return: @vaspace.
 */
struct sim_vaspace *sim_vaspace_get(struct sim_vaspace *vaspace)
{
	refcount_inc(&vaspace->ref);
	return vaspace;
}

/**
 * sim_vaspace_put() - drop a reference
 * @vaspace: the address space, or NULL
 *
 * Context: any.
 */
void sim_vaspace_put(struct sim_vaspace *vaspace)
{
	if (vaspace && refcount_dec_and_test(&vaspace->ref))
		kfree(vaspace);
}

/**
 * sim_vaspace_find() - an address space that a call names
 * @object: an object below a device, not yet in its client or in it
 * @handle: handle of the address space, 0 for the one that comes with the device
 * @vaspace: the result, without a reference of its own
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_vaspace_find(const struct sim_object *object, u32 handle,
		     struct sim_vaspace **vaspace)
{
	struct sim_object *found = object->parent;
	u32 status;

	if (handle) {
		status = sim_object_find(object->client, handle, &found);
		if (status != NV_OK)
			return status;
		if (found->class->kind != SIM_KIND_VASPACE)
			return NV_ERR_INVALID_OBJECT_HANDLE;
	}
	while (!handle && found && found->class->kind != SIM_KIND_DEVICE)
		found = found->parent;
	if (!found || !found->vaspace)
		return NV_ERR_INVALID_OBJECT_HANDLE;
	*vaspace = found->vaspace;
	return NV_OK;
}

/**
 * sim_varange_create() - let an object have addresses
 * @object: the object; below a device
 * @hvaspace: handle of the address space, 0 for the device's own
 * @varange: the result, with nothing reserved
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_varange_create(struct sim_object *object, u32 hvaspace,
		       struct sim_varange **varange)
{
	struct sim_vaspace *vaspace;
	struct sim_varange *new;
	u32 status = sim_vaspace_find(object, hvaspace, &vaspace);

	if (status != NV_OK)
		return status;
	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return NV_ERR_NO_MEMORY;
	new->vaspace = sim_vaspace_get(vaspace);
	INIT_LIST_HEAD(&new->range.link);
	INIT_LIST_HEAD(&new->maps);
	*varange = new;
	return NV_OK;
}

/**
 * sim_varange_reserve() - reserve addresses
 * @varange: for whom
 * @bytes: how many, a multiple of the page size
 * @align: alignment of the first one, a power of two
 * @fixed: @first is the address, not a lower bound
 * @first: see @fixed
 * @last: upper bound
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK, NV_ERR_NO_MEMORY or NV_ERR_INVALID_OFFSET.
 */
u32 sim_varange_reserve(struct sim_varange *varange, u64 bytes, u64 align,
			bool fixed, u64 first, u64 last)
{
	struct sim_space *space = &varange->vaspace->space;

	if (fixed) {
		if (!IS_ALIGNED(first, align))
			return NV_ERR_INVALID_OFFSET;
		if (!sim_space_reserve(space, &varange->range, first, bytes))
			return NV_ERR_NO_MEMORY;
	} else if (!sim_space_find_room(space, &varange->range, bytes, align,
					first, last)) {
		return NV_ERR_NO_MEMORY;
	}
	varange->reserved = true;
	sim_space_init(&varange->inside, varange->range.first,
		       varange->range.last);
	return NV_OK;
}

static void remove_map(struct sim_dma_map *map)
{
	sim_mmu_unmap(&map->vaspace->mmu, &map->seen);
	list_del(&map->of_range);
	list_del(&map->of_object);
	sim_space_release(&map->range);
	sim_memory_put(map->memory);
	kfree(map);
}

/**
 * sim_varange_destroy() - give the addresses back
 * @varange: from sim_varange_create()
 *
 * Context: sim_rm_lock is held.
 */
void sim_varange_destroy(struct sim_varange *varange)
{
	struct sim_dma_map *map, *next;

	list_for_each_entry_safe(map, next, &varange->maps, of_range)
		remove_map(map);
	sim_space_release(&varange->range);
	sim_vaspace_put(varange->vaspace);
	kfree(varange);
}

/* In addresses of its own: at an offset.  Else: anywhere, or as asked. */
static bool place_map(struct sim_varange *varange, struct sim_dma_map *map,
		      u64 bytes, bool fixed, u64 address)
{
	u64 align = roundup_pow_of_two(map->memory->page_bytes);

	if (varange->reserved) {
		if (!fixed && check_add_overflow(varange->range.first, address,
						 &address))
			return false;
		return sim_space_reserve(&varange->inside, &map->range, address,
					 bytes);
	}
	if (fixed)
		return sim_space_reserve(&varange->vaspace->space, &map->range,
					 address, bytes);
	return sim_space_find_room(&varange->vaspace->space, &map->range, bytes,
				   align, 0, U64_MAX);
}

/**
 * sim_dma_map() - map memory at GPU addresses
 * @into: an object that has addresses
 * @memory: an object that is memory
 * @offset: of the first byte
 * @bytes: how many
 * @fixed: @address is an address, not an offset
 * @address: in: see @fixed; out: the address
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_dma_map(struct sim_object *into, struct sim_object *memory, u64 offset,
		u64 bytes, bool fixed, u64 *address)
{
	struct sim_dma_map *map;
	u64 end;

	if (!into->varange || memory->class->kind != SIM_KIND_MEMORY)
		return NV_ERR_INVALID_OBJECT_HANDLE;
	if (!bytes || check_add_overflow(offset, bytes, &end) ||
	    end > memory->memory->bytes)
		return NV_ERR_INVALID_LIMIT;

	map = kzalloc(sizeof(*map), GFP_KERNEL);
	if (!map)
		return NV_ERR_NO_MEMORY;
	map->memory = memory->memory;
	map->hmemory = memory->handle;
	if (!place_map(into->varange, map,
		       round_up(bytes, SIM_PAGE_SMALL_BYTES), fixed,
		       *address)) {
		kfree(map);
		return NV_ERR_INVALID_OFFSET;
	}
	sim_memory_get(map->memory);
	map->vaspace = into->varange->vaspace;
	sim_mmu_map(&map->vaspace->mmu, &map->seen, map->range.first,
		    map->range.last, map->memory, offset);
	list_add_tail(&map->of_range, &into->varange->maps);
	list_add_tail(&map->of_object, &memory->dma_maps);
	*address = map->range.first;
	return NV_OK;
}

/**
 * sim_dma_unmap() - undo sim_dma_map()
 * @from: the object that has the addresses
 * @hmemory: handle by which the memory was mapped, 0 for whatever is there
 * @address: where
 * @bytes: 0 or how many were mapped
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_dma_unmap(struct sim_object *from, u32 hmemory, u64 address, u64 bytes)
{
	struct sim_dma_map *map;
	u64 mapped;

	if (!from->varange)
		return NV_ERR_INVALID_OBJECT_HANDLE;
	list_for_each_entry(map, &from->varange->maps, of_range) {
		if (map->range.first != address ||
		    (hmemory && map->hmemory != hmemory))
			continue;
		mapped = map->range.last - map->range.first + 1;
		if (bytes && round_up(bytes, SIM_PAGE_SMALL_BYTES) != mapped)
			return NV_ERR_NOT_SUPPORTED;
		remove_map(map);
		return NV_OK;
	}
	return NV_ERR_OBJECT_NOT_FOUND;
}

/**
 * sim_dma_unmap_all() - undo all mappings of an object's memory
 * @memory: the object, which is about to go
 *
 * Context: sim_rm_lock is held.
 */
void sim_dma_unmap_all(struct sim_object *memory)
{
	struct sim_dma_map *map, *next;

	list_for_each_entry_safe(map, next, &memory->dma_maps, of_object)
		remove_map(map);
}
