// SPDX-License-Identifier: MIT
/*
 * Reading JSON text.  Owns no state.
 */
#include "oci/document.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"

#define DEPTH_MAX 32

struct parser {
	const char *text, *at; /* a NUL ends it */
	struct oci_document *document;
	size_t n; /* of values */
	size_t used; /* of the strings: never more than has been read of the text */
	unsigned int depth;
	const char *why; /* what is wrong at `at` */
};

static bool fail(struct parser *p, const char *why)
{
	p->why = why;
	return false;
}

static void skip_blanks(struct parser *p)
{
	while (*p->at == ' ' || *p->at == '\n' || *p->at == '\t' || *p->at == '\r')
		p->at++;
}

static struct oci_value *add(struct parser *p, enum oci_type type)
{
	struct oci_value *value = &p->document->values[p->n++];

	*value = (struct oci_value){ .type = (uint8_t)type, .size = 1 };
	return value;
}

/* --- strings -------------------------------------------------------------------------- */

static bool read_hex(const char *digits, uint32_t *ret)
{
	uint32_t value = 0;
	int i;

	for (i = 0; i < 4; i++) {
		char c = digits[i];

		value <<= 4;
		if (c >= '0' && c <= '9')
			value |= (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value |= (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	*ret = value;
	return true;
}

static char *encode(char *to, uint32_t code)
{
	if (code < 0x80) {
		*to++ = (char)code;
		return to;
	}
	if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
	} else {
		if (code < 0x10000) {
			*to++ = (char)(0xe0 | code >> 12);
		} else {
			*to++ = (char)(0xf0 | code >> 18);
			*to++ = (char)(0x80 | (code >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (code & 0x3f));
	return to;
}

/* Behind "\u".  Half of a pair is no character: it is replaced (U+FFFD). */
static char *read_code(struct parser *p, char *to)
{
	uint32_t code, low;

	if (!read_hex(p->at, &code)) {
		fail(p, "four hexadecimal digits are missing");
		return to;
	}
	p->at += 4;
	if (code >= 0xd800 && code < 0xdc00 && p->at[0] == '\\' && p->at[1] == 'u' &&
	    read_hex(p->at + 2, &low) && low >= 0xdc00 && low < 0xe000) {
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		p->at += 6;
	}
	return encode(to, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
}

/* Behind a backslash. */
static char *read_escape(struct parser *p, char *to)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *letter = *p->at ? strchr(letters, *p->at) : NULL;

	if (letter) {
		*to++ = meant[letter - letters];
		p->at++;
		return to;
	}
	if (*p->at != 'u') {
		fail(p, "unknown escape");
		return to;
	}
	p->at++;
	return read_code(p, to);
}

static bool is_plain(char c)
{
	return !(c & 0x80) && c >= 0x20 && c != '"' && c != '\\';
}

/* What is as it is meant: nearly all of nearly every string. */
static char *copy_plain(struct parser *p, char *to)
{
	const char *from = p->at;

	while (is_plain(*p->at))
		p->at++;
	return mempcpy(to, from, (size_t)(p->at - from));
}

static char *copy_utf8(struct parser *p, char *to)
{
	size_t n = gnv_utf8_length(p->at);

	if (!n)
		fail(p, "not UTF-8");
	to = mempcpy(to, p->at, n);
	p->at += n;
	return to;
}

/* To the quote that ends it, or to where there is something wrong. */
static char *read_characters(struct parser *p, char *to)
{
	for (to = copy_plain(p, to); *p->at != '"' && !p->why; to = copy_plain(p, to)) {
		if (*p->at & 0x80) {
			to = copy_utf8(p, to);
		} else if (*p->at == '\\') {
			p->at++;
			to = read_escape(p, to);
		} else {
			fail(p, *p->at ? "control character in a string" : "a string has no end");
		}
	}
	return to;
}

static bool read_string(struct parser *p)
{
	struct oci_value *value = add(p, OCI_TYPE_STRING);
	char *start = p->document->strings + p->used, *end;

	p->at++;
	end = read_characters(p, start);
	if (p->why)
		return false;
	p->at++;
	*end = '\0';
	value->length = (uint32_t)(end - start);
	value->text = start;
	p->used += value->length + 1;
	return true;
}

/* --- numbers and words ------------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Return: whether there was one. */
static bool skip_digits(struct parser *p)
{
	const char *from = p->at;

	while (is_digit(*p->at))
		p->at++;
	return p->at > from;
}

/* False: it is more than 64 bits have. */
static bool read_digits(struct parser *p, uint64_t *ret)
{
	bool fits = true;

	for (*ret = 0; is_digit(*p->at); p->at++)
		fits = fits && !__builtin_mul_overflow(*ret, 10, ret) &&
		       !__builtin_add_overflow(*ret, (uint64_t)(*p->at - '0'), ret);
	return fits;
}

static bool skip_fraction(struct parser *p)
{
	if (*p->at == '.') {
		p->at++;
		if (!skip_digits(p))
			return fail(p, "digits are missing");
	}
	if (*p->at == 'e' || *p->at == 'E') {
		p->at++;
		if (*p->at == '+' || *p->at == '-')
			p->at++;
		if (!skip_digits(p))
			return fail(p, "digits are missing");
	}
	return true;
}

/* An integer that has too many digits is one of those that have no exact value. */
static bool read_number(struct parser *p)
{
	struct oci_value *value = add(p, OCI_TYPE_DOUBLE);
	bool negative = *p->at == '-', fits;
	uint64_t number;
	const char *from;

	p->at += negative;
	from = p->at;
	fits = read_digits(p, &number) && !(negative && number > (uint64_t)INT64_MAX + 1);
	if (p->at == from || (*from == '0' && p->at > from + 1))
		return fail(p, "ill-formed number");
	if (*p->at == '.' || *p->at == 'e' || *p->at == 'E')
		return skip_fraction(p);
	if (!fits)
		return true;
	value->type = OCI_TYPE_INT;
	value->negative = negative && number;
	value->number = negative ? -number : number;
	return true;
}

static bool read_word(struct parser *p, const char *word, enum oci_type type, bool truth)
{
	if (strncmp(p->at, word, strlen(word)) != 0)
		return fail(p, "unexpected character");
	add(p, type)->truth = truth;
	p->at += strlen(word);
	return true;
}

/* --- arrays and objects ------------------------------------------------------------------- */

static bool read_value(struct parser *p);

static bool read_member(struct parser *p)
{
	if (*p->at != '"')
		return fail(p, "the name of a member is missing");
	if (!read_string(p))
		return false;
	skip_blanks(p);
	if (*p->at != ':')
		return fail(p, "`:` is missing");
	p->at++;
	return read_value(p);
}

static bool read_list(struct parser *p, enum oci_type type, char end,
		      bool (*read_one)(struct parser *p))
{
	size_t index = p->n;
	uint32_t length = 0;

	add(p, type);
	p->at++;
	skip_blanks(p);
	if (*p->at != end) {
		for (;;) {
			skip_blanks(p);
			if (!read_one(p))
				return false;
			length++;
			skip_blanks(p);
			if (*p->at != ',')
				break;
			p->at++;
		}
		if (*p->at != end)
			return fail(p, *p->at ? "`,` is missing" : "it ends too early");
	}
	p->at++;
	p->document->values[index].length = length;
	p->document->values[index].size = (uint32_t)(p->n - index);
	return true;
}

static bool read_any(struct parser *p)
{
	switch (*p->at) {
	case '{':
		return read_list(p, OCI_TYPE_OBJECT, '}', read_member);
	case '[':
		return read_list(p, OCI_TYPE_ARRAY, ']', read_value);
	case '"':
		return read_string(p);
	case 't':
		return read_word(p, "true", OCI_TYPE_BOOLEAN, true);
	case 'f':
		return read_word(p, "false", OCI_TYPE_BOOLEAN, false);
	case 'n':
		return read_word(p, "null", OCI_TYPE_NULL, false);
	case '\0':
		return fail(p, "it ends too early");
	default:
		if (*p->at == '-' || is_digit(*p->at))
			return read_number(p);
		return fail(p, "unexpected character");
	}
}

static bool read_value(struct parser *p)
{
	skip_blanks(p);
	if (p->depth == DEPTH_MAX)
		return fail(p, "it is too deep");
	p->depth++;
	if (!read_any(p))
		return false;
	p->depth--;
	return true;
}

static unsigned int line_of(const struct parser *p)
{
	unsigned int line = 1;
	const char *c;

	for (c = p->text; c < p->at; c++)
		line += *c == '\n';
	return line;
}

static bool read_all(struct parser *p)
{
	if (!read_value(p))
		return false;
	skip_blanks(p);
	return !*p->at || fail(p, "there is something behind it");
}

int oci_document_parse(const char *text, size_t length, struct oci_document *ret,
		       struct gnv_error **err)
{
	_cleanup_document_ struct oci_document document = { 0 };
	struct parser p = { .text = text, .at = text, .document = &document };
	/* A value takes two characters, with what is before the next: all but the last. */
	size_t room = (length / 2 + DEPTH_MAX + 2) * sizeof(*document.values);

	if (length >= INT32_MAX)
		return gnv_error_set(err, E2BIG, "it is too large");
	if (strlen(text) != length)
		return gnv_error_set(err, EINVAL, "it is not JSON: it holds a NUL character");
	/* With its quotes a string is longer than with its NUL, and so is each escape. */
	document.values = malloc(room + length + 1);
	if (!document.values)
		return gnv_error_errno(err, ENOMEM, "parse JSON");
	document.strings = (char *)document.values + room;
	if (!read_all(&p))
		return gnv_error_set(err, EINVAL, "line %u: it is not JSON: %s", line_of(&p),
				     p.why);
	if (document.values->type != OCI_TYPE_OBJECT)
		return gnv_error_set(err, EINVAL, "it is a JSON %s, it should be an object",
				     oci_type_name(document.values));
	*ret = document;
	document = (struct oci_document){ 0 };
	return 0;
}

void oci_document_fini(struct oci_document *document)
{
	free(document->values);
	*document = (struct oci_document){ 0 };
}

const char *oci_type_name(const struct oci_value *value)
{
	static const char *const names[] = { "null", "boolean", "double", "int",
					     "string", "array", "object" };

	return names[value->type];
}

const struct oci_value *oci_value_member(const struct oci_value *object, const char *key)
{
	const struct oci_value *name = oci_value_first(object), *found = NULL;
	uint32_t i;

	for (i = 0; i < object->length; i++) {
		if (name->text[0] == key[0] && !strcmp(name->text, key) &&
		    name->length == strlen(key))
			found = oci_value_next(name);
		name = oci_value_next(oci_value_next(name));
	}
	return found;
}
