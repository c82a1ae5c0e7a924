/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The ioctls of /dev/nvidia-uvm: numbers and structures.  The number is the
 * whole ioctl command (no direction, type or size in it), so only the branch
 * tells how long the structure is.  Data only.  For names and variants see
 * nvos.h.
 */
#ifndef _NVABI_NVUVM_H
#define _NVABI_NVUVM_H

#include <linux/types.h>

#include "nvos.h"

#define UVM_INITIALIZE				0x30000001
#define UVM_DEINITIALIZE			0x30000002
#define UVM_RESERVE_VA				1
#define UVM_RELEASE_VA				2
#define UVM_RUN_TEST				9  /* not in branch 595 */
#define UVM_CREATE_RANGE_GROUP			23
#define UVM_DESTROY_RANGE_GROUP			24
#define UVM_REGISTER_GPU_VASPACE		25
#define UVM_UNREGISTER_GPU_VASPACE		26
#define UVM_REGISTER_CHANNEL			27
#define UVM_UNREGISTER_CHANNEL			28
#define UVM_ENABLE_PEER_ACCESS			29
#define UVM_DISABLE_PEER_ACCESS			30
#define UVM_SET_RANGE_GROUP			31
#define UVM_MAP_EXTERNAL_ALLOCATION		33
#define UVM_FREE				34
#define UVM_MEM_MAP				35
#define UVM_REGISTER_GPU			37
#define UVM_UNREGISTER_GPU			38
#define UVM_PAGEABLE_MEM_ACCESS			39
#define UVM_PREVENT_MIGRATION_RANGE_GROUPS	40
#define UVM_ALLOW_MIGRATION_RANGE_GROUPS	41
#define UVM_SET_PREFERRED_LOCATION		42
#define UVM_UNSET_PREFERRED_LOCATION		43
#define UVM_ENABLE_READ_DUPLICATION		44
#define UVM_DISABLE_READ_DUPLICATION		45
#define UVM_SET_ACCESSED_BY			46
#define UVM_UNSET_ACCESSED_BY			47
#define UVM_MIGRATE				51
#define UVM_MIGRATE_RANGE_GROUP			53
#define UVM_ENABLE_SYSTEM_WIDE_ATOMICS		54 /* not in branch 595 */
#define UVM_DISABLE_SYSTEM_WIDE_ATOMICS		55 /* not in branch 595 */
#define UVM_TOOLS_INIT_EVENT_TRACKER		56
#define UVM_TOOLS_READ_PROCESS_MEMORY		62
#define UVM_TOOLS_WRITE_PROCESS_MEMORY		63
#define UVM_TOOLS_GET_PROCESSOR_UUID_TABLE	64
#define UVM_MAP_DYNAMIC_PARALLELISM_REGION	65
#define UVM_UNMAP_EXTERNAL			66
#define UVM_ALLOC_SEMAPHORE_POOL		68
#define UVM_CLEAN_UP_ZOMBIE_RESOURCES		69
#define UVM_PAGEABLE_MEM_ACCESS_ON_GPU		70
#define UVM_POPULATE_PAGEABLE			71
#define UVM_VALIDATE_VA_RANGE			72
#define UVM_CREATE_EXTERNAL_RANGE		73
#define UVM_MAP_EXTERNAL_SPARSE			74
#define UVM_MM_INITIALIZE			75
#define UVM_TOOLS_INIT_EVENT_TRACKER_V2		76 /* from branch 580 on */
#define UVM_TOOLS_GET_PROCESSOR_UUID_TABLE_V2	77 /* from branch 580 on */
#define UVM_ALLOC_DEVICE_P2P			78 /* from branch 580 on */
#define UVM_CLEAR_ALL_ACCESS_COUNTERS		79 /* from branch 580 on */
#define UVM_DISCARD				80 /* from branch 580 on */
#define UVM_IS_8_SUPPORTED			2047

/* The length of perGpuAttributes: the first value in 535, the other after. */
#define UVM_MAX_GPUS				32
#define UVM_MAX_GPUS_R550			256

