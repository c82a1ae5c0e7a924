/* SPDX-License-Identifier: MIT */
/*
 * System calls without a C library, for the container's init.  Returns are the
 * kernel's: a value, or -errno.
 */
#ifndef GNV_SANDBOX_INIT_SYSCALLS_H
#define GNV_SANDBOX_INIT_SYSCALLS_H

#include <asm/unistd.h>

#ifndef __x86_64__
#error "the container's init has no entry and no system calls for this architecture"
#endif

static inline long sys4(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return ret;
}

#define sys0(nr) sys4(nr, 0, 0, 0, 0)
#define sys1(nr, a) sys4(nr, (long)(a), 0, 0, 0)
#define sys2(nr, a, b) sys4(nr, (long)(a), (long)(b), 0, 0)
#define sys3(nr, a, b, c) sys4(nr, (long)(a), (long)(b), (long)(c), 0)

/* The kernel starts here with argc on top of the stack; init_main() does not return. */
#define ENTRY                                                                  \
	__asm__(".globl _start\n"                                              \
		"_start:\n"                                                    \
		"	xorl %ebp, %ebp\n"                                     \
		"	movq %rsp, %rdi\n"                                     \
		"	andq $-16, %rsp\n"                                     \
		"	call init_main\n"                                      \
		"	hlt\n")

#endif /* GNV_SANDBOX_INIT_SYSCALLS_H */
