// SPDX-License-Identifier: MIT
/* See rm.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"

#include "rm.h"

/* Clients choose the handles of their objects; this is where ours begin. */
#define FIRST_HANDLE 0xcaf00001u

static __u64 pointer(const void *p)
{
	return (__u64)(unsigned long)p;
}

const char *rm_status_name(__u32 status)
{
	static const struct {
		__u32 status;
		const char *name;
	} names[] = {
		{ NV_OK, "NV_OK" },
		{ NV_ERR_NO_MEMORY, "NV_ERR_NO_MEMORY" },
		{ NV_ERR_INSERT_DUPLICATE_NAME, "NV_ERR_INSERT_DUPLICATE_NAME" },
		{ NV_ERR_INSUFFICIENT_RESOURCES, "NV_ERR_INSUFFICIENT_RESOURCES" },
		{ NV_ERR_INSUFFICIENT_PERMISSIONS, "NV_ERR_INSUFFICIENT_PERMISSIONS" },
		{ NV_ERR_INVALID_ADDRESS, "NV_ERR_INVALID_ADDRESS" },
		{ NV_ERR_UVM_ADDRESS_IN_USE, "NV_ERR_UVM_ADDRESS_IN_USE" },
		{ NV_ERR_INVALID_ARGUMENT, "NV_ERR_INVALID_ARGUMENT" },
		{ NV_ERR_INVALID_CLASS, "NV_ERR_INVALID_CLASS" },
		{ NV_ERR_INVALID_CLIENT, "NV_ERR_INVALID_CLIENT" },
		{ NV_ERR_INVALID_DEVICE, "NV_ERR_INVALID_DEVICE" },
		{ NV_ERR_INVALID_LIMIT, "NV_ERR_INVALID_LIMIT" },
		{ NV_ERR_INVALID_OBJECT_HANDLE, "NV_ERR_INVALID_OBJECT_HANDLE" },
		{ NV_ERR_INVALID_OBJECT_PARENT, "NV_ERR_INVALID_OBJECT_PARENT" },
		{ NV_ERR_INVALID_PARAM_STRUCT, "NV_ERR_INVALID_PARAM_STRUCT" },
		{ NV_ERR_NOT_SUPPORTED, "NV_ERR_NOT_SUPPORTED" },
		{ NV_ERR_OBJECT_NOT_FOUND, "NV_ERR_OBJECT_NOT_FOUND" },
		{ NV_ERR_STATE_IN_USE, "NV_ERR_STATE_IN_USE" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].status == status)
			return names[i].name;
	return RM_IS_ERRNO(status) ? strerrorname_np((int)(status & ~RM_ERRNO)) : "other";
}

bool rm_parse_via(const char *text, enum rm_via *via)
{
	static const char *const names[] = { "alloc21", "alloc64", "vidheap" };

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(text, names[i])) {
			*via = (enum rm_via)i;
			return true;
		}
	}
	return false;
}

/* Sends one escape; a status inside the argument is the caller's to read. */
__u32 rm_ioctl(const struct rm *rm, int file, unsigned int escape, void *argument, size_t size)
{
	struct nv_ioctl_xfer_t xfer = {
		.cmd = escape,
		.size = (__u32)size,
		.ptr = pointer(argument),
	};
	unsigned long request = _IOC(_IOC_READ | _IOC_WRITE, NV_IOCTL_MAGIC, escape, size);

	if (rm->wrap) {
		request = _IOWR(NV_IOCTL_MAGIC, NV_ESC_IOCTL_XFER_CMD, xfer);
		argument = &xfer;
	}
	for (;;) {
		if (ioctl(file, request, argument) == 0)
			return NV_OK;
		if (errno != EINTR)
			return RM_ERRNO | (__u32)errno;
	}
}

int rm_open_node(const char *devices, const char *node)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", devices, node);
	return open(path, O_RDWR | O_CLOEXEC);
}

__u32 rm_check_version(const struct rm *rm, __u32 command, const char *version, __u32 *reply)
{
	struct nv_ioctl_rm_api_version_t check = { .cmd = command };
	__u32 status;

	snprintf(check.versionString, sizeof(check.versionString), "%s", version);
	status = rm_ioctl(rm, rm->control, NV_ESC_CHECK_VERSION_STR, &check, sizeof(check));
	*reply = check.reply;
	return status;
}

