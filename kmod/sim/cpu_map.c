// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Mappings of memory into the CPU's address space: what RM_MAP_MEMORY makes and
 * a later mmap() of the file uses.
 *
 * Video memory is mapped page by page as it is touched, and is taken away from
 * the process when the mapping or the memory is freed.  Host memory is mapped at
 * once and stays until munmap(), whatever is freed.  Doorbells are mapped as video
 * memory is: doorbell.h says why.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat/sim_kernel.h"
#include "nvabi/nvstatus.h"

#include "doorbell.h"
#include "engine.h"
#include "gpu.h"
#include "memory.h"
#include "rm.h"

/* Addresses by which calls name mappings of host memory. */
#define SYSTEM_WINDOW_FIRST	(1ULL << 46)
#define SYSTEM_WINDOW_LAST	((1ULL << 47) - 1)

/* Protects system_window and the ranges in it. */
static DEFINE_MUTEX(system_window_lock);
static struct sim_space system_window = {
	.ranges = LIST_HEAD_INIT(system_window.ranges),
	.first = SYSTEM_WINDOW_FIRST,
	.last = SYSTEM_WINDOW_LAST,
};

static bool reserve_in_gpu(struct sim_cpu_map *map, u64 bytes)
{
	struct sim_gpu *gpu = map->gpu;
	bool done;

	mutex_lock(&gpu->vram_lock);
	done = sim_space_find_room(&gpu->window, &map->range, bytes,
				   SIM_PAGE_BIG_BYTES, 0, U64_MAX);
	if (done)
		gpu->window_taken_bytes += bytes;
	mutex_unlock(&gpu->vram_lock);
	return done;
}

static bool reserve_in_system(struct sim_cpu_map *map, u64 bytes)
{
	bool done;

	mutex_lock(&system_window_lock);
	done = sim_space_find_room(&system_window, &map->range, bytes,
				   PAGE_SIZE, 0, U64_MAX);
	mutex_unlock(&system_window_lock);
	return done;
}

static void release_address(struct sim_cpu_map *map)
{
	struct sim_gpu *gpu = map->gpu;

	if (map->kernel) {
		vunmap(map->kernel);
	} else if (map->video) {
		mutex_lock(&gpu->vram_lock);
		gpu->window_taken_bytes -= map->range.last -
					   map->range.first + 1;
		sim_space_release(&map->range);
		mutex_unlock(&gpu->vram_lock);
	} else {
		mutex_lock(&system_window_lock);
		sim_space_release(&map->range);
		mutex_unlock(&system_window_lock);
	}
}

/* A mapping that has no address yet; the reference is for the object. */
static struct sim_cpu_map *alloc_map(struct sim_memory *memory, u64 offset,
				     u64 bytes)
{
	struct sim_cpu_map *map = kzalloc(sizeof(*map), GFP_KERNEL);

	if (!map)
		return NULL;
	refcount_set(&map->ref, 1);
	mutex_init(&map->lock);
	map->gpu = sim_gpu_get(memory->gpu);
	map->memory = sim_memory_get(memory);
	map->first_page = offset >> PAGE_SHIFT;
	map->pages = DIV_ROUND_UP_ULL(offset + bytes, PAGE_SIZE) -
		     map->first_page;
	return map;
}

/**
 * sim_cpu_map_create() - prepare a mapping of memory that an object has
 * @object: the object; the mapping ends with it
 * @memory: the memory
 * @offset: of the first byte
 * @bytes: how many, at least 1; both are within the memory
 * @writable: the CPU may write
 * @map: the mapping; the reference is the object's
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or NV_ERR_NO_MEMORY.
 */
u32 sim_cpu_map_create(struct sim_object *object, struct sim_memory *memory,
		       u64 offset, u64 bytes, bool writable,
		       struct sim_cpu_map **map)
{
	struct sim_cpu_map *new = alloc_map(memory, offset, bytes);
	u64 length;
	bool done;

	lockdep_assert_held(&sim_rm_lock);
	if (!new)
		return NV_ERR_NO_MEMORY;
	length = (u64)PAGE_SIZE * new->pages;
	new->video = memory->video;
	new->rings = memory->doorbell;
	new->by_fault = new->video || new->rings;
	done = new->video ? reserve_in_gpu(new, length) :
			    reserve_in_system(new, length);
	if (!done) {
		sim_cpu_map_put(new);
		return NV_ERR_NO_MEMORY;
	}

