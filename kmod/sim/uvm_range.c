// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A UVM session; see uvm_range.h.
 *
 * A mapping has a reference to the memory of its own, as the driver's has a
 * duplicate: the memory outlives the object that it was mapped from.
 */
#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "compat/sim_kernel.h"
#include "nvabi/nvstatus.h"

#include "classes.h"
#include "file.h"
#include "gpu.h"
#include "memory.h"
#include "rm.h"
#include "uvm_range.h"
#include "virtual.h"

/**
 * struct uvm_gpu - a GPU that is registered with a session
 * @link: in sim_uvm_session.gpus
 * @gpu: the GPU, with a reference
 * @vaspace: its address space, with a reference, or NULL
 */
struct uvm_gpu {
	struct list_head link;
	struct sim_gpu *gpu;
	struct sim_vaspace *vaspace;
};

/**
 * struct uvm_range - addresses into which memory may be mapped
 * @range: the addresses
 * @maps: of struct uvm_map
 * @pool: it is a semaphore pool
 * @vmas: how often processes see it; a pool that they see is not freed
 */
struct uvm_range {
	struct sim_range range;
	struct list_head maps;
	bool pool;
	atomic_t vmas;
};

/**
 * struct uvm_map - memory that one GPU sees at some addresses
 * @link: in uvm_range.maps
 * @gpu: the GPU; registered as long as this is there
 * @memory: with a reference
 * @first: lowest address
 * @last: highest one
 */
struct uvm_map {
	struct list_head link;
	struct uvm_gpu *gpu;
	struct sim_memory *memory;
	u64 first;
	u64 last;
};

/* UVM calls the resource manager as the kernel does. */
static const struct sim_call uvm_call = { .kernel = true };

/**
 * sim_uvm_session_create() - begin a session
 * @flags: of UVM_INITIALIZE
 *
 * Context: process.
 * Return: the session, or NULL.
 */
struct sim_uvm_session *sim_uvm_session_create(u64 flags)
{
	struct sim_uvm_session *session = kzalloc(sizeof(*session), GFP_KERNEL);

	if (!session)
		return NULL;
	mutex_init(&session->lock);
	session->flags = flags;
	INIT_LIST_HEAD(&session->gpus);
	sim_space_init(&session->ranges, 0, U64_MAX);
	return session;
}

static void remove_map(struct uvm_map *map)
{
	list_del(&map->link);
	sim_memory_put(map->memory);
	kfree(map);
}

static void remove_range(struct uvm_range *range)
{
	struct uvm_map *map, *next;

	list_for_each_entry_safe(map, next, &range->maps, link)
		remove_map(map);
	sim_space_release(&range->range);
	kfree(range);
}

static struct uvm_range *range_of(struct sim_range *range)
{
	return container_of(range, struct uvm_range, range);
}

static void remove_maps_of_gpu(struct sim_uvm_session *session,
			       const struct uvm_gpu *gpu)
{
	struct uvm_map *map, *next;
	struct sim_range *range;

	list_for_each_entry(range, &session->ranges.ranges, link) {
		list_for_each_entry_safe(map, next, &range_of(range)->maps,
					 link) {
			if (map->gpu == gpu)
				remove_map(map);
		}
	}
}

static void remove_gpu(struct sim_uvm_session *session, struct uvm_gpu *gpu)
{
	remove_maps_of_gpu(session, gpu);
	list_del(&gpu->link);
	sim_vaspace_put(gpu->vaspace);
	sim_gpu_put(gpu->gpu);
	kfree(gpu);
}

/**
 * sim_uvm_session_destroy() - end a session
 * @session: nobody uses it any more
 *
 * Context: process.
 */
void sim_uvm_session_destroy(struct sim_uvm_session *session)
{
	struct sim_range *range, *next_range;
	struct uvm_gpu *gpu, *next_gpu;

	list_for_each_entry_safe(range, next_range, &session->ranges.ranges,
				 link)
		remove_range(range_of(range));
	list_for_each_entry_safe(gpu, next_gpu, &session->gpus, link)
		remove_gpu(session, gpu);
	kfree(session);
}

