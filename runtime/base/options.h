/* SPDX-License-Identifier: MIT */
/*
 * Options from tables: --name VALUE, --name=VALUE, -n VALUE, flags, `--`.  Prints
 * nothing; knows no verb.
 */
#ifndef GNV_BASE_OPTIONS_H
#define GNV_BASE_OPTIONS_H

#include <stdbool.h>

#include "base/error.h"

struct cli_option {
	const char *name; /* without the dashes */
	char letter; /* short form, or 0 */
	const char *metavar; /* of the value; NULL: a flag, @take gets NULL */
	const char *help;
	int (*take)(void *data, const char *value, struct gnv_error **err);
	bool may_lack_value; /* it has to stand behind `=`; without, @take gets NULL */
};

enum cli_operands {
	CLI_OPERANDS_ANYWHERE, /* options may stand behind operands */
	CLI_OPERANDS_LAST, /* the first operand ends the options */
};

#define CLI_HELP_ASKED 1

/*
 * Give the options in argv[1..] to their takers, and move the operands to the
 * front of argv[1..].  Return: 0 with their number in *ret_operands,
 * CLI_HELP_ASKED for --help, or -EINVAL.
 */
int cli_options_parse(const struct cli_option *options, enum cli_operands operands,
		      int argc, char **argv, void *data, int *ret_operands,
		      struct gnv_error **err);

/* How help shows it: "-b, --bundle DIR", and as far to the right where it has no letter. */
void cli_option_show(const struct cli_option *option, char ret[64]);

/* The nearest of @names to @word, or NULL when none is near. */
const char *cli_nearest(const char *word, const char *const *names);

#endif /* GNV_BASE_OPTIONS_H */
