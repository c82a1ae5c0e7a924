/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The classes of RM objects that clients allocate, and the parameters that go
 * with an allocation.  Data only: which class takes video memory or is fit for a
 * container is not told here.  For names and variants see nvos.h.
 */
#ifndef _NVABI_NVCLASS_H
#define _NVABI_NVCLASS_H

#include <linux/types.h>

#include "nvos.h"

/* Clients, devices, address spaces. */
#define NV01_ROOT				0x00000000
#define NV01_ROOT_NON_PRIV			0x00000001
#define NV01_ROOT_CLIENT			0x00000041
#define NV04_DISPLAY_COMMON			0x00000073
#define NV01_DEVICE_0				0x00000080
#define NV20_SUBDEVICE_0			0x00002080
#define NV2081_BINAPI				0x00002081
#define NV2082_BINAPI_PRIVILEGED		0x00002082
#define NV20_SUBDEVICE_DIAG			0x0000208f
#define FERMI_VASPACE_A				0x000090f1

/* Memory. */
#define NV01_CONTEXT_DMA			0x00000002
#define NV01_MEMORY_SYSTEM			0x0000003e
#define NV01_MEMORY_LOCAL_PRIVILEGED		0x0000003f
#define NV01_MEMORY_LOCAL_USER			0x00000040
#define NV_MEMORY_EXTENDED_USER			0x00000042
#define NV01_MEMORY_VIRTUAL			0x00000070
#define NV01_MEMORY_SYSTEM_OS_DESCRIPTOR	0x00000071
#define NV01_MEMORY_LIST_SYSTEM			0x00000081
#define NV01_MEMORY_LIST_FBMEM			0x00000082
#define NV01_MEMORY_LIST_OBJECT			0x00000083
#define NV01_MEMORY_HW_RESOURCES		0x000000b1
#define NV_FB_SEGMENT				0x000000c1
#define NV01_MEMORY_LOCAL_PHYSICAL		0x000000c2
#define NV01_MEMORY_SYNCPOINT			0x000000c3
#define NV_SEMAPHORE_SURFACE			0x000000da
#define RM_USER_SHARED_DATA			0x000000de
#define NV_MEMORY_EXPORT			0x000000e0
#define NV_IMEX_SESSION				0x000000f1
#define NV01_MEMORY_FLA				0x000000f3
#define NV_MEMORY_FABRIC			0x000000f8
#define NV_MEMORY_FABRIC_IMPORT_V2		0x000000f9
#define NV_MEMORY_FABRIC_IMPORTED_REF		0x000000fb
#define NV_MEMORY_MULTICAST_FABRIC		0x000000fd
#define NV_MEMORY_MAPPER			0x000000fe
#define NV50_MEMORY_VIRTUAL			0x000050a0
#define NV01_MEMORY_DEVICELESS			0x000090ce

/* Events. */
#define NV01_TIMER				0x00000004
#define NV01_EVENT				0x00000005
#define NV01_EVENT_KERNEL_CALLBACK		0x00000078
#define NV01_EVENT_OS_EVENT			0x00000079
#define NV01_EVENT_KERNEL_CALLBACK_EX		0x0000007e
#define NV_EVENT_BUFFER				0x000090cd

/* Queues. */
#define FERMI_CONTEXT_SHARE_A			0x00009067
#define KEPLER_CHANNEL_GROUP_A			0x0000a06c
#define PASCAL_CHANNEL_GPFIFO_A			0x0000c06f
#define VOLTA_CHANNEL_GPFIFO_A			0x0000c36f
#define TURING_CHANNEL_GPFIFO_A			0x0000c46f
#define AMPERE_CHANNEL_GPFIFO_A			0x0000c56f
#define HOPPER_CHANNEL_GPFIFO_A			0x0000c86f
#define BLACKWELL_CHANNEL_GPFIFO_A		0x0000c96f
#define BLACKWELL_CHANNEL_GPFIFO_B		0x0000ca6f
#define VOLTA_USERMODE_A			0x0000c361
#define TURING_USERMODE_A			0x0000c461
#define AMPERE_USERMODE_A			0x0000c561
#define HOPPER_USERMODE_A			0x0000c661
#define BLACKWELL_USERMODE_A			0x0000c761
#define UVM_CHANNEL_RETAINER			0x0000c574

