/* SPDX-License-Identifier: MIT */
/*
 * System calls without a C library, for what is executed in a container.  Returns are the
 * kernel's: a value, or -errno.
 */
#ifndef GNV_SANDBOX_INIT_SYSCALLS_H
#define GNV_SANDBOX_INIT_SYSCALLS_H

#include <asm/unistd.h>

#ifndef __x86_64__
#error "there is no entry and no system call for this architecture"
#endif

static inline long sys_6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

#define sys6(nr, a, b, c, d, e, f) \
	sys_6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

static inline long sys_4(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return ret;
}

#define sys4(nr, a, b, c, d) sys_4(nr, (long)(a), (long)(b), (long)(c), (long)(d))
#define sys0(nr)	     sys4(nr, 0, 0, 0, 0)
#define sys1(nr, a)	     sys4(nr, (long)(a), 0, 0, 0)
#define sys2(nr, a, b)	     sys4(nr, (long)(a), (long)(b), 0, 0)
#define sys3(nr, a, b, c)    sys4(nr, (long)(a), (long)(b), (long)(c), 0)

/*
 * A thread that runs @run on its own stack, which ends at @stack_end, a multiple of 16; @run
 * does not return.
 */
static inline long sys_thread(void *stack_end, void (*run)(void *data), void *data)
{
	/* CLONE_VM, _FS, _FILES, _SIGHAND, _THREAD, _SYSVSEM */
	const long flags = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000;
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	long ret;

	__asm__ volatile("syscall\n"
			 "	testq %%rax, %%rax\n"
			 "	jnz 1f\n"
			 "	movq %[data], %%rdi\n"
			 "	call *%[run]\n"
			 "	hlt\n"
			 "1:"
			 : "=a"(ret)
			 : "a"(__NR_clone), "D"(flags), "S"(stack_end), "d"(0), "r"(r10), "r"(r8),
			   [run] "r"(run), [data] "r"(data)
			 : "rcx", "r11", "memory");
	return ret;
}

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
