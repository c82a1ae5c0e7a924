// SPDX-License-Identifier: MIT
/* See compat.h. */
#include <sys/mman.h>
#include <unistd.h>

#include "compat.h"

#define COMPAT_GETPID	20
#define COMPAT_IOCTL	54

#ifdef __x86_64__
/*
 * Where the entrance leads to 64-bit calls instead (user-mode Linux), the
 * registers of those say -1: nothing happens.
 */
static long call(long number, long a, long b, long c)
{
	register long rdi __asm__("rdi") = -1;
	register long rsi __asm__("rsi") = 0;
	long ret = number;

	__asm__ volatile("int $0x80"
			 : "+a"(ret), "+r"(rdi), "+r"(rsi)
			 : "b"(a), "c"(b), "d"(c)
			 : "r8", "r9", "r10", "r11", "memory");
	return ret;
}
#else
static long call(long number, long a, long b, long c)
{
	(void)number, (void)a, (void)b, (void)c;
	return -1;
}
#endif

bool compat_works(void)
{
	return call(COMPAT_GETPID, 0, 0, 0) == getpid();
}

/* Where 32 bits reach it; NULL where there is no such place. */
void *compat_memory(size_t size)
{
#ifdef MAP_32BIT
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
#else
	(void)size;
	return NULL;
#endif
}

/* Gives back 0 or a negative errno. */
int compat_ioctl(int fd, unsigned int request, void *argument)
{
	return (int)call(COMPAT_IOCTL, fd, request, (long)argument);
}
