// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Memory that objects refer to, with real bytes behind it; see memory.h.
 *
 * Video memory is as large as the card says and the machine's memory may be much
 * smaller, so its pages come into being when they are touched.  They belong to
 * the piece of memory, not to the place in the card: two pieces never share
 * bytes, and new memory reads as zero, as the driver's scrubber has it.  Where
 * that is off, freed pages stay at their place on the card: residue.h.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"

#include "gpu.h"
#include "memory.h"
#include "residue.h"
#include "uvm_managed.h"

#define PAGE_GFP (GFP_HIGHUSER | __GFP_ZERO | __GFP_RETRY_MAYFAIL | \
		  __GFP_NOWARN)

static struct sim_memory *alloc_memory(struct sim_gpu *gpu,
				       const struct sim_placement *place)
{
	struct sim_memory *memory = kzalloc(sizeof(*memory), GFP_KERNEL);

	if (!memory)
		return NULL;
	refcount_set(&memory->ref, 1);
	memory->gpu = sim_gpu_get(gpu);
	memory->bytes = place->size_bytes;
	memory->page_bytes = place->page_bytes;
	memory->attr = place->attr;
	mutex_init(&memory->lock);
	xa_init(&memory->pages);
	return memory;
}

/* Room for one more run; runs grow as a heap that is in pieces needs them. */
static struct sim_vram_run *next_run(struct sim_memory *memory)
{
	unsigned int count = memory->run_count;
	struct sim_vram_run *runs;

	if (!(count & (count + 1)) || !memory->runs) {
		runs = kvcalloc(2 * (count + 1), sizeof(*runs), GFP_KERNEL);
		if (!runs)
			return NULL;
		if (count)
			memcpy(runs, memory->runs, count * sizeof(*runs));
		kvfree(memory->runs);
		memory->runs = runs;
	}
	return &memory->runs[count];
}

static void give_runs(struct sim_memory *memory)
{
	while (memory->run_count)
		sim_vram_give(&memory->gpu->vram,
			      &memory->runs[--memory->run_count]);
}

static u32 take_scattered(struct sim_memory *memory, unsigned long units,
			  unsigned long grain, unsigned long first,
			  unsigned long end)
{
	struct sim_vram *vram = &memory->gpu->vram;
	struct sim_vram_run *run;

	if (units > vram->free)
		return NV_ERR_NO_MEMORY;
	while (units) {
		run = next_run(memory);
		if (!run || !sim_vram_take_some(vram, units, grain, first, end,
						run)) {
			give_runs(memory);
			return NV_ERR_NO_MEMORY;
		}
		memory->run_count++;
		units -= run->count;
		first = run->first + run->count;
	}
	return NV_OK;
}

static u32 take_together(struct sim_memory *memory, unsigned long units,
			 unsigned long align, unsigned long first,
			 unsigned long end)
{
	struct sim_vram_run *run = next_run(memory);

	if (!run || !sim_vram_take_run(&memory->gpu->vram, units, align, first,
				       end, run))
		return NV_ERR_NO_MEMORY;
	memory->run_count = 1;
	return NV_OK;
}

/* Sizes become units here: never less than 64 KiB, as NVIDIA's allocator. */
static u32 take_vram(struct sim_memory *memory,
		     const struct sim_placement *place, u64 first_byte,
		     u64 end_byte)
{
	u64 grain_bytes = max_t(u64, place->page_bytes, SIM_VRAM_UNIT_BYTES);
	u64 align_bytes = max_t(u64, place->align_bytes, SIM_VRAM_UNIT_BYTES);
	unsigned long units, grain, first, end;
	u32 status = NV_ERR_NO_MEMORY;

	if (place->size_bytes > memory->gpu->heap_bytes)
		return NV_ERR_NO_MEMORY;
	units = round_up(place->size_bytes, grain_bytes) >> SIM_VRAM_UNIT_SHIFT;
	grain = grain_bytes >> SIM_VRAM_UNIT_SHIFT;
	first = DIV_ROUND_UP_ULL(first_byte, SIM_VRAM_UNIT_BYTES);
	end = min_t(u64, end_byte >> SIM_VRAM_UNIT_SHIFT,
		    memory->gpu->vram.units);

	if (place->layout != SIM_LAYOUT_SCATTERED)
		status = take_together(memory, units,
				       align_bytes >> SIM_VRAM_UNIT_SHIFT,
				       first, end);
	if (status != NV_OK && place->layout != SIM_LAYOUT_TOGETHER)
		status = take_scattered(memory, units, grain, first, end);
	return status;
}