static void read_cards(struct rm *rm, const struct nv_ioctl_card_info_t *info)
{
	for (unsigned int i = 0; i < RM_GPUS_MAX; i++) {
		struct rm_card *card = &rm->cards[rm->ncards];

		if (!info[i].valid)
			continue;
		card->minor = info[i].minor_number;
		card->gpu_id = info[i].gpu_id;
		card->bar1_bytes = info[i].fb_size;
		snprintf(card->pci, sizeof(card->pci), "%04x:%02x:%02x.%x",
			 info[i].pci_info.domain, info[i].pci_info.bus,
			 info[i].pci_info.slot & 0x1f, info[i].pci_info.function & 7);
		rm->ncards++;
	}
}

/*
 * The layouts of the driver's branch; of a driver of no known branch those that
 * RM_BRANCH names, as a program would have that was built for it.
 */
static const struct nvabi_branch *find_branch(const char *version)
{
	const struct nvabi_branch *branch = nvabi_branch_find(version);
	const char *name = getenv("RM_BRANCH");
	char of_it[16];

	if (branch || !name)
		return branch;
	snprintf(of_it, sizeof(of_it), "%s.", name);
	return nvabi_branch_find(of_it);
}

__u32 rm_open(struct rm *rm, const char *devices)
{
	struct nv_ioctl_rm_api_version_t check = { .cmd = NV_RM_API_VERSION_CMD_QUERY };
	struct nv_ioctl_card_info_t info[RM_GPUS_MAX] = { { 0 } };
	__u32 status;

	rm->devices = devices;
	rm->client = 0;
	rm->ncards = 0;
	rm->next_handle = FIRST_HANDLE;
	rm->control = rm_open_node(devices, "nvidiactl");
	if (rm->control < 0)
		return RM_ERRNO | (__u32)errno;
	status = rm_ioctl(rm, rm->control, NV_ESC_CHECK_VERSION_STR, &check, sizeof(check));
	if (status == NV_OK) {
		check.versionString[sizeof(check.versionString) - 1] = '\0';
		memcpy(rm->version, check.versionString, sizeof(rm->version));
		rm->branch = find_branch(rm->version);
		status = rm_ioctl(rm, rm->control, NV_ESC_CARD_INFO, info, sizeof(info));
	}
	if (status != NV_OK) {
		rm_close(rm);
		return status;
	}
	read_cards(rm, info);
	return NV_OK;
}

void rm_close(struct rm *rm)
{
	if (rm->control >= 0)
		close(rm->control);
	rm->control = -1;
	rm->client = 0;
}

/* Long and short form tell themselves apart by their size alone. */
__u32 rm_alloc_on(struct rm *rm, int file, bool longer, __u32 client, __u32 parent,
		  __u32 *handle, __u32 class, void *params, size_t size)
{
	struct NVOS64_PARAMETERS l = {
		.hRoot = client,
		.hObjectParent = parent,
		.hObjectNew = *handle,
		.hClass = class,
		.pAllocParms = pointer(params),
		.paramsSize = (__u32)size,
	};
	struct NVOS21_PARAMETERS s = {
		.hRoot = client,
		.hObjectParent = parent,
		.hObjectNew = *handle,
		.hClass = class,
		.pAllocParms = pointer(params),
		.paramsSize = (__u32)size,
	};
	__u32 status;

	status = longer ? rm_ioctl(rm, file, NV_ESC_RM_ALLOC, &l, sizeof(l)) :
			  rm_ioctl(rm, file, NV_ESC_RM_ALLOC, &s, sizeof(s));
	if (status != NV_OK)
		return status;
	*handle = longer ? l.hObjectNew : s.hObjectNew;
	return longer ? l.status : s.status;
}

static __u32 take_handle(struct rm *rm)
{
	return rm->next_handle++;
}

__u32 rm_alloc(struct rm *rm, __u32 parent, __u32 *handle, __u32 class, void *params,
	       size_t size)
{
	*handle = take_handle(rm);
	return rm_alloc_on(rm, rm->control, true, rm->client, parent, handle, class, params,
			   size);
}

