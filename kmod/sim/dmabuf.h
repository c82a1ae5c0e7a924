/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Video memory as a dma-buf.  It must not know how the ioctl came in.
 */
#ifndef SIM_DMABUF_H
#define SIM_DMABUF_H

#include <linux/types.h>

struct sim_gpu;

u32 sim_dmabuf_export(struct sim_gpu *gpu, void *params);

#endif /* SIM_DMABUF_H */