static struct uvm_gpu *find_gpu(struct sim_uvm_session *session, const u8 *uuid)
{
	struct uvm_gpu *gpu;

	lockdep_assert_held(&session->lock);
	list_for_each_entry(gpu, &session->gpus, link) {
		if (!memcmp(gpu->gpu->uuid, uuid, SIM_GPU_UUID_BYTES))
			return gpu;
	}
	return NULL;
}

static u32 add_gpu(struct sim_uvm_session *session, struct sim_gpu *gpu)
{
	struct uvm_gpu *new;

	if (find_gpu(session, gpu->uuid))
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
	gpu = find_gpu(session, uuid);
	if (gpu)
		remove_gpu(session, gpu);
	mutex_unlock(&session->lock);
	return gpu ? NV_OK : NV_ERR_INVALID_DEVICE;
}

/* An object that the calling process may have duplicated for it. */
static u32 find_to_dup(u32 hclient, u32 handle, struct sim_object **object)
{
	struct sim_client nobody = { };
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
	status = find_to_dup(hclient, handle, &object);
	if (status == NV_OK && object->class->kind != SIM_KIND_VASPACE)
		status = NV_ERR_INVALID_ARGUMENT;
	if (status == NV_OK)
		*vaspace = sim_vaspace_get(object->vaspace);
	mutex_unlock(&sim_rm_lock);
	return status;
}

static u32 get_memory(u32 hclient, u32 handle, struct sim_memory **memory)
{
	struct sim_object *object;
	u32 status;

	mutex_lock(&sim_rm_lock);
	status = find_to_dup(hclient, handle, &object);
	if (status == NV_OK && !object->memory)
		status = NV_ERR_INVALID_ARGUMENT;
	if (status == NV_OK)
		*memory = sim_memory_get(object->memory);
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
	gpu = find_gpu(session, uuid);
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
	gpu = find_gpu(session, uuid);
	if (gpu && gpu->vaspace) {
		remove_maps_of_gpu(session, gpu);
		sim_vaspace_put(gpu->vaspace);
		gpu->vaspace = NULL;
		status = NV_OK;
	}
	mutex_unlock(&session->lock);
	return status;
}

static bool range_is_valid(u64 base, u64 bytes)
{
	u64 end;

	return base && bytes && IS_ALIGNED(base, SIM_PAGE_SMALL_BYTES) &&
	       IS_ALIGNED(bytes, SIM_PAGE_SMALL_BYTES) &&
	       !check_add_overflow(base, bytes, &end);
}

static u32 create_range(struct sim_uvm_session *session, u64 base, u64 bytes,
			bool pool)
{
	struct uvm_range *range;
	bool done;

	if (!range_is_valid(base, bytes))
		return NV_ERR_INVALID_ADDRESS;
	range = kzalloc(sizeof(*range), GFP_KERNEL);
	if (!range)
		return NV_ERR_NO_MEMORY;
	INIT_LIST_HEAD(&range->maps);
	range->pool = pool;

	mutex_lock(&session->lock);
	done = sim_space_reserve(&session->ranges, &range->range, base, bytes);
	mutex_unlock(&session->lock);
	if (!done) {
		kfree(range);
		return NV_ERR_UVM_ADDRESS_IN_USE;
	}
	return NV_OK;
}

