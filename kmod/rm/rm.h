/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Calls into NVIDIA's resource manager with the kernel's privilege, by the
 * interface that the driver offers to nvidia-modeset.ko.
 */
#ifndef _GHOSTNV_RM_RM_H
#define _GHOSTNV_RM_RM_H

#include <linux/types.h>

struct gnv_rm_way;
struct nv_gpu_info_t;
struct nvabi_branch;

int rm_init(void);
const char *rm_version(void);
const struct nvabi_branch *rm_branch(void);

u32 rm_enumerate(struct nv_gpu_info_t *gpus);
int rm_open_gpu(u32 gpu_id);
void rm_close_gpu(u32 gpu_id);

int rm_alloc(u32 client, u32 parent, u32 *object, u32 class, void *params);
int rm_free(u32 client, u32 object);
int rm_map(u32 client, u32 parent, u32 memory, u64 bytes, void **address);
int rm_control(u32 client, u32 object, u32 cmd, void *params, u32 bytes);

extern const struct gnv_rm_way rm_way;

#endif /* _GHOSTNV_RM_RM_H */
