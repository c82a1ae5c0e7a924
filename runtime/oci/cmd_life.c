// SPDX-License-Identifier: MIT
/*
 * create, run, start, state, kill, delete, list.
 */
#include <signal.h>
#include <string.h>

#include "base/parse.h"
#include "base/strv.h"
#include "image/json.h"
#include "oci/command.h"
#include "oci/launch.h"

struct create {
	struct oci_create_options options;
	bool detach, keep;
};

#define TAKE_TEXT(name, member) \
	static int take_##name(void *data, const char *value, struct gnv_error **err) \
	{ \
		(void)err; \
		((struct create *)data)->member = value; \
		return 0; \
	}
#define TAKE_FLAG(name, type, member) \
	static int take_##name(void *data, const char *value, struct gnv_error **err) \
	{ \
		(void)value, (void)err; \
		((struct type *)data)->member = true; \
		return 0; \
	}

TAKE_TEXT(bundle, options.bundle)
TAKE_TEXT(config, options.config_path)
TAKE_TEXT(pid_file, options.pid_file)
TAKE_TEXT(console_socket, options.console_socket)
TAKE_TEXT(pidfd_socket, options.pidfd_socket)
TAKE_FLAG(no_pivot, create, options.no_pivot)
TAKE_FLAG(no_new_keyring, create, options.no_new_keyring)
TAKE_FLAG(detach, create, detach)
TAKE_FLAG(keep, create, keep)

static int take_preserve_fds(void *data, const char *value, struct gnv_error **err)
{
	uint32_t n;

	if (gnv_parse_u32(value, &n) < 0 || n > OCI_PRESERVE_FDS_MAX)
		return gnv_error_set(err, EINVAL, "--preserve-fds `%s`: give a number up to %d",
				     value, OCI_PRESERVE_FDS_MAX);
	((struct create *)data)->options.preserve_fds = (int)n;
	return 0;
}

#define CREATE_OPTIONS \
	{ "bundle", 'b', "DIR", "the bundle (.)", take_bundle }, \
		{ "config", 'f', "FILE", "instead of config.json in the bundle", take_config }, \
		{ "pid-file", 0, "FILE", "write the number of the process there", take_pid_file }, \
		{ "console-socket", 0, "SOCKET", "send the terminal there", take_console_socket }, \
		{ "pidfd-socket", 0, "SOCKET", "send a pidfd of it there", take_pidfd_socket }, \
		{ "preserve-fds", 0, "N", "hand N more descriptors on, from 3", take_preserve_fds }, \
		{ "no-pivot", 0, NULL, "move the root instead of pivot_root", take_no_pivot }, \
	{ \
		"no-new-keyring", 0, NULL, "keep the caller's session keyring", take_no_new_keyring \
	}

static const struct cli_option create_options[] = { CREATE_OPTIONS, { 0 } };
static const struct cli_option run_options[] = {
	CREATE_OPTIONS,
	{ "detach", 'd', NULL, "do not wait for its end", take_detach },
	{ "keep", 0, NULL, "do not delete it at its end", take_keep },
	{ 0 },
};

static const struct oci_create_options *complete(const struct oci_globals *globals,
						 struct create *create, const char *id)
{
	create->options.root = globals->root;
	create->options.id = id;
	create->options.log = &globals->log;
	create->options.systemd = globals->systemd;
	create->options.gpu_config = globals->gpu_config;
	if (!create->options.bundle)
		create->options.bundle = ".";
	return &create->options;
}

static int run_create(const struct oci_globals *globals, void *data, int argc, char **argv,
		      struct gnv_error **err)
{
	pid_t pid;

	(void)argc;
	return gnv_error_wrap(err, oci_create(complete(globals, data, argv[0]), &pid, err),
			      "create container `%s`", argv[0]);
}

static int run_run(const struct oci_globals *globals, void *data, int argc, char **argv,
		   struct gnv_error **err)
{
	struct create *options = data;

	(void)argc;
	return oci_run(complete(globals, options, argv[0]),
		       options->detach ? OCI_RUN_DETACHED :
		       options->keep   ? OCI_RUN_KEPT :
					 OCI_RUN_DELETED,
		       err);
}

