/* SPDX-License-Identifier: MIT */
/*
 * Parts of NVIDIA's driver that a container may have: the words of
 * NVIDIA_DRIVER_CAPABILITIES and of --driver-capabilities.  Pure.
 */
#ifndef GNV_GPU_CAPABILITIES_H
#define GNV_GPU_CAPABILITIES_H

#include "base/error.h"

#define GNV_DRIVER_UTILITY  (1u << 0) /* nvidia-smi and NVML */
#define GNV_DRIVER_COMPUTE  (1u << 1) /* CUDA and OpenCL */
#define GNV_DRIVER_VIDEO    (1u << 2)
#define GNV_DRIVER_GRAPHICS (1u << 3) /* OpenGL and Vulkan */
#define GNV_DRIVER_DISPLAY  (1u << 4)
#define GNV_DRIVER_NGX	    (1u << 5)
#define GNV_DRIVER_COMPAT32 (1u << 6) /* the others for 32-bit programs too */

#define GNV_DRIVER_ALL	    0x7fu
#define GNV_DRIVER_DEFAULT  (GNV_DRIVER_UTILITY | GNV_DRIVER_COMPUTE)

/*
 * "all", "none", or a list with commas; "" is the default.  -EINVAL names the part
 * that is no capability.
 */
int gnv_capabilities_parse(const char *text, unsigned int *ret, struct gnv_error **err);

/* The name of the lowest one in @capabilities, or NULL. */
const char *gnv_capabilities_name(unsigned int capabilities);

#endif /* GNV_GPU_CAPABILITIES_H */
