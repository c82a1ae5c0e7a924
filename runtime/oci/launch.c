// SPDX-License-Identifier: MIT
/*
 * create, and the processes that join.  What is made, in order: record, cgroup,
 * process.  All of it is undone when a step fails.
 */
#include "oci/launch.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "base/file.h"
#include "base/parse.h"
#include "base/process.h"
#include "base/strv.h"
#include "base/time.h"
#include "image/json.h"
#include "oci/bundle.h"
#include "oci/cgroup.h"
#include "oci/gate.h"
#include "oci/gpu.h"
#include "oci/guide.h"
#include "oci/hooks.h"
#include "oci/listener.h"
#include "oci/plan.h"
#include "oci/protect.h"
#include "oci/rdt.h"
#include "oci/rootless.h"
#include "oci/seccomp.h"
#include "oci/socket.h"
#include "oci/systemd.h"
#include "oci/task.h"
#include "sandbox/cgroup.h"
#include "sandbox/clone.h"

#define REMOVE_TIMEOUT_MS 10000

struct creation {
	const struct oci_create_options *options;
	struct oci_bundle bundle;
	struct oci_entry entry;
	struct oci_state state;
	struct oci_plan plan;
	struct oci_gpu *gpu; /* NULL: none is asked for */
	bool has_cgroup;
	int holder_fd; /* of the process for whose sake there is a unit, or -EBADF */
	bool runs; /* started at once */
	int leave_fd; /* whereby, or -EBADF */
};

/* A container without a process can be created; `start` finds nothing to execute. */
static const struct oci_process nothing = { .cwd = "/" };

static int read_bundle(struct creation *c, struct gnv_error **err)
{
	const struct oci_create_options *o = c->options;
	_cleanup_reader_ struct oci_reader reader = { 0 };
	const struct oci_namespace *pid;
	char **warning;
	int r = oci_bundle_open(o->bundle, o->config_path, &reader, &c->bundle, err);

	if (r < 0)
		return r;
	oci_bundle_check(&c->bundle, &reader);
	r = oci_reader_result(&reader, err);
	if (r < 0)
		return gnv_error_wrap(err, r, "config.json");
	for (warning = reader.warnings; warning && *warning; warning++)
		oci_log_write(o->log, OCI_LOG_WARNING, "config.json: %s", *warning);
	if (!c->bundle.config.process && c->runs)
		return gnv_error_set(err, EINVAL, "config.json: process: is missing");
	c->plan.process = c->bundle.config.process ? c->bundle.config.process : &nothing;
	/* With a PID namespace of its own, nobody is there to see us. */
	pid = oci_config_namespace(&c->bundle.config, OCI_NS_PID);
	return !pid || (pid->path && *pid->path) ? oci_protect_program(err) : 0;
}

static int check_terminal(bool terminal, const char *socket, struct gnv_error **err)
{
	if (terminal && !socket)
		return gnv_error_set(err, EINVAL, "process.terminal wants --console-socket");
	if (!terminal && socket)
		return gnv_error_set(err, EINVAL, "--console-socket is given without process.terminal");
	return 0;
}

/*
 * Those that systemd, or who acts like it, has opened for us (sd_listen_fds(3)).  They
 * are the container's, in front of those of --preserve-fds.
 */
static int count_listen_fds(int *ret, struct gnv_error **err)
{
	const char *pid_text = getenv("LISTEN_PID"), *text = getenv("LISTEN_FDS");
	uint32_t pid, n;

	*ret = 0;
	if (!pid_text || !text || gnv_parse_u32(pid_text, &pid) < 0 || pid != (uint32_t)getpid())
		return 0;
	if (gnv_parse_u32(text, &n) < 0 || n > OCI_PRESERVE_FDS_MAX)
		return gnv_error_set(err, EINVAL, "LISTEN_FDS=%s: it is a number up to %d", text,
				     OCI_PRESERVE_FDS_MAX);
	*ret = (int)n;
	return 0;
}

