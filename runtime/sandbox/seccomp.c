// SPDX-License-Identifier: MIT
/*
 * The table and the rules on arguments become a BPF program by libseccomp.
 *
 * What a container may not do fails with EPERM.  What is newer than the table
 * fails with ENOSYS, so that a C library falls back to what it used before.
 */
#include "sandbox/seccomp.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Arguments are compared in their low 32 bits where the kernel looks at no more:
 * a comparison of 64 bits would be led astray by rubbish in the high half.
 */
#define LOW_32_BITS 0xffffffffULL

/* x32 system calls have numbers of their own, which the prologue must pass by. */
#define X32_BIT 0x40000000

#define CLONE_NEW_NAMESPACES                                                   \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |         \
	 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

struct mask_value {
	uint32_t mask, value;
};

/* PER_LINUX, PER_LINUX32, both with UNAME26, and "only ask". */
static const struct mask_value personalities[] = {
	{ 0xffffffff, 0 },	 { 0xffffffff, 0x0008 },
	{ 0xffffffff, 0x20000 }, { 0xffffffff, 0x20008 },
	{ 0xffffffff, 0xffffffff },
};

/*
 * All address families up to AF_MAX but AF_ALG (38) and AF_VSOCK (40): the first
 * is a way into rarely used kernel code, the second leads to the hypervisor.
 */
static const struct mask_value families[] = {
	{ 0xffffffe0, 0 },  { 0xfffffffc, 32 }, { 0xfffffffe, 36 },
	{ 0xffffffff, 39 }, { 0xffffffff, 41 }, { 0xfffffffe, 42 },
	{ 0xfffffffc, 44 },
};

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

/* Allow @name when its first argument is one of @values. */
static int add_first_argument(scmp_filter_ctx filter, const char *name,
			      const struct mask_value *values, size_t n)
{
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		struct scmp_arg_cmp arg = SCMP_A0(SCMP_CMP_MASKED_EQ, values[i].mask,
						  values[i].value);

		r = add(filter, SCMP_ACT_ALLOW, name, 1, &arg);
		if (r < 0)
			return r;
	}
	return 0;
}

#define ADD_FIRST_ARGUMENT(filter, name, values)                               \
	add_first_argument(filter, name, values, sizeof(values) / sizeof((values)[0]))

static int add_argument_rules(scmp_filter_ctx filter, uint64_t capabilities)
{
	static const struct mask_value no_namespaces[] = { { CLONE_NEW_NAMESPACES, 0 } };
	int r;

	r = ADD_FIRST_ARGUMENT(filter, "personality", personalities);
	if (r < 0)
		return r;
	r = ADD_FIRST_ARGUMENT(filter, "socket", families);
	if (r < 0 || has(capabilities, CAP_SYS_ADMIN))
		return r;
	r = ADD_FIRST_ARGUMENT(filter, "clone", no_namespaces);
	if (r < 0)
		return r;
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

/*
 * Put in front: a number above the newest one known, in whichever of the
 * architectures, is answered with ENOSYS.  Their new calls share numbers.
 */
static size_t write_prologue(struct sock_filter code[])
{
	const struct sock_filter prologue[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (uint32_t)gnv_seccomp_newest(), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	size_t i;

	for (i = 0; i < sizeof(prologue) / sizeof(prologue[0]); i++)
		code[i] = prologue[i];
	return i;
}

#define PROLOGUE_LEN 4

/* libseccomp writes to a descriptor only. */
static int export(scmp_filter_ctx filter, struct sock_fprog *program)
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
	n = bytes / sizeof(*code) + PROLOGUE_LEN;
	if (n > BPF_MAXINSNS)
		return -E2BIG;
	code = calloc(n, sizeof(*code));
	if (!code)
		return -ENOMEM;
	if (pread(fd, code + write_prologue(code), bytes, 0) != (ssize_t)bytes) {
		free(code);
		return -EIO;
	}
	program->filter = code;
	program->len = (unsigned short)n;
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
	return r < 0 ? r : add_argument_rules(filter, capabilities);
}

int gnv_seccomp_init(struct sock_fprog *program, uint64_t capabilities,
		     struct gnv_error **err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = -ENOMEM;

	if (filter)
		r = build(filter, capabilities);
	if (r >= 0)
		r = export(filter, program);
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
