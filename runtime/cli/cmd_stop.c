// SPDX-License-Identifier: MIT
/*
 * ghostnv-container stop: end containers, gently first.
 */
#include "base/parse.h"
#include "cli/command.h"
#include "base/options.h"
#include "container/container.h"

#define TIMEOUT_DEFAULT_S 10
#define TIMEOUT_MAX_S	  86400

static int take_timeout(void *data, const char *value, struct gnv_error **err)
{
	uint32_t *timeout_s = data;

	if (gnv_parse_u32(value, timeout_s) == 0 && *timeout_s <= TIMEOUT_MAX_S)
		return 0;
	gnv_error_set(err, EINVAL, "--timeout `%s`: this is no number of seconds", value);
	return gnv_error_remedy(err, -EINVAL, "give 0 to 86400");
}

static const struct cli_option options[] = {
	{ "timeout", 't', "SECONDS", "wait before killing (10)", take_timeout },
	{ 0 },
};

static int run(const struct cli_command *self, const struct gnv_root *root, int argc,
	       char **argv)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	uint32_t timeout_s = TIMEOUT_DEFAULT_S;
	int operands, i, r, status = EXIT_SUCCESS;

	r = cli_options_parse(options, CLI_OPERANDS_ANYWHERE, argc, argv, &timeout_s,
			      &operands, &err);
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

		if (gnv_container_stop(root, argv[i], (int)timeout_s * 1000, &why) < 0) {
			cli_report(self->name, why);
			status = EXIT_FAILURE;
		}
	}
	return status;
}

const struct cli_command cmd_stop = {
	.name = "stop",
	.synopsis = "[OPTION...] NAME...",
	.help = "end containers: SIGTERM, then SIGKILL",
	.more = "Returns when they are gone and cleaned up.",
	.options = options,
	.run = run,
};
