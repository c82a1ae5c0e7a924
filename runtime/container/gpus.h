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
};

/*
 * Load and open the module if a GPU is asked for, and check the wishes.
 * *ret_absent: "all" was asked for where there is no module, so none is given.
 */
int gnv_gpus_init(struct gnv_gpus *gpus, const struct gnv_request *request, bool *ret_absent,
		  struct gnv_error **err);
void gnv_gpus_fini(struct gnv_gpus *gpus);

/* Pure: the mask and the limit against the memory that there is. */
int gnv_gpus_check_memory(uint64_t wanted_bytes, uint64_t mask, uint64_t vram_bytes,
			  struct gnv_error **err);

#endif /* GNV_CONTAINER_GPUS_H */
