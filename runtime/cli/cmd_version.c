// SPDX-License-Identifier: MIT
/*
 * ghostnv-container version: of this command, of the module and of the driver.
 */
#include "cli/command.h"
#include "base/options.h"
#include "cli/output.h"
#include "lib/libghostnv.h"

static const struct cli_option options[] = {
	{ "format", 0, "table|json", "how to answer (table)", cli_take_format },
	{ 0 },
};

static bool limits_time(const struct ghostnv_version *version)
{
	return version->flags & GHOSTNV_BRIDGE_PRESENT;
}

static int print_json(const struct ghostnv_version *version)
{
	struct json_object *object = json_object_new_object();

	cli_json_add_text(object, "command", GHOSTNV_VERSION);
	cli_json_add_text(object, "module", version ? version->module : NULL);
	cli_json_add_text(object, "driver",
			  version && version->driver[0] ? version->driver : NULL);
	cli_json_add(object, "limits_gpu_time",
		     version ? json_object_new_boolean(limits_time(version)) : NULL);
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
	if (version && !limits_time(version))
		printf("ghostnv-rm.ko: not loaded: GPU time has no limits, memory has\n");
	return fflush(stdout) ? -errno : 0;
}

static int show(const struct gnv_root *root, const struct cli_format *format,
		struct gnv_error **err)
{
	struct ghostnv_version version = { 0 };
	struct ghostnv *module;
	bool loaded = false;
	int r;

	(void)root;
	if (!ghostnv_open(&module)) {
		loaded = !ghostnv_version_get(module, &version);
		ghostnv_close(module);
	}
	r = format->json ? print_json(loaded ? &version : NULL) :
			   print_text(loaded ? &version : NULL);
	return r < 0 ? gnv_error_errno(err, -r, "write to stdout") : 0;
}

static int run(const struct cli_command *self, const struct gnv_root *root, int argc,
	       char **argv)
{
	return cli_run_answer(self, root, argc, argv, show);
}

const struct cli_command cmd_version = {
	.name = "version",
	.synopsis = "[OPTION...]",
	.help = "show the versions of command, module and driver",
	.options = options,
	.run = run,
};
