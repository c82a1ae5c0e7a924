/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way of one call: identify, decode, authorise, charge, forward, settle,
 * rewrite.  call.c has the entrances and what every call shares; call_alloc.c
 * what makes and frees objects; call_uvm.c nvidia-uvm; view.c what is rewritten.
 */
#ifndef _GHOSTNV_CALL_H
#define _GHOSTNV_CALL_H

#include <linux/fs.h>
#include <linux/types.h>

#include "intercept.h"
#include "rm_decode.h"

struct gnv_container;
struct gnv_session;
struct nvabi_branch;

typedef long (*gnv_ioctl_fn)(struct file *file, unsigned int cmd,
			     unsigned long arg);

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
 * @args: kernel copy of its structure
 * @uargs: where that structure is
 * @args_bytes: its size
 * @op: what it means, on nvidiactl and nvidiaN
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
	struct gnv_rm_op op;
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

long gnv_call_forward(struct gnv_call *call);
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

extern u64 gnv_context_overhead_bytes;

#endif /* _GHOSTNV_CALL_H */
