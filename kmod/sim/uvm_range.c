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
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "compat/sim_kernel.h"
#include "nvabi/nvstatus.h"
#include "nvabi/nvuvm.h"

#include "classes.h"
#include "file.h"
#include "gpu.h"
#include "memory.h"
#include "rm.h"
#include "uvm_gpu.h"
#include "uvm_managed.h"
#include "uvm_range.h"
#include "virtual.h"

/* What addresses are for. */
enum uvm_kind {
	UVM_KIND_EXTERNAL, /* memory of RM is mapped into them */
	UVM_KIND_POOL, /* semaphores */
	UVM_KIND_MANAGED, /* managed memory, from mmap() to munmap() */
};

/**
 * struct uvm_range - addresses that are for one thing
 * @range: the addresses
 * @maps: of struct uvm_map
 * @kind: what they are for
 * @vmas: how often processes see it; a pool that they see is not freed
 */
struct uvm_range {
	struct sim_range range;
	struct list_head maps;
	enum uvm_kind kind;
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

/**
 * sim_uvm_session_create() - begin a session
 * @flags: of UVM_INITIALIZE
 * @space: mappings of its file, for as long as the session is there
 *
 * Context: process.
 * Return: the session, or NULL.
 */
struct sim_uvm_session *sim_uvm_session_create(u64 flags,
					       struct address_space *space)
{
	struct sim_uvm_session *session = kzalloc(sizeof(*session), GFP_KERNEL);

	if (!session)
		return NULL;
	mutex_init(&session->lock);
	session->flags = flags;
	INIT_LIST_HEAD(&session->gpus);
	sim_space_init(&session->ranges, 0, U64_MAX);
	xa_init(&session->blocks);
	session->space = space;
	if (!(flags & UVM_INIT_FLAGS_MULTI_PROCESS_SHARING_MODE)) {
		session->mm = current->mm;
		mmgrab(session->mm);
	}
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

/**
 * sim_uvm_remove_maps() - a GPU sees none of a session's external memory any more
 * @session: the session
 * @gpu: the GPU
 *
 * Context: the session's lock is held, or nobody else has it.
 */
void sim_uvm_remove_maps(struct sim_uvm_session *session,
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
		sim_uvm_remove_gpu(session, gpu);
	/* What mappings that failed have left. */
	sim_managed_drop(session, 0, U64_MAX);
	xa_destroy(&session->blocks);
	if (session->mm)
		mmdrop(session->mm);
	kfree(session);
}

static u32 get_memory(u32 hclient, u32 handle, struct sim_memory **memory)
{
	struct sim_object *object;
	u32 status;

	mutex_lock(&sim_rm_lock);
	status = sim_uvm_find_to_dup(hclient, handle, &object);
	if (status == NV_OK && !object->memory)
		status = NV_ERR_INVALID_ARGUMENT;
	if (status == NV_OK)
		*memory = sim_memory_get(object->memory);
	mutex_unlock(&sim_rm_lock);
	return status;
}

static bool range_is_valid(u64 base, u64 bytes)
{
	u64 end;

	return base && bytes && IS_ALIGNED(base, SIM_PAGE_SMALL_BYTES) &&
	       IS_ALIGNED(bytes, SIM_PAGE_SMALL_BYTES) &&
	       !check_add_overflow(base, bytes, &end);
}

static u32 create_range_locked(struct sim_uvm_session *session, u64 base,
			       u64 bytes, enum uvm_kind kind)
{
	struct uvm_range *range;

	if (!range_is_valid(base, bytes))
		return NV_ERR_INVALID_ADDRESS;
	range = kzalloc(sizeof(*range), GFP_KERNEL);
	if (!range)
		return NV_ERR_NO_MEMORY;
	INIT_LIST_HEAD(&range->maps);
	range->kind = kind;
	if (!sim_space_reserve(&session->ranges, &range->range, base, bytes)) {
		kfree(range);
		return NV_ERR_UVM_ADDRESS_IN_USE;
	}
	return NV_OK;
}

static u32 create_range(struct sim_uvm_session *session, u64 base, u64 bytes,
			enum uvm_kind kind)
{
	u32 status;

