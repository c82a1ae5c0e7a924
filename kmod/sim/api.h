/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The resource manager's calls as their structures describe them: what an ioctl
 * or another kernel module hands in, with the status written into it.  Between
 * the entries (escape.c, rm_ops.c) and the server.
 */
#ifndef SIM_API_H
#define SIM_API_H

#include "nvabi/nvos.h"

struct sim_call;

void sim_api_alloc(const struct sim_call *call, struct NVOS64_PARAMETERS *api);
void sim_api_alloc_memory(const struct sim_call *call,
			  struct NVOS02_PARAMETERS *api, int fd);
void sim_api_vid_heap(const struct sim_call *call,
		      struct NVOS32_PARAMETERS *api);
void sim_api_map(const struct sim_call *call, struct NVOS33_PARAMETERS *api,
		 int fd);
void sim_api_unmap(const struct sim_call *call, struct NVOS34_PARAMETERS *api);
void sim_api_update_map(const struct sim_call *call,
			struct NVOS56_PARAMETERS *api);
void sim_api_map_dma(const struct sim_call *call,
		     struct NVOS46_PARAMETERS_R580 *api);
void sim_api_unmap_dma(const struct sim_call *call,
		       struct NVOS47_PARAMETERS_R550 *api);

#endif /* SIM_API_H */
