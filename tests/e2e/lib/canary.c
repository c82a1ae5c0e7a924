// SPDX-License-Identifier: MIT
/* See canary.h. */
#include "canary.h"

#define MAGIC 0xca9a27e5ULL

__u64 canary_find(const volatile void *memory, size_t bytes)
{
	const volatile __u64 *words = memory;
	__u64 found = 0;

	for (size_t i = 0; i < bytes / sizeof(*words); i++)
		if (words[i] >> 32 == MAGIC)
			found += sizeof(*words);
	return found;
}

void canary_write(volatile void *memory, size_t bytes, __u32 who)
{
	volatile __u64 *words = memory;

	for (size_t i = 0; i < bytes / sizeof(*words); i++)
		words[i] = MAGIC << 32 | who;
}

bool canary_kept(const volatile void *memory, size_t bytes, __u32 who)
{
	const volatile __u64 *words = memory;

	for (size_t i = 0; i < bytes / sizeof(*words); i++)
		if (words[i] != (MAGIC << 32 | who))
			return false;
	return true;
}