/* Descriptors that were promised and are not there would be ours. */
static int check_preserved(int n, struct gnv_error **err)
{
	int i;

	for (i = 0; i < n; i++)
		if (fcntl(3 + i, F_GETFD) < 0)
			return gnv_error_errno(err, errno, "descriptor %d is to be handed on", 3 + i);
	return 0;
}

static int copy_annotations(const struct oci_config *config, struct oci_state *state)
{
	const struct oci_pair *from = OCI_ITEMS(struct oci_pair, config->annotations);
	struct oci_pair *to = calloc(config->annotations.n + 1, sizeof(*to));
	size_t i;

	state->annotations.items = to;
	for (i = 0; to && i < config->annotations.n; i++) {
		to[i].key = strdup(from[i].key);
		to[i].value = strdup(from[i].value);
		state->annotations.n++;
		if (!to[i].key || !to[i].value)
			return -ENOMEM;
	}
	return to ? 0 : -ENOMEM;
}

static bool notifies(const struct oci_config *config)
{
	return config->os->seccomp && oci_seccomp_notifies(config->os->seccomp);
}

/* Where nobody has given us one, that is what there is; but not where it should hold limits. */
static bool may_go_without_cgroup(const struct creation *c)
{
	return c->plan.rootless && !c->gpu &&
	       !oci_cgroup_is_limited(c->bundle.config.os->resources);
}

static int go_without_cgroup(struct creation *c, struct gnv_error **err)
{
	oci_log_write(c->options->log, OCI_LOG_DEBUG, "no cgroup can be made: going without");
	free(c->state.cgroup);
	c->state.cgroup = strdup("");
	return c->state.cgroup ? 0 : gnv_error_errno(err, ENOMEM, "describe the container");
}

static int describe(struct creation *c, struct gnv_error **err)
{
	struct oci_state *state = &c->state;
	char when[GNV_TIME_LEN];
	int r;

	gnv_time_format(time(NULL), when);
	state->version = strdup(c->bundle.config.version);
	state->bundle = strdup(c->bundle.path);
	state->rootfs = strdup(c->bundle.rootfs);
	state->created = strdup(when);
	state->asks_later = c->bundle.config.hooks || notifies(&c->bundle.config);
	if (!state->version || !state->bundle || !state->rootfs || !state->created ||
	    copy_annotations(&c->bundle.config, state) < 0)
		return gnv_error_errno(err, ENOMEM, "describe the container");
	r = oci_cgroup_path(&c->bundle.config, c->options->id, c->plan.rootless, &state->cgroup,
			    may_go_without_cgroup(c) ? NULL : err);
	return r < 0 && may_go_without_cgroup(c) ? go_without_cgroup(c, err) : r;
}

static _Noreturn void hold_unit(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_range(0, ~0U, 0);
	for (;;)
		pause();
}