#define UVM_MAX_RANGE_GROUPS_PER_IOCTL_CALL	32

/* UVM_INITIALIZE.flags */
#define UVM_INIT_FLAGS_DISABLE_HMM			0x1
#define UVM_INIT_FLAGS_MULTI_PROCESS_SHARING_MODE	0x2
#define UVM_INIT_FLAGS_MASK				0x3

/* UVM_MIGRATE.flags */
#define UVM_MIGRATE_FLAG_ASYNC			0x1
#define UVM_MIGRATE_FLAG_SKIP_CPU_MAP		0x2
#define UVM_MIGRATE_FLAG_NO_GPU_VA_SPACE	0x4

struct NvProcessorUuid {
	__u8 uuid[16];
};

/* The processor that is no GPU, as an initialiser of uuid. */
#define NV_PROCESSOR_UUID_CPU_DEFAULT \
	{ \
		0xa6, 0x5e, 0x0f, 0x4e, 0xd7, 0xd4, 0x7b, 0xa2, \
			0x50, 0x47, 0x41, 0x2c, 0x14, 0x2a, 0x77, 0x73 \
	}

#define UvmGpuMappingTypeDefault		0
#define UvmGpuMappingTypeReadWriteAtomic	1
#define UvmGpuMappingTypeReadWrite		2
#define UvmGpuMappingTypeReadOnly		3

struct UvmGpuMappingAttributes {
	struct NvProcessorUuid gpuUuid;
	__u32 gpuMappingType;
	__u32 gpuCachingType;
	__u32 gpuFormatType;
	__u32 gpuElementBits;
	__u32 gpuCompressionType;
};

struct UVM_INITIALIZE_PARAMS {
	__aligned_u64 flags;
	__u32 rmStatus;
};

struct UVM_MM_INITIALIZE_PARAMS {
	__s32 uvmFd;
	__u32 rmStatus;
};

struct UVM_CREATE_RANGE_GROUP_PARAMS {
	__aligned_u64 rangeGroupId;
	__u32 rmStatus;
};

struct UVM_DESTROY_RANGE_GROUP_PARAMS {
	__aligned_u64 rangeGroupId;
	__u32 rmStatus;
};

struct UVM_REGISTER_GPU_VASPACE_PARAMS {
	struct NvProcessorUuid gpuUuid;
	__s32 rmCtrlFd;
	__u32 hClient;
	__u32 hVaSpace;
	__u32 rmStatus;
};

struct UVM_UNREGISTER_GPU_VASPACE_PARAMS {
	struct NvProcessorUuid gpuUuid;
	__u32 rmStatus;
};

struct UVM_REGISTER_CHANNEL_PARAMS {
	struct NvProcessorUuid gpuUuid;
	__s32 rmCtrlFd;
	__u32 hClient;
	__u32 hChannel;
	__aligned_u64 base;
	__aligned_u64 length;
	__u32 rmStatus;
};

struct UVM_UNREGISTER_CHANNEL_PARAMS {
	struct NvProcessorUuid gpuUuid;
	__u32 hClient;
	__u32 hChannel;
	__u32 rmStatus;
};

struct UVM_UNREGISTER_CHANNEL_PARAMS_R595 {
	__u32 hClient;
	__u32 hChannel;
	__u32 rmStatus;
};

struct UVM_ENABLE_PEER_ACCESS_PARAMS {
	struct NvProcessorUuid gpuUuidA;
	struct NvProcessorUuid gpuUuidB;
	__u32 rmStatus;
};

struct UVM_DISABLE_PEER_ACCESS_PARAMS {
	struct NvProcessorUuid gpuUuidA;
	struct NvProcessorUuid gpuUuidB;
	__u32 rmStatus;
};

struct UVM_SET_RANGE_GROUP_PARAMS {
	__aligned_u64 rangeGroupId;
	__aligned_u64 requestedBase;
	__aligned_u64 length;
	__u32 rmStatus;
};

