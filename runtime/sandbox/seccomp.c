// SPDX-License-Identifier: MIT
/* The tables become a BPF program, by libseccomp. */
#include "sandbox/seccomp.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* x32 system calls have numbers of their own, which the prologue must pass by. */
#define X32_BIT 0x40000000

static bool has(uint64_t capabilities, int capability)
{
	return capability == GNV_SECCOMP_ALWAYS || (capabilities >> capability & 1);
}

/* @name is passed over where this libseccomp or kernel header lacks it. */
static int add(scmp_filter_ctx filter, uint32_t action, const char *name,
	       unsigned int n_args, const struct scmp_arg_cmp *args)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr == __NR_SCMP_ERROR)
		return 0;
	return seccomp_rule_add_array(filter, action, nr, n_args, args);
}

static int add_groups(scmp_filter_ctx filter, uint64_t capabilities)
{
	const char *const *name;
	size_t i;
	int r;

	for (i = 0; i < gnv_seccomp_n_groups; i++) {
		if (!has(capabilities, gnv_seccomp_groups[i].capability))
			continue;
		for (name = gnv_seccomp_groups[i].names; *name; name++) {
			r = add(filter, SCMP_ACT_ALLOW, *name, 0, NULL);
			if (r < 0 && r != -EEXIST)
				return r;
		}
	}
	return 0;
}

static int add_check(scmp_filter_ctx filter, const struct gnv_seccomp_check *check)
{
	size_t i;
	int r;

	for (i = 0; i < check->n_patterns; i++) {
		struct scmp_arg_cmp arg = SCMP_A0(SCMP_CMP_MASKED_EQ, check->patterns[i].mask,
						  check->patterns[i].value);

		r = add(filter, SCMP_ACT_ALLOW, check->name, 1, &arg);
		/* -EACCES, -EEXIST: a group allows it whatever its arguments. */
		if (r < 0 && r != -EEXIST && r != -EACCES)
			return r;
	}
	return 0;
}

static int add_checks(scmp_filter_ctx filter, uint64_t capabilities)
{
	size_t i;
	int r;

	for (i = 0; i < gnv_seccomp_n_checks; i++) {
		r = add_check(filter, &gnv_seccomp_checks[i]);
		if (r < 0)
			return r;
	}
	if (has(capabilities, CAP_SYS_ADMIN))
		return 0;
	/* Its flags lie in memory, where a filter cannot look. */
	return add(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
}

int gnv_seccomp_newest(void)
{
	const char *const *name;
	int newest = 0;
	size_t i;

	for (i = 0; i < gnv_seccomp_n_groups; i++) {
		for (name = gnv_seccomp_groups[i].names; *name; name++) {
			int nr = seccomp_syscall_resolve_name(*name);

			if (nr > newest)
				newest = nr;
		}
	}
	return newest;
}

#define LOAD(offset)		 BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define IF_EQUAL(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), yes, no)
#define LOAD_NR			 LOAD(offsetof(struct seccomp_data, nr))
#define LOAD_ARCH		 LOAD(offsetof(struct seccomp_data, arch))

/* The low half of the second argument, which is all that the kernel takes of it. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOAD_REQUEST LOAD(offsetof(struct seccomp_data, args[1]))
#else
#define LOAD_REQUEST LOAD(offsetof(struct seccomp_data, args[1]) + 4)
#endif

#define PROLOGUE_LEN 15

/*
 * Put in front: a number above the newest one known, in whichever of the
 * architectures, is answered with ENOSYS.  Their new calls share numbers.  And of
 * ioctl(), what fakes input into a terminal is answered with EPERM: libseccomp
 * cannot say "not equal" of half an argument.
 */
static void write_prologue(struct sock_filter code[])
{
	const int ioctl_nr = seccomp_syscall_resolve_name("ioctl");
	const int ioctl_x86_nr = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, "ioctl");
	/* Jumps count from the next one; to 15 is to the program behind. */
	const struct sock_filter prologue[PROLOGUE_LEN] = {
		[0] = LOAD_NR,
		[1] = BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 13, 0),
		[2] = BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (uint32_t)gnv_seccomp_newest(), 0, 1),
		[3] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		[4] = LOAD_ARCH,
		[5] = IF_EQUAL(seccomp_arch_native(), 0, 2),
		[6] = LOAD_NR,
		[7] = IF_EQUAL(ioctl_nr, 3, 7),
		[8] = IF_EQUAL(SCMP_ARCH_X86, 0, 6),
		[9] = LOAD_NR,
		[10] = IF_EQUAL(ioctl_x86_nr, 0, 4),
		[11] = LOAD_REQUEST,
		[12] = IF_EQUAL(TIOCSTI, 1, 0),
		[13] = IF_EQUAL(TIOCLINUX, 0, 1),
		[14] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
	size_t i;

	for (i = 0; i < PROLOGUE_LEN; i++)
		code[i] = prologue[i];
}

/* libseccomp writes to a descriptor only. */
int gnv_seccomp_export(void *filter, size_t room, struct sock_fprog *ret)
{
	_cleanup_close_ int fd = memfd_create("seccomp", MFD_CLOEXEC);
	struct sock_filter *code;
	struct stat st;
	size_t n, bytes;
	int r;

	if (fd < 0)
		return -errno;
	r = seccomp_export_bpf(filter, fd);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return -errno;
	bytes = (size_t)st.st_size;
	n = bytes / sizeof(*code) + room;
	if (n > BPF_MAXINSNS)
		return -E2BIG;
	code = calloc(n, sizeof(*code));
	if (!code)
		return -ENOMEM;
	if (pread(fd, code + room, bytes, 0) != (ssize_t)bytes) {
		free(code);
		return -EIO;
	}
	ret->filter = code;
	ret->len = (unsigned short)n;
	return 0;
}

static int build(scmp_filter_ctx filter, uint64_t capabilities)
{
	int r;

	r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
	if (r < 0)
		return r;
	/* A binary tree of numbers instead of a list: every call walks it. */
	r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r < 0)
		return r;
	if (seccomp_arch_native() == SCMP_ARCH_X86_64) {
		r = seccomp_arch_add(filter, SCMP_ARCH_X86);
		if (r < 0)
			return r;
	}
	r = add_groups(filter, capabilities);
	return r < 0 ? r : add_checks(filter, capabilities);
}

int gnv_seccomp_init(struct sock_fprog *program, uint64_t capabilities,
		     struct gnv_error **err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = -ENOMEM;

	if (filter)
		r = build(filter, capabilities);
	if (r >= 0)
		r = gnv_seccomp_export(filter, PROLOGUE_LEN, program);
	if (r >= 0)
		write_prologue(program->filter);
	if (filter)
		seccomp_release(filter);
	return r < 0 ? gnv_error_errno(err, -r, "make the seccomp filter") : 0;
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
