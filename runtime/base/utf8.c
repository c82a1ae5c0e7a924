// SPDX-License-Identifier: MIT
/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, up to U+10FFFF.
 */
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

size_t gnv_utf8_length(const char *text)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)text;
	size_t length, i;
	uint32_t code;

	if (*bytes < 0x80)
		return *bytes ? 1 : 0;
	length = 2 + (*bytes >= 0xe0) + (*bytes >= 0xf0);
	if (*bytes < 0xc2 || *bytes > 0xf4)
		return 0;
	code = *bytes & (0x7f >> length);
	/* The NUL at the end is no continuation, so nothing behind it is read. */
	for (i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (bytes[i] & 0x3f);
	}
	if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return length;
}

bool gnv_utf8_is_control(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;

	if (length == 1)
		return *bytes < 0x20 || *bytes == 0x7f;
	/* C1: some terminals obey them as they do ESC and the letter after it. */
	return length == 2 && bytes[0] == 0xc2 && bytes[1] < 0xa0;
}

char *gnv_utf8_make_plain(char *text)
{
	char *to = text, *from = text;
	size_t length;

	while (*from) {
		length = gnv_utf8_length(from);
		if (!length || gnv_utf8_is_control(from, length))
			*to++ = '?';
		else
			to = (char *)memmove(to, from, length) + length;
		from += length ? length : 1;
	}
	*to = '\0';
	return text;
}
