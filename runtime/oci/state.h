/* SPDX-License-Identifier: MIT */
/*
 * What is known of a container: <root>/<id>/state.json, the copy of its
 * config.json beside it, and the socket by which it is started.  Owns the locking:
 * who changes a container has the lock (flock) on its directory, which the kernel
 * gives back when that process dies.
 */
#ifndef GNV_OCI_STATE_H
#define GNV_OCI_STATE_H

#include <json-c/json_object.h>
#include <sys/types.h>

#include "oci/config.h"

struct oci_log;

#define OCI_START_SOCKET "start.sock"

/* Slashes are nothing to escape; the kernel's paths are full of them. */
#define OCI_JSON_PLAIN	 (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
#define OCI_JSON_PRETTY	 (JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE)

enum oci_status { OCI_CREATING,
		  OCI_CREATED,
		  OCI_RUNNING,
		  OCI_PAUSED,
		  OCI_STOPPED };

struct oci_state {
	char *version; /* of the configuration */
	char *bundle, *rootfs;
	char *cgroup; /* absolute, in the file system; "": it has none */
	char *unit; /* systemd's, or NULL */
	char *rdt_group, *rdt_made; /* of oci_rdt_prepare(), or NULL */
	char *created; /* a time, for people */
	struct oci_int pid;
	struct oci_u64 start_time; /* guards against reuse of the number */
	bool started; /* `start` has done its work */
	bool asks_later; /* there are hooks, or a listener of seccomp to hand over */
	struct oci_array annotations;
};

struct oci_entry {
	char *id;
	int dir_fd; /* -EBADF: not open */
	int root_fd;
};

bool oci_id_is_valid(const char *id);

/* Make and lock a new one.  -EEXIST: the id is taken. */
int oci_entry_create(const char *root, const char *id, struct oci_entry *ret,
		     struct gnv_error **err);

/* -ENOENT: there is none.  With @lock nobody else changes it meanwhile. */
int oci_entry_open(const char *root, const char *id, bool lock, struct oci_entry *ret,
		   struct gnv_error **err);

/* One that was open without the lock.  -ENOENT: there is none any more. */
int oci_entry_lock(const struct oci_entry *entry, struct gnv_error **err);
void oci_entry_unlock(const struct oci_entry *entry);
int oci_entry_remove(struct oci_entry *entry, struct gnv_error **err);
void oci_entry_fini(struct oci_entry *entry);

/*
 * Return: a descriptor; until it is closed nobody else gets one.  @root is nobody's but the
 * caller's to open, so that others cannot have the lock for ever.
 */
int oci_root_lock(const char *root, struct gnv_error **err);

/* Sorted; none where @root does not exist. */
int oci_entry_ids(const char *root, char ***ret, struct gnv_error **err);

int oci_state_read(const struct oci_entry *entry, struct oci_state *ret,
		   struct gnv_error **err);
int oci_state_write(const struct oci_entry *entry, const struct oci_state *state,
		    struct gnv_error **err);
void oci_state_fini(struct oci_state *state);

/*
 * When its program runs.  That is seen without being written, so where there is no room left it is
 * but a warning.
 */
void oci_state_note_started(const struct oci_entry *entry, struct oci_state *state,
			    const struct oci_log *log);

/* -EOPNOTSUPP where there is none. */
int oci_state_need_cgroup(const struct oci_state *state, const char *id, struct gnv_error **err);

/* The configuration that it was made with, without faults. */
int oci_entry_config(const struct oci_entry *entry, struct oci_config *ret,
		     struct gnv_error **err);

/* A pidfd of its first process, or -ESRCH where that has ended. */
int oci_state_open_process(const struct oci_state *state);

enum oci_status oci_state_status(const struct oci_state *state);
const char *oci_status_name(enum oci_status status);

/* What `state` prints and hooks read; NULL without memory. */
struct json_object *oci_state_json(const char *id, const struct oci_state *state,
				   enum oci_status status);

/* The same as text. */
int oci_state_format(const char *id, const struct oci_state *state, enum oci_status status,
		     char **ret, struct gnv_error **err);

#define _cleanup_entry_	   _cleanup_(oci_entry_fini)
#define _cleanup_ocistate_ _cleanup_(oci_state_fini)
#define OCI_ENTRY_INIT \
	{ \
		.dir_fd = -EBADF, .root_fd = -EBADF \
	}

#endif /* GNV_OCI_STATE_H */
