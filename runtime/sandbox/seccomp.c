// SPDX-License-Identifier: MIT
/*
 * The tables become a BPF program.  libseccomp knows the numbers of the calls on
 * each architecture; the code is put together here, as its own takes longer to
 * do that than all the rest of a container's start.  The unit test compares the
 * two, call by call.
 *
 * Words: a "verdict" is what happens to a call: one of the constants below, or
 * FIRST_CHECK + the index of a check.  A "run" is a stretch of numbers with the
 * same verdict.
 */
#include "sandbox/seccomp.h"

#include <assert.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Numbers up to here can have a verdict of their own. */
#define NUMBERS 1024

#define CODE_MAX BPF_MAXINSNS

enum { DENY, UNKNOWN, ALLOW, FIRST_CHECK };

struct run {
	uint32_t first;
	unsigned char verdict;
};

struct assembler {
	struct sock_filter *code;
	size_t n;
	struct run runs[NUMBERS];
	size_t n_runs;
};

static int has(uint64_t capabilities, int capability)
{
	return capability == GNV_SECCOMP_ALWAYS || (capabilities >> capability & 1);
}

static int find_number(uint32_t arch, const char *name)
{
	size_t i;

	for (i = 0; arch == SCMP_ARCH_X86 && i < gnv_seccomp_n_x86_numbers; i++)
		if (!strcmp(gnv_seccomp_x86_numbers[i].name, name))
			return gnv_seccomp_x86_numbers[i].nr;
	return seccomp_syscall_resolve_name_arch(arch, name);
}

/* The place of a call's verdict, or NULL where the architecture lacks it. */
static unsigned char *find(unsigned char verdicts[NUMBERS], uint32_t arch, const char *name)
{
	int nr = find_number(arch, name);

	return nr >= 0 && nr < NUMBERS ? &verdicts[nr] : NULL;
}

int gnv_seccomp_newest(void)
{
	const char *const *name;
	int newest = 0;
	size_t i;

	for (i = 0; i < gnv_seccomp_n_groups; i++) {
		for (name = gnv_seccomp_groups[i].names; *name; name++) {
			int nr = seccomp_syscall_resolve_name(*name);

			if (nr > newest && nr < NUMBERS - 1)
				newest = nr;
		}
	}
	return newest;
}

static void judge(unsigned char verdicts[NUMBERS], uint32_t arch, uint64_t capabilities)
{
	const char *const *name;
	unsigned char *verdict;
	int newest = gnv_seccomp_newest();
	size_t i;

	/* New calls have the same number on all architectures. */
	memset(verdicts, DENY, (size_t)newest + 1);
	memset(verdicts + newest + 1, UNKNOWN, NUMBERS - (size_t)newest - 1);
	for (i = 0; i < gnv_seccomp_n_groups; i++) {
		if (!has(capabilities, gnv_seccomp_groups[i].capability))
			continue;
		for (name = gnv_seccomp_groups[i].names; *name; name++) {
			verdict = find(verdicts, arch, *name);
			if (verdict && *verdict == DENY)
				*verdict = ALLOW;
		}
	}
	for (i = 0; i < gnv_seccomp_n_checks; i++) {
		verdict = find(verdicts, arch, gnv_seccomp_checks[i].name);
		if (verdict && *verdict == DENY)
			*verdict = (unsigned char)(FIRST_CHECK + i);
	}
	/* Its flags lie in memory, where a filter cannot look. */
	verdict = find(verdicts, arch, "clone3");
	if (verdict && *verdict == DENY)
		*verdict = UNKNOWN;
}

static void find_runs(struct assembler *a, const unsigned char verdicts[NUMBERS])
{
	uint32_t nr;

	a->n_runs = 0;
	for (nr = 0; nr < NUMBERS; nr++)
		if (nr == 0 || verdicts[nr] != verdicts[nr - 1])
			a->runs[a->n_runs++] = (struct run){ nr, verdicts[nr] };
}

/* Beyond the room there is, only count: the caller looks at the sum. */
static void emit(struct assembler *a, struct sock_filter insn)
{
	if (a->n < CODE_MAX)
		a->code[a->n] = insn;
	a->n++;
}

