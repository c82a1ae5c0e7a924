/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The ioctls of /dev/nvidiactl and /dev/nvidiaN: their numbers ("escapes") and
 * the structures that they carry.  Data only; what a number does is not told
 * here.
 *
 * Names and layouts are NVIDIA's; `struct X` is what NVIDIA's headers typedef
 * as X.  Where branches differ:
 *
 *  - a structure that grew at its end is declared once, with all that was ever
 *    appended; its true size is in struct nvabi_branch;
 *  - a structure whose members moved is declared once for each layout: X as it
 *    was in 535, X_R580 as it is from branch 580 on.
 *
 * A bit range hi:lo becomes X_SHIFT and X_MASK; values are unshifted.
 */
#ifndef _NVABI_NVOS_H
#define _NVABI_NVOS_H

#include <linux/types.h>

#define NV_MAX_DEVICES			32
#define NV_MAX_SUBDEVICES		8
#define NV_PROC_NAME_MAX_LENGTH		100

/* Character devices. */
#define NV_MAJOR_DEVICE_NUMBER			195
#define NV_MINOR_DEVICE_NUMBER_REGULAR_MAX	247
#define NV_MINOR_DEVICE_NUMBER_MODESET_DEVICE	254
#define NV_MINOR_DEVICE_NUMBER_CONTROL_DEVICE	255

/* The type of every ioctl number; read and write, size of the structure. */
#define NV_IOCTL_MAGIC			'F'

/* Escapes that the resource manager serves. */
#define NV_ESC_RM_ALLOC_MEMORY			0x27
#define NV_ESC_RM_ALLOC_OBJECT			0x28
#define NV_ESC_RM_FREE				0x29
#define NV_ESC_RM_CONTROL			0x2a
#define NV_ESC_RM_ALLOC				0x2b
#define NV_ESC_RM_DUP_OBJECT			0x34
#define NV_ESC_RM_SHARE				0x35
#define NV_ESC_RM_I2C_ACCESS			0x39
#define NV_ESC_RM_IDLE_CHANNELS			0x41
#define NV_ESC_RM_VID_HEAP_CONTROL		0x4a
#define NV_ESC_RM_ACCESS_REGISTRY		0x4d
#define NV_ESC_RM_MAP_MEMORY			0x4e
#define NV_ESC_RM_UNMAP_MEMORY			0x4f
#define NV_ESC_RM_GET_EVENT_DATA		0x52
#define NV_ESC_RM_ALLOC_CONTEXT_DMA2		0x54
#define NV_ESC_RM_ADD_VBLANK_CALLBACK		0x56
#define NV_ESC_RM_MAP_MEMORY_DMA		0x57
#define NV_ESC_RM_UNMAP_MEMORY_DMA		0x58
#define NV_ESC_RM_BIND_CONTEXT_DMA		0x59
#define NV_ESC_RM_EXPORT_OBJECT_TO_FD		0x5c
#define NV_ESC_RM_IMPORT_OBJECT_FROM_FD		0x5d
#define NV_ESC_RM_UPDATE_DEVICE_MAPPING_INFO	0x5e

/* Escapes that the character device itself serves. */
#define NV_ESC_CARD_INFO			200
#define NV_ESC_REGISTER_FD			201
#define NV_ESC_ALLOC_OS_EVENT			206
#define NV_ESC_FREE_OS_EVENT			207
#define NV_ESC_STATUS_CODE			209
#define NV_ESC_CHECK_VERSION_STR		210
#define NV_ESC_IOCTL_XFER_CMD			211
#define NV_ESC_ATTACH_GPUS_TO_FD		212
#define NV_ESC_QUERY_DEVICE_INTR		213
#define NV_ESC_SYS_PARAMS			214
#define NV_ESC_NUMA_INFO			215
#define NV_ESC_SET_NUMA_STATUS			216
#define NV_ESC_EXPORT_TO_DMABUF_FD		217
#define NV_ESC_WAIT_OPEN_COMPLETE		218 /* from branch 550 on */

/* Wraps any other escape: cmd with size bytes at ptr. */
struct nv_ioctl_xfer_t {
	__u32 cmd;
	__u32 size;
	__aligned_u64 ptr;
};

