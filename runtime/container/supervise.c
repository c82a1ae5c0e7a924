// SPDX-License-Identifier: MIT
/*
 * Signals in, status out.  Owns no state.
 */
#include "container/supervise.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define LOG_LOOK_MS 1000

static const int kept_signals[] = {
	SIGCHLD,
	SIGPIPE,
	SIGTSTP,
	SIGTTIN,
	SIGTTOU,
	SIGCONT,
	SIGWINCH,
	SIGURG,
	SIGSEGV,
	SIGBUS,
	SIGFPE,
	SIGILL,
	SIGTRAP,
	SIGSYS,
	SIGABRT,
};

int gnv_signals_take(struct gnv_error **err)
{
	sigset_t set;
	size_t i;
	int fd;

	sigfillset(&set);
	for (i = 0; i < sizeof(kept_signals) / sizeof(kept_signals[0]); i++)
		sigdelset(&set, kept_signals[i]);
	/* Nobody may read our messages any more; that is no reason not to clean up. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return gnv_error_errno(err, errno, "ignore SIGPIPE");
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return gnv_error_errno(err, errno, "block signals");
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? gnv_error_errno(err, errno, "open a signalfd") : fd;
}

/* The next signal that waits, or 0. */
static int next_signal(int signal_fd)
{
	struct signalfd_siginfo info;

	if (read(signal_fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}

int gnv_signals_pending(int signal_fd)
{
	int number;

	while ((number = next_signal(signal_fd)))
		if (number == SIGINT || number == SIGTERM || number == SIGHUP ||
		    number == SIGQUIT)
			return number;
	return 0;
}

void gnv_log_trim(int log_fd)
{
	struct stat st;

	if (fstat(log_fd, &st) < 0 || st.st_blocks * 512ll < 2 * GNV_LOG_KEEP_BYTES)
		return;
	fallocate(log_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		  st.st_size - GNV_LOG_KEEP_BYTES);
}

static int reap(const struct gnv_process *process, int *ret_status, struct gnv_error **err)
{
	siginfo_t info = { 0 };

	while (waitid(P_PIDFD, (id_t)process->pidfd, &info, WEXITED) < 0)
		if (errno != EINTR)
			return gnv_error_errno(err, errno, "wait for the container");
	*ret_status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	return 0;
}

int gnv_supervise(const struct gnv_process *process, int signal_fd, int log_fd,
		  int *ret_status, struct gnv_error **err)
{
	struct pollfd fds[] = {
		{ .fd = process->pidfd, .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN },
	};
	int number;

	while (!(fds[0].revents & POLLIN)) {
		if (poll(fds, 2, log_fd < 0 ? -1 : LOG_LOOK_MS) < 0 && errno != EINTR)
			return gnv_error_errno(err, errno, "wait for the container");
		while ((number = next_signal(signal_fd)))
			syscall(SYS_pidfd_send_signal, process->pidfd, number, NULL, 0);
		if (log_fd >= 0)
			gnv_log_trim(log_fd);
	}
	return reap(process, ret_status, err);
}