/* systemd's scopes want a process, and ours is to be born in its cgroup. */
static int make_unit(struct creation *c, struct gnv_error **err)
{
	_cleanup_free_ char *slice = NULL;
	pid_t pid;
	int r = oci_systemd_unit(&c->bundle.config, c->options->id, &c->state.unit, &slice, err);

	if (r < 0)
		return r;
	pid = gnv_clone(0, -1, &c->holder_fd);
	if (pid < 0)
		return gnv_error_errno(err, -pid, "make a process");
	if (pid == 0)
		hold_unit();
	r = oci_systemd_start(&c->bundle.config, c->state.unit, slice, c->options->id, pid, err);
	if (r < 0) {
		/* It may be somebody else's. */
		gnv_free(&c->state.unit);
		c->state.unit = NULL;
		return r;
	}
	gnv_free(&c->state.cgroup);
	c->state.cgroup = NULL;
	c->has_cgroup = true;
	r = oci_cgroup_of(pid, &c->state.cgroup, err);
	if (r < 0)
		return r;
	c->plan.cgroup_fd = open(c->state.cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return c->plan.cgroup_fd < 0 ?
		       gnv_error_errno(err, errno, "open the cgroup `%s`", c->state.cgroup) :
		       0;
}

static int make_directory(struct creation *c, struct gnv_error **err)
{
	const struct oci_resources *resources = c->bundle.config.os->resources;
	_cleanup_error_ struct gnv_error *reason = NULL;
	int r = c->state.cgroup[0] ? oci_cgroup_create(c->state.cgroup, resources,
						       &c->plan.cgroup_fd, &reason) :
				     -ENOENT;

	if ((r == -ENOENT || r == -EACCES || r == -EPERM || r == -EROFS) &&
	    may_go_without_cgroup(c))
		return go_without_cgroup(c, err);
	if (r < 0)
		return gnv_error_move(err, &reason);
	c->has_cgroup = true;
	return 0;
}

/* To who will run the program. */
static int give_cgroup(struct creation *c, struct gnv_error **err)
{
	const struct oci_config *config = &c->bundle.config;
	const struct oci_user *user = config->process->user;
	uint32_t uid = oci_plan_to_host(&config->os->uid_mappings,
					user ? (uint32_t)user->uid.value : 0);

	if (uid == UINT32_MAX)
		return gnv_error_set(err, EINVAL, "process.user.uid: has no id on the host");
	return oci_cgroup_give(c->plan.cgroup_fd, uid, err);
}

static int make_cgroup(struct creation *c, struct gnv_error **err)
{
	const struct oci_resources *resources = c->bundle.config.os->resources;
	int r = c->options->systemd ? make_unit(c, err) : make_directory(c, err);

	/* Also without a cgroup: what asks for a share of a GPU is to hear of it. */
	if (r >= 0)
		r = oci_gpu_register(c->gpu, c->plan.cgroup_fd, err);
	if (r < 0 || !c->has_cgroup)
		return r;
	r = oci_cgroup_limit(c->plan.cgroup_fd, resources, NULL, err);
	if (r >= 0 && oci_cgroup_is_delegated(&c->bundle.config))
		r = give_cgroup(c, err);
	/* Which takes the host's root; what the others may open, the nodes' own modes say. */
	if (r < 0 || c->plan.rootless)
		return r;
	return oci_cgroup_allow_devices(c->plan.cgroup_fd, resources, err);
}

/* Where `start` comes; below the record's directory, whatever its path is. */
static int listen_for_start(struct creation *c, struct gnv_error **err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s",
		 c->entry.dir_fd, OCI_START_SOCKET);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 1) < 0)
		return gnv_error_errno(err, errno, "listen for `start`");
	c->plan.listen_fd = STEAL_FD(fd);
	return 0;
}

/* Nobody else is to start it, so nobody need find the way. */
static int connect_gate(struct creation *c, struct gnv_error **err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return gnv_error_errno(err, errno, "make a channel");
	c->leave_fd = pair[0];
	c->plan.leave_fd = pair[1];
	return 0;
}

static int run_creation_hooks(void *data, pid_t pid, char **ret_state, struct gnv_error **err)
{
	struct creation *c = data;
	const struct oci_hooks *hooks = c->bundle.config.hooks;
	_cleanup_free_ char *state = NULL, *created = NULL;
	int r;

	c->state.pid.value = pid;
	r = oci_state_format(c->options->id, &c->state, OCI_CREATING, &state, err);
	/* These are older than the state `creating`, and were told this. */
	if (r >= 0 && hooks->prestart.n)
		r = oci_state_format(c->options->id, &c->state, OCI_CREATED, &created, err);
	if (r >= 0 && hooks->prestart.n)
		r = oci_hooks_run(&hooks->prestart, "prestart", created, err);
	if (r >= 0)
		r = oci_hooks_run(&hooks->create_runtime, "createRuntime", state, err);
	if (r >= 0 && hooks->create_container.n)
		*ret_state = STEAL_PTR(state);
	return r;
}

