// SPDX-License-Identifier: MIT
/*
 * Between `create` and `start`, the container's first process is this: a program
 * without a C library that waits for `start`, takes the program's user, capabilities
 * and system call filter, runs the startContainer hooks, and becomes the program.
 *
 * It lies in sealed memory, so whoever opens /proc/PID/exe or names /proc/self/exe
 * as an interpreter gets hold of nothing of the host's (CVE-2019-5736); and nothing
 * of the runtime's memory or descriptors is left while it waits.
 */
#include <asm/signal.h>
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/filter.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <linux/wait.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error_wire.h"
#include "oci/init/gate.h"
#include "sandbox/init/freestanding.h"
#include "sandbox/init/syscalls.h"

/* <sys/socket.h> is the C library's. */
#define SOCK_CLOEXEC	 02000000
#define SOL_SOCKET	 1
#define SCM_RIGHTS	 1
#define MSG_NOSIGNAL	 0x4000
#define MSG_CMSG_CLOEXEC 0x40000000

#define SIGNAL(number) (1UL << ((number)-1))

struct iovec {
	void *base;
	size_t length;
};

struct message {
	void *name;
	unsigned int name_length;
	struct iovec *iov;
	size_t n_iov;
	void *control;
	size_t control_length;
	unsigned int flags;
};

struct control {
	size_t length;
	int level, type;
	int fd, pad;
};

struct kernel_timespec {
	long sec, nsec;
};

struct gate {
	const struct oci_gate *plan;
	long connection;
	long state_fd; /* what the hooks read, or negative */
};

static const void *at(const struct gate *gate, uint32_t offset)
{
	return (const char *)gate->plan + offset;
}

static _Noreturn void exit_with(int status)
{
	for (;;)
		sys1(__NR_exit_group, status);
}

static size_t append(char *buf, size_t size, size_t length, const char *text)
{
	while (*text && length < size - 1)
		buf[length++] = *text++;
	buf[length] = '\0';
	return length;
}

static _Noreturn void fail(const struct gate *gate, long error, const char *what,
			   const char *object)
{
	struct gnv_error_wire wire = { .errnum = (int)-error };
	size_t n = append(wire.what, sizeof(wire.what), 0, what);

	if (object) {
		n = append(wire.what, sizeof(wire.what), n, " `");
		n = append(wire.what, sizeof(wire.what) - 1, n, object);
		append(wire.what, sizeof(wire.what), n, "`");
	}
	sys6(__NR_sendto, gate->connection, &wire, sizeof(wire), MSG_NOSIGNAL, 0, 0);
	exit_with(error == -ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN);
}

/* --- waiting ----------------------------------------------------------------------- */

static _Noreturn void end_by_signal(int number)
{
	exit_with(STATUS_SIGNALLED + number);
}

/*
 * The first process of a PID namespace gets no signal but those that it has a handler for, so
 * what is to end a container that waits for its start would have no effect.  The handlers end
 * with the execve; signals were blocked when the gate was executed, so none gets lost.
 */
static void take_signals(void)
{
	const unsigned long others = SIGNAL(SIGKILL) | SIGNAL(SIGSTOP) | SIGNAL(SIGTSTP) |
				     SIGNAL(SIGTTIN) | SIGNAL(SIGTTOU) | SIGNAL(SIGCONT) |
				     SIGNAL(SIGCHLD) | SIGNAL(SIGURG) | SIGNAL(SIGWINCH);
	/* The kernel wants a way back, though this handler does not take it. */
	const struct sigaction action = {
		.sa_handler = end_by_signal,
		.sa_flags = SA_RESTORER,
		.sa_mask = all_signals,
	};
	const bool first = sys0(__NR_getpid) == 1;
	int i;

	for (i = 1; i <= 64; i++)
		if (first && !(others & SIGNAL(i)))
			sys4(__NR_rt_sigaction, i, (long)&action, 0, sizeof(all_signals));
	sys4(__NR_rt_sigprocmask, SIG_UNBLOCK, (long)&all_signals, 0, sizeof(all_signals));
}

