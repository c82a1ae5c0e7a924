// SPDX-License-Identifier: MIT
/*
 * One container from beginning to end, carried by the process that calls.  Owns
 * the order of the steps; each step belongs to another file.
 *
 * What is made, in order: record, writable layer, cgroup, registration, sandbox.
 * All of it but the record is undone by gnv_clean(), whether the container ends,
 * a step fails or the launcher crashes.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <time.h>

#include "base/file.h"
#include "base/strv.h"
#include "container/clean.h"
#include "container/container.h"
#include "container/driver.h"
#include "container/gpus.h"
#include "container/input.h"
#include "container/record.h"
#include "container/supervise.h"
#include "gpu/capabilities.h"
#include "image/image.h"
#include "sandbox/userns.h"

struct launch {
	const struct gnv_root *root;
	const struct gnv_request *request;
	const struct gnv_run_hooks *hooks;
	struct gnv_gpus gpus;
	struct gnv_driver driver;
	bool driver_missing; /* none of its libraries was found */
	struct gnv_gpu_limits gpu_limits;
	bool refused_priority; /* what the environment asks for */
	struct gnv_image *image;
	struct gnv_program program;
	struct gnv_record record;
	struct gnv_state state;
	struct gnv_process process;
	char *rootfs;
	int cgroup_fd, signal_fd, log_fd, input_fd;
	int status;
};

static void launch_fini(struct launch *l)
{
	gnv_process_fini(&l->process);
	gnv_driver_fini(&l->driver);
	gnv_gpus_fini(&l->gpus);
	gnv_image_close(l->image);
	gnv_program_fini(&l->program);
	gnv_state_fini(&l->state);
	gnv_close(&l->cgroup_fd);
	gnv_close(&l->signal_fd);
	gnv_close(&l->log_fd);
	gnv_close(&l->input_fd);
	free(l->rootfs);
	/* Last: with its fd the lock goes. */
	gnv_record_fini(&l->record);
}

static void notice(struct launch *l, const char *text)
{
	if (l->hooks->notice)
		l->hooks->notice(text, l->hooks->data);
}

/* A signal that came while we prepare is an order to give up. */
static int check_interrupted(struct launch *l, struct gnv_error **err)
{
	int number = gnv_signals_pending(l->signal_fd);

	if (!number)
		return 0;
	l->status = 128 + number;
	return gnv_error_set(err, EINTR, "interrupted by %s", strsignal(number));
}

static int name_it(struct launch *l, struct gnv_error **err)
{
	const char *name = l->request->name;
	uint32_t random;

	if (name && !gnv_name_is_valid(name)) {
		gnv_error_set(err, EINVAL, "--name `%s`: this is no name", name);
		return gnv_error_remedy(err, -EINVAL,
					"use 1 to 63 letters, digits, `_`, `.` and `-`, a letter or digit first");
	}
	if (name) {
		l->state.name = strdup(name);
	} else {
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return gnv_error_errno(err, errno, "make up a name");
		if (asprintf(&l->state.name, "gnv-%08x", random) < 0)
			l->state.name = NULL;
	}
	return l->state.name ? 0 : gnv_error_errno(err, ENOMEM, "name the container");
}

/* Early, so that nobody waits for an image to be unpacked in vain. */
static int check_name_is_free(struct launch *l, struct gnv_error **err)
{
	_cleanup_state_ struct gnv_state state = { 0 };
	int r;

	if (!l->request->name)
		return 0;
	r = gnv_container_get(l->root, l->request->name, &state, NULL);
	if (r == -ENOENT || (!r && state.status == GNV_STATUS_DEAD))
		return 0;
	return gnv_record_taken(l->request->name, err);
}

/*
 * What the container runs without, though it may miss it.  Told when it runs: where
 * something fails, the failure is what matters.
 */
static void tell_of_lacks(struct launch *l)
{
	const char *capability = gnv_capabilities_name(l->gpus.refused_capabilities);
	char text[128];

	if (l->gpus.refused_mask)
		notice(l, "NVIDIA_VISIBLE_DEVICES names GPUs that are not granted: see --gpu-devices");
	if (capability) {
		snprintf(text, sizeof(text),
			 "the image asks for the driver capability %s: see --driver-capabilities",
			 capability);
		notice(l, text);
	}
	if (l->refused_priority)
		notice(l, "GHOSTNV_REALTIME_PRIORITY is not granted: see --gpu-realtime");
	if (!l->driver_missing)
		return;
	snprintf(text, sizeof(text),
		 "no libraries of the driver %s are found: the image has to bring them",
		 l->gpus.driver);
	notice(l, text);
}

