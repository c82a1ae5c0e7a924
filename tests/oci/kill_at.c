// SPDX-License-Identifier: MIT
/*
 * Runs a command and kills it, alone, as it enters its Nth system call: a loop over N ends
 * it at every step that can be seen from outside.
 *
 *	kill_at N COMMAND...
 *
 * The status is 0 when it was killed, 3 when it ended before.
 */
#include "steps.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
	long left = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
	struct __ptrace_syscall_info info;
	int status;
	pid_t pid;

	if (left < 1)
		return 2;
	pid = steps_begin(argv + 2, 0);
	if (pid < 0)
		return 2;
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		if (steps_calls(pid, status, &info) && --left == 0)
			kill(pid, SIGKILL);
		steps_go_on(pid, status);
	}
	return left == 0 ? 0 : 3;
}
