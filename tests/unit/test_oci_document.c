// SPDX-License-Identifier: MIT
/*
 * JSON text: what is read from it, and what is refused.
 */
#include "oci/document.h"
#include "tests/unit/tap.h"

static struct oci_document document;

static int parse(const char *text)
{
	oci_document_fini(&document);
	return oci_document_parse(text, strlen(text), &document, NULL);
}

/* What the member `a` of the object is, or NULL. */
static const struct oci_value *member_a(const char *text)
{
	return parse(text) < 0 ? NULL : oci_value_member(document.values, "a");
}

static const char *text_of(const char *text)
{
	const struct oci_value *value = member_a(text);

	return value && value->type == OCI_TYPE_STRING ? value->text : NULL;
}

static const char *type_of(const char *text)
{
	const struct oci_value *value = member_a(text);

	return value ? oci_type_name(value) : NULL;
}

static const char *refusal(const char *text)
{
	static char message[256];
	struct gnv_error *err = NULL;

	oci_document_fini(&document);
	message[0] = '\0';
	if (oci_document_parse(text, strlen(text), &document, &err) < 0)
		snprintf(message, sizeof(message), "%s", gnv_error_message(err));
	gnv_error_free(err);
	return message;
}

static void values_have_types(void)
{
	expect_str(type_of("{\"a\":null}"), "null");
	expect_str(type_of("{\"a\":true}"), "boolean");
	expect_str(type_of("{\"a\":1}"), "int");
	expect_str(type_of("{\"a\":1.0}"), "double");
	expect_str(type_of("{\"a\":1e3}"), "double");
	expect_str(type_of("{\"a\":\"\"}"), "string");
	expect_str(type_of("{\"a\":[]}"), "array");
	expect_str(type_of(" { \"a\"\t:\r\n{ } } \n"), "object");
	expect(member_a("{\"a\":true}")->truth);
	expect(!member_a("{\"a\":false}")->truth);
	expect(member_a("{\"b\":1}") == NULL);
	expect(member_a("{}") == NULL);
}

static void what_is_behind_a_value_is_found(void)
{
	const struct oci_value *item;

	expect_int(parse("{\"x\":{\"a\":[1,{\"b\":[2]}]},\"a\":[[3,4],{\"c\":5},6]}"), 0);
	item = oci_value_member(document.values, "a");
	expect_int(item->length, 3);
	item = oci_value_first(item);
	expect_int(item->length, 2);
	item = oci_value_next(item);
	expect_int(oci_value_member(item, "c")->number, 5);
	expect_int(oci_value_next(item)->number, 6);
	item = oci_value_member(document.values, "x");
	expect_int(oci_value_member(item, "a")->length, 2);
	expect(oci_value_member(item, "b") == NULL);
}

static void the_last_of_one_name_counts(void)
{
	expect_int(member_a("{\"a\":1,\"b\":2,\"a\":3}")->number, 3);
}

static void integers_have_64_bits(void)
{
	expect(member_a("{\"a\":18446744073709551615}")->number == UINT64_MAX);
	expect(!member_a("{\"a\":18446744073709551615}")->negative);
	expect((int64_t)member_a("{\"a\":-9223372036854775808}")->number == INT64_MIN);
	expect(member_a("{\"a\":-9223372036854775808}")->negative);
	expect(!member_a("{\"a\":-0}")->negative);
	expect_str(type_of("{\"a\":18446744073709551616}"), "double");
	expect_str(type_of("{\"a\":-9223372036854775809}"), "double");
	expect_str(type_of("{\"a\":99999999999999999999999}"), "double");
}

static void escapes_become_characters(void)
{
	expect_str(text_of("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}"), "\"\\/\b\f\n\r\t");
	expect_str(text_of("{\"a\":\"x\\u0041\\u00e9\\u20AC\\ud83d\\ude42y\"}"),
		   "xA\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82y");
	/* Halves of pairs. */
	expect_str(text_of("{\"a\":\"\\ud83d\"}"), "\xef\xbf\xbd");
	expect_str(text_of("{\"a\":\"\\ude42\\ud83d!\"}"), "\xef\xbf\xbd\xef\xbf\xbd!");
	expect_str(text_of("{\"a\":\"\\ud83d\\u0041\"}"), "\xef\xbf\xbd\x41");
	expect_str(text_of("{\"\\u0061\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82\"}"),
		   "\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82");
}

static void a_nul_is_part_of_a_string(void)
{
	const struct oci_value *value = member_a("{\"a\":\"x\\u0000y\"}");

	expect_int(value->length, 3);
	expect(!memcmp(value->text, "x\0y", 4));
	/* And of a name, which is then another. */
	expect(member_a("{\"a\\u0000b\":1}") == NULL);
}