__u32 rm_client_create(struct rm *rm)
{
	__u32 handle = 0;
	__u32 status = rm_alloc_on(rm, rm->control, false, 0, 0, &handle, NV01_ROOT_CLIENT, NULL,
				   0);

	if (status == NV_OK)
		rm->client = handle;
	return status;
}

__u32 rm_free(struct rm *rm, __u32 parent, __u32 handle)
{
	struct NVOS00_PARAMETERS args = {
		.hRoot = rm->client,
		.hObjectParent = parent,
		.hObjectOld = handle,
	};
	__u32 status = rm_ioctl(rm, rm->control, NV_ESC_RM_FREE, &args, sizeof(args));

	return status == NV_OK ? args.status : status;
}

__u32 rm_control(struct rm *rm, __u32 object, __u32 command, void *params, size_t size)
{
	struct NVOS54_PARAMETERS args = {
		.hClient = rm->client,
		.hObject = object,
		.cmd = command,
		.params = pointer(params),
		.paramsSize = (__u32)size,
	};
	__u32 status = rm_ioctl(rm, rm->control, NV_ESC_RM_CONTROL, &args, sizeof(args));

	return status == NV_OK ? args.status : status;
}

__u32 rm_dup(struct rm *rm, __u32 parent, __u32 *handle, __u32 client_src, __u32 object_src)
{
	struct NVOS55_PARAMETERS args = {
		.hClient = rm->client,
		.hParent = parent,
		.hObject = take_handle(rm),
		.hClientSrc = client_src,
		.hObjectSrc = object_src,
	};
	__u32 status = rm_ioctl(rm, rm->control, NV_ESC_RM_DUP_OBJECT, &args, sizeof(args));

	*handle = args.hObject;
	return status == NV_OK ? args.status : status;
}

/* Lets every client, whoever's, duplicate the object. */
__u32 rm_share_with_all(struct rm *rm, __u32 object)
{
	struct NVOS57_PARAMETERS args = {
		.hClient = rm->client,
		.hObject = object,
		.sharePolicy = {
			.accessMask.limbs = { 1U << RS_ACCESS_DUP_OBJECT },
			.type = RS_SHARE_TYPE_ALL,
		},
	};
	__u32 status = rm_ioctl(rm, rm->control, NV_ESC_RM_SHARE, &args, sizeof(args));

	return status == NV_OK ? args.status : status;
}

/* Makes every GPU known to the client, and learns its device instance. */
__u32 rm_attach(struct rm *rm)
{
	struct NV0000_CTRL_GPU_ATTACH_IDS_PARAMS attach = {
		.gpuIds = { NV0000_CTRL_GPU_ATTACH_ALL_PROBED_IDS,
			    NV0000_CTRL_GPU_INVALID_ID },
	};
	__u32 status = rm_control(rm, rm->client, NV0000_CTRL_CMD_GPU_ATTACH_IDS, &attach,
				  sizeof(attach));

	for (unsigned int i = 0; status == NV_OK && i < rm->ncards; i++) {
		struct NV0000_CTRL_GPU_GET_ID_INFO_V2_PARAMS info = {
			.gpuId = rm->cards[i].gpu_id,
		};

		status = rm_control(rm, rm->client, NV0000_CTRL_CMD_GPU_GET_ID_INFO_V2, &info,
				    sizeof(info));
		rm->cards[i].device_instance = info.deviceInstance;
	}
	return status;
}

/* Opens nvidiaN and ties it to the control file, as the driver demands of files
 * that memory is allocated on or mapped from.
 */
static __u32 open_device(const struct rm *rm, const struct rm_card *card, int *file)
{
	struct nv_ioctl_register_fd_t reg = { .ctl_fd = rm->control };
	char node[16];
	__u32 status;

	snprintf(node, sizeof(node), "nvidia%u", card->minor);
	*file = rm_open_node(rm->devices, node);
	if (*file < 0)
		return RM_ERRNO | (__u32)errno;
	status = rm_ioctl(rm, *file, NV_ESC_REGISTER_FD, &reg, sizeof(reg));
	if (status != NV_OK) {
		close(*file);
		*file = -1;
	}
	return status;
}

