/* SPDX-License-Identifier: MIT */
/*
 * The record of one container on disk: <run_dir>/<name>/state.json, and
 * <data_dir>/<name>/ for its writable layer and its log.  Owns the locking.
 *
 * The lock (flock) on the record's directory means: whoever has it answers for
 * this container and cleans up after it.  A launcher has it from before the first
 * step until after the last; when it crashes the kernel gives the lock back, and
 * the next that takes it inherits what was left.  The lock on run_dir makes
 * "create and lock" and "look and remove" one step each.  Order: a record's
 * lock, then run_dir's; under run_dir's a record's is only tried.
 */
#ifndef GNV_CONTAINER_RECORD_H
#define GNV_CONTAINER_RECORD_H

#include <stdbool.h>

#include "container/root.h"
#include "container/state.h"

struct gnv_record {
	const struct gnv_root *root;
	char *name;
	char *data_path;
	int dir_fd; /* <run_dir>/<name>; carries the lock */
};

/*
 * Make and lock the record of a new container.  -EEXIST: the name is taken.
 * A record that nobody answers for and whose container has not properly exited
 * is taken over instead: *ret_leftover says that it wants cleaning up.
 */
int gnv_record_create(const struct gnv_root *root, const char *name, struct gnv_record *ret,
		      bool *ret_leftover, struct gnv_error **err);

/* -ENOENT: no container has this name. */
int gnv_record_open(const struct gnv_root *root, const char *name, struct gnv_record *ret,
		    struct gnv_error **err);
void gnv_record_fini(struct gnv_record *record);

/* The error for a name that is in use.  Return: -EEXIST. */
int gnv_record_taken(const char *name, struct gnv_error **err);

/* Drop the state of a predecessor; the caller has the lock. */
void gnv_record_forget(struct gnv_record *record);

/*
 * Take the lock, waiting at most @timeout_ms.
 * Return: 1 locked, 0 somebody else still answers for it, -ENOENT it was removed.
 */
int gnv_record_lock(struct gnv_record *record, int timeout_ms);

/* Whether somebody has the lock.  Return: 1 yes, 0 no, -ENOENT it was removed. */
int gnv_record_is_answered_for(const struct gnv_record *record);

/* Remove all of it.  The caller has the lock; idempotent. */
int gnv_record_remove(struct gnv_record *record, struct gnv_error **err);

/* The same, but what the container has outside of its record stays. */
int gnv_record_drop(struct gnv_record *record, struct gnv_error **err);

/* -ENOENT: the container has not come as far as having a state. */
int gnv_record_read(const struct gnv_record *record, struct gnv_state *ret,
		    struct gnv_error **err);

/* The same, with the status that the container really has. */
int gnv_record_look(const struct gnv_record *record, struct gnv_state *ret,
		    struct gnv_error **err);
int gnv_record_write(const struct gnv_record *record, const struct gnv_state *state,
		     struct gnv_error **err);

/* Names of containers that have data and no record: /run does not survive a boot. */
int gnv_record_lost_names(const struct gnv_root *root, char ***ret, struct gnv_error **err);

/* All names, sorted. */
int gnv_record_names(const struct gnv_root *root, char ***ret, struct gnv_error **err);

/* The log, for appending by @create or for reading. */
int gnv_record_open_log(const struct gnv_record *record, bool create,
			struct gnv_error **err);

/* True when the init of @state is alive. */
bool gnv_state_is_alive(const struct gnv_state *state);

#define _cleanup_record_ _cleanup_(gnv_record_fini)

#endif /* GNV_CONTAINER_RECORD_H */
