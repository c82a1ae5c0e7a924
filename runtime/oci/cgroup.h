/* SPDX-License-Identifier: MIT */
/*
 * The cgroup (v2) of an OCI container: made by the path that the configuration names,
 * limited by linux.resources.  Freezing, killing and removing is the sandbox's.
 */
#ifndef GNV_OCI_CGROUP_H
#define GNV_OCI_CGROUP_H

#include <sys/types.h>

#include "oci/config.h"

struct oci_undo;

/*
 * The directory in the file system: cgroupsPath below cgroup2's root, or one by @id.  A path
 * that is not absolute is below our own cgroup when we are @rootless, for that may be ours.
 */
int oci_cgroup_path(const struct oci_config *config, const char *id, bool rootless, char **ret,
		    struct gnv_error **err);

/* Of a process, in the file system. */
int oci_cgroup_of(pid_t pid, char **ret, struct gnv_error **err);

/* Whether @resources ask for what only a controller can hold. */
bool oci_cgroup_is_limited(const struct oci_resources *resources);

/*
 * Make it, with the controllers that @resources need handed down to it.  -EBUSY: there
 * are processes in it.
 */
int oci_cgroup_create(const char *path, const struct oci_resources *resources, int *ret_fd,
		      struct gnv_error **err);

/* The kernel's weights of what the configuration says in shares. */
uint64_t oci_cgroup_cpu_weight(uint64_t shares);
uint64_t oci_cgroup_io_weight(uint64_t weight);

/* The kernel's limit of processes.  One is there, so 0 is as much as 1, which systemd takes. */
int64_t oci_cgroup_pids_limit(int64_t limit);

/* Everything but the devices.  @resources may be NULL; @undo too, or it learns what was before. */
int oci_cgroup_limit(int fd, const struct oci_resources *resources, struct oci_undo *undo,
		     struct gnv_error **err);

/* The rules of @resources, and behind them what every container may use. */
int oci_cgroup_allow_devices(int fd, const struct oci_resources *resources,
			     struct gnv_error **err);

/* What the specification calls cgroup ownership: whether @config asks for it. */
bool oci_cgroup_is_delegated(const struct oci_config *config);

/* Give @uid what the kernel lets be given away of it. */
int oci_cgroup_give(int fd, uid_t uid, struct gnv_error **err);

/* Numbers of all processes in it and below it. */
int oci_cgroup_pids(const char *path, struct oci_array *ret, struct gnv_error **err);

#endif /* GNV_OCI_CGROUP_H */
