// SPDX-License-Identifier: MIT
/*
 * cli/options: every way of writing an option, and what is said about wrong ones.
 */
#include "tap.h"

#include <errno.h>

#include "base/options.h"

struct seen {
	char text[256];
};

static int take_value(void *data, const char *value, struct gnv_error **err)
{
	struct seen *seen = data;

	(void)err;
	strcat(seen->text, value ? value : "flag");
	strcat(seen->text, ";");
	return 0;
}

static int take_nothing(void *data, const char *value, struct gnv_error **err)
{
	(void)data;
	return gnv_error_set(err, EINVAL, "no `%s`", value);
}

static const struct cli_option options[] = {
	{ "gpu-memory", 'm', "SIZE", "", take_value },
	{ "read-only", 'r', NULL, "", take_value },
	{ "refuse", 0, "X", "", take_nothing },
	{ "maybe", 0, "X", "", take_value, .may_lack_value = true },
	{ 0 },
};

#define WORDS_MAX 8

/* Splits at blanks; parses; checks result, values and operands. */
static void check(const char *line, enum cli_operands where, int wanted_r,
		  const char *wanted_values, const char *wanted_operands)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	char copy[256], operands[256] = "";
	char *argv[WORDS_MAX + 2] = { (char *)"verb" }, *rest = copy, *word;
	struct seen seen = { "" };
	int argc = 1, n = 0, i, r;

	snprintf(copy, sizeof(copy), "%s", line);
	while (*line && (word = strsep(&rest, " ")) && argc <= WORDS_MAX)
		argv[argc++] = word;
	r = cli_options_parse(options, where, argc, argv, &seen, &n, &err);
	expect_int(r, wanted_r);
	if (wanted_r < 0) {
		expect(err && strstr(gnv_error_message(err), wanted_values));
		return;
	}
	for (i = 1; i <= n; i++) {
		strcat(operands, argv[i]);
		strcat(operands, ";");
	}
	expect_str(seen.text, wanted_values);
	expect_str(operands, wanted_operands);
}

static void forms(void)
{
	check("", CLI_OPERANDS_LAST, 0, "", "");
	check("--gpu-memory 1G img", CLI_OPERANDS_LAST, 0, "1G;", "img;");
	check("--gpu-memory=1G img", CLI_OPERANDS_LAST, 0, "1G;", "img;");
	check("--gpu-memory= img", CLI_OPERANDS_LAST, 0, ";", "img;");
	check("-m 1G img", CLI_OPERANDS_LAST, 0, "1G;", "img;");
	check("-m1G img", CLI_OPERANDS_LAST, 0, "1G;", "img;");
	check("-r img", CLI_OPERANDS_LAST, 0, "flag;", "img;");
	check("--gpu-memory -r", CLI_OPERANDS_LAST, 0, "-r;", "");
	check("--gpu-memory=a=b", CLI_OPERANDS_LAST, 0, "a=b;", "");
	check("--maybe img", CLI_OPERANDS_LAST, 0, "flag;", "img;");
	check("--maybe=1=on img", CLI_OPERANDS_LAST, 0, "1=on;", "img;");
	check("--maybe", CLI_OPERANDS_LAST, 0, "flag;", "");
}

static void operands(void)
{
	check("img cmd --read-only", CLI_OPERANDS_LAST, 0, "", "img;cmd;--read-only;");
	check("img -- x", CLI_OPERANDS_LAST, 0, "", "img;--;x;");
	check("-- --read-only x", CLI_OPERANDS_LAST, 0, "", "--read-only;x;");
	check("a --read-only b", CLI_OPERANDS_ANYWHERE, 0, "flag;", "a;b;");
	check("a -- --read-only", CLI_OPERANDS_ANYWHERE, 0, "", "a;--read-only;");
	check("- x", CLI_OPERANDS_ANYWHERE, 0, "", "-;x;");
}

static void help(void)
{
	check("--help", CLI_OPERANDS_LAST, CLI_HELP_ASKED, "", "");
	check("-h", CLI_OPERANDS_LAST, CLI_HELP_ASKED, "", "");
	check("img --help", CLI_OPERANDS_LAST, 0, "", "img;--help;");
}

static void wrong(void)
{
	check("--nonsense", CLI_OPERANDS_LAST, -EINVAL, "`--nonsense`", NULL);
	check("--gpu-memor=1", CLI_OPERANDS_LAST, -EINVAL, "`--gpu-memor`", NULL);
	check("-x", CLI_OPERANDS_LAST, -EINVAL, "`-x`", NULL);
	check("-rm", CLI_OPERANDS_LAST, -EINVAL, "`-rm`", NULL);
	check("--gpu-memory", CLI_OPERANDS_LAST, -EINVAL, "lacks its value", NULL);
	check("-m", CLI_OPERANDS_LAST, -EINVAL, "lacks its value", NULL);
	check("--read-only=1", CLI_OPERANDS_LAST, -EINVAL, "takes no value", NULL);
	check("--refuse a", CLI_OPERANDS_LAST, -EINVAL, "no `a`", NULL);
}

static void suggestion(void)
{
	char word[] = "--gpu-memroy";
	char *argv[] = { (char *)"run", word, NULL };
	_cleanup_error_ struct gnv_error *err = NULL;
	int n;

	expect_int(cli_options_parse(options, CLI_OPERANDS_LAST, 2, argv, NULL, &n, &err),
		   -EINVAL);
	expect_str(gnv_error_get_remedy(err), "did you mean `--gpu-memory`?");
}

static void nearest(void)
{
	static const char *const names[] = { "list", "stats", "stop", NULL };

	expect_str(cli_nearest("lst", names), "list");
	expect_str(cli_nearest("stat", names), "stats");
	expect(!cli_nearest("xyz", names));
	expect(!cli_nearest("", names));
	expect(!cli_nearest("a-word-that-is-much-longer-than-any-option-of-ours", names));
}

int main(void)
{
	test("options:forms", forms);
	test("options:operands", operands);
	test("options:help", help);
	test("options:wrong", wrong);
	test("options:suggestion", suggestion);
	test("options:nearest", nearest);
	return tap_end();
}