/* Engines. */
#define FERMI_TWOD_A				0x0000902d
#define KEPLER_INLINE_TO_MEMORY_B		0x0000a140
#define BLACKWELL_INLINE_TO_MEMORY_A		0x0000cd40
#define VOLTA_A					0x0000c397
#define TURING_A				0x0000c597
#define AMPERE_A				0x0000c697
#define AMPERE_B				0x0000c797
#define ADA_A					0x0000c997
#define HOPPER_A				0x0000cb97
#define BLACKWELL_A				0x0000cd97
#define BLACKWELL_B				0x0000ce97
#define VOLTA_COMPUTE_A				0x0000c3c0
#define TURING_COMPUTE_A			0x0000c5c0
#define AMPERE_COMPUTE_A			0x0000c6c0
#define AMPERE_COMPUTE_B			0x0000c7c0
#define ADA_COMPUTE_A				0x0000c9c0
#define HOPPER_COMPUTE_A			0x0000cbc0
#define BLACKWELL_COMPUTE_A			0x0000cdc0
#define BLACKWELL_COMPUTE_B			0x0000cec0
#define VOLTA_DMA_COPY_A			0x0000c3b5
#define TURING_DMA_COPY_A			0x0000c5b5
#define AMPERE_DMA_COPY_A			0x0000c6b5
#define AMPERE_DMA_COPY_B			0x0000c7b5
#define HOPPER_DMA_COPY_A			0x0000c8b5
#define BLACKWELL_DMA_COPY_A			0x0000c9b5
#define BLACKWELL_DMA_COPY_B			0x0000cab5

/* Everything else that a client asks for. */
#define NV0060_SYNC_GPU_BOOST			0x00000060
#define NV30_GSYNC				0x000030f1
#define NV50_P2P				0x0000503b
#define NV50_THIRD_PARTY_P2P			0x0000503c
#define NV50_DEFERRED_API_CLASS			0x00005080
#define GT200_DEBUGGER				0x000083de
#define MPS_COMPUTE				0x0000900e
#define GF100_DISP_SW				0x00009072
#define GF100_TIMED_SEMAPHORE_SW		0x00009074
#define GF100_ZBC_CLEAR				0x00009096
#define GF100_PROFILER				0x000090cc
#define GF100_SUBDEVICE_MASTER			0x000090e6
#define GF100_SUBDEVICE_INFOROM			0x000090e7
#define NVENC_SW_SESSION			0x0000a0bc
#define NVFBC_SW_SESSION			0x0000a0bd
#define MAXWELL_PROFILER			0x0000b0cc
#define MAXWELL_PROFILER_CONTEXT		0x0000b1cc
#define MAXWELL_PROFILER_DEVICE			0x0000b2cc
#define MAXWELL_FAULT_BUFFER_A			0x0000b069
#define ACCESS_COUNTER_NOTIFY_BUFFER		0x0000c365
#define MMU_FAULT_BUFFER			0x0000c369
#define AMPERE_SMC_PARTITION_REF		0x0000c637
#define AMPERE_SMC_EXEC_PARTITION_REF		0x0000c638
#define AMPERE_SMC_CONFIG_SESSION		0x0000c639
#define AMPERE_SMC_MONITOR_SESSION		0x0000c640
#define NV_CONFIDENTIAL_COMPUTE			0x0000cb33
#define HOPPER_SEC2_WORK_LAUNCH_A		0x0000cba2

struct NV0000_ALLOC_PARAMETERS {
	__u32 hClient;
	__u32 processID;
	char processName[NV_PROC_NAME_MAX_LENGTH];
	__aligned_u64 pOsPidInfo; /* from branch 580 on */
};

