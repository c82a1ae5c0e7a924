// SPDX-License-Identifier: GPL-2.0
/*
 * Frames and their slots: see frame.h.  It knows nothing of what the arguments
 * mean.
 *
 * What keeps others from writing: the mapping's pages are special, so nothing in
 * the kernel pins them or writes to them but by the page tables; these allow no
 * write before pfn_mkwrite() does, which allows it to the task that is in the
 * driver with that slot and to no other; and the mapping can neither be moved,
 * split nor protected otherwise.  What is left is to unmap it as a whole: seal.c sees to
 * that, and where it cannot, close() notes it before anything can take its place.
 */
#include <linux/anon_inodes.h>
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hashtable.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "compat/frame.h"
#include "frame.h"

/* Most calls fit a page; for the others there are two slots of the largest size. */
#define SMALL_SLOTS 24
#define LARGE_SLOTS 2
#define SLOTS (SMALL_SLOTS + LARGE_SLOTS)
#define LARGE_AT (SMALL_SLOTS * PAGE_SIZE)
#define FRAME_BYTES (LARGE_AT + LARGE_SLOTS * LARGE_BYTES)
#define LARGE_BYTES ALIGN(GNV_FRAME_ROOM_MAX, PAGE_SIZE)
#define ALL_SMALL GENMASK(SMALL_SLOTS - 1, 0)
#define ALL_LARGE GENMASK(SLOTS - 1, SMALL_SLOTS)

/* So often a frame is made anew for one call, where another thread tears it. */
#define TRIES_MAX 8

/**
 * struct gnv_frame - the frame of one process
 * @node: in the table by @mm; RCU readers, written under frames_lock
 * @rcu: for kfree_rcu()
 * @removal: takes it away when the module goes
 * @refs: its mapping has one, and so have the slots in use
 * @mm: whose memory it lies in, with a reference to the structure
 * @vma: the mapping; valid while that is found in @mm
 * @start: its address
 * @memory: its pages, as the kernel sees them
 * @fill_lock: serialises the filling of the page tables; taken before mmap_lock
 * @wait: for a slot that is let go
 * @lock: protects what follows
 * @fresh: slots whose pages can be read and have not been written to
 * @busy: slots in use
 * @torn: the mapping is gone
 * @slots: of each slot: @owner: the task that uses it; @written: the driver has
 *	begun to answer; @tampered: another task tried to write to it
 */
struct gnv_frame {
	struct hlist_node node;
	struct rcu_head rcu;
	struct work_struct removal;
	refcount_t refs;
	struct mm_struct *mm;
	struct vm_area_struct *vma;
	unsigned long start;
	void *memory;
	struct mutex fill_lock;
	wait_queue_head_t wait;
	spinlock_t lock;
	unsigned long fresh;
	unsigned long busy;
	bool torn;
	struct {
		struct task_struct *owner;
		bool written;
		bool tampered;
	} slots[SLOTS];
};

/* Protects the table. */
static DEFINE_SPINLOCK(frames_lock);
static DEFINE_HASHTABLE(frames, 8);
/* How many there are, those that are in no table included. */
static atomic_t frame_count = ATOMIC_INIT(0);

static size_t offset_of_slot(unsigned int index)
{
	if (index < SMALL_SLOTS)
		return index * PAGE_SIZE;
	return LARGE_AT + (index - SMALL_SLOTS) * LARGE_BYTES;
}

static size_t room_of_slot(unsigned int index)
{
	return index < SMALL_SLOTS ? PAGE_SIZE : LARGE_BYTES;
}

static unsigned int slot_at(size_t offset)
{
	if (offset < LARGE_AT)
		return offset / PAGE_SIZE;
	return SMALL_SLOTS + (offset - LARGE_AT) / LARGE_BYTES;
}

