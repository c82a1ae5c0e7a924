// SPDX-License-Identifier: GPL-2.0
/*
 * Decodes the ioctls of nvidiactl and nvidiaN: see rm_decode.h.  Whether an
 * operation is fit for a container is rm_policy.c's to say.
 */
#include "rm_decode.h"

#include "nvabi/branch.h"
#include "nvabi/nvclass.h"
#include "nvabi/nvhost.h"
#include "nvabi/nvos.h"

/*
 * The smallest piece that RM takes of a card.  Of an allocation in 4 KiB pages it
 * tells a size of fewer, and the rest of the piece is lost to everyone else.
 */
#define RM_PIECE_BYTES 65536

/**
 * gnv_rm_round_size() - the least that the card loses for a size
 * @bytes: the size that is asked for, or that RM tells
 *
 * Context: Any.
 * Return: the size in whole pieces; U64_MAX when it is absurd.
 */
u64 gnv_rm_round_size(u64 bytes)
{
	u64 sum;

	if (check_add_overflow(bytes, (u64)RM_PIECE_BYTES - 1, &sum))
		return U64_MAX;
	return sum & ~((u64)RM_PIECE_BYTES - 1);
}

static bool is_root_class(u32 class)
{
	return class == NV01_ROOT || class == NV01_ROOT_NON_PRIV ||
	       class == NV01_ROOT_CLIENT;
}

/* Classes whose memory is the card's: policy allows the first one only. */
static bool is_vidmem_class(u32 class)
{
	return class == NV01_MEMORY_LOCAL_USER ||
	       class == NV01_MEMORY_LOCAL_PRIVILEGED ||
	       class == NV01_MEMORY_LOCAL_PHYSICAL;
}

static bool is_channel_class(u32 class)
{
	switch (class) {
	case PASCAL_CHANNEL_GPFIFO_A:
	case VOLTA_CHANNEL_GPFIFO_A:
	case TURING_CHANNEL_GPFIFO_A:
	case AMPERE_CHANNEL_GPFIFO_A:
	case HOPPER_CHANNEL_GPFIFO_A:
	case BLACKWELL_CHANNEL_GPFIFO_A:
	case BLACKWELL_CHANNEL_GPFIFO_B:
		return true;
	default:
		return false;
	}
}

/**
 * gnv_rm_class_is_queue() - whether objects of a class run on an engine
 * @class: the class
 *
 * Context: Any.
 * Return: true for channel groups and channels.
 */
bool gnv_rm_class_is_queue(u32 class)
{
	return class == KEPLER_CHANNEL_GROUP_A || is_channel_class(class);
}

static bool is_queue_class(u32 class)
{
	return class == FERMI_CONTEXT_SHARE_A || gnv_rm_class_is_queue(class);
}

/* What runs on the graphics engine, which keeps a context for each queue. */
static bool is_engine_class(u32 class)
{
	switch (class) {
	case FERMI_TWOD_A:
	case KEPLER_INLINE_TO_MEMORY_B:
	case VOLTA_COMPUTE_A:
	case TURING_COMPUTE_A:
	case AMPERE_COMPUTE_A:
	case AMPERE_COMPUTE_B:
	case ADA_COMPUTE_A:
	case HOPPER_COMPUTE_A:
	case BLACKWELL_INLINE_TO_MEMORY_A:
	case BLACKWELL_COMPUTE_A:
	case BLACKWELL_COMPUTE_B:
		return true;
	default:
		return false;
	}
}

/**
 * gnv_rm_class_is_charged() - whether an object of a class takes video memory
 * @class: the class
 *
 * Context: Any.
 * Return: true if so.
 */
bool gnv_rm_class_is_charged(u32 class)
{
	return is_vidmem_class(class) || class == NV01_DEVICE_0 ||
	       class == FERMI_VASPACE_A || is_queue_class(class);
}

/**
 * gnv_rm_has_context_buffers() - whether a new object may get context buffers
 * @op: what makes it
 * @parent_class: class of the object above
 *
 * A channel group has them for all of its channels; a channel without a group has
 * its own.  Who names no engine may mean the one for graphics.
 *
 * Context: Any.
 * Return: true if so.
 */
