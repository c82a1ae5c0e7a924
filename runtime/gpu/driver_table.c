// SPDX-License-Identifier: MIT
/*
 * Names of the driver's files.  Owns no state.
 */
#include "gpu/driver_table.h"

#include <stddef.h>

#include "gpu/capabilities.h"

#define U GNV_DRIVER_UTILITY
#define C GNV_DRIVER_COMPUTE
#define V GNV_DRIVER_VIDEO
#define G GNV_DRIVER_GRAPHICS
#define N GNV_DRIVER_NGX

const struct gnv_driver_name gnv_driver_libraries[] = {
	{ "libnvidia-ml", U },
	{ "libnvidia-cfg", U },
	{ "libnvidia-nscq", U },
	{ "libcuda", C },
	{ "libcudadebugger", C },
	{ "libnvidia-opencl", C },
	{ "libnvidia-gpucomp", C | G },
	{ "libnvidia-ptxjitcompiler", C },
	{ "libnvidia-fatbinaryloader", C },
	{ "libnvidia-allocator", C | G },
	{ "libnvidia-compiler", C },
	{ "libnvidia-pkcs11", C },
	{ "libnvidia-pkcs11-openssl3", C },
	{ "libnvidia-nvvm", C },
	{ "libnvidia-tileiras", C },
	{ "libvdpau_nvidia", V },
	{ "libnvidia-encode", V },
	{ "libnvidia-opticalflow", V },
	{ "libnvcuvid", V },
	{ "libnvidia-eglcore", G },
	{ "libnvidia-glcore", G },
	{ "libnvidia-tls", G },
	{ "libnvidia-glsi", G },
	{ "libnvidia-fbc", G },
	{ "libnvidia-ifr", G },
	{ "libnvidia-rtcore", G },
	{ "libnvoptix", G },
	{ "libGLX_nvidia", G },
	{ "libEGL_nvidia", G },
	{ "libGLESv2_nvidia", G },
	{ "libGLESv1_CM_nvidia", G },
	{ "libnvidia-glvkspirv", G },
	{ "libnvidia-cbl", G },
	{ "libnvidia-ngx", N },
	{ NULL, 0 },
};

const struct gnv_driver_name gnv_driver_programs[] = {
	{ "nvidia-smi", U },
	{ "nvidia-debugdump", U },
	{ "nvidia-persistenced", U },
	{ "nv-fabricmanager", U },
	{ "nvidia-cuda-mps-control", C },
	{ "nvidia-cuda-mps-server", C },
	{ NULL, 0 },
};

/* What the loaders of OpenGL, Vulkan and OpenCL find the libraries by. */
const struct gnv_driver_name gnv_driver_data[] = {
	{ "/etc/OpenCL/vendors/nvidia.icd", C },
	{ "/usr/share/glvnd/egl_vendor.d/10_nvidia.json", G },
	{ "/usr/share/vulkan/icd.d/nvidia_icd.json", G },
	{ "/etc/vulkan/icd.d/nvidia_icd.json", G },
	{ "/usr/share/nvidia/nvoptix.bin", G },
	{ NULL, 0 },
};

const struct gnv_driver_name gnv_driver_sockets[] = {
	{ "/run/nvidia-persistenced/socket", U },
	{ "/run/nvidia-fabricmanager/socket", U },
	{ "/tmp/nvidia-mps", C },
	{ NULL, 0 },
};

const struct gnv_driver_alias gnv_driver_aliases[] = {
	{ "libcuda.so", "libcuda.so.1" },
	{ "libGLX_indirect.so.0", "libGLX_nvidia.so.0" },
	{ "libnvidia-opticalflow.so", "libnvidia-opticalflow.so.1" },
	{ NULL, NULL },
};