static void put(struct gnv_frame *frame)
{
	if (!refcount_dec_and_test(&frame->refs))
		return;
	vfree(frame->memory);
	mmdrop(frame->mm);
	mutex_destroy(&frame->fill_lock);
	kfree_rcu(frame, rcu);
	/* gnv_frame_fini() waits for this. */
	atomic_dec(&frame_count);
}

/* Nobody has anything to read in a slot that is not there. */
static vm_fault_t frame_fault(struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS;
}

/* The owner is inside the driver, so it is the driver that writes. */
static vm_fault_t frame_pfn_mkwrite(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct gnv_frame *frame = vma->vm_private_data;
	unsigned int i = slot_at((vmf->address & PAGE_MASK) - vma->vm_start);
	vm_fault_t ret = VM_FAULT_SIGBUS;

	spin_lock(&frame->lock);
	if (vma == frame->vma && frame->slots[i].owner == current) {
		frame->slots[i].written = true;
		ret = 0;
	} else if (frame->slots[i].owner) {
		frame->slots[i].tampered = true;
	}
	spin_unlock(&frame->lock);
	return ret;
}

static int frame_may_split(struct vm_area_struct *vma, unsigned long address)
{
	return -EPERM;
}

static int frame_mprotect(struct vm_area_struct *vma, unsigned long start,
			  unsigned long end, unsigned long flags)
{
	return -EPERM;
}

/* The kernel moves it back then, and closes the copy. */
static int frame_mremap(struct vm_area_struct *vma)
{
	return -EPERM;
}

/*
 * Whoever is in the driver may read other memory there from now on.  It is killed
 * first, so that such memory cannot make it wait.
 */
static void tear(struct gnv_frame *frame)
{
	unsigned long busy;
	unsigned int i;

	spin_lock(&frame->lock);
	frame->torn = true;
	busy = frame->busy;
	for_each_set_bit(i, &busy, SLOTS)
		send_sig(SIGKILL, frame->slots[i].owner, 1);
	spin_unlock(&frame->lock);
	wake_up_all(&frame->wait);

	spin_lock(&frames_lock);
	if (!hlist_unhashed(&frame->node))
		hash_del_rcu(&frame->node);
	spin_unlock(&frames_lock);
}

static void frame_close(struct vm_area_struct *vma)
{
	struct gnv_frame *frame = vma->vm_private_data;

	/* The copy of a move that was refused. */
	if (vma != frame->vma)
		return;
	tear(frame);
	/* The mapping's reference. */
	put(frame);
}

static const struct vm_operations_struct frame_vm_ops = {
	.close = frame_close,
	.may_split = frame_may_split,
	.mremap = frame_mremap,
	.mprotect = frame_mprotect,
	.fault = frame_fault,
	.pfn_mkwrite = frame_pfn_mkwrite,
};

/*
 * The mapping keeps its file, and the file must not keep our module: it goes back
 * to the operations that its inode came with, which map nothing.
 */
static int frame_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct gnv_frame *frame = file->private_data;

	if (frame->vma || vma->vm_end - vma->vm_start != FRAME_BYTES)
		return -EPERM;
	file->f_op = file_inode(file)->i_fop;
	gnv_vma_change_flags(vma,
			     VM_PFNMAP | VM_IO | VM_DONTCOPY | VM_DONTEXPAND |
				     VM_DONTDUMP | GNV_VM_SEALED,
			     VM_EXEC | VM_MAYEXEC);
	vma->vm_private_data = frame;
	vma->vm_ops = &frame_vm_ops;
	frame->vma = vma;
	frame->start = vma->vm_start;
	/* The mapping's reference. */
	refcount_inc(&frame->refs);
	return 0;
}

static const struct file_operations frame_fops = {
	.mmap = frame_mmap,
};

