// SPDX-License-Identifier: MIT
/*
 * The table of verbs, help, and what goes to stderr.
 */
#include "cli/command.h"

#include <string.h>

#include "base/utf8.h"
#include "base/options.h"

const struct cli_command *const cli_commands[] = {
	&cmd_devices,
	&cmd_run,
	&cmd_list,
	&cmd_stats,
	&cmd_monitor,
	&cmd_update,
	&cmd_logs,
	&cmd_pause,
	&cmd_resume,
	&cmd_stop,
	&cmd_delete,
	&cmd_prune,
	&cmd_version,
	NULL,
};

const struct cli_command *cli_command_find(const char *name)
{
	const struct cli_command *const *command;

	for (command = cli_commands; *command; command++)
		if (!strcmp((*command)->name, name) ||
		    ((*command)->alias && !strcmp((*command)->alias, name)))
			return *command;
	return NULL;
}

int cli_take_format(void *data, const char *value, struct gnv_error **err)
{
	struct cli_format *format = data;

	if (strcmp(value, "json") && strcmp(value, "table")) {
		gnv_error_set(err, EINVAL, "--format `%s`: there is no such format", value);
		return gnv_error_remedy(err, -EINVAL, "it is `table` or `json`");
	}
	format->json = !strcmp(value, "json");
	return 0;
}

static void put(const char *text)
{
	_cleanup_free_ char *plain = strdup(text);

	fputs(plain ? gnv_utf8_make_plain(plain) : "out of memory", stderr);
}

void cli_report(const char *verb, const struct gnv_error *err)
{
	const char *remedy = gnv_error_get_remedy(err);

	flockfile(stderr);
	fprintf(stderr, PROGRAM ": %s%s", verb ? verb : "", verb ? ": " : "");
	put(gnv_error_message(err));
	if (remedy) {
		fputs("; ", stderr);
		put(remedy);
	}
	fputc('\n', stderr);
	funlockfile(stderr);
}

void cli_notice(const char *verb, const char *text)
{
	fprintf(stderr, PROGRAM ": %s: ", verb);
	put(text);
	fputc('\n', stderr);
}

int cli_unexpected(const char *operand, struct gnv_error **err)
{
	gnv_error_set(err, EINVAL, "`%s`: no operand is expected", operand);
	return gnv_error_remedy(err, -EINVAL, "leave it out");
}

int cli_usage_error(const struct cli_command *command, struct gnv_error *err)
{
	cli_report(command ? command->name : NULL, err);
	return EXIT_USAGE;
}

static void print_option(const struct cli_option *option)
{
	char left[64];

	cli_option_show(option, left);
	printf("  %-30s %s\n", left, option->help);
}

void cli_print_help(const struct cli_command *command)
{
	const struct cli_option *option;

	printf("Usage: " PROGRAM " %s%s%s\n\n%s\n", command->name,
	       *command->synopsis ? " " : "", command->synopsis, command->help);
	if (command->alias)
		printf("Also: " PROGRAM " %s\n", command->alias);
	printf("\nOptions:\n");
	for (option = command->options; option->name; option++)
		print_option(option);
	printf("  %-30s %s\n", "-h, --help", "show this");
	if (command->more)
		printf("\n%s\n", command->more);
}

int cli_run_answer(const struct cli_command *self, const struct gnv_root *root, int argc,
		   char **argv,
		   int (*answer)(const struct gnv_root *root, const struct cli_format *format,
				 struct gnv_error **err))
{
	_cleanup_error_ struct gnv_error *err = NULL;
	struct cli_format format = { 0 };
	int operands, r;

	r = cli_options_parse(self->options, CLI_OPERANDS_ANYWHERE, argc, argv, &format,
			      &operands, &err);
	if (!r && operands)
		r = cli_unexpected(argv[1], &err);
	if (r < 0)
		return cli_usage_error(self, err);
	if (r == CLI_HELP_ASKED) {
		cli_print_help(self);
		return EXIT_SUCCESS;
	}
	if (answer(root, &format, &err) < 0) {
		cli_report(self->name, err);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

int cli_run_named(const struct cli_command *self, const struct gnv_root *root, int argc,
		  char **argv, void *wish,
		  int (*act)(const struct gnv_root *root, const char *name, const void *wish,
			     struct gnv_error **err))
{
	_cleanup_error_ struct gnv_error *err = NULL;
	int operands, i, r, status = EXIT_SUCCESS;

	r = cli_options_parse(self->options, CLI_OPERANDS_ANYWHERE, argc, argv, wish, &operands,
			      &err);
	if (!r && (!operands || (self->one_name && operands > 1))) {
		gnv_error_set(&err, EINVAL, "NAME: %d are given, %s", operands,
			      self->one_name ? "one is wanted" : "one or more are wanted");
		r = gnv_error_remedy(&err, -EINVAL, "`" PROGRAM " list` shows the names");
	}
	if (r < 0)
		return cli_usage_error(self, err);
	if (r == CLI_HELP_ASKED) {
		cli_print_help(self);
		return EXIT_SUCCESS;
	}
	for (i = 1; i <= operands; i++) {
		_cleanup_error_ struct gnv_error *why = NULL;

		if (act(root, argv[i], wish, &why) < 0) {
			cli_report(self->name, why);
			status = EXIT_FAILURE;
		}
	}
	return status;
}
