// SPDX-License-Identifier: MIT
/*
 * container/supervise: signals go in, the status comes out, logs stay in bounds.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "container/supervise.h"

static int signal_fd = -1;

static void on_term(int number)
{
	(void)number;
	_exit(42);
}

/* A child that runs @program; it begins with no signal blocked, as sandboxes do. */
static struct gnv_process start(void (*program)(void))
{
	struct gnv_process process = { .release_fd = -1, .report_fd = -1 };
	sigset_t none;

	process.pid = fork();
	if (process.pid == 0) {
		signal(SIGTERM, on_term);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		program();
		_exit(0);
	}
	process.pidfd = (int)syscall(SYS_pidfd_open, process.pid, 0);
	return process;
}

static int supervise(void (*program)(void))
{
	struct gnv_process process = start(program);
	int status = -1;

	expect_int(gnv_supervise(&process, signal_fd, -1, &status, NULL), 0);
	close(process.pidfd);
	return status;
}

static void end_well(void)
{
}

static void end_with_7(void)
{
	_exit(7);
}

static void end_by_signal(void)
{
	raise(SIGKILL);
}

static void wait_for_signal(void)
{
	for (;;)
		pause();
}

static void statuses(void)
{
	expect_int(supervise(end_well), 0);
	expect_int(supervise(end_with_7), 7);
	expect_int(supervise(end_by_signal), 128 + SIGKILL);
}

/* Sent to us before the child is looked after: it waits and is not lost. */
static void forward(void)
{
	kill(getpid(), SIGTERM);
	expect_int(supervise(wait_for_signal), 42);
}

static void pending(void)
{
	expect_int(gnv_signals_pending(signal_fd), 0);
	kill(getpid(), SIGUSR1);
	expect_int(gnv_signals_pending(signal_fd), 0);
	kill(getpid(), SIGHUP);
	expect_int(gnv_signals_pending(signal_fd), SIGHUP);
	expect_int(gnv_signals_pending(signal_fd), 0);
}

/* What says something about this process only must not be held back. */
static void kept_signals(void)
{
	static const int kept[] = { SIGCHLD, SIGPIPE, SIGTSTP, SIGCONT, SIGSEGV };
	sigset_t blocked;
	size_t i;

	sigprocmask(SIG_BLOCK, NULL, &blocked);
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		expect(!sigismember(&blocked, kept[i]));
	expect(sigismember(&blocked, SIGTERM));
}

/* The launcher's terminal may be gone: that must not end who cleans up. */
static void closed_pipe(void)
{
	int fds[2];

	expect_int(pipe(fds), 0);
	close(fds[0]);
	expect_int(write(fds[1], "x", 1), -1);
	expect_int(errno, EPIPE);
	close(fds[1]);
}

static void write_block(int fd, char fill, long long bytes)
{
	static char block[1 << 20];

	memset(block, fill, sizeof(block));
	for (; bytes > 0; bytes -= (long long)sizeof(block))
		expect_int(write(fd, block, sizeof(block)), sizeof(block));
}

static long long taken(int fd)
{
	struct stat st = { 0 };

	fstat(fd, &st);
	return st.st_blocks * 512ll;
}

static void log_is_trimmed(void)
{
	char path[] = "/tmp/ghostnv-log.XXXXXX", byte = 0;
	int fd = mkstemp(path);
	off_t end;

	unlink(path);
	expect_int(fcntl(fd, F_SETFL, O_APPEND), 0);
	write_block(fd, 'a', GNV_LOG_KEEP_BYTES);
	gnv_log_trim(fd);
	expect(taken(fd) >= GNV_LOG_KEEP_BYTES);
	write_block(fd, 'b', 3 * GNV_LOG_KEEP_BYTES);
	end = lseek(fd, 0, SEEK_CUR);
	gnv_log_trim(fd);
	expect(taken(fd) < 2 * GNV_LOG_KEEP_BYTES);
	expect_int(lseek(fd, 0, SEEK_END), end);
	/* The end is all there, and data begins where it begins. */
	expect_int(lseek(fd, 0, SEEK_DATA), end - GNV_LOG_KEEP_BYTES);
	expect_int(read(fd, &byte, 1), 1);
	expect_int(byte, 'b');
	close(fd);
}

int main(void)
{
	signal_fd = gnv_signals_take(NULL);
	test("supervise:statuses", statuses);
	test("supervise:forward", forward);
	test("supervise:pending", pending);
	test("supervise:kept_signals", kept_signals);
	test("supervise:closed_pipe", closed_pipe);
	test("log:is_trimmed", log_is_trimmed);
	return tap_end();
}