struct nv_pci_info_t {
	__u32 domain;
	__u8 bus;
	__u8 slot;
	__u8 function;
	__u16 vendor_id;
	__u16 device_id;
};

/* CARD_INFO takes an array of these, one for each GPU that may be there. */
struct nv_ioctl_card_info_t {
	__u8 valid;
	struct nv_pci_info_t pci_info;
	__u32 gpu_id;
	__u16 interrupt_line;
	__aligned_u64 reg_address;
	__aligned_u64 reg_size;
	__aligned_u64 fb_address;
	__aligned_u64 fb_size;
	__u32 minor_number;
	__u8 dev_name[10];
};

struct nv_ioctl_alloc_os_event_t {
	__u32 hClient;
	__u32 hDevice;
	__u32 fd;
	__u32 Status;
};

struct nv_ioctl_free_os_event_t {
	__u32 hClient;
	__u32 hDevice;
	__u32 fd;
	__u32 Status;
};

struct nv_ioctl_status_code_t {
	__u32 domain;
	__u8 bus;
	__u8 slot;
	__u32 status;
};

#define NV_RM_API_VERSION_STRING_LENGTH		64

#define NV_RM_API_VERSION_CMD_STRICT		0
#define NV_RM_API_VERSION_CMD_RELAXED		'1'
#define NV_RM_API_VERSION_CMD_QUERY		'2'

#define NV_RM_API_VERSION_REPLY_UNRECOGNIZED	0
#define NV_RM_API_VERSION_REPLY_RECOGNIZED	1

struct nv_ioctl_rm_api_version_t {
	__u32 cmd;
	__u32 reply;
	char versionString[NV_RM_API_VERSION_STRING_LENGTH];
};

struct nv_ioctl_query_device_intr {
	__u32 intrStatus;
	__u32 status;
};

struct nv_ioctl_sys_params_t {
	__aligned_u64 memblock_size;
};

#define NV_IOCTL_NUMA_INFO_MAX_OFFLINE_ADDRESSES 64
#define NV_IOCTL_NUMA_STATUS_DISABLED		0

struct nv_offline_addresses_t {
	__aligned_u64 addresses[NV_IOCTL_NUMA_INFO_MAX_OFFLINE_ADDRESSES];
	__u32 numEntries;
};

struct nv_ioctl_numa_info_t {
	__s32 nid;
	__s32 status;
	__aligned_u64 memblock_size;
	__aligned_u64 numa_mem_addr;
	__aligned_u64 numa_mem_size;
	__u8 use_auto_online;
	struct nv_offline_addresses_t offline_addresses;
};

struct nv_ioctl_register_fd_t {
	__s32 ctl_fd;
};

struct nv_ioctl_wait_open_complete_t { /* from branch 550 on */
	__s32 rc;
	__u32 adapterStatus;
};

#define NV_DMABUF_EXPORT_MAX_HANDLES		128

struct nv_ioctl_export_to_dma_buf_fd_t {
	__s32 fd;
	__u32 hClient;
	__u32 totalObjects;
	__u32 numObjects;
	__u32 index;
	__aligned_u64 totalSize;
	__u32 handles[NV_DMABUF_EXPORT_MAX_HANDLES];
	__aligned_u64 offsets[NV_DMABUF_EXPORT_MAX_HANDLES];
	__aligned_u64 sizes[NV_DMABUF_EXPORT_MAX_HANDLES];
	__u32 status;
};

struct nv_ioctl_export_to_dma_buf_fd_t_R580 {
	__s32 fd;
	__u32 hClient;
	__u32 totalObjects;
	__u32 numObjects;
	__u32 index;
	__aligned_u64 totalSize;
	__u8 mappingType;
	__u8 bAllowMmap;
	__u32 handles[NV_DMABUF_EXPORT_MAX_HANDLES];
	__aligned_u64 offsets[NV_DMABUF_EXPORT_MAX_HANDLES];
	__aligned_u64 sizes[NV_DMABUF_EXPORT_MAX_HANDLES];
	__u32 status;
};

