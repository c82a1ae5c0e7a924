/* SPDX-License-Identifier: MIT */
/*
 * What the kernel keeps for a process besides its identity and its namespaces: limits,
 * how it is scheduled, and where its memory comes from.  All of it outlasts exec.
 */
#ifndef GNV_OCI_TASK_H
#define GNV_OCI_TASK_H

#include "oci/config.h"

/* Whether oci_task_raise() has something to do. */
bool oci_task_needs_raise(const struct oci_process *process);

/*
 * What may take a privilege of the host's: rlimits, ioPriority, scheduler; 0 is the
 * caller.
 */
int oci_task_raise(const struct oci_process *process, pid_t pid, struct gnv_error **err);

/* linux.memoryPolicy, which a process can only set itself. */
int oci_task_set_memory_policy(const struct oci_linux *os, struct gnv_error **err);

/*
 * execCPUAffinity.  The runtime takes `initial`, so that it is what its children have
 * before they are in the container's cgroup; the process takes `final`.
 */
int oci_task_take_initial_affinity(const struct oci_process *process, struct gnv_error **err);
int oci_task_take_final_affinity(const struct oci_process *process, struct gnv_error **err);

#endif /* GNV_OCI_TASK_H */
