// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions: see session.h.  It knows nothing of what their clients hold.
 */
#include <linux/fs.h>
#include <linux/hashtable.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "account.h"
#include "container.h"
#include "mapping.h"
#include "rm_object.h"
#include "session.h"

/* Protects the table, for a moment each: who walks through it reads under RCU. */
static DEFINE_SPINLOCK(session_lock);
static DEFINE_HASHTABLE(sessions, 13);
/* How many there are: unlimited callers ask before they look anything up. */
static atomic_t session_count = ATOMIC_INIT(0);

/**
 * gnv_session_alloc() - make a session that nobody finds yet
 * @kind: which of the driver's devices
 * @file: the open file
 * @opener: container that opened it, NULL for outside
 * @owner: container that it counts for
 *
 * Context: Process context; may sleep.
 * Return: the session, NULL when memory is short or @owner may have no more.
 */
struct gnv_session *gnv_session_alloc(enum gnv_node kind, struct file *file,
				      struct gnv_container *opener,
				      struct gnv_container *owner)
{
	struct gnv_session *session;

	session = kzalloc(sizeof(*session), GFP_KERNEL_ACCOUNT);
	if (!session)
		return NULL;
	if (gnv_account_session(owner, true)) {
		kfree(session);
		return NULL;
	}
	session->file = file;
	session->kind = kind;
	session->minor = iminor(file_inode(file));
	session->opener = gnv_container_get(opener);
	session->owner = gnv_container_get(owner);
	session->pid = task_tgid_nr(current);
	mutex_init(&session->call_lock);
	INIT_LIST_HEAD(&session->clients);
	gnv_mapping_init(session);
	return session;
}

/**
 * gnv_session_free() - undo gnv_session_alloc()
 * @session: a session that nobody finds
 *
 * Context: Process context; may sleep.
 */
void gnv_session_free(struct gnv_session *session)
{
	gnv_account_session(session->owner, false);
	gnv_container_put(session->opener);
	gnv_container_put(session->owner);
	mutex_destroy(&session->call_lock);
	mutex_destroy(&session->mapping_lock);
	kfree_rcu(session, rcu);
}

static struct gnv_session *lookup(const struct file *file)
{
	struct gnv_session *session;

	hash_for_each_possible_rcu(sessions, session, node, (unsigned long)file,
				   lockdep_is_held(&session_lock)) {
		if (session->file == file)
			return session;
	}
	return NULL;
}

/**
 * gnv_session_publish() - let a session be found
 * @session: the session; freed when its file has one already
 *
 * Context: Process context; may sleep.  The file is open meanwhile.
 * Return: the session of the file.
 */
struct gnv_session *gnv_session_publish(struct gnv_session *session)
{
	struct gnv_session *other;

	spin_lock(&session_lock);
	other = lookup(session->file);
	if (!other) {
		hash_add_rcu(sessions, &session->node,
			     (unsigned long)session->file);
		atomic_inc(&session_count);
	}
	spin_unlock(&session_lock);
	if (other) {
		gnv_session_free(session);
		return other;
	}
	return session;
}

/**
 * gnv_session_find() - the session of an open file
 * @file: the file, which the caller keeps open
 *
 * Context: Any.
 * Return: the session, valid as long as the file is open; NULL when it has none.
 */
struct gnv_session *gnv_session_find(const struct file *file)
{
	struct gnv_session *session;

	if (!atomic_read(&session_count))
		return NULL;
	rcu_read_lock();
	session = lookup(file);
	rcu_read_unlock();
	return session;
}

/**
 * gnv_session_kill() - serve no limited caller on a session any more
 * @session: the session
 *
 * Context: Any.
 */
void gnv_session_kill(struct gnv_session *session)
{
	WRITE_ONCE(session->dead, true);
}

/**
 * gnv_session_is_dead() - whether limited callers are served no more
 * @session: the session
 *
 * Context: Any.
 * Return: true if so.
 */
bool gnv_session_is_dead(const struct gnv_session *session)
{
	return READ_ONCE(session->dead);
}

/* Everything that hangs in it goes; the driver has let go of it already. */
static void end(struct gnv_session *session)
{
	gnv_rm_session_end(session);
	gnv_session_free(session);
}

/**
 * gnv_session_end() - a file was closed, and the driver's release has run
 * @file: the file
 *
 * Context: Process context; may sleep.
 */
void gnv_session_end(const struct file *file)
{
	struct gnv_session *session;

	if (!atomic_read(&session_count))
		return;
	spin_lock(&session_lock);
	session = lookup(file);
	if (session) {
		hash_del_rcu(&session->node);
		atomic_dec(&session_count);
	}
	spin_unlock(&session_lock);
	if (session)
		end(session);
}

static struct gnv_session *take_any(void)
{
	struct gnv_session *session;
	int bucket;

	spin_lock(&session_lock);
	hash_for_each(sessions, bucket, session, node) {
		hash_del_rcu(&session->node);
		atomic_dec(&session_count);
		spin_unlock(&session_lock);
		return session;
	}
	spin_unlock(&session_lock);
	return NULL;
}

/**
 * gnv_session_fini() - drop all sessions: the driver is no longer interposed
 *
 * Context: Process context; may sleep.  Nobody is inside a call.
 */
void gnv_session_fini(void)
{
	struct gnv_session *session;

	while ((session = take_any()))
		end(session);
}

static bool holds(const pid_t *pids, unsigned int n, pid_t pid)
{
	while (n--) {
		if (pids[n] == pid)
			return true;
	}
	return false;
}

/**
 * gnv_session_pids() - which processes have sessions of a container
 * @container: the container
 * @pids: out: their numbers in the initial namespace
 * @max: room in @pids
 *
 * Context: Process context.
 * Return: how many were found; the rest of more than @max is left out.
 */
unsigned int gnv_session_pids(const struct gnv_container *container, pid_t *pids,
			      unsigned int max)
{
	struct gnv_session *session;
	unsigned int n = 0;
	int bucket;

	rcu_read_lock();
	hash_for_each_rcu(sessions, bucket, session, node) {
		if (session->owner != container)
			continue;
		if (!holds(pids, n, session->pid))
			pids[n++] = session->pid;
		if (n == max)
			break;
	}
	rcu_read_unlock();
	return n;
}

/**
 * gnv_session_show() - list the sessions for debugfs
 * @seq: where to
 *
 * Context: Process context.
 */
void gnv_session_show(struct seq_file *seq)
{
	struct gnv_session *session;
	int bucket;

	seq_puts(seq, "# device minor opener owner\n");
	rcu_read_lock();
	hash_for_each_rcu(sessions, bucket, session, node)
		seq_printf(seq, "%s %u %llu %llu\n",
			   session->kind == GNV_NODE_UVM ? "nvidia-uvm" : "nvidia",
			   session->minor,
			   session->opener ? session->opener->id : 0,
			   session->owner ? session->owner->id : 0);
	rcu_read_unlock();
}
