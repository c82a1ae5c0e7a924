/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * A UVM session: the GPUs that are registered with it, and the ranges of
 * addresses into which RM memory is mapped.  It must not know files and ioctls.
 *
 * Functions return NVIDIA's status codes.
 */
#ifndef SIM_UVM_RANGE_H
#define SIM_UVM_RANGE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "space.h"

struct vm_area_struct;

/**
 * struct sim_uvm_session - what one file of nvidia-uvm holds
 * @lock: protects everything below
 * @flags: of UVM_INITIALIZE
 * @gpus: of struct uvm_gpu
 * @ranges: of struct uvm_range
 * @mm_made: UVM_MM_INITIALIZE was called for it
 */
struct sim_uvm_session {
	struct mutex lock;
	u64 flags;
	struct list_head gpus;
	struct sim_space ranges;
	bool mm_made;
};

struct sim_uvm_session *sim_uvm_session_create(u64 flags);
void sim_uvm_session_destroy(struct sim_uvm_session *session);

u32 sim_uvm_register_gpu(struct sim_uvm_session *session, const u8 *uuid);
u32 sim_uvm_unregister_gpu(struct sim_uvm_session *session, const u8 *uuid);
u32 sim_uvm_register_vaspace(struct sim_uvm_session *session, const u8 *uuid,
			     u32 hclient, u32 hvaspace);
u32 sim_uvm_unregister_vaspace(struct sim_uvm_session *session,
			       const u8 *uuid);
u32 sim_uvm_create_range(struct sim_uvm_session *session, u64 base, u64 bytes);
u32 sim_uvm_create_pool(struct sim_uvm_session *session, u64 base, u64 bytes);
int sim_uvm_mmap_pool(struct sim_uvm_session *session,
		      struct vm_area_struct *vma);
u32 sim_uvm_free_range(struct sim_uvm_session *session, u64 base, u64 bytes,
		       bool any_length);
u32 sim_uvm_map(struct sim_uvm_session *session, const u8 *uuid, u64 base,
		u64 bytes, u64 offset, u32 hclient, u32 hmemory);
u32 sim_uvm_unmap(struct sim_uvm_session *session, const u8 *uuid, u64 base,
		  u64 bytes);

#endif /* SIM_UVM_RANGE_H */
