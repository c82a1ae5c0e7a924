// SPDX-License-Identifier: MIT
/*
 * Looking at containers: which there are, how they are, what they use.
 */
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/parse.h"
#include "base/strv.h"
#include "container/container.h"
#include "container/gpu_undo.h"
#include "container/record.h"
#include "lib/libghostnv.h"
#include "sandbox/cgroup.h"

/* What a file says is made true: nobody writes down a crash.
 * Return: 0, or -ENOENT when the record went away meanwhile. */
static int find_status(const struct gnv_record *record, bool has_state,
		       struct gnv_state *state)
{
	bool alive = has_state && gnv_state_is_alive(state);
	int answered;

	if (has_state && state->status == GNV_STATUS_EXITED)
		return 0;
	if (alive && state->status == GNV_STATUS_RUNNING)
		return 0;
	answered = gnv_record_is_answered_for(record);
	if (answered < 0)
		return answered;
	/* Its launcher died between starting it and writing that down. */
	if (!answered && alive)
		state->status = GNV_STATUS_RUNNING;
	else if (!answered) {
		state->status = GNV_STATUS_DEAD;
		state->pid = 0;
	}
	return 0;
}

/* All that is known of a container without a state is its name. */
static int describe_bare(const char *name, enum gnv_status status, struct gnv_state *ret,
			 struct gnv_error **err)
{
	struct gnv_state state = {
		.name = strdup(name),
		.image = strdup(""),
		.status = status,
		.exit_status = GNV_EXIT_UNKNOWN,
	};

	if (!state.name || !state.image) {
		gnv_state_fini(&state);
		return gnv_error_errno(err, ENOMEM, "describe `%s`", name);
	}
	*ret = state;
	return 0;
}

static int read_state(const struct gnv_record *record, struct gnv_state *state,
		      struct gnv_error **err)
{
	_cleanup_error_ struct gnv_error *why = NULL;
	int r = gnv_record_read(record, state, &why);

	if (r == -ENOENT) {
		r = describe_bare(record->name, GNV_STATUS_STARTING, state, err);
		return r < 0 ? r : find_status(record, false, state);
	}
	if (r < 0) {
		gnv_error_move(err, &why);
		return gnv_error_remedy(err, r, "`ghostnv-container delete --force %s` removes it",
					record->name);
	}
	return find_status(record, true, state);
}

int gnv_container_get(const struct gnv_root *root, const char *name, struct gnv_state *ret,
		      struct gnv_error **err)
{
	_cleanup_record_ struct gnv_record record = { .dir_fd = -EBADF };
	int r = gnv_record_open(root, name, &record, err);

	return r < 0 ? r : gnv_record_look(&record, ret, err);
}

int gnv_record_look(const struct gnv_record *record, struct gnv_state *ret,
		    struct gnv_error **err)
{
	_cleanup_state_ struct gnv_state state = { 0 };
	int r = read_state(record, &state, err);

	/* Removed between opening and looking: to the caller it never was. */
	if (r == -ENOENT)
		return gnv_error_set(err, ENOENT, "`%s`: no container has this name",
				     record->name);
	if (r < 0)
		return r;
	if (state.status == GNV_STATUS_RUNNING && gnv_cgroup_is_frozen(state.cgroup))
		state.status = GNV_STATUS_PAUSED;
	*ret = state;
	memset(&state, 0, sizeof(state));
	return 0;
}

void gnv_container_list_free(struct gnv_state *states, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		gnv_state_fini(&states[i]);
	free(states);
}

int gnv_container_list(const struct gnv_root *root, struct gnv_state **ret, size_t *ret_n,
		       struct gnv_error **err)
{
	_cleanup_strv_ char **names = NULL;
	struct gnv_state *states;
	size_t i, n = 0;
	int r;

	r = gnv_record_names(root, &names, err);
	if (r < 0)
		return r;
	states = calloc(gnv_strv_length(names) + 1, sizeof(*states));
	if (!states)
		return gnv_error_errno(err, ENOMEM, "list the containers");
	for (i = 0; names && names[i]; i++) {
		_cleanup_error_ struct gnv_error *why = NULL;

		r = gnv_container_get(root, names[i], &states[n], &why);
		/* One damaged record must not hide the others. */
		if (r < 0 && r != -ENOENT)
			r = describe_bare(names[i], GNV_STATUS_DEAD, &states[n], err);
		if (!r)
			n++;
		if (r < 0 && r != -ENOENT) {
			gnv_container_list_free(states, n);
			return r;
		}
	}
	*ret = states;
	*ret_n = n;
	return 0;
}

/* usage_usec, the first line of cpu.stat. */
static int read_cpu_usage(int fd, uint64_t *ret)
{
	static const char key[] = "usage_usec ";
	_cleanup_free_ char *text = NULL;
	int r = gnv_file_read_at(fd, "cpu.stat", 64 << 10, &text, NULL, NULL);

	if (r < 0)
		return r;
	if (strncmp(text, key, strlen(key)))
		return -EBADMSG;
	text[strcspn(text, "\n")] = '\0';
	return gnv_parse_u64(text + strlen(key), ret);
}

