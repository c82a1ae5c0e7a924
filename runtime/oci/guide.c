// SPDX-License-Identifier: MIT
/*
 * Clone, answer, wait for the gate.
 */
#include "oci/guide.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/error_wire.h"
#include "base/file.h"
#include "base/strv.h"
#include "oci/child.h"
#include "oci/init/gate.h"
#include "oci/netdev.h"
#include "oci/socket.h"
#include "oci/task.h"
#include "sandbox/clone.h"
#include "sandbox/userns.h"

union message {
	char letter;
	struct oci_sync_pid pid;
	struct gnv_error_wire wire;
};

static int report(const struct gnv_error_wire *wire, struct gnv_error **err)
{
	if (wire->errnum < 0)
		return gnv_error_set(err, -wire->errnum, "%.*s", (int)sizeof(wire->what),
				     wire->what);
	return gnv_error_errno(err, wire->errnum, "%.*s", (int)sizeof(wire->what), wire->what);
}

/* *ret_listener: what may come with OCI_GATE_LISTENER. */
static ssize_t receive(int fd, union message *message, int *ret_listener, struct gnv_error **err)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { message, sizeof(*message) };
	struct msghdr header = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;

	do {
		n = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return gnv_error_errno(err, errno, "read what the container's process says");
	if (header.msg_controllen && control.header.cmsg_type == SCM_RIGHTS) {
		gnv_close(ret_listener);
		memcpy(ret_listener, CMSG_DATA(&control.header), sizeof(int));
	}
	if (n == sizeof(message->wire))
		return report(&message->wire, err);
	return n;
}

static int say_go(int fd, struct gnv_error **err)
{
	const char go = OCI_SYNC_GO;

	if (send(fd, &go, 1, MSG_NOSIGNAL) < 0)
		return gnv_error_errno(err, errno, "answer the container's process");
	return 0;
}

/* From leave to the program: a listener may come, and then comes a failure or the end. */
static int see_off(int fd, pid_t pid, const struct oci_notice *notice, struct gnv_error **err)
{
	_cleanup_close_ int listener_fd = -EBADF;
	union message message = { 0 };
	ssize_t n = receive(fd, &message, &listener_fd, err);
	int r;

	if (n == 1 && message.letter == OCI_GATE_LISTENER) {
		r = oci_notice_send(notice, pid, listener_fd, err);
		if (r >= 0)
			r = say_go(fd, err);
		if (r < 0)
			return r;
		/* Nobody but the agent is to have it. */
		gnv_close(&listener_fd);
		n = receive(fd, &message, &listener_fd, err);
	}
	return n > 0 ? gnv_error_set(err, EPROTO, "the gate says what it should not") : (int)n;
}