/**
 * sim_memory_try_video() - take a piece of video memory that is free
 * @gpu: of which GPU
 * @place: size and kind
 * @first_byte: lowest offset that will do
 * @end_byte: one past the highest
 * @memory: the piece, with one reference
 *
 * Context: process; takes vram_lock.
 * Return: NV_OK or NV_ERR_NO_MEMORY.
 */
u32 sim_memory_try_video(struct sim_gpu *gpu, const struct sim_placement *place,
			 u64 first_byte, u64 end_byte,
			 struct sim_memory **memory)
{
	struct sim_memory *new = alloc_memory(gpu, place);
	u32 status;

	if (!new)
		return NV_ERR_NO_MEMORY;
	new->video = true;

	mutex_lock(&gpu->vram_lock);
	status = take_vram(new, place, first_byte, end_byte);
	mutex_unlock(&gpu->vram_lock);
	if (status != NV_OK) {
		sim_memory_put(new);
		return status;
	}
	new->attr = sim_placement_set_physicality(new->attr,
						  new->run_count > 1);
	*memory = new;
	return NV_OK;
}

/**
 * sim_memory_create_video() - take a piece of video memory
 * @gpu: of which GPU
 * @place: size and kind
 * @first_byte: lowest offset that will do
 * @end_byte: one past the highest
 * @memory: the piece, with one reference
 *
 * Managed memory of UVM makes room for it.
 *
 * Context: process; takes vram_lock.
 * Return: NV_OK or NV_ERR_NO_MEMORY.
 */
u32 sim_memory_create_video(struct sim_gpu *gpu,
			    const struct sim_placement *place, u64 first_byte,
			    u64 end_byte, struct sim_memory **memory)
{
	u32 status;

	do
		status = sim_memory_try_video(gpu, place, first_byte, end_byte,
					      memory);
	while (status == NV_ERR_NO_MEMORY &&
	       place->size_bytes <= gpu->heap_bytes && sim_managed_evict(gpu));
	return status;
}

#define PAGES_PER_UNIT (SIM_VRAM_UNIT_BYTES >> PAGE_SHIFT)

/* Where on the card a page of video memory lies. */
static unsigned long place_of(const struct sim_memory *memory,
			      unsigned long number)
{
	unsigned long unit = number / PAGES_PER_UNIT;
	const struct sim_vram_run *run = memory->runs;

	for (; unit >= run->count; run++)
		unit -= run->count;
	return (run->first + unit) * PAGES_PER_UNIT + number % PAGES_PER_UNIT;
}

static struct page *find_or_make_page(struct sim_memory *memory,
				      unsigned long number)
{
	struct page *page = NULL;

	if (memory->video)
		page = sim_residue_find(memory->gpu, place_of(memory, number));
	return page ?: alloc_page(PAGE_GFP);
}

/* The page with a number, made if it is not there. */
static struct page *touch_page(struct sim_memory *memory, unsigned long number)
{
	struct page *page;

	mutex_lock(&memory->lock);
	page = xa_load(&memory->pages, number);
	if (page)
		goto out_unlock;

	page = find_or_make_page(memory, number);
	if (page && xa_err(xa_store(&memory->pages, number, page,
				    GFP_KERNEL))) {
		__free_page(page);
		page = NULL;
	}
out_unlock:
	mutex_unlock(&memory->lock);
	return page;
}

/**
 * sim_memory_create_system() - take a piece of the host's memory
 * @gpu: for which GPU, NULL for none
 * @place: size and kind
 * @memory: the piece, with one reference
 *
 * Its pages are all there from the beginning, as the driver's are.
 *
 * Context: process.
 * Return: NV_OK or NV_ERR_NO_MEMORY.
 */
