// SPDX-License-Identifier: MIT
/*
 * ghostnv-container delete: forget containers that have ended.
 */
#include "cli/command.h"
#include "base/options.h"
#include "container/container.h"

static int take_force(void *data, const char *value, struct gnv_error **err)
{
	bool *force = data;

	(void)value, (void)err;
	*force = true;
	return 0;
}

static const struct cli_option options[] = {
	{ "force", 'f', NULL, "kill those that run", take_force },
	{ 0 },
};

static int run(const struct cli_command *self, const struct gnv_root *root, int argc,
	       char **argv)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	int operands, i, r, status = EXIT_SUCCESS;
	bool force = false;

	r = cli_options_parse(options, CLI_OPERANDS_ANYWHERE, argc, argv, &force, &operands,
			      &err);
	if (!r && !operands) {
		gnv_error_set(&err, EINVAL, "a NAME is missing");
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

		if (gnv_container_delete(root, argv[i], force, &why) < 0) {
			cli_report(self->name, why);
			status = EXIT_FAILURE;
		}
	}
	return status;
}

const struct cli_command cmd_delete = {
	.name = "delete",
	.alias = "rm",
	.synopsis = "[OPTION...] NAME...",
	.help = "remove what is kept of containers",
	.options = options,
	.run = run,
};
