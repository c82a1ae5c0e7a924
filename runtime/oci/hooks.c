// SPDX-License-Identifier: MIT
/*
 * Running hooks.
 */
#include "oci/hooks.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/process.h"
#include "sandbox/clone.h"

/* Between clone and exec. */
static _Noreturn void become_hook(const struct oci_hook *hook, int state_fd, int report_fd)
{
	static char *const nothing[] = { NULL };
	char *const path_only[] = { hook->path, NULL };
	sigset_t none;

	gnv_signals_reset(~0ULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(state_fd, STDIN_FILENO) < 0)
		_exit(127);
	/* What the hook could do with our descriptors is nothing that it needs. */
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	execve(hook->path, hook->args && hook->args[0] ? hook->args : path_only,
	       hook->env ? hook->env : nothing);
	gnv_error_send(report_fd, errno, "execute it");
	_exit(127);
}

static int wait_for_hook(const struct oci_hook *hook, int pidfd, struct gnv_error **err)
{
	int timeout_ms = hook->timeout.set ? (int)hook->timeout.value * 1000 : -1;
	siginfo_t info = { 0 };
	int r = gnv_process_wait(pidfd, timeout_ms);

	if (r == 0) {
		gnv_clone_kill(pidfd);
		return gnv_error_set(err, ETIMEDOUT, "it took longer than %d seconds",
				     (int)hook->timeout.value);
	}
	if (r < 0 || waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0)
		return gnv_error_errno(err, errno, "wait for it");
	if (info.si_code != CLD_EXITED)
		return gnv_error_set(err, ECANCELED, "it was ended by signal %d", info.si_status);
	if (info.si_status)
		return gnv_error_set(err, ECANCELED, "it ended with status %d", info.si_status);
	return 0;
}

static int run_hook(const struct oci_hook *hook, int state_fd, struct gnv_error **err)
{
	_cleanup_close_ int pidfd = -EBADF, read_fd = -EBADF, write_fd = -EBADF;
	int pipe_fds[2], r;
	pid_t pid;

	if (lseek(state_fd, 0, SEEK_SET) < 0 || pipe2(pipe_fds, O_CLOEXEC) < 0)
		return gnv_error_errno(err, errno, "prepare it");
	read_fd = pipe_fds[0];
	write_fd = pipe_fds[1];
	pid = gnv_clone(0, -1, &pidfd);
	if (pid < 0)
		return gnv_error_errno(err, -pid, "make a process");
	if (pid == 0)
		become_hook(hook, state_fd, write_fd);
	gnv_close(&write_fd);
	r = gnv_error_receive(read_fd, err);
	if (r < 0) {
		gnv_clone_kill(pidfd);
		return r;
	}
	return wait_for_hook(hook, pidfd, err);
}

int oci_hooks_run(const struct oci_array *array, const char *kind, const char *state,
		  struct gnv_error **err)
{
	const struct oci_hook *hooks = OCI_ITEMS(struct oci_hook, *array);
	_cleanup_close_ int state_fd = -EBADF;
	size_t i, length = strlen(state);
	int r;

	if (!array->n)
		return 0;
	/* A hook that does not read it is not to make us wait or die. */
	state_fd = memfd_create("state", MFD_CLOEXEC);
	if (state_fd < 0 || write(state_fd, state, length) != (ssize_t)length)
		return gnv_error_errno(err, errno, "write the state for the hooks");
	for (i = 0; i < array->n; i++) {
		r = run_hook(&hooks[i], state_fd, err);
		if (r < 0)
			return gnv_error_wrap(err, r, "%s hook `%s`", kind, hooks[i].path);
	}
	return 0;
}

void oci_hooks_run_late(const struct oci_array *hooks, const char *kind, const char *state,
			const struct oci_log *log)
{
	size_t i;

	for (i = 0; i < hooks->n; i++) {
		_cleanup_error_ struct gnv_error *err = NULL;
		struct oci_array one = { 1, (struct oci_hook *)hooks->items + i };

		if (oci_hooks_run(&one, kind, state, &err) < 0)
			oci_log_write(log, OCI_LOG_WARNING, "%s", gnv_error_message(err));
	}
}
