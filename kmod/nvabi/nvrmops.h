/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The interface that NVIDIA's driver offers to other kernel modules, and that it
 * uses for its own nvidia-modeset.ko: what nvidia_get_rm_ops() fills, and the
 * commands that op() takes.  Kernel only at run time; declared with plain types
 * so that the layouts can be checked anywhere.  For names and variants see
 * nvos.h.
 *
 * The caller names the exact version of the driver in version_string; on a
 * mismatch the driver refuses and writes its own there.
 */
#ifndef _NVABI_NVRMOPS_H
#define _NVABI_NVRMOPS_H

#include <linux/types.h>

#include "nvos.h"

#define NV_MAX_GPUS			32

/* The value of nvidia_kernel_rmapi_ops_t.op chooses the member of params. */
#define NV01_FREE			0x00000000
#define NV01_ALLOC_MEMORY		0x00000002
#define NV04_ALLOC			0x00000015
#define NV04_VID_HEAP_CONTROL		0x00000020
#define NV04_MAP_MEMORY			0x00000021
#define NV04_UNMAP_MEMORY		0x00000022
#define NV04_MAP_MEMORY_DMA		0x0000002e
#define NV04_UNMAP_MEMORY_DMA		0x0000002f
#define NV04_CONTROL			0x00000036
#define NV04_DUP_OBJECT			0x00000037
#define NV04_SHARE			0x0000003e

struct nvidia_kernel_rmapi_ops_t {
	__u32 op;
	union {
		struct NVOS00_PARAMETERS free;
		struct NVOS02_PARAMETERS allocMemory64;
		struct NVOS21_PARAMETERS alloc; /* up to branch 550 */
		struct NVOS64_PARAMETERS alloc_R580;
		struct NVOS32_PARAMETERS *pVidHeapControl;
		struct NVOS33_PARAMETERS mapMemory;
		struct NVOS34_PARAMETERS unmapMemory;
		struct NVOS39_PARAMETERS allocContextDma2;
		struct NVOS46_PARAMETERS mapMemoryDma;
		struct NVOS46_PARAMETERS_R580 mapMemoryDma_R580;
		struct NVOS47_PARAMETERS unmapMemoryDma;
		struct NVOS47_PARAMETERS_R550 unmapMemoryDma_R550;
		struct NVOS54_PARAMETERS control;
		struct NVOS55_PARAMETERS dupObject;
		struct NVOS57_PARAMETERS share;
	} params;
};

struct nv_gpu_info_t {
	__u32 gpu_id;
	struct {
		__u32 domain;
		__u8 bus;
		__u8 slot;
		__u8 function;
	} pci_info;
	__u8 needs_numa_setup; /* from branch 580 on */
	__u8 is_soc_disp; /* from branch 595 on */
	void *os_device_ptr;
};

struct nvidia_stack_s;

/* remove and probe appeared within branch 580; what is not there is not read. */
struct nvidia_modeset_callbacks_t {
	void (*suspend)(__u32 gpu_id);
	void (*resume)(__u32 gpu_id);
	void (*remove)(__u32 gpu_id); /* from branch 580 on */
	void (*probe)(const struct nv_gpu_info_t *gpu_info); /* from branch 580 on */
};

struct nvidia_modeset_rm_ops_t {
	const char *version_string;
	struct {
		__u8 allow_write_combining;
	} system_info;
	int (*alloc_stack)(struct nvidia_stack_s **sp);
	void (*free_stack)(struct nvidia_stack_s *sp);
	__u32 (*enumerate_gpus)(struct nv_gpu_info_t *gpu_info);
	union {
		int (*open_gpu)(__u32 gpu_id, struct nvidia_stack_s *sp);
		int (*open_gpu_R595)(__u32 gpu_id, struct nvidia_stack_s *sp, __u8 reset_aware);
	};
	union {
		void (*close_gpu)(__u32 gpu_id, struct nvidia_stack_s *sp);
		void (*close_gpu_R595)(__u32 gpu_id, struct nvidia_stack_s *sp, __u8 reset_aware);
	};
	void (*op)(struct nvidia_stack_s *sp, void *ops_cmd);
	int (*set_callbacks)(const struct nvidia_modeset_callbacks_t *cb);
};

/* Returns an NV_STATUS. */
__u32 nvidia_get_rm_ops(struct nvidia_modeset_rm_ops_t *rm_ops);

#endif /* _NVABI_NVRMOPS_H */
