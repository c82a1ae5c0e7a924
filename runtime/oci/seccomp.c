// SPDX-License-Identifier: MIT
/*
 * A seccomp profile as BPF.  Owns no state.
 */
#include "oci/seccomp.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>

#include "oci/config.h"
#include "sandbox/seccomp.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* In the order of oci_seccomp_action_names, from 1. */
enum { KILL = 1, KILL_PROCESS, KILL_THREAD, TRAP, ERRNO, TRACE, ALLOW, LOG, NOTIFY };

static const struct {
	const char *name;
	uint32_t token;
} architectures[] = {
	{ "SCMP_ARCH_X86", SCMP_ARCH_X86 },
	{ "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64 },
	{ "SCMP_ARCH_X32", SCMP_ARCH_X32 },
	{ "SCMP_ARCH_ARM", SCMP_ARCH_ARM },
	{ "SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64 },
	{ "SCMP_ARCH_MIPS", SCMP_ARCH_MIPS },
	{ "SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64 },
	{ "SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32 },
	{ "SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL },
	{ "SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64 },
	{ "SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32 },
	{ "SCMP_ARCH_PPC", SCMP_ARCH_PPC },
	{ "SCMP_ARCH_PPC64", SCMP_ARCH_PPC64 },
	{ "SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE },
	{ "SCMP_ARCH_S390", SCMP_ARCH_S390 },
	{ "SCMP_ARCH_S390X", SCMP_ARCH_S390X },
	{ "SCMP_ARCH_PARISC", SCMP_ARCH_PARISC },
	{ "SCMP_ARCH_PARISC64", SCMP_ARCH_PARISC64 },
	{ "SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64 },
};

#define N_ARCHITECTURES (sizeof(architectures) / sizeof(architectures[0]))

const char *oci_seccomp_arch_name(size_t index)
{
	return index < N_ARCHITECTURES ? architectures[index].name : NULL;
}

uint32_t oci_seccomp_find_arch(const char *name)
{
	size_t i;

	for (i = 0; i < N_ARCHITECTURES; i++)
		if (!strcmp(architectures[i].name, name))
			return architectures[i].token;
	return 0;
}

bool oci_seccomp_takes_errno(int action)
{
	return action == ERRNO || action == TRACE;
}

bool oci_seccomp_notifies(const struct oci_seccomp *seccomp)
{
	const struct oci_syscall *calls = OCI_ITEMS(struct oci_syscall, seccomp->syscalls);
	size_t i;

	for (i = 0; i < seccomp->syscalls.n; i++)
		if (calls[i].action == NOTIFY)
			return true;
	return seccomp->default_action == NOTIFY;
}

static uint32_t to_action(int action, const struct oci_int *errno_ret)
{
	unsigned int number = errno_ret->set ? (unsigned int)errno_ret->value : EPERM;

	switch (action) {
	case KILL_PROCESS:
		return SCMP_ACT_KILL_PROCESS;
	case TRAP:
		return SCMP_ACT_TRAP;
	case ERRNO:
		return SCMP_ACT_ERRNO(number);
	case TRACE:
		return SCMP_ACT_TRACE(number);
	case ALLOW:
		return SCMP_ACT_ALLOW;
	case LOG:
		return SCMP_ACT_LOG;
	case NOTIFY:
		return SCMP_ACT_NOTIFY;
	default:
		return SCMP_ACT_KILL;
	}
}

static struct scmp_arg_cmp to_compare(const struct oci_seccomp_arg *arg)
{
	/* The names are in the order of libseccomp's numbers, from 1. */
	return (struct scmp_arg_cmp){
		.arg = (unsigned int)arg->index.value,
		.op = (enum scmp_compare)arg->op,
		.datum_a = arg->value.value,
		.datum_b = arg->value_two.value,
	};
}

/* libseccomp takes each argument once a rule; more of them are alternatives. */
static bool repeats_an_argument(const struct oci_syscall *call)
{
	const struct oci_seccomp_arg *args = OCI_ITEMS(struct oci_seccomp_arg, call->args);
	unsigned int seen = 0;
	size_t i;

	for (i = 0; i < call->args.n; i++) {
		if (seen >> args[i].index.value & 1)
			return true;
		seen |= 1U << args[i].index.value;
	}
	return false;
}

static int add_name(scmp_filter_ctx filter, const struct oci_syscall *call, uint32_t action,
		    const char *name)
{
	const struct oci_seccomp_arg *args = OCI_ITEMS(struct oci_seccomp_arg, call->args);
	struct scmp_arg_cmp compares[6];
	int r = 0, nr = seccomp_syscall_resolve_name(name);
	size_t i;

	/* Profiles name what other kernels have. */
	if (nr == __NR_SCMP_ERROR)
		return 0;
	if (repeats_an_argument(call)) {
		for (i = 0; r >= 0 && i < call->args.n; i++) {
			compares[0] = to_compare(&args[i]);
			r = seccomp_rule_add_array(filter, action, nr, 1, compares);
		}
	} else {
		for (i = 0; i < call->args.n; i++)
			compares[i] = to_compare(&args[i]);
		r = seccomp_rule_add_array(filter, action, nr, (unsigned int)i, compares);
	}
	return r == -EEXIST ? 0 : r;
}

static int add_syscalls(scmp_filter_ctx filter, const struct oci_seccomp *seccomp,
			struct gnv_error **err)
{
	const struct oci_syscall *calls = OCI_ITEMS(struct oci_syscall, seccomp->syscalls);
	uint32_t by_default = to_action(seccomp->default_action, &seccomp->default_errno_ret);
	size_t i;
	char **name;
	int r;

	for (i = 0; i < seccomp->syscalls.n; i++) {
		uint32_t action = to_action(calls[i].action, &calls[i].errno_ret);

		/* libseccomp refuses what says nothing. */
		if (action == by_default)
			continue;
		for (name = calls[i].names; *name; name++) {
			r = add_name(filter, &calls[i], action, *name);
			if (r < 0)
				return gnv_error_errno(err, -r, "linux.seccomp.syscalls[%zu]: `%s`",
						       i, *name);
		}
	}
	return 0;
}

static int build(scmp_filter_ctx filter, const struct oci_seccomp *seccomp,
		 struct gnv_error **err)
{
	char **name;
	int r;

	/* A binary tree of numbers instead of a list: every call walks it. */
	r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (name = seccomp->architectures; r >= 0 && name && *name; name++) {
		r = seccomp_arch_add(filter, oci_seccomp_find_arch(*name));
		if (r == -EEXIST)
			r = 0;
	}
	if (r < 0)
		return gnv_error_errno(err, -r, "linux.seccomp.architectures");
	return add_syscalls(filter, seccomp, err);
}

unsigned int oci_seccomp_flags(const struct oci_seccomp *seccomp)
{
	static const unsigned int numbers[] = {
		0, /* TSYNC: there is one thread */
		SECCOMP_FILTER_FLAG_LOG,
		SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
	};
	bool notifies = oci_seccomp_notifies(seccomp);
	unsigned int result = notifies ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (seccomp->flags >> i & 1)
			result |= numbers[i];
	/* The kernel refuses it without a listener, of which there is none then. */
	return notifies ? result : result & ~(unsigned int)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
}

int oci_seccomp_build(const struct oci_seccomp *seccomp, struct sock_fprog *ret,
		      unsigned int *ret_flags, struct gnv_error **err)
{
	scmp_filter_ctx filter = seccomp_init(
		to_action(seccomp->default_action, &seccomp->default_errno_ret));
	int r;

	if (!filter)
		return gnv_error_errno(err, ENOMEM, "make the seccomp filter");
	r = build(filter, seccomp, err);
	if (r >= 0) {
		r = gnv_seccomp_export(filter, 0, ret);
		if (r < 0)
			gnv_error_errno(err, -r, "make the seccomp filter");
		else
			gnv_seccomp_shrink(ret);
	}
	seccomp_release(filter);
	*ret_flags = oci_seccomp_flags(seccomp);
	return r;
}