static void what_is_no_json_is_refused(void)
{
	static const char *const texts[] = {
		"",
		" ",
		"{",
		"{\"a\"",
		"{\"a\":",
		"{\"a\":1",
		"{\"a\":1,",
		"{\"a\":1,}",
		"{,}",
		"{1:2}",
		"{a:2}",
		"{'a':2}",
		"{\"a\" 2}",
		"{\"a\":2 \"b\":3}",
		"{\"a\":[1,]}",
		"{\"a\":[,]}",
		"{\"a\":[1 2]}",
		"{\"a\":[1}",
		"{\"a\":tru}",
		"{\"a\":True}",
		"{\"a\":nul}",
		"{\"a\":NaN}",
		"{\"a\":Infinity}",
		"{\"a\":+1}",
		"{\"a\":-}",
		"{\"a\":01}",
		"{\"a\":.5}",
		"{\"a\":1.}",
		"{\"a\":1.e5}",
		"{\"a\":1e}",
		"{\"a\":1e+}",
		"{\"a\":0x10}",
		"{\"a\":\"}",
		"{\"a\":\"\\\"}",
		"{\"a\":\"\\x\"}",
		"{\"a\":\"\\u12\"}",
		"{\"a\":\"\\u12g4\"}",
		"{\"a\":\"\n\"}",
		"{\"a\":\"\x01\"}",
		"{\"a\":\"\xff\"}",
		"{\"a\":\"\xc3\"}",
		"{\"a\":\"\xed\xa0\x80\"}",
		"{\"a\":1} x",
		"{\"a\":1}}",
		"{} {}",
		"// no\n{}",
		"{\"a\":1 /* no */}",
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (parse(texts[i]) != -EINVAL)
			printf("# accepted: %s\n", texts[i]);
		expect_int(parse(texts[i]), -EINVAL);
	}
}

/* An object, arrays in each other, and in the innermost one what is given. */
static int parse_deep(size_t arrays, const char *innermost)
{
	char text[256] = "{\"a\":";

	memset(text + strlen(text), '[', arrays);
	strcat(text, innermost);
	memset(text + strlen(text), ']', arrays);
	strcat(text, "}");
	return parse(text);
}

static void depth_is_bounded(void)
{
	expect_int(parse_deep(31, ""), 0);
	expect_int(parse_deep(32, ""), -EINVAL);
	/* Every value is a level. */
	expect_int(parse_deep(30, "1"), 0);
	expect_int(parse_deep(31, "1"), -EINVAL);
	/* One behind the other is not deep. */
	expect_int(parse("{\"a\":[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],"
			 "[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],"
			 "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]}"),
		   0);
}

static void many_values_fit(void)
{
	static char text[3 * 5000 + 16] = "{\"a\":[";
	size_t i, length = strlen(text);

	/* More than is first made room for. */
	for (i = 0; i < 5000; i++, length += 2)
		memcpy(text + length, "7,", 2);
	strcpy(text + length - 1, "],\"b\":8}");
	expect_int(member_a(text)->length, 5000);
	expect_int(oci_value_member(document.values, "b")->number, 8);
}

static void refusals_name_the_line(void)
{
	expect_str(refusal("{\n\"a\": 1,\n\"b\" 2}"), "line 3: it is not JSON: `:` is missing");
	expect_str(refusal("{\n\"a\": [1"), "line 2: it is not JSON: it ends too early");
	expect_str(refusal("[]"), "it is a JSON array, it should be an object");
	expect_str(refusal("12"), "it is a JSON int, it should be an object");
	expect_int(oci_document_parse("{}\0{}", 5, &document, NULL), -EINVAL);
}

int main(void)
{
	test("oci_document:values_have_types", values_have_types);
	test("oci_document:what_is_behind_a_value_is_found", what_is_behind_a_value_is_found);
	test("oci_document:the_last_of_one_name_counts", the_last_of_one_name_counts);
	test("oci_document:integers_have_64_bits", integers_have_64_bits);
	test("oci_document:escapes_become_characters", escapes_become_characters);
	test("oci_document:a_nul_is_part_of_a_string", a_nul_is_part_of_a_string);
	test("oci_document:what_is_no_json_is_refused", what_is_no_json_is_refused);
	test("oci_document:depth_is_bounded", depth_is_bounded);
	test("oci_document:many_values_fit", many_values_fit);
	test("oci_document:refusals_name_the_line", refusals_name_the_line);
	oci_document_fini(&document);
	return tap_end();
}
