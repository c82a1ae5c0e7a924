// SPDX-License-Identifier: GPL-2.0
/*
 * Decodes the ioctls of nvidia-uvm: see uvm_decode.h.  Managed memory is not for
 * containers yet: its pages move to a GPU inside fault handling, where nothing
 * is charged.  So what makes or moves it is refused.
 */
#include "uvm_decode.h"

#include "nvabi/branch.h"
#include "nvabi/nvuvm.h"

#define SIMPLE(cmd, kind, type) \
	{ \
		cmd, kind, sizeof(struct type), offsetof(struct type, rmStatus) \
	}

/* What is the same in all branches. */
static const struct rule {
	u32 cmd;
	enum gnv_uvm_kind kind;
	u32 bytes;
	u32 status_at;
} rules[] = {
	SIMPLE(UVM_INITIALIZE, GNV_UVM_INITIALIZE, UVM_INITIALIZE_PARAMS),
	SIMPLE(UVM_MM_INITIALIZE, GNV_UVM_PASS, UVM_MM_INITIALIZE_PARAMS),
	SIMPLE(UVM_PAGEABLE_MEM_ACCESS, GNV_UVM_PASS, UVM_PAGEABLE_MEM_ACCESS_PARAMS),
	SIMPLE(UVM_PAGEABLE_MEM_ACCESS_ON_GPU, GNV_UVM_GPU,
	       UVM_PAGEABLE_MEM_ACCESS_ON_GPU_PARAMS),
	SIMPLE(UVM_REGISTER_GPU, GNV_UVM_GPU, UVM_REGISTER_GPU_PARAMS),
	SIMPLE(UVM_UNREGISTER_GPU, GNV_UVM_LEAVE, UVM_UNREGISTER_GPU_PARAMS),
	SIMPLE(UVM_CREATE_RANGE_GROUP, GNV_UVM_PASS, UVM_CREATE_RANGE_GROUP_PARAMS),
	SIMPLE(UVM_DESTROY_RANGE_GROUP, GNV_UVM_PASS, UVM_DESTROY_RANGE_GROUP_PARAMS),
	SIMPLE(UVM_SET_RANGE_GROUP, GNV_UVM_PASS, UVM_SET_RANGE_GROUP_PARAMS),
	SIMPLE(UVM_REGISTER_GPU_VASPACE, GNV_UVM_CLIENT, UVM_REGISTER_GPU_VASPACE_PARAMS),
	SIMPLE(UVM_UNREGISTER_GPU_VASPACE, GNV_UVM_LEAVE,
	       UVM_UNREGISTER_GPU_VASPACE_PARAMS),
	SIMPLE(UVM_REGISTER_CHANNEL, GNV_UVM_CHANNEL, UVM_REGISTER_CHANNEL_PARAMS),
	SIMPLE(UVM_ENABLE_PEER_ACCESS, GNV_UVM_TWO_GPUS, UVM_ENABLE_PEER_ACCESS_PARAMS),
	SIMPLE(UVM_DISABLE_PEER_ACCESS, GNV_UVM_TWO_GPUS, UVM_DISABLE_PEER_ACCESS_PARAMS),
	SIMPLE(UVM_MAP_DYNAMIC_PARALLELISM_REGION, GNV_UVM_PASS,
	       UVM_MAP_DYNAMIC_PARALLELISM_REGION_PARAMS),
	SIMPLE(UVM_UNMAP_EXTERNAL, GNV_UVM_UNMAP, UVM_UNMAP_EXTERNAL_PARAMS),
	SIMPLE(UVM_VALIDATE_VA_RANGE, GNV_UVM_PASS, UVM_VALIDATE_VA_RANGE_PARAMS),
	SIMPLE(UVM_CREATE_EXTERNAL_RANGE, GNV_UVM_RANGE, UVM_CREATE_EXTERNAL_RANGE_PARAMS),
	SIMPLE(UVM_UNSET_PREFERRED_LOCATION, GNV_UVM_PASS,
	       UVM_UNSET_PREFERRED_LOCATION_PARAMS),
	SIMPLE(UVM_ENABLE_READ_DUPLICATION, GNV_UVM_PASS,
	       UVM_ENABLE_READ_DUPLICATION_PARAMS),
	SIMPLE(UVM_DISABLE_READ_DUPLICATION, GNV_UVM_PASS,
	       UVM_DISABLE_READ_DUPLICATION_PARAMS),
	SIMPLE(UVM_SET_ACCESSED_BY, GNV_UVM_PASS, UVM_SET_ACCESSED_BY_PARAMS),
	SIMPLE(UVM_UNSET_ACCESSED_BY, GNV_UVM_PASS, UVM_UNSET_ACCESSED_BY_PARAMS),
};

static int set(struct gnv_uvm_op *op, enum gnv_uvm_kind kind, u32 bytes,
	       u32 status_at)
{
	op->kind = kind;
	op->args_bytes = bytes;
	op->status_at = status_at;
	return 0;
}

/**
 * gnv_uvm_classify() - the first step: what kind of call it is
 * @branch: layouts of the driver's ABI
 * @cmd: the ioctl's number
 * @op: out: @kind, @args_bytes and @status_at
 *
 * Context: Any.
 * Return: 0, or -EOPNOTSUPP when it is not for containers.
 */
int gnv_uvm_classify(const struct nvabi_branch *branch, u32 cmd,
		     struct gnv_uvm_op *op)
{
	u32 i;

