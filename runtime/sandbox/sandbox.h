/* SPDX-License-Identifier: MIT */
/*
 * One process in namespaces of its own: what is asked for stands in struct
 * gnv_sandbox; gnv_sandbox_start() carries it out.  Knows nothing of images,
 * state files or the module; GPUs are device nodes to it.
 *
 * Words: "init" is the container's PID 1 (a reaper of ours or the program
 * itself); "program" is what the user asked to run.
 */
#ifndef GNV_SANDBOX_SANDBOX_H
#define GNV_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct gnv_mount {
	char *source; /* absolute, on the host */
	char *target; /* absolute, in the container */
	bool read_only;
};

/*
 * What the container finds at a path of its root file system, whatever its image has
 * there: one of a mount, a link and a new file.  Volumes come later, and cover it.
 */
struct gnv_put {
	const char *target; /* absolute, in the container */
	const char *link; /* what a symbolic link says */
	const void *data; /* of a file that is written */
	size_t bytes;
	int fd; /* else: of the host's file or directory, mounted read-only */
};

/* A device node of the host's that the container gets under the same name. */
struct gnv_device_node {
	char *path; /* "/dev/nvidia0" */
	char type; /* 'c', 'b', or 'p' */
	unsigned int major, minor;
	unsigned int mode; /* 0666 */
	bool has_owner; /* else it is the container's root's */
	uid_t uid, gid; /* as the host numbers them */
};

struct gnv_sandbox {
	const char *rootfs; /* mounted, absolute */
	const char *hostname;
	char *const *argv; /* NULL-terminated */
	char *const *env; /* HOME and PATH are added where they are missing */
	const char *workdir; /* absolute, in the container, made if missing; NULL: "/" */
	const char *user; /* "name|uid[:group|gid]", looked up in the rootfs; NULL: root */
	const struct gnv_mount *mounts;
	size_t n_mounts;
	const struct gnv_put *puts; /* in this order */
	size_t n_puts;
	const struct gnv_device_node *devices;
	size_t n_devices;
	/*
	 * PCI addresses ("0000:01:00.0") of the GPUs that /proc/driver/nvidia shows,
	 * NULL-terminated; NULL hides the whole of it.
	 */
	const char *const *gpu_pci;
	bool userns; /* map root to an unprivileged range of the host: userns.h */
	bool rootfs_read_only;
	int cgroup_fd; /* of gnv_cgroup_create(): the init is born in it */
	int stdio[3]; /* -1: keep the caller's */
};

/* A started sandbox.  The program runs only after gnv_sandbox_release(). */
struct gnv_process {
	pid_t pid; /* of init, in the caller's PID namespace */
	int pidfd;
	uint64_t start_time; /* field 22 of /proc/<pid>/stat: guards against reuse */
	int release_fd, report_fd; /* private */
};

/*
 * Make namespaces (PID, mount, UTS, IPC, network with loopback up, cgroup and,
 * if asked, user), mounts, /dev, masked and read-only paths, pivot_root,
 * capabilities (Docker's default set), no_new_privs and seccomp, up to the point
 * where only exec is left, and wait there.  On failure nothing is left behind.
 */
int gnv_sandbox_start(const struct gnv_sandbox *sandbox, struct gnv_process *ret,
		      struct gnv_error **err);

/*
 * Let the program run.  Returns when exec has succeeded, or -errno with what
 * failed in *err (ENOENT, EACCES, ENOEXEC for the program itself).  Init then ends
 * by itself, with status 127 or 126, and is to be waited for as ever.
 */
int gnv_sandbox_release(struct gnv_process *process, struct gnv_error **err);

/* Close the fds; does not end the process. */
void gnv_process_fini(struct gnv_process *process);

#endif /* GNV_SANDBOX_SANDBOX_H */