bool gnv_rm_has_context_buffers(const struct gnv_rm_op *op, u32 parent_class)
{
	return op->queue && op->class != FERMI_CONTEXT_SHARE_A &&
	       parent_class != KEPLER_CHANNEL_GROUP_A &&
	       op->engine_type < NV2080_ENGINE_TYPE_COPY0;
}

/* A size from the last byte that is counted. */
static u64 bytes_to(u64 limit)
{
	u64 bytes;

	return check_add_overflow(limit, (u64)1, &bytes) ? U64_MAX : bytes;
}

static bool is_os_class(u32 class)
{
	return class == NV01_MEMORY_SYSTEM_OS_DESCRIPTOR;
}

static bool is_event_class(u32 class)
{
	return class == NV01_EVENT || class == NV01_EVENT_OS_EVENT;
}

/* What the class says, and which parameters have to be seen. */
static void classify(const struct nvabi_branch *branch, struct gnv_rm_op *op)
{
	op->root = is_root_class(op->class);
	op->context = op->class == NV01_DEVICE_0;
	op->vidmem = is_vidmem_class(op->class);
	op->queue = is_queue_class(op->class);
	op->space = op->class == FERMI_VASPACE_A;
	op->engine = is_engine_class(op->class);
	if (!op->inner)
		return;
	if (op->context)
		op->inner_bytes = sizeof(struct NV0080_ALLOC_PARAMETERS);
	else if (op->class == KEPLER_CHANNEL_GROUP_A)
		op->inner_bytes = sizeof(struct NV_CHANNEL_GROUP_ALLOCATION_PARAMETERS);
	else if (is_channel_class(op->class))
		op->inner_bytes = branch->channel_alloc_size;
	else if (op->vidmem)
		op->inner_bytes = branch->memory_alloc_size;
	else if (is_event_class(op->class))
		op->inner_bytes = sizeof(struct NV0005_ALLOC_PARAMETERS);
	else if (is_os_class(op->class))
		op->inner_bytes = sizeof(struct NV_OS_DESC_MEMORY_ALLOCATION_PARAMS);
}

static int decode_alloc_short(const struct nvabi_branch *branch,
			      const void *args, struct gnv_rm_op *op)
{
	struct NVOS21_PARAMETERS p;

	memcpy(&p, args, sizeof(p));
	op->client = p.hRoot;
	op->parent = p.hObjectParent;
	op->object = p.hObjectNew;
	op->class = p.hClass;
	op->inner = p.pAllocParms;
	op->status_at = offsetof(struct NVOS21_PARAMETERS, status);
	op->object_at = offsetof(struct NVOS21_PARAMETERS, hObjectNew);
	op->params_bytes = p.paramsSize;
	op->params_at = offsetof(struct NVOS21_PARAMETERS, pAllocParms);
	classify(branch, op);
	return 0;
}

static int decode_alloc_long(const struct nvabi_branch *branch,
			     const void *args, struct gnv_rm_op *op)
{
	struct NVOS64_PARAMETERS p;

	memcpy(&p, args, sizeof(p));
	op->client = p.hRoot;
	op->parent = p.hObjectParent;
	op->object = p.hObjectNew;
	op->class = p.hClass;
	op->inner = p.pAllocParms;
	op->serialized = p.flags & NVOS64_FLAGS_FINN_SERIALIZED;
	op->status_at = offsetof(struct NVOS64_PARAMETERS, status);
	op->object_at = offsetof(struct NVOS64_PARAMETERS, hObjectNew);
	op->params_bytes = p.paramsSize;
	op->params_at = offsetof(struct NVOS64_PARAMETERS, pAllocParms);
	classify(branch, op);
	return 0;
}

static int decode_alloc(const struct nvabi_branch *branch, const void *args,
			u32 bytes, struct gnv_rm_op *op)
{
	op->kind = GNV_RM_ALLOC;
	if (bytes == sizeof(struct NVOS21_PARAMETERS))
		return decode_alloc_short(branch, args, op);
	if (bytes == sizeof(struct NVOS64_PARAMETERS))
		return decode_alloc_long(branch, args, op);
	return -EINVAL;
}

