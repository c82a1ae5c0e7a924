/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The GPUs that a UVM session uses, with their address spaces.  It must not know
 * what is mapped there.
 *
 * Functions return NVIDIA's status codes.
 */
#ifndef SIM_UVM_GPU_H
#define SIM_UVM_GPU_H

#include <linux/list.h>
#include <linux/types.h>

struct sim_gpu;
struct sim_object;
struct sim_uvm_session;
struct sim_vaspace;

/**
 * struct uvm_gpu - a GPU that is registered with a session
 * @link: in sim_uvm_session.gpus
 * @gpu: the GPU, with a reference
 * @vaspace: its address space, with a reference, or NULL
 */
struct uvm_gpu {
	struct list_head link;
	struct sim_gpu *gpu;
	struct sim_vaspace *vaspace;
};

struct uvm_gpu *sim_uvm_find_gpu(struct sim_uvm_session *session,
				 const u8 *uuid);
void sim_uvm_remove_gpu(struct sim_uvm_session *session, struct uvm_gpu *gpu);
u32 sim_uvm_find_to_dup(u32 hclient, u32 handle, struct sim_object **object);

u32 sim_uvm_register_gpu(struct sim_uvm_session *session, const u8 *uuid);
u32 sim_uvm_unregister_gpu(struct sim_uvm_session *session, const u8 *uuid);
u32 sim_uvm_register_vaspace(struct sim_uvm_session *session, const u8 *uuid,
			     u32 hclient, u32 hvaspace);
u32 sim_uvm_unregister_vaspace(struct sim_uvm_session *session,
			       const u8 *uuid);

#endif /* SIM_UVM_GPU_H */
