// SPDX-License-Identifier: MIT
/*
 * ghostnv-container update: other limits for a container that runs.
 */
#include "cli/command.h"
#include "container/limit_options.h"
#include "container/container.h"

static const struct cli_option options[] = {
	GNV_LIMIT_UPDATE_OPTIONS,
	{ 0 },
};

static int check_use(const struct gnv_gpu_limits *limits, int operands, struct gnv_error **err)
{
	if (operands != 1) {
		gnv_error_set(err, EINVAL, "one NAME is wanted, not %d", operands);
		return gnv_error_remedy(err, -EINVAL, "`" PROGRAM " list` shows the names");
	}
	if (limits->n)
		return 0;
	gnv_error_set(err, EINVAL, "there is nothing to change");
	return gnv_error_remedy(err, -EINVAL, "give an option such as --gpu-memory");
}

static int run(const struct cli_command *self, const struct gnv_root *root, int argc,
	       char **argv)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	struct gnv_gpu_limits limits = { 0 };
	int operands, r;

	r = cli_options_parse(options, CLI_OPERANDS_ANYWHERE, argc, argv, &limits, &operands,
			      &err);
	if (r == CLI_HELP_ASKED) {
		cli_print_help(self);
		return EXIT_SUCCESS;
	}
	if (!r)
		r = check_use(&limits, operands, &err);
	if (r < 0)
		return cli_usage_error(self, err);
	if (gnv_container_update(root, argv[1], &limits, &err) < 0) {
		cli_report(self->name, err);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

const struct cli_command cmd_update = {
	.name = "update",
	.synopsis = "OPTION... NAME",
	.help = "change the GPU limits of a container that runs",
	.more = "The changes are made in the order of the options; a limit below what is held\n"
		"takes nothing away and lets nothing more be allocated. With `GPU=` it is for that\n"
		"GPU alone; `max` is no limit.",
	.options = options,
	.run = run,
};