static int write_pid_file(const char *path, pid_t pid, struct gnv_error **err)
{
	_cleanup_free_ char *folder = NULL;
	_cleanup_close_ int dir_fd = -EBADF;
	const char *slash;
	char text[16];

	if (!path)
		return 0;
	slash = strrchr(path, '/');
	folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	if (!folder)
		return gnv_error_errno(err, ENOMEM, "--pid-file");
	dir_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return gnv_error_errno(err, errno, "--pid-file `%s`", path);
	snprintf(text, sizeof(text), "%d", pid);
	return gnv_error_wrap(err,
			      gnv_file_write_volatile_at(dir_fd, slash ? slash + 1 : path, text,
							 strlen(text), err),
			      "--pid-file `%s`", path);
}

static int connect_sockets(const char *console, const char *pidfd, struct oci_plan *plan,
			   struct gnv_error **err)
{
	int r = 0;

	if (console)
		r = oci_socket_connect(console, "--console-socket", &plan->console_fd, err);
	if (r >= 0 && pidfd)
		r = oci_socket_connect(pidfd, "--pidfd-socket", &plan->pidfd_socket_fd, err);
	return r;
}

/* The specification wants this, where others would refuse. */
static void warn_of_capabilities(const struct oci_log *log, const struct oci_plan *plan)
{
	uint64_t lacks = oci_gate_lacks(plan);
	_cleanup_strv_ char **names = NULL;
	_cleanup_free_ char *text = NULL;
	int i;

	for (i = 0; lacks && oci_capability_names[i]; i++)
		if (lacks >> i & 1 && gnv_strv_append(&names, oci_capability_names[i]) < 0)
			return;
	text = names ? gnv_strv_join(names, ',') : NULL;
	if (text)
		oci_log_write(log, OCI_LOG_WARNING,
			      "process.capabilities: left out, for they cannot be granted: %s", text);
}

static int plan_creation(struct creation *c, struct gnv_error **err)
{
	const struct oci_create_options *o = c->options;
	int r = 0;

	c->plan.config = &c->bundle.config;
	c->plan.bundle = c->bundle.path;
	c->plan.rootfs = c->bundle.rootfs;
	c->plan.gpu = c->gpu;
	c->plan.preserve_fds = o->preserve_fds + c->plan.listen_fds;
	c->plan.no_pivot = o->no_pivot;
	c->plan.no_new_keyring = o->no_new_keyring;
	c->plan.records_fd = c->entry.root_fd;
	r = connect_sockets(o->console_socket, o->pidfd_socket, &c->plan, err);
	if (r >= 0)
		r = oci_plan_container(&c->plan, err);
	if (r >= 0)
		r = oci_plan_process(&c->plan, err);
	if (r < 0)
		return r;
	warn_of_capabilities(o->log, &c->plan);
	return c->runs ? connect_gate(c, err) : listen_for_start(c, err);
}

static bool has_start_hooks(const struct creation *c)
{
	return c->bundle.config.hooks && c->bundle.config.hooks->start_container.n;
}

/* We go in, and who we make is in it. */
static int make_rdt_group(struct creation *c, struct gnv_error **err)
{
	_cleanup_close_ int fd = oci_rdt_open(err);
	int r = fd < 0 ? fd :
			 oci_rdt_prepare(fd, c->bundle.config.os->intel_rdt, c->options->id,
					 &c->state.rdt_group, &c->state.rdt_made, err);

	return r < 0 ? r : oci_rdt_join(fd, c->state.rdt_group, getpid(), err);
}

static void remove_rdt_group(const struct creation *c)
{
	_cleanup_close_ int fd = oci_rdt_open(NULL);

	if (fd >= 0)
		oci_rdt_remove(fd, c->state.rdt_made, NULL);
}

static void end_holder(struct creation *c)
{
	if (c->holder_fd >= 0)
		gnv_clone_kill(c->holder_fd);
	gnv_close(&c->holder_fd);
}

