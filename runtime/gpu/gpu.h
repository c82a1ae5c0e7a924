/* SPDX-License-Identifier: MIT */
/*
 * What a container needs of the host's GPUs: the list of GPUs, selection by index,
 * UUID or PCI address, and the device nodes.  Knows nothing of sandboxes.
 */
#ifndef GNV_GPU_GPU_H
#define GNV_GPU_GPU_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "lib/libghostnv.h"

/* The GPUs that are attached at one moment, by ascending index. */
struct gnv_gpu_list {
	size_t n;
	struct ghostnv_gpu gpus[GHOSTNV_GPUS_MAX];
};

int gnv_gpu_list(struct ghostnv *module, struct gnv_gpu_list *ret, struct gnv_error **err);

/*
 * A selection ("all", "none", "0,1", "GPU-<uuid or prefix>", "0000:01:00.0", a
 * mixed list) as a mask of indices.  -ENOENT names the part that is no GPU and
 * what there is instead; -EINVAL an ill-formed or ambiguous part.
 */
int gnv_gpu_select(const struct gnv_gpu_list *list, const char *selection,
		   uint64_t *ret_mask, struct gnv_error **err);

/* Video memory of the GPUs in @mask together; 0 when the driver does not say. */
uint64_t gnv_gpu_vram_bytes(const struct gnv_gpu_list *list, uint64_t mask);

/* A character device of NVIDIA's driver. */
struct gnv_gpu_node {
	char path[32]; /* "/dev/nvidia0" */
	unsigned int major, minor;
};

/* nvidiactl, nvidia-uvm and one nvidiaN for each GPU. */
#define GNV_GPU_NODES_MAX (2 + GHOSTNV_GPUS_MAX)

/*
 * The device nodes that a container with these GPUs gets.  Numbers come from the
 * driver (@proc_devices is the text of /proc/devices), not from what lies in
 * the host's /dev.  nvidia-uvm is left out where it is not loaded.
 * Return: how many, or -ENODEV when there is no driver.
 */
int gnv_gpu_nodes(const struct gnv_gpu_list *list, uint64_t mask, const char *proc_devices,
		  struct gnv_gpu_node ret[GNV_GPU_NODES_MAX], struct gnv_error **err);

#endif /* GNV_GPU_GPU_H */