/* Takes the mapping out of the current process's memory. */
static void unmap(struct gnv_frame *frame)
{
	struct mm_struct *mm = frame->mm;
	bool there;

	mmap_write_lock(mm);
	there = !READ_ONCE(frame->torn) &&
		vma_lookup(mm, frame->start) == frame->vma;
	if (there)
		gnv_vma_change_flags(frame->vma, 0, GNV_VM_SEALED);
	mmap_write_unlock(mm);
	if (there)
		vm_munmap(frame->start, FRAME_BYTES);
}

static struct gnv_frame *lookup(struct mm_struct *mm)
{
	struct gnv_frame *frame;

	hash_for_each_possible_rcu(frames, frame, node, (unsigned long)mm,
				   lockdep_is_held(&frames_lock)) {
		if (frame->mm == mm && refcount_inc_not_zero(&frame->refs))
			return frame;
	}
	return NULL;
}

static struct gnv_frame *alloc(void)
{
	struct gnv_frame *frame;

	frame = kzalloc(sizeof(*frame), GFP_KERNEL_ACCOUNT);
	if (!frame)
		return NULL;
	frame->memory = __vmalloc(FRAME_BYTES, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!frame->memory) {
		kfree(frame);
		return NULL;
	}
	mmgrab(current->mm);
	frame->mm = current->mm;
	refcount_set(&frame->refs, 1);
	spin_lock_init(&frame->lock);
	mutex_init(&frame->fill_lock);
	init_waitqueue_head(&frame->wait);
	atomic_inc(&frame_count);
	return frame;
}

