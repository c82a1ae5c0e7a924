/* SPDX-License-Identifier: MIT */
/*
 * Words in video memory that say who wrote them.  A "canary" is a word whose upper
 * half says that it is one and whose lower half names the writer.
 */
#ifndef TESTS_E2E_LIB_CANARY_H
#define TESTS_E2E_LIB_CANARY_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/* How many bytes there belong to a canary, of whomever. */
__u64 canary_find(const volatile void *memory, size_t bytes);

void canary_write(volatile void *memory, size_t bytes, __u32 who);

/* Whether all of it is as @who wrote it. */
bool canary_kept(const volatile void *memory, size_t bytes, __u32 who);

#endif /* TESTS_E2E_LIB_CANARY_H */
