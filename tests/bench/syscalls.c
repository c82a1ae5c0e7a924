// SPDX-License-Identifier: MIT
/*
 * Counts the system calls of a command and of all processes that it makes, whatever they
 * execute, by tracing them.
 *
 *	syscalls NAME COMMAND...
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/figure.h"

#define OPTIONS (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
		 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

/* Such a stop comes before a call and after it; the last call of a process never ends. */
static bool enters(pid_t pid)
{
	struct __ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_ENTRY;
}

/* What a stop is to hand on to the process: its own signals, and not those of tracing. */
static int pass_on(int status)
{
	int number = WSTOPSIG(status);

	if (status >> 16 || number == SIGSTOP || number == SIGTRAP)
		return 0;
	return number;
}

static int trace(pid_t first, double *ret_calls)
{
	int status, result = 1;
	pid_t pid;

	for (;;) {
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0)
			return result;
		if (!WIFSTOPPED(status)) {
			if (pid == first)
				result = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
			continue;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			*ret_calls += enters(pid);
			ptrace(PTRACE_SYSCALL, pid, 0, 0);
		} else {
			ptrace(PTRACE_SYSCALL, pid, 0, pass_on(status));
		}
	}
}

int main(int argc, char *argv[])
{
	double calls = 0;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "syscalls: NAME COMMAND...\n");
		return 2;
	}
	pid = fork();
	if (pid == 0) {
		raise(SIGSTOP);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, NULL, WUNTRACED) != pid ||
	    ptrace(PTRACE_SEIZE, pid, 0, OPTIONS) < 0 || kill(pid, SIGCONT) < 0 ||
	    trace(pid, &calls)) {
		fprintf(stderr, "syscalls: %s: %s\n", argv[2], strerror(errno));
		return 1;
	}
	figure_print(argv[1], "calls", &calls, 1, "calls");
	return 0;
}
