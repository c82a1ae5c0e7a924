/* SPDX-License-Identifier: MIT */
/*
 * All that is prepared on the host's side before a container's first process, or one
 * that joins it, is made: paths of the host are walked here, once, to descriptors;
 * paths of the container never.
 */
#ifndef GNV_OCI_PLAN_H
#define GNV_OCI_PLAN_H

#include <linux/filter.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "oci/config.h"
#include "oci/lsm.h"
#include "oci/mount_options.h"

struct oci_plan_mount {
	const struct oci_mount *mount;
	struct oci_mount_options options;
	int fd; /* detached, ready; -EBADF: to be made in the container */
	bool in_turn; /* a bind that is made in the container, see bind.h */
	int source_fd; /* its source, once that has been found */
	int userns_fd; /* by whose map owners are shown, or -EBADF */
	bool is_dev; /* a /dev in memory, to be filled */
	bool protect_late; /* not read-only before it has been filled */
};

struct oci_gpu;

/* What a child leaves behind that has no memory of its own. */
struct oci_left {
	struct gnv_error *err; /* it has failed */
	char *program;
	char **env;
};

struct oci_plan {
	const struct oci_config *config;
	const struct oci_process *process;
	const char *bundle, *rootfs;
	const struct oci_gpu *gpu; /* NULL: none */
	int records_fd; /* where records are kept; the caller's */
	bool joins; /* a running container: no root file system is made */
	int rootfs_fd; /* detached; of one to be joined only where that was locked into it */
	/*
	 * Where the container has no mount namespace of its own: the one it belongs to.  Its root
	 * file system is made in a new one all the same, and what comes of that is a tree of no
	 * namespace, into which it is locked by chroot.  -EBADF: it has one.
	 */
	int mount_ns_fd;
	struct stat rootfs_stat; /* of it */
	struct oci_plan_mount *mounts; /* as many as the configuration has */
	int nodes_fd; /* what has the nodes that are not below /dev, or -EBADF */
	bool has_dev; /* something is mounted on /dev */
	int namespace_fds[OCI_NS_END]; /* to be joined, or -EBADF */
	int join_pidfd; /* of the container to be joined, or -EBADF */
	uint64_t new_flags; /* CLONE_NEW* */
	uint64_t ignored_signals; /* a mask, from 1; of the runtime, and so of its children */
	int cgroup_fd;
	/*
	 * Where `start` connects, or whence leave comes.  Without either, the program is
	 * executed at once.
	 */
	int listen_fd, leave_fd;
	int console_fd, pidfd_socket_fd; /* connected, or -EBADF */
	int procfs_fd; /* by which the gate takes labels, or -EBADF */
	int sync_fd; /* the child's end, where it has memory of its own */
	struct oci_left *left; /* where it has not */
	struct sock_fprog filter;
	unsigned int filter_flags;
	struct oci_lsm_label labels[OCI_LSM_LABELS_MAX];
	int n_labels;
	int preserve_fds;
	int listen_fds; /* of these, the first ones that are told of by LISTEN_FDS */
	bool no_pivot, no_new_keyring, in_userns;
	bool enters_early; /* the first process that is cloned is in the cgroup */
	bool rootless; /* we are without the host's privileges */
};

/* The rest is to be set before. */
void oci_plan_begin(struct oci_plan *plan);

/* The root file system, mounts and namespaces of a new container. */
int oci_plan_container(struct oci_plan *plan, struct gnv_error **err);

/* What every process needs: labels and filter. */
int oci_plan_process(struct oci_plan *plan, struct gnv_error **err);
void oci_plan_fini(struct oci_plan *plan);

/*
 * Make and fill a /dev in memory: in the container, in its turn, as mounts are listed in
 * the order in which they were made; for a user namespace here, where making device nodes
 * is permitted.
 */
int oci_plan_dev(const struct oci_plan *plan, struct oci_plan_mount *m, struct gnv_error **err);

/* Standard nodes, links and linux.devices into the directory @fd. */
int oci_plan_fill_dev(const struct oci_plan *plan, int fd, struct gnv_error **err);

/* The host's number of an id of the container's; UINT32_MAX where @array maps others. */
uint32_t oci_plan_to_host(const struct oci_array *array, uint32_t id);

/* Of new_flags, those that the first process is cloned with; it makes the others itself. */
uint64_t oci_plan_clone_flags(const struct oci_plan *plan);

/* CLONE_NEW* of a type. */
uint64_t oci_namespace_flag(int type);

/* linux.uidMappings and the like for the kernel.  NULL without memory. */
struct gnv_id_mapping *oci_plan_mappings(const struct oci_array *array);

#endif /* GNV_OCI_PLAN_H */