/* RM_FREE */
struct NVOS00_PARAMETERS {
	__u32 hRoot;
	__u32 hObjectParent;
	__u32 hObjectOld;
	__u32 status;
};

/* RM_ALLOC_MEMORY */
struct NVOS02_PARAMETERS {
	__u32 hRoot;
	__u32 hObjectParent;
	__u32 hObjectNew;
	__u32 hClass;
	__u32 flags;
	__aligned_u64 pMemory;
	__aligned_u64 limit;
	__u32 status;
};

struct nv_ioctl_nvos02_parameters_with_fd {
	struct NVOS02_PARAMETERS params;
	__s32 fd;
};

#define NVOS02_FLAGS_PHYSICALITY_SHIFT		4
#define NVOS02_FLAGS_PHYSICALITY_MASK		0x000000f0
#define NVOS02_FLAGS_PHYSICALITY_CONTIGUOUS	0
#define NVOS02_FLAGS_PHYSICALITY_NONCONTIGUOUS	1
#define NVOS02_FLAGS_LOCATION_SHIFT		8
#define NVOS02_FLAGS_LOCATION_MASK		0x00000f00
#define NVOS02_FLAGS_LOCATION_PCI		0
#define NVOS02_FLAGS_LOCATION_VIDMEM		2
#define NVOS02_FLAGS_COHERENCY_SHIFT		12
#define NVOS02_FLAGS_COHERENCY_MASK		0x0000f000
#define NVOS02_FLAGS_ALLOC_SHIFT		16
#define NVOS02_FLAGS_ALLOC_MASK			0x00030000
#define NVOS02_FLAGS_ALLOC_NONE			1
#define NVOS02_FLAGS_KERNEL_MAPPING_SHIFT	19
#define NVOS02_FLAGS_KERNEL_MAPPING_MASK	0x00080000
#define NVOS02_FLAGS_MAPPING_SHIFT		30
#define NVOS02_FLAGS_MAPPING_MASK		0xc0000000
#define NVOS02_FLAGS_MAPPING_DEFAULT		0
#define NVOS02_FLAGS_MAPPING_NO_MAP		1
#define NVOS02_FLAGS_MAPPING_NEVER_MAP		2

/* RM_ALLOC_OBJECT */
struct NVOS05_PARAMETERS {
	__u32 hRoot;
	__u32 hObjectParent;
	__u32 hObjectNew;
	__u32 hClass;
	__u32 status;
};

/* RM_ALLOC, short form */
struct NVOS21_PARAMETERS {
	__u32 hRoot;
	__u32 hObjectParent;
	__u32 hObjectNew;
	__u32 hClass;
	__aligned_u64 pAllocParms;
	__u32 paramsSize;
	__u32 status;
};

/* RM_ALLOC, long form: told from the short one by the size of the ioctl */
struct NVOS64_PARAMETERS {
	__u32 hRoot;
	__u32 hObjectParent;
	__u32 hObjectNew;
	__u32 hClass;
	__aligned_u64 pAllocParms;
	__aligned_u64 pRightsRequested;
	__u32 paramsSize;
	__u32 flags;
	__u32 status;
};

#define NVOS64_FLAGS_NONE			0x00000000
#define NVOS64_FLAGS_FINN_SERIALIZED		0x00000001

/* RM_VID_HEAP_CONTROL: function chooses the member of data */
#define NVOS32_FUNCTION_ALLOC_SIZE		2
#define NVOS32_FUNCTION_FREE			3
#define NVOS32_FUNCTION_INFO			5
#define NVOS32_FUNCTION_ALLOC_TILED_PITCH_HEIGHT 6
#define NVOS32_FUNCTION_ALLOC_SIZE_RANGE	14
#define NVOS32_FUNCTION_REACQUIRE_COMPR		15
#define NVOS32_FUNCTION_RELEASE_COMPR		16
#define NVOS32_FUNCTION_GET_MEM_ALIGNMENT	18
#define NVOS32_FUNCTION_HW_ALLOC		19
#define NVOS32_FUNCTION_HW_FREE			20
#define NVOS32_FUNCTION_ALLOC_OS_DESCRIPTOR	27

