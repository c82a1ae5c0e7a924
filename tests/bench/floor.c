// SPDX-License-Identifier: MIT
/*
 * The floor of the benchmark `run`: the least that a container is. Six namespaces,
 * seven mounts, a change of root, exec. It limits, records and hides nothing, and
 * is no way to run a program that one does not trust.
 *
 *	floor ROOTFS PROGRAM [ARGUMENT...]
 */
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NO_SDE (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static const struct {
	const char *type, *target;
	unsigned long flags;
	const char *options;
} mounts[] = {
	{ "proc", "proc", NO_SDE, NULL },
	{ "sysfs", "sys", NO_SDE | MS_RDONLY, NULL },
	{ "cgroup2", "sys/fs/cgroup", NO_SDE | MS_RDONLY, NULL },
	{ "tmpfs", "dev", MS_NOSUID, "mode=0755" },
	{ "devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666" },
	{ "tmpfs", "dev/shm", NO_SDE, "mode=1777" },
};

static void __attribute__((noreturn)) fail(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	_exit(125);
}

static void make_mounts(const char *rootfs)
{
	size_t i;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		fail("make mounts private");
	if (mount(rootfs, rootfs, NULL, MS_BIND, NULL) < 0 || chdir(rootfs) < 0)
		fail(rootfs);
	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		/* Only the two below /dev are not there yet. */
		if (mkdir(mounts[i].target, 0755) < 0 && errno != EEXIST)
			fail(mounts[i].target);
		if (mount(mounts[i].type, mounts[i].target, mounts[i].type, mounts[i].flags,
			  mounts[i].options) < 0)
			fail(mounts[i].target);
	}
}

static void __attribute__((noreturn)) run_inside(const char *rootfs, char *argv[])
{
	char *env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };

	make_mounts(rootfs);
	/* The old root ends up on top of the new one, and is taken off there. */
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		fail("change the root file system");
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		fail("leave the old root file system");
	execve(argv[0], argv, env);
	fail(argv[0]);
}

int main(int argc, char *argv[])
{
	struct clone_args args = {
		.flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC |
			 CLONE_NEWNET | CLONE_NEWCGROUP,
		.exit_signal = SIGCHLD,
	};
	int status;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "floor: ROOTFS PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		fail("make the namespaces");
	if (pid == 0)
		run_inside(argv[1], argv + 2);
	if (waitpid(pid, &status, 0) < 0)
		fail("wait for the program");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
