/* SPDX-License-Identifier: MIT */
/*
 * What programs share that let a command go from one system call to the next.
 */
#ifndef GNV_TESTS_OCI_STEPS_H
#define GNV_TESTS_OCI_STEPS_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* @options beside those that are needed: which of its children are stopped as well.  -1: failed. */
static inline pid_t steps_begin(char **argv, unsigned long options)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		raise(SIGSTOP);
		execvp(argv[0], argv);
		_exit(127);
	}
	options |= PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC;
	if (pid < 0 || waitpid(pid, &status, WUNTRACED) != pid ||
	    ptrace(PTRACE_SEIZE, pid, 0, options) < 0 || kill(pid, SIGCONT) < 0)
		return -1;
	return pid;
}

/* Kernels of user mode do not tell of calls but by registers. */
static inline bool steps_by_registers(pid_t pid, struct __ptrace_syscall_info *info)
{
#ifdef __x86_64__
	struct user_regs_struct r;

	/* That is what it has before the call is made. */
	if (ptrace(PTRACE_GETREGS, pid, NULL, &r) < 0 || (long)r.rax != -ENOSYS)
		return false;
	*info = (struct __ptrace_syscall_info){
		.op = PTRACE_SYSCALL_INFO_ENTRY,
		.entry = { r.orig_rax, { r.rdi, r.rsi, r.rdx, r.r10, r.r8, r.r9 } },
	};
	return true;
#else
	return false;
#endif
}

/* Whether a process that has stopped is about to make a call; and which. */
static inline bool steps_calls(pid_t pid, int status, struct __ptrace_syscall_info *info)
{
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != (SIGTRAP | 0x80))
		return false;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(*info), info) <= 0)
		return steps_by_registers(pid, info);
	return info->op == PTRACE_SYSCALL_INFO_ENTRY;
}

static inline void steps_go_on(pid_t pid, int status)
{
	int number = WSTOPSIG(status);

	/* Only what others sent to it is its own. */
	if (number == (SIGTRAP | 0x80) || status >> 16 || number == SIGTRAP)
		number = 0;
	ptrace(PTRACE_SYSCALL, pid, 0, number);
}

#endif /* GNV_TESTS_OCI_STEPS_H */
