// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Managed memory of UVM; see uvm_managed.h.
 */
#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat/sim_kernel.h"
#include "nvabi/nvstatus.h"

#include "gpu.h"
#include "memory.h"
#include "uvm_managed.h"
#include "uvm_range.h"

#define BLOCK_SHIFT 21
#define BLOCK_PAGES (1UL << (BLOCK_SHIFT - PAGE_SHIFT))

#define PAGE_GFP    (GFP_HIGHUSER | __GFP_ZERO | __GFP_RETRY_MAYFAIL | \
		  __GFP_NOWARN)

/**
 * struct block - 2 MiB of addresses
 * @link: in chunks, while it has one
 * @session: whose it is
 * @number: of the first address, in blocks
 * @gpu: where the chunk is, with a reference; NULL without one
 * @chunk: video memory, NULL for none
 * @duplicate: pages that move to a GPU stay with the CPU too
 * @on_cpu: pages that are with the CPU
 * @on_gpu: pages that are with @gpu
 * @pages: those whose bytes have been touched
 */
struct block {
	struct list_head link;
	struct sim_uvm_session *session;
	unsigned long number;
	struct sim_gpu *gpu;
	struct sim_memory *chunk;
	bool duplicate;
	DECLARE_BITMAP(on_cpu, BLOCK_PAGES);
	DECLARE_BITMAP(on_gpu, BLOCK_PAGES);
	struct page *pages[BLOCK_PAGES];
};

/* Protects the blocks of all sessions and the list; see gpu.h for the order. */
static DEFINE_MUTEX(managed_lock);

/* Blocks that have a chunk; the one that got it first is evicted first. */
static LIST_HEAD(chunks);

/* As the driver's: without it, a full GPU stays full. */
static int uvm_global_oversubscription = 1;
module_param(uvm_global_oversubscription, int, 0444);
MODULE_PARM_DESC(uvm_global_oversubscription, "Whether managed memory leaves a GPU for others, as the driver's parameter of that name (default: 1)");

static u64 block_address(const struct block *block)
{
	return (u64)block->number << BLOCK_SHIFT;
}

/* The CPU asks again before it touches these pages. */
static void zap(const struct block *block, unsigned long first,
		unsigned long count)
{
	unmap_mapping_range(block->session->space,
			    block_address(block) + (first << PAGE_SHIFT),
			    count << PAGE_SHIFT, 1);
}

static void release_chunk(struct block *block)
{
	if (!block->chunk)
		return;
	list_del(&block->link);
	sim_memory_put(block->chunk);
	sim_gpu_put(block->gpu);
	block->chunk = NULL;
	block->gpu = NULL;
}

static void release_chunk_if_empty(struct block *block)
{
	if (bitmap_empty(block->on_gpu, BLOCK_PAGES))
		release_chunk(block);
}

static void leave_gpu(struct block *block)
{
	bitmap_or(block->on_cpu, block->on_cpu, block->on_gpu, BLOCK_PAGES);
	bitmap_zero(block->on_gpu, BLOCK_PAGES);
	release_chunk(block);
}

static bool evict(const struct sim_gpu *gpu)
{
	struct block *block;

	lockdep_assert_held(&managed_lock);
	if (!uvm_global_oversubscription)
		return false;
	list_for_each_entry(block, &chunks, link) {
		if (block->gpu == gpu) {
			leave_gpu(block);
			return true;
		}
	}
	return false;
}

/**
 * sim_managed_evict() - make room on a GPU
 * @gpu: the GPU
 *
 * Context: process; takes vram_lock.
 * Return: whether there is more room now.
 */
bool sim_managed_evict(const struct sim_gpu *gpu)
{
	bool done;

	mutex_lock(&managed_lock);
	done = evict(gpu);
	mutex_unlock(&managed_lock);
	return done;
}

static u32 take_chunk(struct block *block, struct sim_gpu *gpu)
{
	static const struct sim_placement place = {
		.size_bytes = SIM_PAGE_HUGE_BYTES,
		.page_bytes = SIM_PAGE_HUGE_BYTES,
		.align_bytes = SIM_PAGE_HUGE_BYTES,
		.layout = SIM_LAYOUT_TOGETHER,
	};
	struct sim_memory *chunk;
	u32 status;

	do
		status = sim_memory_try_video(gpu, &place, 0, U64_MAX, &chunk);
	while (status == NV_ERR_NO_MEMORY && evict(gpu));
	if (status != NV_OK)
		return status;
	/* Pages that were with another GPU go along. */
	release_chunk(block);
	block->chunk = chunk;
	block->gpu = sim_gpu_get(gpu);
	list_add_tail(&block->link, &chunks);
	return NV_OK;
}

