// SPDX-License-Identifier: MIT
/*
 * Numbers and sizes out of text, strictly.  Owns no state.
 */
#include "base/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Value of a digit in @base, or -1. */
static int digit(char c, unsigned int base)
{
	int v;

	if (c >= '0' && c <= '9')
		v = c - '0';
	else if (c >= 'a' && c <= 'f')
		v = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		v = c - 'A' + 10;
	else
		return -1;
	return (unsigned int)v < base ? v : -1;
}

/* Digits at *text; moves it behind them. */
static int take_digits(const char **text, unsigned int base, uint64_t *ret)
{
	const char *p = *text;
	uint64_t value = 0;

	if (digit(*p, base) < 0)
		return -EINVAL;
	for (; digit(*p, base) >= 0; p++) {
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit(*p, base), &value))
			return -ERANGE;
	}
	*text = p;
	*ret = value;
	return 0;
}

int gnv_parse_u64(const char *text, uint64_t *ret)
{
	unsigned int base = 10;
	uint64_t value;
	int r;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	r = take_digits(&text, base, &value);
	if (r < 0)
		return r;
	if (*text)
		return -EINVAL;
	*ret = value;
	return 0;
}

int gnv_parse_u32(const char *text, uint32_t *ret)
{
	uint64_t value;
	int r = gnv_parse_u64(text, &value);

	if (r < 0)
		return r;
	if (value > UINT32_MAX)
		return -ERANGE;
	*ret = value;
	return 0;
}

/* The shift that a suffix means: "", "B", "K", "KB", "KiB", …; -1: none. */
static int suffix_shift(const char *suffix)
{
	static const char units[] = "kmgtpe";
	const char *unit;
	int shift = 0;

	if (*suffix) {
		unit = strchr(units, tolower((unsigned char)*suffix));
		if (unit) {
			shift = 10 * (int)(unit - units + 1);
			suffix++;
			if (suffix[0] == 'i' && tolower((unsigned char)suffix[1]) == 'b')
				suffix++;
		}
	}
	if (tolower((unsigned char)*suffix) == 'b')
		suffix++;
	return *suffix ? -1 : shift;
}

int gnv_parse_bytes(const char *text, uint64_t *ret)
{
	uint64_t whole, fraction = 0, scale = 1;
	const char *start;
	int r, shift;

	r = take_digits(&text, 10, &whole);
	if (r < 0)
		return r;
	if (*text == '.') {
		start = ++text;
		r = take_digits(&text, 10, &fraction);
		if (r < 0 || text - start > 6)
			return -EINVAL;
		for (; start < text; start++)
			scale *= 10;
	}
	shift = suffix_shift(text);
	if (shift < 0 || (scale > 1 && !shift))
		return -EINVAL;
	if (whole > (uint64_t)INT64_MAX >> shift)
		return -ERANGE;
	/* A fraction has six digits and a unit 60 bits at most: 128 bits hold it. */
	whole = (whole << shift) +
		(uint64_t)(((unsigned __int128)fraction << shift) / scale);
	if (whole > INT64_MAX)
		return -ERANGE;
	*ret = whole;
	return 0;
}

const char *gnv_format_bytes(uint64_t bytes, char buf[GNV_BYTES_LEN])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB",
					     "TiB", "PiB", "EiB" };
	unsigned int unit = 0, tenths;
	uint64_t rest = 0;

	while (bytes >= 1024 && unit < 6) {
		rest = (rest >> 10) | (bytes & 1023) << 20;
		bytes >>= 10;
		unit++;
	}
	tenths = (unsigned int)((rest * 10) >> 30);
	if (rest)
		snprintf(buf, GNV_BYTES_LEN, "%u.%u%s", (unsigned int)bytes, tenths,
			 units[unit]);
	else
		snprintf(buf, GNV_BYTES_LEN, "%u%s", (unsigned int)bytes, units[unit]);
	return buf;
}
