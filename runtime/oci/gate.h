/* SPDX-License-Identifier: MIT */
/*
 * What the gate (init/gate.c) is told.
 */
#ifndef GNV_OCI_GATE_H
#define GNV_OCI_GATE_H

#include "oci/plan.h"

/*
 * The gate, to be executed by descriptor, with its orders: to become @program when `start`
 * comes by @listen_fd, or at once where that is -1, with news by @connection_fd; labels are
 * taken by @procfs_fd.  All are the numbers that the gate will have them under.
 */
int oci_gate_make(const struct oci_plan *plan, const char *program, int listen_fd,
		  int connection_fd, int procfs_fd, int *ret_fd, struct gnv_error **err);

/* Capabilities (bits by CAP_*) that the process asks for and nobody can give it. */
uint64_t oci_gate_lacks(const struct oci_plan *plan);

#endif /* GNV_OCI_GATE_H */