struct UVM_MAP_EXTERNAL_ALLOCATION_PARAMS {
	__aligned_u64 base;
	__aligned_u64 length;
	__aligned_u64 offset;
	struct UvmGpuMappingAttributes perGpuAttributes[UVM_MAX_GPUS];
	__aligned_u64 gpuAttributesCount;
	__s32 rmCtrlFd;
	__u32 hClient;
	__u32 hMemory;
	__u32 rmStatus;
};

struct UVM_MAP_EXTERNAL_ALLOCATION_PARAMS_R550 {
	__aligned_u64 base;
	__aligned_u64 length;
	__aligned_u64 offset;
	struct UvmGpuMappingAttributes perGpuAttributes[UVM_MAX_GPUS_R550];
	__aligned_u64 gpuAttributesCount;
	__s32 rmCtrlFd;
	__u32 hClient;
	__u32 hMemory;
	__u32 rmStatus;
};

struct UVM_FREE_PARAMS {
	__aligned_u64 base;
	__aligned_u64 length;
	__u32 rmStatus;
};

struct UVM_FREE_PARAMS_R595 {
	__aligned_u64 base;
	__u32 rmStatus;
};

struct UVM_REGISTER_GPU_PARAMS {
	struct NvProcessorUuid gpu_uuid;
	__u8 numaEnabled;
	__s32 numaNodeId;
	__s32 rmCtrlFd;
	__u32 hClient;
	__u32 hSmcPartRef;
	__u32 rmStatus;
};

struct UVM_UNREGISTER_GPU_PARAMS {
	struct NvProcessorUuid gpu_uuid;
	__u32 rmStatus;
};

struct UVM_PAGEABLE_MEM_ACCESS_PARAMS {
	__u8 pageableMemAccess;
	__u32 rmStatus;
};

/* PREVENT_MIGRATION_RANGE_GROUPS and ALLOW_MIGRATION_RANGE_GROUPS */
struct UVM_PREVENT_MIGRATION_RANGE_GROUPS_PARAMS {
	__aligned_u64 rangeGroupIds[UVM_MAX_RANGE_GROUPS_PER_IOCTL_CALL];
	__aligned_u64 numGroupIds;
	__u32 rmStatus;
};

struct UVM_SET_PREFERRED_LOCATION_PARAMS {
	__aligned_u64 requestedBase;
	__aligned_u64 length;
	struct NvProcessorUuid preferredLocation;
	__u32 rmStatus;
};

struct UVM_SET_PREFERRED_LOCATION_PARAMS_R550 {
	__aligned_u64 requestedBase;
	__aligned_u64 length;
	struct NvProcessorUuid preferredLocation;
	__s32 preferredCpuNumaNode;
	__u32 rmStatus;
};

struct UVM_UNSET_PREFERRED_LOCATION_PARAMS {
	__aligned_u64 requestedBase;
	__aligned_u64 length;
	__u32 rmStatus;
};

struct UVM_ENABLE_READ_DUPLICATION_PARAMS {
	__aligned_u64 requestedBase;
	__aligned_u64 length;
	__u32 rmStatus;
};

struct UVM_DISABLE_READ_DUPLICATION_PARAMS {
	__aligned_u64 requestedBase;
	__aligned_u64 length;
	__u32 rmStatus;
};

struct UVM_SET_ACCESSED_BY_PARAMS {
	__aligned_u64 requestedBase;
	__aligned_u64 length;
	struct NvProcessorUuid accessedByUuid;
	__u32 rmStatus;
};

struct UVM_UNSET_ACCESSED_BY_PARAMS {
	__aligned_u64 requestedBase;
	__aligned_u64 length;
	struct NvProcessorUuid accessedByUuid;
	__u32 rmStatus;
};

struct UVM_MIGRATE_PARAMS {
	__aligned_u64 base;
	__aligned_u64 length;
	struct NvProcessorUuid destinationUuid;
	__u32 flags;
	__aligned_u64 semaphoreAddress;
	__u32 semaphorePayload;
	__s32 cpuNumaNode;
	__aligned_u64 userSpaceStart;
	__aligned_u64 userSpaceLength;
	__u32 rmStatus;
};

