// SPDX-License-Identifier: MIT
/*
 * A scanner of TOML 1.0.  Numbers and dates are checked by their letters only, and of tables that
 * are made by dots not whether they are there twice.
 */
#include "oci/toml.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/strv.h"

/* Arrays and inline tables in each other; more is nobody's configuration. */
#define DEPTH_MAX 32

struct scanner {
	const char *text, *p;
	unsigned int line, depth;
	char *table; /* whose keys follow; NULL: the root's */
	struct gnv_error **err;
};

static int scan_value(struct scanner *s);

static int fail(struct scanner *s, const char *what)
{
	return gnv_error_set(s->err, EINVAL, "line %u: %s", s->line, what);
}

static int no_memory(struct scanner *s)
{
	return gnv_error_errno(s->err, ENOMEM, "line %u", s->line);
}

static void skip_blanks(struct scanner *s)
{
	s->p += strspn(s->p, " \t");
}

static bool take(struct scanner *s, const char *word)
{
	if (strncmp(s->p, word, strlen(word)) != 0)
		return false;
	s->p += strlen(word);
	return true;
}

static bool take_newline(struct scanner *s)
{
	if (!take(s, "\n") && !take(s, "\r\n"))
		return false;
	s->line++;
	return true;
}

static bool is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

static int skip_comment(struct scanner *s)
{
	if (*s->p != '#')
		return 0;
	while (!is_control(*s->p))
		s->p++;
	if (*s->p && *s->p != '\n' && strncmp(s->p, "\r\n", 2) != 0)
		return fail(s, "a control character in a comment");
	return 0;
}

/* Blanks, comments and newlines, as they may stand in an array. */
static int skip_space(struct scanner *s)
{
	int r;

	do {
		skip_blanks(s);
		r = skip_comment(s);
	} while (!r && take_newline(s));
	return r;
}

static int scan_escape(struct scanner *s, bool many)
{
	size_t digits;

	s->p++;
	if (many && (*s->p == '\n' || isblank(*s->p) || *s->p == '\r')) {
		skip_blanks(s);
		return take_newline(s) ? 0 : fail(s, "a backslash before blanks");
	}
	if (!*s->p || !strchr("btnfr\"\\uU", *s->p))
		return fail(s, "an unknown escape in a string");
	digits = *s->p == 'u' ? 4 : *s->p == 'U' ? 8 :
						   0;
	for (s->p++; digits; digits--, s->p++)
		if (!isxdigit((unsigned char)*s->p))
			return fail(s, "an unknown escape in a string");
	return 0;
}

static int scan_string_end(struct scanner *s, const char *end, bool many)
{
	int r;

	while (!take(s, end)) {
		if (*s->p == '\\' && *end == '"') {
			r = scan_escape(s, many);
			if (r < 0)
				return r;
		} else if (many && take_newline(s)) {
			continue;
		} else if (is_control(*s->p)) {
			return fail(s, "a string without an end, or with a control character");
		} else {
			s->p++;
		}
	}
	return 0;
}

static int scan_string(struct scanner *s)
{
	const char quote = *s->p;
	const char thrice[] = { quote, quote, quote, '\0' };
	const char once[] = { quote, '\0' };
	int r;

	if (!take(s, thrice)) {
		s->p++;
		return scan_string_end(s, once, false);
	}
	r = scan_string_end(s, thrice, true);
	/* Up to two quotes may stand before the last three. */
	if (!r && take(s, once))
		take(s, once);
	return r;
}

/* What needs no quotes is the same with them. */
static size_t bare_length(const char *text)
{
	const char *p = text;

	while (isalnum((unsigned char)*p) || *p == '_' || *p == '-')
		p++;
	return (size_t)(p - text);
}

/* One part of a key, put behind *path. */
static int scan_part(struct scanner *s, char **path)
{
	_cleanup_free_ char *before = STEAL_PTR(*path);
	const char *from = s->p, *quote = "";
	size_t length = bare_length(from);
	int r;

	s->p += length;
	if (*from == '"' || *from == '\'') {
		r = scan_string(s);
		if (r < 0)
			return r;
		/* It would be another name for what is looked for. */
		if (*from == '"' && memchr(from, '\\', (size_t)(s->p - from)))
			return fail(s, "a key with an escape, which is not seen through");
		if (from[1] == *from && from[2] == *from)
			return fail(s, "a key of several lines");
		length = (size_t)(s->p - from) - 2;
		from++;
		if (!length || bare_length(from) != length)
			quote = "\"";
	} else if (!length) {
		return fail(s, "a key is missing");
	}
	if (asprintf(path, "%s%s%s%.*s%s", before ? before : "", before ? "." : "", quote,
		     (int)length, from, quote) < 0) {
		*path = NULL;
		return no_memory(s);
	}
	return 0;
}

