// SPDX-License-Identifier: MIT
/*
 * Starting and releasing: the launcher's side.  What the child does is in child.c.
 */
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/process.h"
#include "sandbox/child.h"
#include "sandbox/clone.h"
#include "sandbox/init/protocol.h"
#include "sandbox/plan.h"
#include "sandbox/userns.h"

/* Launcher's and child's ends. */
struct channels {
	int setup[2]; /* failures before init runs */
	int report[2]; /* what init says */
	int release[2]; /* leave to go on; a socket, for it must not raise SIGPIPE */
};

enum { OURS, CHILDS };

static void channels_fini(struct channels *c)
{
	int i;

	for (i = 0; i < 2; i++) {
		gnv_close(&c->setup[i]);
		gnv_close(&c->report[i]);
		gnv_close(&c->release[i]);
	}
}

static int channels_init(struct channels *c, struct gnv_error **err)
{
	if (pipe2(c->setup, O_CLOEXEC) < 0 || pipe2(c->report, O_CLOEXEC) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, c->release) < 0)
		return gnv_error_errno(err, errno, "make pipes");
	return 0;
}

static int send_byte(int fd, struct gnv_error **err)
{
	ssize_t n;

	do {
		n = send(fd, "", 1, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? gnv_error_errno(err, errno, "release the container's init") : 0;
}

static int read_ready(int fd, struct gnv_error **err)
{
	char byte = 0;
	ssize_t n;

	do {
		n = read(fd, &byte, 1);
	} while (n < 0 && errno == EINTR);
	if (n == 1 && byte == GNV_INIT_READY)
		return 0;
	return gnv_error_set(err, EIO, "the container's init was killed while it started");
}

/* Bring the child to the point where init waits to be released. */
static int guide(const struct gnv_plan *plan, struct channels *c, pid_t pid,
		 struct gnv_error **err)
{
	int r;

	gnv_close(&c->setup[CHILDS]);
	gnv_close(&c->report[CHILDS]);
	gnv_close(&c->release[CHILDS]);
	if (plan->sandbox->userns) {
		r = gnv_userns_write_maps(pid, &plan->range, err);
		if (r >= 0)
			r = send_byte(c->release[OURS], err);
		if (r < 0)
			return r;
	}
	r = gnv_error_receive(c->setup[OURS], err);
	return r < 0 ? r : read_ready(c->report[OURS], err);
}

static int explain_clone(int error, struct gnv_error **err)
{
	int r = gnv_error_errno(err, error, "make the namespaces");

	if (error == ENOSPC)
		return gnv_error_remedy(err, r, "raise the limits in /proc/sys/user");
	if (error == EPERM)
		return gnv_error_remedy(err, r, "run it as root");
	return r;
}

static int start(const struct gnv_plan *plan, struct channels *c,
		 struct gnv_process *ret, struct gnv_error **err)
{
	const struct gnv_child child = {
		.plan = plan,
		.setup_fd = c->setup[CHILDS],
		.report_fd = c->report[CHILDS],
		.release_fd = c->release[CHILDS],
	};
	uint64_t flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC |
			 CLONE_NEWNET;
	_cleanup_close_ int pidfd = -EBADF;
	pid_t pid;
	int r;

	if (plan->sandbox->userns)
		flags |= CLONE_NEWUSER;
	pid = gnv_clone(flags, plan->sandbox->cgroup_fd, &pidfd);
	if (pid < 0)
		return explain_clone(-pid, err);
	if (pid == 0)
		gnv_child_run(&child);
	r = guide(plan, c, pid, err);
	if (r >= 0) {
		r = gnv_process_start_time(pid, &ret->start_time);
		if (r < 0)
			gnv_error_errno(err, -r, "read the start time of process %d", pid);
	}
	if (r < 0) {
		gnv_clone_kill(pidfd);
		return r;
	}
	ret->pid = pid;
	ret->pidfd = STEAL_FD(pidfd);
	ret->report_fd = STEAL_FD(c->report[OURS]);
	ret->release_fd = STEAL_FD(c->release[OURS]);
	return 0;
}

int gnv_sandbox_start(const struct gnv_sandbox *sandbox, struct gnv_process *ret,
		      struct gnv_error **err)
{
	struct channels c = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	struct gnv_plan plan;
	int r;

	r = gnv_plan_init(&plan, sandbox, err);
	if (r >= 0)
		r = channels_init(&c, err);
	if (r >= 0)
		r = start(&plan, &c, ret, err);
	channels_fini(&c);
	gnv_plan_fini(&plan);
	return r < 0 ? r : 0;
}

int gnv_sandbox_release(struct gnv_process *process, struct gnv_error **err)
{
	int r = send_byte(process->release_fd, err);

	gnv_close(&process->release_fd);
	if (r >= 0)
		r = gnv_error_receive(process->report_fd, err);
	gnv_close(&process->report_fd);
	return r;
}

void gnv_process_fini(struct gnv_process *process)
{
	gnv_close(&process->pidfd);
	gnv_close(&process->release_fd);
	gnv_close(&process->report_fd);
}
