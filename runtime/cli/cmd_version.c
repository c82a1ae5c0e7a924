// SPDX-License-Identifier: MIT
/*
 * ghostnv-container version: of this command, of the module and of the driver.
 */
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "lib/libghostnv.h"

static const struct cli_option options[] = {
	{ "format", 0, "table|json", "how to answer (table)", cli_take_format },
	{ 0 },
};

static int print_json(const struct ghostnv_version *version)
{
	struct json_object *object = json_object_new_object();

	cli_json_add_text(object, "command", GHOSTNV_VERSION);
	cli_json_add_text(object, "module", version ? version->module : NULL);
	cli_json_add_text(object, "driver",
			  version && version->driver[0] ? version->driver : NULL);
	cli_json_add(object, "context_overhead_bytes",
		     version ? json_object_new_uint64(version->context_overhead_bytes) : NULL);
	return cli_json_print(object, true);
}

static int print_text(const struct ghostnv_version *version)
{
	printf(PROGRAM " " GHOSTNV_VERSION "\n");
	if (version)
		printf("ghostnv.ko %s\n", version->module);
	else
		printf("ghostnv.ko: not loaded\n");
	if (version && version->driver[0])
		printf("NVIDIA driver %s\n", version->driver);
	return fflush(stdout) ? -errno : 0;
}

static int run(const struct cli_command *self, const struct gnv_root *root, int argc,
	       char **argv)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	struct ghostnv_version version = { 0 };
	struct cli_format format = { 0 };
	struct ghostnv *module;
	bool loaded = false;
	int operands, r;

	(void)root;
	r = cli_options_parse(options, CLI_OPERANDS_ANYWHERE, argc, argv, &format, &operands,
			      &err);
	if (!r && operands)
		r = cli_unexpected(argv[1], &err);
	if (r < 0)
		return cli_usage_error(self, err);
	if (r == CLI_HELP_ASKED) {
		cli_print_help(self);
		return EXIT_SUCCESS;
	}
	if (!ghostnv_open(&module)) {
		loaded = !ghostnv_version_get(module, &version);
		ghostnv_close(module);
	}
	r = format.json ? print_json(loaded ? &version : NULL) :
			  print_text(loaded ? &version : NULL);
	if (r < 0) {
		gnv_error_errno(&err, -r, "write to stdout");
		cli_report(self->name, err);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

const struct cli_command cmd_version = {
	.name = "version",
	.synopsis = "[OPTION...]",
	.help = "show the versions of command, module and driver",
	.options = options,
	.run = run,
};