static int map(struct gnv_frame *frame)
{
	unsigned long start;
	struct file *file;

	file = anon_inode_getfile("[ghostnv]", &frame_fops, frame, O_RDWR);
	if (IS_ERR(file))
		return PTR_ERR(file);
	start = vm_mmap(file, 0, FRAME_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	/* Where it was not mapped, the file still has our operations. */
	file->f_op = file_inode(file)->i_fop;
	fput(file);
	return IS_ERR_VALUE(start) ? (int)start : 0;
}

/* Makes the current process's frame; another thread may have been faster. */
static struct gnv_frame *create(void)
{
	struct gnv_frame *frame, *other;
	int ret;

	frame = alloc();
	if (!frame)
		return ERR_PTR(-ENOMEM);
	ret = map(frame);
	if (ret) {
		put(frame);
		return ERR_PTR(ret);
	}
	spin_lock(&frames_lock);
	other = lookup(frame->mm);
	/* Torn already: close() finds it in no table. */
	if (!other && !READ_ONCE(frame->torn))
		hash_add_rcu(frames, &frame->node, (unsigned long)frame->mm);
	spin_unlock(&frames_lock);
	if (!other)
		return frame;
	unmap(frame);
	put(frame);
	return other;
}

static struct gnv_frame *get(void)
{
	struct gnv_frame *frame;

	rcu_read_lock();
	frame = lookup(current->mm);
	rcu_read_unlock();
	return frame ?: create();
}

static int insert(struct gnv_frame *frame, unsigned int i)
{
	pgprot_t prot = vm_get_page_prot(frame->vma->vm_flags & ~VM_WRITE);
	size_t at = offset_of_slot(i), end = at + room_of_slot(i);

	for (; at < end; at += PAGE_SIZE) {
		unsigned long pfn = vmalloc_to_pfn(frame->memory + at);

		if (vmf_insert_pfn_prot(frame->vma, frame->start + at, pfn, prot) &
		    VM_FAULT_ERROR)
			return -ENOMEM;
	}
	return 0;
}

/* What has been used is unmapped: no processor can write to it any more. */
static int refill_locked(struct gnv_frame *frame, unsigned long used)
{
	unsigned int i, first, end;
	int ret = 0;

	mmap_assert_locked(frame->mm);
	if (READ_ONCE(frame->torn) ||
	    vma_lookup(frame->mm, frame->start) != frame->vma)
		return -EAGAIN;
	for_each_set_bitrange(first, end, &used, SLOTS)
		gnv_zap_vma(frame->vma, frame->start + offset_of_slot(first),
			    offset_of_slot(end) - offset_of_slot(first));
	for_each_set_bit(i, &used, SLOTS) {
		ret = insert(frame, i);
		if (ret)
			break;
	}
	return ret;
}

/* Makes all slots fresh that are not in use. */
static int refill(struct gnv_frame *frame)
{
	unsigned long used;
	int ret;

	if (mutex_lock_killable(&frame->fill_lock))
		return -EINTR;
	spin_lock(&frame->lock);
	used = (ALL_SMALL | ALL_LARGE) & ~frame->fresh & ~frame->busy;
	spin_unlock(&frame->lock);
	ret = mmap_read_lock_killable(frame->mm);
	if (!ret) {
		ret = refill_locked(frame, used);
		mmap_read_unlock(frame->mm);
	}
	if (!ret) {
		spin_lock(&frame->lock);
		frame->fresh |= used;
		spin_unlock(&frame->lock);
	}
	mutex_unlock(&frame->fill_lock);
	return ret;
}

/* Return: 0; -EAGAIN when all of @kind are used; -ESTALE when it is torn. */
static int take(struct gnv_frame *frame, unsigned long kind, unsigned int *index)
{
	int ret = -EAGAIN;

	spin_lock(&frame->lock);
	if (frame->torn) {
		ret = -ESTALE;
	} else if (frame->fresh & kind) {
		*index = __ffs(frame->fresh & kind);
		frame->fresh &= ~BIT(*index);
		frame->busy |= BIT(*index);
		frame->slots[*index].owner = current;
		frame->slots[*index].written = false;
		frame->slots[*index].tampered = false;
		ret = 0;
	}
	spin_unlock(&frame->lock);
	return ret;
}

static bool has_idle(struct gnv_frame *frame, unsigned long kind)
{
	return READ_ONCE(frame->torn) || (~READ_ONCE(frame->busy) & kind);
}

static int claim(struct gnv_frame *frame, unsigned long kind, unsigned int *index)
{
	int ret;

	for (;;) {
		ret = take(frame, kind, index);
		if (ret != -EAGAIN)
			return ret;
		ret = wait_event_killable(frame->wait, has_idle(frame, kind));
		if (!ret)
			ret = refill(frame);
		if (ret)
			return ret == -EAGAIN ? -ESTALE : ret;
	}
}

/**
 * gnv_slot_begin() - take a slot of the current process's frame
 * @slot: out
 * @bytes: how much room is wanted
 *
 * Context: Process context; may sleep; mmap_lock is not held.
 * Return: 0; -ENOMEM, also where the process keeps tearing its frame; -EINVAL
 * when no slot has so much room; -EINTR when the process was killed.
 */
int gnv_slot_begin(struct gnv_slot *slot, size_t bytes)
{
	unsigned int tries;

	if (bytes > GNV_FRAME_ROOM_MAX)
		return -EINVAL;
	for (tries = 0; tries < TRIES_MAX; tries++) {
		struct gnv_frame *frame = get();
		int ret;

		if (IS_ERR(frame))
			return PTR_ERR(frame);
		ret = claim(frame, bytes > PAGE_SIZE ? ALL_LARGE : ALL_SMALL,
			    &slot->index);
		if (!ret) {
			slot->frame = frame;
			slot->memory = frame->memory + offset_of_slot(slot->index);
			slot->address = frame->start + offset_of_slot(slot->index);
			slot->room = min_t(size_t, room_of_slot(slot->index),
					   GNV_FRAME_ROOM_MAX);
			return 0;
		}
		put(frame);
		if (ret != -ESTALE)
			return ret;
	}
	return -ENOMEM;
}

/**
 * gnv_slot_end() - let a slot go
 * @slot: from gnv_slot_begin(), or with no frame
 *
 * Context: Process context; may sleep.
 * Return: true when another task tried to write to it before the driver did.
 */
bool gnv_slot_end(struct gnv_slot *slot)
{
	struct gnv_frame *frame = slot->frame;
	bool tampered;

	if (!frame)
		return false;
	spin_lock(&frame->lock);
	frame->busy &= ~BIT(slot->index);
	frame->slots[slot->index].owner = NULL;
	tampered = frame->slots[slot->index].tampered;
	spin_unlock(&frame->lock);
	if (wq_has_sleeper(&frame->wait))
		wake_up_all(&frame->wait);
	put(frame);
	slot->frame = NULL;
	return tampered;
}

/**
 * gnv_slot_is_torn() - whether the driver may have read other memory
 * @slot: a slot in use
 *
 * Context: Process context.
 * Return: true if so.
 */
bool gnv_slot_is_torn(const struct gnv_slot *slot)
{
	bool torn;

	/* The lock orders this after the driver's reads, and after close(). */
	spin_lock(&slot->frame->lock);
	torn = slot->frame->torn;
	spin_unlock(&slot->frame->lock);
	return torn;
}

/**
 * gnv_slot_is_written() - whether the driver has written to a slot
 * @slot: a slot in use by the current task
 *
 * Context: Any.
 * Return: true if so.
 */
bool gnv_slot_is_written(const struct gnv_slot *slot)
{
	return slot->frame->slots[slot->index].written;
}

/**
 * gnv_slot_touches() - whether addresses reach into the frame of a slot
 * @slot: a slot in use
 * @address: the first
 * @bytes: how many
 *
 * Context: Any.
 * Return: true if any of them does.
 */
bool gnv_slot_touches(const struct gnv_slot *slot, u64 address, u64 bytes)
{
	u64 start = slot->frame->start;

	if (address >= start)
		return address - start < FRAME_BYTES;
	return bytes > start - address;
}

/**
 * gnv_frame_is_in() - whether a frame that is to stay lies at some addresses
 * @mm: whose addresses
 * @start: the first
 * @end: the one behind the last
 *
 * Context: Any.
 * Return: true if any of it does.
 */
bool gnv_frame_is_in(const struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct gnv_frame *frame;
	bool is = false;

	rcu_read_lock();
	hash_for_each_possible_rcu(frames, frame, node, (unsigned long)mm)
		is = is || (frame->mm == mm && start < frame->start + FRAME_BYTES &&
			    frame->start < end);
	rcu_read_unlock();
	return is;
}

static void remove_work(struct work_struct *work)
{
	struct gnv_frame *frame = container_of(work, struct gnv_frame, removal);
	struct mm_struct *mm = frame->mm;

	/* A process that is about to be gone closes its mappings itself. */
	if (mmget_not_zero(mm)) {
		kthread_use_mm(mm);
		unmap(frame);
		kthread_unuse_mm(mm);
		mmput(mm);
	}
	put(frame);
}

static struct gnv_frame *take_any(void)
{
	struct gnv_frame *frame;
	struct hlist_node *next;
	int bucket;

	spin_lock(&frames_lock);
	hash_for_each_safe(frames, bucket, next, frame, node) {
		hash_del_rcu(&frame->node);
		if (refcount_inc_not_zero(&frame->refs)) {
			spin_unlock(&frames_lock);
			return frame;
		}
	}
	spin_unlock(&frames_lock);
	return NULL;
}

/**
 * gnv_frame_fini() - take all frames out of their processes
 *
 * Context: Process context; may sleep.  Nobody is inside a call, nor will be.
 */
void gnv_frame_fini(void)
{
	struct gnv_frame *frame;

	while ((frame = take_any())) {
		INIT_WORK(&frame->removal, remove_work);
		schedule_work(&frame->removal);
		flush_work(&frame->removal);
	}
	while (atomic_read(&frame_count))
		usleep_range(1000, 2000);
	/* Whoever dropped the last reference leaves our code. */
	synchronize_rcu_tasks();
}