/**
 * sim_uvm_create_range() - reserve addresses for mappings of RM memory
 * @session: the session
 * @base: lowest address
 * @bytes: how many
 *
 * Context: process; takes the session's lock.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_uvm_create_range(struct sim_uvm_session *session, u64 base, u64 bytes)
{
	return create_range(session, base, bytes, false);
}

/**
 * sim_uvm_create_pool() - make a semaphore pool
 * @session: the session
 * @base: lowest address
 * @bytes: how many
 *
 * Context: process; takes the session's lock.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_uvm_create_pool(struct sim_uvm_session *session, u64 base, u64 bytes)
{
	return create_range(session, base, bytes, true);
}

static void pool_vm_open(struct vm_area_struct *vma)
{
	struct uvm_range *range = vma->vm_private_data;

	atomic_inc(&range->vmas);
}

static void pool_vm_close(struct vm_area_struct *vma)
{
	struct uvm_range *range = vma->vm_private_data;

	atomic_dec(&range->vmas);
}

static const struct vm_operations_struct pool_vm_ops = {
	.open = pool_vm_open,
	.close = pool_vm_close,
};

/* No GPU looks at a pool, so each view of it has pages of its own. */
static int insert_pages(struct vm_area_struct *vma)
{
	unsigned long address;
	struct page *page;
	int err = 0;

	for (address = vma->vm_start; !err && address < vma->vm_end;
	     address += PAGE_SIZE) {
		page = alloc_page(GFP_USER | __GFP_ZERO);
		if (!page)
			return -ENOMEM;
		err = vm_insert_page(vma, address, page);
		/* The mapping has a reference of its own. */
		put_page(page);
	}
	return err;
}

/**
 * sim_uvm_mmap_pool() - let a process see a semaphore pool
 * @session: the session
 * @vma: as for file_operations.mmap
 *
 * Context: mmap_lock is held for writing; takes the session's lock.
 * Return: 0; -EINVAL, or -EOPNOTSUPP where the driver would make managed memory.
 */
int sim_uvm_mmap_pool(struct sim_uvm_session *session,
		      struct vm_area_struct *vma)
{
	struct sim_range *range;
	int err = -EOPNOTSUPP;

