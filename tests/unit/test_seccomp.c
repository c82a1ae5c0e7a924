// SPDX-License-Identifier: MIT
/*
 * sandbox/seccomp: the program answers each call as the tables say.  It is run by
 * an interpreter, and once by the kernel.
 */
#include "tap.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/caps.h"
#include "sandbox/seccomp.h"

#define RET_PERM  (SECCOMP_RET_ERRNO | EPERM)
#define RET_NOSYS (SECCOMP_RET_ERRNO | ENOSYS)
#define RET_WRONG 0xffffffffU /* the program is not one that we understand */

static struct sock_fprog ours;

/* As much of the machine as libseccomp uses. */
static uint32_t run(const struct sock_fprog *program, const struct seccomp_data *data)
{
	uint32_t a = 0, scratch[16] = { 0 };
	size_t pc;

	for (pc = 0; pc < program->len; pc++) {
		const struct sock_filter *insn = &program->filter[pc];
		bool taken;

		switch (insn->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (insn->k > sizeof(*data) - sizeof(a))
				return RET_WRONG;
			memcpy(&a, (const char *)data + insn->k, sizeof(a));
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= insn->k;
			continue;
		case BPF_LD | BPF_W | BPF_MEM:
			a = scratch[insn->k % 16];
			continue;
		case BPF_ST:
			scratch[insn->k % 16] = a;
			continue;
		case BPF_RET | BPF_K:
			return insn->k;
		case BPF_JMP | BPF_JA:
			pc += insn->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			taken = a == insn->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			taken = a >= insn->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			taken = a > insn->k;
			break;
		default:
			return RET_WRONG;
		}
		pc += taken ? insn->jt : insn->jf;
	}
	return RET_WRONG;
}

static uint32_t ask(uint32_t arch, int nr, uint64_t argument)
{
	const struct seccomp_data data = { .nr = nr, .arch = arch, .args = { argument } };

	return run(&ours, &data);
}

static uint32_t ask_name(const char *name, uint64_t argument)
{
	return ask(SCMP_ARCH_X86_64, seccomp_syscall_resolve_name(name), argument);
}

static void capability_opens_its_calls(void)
{
	gnv_seccomp_fini(&ours);
	gnv_seccomp_init(&ours, 1ULL << CAP_SYS_TIME, NULL);
	expect_int(ask_name("settimeofday", 0), SECCOMP_RET_ALLOW);
	expect_int(ask_name("mount", 0), RET_PERM);
	expect_int(ask_name("chroot", 0), RET_PERM);
	gnv_seccomp_fini(&ours);
	gnv_seccomp_init(&ours, gnv_caps_default(), NULL);
	expect_int(ask_name("settimeofday", 0), RET_PERM);
	expect_int(ask_name("chroot", 0), SECCOMP_RET_ALLOW);
}

/* From here on the default program. */

static void dangerous_calls_are_refused(void)
{
	static const char *const names[] = {
		"mount",	 "umount2",	  "pivot_root",	     "unshare",	    "setns",
		"bpf",		 "perf_event_open", "keyctl",	     "add_key",	    "request_key",
		"userfaultfd",	 "io_uring_setup", "io_uring_enter", "init_module", "finit_module",
		"delete_module", "kexec_load",	  "kexec_file_load", "reboot",	    "swapon",
		"iopl",		 "ioperm",	  "open_by_handle_at", "move_mount", "fsopen",
		"fsmount",	 "open_tree",	  "mount_setattr",   "quotactl",    "acct",
		"settimeofday",	 "kcmp",	  "vhangup",	     "fanotify_init", "syslog",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (ask_name(names[i], 0) != RET_PERM)
			printf("# %s\n", names[i]);
		expect_int(ask_name(names[i], 0), RET_PERM);
	}
}

