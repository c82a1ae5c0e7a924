// SPDX-License-Identifier: MIT
/*
 * start, kill and delete: what is done to a container that has been created.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/process.h"
#include "image/json.h"
#include "oci/cgroup.h"
#include "oci/guide.h"
#include "oci/hooks.h"
#include "oci/launch.h"
#include "oci/listener.h"
#include "oci/rdt.h"
#include "oci/rootless.h"
#include "oci/systemd.h"
#include "sandbox/cgroup.h"

#define REMOVE_TIMEOUT_MS 10000
#define KILL_TIMEOUT_MS	  10000

struct container {
	struct oci_entry entry;
	struct oci_state state;
	struct oci_config config;
};

static void container_fini(struct container *c)
{
	oci_state_fini(&c->state);
	oci_config_fini(&c->config);
	oci_entry_fini(&c->entry);
}

#define CONTAINER_INIT \
	{ \
		.entry = OCI_ENTRY_INIT \
	}

static int container_open(struct container *c, const char *root, const char *id, bool lock,
			  struct gnv_error **err)
{
	int r = oci_entry_open(root, id, lock, &c->entry, err);

	return r < 0 ? r : oci_state_read(&c->entry, &c->state, err);
}

static void run_late_hooks(const struct container *c, const struct oci_array *hooks,
			   const char *kind, enum oci_status status, const struct oci_log *log)
{
	_cleanup_free_ char *state = NULL;

	if (hooks->n && oci_state_format(c->entry.id, &c->state, status, &state, NULL) >= 0)
		oci_hooks_run_late(hooks, kind, state, log);
}

/* --- start ------------------------------------------------------------------------------- */

static int connect_gate(const struct container *c, struct gnv_error **err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s",
		 c->entry.dir_fd, OCI_START_SOCKET);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return gnv_error_errno(err, errno, "reach the container's process");
	return STEAL_FD(fd);
}

/* With the state for the startContainer hooks, where there are any. */
static int release(const struct container *c, int fd, struct gnv_error **err)
{
	_cleanup_notice_ struct oci_notice notice = { 0 };
	_cleanup_free_ char *state = NULL;
	int r = oci_notice_init(&notice, &c->config, c->entry.id, &c->state, OCI_CREATED, err);

	if (r >= 0 && c->config.hooks && c->config.hooks->start_container.n)
		r = oci_state_format(c->entry.id, &c->state, OCI_CREATED, &state, err);
	if (r < 0)
		return r;
	return oci_guide_release(fd, (pid_t)c->state.pid.value, &notice, state, err);
}

/* Only where it says something that is left to be done. */
static int read_config(struct container *c, struct gnv_error **err)
{
	return c->state.asks_later ? oci_entry_config(&c->entry, &c->config, err) : 0;
}

static int start(struct container *c, const struct oci_log *log, struct gnv_error **err)
{
	enum oci_status status = oci_state_status(&c->state);
	_cleanup_close_ int fd = -EBADF;
	int r;

	if (status != OCI_CREATED)
		return gnv_error_set(err, EINVAL, "container `%s` is %s, and not created",
				     c->entry.id, oci_status_name(status));
	r = read_config(c, err);
	if (r < 0)
		return r;
	fd = connect_gate(c, err);
	r = fd < 0 ? fd : release(c, fd, err);
	if (r < 0)
		return r;
	unlinkat(c->entry.dir_fd, OCI_START_SOCKET, 0);
	oci_state_note_started(&c->entry, &c->state, log);
	if (c->config.hooks)
		run_late_hooks(c, &c->config.hooks->poststart, "poststart", OCI_RUNNING, log);
	return 0;
}

int oci_start(const char *root, const char *id, const struct oci_log *log,
	      struct gnv_error **err)
{
	_cleanup_(container_fini) struct container c = CONTAINER_INIT;
	int r = container_open(&c, root, id, true, err);

	if (r >= 0)
		r = start(&c, log, err);
	return gnv_error_wrap(err, r, "start container `%s`", id);
}

/* --- kill ---------------------------------------------------------------------------------- */

/* While it is frozen nobody is born, and no number changes its owner. */
static int signal_all(const struct container *c, int number, struct gnv_error **err)
{
	struct oci_array pids = { 0 };
	bool was_frozen = oci_state_status(&c->state) == OCI_PAUSED;
	size_t i;
	int r;

	if (number == SIGKILL)
		return gnv_cgroup_kill(c->state.cgroup, err);
	r = was_frozen ? 0 : gnv_cgroup_freeze(c->state.cgroup, true, err);
	if (r >= 0)
		r = oci_cgroup_pids(c->state.cgroup, &pids, err);
	for (i = 0; r >= 0 && i < pids.n; i++)
		if (kill((pid_t)((uint32_t *)pids.items)[i], number) < 0 && errno != ESRCH)
			r = gnv_error_errno(err, errno, "signal process %u",
					    ((uint32_t *)pids.items)[i]);
	free(pids.items);
	if (!was_frozen)
		gnv_cgroup_freeze(c->state.cgroup, false, r < 0 ? NULL : err);
	return r;
}

int oci_kill(const char *root, const char *id, int number, bool all, struct gnv_error **err)
{
	_cleanup_(container_fini) struct container c = CONTAINER_INIT;
	_cleanup_close_ int pidfd = -EBADF;
	/* Whoever has the lock may be waiting for just this. */
	int r = container_open(&c, root, id, false, err);

	if (r < 0)
		return r;
	/* Without a cgroup the first process is who the others depend on. */
	if (all && c.state.cgroup[0])
		return signal_all(&c, number, err);
	pidfd = oci_state_open_process(&c.state);
	if (pidfd == -ESRCH)
		return gnv_error_set(err, ESRCH, "container `%s` is not running", id);
	if (pidfd < 0 || pidfd_send_signal(pidfd, number, NULL, 0) < 0)
		return gnv_error_errno(err, pidfd < 0 ? -pidfd : errno, "signal container `%s`", id);
	return 0;
}

