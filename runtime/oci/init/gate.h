/* SPDX-License-Identifier: MIT */
/*
 * What the runtime and the gate agree on.  The gate is executed by descriptor as
 * the container's first process, with all but the last steps done.  In its memory is,
 * at OCI_GATE_ORDERS, a struct oci_gate and what follows it, which nobody can write to;
 * its arguments and its environment are the program's.
 *
 * Over the connection it may say OCI_GATE_LISTENER, with a listener of seccomp's, and waits for
 * a byte in answer.
 *
 * Offsets count from the start of the structure; 0 where there is nothing.
 */
#ifndef GNV_OCI_INIT_GATE_H
#define GNV_OCI_INIT_GATE_H

#include <stdint.h>

enum oci_gate_flag {
	OCI_GATE_NO_NEW_PRIVS = 1,
	OCI_GATE_CAPABILITIES = 2, /* the sets below are to be taken */
	OCI_GATE_GROUPS = 4, /* the caller may set groups: not without a map of them */
	OCI_GATE_WAITS = 8, /* leave comes over connection_fd */
};

#define OCI_GATE_LISTENER 'n'

/* Far from its own addresses, which begin at 4 MiB. */
#define OCI_GATE_ORDERS	  0x10000000UL

struct oci_gate {
	uint32_t flags;
	/*
	 * Where `start` connects, or -1: there is a connection already.  What is said over
	 * it is at most one struct gnv_error_wire; its end without one says that the program
	 * runs.
	 */
	int32_t listen_fd;
	int32_t connection_fd; /* when listen_fd is -1 */
	uint32_t uid, gid;
	uint32_t n_groups, groups; /* offset of uint32_t[] */
	uint32_t n_filter, filter; /* offset of struct sock_filter[] */
	uint32_t filter_flags;
	uint64_t bounding, effective, inheritable, permitted, ambient;
	uint32_t program; /* offset of the path to execute */
	uint32_t n_hooks, hooks; /* offset of struct oci_gate_hook[] */
	uint32_t n_labels, labels; /* offset of struct oci_gate_label[] */
	int32_t procfs_fd; /* where the files of the labels are */
};

/* What the process writes to a file of its own, for the program to be under it. */
struct oci_gate_label {
	uint32_t path, text, length;
};

/* A startContainer hook: strings one behind the other, arguments then environment. */
struct oci_gate_hook {
	uint32_t timeout_s; /* 0: none */
	uint32_t n_args, n_env;
	uint32_t path, strings;
};

/* More of them than a hook may have; the gate has no memory but its stack. */
#define OCI_GATE_STRINGS_MAX 1024

#endif /* GNV_OCI_INIT_GATE_H */
