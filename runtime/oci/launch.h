/* SPDX-License-Identifier: MIT */
/*
 * The life of a container: created, started, joined, killed, deleted.  What is left
 * between calls is on disk (state.h); no process of ours stays.
 */
#ifndef GNV_OCI_LAUNCH_H
#define GNV_OCI_LAUNCH_H

#include "oci/log.h"
#include "oci/state.h"

/* That a caller may hand on, each way. */
#define OCI_PRESERVE_FDS_MAX 1024

struct oci_create_options {
	const char *root, *id, *bundle, *config_path;
	const char *pid_file, *console_socket, *pidfd_socket;
	int preserve_fds;
	bool no_pivot, no_new_keyring;
	bool systemd; /* makes the cgroup */
	const char *gpu_config; /* NULL: the usual one */
	const struct oci_log *log;
};

/* Up to the point where only `start` is wanting. */
int oci_create(const struct oci_create_options *options, pid_t *ret_pid, struct gnv_error **err);

/* What becomes of a container after that. */
enum oci_run_end {
	OCI_RUN_DETACHED, /* nobody waits for its end */
	OCI_RUN_KEPT, /* it stays when it has ended */
	OCI_RUN_DELETED,
};

/* Both at once; nothing is left when it fails.  Return: 0, or the status of its end. */
int oci_run(const struct oci_create_options *options, enum oci_run_end end,
	    struct gnv_error **err);

int oci_start(const char *root, const char *id, const struct oci_log *log,
	      struct gnv_error **err);

struct oci_exec_options {
	const char *root, *id;
	const struct oci_process *process;
	const char *pid_file, *console_socket, *pidfd_socket, *cgroup;
	int preserve_fds;
	bool ignore_paused;
	const struct oci_log *log;
};

/* A process more in a running container. */
int oci_exec(const struct oci_exec_options *options, pid_t *ret_pid, struct gnv_error **err);

int oci_kill(const char *root, const char *id, int signal, bool all, struct gnv_error **err);

/* With @force also one that runs, or that does not exist. */
int oci_delete(const char *root, const char *id, bool force, const struct oci_log *log,
	       struct gnv_error **err);

/* One whose first process is known to have ended, and which is open without the lock. */
int oci_delete_ended(const struct oci_entry *entry, const struct oci_state *state,
		     const struct oci_config *config, const struct oci_log *log,
		     struct gnv_error **err);

/* Wait for a child of ours to end, and hand it signals meanwhile.  Return: its status. */
int oci_wait(pid_t pid, struct gnv_error **err);

#endif /* GNV_OCI_LAUNCH_H */
