// SPDX-License-Identifier: MIT
/*
 * exec: the process comes from a file, or from the container's own with changes.
 */
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/parse.h"
#include "base/strv.h"
#include "oci/command.h"
#include "oci/launch.h"

struct exec {
	struct oci_exec_options options;
	const char *process_path, *user, *cwd, *apparmor, *label;
	char **env;
	uint64_t caps;
	struct oci_array groups; /* uint32_t */
	bool tty, detach, no_new_privs;
};

#define TAKE_TEXT(name, member) \
	static int take_##name(void *data, const char *value, struct gnv_error **err) \
	{ \
		(void)err; \
		((struct exec *)data)->member = value; \
		return 0; \
	}
#define TAKE_FLAG(name, member) \
	static int take_##name(void *data, const char *value, struct gnv_error **err) \
	{ \
		(void)value, (void)err; \
		((struct exec *)data)->member = true; \
		return 0; \
	}

TAKE_TEXT(process, process_path)
TAKE_TEXT(user, user)
TAKE_TEXT(apparmor, apparmor)
TAKE_TEXT(label, label)
TAKE_TEXT(pid_file, options.pid_file)
TAKE_TEXT(console_socket, options.console_socket)
TAKE_TEXT(pidfd_socket, options.pidfd_socket)
TAKE_TEXT(cgroup, options.cgroup)
TAKE_FLAG(tty, tty)
TAKE_FLAG(detach, detach)
TAKE_FLAG(no_new_privs, no_new_privs)
TAKE_FLAG(ignore_paused, options.ignore_paused)

static int take_cwd(void *data, const char *value, struct gnv_error **err)
{
	if (*value != '/')
		return gnv_error_set(err, EINVAL, "--cwd `%s`: it is not an absolute path", value);
	((struct exec *)data)->cwd = value;
	return 0;
}

static int take_env(void *data, const char *value, struct gnv_error **err)
{
	if (!strchr(value, '=') || value[0] == '=')
		return gnv_error_set(err, EINVAL, "--env `%s`: write KEY=VALUE", value);
	if (gnv_strv_append(&((struct exec *)data)->env, value) < 0)
		return gnv_error_errno(err, ENOMEM, "--env");
	return 0;
}

static int take_cap(void *data, const char *value, struct gnv_error **err)
{
	int i;

	for (i = 0; oci_capability_names[i]; i++)
		if (!strcmp(oci_capability_names[i], value)) {
			((struct exec *)data)->caps |= 1ULL << i;
			return 0;
		}
	return gnv_error_set(err, EINVAL, "--cap `%s`: there is no such capability", value);
}

static int take_gids(void *data, const char *value, struct gnv_error **err)
{
	struct oci_array *groups = &((struct exec *)data)->groups;
	_cleanup_free_ char *copy = strdup(value);
	char *next = copy, *word;
	uint32_t gid, *grown;

	while (copy && (word = strsep(&next, ","))) {
		if (gnv_parse_u32(word, &gid) < 0 || gid == UINT32_MAX)
			return gnv_error_set(err, EINVAL, "--additional-gids `%s`: give numbers", value);
		grown = reallocarray(groups->items, groups->n + 1, sizeof(*grown));
		if (!grown)
			return gnv_error_errno(err, ENOMEM, "--additional-gids");
		grown[groups->n++] = gid;
		groups->items = grown;
	}
	return copy ? 0 : gnv_error_errno(err, ENOMEM, "--additional-gids");
}

static int take_preserve_fds(void *data, const char *value, struct gnv_error **err)
{
	uint32_t n;

	if (gnv_parse_u32(value, &n) < 0 || n > OCI_PRESERVE_FDS_MAX)
		return gnv_error_set(err, EINVAL, "--preserve-fds `%s`: give a number up to %d",
				     value, OCI_PRESERVE_FDS_MAX);
	((struct exec *)data)->options.preserve_fds = (int)n;
	return 0;
}