/* Leave, with what the hooks are to read where there are any. */
static bool receive_leave(struct gate *gate)
{
	struct control control = { 0 };
	char byte;
	struct iovec iov = { &byte, 1 };
	struct message message = {
		.iov = &iov,
		.n_iov = 1,
		.control = &control,
		.control_length = sizeof(control),
	};

	if (sys3(__NR_recvmsg, gate->connection, &message, MSG_CMSG_CLOEXEC) != 1)
		return false;
	if (message.control_length >= offsetof(struct control, pad) &&
	    control.level == SOL_SOCKET && control.type == SCM_RIGHTS)
		gate->state_fd = control.fd;
	return true;
}

/* One who comes and says nothing has died; the next may do better. */
static void wait_for_start(struct gate *gate)
{
	take_signals();
	for (;;) {
		gate->connection = sys4(__NR_accept4, gate->plan->listen_fd, 0, 0, SOCK_CLOEXEC);
		if (gate->connection >= 0) {
			if (receive_leave(gate))
				break;
			sys1(__NR_close, gate->connection);
		} else if (gate->connection != -EINTR && gate->connection != -ECONNABORTED) {
			exit_with(STATUS_CANNOT_RUN);
		}
	}
	sys1(__NR_close, gate->plan->listen_fd);
}

/* Who made us is there already, and nobody else will come. */
static void wait_for_runtime(struct gate *gate)
{
	sys3(__NR_fcntl, gate->connection, F_SETFD, FD_CLOEXEC);
	if (gate->plan->flags & OCI_GATE_WAITS && !receive_leave(gate))
		exit_with(STATUS_CANNOT_RUN);
}

/* --- hooks ------------------------------------------------------------------------ */

static const char *skip(const char *text)
{
	while (*text)
		text++;
	return text + 1;
}

static _Noreturn void become_hook(const struct gate *gate, const struct oci_gate_hook *hook)
{
	const char *strings[OCI_GATE_STRINGS_MAX + 2];
	const char *next = at(gate, hook->strings);
	uint32_t i, n = 0;

	for (i = 0; i < hook->n_args; i++, next = skip(next))
		strings[n++] = next;
	strings[n++] = NULL;
	for (i = 0; i < hook->n_env; i++, next = skip(next))
		strings[n++] = next;
	strings[n] = NULL;
	sys4(__NR_rt_sigprocmask, SIG_UNBLOCK, (long)&all_signals, 0, sizeof(all_signals));
	sys3(__NR_lseek, gate->state_fd, 0, 0);
	sys3(__NR_dup3, gate->state_fd, 0, 0);
	exit_with((int)-sys3(__NR_execve, at(gate, hook->path), strings,
			     strings + hook->n_args + 1));
}

static void run_hook(const struct gate *gate, const struct oci_gate_hook *hook)
{
	const unsigned long child_ended = SIGNAL(SIGCHLD);
	struct kernel_timespec timeout = { hook->timeout_s, 0 };
	long pid, r;
	int status = 0;

	pid = sys4(__NR_clone, SIGCHLD, 0, 0, 0);
	if (pid == 0)
		become_hook(gate, hook);
	if (pid < 0)
		fail(gate, pid, "run the startContainer hook", at(gate, hook->path));
	/* A process that it left behind may end before it does. */
	for (;;) {
		r = sys4(__NR_wait4, pid, (long)&status, hook->timeout_s ? WNOHANG : 0, 0);
		if (r == pid)
			break;
		if (r < 0 && r != -EINTR)
			fail(gate, r, "wait for the startContainer hook", at(gate, hook->path));
		if (r == 0 && sys4(__NR_rt_sigtimedwait, (long)&child_ended, 0, (long)&timeout,
				   sizeof(child_ended)) == -EAGAIN) {
			sys2(__NR_kill, pid, SIGKILL);
			sys4(__NR_wait4, pid, 0, 0, 0);
			fail(gate, -ETIMEDOUT, "startContainer hook", at(gate, hook->path));
		}
	}
	if (status)
		fail(gate, -ECANCELED, "the startContainer hook failed:", at(gate, hook->path));
}

