// SPDX-License-Identifier: MIT
/*
 * ghostnv-container-oci: options that stand before the verb, and the verb.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "oci/command.h"
#include "oci/config.h"
#include "oci/gpu_admin.h"
#include "oci/rootless.h"

static const struct oci_command *const commands[] = {
	&oci_cmd_create,
	&oci_cmd_start,
	&oci_cmd_run,
	&oci_cmd_state,
	&oci_cmd_kill,
	&oci_cmd_delete,
	&oci_cmd_list,
	&oci_cmd_ps,
	&oci_cmd_exec,
	&oci_cmd_pause,
	&oci_cmd_resume,
	&oci_cmd_update,
	&oci_cmd_events,
	&oci_cmd_features,
	&oci_cmd_spec,
	&oci_cmd_validate,
	&oci_cmd_register,
	&oci_cmd_unregister,
	&oci_cmd_checkpoint,
	&oci_cmd_restore,
	NULL,
};

static int take_root(void *data, const char *value, struct gnv_error **err)
{
	if (!*value)
		return gnv_error_set(err, EINVAL, "--root: the directory is missing");
	((struct oci_globals *)data)->root = value;
	return 0;
}

static int take_log(void *data, const char *value, struct gnv_error **err)
{
	(void)err;
	((struct oci_globals *)data)->log_path = *value ? value : NULL;
	return 0;
}

static int take_log_format(void *data, const char *value, struct gnv_error **err)
{
	struct oci_globals *globals = data;

	globals->log.json = !strcmp(value, "json");
	if (globals->log.json || !strcmp(value, "text"))
		return 0;
	return gnv_error_set(err, EINVAL, "--log-format `%s`: it is text or json", value);
}

static int take_debug(void *data, const char *value, struct gnv_error **err)
{
	(void)value, (void)err;
	((struct oci_globals *)data)->log.debug = true;
	return 0;
}

static int take_systemd(void *data, const char *value, struct gnv_error **err)
{
	(void)value, (void)err;
	((struct oci_globals *)data)->systemd = true;
	return 0;
}

static int take_manager(void *data, const char *value, struct gnv_error **err)
{
	struct oci_globals *globals = data;

	globals->systemd = !strcmp(value, "systemd");
	if (globals->systemd || !strcmp(value, "cgroupfs"))
		return 0;
	return gnv_error_set(err, EINVAL, "--cgroup-manager `%s`: it is cgroupfs or systemd",
			     value);
}

static int take_rootless(void *data, const char *value, struct gnv_error **err)
{
	(void)data;
	/* We look ourselves. */
	if (!strcmp(value, "true") || !strcmp(value, "false") || !strcmp(value, "auto"))
		return 0;
	return gnv_error_set(err, EINVAL, "--rootless `%s`: it is true, false or auto", value);
}

static int take_gpu_config(void *data, const char *value, struct gnv_error **err)
{
	if (!*value)
		return gnv_error_set(err, EINVAL, "--gpu-config: the file is missing");
	((struct oci_globals *)data)->gpu_config = value;
	return 0;
}

static int take_version(void *data, const char *value, struct gnv_error **err)
{
	(void)value, (void)err;
	((struct oci_globals *)data)->version = true;
	return 0;
}

static const struct cli_option global_options[] = {
	{ "root", 0, "DIR", "keep state in DIR (" OCI_DEFAULT_ROOT ")", take_root },
	{ "log", 0, "FILE", "append messages to FILE", take_log },
	{ "log-format", 0, "FORMAT", "text or json", take_log_format },
	{ "debug", 0, NULL, "say more", take_debug },
	{ "systemd-cgroup", 0, NULL, "--cgroup-manager systemd", take_systemd },
	{ "cgroup-manager", 0, "NAME", "cgroupfs or systemd", take_manager },
	{ "rootless", 0, "BOOL", "true, false or auto: it is seen without", take_rootless },
	{ "gpu-config", 0, "FILE", "instead of " OCI_GPU_ADMIN_PATH, take_gpu_config },
	{ "version", 'v', NULL, "show the version", take_version },
	{ 0 },
};

static void print_options(const struct cli_option *options)
{
	char left[64];

	for (; options && options->name; options++) {
		cli_option_show(options, left);
		printf("  %-32s %s\n", left, options->help);
	}
	printf("  %-32s %s\n", "-h, --help", "show this");
}

