/* SPDX-License-Identifier: MIT */
/*
 * All that is prepared on the host's side, with memory allocation and errors in
 * full words, so that the child needs neither: gnv_plan_init() makes a plan of
 * what was asked for, gnv_child_run() carries it out.
 */
#ifndef GNV_SANDBOX_PLAN_H
#define GNV_SANDBOX_PLAN_H

#include <linux/filter.h>

#include "base/error.h"
#include "sandbox/caps.h"
#include "sandbox/sandbox.h"
#include "sandbox/userns.h"

struct gnv_plan {
	const struct gnv_sandbox *sandbox;
	struct gnv_userns_range range; /* when it has a user namespace */
	/* Detached mounts. */
	int rootfs_fd;
	int dev_fd;
	int etc_fd; /* holds the files "hosts" and "hostname" */
	int gpu_proc_fd; /* -EBADF: /proc/driver/nvidia is hidden */
	int *put_fds; /* as many as it has puts; -EBADF where that is no mount */
	int *volume_fds; /* as many as the sandbox has mounts */
	int init_fd;
	struct gnv_caps caps;
	struct sock_fprog filter;
	char **argv; /* init's */
	char **env; /* with a free place behind for HOME */
};

int gnv_plan_init(struct gnv_plan *plan, const struct gnv_sandbox *sandbox,
		  struct gnv_error **err);
void gnv_plan_fini(struct gnv_plan *plan);

#endif /* GNV_SANDBOX_PLAN_H */