static void run_hooks(const struct gate *gate)
{
	const struct oci_gate_hook *hooks = at(gate, gate->plan->hooks);
	uint32_t i;

	if (!gate->plan->n_hooks)
		return;
	sys4(__NR_rt_sigprocmask, SIG_BLOCK, (long)&all_signals, 0, sizeof(all_signals));
	for (i = 0; i < gate->plan->n_hooks; i++)
		run_hook(gate, &hooks[i]);
	sys4(__NR_rt_sigprocmask, SIG_UNBLOCK, (long)&all_signals, 0, sizeof(all_signals));
}

/* --- identity ----------------------------------------------------------------------- */

static void check(const struct gate *gate, long r, const char *what)
{
	if (r < 0)
		fail(gate, r, what, NULL);
}

static void bound_capabilities(const struct gate *gate)
{
	uint32_t cap;
	long r;

	for (cap = 0; cap < 64; cap++) {
		if (gate->plan->bounding >> cap & 1)
			continue;
		r = sys2(__NR_prctl, PR_CAPBSET_DROP, cap);
		/* The kernel has no more of them. */
		if (r == -EINVAL)
			return;
		check(gate, r, "bound the capabilities");
	}
}

static void take_capabilities(const struct gate *gate)
{
	const struct oci_gate *plan = gate->plan;
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	uint32_t cap;
	int i;

	for (i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(plan->effective >> 32 * i);
		data[i].permitted = (uint32_t)(plan->permitted >> 32 * i);
		data[i].inheritable = (uint32_t)(plan->inheritable >> 32 * i);
	}
	check(gate, sys2(__NR_capset, &header, data), "set the capabilities");
	check(gate, sys6(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0, 0),
	      "clear the ambient capabilities");
	for (cap = 0; cap < 64; cap++)
		if (plan->ambient >> cap & 1)
			check(gate,
			      sys6(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0, 0),
			      "raise the ambient capabilities");
}

static void take_user(const struct gate *gate)
{
	const struct oci_gate *plan = gate->plan;

	if (plan->flags & OCI_GATE_GROUPS)
		check(gate, sys2(__NR_setgroups, plan->n_groups, at(gate, plan->groups)),
		      "set the supplementary groups");
	check(gate, sys3(__NR_setresgid, plan->gid, plan->gid, plan->gid), "set the group");
	check(gate, sys3(__NR_setresuid, plan->uid, plan->uid, plan->uid), "set the user");
}

/* --- the filter ------------------------------------------------------------------------ */

/*
 * Where the filter has a listener, what loads it may be stopped by it, or be killed, at
 * its next call.  So it is another thread, without the filter, that hands the listener over:
 * made before, gone with the execve.
 */
struct handover {
	const struct gate *gate;
	int listener_fd; /* negative: there is none yet */
	int done;
};

static int read_shared(const int *value)
{
	return __atomic_load_n(value, __ATOMIC_ACQUIRE);
}

static _Noreturn void hand_over(void *data)
{
	struct handover *handover = data;
	struct kernel_timespec nap = { 0, 50000 };
	struct control control = { offsetof(struct control, pad), SOL_SOCKET, SCM_RIGHTS, -1, 0 };
	char byte = OCI_GATE_LISTENER;
	struct iovec iov = { &byte, 1 };
	struct message message = {
		.iov = &iov,
		.n_iov = 1,
		.control = &control,
		.control_length = sizeof(control),
	};

	/* Nobody can wake us: that would be a call. */
	while ((control.fd = read_shared(&handover->listener_fd)) < 0)
		sys2(__NR_nanosleep, &nap, 0);
	if (sys3(__NR_sendmsg, handover->gate->connection, &message, MSG_NOSIGNAL) != 1 ||
	    sys6(__NR_recvfrom, handover->gate->connection, &byte, 1, 0, 0, 0) != 1)
		fail(handover->gate, -ECANCELED, "hand the seccomp listener over", NULL);
	__atomic_store_n(&handover->done, 1, __ATOMIC_RELEASE);
	for (;;)
		sys1(__NR_exit, 0);
}

