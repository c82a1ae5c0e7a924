/* SPDX-License-Identifier: MIT */
/*
 * The container's /dev: a small file system in memory with the nodes and links
 * that the OCI specification names and those that the caller grants.  It is
 * filled on the host's side, where making device nodes is permitted, and put in
 * place by the container's.
 */
#ifndef GNV_SANDBOX_DEV_H
#define GNV_SANDBOX_DEV_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "sandbox/sandbox.h"

/* Who owns what is made: root of the container, as the host numbers it. */
struct gnv_owner {
	uid_t uid;
	gid_t gid;
};

/*
 * Put the standard nodes and links, and @devices, into the directory @fd.  What is
 * there already stays; a node of another device, or another kind of file, is -EEXIST.
 * @as_files: empty files in the place of nodes, for who may not make nodes and mounts the
 * host's own there.
 */
int gnv_dev_fill(int fd, const struct gnv_device_node *devices, size_t n_devices,
		 struct gnv_owner owner, bool as_files, struct gnv_error **err);

/* "null" and so on; NULL behind the last. */
const char *gnv_dev_standard_node(size_t index);

/* *ret_fd: the detached mount.  @label: SELinux's, of all in it, or NULL. */
int gnv_dev_make(const struct gnv_device_node *devices, size_t n_devices,
		 struct gnv_owner owner, const char *label, int *ret_fd, struct gnv_error **err);

#endif /* GNV_SANDBOX_DEV_H */