__u32 rm_gpu_open(struct rm *rm, unsigned int index, struct rm_gpu *gpu)
{
	struct NV0080_ALLOC_PARAMETERS device = { 0 };
	struct NV2080_ALLOC_PARAMETERS subdevice = { 0 };
	__u32 status;

	*gpu = (struct rm_gpu){ .rm = rm, .file = -1 };
	if (index >= rm->ncards)
		return NV_ERR_INVALID_DEVICE;
	gpu->card = &rm->cards[index];
	/* The GPU is initialised while one of its files is open. */
	status = open_device(rm, gpu->card, &gpu->file);
	if (status == NV_OK && !rm->client)
		status = rm_client_create(rm);
	if (status == NV_OK)
		status = rm_attach(rm);
	device.deviceId = gpu->card->device_instance;
	device.hClientShare = rm->client;
	if (status == NV_OK)
		status = rm_alloc(rm, rm->client, &gpu->device, NV01_DEVICE_0, &device,
				  sizeof(device));
	if (status == NV_OK)
		status = rm_alloc(rm, gpu->device, &gpu->subdevice, NV20_SUBDEVICE_0, &subdevice,
				  sizeof(subdevice));
	if (status != NV_OK)
		rm_gpu_close(gpu);
	return status;
}

void rm_gpu_close(struct rm_gpu *gpu)
{
	if (gpu->file >= 0)
		close(gpu->file);
	gpu->file = -1;
}

/* FB_GET_INFO comes with a pointer to the list, V2 with the list inside. */
__u32 rm_gpu_memory_info(struct rm_gpu *gpu, bool v2, __u64 *total, __u64 *free)
{
	struct NVXXXX_CTRL_XXX_INFO list[2] = {
		{ .index = NV2080_CTRL_FB_INFO_INDEX_HEAP_SIZE },
		{ .index = NV2080_CTRL_FB_INFO_INDEX_HEAP_FREE },
	};
	struct NV2080_CTRL_FB_GET_INFO_V2_PARAMS inside = { .fbInfoListSize = 2 };
	struct NV2080_CTRL_FB_GET_INFO_PARAMS beside = {
		.fbInfoListSize = 2,
		.fbInfoList = pointer(list),
	};
	__u32 status;

	if (v2 && !gpu->rm->branch)
		return NV_ERR_LIB_RM_VERSION_MISMATCH;
	memcpy(inside.fbInfoList, list, sizeof(list));
	if (v2)
		status = rm_control(gpu->rm, gpu->subdevice, NV2080_CTRL_CMD_FB_GET_INFO_V2,
				    &inside, gpu->rm->branch->fb_info_v2_size);
	else
		status = rm_control(gpu->rm, gpu->subdevice, NV2080_CTRL_CMD_FB_GET_INFO,
				    &beside, sizeof(beside));
	if (v2)
		memcpy(list, inside.fbInfoList, sizeof(list));
	*total = (__u64)list[0].data << 10;
	*free = (__u64)list[1].data << 10;
	return status;
}

__u32 rm_gpu_heap_info(struct rm_gpu *gpu, __u64 *total, __u64 *free)
{
	struct NVOS32_PARAMETERS args = {
		.hRoot = gpu->rm->client,
		.hObjectParent = gpu->device,
		.function = NVOS32_FUNCTION_INFO,
	};
	__u32 status = rm_ioctl(gpu->rm, gpu->rm->control, NV_ESC_RM_VID_HEAP_CONTROL, &args,
				sizeof(args));

	*total = args.total;
	*free = args.free;
	return status == NV_OK ? args.status : status;
}

__u32 rm_gpu_name(struct rm_gpu *gpu, char *name, size_t size)
{
	struct NV2080_CTRL_GPU_GET_NAME_STRING_PARAMS params = { 0 };
	__u32 status;

	if (!gpu->rm->branch)
		return NV_ERR_LIB_RM_VERSION_MISMATCH;
	status = rm_control(gpu->rm, gpu->subdevice, NV2080_CTRL_CMD_GPU_GET_NAME_STRING, &params,
			    gpu->rm->branch->name_string_size);
	snprintf(name, size, "%.*s", (int)sizeof(params.gpuNameString.ascii),
		 (const char *)params.gpuNameString.ascii);
	return status;
}

