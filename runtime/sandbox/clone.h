/* SPDX-License-Identifier: MIT */
/*
 * clone3() as fork() with namespaces.  The child runs on a copy of the caller's
 * memory, in which other threads may have been stopped anywhere: only what is
 * async-signal-safe is allowed there.
 */
#ifndef GNV_SANDBOX_CLONE_H
#define GNV_SANDBOX_CLONE_H

#include <stdint.h>
#include <sys/types.h>

/*
 * @flags are CLONE_NEW* and CLONE_PARENT; @cgroup_fd is -1 or the cgroup that the child is born in.
 * Signal handlers do not reach the child.  *ret_pidfd: the child's.
 * Return: 0 in the child, its number in the parent, or -errno.
 */
pid_t gnv_clone(uint64_t flags, int cgroup_fd, int *ret_pidfd);

/*
 * The same without a copy of the memory: the child is in the caller's, and the caller is
 * stopped until it has executed a program or ended.  What it writes stays written, and what it
 * allocates stays allocated; descriptors, signals and directories are its own all the same.
 * Not for a child that others may get at (ptrace) before that; who kills it kills it in the
 * middle of what it was writing.
 */
pid_t gnv_clone_sharing(uint64_t flags, int cgroup_fd, int *ret_pidfd, void (*run)(void *data),
			void *data);

/* Kill the child and wait for its end, so that nothing of it is left. */
void gnv_clone_kill(int pidfd);

#endif /* GNV_SANDBOX_CLONE_H */