static void load_listening_filter(const struct gate *gate, const struct sock_fprog *program)
{
	static char stack[16384] __attribute__((aligned(16)));
	struct handover handover = { .gate = gate, .listener_fd = -1 };
	long r = sys_thread(stack + sizeof(stack), hand_over, &handover);

	check(gate, r, "make a thread");
	r = sys3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, gate->plan->filter_flags, program);
	check(gate, r, "load the seccomp filter");
	__atomic_store_n(&handover.listener_fd, (int)r, __ATOMIC_RELEASE);
	while (!read_shared(&handover.done))
		__builtin_ia32_pause();
}

static void take_filter(const struct gate *gate)
{
	const struct oci_gate *plan = gate->plan;
	struct sock_fprog program = {
		.len = (unsigned short)plan->n_filter,
		.filter = (struct sock_filter *)at(gate, plan->filter),
	};

	if (plan->n_filter && plan->filter_flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)
		load_listening_filter(gate, &program);
	else if (plan->n_filter)
		check(gate,
		      sys3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, plan->filter_flags, &program),
		      "load the seccomp filter");
}

static void take_labels(const struct gate *gate)
{
	const struct oci_gate_label *label = at(gate, gate->plan->labels);
	uint32_t i;
	long fd, r;

	for (i = 0; i < gate->plan->n_labels; i++, label++) {
		r = fd = sys4(__NR_openat, gate->plan->procfs_fd, (long)at(gate, label->path),
			      O_WRONLY | O_CLOEXEC, 0);
		if (fd >= 0)
			r = sys3(__NR_write, fd, at(gate, label->text), label->length);
		if (r < 0)
			fail(gate, r, "take the label", at(gate, label->text));
		sys1(__NR_close, fd);
	}
	if (gate->plan->n_labels)
		sys1(__NR_close, gate->plan->procfs_fd);
}

/* Without no_new_privs, a filter is to be loaded while there are capabilities. */
static void take_identity(const struct gate *gate)
{
	const bool late = gate->plan->flags & OCI_GATE_NO_NEW_PRIVS;
	const bool limited = gate->plan->flags & OCI_GATE_CAPABILITIES;

	take_labels(gate);
	if (!late)
		take_filter(gate);
	if (limited) {
		bound_capabilities(gate);
		/* Who stays root does. */
		if (gate->plan->uid)
			check(gate, sys2(__NR_prctl, PR_SET_KEEPCAPS, 1),
			      "keep the capabilities");
	}
	take_user(gate);
	if (limited)
		take_capabilities(gate);
	if (late) {
		check(gate, sys6(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0),
		      "set no_new_privs");
		take_filter(gate);
	}
}

/* Nobody but the entry below calls it. */
_Noreturn void init_main(long *stack);

_Noreturn void init_main(long *stack)
{
	long argc = stack[0];
	char **argv = (char **)(stack + 1);
	struct gate gate = { .plan = (const struct oci_gate *)OCI_GATE_ORDERS, .state_fd = -1 };

	sys2(__NR_prctl, PR_SET_DUMPABLE, 0);
	gate.connection = gate.plan->connection_fd;
	if (gate.plan->listen_fd >= 0)
		wait_for_start(&gate);
	else
		wait_for_runtime(&gate);
	take_identity(&gate);
	/* They are the container's own programs, so they get no more than it. */
	run_hooks(&gate);
	fail(&gate, sys3(__NR_execve, at(&gate, gate.plan->program), argv, argv + argc + 1),
	     "execute", at(&gate, gate.plan->program));
}

ENTRY;