	new->address = new->range.first + offset_in_page(offset);
	new->writable = writable;
	/* The first reference is the object's. */
	list_add_tail(&new->link, &object->cpu_maps);
	if (new->rings)
		sim_doorbell_add(new);
	*map = new;
	return NV_OK;
}

/**
 * sim_cpu_map_create_kernel() - map memory that an object has for the kernel
 * @object: the object; the mapping ends with it
 * @memory: the memory
 * @offset: of the first byte
 * @bytes: how many, at least 1; both are within the memory
 * @map: the mapping, whose address can be used; the reference is the object's
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or NV_ERR_NO_MEMORY.
 */
u32 sim_cpu_map_create_kernel(struct sim_object *object,
			      struct sim_memory *memory, u64 offset, u64 bytes,
			      struct sim_cpu_map **map)
{
	struct sim_cpu_map *made = alloc_map(memory, offset, bytes);

	lockdep_assert_held(&sim_rm_lock);
	if (!made)
		return NV_ERR_NO_MEMORY;
	made->kernel = sim_memory_vmap(memory, made->first_page, made->pages);
	if (!made->kernel) {
		sim_cpu_map_put(made);
		return NV_ERR_NO_MEMORY;
	}
	made->address = (uintptr_t)made->kernel + offset_in_page(offset);
	list_add_tail(&made->link, &object->cpu_maps);
	*map = made;
	return NV_OK;
}

/*
 * A mapping that has ended needs its memory only while it is still mapped, which
 * is never so for what is mapped by faults.  The caller puts what is returned.
 */
static struct sim_memory *let_go(struct sim_cpu_map *map)
{
	struct sim_memory *memory = map->memory;

	lockdep_assert_held(&map->lock);
	if (!map->dead || (!map->by_fault && map->vmas))
		return NULL;
	map->memory = NULL;
	return memory;
}

/**
 * sim_cpu_map_kill() - end a mapping
 * @map: a mapping of an object; the object's reference is dropped
 *
 * Context: sim_rm_lock is held.
 */
void sim_cpu_map_kill(struct sim_cpu_map *map)
{
	struct sim_memory *memory;

	lockdep_assert_held(&sim_rm_lock);
	list_del(&map->link);
	if (map->rings)
		sim_doorbell_remove(map);
	release_address(map);

	/*
	 * A fault that got the lock first has its page in the page table by now,
	 * and the page is taken out below; a later one sees @dead.
	 */
	mutex_lock(&map->lock);
	map->dead = true;
	if (map->by_fault && map->space)
		unmap_mapping_range(map->space, 0, 0, 1);
	memory = let_go(map);
	mutex_unlock(&map->lock);
	if (memory)
		sim_memory_put(memory);
	sim_cpu_map_put(map);
}

/**
 * sim_cpu_map_zap() - let the next access to a mapping fault
 * @map: the mapping, which is mapped by faults
 *
 * Context: process; takes the mapping's lock.
 */
void sim_cpu_map_zap(struct sim_cpu_map *map)
{
	mutex_lock(&map->lock);
	if (map->space)
		unmap_mapping_range(map->space, 0, 0, 1);
	mutex_unlock(&map->lock);
}

/**
 * sim_cpu_map_get() - take one more reference
 * @map: a mapping that the caller has a reference to
 *
 * Context: any.
 * Return: @map.
 */
struct sim_cpu_map *sim_cpu_map_get(struct sim_cpu_map *map)
{
	refcount_inc(&map->ref);
	return map;
}

/**
 * sim_cpu_map_put() - drop a reference
 * @map: the mapping
 *
 * Context: process; takes vram_lock.
 */
void sim_cpu_map_put(struct sim_cpu_map *map)
{
	if (!refcount_dec_and_test(&map->ref))
		return;
	if (map->memory)
		sim_memory_put(map->memory);
	sim_gpu_put(map->gpu);
	kfree(map);
}

/**
 * sim_cpu_map_set_space() - say whose mappings a mapping is seen through
 * @map: the mapping
 * @space: the file's address space, NULL when the file is closed
 *
 * Context: process; takes the mapping's lock.
 */
void sim_cpu_map_set_space(struct sim_cpu_map *map,
			   struct address_space *space)
{
	mutex_lock(&map->lock);
	map->space = space;
	mutex_unlock(&map->lock);
}

