// SPDX-License-Identifier: MIT
/*
 * sandbox/seccomp: the program answers each call as libseccomp's own program for
 * the same rules does, and as the tables say.  Both are run by an interpreter.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
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

/* As much of the machine as either program uses. */
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

/* --- libseccomp's program */

static void add_group(scmp_filter_ctx filter, const struct gnv_seccomp_group *group)
{
	const char *const *name;

	for (name = group->names; *name; name++) {
		int nr = seccomp_syscall_resolve_name(*name);

		if (nr != __NR_SCMP_ERROR)
			seccomp_rule_add(filter, SCMP_ACT_ALLOW, nr, 0);
	}
}

static void add_check(scmp_filter_ctx filter, const struct gnv_seccomp_check *check)
{
	size_t i;

	for (i = 0; i < check->n_patterns; i++)
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, seccomp_syscall_resolve_name(check->name),
				 1,
				 SCMP_A0(SCMP_CMP_MASKED_EQ, check->patterns[i].mask,
					 check->patterns[i].value));
}

static void export(scmp_filter_ctx filter, struct sock_fprog *ret)
{
	static struct sock_filter code[BPF_MAXINSNS];
	int fd = memfd_create("filter", 0);
	ssize_t n;

	expect_int(seccomp_export_bpf(filter, fd), 0);
	n = pread(fd, code, sizeof(code), 0);
	expect(n > 0);
	ret->filter = code;
	ret->len = (unsigned short)((size_t)n / sizeof(code[0]));
	close(fd);
}

static void make_theirs(uint64_t capabilities, struct sock_fprog *ret)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	size_t i;

	seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
	seccomp_arch_add(filter, SCMP_ARCH_X86);
	for (i = 0; i < gnv_seccomp_n_groups; i++) {
		int capability = gnv_seccomp_groups[i].capability;

		if (capability < 0 || capabilities >> capability & 1)
			add_group(filter, &gnv_seccomp_groups[i]);
	}
	for (i = 0; i < gnv_seccomp_n_checks; i++)
		add_check(filter, &gnv_seccomp_checks[i]);
	if (!(capabilities >> CAP_SYS_ADMIN & 1))
		seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	export(filter, ret);
	seccomp_release(filter);
}

/* --- */

/* The ends of each interval that a check tells apart, and rubbish above them. */
static const uint64_t arguments[] = {
	0,	    1,		8,	    16,		31,	    32,		33,
	35,	    36,		37,	    38,		39,	    40,		41,
	42,	    43,		44,	    47,		48,	    0x20000,	0x20008,
	0x40000,    0x7fffffff, 0x80000000, 0xffffffff, 1ULL << 32, 38 | 1ULL << 32,
	40 | 1ULL << 63,	~0ULL,	    CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET | SIGCHLD,
	CLONE_VM,   SIGCHLD,	CLONE_NEWUSER | 1ULL << 40,
};

#define N_ARGUMENTS (sizeof(arguments) / sizeof(arguments[0]))

static void compare(uint64_t capabilities)
{
	static const uint32_t arches[] = { SCMP_ARCH_X86_64, SCMP_ARCH_X86 };
	struct gnv_error *error = NULL;
	struct sock_fprog theirs;
	int newest = gnv_seccomp_newest(), wrong = 0;
	size_t i, j;

	gnv_seccomp_fini(&ours);
	expect_int(gnv_seccomp_init(&ours, capabilities, &error), 0);
	make_theirs(capabilities, &theirs);
	for (i = 0; i < 2; i++) {
		for (int nr = 0; nr <= newest; nr++) {
			for (j = 0; j < N_ARGUMENTS; j++) {
				struct seccomp_data data = { .nr = nr,
							     .arch = arches[i],
							     .args = { arguments[j] } };
				uint32_t got = run(&ours, &data), wanted = run(&theirs, &data);

				if (got == wanted || wrong++ > 5)
					continue;
				printf("# arch %x call %d argument %llx: %x, wanted %x\n",
				       arches[i], nr, (unsigned long long)arguments[j], got,
				       wanted);
			}
		}
	}
	expect_int(wrong, 0);
}

static void as_libseccomp_says_by_default(void)
{
	compare(gnv_caps_default());
}

static void as_libseccomp_says_without_capabilities(void)
{
	compare(0);
}

static void as_libseccomp_says_with_each_capability(void)
{
	int cap;

	for (cap = 0; cap <= CAP_LAST_CAP; cap++)
		compare(1ULL << cap);
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

static void what_is_newer_is_unknown(void)
{
	int newest = gnv_seccomp_newest();

	expect(newest >= SYS_set_mempolicy_home_node);
	expect_int(ask(SCMP_ARCH_X86_64, newest + 1, 0), RET_NOSYS);
	expect_int(ask(SCMP_ARCH_X86_64, 1023, 0), RET_NOSYS);
	expect_int(ask(SCMP_ARCH_X86_64, 1024, 0), RET_NOSYS);
	expect_int(ask(SCMP_ARCH_X86_64, -1, 0), RET_NOSYS);
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
	test("seccomp:as_libseccomp_says_without_capabilities",
	     as_libseccomp_says_without_capabilities);
	test("seccomp:as_libseccomp_says_with_each_capability",
	     as_libseccomp_says_with_each_capability);
	test("seccomp:as_libseccomp_says_by_default", as_libseccomp_says_by_default);
	test("seccomp:capability_opens_its_calls", capability_opens_its_calls);
	test("seccomp:dangerous_calls_are_refused", dangerous_calls_are_refused);
	test("seccomp:programs_can_live", programs_can_live);
	test("seccomp:high_half_does_not_mislead", high_half_does_not_mislead);
	test("seccomp:what_is_newer_is_unknown", what_is_newer_is_unknown);
	test("seccomp:other_architectures_are_unknown", other_architectures_are_unknown);
	test("seccomp:kernel_refuses_none", kernel_refuses_none);
	test("seccomp:kernel_takes_it", kernel_takes_it);
	gnv_seccomp_fini(&ours);
	return tap_end();
}
