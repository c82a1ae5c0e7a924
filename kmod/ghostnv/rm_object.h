/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The RM objects that the clients of containers hold: which client has which
 * tree, on which GPU an object lies, and which allocation it refers to.  It
 * knows nothing of ioctls.
 *
 * An allocation is charged for as long as any object or UVM mapping refers to
 * it.  gnv_rm_lock protects all of this; the call_lock of a client is held over the
 * driver's call where that changes the client's tree, so that tree and driver
 * agree when it is let go.
 */
#ifndef _GHOSTNV_RM_OBJECT_H
#define _GHOSTNV_RM_OBJECT_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include "account.h"

struct cred;
struct file;
struct gnv_container;
struct gnv_session;
struct seq_file;

/**
 * struct gnv_allocation - one piece of video memory, or a context's overhead
 * @refs: objects and mappings that refer to it, and calls under way
 * @given: the driver has given the memory; set once, by who makes it
 * @charge: its token
 */
struct gnv_allocation {
	refcount_t refs;
	bool given;
	struct gnv_charge charge;
};

struct gnv_client;
struct gnv_object;

/**
 * struct gnv_object_info - a copy of what is known of an object
 * @class: its class
 * @gpu: GPU's index, or GNV_GPU_NONE
 * @allocation: what it refers to, with a reference for the caller; or NULL
 */
struct gnv_object_info {
	u32 class;
	u32 gpu;
	struct gnv_allocation *allocation;
};

/**
 * struct gnv_queue_info - a copy of what is known of a channel's queue
 * @owner: handle of the channel group, or of the channel where it has none
 * @allocation: what @owner is charged for, with a reference for the caller; or NULL
 * @own: the same of the channel, where that is another one
 * @subdevice: handle of a subdevice of the client's on that GPU, 0 for none
 */
struct gnv_queue_info {
	u32 owner;
	struct gnv_allocation *allocation;
	struct gnv_allocation *own;
	u32 subdevice;
};

int gnv_rm_init(void);
void gnv_rm_fini(void);

struct gnv_allocation *gnv_allocation_create(struct gnv_container *container,
					     enum gnv_quota_kind kind, u32 gpu,
					     u64 bytes);
struct gnv_allocation *gnv_allocation_from(struct gnv_charge *charge);
struct gnv_allocation *gnv_allocation_get(struct gnv_allocation *allocation);
void gnv_allocation_set_given(struct gnv_allocation *allocation);
void gnv_allocation_put(struct gnv_allocation *allocation);

struct gnv_client *gnv_client_alloc(struct gnv_container *container);
int gnv_client_publish(struct gnv_client *client, struct gnv_session *session,
		       u32 handle);
struct gnv_client *gnv_client_find(u32 handle);
int gnv_client_file(u32 handle, struct file **file, const struct cred **cred);
bool gnv_client_is_from_outside(struct gnv_client *client, u32 *handle);
struct file *gnv_client_set_deputy(struct gnv_client *client, struct file *deputy);
void gnv_client_put(struct gnv_client *client);
void gnv_client_remove(struct gnv_client *client);
bool gnv_client_is_ours(const struct gnv_client *client,
			const struct gnv_container *container);
u32 gnv_client_new_client_handle(void);
u32 gnv_client_new_handle(struct gnv_client *client);
void gnv_client_spoil(struct gnv_client *client, struct gnv_session *session);
bool gnv_client_is_spoiled(const struct gnv_client *client);
int gnv_client_lock(struct gnv_client *client);
int gnv_client_lock_to_free(struct gnv_client *client);
void gnv_client_unlock(struct gnv_client *client);
int gnv_client_lock_two(struct gnv_client *a, struct gnv_client *b);
void gnv_client_unlock_two(struct gnv_client *a, struct gnv_client *b);

struct gnv_object *gnv_object_alloc(struct gnv_client *client);
void gnv_object_free(struct gnv_client *client, struct gnv_object *object);
void gnv_object_insert(struct gnv_client *client, struct gnv_object *object,
		       u32 parent, u32 handle, struct gnv_object_info *info);
int gnv_object_get(struct gnv_client *client, u32 handle,
		   struct gnv_object_info *info);
int gnv_object_queue(struct gnv_client *client, u32 channel,
		     struct gnv_queue_info *queue);
void gnv_queue_info_put(struct gnv_queue_info *queue);
void gnv_object_remove(struct gnv_client *client, u32 handle);

bool gnv_rm_session_has_clients(struct gnv_session *session);
void gnv_rm_session_end(struct gnv_session *session);
void gnv_rm_free_clients(const struct gnv_container *container);
void gnv_rm_condemn(struct gnv_session *session, struct gnv_container *container);
void gnv_rm_hold(struct gnv_session *session, struct gnv_container *container);
void gnv_rm_show_clients(struct seq_file *seq);
void gnv_rm_show_allocations(struct seq_file *seq);

#endif /* _GHOSTNV_RM_OBJECT_H */
