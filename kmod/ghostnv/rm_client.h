/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The inside of clients and objects, for rm_object.c and rm_session.c alone.
 */
#ifndef _GHOSTNV_RM_CLIENT_H
#define _GHOSTNV_RM_CLIENT_H

#include <linux/hashtable.h>
#include <linux/mutex.h>

#include "rm_object.h"

struct pid;

/**
 * struct gnv_object - one object of a client
 * @node: in the client's tree by handle
 * @parent: the object above, NULL for the client's own object
 * @children: objects below
 * @sibling: in the parent's list of children
 * @info: what is known of it; the reference to the allocation is its own
 * @handle: its handle
 * @subdevice: of a device: handle of the subdevice that was made below it last, 0
 *	for none; it may be gone
 *
 * There may be a million of them: each is kept small.
 */
struct gnv_object {
	struct rb_node node;
	struct gnv_object *parent;
	struct hlist_head children;
	struct hlist_node sibling;
	struct gnv_object_info info;
	u32 handle;
	u32 subdevice;
};

/**
 * struct gnv_client - one RM client
 * @refs: the table has one while it is published, and so have its users
 * @node: in the table by handle; RCU readers, written under gnv_rm_lock
 * @rcu: for kfree_rcu()
 * @entry: in the session's list
 * @handle: RM's handle
 * @maker: process that made it, with a reference
 * @next_handle: counts the handles that we chose for its objects; protected by
 *	@call_lock
 * @dead: it is published no longer, and its tree is with who has removed it
 * @spoiled: it has what it should not have: it may free, and nothing else
 * @condemned: what made it has torn a frame
 * @session: the session that it was made on, for as long as it is not dead
 * @deputy: it is asked on this file while an object of it is made, NULL: on its own
 * @container: who made it, with a reference; NULL when an unlimited caller did
 * @cred: the credentials with which it was made
 * @call_lock: see rm_object.h
 * @objects: its objects by handle
 * @root: the object that stands for the client itself
 */
struct gnv_client {
	refcount_t refs;
	struct hlist_node node;
	struct rcu_head rcu;
	struct list_head entry;
	u32 handle;
	struct pid *maker;
	u32 next_handle;
	bool dead;
	bool spoiled;
	bool condemned;
	struct gnv_session *session;
	struct file *deputy;
	struct gnv_container *container;
	const struct cred *cred;
	struct mutex call_lock;
	struct rb_root objects;
	struct gnv_object root;
};

#define GNV_RM_CLIENTS_BITS 12

/*
 * Protects clients and objects; never held over a driver's call.  All containers wait
 * for it, so it is held for some steps at once, however much a client has.
 */
extern struct mutex gnv_rm_lock;
/* By handle. */
extern DECLARE_HASHTABLE(gnv_rm_clients, GNV_RM_CLIENTS_BITS);

#endif /* _GHOSTNV_RM_CLIENT_H */