static int send_leave(int fd, int state_fd)
{
	const char byte = 's';

	if (state_fd >= 0)
		return oci_socket_send_fd(fd, &byte, 1, state_fd);
	return send(fd, &byte, 1, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int oci_guide_release(int fd, pid_t pid, const struct oci_notice *notice, const char *hook_state,
		      struct gnv_error **err)
{
	_cleanup_close_ int state_fd = -EBADF;
	int r;

	if (hook_state) {
		state_fd = memfd_create("state", MFD_CLOEXEC);
		if (state_fd < 0 || write(state_fd, hook_state, strlen(hook_state)) < 0)
			return gnv_error_errno(err, errno, "describe the container");
	}
	r = send_leave(fd, state_fd);
	if (r < 0)
		return gnv_error_errno(err, -r, "release the container's process");
	return see_off(fd, pid, notice, err);
}

static bool needs_between(const struct oci_plan *plan)
{
	int type, n = 0;

	if (plan->joins || plan->new_flags & CLONE_NEWTIME)
		return true;
	for (type = 1; type < OCI_NS_END; type++)
		n += plan->namespace_fds[type] >= 0;
	/* These only children come into, and of a new user namespace there is no way back. */
	return plan->namespace_fds[OCI_NS_PID] >= 0 || plan->namespace_fds[OCI_NS_USER] >= 0 ||
	       (n && plan->new_flags & CLONE_NEWUSER);
}

static int write_maps(const struct oci_plan *plan, pid_t pid, struct gnv_error **err)
{
	const struct oci_linux *os = plan->config->os;
	_cleanup_free_ struct gnv_id_mapping *uids = oci_plan_mappings(&os->uid_mappings);
	_cleanup_free_ struct gnv_id_mapping *gids = oci_plan_mappings(&os->gid_mappings);
	int r;

	if (!uids || !gids)
		return gnv_error_errno(err, ENOMEM, "map user ids");
	r = gnv_userns_write_map(pid, "uid_map", uids, os->uid_mappings.n, err);
	return r < 0 ? r : gnv_userns_write_map(pid, "gid_map", gids, os->gid_mappings.n, err);
}

static int set_oom_score(const struct oci_plan *plan, pid_t pid, struct gnv_error **err)
{
	_cleanup_close_ int fd = -EBADF;
	char path[48];

	if (!plan->process->oom_score_adj.set)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || dprintf(fd, "%" PRId64, plan->process->oom_score_adj.value) < 0)
		return gnv_error_errno(err, errno, "process.oomScoreAdj");
	return 0;
}

static int answer(const struct oci_guide *guide, int fd, pid_t pid, char letter, int listener_fd,
		  struct gnv_error **err)
{
	_cleanup_free_ char *state = NULL;
	int r;

	switch (letter) {
	case OCI_SYNC_MAPS:
		r = write_maps(guide->plan, pid, err);
		break;
	case OCI_SYNC_DEVICES:
		r = oci_netdev_move(guide->plan->config->os, pid, err);
		break;
	case OCI_SYNC_RAISE:
		r = oci_task_raise(guide->plan->process, pid, err);
		break;
	case OCI_SYNC_HOOKS:
		r = guide->hooks(guide->data, pid, &state, err);
		break;
	case OCI_GATE_LISTENER:
		r = oci_notice_send(guide->notice, pid, listener_fd, err);
		break;
	default:
		r = gnv_error_set(err, EPROTO, "the container's process says what it should not");
	}
	if (r >= 0)
		r = say_go(fd, err);
	if (r >= 0 && state && send(fd, state, strlen(state), MSG_NOSIGNAL) < 0)
		r = gnv_error_errno(err, errno, "answer the container's process");
	return r;
}

/* The end of one that was killed looks as the gate's execution does. */
static int check_lives(pid_t pid, struct gnv_error **err)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid &&
	    info.si_code != CLD_EXITED)
		return gnv_error_set(err, ECANCELED,
				     "the container's process was ended by signal %d",
				     info.si_status);
	return 0;
}

/* Until the channel ends, which is when the gate is executed. */
static int converse(const struct oci_guide *guide, int fd, pid_t pid, char early,
		    struct gnv_error **err)
{
	union message message = { .letter = early };
	_cleanup_close_ int listener_fd = -EBADF;
	ssize_t n = early ? 1 : receive(fd, &message, &listener_fd, err);
	int r;

	for (; n > 0; n = receive(fd, &message, &listener_fd, err)) {
		if (n == 1)
			r = answer(guide, fd, pid, message.letter, listener_fd, err);
		else
			r = gnv_error_set(err, EPROTO,
					  "the container's process says what it should not");
		if (r < 0)
			return r;
		gnv_close(&listener_fd);
	}
	return n < 0 ? (int)n : check_lives(pid, err);
}

/*
 * The intermediate process names the other, and ends.  The other may be the first to
 * speak: *ret_early is what it said.
 */
static int take_over(int fd, pid_t between, pid_t *ret_pid, char *ret_early,
		     struct gnv_error **err)
{
	_cleanup_close_ int listener_fd = -EBADF;
	union message message = { 0 };
	ssize_t n = receive(fd, &message, &listener_fd, err);