static void emit_return(struct assembler *a, uint32_t value)
{
	emit(a, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, value));
}

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the low half comes first");

/*
 * The low 32 bits of the first argument, as the kernel looks at no more of it:
 * comparing 64 would be led astray by rubbish in the high half.
 */
static void emit_check(struct assembler *a, const struct gnv_seccomp_check *check)
{
	size_t i;

	for (i = 0; i < check->n_patterns; i++) {
		const struct gnv_seccomp_pattern *p = &check->patterns[i];

		emit(a, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						     offsetof(struct seccomp_data, args[0])));
		emit(a, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, p->mask));
		emit(a, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, p->value, 0, 1));
		emit_return(a, SECCOMP_RET_ALLOW);
	}
	emit_return(a, SECCOMP_RET_ERRNO | EPERM);
}

static void emit_verdict(struct assembler *a, unsigned char verdict)
{
	if (verdict == ALLOW)
		emit_return(a, SECCOMP_RET_ALLOW);
	else if (verdict == DENY)
		emit_return(a, SECCOMP_RET_ERRNO | EPERM);
	else if (verdict == UNKNOWN)
		emit_return(a, SECCOMP_RET_ERRNO | ENOSYS);
	else
		emit_check(a, &gnv_seccomp_checks[verdict - FIRST_CHECK]);
}

/* A distance that is known only when what lies between has been emitted. */
static void set_distance(struct assembler *a, size_t jump)
{
	if (jump < CODE_MAX)
		a->code[jump].k = (uint32_t)(a->n - jump - 1);
}

/*
 * A binary search over runs [first, end).  Conditional jumps reach 255 instructions,
 * so the far one goes by way of an unconditional jump.  As deep as the logarithm
 * of the number of runs.
 */
static void emit_search(struct assembler *a, size_t first, size_t end)
{
	size_t middle = first + (end - first) / 2, jump;

	if (end - first == 1) {
		emit_verdict(a, a->runs[first].verdict);
		return;
	}
	emit(a, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, a->runs[middle].first, 0,
					     1));
	jump = a->n;
	emit(a, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
	emit_search(a, first, middle);
	set_distance(a, jump);
	emit_search(a, middle, end);
}

static void emit_arch(struct assembler *a, uint32_t arch, uint64_t capabilities)
{
	unsigned char verdicts[NUMBERS];
	size_t jump;

	judge(verdicts, arch, capabilities);
	find_runs(a, verdicts);
	emit(a, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					     offsetof(struct seccomp_data, arch)));
	emit(a, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 1, 0));
	jump = a->n;
	emit(a, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
	emit(a, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					     offsetof(struct seccomp_data, nr)));
	emit_search(a, 0, a->n_runs);
	set_distance(a, jump);
}

/* libseccomp's names of architectures are the kernel's. */
static void assemble(struct assembler *a, uint64_t capabilities)
{
	uint32_t native = seccomp_arch_native();

	emit_arch(a, native, capabilities);
	if (native == SCMP_ARCH_X86_64)
		emit_arch(a, SCMP_ARCH_X86, capabilities);
	emit_return(a, SECCOMP_RET_ERRNO | ENOSYS);
}

int gnv_seccomp_init(struct sock_fprog *program, uint64_t capabilities,
		     struct gnv_error **err)
{
	_cleanup_free_ struct sock_filter *code = calloc(CODE_MAX, sizeof(*code));
	_cleanup_free_ struct assembler *a = calloc(1, sizeof(*a));

	if (!code || !a)
		return gnv_error_errno(err, ENOMEM, "make the seccomp filter");
	a->code = code;
	assemble(a, capabilities);
	if (a->n > CODE_MAX)
		return gnv_error_errno(err, E2BIG, "make the seccomp filter");
	program->filter = STEAL_PTR(code);
	program->len = (unsigned short)a->n;
	return 0;
}

void gnv_seccomp_fini(struct sock_fprog *program)
{
	free(program->filter);
	*program = (struct sock_fprog){ 0 };
}

int gnv_seccomp_load(const struct sock_fprog *program)
{
	long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program);

	return r < 0 ? -errno : 0;
}
