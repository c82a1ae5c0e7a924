// SPDX-License-Identifier: MIT
/*
 * Magic numbers of the compressions that images come in.
 */
#include "image/reading.h"

#include <archive.h>
#include <string.h>

int gnv_archive_filter(const void *head, size_t length)
{
	static const struct {
		const char *magic;
		size_t length;
		int filter;
	} known[] = {
		{ "\x1f\x8b", 2, ARCHIVE_FILTER_GZIP },
		{ "\x28\xb5\x2f\xfd", 4, ARCHIVE_FILTER_ZSTD },
		{ "\xfd\x37zXZ\0", 6, ARCHIVE_FILTER_XZ },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (length >= known[i].length &&
		    !memcmp(head, known[i].magic, known[i].length))
			return known[i].filter;
	return ARCHIVE_FILTER_NONE;
}