static int make(struct creation *c, pid_t *ret_pid, struct gnv_error **err)
{
	struct oci_guide guide = { .plan = &c->plan, .hooks = run_creation_hooks, .data = c };
	/* Nobody reads it before there is a state, or without the lock. */
	int r = gnv_file_create_at(c->entry.dir_fd, "config.json", c->bundle.text,
				   strlen(c->bundle.text), err);

	if (r >= 0)
		r = make_cgroup(c, err);
	if (r >= 0)
		r = plan_creation(c, err);
	if (r >= 0 && c->bundle.config.os->intel_rdt)
		r = make_rdt_group(c, err);
	/* Hooks may ask for it; and from here on whoever deletes it ends what is in there. */
	if (r >= 0)
		r = oci_state_write(&c->entry, &c->state, err);
	if (r >= 0)
		r = oci_guide_run(&guide, ret_pid, err);
	if (r < 0)
		return r;
	c->state.pid.value = *ret_pid;
	r = gnv_process_start_time(*ret_pid, &c->state.start_time.value);
	if (r < 0)
		return gnv_error_errno(err, -r, "look at process %d", *ret_pid);
	end_holder(c);
	/* In this order: what starts it is to be in the record, lest it is forgotten. */
	c->state.started = c->runs && !has_start_hooks(c);
	r = oci_state_write(&c->entry, &c->state, err);
	return r < 0 ? r : write_pid_file(c->options->pid_file, *ret_pid, err);
}

/* What is being reported is the first failure; these can only follow it. */
static void undo(struct creation *c)
{
	_cleanup_close_ int pidfd = oci_state_open_process(&c->state);

	end_holder(c);
	/* There need not be a cgroup. */
	if (pidfd >= 0)
		pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
	if (c->has_cgroup) {
		gnv_cgroup_kill(c->state.cgroup, NULL);
		if (c->state.unit)
			oci_systemd_stop(c->state.unit, NULL);
		gnv_cgroup_remove(c->state.cgroup, REMOVE_TIMEOUT_MS, NULL);
	}
	if (c->state.rdt_made)
		remove_rdt_group(c);
	oci_entry_remove(&c->entry, NULL);
}

/* One is all that a process makes, which ends then: what it holds is let go of at once. */
static struct creation *begin(const struct oci_create_options *options)
{
	static struct creation c = { .entry = OCI_ENTRY_INIT,
				     .leave_fd = -EBADF,
				     .holder_fd = -EBADF };

	c.options = options;
	return &c;
}

/* All that holds something of the host's or of the container's. */
static void let_go(struct creation *c)
{
	gnv_close(&c->leave_fd);
	oci_plan_fini(&c->plan);
	oci_gpu_free(c->gpu);
	c->gpu = NULL;
}

static int create(struct creation *c, pid_t *ret_pid, struct gnv_error **err)
{
	const struct oci_create_options *options = c->options;
	int r;

	oci_plan_begin(&c->plan);
	c->plan.rootless = oci_is_rootless();
	r = count_listen_fds(&c->plan.listen_fds, err);
	if (r >= 0)
		r = check_preserved(c->plan.listen_fds + options->preserve_fds, err);
	if (r >= 0)
		r = read_bundle(c, err);
	if (r >= 0)
		r = check_terminal(c->plan.process->terminal, options->console_socket,
				   err);
	if (r >= 0)
		r = oci_rootless_enter(&c->bundle.config, err);
	if (r >= 0)
		r = oci_gpu_prepare(&c->bundle.config, c->bundle.rootfs, options->gpu_config,
				    &c->gpu, err);
	if (r >= 0)
		r = describe(c, err);
	if (r >= 0)
		r = oci_entry_create(options->root, options->id, &c->entry, err);
	if (r < 0)
		return r;
	r = make(c, ret_pid, err);
	if (r < 0)
		undo(c);
	return r;
}