static const struct cli_option exec_options[] = {
	{ "process", 'p', "FILE", "the whole process as JSON", take_process },
	{ "detach", 'd', NULL, "do not wait for its end", take_detach },
	{ "tty", 't', NULL, "with a terminal", take_tty },
	{ "console-socket", 0, "SOCKET", "send the terminal there", take_console_socket },
	{ "pidfd-socket", 0, "SOCKET", "send a pidfd of it there", take_pidfd_socket },
	{ "pid-file", 0, "FILE", "write the number of the process there", take_pid_file },
	{ "user", 'u', "UID[:GID]", "as another user", take_user },
	{ "additional-gids", 'g', "GID,…", "in these groups too", take_gids },
	{ "cap", 'c', "CAP", "with this capability too; may be given again", take_cap },
	{ "env", 'e', "KEY=VALUE", "in the environment; may be given again", take_env },
	{ "cwd", 0, "DIR", "the working directory", take_cwd },
	{ "cgroup", 0, "PATH", "in a cgroup below the container's", take_cgroup },
	{ "ignore-paused", 0, NULL, "also in a paused container", take_ignore_paused },
	{ "process-label", 0, "LABEL", "with this SELinux label", take_label },
	{ "apparmor", 0, "PROFILE", "under this AppArmor profile", take_apparmor },
	{ "no-new-privs", 0, NULL, "set no_new_privs", take_no_new_privs },
	{ "preserve-fds", 0, "N", "hand N more descriptors on, from 3", take_preserve_fds },
	{ 0 },
};

static int read_process(const char *path, const struct oci_log *log, struct oci_process *ret,
			struct gnv_error **err)
{
	_cleanup_reader_ struct oci_reader reader = { 0 };
	_cleanup_free_ char *text = NULL;
	char **warning;
	size_t length;
	int r = gnv_file_read_at(AT_FDCWD, path, OCI_CONFIG_BYTES_MAX, &text, &length, err);

	oci_path_push(&reader, "process");
	if (r >= 0)
		r = oci_table_parse(&reader, &oci_process_table, text, length, ret, err);
	if (r >= 0)
		r = oci_reader_result(&reader, err);
	for (warning = reader.warnings; r >= 0 && warning && *warning; warning++)
		oci_log_write(log, OCI_LOG_WARNING, "--process `%s`: %s", path, *warning);
	return gnv_error_wrap(err, r, "--process `%s`", path);
}

/* Numbers only, and the whole of it (CVE-2026-30892). */
static int set_user(struct oci_process *process, const char *text, struct gnv_error **err)
{
	_cleanup_free_ char *copy = strdup(text);
	char *gid_text = copy;
	uint32_t uid, gid = 0;

	if (!copy)
		return gnv_error_errno(err, ENOMEM, "--user");
	strsep(&gid_text, ":");
	if (gnv_parse_u32(copy, &uid) < 0 || uid == UINT32_MAX ||
	    (gid_text && (gnv_parse_u32(gid_text, &gid) < 0 || gid == UINT32_MAX)))
		return gnv_error_set(err, EINVAL, "--user `%s`: write UID or UID:GID in numbers",
				     text);
	process->user->uid = (struct oci_int){ true, uid };
	process->user->gid = (struct oci_int){ true, gid };
	return 0;
}