static u32 move_to_gpu(struct block *block, struct sim_gpu *gpu,
		       unsigned long first, unsigned long count)
{
	u32 status = block->gpu == gpu ? NV_OK : take_chunk(block, gpu);

	if (status != NV_OK)
		return status;
	bitmap_set(block->on_gpu, first, count);
	if (!block->duplicate) {
		bitmap_clear(block->on_cpu, first, count);
		zap(block, first, count);
	}
	return NV_OK;
}

static void move_to_cpu(struct block *block, unsigned long first,
			unsigned long count)
{
	bitmap_set(block->on_cpu, first, count);
	if (!block->duplicate)
		bitmap_clear(block->on_gpu, first, count);
	release_chunk_if_empty(block);
}

static struct block *make_block(struct sim_uvm_session *session,
				unsigned long number)
{
	struct block *block = xa_load(&session->blocks, number);

	if (block)
		return block;
	block = kzalloc(sizeof(*block), GFP_KERNEL);
	if (!block)
		return NULL;
	block->session = session;
	block->number = number;
	if (xa_err(xa_store(&session->blocks, number, block, GFP_KERNEL))) {
		kfree(block);
		return NULL;
	}
	return block;
}

/* Which pages of a block lie between two addresses. */
static unsigned long pages_of(const struct block *block, u64 first, u64 last,
			      unsigned long *count)
{
	u64 base = block_address(block);
	u64 begin = max(first, base) - base;
	u64 end = min(last, base + (1UL << BLOCK_SHIFT) - 1) - base + 1;

	*count = (end - begin) >> PAGE_SHIFT;
	return begin >> PAGE_SHIFT;
}

/**
 * sim_managed_migrate() - move pages, and make those that never were
 * @session: the session
 * @gpu: where to, NULL for the CPU
 * @first: lowest address
 * @last: highest one; all between is managed memory
 *
 * Context: the session's lock is held; takes vram_lock.
 * Return: NV_OK or NV_ERR_NO_MEMORY; what was moved stays moved.
 */
u32 sim_managed_migrate(struct sim_uvm_session *session, struct sim_gpu *gpu,
			u64 first, u64 last)
{
	unsigned long number, begin, count;
	struct block *block;
	u32 status = NV_OK;

	lockdep_assert_held(&session->lock);
	mutex_lock(&managed_lock);
	for (number = first >> BLOCK_SHIFT;
	     number <= last >> BLOCK_SHIFT && status == NV_OK; number++) {
		block = make_block(session, number);
		if (!block) {
			status = NV_ERR_NO_MEMORY;
			break;
		}
		begin = pages_of(block, first, last, &count);
		if (gpu)
			status = move_to_gpu(block, gpu, begin, count);
		else
			move_to_cpu(block, begin, count);
		cond_resched();
	}
	mutex_unlock(&managed_lock);
	return status;
}

/**
 * sim_managed_set_duplication() - may pages be with the CPU and a GPU at once
 * @session: the session
 * @first: lowest address; the whole of its block is meant
 * @last: highest one
 * @duplicate: they may
 *
 * Context: the session's lock is held.
 * Return: NV_OK or NV_ERR_NO_MEMORY.
 */
u32 sim_managed_set_duplication(struct sim_uvm_session *session, u64 first,
				u64 last, bool duplicate)
{
	unsigned long number;
	struct block *block;
	u32 status = NV_OK;

	mutex_lock(&managed_lock);
	for (number = first >> BLOCK_SHIFT; number <= last >> BLOCK_SHIFT;
	     number++) {
		block = make_block(session, number);
		if (!block) {
			status = NV_ERR_NO_MEMORY;
			break;
		}
		block->duplicate = duplicate;
		if (duplicate)
			continue;
		/* Of two copies the CPU's is kept. */
		bitmap_andnot(block->on_gpu, block->on_gpu, block->on_cpu,
			      BLOCK_PAGES);
		release_chunk_if_empty(block);
	}
	mutex_unlock(&managed_lock);
	return status;
}

/**
 * sim_managed_leave_gpu() - a GPU is not the session's any more
 * @session: the session
 * @gpu: the GPU
 *
 * Context: the session's lock is held, or nobody else has it.
 */
