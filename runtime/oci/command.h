/* SPDX-License-Identifier: MIT */
/*
 * The verbs of ghostnv-container-oci and what they share.
 */
#ifndef GNV_OCI_COMMAND_H
#define GNV_OCI_COMMAND_H

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/options.h"
#include "oci/log.h"
#include "oci/names.h"

struct oci_globals {
	const char *root;
	const char *log_path;
	const char *gpu_config; /* NULL: the usual one */
	struct oci_log log;
	bool version;
	bool systemd; /* makes the cgroups */
};

struct oci_command {
	const char *name;
	const char *synopsis; /* behind the name */
	const char *help; /* one line */
	const struct cli_option *options; /* ends with one without a name */
	enum cli_operands operands;
	int min_operands, max_operands;
	bool any_options; /* nobody looks at them */
	size_t data_size;
	/*
	 * @data: zeroed, filled by the options; argv[0..argc) are the operands.
	 * Return: the exit status, or -errno with *err set.
	 */
	int (*run)(const struct oci_globals *globals, void *data, int argc, char **argv,
		   struct gnv_error **err);
};

extern const struct oci_command oci_cmd_create, oci_cmd_start, oci_cmd_run, oci_cmd_state,
	oci_cmd_kill, oci_cmd_delete, oci_cmd_list, oci_cmd_ps, oci_cmd_exec, oci_cmd_pause,
	oci_cmd_resume, oci_cmd_update, oci_cmd_events, oci_cmd_features, oci_cmd_spec,
	oci_cmd_validate, oci_cmd_register, oci_cmd_unregister, oci_cmd_checkpoint,
	oci_cmd_restore;

/* The value of --format where it is "table" or "json". */
static inline int oci_parse_format(const char *value, bool *ret_json, struct gnv_error **err)
{
	*ret_json = !strcmp(value, "json");
	if (*ret_json || !strcmp(value, "table"))
		return 0;
	return gnv_error_set(err, EINVAL, "--format `%s`: it is table or json", value);
}

#endif /* GNV_OCI_COMMAND_H */