static void vma_open(struct vm_area_struct *vma)
{
	struct sim_cpu_map *map = sim_cpu_map_get(vma->vm_private_data);

	mutex_lock(&map->lock);
	map->vmas++;
	mutex_unlock(&map->lock);
}

static void vma_close(struct vm_area_struct *vma)
{
	struct sim_cpu_map *map = vma->vm_private_data;
	struct sim_memory *memory;

	mutex_lock(&map->lock);
	map->vmas--;
	memory = let_go(map);
	mutex_unlock(&map->lock);
	if (memory)
		sim_memory_put(memory);
	sim_cpu_map_put(map);
}

static vm_fault_t page_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct sim_cpu_map *map = vma->vm_private_data;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	struct page *page;

	if (vmf->pgoff >= map->pages)
		return VM_FAULT_SIGBUS;

	mutex_lock(&map->lock);
	if (!map->dead) {
		page = sim_memory_page(map->memory,
				       map->first_page + vmf->pgoff);
		if (page)
			ret = vmf_insert_pfn(vma, vmf->address,
					     page_to_pfn(page));
	}
	mutex_unlock(&map->lock);
	/* Mapped first: what is stored from now on is seen by whoever is woken. */
	if (map->rings && ret == VM_FAULT_NOPAGE)
		sim_engines_kick(map->gpu);
	return ret;
}

static const struct vm_operations_struct fault_vm_ops = {
	.open = vma_open,
	.close = vma_close,
	.fault = page_fault,
};

static const struct vm_operations_struct system_vm_ops = {
	.open = vma_open,
	.close = vma_close,
};

static int mmap_by_fault(struct sim_cpu_map *map, struct vm_area_struct *vma)
{
	if (vma_pages(vma) != map->pages)
		return -ENXIO;
	sim_vma_change_flags(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP, 0);
	return 0;
}

static int mmap_system(struct sim_cpu_map *map, struct vm_area_struct *vma)
{
	unsigned long i;
	struct page *page;

	if (vma_pages(vma) > map->pages)
		return -ERANGE;
	sim_vma_change_flags(vma, VM_DONTEXPAND | VM_DONTDUMP, 0);
	for (i = 0; i < vma_pages(vma); i++) {
		page = sim_memory_page(map->memory, map->first_page + i);
		if (!page || vm_insert_page(vma,
					    vma->vm_start + (i << PAGE_SHIFT),
					    page))
			return -EAGAIN;
	}
	return 0;
}

static int mmap_locked(struct sim_cpu_map *map, struct vm_area_struct *vma)
{
	int err;

	lockdep_assert_held(&map->lock);
	if (map->dead)
		return -EINVAL;
	if (!map->writable) {
		sim_vma_change_flags(vma, 0, VM_WRITE | VM_MAYWRITE);
		vma->vm_page_prot = vm_get_page_prot(vma->vm_flags);
	}
	err = map->by_fault ? mmap_by_fault(map, vma) : mmap_system(map, vma);
	if (err)
		return err;
	vma->vm_ops = map->by_fault ? &fault_vm_ops : &system_vm_ops;
	vma->vm_private_data = sim_cpu_map_get(map);
	map->vmas++;
	return 0;
}

/**
 * sim_cpu_map_mmap() - map it into a process
 * @map: the mapping
 * @vma: as for file_operations.mmap
 *
 * Context: mmap_lock is held for writing.
 * Return: 0 or a negative errno.
 */
int sim_cpu_map_mmap(struct sim_cpu_map *map, struct vm_area_struct *vma)
{
	int err;

	/* A private mapping that is written to would be copied page by page. */
	if (!(vma->vm_flags & VM_SHARED) && vma->vm_flags & VM_WRITE)
		return -EINVAL;
	mutex_lock(&map->lock);
	err = mmap_locked(map, vma);
	mutex_unlock(&map->lock);
	return err;
}

/**
 * sim_memory_unmap_all() - end all mappings of an object's memory
 * @object: the object
 *
 * Context: sim_rm_lock is held.
 */
void sim_memory_unmap_all(struct sim_object *object)
{
	struct sim_cpu_map *map, *next;

	list_for_each_entry_safe(map, next, &object->cpu_maps, link)
		sim_cpu_map_kill(map);
}
