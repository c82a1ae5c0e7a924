// SPDX-License-Identifier: MIT
/*
 * ghostnv-container: options that stand before the verb, and the verb.
 */
#include <fcntl.h>
#include <linux/close_range.h>
#include <string.h>
#include <sys/resource.h>

#include "base/file.h"
#include "cli/command.h"
#include "base/options.h"

struct globals {
	const char *root;
	bool version;
};

static int take_root(void *data, const char *value, struct gnv_error **err)
{
	struct globals *globals = data;

	if (!*value) {
		gnv_error_set(err, EINVAL, "--root: the directory is missing");
		return gnv_error_remedy(err, -EINVAL, "write --root DIR");
	}
	globals->root = value;
	return 0;
}

static int take_version(void *data, const char *value, struct gnv_error **err)
{
	struct globals *globals = data;

	(void)value, (void)err;
	globals->version = true;
	return 0;
}

static const struct cli_option global_options[] = {
	{ "root", 0, "DIR", "put DIR before /run/ghostnv and /var/lib/ghostnv", take_root },
	{ "version", 0, NULL, "show the version", take_version },
	{ 0 },
};

static void print_overview(void)
{
	const struct cli_command *const *command;

	printf("Usage: " PROGRAM " [--root DIR] COMMAND [OPTION...]\n\n"
	       "Containers with a share of a GPU that the kernel enforces.\n\nCommands:\n");
	for (command = cli_commands; *command; command++)
		printf("  %-10s %s\n", (*command)->name, (*command)->help);
	printf("\n" PROGRAM " COMMAND --help tells more of one; see " PROGRAM "(1).\n");
}

static int no_such_command(const char *name)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	const char *names[32] = { "help" };
	const char *nearest;
	size_t i;

	for (i = 0; cli_commands[i]; i++)
		names[i + 1] = cli_commands[i]->name;
	nearest = cli_nearest(name, names);
	gnv_error_set(&err, EINVAL, "`%s`: there is no such command", name);
	if (nearest)
		gnv_error_remedy(&err, 0, "did you mean `%s`?", nearest);
	else
		gnv_error_remedy(&err, 0, "`" PROGRAM " help` lists them");
	return cli_usage_error(NULL, err);
}

static int help(int argc, char **argv)
{
	const struct cli_command *command;

	if (argc < 2) {
		print_overview();
		return EXIT_SUCCESS;
	}
	command = cli_command_find(argv[1]);
	if (!command)
		return no_such_command(argv[1]);
	cli_print_help(command);
	return EXIT_SUCCESS;
}

static int run(const struct cli_command *command, const char *prefix, int argc, char **argv)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	_cleanup_root_ struct gnv_root root = { 0 };
	int r = 0;

	if (!prefix)
		prefix = getenv("GHOSTNV_STATE_ROOT");
	/* Others would look in vain in what they have made of a misspelt name. */
	if (command == &cmd_run && prefix && *prefix)
		r = gnv_mkdir_all(prefix, 0755, &err);
	if (!r)
		r = gnv_root_init(&root, prefix, &err);
	if (r < 0) {
		cli_report(command->name, err);
		return EXIT_FAILURE;
	}
	return command->run(command, &root, argc, argv);
}

/*
 * Standard descriptors that are closed would become files of ours, and those that
 * the caller forgot to close would stay open as long as a detached container runs.
 */
static int take_descriptors(struct gnv_error **err)
{
	struct rlimit limit;
	int fd;

	close_range(3, ~0U, 0);
	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return gnv_error_errno(err, errno, "open `/dev/null`");
		/* The program is to have it. */
		if (fd <= STDERR_FILENO)
			fcntl(fd, F_SETFD, 0);
	} while (fd <= STDERR_FILENO);
	close(fd);
	/* A launcher that runs out of them could not even clean up. */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	return 0;
}

int main(int argc, char **argv)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	const struct cli_command *command;
	struct globals globals = { 0 };
	int operands = 0, r;

	if (take_descriptors(&err) < 0) {
		cli_report(NULL, err);
		return EXIT_FAILURE;
	}
	r = cli_options_parse(global_options, CLI_OPERANDS_LAST, argc, argv, &globals,
			      &operands, &err);
	if (r < 0)
		return cli_usage_error(NULL, err);
	if (r == CLI_HELP_ASKED)
		return help(1, argv);
	argv++;
	if (globals.version) {
		argv[0] = (char *)cmd_version.name;
		return run(&cmd_version, globals.root, 1, argv);
	}
	if (!operands) {
		gnv_error_set(&err, EINVAL, "a command is missing");
		gnv_error_remedy(&err, 0, "`" PROGRAM " help` lists them");
		return cli_usage_error(NULL, err);
	}
	if (!strcmp(argv[0], "help"))
		return help(operands, argv);
	command = cli_command_find(argv[0]);
	return command ? run(command, globals.root, operands, argv) : no_such_command(argv[0]);
}
