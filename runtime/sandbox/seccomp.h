/* SPDX-License-Identifier: MIT */
/*
 * The system calls that a container may make, as a BPF program.  docs/isolation.md
 * says what is left out and why.
 *
 * What a container may not do fails with EPERM.  What is newer than the tables
 * fails with ENOSYS, so that a C library falls back to what it used before; so
 * does every call of an architecture that has no rules.
 */
#ifndef GNV_SANDBOX_SECCOMP_H
#define GNV_SANDBOX_SECCOMP_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define GNV_SECCOMP_ALWAYS (-1)

/* System calls that are allowed whatever their arguments. */
struct gnv_seccomp_group {
	int capability; /* only with this CAP_*, or GNV_SECCOMP_ALWAYS */
	const char *const *names; /* NULL-terminated */
};

/* Matches an argument whose low 32 bits, under @mask, are @value. */
struct gnv_seccomp_pattern {
	uint32_t mask, value;
};

/* A system call that is allowed when its first argument matches a pattern. */
struct gnv_seccomp_check {
	const char *name;
	const struct gnv_seccomp_pattern *patterns;
	size_t n_patterns;
};

extern const struct gnv_seccomp_group gnv_seccomp_groups[];
extern const size_t gnv_seccomp_n_groups;

/* Only for what no group has allowed already. */
extern const struct gnv_seccomp_check gnv_seccomp_checks[];
extern const size_t gnv_seccomp_n_checks;

/* The highest number of the native system calls that the tables name. */
int gnv_seccomp_newest(void);

/*
 * The program for processes with @capabilities (a mask of 1 << CAP_*).  Made
 * before the clone, as it allocates; gnv_seccomp_fini() frees it.
 */
int gnv_seccomp_init(struct sock_fprog *program, uint64_t capabilities,
		     struct gnv_error **err);
void gnv_seccomp_fini(struct sock_fprog *program);

/*
 * The program of libseccomp's @filter with @room instructions left free in front.
 * gnv_seccomp_fini() frees it.  Return: 0 or -errno.
 */
int gnv_seccomp_export(void *filter, size_t room, struct sock_fprog *ret);

/* Make it shorter where that is possible; its answers stay the same. */
void gnv_seccomp_shrink(struct sock_fprog *program);

/* Between clone and exec, with no_new_privs set.  Return: 0 or -errno. */
int gnv_seccomp_load(const struct sock_fprog *program);

#endif /* GNV_SANDBOX_SECCOMP_H */