__u32 rm_gpu_uuid_ascii(struct rm_gpu *gpu, char *uuid, size_t size)
{
	struct NV2080_CTRL_GPU_GET_GID_INFO_PARAMS params = { 0 };
	__u32 status = rm_control(gpu->rm, gpu->subdevice, NV2080_CTRL_CMD_GPU_GET_GID_INFO,
				  &params, sizeof(params));

	snprintf(uuid, size, "%.*s", (int)sizeof(params.data), (const char *)params.data);
	return status;
}

__u32 rm_gpu_uuid(struct rm_gpu *gpu, __u8 uuid[16])
{
	struct NV2080_CTRL_GPU_GET_GID_INFO_PARAMS params = {
		.flags = NV2080_GPU_CMD_GPU_GET_GID_FLAGS_FORMAT_BINARY,
	};
	__u32 status = rm_control(gpu->rm, gpu->subdevice, NV2080_CTRL_CMD_GPU_GET_GID_INFO,
				  &params, sizeof(params));

	memcpy(uuid, params.data, 16);
	return status;
}

/* In: how many fit; out: how many there are.  NULL asks for the number only. */
__u32 rm_gpu_classes(struct rm_gpu *gpu, __u32 *classes, __u32 *count)
{
	struct NV0080_CTRL_GPU_GET_CLASSLIST_PARAMS params = {
		.numClasses = classes ? *count : 0,
		.classList = pointer(classes),
	};
	__u32 status = rm_control(gpu->rm, gpu->device, NV0080_CTRL_CMD_GPU_GET_CLASSLIST,
				  &params, sizeof(params));

	*count = params.numClasses;
	return status;
}

__u32 rm_vaspace_create(struct rm_gpu *gpu, __u32 *handle)
{
	struct NV_VASPACE_ALLOCATION_PARAMETERS params = {
		.index = NV_VASPACE_ALLOCATION_INDEX_GPU_NEW,
		.flags = NV_VASPACE_ALLOCATION_FLAGS_IS_EXTERNALLY_OWNED,
	};

	if (!gpu->rm->branch)
		return NV_ERR_LIB_RM_VERSION_MISMATCH;
	return rm_alloc(gpu->rm, gpu->device, handle, FERMI_VASPACE_A, &params,
			gpu->rm->branch->vaspace_alloc_size);
}

static __u32 alloc_by_object(struct rm_gpu *gpu, bool longer, __u64 bytes, __u32 *handle,
			     __u64 *got)
{
	struct NV_MEMORY_ALLOCATION_PARAMS params = {
		.owner = gpu->rm->client,
		.type = NVOS32_TYPE_IMAGE,
		.flags = NVOS32_ALLOC_FLAGS_MAP_NOT_REQUIRED,
		.attr = NVOS32_ATTR_LOCATION_VIDMEM << NVOS32_ATTR_LOCATION_SHIFT,
		.size = bytes,
	};
	__u32 status;

	if (!gpu->rm->branch)
		return NV_ERR_LIB_RM_VERSION_MISMATCH;
	*handle = take_handle(gpu->rm);
	status = rm_alloc_on(gpu->rm, gpu->rm->control, longer, gpu->rm->client, gpu->device,
			     handle, NV01_MEMORY_LOCAL_USER, &params,
			     gpu->rm->branch->memory_alloc_size);
	*got = params.size;
	return status;
}