	if (vma->vm_start != vma->vm_pgoff << PAGE_SHIFT ||
	    !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	sim_vma_change_flags(vma, VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTCOPY, 0);
	mutex_lock(&session->lock);
	range = sim_space_at(&session->ranges, vma->vm_start);
	if (range && range_of(range)->pool && range->first == vma->vm_start &&
	    range->last == vma->vm_end - 1)
		err = insert_pages(vma);
	if (!err) {
		vma->vm_ops = &pool_vm_ops;
		vma->vm_private_data = range_of(range);
		atomic_inc(&range_of(range)->vmas);
	}
	mutex_unlock(&session->lock);
	return err;
}

/**
 * sim_uvm_free_range() - undo sim_uvm_create_range(), and its mappings
 * @session: the session
 * @base: lowest address
 * @bytes: how many
 * @any_length: @bytes does not matter
 *
 * Context: process; takes the session's lock.
 * Return: NV_OK, NV_ERR_INVALID_ADDRESS, or NV_ERR_INVALID_ARGUMENT for a pool
 * that is mapped.
 */
u32 sim_uvm_free_range(struct sim_uvm_session *session, u64 base, u64 bytes,
		       bool any_length)
{
	u32 status = NV_ERR_INVALID_ADDRESS;
	struct sim_range *range;

	mutex_lock(&session->lock);
	range = sim_space_at(&session->ranges, base);
	if (range && range->first == base &&
	    (any_length || range->last - range->first + 1 == bytes)) {
		status = NV_ERR_INVALID_ARGUMENT;
		if (!atomic_read(&range_of(range)->vmas)) {
			remove_range(range_of(range));
			status = NV_OK;
		}
	}
	mutex_unlock(&session->lock);
	return status;
}

static bool overlaps(const struct uvm_map *map, const struct uvm_gpu *gpu,
		     u64 first, u64 last)
{
	return map->gpu == gpu && map->first <= last && map->last >= first;
}

/* Takes addresses out of what is mapped; a mapping may be cut in two. */
static u32 clear_maps(struct uvm_range *range, const struct uvm_gpu *gpu,
		      u64 first, u64 last)
{
	struct uvm_map *map, *next, *rest;

	list_for_each_entry_safe(map, next, &range->maps, link) {
		if (!overlaps(map, gpu, first, last))
			continue;
		if (map->first < first && map->last > last) {
			rest = kmemdup(map, sizeof(*map), GFP_KERNEL);
			if (!rest)
				return NV_ERR_NO_MEMORY;
			sim_memory_get(rest->memory);
			rest->first = last + 1;
			list_add(&rest->link, &map->link);
			map->last = first - 1;
		} else if (map->first < first) {
			map->last = first - 1;
		} else if (map->last > last) {
			map->first = last + 1;
		} else {
			remove_map(map);
		}
	}
	return NV_OK;
}

static u32 add_map(struct uvm_range *range, struct uvm_gpu *gpu, u64 base,
		   u64 bytes, u64 offset, struct sim_memory *memory)
{
	struct uvm_map *map;
	u64 end;
	u32 status;

	if (!IS_ALIGNED(offset, SIM_PAGE_SMALL_BYTES))
		return NV_ERR_INVALID_ADDRESS;
	if (check_add_overflow(offset, bytes, &end) || end > memory->bytes)
		return NV_ERR_INVALID_OFFSET;
	status = clear_maps(range, gpu, base, base + bytes - 1);
	if (status != NV_OK)
		return status;
	map = kzalloc(sizeof(*map), GFP_KERNEL);
	if (!map)
		return NV_ERR_NO_MEMORY;
	map->gpu = gpu;
	map->memory = sim_memory_get(memory);
	map->first = base;
	map->last = base + bytes - 1;
	list_add_tail(&map->link, &range->maps);
	return NV_OK;
}

/* The range that has all of these addresses. */
static struct uvm_range *find_range(struct sim_uvm_session *session, u64 base,
				    u64 bytes)
{
	struct sim_range *range = sim_space_at(&session->ranges, base);

	return range && range->last - base >= bytes - 1 ? range_of(range) :
							  NULL;
}

/**
 * sim_uvm_map() - let a GPU see RM memory at some addresses
 * @session: the session
 * @uuid: the GPU's
 * @base: lowest address, in a range of the session
 * @bytes: how many
 * @offset: of the first byte in the memory
 * @hclient: client of the memory
 * @hmemory: its handle
 *
 * Context: process; takes the session's lock and sim_rm_lock.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_uvm_map(struct sim_uvm_session *session, const u8 *uuid, u64 base,
		u64 bytes, u64 offset, u32 hclient, u32 hmemory)
{
	struct sim_memory *memory;
	struct uvm_range *range;
	struct uvm_gpu *gpu;
	u32 status;

	if (!range_is_valid(base, bytes))
		return NV_ERR_INVALID_ADDRESS;
	mutex_lock(&session->lock);
	range = find_range(session, base, bytes);
	gpu = find_gpu(session, uuid);
	if (!range)
		status = NV_ERR_INVALID_ADDRESS;
	else if (!gpu || !gpu->vaspace || sim_gpu_is_lost(gpu->gpu))
		status = NV_ERR_INVALID_DEVICE;
	else
		status = get_memory(hclient, hmemory, &memory);
	if (status == NV_OK) {
		status = add_map(range, gpu, base, bytes, offset, memory);
		sim_memory_put(memory);
	}
	mutex_unlock(&session->lock);
	return status;
}

/**
 * sim_uvm_unmap() - undo sim_uvm_map(), or a part of it
 * @session: the session
 * @uuid: the GPU's
 * @base: lowest address
 * @bytes: how many
 *
 * Context: process; takes the session's lock.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_uvm_unmap(struct sim_uvm_session *session, const u8 *uuid, u64 base,
		  u64 bytes)
{
	struct uvm_range *range;
	struct uvm_gpu *gpu;
	u32 status;

	if (!range_is_valid(base, bytes))
		return NV_ERR_INVALID_ADDRESS;
	mutex_lock(&session->lock);
	range = find_range(session, base, bytes);
	gpu = find_gpu(session, uuid);
	if (!range)
		status = NV_ERR_INVALID_ADDRESS;
	else if (!gpu)
		status = NV_ERR_INVALID_DEVICE;
	else
		status = clear_maps(range, gpu, base, base + bytes - 1);
	mutex_unlock(&session->lock);
	return status;
}
