// SPDX-License-Identifier: MIT
/*
 * base/parse: numbers and sizes, to the letter.
 */
#include "tap.h"

#include <errno.h>

#include "base/parse.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void u64(void)
{
	static const struct {
		const char *text;
		int r;
		uint64_t value;
	} cases[] = {
		{ "0", 0, 0 },
		{ "42", 0, 42 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "0x10", 0, 16 },
		{ "0xFFffFFffFFffFFff", 0, UINT64_MAX },
		{ "0x10000000000000000", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "0x", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "1\n", -EINVAL, 0 },
		{ "12a", -EINVAL, 0 },
	};
	uint64_t value;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		value = 0;
		expect_int(gnv_parse_u64(cases[i].text, &value), cases[i].r);
		expect(value == cases[i].value);
	}
}

static void u32(void)
{
	uint32_t value = 7;

	expect_int(gnv_parse_u32("4294967295", &value), 0);
	expect(value == UINT32_MAX);
	expect_int(gnv_parse_u32("4294967296", &value), -ERANGE);
}

static void bytes(void)
{
	static const struct {
		const char *text;
		int r;
		uint64_t value;
	} cases[] = {
		{ "0", 0, 0 },
		{ "1", 0, 1 },
		{ "1B", 0, 1 },
		{ "1b", 0, 1 },
		{ "1K", 0, 1024 },
		{ "1k", 0, 1024 },
		{ "1KB", 0, 1024 },
		{ "1KiB", 0, 1024 },
		{ "1kib", 0, 1024 },
		{ "512m", 0, 512ull << 20 },
		{ "1.5G", 0, 3ull << 29 },
		{ "0.5k", 0, 512 },
		{ "1.000001M", 0, (1ull << 20) + 1 },
		{ "1EB", 0, 1ull << 60 },
		{ "7E", 0, 7ull << 60 },
		{ "8E", -ERANGE, 0 },
		{ "7.999999E", 0, 9223370883933271201ull },
		{ "9223372036854775807", 0, INT64_MAX },
		{ "9223372036854775808", -ERANGE, 0 },
		{ "99999999999999999999", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "G", -EINVAL, 0 },
		{ "1.", -EINVAL, 0 },
		{ ".5G", -EINVAL, 0 },
		{ "1.5", -EINVAL, 0 },
		{ "1.5B", -EINVAL, 0 },
		{ "1.0000001M", -EINVAL, 0 },
		{ "1 G", -EINVAL, 0 },
		{ "-1G", -EINVAL, 0 },
		{ "1GG", -EINVAL, 0 },
		{ "1Gi", -EINVAL, 0 },
		{ "1X", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "1e3", -EINVAL, 0 },
	};
	uint64_t value;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		value = 0;
		expect_int(gnv_parse_bytes(cases[i].text, &value), cases[i].r);
		expect(value == cases[i].value);
		if (!tap_good)
			printf("# at `%s`: %llu\n", cases[i].text, (unsigned long long)value);
	}
}

static void format(void)
{
	char buf[GNV_BYTES_LEN];

	expect_str(gnv_format_bytes(0, buf), "0B");
	expect_str(gnv_format_bytes(1023, buf), "1023B");
	expect_str(gnv_format_bytes(1024, buf), "1KiB");
	expect_str(gnv_format_bytes(1536, buf), "1.5KiB");
	expect_str(gnv_format_bytes(1ull << 30, buf), "1GiB");
	expect_str(gnv_format_bytes((1ull << 30) + 1, buf), "1.0GiB");
	expect_str(gnv_format_bytes((2ull << 30) - 1, buf), "1.9GiB");
	expect_str(gnv_format_bytes(UINT64_MAX, buf), "15.9EiB");
}

/* What is printed can be given back, to within the tenth that is shown. */
static void format_then_parse(void)
{
	char buf[GNV_BYTES_LEN];
	uint64_t bytes_in, bytes_out;

	for (bytes_in = 1; bytes_in < 1ull << 62; bytes_in *= 3) {
		expect_int(gnv_parse_bytes(gnv_format_bytes(bytes_in, buf), &bytes_out), 0);
		expect(bytes_out <= bytes_in && bytes_in - bytes_out <= bytes_in / 10);
	}
}

int main(void)
{
	test("parse:u64", u64);
	test("parse:u32", u32);
	test("parse:bytes", bytes);
	test("parse:format", format);
	test("parse:format_then_parse", format_then_parse);
	return tap_end();
}
