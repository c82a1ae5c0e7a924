/* SPDX-License-Identifier: MIT */
/*
 * What a container needs of the host's GPUs: the module (loaded where it is
 * installed), the list of GPUs, selection by index or UUID, and the device nodes.
 * Knows nothing of sandboxes.
 */
#ifndef GNV_GPU_GPU_H
#define GNV_GPU_GPU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "lib/libghostnv.h"

struct gnv_device_node;

/*
 * Open /dev/ghostnv; as root, load ghostnv and ghostnv-rm by libkmod first where
 * they are installed and not loaded.  Return: 0 with *ret, or -ENODEV (with the
 * reason and the remedy) on a host without the module.
 */
int gnv_gpu_open_module(struct ghostnv **ret, struct gnv_error **err);

/*
 * A selection ("all", "none", "0,1", "GPU-<uuid or prefix>", "0000:01:00.0", a
 * mixed list) as a mask of indices.  -ENOENT names the part that is no GPU and
 * what there is instead.
 */
int gnv_gpu_select(struct ghostnv *module, const char *selection, uint64_t *ret_mask,
		   struct gnv_error **err);

/*
 * The device nodes that a container with these GPUs gets: nvidiactl, nvidia-uvm,
 * nvidia-uvm-tools, nvidiaN.  Numbers come from the driver (/proc/devices, minor
 * of the GPU), not from what lies in the host's /dev.  *ret is one allocation
 * for gnv_gpu_nodes_free().
 */
int gnv_gpu_nodes(struct ghostnv *module, uint64_t mask, struct gnv_device_node **ret,
		  size_t *ret_n, struct gnv_error **err);
void gnv_gpu_nodes_free(struct gnv_device_node *nodes, size_t n);

#endif /* GNV_GPU_GPU_H */
