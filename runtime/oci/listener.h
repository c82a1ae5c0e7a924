/* SPDX-License-Identifier: MIT */
/*
 * A listener of seccomp's (SCMP_ACT_NOTIFY), and the agent that is to have it.
 */
#ifndef GNV_OCI_LISTENER_H
#define GNV_OCI_LISTENER_H

#include <sys/types.h>

#include "oci/state.h"

/* To whom a process's listener goes, and what is said of it. */
struct oci_notice {
	const struct oci_seccomp *seccomp; /* NULL: there is none */
	struct json_object *state; /* the container's */
};

/* None where @config has no use for it.  oci_notice_fini() frees it. */
int oci_notice_init(struct oci_notice *notice, const struct oci_config *config, const char *id,
		    const struct oci_state *state, enum oci_status status,
		    struct gnv_error **err);
void oci_notice_fini(struct oci_notice *notice);

/*
 * Hand @listener_fd of the process @pid to the agent, as the specification's "container
 * process state".
 */
int oci_notice_send(const struct oci_notice *notice, pid_t pid, int listener_fd,
		    struct gnv_error **err);

#define _cleanup_notice_ _cleanup_(oci_notice_fini)

#endif /* GNV_OCI_LISTENER_H */
