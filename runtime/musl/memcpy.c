// SPDX-License-Identifier: MIT
/*
 * memcpy() and memmove() in place of musl's, which on x86 are made of `rep movs` for every
 * length: some 40 ns for a word of a configuration, where these take 3.  Musl's own functions
 * call them as well; libraries for others are not linked with this.
 *
 * The first calls come before there is thread-local storage: nothing here has a stack protector,
 * and the Makefile keeps loops from being made into calls of the same functions.
 */
#include <stdint.h>
#include <string.h>

typedef uint16_t pair __attribute__((may_alias, aligned(1)));
typedef uint32_t half __attribute__((may_alias, aligned(1)));
typedef uint64_t word __attribute__((may_alias, aligned(1)));
typedef uint64_t vector __attribute__((vector_size(16)));
typedef vector block __attribute__((may_alias, aligned(1)));

#define COPY(type, to, from) (*(type *)(to) = *(const type *)(from))

/* From both ends, which meet or overlap. */
#define COPY_ENDS(type, to, from, n) \
	(COPY(type, to, from), COPY(type, (to) + (n) - sizeof(type), (from) + (n) - sizeof(type)))

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	const char *source = from;
	char *target = to;
	size_t at;

	if (n >= sizeof(block)) {
		for (at = 0; at < n - sizeof(block); at += sizeof(block))
			COPY(block, target + at, source + at);
		COPY(block, target + n - sizeof(block), source + n - sizeof(block));
	} else if (n >= sizeof(word)) {
		COPY_ENDS(word, target, source, n);
	} else if (n >= sizeof(half)) {
		COPY_ENDS(half, target, source, n);
	} else if (n >= sizeof(pair)) {
		COPY_ENDS(pair, target, source, n);
	} else if (n) {
		*target = *source;
	}
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	const char *source = from;
	char *target = to;
	size_t at = 0;

	if ((uintptr_t)to - (uintptr_t)from >= n && (uintptr_t)from - (uintptr_t)to >= n)
		return memcpy(to, from, n);
	if (target < source) {
		for (; n - at >= sizeof(word); at += sizeof(word))
			COPY(word, target + at, source + at);
		for (; at < n; at++)
			target[at] = source[at];
		return to;
	}
	for (; n >= sizeof(word); n -= sizeof(word))
		COPY(word, target + n - sizeof(word), source + n - sizeof(word));
	while (n--)
		target[n] = source[n];
	return to;
}
