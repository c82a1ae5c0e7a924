// SPDX-License-Identifier: MIT
/*
 * Tries what a container must not do, from inside of one.  Prints NAME=RESULT, a
 * line for each attempt; RESULT is ok or the name of the error.
 *
 *	sandbox_probe calls|compat|devices|reap
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static void report(const char *name, long result)
{
	printf("%s=%s\n", name, result >= 0 ? "ok" : strerrorname_np(errno));
}

/* The result is used once, by report(); what an attempt opens stays open. */
#define TRY(name, call) report(name, (long)(call))

static void try_namespaces(void)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };

	TRY("unshare_user", unshare(CLONE_NEWUSER));
	TRY("unshare_mount", unshare(CLONE_NEWNS));
	TRY("clone_user", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
	TRY("clone3", syscall(SYS_clone3, &args, sizeof(args)));
	TRY("setns", setns(open("/proc/self/ns/mnt", O_RDONLY), 0));
	TRY("mount", mount("none", "/tmp", "tmpfs", 0, NULL));
	TRY("umount", umount2("/proc/sys", MNT_DETACH));
	TRY("pivot_root", syscall(SYS_pivot_root, ".", "."));
	TRY("open_tree", open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE));
	TRY("fsopen", fsopen("tmpfs", 0));
	TRY("mount_setattr", mount_setattr(AT_FDCWD, "/proc/sys", 0,
					   &(struct mount_attr){ .attr_clr = 1 },
					   sizeof(struct mount_attr)));
	TRY("chroot", chroot("/"));
}

static void try_kernel(void)
{
	struct perf_event_attr perf = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(perf) };
	struct io_uring_params ring = { 0 };

	TRY("bpf", syscall(SYS_bpf, 0, "", 0));
	TRY("perf_event_open", syscall(SYS_perf_event_open, &perf, 0, -1, -1, 0));
	TRY("keyctl", syscall(SYS_keyctl, 0, 0, 0, 0, 0));
	TRY("add_key", syscall(SYS_add_key, "user", "x", "y", 1, -3));
	TRY("userfaultfd", syscall(SYS_userfaultfd, 1));
	TRY("io_uring_setup", syscall(SYS_io_uring_setup, 1, &ring));
	TRY("init_module", syscall(SYS_init_module, "", 0, ""));
	TRY("kexec_load", syscall(SYS_kexec_load, 0, 0, NULL, 0));
	TRY("reboot", syscall(SYS_reboot, 0, 0, 0, NULL));
	TRY("iopl", syscall(SYS_iopl, 3));
	TRY("sethostname", sethostname("x", 1));
	TRY("open_by_handle_at", syscall(SYS_open_by_handle_at, -1, "", 0));
	TRY("unknown", syscall(1000));
}

static void try_arguments(void)
{
	TRY("socket_inet", socket(AF_INET, SOCK_STREAM, 0));
	TRY("socket_unix", socket(AF_UNIX, SOCK_STREAM, 0));
	TRY("socket_netlink", socket(AF_NETLINK, SOCK_RAW, 0));
	TRY("socket_vsock", socket(40, SOCK_STREAM, 0));
	TRY("socket_alg", socket(38, SOCK_SEQPACKET, 0));
	/* The kernel looks at the low half only; so must the filter. */
	TRY("socket_vsock_high", syscall(SYS_socket, 40 | 1L << 32, SOCK_STREAM, 0));
	TRY("personality_ask", personality(0xffffffff));
	TRY("personality_no_randomization", personality(ADDR_NO_RANDOMIZE));
	TRY("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	TRY("pidfd_open", pidfd_open(getpid(), 0));
	TRY("setuid", setuid(0));
}

static void try_init(void)
{
	char buf[64];

	TRY("ptrace_init", ptrace(PTRACE_ATTACH, 1, NULL, NULL));
	TRY("init_exe_read", readlink("/proc/1/exe", buf, sizeof(buf)));
	TRY("init_exe_write", open("/proc/1/exe", O_WRONLY));
	TRY("init_mem", open("/proc/1/mem", O_RDWR));
	TRY("init_fds", readlink("/proc/1/fd/0", buf, sizeof(buf)));
	TRY("kill_init", kill(1, SIGKILL));
	TRY("stop_init", kill(1, SIGSTOP));
}

#ifdef __x86_64__
/* A system call of 32-bit programs, with its own numbers. */
static long call_32(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "a"(nr), "b"(a), "c"(b), "d"(c)
			 : "memory");
	if (ret < 0 && ret > -4096) {
		errno = (int)-ret;
		return -1;
	}
	return ret;
}