/* All that needs no undoing.  Signals still end us here. */
static int look(struct launch *l, struct gnv_error **err)
{
	const struct gnv_request *request = l->request;
	const char *hostname;
	bool absent;
	int r;

	r = name_it(l, err);
	if (!r)
		r = gnv_gpus_init(&l->gpus, request, &absent, err);
	if (r < 0)
		return r;
	if (absent)
		notice(l, "the ghostnv module is not loaded: the container runs without a GPU");
	r = check_name_is_free(l, err);
	if (!r)
		r = gnv_image_open(request->image, l->root->store_dir, l->hooks->progress,
				   l->hooks->data, &l->image, err);
	if (r < 0)
		return r;
	hostname = request->hostname ? request->hostname : l->state.name;
	r = gnv_program_init(&l->program, request, gnv_image_get_config(l->image), hostname, err);
	if (!r)
		r = gnv_gpus_choose(&l->gpus, request, l->program.env, err);
	if (r < 0 || !l->gpus.module)
		return r;
	l->gpu_limits = request->gpu_limits;
	return gnv_gpu_limits_add_env(&l->gpu_limits, l->program.env, request->gpu_realtime,
				      &l->refused_priority, err);
}

static int describe(struct launch *l, struct gnv_error **err)
{
	struct gnv_state *s = &l->state;

	s->image = strdup(gnv_image_get_name(l->image));
	if (!s->image || gnv_strv_append_all(&s->command, l->program.argv) < 0)
		return gnv_error_errno(err, ENOMEM, "describe the container");
	s->created = (int64_t)time(NULL);
	s->exit_status = GNV_EXIT_UNKNOWN;
	s->gpus = l->gpus.mask;
	s->vram_max_bytes = l->gpus.module ? l->request->gpu_memory_bytes : 0;
	s->memory_max_bytes = l->request->limits.memory_max_bytes;
	s->cpu_millicores = l->request->limits.cpu_millicores;
	s->pids_max = l->request->limits.pids_max;
	s->remove = l->request->remove;
	s->log = l->request->detach;
	return 0;
}

static int clean_predecessor(struct launch *l, struct gnv_error **err)
{
	_cleanup_state_ struct gnv_state state = { 0 };
	int r;

	gnv_record_read(&l->record, &state, NULL);
	r = gnv_clean(&l->record, state.container_id, err);
	if (!r)
		gnv_record_forget(&l->record);
	return r;
}

/* The name becomes ours, and what a crashed predecessor left goes. */
static int reserve(struct launch *l, struct gnv_error **err)
{
	bool leftover;
	int r;

	gnv_clean_lost(l->root);
	r = gnv_record_create(l->root, l->state.name, &l->record, &leftover, err);
	if (r < 0)
		return r;
	/* A record that is new says nothing of one that was lost. */
	r = leftover ? 0 : gnv_clean_check_lost(&l->record, err);
	if (!r)
		r = clean_predecessor(l, err);
	if (r < 0 && !leftover)
		gnv_record_drop(&l->record, NULL);
	return r;
}

/*
 * A mount namespace of our own: what is mounted goes with the last process that
 * sees it, so that no crash leaves mounts behind.
 */
