/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of attached GPUs.  An index belongs to one PCI address for as long
 * as the module is loaded, so that a grant never passes to another card.
 */
#ifndef _GHOSTNV_GPU_H
#define _GHOSTNV_GPU_H

#include <linux/types.h>

#include <linux/ghostnv.h>

struct gnv_bridge_gpu;

#define GNV_GPU_NONE (~0U)

/**
 * struct gnv_gpu - one GPU
 * @attached: NVIDIA's driver has it now
 * @described: the bridge told about it: everything but @pci, @numa_node and
 *	@minor comes from there
 * @minor: N of nvidiaN, ~0 while unknown
 * @gpu_id: RM's gpuId
 * @instance: RM's device instance
 * @numa_node: of the PCI function, or -1
 * @scrub: GHOSTNV_SCRUB_*
 * @vram_bytes: video memory for clients
 * @window_bytes: addresses through which the CPU sees it (BAR1)
 * @context_bytes: the largest context buffers of a queue that the driver told of;
 *	0 while it has told of none
 * @uuid: binary
 * @pci: address
 * @uuid_text: "GPU-..."
 * @name: marketing name
 */
struct gnv_gpu {
	bool attached;
	bool described;
	u32 minor;
	u32 gpu_id;
	u32 instance;
	s32 numa_node;
	u32 scrub;
	u64 vram_bytes;
	u64 window_bytes;
	u64 context_bytes;
	u8 uuid[16];
	char pci[GHOSTNV_GPU_PCI_LEN];
	char uuid_text[GHOSTNV_GPU_UUID_LEN];
	char name[GHOSTNV_GPU_NAME_LEN];
};

int gnv_gpu_add(const char *pci, u32 minor, s32 numa_node, u32 *index);
void gnv_gpu_remove(const char *pci);
void gnv_gpu_describe(const char *pci, const struct gnv_bridge_gpu *from);
void gnv_gpu_forget_descriptions(void);

void gnv_gpu_note_context(u32 index, u64 bytes);
int gnv_gpu_get(u32 index, struct gnv_gpu *gpu);
u64 gnv_gpu_mask(void);
u32 gnv_gpu_slots(void);
u32 gnv_gpu_by_minor(u32 minor);
u32 gnv_gpu_by_id(u32 gpu_id);
u32 gnv_gpu_by_instance(u32 instance);
u32 gnv_gpu_by_uuid(const u8 *uuid);

#endif /* _GHOSTNV_GPU_H */
