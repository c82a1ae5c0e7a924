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

static int stop_one(const struct gnv_root *root, const char *name, const void *wish,
		    struct gnv_error **err)
{
	const uint32_t *timeout_s = wish;

	return gnv_container_stop(root, name, (int)*timeout_s * 1000, err);
}

static int run(const struct cli_command *self, const struct gnv_root *root, int argc,
	       char **argv)
{
	uint32_t timeout_s = TIMEOUT_DEFAULT_S;

	return cli_run_named(self, root, argc, argv, &timeout_s, stop_one);
}

const struct cli_command cmd_stop = {
	.name = "stop",
	.synopsis = "[OPTION...] NAME...",
	.help = "end containers: SIGTERM, then SIGKILL",
	.more = "Returns when they are gone and cleaned up.",
	.options = options,
	.run = run,
};