	memset(op, 0, sizeof(*op));
	switch (cmd) {
	case UVM_DEINITIALIZE:
		return set(op, GNV_UVM_PASS, 0, 0);
	case UVM_MAP_EXTERNAL_ALLOCATION:
		return set(op, GNV_UVM_MAP, branch->uvm_map_external.size,
			   branch->uvm_map_external.rmStatus);
	case UVM_FREE:
		return set(op, GNV_UVM_FREE, branch->uvm_free.size,
			   branch->uvm_free.status);
	case UVM_ALLOC_SEMAPHORE_POOL:
		return set(op, GNV_UVM_POOL, branch->uvm_semaphore_pool.size,
			   branch->uvm_semaphore_pool.status);
	case UVM_UNREGISTER_CHANNEL:
		return set(op, GNV_UVM_PASS, branch->uvm_unregister_channel.size,
			   branch->uvm_unregister_channel.status);
	case UVM_SET_PREFERRED_LOCATION:
		return set(op, GNV_UVM_PASS, branch->uvm_preferred_location.size,
			   branch->uvm_preferred_location.status);
	}
	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		if (rules[i].cmd == cmd)
			return set(op, rules[i].kind, rules[i].bytes,
				   rules[i].status_at);
	}
	return -EOPNOTSUPP;
}

static u32 read_u32(const void *args, u32 at)
{
	u32 value;

	memcpy(&value, args + at, sizeof(value));
	return value;
}

static u64 read_u64(const void *args, u32 at)
{
	u64 value;

	memcpy(&value, args + at, sizeof(value));
	return value;
}

#define MAP_ATTRIBUTES_AT \
	offsetof(struct UVM_MAP_EXTERNAL_ALLOCATION_PARAMS_R550, perGpuAttributes)

/**
 * gnv_uvm_map_uuid() - a GPU that an allocation is mapped on
 * @args: structure of UVM_MAP_EXTERNAL_ALLOCATION
 * @index: below the count that was decoded
 *
 * Context: Any.
 * Return: 16 bytes in @args.
 */
const u8 *gnv_uvm_map_uuid(const void *args, u32 index)
{
	return args + MAP_ATTRIBUTES_AT +
	       index * sizeof(struct UvmGpuMappingAttributes);
}

static bool is_range(const struct gnv_uvm_op *op)
{
	u64 end;

	return op->length && !check_add_overflow(op->base, op->length, &end) &&
	       end <= GNV_UVM_ADDRESS_END;
}

static int decode_map(const struct nvabi_uvm_map *map, const void *args,
		      struct gnv_uvm_op *op)
{
	op->base = read_u64(args, 0);
	op->length = read_u64(args, 8);
	op->client = read_u32(args, map->hClient);
	op->memory = read_u32(args, map->hMemory);
	op->gpu_count = read_u64(args, map->gpuAttributesCount);
	if (op->gpu_count == 0 || op->gpu_count > map->max_gpus || !is_range(op))
		return -EINVAL;
	memcpy(op->uuid, gnv_uvm_map_uuid(args, 0), sizeof(op->uuid));
	return 0;
}

static int decode_range(const void *args, struct gnv_uvm_op *op)
{
	op->base = read_u64(args, 0);
	op->length = read_u64(args, 8);
	return is_range(op) ? 0 : -EINVAL;
}

static int decode_client(const void *args, struct gnv_uvm_op *op)
{
	memcpy(op->uuid, args, sizeof(op->uuid));
	op->client = read_u32(args, offsetof(struct UVM_REGISTER_GPU_VASPACE_PARAMS,
					     hClient));
	return 0;
}

static int decode_channel(const void *args, struct gnv_uvm_op *op)
{
	memcpy(op->uuid, args, sizeof(op->uuid));
	op->client = read_u32(args, offsetof(struct UVM_REGISTER_CHANNEL_PARAMS, hClient));
	op->memory = read_u32(args, offsetof(struct UVM_REGISTER_CHANNEL_PARAMS, hChannel));
	return 0;
}

/**
 * gnv_uvm_decode() - the second step: what it names
 * @branch: layouts of the driver's ABI
 * @args: @op->args_bytes bytes of its structure
 * @op: from gnv_uvm_classify(); filled further
 *
 * Context: Any.
 * Return: 0, or -EINVAL when a range or a count makes no sense.
 */
int gnv_uvm_decode(const struct nvabi_branch *branch, const void *args,
		   struct gnv_uvm_op *op)
{
	switch (op->kind) {
	case GNV_UVM_GPU:
	case GNV_UVM_LEAVE:
		memcpy(op->uuid, args, sizeof(op->uuid));
		return 0;
	case GNV_UVM_TWO_GPUS:
		memcpy(op->uuid, args, sizeof(op->uuid));
		memcpy(op->uuid2, args + sizeof(op->uuid), sizeof(op->uuid2));
		return 0;
	case GNV_UVM_CLIENT:
		return decode_client(args, op);
	case GNV_UVM_CHANNEL:
		return decode_channel(args, op);
	case GNV_UVM_MAP:
		return decode_map(&branch->uvm_map_external, args, op);
	case GNV_UVM_UNMAP:
		memcpy(op->uuid,
		       args + offsetof(struct UVM_UNMAP_EXTERNAL_PARAMS, gpuUuid),
		       sizeof(op->uuid));
		return decode_range(args, op);
	case GNV_UVM_FREE:
		/* From 595 on only the beginning is named. */
		op->whole_range = branch->uvm_free.size ==
				  sizeof(struct UVM_FREE_PARAMS_R595);
		if (op->whole_range) {
			op->base = read_u64(args, 0);
			return 0;
		}
		return decode_range(args, op);
	case GNV_UVM_RANGE:
	case GNV_UVM_POOL:
		return decode_range(args, op);
	default:
		return 0;
	}
}