static int decode_alloc_memory(const struct nvabi_branch *branch, const void *args,
			       u32 bytes, struct gnv_rm_op *op)
{
	struct nv_ioctl_nvos02_parameters_with_fd p;

	if (bytes != sizeof(p))
		return -EINVAL;
	memcpy(&p, args, sizeof(p));
	op->kind = GNV_RM_ALLOC;
	op->client = p.params.hRoot;
	op->parent = p.params.hObjectParent;
	op->object = p.params.hObjectNew;
	/*
	 * Here the class of video memory makes no piece of it: it opens the whole
	 * card to an administrator, and tells its size to anyone else.
	 */
	op->class = p.params.hClass == NV01_MEMORY_LOCAL_USER ?
			    NV01_MEMORY_LOCAL_PHYSICAL :
			    p.params.hClass;
	op->status_at = offsetof(struct NVOS02_PARAMETERS, status);
	op->object_at = offsetof(struct NVOS02_PARAMETERS, hObjectNew);
	classify(branch, op);
	op->size_bytes = bytes_to(p.params.limit);
	if (is_os_class(op->class)) {
		op->os_address = p.params.pMemory;
		op->os_bytes = op->size_bytes;
	}
	return 0;
}

/* The heap makes a class of its own choice out of flags and attributes. */
static void classify_heap(struct gnv_rm_op *op, u32 flags, u32 attr)
{
	u32 location = (attr & NVOS32_ATTR_LOCATION_MASK) >>
		       NVOS32_ATTR_LOCATION_SHIFT;

	if (flags & NVOS32_ALLOC_FLAGS_VIRTUAL)
		op->class = NV50_MEMORY_VIRTUAL;
	else if (location == NVOS32_ATTR_LOCATION_PCI)
		op->class = NV01_MEMORY_SYSTEM;
	else
		op->class = NV01_MEMORY_LOCAL_USER;
	op->vidmem = is_vidmem_class(op->class);
}

#define HEAP_AT(member) offsetof(struct NVOS32_PARAMETERS, data.member)

/* The heap looks at a handle only where a flag says that it is one. */
static void name_in_heap(struct gnv_rm_op *op, u32 handle, u32 object_at,
			 u32 flags, u32 flags_at)
{
	op->kind = GNV_RM_ALLOC;
	op->object_at = object_at;
	op->flags_at = flags_at;
	op->flags = flags | NVOS32_ALLOC_FLAGS_MEMORY_HANDLE_PROVIDED;
	if (flags & NVOS32_ALLOC_FLAGS_MEMORY_HANDLE_PROVIDED)
		op->object = handle;
}

#define NAME_IN_HEAP(op, p, member)                                           \
	name_in_heap(op, (p)->data.member.hMemory, HEAP_AT(member.hMemory),   \
		     (p)->data.member.flags, HEAP_AT(member.flags))