struct NVOS32_PARAMETERS {
	__u32 hRoot;
	__u32 hObjectParent;
	__u32 function;
	__u32 hVASpace;
	__s16 ivcHeapNumber;
	__u32 status;
	__aligned_u64 total;
	__aligned_u64 free;
	union {
		struct {
			__u32 owner;
			__u32 hMemory;
			__u32 type;
			__u32 flags;
			__u32 attr;
			__u32 format;
			__u32 comprCovg;
			__u32 zcullCovg;
			__u32 partitionStride;
			__u32 width;
			__u32 height;
			__aligned_u64 size;
			__aligned_u64 alignment;
			__aligned_u64 offset;
			__aligned_u64 limit;
			__aligned_u64 address;
			__aligned_u64 rangeBegin;
			__aligned_u64 rangeEnd;
			__u32 attr2;
			__u32 ctagOffset;
			__s32 numaNode; /* from branch 550 on */
		} AllocSize;
		struct {
			__u32 owner;
			__u32 hMemory;
			__u32 type;
			__u32 flags;
			__u32 height;
			__s32 pitch;
			__u32 attr;
			__u32 width;
			__u32 format;
			__u32 comprCovg;
			__u32 zcullCovg;
			__u32 partitionStride;
			__aligned_u64 size;
			__aligned_u64 alignment;
			__aligned_u64 offset;
			__aligned_u64 limit;
			__aligned_u64 address;
			__aligned_u64 rangeBegin;
			__aligned_u64 rangeEnd;
			__u32 attr2;
			__u32 ctagOffset;
			__s32 numaNode; /* from branch 550 on */
		} AllocTiledPitchHeight;
		struct {
			__u32 owner;
			__u32 hMemory;
			__u32 flags;
		} Free;
		struct {
			__u32 owner;
			__u32 flags;
			__u32 hMemory;
		} ReleaseCompr;
		struct {
			__u32 owner;
			__u32 flags;
			__u32 hMemory;
		} ReacquireCompr;
		struct {
			__u32 attr;
			__aligned_u64 offset;
			__aligned_u64 size;
			__aligned_u64 base;
		} Info;
		struct {
			__u32 owner;
			__u32 hMemory;
			__u32 type;
			__u32 flags;
			__u32 attr;
			__u32 format;
			__u32 comprCovg;
			__u32 zcullCovg;
			__u32 partitionStride;
			__aligned_u64 size;
			__aligned_u64 alignment;
			__aligned_u64 offset;
			__aligned_u64 limit;
			__aligned_u64 rangeBegin;
			__aligned_u64 rangeEnd;
			__aligned_u64 address;
			__u32 attr2;
			__u32 ctagOffset;
			__s32 numaNode; /* from branch 550 on */
		} AllocSizeRange;
		struct {
			__u32 hMemory;
			__u32 type;
			__u32 flags;
			__u32 attr;
			__u32 attr2;
			__aligned_u64 descriptor;
			__aligned_u64 limit;
			__u32 descriptorType;
		} AllocOsDesc;
		__aligned_u64 raw[18]; /* the size of the largest member */
	} data;
};

#define NVOS32_TYPE_IMAGE			0
#define NVOS32_TYPE_DEPTH			1
#define NVOS32_TYPE_DMA				6
#define NVOS32_TYPE_INSTANCE			7
#define NVOS32_TYPE_NOTIFIER			13

