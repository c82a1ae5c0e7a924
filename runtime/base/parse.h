/* SPDX-License-Identifier: MIT */
/*
 * Text from users and files becomes numbers, strictly: the whole string or
 * nothing, no sign, no white space, no overflow.
 */
#ifndef GNV_BASE_PARSE_H
#define GNV_BASE_PARSE_H

#include <stdint.h>

/* Decimal (or 0x… hexadecimal) number.  Return: 0, -EINVAL or -ERANGE. */
int gnv_parse_u64(const char *text, uint64_t *ret);
int gnv_parse_u32(const char *text, uint32_t *ret);

/*
 * A size: number with an optional fraction and an optional suffix B, K, M, G, T, P,
 * E, each also as KiB or KB and in lower case, all powers of 1024 as Docker's
 * --memory takes them ("1G", "512m", "1.5GiB", "1073741824").
 * Return: 0, -EINVAL (no size) or -ERANGE (above 2^63 - 1).
 */
int gnv_parse_bytes(const char *text, uint64_t *ret);

/* "1.5GiB" into a buffer of GNV_BYTES_LEN; exact values have no fraction. */
#define GNV_BYTES_LEN 16
const char *gnv_format_bytes(uint64_t bytes, char buf[GNV_BYTES_LEN]);

#endif /* GNV_BASE_PARSE_H */