static int run_start(const struct oci_globals *globals, void *data, int argc, char **argv,
		     struct gnv_error **err)
{
	(void)data, (void)argc;
	return oci_start(globals->root, argv[0], &globals->log, err);
}

static int read_state(const struct oci_globals *globals, const char *id, struct oci_state *ret,
		      struct gnv_error **err)
{
	_cleanup_entry_ struct oci_entry entry = OCI_ENTRY_INIT;
	int r = oci_entry_open(globals->root, id, false, &entry, err);

	return r < 0 ? r : oci_state_read(&entry, ret, err);
}

static int run_state(const struct oci_globals *globals, void *data, int argc, char **argv,
		     struct gnv_error **err)
{
	_cleanup_ocistate_ struct oci_state state = { 0 };
	_cleanup_json_ struct json_object *json = NULL;
	const char *text;
	int r = read_state(globals, argv[0], &state, err);

	(void)data, (void)argc;
	if (r < 0)
		return r;
	json = oci_state_json(argv[0], &state, oci_state_status(&state));
	text = json ? json_object_to_json_string_ext(json, OCI_JSON_PRETTY) : NULL;
	if (!text)
		return gnv_error_errno(err, ENOMEM, "state");
	puts(text);
	return EXIT_SUCCESS;
}

/* --- kill --------------------------------------------------------------------------- */

struct kill {
	bool all;
};

TAKE_FLAG(all, kill, all)

static const struct cli_option kill_options[] = {
	{ "all", 'a', NULL, "every process of the container", take_all },
	{ 0 },
};

/* "9", "KILL", "SIGKILL", "RTMIN+3". */
/* As kill(1) has them; how many real-time ones a C library keeps is its own affair. */
#define FIRST_REALTIME 34
#define LAST_REALTIME  64

static const char *const signal_names[] = {
	[SIGHUP] = "HUP",     [SIGINT] = "INT",	  [SIGQUIT] = "QUIT",	  [SIGILL] = "ILL",
	[SIGTRAP] = "TRAP",   [SIGABRT] = "ABRT", [SIGBUS] = "BUS",	  [SIGFPE] = "FPE",
	[SIGKILL] = "KILL",   [SIGUSR1] = "USR1", [SIGSEGV] = "SEGV",	  [SIGUSR2] = "USR2",
	[SIGPIPE] = "PIPE",   [SIGALRM] = "ALRM", [SIGTERM] = "TERM",	  [SIGSTKFLT] = "STKFLT",
	[SIGCHLD] = "CHLD",   [SIGCONT] = "CONT", [SIGSTOP] = "STOP",	  [SIGTSTP] = "TSTP",
	[SIGTTIN] = "TTIN",   [SIGTTOU] = "TTOU", [SIGURG] = "URG",	  [SIGXCPU] = "XCPU",
	[SIGXFSZ] = "XFSZ",   [SIGVTALRM] = "VTALRM", [SIGPROF] = "PROF", [SIGWINCH] = "WINCH",
	[SIGPOLL] = "POLL",   [SIGPWR] = "PWR",	  [SIGSYS] = "SYS",
};

static int parse_signal(const char *text, struct gnv_error **err)
{
	const char *name = strncasecmp(text, "SIG", 3) ? text : text + 3;
	uint32_t number;
	size_t i;

	if (!gnv_parse_u32(text, &number)) {
		if (number <= LAST_REALTIME)
			return (int)number;
	} else if (!strncasecmp(name, "RTMIN+", 6) && !gnv_parse_u32(name + 6, &number) &&
		   number <= LAST_REALTIME - FIRST_REALTIME) {
		return FIRST_REALTIME + (int)number;
	} else {
		for (i = 1; i < sizeof(signal_names) / sizeof(signal_names[0]); i++)
			if (!strcasecmp(signal_names[i], name))
				return (int)i;
	}
	return gnv_error_set(err, EINVAL, "signal `%s`: there is no such signal", text);
}

static int run_kill(const struct oci_globals *globals, void *data, int argc, char **argv,
		    struct gnv_error **err)
{
	int number = argc > 1 ? parse_signal(argv[1], err) : SIGTERM;