int oci_create(const struct oci_create_options *options, pid_t *ret_pid, struct gnv_error **err)
{
	return create(begin(options), ret_pid, err);
}

static int release(struct creation *c, struct gnv_error **err)
{
	const struct oci_hooks *hooks = c->bundle.config.hooks;
	_cleanup_notice_ struct oci_notice notice = { 0 };
	_cleanup_free_ char *state = NULL;
	int r = oci_notice_init(&notice, &c->bundle.config, c->options->id, &c->state, OCI_CREATED,
				err);

	/* Ours would keep the channel open, and the gate from seeing us go. */
	gnv_close(&c->plan.leave_fd);
	if (r >= 0 && has_start_hooks(c))
		r = oci_state_format(c->options->id, &c->state, OCI_CREATED, &state, err);
	if (r >= 0)
		r = oci_guide_release(c->leave_fd, (pid_t)c->state.pid.value, &notice, state, err);
	if (r >= 0 && !c->state.started)
		oci_state_note_started(&c->entry, &c->state, c->options->log);
	if (r >= 0 && hooks && hooks->poststart.n) {
		gnv_free(&state);
		r = oci_state_format(c->options->id, &c->state, OCI_RUNNING, &state, err);
		if (r >= 0)
			oci_hooks_run_late(&hooks->poststart, "poststart", state, c->options->log);
	}
	return r;
}

static int create_and_release(struct creation *c, pid_t *ret_pid, struct gnv_error **err)
{
	const struct oci_create_options *options = c->options;
	int r;

	c->runs = true;
	r = create(c, ret_pid, err);
	if (r < 0)
		return gnv_error_wrap(err, r, "create container `%s`", options->id);
	r = release(c, err);
	if (r >= 0)
		return r;
	oci_entry_fini(&c->entry);
	oci_delete(options->root, options->id, true, options->log, NULL);
	return gnv_error_wrap(err, r, "start container `%s`", options->id);
}

int oci_run(const struct oci_create_options *options, enum oci_run_end end, struct gnv_error **err)
{
	struct creation *c = begin(options);
	int r, status;
	pid_t pid;

	r = create_and_release(c, &pid, err);
	if (r < 0 || end == OCI_RUN_DETACHED)
		return r;
	/* Its record is all that is left to be looked after. */
	let_go(c);
	oci_entry_unlock(&c->entry);
	status = oci_wait(pid, err);
	if (status < 0 || end == OCI_RUN_KEPT)
		return status;
	r = oci_delete_ended(&c->entry, &c->state, &c->bundle.config, options->log, err);
	return r < 0 ? r : status;
}

/* --- joining ------------------------------------------------------------------------------ */

static int open_cgroup(const struct oci_exec_options *options, const struct oci_state *state,
		       struct gnv_error **err)
{
	_cleanup_close_ int fd = -EBADF;
	int below_fd, r = oci_state_need_cgroup(state, options->id, err);

