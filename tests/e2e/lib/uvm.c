// SPDX-License-Identifier: MIT
/* See uvm.h. */
#include <errno.h>
#include <string.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nvabi/nvstatus.h"
#include "nvabi/nvuvm.h"

#include "uvm.h"

__u32 uvm_call(struct uvm *uvm, unsigned int number, void *params, __u32 *status)
{
	if (ioctl(uvm->file, number, params) != 0)
		return RM_ERRNO | (__u32)errno;
	return *status;
}

__u32 uvm_open(struct uvm *uvm, struct rm *rm, __u64 flags)
{
	struct UVM_INITIALIZE_PARAMS params = { .flags = flags };
	__u32 status;

	*uvm = (struct uvm){ .rm = rm, .mm_file = -1 };
	uvm->file = rm_open_node(rm->devices, "nvidia-uvm");
	if (uvm->file < 0)
		return RM_ERRNO | (__u32)errno;
	status = uvm_call(uvm, UVM_INITIALIZE, &params, &params.rmStatus);
	if (status != NV_OK)
		uvm_close(uvm);
	return status;
}

void uvm_close(struct uvm *uvm)
{
	if (uvm->mm_file >= 0)
		close(uvm->mm_file);
	if (uvm->file >= 0)
		close(uvm->file);
	uvm->file = -1;
	uvm->mm_file = -1;
}

/* The driver may answer NV_WARN_NOTHING_TO_DO: then the file is not needed. */
__u32 uvm_mm_initialize(struct uvm *uvm)
{
	struct UVM_MM_INITIALIZE_PARAMS params = { .uvmFd = uvm->file };

	uvm->mm_file = rm_open_node(uvm->rm->devices, "nvidia-uvm");
	if (uvm->mm_file < 0 || ioctl(uvm->mm_file, UVM_MM_INITIALIZE, &params) != 0)
		return RM_ERRNO | (__u32)errno;
	return params.rmStatus;
}

__u32 uvm_register_gpu(struct uvm *uvm, const __u8 uuid[16])
{
	struct UVM_REGISTER_GPU_PARAMS params = { .rmCtrlFd = -1 };

	memcpy(params.gpu_uuid.uuid, uuid, 16);
	return uvm_call(uvm, UVM_REGISTER_GPU, &params, &params.rmStatus);
}

__u32 uvm_unregister_gpu(struct uvm *uvm, const __u8 uuid[16])
{
	struct UVM_UNREGISTER_GPU_PARAMS params = { .rmStatus = 0 };

	memcpy(params.gpu_uuid.uuid, uuid, 16);
	return uvm_call(uvm, UVM_UNREGISTER_GPU, &params, &params.rmStatus);
}

__u32 uvm_register_vaspace(struct uvm *uvm, const __u8 uuid[16], __u32 vaspace)
{
	struct UVM_REGISTER_GPU_VASPACE_PARAMS params = {
		.rmCtrlFd = uvm->rm->control,
		.hClient = uvm->rm->client,
		.hVaSpace = vaspace,
	};

	memcpy(params.gpuUuid.uuid, uuid, 16);
	return uvm_call(uvm, UVM_REGISTER_GPU_VASPACE, &params, &params.rmStatus);
}

__u32 uvm_unregister_vaspace(struct uvm *uvm, const __u8 uuid[16])
{
	struct UVM_UNREGISTER_GPU_VASPACE_PARAMS params = { .rmStatus = 0 };

	memcpy(params.gpuUuid.uuid, uuid, 16);
	return uvm_call(uvm, UVM_UNREGISTER_GPU_VASPACE, &params, &params.rmStatus);
}

__u32 uvm_create_external_range(struct uvm *uvm, __u64 base, __u64 length)
{
	struct UVM_CREATE_EXTERNAL_RANGE_PARAMS params = { .base = base, .length = length };

	return uvm_call(uvm, UVM_CREATE_EXTERNAL_RANGE, &params, &params.rmStatus);
}

/* The members behind the array of attributes are where the branch has them. */
__u32 uvm_map_external(struct uvm *uvm, __u64 base, __u64 length, const __u8 uuid[16],
		       __u32 memory)
{
	struct UVM_MAP_EXTERNAL_ALLOCATION_PARAMS_R550 params = {
		.base = base,
		.length = length,
	};
	const struct nvabi_uvm_map *layout;
	char *bytes = (char *)&params;
	__u64 count = 1;
	__s32 control = uvm->rm->control;
	__u32 status;

	if (!uvm->rm->branch)
		return NV_ERR_LIB_RM_VERSION_MISMATCH;
	layout = &uvm->rm->branch->uvm_map_external;
	memcpy(params.perGpuAttributes[0].gpuUuid.uuid, uuid, 16);
	params.perGpuAttributes[0].gpuMappingType = UvmGpuMappingTypeReadWriteAtomic;
	memcpy(bytes + layout->gpuAttributesCount, &count, sizeof(count));
	memcpy(bytes + layout->rmCtrlFd, &control, sizeof(control));
	memcpy(bytes + layout->hClient, &uvm->rm->client, sizeof(__u32));
	memcpy(bytes + layout->hMemory, &memory, sizeof(memory));
	if (ioctl(uvm->file, UVM_MAP_EXTERNAL_ALLOCATION, bytes) != 0)
		return RM_ERRNO | (__u32)errno;
	memcpy(&status, bytes + layout->rmStatus, sizeof(status));
	return status;
}

__u32 uvm_unmap_external(struct uvm *uvm, __u64 base, __u64 length, const __u8 uuid[16])
{
	struct UVM_UNMAP_EXTERNAL_PARAMS params = { .base = base, .length = length };

	memcpy(params.gpuUuid.uuid, uuid, 16);
	return uvm_call(uvm, UVM_UNMAP_EXTERNAL, &params, &params.rmStatus);
}

__u32 uvm_free(struct uvm *uvm, __u64 base, __u64 length)
{
	struct UVM_FREE_PARAMS params = { .base = base, .length = length };
	__u32 status;

	if (!uvm->rm->branch)
		return NV_ERR_LIB_RM_VERSION_MISMATCH;
	/* From 595 on there is no length; what is left begins alike. */
	if (uvm->rm->branch->uvm_free.size < sizeof(params))
		params.length = 0;
	if (ioctl(uvm->file, UVM_FREE, &params) != 0)
		return RM_ERRNO | (__u32)errno;
	memcpy(&status, (char *)&params + uvm->rm->branch->uvm_free.status, sizeof(status));
	return status;
}

__u32 uvm_migrate(struct uvm *uvm, __u64 base, __u64 length, const __u8 uuid[16])
{
	struct UVM_MIGRATE_PARAMS params = {
		.base = base,
		.length = length,
		.cpuNumaNode = -1,
	};

	memcpy(params.destinationUuid.uuid, uuid, 16);
	return uvm_call(uvm, UVM_MIGRATE, &params, &params.rmStatus);
}

/* Managed memory at addresses that are free, on a boundary of 2 MiB; or NULL. */
void *uvm_mmap(struct uvm *uvm, __u64 length)
{
	const __u64 huge = 2 << 20;
	char *room = mmap(NULL, length + huge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u64 base;
	void *at;

	if (room == MAP_FAILED)
		return NULL;
	base = ((__u64)(unsigned long)room + huge - 1) & ~(huge - 1);
	munmap(room, length + huge);
	at = mmap((void *)(unsigned long)base, length, PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_FIXED, uvm->file, (off_t)base);
	return at == MAP_FAILED ? NULL : at;
}