struct NV0005_ALLOC_PARAMETERS {
	__u32 hParentClient;
	__u32 hSrcResource;
	__u32 hClass;
	__u32 notifyIndex;
	__aligned_u64 data;
};

struct NV0080_ALLOC_PARAMETERS {
	__u32 deviceId;
	__u32 hClientShare;
	__u32 hTargetClient;
	__u32 hTargetDevice;
	__u32 flags;
	__aligned_u64 vaSpaceSize;
	__aligned_u64 vaStartInternal;
	__aligned_u64 vaLimitInternal;
	__u32 vaMode;
};

struct NV2080_ALLOC_PARAMETERS {
	__u32 subDeviceId;
};

#define NV_VASPACE_ALLOCATION_INDEX_GPU_NEW	0x00
#define NV_VASPACE_ALLOCATION_INDEX_GPU_HOST	0x01
#define NV_VASPACE_ALLOCATION_INDEX_GPU_GLOBAL	0x02
#define NV_VASPACE_ALLOCATION_INDEX_GPU_DEVICE	0x03
#define NV_VASPACE_ALLOCATION_INDEX_GPU_FLA	0x04

#define NV_VASPACE_ALLOCATION_FLAGS_NONE			0x00000000
#define NV_VASPACE_ALLOCATION_FLAGS_SHARED_MANAGEMENT		0x00000004
#define NV_VASPACE_ALLOCATION_FLAGS_IS_EXTERNALLY_OWNED		0x00000008
#define NV_VASPACE_ALLOCATION_FLAGS_ENABLE_PAGE_FAULTING	0x00000040

struct NV_VASPACE_ALLOCATION_PARAMETERS {
	__u32 index;
	__u32 flags;
	__aligned_u64 vaSize;
	__aligned_u64 vaStartInternal;
	__aligned_u64 vaLimitInternal;
	__u32 bigPageSize;
	__aligned_u64 vaBase;
	__u32 pasid; /* from branch 580 on */
};

/* NV01_MEMORY_LOCAL_USER, NV01_MEMORY_SYSTEM and the virtual classes */
struct NV_MEMORY_ALLOCATION_PARAMS {
	__u32 owner;
	__u32 type;
	__u32 flags;
	__u32 width;
	__u32 height;
	__s32 pitch;
	__u32 attr;
	__u32 attr2;
	__u32 format;
	__u32 comprCovg;
	__u32 zcullCovg;
	__aligned_u64 rangeLo;
	__aligned_u64 rangeHi;
	__aligned_u64 size;
	__aligned_u64 alignment;
	__aligned_u64 offset;
	__aligned_u64 limit;
	__aligned_u64 address;
	__u32 ctagOffset;
	__u32 hVASpace;
	__u32 internalflags;
	__u32 tag;
	__s32 numaNode; /* from branch 550 on */
};

struct NV_MEMORY_VIRTUAL_ALLOCATION_PARAMS {
	__aligned_u64 offset;
	__aligned_u64 limit;
	__u32 hVASpace;
};

struct NV_OS_DESC_MEMORY_ALLOCATION_PARAMS {
	__u32 type;
	__u32 flags;
	__u32 attr;
	__u32 attr2;
	__aligned_u64 descriptor;
	__aligned_u64 limit;
	__u32 descriptorType;
	__u32 tag;
};

struct NV_SEMAPHORE_SURFACE_ALLOC_PARAMETERS {
	__u32 hSemaphoreMem;
	__u32 hMaxSubmittedMem;
	__aligned_u64 flags;
};

struct NV_CHANNEL_GROUP_ALLOCATION_PARAMETERS {
	__u32 hObjectError;
	__u32 hObjectEccError;
	__u32 hVASpace;
	__u32 engineType;
	__u8 bIsCallingContextVgpuPlugin;
};

struct NV_CTXSHARE_ALLOCATION_PARAMETERS {
	__u32 hVASpace;
	__u32 flags;
	__u32 subctxId;
};

struct NV_MEMORY_DESC_PARAMS {
	__aligned_u64 base;
	__aligned_u64 size;
	__u32 addressSpace;
	__u32 cacheAttrib;
};