	mutex_lock(&session->lock);
	status = create_range_locked(session, base, bytes, kind);
	mutex_unlock(&session->lock);
	return status;
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
	return create_range(session, base, bytes, UVM_KIND_EXTERNAL);
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
	return create_range(session, base, bytes, UVM_KIND_POOL);
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

static int mmap_pool(struct uvm_range *range, struct vm_area_struct *vma)
{
	int err;

	sim_vma_change_flags(vma, VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTCOPY, 0);
	err = insert_pages(vma);
	if (err)
		return err;
	vma->vm_ops = &pool_vm_ops;
	vma->vm_private_data = range;
	atomic_inc(&range->vmas);
	return 0;
}

static int mmap_managed(struct sim_uvm_session *session,
			struct vm_area_struct *vma)
{
	u32 status = create_range_locked(session, vma->vm_start,
					 vma->vm_end - vma->vm_start,
					 UVM_KIND_MANAGED);

	if (status == NV_ERR_UVM_ADDRESS_IN_USE)
		return -EADDRINUSE;
	if (status != NV_OK)
		return status == NV_ERR_NO_MEMORY ? -ENOMEM : -EFAULT;
	sim_managed_mmap(session, vma);
	return 0;
}

/**
 * sim_uvm_mmap() - let a process see a semaphore pool, or make managed memory
 * @session: the session
 * @vma: as for file_operations.mmap
 *
 * Context: mmap_lock is held for writing; takes the session's lock.
 * Return: 0 or a negative errno.
 */
int sim_uvm_mmap(struct sim_uvm_session *session, struct vm_area_struct *vma)
{
	const unsigned long wanted = VM_SHARED | VM_READ | VM_WRITE;
	struct sim_range *range;
	int err;

	if (session->mm && session->mm != current->mm)
		return -EOPNOTSUPP;
	if (vma->vm_start != vma->vm_pgoff << PAGE_SHIFT ||
	    (vma->vm_flags & wanted) != wanted)
		return -EINVAL;
	mutex_lock(&session->lock);
	range = sim_space_at(&session->ranges, vma->vm_start);
	if (range && range_of(range)->kind == UVM_KIND_POOL &&
	    range->first == vma->vm_start && range->last == vma->vm_end - 1)
		err = mmap_pool(range_of(range), vma);
	else
		err = mmap_managed(session, vma);
	mutex_unlock(&session->lock);
	return err;
}

/**
 * sim_uvm_unmap_managed() - a process does not see managed memory any more
 * @session: the session
 * @first: lowest address
 * @last: highest one
 *
 * What is left on both sides of a hole stays one range until it is gone, too.
 *
 * Context: process; takes the session's lock.
 */
void sim_uvm_unmap_managed(struct sim_uvm_session *session, u64 first, u64 last)
{
	struct sim_range *range;

	mutex_lock(&session->lock);
	sim_managed_drop(session, first, last);
	range = sim_space_at(&session->ranges, first);
	if (range && range_of(range)->kind == UVM_KIND_MANAGED) {
		if (range->first >= first && range->last <= last)
			remove_range(range_of(range));
		else if (range->first >= first)
			range->first = last + 1;
		else if (range->last <= last)
			range->last = first - 1;
	}
	mutex_unlock(&session->lock);
}

/* Whether all of these addresses are managed memory. */
static bool is_managed(struct sim_uvm_session *session, u64 base, u64 bytes)
{
	u64 last = base + bytes - 1;
	struct sim_range *range;

	for (;;) {
		range = sim_space_at(&session->ranges, base);
		if (!range || range_of(range)->kind != UVM_KIND_MANAGED)
			return false;
		if (range->last >= last)
			return true;
		base = range->last + 1;
	}
}

/* Whether addresses and processor will do; @gpu is NULL for the CPU. */
static u32 check_managed(struct sim_uvm_session *session, u64 base, u64 bytes,
			 const u8 *uuid, bool need_vaspace, struct sim_gpu **gpu)
{
	static const u8 cpu[] = NV_PROCESSOR_UUID_CPU_DEFAULT;
	struct uvm_gpu *found;

	if (!range_is_valid(base, bytes) || !is_managed(session, base, bytes))
		return NV_ERR_INVALID_ADDRESS;
	*gpu = NULL;
	if (!memcmp(uuid, cpu, sizeof(cpu)))
		return NV_OK;
	found = sim_uvm_find_gpu(session, uuid);
	if (!found || (need_vaspace && !found->vaspace) ||
	    sim_gpu_is_lost(found->gpu))
		return NV_ERR_INVALID_DEVICE;
	*gpu = found->gpu;
	return NV_OK;
}

/**
 * sim_uvm_migrate() - move managed memory
 * @session: the session
 * @base: lowest address
 * @bytes: how many
 * @uuid: where to
 *
 * Context: process; takes the session's lock.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_uvm_migrate(struct sim_uvm_session *session, u64 base, u64 bytes,
		    const u8 *uuid)
{
	struct sim_gpu *gpu;
	u32 status;

	mutex_lock(&session->lock);
	status = check_managed(session, base, bytes, uuid, true, &gpu);
	if (status == NV_OK)
		status = sim_managed_migrate(session, gpu, base,
					     base + bytes - 1);
	mutex_unlock(&session->lock);
	return status;
}

/**
 * sim_uvm_advise() - a preferred location, or who accesses managed memory
 * @session: the session
 * @base: lowest address
 * @bytes: how many
 * @uuid: the processor
 *
 * It tells where pages go when a GPU faults, which none does here.
 *
 * Context: process; takes the session's lock.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_uvm_advise(struct sim_uvm_session *session, u64 base, u64 bytes,
		   const u8 *uuid)
{
	struct sim_gpu *gpu;
	u32 status;

	mutex_lock(&session->lock);
	status = check_managed(session, base, bytes, uuid, false, &gpu);
	mutex_unlock(&session->lock);
	return status;
}

/**
 * sim_uvm_duplicate() - may managed memory be in two places at once
 * @session: the session
 * @base: lowest address
 * @bytes: how many
 * @duplicate: it may
 *
 * Context: process; takes the session's lock.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_uvm_duplicate(struct sim_uvm_session *session, u64 base, u64 bytes,
		      bool duplicate)
{
	u32 status = NV_ERR_INVALID_ADDRESS;

	mutex_lock(&session->lock);
	if (range_is_valid(base, bytes) && is_managed(session, base, bytes))
		status = sim_managed_set_duplication(session, base,
						     base + bytes - 1,
						     duplicate);
	mutex_unlock(&session->lock);
	return status;
}

/**
 * sim_uvm_is_empty() - has a session nothing at these addresses
 * @session: the session
 * @base: lowest address
 * @bytes: how many
 *
 * Context: process; takes the session's lock.
 * Return: NV_OK, or NV_ERR_INVALID_ADDRESS when it has, or when they are none.
 */
u32 sim_uvm_is_empty(struct sim_uvm_session *session, u64 base, u64 bytes)
{
	struct sim_range *range;
	u32 status = NV_OK;

	if (!range_is_valid(base, bytes))
		return NV_ERR_INVALID_ADDRESS;
	mutex_lock(&session->lock);
	list_for_each_entry(range, &session->ranges.ranges, link) {
		if (range->first <= base + bytes - 1 && range->last >= base)
			status = NV_ERR_INVALID_ADDRESS;
	}
	mutex_unlock(&session->lock);
	return status;
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
	if (range && range_of(range)->kind != UVM_KIND_MANAGED &&
	    range->first == base &&
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

/* The external range that has all of these addresses. */
static struct uvm_range *find_range(struct sim_uvm_session *session, u64 base,
				    u64 bytes)
{
	struct sim_range *range = sim_space_at(&session->ranges, base);

	if (!range || range_of(range)->kind != UVM_KIND_EXTERNAL ||
	    range->last - base < bytes - 1)
		return NULL;
	return range_of(range);
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
	gpu = sim_uvm_find_gpu(session, uuid);
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
	gpu = sim_uvm_find_gpu(session, uuid);
	if (!range)
		status = NV_ERR_INVALID_ADDRESS;
	else if (!gpu)
		status = NV_ERR_INVALID_DEVICE;
	else
		status = clear_maps(range, gpu, base, base + bytes - 1);
	mutex_unlock(&session->lock);
	return status;
}
