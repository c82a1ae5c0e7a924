/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Managed memory of UVM: addresses whose pages are with the CPU or with a GPU, and
 * move.  It must not know ioctls, nor which addresses a session gave to what.
 *
 * "Block": 2 MiB of addresses, UVM's unit.  "Chunk": the 2 MiB of video memory
 * that a block takes while any of its pages is with a GPU; no RM client has it.
 * "Evict": send the pages of a chunk to the CPU, to give it to somebody else.
 *
 * The bytes of a page stay in one place wherever it is said to be.
 */
#ifndef SIM_UVM_MANAGED_H
#define SIM_UVM_MANAGED_H

#include <linux/types.h>

struct sim_gpu;
struct sim_uvm_session;
struct vm_area_struct;

void sim_managed_mmap(struct sim_uvm_session *session,
		      struct vm_area_struct *vma);
u32 sim_managed_migrate(struct sim_uvm_session *session, struct sim_gpu *gpu,
			u64 first, u64 last);
u32 sim_managed_set_duplication(struct sim_uvm_session *session, u64 first,
				u64 last, bool duplicate);
void sim_managed_leave_gpu(struct sim_uvm_session *session,
			   const struct sim_gpu *gpu);
void sim_managed_drop(struct sim_uvm_session *session, u64 first, u64 last);
bool sim_managed_evict(const struct sim_gpu *gpu);

#endif /* SIM_UVM_MANAGED_H */
