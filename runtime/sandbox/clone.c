// SPDX-License-Identifier: MIT
/*
 * clone3(), for which the C library has no wrapper.
 */
#include "sandbox/clone.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes) ((void)(address), (void)(bytes))
#endif

/* What lies below the stack pointer may be in use (red zone, 128 bytes). */
#define STACK_GAP  256
/* More than any child uses before it ends or executes a program. */
#define STACK_USED (1 << 20)

static struct clone_args describe(uint64_t flags, int cgroup_fd, int *ret_pidfd)
{
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		/* One's own for a sibling: it is the parent's that is told. */
		.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
	};

	if (cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup_fd;
	}
	return args;
}

pid_t gnv_clone(uint64_t flags, int cgroup_fd, int *ret_pidfd)
{
	struct clone_args args = describe(flags, cgroup_fd, ret_pidfd);
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	return pid < 0 ? -errno : (pid_t)pid;
}

/*
 * The child's stack is what is free of the caller's: nobody else uses it meanwhile.  It must
 * not return from here, for the caller's frames are to be found as they were left.
 */
__attribute__((noinline)) pid_t gnv_clone_sharing(uint64_t flags, int cgroup_fd, int *ret_pidfd,
						  void (*run)(void *data), void *data)
{
	struct clone_args args = describe(flags | CLONE_VM | CLONE_VFORK, cgroup_fd, ret_pidfd);
	uintptr_t stack;
	long pid;

	__asm__ volatile("movq %%rsp, %0"
			 : "=r"(stack));
	args.stack = (stack - STACK_GAP - 16) & ~(uintptr_t)15;
	args.stack_size = 16;
	__asm__ volatile("syscall\n\t"
			 "testq %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xorl %%ebp, %%ebp\n\t"
			 "movq %[data], %%rdi\n\t"
			 "call *%[run]\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(pid)
			 : "a"(SYS_clone3), "D"(&args), "S"(sizeof(args)), [run] "r"(run),
			   [data] "r"(data)
			 : "rcx", "r11", "memory", "cc");
	/* With AddressSanitizer: what the child's frames were is nobody's any more. */
	ASAN_UNPOISON_MEMORY_REGION((void *)(stack - STACK_USED), STACK_USED);
	return (pid_t)pid;
}

void gnv_clone_kill(int pidfd)
{
	siginfo_t info;

	pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0 && errno == EINTR)
		;
}