static void print_overview(void)
{
	const struct oci_command *const *command;

	printf("Usage: " OCI_PROGRAM " [OPTION...] COMMAND [OPTION...]\n\n"
	       "Runs OCI bundles with a share of a GPU that the kernel enforces.\n\nOptions:\n");
	print_options(global_options);
	printf("\nCommands:\n");
	for (command = commands; *command; command++)
		printf("  %-12s %s\n", (*command)->name, (*command)->help);
}

static void print_help(const struct oci_command *command)
{
	printf("Usage: " OCI_PROGRAM " %s [OPTION...] %s\n\n%s.\n\nOptions:\n", command->name,
	       command->synopsis, command->help);
	print_options(command->options);
}

static void print_version(void)
{
	printf(OCI_PROGRAM " version " GHOSTNV_VERSION "\nspec: " OCI_VERSION "\n");
}

static const struct oci_command *find_command(const char *name, struct gnv_error **err)
{
	const char *names[32];
	const char *nearest;
	size_t i;

	for (i = 0; commands[i]; i++) {
		if (!strcmp(commands[i]->name, name))
			return commands[i];
		names[i] = commands[i]->name;
	}
	names[i] = NULL;
	nearest = cli_nearest(name, names);
	gnv_error_set(err, EINVAL, "`%s`: there is no such command", name);
	if (nearest)
		gnv_error_remedy(err, 0, "did you mean `%s`?", nearest);
	return NULL;
}

static int run(const struct oci_globals *globals, const struct oci_command *command, int argc,
	       char **argv, struct gnv_error **err)
{
	static const struct cli_option none[] = { { 0 } };
	/* Until the process ends. */
	static void *data;
	int operands = 0, r;

	data = calloc(1, command->data_size + 1);
	if (!data)
		return gnv_error_errno(err, ENOMEM, "%s", command->name);
	if (command->any_options)
		return command->run(globals, data, argc - 1, argv + 1, err);
	r = cli_options_parse(command->options ? command->options : none, command->operands,
			      argc, argv, data, &operands, err);
	if (r == CLI_HELP_ASKED) {
		print_help(command);
		return EXIT_SUCCESS;
	}
	if (r < 0)
		return gnv_error_wrap(err, r, "%s", command->name);
	if (operands < command->min_operands || operands > command->max_operands)
		return gnv_error_set(err, EINVAL, "%s: write `%s%s%s`", command->name,
				     command->name, *command->synopsis ? " " : "",
				     command->synopsis);
	return command->run(globals, data, operands, argv + 1, err);
}

static int dispatch(struct oci_globals *globals, int argc, char **argv, struct gnv_error **err)
{
	const struct oci_command *command;
	int operands = 0;
	int r = cli_options_parse(global_options, CLI_OPERANDS_LAST, argc, argv, globals,
				  &operands, err);

	if (r < 0)
		return r;
	if (r == CLI_HELP_ASKED || (operands && !strcmp(argv[1], "help"))) {
		print_overview();
		return EXIT_SUCCESS;
	}
	if (globals->version) {
		print_version();
		return EXIT_SUCCESS;
	}
	r = oci_log_open(&globals->log, globals->log_path, err);
	if (r < 0)
		return r;
	if (!operands)
		return gnv_error_set(err, EINVAL, "a command is missing; --help lists them");
	command = find_command(argv[1], err);
	if (!command)
		return -EINVAL;
	if (!globals->root)
		globals->root = oci_default_root();
	return run(globals, command, operands, argv + 1, err);
}

/* Standard descriptors that are closed would become files of ours. */
static int take_descriptors(struct gnv_error **err)
{
	struct pollfd fds[] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };
	int fd;

	/* Who is asked for nothing says only that it is not there (POLLNVAL), or has failed. */
	while (poll(fds, 3, 0) != 0 &&
	       (fds[0].revents | fds[1].revents | fds[2].revents) & POLLNVAL) {
		fd = open("/dev/null", O_RDWR);
		if (fd < 0)
			return gnv_error_errno(err, errno, "open `/dev/null`");
	}
	return 0;
}

int main(int argc, char **argv)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	struct oci_globals globals = { .log = { .fd = -1 } };
	int r;

	/* Nobody in a container is to look into our memory, or at our program. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	r = take_descriptors(&err);
	if (r >= 0)
		r = dispatch(&globals, argc, argv, &err);
	if (r >= 0 && (fflush(stdout) == EOF || ferror(stdout)))
		r = gnv_error_errno(&err, errno ? errno : EIO, "write to standard output");
	if (r >= 0)
		return r;
	oci_log_error(&globals.log, err);
	return EXIT_FAILURE;
}