/* --- delete ---------------------------------------------------------------------------------- */

static int end_process(const struct container *c, struct gnv_error **err)
{
	_cleanup_close_ int pidfd = oci_state_open_process(&c->state);
	int r;

	if (pidfd < 0)
		return 0;
	pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
	/* Frozen, it would only die later. */
	gnv_cgroup_freeze(c->state.cgroup, false, NULL);
	r = gnv_process_wait(pidfd, KILL_TIMEOUT_MS);
	if (r == 1)
		return 0;
	return gnv_error_set(err, ETIMEDOUT, "process %d does not end", (int)c->state.pid.value);
}

static int end_cgroup(const struct oci_state *state, struct gnv_error **err)
{
	int r;

	if (!state->unit && gnv_cgroup_remove_empty(state->cgroup))
		return 0;
	r = gnv_cgroup_kill(state->cgroup, err);
	if (r >= 0 && state->unit)
		r = oci_systemd_stop(state->unit, err);
	return r < 0 ? r : gnv_cgroup_remove(state->cgroup, REMOVE_TIMEOUT_MS, err);
}

static int remove_rdt(const struct container *c, struct gnv_error **err)
{
	_cleanup_close_ int fd = oci_rdt_open(err);

	return fd < 0 ? fd : oci_rdt_remove(fd, c->state.rdt_made, err);
}

/* Of which no first process is left. */
static int remove_container(struct container *c, const struct oci_log *log, struct gnv_error **err)
{
	int r = end_cgroup(&c->state, err);

	if (r >= 0 && c->state.rdt_made)
		r = remove_rdt(c, err);
	if (r < 0)
		return r;
	if (c->config.hooks)
		run_late_hooks(c, &c->config.hooks->poststop, "poststop", OCI_STOPPED, log);
	return oci_entry_remove(&c->entry, err);
}

static int delete_container(struct container *c, bool force, const struct oci_log *log,
			    struct gnv_error **err)
{
	enum oci_status status = oci_state_status(&c->state);
	int r;

	/* Whoever was creating it is dead, as we have the lock. */
	if (status != OCI_CREATING && status != OCI_STOPPED && !force) {
		gnv_error_set(err, EBUSY, "container `%s` is %s", c->entry.id,
			      oci_status_name(status));
		return gnv_error_remedy(err, -EBUSY, "`kill` it first, or use --force");
	}
	r = status == OCI_STOPPED ? 0 : end_process(c, err);
	if (r < 0)
		return r;
	/* One that cannot be read has no hooks. */
	if (read_config(c, NULL) < 0)
		oci_config_fini(&c->config);
	return remove_container(c, log, err);
}

int oci_delete_ended(const struct oci_entry *entry, const struct oci_state *state,
		     const struct oci_config *config, const struct oci_log *log,
		     struct gnv_error **err)
{
	struct container c = { .entry = *entry, .state = *state, .config = *config };
	int r = oci_entry_lock(entry, NULL);

	/* Somebody else has deleted it. */
	if (r == -ENOENT)
		return 0;
	return r < 0 ? gnv_error_errno(err, -r, "lock container `%s`", entry->id) :
		       remove_container(&c, log, err);
}

/*
 * One whose state is not to be had.  Whoever created it died before there was anything in the
 * cgroup, which need not be its own then, unless it is empty; or the state was @spoilt later,
 * and its cgroup is the one that the configuration names.
 */
static int delete_begun(struct container *c, bool spoilt, struct gnv_error **err)
{
	_cleanup_free_ char *cgroup = NULL;
	int r = 0;

	if (oci_entry_config(&c->entry, &c->config, NULL) == 0 &&
	    oci_cgroup_path(&c->config, c->entry.id, oci_is_rootless(), &cgroup, NULL) == 0 &&
	    !gnv_cgroup_remove_empty(cgroup) && spoilt) {
		r = gnv_cgroup_kill(cgroup, err);
		if (r >= 0)
			r = gnv_cgroup_remove(cgroup, REMOVE_TIMEOUT_MS, err);
	}
	return r < 0 ? r : oci_entry_remove(&c->entry, err);
}

int oci_delete(const char *root, const char *id, bool force, const struct oci_log *log,
	       struct gnv_error **err)
{
	_cleanup_(container_fini) struct container c = CONTAINER_INIT;
	_cleanup_error_ struct gnv_error *reason = NULL;
	int r = oci_entry_open(root, id, true, &c.entry, &reason);

	if (r == -ENOENT && force)
		return 0;
	if (r < 0)
		return gnv_error_move(err, &reason);
	r = oci_state_read(&c.entry, &c.state, &reason);
	if (r == -ENOENT || (r == -EINVAL && force))
		return delete_begun(&c, r == -EINVAL, err);
	return r < 0 ? gnv_error_move(err, &reason) : delete_container(&c, force, log, err);
}

/* --- the foreground ----------------------------------------------------------------- */

int oci_wait(pid_t pid, struct gnv_error **err)
{
	siginfo_t info;
	int status;
	sigset_t all;

	/* All of them, as in child.c. */
	memset(&all, 0xff, sizeof(all));
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (;;) {
		pid_t ended = waitpid(pid, &status, WNOHANG);

		if (ended == pid)
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		if (ended < 0)
			return gnv_error_errno(err, errno, "wait for process %d", pid);
		if (sigwaitinfo(&all, &info) > 0 && info.si_signo != SIGCHLD)
			kill(pid, info.si_signo);
	}
}