#define NVOS32_ATTR_PAGE_SIZE_SHIFT		23
#define NVOS32_ATTR_PAGE_SIZE_MASK		0x01800000
#define NVOS32_ATTR_PAGE_SIZE_DEFAULT		0
#define NVOS32_ATTR_PAGE_SIZE_4KB		1
#define NVOS32_ATTR_PAGE_SIZE_BIG		2
#define NVOS32_ATTR_PAGE_SIZE_HUGE		3
#define NVOS32_ATTR_LOCATION_SHIFT		25
#define NVOS32_ATTR_LOCATION_MASK		0x06000000
#define NVOS32_ATTR_LOCATION_VIDMEM		0
#define NVOS32_ATTR_LOCATION_PCI		1
#define NVOS32_ATTR_LOCATION_ANY		3
#define NVOS32_ATTR_PHYSICALITY_SHIFT		27
#define NVOS32_ATTR_PHYSICALITY_MASK		0x18000000
#define NVOS32_ATTR_PHYSICALITY_DEFAULT		0
#define NVOS32_ATTR_PHYSICALITY_NONCONTIGUOUS	1
#define NVOS32_ATTR_PHYSICALITY_CONTIGUOUS	2
#define NVOS32_ATTR_PHYSICALITY_ALLOW_NONCONTIGUOUS 3
#define NVOS32_ATTR_COHERENCY_SHIFT		29
#define NVOS32_ATTR_COHERENCY_MASK		0xe0000000
#define NVOS32_ATTR_COHERENCY_UNCACHED		0
#define NVOS32_ATTR_COHERENCY_CACHED		1
#define NVOS32_ATTR_COHERENCY_WRITE_COMBINE	2
#define NVOS32_ATTR_COHERENCY_WRITE_BACK	5

#define NVOS32_ATTR2_PAGE_SIZE_HUGE_SHIFT	20
#define NVOS32_ATTR2_PAGE_SIZE_HUGE_MASK	0x00300000
#define NVOS32_ATTR2_PAGE_SIZE_HUGE_DEFAULT	0
#define NVOS32_ATTR2_PAGE_SIZE_HUGE_2MB		1
#define NVOS32_ATTR2_PAGE_SIZE_HUGE_512MB	2
#define NVOS32_ATTR2_PROTECTION_USER_SHIFT	22
#define NVOS32_ATTR2_PROTECTION_USER_MASK	0x00400000
#define NVOS32_ATTR2_PROTECTION_USER_READ_WRITE	0
#define NVOS32_ATTR2_PROTECTION_USER_READ_ONLY	1

#define NVOS32_ALLOC_FLAGS_FIXED_ADDRESS_ALLOCATE	0x00000010
#define NVOS32_ALLOC_FLAGS_ALIGNMENT_HINT	0x00000080
#define NVOS32_ALLOC_FLAGS_ALIGNMENT_FORCE	0x00000100
#define NVOS32_ALLOC_FLAGS_LAZY			0x00000400
#define NVOS32_ALLOC_FLAGS_MEMORY_HANDLE_PROVIDED	0x00004000
#define NVOS32_ALLOC_FLAGS_MAP_NOT_REQUIRED	0x00008000
#define NVOS32_ALLOC_FLAGS_PERSISTENT_VIDMEM	0x00010000
#define NVOS32_ALLOC_FLAGS_USE_BEGIN_END	0x00020000
#define NVOS32_ALLOC_FLAGS_VIRTUAL		0x00080000
#define NVOS32_ALLOC_FLAGS_EXTERNALLY_MANAGED	0x00400000
#define NVOS32_ALLOC_FLAGS_PROTECTED		0x01000000
#define NVOS32_ALLOC_FLAGS_KERNEL_MAPPING_MAP	0x02000000
#define NVOS32_ALLOC_FLAGS_MAXIMIZE_ADDRESS_SPACE	0x02000000
#define NVOS32_ALLOC_FLAGS_SPARSE		0x04000000
#define NVOS32_ALLOC_FLAGS_USER_READ_ONLY	0x04000000
#define NVOS32_ALLOC_FLAGS_DEVICE_READ_ONLY	0x08000000
#define NVOS32_ALLOC_FLAGS_ALLOCATE_KERNEL_PRIVILEGED	0x08000000
#define NVOS32_ALLOC_FLAGS_SKIP_RESOURCE_ALLOC	0x10000000
#define NVOS32_ALLOC_FLAGS_PREFER_PTES_IN_SYSMEMORY	0x20000000
#define NVOS32_ALLOC_FLAGS_WPR1			0x40000000
#define NVOS32_ALLOC_FLAGS_WPR2			0x80000000

#define NVOS32_FREE_FLAGS_MEMORY_HANDLE_PROVIDED	0x00000001

/* RM_MAP_MEMORY */
struct NVOS33_PARAMETERS {
	__u32 hClient;
	__u32 hDevice;
	__u32 hMemory;
	__aligned_u64 offset;
	__aligned_u64 length;
	__aligned_u64 pLinearAddress;
	__u32 status;
	__u32 flags;
};

