/* SPDX-License-Identifier: MIT */
/*
 * A container's GPUs: what was asked for, checked against what there is.
 */
#ifndef GNV_CONTAINER_GPUS_H
#define GNV_CONTAINER_GPUS_H

#include "container/request.h"
#include "gpu/gpu.h"

struct gnv_gpus {
	struct ghostnv *module; /* NULL: the container gets no GPU */
	uint64_t mask;
	uint64_t vram_max_bytes; /* or GHOSTNV_UNLIMITED */
	struct gnv_gpu_node nodes[GNV_GPU_NODES_MAX];
	size_t n_nodes;
	struct gnv_gpu_list list; /* all that are attached */
	const char *pci[GHOSTNV_GPUS_MAX + 1]; /* addresses of the granted; ends with NULL */
	char driver[GHOSTNV_VERSION_LEN]; /* its version */
	unsigned int capabilities; /* GNV_DRIVER_*: which files of the driver's */
	/* What the image asks for beyond what is granted. */
	uint64_t refused_mask;
	unsigned int refused_capabilities;
};

/*
 * Load and open the module if a GPU is asked for, and check the wishes.
 * *ret_absent: "all" was asked for where there is no module, so none is given.
 */
int gnv_gpus_init(struct gnv_gpus *gpus, const struct gnv_request *request, bool *ret_absent,
		  struct gnv_error **err);
void gnv_gpus_fini(struct gnv_gpus *gpus);

/*
 * What the container's environment makes of it, whose author may be the image's: it
 * chooses among the GPUs and capabilities that are granted, and may require something
 * of them.  An environment that wants no GPU at all ends as gnv_gpus_fini().
 */
int gnv_gpus_choose(struct gnv_gpus *gpus, const struct gnv_request *request,
		    char *const *env, struct gnv_error **err);

/* The parts of it.  Of an open module: what GPUs there are. */
int gnv_gpus_look(struct gnv_gpus *gpus, struct gnv_error **err);

/*
 * For the GPUs in @mask: the driver, its parts (gnv_gpus_choose_capabilities()), whether
 * they are what @env requires, and their nodes.
 */
int gnv_gpus_settle(struct gnv_gpus *gpus, const char *wanted, unsigned int granted,
		    char *const *env, struct gnv_error **err);

/* Pure: the operator's word, if there is one, else of @granted what @env wants. */
int gnv_gpus_choose_capabilities(struct gnv_gpus *gpus, const char *wanted,
				 unsigned int granted, char *const *env, struct gnv_error **err);

/* Pure: the mask and the limit against the memory that there is. */
int gnv_gpus_check_memory(uint64_t wanted_bytes, uint64_t mask, uint64_t vram_bytes,
			  struct gnv_error **err);

#endif /* GNV_CONTAINER_GPUS_H */
