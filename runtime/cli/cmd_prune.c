// SPDX-License-Identifier: MIT
/*
 * ghostnv-container prune: remove what no container uses.
 */
#include "cli/command.h"
#include "base/options.h"
#include "cli/output.h"
#include "container/container.h"

static const struct cli_option options[] = {
	{ "format", 0, "table|json", "how to answer (table)", cli_take_format },
	{ 0 },
};

static int print_json(size_t layers, size_t containers)
{
	struct json_object *object = json_object_new_object();

	cli_json_add_u64(object, "layers", layers);
	cli_json_add_u64(object, "containers", containers);
	return cli_json_print(object, true);
}

static int print_table(size_t layers, size_t containers)
{
	_cleanup_table_ struct cli_table table = { .columns = 2 };

	cli_table_add(&table, "LAYERS");
	cli_table_add(&table, "LOST CONTAINERS");
	cli_table_add(&table, "%zu", layers);
	cli_table_add(&table, "%zu", containers);
	return cli_table_print(&table);
}

static int prune(const struct gnv_root *root, const struct cli_format *format,
		 struct gnv_error **err)
{
	size_t layers, containers;
	int r = gnv_container_prune(root, &layers, &containers, err);

	if (r < 0)
		return r;
	r = format->json ? print_json(layers, containers) : print_table(layers, containers);
	return r < 0 ? gnv_error_errno(err, -r, "write to stdout") : 0;
}

static int run(const struct cli_command *self, const struct gnv_root *root, int argc,
	       char **argv)
{
	return cli_run_answer(self, root, argc, argv, prune);
}

const struct cli_command cmd_prune = {
	.name = "prune",
	.synopsis = "[OPTION...]",
	.help = "remove layers that no container uses",
	.more = "They are unpacked again when an image needs them.  Also removes what is left\n"
		"of containers whose record is lost, as after a boot, and tells how many.",
	.options = options,
	.run = run,
};
