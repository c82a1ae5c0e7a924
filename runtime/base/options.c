// SPDX-License-Identifier: MIT
/*
 * Options from tables.  Owns no state.
 */
#include "base/options.h"

#include <string.h>

#define OPTIONS_MAX 64
#define WORD_MAX    32

/* More edits than this make another word of it. */
#define NEAR	    3

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Levenshtein's distance; words that are too long are far from everything. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], i, j, diagonal, above;
	const size_t a_length = strlen(a), b_length = strlen(b);

	if (a_length > WORD_MAX || b_length > WORD_MAX)
		return WORD_MAX;
	for (j = 0; j <= b_length; j++)
		row[j] = j;
	for (i = 1; i <= a_length; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= b_length; j++) {
			above = row[j];
			row[j] = min3(row[j] + 1, row[j - 1] + 1,
				      diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[b_length];
}

const char *cli_nearest(const char *word, const char *const *names)
{
	const char *nearest = NULL;
	size_t best = NEAR + 1, d;

	for (; *names; names++) {
		d = distance(word, *names);
		/* A word of which nothing is left is not near. */
		if (d < best && d < strlen(word)) {
			best = d;
			nearest = *names;
		}
	}
	return nearest;
}

void cli_option_show(const struct cli_option *option, char ret[64])
{
	const char *value = option->metavar ? option->metavar : "";
	const bool may_lack = option->may_lack_value;
	char letter[5] = "    ";

	if (option->letter)
		snprintf(letter, sizeof(letter), "-%c, ", option->letter);
	snprintf(ret, 64, "%s--%s%s%s%s", letter, option->name,
		 may_lack ? "[=" :
		 *value	  ? " " :
			    "",
		 value, may_lack ? "]" : "");
}

static int unknown(const struct cli_option *options, const char *shown, const char *word,
		   struct gnv_error **err)
{
	const char *names[OPTIONS_MAX + 2] = { "help" };
	const char *nearest;
	size_t n = 1;

	for (; options->name && n < OPTIONS_MAX; options++)
		names[n++] = options->name;
	nearest = cli_nearest(word, names);
	gnv_error_set(err, EINVAL, "unknown option `%s`", shown);
	if (nearest)
		return gnv_error_remedy(err, -EINVAL, "did you mean `--%s`?", nearest);
	return gnv_error_remedy(err, -EINVAL, "--help lists the options");
}

static const struct cli_option *find_long(const struct cli_option *options,
					  const char *word, size_t length)
{
	for (; options->name; options++)
		if (strlen(options->name) == length && !strncmp(options->name, word, length))
			return options;
	return NULL;
}

static const struct cli_option *find_letter(const struct cli_option *options, char letter)
{
	for (; options->name; options++)
		if (options->letter == letter)
			return options;
	return NULL;
}

/* @attached: the value that stands in the same word, or NULL. */
static int take(const struct cli_option *option, const char *attached, int argc,
		char **argv, int *at, void *data, struct gnv_error **err)
{
	if (!option->metavar && attached) {
		gnv_error_set(err, EINVAL, "option `--%s` takes no value", option->name);
		return gnv_error_remedy(err, -EINVAL, "leave `=%s` out", attached);
	}
	if (option->metavar && !attached && !option->may_lack_value) {
		if (*at + 1 >= argc) {
			gnv_error_set(err, EINVAL, "option `--%s` lacks its value",
				      option->name);
			return gnv_error_remedy(err, -EINVAL, "write --%s %s", option->name,
						option->metavar);
		}
		attached = argv[++*at];
	}
	return option->take(data, attached, err);
}

/* One word that begins with a dash. */
static int parse_word(const struct cli_option *options, int argc, char **argv, int *at,
		      void *data, struct gnv_error **err)
{
	const struct cli_option *option;
	char *word = argv[*at];
	const char *value;
	size_t length;

	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		return CLI_HELP_ASKED;
	if (word[1] == '-') {
		length = strcspn(word + 2, "=");
		option = find_long(options, word + 2, length);
		value = word[2 + length] ? word + 2 + length + 1 : NULL;
		word[2 + length] = '\0';
		if (!option)
			return unknown(options, word, word + 2, err);
		return take(option, value, argc, argv, at, data, err);
	}
	option = find_letter(options, word[1]);
	if (!option || (word[2] && !option->metavar))
		return unknown(options, word, word + 1, err);
	return take(option, word[2] ? word + 2 : NULL, argc, argv, at, data, err);
}

int cli_options_parse(const struct cli_option *options, enum cli_operands operands,
		      int argc, char **argv, void *data, int *ret_operands,
		      struct gnv_error **err)
{
	bool over = false;
	int n = 0, i, r;

	for (i = 1; i < argc; i++) {
		if (over || argv[i][0] != '-' || !argv[i][1]) {
			argv[1 + n++] = argv[i];
			over = over || operands == CLI_OPERANDS_LAST;
		} else if (!strcmp(argv[i], "--")) {
			over = true;
		} else {
			r = parse_word(options, argc, argv, &i, data, err);
			if (r)
				return r;
		}
	}
	*ret_operands = n;
	return 0;
}
