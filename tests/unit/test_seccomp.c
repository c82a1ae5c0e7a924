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
		"mount",
		"umount2",
		"pivot_root",
		"unshare",
		"setns",
		"bpf",
		"perf_event_open",
		"keyctl",
		"add_key",
		"request_key",
		"userfaultfd",
		"io_uring_setup",
		"io_uring_enter",
		"init_module",
		"finit_module",
		"delete_module",
		"kexec_load",
		"kexec_file_load",
		"reboot",
		"swapon",
		"iopl",
		"ioperm",
		"open_by_handle_at",
		"move_mount",
		"fsopen",
		"fsmount",
		"open_tree",
		"mount_setattr",
		"quotactl",
		"acct",
		"settimeofday",
		"kcmp",
		"vhangup",
		"fanotify_init",
		"syslog",
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
		"read",
		"execve",
		"execveat",
		"exit_group",
		"mmap",
		"futex",
		"ioctl",
		"openat2",
		"wait4",
		"kill",
		"rseq",
		"seccomp",
		"prctl",
		"statx",
		"ptrace",
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

/* --- shrunk programs ------------------------------------------------------------------ */

static uint64_t seed = 1;

static uint32_t draw(uint32_t below)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(seed >> 33) % below;
}

/* A profile with @arches architectures and @rules rules, some of them about arguments. */
static void make_profile(struct sock_fprog *ret, int arches, int rules)
{
	static const uint32_t names[] = { SCMP_ARCH_X86, SCMP_ARCH_X32, SCMP_ARCH_AARCH64,
					  SCMP_ARCH_S390 };
	static const uint32_t actions[] = { SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(EPERM),
					    SCMP_ACT_ERRNO(ENOSYS), SCMP_ACT_LOG,
					    SCMP_ACT_KILL_PROCESS };
	uint32_t by_default = actions[draw(5)], usual = actions[draw(5)];
	scmp_filter_ctx filter = seccomp_init(by_default);
	int i;

	seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 1 + draw(2));
	for (i = 0; i < arches; i++)
		seccomp_arch_add(filter, names[i]);
	for (i = 0; i < rules; i++) {
		uint32_t action = draw(16) ? usual : actions[draw(5)];
		const struct scmp_arg_cmp compares[] = {
			SCMP_CMP64(draw(2), (enum scmp_compare)(1 + draw(6)), draw(4)),
			SCMP_CMP64(2, SCMP_CMP_MASKED_EQ, 0x7e020000, draw(2) * 0x20000),
		};

		/* It may contradict another, or not be of all architectures. */
		if (action != by_default)
			seccomp_rule_add_array(filter, action, (int)(i % 460),
					       draw(20) ? 0 : 1 + draw(2), compares);
	}
	expect_int(gnv_seccomp_export(filter, 0, ret), 0);
	seccomp_release(filter);
}

/* With a few arguments each. */
static bool answer_one_the_same(const struct sock_fprog *a, const struct sock_fprog *b,
				uint32_t arch, uint32_t number)
{
	int i;

	for (i = 0; i < 6; i++) {
		struct seccomp_data data = { .nr = (int)number, .arch = arch };
		uint32_t answer;

		data.args[0] = draw(4);
		data.args[1] = draw(4) | (uint64_t)draw(2) << 32;
		data.args[2] = draw(2) * 0x20000;
		answer = run(a, &data);
		if (answer == RET_WRONG || answer != run(b, &data))
			return false;
	}
	return true;
}

static bool answer_the_same(const struct sock_fprog *a, const struct sock_fprog *b)
{
	static const uint32_t arches[] = { SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_AARCH64,
					   SCMP_ARCH_S390, SCMP_ARCH_S390 + 1, 0, UINT32_MAX,
					   SCMP_ARCH_X86_64 + 1 };
	static const uint32_t bases[] = { 0, 0x40000000, 0x7ffffff0, UINT32_MAX - 500 };
	uint32_t i, k, number;

	for (i = 0; i < sizeof(arches) / sizeof(arches[0]); i++)
		for (k = 0; k < sizeof(bases) / sizeof(bases[0]); k++)
			for (number = 0; number <= 500; number++)
				if (!answer_one_the_same(a, b, arches[i], bases[k] + number))
					return false;
	return true;
}

static void shrunk_ones_answer_the_same(void)
{
	int i, n_shorter = 0;

	for (i = 0; i < 60; i++) {
		struct sock_fprog before, after;
		size_t bytes;

		make_profile(&before, i % 5, i < 5 ? 0 : (int)draw(400));
		bytes = before.len * sizeof(*before.filter);
		after = before;
		after.filter = malloc(bytes);
		memcpy(after.filter, before.filter, bytes);
		gnv_seccomp_shrink(&after);
		expect(answer_the_same(&before, &after));
		n_shorter += after.len < before.len;
		gnv_seccomp_fini(&before);
		gnv_seccomp_fini(&after);
	}
	expect(n_shorter > 20);
}

/* Most calls of a row, as of Docker's profile. */
static void most_need_a_fraction(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	struct sock_fprog program;
	unsigned short before;
	int nr;

	for (nr = 0; nr < 330; nr++)
		if (nr % 10)
			seccomp_rule_add(filter, SCMP_ACT_ALLOW, nr, 0);
	expect_int(gnv_seccomp_export(filter, 0, &program), 0);
	before = program.len;
	gnv_seccomp_shrink(&program);
	expect(program.len < before / 3);
	gnv_seccomp_fini(&program);
	seccomp_release(filter);
}

static void what_is_not_understood_stays(void)
{
	static const struct sock_filter codes[][4] = {
		{ { BPF_LD | BPF_W | BPF_ABS, 0, 0, 0 },
		  { BPF_ALU | BPF_AND | BPF_K, 0, 0, 1 },
		  { BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1 },
		  { BPF_RET | BPF_K, 0, 0, 0 } },
		/* Out of the program. */
		{ { BPF_LD | BPF_W | BPF_ABS, 0, 0, 4 },
		  { BPF_JMP | BPF_JEQ | BPF_K, 0, 9, SCMP_ARCH_X86_64 },
		  { BPF_LD | BPF_W | BPF_ABS, 0, 0, 16 },
		  { BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 0 } },
	};
	struct sock_filter code[4];
	struct sock_fprog program = { .filter = code };
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		memcpy(code, codes[i], sizeof(code));
		program.len = 4;
		gnv_seccomp_shrink(&program);
		expect_int(program.len, 4);
		expect(!memcmp(code, codes[i], sizeof(code)));
	}
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
	test("seccomp:shrunk_ones_answer_the_same", shrunk_ones_answer_the_same);
	test("seccomp:most_need_a_fraction", most_need_a_fraction);
	test("seccomp:what_is_not_understood_stays", what_is_not_understood_stays);
	test("seccomp:kernel_refuses_none", kernel_refuses_none);
	test("seccomp:kernel_takes_it", kernel_takes_it);
	gnv_seccomp_fini(&ours);
	return tap_end();
}
