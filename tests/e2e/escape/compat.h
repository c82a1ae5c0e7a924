/* SPDX-License-Identifier: MIT */
/*
 * System calls of 32-bit programs, made by a 64-bit one: the kernel takes them
 * through its old entrance, wherever the caller comes from.
 */
#ifndef TESTS_E2E_ESCAPE_COMPAT_H
#define TESTS_E2E_ESCAPE_COMPAT_H

#include <stdbool.h>
#include <stddef.h>

bool compat_works(void);
void *compat_memory(size_t size);
int compat_ioctl(int fd, unsigned int request, void *argument);

#endif /* TESTS_E2E_ESCAPE_COMPAT_H */
