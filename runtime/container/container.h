/* SPDX-License-Identifier: MIT */
/*
 * The life of containers: run, list, measure, stop, delete.  What commands and
 * other faces of the runtime build on.  Prints nothing.
 */
#ifndef GNV_CONTAINER_CONTAINER_H
#define GNV_CONTAINER_CONTAINER_H

#include <linux/ghostnv.h>

#include "container/gpu_limits.h"
#include "container/request.h"
#include "container/root.h"
#include "container/state.h"

/* What gnv_container_run() tells on its way; any may be NULL. */
struct gnv_run_hooks {
	void (*progress)(const char *text, void *data); /* something takes long */
	void (*notice)(const char *text, void *data); /* the operator should know */
	/* The program runs; may end the caller's ties to its terminal. */
	void (*started)(const char *name, void *data);
	void *data;
};

/* Exit statuses of a run that never came to its program, as shells have them. */
#define GNV_EXIT_NOT_EXECUTABLE 126
#define GNV_EXIT_NOT_FOUND	127

/*
 * Run a container from beginning to end.  The calling process becomes its
 * supervisor: it gets a mount namespace of its own, its signals go to the
 * container, and its death leaves the container running.  Whatever fails,
 * nothing is left behind.
 * *ret_status: the program's exit status (128 + N after signal N); on failure
 * what a command should exit with.
 */
int gnv_container_run(const struct gnv_root *root, const struct gnv_request *request,
		      const struct gnv_run_hooks *hooks, int *ret_status,
		      struct gnv_error **err);

/*
 * Ask the container to end (SIGTERM to its init), kill it after @timeout_ms, and
 * wait until it is cleaned up.  One that has ended already is a success.
 */
int gnv_container_stop(const struct gnv_root *root, const char *name, int timeout_ms,
		       struct gnv_error **err);

/* Remove what is kept of a container; with @force a running one is killed. */
int gnv_container_delete(const struct gnv_root *root, const char *name, bool force,
			 struct gnv_error **err);

/*
 * Stop all processes of a container that runs, or let them go on.  ghostnv.ko does the
 * same with its queues.  What is so already is a success.
 */
int gnv_container_pause(const struct gnv_root *root, const char *name, bool pause,
			struct gnv_error **err);

/* Change limits of a container that runs. */
int gnv_container_update(const struct gnv_root *root, const char *name,
			 const struct gnv_gpu_limits *limits, struct gnv_error **err);

/* All containers by name, with the status that they really have. */
int gnv_container_list(const struct gnv_root *root, struct gnv_state **ret, size_t *ret_n,
		       struct gnv_error **err);
void gnv_container_list_free(struct gnv_state *states, size_t n);

/* One container. */
int gnv_container_get(const struct gnv_root *root, const char *name, struct gnv_state *ret,
		      struct gnv_error **err);

struct gnv_container_gpu_stats {
	uint32_t index;
	struct ghostnv_stats stats;
};

struct gnv_container_stats {
	uint64_t memory_bytes, cpu_usage_us, pids;
	bool has_gpu; /* the rest is there */
	uint64_t oom_policy, oom_priority; /* GHOSTNV_OOM_* */
	struct ghostnv_stats total;
	size_t n_gpus;
	struct gnv_container_gpu_stats gpus[GHOSTNV_GPUS_MAX];
};

/* What a running container uses.  -ESRCH: its cgroup is gone. */
int gnv_container_stats(const struct gnv_state *state, struct gnv_container_stats *ret,
			struct gnv_error **err);

/*
 * Remove what no container uses: unpacked layers, and what containers left whose
 * record is lost.  *ret_layers, *ret_containers: how many.
 */
int gnv_container_prune(const struct gnv_root *root, size_t *ret_layers,
			size_t *ret_containers, struct gnv_error **err);

/* The log of a detached container, open for reading. */
int gnv_container_open_log(const struct gnv_root *root, const char *name,
			   struct gnv_error **err);

#endif /* GNV_CONTAINER_CONTAINER_H */
