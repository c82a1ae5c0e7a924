// SPDX-License-Identifier: MIT
/*
 * validate: every fault of a bundle, not the first only.
 */
#include <string.h>

#include "base/utf8.h"
#include "oci/bundle.h"
#include "oci/command.h"

static void print_all(char *const *lines, const char *prefix)
{
	for (; lines && *lines; lines++)
		printf("%s%s\n", prefix, gnv_utf8_make_plain(*lines));
}

static int run(const struct oci_globals *globals, void *data, int argc, char **argv,
	       struct gnv_error **err)
{
	_cleanup_bundle_ struct oci_bundle bundle = { 0 };
	_cleanup_reader_ struct oci_reader reader = { 0 };
	int r = oci_bundle_open(argc ? argv[0] : ".", NULL, &reader, &bundle, err);

	(void)globals, (void)data;
	if (r < 0)
		return r;
	oci_bundle_check(&bundle, &reader);
	if (reader.no_memory)
		return gnv_error_errno(err, ENOMEM, "validate");
	print_all(reader.warnings, "warning: ");
	print_all(reader.faults, "");
	return reader.n_faults ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct oci_command oci_cmd_validate = {
	.name = "validate",
	.synopsis = "[BUNDLE]",
	.help = "list all faults of a bundle's config.json",
	.max_operands = 1,
	.run = run,
};