static int scan_key(struct scanner *s, char **path)
{
	int r;

	do {
		skip_blanks(s);
		r = scan_part(s, path);
		if (r < 0)
			return r;
		skip_blanks(s);
	} while (take(s, "."));
	return 0;
}

static int scan_array(struct scanner *s)
{
	int r;

	for (s->p++;;) {
		r = skip_space(s);
		if (r < 0)
			return r;
		if (take(s, "]"))
			return 0;
		r = scan_value(s);
		if (!r)
			r = skip_space(s);
		if (r < 0)
			return r;
		if (!take(s, ",") && *s->p != ']')
			return fail(s, "a comma or ] is missing in an array");
	}
}

static int scan_assignment(struct scanner *s, char **path)
{
	int r = scan_key(s, path);

	if (r < 0)
		return r;
	if (!take(s, "="))
		return fail(s, "a = is missing behind a key");
	skip_blanks(s);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int check_members(struct scanner *s, char **names)
{
	size_t i, n = gnv_strv_length(names);

	if (n)
		qsort(names, n, sizeof(*names), compare_names);
	for (i = 1; i < n; i++)
		if (!strcmp(names[i - 1], names[i]))
			return fail(s, "an inline table has a key twice");
	return 0;
}

static int scan_inline_table(struct scanner *s)
{
	_cleanup_strv_ char **names = NULL;
	bool first = true;
	int r;

	for (s->p++;; first = false) {
		_cleanup_free_ char *path = NULL;

		skip_blanks(s);
		if (first && take(s, "}"))
			return 0;
		r = scan_assignment(s, &path);
		if (!r)
			r = scan_value(s);
		if (!r && gnv_strv_append(&names, path) < 0)
			r = no_memory(s);
		if (r < 0)
			return r;
		skip_blanks(s);
		if (take(s, "}"))
			return check_members(s, names);
		if (!take(s, ","))
			return fail(s, "a comma or } is missing in an inline table");
	}
}

static int scan_word(struct scanner *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789+-_.:";
	size_t length = strspn(s->p, letters);
	const char *first = s->p + (*s->p == '+' || *s->p == '-');

	if (!isdigit((unsigned char)*first) && strncmp(first, "inf", 3) != 0 &&
	    strncmp(first, "nan", 3) != 0 && !(length == 4 && !strncmp(s->p, "true", 4)) &&
	    !(length == 5 && !strncmp(s->p, "false", 5)))
		return fail(s, "a value is missing, or is no value");
	/* A date may be parted from its time by a blank. */
	if (length == 10 && first[4] == '-' && first[10] == ' ' &&
	    isdigit((unsigned char)first[11]))
		length += 1 + strspn(s->p + 11, letters);
	s->p += length;
	return 0;
}

static int scan_value(struct scanner *s)
{
	int r;

	if (*s->p == '"' || *s->p == '\'')
		return scan_string(s);
	if (*s->p != '[' && *s->p != '{')
		return scan_word(s);
	if (s->depth == DEPTH_MAX)
		return fail(s, "arrays or tables are nested too deeply");
	s->depth++;
	r = *s->p == '[' ? scan_array(s) : scan_inline_table(s);
	s->depth--;
	return r;
}

static int scan_header(struct scanner *s, struct toml_entry *entry)
{
	const char *end = entry->kind == TOML_ARRAY ? "]]" : "]";
	int r = scan_key(s, &entry->path);

	if (r < 0)
		return r;
	if (!take(s, end))
		return fail(s, "the ] of a table's name is missing");
	free(s->table);
	s->table = strdup(entry->path);
	return s->table ? 0 : no_memory(s);
}

static int scan_member(struct scanner *s, struct toml_entry *entry)
{
	int r;

	entry->path = s->table ? strdup(s->table) : NULL;
	if (s->table && !entry->path)
		return no_memory(s);
	entry->table = s->table ? strlen(s->table) : 0;
	r = scan_assignment(s, &entry->path);
	if (r < 0)
		return r;
	entry->value = (size_t)(s->p - s->text);
	r = scan_value(s);
	entry->value_end = (size_t)(s->p - s->text);
	return r;
}

/* What begins at this line; the entry has its path even when the rest is wrong. */
static int scan_entry(struct scanner *s, struct toml_entry *entry)
{
	int r = 0;

	entry->line = s->line;
	entry->start = (size_t)(s->p - s->text);
	entry->kind = *s->p == '#' ? TOML_COMMENT : TOML_KEY;
	skip_blanks(s);
	if (take(s, "[["))
		entry->kind = TOML_ARRAY;
	else if (take(s, "["))
		entry->kind = TOML_TABLE;
	if (entry->kind == TOML_TABLE || entry->kind == TOML_ARRAY)
		r = scan_header(s, entry);
	else if (*s->p && !strchr("#\r\n", *s->p))
		r = scan_member(s, entry);
	skip_blanks(s);
	if (!r)
		r = skip_comment(s);
	if (!r && *s->p && !take_newline(s))
		r = fail(s, "something stands behind a value or a table's name");
	entry->end = (size_t)(s->p - s->text);
	return r;
}

/* --- what is there twice ------------------------------------------------------------------ */

/* The line of the last array of tables that @path is in, of those that begin by @arrays. */
static size_t find_element(const struct toml_entry *const *arrays, size_t n, const char *path)
{
	while (n-- > 0) {
		size_t length = strlen(arrays[n]->path);

		if (!strncmp(path, arrays[n]->path, length) && path[length] == '.')
			return arrays[n]->line;
	}
	return 0;
}

/* Each [[a]] begins anew with what is in it. */
static int find_elements(struct toml *toml)
{
	_cleanup_free_ const struct toml_entry **arrays = calloc(toml->n + 1, sizeof(*arrays));
	size_t i, n = 0, element = 0;

	if (!arrays)
		return -ENOMEM;
	for (i = 0; i < toml->n; i++) {
		struct toml_entry *entry = &toml->entries[i];

		if (entry->kind == TOML_TABLE || entry->kind == TOML_ARRAY)
			element = find_element(arrays, n, entry->path);
		entry->element = element;
		if (entry->kind == TOML_ARRAY) {
			element = entry->line;
			arrays[n++] = entry;
		}
	}
	return 0;
}

/* By names, and of the same name by lines. */
static int compare_entries(const void *a, const void *b)
{
	const struct toml_entry *one = *(const struct toml_entry *const *)a;
	const struct toml_entry *other = *(const struct toml_entry *const *)b;

	if (one->element != other->element)
		return one->element < other->element ? -1 : 1;
	return strcmp(one->path, other->path) ?: (one->line < other->line ? -1 : 1);
}

static bool is_twice(const struct toml_entry *one, const struct toml_entry *other)
{
	return one->element == other->element && !strcmp(one->path, other->path) &&
	       (one->kind != TOML_ARRAY || other->kind != TOML_ARRAY);
}

static int check_twice(struct scanner *s, struct toml *toml)
{
	_cleanup_free_ const struct toml_entry **sorted = calloc(toml->n + 1, sizeof(*sorted));
	size_t i, n = 0;

	if (!sorted || find_elements(toml) < 0)
		return no_memory(s);
	for (i = 0; i < toml->n; i++)
		if (toml->entries[i].path)
			sorted[n++] = &toml->entries[i];
	qsort(sorted, n, sizeof(*sorted), compare_entries);
	for (i = 1; i < n; i++)
		if (is_twice(sorted[i - 1], sorted[i]))
			return gnv_error_set(s->err, EINVAL, "line %u: `%s` is in line %u already",
					     sorted[i]->line, sorted[i]->path, sorted[i - 1]->line);
	return 0;
}

int oci_toml_scan(const char *text, struct toml *ret, struct gnv_error **err)
{
	struct scanner s = { .text = text, .p = text, .line = 1, .err = err };
	struct toml_entry *grown;
	size_t room = 0;
	int r = 0;

	while (!r && *s.p) {
		if (ret->n == room) {
			room = room ? 2 * room : 64;
			grown = reallocarray(ret->entries, room, sizeof(*grown));
			if (!grown) {
				r = no_memory(&s);
				break;
			}
			ret->entries = grown;
		}
		ret->entries[ret->n] = (struct toml_entry){ 0 };
		r = scan_entry(&s, &ret->entries[ret->n]);
		/* Empty lines, and comments that begin later, tell nothing. */
		if (r < 0 || ret->entries[ret->n].path ||
		    ret->entries[ret->n].kind == TOML_COMMENT)
			ret->n++;
	}
	free(s.table);
	return r < 0 ? r : check_twice(&s, ret);
}

void oci_toml_fini(struct toml *toml)
{
	while (toml->n)
		free(toml->entries[--toml->n].path);
	free(toml->entries);
	toml->entries = NULL;
}

const struct toml_entry *oci_toml_find(const struct toml *toml, enum toml_kind kind,
				       const char *path)
{
	size_t i;

	for (i = 0; i < toml->n; i++)
		if (toml->entries[i].kind == kind && toml->entries[i].path &&
		    !strcmp(toml->entries[i].path, path))
			return &toml->entries[i];
	return NULL;
}
