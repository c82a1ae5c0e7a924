// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The table of branches.  Sizes and offsets come from the declared layouts, so
 * that a number is written once; tests/abi holds them against the facts that
 * were recorded from NVIDIA's own headers.
 */
#ifdef __KERNEL__
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#endif

#include "branch.h"
#include "nvclass.h"
#include "nvctrl_monitor.h"
#include "nvos.h"
#include "nvrmops.h"
#include "nvuvm.h"

#define IOCTL(type, member) { sizeof(struct type), offsetof(struct type, member) }

#define UVM_MAP(type, gpus) { \
	.size = sizeof(struct type), \
	.max_gpus = (gpus), \
	.gpuAttributesCount = offsetof(struct type, gpuAttributesCount), \
	.rmCtrlFd = offsetof(struct type, rmCtrlFd), \
	.hClient = offsetof(struct type, hClient), \
	.hMemory = offsetof(struct type, hMemory), \
	.rmStatus = offsetof(struct type, rmStatus), \
}

/* The size of a structure as it was before @member was appended to it. */
#define BEFORE(type, member) offsetof(struct type, member)

/* The size of a structure that ends with a list, with @count elements in it. */
#define WITH_LIST(type, list, count) offsetof(struct type, list[count])

/* NV_MEMORY_ALLOCATION_PARAMS and the like are padded to 8 bytes. */
_Static_assert(BEFORE(NV_MEMORY_ALLOCATION_PARAMS, numaNode) % 8 == 0, "padding");
_Static_assert(BEFORE(NV_VASPACE_ALLOCATION_PARAMETERS, pasid) % 8 == 0, "padding");

