// SPDX-License-Identifier: GPL-2.0
/*
 * The table of attached GPUs: see gpu.h.  It knows nothing of how they are
 * found.
 */
#include <linux/spinlock.h>
#include <linux/string.h>

#include "bridge.h"
#include "gpu.h"

/* Protects the table. */
static DEFINE_SPINLOCK(gpu_lock);
static struct gnv_gpu gpus[GHOSTNV_GPUS_MAX];

static struct gnv_gpu *find_pci(const char *pci)
{
	u32 i;

	lockdep_assert_held(&gpu_lock);
	for (i = 0; i < ARRAY_SIZE(gpus); i++) {
		if (!strcmp(gpus[i].pci, pci))
			return &gpus[i];
	}
	return NULL;
}

/**
 * gnv_gpu_add() - a GPU is there
 * @pci: its PCI address
 * @minor: N of nvidiaN, ~0 when unknown
 * @numa_node: of the PCI function, or -1
 * @index: out: its index
 *
 * Context: Any.
 * Return: 0; -EEXIST when it is attached already; -ENOSPC when the table is full.
 */
int gnv_gpu_add(const char *pci, u32 minor, s32 numa_node, u32 *index)
{
	struct gnv_gpu *gpu;
	int ret = 0;

	spin_lock(&gpu_lock);
	gpu = find_pci(pci);
	if (!gpu)
		gpu = find_pci(""); /* an entry that no GPU ever had */
	if (!gpu) {
		ret = -ENOSPC;
	} else if (gpu->attached) {
		ret = -EEXIST;
		if (gpu->minor == ~0U)
			gpu->minor = minor;
	} else {
		*gpu = (struct gnv_gpu){
			.attached = true,
			.minor = minor,
			.numa_node = numa_node,
		};
		strscpy(gpu->pci, pci, sizeof(gpu->pci));
		*index = gpu - gpus;
	}
	spin_unlock(&gpu_lock);
	return ret;
}

/**
 * gnv_gpu_remove() - a GPU is gone; its index stays its own
 * @pci: its PCI address
 *
 * Context: Any.
 */
void gnv_gpu_remove(const char *pci)
{
	struct gnv_gpu *gpu;

	spin_lock(&gpu_lock);
	gpu = find_pci(pci);
	if (gpu) {
		gpu->attached = false;
		gpu->described = false;
	}
	spin_unlock(&gpu_lock);
}

/**
 * gnv_gpu_describe() - the bridge tells about a GPU
 * @pci: its PCI address
 * @from: what it says
 *
 * Context: Any.
 */
void gnv_gpu_describe(const char *pci, const struct gnv_bridge_gpu *from)
{
	struct gnv_gpu *gpu;

	spin_lock(&gpu_lock);
	gpu = find_pci(pci);
	if (gpu && gpu->attached) {
		gpu->described = true;
		gpu->gpu_id = from->gpu_id;
		gpu->instance = from->instance;
		if (from->minor != ~0U)
			gpu->minor = from->minor;
		gpu->scrub = from->scrub;
		gpu->vram_bytes = from->vram_bytes;
		gpu->window_bytes = from->window_bytes;
		memcpy(gpu->uuid, from->uuid, sizeof(gpu->uuid));
		strscpy(gpu->uuid_text, from->uuid_text, sizeof(gpu->uuid_text));
		strscpy(gpu->name, from->name, sizeof(gpu->name));
	}
	spin_unlock(&gpu_lock);
}

/**
 * gnv_gpu_forget_descriptions() - the bridge is gone
 *
 * Context: Any.
 */
void gnv_gpu_forget_descriptions(void)
{
	u32 i;

	spin_lock(&gpu_lock);
	for (i = 0; i < ARRAY_SIZE(gpus); i++) {
		gpus[i].described = false;
		gpus[i].gpu_id = 0;
		gpus[i].scrub = GHOSTNV_SCRUB_UNKNOWN;
		gpus[i].vram_bytes = 0;
		gpus[i].context_bytes = 0;
		gpus[i].uuid_text[0] = '\0';
		gpus[i].name[0] = '\0';
	}
	spin_unlock(&gpu_lock);
}

/**
 * gnv_gpu_note_context() - the driver told of a queue's context buffers
 * @index: GPU's index
 * @bytes: how large they are
 *
 * Context: Any.
 */
