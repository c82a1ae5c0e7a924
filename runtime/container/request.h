/* SPDX-License-Identifier: MIT */
/*
 * What the operator asks of a container, and what becomes of it together with
 * what the image's author asks for.  Pure: text in, text out.
 */
#ifndef GNV_CONTAINER_REQUEST_H
#define GNV_CONTAINER_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "container/gpu_limits.h"
#include "image/image.h"
#include "sandbox/cgroup.h"
#include "sandbox/sandbox.h"

struct gnv_request {
	struct gnv_gpu_limits gpu_limits; /* first: their takers see only this */
	char *name; /* NULL: one is made up */
	char *image;
	char **command; /* NULL: the image's */
	char *entrypoint; /* NULL: the image's; "": none */
	char **env; /* "KEY=value" */
	char *workdir, *user, *hostname; /* NULL: the image's; hostname: the name */
	struct gnv_mount *mounts;
	size_t n_mounts;
	char *gpu_devices; /* a selection; NULL: all with a GPU limit, else none */
	uint64_t gpu_memory_bytes; /* 0: no limit */
	char *driver_capabilities; /* NULL: the usual ones, or fewer as the image says */
	char *driver_root; /* NULL: "/" */
	struct gnv_cgroup_limits limits;
	bool driver_sockets;
	bool gpu_realtime; /* the environment may ask for the latency class */
	bool userns, read_only, remove, detach;
};

void gnv_request_fini(struct gnv_request *request);

/* "SRC:DST[:ro|rw]" appended to the mounts.  SRC has to exist. */
int gnv_request_add_volume(struct gnv_request *request, const char *text,
			   struct gnv_error **err);

/* "KEY=value", or "KEY" for the value in our own environment, if it is there. */
int gnv_request_add_env(struct gnv_request *request, const char *text, struct gnv_error **err);

/* "1.5" as 1500; -ERANGE outside 0.01 to 8192. */
int gnv_request_parse_cores(const char *text, uint64_t *ret_millicores);

/* What is executed, merged as Docker does. */
struct gnv_program {
	char **argv;
	char **env;
	const char *workdir, *user; /* belong to the request or the image */
};

int gnv_program_init(struct gnv_program *program, const struct gnv_request *request,
		     const struct gnv_image_config *image, const char *hostname,
		     struct gnv_error **err);
void gnv_program_fini(struct gnv_program *program);

#define _cleanup_request_ _cleanup_(gnv_request_fini)
#define _cleanup_program_ _cleanup_(gnv_program_fini)

#endif /* GNV_CONTAINER_REQUEST_H */
