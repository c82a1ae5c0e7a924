/* SPDX-License-Identifier: MIT */
/*
 * Bind mounts: from a path of the host's to a detached mount with its options.  The path
 * is walked once, to a descriptor, where nothing of the container's is mounted yet.
 *
 * From Linux 6.8 on mounts are listed in the order in which they were made.  A bind whose
 * `in_turn` is set is therefore only found at first, and made when those before it are there.
 */
#ifndef GNV_OCI_BIND_H
#define GNV_OCI_BIND_H

#include "oci/plan.h"

/*
 * On the host's side, of @m in its place: all that can be done there.  @follows: mounts before it
 * are made in the container.
 */
int oci_bind_plan(const struct oci_plan *plan, struct oci_plan_mount *m, bool follows,
		  struct gnv_error **err);

/*
 * In the container's process, of those that are made in their turn: while its mounts are the
 * host's yet.
 */
int oci_bind_find_all(const struct oci_plan *plan, struct gnv_error **err);

/* m->fd of such a one. */
int oci_bind_make(struct oci_plan_mount *m);

#endif /* GNV_OCI_BIND_H */