void sim_managed_leave_gpu(struct sim_uvm_session *session,
			   const struct sim_gpu *gpu)
{
	unsigned long number;
	struct block *block;

	mutex_lock(&managed_lock);
	xa_for_each(&session->blocks, number, block) {
		if (block->gpu == gpu)
			leave_gpu(block);
	}
	mutex_unlock(&managed_lock);
}

static void free_pages_of(struct block *block, unsigned long first,
			  unsigned long count)
{
	unsigned long i;

	zap(block, first, count);
	bitmap_clear(block->on_cpu, first, count);
	bitmap_clear(block->on_gpu, first, count);
	for (i = first; i < first + count; i++) {
		if (block->pages[i])
			__free_page(block->pages[i]);
		block->pages[i] = NULL;
	}
	release_chunk_if_empty(block);
}

static void drop_in_block(struct block *block, u64 first, u64 last)
{
	unsigned long begin, count;

	begin = pages_of(block, first, last, &count);
	free_pages_of(block, begin, count);
	if (!bitmap_empty(block->on_cpu, BLOCK_PAGES) ||
	    !bitmap_empty(block->on_gpu, BLOCK_PAGES))
		return;
	xa_erase(&block->session->blocks, block->number);
	kfree(block);
}

/**
 * sim_managed_drop() - free pages
 * @session: the session
 * @first: lowest address
 * @last: highest one
 *
 * Context: the session's lock is held, or nobody else has it.
 */
void sim_managed_drop(struct sim_uvm_session *session, u64 first, u64 last)
{
	unsigned long number;
	struct block *block;

	mutex_lock(&managed_lock);
	xa_for_each_range(&session->blocks, number, block, first >> BLOCK_SHIFT,
			  last >> BLOCK_SHIFT)
		drop_in_block(block, first, last);
	mutex_unlock(&managed_lock);
}

/* The page that the CPU wants, which is with it from now on. */
static struct page *touch(struct sim_uvm_session *session, u64 address)
{
	unsigned long i = (address >> PAGE_SHIFT) % BLOCK_PAGES;
	struct block *block = make_block(session, address >> BLOCK_SHIFT);

	if (!block)
		return NULL;
	if (!block->pages[i])
		block->pages[i] = alloc_page(PAGE_GFP);
	if (block->pages[i])
		move_to_cpu(block, i, 1);
	return block->pages[i];
}

static vm_fault_t managed_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct sim_uvm_session *session = vma->vm_private_data;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	struct page *page;

	/* It was moved away from the addresses that the session knows. */
	if (vmf->address >> PAGE_SHIFT != vmf->pgoff)
		return VM_FAULT_SIGBUS;
	mutex_lock(&managed_lock);
	page = touch(session, vmf->address);
	if (page)
		ret = vmf_insert_pfn_prot(vma, vmf->address, page_to_pfn(page),
					  vm_get_page_prot(vma->vm_flags));
	mutex_unlock(&managed_lock);
	return ret;
}

static vm_fault_t disabled_fault(struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct disabled_vm_ops = {
	.fault = disabled_fault,
};

/* A child that was forked sees nothing; a part that was split off is one more. */
static void managed_open(struct vm_area_struct *vma)
{
	if (vma->vm_mm == current->mm)
		return;
	vma->vm_ops = &disabled_vm_ops;
	vma->vm_private_data = NULL;
}

static void managed_close(struct vm_area_struct *vma)
{
	if (vma->vm_start == vma->vm_pgoff << PAGE_SHIFT)
		sim_uvm_unmap_managed(vma->vm_private_data, vma->vm_start,
				      vma->vm_end - 1);
}

/* As the driver's, which hears of writes too; here a page is writable at once. */
static const struct vm_operations_struct managed_vm_ops = {
	.open = managed_open,
	.close = managed_close,
	.fault = managed_fault,
	.page_mkwrite = managed_fault,
};

/**
 * sim_managed_mmap() - show managed memory to a process
 * @session: the session, to which the addresses belong
 * @vma: as for file_operations.mmap
 *
 * Context: mmap_lock is held for writing.
 */
void sim_managed_mmap(struct sim_uvm_session *session,
		      struct vm_area_struct *vma)
{
	sim_vma_change_flags(vma, VM_PFNMAP | VM_DONTEXPAND | VM_DONTCOPY, 0);
	vma->vm_ops = &managed_vm_ops;
	vma->vm_private_data = session;
}