void gnv_gpu_note_context(u32 index, u64 bytes)
{
	if (index >= ARRAY_SIZE(gpus))
		return;
	spin_lock(&gpu_lock);
	gpus[index].context_bytes = max(gpus[index].context_bytes, bytes);
	spin_unlock(&gpu_lock);
}

/**
 * gnv_gpu_get() - copy one entry
 * @index: GPU's index
 * @gpu: out
 *
 * Context: Any.
 * Return: 0, or -ENOENT when no attached GPU has this index.
 */
int gnv_gpu_get(u32 index, struct gnv_gpu *gpu)
{
	int ret = -ENOENT;

	if (index >= ARRAY_SIZE(gpus))
		return ret;
	spin_lock(&gpu_lock);
	if (gpus[index].attached) {
		*gpu = gpus[index];
		ret = 0;
	}
	spin_unlock(&gpu_lock);
	return ret;
}

/**
 * gnv_gpu_mask() - the attached GPUs
 *
 * Context: Any.
 * Return: mask of their indices.
 */
u64 gnv_gpu_mask(void)
{
	u64 mask = 0;
	u32 i;

	spin_lock(&gpu_lock);
	for (i = 0; i < ARRAY_SIZE(gpus); i++) {
		if (gpus[i].attached)
			mask |= 1ULL << i;
	}
	spin_unlock(&gpu_lock);
	return mask;
}

/**
 * gnv_gpu_slots() - how many indices were ever given out
 *
 * Context: Any.
 * Return: one more than the largest index that a GPU has or had.
 */
u32 gnv_gpu_slots(void)
{
	u32 slots = 0;

	spin_lock(&gpu_lock);
	while (slots < ARRAY_SIZE(gpus) && gpus[slots].pci[0])
		slots++;
	spin_unlock(&gpu_lock);
	return slots;
}

/**
 * gnv_gpu_by_minor() - the GPU behind a device node
 * @minor: N of nvidiaN
 *
 * Context: Any.
 * Return: its index or GNV_GPU_NONE.
 */
u32 gnv_gpu_by_minor(u32 minor)
{
	u32 i, index = GNV_GPU_NONE;

	spin_lock(&gpu_lock);
	for (i = 0; i < ARRAY_SIZE(gpus) && index == GNV_GPU_NONE; i++) {
		if (gpus[i].attached && gpus[i].minor == minor)
			index = i;
	}
	spin_unlock(&gpu_lock);
	return index;
}

/**
 * gnv_gpu_by_id() - the GPU with an RM gpuId
 * @gpu_id: RM's gpuId
 *
 * Context: Any.
 * Return: its index or GNV_GPU_NONE.
 */
u32 gnv_gpu_by_id(u32 gpu_id)
{
	u32 i, index = GNV_GPU_NONE;

	spin_lock(&gpu_lock);
	for (i = 0; i < ARRAY_SIZE(gpus) && index == GNV_GPU_NONE; i++) {
		if (gpus[i].described && gpus[i].gpu_id == gpu_id)
			index = i;
	}
	spin_unlock(&gpu_lock);
	return index;
}

/**
 * gnv_gpu_by_instance() - the GPU with an RM device instance
 * @instance: RM's device instance
 *
 * Context: Any.
 * Return: its index or GNV_GPU_NONE.
 */
u32 gnv_gpu_by_instance(u32 instance)
{
	u32 i, index = GNV_GPU_NONE;

	spin_lock(&gpu_lock);
	for (i = 0; i < ARRAY_SIZE(gpus) && index == GNV_GPU_NONE; i++) {
		if (gpus[i].described && gpus[i].instance == instance)
			index = i;
	}
	spin_unlock(&gpu_lock);
	return index;
}

/**
 * gnv_gpu_by_uuid() - the GPU with a UUID
 * @uuid: 16 bytes
 *
 * Context: Any.
 * Return: its index or GNV_GPU_NONE.
 */
u32 gnv_gpu_by_uuid(const u8 *uuid)
{
	u32 i, index = GNV_GPU_NONE;

	spin_lock(&gpu_lock);
	for (i = 0; i < ARRAY_SIZE(gpus) && index == GNV_GPU_NONE; i++) {
		if (gpus[i].described &&
		    !memcmp(gpus[i].uuid, uuid, sizeof(gpus[i].uuid)))
			index = i;
	}
	spin_unlock(&gpu_lock);
	return index;
}
