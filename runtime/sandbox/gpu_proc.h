/* SPDX-License-Identifier: MIT */
/*
 * The container's view of /proc/driver/nvidia: the driver's text files as they
 * are at the start, and the directories of granted GPUs only.
 */
#ifndef GNV_SANDBOX_GPU_PROC_H
#define GNV_SANDBOX_GPU_PROC_H

#include "base/error.h"

/*
 * *ret_fd: a detached, read-only mount to cover the driver's directory with;
 * @source is that directory.  @gpu_pci: NULL-terminated PCI addresses.  @label: SELinux's, of
 * all in it, or NULL.
 */
int gnv_gpu_proc_make(const char *source, const char *const *gpu_pci,
		      const char *label, int *ret_fd, struct gnv_error **err);

/*
 * The text of the driver's "params" with ModifyDeviceFiles switched off, so that
 * the driver's library in the container makes no device nodes.
 * Return: a new string, or NULL without memory.
 */
char *gnv_gpu_proc_edit_params(const char *text);

#endif /* GNV_SANDBOX_GPU_PROC_H */