/* The GPFIFO channels of every architecture */
struct NV_CHANNEL_ALLOC_PARAMS {
	__u32 hObjectError;
	__u32 hObjectBuffer;
	__aligned_u64 gpFifoOffset;
	__u32 gpFifoEntries;
	__u32 flags;
	__u32 hContextShare;
	__u32 hVASpace;
	__u32 hUserdMemory[NV_MAX_SUBDEVICES];
	__aligned_u64 userdOffset[NV_MAX_SUBDEVICES];
	__u32 engineType;
	__u32 cid; /* out: a number that no other channel of this run has */
	__u32 subDeviceId;
	__u32 hObjectEccError;
	struct NV_MEMORY_DESC_PARAMS instanceMem;
	struct NV_MEMORY_DESC_PARAMS userdMem;
	struct NV_MEMORY_DESC_PARAMS ramfcMem;
	struct NV_MEMORY_DESC_PARAMS mthdbufMem;
	__u32 hPhysChannelGroup;
	__u32 internalFlags;
	struct NV_MEMORY_DESC_PARAMS errorNotifierMem;
	struct NV_MEMORY_DESC_PARAMS eccErrorNotifierMem;
	__u32 ProcessID;
	__u32 SubProcessID;
	__u32 encryptIv[3];
	__u32 decryptIv[3];
	__u32 hmacNonce[8];
	__u32 tpcConfigID; /* from branch 580 on */
};

/* The compute and graphics engines */
struct NV_GR_ALLOCATION_PARAMETERS {
	__u32 version;
	__u32 flags;
	__u32 size;
	__u32 caps;
};

/* The copy engines */
struct NVB0B5_ALLOCATION_PARAMETERS {
	__u32 version;
	__u32 engineType;
};

/* The usermode classes from Hopper on */
struct NV_HOPPER_USERMODE_A_PARAMS {
	__u8 bBar1Mapping;
	__u8 bPriv;
};

struct NV503B_BAR1_P2P_DMA_INFO {
	__aligned_u64 dma_address;
	__aligned_u64 dma_size;
};

struct NV503B_FABRIC_P2P_DMA_INFO {
	__aligned_u64 gpa;
};

/* NV50_P2P */
struct NV503B_ALLOC_PARAMETERS {
	__u32 hSubDevice;
	__u32 hPeerSubDevice;
	__u32 subDevicePeerIdMask;
	__u32 peerSubDevicePeerIdMask;
	__aligned_u64 mailboxBar1Addr;
	__u32 mailboxTotalSize;
	__u32 flags;
	__u32 subDeviceEgmPeerIdMask;
	__u32 peerSubDeviceEgmPeerIdMask;
	struct NV503B_BAR1_P2P_DMA_INFO l2pBar1P2PDmaInfo;
	struct NV503B_BAR1_P2P_DMA_INFO p2lBar1P2PDmaInfo;
	struct NV503B_FABRIC_P2P_DMA_INFO l2pFabricP2PInfo; /* from branch 595 on */
	struct NV503B_FABRIC_P2P_DMA_INFO p2lFabricP2PInfo; /* from branch 595 on */
};

_Static_assert(sizeof(struct NV0000_ALLOC_PARAMETERS) == 120, "layout");
_Static_assert(sizeof(struct NV0080_ALLOC_PARAMETERS) == 56, "layout");
_Static_assert(sizeof(struct NV2080_ALLOC_PARAMETERS) == 4, "layout");
_Static_assert(sizeof(struct NV_VASPACE_ALLOCATION_PARAMETERS) == 56, "layout");
_Static_assert(sizeof(struct NV_MEMORY_ALLOCATION_PARAMS) == 128, "layout");
_Static_assert(sizeof(struct NV_CHANNEL_GROUP_ALLOCATION_PARAMETERS) == 20, "layout");
_Static_assert(sizeof(struct NV_CHANNEL_ALLOC_PARAMS) == 368, "layout");

#endif /* _NVABI_NVCLASS_H */