const struct nvabi_branch nvabi_branches[] = {
	{
		.major = 535,
		.name = "535",
		.map_memory_dma = IOCTL(NVOS46_PARAMETERS, status),
		.unmap_memory_dma = IOCTL(NVOS47_PARAMETERS, status),
		.export_to_dmabuf = IOCTL(nv_ioctl_export_to_dma_buf_fd_t, status),
		.root_alloc_size = 108,
		.vaspace_alloc_size = BEFORE(NV_VASPACE_ALLOCATION_PARAMETERS, pasid),
		.memory_alloc_size = BEFORE(NV_MEMORY_ALLOCATION_PARAMS, numaNode),
		.channel_alloc_size = BEFORE(NV_CHANNEL_ALLOC_PARAMS, tpcConfigID),
		.p2p_alloc_size = BEFORE(NV503B_ALLOC_PARAMETERS, l2pFabricP2PInfo),
		.build_version_v2_size =
			sizeof(struct NV0000_CTRL_SYSTEM_GET_BUILD_VERSION_V2_PARAMS),
		.export_info_size =
			sizeof(struct NV0000_CTRL_OS_UNIX_GET_EXPORT_OBJECT_INFO_PARAMS),
		.probed_ids_size = BEFORE(NV0000_CTRL_GPU_GET_PROBED_IDS_PARAMS, gpuFlags),
		.virtualization_mode_size =
			BEFORE(NV0080_CTRL_GPU_GET_VIRTUALIZATION_MODE_PARAMS, isGridBuild),
		.classlist_v2_size =
			WITH_LIST(NV0080_CTRL_GPU_GET_CLASSLIST_V2_PARAMS, classList, 160),
		.classlist_v2_max = 160,
		.name_string_size = sizeof(struct NV2080_CTRL_GPU_GET_NAME_STRING_PARAMS),
		.gpu_info_v2_size = WITH_LIST(NV2080_CTRL_GPU_GET_INFO_V2_PARAMS, gpuInfoList, 64),
		.gpu_info_v2_max = 64,
		.fb_info_v2_size = WITH_LIST(NV2080_CTRL_FB_GET_INFO_V2_PARAMS, fbInfoList, 54),
		.fb_info_v2_max = 54,
		.gpfifo_schedule_size = BEFORE(NVA06C_CTRL_GPFIFO_SCHEDULE_PARAMS, bSkipEnable),
		.uvm_map_external = UVM_MAP(UVM_MAP_EXTERNAL_ALLOCATION_PARAMS, UVM_MAX_GPUS),
		.uvm_semaphore_pool = IOCTL(UVM_ALLOC_SEMAPHORE_POOL_PARAMS, rmStatus),
		.uvm_preferred_location = IOCTL(UVM_SET_PREFERRED_LOCATION_PARAMS, rmStatus),
		.uvm_free = IOCTL(UVM_FREE_PARAMS, rmStatus),
		.uvm_unregister_channel = IOCTL(UVM_UNREGISTER_CHANNEL_PARAMS, rmStatus),
		.rm_ops_command_size = 64,
		.rm_ops_callbacks_size = BEFORE(nvidia_modeset_callbacks_t, remove),
	},
	{
		.major = 550,
		.name = "550",
		.map_memory_dma = IOCTL(NVOS46_PARAMETERS, status),
		.unmap_memory_dma = IOCTL(NVOS47_PARAMETERS_R550, status),
		.export_to_dmabuf = IOCTL(nv_ioctl_export_to_dma_buf_fd_t, status),
		.wait_open_complete = 1,
		.root_alloc_size = 108,
		.vaspace_alloc_size = BEFORE(NV_VASPACE_ALLOCATION_PARAMETERS, pasid),
		.memory_alloc_size = sizeof(struct NV_MEMORY_ALLOCATION_PARAMS),
		.channel_alloc_size = BEFORE(NV_CHANNEL_ALLOC_PARAMS, tpcConfigID),
		.p2p_alloc_size = BEFORE(NV503B_ALLOC_PARAMETERS, l2pFabricP2PInfo),
		.build_version_v2_size =
			sizeof(struct NV0000_CTRL_SYSTEM_GET_BUILD_VERSION_V2_PARAMS),
		.export_info_size =
			sizeof(struct NV0000_CTRL_OS_UNIX_GET_EXPORT_OBJECT_INFO_PARAMS_R550),
		.probed_ids_size = BEFORE(NV0000_CTRL_GPU_GET_PROBED_IDS_PARAMS, gpuFlags),
		.virtualization_mode_size =
			BEFORE(NV0080_CTRL_GPU_GET_VIRTUALIZATION_MODE_PARAMS, isGridBuild),
		.classlist_v2_size =
			WITH_LIST(NV0080_CTRL_GPU_GET_CLASSLIST_V2_PARAMS, classList, 174),
		.classlist_v2_max = 174,
		.name_string_size = sizeof(struct NV2080_CTRL_GPU_GET_NAME_STRING_PARAMS),
		.gpu_info_v2_size = WITH_LIST(NV2080_CTRL_GPU_GET_INFO_V2_PARAMS, gpuInfoList, 65),
		.gpu_info_v2_max = 65,
		.fb_info_v2_size = WITH_LIST(NV2080_CTRL_FB_GET_INFO_V2_PARAMS, fbInfoList, 55),
		.fb_info_v2_max = 55,
		.gpfifo_schedule_size = BEFORE(NVA06C_CTRL_GPFIFO_SCHEDULE_PARAMS, bSkipEnable),
		.uvm_map_external =
			UVM_MAP(UVM_MAP_EXTERNAL_ALLOCATION_PARAMS_R550, UVM_MAX_GPUS_R550),
		.uvm_semaphore_pool = IOCTL(UVM_ALLOC_SEMAPHORE_POOL_PARAMS_R550, rmStatus),
		.uvm_preferred_location = IOCTL(UVM_SET_PREFERRED_LOCATION_PARAMS_R550, rmStatus),
		.uvm_free = IOCTL(UVM_FREE_PARAMS, rmStatus),
		.uvm_unregister_channel = IOCTL(UVM_UNREGISTER_CHANNEL_PARAMS, rmStatus),
		.rm_ops_command_size = 64,
		.rm_ops_callbacks_size = BEFORE(nvidia_modeset_callbacks_t, remove),
	},
	{
		.major = 580,
		.name = "580",
		.map_memory_dma = IOCTL(NVOS46_PARAMETERS_R580, status),
		.unmap_memory_dma = IOCTL(NVOS47_PARAMETERS_R550, status),
		.export_to_dmabuf = IOCTL(nv_ioctl_export_to_dma_buf_fd_t_R580, status),
		.wait_open_complete = 1,
		.root_alloc_size = sizeof(struct NV0000_ALLOC_PARAMETERS),
		.vaspace_alloc_size = sizeof(struct NV_VASPACE_ALLOCATION_PARAMETERS),
		.memory_alloc_size = sizeof(struct NV_MEMORY_ALLOCATION_PARAMS),
		.channel_alloc_size = sizeof(struct NV_CHANNEL_ALLOC_PARAMS),
		.p2p_alloc_size = BEFORE(NV503B_ALLOC_PARAMETERS, l2pFabricP2PInfo),
		.build_version_v2_size =
			sizeof(struct NV0000_CTRL_SYSTEM_GET_BUILD_VERSION_V2_PARAMS_R580),
		.export_info_size =
			sizeof(struct NV0000_CTRL_OS_UNIX_GET_EXPORT_OBJECT_INFO_PARAMS_R550),
		.probed_ids_size = sizeof(struct NV0000_CTRL_GPU_GET_PROBED_IDS_PARAMS),
		.virtualization_mode_size =
			sizeof(struct NV0080_CTRL_GPU_GET_VIRTUALIZATION_MODE_PARAMS),
		.classlist_v2_size = sizeof(struct NV0080_CTRL_GPU_GET_CLASSLIST_V2_PARAMS),
		.classlist_v2_max = NV0080_CTRL_GPU_CLASSLIST_MAX_SIZE,
		.name_string_size = sizeof(struct NV2080_CTRL_GPU_GET_NAME_STRING_PARAMS),
		.gpu_info_v2_size = sizeof(struct NV2080_CTRL_GPU_GET_INFO_V2_PARAMS),
		.gpu_info_v2_max = NV2080_CTRL_GPU_INFO_MAX_LIST_SIZE,
		.fb_info_v2_size = sizeof(struct NV2080_CTRL_FB_GET_INFO_V2_PARAMS),
		.fb_info_v2_max = NV2080_CTRL_FB_INFO_MAX_LIST_SIZE,
		.channel_unique_ids = 1,
		.gpfifo_schedule_size = sizeof(struct NVA06C_CTRL_GPFIFO_SCHEDULE_PARAMS),
		.uvm_map_external =
			UVM_MAP(UVM_MAP_EXTERNAL_ALLOCATION_PARAMS_R550, UVM_MAX_GPUS_R550),
		.uvm_semaphore_pool = IOCTL(UVM_ALLOC_SEMAPHORE_POOL_PARAMS_R550, rmStatus),
		.uvm_preferred_location = IOCTL(UVM_SET_PREFERRED_LOCATION_PARAMS_R550, rmStatus),
		.uvm_free = IOCTL(UVM_FREE_PARAMS, rmStatus),
		.uvm_unregister_channel = IOCTL(UVM_UNREGISTER_CHANNEL_PARAMS, rmStatus),
		.rm_ops_command_size = 72,
		.rm_ops_callbacks_size = sizeof(struct nvidia_modeset_callbacks_t),
		.rm_ops_alloc_long = 1,
	},
	{
		.major = 595,
		.name = "595",
		.map_memory_dma = IOCTL(NVOS46_PARAMETERS_R580, status),
		.unmap_memory_dma = IOCTL(NVOS47_PARAMETERS_R550, status),
		.export_to_dmabuf = IOCTL(nv_ioctl_export_to_dma_buf_fd_t_R580, status),
		.wait_open_complete = 1,
		.root_alloc_size = sizeof(struct NV0000_ALLOC_PARAMETERS),
		.vaspace_alloc_size = sizeof(struct NV_VASPACE_ALLOCATION_PARAMETERS),
		.memory_alloc_size = sizeof(struct NV_MEMORY_ALLOCATION_PARAMS),
		.channel_alloc_size = sizeof(struct NV_CHANNEL_ALLOC_PARAMS),
		.p2p_alloc_size = sizeof(struct NV503B_ALLOC_PARAMETERS),
		.build_version_v2_size =
			sizeof(struct NV0000_CTRL_SYSTEM_GET_BUILD_VERSION_V2_PARAMS_R580),
		.export_info_size =
			sizeof(struct NV0000_CTRL_OS_UNIX_GET_EXPORT_OBJECT_INFO_PARAMS_R550),
		.probed_ids_size = sizeof(struct NV0000_CTRL_GPU_GET_PROBED_IDS_PARAMS),
		.virtualization_mode_size =
			sizeof(struct NV0080_CTRL_GPU_GET_VIRTUALIZATION_MODE_PARAMS),
		.classlist_v2_size = sizeof(struct NV0080_CTRL_GPU_GET_CLASSLIST_V2_PARAMS),
		.classlist_v2_max = NV0080_CTRL_GPU_CLASSLIST_MAX_SIZE,
		.name_string_size =
			WITH_LIST(NV2080_CTRL_GPU_GET_NAME_STRING_PARAMS, gpuNameString.ascii,
				  NV2080_GPU_MAX_NAME_STRING_LENGTH),
		.gpu_info_v2_size = sizeof(struct NV2080_CTRL_GPU_GET_INFO_V2_PARAMS),
		.gpu_info_v2_max = NV2080_CTRL_GPU_INFO_MAX_LIST_SIZE,
		.fb_info_v2_size = sizeof(struct NV2080_CTRL_FB_GET_INFO_V2_PARAMS),
		.fb_info_v2_max = NV2080_CTRL_FB_INFO_MAX_LIST_SIZE,
		.channel_unique_ids = 1,
		.gpfifo_schedule_size = sizeof(struct NVA06C_CTRL_GPFIFO_SCHEDULE_PARAMS),
		.uvm_map_external =
			UVM_MAP(UVM_MAP_EXTERNAL_ALLOCATION_PARAMS_R550, UVM_MAX_GPUS_R550),
		.uvm_semaphore_pool = IOCTL(UVM_ALLOC_SEMAPHORE_POOL_PARAMS_R550, rmStatus),
		.uvm_preferred_location = IOCTL(UVM_SET_PREFERRED_LOCATION_PARAMS_R550, rmStatus),
		.uvm_free = IOCTL(UVM_FREE_PARAMS_R595, rmStatus),
		.uvm_unregister_channel = IOCTL(UVM_UNREGISTER_CHANNEL_PARAMS_R595, rmStatus),
		.rm_ops_command_size = 72,
		.rm_ops_callbacks_size = sizeof(struct nvidia_modeset_callbacks_t),
		.rm_ops_alloc_long = 1,
		.rm_ops_reset_aware = 1,
	},
	{ }
};

