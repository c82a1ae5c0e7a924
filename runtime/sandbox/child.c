// SPDX-License-Identifier: MIT
/*
 * The order of steps between clone and exec, and the small ones of them.
 */
#include "sandbox/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/process.h"
#include "sandbox/init/protocol.h"
#include "sandbox/seccomp.h"

/* Behind init's own descriptors; both close when init is executed. */
#define SETUP_FD (GNV_INIT_REPORT_FD + 1)
#define INIT_FD	 (GNV_INIT_REPORT_FD + 2)

/* Above whatever is moved to a fixed number. */
#define SCRATCH_FD 16

#define NOFILE_SOFT 1024
#define NOFILE_HARD 524288

void gnv_child_fail(const struct gnv_child *child, int error, ...)
{
	char text[252];
	const char *part;
	size_t n = 0;
	va_list ap;

	va_start(ap, error);
	while ((part = va_arg(ap, const char *)))
		while (*part && n < sizeof(text) - 1)
			text[n++] = *part++;
	va_end(ap);
	text[n] = '\0';
	gnv_error_send(child->setup_fd, -error, text);
	_exit(1);
}

/*
 * Handlers are gone with the clone, but what the launcher ignores would stay
 * ignored, in the program too.  Blocked until init fetches them.
 */
static void reset_signals(void)
{
	sigset_t all;

	gnv_signals_reset(~0ULL);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

/* Until the launcher has written the maps, we are nobody. */
static void become_root(const struct gnv_child *child)
{
	char byte;

	if (read(child->release_fd, &byte, 1) != 1)
		_exit(1);
	/* By system calls, as in identity.c. */
	if (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0)
		gnv_child_fail(child, -errno, "become root of the user namespace", NULL);
}

/* A keyring of our own: that of the launcher's session may hold secrets. */
static void leave_session(const struct gnv_child *child)
{
	if (setsid() < 0)
		gnv_child_fail(child, -errno, "make a session", NULL);
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 &&
	    errno != ENOSYS)
		gnv_child_fail(child, -errno, "make a session keyring", NULL);
}

static void bring_loopback_up(const struct gnv_child *child)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		gnv_child_fail(child, -errno, "bring the loopback interface up", NULL);
	close(fd);
}

static void set_limits(const struct gnv_child *child)
{
	struct rlimit files, core = { 0, RLIM_INFINITY };

	if (getrlimit(RLIMIT_NOFILE, &files) < 0 || getrlimit(RLIMIT_CORE, &core) < 0)
		gnv_child_fail(child, -errno, "read resource limits", NULL);
	if (files.rlim_max > NOFILE_HARD)
		files.rlim_max = NOFILE_HARD;
	files.rlim_cur = files.rlim_max < NOFILE_SOFT ? files.rlim_max : NOFILE_SOFT;
	core.rlim_cur = 0;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0 || setrlimit(RLIMIT_CORE, &core) < 0)
		gnv_child_fail(child, -errno, "set resource limits", NULL);
	umask(022);
}

/* Put @from[i] at number @to[i]; they may be each other's. */
static void move_fds(const struct gnv_child *child, const int *from, const int *to,
		     const int *flags, size_t n)
{
	int scratch[4];
	size_t i;

	for (i = 0; i < n; i++) {
		scratch[i] = fcntl(from[i], F_DUPFD_CLOEXEC, SCRATCH_FD);
		if (scratch[i] < 0)
			gnv_child_fail(child, -errno, "arrange descriptors", NULL);
	}
	for (i = 0; i < n; i++) {
		if (dup3(scratch[i], to[i], flags[i]) < 0)
			gnv_child_fail(child, -errno, "arrange descriptors", NULL);
		close(scratch[i]);
	}
}

static void set_stdio(const struct gnv_child *child)
{
	int from[3], to[3], flags[3] = { 0, 0, 0 }, i;
	size_t n = 0;

	for (i = 0; i < 3; i++) {
		if (child->plan->sandbox->stdio[i] < 0)
			continue;
		from[n] = child->plan->sandbox->stdio[i];
		to[n++] = i;
	}
	move_fds(child, from, to, flags, n);
}

/* Leave open what init gets, and the two that its execution closes. */
static void close_others(struct gnv_child *child)
{
	const int from[] = { child->release_fd, child->report_fd, child->setup_fd,
			     child->plan->init_fd };
	const int to[] = { GNV_INIT_RELEASE_FD, GNV_INIT_REPORT_FD, SETUP_FD, INIT_FD };
	const int flags[] = { 0, 0, O_CLOEXEC, O_CLOEXEC };

	move_fds(child, from, to, flags, 4);
	child->setup_fd = SETUP_FD;
	if (close_range(INIT_FD + 1, ~0U, 0) < 0)
		gnv_child_fail(child, -errno, "close descriptors", NULL);
}

_Noreturn void gnv_child_run(const struct gnv_child *prepared)
{
	const struct gnv_plan *plan = prepared->plan;
	struct gnv_child child = *prepared;
	int r;

	reset_signals();
	if (plan->sandbox->userns)
		become_root(&child);
	leave_session(&child);
	/* Only now: one made with the clone would have the launcher's cgroup as root. */
	if (unshare(CLONE_NEWCGROUP) < 0)
		gnv_child_fail(&child, -errno, "make a cgroup namespace", NULL);
	if (sethostname(plan->sandbox->hostname, strlen(plan->sandbox->hostname)) < 0)
		gnv_child_fail(&child, -errno, "set the host name `",
			       plan->sandbox->hostname, "`", NULL);
	bring_loopback_up(&child);
	gnv_child_enter_rootfs(&child);
	set_stdio(&child);
	set_limits(&child);
	gnv_child_take_identity(&child);
	close_others(&child);
	r = gnv_seccomp_load(&plan->filter);
	if (r < 0)
		gnv_child_fail(&child, r, "load the seccomp filter", NULL);
	syscall(SYS_execveat, INIT_FD, "", plan->argv, plan->env, AT_EMPTY_PATH);
	gnv_child_fail(&child, -errno, "execute the container's init", NULL);
}