static void try_compat(void)
{
	TRY("getpid_32", call_32(20, 0, 0, 0));
	TRY("mount_32", call_32(21, 0, 0, 0));
	TRY("unshare_32", call_32(310, CLONE_NEWUSER, 0, 0));
	TRY("socket_vsock_32", call_32(359, 40, SOCK_STREAM, 0));
	TRY("unknown_32", call_32(1000, 0, 0, 0));
	TRY("getpid_x32", syscall(0x40000000 | 39));
}
#else
static void try_compat(void)
{
}
#endif

/* Making a node is allowed, using one only where it has been granted. */
static void try_devices(void)
{
	TRY("mknod_kmsg", mknod("/dev/probe-kmsg", S_IFCHR | 0666, makedev(1, 11)));
	TRY("open_kmsg", open("/dev/probe-kmsg", O_RDONLY | O_NONBLOCK));
	TRY("mknod_sda", mknod("/dev/probe-sda", S_IFBLK | 0666, makedev(8, 0)));
	TRY("open_sda", open("/dev/probe-sda", O_RDONLY));
	TRY("open_null", open("/dev/null", O_RDWR));
	TRY("open_zero", open("/dev/zero", O_RDONLY));
	TRY("mknod_null_in_rootfs", mknod("/tmp/probe-null", S_IFCHR | 0666, makedev(1, 3)));
	TRY("open_null_in_rootfs", open("/tmp/probe-null", O_RDWR));
}

/*
 * Leave an orphan behind that has ended already, and see that it disappears: its
 * new parent, init, has to take its status.
 */
static void try_reaping(void)
{
	struct pollfd ended = { .events = POLLIN };
	pid_t pids[2] = { 0, 0 };
	int pipe_fds[2], i;

	if (pipe(pipe_fds) < 0)
		exit(1);
	pids[0] = fork();
	if (pids[0] == 0) {
		pids[1] = fork();
		if (pids[1] == 0)
			_exit(0);
		_exit(write(pipe_fds[1], &pids[1], sizeof(pids[1])) < 0);
	}
	if (read(pipe_fds[0], &pids[1], sizeof(pids[1])) != sizeof(pids[1]))
		exit(1);
	ended.fd = pidfd_open(pids[1], 0);
	if (ended.fd >= 0)
		poll(&ended, 1, 10000);
	waitpid(pids[0], NULL, 0);
	/* Init is told at the same moment as we are; it needs to get a turn. */
	for (i = 0; i < 1000 && kill(pids[1], 0) == 0; i++)
		poll(NULL, 0, 1);
	printf("reaped=%s\n", kill(pids[1], 0) < 0 && errno == ESRCH ? "ok" : "no");
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	/* In the order of the attempts, also where one of them kills us. */
	setvbuf(stdout, NULL, _IONBF, 0);
	if (!strcmp(what, "calls")) {
		try_namespaces();
		try_kernel();
		try_arguments();
		try_init();
	} else if (!strcmp(what, "compat")) {
		try_compat();
	} else if (!strcmp(what, "devices")) {
		try_devices();
	} else if (!strcmp(what, "reap")) {
		try_reaping();
	} else {
		fputs("usage: sandbox_probe calls|compat|devices|reap\n", stderr);
		return 2;
	}
	return 0;
}
