// SPDX-License-Identifier: MIT
/*
 * Runs a command and kills it, alone, as it enters its Nth system call: a loop over N ends
 * it at every step that can be seen from outside.
 *
 *	kill_at N COMMAND...
 *
 * The status is 0 when it was killed, 3 when it ended before.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long left = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
	struct __ptrace_syscall_info info;
	int status, number;
	pid_t pid;

	if (left < 1)
		return 2;
	pid = fork();
	if (pid == 0) {
		raise(SIGSTOP);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, WUNTRACED) != pid ||
	    ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC) < 0 ||
	    kill(pid, SIGCONT) < 0)
		return 2;
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		number = WSTOPSIG(status);
		if (number == (SIGTRAP | 0x80) &&
		    ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
		    info.op == PTRACE_SYSCALL_INFO_ENTRY && --left == 0)
			kill(pid, SIGKILL);
		/* Only what others sent to it is its own. */
		if (number == (SIGTRAP | 0x80) || status >> 16 || number == SIGTRAP)
			number = 0;
		ptrace(PTRACE_SYSCALL, pid, 0, number);
	}
	return left == 0 ? 0 : 3;
}