	if (number < 0)
		return number;
	return oci_kill(globals->root, argv[0], number, ((struct kill *)data)->all, err);
}

/* --- delete --------------------------------------------------------------------------- */

struct delete
{
	bool force;
};

TAKE_FLAG(force, delete, force)

static const struct cli_option delete_options[] = {
	{ "force", 'f', NULL, "also one that runs, by SIGKILL", take_force },
	{ 0 },
};

static int run_delete(const struct oci_globals *globals, void *data, int argc, char **argv,
		      struct gnv_error **err)
{
	(void)argc;
	return oci_delete(globals->root, argv[0], ((struct delete *)data)->force, &globals->log,
			  err);
}

/* --- list --------------------------------------------------------------------------------- */

struct list {
	bool json, quiet;
};

TAKE_FLAG(quiet, list, quiet)

static int take_format(void *data, const char *value, struct gnv_error **err)
{
	return oci_parse_format(value, &((struct list *)data)->json, err);
}

static const struct cli_option list_options[] = {
	{ "format", 'f', "FORMAT", "table or json", take_format },
	{ "quiet", 'q', NULL, "ids only", take_quiet },
	{ 0 },
};

static void list_one(const struct list *list, const char *id, const struct oci_state *state,
		     struct json_object *array)
{
	enum oci_status status = oci_state_status(state);
	struct json_object *json;

	if (list->quiet) {
		puts(id);
	} else if (list->json) {
		json = oci_state_json(id, state, status);
		if (json)
			json_object_array_add(array, json);
	} else {
		printf("%-24s %-8d %-10s %-22s %s\n", id,
		       status == OCI_STOPPED ? 0 : (int)state->pid.value, oci_status_name(status),
		       state->created, state->bundle);
	}
}

static int run_list(const struct oci_globals *globals, void *data, int argc, char **argv,
		    struct gnv_error **err)
{
	const struct list *list = data;
	_cleanup_json_ struct json_object *array = json_object_new_array();
	_cleanup_strv_ char **ids = NULL;
	char **id;
	int r = oci_entry_ids(globals->root, &ids, err);

	(void)argc, (void)argv;
	if (r < 0)
		return r;
	if (!array)
		return gnv_error_errno(err, ENOMEM, "list");
	if (!list->json && !list->quiet)
		printf("%-24s %-8s %-10s %-22s %s\n", "ID", "PID", "STATUS", "CREATED", "BUNDLE");
	for (id = ids; id && *id; id++) {
		_cleanup_ocistate_ struct oci_state state = { 0 };
		_cleanup_error_ struct gnv_error *reason = NULL;

		r = read_state(globals, *id, &state, &reason);
		if (r >= 0)
			list_one(list, *id, &state, array);
		/* One that is being made or deleted is none; nor is what is no directory. */
		else if (r != -ENOENT && r != -ENOTDIR)
			oci_log_warning(&globals->log, reason);
	}
	if (list->json)
		puts(json_object_to_json_string_ext(array, OCI_JSON_PLAIN));
	return EXIT_SUCCESS;
}

#define COMMAND(symbol, verb, operands_, text, table, type, n_min, n_max) \
	const struct oci_command oci_cmd_##symbol = { \
		.name = verb, \
		.synopsis = operands_, \
		.help = text, \
		.options = table, \
		.min_operands = n_min, \
		.max_operands = n_max, \
		.data_size = sizeof(struct type), \
		.run = run_##symbol, \
	}

COMMAND(create, "create", "ID", "make a container up to where only its program is wanting",
	create_options, create, 1, 1);
COMMAND(run, "run", "ID", "create and start a container", run_options, create, 1, 1);
COMMAND(start, "start", "ID", "run a created container's program", NULL, kill, 1, 1);
COMMAND(state, "state", "ID", "print the state of a container", NULL, kill, 1, 1);
COMMAND(kill, "kill", "ID [SIGNAL]", "send a signal (TERM)", kill_options, kill, 1, 2);
COMMAND(delete, "delete", "ID", "take away a container that has stopped", delete_options,
	delete, 1, 1);
COMMAND(list, "list", "", "list containers", list_options, list, 0, 0);
