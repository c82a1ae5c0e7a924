// SPDX-License-Identifier: MIT
/*
 * Hostile text made fit for a message.
 */
#include "image/quote.h"

#include <stddef.h>
#include <stdio.h>

const char *gnv_quote(const char *text, char buf[GNV_QUOTE_LEN])
{
	const size_t room = GNV_QUOTE_LEN - sizeof("\\x00...");
	size_t n = 0;

	for (; *text && n < room; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= ' ' && c < 0x7f && c != '\\')
			buf[n++] = (char)c;
		else
			n += (size_t)snprintf(buf + n, 5, "\\x%02x", c);
	}
	snprintf(buf + n, GNV_QUOTE_LEN - n, "%s", *text ? "..." : "");
	return buf;
}
