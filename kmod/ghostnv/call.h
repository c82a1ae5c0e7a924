/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way of one call: identify, decode, authorise, charge, forward, settle,
 * rewrite.  call.c has the entrances and what every call shares; call_args.c the
 * way of the arguments to the driver and back; call_alloc.c what makes and frees
 * objects; call_uvm.c nvidia-uvm; view.c what is rewritten.
 */
#ifndef _GHOSTNV_CALL_H
#define _GHOSTNV_CALL_H

#include <linux/fs.h>
#include <linux/types.h>

#include "frame.h"
#include "intercept.h"
#include "oom.h"
#include "rm_decode.h"

struct gnv_container;
struct gnv_session;
struct nvabi_branch;

typedef long (*gnv_ioctl_fn)(struct file *file, unsigned int cmd,
			     unsigned long arg);

/**
 * struct gnv_part - a structure that another one points at
 * @memory: our copy of it, in the slot
 * @user: where the caller has it
 * @bytes: its size
 * @pointer: in our copy of the structure above, what points at it; NULL: none
 */
struct gnv_part {
	void *memory;
	u64 user;
	u32 bytes;
	u64 *pointer;
};

/* Of a control call whose parameters point at a list, the deepest. */
#define GNV_CALL_PARTS_MAX 2

/* Structures of the allocations that are charged, with their parameters. */
#define GNV_CALL_SAVED_MAX 448

/**
 * struct gnv_call - one ioctl on its way
 * @node: which of the driver's devices
 * @file: the file that it is made on
 * @cmd: as the caller gave it
 * @arg: as the caller gave it
 * @forward: the driver's own function
 * @branch: layouts of the driver's ABI
 * @container: the caller's; NULL for an unlimited caller
 * @session: the file's
 * @nr: escape, unwrapped
 * @args: the structure that is judged: of a limited caller in @slot, where the
 *	driver reads it too; of an unlimited one a copy
 * @uargs: where the caller has that structure
 * @args_bytes: its size
 * @slot: from where the driver reads a limited caller's structures
 * @parts: structures below it that are judged or rewritten, in @slot as well
 * @part_count: how many
 * @saved: what an allocation was forwarded with, to try it again
 * @saved_bytes: how much that is; 0: too much, it is tried once
 * @torn: the driver may have read something else
 * @op: what it means, on nvidiactl and nvidiaN
 * @oom: the charge that did not fit
 * @queue: the queue that it makes, until the driver has made it; or NULL
 * @charged: GPU on which something was charged, GNV_GPU_NONE for none
 */
struct gnv_call {
	enum gnv_node node;
	struct file *file;
	unsigned int cmd;
	unsigned long arg;
	gnv_ioctl_fn forward;
	const struct nvabi_branch *branch;
	struct gnv_container *container;
	struct gnv_session *session;
	u32 nr;
	void *args;
	void __user *uargs;
	u32 args_bytes;
	struct gnv_slot slot;
	struct gnv_part parts[GNV_CALL_PARTS_MAX];
	u32 part_count;
	u8 saved[GNV_CALL_SAVED_MAX];
	u32 saved_bytes;
	bool torn;
	struct gnv_rm_op op;
	struct gnv_oom oom;
	struct gnv_queue *queue;
	u32 charged;
};

int gnv_call_open(enum gnv_node node, struct inode *inode, struct file *file,
		  int (*open)(struct inode *inode, struct file *file));
int gnv_call_release(struct inode *inode, struct file *file,
		     int (*release)(struct inode *inode, struct file *file));
long gnv_call_ioctl(enum gnv_node node, struct file *file, unsigned int cmd,
		    unsigned long arg, gnv_ioctl_fn forward);
int gnv_call_mmap(enum gnv_node node, struct file *file,
		  struct vm_area_struct *vma,
		  int (*mmap)(struct file *file, struct vm_area_struct *vma));

bool gnv_call_owns_client(struct gnv_call *call, u32 handle);
int gnv_call_lock(struct gnv_call *call);
void gnv_call_unlock(struct gnv_call *call);
int gnv_call_fetch(struct gnv_call *call, size_t room);
int gnv_call_fetch_parts(struct gnv_call *call);
void gnv_call_drop(struct gnv_call *call);
int gnv_call_renew(struct gnv_call *call);
long gnv_call_run(struct gnv_call *call);
long gnv_call_return(struct gnv_call *call, long ret);
long gnv_call_forward(struct gnv_call *call);
u32 gnv_call_told(struct gnv_call *call, u32 at, u32 otherwise);
long gnv_call_refuse(struct gnv_call *call, u32 number);
long gnv_call_deny(struct gnv_call *call, u32 number);
long gnv_call_answer(struct gnv_call *call, u32 status);
u32 gnv_call_status(struct gnv_call *call);

long gnv_call_alloc(struct gnv_call *call);
long gnv_call_free(struct gnv_call *call);
long gnv_call_dup(struct gnv_call *call);

long gnv_call_uvm(struct gnv_call *call);
bool gnv_call_uvm_may_map(struct gnv_session *session,
			  struct vm_area_struct *vma);
bool gnv_call_uvm_undo_managed(struct vm_area_struct *vma);

extern u64 gnv_context_overhead_bytes, gnv_object_overhead_bytes, gnv_context_buffers_bytes;

#endif /* _GHOSTNV_CALL_H */
