/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a call on nvidiactl or nvidiaN means: bytes and the layouts of a branch
 * in, an operation out.  Pure.
 *
 * A call is decoded in two steps where its structure points at another one: the
 * first says which bytes of the caller's to copy, the second takes them.
 */
#ifndef _GHOSTNV_RM_DECODE_H
#define _GHOSTNV_RM_DECODE_H

#include "pure.h"

struct nvabi_branch;

/* The largest structure that any escape takes. */
#define GNV_RM_ARGS_MAX 16384
/* The largest structure that gnv_rm_decode() may ask for as a second one. */
#define GNV_RM_INNER_MAX 384
/* No such place in the structure. */
#define GNV_RM_NOWHERE (~0U)

enum gnv_rm_kind {
	GNV_RM_UNKNOWN,		/* not in the tables */
	GNV_RM_PLAIN,		/* names no RM object */
	GNV_RM_HANDLES,		/* names objects of a client, changes no tree */
	GNV_RM_ALLOC,		/* makes an object, maybe a client or memory */
	GNV_RM_FREE,		/* frees an object and all below it */
	GNV_RM_DUP,		/* makes an object that refers to another's */
	GNV_RM_CONTROL,		/* a control call to an object */
	GNV_RM_HEAP_INFO,	/* asks how much video memory there is */
	GNV_RM_CARD_INFO,	/* lists GPUs */
	GNV_RM_ATTACH_GPUS,	/* names GPUs by their ids */
};

/**
 * struct gnv_rm_op - one operation
 * @kind: what it is
 * @client: handle of the client that it acts for
 * @parent: handle of the object above the new one
 * @object: handle of the object: a new one (0: the driver chooses), the one
 *	that is freed, or the one that a control call goes to
 * @src_client: client of the object that is duplicated
 * @src_object: the object that is duplicated
 * @class: class of the new object
 * @cmd: of a control call
 * @params: address of a control call's parameters
 * @params_bytes: their size, and that which the caller tells of an allocation's
 * @params_at: where in the structure the address of either stands
 * @serialized: its parameters are in a form that is not looked into
 * @root: the new object is a client
 * @context: the new object is a client's device on a GPU
 * @vidmem: the new object takes video memory
 * @queue: the new object is a channel group, a channel or a context share
 * @space: the new object is an address space
 * @engine: the new object is what a queue's context buffers are for
 * @engine_type: NV2080_ENGINE_TYPE_* of a new channel group or channel
 * @size_bytes: how much was asked for
 * @instance: device instance that a new device names
 * @named_client: whose address space a new device shall have, or on whose object a new
 *	event is; 0 where that is not said
 * @inner: address of a second structure
 * @inner_bytes: its size, where gnv_rm_decode_inner() wants it; 0 for none
 * @os_address: where memory of the process's own lies that the object refers to
 * @os_bytes: how much of it
 * @status_at: where in the structure the driver puts its NV_STATUS
 * @object_at: where it puts the new object's handle
 * @flags_at: where the flag stands without which the driver does not look at the
 *	handle that it is given; @object is 0 then
 * @flags: the word at @flags_at, with that flag
 */
struct gnv_rm_op {
	enum gnv_rm_kind kind;
	u32 client;
	u32 parent;
	u32 object;
	u32 src_client;
	u32 src_object;
	u32 class;
	u32 cmd;
	u64 params;
	u32 params_bytes;
	u32 params_at;
	bool serialized;
	bool root;
	bool context;
	bool vidmem;
	bool queue;
	bool space;
	bool engine;
	u32 engine_type;
	u64 size_bytes;
	u32 instance;
	u32 named_client;
	u64 inner;
	u32 inner_bytes;
	u64 os_address;
	u64 os_bytes;
	u32 status_at;
	u32 object_at;
	u32 flags_at;
	u32 flags;
};

int gnv_rm_decode(const struct nvabi_branch *branch, u32 nr, const void *args,
		  u32 args_bytes, struct gnv_rm_op *op);
void gnv_rm_decode_inner(struct gnv_rm_op *op, const void *inner);
bool gnv_rm_class_is_queue(u32 class);
bool gnv_rm_class_is_charged(u32 class);
bool gnv_rm_has_context_buffers(const struct gnv_rm_op *op, u32 parent_class);
u64 gnv_rm_round_size(u64 bytes);

#endif /* _GHOSTNV_RM_DECODE_H */
