// SPDX-License-Identifier: MIT
/*
 * ghostnv-container pause and resume: containers stand still, and go on.
 */
#include "cli/command.h"
#include "base/options.h"
#include "container/container.h"

static const struct cli_option options[] = { { 0 } };

static int pause_one(const struct gnv_root *root, const char *name, const void *wish,
		     struct gnv_error **err)
{
	(void)wish;
	return gnv_container_pause(root, name, true, err);
}

static int resume_one(const struct gnv_root *root, const char *name, const void *wish,
		      struct gnv_error **err)
{
	(void)wish;
	return gnv_container_pause(root, name, false, err);
}

static int run_pause(const struct cli_command *self, const struct gnv_root *root, int argc,
		     char **argv)
{
	return cli_run_named(self, root, argc, argv, NULL, pause_one);
}

static int run_resume(const struct cli_command *self, const struct gnv_root *root, int argc,
		      char **argv)
{
	return cli_run_named(self, root, argc, argv, NULL, resume_one);
}

const struct cli_command cmd_pause = {
	.name = "pause",
	.synopsis = "NAME...",
	.help = "stop the processes of containers and their work on GPUs",
	.more = "Returns when the processes stand still; what they hold stays theirs. `resume`\n"
		"lets them go on, `stop` and `delete --force` end them.",
	.options = options,
	.run = run_pause,
};

const struct cli_command cmd_resume = {
	.name = "resume",
	.alias = "unpause",
	.synopsis = "NAME...",
	.help = "let paused containers go on",
	.options = options,
	.run = run_resume,
};
