/* SPDX-License-Identifier: MIT */
/* See ../unistd.h. */
#ifndef GNV_MUSL_SYS_PIDFD_H
#define GNV_MUSL_SYS_PIDFD_H

#include <signal.h>
#include <unistd.h>

static inline int pidfd_open(pid_t pid, unsigned int flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

static inline int pidfd_send_signal(int pidfd, int number, siginfo_t *info, unsigned int flags)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, number, info, flags);
}

#endif /* GNV_MUSL_SYS_PIDFD_H */
