/* SPDX-License-Identifier: MIT */
/*
 * From clone to exec: the child makes itself the container's init.
 *
 * It runs on a copy of the launcher's memory, in which a lock may be held by a
 * thread that does not exist here.  So nothing called from gnv_child_run()
 * allocates, prints or takes a lock; failures go as plain text through a pipe.
 */
#ifndef GNV_SANDBOX_CHILD_H
#define GNV_SANDBOX_CHILD_H

#include "sandbox/plan.h"

struct gnv_child {
	const struct gnv_plan *plan;
	int setup_fd; /* failures up to the execution of init */
	int release_fd, report_fd; /* become init's: init/protocol.h */
};

_Noreturn void gnv_child_run(const struct gnv_child *child);

/*
 * Report "<parts…>: <text of -@error>" and end.  The parts end with NULL.
 */
_Noreturn void gnv_child_fail(const struct gnv_child *child, int error, ...)
	__attribute__((sentinel));

/* The steps, each in a file of its own; they report by gnv_child_fail(). */

/* rootfs.c: all mounts; returns with the container's root as "/". */
void gnv_child_enter_rootfs(const struct gnv_child *child);

/* identity.c: user and groups, capabilities, working directory, HOME. */
void gnv_child_take_identity(const struct gnv_child *child);

#endif /* GNV_SANDBOX_CHILD_H */
