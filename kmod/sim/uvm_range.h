/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * A UVM session: what its addresses are for, and the RM memory that is mapped into
 * them.  It must not know files and ioctls.
 *
 * Functions return NVIDIA's status codes.
 */
#ifndef SIM_UVM_RANGE_H
#define SIM_UVM_RANGE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "space.h"

struct address_space;
struct mm_struct;
struct uvm_gpu;
struct vm_area_struct;

/**
 * struct sim_uvm_session - what one file of nvidia-uvm holds
 * @lock: protects everything below
 * @flags: of UVM_INITIALIZE
 * @gpus: of struct uvm_gpu
 * @ranges: of struct uvm_range
 * @mm_made: UVM_MM_INITIALIZE was called for it
 * @mm: whose addresses these are, with a reference; NULL for several processes'
 * @space: mappings of its file
 * @blocks: managed memory; see uvm_managed.c
 */
struct sim_uvm_session {
	struct mutex lock;
	u64 flags;
	struct list_head gpus;
	struct sim_space ranges;
	bool mm_made;
	struct mm_struct *mm;
	struct address_space *space;
	struct xarray blocks;
};

struct sim_uvm_session *sim_uvm_session_create(u64 flags,
					       struct address_space *space);
void sim_uvm_session_destroy(struct sim_uvm_session *session);

void sim_uvm_remove_maps(struct sim_uvm_session *session,
			 const struct uvm_gpu *gpu);
u32 sim_uvm_create_range(struct sim_uvm_session *session, u64 base, u64 bytes);
u32 sim_uvm_create_pool(struct sim_uvm_session *session, u64 base, u64 bytes);
int sim_uvm_mmap(struct sim_uvm_session *session, struct vm_area_struct *vma);
void sim_uvm_unmap_managed(struct sim_uvm_session *session, u64 first,
			   u64 last);
u32 sim_uvm_migrate(struct sim_uvm_session *session, u64 base, u64 bytes,
		    const u8 *uuid);
u32 sim_uvm_advise(struct sim_uvm_session *session, u64 base, u64 bytes,
		   const u8 *uuid);
u32 sim_uvm_duplicate(struct sim_uvm_session *session, u64 base, u64 bytes,
		      bool duplicate);
u32 sim_uvm_is_empty(struct sim_uvm_session *session, u64 base, u64 bytes);
u32 sim_uvm_free_range(struct sim_uvm_session *session, u64 base, u64 bytes,
		       bool any_length);
u32 sim_uvm_map(struct sim_uvm_session *session, const u8 *uuid, u64 base,
		u64 bytes, u64 offset, u32 hclient, u32 hmemory);
u32 sim_uvm_unmap(struct sim_uvm_session *session, const u8 *uuid, u64 base,
		  u64 bytes);

#endif /* SIM_UVM_RANGE_H */