	if (r < 0)
		return r;
	fd = open(state->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return gnv_error_errno(err, errno, "open the cgroup `%s`", state->cgroup);
	if (!options->cgroup)
		return STEAL_FD(fd);
	if (strstr(options->cgroup, ".."))
		return gnv_error_set(err, EINVAL, "--cgroup `%s`: has a part `..`", options->cgroup);
	below_fd = openat(fd, options->cgroup + strspn(options->cgroup, "/"),
			  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return below_fd < 0 ? gnv_error_errno(err, errno, "--cgroup `%s`", options->cgroup) : below_fd;
}

static int check_runs(const struct oci_exec_options *options, enum oci_status status,
		      struct gnv_error **err)
{
	if (status == OCI_RUNNING || status == OCI_CREATED ||
	    (status == OCI_PAUSED && options->ignore_paused))
		return 0;
	return gnv_error_set(err, EINVAL, "container `%s` is %s", options->id,
			     oci_status_name(status));
}

static int join_rdt_group(const struct oci_state *state, struct gnv_error **err)
{
	_cleanup_close_ int fd = oci_rdt_open(err);

	return fd < 0 ? fd : oci_rdt_join(fd, state->rdt_group, getpid(), err);
}

/* Where it is not that of its mount namespace, which one has by joining. */
static int open_root(const struct oci_state *state, const struct oci_config *config,
		     struct oci_plan *plan, struct gnv_error **err)
{
	char path[32];

	if (oci_config_has_new(config, OCI_NS_MOUNT))
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/root", (int)state->pid.value);
	plan->rootfs_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (plan->rootfs_fd < 0)
		return gnv_error_errno(err, errno, "open `%s`", path);
	/* The number was that process's then. */
	return pidfd_send_signal(plan->join_pidfd, 0, NULL, 0) < 0 ?
		       gnv_error_errno(err, errno, "the container's process") :
		       0;
}

static int plan_exec(const struct oci_exec_options *options, int root_fd,
		     const struct oci_state *state, const struct oci_config *config,
		     struct oci_plan *plan, struct gnv_error **err)
{
	int r = 0;

	plan->config = config;
	plan->process = options->process;
	plan->joins = true;
	plan->preserve_fds = options->preserve_fds;
	plan->records_fd = root_fd;
	plan->in_userns = oci_config_namespace(config, OCI_NS_USER);
	plan->join_pidfd = oci_state_open_process(state);
	if (plan->join_pidfd < 0)
		return gnv_error_errno(err, -plan->join_pidfd, "container `%s`", options->id);
	r = open_root(state, config, plan, err);
	if (r >= 0 && (state->cgroup[0] || options->cgroup))
		r = plan->cgroup_fd = open_cgroup(options, state, err);
	if (r < 0)
		return r;
	r = connect_sockets(options->console_socket, options->pidfd_socket, plan, err);
	if (r >= 0 && state->rdt_group)
		r = join_rdt_group(state, err);
	if (r >= 0)
		r = oci_task_take_initial_affinity(plan->process, err);
	return r < 0 ? r : oci_plan_process(plan, err);
}

int oci_exec(const struct oci_exec_options *options, pid_t *ret_pid, struct gnv_error **err)
{
	_cleanup_entry_ struct oci_entry entry = OCI_ENTRY_INIT;
	_cleanup_ocistate_ struct oci_state state = { 0 };
	_cleanup_config_ struct oci_config config = { 0 };
	_cleanup_notice_ struct oci_notice notice = { 0 };
	_cleanup_(oci_plan_fini) struct oci_plan plan;
	struct oci_guide guide = { .plan = &plan, .notice = &notice };
	int r;

	oci_plan_begin(&plan);
	plan.rootless = oci_is_rootless();
	r = oci_protect_program(err);
	if (r >= 0)
		r = check_preserved(options->preserve_fds, err);
	if (r >= 0)
		r = check_terminal(options->process->terminal, options->console_socket, err);
	if (r >= 0)
		r = oci_entry_open(options->root, options->id, false, &entry, err);
	if (r >= 0)
		r = oci_state_read(&entry, &state, err);
	if (r >= 0)
		r = check_runs(options, oci_state_status(&state), err);
	if (r >= 0)
		r = oci_entry_config(&entry, &config, err);
	if (r >= 0)
		r = plan_exec(options, entry.root_fd, &state, &config, &plan, err);
	if (r >= 0)
		r = oci_notice_init(&notice, &config, options->id, &state, OCI_RUNNING, err);
	if (r >= 0)
		warn_of_capabilities(options->log, &plan);
	if (r >= 0)
		r = oci_guide_run(&guide, ret_pid, err);
	if (r < 0)
		return r;
	r = write_pid_file(options->pid_file, *ret_pid, err);
	/* Whoever asked for it does not know its number; nobody has waited for it yet. */
	if (r < 0)
		kill(*ret_pid, SIGKILL);
	return r;
}
