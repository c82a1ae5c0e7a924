// SPDX-License-Identifier: MIT
/*
 * Evaluation of NVIDIA_REQUIRE_*.  Owns no state.
 */
#include "gpu/require.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/strv.h"
#include "gpu/visible.h"

enum order { LESS = 1,
	     EQUAL = 2,
	     GREATER = 4 };

/* By which orders of fact and value it holds; longer names first. */
static const struct {
	const char *text;
	unsigned int holds;
} operators[] = {
	{ "!=", LESS | GREATER },
	{ "<=", LESS | EQUAL },
	{ ">=", GREATER | EQUAL },
	{ "=", EQUAL },
	{ "<", LESS },
	{ ">", GREATER },
};

static const char space[] = " \t\n";

/* A part of a text that is not ended by a NUL. */
struct span {
	const char *at;
	size_t length;
};

static bool is(struct span span, const char *word)
{
	return strlen(word) == span.length && !strncasecmp(span.at, word, span.length);
}

/* The next part of a version, without leading zeros; moves behind it. */
static struct span take_part(struct span *version)
{
	struct span part;

	while (version->length && *version->at == '0')
		version->at++, version->length--;
	part.at = version->at;
	for (part.length = 0; part.length < version->length; part.length++)
		if (part.at[part.length] == '.')
			break;
	version->at += part.length;
	version->length -= part.length;
	if (version->length)
		version->at++, version->length--;
	return part;
}

/* As text, so that no number is too large: "470" and "470.0" are equal. */
static enum order compare_versions(struct span a, struct span b)
{
	while (a.length || b.length) {
		struct span x = take_part(&a), y = take_part(&b);
		int r;

		if (x.length != y.length)
			return x.length < y.length ? LESS : GREATER;
		r = memcmp(x.at, y.at, x.length);
		if (r)
			return r < 0 ? LESS : GREATER;
	}
	return EQUAL;
}

static bool is_version(struct span span)
{
	size_t i;

	for (i = 0; i < span.length; i++)
		if ((span.at[i] < '0' || span.at[i] > '9') &&
		    (span.at[i] != '.' || !i || span.at[i - 1] == '.'))
			return false;
	return span.length && span.at[span.length - 1] != '.';
}

/* A fact by its name; NULL: there is none of this name. */
static const char *const *find_fact(const struct gnv_require_facts *facts, struct span name)
{
	if (is(name, "cuda"))
		return &facts->cuda;
	if (is(name, "driver"))
		return &facts->driver;
	if (is(name, "arch"))
		return &facts->arch;
	if (is(name, "brand"))
		return &facts->brand;
	return NULL;
}

static int compare_brand(const char *fact, unsigned int holds, struct span value)
{
	if (holds != EQUAL && holds != (LESS | GREATER))
		return -EINVAL;
	return fact && is(value, fact) == (holds == EQUAL);
}

/* One comparison: "cuda>=12.4". */
static int holds_one(struct span text, const struct gnv_require_facts *facts)
{
	struct span name = { text.at, 0 }, value;
	const char *const *fact;
	struct span known;
	size_t i;

	while (name.length < text.length && !strchr("=!<>", name.at[name.length]))
		name.length++;
	value = (struct span){ name.at + name.length, text.length - name.length };
	fact = find_fact(facts, name);
	for (i = 0; fact && i < sizeof(operators) / sizeof(operators[0]); i++) {
		size_t length = strlen(operators[i].text);

		if (value.length <= length || strncmp(value.at, operators[i].text, length))
			continue;
		value.at += length;
		value.length -= length;
		if (fact == &facts->brand)
			return compare_brand(*fact, operators[i].holds, value);
		if (!is_version(value))
			return -EINVAL;
		if (!*fact)
			return 0;
		known = (struct span){ *fact, strlen(*fact) };
		return !!(operators[i].holds & compare_versions(known, value));
	}
	return -EINVAL;
}

