/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What GPUs the driver has, and what they are.
 */
#ifndef _GHOSTNV_RM_GPUS_H
#define _GHOSTNV_RM_GPUS_H

#include <linux/types.h>

struct gnv_bridge_gpu;

/* Handles of our own clients' objects: any numbers do. */
#define GPUS_DEVICE	0x474e0001
#define GPUS_SUBDEVICE	0x474e0002

int gpus_open(u32 gpu_id, u32 *client);
void gpus_close(u32 gpu_id, u32 client);
int gpus_describe(struct gnv_bridge_gpu *gpus, unsigned int max);

#endif /* _GHOSTNV_RM_GPUS_H */
