/* SPDX-License-Identifier: MIT */
/*
 * The runtime's side of making a process in a container: what the child cannot do for
 * itself is done for it.
 */
#ifndef GNV_OCI_GUIDE_H
#define GNV_OCI_GUIDE_H

#include "oci/listener.h"
#include "oci/plan.h"

struct oci_guide {
	struct oci_plan *plan;
	/* What is to be done before pivot_root, with the number of the process. */
	int (*hooks)(void *data, pid_t pid, char **ret_state, struct gnv_error **err);
	void *data;
	const struct oci_notice *notice; /* of a process that is executed at once */
};

/*
 * Make the process and bring it to the gate.  On failure nothing is left of it.
 * *ret_pid: as we number it.
 */
int oci_guide_run(const struct oci_guide *guide, pid_t *ret_pid, struct gnv_error **err);

/*
 * Give the gate at the other end of @fd, the process @pid, leave to execute the program, and
 * hear whether it does.  @hook_state is what startContainer hooks read, or NULL.
 */
int oci_guide_release(int fd, pid_t pid, const struct oci_notice *notice, const char *hook_state,
		      struct gnv_error **err);

#endif /* GNV_OCI_GUIDE_H */