static __u32 alloc_by_heap(struct rm_gpu *gpu, __u64 bytes, __u32 *handle, __u64 *got)
{
	struct NVOS32_PARAMETERS args = {
		.hRoot = gpu->rm->client,
		.hObjectParent = gpu->device,
		.function = NVOS32_FUNCTION_ALLOC_SIZE,
		.data.AllocSize = {
			.owner = gpu->rm->client,
			.hMemory = take_handle(gpu->rm),
			.type = NVOS32_TYPE_IMAGE,
			.flags = NVOS32_ALLOC_FLAGS_MEMORY_HANDLE_PROVIDED |
				 NVOS32_ALLOC_FLAGS_MAP_NOT_REQUIRED,
			.attr = NVOS32_ATTR_LOCATION_VIDMEM << NVOS32_ATTR_LOCATION_SHIFT,
			.size = bytes,
		},
	};
	__u32 status = rm_ioctl(gpu->rm, gpu->rm->control, NV_ESC_RM_VID_HEAP_CONTROL, &args,
				sizeof(args));

	*handle = args.data.AllocSize.hMemory;
	*got = args.data.AllocSize.size;
	return status == NV_OK ? args.status : status;
}

__u32 rm_memory_alloc(struct rm_gpu *gpu, enum rm_via via, __u64 bytes, __u32 *handle,
		      __u64 *got)
{
	switch (via) {
	case RM_VIA_ALLOC21:
		return alloc_by_object(gpu, false, bytes, handle, got);
	case RM_VIA_ALLOC64:
		return alloc_by_object(gpu, true, bytes, handle, got);
	case RM_VIA_VIDHEAP:
		return alloc_by_heap(gpu, bytes, handle, got);
	}
	return NV_ERR_INVALID_ARGUMENT;
}

/* RM_ALLOC_MEMORY, which goes to the device's file. It takes no video memory: of
 * the class of video memory it gives the whole card to an administrator, and to
 * anyone else a handle without memory, with the size of the card in the limit.
 */
__u32 rm_memory_alloc_old(struct rm_gpu *gpu, __u32 class, __u64 *limit, __u32 *handle)
{
	bool system = class == NV01_MEMORY_SYSTEM;
	__u32 location = system ? NVOS02_FLAGS_LOCATION_PCI : NVOS02_FLAGS_LOCATION_VIDMEM;
	struct nv_ioctl_nvos02_parameters_with_fd args = {
		.params = {
			.hRoot = gpu->rm->client,
			.hObjectParent = gpu->device,
			.hObjectNew = take_handle(gpu->rm),
			.hClass = class,
			.flags = location << NVOS02_FLAGS_LOCATION_SHIFT |
				 NVOS02_FLAGS_MAPPING_NO_MAP << NVOS02_FLAGS_MAPPING_SHIFT |
				 NVOS02_FLAGS_PHYSICALITY_NONCONTIGUOUS
					<< NVOS02_FLAGS_PHYSICALITY_SHIFT,
			.limit = *limit,
		},
		.fd = -1,
	};
	__u32 status = rm_ioctl(gpu->rm, gpu->file, NV_ESC_RM_ALLOC_MEMORY, &args, sizeof(args));

	*handle = args.params.hObjectNew;
	*limit = args.params.limit;
	return status == NV_OK ? args.params.status : status;
}

/* What the memory really takes, as the driver says. */
__u32 rm_memory_size(struct rm *rm, __u32 memory, __u64 *bytes)
{
	struct NVXXXX_CTRL_XXX_INFO info = {
		.index = NV0041_CTRL_SURFACE_INFO_INDEX_PHYS_SIZE,
	};
	struct NV0041_CTRL_GET_SURFACE_INFO_PARAMS params = {
		.surfaceInfoListSize = 1,
		.surfaceInfoList = pointer(&info),
	};
	__u32 status = rm_control(rm, memory, NV0041_CTRL_CMD_GET_SURFACE_INFO, &params,
				  sizeof(params));

	*bytes = (__u64)info.data * NV0041_CTRL_SURFACE_INFO_PHYS_SIZE_SCALE_FACTOR;
	return status;
}

/* A mapping is promised to a file by the control device, then made by mmap(). */
static __u32 map_through(struct rm *rm, __u32 memory, __u64 offset, bool writable,
			 struct rm_map *map)
{
	__u32 access = writable ? NVOS33_FLAGS_ACCESS_READ_WRITE : NVOS33_FLAGS_ACCESS_READ_ONLY;
	struct nv_ioctl_nvos33_parameters_with_fd args = {
		.params = {
			.hClient = rm->client,
			.hDevice = map->device,
			.hMemory = memory,
			.offset = offset,
			.length = map->length,
			.flags = access << NVOS33_FLAGS_ACCESS_SHIFT,
		},
		.fd = map->file,
	};
	__u32 status;

