// SPDX-License-Identifier: MIT
/*
 * base/utf8: which bytes are characters, which of those are controls; and that JSON
 * made of anything is UTF-8.
 */
#include "tap.h"

#include "base/utf8.h"
#include "cli/output.h"

static void lengths(void)
{
	static const struct {
		const char *text;
		size_t length;
	} cases[] = {
		{ "", 0 },
		{ "a", 1 },
		{ "\x7f", 1 },
		{ "\xc3\xa9", 2 },
		{ "\xe2\x82\xac", 3 },
		{ "\xf0\x9f\x99\x82", 4 },
		{ "\xf4\x8f\xbf\xbf", 4 },
		{ "\x80", 0 },
		{ "\xc3", 0 }, /* cut off */
		{ "\xe2\x82", 0 },
		{ "\xf0\x9f\x99", 0 },
		{ "\xc3(", 0 },
		{ "\xc0\x80", 0 }, /* overlong */
		{ "\xe0\x80\x80", 0 },
		{ "\xf0\x80\x80\x80", 0 },
		{ "\xed\xa0\x80", 0 }, /* a surrogate */
		{ "\xf4\x90\x80\x80", 0 }, /* too large */
		{ "\xff", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (gnv_utf8_length(cases[i].text) != cases[i].length)
			printf("# case %zu\n", i);
		expect_int(gnv_utf8_length(cases[i].text), cases[i].length);
	}
}

static void controls(void)
{
	expect(gnv_utf8_is_control("\x1b", 1));
	expect(gnv_utf8_is_control("\x7f", 1));
	expect(gnv_utf8_is_control("\xc2\x9b", 2));
	expect(!gnv_utf8_is_control("a", 1));
	expect(!gnv_utf8_is_control("\xc2\xa0", 2));
	expect(!gnv_utf8_is_control("\xc3\x9b", 2));
}

static void plain(void)
{
	static const struct {
		const char *text, *plain;
	} cases[] = {
		{ "", "" },
		{ "a\xc3\xa9", "a\xc3\xa9" },
		{ "\x1b[31m\na\x7f", "?[31m?a?" },
		{ "\xc2\x9b" "1m", "?1m" },
		{ "\xff\xe2\x82", "???" },
	};
	char text[32];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "%s", cases[i].text);
		expect_str(gnv_utf8_make_plain(text), cases[i].plain);
	}
}

static void json_is_utf8(void)
{
	struct json_object *value = cli_json_text("a\xff\xc3\xa9\xe2\x82");

	expect_str(json_object_get_string(value),
		   "a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd");
	json_object_put(value);
}

int main(void)
{
	test("utf8:lengths", lengths);
	test("utf8:controls", controls);
	test("utf8:plain", plain);
	test("json:is_utf8", json_is_utf8);
	return tap_end();
}
