/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sessions: what we keep for an open NVIDIA device file.  They hang in a table
 * keyed by the struct file, because private_data is NVIDIA's.  A file that only
 * unlimited callers use has none.
 */
#ifndef _GHOSTNV_SESSION_H
#define _GHOSTNV_SESSION_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "intercept.h"

struct file;
struct gnv_container;
struct seq_file;

/**
 * struct gnv_session - one open device file that a container has to do with
 * @node: in the table; RCU readers, written under session_lock
 * @rcu: for kfree_rcu()
 * @file: the key; no reference, the session ends when the file does
 * @kind: which of the driver's devices
 * @minor: its minor number
 * @opener: container that opened it, with a reference; NULL: opened outside
 * @owner: container that the session counts for, with a reference
 * @pid: process that opened it, or used it first in a container, in the initial
 *	namespace
 * @dead: a call on it was torn; nothing more is served
 * @call_lock: serialises what changes the mappings of a UVM file, or makes objects
 *	on one of RM's; taken before the call_lock of a client
 * @clients: RM clients made on it; protected by gnv_rm_lock
 * @mapping_lock: protects @mappings; never held over a driver's call
 * @mappings: ranges and external mappings of a UVM file: mapping.h
 * @mapping_count: how many there are, and are about to be
 */
struct gnv_session {
	struct hlist_node node;
	struct rcu_head rcu;
	struct file *file;
	enum gnv_node kind;
	unsigned int minor;
	struct gnv_container *opener;
	struct gnv_container *owner;
	pid_t pid;
	bool dead;
	struct mutex call_lock;
	struct list_head clients;
	struct mutex mapping_lock;
	struct rb_root_cached mappings;
	atomic_t mapping_count;
};

struct gnv_session *gnv_session_alloc(enum gnv_node kind, struct file *file,
				      struct gnv_container *opener,
				      struct gnv_container *owner);
void gnv_session_free(struct gnv_session *session);
struct gnv_session *gnv_session_publish(struct gnv_session *session);
struct gnv_session *gnv_session_find(const struct file *file);
void gnv_session_kill(struct gnv_session *session);
bool gnv_session_is_dead(const struct gnv_session *session);
void gnv_session_end(const struct file *file);
void gnv_session_fini(void);
unsigned int gnv_session_pids(const struct gnv_container *container, pid_t *pids,
			      unsigned int max);
void gnv_session_show(struct seq_file *seq);

#endif /* _GHOSTNV_SESSION_H */