	if (n == 1) {
		*ret_early = message.letter;
		n = receive(fd, &message, &listener_fd, err);
	}
	if (n < 0)
		return (int)n;
	if (n != sizeof(message.pid) || message.pid.letter != 'p')
		return gnv_error_set(err, EPROTO, "the container's process could not be made");
	*ret_pid = message.pid.pid;
	while (waitpid(between, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

/* It is our child and nobody has waited for it, so the number is its own yet. */
static int send_pidfd(const struct oci_plan *plan, pid_t pid, struct gnv_error **err)
{
	static const char name[] = "pidfd";
	_cleanup_close_ int pidfd = -EBADF;
	int r;

	if (plan->pidfd_socket_fd < 0)
		return 0;
	pidfd = pidfd_open(pid, 0);
	r = pidfd < 0 ? -errno :
			oci_socket_send_fd(plan->pidfd_socket_fd, name, sizeof(name) - 1, pidfd);
	return r < 0 ? gnv_error_errno(err, -r, "--pidfd-socket: send the process") : 0;
}

/*
 * Then nobody in a user namespace may take a process in from outside, and the intermediate one
 * has to be in it before it joins.
 */
static bool is_given_away(int cgroup_fd)
{
	struct stat st;

	return cgroup_fd >= 0 && fstat(cgroup_fd, &st) == 0 && st.st_uid != geteuid();
}

/*
 * A mask of signals, from 1, as /proc says it; all of them where it does not.  Here, and
 * not by a child that may be in the container already: its /proc is not to be trusted.
 */
static uint64_t find_ignored(void)
{
	char text[4096];
	const char *line;

	gnv_file_read_piece_at(AT_FDCWD, "/proc/thread-self/status", text, sizeof(text));
	line = strstr(text, "\nSigIgn:\t");
	return line ? strtoull(line + strlen("\nSigIgn:\t"), NULL, 16) : UINT64_MAX;
}

/* By whom all is done that the child cannot do for itself, and asks for. */
static int guide_along(const struct oci_guide *guide, pid_t *ret_pid, struct gnv_error **err)
{
	struct oci_plan *plan = guide->plan;
	bool between = needs_between(plan);
	uint64_t flags = between ? 0 : oci_plan_clone_flags(plan);
	_cleanup_close_ int fd = -EBADF, pidfd = -EBADF;
	char early = 0;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return gnv_error_errno(err, errno, "make a channel");
	fd = pair[0];
	plan->sync_fd = pair[1];
	plan->enters_early = !between || is_given_away(plan->cgroup_fd);
	*ret_pid = gnv_clone(flags, plan->enters_early ? plan->cgroup_fd : -1, &pidfd);
	if (*ret_pid == 0 && between)
		oci_child_run_between(plan);
	if (*ret_pid == 0)
		oci_child_run(plan, false);
	if (*ret_pid < 0)
		return gnv_error_errno(err, -*ret_pid, "make the container's process");
	gnv_close(&plan->sync_fd);
	r = between ? take_over(fd, *ret_pid, ret_pid, &early, err) : 0;
	if (r >= 0)
		r = set_oom_score(plan, *ret_pid, err);
	return r < 0 ? r : converse(guide, fd, *ret_pid, early, err);
}

/* Nothing is asked for, and nobody else is where it could get at the child. */
static bool is_alone(const struct oci_plan *plan)
{
	return plan->new_flags & CLONE_NEWPID && !plan->in_userns && !needs_between(plan) &&
	       plan->namespace_fds[OCI_NS_TIME] < 0 && !plan->config->hooks &&
	       !plan->config->os->net_devices.n;
}

static void run_alone(void *plan)
{
	oci_child_run(plan, false);
}

static int let_run(const struct oci_plan *plan, pid_t *ret_pid, struct gnv_error **err)
{
	size_t bytes = plan->config->mounts.n * sizeof(*plan->mounts);
	_cleanup_free_ struct oci_plan_mount *mounts = malloc(bytes + 1);
	_cleanup_close_ int pidfd = -EBADF;
	struct oci_left left = { 0 };
	/* Descriptors that it opens are not ours. */
	struct oci_plan its = *plan;
	int r;

	if (!mounts)
		return gnv_error_errno(err, ENOMEM, "make the container's process");
	memcpy(mounts, plan->mounts, bytes);
	its.mounts = mounts;
	its.left = &left;
	*ret_pid = gnv_clone_sharing(oci_plan_clone_flags(plan), plan->cgroup_fd,
				     &pidfd, run_alone, &its);
	free(left.program);
	gnv_strv_freep(&left.env);
	if (*ret_pid < 0)
		return gnv_error_errno(err, -*ret_pid, "make the container's process");
	if (left.err)
		return gnv_error_move(err, &left.err);
	r = check_lives(*ret_pid, err);
	return r < 0 ? r : set_oom_score(plan, *ret_pid, err);
}

int oci_guide_run(const struct oci_guide *guide, pid_t *ret_pid, struct gnv_error **err)
{
	struct oci_plan *plan = guide->plan;
	pid_t pid = -1;
	int r;

	plan->ignored_signals = find_ignored();
	r = is_alone(plan) ? let_run(plan, &pid, err) : guide_along(guide, &pid, err);
	if (r >= 0)
		r = send_pidfd(plan, pid, err);
	if (r < 0) {
		if (pid > 0)
			kill(pid, SIGKILL);
		while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		return r;
	}
	*ret_pid = pid;
	return 0;
}
