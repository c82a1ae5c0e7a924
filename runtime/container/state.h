/* SPDX-License-Identifier: MIT */
/*
 * What is known of one container, in memory and as the text of its state.json.
 * Knows nothing of files and locks.
 */
#ifndef GNV_CONTAINER_STATE_H
#define GNV_CONTAINER_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

enum gnv_status {
	GNV_STATUS_STARTING, /* made, the program does not run yet */
	GNV_STATUS_RUNNING,
	GNV_STATUS_EXITED, /* ended and cleaned up; the record is kept */
	/* Never in a file: these are found out. */
	GNV_STATUS_DEAD, /* ended unobserved; leftovers wait to be cleaned up */
	GNV_STATUS_PAUSED, /* running, and frozen */
};

#define GNV_EXIT_UNKNOWN (-1)

struct gnv_state {
	char *name;
	char *image;
	char **command;
	enum gnv_status status;
	pid_t pid; /* of init; 0 once it has ended */
	uint64_t start_time; /* of that pid, in ticks from boot */
	int exit_status; /* GNV_EXIT_UNKNOWN until it has exited */
	int64_t created; /* seconds since 1970 */
	char *boot; /* of which pid, start_time and container_id are; record.h fills it in */
	char *cgroup; /* its directory */
	uint64_t container_id; /* in ghostnv.ko; 0: not registered */
	uint64_t gpus; /* mask of indices */
	uint64_t vram_max_bytes; /* 0: no limit, or no GPU */
	uint64_t memory_max_bytes, cpu_millicores, pids_max; /* 0: none */
	bool remove; /* nothing is kept when it ends */
	bool log; /* its output is in a file */
};

const char *gnv_status_name(enum gnv_status status);
/* Whether its program has been started and has not ended, be it frozen. */
bool gnv_status_runs(enum gnv_status status);

int gnv_state_format(const struct gnv_state *state, char **ret, struct gnv_error **err);
/* -EBADMSG says what is wrong.  *ret is for gnv_state_fini() on success only. */
int gnv_state_parse(const char *text, struct gnv_state *ret, struct gnv_error **err);
void gnv_state_fini(struct gnv_state *state);

#define _cleanup_state_ _cleanup_(gnv_state_fini)

#endif /* GNV_CONTAINER_STATE_H */