/* A controller that is off has no file; its figure is then 0. */
static int read_figure(int fd, const char *name, uint64_t *ret)
{
	int r = gnv_file_read_u64_at(fd, name, ret, NULL);

	return r == -ENOENT ? 0 : r;
}

static int read_cgroup(const struct gnv_state *state, struct gnv_container_stats *ret,
		       struct gnv_error **err)
{
	_cleanup_close_ int fd = open(state->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0 && errno == ENOENT) {
		gnv_error_set(err, ESRCH, "its cgroup `%s` is gone", state->cgroup);
		return gnv_error_remedy(err, -ESRCH, "`ghostnv-container delete --force %s` cleans up",
					state->name);
	}
	if (fd < 0)
		return gnv_error_errno(err, errno, "open `%s`", state->cgroup);
	r = read_figure(fd, "memory.current", &ret->memory_bytes);
	if (!r)
		r = read_figure(fd, "pids.current", &ret->pids);
	if (!r)
		r = read_cpu_usage(fd, &ret->cpu_usage_us);
	return r < 0 ? gnv_error_errno(err, -r, "read `%s`", state->cgroup) : 0;
}

static int read_gpus(const struct gnv_state *state, struct ghostnv *module,
		     struct gnv_container_stats *ret)
{
	struct gnv_container_gpu_stats *gpu;
	uint32_t index;
	int r = ghostnv_stats_get(module, state->container_id, GHOSTNV_GPU_TOTAL, &ret->total);

	for (index = 0; !r && index < GHOSTNV_GPUS_MAX; index++) {
		if (!(state->gpus & 1ULL << index))
			continue;
		gpu = &ret->gpus[ret->n_gpus++];
		gpu->index = index;
		r = ghostnv_stats_get(module, state->container_id, index, &gpu->stats);
	}
	return r;
}

int gnv_container_stats(const struct gnv_state *state, struct gnv_container_stats *ret,
			struct gnv_error **err)
{
	struct ghostnv *module;
	int r;

	memset(ret, 0, sizeof(*ret));
	r = read_cgroup(state, ret, err);
	if (r < 0)
		return gnv_error_wrap(err, r, "container `%s`", state->name);
	if (!state->container_id)
		return 0;
	r = ghostnv_open(&module);
	if (r < 0)
		return gnv_error_errno(err, -r, "container `%s`: open `/dev/ghostnv`",
				       state->name);
	r = read_gpus(state, module, ret);
	if (!r)
		r = ghostnv_limit_get(module, state->container_id, GHOSTNV_LIMIT_OOM_POLICY,
				      GHOSTNV_GPU_TOTAL, &ret->oom_policy);
	if (!r)
		r = ghostnv_limit_get(module, state->container_id, GHOSTNV_LIMIT_OOM_PRIORITY,
				      GHOSTNV_GPU_TOTAL, &ret->oom_priority);
	ghostnv_close(module);
	ret->has_gpu = !r;
	return r < 0 ? gnv_error_errno(err, -r, "container `%s`: ask ghostnv for its figures",
				       state->name) :
		       0;
}

static int check_updatable(const struct gnv_state *state, struct gnv_error **err)
{
	if (!gnv_status_runs(state->status)) {
		gnv_error_set(err, ESRCH, "`%s` is %s", state->name,
			      gnv_status_name(state->status));
		return gnv_error_remedy(err, -ESRCH, "only a running container has limits");
	}
	if (!state->container_id) {
		gnv_error_set(err, ENODEV, "`%s` has no GPU", state->name);
		return gnv_error_remedy(err, -ENODEV, "run it with --gpu-devices");
	}
	return 0;
}

int gnv_container_update(const struct gnv_root *root, const char *name,
			 const struct gnv_gpu_limits *limits, struct gnv_error **err)
{
	_cleanup_state_ struct gnv_state state = { 0 };
	_cleanup_gpuundo_ struct gnv_gpu_undo undo = { 0 };
	int r = gnv_container_get(root, name, &state, err);

	if (!r)
		r = check_updatable(&state, err);
	if (r < 0)
		return r;
	r = ghostnv_open(&undo.module);
	if (r < 0)
		return gnv_error_errno(err, -r, "container `%s`: open `/dev/ghostnv`", name);
	undo.id = state.container_id;
	r = gnv_gpu_limits_change(limits, &undo, err);
	if (r < 0)
		gnv_gpu_undo_all(&undo, err);
	return r < 0 ? gnv_error_wrap(err, r, "container `%s`", name) : 0;
}

int gnv_container_open_log(const struct gnv_root *root, const char *name,
			   struct gnv_error **err)
{
	_cleanup_record_ struct gnv_record record = { .dir_fd = -EBADF };
	_cleanup_state_ struct gnv_state state = { 0 };
	int r = gnv_record_open(root, name, &record, err);

	if (!r)
		r = gnv_record_read(&record, &state, err);
	if (r < 0)
		return r;
	if (!state.log) {
		gnv_error_set(err, ENOENT, "`%s` has no log: its output went to its launcher's",
			      name);
		return gnv_error_remedy(err, -ENOENT, "run with --detach to have one");
	}
	return gnv_record_open_log(&record, false, err);
}