/* The part up to one of @stops; moves *text behind it and what stops it. */
static struct span take_until(const char **text, const char *end, const char *stops)
{
	struct span span = { *text, 0 };

	while (*text < end && !strchr(stops, **text))
		++*text;
	span.length = (size_t)(*text - span.at);
	if (*text < end)
		++*text;
	return span;
}

/* All of it is read, so that a mistake is seen wherever it stands. */
static int holds_alternative(struct span text, const struct gnv_require_facts *facts)
{
	const char *at = text.at, *end = text.at + text.length;
	bool all = true;

	while (at < end) {
		struct span one = take_until(&at, end, ",");
		int r;

		if (!one.length)
			continue;
		r = holds_one(one, facts);
		if (r < 0)
			return r;
		all = all && r;
	}
	return all;
}

int gnv_require_holds(const char *expression, const struct gnv_require_facts *facts)
{
	const char *at = expression, *end = expression + strlen(expression);
	bool any = false, empty = true;

	while (at < end) {
		struct span alternative = take_until(&at, end, space);
		int r;

		if (!alternative.length)
			continue;
		empty = false;
		r = holds_alternative(alternative, facts);
		if (r < 0)
			return r;
		any = any || r;
	}
	return any || empty;
}

static int check_one(const char *key, size_t key_length, const char *expression,
		     const struct gnv_require_facts *facts, struct gnv_error **err)
{
	int r = gnv_require_holds(expression, facts);

	if (r > 0)
		return 0;
	if (r < 0) {
		gnv_error_set(err, EINVAL, "%.*s=%.64s: this is no requirement",
			      (int)key_length, key, expression);
		return gnv_error_remedy(err, -EINVAL, "give --env NVIDIA_DISABLE_REQUIRE=1 to run it all the same");
	}
	gnv_error_set(err, ENOTSUP,
		      "the image requires `%.64s`: here are cuda=%s, driver=%s, arch=%s, brand=%s",
		      expression, facts->cuda ? facts->cuda : "?",
		      facts->driver ? facts->driver : "?", facts->arch ? facts->arch : "?",
		      facts->brand ? facts->brand : "?");
	return gnv_error_remedy(err, -ENOTSUP, "give --env NVIDIA_DISABLE_REQUIRE=1 to run it all the same");
}

static int check_for_one(char *const *env, const struct gnv_require_facts *facts,
			 struct gnv_error **err)
{
	static const char prefix[] = "NVIDIA_REQUIRE_";
	const char *version = gnv_env_get(env, "CUDA_VERSION");
	char legacy[32];
	size_t i, length;
	int r = 0;

	for (i = 0; !r && env && env[i]; i++) {
		if (strncmp(env[i], prefix, strlen(prefix)))
			continue;
		length = strcspn(env[i], "=");
		if (env[i][length])
			r = check_one(env[i], length, env[i] + length + 1, facts, err);
	}
	if (r < 0 || !gnv_visible_is_legacy(env))
		return r;
	/* Major and minor: what comes behind is the toolkit's own. */
	length = strcspn(version, ".");
	if (version[length])
		length += 1 + strspn(version + length + 1, "0123456789");
	snprintf(legacy, sizeof(legacy), "cuda>=%.*s", (int)(length < 16 ? length : 16), version);
	return check_one("CUDA_VERSION", strlen("CUDA_VERSION"), legacy, facts, err);
}

static bool is_true(const char *text)
{
	return text && (!strcmp(text, "1") || !strcasecmp(text, "t") || !strcasecmp(text, "true"));
}

int gnv_require_check(char *const *env, const struct gnv_require_facts *facts, size_t n,
		      struct gnv_error **err)
{
	size_t i;
	int r = 0;

	if (is_true(gnv_env_get(env, "NVIDIA_DISABLE_REQUIRE")))
		return 0;
	for (i = 0; !r && i < n; i++)
		r = check_for_one(env, &facts[i], err);
	return r;
}