static void programs_can_live(void)
{
	static const char *const names[] = {
		"read", "execve", "execveat", "exit_group", "mmap", "futex", "ioctl", "openat2",
		"wait4", "kill", "rseq", "seccomp", "prctl", "statx", "ptrace",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		expect_int(ask_name(names[i], 0), SECCOMP_RET_ALLOW);
	expect_int(ask_name("clone", SIGCHLD), SECCOMP_RET_ALLOW);
	expect_int(ask_name("clone3", 0), RET_NOSYS);
}

static void high_half_does_not_mislead(void)
{
	expect_int(ask_name("socket", 40), RET_PERM);
	expect_int(ask_name("socket", 40 | 1ULL << 32), RET_PERM);
	expect_int(ask_name("socket", 2 | 1ULL << 32), SECCOMP_RET_ALLOW);
	expect_int(ask_name("clone", CLONE_NEWUSER | 1ULL << 32), RET_PERM);
}

static uint32_t ask_ioctl(uint32_t arch, int nr, uint64_t request)
{
	const struct seccomp_data data = { .nr = nr, .arch = arch, .args = { 0, request } };

	return run(&ours, &data);
}

/* Whatever the half of the request that the kernel drops. */
static void terminals_cannot_be_typed_into(void)
{
	static const uint32_t refused[] = { TIOCSTI, TIOCLINUX };
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		expect_int(ask_ioctl(SCMP_ARCH_X86_64, 16, refused[i]), RET_PERM);
		expect_int(ask_ioctl(SCMP_ARCH_X86_64, 16, refused[i] | 1ULL << 40), RET_PERM);
		expect_int(ask_ioctl(SCMP_ARCH_X86, 54, refused[i]), RET_PERM);
		/* Others with such a number as their argument. */
		expect_int(ask_ioctl(SCMP_ARCH_X86_64, SYS_read, refused[i]),
			   SECCOMP_RET_ALLOW);
		expect_int(ask_ioctl(SCMP_ARCH_X86_64, 54, refused[i]), SECCOMP_RET_ALLOW);
	}
	expect_int(ask_ioctl(SCMP_ARCH_X86_64, 16, TIOCGWINSZ), SECCOMP_RET_ALLOW);
	expect_int(ask_ioctl(SCMP_ARCH_X86_64, 16, (uint64_t)TIOCSTI << 32),
		   SECCOMP_RET_ALLOW);
	expect_int(ask_ioctl(SCMP_ARCH_X86, 54, TIOCGWINSZ), SECCOMP_RET_ALLOW);
	expect_int(ask_ioctl(SCMP_ARCH_AARCH64, 29, TIOCSTI), RET_NOSYS);
	expect_int(ask_ioctl(SCMP_ARCH_X86_64, 0x40000000 | 514, TIOCSTI), RET_NOSYS);
}

static void what_is_newer_is_unknown(void)
{
	int newest = gnv_seccomp_newest();

	expect(newest >= SYS_set_mempolicy_home_node);
	expect_int(ask(SCMP_ARCH_X86_64, newest + 1, 0), RET_NOSYS);
	expect_int(ask(SCMP_ARCH_X86_64, 1023, 0), RET_NOSYS);
	expect_int(ask(SCMP_ARCH_X86_64, 1024, 0), RET_NOSYS);
	expect_int(ask(SCMP_ARCH_X86, newest + 1, 0), RET_NOSYS);
}

static void other_architectures_are_unknown(void)
{
	/* x32 is x86_64 with numbers of its own. */
	expect_int(ask(SCMP_ARCH_X86_64, 0x40000000 | SYS_getpid, 0), RET_NOSYS);
	expect_int(ask(SCMP_ARCH_AARCH64, 172, 0), RET_NOSYS);
	expect_int(ask(0, SYS_getpid, 0), RET_NOSYS);
}

static void kernel_refuses_none(void)
{
	expect(gnv_seccomp_load(&(struct sock_fprog){ .len = 0 }) < 0);
}

/* In a child: there is no way back. */
static void kernel_takes_it(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || gnv_seccomp_load(&ours) < 0)
			_exit(1);
		_exit(unshare(CLONE_NEWUSER) < 0 && errno == EPERM ? 0 : 2);
	}
	expect_int(waitpid(pid, &status, 0), pid);
	expect_int(status, 0);
}

int main(void)
{
	if (seccomp_arch_native() != SCMP_ARCH_X86_64) {
		puts("1..0 # SKIP the expected numbers are those of x86_64");
		return 0;
	}
	test("seccomp:capability_opens_its_calls", capability_opens_its_calls);
	test("seccomp:dangerous_calls_are_refused", dangerous_calls_are_refused);
	test("seccomp:programs_can_live", programs_can_live);
	test("seccomp:high_half_does_not_mislead", high_half_does_not_mislead);
	test("seccomp:terminals_cannot_be_typed_into", terminals_cannot_be_typed_into);
	test("seccomp:what_is_newer_is_unknown", what_is_newer_is_unknown);
	test("seccomp:other_architectures_are_unknown", other_architectures_are_unknown);
	test("seccomp:kernel_refuses_none", kernel_refuses_none);
	test("seccomp:kernel_takes_it", kernel_takes_it);
	gnv_seccomp_fini(&ours);
	return tap_end();
}
