/* SPDX-License-Identifier: MIT */
/*
 * linux.seccomp becomes a BPF program, by libseccomp.
 */
#ifndef GNV_OCI_SECCOMP_H
#define GNV_OCI_SECCOMP_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct oci_seccomp;

/* Whether errnoRet means something to that action of config.h. */
bool oci_seccomp_takes_errno(int action);

/* Whether any rule asks for SCMP_ACT_NOTIFY. */
bool oci_seccomp_notifies(const struct oci_seccomp *seccomp);

/* libseccomp's number of "SCMP_ARCH_…", or 0. */
uint32_t oci_seccomp_find_arch(const char *name);
const char *oci_seccomp_arch_name(size_t index);

/* What a program is to be loaded with: SECCOMP_FILTER_FLAG_*. */
unsigned int oci_seccomp_flags(const struct oci_seccomp *seccomp);

/* Free by gnv_seccomp_fini(). */
int oci_seccomp_build(const struct oci_seccomp *seccomp, struct sock_fprog *ret,
		      unsigned int *ret_flags, struct gnv_error **err);

#endif /* GNV_OCI_SECCOMP_H */
