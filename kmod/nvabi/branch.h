/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What differs between the branches of NVIDIA's driver (535, 550, 580, 595): the
 * sizes of structures that grew, and where the members are that moved.  Data
 * only.  What is the same in all of them stands in the headers beside this one
 * and is not repeated here.  A branch that is not in the table is not known.
 */
#ifndef _NVABI_BRANCH_H
#define _NVABI_BRANCH_H

#include <linux/types.h>

/**
 * struct nvabi_ioctl - a structure whose size or status differs by branch
 * @size: its size in bytes
 * @status: offset of the NV_STATUS in it, for structures that carry one
 */
struct nvabi_ioctl {
	__u16 size;
	__u16 status;
};

/**
 * struct nvabi_uvm_map - UVM_MAP_EXTERNAL_ALLOCATION_PARAMS in one branch
 * @size: its size in bytes
 * @max_gpus: length of perGpuAttributes, which begins at offset 24 everywhere
 * @gpuAttributesCount: offset of that member
 * @rmCtrlFd: offset of that member
 * @hClient: offset of that member
 * @hMemory: offset of that member
 * @rmStatus: offset of that member
 */
struct nvabi_uvm_map {
	__u16 size;
	__u16 max_gpus;
	__u16 gpuAttributesCount;
	__u16 rmCtrlFd;
	__u16 hClient;
	__u16 hMemory;
	__u16 rmStatus;
};

/**
 * struct nvabi_branch - one branch of NVIDIA's driver
 * @major: its number, the first part of a version such as 550.163.01
 * @name: the same, as text
 * @map_memory_dma: NVOS46_PARAMETERS; NVOS46_PARAMETERS_R580 from 580 on
 * @unmap_memory_dma: NVOS47_PARAMETERS; NVOS47_PARAMETERS_R550 from 550 on
 * @export_to_dmabuf: nv_ioctl_export_to_dma_buf_fd_t; .._R580 from 580 on
 * @wait_open_complete: whether NV_ESC_WAIT_OPEN_COMPLETE is known
 * @root_alloc_size: of NV0000_ALLOC_PARAMETERS
 * @vaspace_alloc_size: of NV_VASPACE_ALLOCATION_PARAMETERS
 * @memory_alloc_size: of NV_MEMORY_ALLOCATION_PARAMS
 * @channel_alloc_size: of NV_CHANNEL_ALLOC_PARAMS
 * @p2p_alloc_size: of NV503B_ALLOC_PARAMETERS
 * @build_version_v2_size: of NV0000_CTRL_SYSTEM_GET_BUILD_VERSION_V2_PARAMS;
 *	.._R580 from 580 on
 * @export_info_size: of NV0000_CTRL_OS_UNIX_GET_EXPORT_OBJECT_INFO_PARAMS;
 *	.._R550 from 550 on
 * @probed_ids_size: of NV0000_CTRL_GPU_GET_PROBED_IDS_PARAMS
 * @virtualization_mode_size: of NV0080_CTRL_GPU_GET_VIRTUALIZATION_MODE_PARAMS
 * @classlist_v2_size: of NV0080_CTRL_GPU_GET_CLASSLIST_V2_PARAMS
 * @classlist_v2_max: length of its list
 * @name_string_size: of NV2080_CTRL_GPU_GET_NAME_STRING_PARAMS
 * @gpu_info_v2_size: of NV2080_CTRL_GPU_GET_INFO_V2_PARAMS
 * @gpu_info_v2_max: length of its list
 * @fb_info_v2_size: of NV2080_CTRL_FB_GET_INFO_V2_PARAMS
 * @fb_info_v2_max: length of its list, and the longest list of FB_GET_INFO
 * @channel_unique_ids: whether NV2080_CTRL_CMD_FIFO_QUERY_CHANNEL_UNIQUE_ID is known
 * @gpfifo_schedule_size: of NVA06C_CTRL_GPFIFO_SCHEDULE_PARAMS and of
 *	NVA06F_CTRL_GPFIFO_SCHEDULE_PARAMS
 * @uvm_map_external: UVM_MAP_EXTERNAL_ALLOCATION_PARAMS; .._R550 from 550 on
 * @uvm_semaphore_pool: UVM_ALLOC_SEMAPHORE_POOL_PARAMS; .._R550 from 550 on
 * @uvm_preferred_location: UVM_SET_PREFERRED_LOCATION_PARAMS; .._R550 from 550
 * @uvm_free: UVM_FREE_PARAMS; UVM_FREE_PARAMS_R595 from 595 on
 * @uvm_unregister_channel: UVM_UNREGISTER_CHANNEL_PARAMS; .._R595 from 595 on
 * @rm_ops_command_size: of nvidia_kernel_rmapi_ops_t
 * @rm_ops_callbacks_size: of nvidia_modeset_callbacks_t
 * @rm_ops_alloc_long: NV04_ALLOC of op() takes NVOS64_PARAMETERS (alloc_R580),
 *	not NVOS21_PARAMETERS (alloc)
 * @rm_ops_reset_aware: open_gpu and close_gpu take a third argument (.._R595)
 */
struct nvabi_branch {
	__u32 major;
	const char *name;
	struct nvabi_ioctl map_memory_dma;
	struct nvabi_ioctl unmap_memory_dma;
	struct nvabi_ioctl export_to_dmabuf;
	__u8 wait_open_complete;
	__u16 root_alloc_size;
	__u16 vaspace_alloc_size;
	__u16 memory_alloc_size;
	__u16 channel_alloc_size;
	__u16 p2p_alloc_size;
	__u16 build_version_v2_size;
	__u16 export_info_size;
	__u16 probed_ids_size;
	__u16 virtualization_mode_size;
	__u16 classlist_v2_size;
	__u16 classlist_v2_max;
	__u16 name_string_size;
	__u16 gpu_info_v2_size;
	__u16 gpu_info_v2_max;
	__u16 fb_info_v2_size;
	__u16 fb_info_v2_max;
	__u8 channel_unique_ids;
	__u16 gpfifo_schedule_size;
	struct nvabi_uvm_map uvm_map_external;
	struct nvabi_ioctl uvm_semaphore_pool;
	struct nvabi_ioctl uvm_preferred_location;
	struct nvabi_ioctl uvm_free;
	struct nvabi_ioctl uvm_unregister_channel;
	__u16 rm_ops_command_size;
	__u16 rm_ops_callbacks_size;
	__u8 rm_ops_alloc_long;
	__u8 rm_ops_reset_aware;
};

/* Room for the names of all branches that are known. */
#define NVABI_BRANCH_NAMES_LEN 64

/* All branches that are known, oldest first; ends with one whose name is NULL. */
extern const struct nvabi_branch nvabi_branches[];

const struct nvabi_branch *nvabi_branch_find(const char *version);
void nvabi_branch_names(char *text, unsigned int size);

#endif /* _NVABI_BRANCH_H */
