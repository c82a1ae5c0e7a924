/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The resource server: clients, the tree of objects that each of them owns, and
 * who may touch what.  It must not know what a class of objects does, nor how a
 * call came in.
 *
 * "Call": who asks.  "Kernel": a call that came through nvidia_get_rm_ops();
 * it may use any client.  "Owner" of a client: the open control file that it
 * was made on.
 *
 * Functions return NVIDIA's status codes (NV_OK, NV_ERR_*).
 */
#ifndef SIM_RM_H
#define SIM_RM_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/xarray.h>

#include "nvabi/nvos.h"

struct pid;
struct sim_channel;
struct sim_class;
struct sim_event;
struct sim_event_buffer;
struct sim_file;
struct sim_gpu;
struct sim_memory;
struct sim_vaspace;
struct sim_varange;

/* Protects every client, object and OS event; see gpu.h for the order. */
extern struct mutex sim_rm_lock;

/**
 * struct sim_call - who asks
 * @file: the file whose clients may be used, NULL for the kernel
 * @kernel: the kernel asks
 */
struct sim_call {
	struct sim_file *file;
	bool kernel;
};

/**
 * struct sim_client - one RM client
 * @link: in the list of all
 * @handle: its handle
 * @file: the owner, NULL for one that the kernel made
 * @pid: process that made it, with a reference
 * @euid: effective user of that process
 * @objects: its objects by handle, the root among them
 * @next_handle: where to look for a handle that the server chooses
 */
struct sim_client {
	struct list_head link;
	u32 handle;
	struct sim_file *file;
	struct pid *pid;
	kuid_t euid;
	struct xarray objects;
	u32 next_handle;
};

/**
 * struct sim_share - one rule about who may duplicate an object
 * @link: in sim_object.shares
 * @policy: the rule
 */
struct sim_share {
	struct list_head link;
	struct RS_SHARE_POLICY policy;
};

/**
 * struct sim_object - one object of a client
 * @handle: its handle
 * @class_id: the class that was asked for
 * @class: what objects of that class do
 * @client: whose it is
 * @parent: NULL for the root
 * @children: of struct sim_object
 * @sibling: in the parent's children
 * @gpu: the GPU it belongs to, with a reference, or NULL
 * @shares: of struct sim_share
 * @shares_changed: @shares count, not the parent's
 * @cpu_maps: of struct sim_cpu_map, mappings of it into the CPU's addresses
 * @dma_maps: of struct sim_dma_map, mappings of it into GPU addresses
 * @duplicate: it was made by duplicating another object
 * @memory: for memory: what it refers to
 * @vaspace: for address spaces and devices: GPU addresses
 * @varange: for ranges of GPU addresses
 * @channel: for queues and what hangs below them
 * @event: for events
 * @event_buffer: for event buffers
 */
struct sim_object {
	u32 handle;
	u32 class_id;
	const struct sim_class *class;
	struct sim_client *client;
	struct sim_object *parent;
	struct list_head children;
	struct list_head sibling;
	struct sim_gpu *gpu;
	struct list_head shares;
	bool shares_changed;
	struct list_head cpu_maps;
	struct list_head dma_maps;
	bool duplicate;
	struct sim_memory *memory;
	struct sim_vaspace *vaspace;
	struct sim_varange *varange;
	struct sim_channel *channel;
	struct sim_event *event;
	struct sim_event_buffer *event_buffer;
};

void sim_rm_fini(void);
void sim_rm_close_file(struct sim_file *file);

u32 sim_client_find(u32 handle, struct sim_client **client);
u32 sim_client_find_for(const struct sim_call *call, u32 handle,
			struct sim_client **client);
struct sim_client *sim_client_next(struct sim_client *client);
u32 sim_object_find(const struct sim_client *client, u32 handle,
		    struct sim_object **object);

u32 sim_rm_alloc(const struct sim_call *call, u32 hclient, u32 hparent,
		 u32 *handle, u32 class_id, void *params);
u32 sim_rm_alloc_locked(const struct sim_call *call, u32 hclient, u32 hparent,
			u32 *handle, u32 class_id, void *params);
u32 sim_rm_free(const struct sim_call *call, u32 hclient, u32 handle);
u32 sim_rm_free_locked(const struct sim_call *call, u32 hclient, u32 handle);
u32 sim_rm_dup(const struct sim_call *call, struct NVOS55_PARAMETERS *api);
u32 sim_rm_dup_locked(const struct sim_call *call,
		      struct NVOS55_PARAMETERS *api);
u32 sim_rm_share(const struct sim_call *call,
		 const struct NVOS57_PARAMETERS *api);
u32 sim_rm_share_locked(const struct sim_call *call, u32 hclient, u32 hobject,
			const struct RS_SHARE_POLICY *policy);
bool sim_rm_may_dup(const struct sim_call *call,
		    const struct sim_object *object,
		    const struct sim_client *into);

#endif /* SIM_RM_H */
