/* SPDX-License-Identifier: MIT */
/*
 * Hooks that run in the runtime's own namespaces, or in those of the process that
 * calls.
 */
#ifndef GNV_OCI_HOOKS_H
#define GNV_OCI_HOOKS_H

#include "oci/config.h"
#include "oci/log.h"

/*
 * Run them one after the other, with @state (JSON) on their standard input and
 * nothing in their environment but what they ask for.  The first that fails, or that
 * takes longer than it may, is an error, and ends the row.
 */
int oci_hooks_run(const struct oci_array *hooks, const char *kind, const char *state,
		  struct gnv_error **err);

/* Those whose failure is told of and changes nothing. */
void oci_hooks_run_late(const struct oci_array *hooks, const char *kind, const char *state,
			const struct oci_log *log);

#endif /* GNV_OCI_HOOKS_H */
