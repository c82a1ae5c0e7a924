/* SPDX-License-Identifier: MIT */
/*
 * From clone to the execution of the gate.  The runtime has one thread, so here, too,
 * memory may be allocated and errors have words.
 *
 * One channel (SOCK_SEQPACKET) connects the child with the runtime.  The child says
 * one of the letters below and waits for OCI_SYNC_GO; or it says what failed, as a
 * struct gnv_error_wire whose number is negative when its text is complete.  Its end
 * says that the gate was executed.
 *
 * A child that has nothing to say but that may be in the runtime's own memory instead, where
 * the runtime finds what failed.
 */
#ifndef GNV_OCI_CHILD_H
#define GNV_OCI_CHILD_H

#include "oci/plan.h"

enum oci_sync {
	OCI_SYNC_MAPS = 'm', /* I am in a new user namespace */
	OCI_SYNC_DEVICES = 'd', /* give me my network devices */
	OCI_SYNC_RAISE = 'r', /* set my limits and how I am scheduled */
	OCI_SYNC_HOOKS = 'h', /* all is mounted, nothing is left yet */
	OCI_SYNC_GO = 'g',
};

/* How an intermediate process names the container's first one. */
struct oci_sync_pid {
	char letter; /* 'p' */
	pid_t pid;
};

/* @joined: the namespaces to be joined have been. */
_Noreturn void oci_child_run(const struct oci_plan *plan, bool joined);

/*
 * Join the namespaces first, and then make the child, for those that only children
 * come into.
 */
_Noreturn void oci_child_run_between(const struct oci_plan *plan);

#endif /* GNV_OCI_CHILD_H */
