/* SPDX-License-Identifier: MIT */
/*
 * The verbs of ghostnv-container and what they share.
 */
#ifndef GNV_CLI_COMMAND_H
#define GNV_CLI_COMMAND_H

#include <stdbool.h>

#include "base/error.h"
#include "container/root.h"

#define PROGRAM	   "ghostnv-container"

/* Wrong use, as opposed to a failure (EXIT_FAILURE). */
#define EXIT_USAGE 2

struct cli_option;

struct cli_command {
	const char *name;
	const char *alias; /* or NULL */
	const char *synopsis; /* behind the name */
	const char *help; /* one line */
	const char *more; /* what --help says besides, or NULL */
	const struct cli_option *options; /* ends with one without a name */
	bool one_name; /* cli_run_named() takes no second NAME */
	/* argv[0] is the verb.  Return: the exit status. */
	int (*run)(const struct cli_command *self, const struct gnv_root *root, int argc,
		   char **argv);
};

extern const struct cli_command cmd_delete, cmd_devices, cmd_list, cmd_logs, cmd_monitor,
	cmd_pause, cmd_prune, cmd_resume, cmd_run, cmd_stats, cmd_stop, cmd_update, cmd_version;

/* The table of all verbs; ends with NULL. */
extern const struct cli_command *const cli_commands[];
const struct cli_command *cli_command_find(const char *name);

/* How one command answers: a table for people or JSON for programs. */
struct cli_format {
	bool json;
};

/* An option's taker for --format. */
int cli_take_format(void *data, const char *value, struct gnv_error **err);

/* One line on stderr: "ghostnv-container: <verb>: <message>; <remedy>". */
void cli_report(const char *verb, const struct gnv_error *err);
void cli_notice(const char *verb, const char *text);

/* An operand for a verb that takes none.  Return: -EINVAL. */
int cli_unexpected(const char *operand, struct gnv_error **err);

/* Report a wrong use.  Return: EXIT_USAGE. */
int cli_usage_error(const struct cli_command *command, struct gnv_error *err);

void cli_print_help(const struct cli_command *command);

/*
 * The way of a verb that takes no operands and, besides --help, only --format:
 * read the options, let @answer print, report what failed.  Return: the exit
 * status.
 */
int cli_run_answer(const struct cli_command *self, const struct gnv_root *root, int argc,
		   char **argv,
		   int (*answer)(const struct gnv_root *root, const struct cli_format *format,
				 struct gnv_error **err));

/*
 * The way of a verb that does the same to each NAME: options go to @wish, @act gets it,
 * and one failure does not keep the others from their turn.  Return: the exit status.
 */
int cli_run_named(const struct cli_command *self, const struct gnv_root *root, int argc,
		  char **argv, void *wish,
		  int (*act)(const struct gnv_root *root, const char *name, const void *wish,
			     struct gnv_error **err));

#endif /* GNV_CLI_COMMAND_H */
