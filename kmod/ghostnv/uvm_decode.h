/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a call on nvidia-uvm means, and whether a limited container may make it.
 * Pure.
 */
#ifndef _GHOSTNV_UVM_DECODE_H
#define _GHOSTNV_UVM_DECODE_H

#include "pure.h"

struct nvabi_branch;

/* The largest structure that is looked into. */
#define GNV_UVM_ARGS_MAX 9264

enum gnv_uvm_kind {
	GNV_UVM_REFUSE,		/* not in the tables, or not for containers */
	GNV_UVM_PASS,		/* forward */
	GNV_UVM_INITIALIZE,	/* begins a session, with HMM where there is HMM */
	GNV_UVM_GPU,		/* names a GPU */
	GNV_UVM_TWO_GPUS,	/* names two GPUs */
	GNV_UVM_CLIENT,		/* names a GPU and an RM client */
	GNV_UVM_CHANNEL,	/* keeps a channel of an RM client */
	GNV_UVM_LEAVE,		/* lets go of all channels on a GPU */
	GNV_UVM_MAP,		/* maps an allocation of an RM client */
	GNV_UVM_UNMAP,		/* unmaps a range from a GPU */
	GNV_UVM_FREE,		/* frees a range */
	GNV_UVM_RANGE,		/* makes a range for external mappings */
	GNV_UVM_POOL,		/* makes a pool that mmap() may map */
};

/* No range of a program's ends beyond. */
#define GNV_UVM_ADDRESS_END (1ULL << 63)

/**
 * struct gnv_uvm_op - one operation
 * @kind: what it is
 * @args_bytes: how much of its structure is looked into, 0 for nothing
 * @status_at: where in the structure the driver puts its NV_STATUS
 * @client: RM client that it names
 * @memory: the memory of that client, or its channel
 * @base: first address
 * @length: of the range
 * @whole_range: the length is that of the range that begins at @base
 * @gpu_count: how many GPUs are mapped at once
 * @uuid: the GPU that it names, or the first one that is mapped
 * @uuid2: the second GPU that it names
 */
struct gnv_uvm_op {
	enum gnv_uvm_kind kind;
	u32 args_bytes;
	u32 status_at;
	u32 client;
	u32 memory;
	u64 base;
	u64 length;
	bool whole_range;
	u64 gpu_count;
	u8 uuid[16];
	u8 uuid2[16];
};

int gnv_uvm_classify(const struct nvabi_branch *branch, u32 cmd,
		     struct gnv_uvm_op *op);
int gnv_uvm_decode(const struct nvabi_branch *branch, const void *args,
		   struct gnv_uvm_op *op);
const u8 *gnv_uvm_map_uuid(const void *args, u32 index);

#endif /* _GHOSTNV_UVM_DECODE_H */