u32 sim_memory_create_system(struct sim_gpu *gpu,
			     const struct sim_placement *place,
			     struct sim_memory **memory)
{
	u64 pages = DIV_ROUND_UP_ULL(place->size_bytes, PAGE_SIZE);
	struct sim_memory *new;
	unsigned long i;

	if (pages > totalram_pages())
		return NV_ERR_NO_MEMORY;
	new = alloc_memory(gpu, place);
	if (!new)
		return NV_ERR_NO_MEMORY;

	for (i = 0; i < pages; i++) {
		if (!touch_page(new, i)) {
			sim_memory_put(new);
			return NV_ERR_NO_MEMORY;
		}
		cond_resched();
	}
	*memory = new;
	return NV_OK;
}

/**
 * sim_memory_get() - take one more reference
 * @memory: memory that the caller has a reference to
 *
 * Context: any.
 * Return: @memory.
 */
struct sim_memory *sim_memory_get(struct sim_memory *memory)
{
	refcount_inc(&memory->ref);
	return memory;
}

/**
 * sim_memory_put() - drop a reference; the last one frees bytes and place
 * @memory: the memory
 *
 * Context: process; takes vram_lock.
 */
void sim_memory_put(struct sim_memory *memory)
{
	unsigned long number;
	struct page *page;

	if (!refcount_dec_and_test(&memory->ref))
		return;

	xa_for_each(&memory->pages, number, page) {
		if (memory->video)
			sim_residue_leave(memory->gpu, place_of(memory, number),
					  page);
		else
			__free_page(page);
	}
	xa_destroy(&memory->pages);

	if (memory->video) {
		mutex_lock(&memory->gpu->vram_lock);
		give_runs(memory);
		mutex_unlock(&memory->gpu->vram_lock);
	}
	kvfree(memory->runs);
	sim_gpu_put(memory->gpu);
	kfree(memory);
}

/**
 * sim_memory_offset() - where it begins
 * @memory: the memory
 *
 * Context: any.
 * Return: the offset in video memory; 0 for the host's.
 */
u64 sim_memory_offset(const struct sim_memory *memory)
{
	if (!memory->run_count)
		return 0;
	return (u64)memory->runs[0].first << SIM_VRAM_UNIT_SHIFT;
}

/**
 * sim_memory_taken_bytes() - how much of the card it takes
 * @memory: the memory
 *
 * Context: any.
 * Return: bytes of video memory, at least what the driver tells.
 */
u64 sim_memory_taken_bytes(const struct sim_memory *memory)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < memory->run_count; i++)
		bytes += (u64)memory->runs[i].count << SIM_VRAM_UNIT_SHIFT;
	return bytes;
}

/**
 * sim_memory_page() - the page behind an offset
 * @memory: the memory
 * @number: number of the page
 *
 * Context: process; takes the memory's lock, may wait for memory.
 * Return: the page, valid as long as @memory, or NULL when the host has none
 * left.
 */
struct page *sim_memory_page(struct sim_memory *memory, unsigned long number)
{
	return touch_page(memory, number);
}

/**
 * sim_memory_vmap() - map a part of it for the kernel
 * @memory: the memory
 * @first: number of the first page
 * @count: how many, at least 1
 *
 * Context: process; takes the memory's lock, may wait for memory.
 * Return: the address, valid until vunmap() as long as @memory is, or NULL.
 */
void *sim_memory_vmap(struct sim_memory *memory, unsigned long first,
		      unsigned long count)
{
	struct page **pages = kvmalloc_array(count, sizeof(*pages), GFP_KERNEL);
	void *address = NULL;
	unsigned long i;

	if (!pages)
		return NULL;
	for (i = 0; i < count; i++) {
		pages[i] = sim_memory_page(memory, first + i);
		if (!pages[i])
			goto out_free;
	}
	address = vmap(pages, count, VM_MAP, PAGE_KERNEL);
out_free:
	kvfree(pages);
	return address;
}
