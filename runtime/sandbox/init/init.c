// SPDX-License-Identifier: MIT
/*
 * A container's PID 1: starts the program, forwards signals to it, reaps what is
 * orphaned, ends with the program's status (128 + N for signal N), and then the
 * kernel kills the rest.
 *
 * A program of its own, static and without a C library, for two reasons.  The
 * container can look at its PID 1, and must find neither the launcher's memory
 * nor a file that the host executes.  And nothing here can be led astray by the
 * image: no library, no locale, no environment is read but PATH.
 *
 * It is executed with the program's own user, capabilities and system call filter:
 * whoever gets hold of it has gained nothing.
 */
#include <asm/signal.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/limits.h>
#include <linux/prctl.h>
#include <linux/wait.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error_wire.h"
#include "sandbox/init/protocol.h"
#include "sandbox/init/freestanding.h"
#include "sandbox/init/syscalls.h"

static _Noreturn void exit_with(int status)
{
	for (;;)
		sys1(__NR_exit_group, status);
}

/* Append to the string in @buf what there is room for. */
static void append(char *buf, size_t size, size_t *length, const char *text, size_t n)
{
	if (n > size - 1 - *length)
		n = size - 1 - *length;
	memcpy(buf + *length, text, n);
	*length += n;
	buf[*length] = '\0';
}

static size_t length_until(const char *text, char end)
{
	size_t n = 0;

	while (text[n] && text[n] != end)
		n++;
	return n;
}

static _Noreturn void report_failure(const char *program, long error)
{
	struct gnv_error_wire wire = { .errnum = (int)-error };
	size_t n = 0;

	append(wire.what, sizeof(wire.what), &n, "execute `", 9);
	append(wire.what, sizeof(wire.what) - 1, &n, program,
	       length_until(program, '\0'));
	append(wire.what, sizeof(wire.what), &n, "`", 1);
	sys3(__NR_write, GNV_INIT_REPORT_FD, &wire, sizeof(wire));
	exit_with(error == -ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN);
}

static const char *find_path(char *const env[])
{
	for (; *env; env++) {
		const char *e = *env;

		if (e[0] == 'P' && e[1] == 'A' && e[2] == 'T' && e[3] == 'H' && e[4] == '=')
			return e + 5;
	}
	return GNV_INIT_PATH;
}

/* Execute @name in the @n bytes of @directory; none mean the working directory. */
static long execute_in(const char *directory, size_t n, char *const argv[],
		       char *const env[])
{
	size_t name_length = length_until(argv[0], '\0'), length = 0;
	char file[PATH_MAX];

	if (!n) {
		directory = ".";
		n = 1;
	}
	if (n + 1 + name_length >= sizeof(file))
		return -ENAMETOOLONG;
	append(file, sizeof(file), &length, directory, n);
	append(file, sizeof(file), &length, "/", 1);
	append(file, sizeof(file), &length, argv[0], name_length);
	return sys3(__NR_execve, file, argv, env);
}

/*
 * Try each directory of PATH.  Return: why it did not work, the most telling of
 * the reasons: EACCES outweighs that there is no such file elsewhere.
 */
static long execute_by_path(char *const argv[], char *const env[])
{
	const char *directory = find_path(env);
	long best = -ENOENT;

	for (;;) {
		size_t n = length_until(directory, ':');
		long r = execute_in(directory, n, argv, env);

		if (r == -EACCES)
			best = r;
		else if (r != -ENOENT && r != -ENOTDIR && r != -ENAMETOOLONG)
			return r;
		if (!directory[n])
			return best;
		directory += n + 1;
	}
}

static _Noreturn void become_program(char *const argv[], char *const env[])
{
	const char *program = argv[0];
	long r;

	sys0(__NR_setsid);
	/* So that its closing tells that the program runs. */
	sys3(__NR_fcntl, GNV_INIT_REPORT_FD, F_SETFD, FD_CLOEXEC);
	sys4(__NR_rt_sigprocmask, SIG_UNBLOCK, (long)&all_signals, 0, sizeof(all_signals));
	if (!*program)
		r = -ENOENT;
	else if (program[length_until(program, '/')])
		r = sys3(__NR_execve, program, argv, env);
	else
		r = execute_by_path(argv, env);
	report_failure(program, r);
}

/* Wait for leave to go on.  The launcher may have died instead. */
static void wait_for_release(void)
{
	const char ready = GNV_INIT_READY;
	char byte;
	long n;

	sys3(__NR_write, GNV_INIT_REPORT_FD, &ready, 1);
	do {
		n = sys3(__NR_read, GNV_INIT_RELEASE_FD, &byte, 1);
	} while (n == -EINTR);
	if (n != 1)
		exit_with(STATUS_CANNOT_RUN);
	sys1(__NR_close, GNV_INIT_RELEASE_FD);
}

static int to_exit_status(int status)
{
	int signal = status & 0x7f;

	return signal ? STATUS_SIGNALLED + signal : (status >> 8) & 0xff;
}

/* Reap all that have ended; end with @program if it is among them. */
static void reap(long program)
{
	int status;
	long pid;

	while ((pid = sys4(__NR_wait4, -1, (long)&status, WNOHANG, 0)) > 0)
		if (pid == program)
			exit_with(to_exit_status(status));
}

/*
 * All signals are blocked from the sandbox on and fetched one by one: a blocked
 * signal reaches a PID 1 that has no handler for it, and none is lost.
 */
static _Noreturn void serve(long program)
{
	for (;;) {
		long signal = sys4(__NR_rt_sigtimedwait, (long)&all_signals, 0, 0,
				   sizeof(all_signals));

		if (signal == SIGCHLD)
			reap(program);
		else if (signal > 0)
			sys2(__NR_kill, program, signal);
	}
}

/* Nobody but the entry below calls it. */
_Noreturn void init_main(long *stack);

_Noreturn void init_main(long *stack)
{
	long argc = stack[0];
	char **argv = (char **)(stack + 1);
	char **env = argv + argc + 1;
	long program;

	sys2(__NR_prctl, PR_SET_NAME, "ghostnv-init");
	/* Nobody else's business, though there is nothing in it to be found. */
	sys2(__NR_prctl, PR_SET_DUMPABLE, 0);
	sys4(__NR_rt_sigprocmask, SIG_BLOCK, (long)&all_signals, 0, sizeof(all_signals));
	if (argc < 2)
		exit_with(STATUS_CANNOT_RUN);
	wait_for_release();
	program = sys4(__NR_clone, SIGCHLD, 0, 0, 0);
	if (program == 0)
		become_program(argv + 1, env);
	if (program < 0)
		report_failure(argv[1], program);
	sys1(__NR_close, GNV_INIT_REPORT_FD);
	serve(program);
}

ENTRY;