struct UVM_MIGRATE_RANGE_GROUP_PARAMS {
	__aligned_u64 rangeGroupId;
	struct NvProcessorUuid destinationUuid;
	__u32 rmStatus;
};

struct UVM_MAP_DYNAMIC_PARALLELISM_REGION_PARAMS {
	__aligned_u64 base;
	__aligned_u64 length;
	struct NvProcessorUuid gpuUuid;
	__u32 rmStatus;
};

struct UVM_UNMAP_EXTERNAL_PARAMS {
	__aligned_u64 base;
	__aligned_u64 length;
	struct NvProcessorUuid gpuUuid;
	__u32 rmStatus;
};

struct UVM_ALLOC_SEMAPHORE_POOL_PARAMS {
	__aligned_u64 base;
	__aligned_u64 length;
	struct UvmGpuMappingAttributes perGpuAttributes[UVM_MAX_GPUS];
	__aligned_u64 gpuAttributesCount;
	__u32 rmStatus;
};

struct UVM_ALLOC_SEMAPHORE_POOL_PARAMS_R550 {
	__aligned_u64 base;
	__aligned_u64 length;
	struct UvmGpuMappingAttributes perGpuAttributes[UVM_MAX_GPUS_R550];
	__aligned_u64 gpuAttributesCount;
	__u32 rmStatus;
};

struct UVM_PAGEABLE_MEM_ACCESS_ON_GPU_PARAMS {
	struct NvProcessorUuid gpu_uuid;
	__u8 pageableMemAccess;
	__u32 rmStatus;
};

struct UVM_POPULATE_PAGEABLE_PARAMS {
	__aligned_u64 base;
	__aligned_u64 length;
	__u32 flags;
	__u32 rmStatus;
};

struct UVM_VALIDATE_VA_RANGE_PARAMS {
	__aligned_u64 base;
	__aligned_u64 length;
	__u32 rmStatus;
};

struct UVM_CREATE_EXTERNAL_RANGE_PARAMS {
	__aligned_u64 base;
	__aligned_u64 length;
	__u32 rmStatus;
};

struct UVM_MAP_EXTERNAL_SPARSE_PARAMS {
	__aligned_u64 base;
	__aligned_u64 length;
	struct NvProcessorUuid gpuUuid;
	__u32 rmStatus;
};

struct UVM_ALLOC_DEVICE_P2P_PARAMS { /* from branch 580 on */
	__aligned_u64 base;
	__aligned_u64 length;
	__aligned_u64 offset;
	struct NvProcessorUuid gpuUuid;
	__s32 rmCtrlFd;
	__u32 hClient;
	__u32 hMemory;
	__u32 rmStatus;
};

struct UVM_DISCARD_PARAMS { /* from branch 580 on */
	__aligned_u64 base;
	__aligned_u64 length;
	__aligned_u64 flags;
	__u32 rmStatus;
};

struct UVM_IS_8_SUPPORTED_PARAMS {
	__u32 is8Supported;
	__u32 rmStatus;
};

_Static_assert(sizeof(struct UvmGpuMappingAttributes) == 36, "layout");
_Static_assert(sizeof(struct UVM_INITIALIZE_PARAMS) == 16, "layout");
_Static_assert(sizeof(struct UVM_REGISTER_GPU_PARAMS) == 40, "layout");
_Static_assert(sizeof(struct UVM_REGISTER_GPU_VASPACE_PARAMS) == 32, "layout");
_Static_assert(sizeof(struct UVM_MAP_EXTERNAL_ALLOCATION_PARAMS) == 1200, "layout");
_Static_assert(sizeof(struct UVM_MAP_EXTERNAL_ALLOCATION_PARAMS_R550) == 9264, "layout");
_Static_assert(sizeof(struct UVM_FREE_PARAMS) == 24, "layout");
_Static_assert(sizeof(struct UVM_FREE_PARAMS_R595) == 16, "layout");
_Static_assert(sizeof(struct UVM_CREATE_EXTERNAL_RANGE_PARAMS) == 24, "layout");

#endif /* _NVABI_NVUVM_H */
