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

static int delete_one(const struct gnv_root *root, const char *name, const void *wish,
		      struct gnv_error **err)
{
	const bool *force = wish;

	return gnv_container_delete(root, name, *force, err);
}

static int run(const struct cli_command *self, const struct gnv_root *root, int argc,
	       char **argv)
{
	bool force = false;

	return cli_run_named(self, root, argc, argv, &force, delete_one);
}

const struct cli_command cmd_delete = {
	.name = "delete",
	.alias = "rm",
	.synopsis = "[OPTION...] NAME...",
	.help = "remove what is kept of containers",
	.options = options,
	.run = run,
};
