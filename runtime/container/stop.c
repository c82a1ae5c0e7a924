// SPDX-License-Identifier: MIT
/*
 * Ending containers, whether their launcher lives, works, or is gone.
 */
#include <signal.h>
#include <sys/syscall.h>

#include "base/process.h"
#include "container/clean.h"
#include "container/container.h"
#include "container/record.h"
#include "sandbox/cgroup.h"

/* How long a launcher may take to start, and to clean up. */
#define LAUNCHER_MS 30000
#define POLL_MS	    20
#define KILLED_MS   10000

/* End what runs: SIGTERM to init and @timeout_ms, then SIGKILL, which takes the
 * whole PID namespace along. */
static int terminate(const struct gnv_state *state, int timeout_ms, struct gnv_error **err)
{
	_cleanup_close_ int pidfd = gnv_process_open(state->pid, state->start_time);
	int r;

	if (pidfd == -ESRCH)
		return 0;
	if (pidfd < 0)
		return gnv_error_errno(err, -pidfd, "open process %d", (int)state->pid);
	if (timeout_ms > 0) {
		syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0);
		/* One that is paused could not even begin to end. */
		gnv_cgroup_freeze(state->cgroup, false, NULL);
		r = gnv_process_wait(pidfd, timeout_ms);
		if (r)
			return r < 0 ? r : 0;
	}
	syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	r = gnv_process_wait(pidfd, KILLED_MS);
	if (r < 0)
		return gnv_error_errno(err, -r, "wait for process %d", (int)state->pid);
	if (!r)
		return gnv_error_set(err, ETIMEDOUT, "process %d does not die",
				     (int)state->pid);
	return 0;
}

/* Nobody answers for it any more, so that falls to us; the lock is ours. */
static int end_orphan(struct gnv_record *record, int timeout_ms, struct gnv_error **err)
{
	_cleanup_state_ struct gnv_state state = { 0 };
	int r;

	if (!gnv_record_read(record, &state, NULL)) {
		r = terminate(&state, timeout_ms, err);
		if (r < 0)
			return r;
	}
	return gnv_clean_leftover(record, err);
}

/* Wait until the launcher lets go, and see to what it may have left. */
static int await_launcher(struct gnv_record *record, struct gnv_error **err)
{
	int r = gnv_record_lock(record, LAUNCHER_MS);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return gnv_error_errno(err, -r, "lock the record");
	if (!r) {
		gnv_error_set(err, EBUSY, "it has ended, but its launcher is not done cleaning up");
		return gnv_error_remedy(err, -EBUSY,
					"wait if it wrote many files, or look for a stopped `ghostnv-container run`");
	}
	return end_orphan(record, 0, err);
}

/* Of a damaged record only the cgroup is known. */
static int kill_unknown(struct gnv_record *record, struct gnv_error **err)
{
	_cleanup_free_ char *path = NULL;
	int r = gnv_clean_cgroup_path(record, &path, err);

	return r < 0 ? r : gnv_cgroup_kill(path, err);
}

/*
 * Bring a container to its end.  Afterwards the record is locked by us, or it is
 * gone.
 */
static int end(struct gnv_record *record, int timeout_ms, struct gnv_error **err)
{
	int tries = LAUNCHER_MS / POLL_MS;
	int r;

	for (; tries > 0; tries--) {
		_cleanup_state_ struct gnv_state state = { 0 };

		r = gnv_record_lock(record, POLL_MS);
		if (r == -ENOENT)
			return 0;
		if (r < 0)
			return gnv_error_errno(err, -r, "lock the record");
		if (r)
			return end_orphan(record, timeout_ms, err);
		r = gnv_record_read(record, &state, NULL);
		/* A launcher is at work; what it starts is ended once it runs. */
		if (r == -ENOENT || (!r && state.status == GNV_STATUS_STARTING))
			continue;
		if (r < 0)
			r = kill_unknown(record, err);
		else if (state.status == GNV_STATUS_RUNNING)
			r = terminate(&state, timeout_ms, err);
		return r < 0 ? r : await_launcher(record, err);
	}
	gnv_error_set(err, EBUSY, "it is still being started");
	return gnv_error_remedy(err, -EBUSY, "try again when it runs");
}

int gnv_container_stop(const struct gnv_root *root, const char *name, int timeout_ms,
		       struct gnv_error **err)
{
	_cleanup_record_ struct gnv_record record = { .dir_fd = -EBADF };
	int r = gnv_record_open(root, name, &record, err);

	if (r < 0)
		return r;
	r = end(&record, timeout_ms, err);
	return gnv_error_wrap(err, r, "`%s`", name);
}

/* Without force only what has ended may be deleted. */
static int check_ended(const struct gnv_record *record, struct gnv_error **err)
{
	_cleanup_state_ struct gnv_state state = { 0 };
	int r = gnv_record_look(record, &state, err);

	if (r < 0)
		return r;
	if (state.status == GNV_STATUS_EXITED || state.status == GNV_STATUS_DEAD)
		return 0;
	gnv_error_set(err, EBUSY, "`%s` is %s", record->name, gnv_status_name(state.status));
	return gnv_error_remedy(err, -EBUSY, "`ghostnv-container stop %s` first, or --force",
				record->name);
}

int gnv_container_delete(const struct gnv_root *root, const char *name, bool force,
			 struct gnv_error **err)
{
	_cleanup_record_ struct gnv_record record = { .dir_fd = -EBADF };
	int r = gnv_record_open(root, name, &record, err);

	/* Of the opened one: another of the same name may come into being now. */
	if (!r && !force)
		r = check_ended(&record, err);
	if (r < 0)
		return r;
	r = end(&record, 0, err);
	if (!r)
		r = gnv_record_remove(&record, err);
	return gnv_error_wrap(err, r, "`%s`", name);
}