static int replace(char **text, const char *by)
{
	char *copy = strdup(by);

	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

static int add_groups(struct oci_user *user, struct exec *exec)
{
	size_t n = user->additional_gids.n + exec->groups.n;
	uint32_t *grown = reallocarray(user->additional_gids.items, n + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	user->additional_gids.items = grown;
	if (exec->groups.n)
		memcpy(grown + user->additional_gids.n, exec->groups.items,
		       exec->groups.n * sizeof(*grown));
	user->additional_gids.n = n;
	return 0;
}

/* As `--cap` of others: in all sets but those that are inherited (CVE-2022-29162). */
static int add_caps(struct oci_process *process, uint64_t caps)
{
	struct oci_capabilities *all = process->capabilities;

	if (!caps)
		return 0;
	if (!all)
		all = process->capabilities = calloc(1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	all->bounding |= caps;
	all->effective |= caps;
	all->permitted |= caps;
	return 0;
}

static int change_process(struct exec *exec, struct oci_process *process, char **argv, int argc,
			  struct gnv_error **err)
{
	char **env;
	int i, r = 0;

	gnv_strv_freep(&process->args);
	for (i = 0; r >= 0 && i < argc; i++)
		r = gnv_strv_append(&process->args, argv[i]);
	for (env = exec->env; r >= 0 && env && *env; env++)
		r = gnv_env_set(&process->env, *env);
	if (r >= 0 && exec->cwd)
		r = replace(&process->cwd, exec->cwd);
	if (r >= 0 && exec->apparmor)
		r = replace(&process->apparmor_profile, exec->apparmor);
	if (r >= 0 && exec->label)
		r = replace(&process->selinux_label, exec->label);
	if (r >= 0 && !process->user)
		process->user = calloc(1, sizeof(*process->user));
	if (r >= 0 && process->user)
		r = add_groups(process->user, exec);
	if (r >= 0)
		r = add_caps(process, exec->caps);
	if (r < 0 || !process->user)
		return gnv_error_errno(err, r < 0 ? -r : ENOMEM, "change the process");
	process->terminal = exec->tty;
	process->no_new_privileges |= exec->no_new_privs;
	return exec->user ? set_user(process, exec->user, err) : 0;
}

static int find_process(const struct oci_globals *globals, const char *id,
			struct oci_config *config, struct gnv_error **err)
{
	_cleanup_entry_ struct oci_entry entry = OCI_ENTRY_INIT;
	int r = oci_entry_open(globals->root, id, false, &entry, err);

	return r < 0 ? r : oci_entry_config(&entry, config, err);
}

static int run_exec_in(const struct oci_globals *globals, struct exec *exec, int argc,
		       char **argv, struct gnv_error **err)
{
	_cleanup_config_ struct oci_config config = { 0 };
	int r = find_process(globals, argv[0], &config, err);
	pid_t pid;

	if (r >= 0 && !config.process)
		r = gnv_error_set(err, EINVAL, "container `%s` has no process", argv[0]);
	if (r >= 0 && exec->process_path) {
		oci_table_free(&oci_process_table, config.process);
		r = read_process(exec->process_path, &globals->log, config.process, err);
	} else if (r >= 0 && argc < 2) {
		r = gnv_error_set(err, EINVAL, "exec: give --process or a program");
	} else if (r >= 0) {
		r = change_process(exec, config.process, argv + 1, argc - 1, err);
	}
	if (r < 0)
		return r;
	exec->options.root = globals->root;
	exec->options.id = argv[0];
	exec->options.process = config.process;
	exec->options.log = &globals->log;
	r = oci_exec(&exec->options, &pid, err);
	if (r < 0)
		return gnv_error_wrap(err, r, "exec in container `%s`", argv[0]);
	return exec->detach ? EXIT_SUCCESS : oci_wait(pid, err);
}

static int run(const struct oci_globals *globals, void *data, int argc, char **argv,
	       struct gnv_error **err)
{
	struct exec *exec = data;
	int r = run_exec_in(globals, exec, argc, argv, err);

	gnv_strv_freep(&exec->env);
	free(exec->groups.items);
	return r;
}

const struct oci_command oci_cmd_exec = {
	.name = "exec",
	.synopsis = "ID [PROGRAM [ARGUMENT...]]",
	.help = "run another process in a container",
	.options = exec_options,
	.operands = CLI_OPERANDS_LAST,
	.min_operands = 1,
	.max_operands = 1 << 20,
	.data_size = sizeof(struct exec),
	.run = run,
};
