/* SPDX-License-Identifier: MIT */
/*
 * One container's cgroup (v2): made, limited, entered, frozen, killed, removed.  Knows
 * nothing of GPUs but that their device nodes are allowed.
 */
#ifndef GNV_SANDBOX_CGROUP_H
#define GNV_SANDBOX_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct gnv_cgroup_limits {
	uint64_t memory_max_bytes; /* 0: none */
	uint64_t cpu_millicores; /* 1000 is one core; 0: none */
	uint64_t pids_max; /* 0: none */
};

/* A character or block device that the container may use, or may not. */
struct gnv_device_rule {
	char type; /* 'c', 'b', or 'a' for both */
	int64_t major; /* -1: any */
	int64_t minor; /* -1: any */
	const char *access; /* of "rwm" */
	bool deny;
};

/* Devices that every container may use, as the OCI specification lists them. */
#define GNV_COMMON_DEVICES 10
extern const struct gnv_device_rule gnv_common_devices[GNV_COMMON_DEVICES];

/* Where cgroup2 is mounted ("/sys/fs/cgroup", or …/unified on a hybrid host). */
int gnv_cgroup_find_root(char **ret_path, struct gnv_error **err);

/*
 * Make <root>/ghostnv/<id>, enabling the controllers that the limits need on the
 * way down.  *ret_fd: the directory, for CLONE_INTO_CGROUP and for the module.
 * A controller that the host lacks is an error that names it.
 */
int gnv_cgroup_create(const char *id, const struct gnv_cgroup_limits *limits,
		      char **ret_path, int *ret_fd, struct gnv_error **err);

/* A file of a cgroup takes a value by one write; it is never replaced. */
int gnv_cgroup_write(int dir_fd, const char *name, const char *value);
/* Whether a list such as cgroup.controllers has a word. */
bool gnv_cgroup_lists(const char *list, const char *word);

/*
 * Attach an eBPF device program.  Of the rules for a device and a kind of access the
 * last one counts; where there is none, it is refused.
 */
int gnv_cgroup_allow_devices(int cgroup_fd, const struct gnv_device_rule *rules,
			     size_t n_rules, struct gnv_error **err);

/*
 * Do @visit for all cgroups below it, the deepest first, until one says -errno other than -ENOENT
 * or -EOPNOTSUPP.
 */
int gnv_cgroup_walk(int dir_fd, int (*visit)(int parent_fd, const char *name, void *data),
		    void *data);

/* True when processes are left in it or below it. */
int gnv_cgroup_is_populated(const char *path, struct gnv_error **err);

/* Stop or continue all in it, and wait until it is so. */
int gnv_cgroup_freeze(const char *path, bool freeze, struct gnv_error **err);
/* Whether it is told to stop. */
bool gnv_cgroup_is_frozen(const char *path);

/* SIGKILL to all in it, by cgroup.kill, or by freezing where that is absent. */
int gnv_cgroup_kill(const char *path, struct gnv_error **err);

/* Remove it if nothing is in it or below it.  Return: whether it is gone. */
bool gnv_cgroup_remove_empty(const char *path);

/* Wait until it is empty, then remove it and those below it.  Idempotent. */
int gnv_cgroup_remove(const char *path, int timeout_ms, struct gnv_error **err);

#endif /* GNV_SANDBOX_CGROUP_H */