struct nv_ioctl_nvos33_parameters_with_fd {
	struct NVOS33_PARAMETERS params;
	__s32 fd;
};

#define NVOS33_FLAGS_ACCESS_SHIFT		0
#define NVOS33_FLAGS_ACCESS_MASK		0x00000003
#define NVOS33_FLAGS_ACCESS_READ_WRITE		0
#define NVOS33_FLAGS_ACCESS_READ_ONLY		1
#define NVOS33_FLAGS_ACCESS_WRITE_ONLY		2
#define NVOS33_FLAGS_MEM_SPACE_SHIFT		14
#define NVOS33_FLAGS_MEM_SPACE_MASK		0x00004000
#define NVOS33_FLAGS_MAPPING_SHIFT		15
#define NVOS33_FLAGS_MAPPING_MASK		0x00018000
#define NVOS33_FLAGS_MAPPING_DEFAULT		0
#define NVOS33_FLAGS_MAPPING_DIRECT		1
#define NVOS33_FLAGS_MAPPING_REFLECTED		2
#define NVOS33_FLAGS_MAP_FIXED_SHIFT		18
#define NVOS33_FLAGS_MAP_FIXED_MASK		0x00040000
#define NVOS33_FLAGS_CACHING_TYPE_SHIFT		23
#define NVOS33_FLAGS_CACHING_TYPE_MASK		0x03800000
#define NVOS33_FLAGS_CACHING_TYPE_CACHED	0
#define NVOS33_FLAGS_CACHING_TYPE_UNCACHED	1
#define NVOS33_FLAGS_CACHING_TYPE_WRITECOMBINED	2
#define NVOS33_FLAGS_CACHING_TYPE_WRITEBACK	5
#define NVOS33_FLAGS_CACHING_TYPE_DEFAULT	6

/* RM_UNMAP_MEMORY */
struct NVOS34_PARAMETERS {
	__u32 hClient;
	__u32 hDevice;
	__u32 hMemory;
	__aligned_u64 pLinearAddress;
	__u32 status;
	__u32 flags;
};

/* RM_ALLOC_CONTEXT_DMA2 */
struct NVOS39_PARAMETERS {
	__u32 hObjectParent;
	__u32 hSubDevice;
	__u32 hObjectNew;
	__u32 hClass;
	__u32 flags;
	__u32 selector;
	__u32 hMemory;
	__aligned_u64 offset;
	__aligned_u64 limit;
	__u32 status;
};

/* RM_GET_EVENT_DATA */
struct NVOS41_PARAMETERS {
	__aligned_u64 pEvent;
	__u32 MoreEvents;
	__u32 status;
};

/* RM_MAP_MEMORY_DMA */
struct NVOS46_PARAMETERS {
	__u32 hClient;
	__u32 hDevice;
	__u32 hDma;
	__u32 hMemory;
	__aligned_u64 offset;
	__aligned_u64 length;
	__u32 flags;
	__aligned_u64 dmaOffset;
	__u32 status;
};

struct NVOS46_PARAMETERS_R580 {
	__u32 hClient;
	__u32 hDevice;
	__u32 hDma;
	__u32 hMemory;
	__aligned_u64 offset;
	__aligned_u64 length;
	__u32 flags;
	__u32 flags2;
	__u32 kindOverride;
	__aligned_u64 dmaOffset;
	__u32 status;
};

#define NVOS46_FLAGS_DMA_OFFSET_FIXED_SHIFT	15
#define NVOS46_FLAGS_DMA_OFFSET_FIXED_MASK	0x00008000

/* RM_UNMAP_MEMORY_DMA */
struct NVOS47_PARAMETERS {
	__u32 hClient;
	__u32 hDevice;
	__u32 hDma;
	__u32 hMemory;
	__u32 flags;
	__aligned_u64 dmaOffset;
	__u32 status;
};

struct NVOS47_PARAMETERS_R550 {
	__u32 hClient;
	__u32 hDevice;
	__u32 hDma;
	__u32 hMemory;
	__u32 flags;
	__aligned_u64 dmaOffset;
	__aligned_u64 size;
	__u32 status;
};

