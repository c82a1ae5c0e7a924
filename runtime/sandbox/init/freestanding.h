/* SPDX-License-Identifier: MIT */
/*
 * What a program without a C library has to bring along; for the one file that it is
 * made of.
 */
#ifndef GNV_SANDBOX_INIT_FREESTANDING_H
#define GNV_SANDBOX_INIT_FREESTANDING_H

#include <stddef.h>

/* As a shell says it. */
#define STATUS_CANNOT_RUN 126
#define STATUS_NOT_FOUND  127
#define STATUS_SIGNALLED  128 /* and the signal's number */

static const unsigned long all_signals = ~0UL;

/* The compiler may call these two by itself. */
void *memset(void *to, int byte, size_t n);
void *memcpy(void *to, const void *from, size_t n);

void *memset(void *to, int byte, size_t n)
{
	for (char *c = to; n; n--)
		*c++ = (char)byte;
	return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
	const char *f = from;

	for (char *c = to; n; n--)
		*c++ = *f++;
	return to;
}

#endif /* GNV_SANDBOX_INIT_FREESTANDING_H */
