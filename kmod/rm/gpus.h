/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What GPUs the driver has, and what they are.
 */
#ifndef _GHOSTNV_RM_GPUS_H
#define _GHOSTNV_RM_GPUS_H

struct gnv_bridge_gpu;

int gpus_describe(struct gnv_bridge_gpu *gpus, unsigned int max);

#endif /* _GHOSTNV_RM_GPUS_H */