/* RM_BIND_CONTEXT_DMA */
struct NVOS49_PARAMETERS {
	__u32 hClient;
	__u32 hChannel;
	__u32 hCtxDma;
	__u32 status;
};

/* RM_CONTROL */
struct NVOS54_PARAMETERS {
	__u32 hClient;
	__u32 hObject;
	__u32 cmd;
	__u32 flags;
	__aligned_u64 params;
	__u32 paramsSize;
	__u32 status;
};

/* RM_DUP_OBJECT */
struct NVOS55_PARAMETERS {
	__u32 hClient;
	__u32 hParent;
	__u32 hObject;
	__u32 hClientSrc;
	__u32 hObjectSrc;
	__u32 flags;
	__u32 status;
};

/* RM_UPDATE_DEVICE_MAPPING_INFO */
struct NVOS56_PARAMETERS {
	__u32 hClient;
	__u32 hDevice;
	__u32 hMemory;
	__aligned_u64 pOldCpuAddress;
	__aligned_u64 pNewCpuAddress;
	__u32 status;
};

#define RS_SHARE_TYPE_NONE			0
#define RS_SHARE_TYPE_ALL			1
#define RS_SHARE_TYPE_OS_SECURITY_TOKEN		2
#define RS_SHARE_TYPE_CLIENT			3
#define RS_SHARE_TYPE_PID			4
#define RS_SHARE_TYPE_SMC_PARTITION		5
#define RS_SHARE_TYPE_GPU			6

#define RS_ACCESS_DUP_OBJECT			0

struct RS_ACCESS_MASK {
	__u32 limbs[1];
};

struct RS_SHARE_POLICY {
	__u32 target;
	struct RS_ACCESS_MASK accessMask;
	__u16 type;
	__u8 action;
};

/* RM_SHARE */
struct NVOS57_PARAMETERS {
	__u32 hClient;
	__u32 hObject;
	struct RS_SHARE_POLICY sharePolicy;
	__u32 status;
};

_Static_assert(sizeof(struct nv_ioctl_xfer_t) == 16, "layout");
_Static_assert(sizeof(struct nv_ioctl_card_info_t) == 72, "layout");
_Static_assert(sizeof(struct nv_ioctl_alloc_os_event_t) == 16, "layout");
_Static_assert(sizeof(struct nv_ioctl_rm_api_version_t) == 72, "layout");
_Static_assert(sizeof(struct nv_ioctl_export_to_dma_buf_fd_t) == 2600, "layout");
_Static_assert(sizeof(struct nv_ioctl_export_to_dma_buf_fd_t_R580) == 2608, "layout");
_Static_assert(sizeof(struct NVOS00_PARAMETERS) == 16, "layout");
_Static_assert(sizeof(struct nv_ioctl_nvos02_parameters_with_fd) == 56, "layout");
_Static_assert(sizeof(struct NVOS21_PARAMETERS) == 32, "layout");
_Static_assert(sizeof(struct NVOS64_PARAMETERS) == 48, "layout");
_Static_assert(sizeof(struct NVOS32_PARAMETERS) == 184, "layout");
_Static_assert(sizeof(struct nv_ioctl_nvos33_parameters_with_fd) == 56, "layout");
_Static_assert(sizeof(struct NVOS34_PARAMETERS) == 32, "layout");
_Static_assert(sizeof(struct NVOS46_PARAMETERS) == 56, "layout");
_Static_assert(sizeof(struct NVOS46_PARAMETERS_R580) == 64, "layout");
_Static_assert(sizeof(struct NVOS47_PARAMETERS) == 40, "layout");
_Static_assert(sizeof(struct NVOS47_PARAMETERS_R550) == 48, "layout");
_Static_assert(sizeof(struct NVOS54_PARAMETERS) == 32, "layout");
_Static_assert(sizeof(struct NVOS55_PARAMETERS) == 28, "layout");
_Static_assert(sizeof(struct NVOS57_PARAMETERS) == 24, "layout");

#endif /* _NVABI_NVOS_H */
