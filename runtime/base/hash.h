/* SPDX-License-Identifier: MIT */
/*
 * FNV-1a, for tables whose entries are compared: whoever chooses the data finds others with
 * the same hash.
 */
#ifndef GNV_BASE_HASH_H
#define GNV_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t gnv_hash(const void *data, size_t bytes)
{
	const unsigned char *at = data, *end = at + bytes;
	uint64_t h = 0xcbf29ce484222325;

	for (; at < end; at++)
		h = (h ^ *at) * 0x100000001b3;
	return h;
}

#endif /* GNV_BASE_HASH_H */