static int leave_mounts(struct gnv_error **err)
{
	if (unshare(CLONE_NEWNS) < 0)
		return gnv_error_errno(err, errno, "make a mount namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return gnv_error_errno(err, errno, "keep mounts to ourselves");
	return 0;
}

/* With a user namespace, what root owns in the image is to be the container's root's. */
static int mount_image(struct launch *l, struct gnv_error **err)
{
	_cleanup_close_ int userns_fd = -EBADF;
	struct gnv_image_owners owners;
	struct gnv_userns_range range;
	int r;

	if (l->request->userns) {
		r = gnv_userns_get_range(&range, err);
		if (!r)
			r = gnv_userns_open(&range, &userns_fd, err);
		if (r < 0)
			return r;
		owners = (struct gnv_image_owners){ userns_fd, range.uid_base, range.gid_base };
		gnv_image_map_owners(l->image, &owners);
	}
	return gnv_image_mount(l->image, l->record.data_path, &l->rootfs, err);
}

/* Behind leave_mounts(): what is found is mounted from this namespace. */
static int find_driver(struct launch *l, struct gnv_error **err)
{
	const struct gnv_driver_wish wish = {
		.root = l->request->driver_root,
		.version = l->gpus.driver,
		.capabilities = l->gpus.capabilities,
		.sockets = l->request->driver_sockets,
	};
	int r;

	if (!l->gpus.module || !wish.capabilities)
		return 0;
	r = gnv_driver_init(&l->driver, &wish, l->rootfs, err);
	if (r < 0)
		return gnv_error_remedy(err, r, "check --driver-root");
	l->driver_missing = !l->driver.files.n_libraries;
	return 0;
}

static int make_rootfs(struct launch *l, struct gnv_error **err)
{
	int r = gnv_mkdir_all(l->record.data_path, 0700, err);

	if (!r && !l->request->detach)
		r = gnv_input_protect(STDIN_FILENO, &l->input_fd, err);
	if (!r)
		r = leave_mounts(err);
	if (!r)
		r = mount_image(l, err);
	if (!r)
		r = find_driver(l, err);
	if (r < 0)
		return r;
	if (!l->request->detach)
		return 0;
	l->log_fd = gnv_record_open_log(&l->record, true, err);
	return l->log_fd < 0 ? l->log_fd : 0;
}

static int allow_devices(struct launch *l, struct gnv_error **err)
{
	struct gnv_device_rule rules[GNV_COMMON_DEVICES + GNV_GPU_NODES_MAX];
	size_t i;

	memcpy(rules, gnv_common_devices, sizeof(gnv_common_devices));
	for (i = 0; i < l->gpus.n_nodes; i++)
		rules[GNV_COMMON_DEVICES + i] = (struct gnv_device_rule){
			'c', l->gpus.nodes[i].major, l->gpus.nodes[i].minor, "rwm"
		};
	return gnv_cgroup_allow_devices(l->cgroup_fd, rules,
					GNV_COMMON_DEVICES + l->gpus.n_nodes, err);
}

/* The module knows the cgroup before anything runs in it. */
static int register_container(struct launch *l, struct gnv_error **err)
{
	int r;

	if (!l->gpus.module)
		return 0;
	r = ghostnv_container_create(l->gpus.module, l->cgroup_fd, l->gpus.mask,
				     l->gpus.vram_max_bytes, &l->state.container_id);
	if (r < 0)
		return gnv_error_errno(err, -r, "register the cgroup with ghostnv");
	return gnv_gpu_limits_apply(&l->gpu_limits, l->gpus.module, l->state.container_id, err);
}

static int make_cgroup(struct launch *l, struct gnv_error **err)
{
	_cleanup_free_ char *id = NULL;
	int r = gnv_root_cgroup_id(l->root, l->state.name, &id, err);

	if (!r)
		r = gnv_cgroup_create(id, &l->request->limits, &l->state.cgroup, &l->cgroup_fd,
				      err);
	if (!r)
		r = register_container(l, err);
	if (!r)
		r = allow_devices(l, err);
	return r;
}

static int start_sandbox(struct launch *l, struct gnv_error **err)
{
	struct gnv_device_node nodes[GNV_GPU_NODES_MAX];
	_cleanup_close_ int null_fd = -EBADF;
	struct gnv_sandbox sandbox = {
		.rootfs = l->rootfs,
		.hostname = l->request->hostname ? l->request->hostname : l->state.name,
		.argv = l->program.argv,
		.env = l->program.env,
		.workdir = l->program.workdir,
		.user = l->program.user,
		.mounts = l->request->mounts,
		.n_mounts = l->request->n_mounts,
		.puts = l->driver.puts,
		.n_puts = l->driver.n_puts,
		.devices = nodes,
		.n_devices = l->gpus.n_nodes,
		.gpu_pci = l->gpus.module ? l->gpus.pci : NULL,
		.userns = l->request->userns,
		.rootfs_read_only = l->request->read_only,
		.cgroup_fd = l->cgroup_fd,
		.stdio = { l->input_fd, -1, -1 },
	};
	size_t i;

	for (i = 0; i < l->gpus.n_nodes; i++)
		nodes[i] = (struct gnv_device_node){
			.path = l->gpus.nodes[i].path,
			.type = 'c',
			.major = l->gpus.nodes[i].major,
			.minor = l->gpus.nodes[i].minor,
			.mode = 0666,
		};
	if (l->request->detach) {
		null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (null_fd < 0)
			return gnv_error_errno(err, errno, "open `/dev/null`");
		sandbox.stdio[0] = null_fd;
		sandbox.stdio[1] = sandbox.stdio[2] = l->log_fd;
	}
	return gnv_sandbox_start(&sandbox, &l->process, err);
}

static int write_status(struct launch *l, enum gnv_status status, struct gnv_error **err)
{
	l->state.status = status;
	return gnv_record_write(&l->record, &l->state, err);
}

/* The program could not be executed: where to look. */
static int blame_program(struct launch *l, int r, struct gnv_error **err)
{
	if (r == -ENOENT) {
		l->status = GNV_EXIT_NOT_FOUND;
		return gnv_error_remedy(err, r, "see that the image has it, and the PATH names its directory");
	}
	l->status = GNV_EXIT_NOT_EXECUTABLE;
	return gnv_error_remedy(err, r, "see that it is executable, for this machine and by this user");
}

static int start(struct launch *l, struct gnv_error **err)
{
	int r = start_sandbox(l, err);

	if (r == -EMFILE || r == -ENFILE || r == -ENOMEM || r == -EAGAIN || r == -ENOSPC)
		return gnv_error_remedy(err, r, "give the host more of what it lacks, or end something");
	/* What is not the host's fault is that of what was asked for. */
	if (r < 0)
		return gnv_error_remedy(err, r, "check the image against --user, --workdir and --volume");
	/* The supervisor has no use for open libraries. */
	gnv_driver_fini(&l->driver);
	l->state.pid = l->process.pid;
	l->state.start_time = l->process.start_time;
	r = write_status(l, GNV_STATUS_STARTING, err);
	if (!r)
		r = check_interrupted(l, err);
	if (r < 0)
		return r;
	r = gnv_sandbox_release(&l->process, err);
	if (r < 0)
		return blame_program(l, r, err);
	return write_status(l, GNV_STATUS_RUNNING, err);
}

static int make(struct launch *l, struct gnv_error **err)
{
	int r;

	r = make_rootfs(l, err);
	if (!r)
		r = check_interrupted(l, err);
	if (!r)
		r = make_cgroup(l, err);
	if (!r)
		r = start(l, err);
	return r;
}

/* The kernel killed something for memory: say so, for a status of 137 does not. */
static void tell_of_oom(struct launch *l)
{
	_cleanup_free_ char *text = NULL;
	const char *kills;

	if (!l->request->limits.memory_max_bytes ||
	    gnv_file_read_at(l->cgroup_fd, "memory.events", 4096, &text, NULL, NULL) < 0)
		return;
	kills = strstr(text, "\noom_kill ");
	if (kills && kills[strlen("\noom_kill ")] != '0')
		notice(l, "the container ran out of memory: see --memory");
}

/* Nothing of a container that never ran is kept. */
static void give_up(struct launch *l)
{
	/* What is being reported is the first failure; these can only follow it. */
	if (gnv_clean(&l->record, l->state.container_id, NULL) == 0)
		gnv_record_remove(&l->record, NULL);
}

static int finish(struct launch *l, struct gnv_error **err)
{
	int r = gnv_clean(&l->record, l->state.container_id, err);

	if (r < 0)
		return r;
	if (l->request->remove)
		return gnv_record_remove(&l->record, err);
	l->state.pid = 0;
	l->state.exit_status = l->status;
	return write_status(l, GNV_STATUS_EXITED, err);
}

static int run(struct launch *l, struct gnv_error **err)
{
	int r = look(l, err);

	if (!r)
		r = describe(l, err);
	if (r < 0)
		return r;
	l->signal_fd = gnv_signals_take(err);
	if (l->signal_fd < 0)
		return l->signal_fd;
	r = reserve(l, err);
	if (r < 0)
		return r;
	r = make(l, err);
	if (r < 0) {
		give_up(l);
		return r;
	}
	/* An open image keeps all layers; this container's are kept by its mount. */
	gnv_image_close(l->image);
	l->image = NULL;
	l->program.workdir = l->program.user = NULL; /* they were its */
	tell_of_lacks(l);
	if (l->hooks->started)
		l->hooks->started(l->state.name, l->hooks->data);
	r = gnv_supervise(&l->process, l->signal_fd, l->log_fd, &l->status, err);
	if (r < 0)
		return r;
	tell_of_oom(l);
	r = finish(l, err);
	/* The program did well, but not all is well. */
	if (r < 0 && l->status == EXIT_SUCCESS)
		l->status = EXIT_FAILURE;
	return r;
}

int gnv_container_run(const struct gnv_root *root, const struct gnv_request *request,
		      const struct gnv_run_hooks *hooks, int *ret_status,
		      struct gnv_error **err)
{
	_cleanup_(launch_fini) struct launch l = {
		.root = root,
		.request = request,
		.hooks = hooks,
		.record.dir_fd = -EBADF,
		.process = { .pidfd = -EBADF, .release_fd = -EBADF, .report_fd = -EBADF },
		.cgroup_fd = -EBADF,
		.signal_fd = -EBADF,
		.log_fd = -EBADF,
		.input_fd = -EBADF,
		.status = EXIT_FAILURE,
	};
	int r = run(&l, err);

	*ret_status = l.status;
	return r;
}