static int decode_heap(const void *args, u32 bytes, struct gnv_rm_op *op)
{
	struct NVOS32_PARAMETERS p;

	if (bytes != sizeof(p))
		return -EINVAL;
	memcpy(&p, args, sizeof(p));
	op->client = p.hRoot;
	op->parent = p.hObjectParent;
	op->status_at = offsetof(struct NVOS32_PARAMETERS, status);
	switch (p.function) {
	case NVOS32_FUNCTION_ALLOC_SIZE:
		NAME_IN_HEAP(op, &p, AllocSize);
		op->size_bytes = p.data.AllocSize.size;
		classify_heap(op, p.data.AllocSize.flags, p.data.AllocSize.attr);
		return 0;
	case NVOS32_FUNCTION_ALLOC_SIZE_RANGE:
		NAME_IN_HEAP(op, &p, AllocSizeRange);
		op->size_bytes = p.data.AllocSizeRange.size;
		classify_heap(op, p.data.AllocSizeRange.flags,
			      p.data.AllocSizeRange.attr);
		return 0;
	case NVOS32_FUNCTION_ALLOC_OS_DESCRIPTOR:
		NAME_IN_HEAP(op, &p, AllocOsDesc);
		op->class = NV01_MEMORY_SYSTEM_OS_DESCRIPTOR;
		op->os_address = p.data.AllocOsDesc.descriptor;
		op->os_bytes = bytes_to(p.data.AllocOsDesc.limit);
		return 0;
	case NVOS32_FUNCTION_FREE:
		op->kind = GNV_RM_FREE;
		op->object = p.data.Free.hMemory;
		return 0;
	case NVOS32_FUNCTION_INFO:
		op->kind = GNV_RM_HEAP_INFO;
		op->object = p.hObjectParent;
		return 0;
	case NVOS32_FUNCTION_GET_MEM_ALIGNMENT:
		op->kind = GNV_RM_HANDLES;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static int decode_free(const void *args, u32 bytes, struct gnv_rm_op *op)
{
	struct NVOS00_PARAMETERS p;

	if (bytes != sizeof(p))
		return -EINVAL;
	memcpy(&p, args, sizeof(p));
	op->kind = GNV_RM_FREE;
	op->client = p.hRoot;
	op->object = p.hObjectOld;
	op->status_at = offsetof(struct NVOS00_PARAMETERS, status);
	return 0;
}

static int decode_dup(const void *args, u32 bytes, struct gnv_rm_op *op)
{
	struct NVOS55_PARAMETERS p;

	if (bytes != sizeof(p))
		return -EINVAL;
	memcpy(&p, args, sizeof(p));
	op->kind = GNV_RM_DUP;
	op->client = p.hClient;
	op->parent = p.hParent;
	op->object = p.hObject;
	op->src_client = p.hClientSrc;
	op->src_object = p.hObjectSrc;
	op->status_at = offsetof(struct NVOS55_PARAMETERS, status);
	op->object_at = offsetof(struct NVOS55_PARAMETERS, hObject);
	return 0;
}

/* NVOS54_PARAMETERS.flags */
#define CONTROL_FLAGS_FINN_SERIALIZED 0x4

static int decode_control(const void *args, u32 bytes, struct gnv_rm_op *op)
{
	struct NVOS54_PARAMETERS p;

	if (bytes != sizeof(p))
		return -EINVAL;
	memcpy(&p, args, sizeof(p));
	op->kind = GNV_RM_CONTROL;
	op->client = p.hClient;
	op->object = p.hObject;
	op->cmd = p.cmd;
	op->params = p.params;
	op->params_bytes = p.paramsSize;
	op->params_at = offsetof(struct NVOS54_PARAMETERS, params);
	op->serialized = p.flags & CONTROL_FLAGS_FINN_SERIALIZED;
	op->status_at = offsetof(struct NVOS54_PARAMETERS, status);
	return 0;
}

/* Structures of which only the client, at their beginning, is looked at. */
static int decode_handles(const void *args, u32 bytes, u32 want, u32 status_at,
			  struct gnv_rm_op *op)
{
	if (bytes != want)
		return -EINVAL;
	memcpy(&op->client, args, sizeof(op->client));
	op->kind = GNV_RM_HANDLES;
	op->status_at = status_at;
	return 0;
}

static int decode_plain(enum gnv_rm_kind kind, struct gnv_rm_op *op)
{
	op->kind = kind;
	return 0;
}

/**
 * gnv_rm_decode() - what a call means
 * @branch: layouts of the driver's ABI
 * @nr: the escape, unwrapped
 * @args: its structure
 * @args_bytes: size of @args
 * @op: out
 *
 * Context: Any.
 * Return: 0; -EINVAL when the structure has not the escape's size, as the driver
 * says; -EOPNOTSUPP when the tables do not know the escape.
 */
int gnv_rm_decode(const struct nvabi_branch *branch, u32 nr, const void *args,
		  u32 args_bytes, struct gnv_rm_op *op)
{
	memset(op, 0, sizeof(*op));
	op->status_at = GNV_RM_NOWHERE;
	op->object_at = GNV_RM_NOWHERE;
	op->flags_at = GNV_RM_NOWHERE;
	switch (nr) {
	case NV_ESC_RM_ALLOC:
		return decode_alloc(branch, args, args_bytes, op);
	case NV_ESC_RM_ALLOC_MEMORY:
		return decode_alloc_memory(branch, args, args_bytes, op);
	case NV_ESC_RM_VID_HEAP_CONTROL:
		return decode_heap(args, args_bytes, op);
	case NV_ESC_RM_FREE:
		return decode_free(args, args_bytes, op);
	case NV_ESC_RM_DUP_OBJECT:
		return decode_dup(args, args_bytes, op);
	case NV_ESC_RM_CONTROL:
		return decode_control(args, args_bytes, op);
	case NV_ESC_RM_SHARE:
		return decode_handles(args, args_bytes,
				      sizeof(struct NVOS57_PARAMETERS),
				      offsetof(struct NVOS57_PARAMETERS, status), op);
	case NV_ESC_RM_MAP_MEMORY:
		return decode_handles(args, args_bytes,
				      sizeof(struct nv_ioctl_nvos33_parameters_with_fd),
				      offsetof(struct NVOS33_PARAMETERS, status), op);
	case NV_ESC_RM_UNMAP_MEMORY:
		return decode_handles(args, args_bytes,
				      sizeof(struct NVOS34_PARAMETERS),
				      offsetof(struct NVOS34_PARAMETERS, status), op);
	case NV_ESC_RM_MAP_MEMORY_DMA:
		return decode_handles(args, args_bytes, branch->map_memory_dma.size,
				      branch->map_memory_dma.status, op);
	case NV_ESC_RM_UNMAP_MEMORY_DMA:
		return decode_handles(args, args_bytes, branch->unmap_memory_dma.size,
				      branch->unmap_memory_dma.status, op);
	case NV_ESC_RM_UPDATE_DEVICE_MAPPING_INFO:
		return decode_handles(args, args_bytes,
				      sizeof(struct NVOS56_PARAMETERS),
				      offsetof(struct NVOS56_PARAMETERS, status), op);
	case NV_ESC_ALLOC_OS_EVENT:
		return decode_handles(args, args_bytes,
				      sizeof(struct nv_ioctl_alloc_os_event_t),
				      offsetof(struct nv_ioctl_alloc_os_event_t, Status), op);
	case NV_ESC_FREE_OS_EVENT:
		return decode_handles(args, args_bytes,
				      sizeof(struct nv_ioctl_free_os_event_t),
				      offsetof(struct nv_ioctl_free_os_event_t, Status), op);
	case NV_ESC_CARD_INFO:
		return decode_plain(GNV_RM_CARD_INFO, op);
	case NV_ESC_ATTACH_GPUS_TO_FD:
		return decode_plain(GNV_RM_ATTACH_GPUS, op);
	case NV_ESC_WAIT_OPEN_COMPLETE:
		if (!branch->wait_open_complete)
			return -EOPNOTSUPP;
		return decode_plain(GNV_RM_PLAIN, op);
	case NV_ESC_REGISTER_FD:
	case NV_ESC_CHECK_VERSION_STR:
	case NV_ESC_NUMA_INFO:
	case NV_ESC_SYS_PARAMS:
	case NV_ESC_RM_GET_EVENT_DATA:
		return decode_plain(GNV_RM_PLAIN, op);
	default:
		return -EOPNOTSUPP;
	}
}

static void decode_engine_type(struct gnv_rm_op *op, const void *inner)
{
	size_t at = op->class == KEPLER_CHANNEL_GROUP_A ?
			    offsetof(struct NV_CHANNEL_GROUP_ALLOCATION_PARAMETERS,
				     engineType) :
			    offsetof(struct NV_CHANNEL_ALLOC_PARAMS, engineType);
	u32 type;

	memcpy(&type, inner + at, sizeof(type));
	op->engine_type = type;
}

/**
 * gnv_rm_decode_inner() - the second step of an allocation
 * @op: from gnv_rm_decode(), with inner_bytes not 0
 * @inner: so many bytes from its inner address
 *
 * Context: Any.
 */
void gnv_rm_decode_inner(struct gnv_rm_op *op, const void *inner)
{
	struct NV_OS_DESC_MEMORY_ALLOCATION_PARAMS os;
	struct NV0005_ALLOC_PARAMETERS event;
	struct NV0080_ALLOC_PARAMETERS device;
	u64 size;

	if (op->queue) {
		decode_engine_type(op, inner);
	} else if (op->context) {
		memcpy(&device, inner, sizeof(device));
		op->instance = device.deviceId;
		op->named_client = device.hClientShare;
	} else if (op->vidmem) {
		memcpy(&size,
		       inner + offsetof(struct NV_MEMORY_ALLOCATION_PARAMS, size),
		       sizeof(size));
		op->size_bytes = size;
	} else if (is_event_class(op->class)) {
		memcpy(&event, inner, sizeof(event));
		op->named_client = event.hParentClient;
	} else {
		memcpy(&os, inner, sizeof(os));
		op->os_address = os.descriptor;
		op->os_bytes = bytes_to(os.limit);
	}
}
