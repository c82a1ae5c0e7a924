// SPDX-License-Identifier: MIT
/*
 * musl/memcpy: every length and alignment, and what overlaps.
 */
#include "tests/unit/tap.h"

#define memcpy	our_memcpy
#define memmove our_memmove
void *our_memcpy(void *restrict to, const void *restrict from, size_t n);
void *our_memmove(void *to, const void *from, size_t n);
#include "runtime/musl/memcpy.c"

#define ROOM 200

static unsigned char buffer[2 * ROOM], wanted[2 * ROOM];

/* Return: whether what is in the first @n from @from is at @to then, and all else as it was. */
static bool copies(void *(*copy)(void *, const void *, size_t), size_t to, size_t from, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(buffer); i++)
		buffer[i] = wanted[i] = (unsigned char)(i * 7 + i / 256);
	for (i = 0; i < n; i++)
		wanted[to + i] = buffer[from + i];
	return copy(buffer + to, buffer + from, n) == buffer + to &&
	       !memcmp(buffer, wanted, sizeof(buffer));
}

static void lengths_and_alignments(void)
{
	size_t n, to, from;

	for (n = 0; n < ROOM - 16; n++)
		for (to = 0; to < 16; to++)
			for (from = 0; from < 16; from++) {
				expect(copies(our_memcpy, ROOM + to, from, n));
				expect(copies(our_memmove, to, ROOM + from, n));
			}
}

static void overlaps(void)
{
	size_t n, distance;

	for (n = 0; n < ROOM; n++)
		for (distance = 0; distance < 40; distance++) {
			expect(copies(our_memmove, distance, 0, n));
			expect(copies(our_memmove, 0, distance, n));
		}
}

int main(void)
{
	test("memcpy:lengths_and_alignments", lengths_and_alignments);
	test("memcpy:overlaps", overlaps);
	return tap_end();
}