	status = rm_ioctl(rm, rm->control, NV_ESC_RM_MAP_MEMORY, &args, sizeof(args));
	if (status == NV_OK)
		status = args.params.status;
	map->linear = args.params.pLinearAddress;
	if (status == NV_OK) {
		map->address = mmap(NULL, map->length, PROT_READ | (writable ? PROT_WRITE : 0),
				    MAP_SHARED, map->file, 0);
		if (map->address == MAP_FAILED)
			status = RM_ERRNO | (__u32)errno;
	}
	if (status != NV_OK) {
		close(map->file);
		map->file = -1;
	}
	return status;
}

/* Video memory and what else lies on the card. */
__u32 rm_memory_map(struct rm_gpu *gpu, __u32 memory, __u64 offset, __u64 length,
		    struct rm_map *map)
{
	__u32 status;

	*map = (struct rm_map){ .device = gpu->device, .length = length, .file = -1 };
	status = open_device(gpu->rm, gpu->card, &map->file);
	return status == NV_OK ? map_through(gpu->rm, memory, offset, true, map) : status;
}

static __u32 map_by_control(struct rm *rm, __u32 memory, __u64 offset, bool writable,
			    struct rm_map *map)
{
	map->file = rm_open_node(rm->devices, "nvidiactl");
	if (map->file < 0)
		return RM_ERRNO | (__u32)errno;
	return map_through(rm, memory, offset, writable, map);
}

/* Memory of the host, which is mapped through the control device. */
__u32 rm_memory_map_host(struct rm_gpu *gpu, __u32 memory, __u64 offset, __u64 length,
			 struct rm_map *map)
{
	*map = (struct rm_map){ .device = gpu->device, .length = length };
	return map_by_control(gpu->rm, memory, offset, true, map);
}

/* Memory of no device: the client itself stands in its place. */
__u32 rm_memory_map_client(struct rm *rm, __u32 memory, __u64 length, bool writable,
			   struct rm_map *map)
{
	*map = (struct rm_map){ .device = rm->client, .length = length };
	return map_by_control(rm, memory, 0, writable, map);
}

__u32 rm_memory_unmap(struct rm_gpu *gpu, __u32 memory, struct rm_map *map)
{
	struct NVOS34_PARAMETERS args = {
		.hClient = gpu->rm->client,
		.hDevice = map->device,
		.hMemory = memory,
		.pLinearAddress = map->linear,
	};
	__u32 status;

	munmap(map->address, map->length);
	status = rm_ioctl(gpu->rm, gpu->rm->control, NV_ESC_RM_UNMAP_MEMORY, &args, sizeof(args));
	close(map->file);
	map->file = -1;
	return status == NV_OK ? args.status : status;
}

/* At an address that the driver chooses in a window of an address space. */
__u32 rm_memory_map_dma(struct rm_gpu *gpu, __u32 window, __u32 memory, __u64 offset,
			__u64 length, __u64 *address)
{
	struct NVOS46_PARAMETERS old = {
		.hClient = gpu->rm->client,
		.hDevice = gpu->device,
		.hDma = window,
		.hMemory = memory,
		.offset = offset,
		.length = length,
	};
	struct NVOS46_PARAMETERS_R580 new = {
		.hClient = gpu->rm->client,
		.hDevice = gpu->device,
		.hDma = window,
		.hMemory = memory,
		.offset = offset,
		.length = length,
	};
	bool is_new = gpu->rm->branch->map_memory_dma.size == sizeof(new);
	__u32 status = is_new ? rm_ioctl(gpu->rm, gpu->rm->control, NV_ESC_RM_MAP_MEMORY_DMA,
					 &new, sizeof(new)) :
				rm_ioctl(gpu->rm, gpu->rm->control, NV_ESC_RM_MAP_MEMORY_DMA,
					 &old, sizeof(old));

	*address = is_new ? new.dmaOffset : old.dmaOffset;
	if (status != NV_OK)
		return status;
	return is_new ? new.status : old.status;
}