/* First releases whose layouts are not yet those of their branch. */
static const char *const early_releases[] = { "535.43.02", "535.54.03", "550.40.07" };

static bool is_early_release(const char *version)
{
	unsigned int i;

	for (i = 0; i < sizeof(early_releases) / sizeof(early_releases[0]); i++)
		if (!strcmp(early_releases[i], version))
			return true;
	return false;
}

/**
 * nvabi_branch_find() - the branch that a version of the driver belongs to
 * @version: such as "550.163.01"
 *
 * The first part counts, and it must be followed by a dot. Of each branch all
 * published releases have been compared with the one that the table is made of;
 * the few that differ are not known.
 *
 * Context: Any.
 * Return: the branch, or NULL when it is not known.
 */
const struct nvabi_branch *nvabi_branch_find(const char *version)
{
	const struct nvabi_branch *branch;

	if (is_early_release(version))
		return NULL;
	for (branch = nvabi_branches; branch->name; branch++) {
		const char *name = branch->name;
		const char *v = version;

		while (*name && *name == *v) {
			name++;
			v++;
		}
		if (!*name && *v == '.')
			return branch;
	}
	return NULL;
}

/**
 * nvabi_branch_names() - the branches that are known
 * @text: out: their names, oldest first, with ", " between them
 * @size: of @text, at least 1; what does not fit is left out
 *
 * Context: Any.
 */
void nvabi_branch_names(char *text, unsigned int size)
{
	const struct nvabi_branch *branch;
	unsigned int at = 0;

	for (branch = nvabi_branches; branch->name; branch++) {
		unsigned int before = at ? 2 : 0;
		unsigned int length = strlen(branch->name);

		if (before + length >= size - at)
			break;
		memcpy(text + at, ", ", before);
		memcpy(text + at + before, branch->name, length);
		at += before + length;
	}
	text[at] = '\0';
}
