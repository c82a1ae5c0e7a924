// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The ioctls of nvidiactl and nvidiaN; see escape.h.
 *
 * A structure of the wrong size, or a call on the wrong node, fails with EINVAL.
 * Everything else succeeds for the kernel and has its status inside.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/ratelimit.h>
#include <linux/string.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvstatus.h"

#include "api.h"
#include "controls.h"
#include "dmabuf.h"
#include "escape.h"
#include "event.h"
#include "file.h"
#include "gpu.h"
#include "rm.h"
#include "sim.h"

static struct sim_call call_of(struct sim_file *file)
{
	return (struct sim_call){ .file = sim_file_owner(file) };
}

static int card_info(struct sim_file *file, void *data, size_t bytes)
{
	struct nv_ioctl_card_info_t *cards = data;
	size_t room = bytes / sizeof(*cards), used = 0;
	struct sim_gpu *gpu;
	u32 i;

	memset(cards, 0, room * sizeof(*cards));
	if (room < sim_gpu_count())
		return -EINVAL;
	for (i = 0; i < SIM_GPUS_MAX && used < room; i++) {
		gpu = sim_gpu_get_by_instance(i);
		if (!gpu)
			continue;
		cards[used++] = (struct nv_ioctl_card_info_t){
			.valid = 1,
			.pci_info.domain = gpu->domain,
			.pci_info.bus = gpu->bus,
			.pci_info.slot = gpu->slot,
			.pci_info.vendor_id = 0x10de,
			.pci_info.device_id = SIM_GPU_DEVICE_ID,
			.gpu_id = gpu->id,
			.reg_address = sim_gpu_registers_base(gpu),
			.reg_size = SIM_GPU_REGISTERS_BYTES,
			.fb_address = sim_gpu_window_base(gpu),
			.fb_size = sim_gpu_window_bytes(gpu),
			.minor_number = gpu->minor,
		};
		sim_gpu_put(gpu);
	}
	return 0;
}

static int register_fd(struct sim_file *file, void *data, size_t bytes)
{
	struct nv_ioctl_register_fd_t *api = data;

	return sim_file_register(file, api->ctl_fd) == NV_OK ? 0 : -EINVAL;
}

static int alloc_os_event(struct sim_file *file, void *data, size_t bytes)
{
	struct nv_ioctl_alloc_os_event_t *api = data;

	api->Status = sim_os_event_alloc(file, api->hClient, api->fd);
	return 0;
}

static int free_os_event(struct sim_file *file, void *data, size_t bytes)
{
	struct nv_ioctl_free_os_event_t *api = data;

	api->Status = sim_os_event_free(api->hClient, api->fd);
	return 0;
}

/* No object tells events yet, so there is never one to get. */
static int get_event_data(struct sim_file *file, void *data, size_t bytes)
{
	struct NVOS41_PARAMETERS *api = data;

	api->MoreEvents = 0;
	api->status = NV_ERR_GENERIC;
	return 0;
}

static int status_code(struct sim_file *file, void *data, size_t bytes)
{
	struct nv_ioctl_status_code_t *api = data;
	struct sim_gpu *gpu = sim_gpu_get_by_address(api->domain, api->bus,
						     api->slot);

	if (!gpu)
		return -EINVAL;
	api->status = NV_OK;
	sim_gpu_put(gpu);
	return 0;
}

/* Equal to the end, or up to the first dot when that is all that is asked. */
static bool same_version(const char *client, const char *ours, bool relaxed)
{
	size_t i;

	for (i = 0; i < NV_RM_API_VERSION_STRING_LENGTH; i++) {
		if (client[i] != ours[i])
			return false;
		if (!ours[i] || (relaxed && ours[i] == '.'))
			return true;
	}
	return false;
}

static int check_version(struct sim_file *file, void *data, size_t bytes)
{
	struct nv_ioctl_rm_api_version_t *api = data;

	api->reply = NV_RM_API_VERSION_REPLY_RECOGNIZED;
	if (api->cmd == NV_RM_API_VERSION_CMD_QUERY) {
		strscpy(api->versionString, sim_config.version,
			sizeof(api->versionString));
		return 0;
	}
	if (same_version(api->versionString, sim_config.version,
			 api->cmd == NV_RM_API_VERSION_CMD_RELAXED))
		return 0;

	pr_info_ratelimited("API mismatch: a client has another version than %s\n",
			    sim_config.version);
	strscpy(api->versionString, sim_config.version,
		sizeof(api->versionString));
	return -EINVAL;
}

static int attach_gpus(struct sim_file *file, void *data, size_t bytes)
{
	if (bytes % sizeof(u32))
		return -EINVAL;
	return sim_file_attach_gpus(file, data, bytes / sizeof(u32));
}

static int query_device_intr(struct sim_file *file, void *data, size_t bytes)
{
	struct nv_ioctl_query_device_intr *api = data;

	if (bytes < sizeof(*api))
		return -EINVAL;
	api->intrStatus = 0;
	api->status = NV_OK;
	return 0;
}

/* The size of a block of hotplugged memory can be told once. */
static int sys_params(struct sim_file *file, void *data, size_t bytes)
{
	static atomic64_t block_bytes;
	struct nv_ioctl_sys_params_t *api = data;
	s64 told = atomic64_cmpxchg(&block_bytes, 0, api->memblock_size);

	return !told || (u64)told == api->memblock_size ? 0 : -EBUSY;
}

/* The memory of the GPU is no node of the machine's. */
static int numa_info(struct sim_file *file, void *data, size_t bytes)
{
	struct nv_ioctl_numa_info_t *api = data;

	memset(api, 0, sizeof(*api));
	api->nid = NV0000_CTRL_NO_NUMA_NODE;
	api->status = NV_IOCTL_NUMA_STATUS_DISABLED;
	return 0;
}

static int wait_open_complete(struct sim_file *file, void *data, size_t bytes)
{
	struct nv_ioctl_wait_open_complete_t *api = data;

	if (!sim_config.branch->wait_open_complete || bytes < sizeof(*api))
		return -EINVAL;
	api->rc = 0;
	api->adapterStatus = NV_OK;
	return 0;
}

static bool is_event_class(u32 class_id)
{
	switch (class_id) {
	case NV01_EVENT:
	case NV01_EVENT_OS_EVENT:
	case NV01_EVENT_KERNEL_CALLBACK:
	case NV01_EVENT_KERNEL_CALLBACK_EX:
		return true;
	default:
		return false;
	}
}

static bool is_root_class(u32 class_id)
{
	return class_id == NV01_ROOT || class_id == NV01_ROOT_NON_PRIV ||
	       class_id == NV01_ROOT_CLIENT;
}

/* Both forms begin alike; the short one is turned into the long one. */
static int rm_alloc(struct sim_file *file, void *data, size_t bytes)
{
	struct sim_call call = call_of(file);
	struct NVOS21_PARAMETERS *in = data;
	struct NVOS64_PARAMETERS api;

	if (bytes != sizeof(*in) && bytes != sizeof(api))
		return -EINVAL;
	if (!is_event_class(in->hClass) && !sim_file_is_control(file))
		return -EINVAL;
	if (is_root_class(in->hClass))
		in->hClass = NV01_ROOT_CLIENT;

	if (bytes == sizeof(api)) {
		sim_api_alloc(&call, data);
		return 0;
	}
	api = (struct NVOS64_PARAMETERS){
		.hRoot = in->hRoot,
		.hObjectParent = in->hObjectParent,
		.hObjectNew = in->hObjectNew,
		.hClass = in->hClass,
		.pAllocParms = in->pAllocParms,
		.paramsSize = in->paramsSize,
	};
	sim_api_alloc(&call, &api);
	in->hObjectNew = api.hObjectNew;
	in->status = api.status;
	return 0;
}

static int rm_free(struct sim_file *file, void *data, size_t bytes)
{
	struct sim_call call = call_of(file);
	struct NVOS00_PARAMETERS *api = data;

	api->status = sim_rm_free(&call, api->hRoot, api->hObjectOld);
	if (api->status == NV_OK && api->hObjectOld == api->hRoot)
		sim_os_event_free_client(api->hRoot);
	return 0;
}

static int rm_control(struct sim_file *file, void *data, size_t bytes)
{
	struct sim_call call = call_of(file);

	sim_control(&call, data);
	return 0;
}

static int rm_dup(struct sim_file *file, void *data, size_t bytes)
{
	struct sim_call call = call_of(file);
	struct NVOS55_PARAMETERS *api = data;

	api->status = sim_rm_dup(&call, api);
	return 0;
}

static int rm_share(struct sim_file *file, void *data, size_t bytes)
{
	struct sim_call call = call_of(file);
	struct NVOS57_PARAMETERS *api = data;

	api->status = sim_rm_share(&call, api);
	return 0;
}

static int rm_alloc_memory(struct sim_file *file, void *data, size_t bytes)
{
	struct nv_ioctl_nvos02_parameters_with_fd *api = data;
	struct sim_call call = call_of(file);

	sim_api_alloc_memory(&call, &api->params, api->fd);
	return 0;
}

static int rm_vid_heap(struct sim_file *file, void *data, size_t bytes)
{
	struct sim_call call = call_of(file);

	sim_api_vid_heap(&call, data);
	return 0;
}

static int rm_map(struct sim_file *file, void *data, size_t bytes)
{
	struct nv_ioctl_nvos33_parameters_with_fd *api = data;
	struct sim_call call = call_of(file);

	sim_api_map(&call, &api->params, api->fd);
	return 0;
}

static int rm_unmap(struct sim_file *file, void *data, size_t bytes)
{
	struct sim_call call = call_of(file);

	sim_api_unmap(&call, data);
	return 0;
}

static int rm_update_map(struct sim_file *file, void *data, size_t bytes)
{
	struct sim_call call = call_of(file);

	sim_api_update_map(&call, data);
	return 0;
}

static int rm_map_dma(struct sim_file *file, void *data, size_t bytes)
{
	struct NVOS46_PARAMETERS_R580 *new = data, wide;
	struct sim_call call = call_of(file);
	struct NVOS46_PARAMETERS *old = data;

	if (bytes == sizeof(*new)) {
		sim_api_map_dma(&call, new);
		return 0;
	}
	wide = (struct NVOS46_PARAMETERS_R580){
		.hClient = old->hClient,
		.hDevice = old->hDevice,
		.hDma = old->hDma,
		.hMemory = old->hMemory,
		.offset = old->offset,
		.length = old->length,
		.flags = old->flags,
		.dmaOffset = old->dmaOffset,
	};
	sim_api_map_dma(&call, &wide);
	old->dmaOffset = wide.dmaOffset;
	old->status = wide.status;
	return 0;
}

static int rm_unmap_dma(struct sim_file *file, void *data, size_t bytes)
{
	struct NVOS47_PARAMETERS_R550 *new = data, wide;
	struct sim_call call = call_of(file);
	struct NVOS47_PARAMETERS *old = data;

	if (bytes == sizeof(*new)) {
		sim_api_unmap_dma(&call, new);
		return 0;
	}
	wide = (struct NVOS47_PARAMETERS_R550){
		.hClient = old->hClient,
		.hDevice = old->hDevice,
		.hDma = old->hDma,
		.hMemory = old->hMemory,
		.flags = old->flags,
		.dmaOffset = old->dmaOffset,
	};
	sim_api_unmap_dma(&call, &wide);
	old->status = wide.status;
	return 0;
}

static int export_to_dmabuf(struct sim_file *file, void *data, size_t bytes)
{
	u32 *status = data + sim_config.branch->export_to_dmabuf.status;

	*status = sim_dmabuf_export(file->gpu, data);
	return 0;
}

/* Which nodes take an escape. */
#define ON_CONTROL	0x1
#define ON_DEVICE	0x2
#define ON_ANY		(ON_CONTROL | ON_DEVICE)

/* In escape.bytes: the handler looks at the size itself. */
#define ANY_SIZE	0

/**
 * struct escape - what is done with one number
 * @nr: the number
 * @nodes: ON_*
 * @bytes: size of the structure, or ANY_SIZE
 * @serve: does it; returns 0 or a negative errno
 */
struct escape {
	unsigned int nr;
	unsigned int nodes;
	size_t bytes;
	int (*serve)(struct sim_file *file, void *data, size_t bytes);
};

static const struct escape escapes[] = {
	{ NV_ESC_CARD_INFO, ON_CONTROL, ANY_SIZE, card_info },
	{ NV_ESC_REGISTER_FD, ON_ANY,
	  sizeof(struct nv_ioctl_register_fd_t), register_fd },
	{ NV_ESC_ALLOC_OS_EVENT, ON_ANY,
	  sizeof(struct nv_ioctl_alloc_os_event_t), alloc_os_event },
	{ NV_ESC_FREE_OS_EVENT, ON_ANY,
	  sizeof(struct nv_ioctl_free_os_event_t), free_os_event },
	{ NV_ESC_RM_GET_EVENT_DATA, ON_ANY,
	  sizeof(struct NVOS41_PARAMETERS), get_event_data },
	{ NV_ESC_STATUS_CODE, ON_CONTROL,
	  sizeof(struct nv_ioctl_status_code_t), status_code },
	{ NV_ESC_CHECK_VERSION_STR, ON_CONTROL,
	  sizeof(struct nv_ioctl_rm_api_version_t), check_version },
	{ NV_ESC_ATTACH_GPUS_TO_FD, ON_CONTROL, ANY_SIZE, attach_gpus },
	{ NV_ESC_QUERY_DEVICE_INTR, ON_DEVICE, ANY_SIZE, query_device_intr },
	{ NV_ESC_SYS_PARAMS, ON_CONTROL,
	  sizeof(struct nv_ioctl_sys_params_t), sys_params },
	{ NV_ESC_NUMA_INFO, ON_DEVICE, sizeof(struct nv_ioctl_numa_info_t),
	  numa_info },
	{ NV_ESC_WAIT_OPEN_COMPLETE, ON_ANY, ANY_SIZE, wait_open_complete },
	{ NV_ESC_RM_ALLOC, ON_ANY, ANY_SIZE, rm_alloc },
	{ NV_ESC_RM_FREE, ON_CONTROL, sizeof(struct NVOS00_PARAMETERS),
	  rm_free },
	{ NV_ESC_RM_CONTROL, ON_CONTROL, sizeof(struct NVOS54_PARAMETERS),
	  rm_control },
	{ NV_ESC_RM_DUP_OBJECT, ON_CONTROL, sizeof(struct NVOS55_PARAMETERS),
	  rm_dup },
	{ NV_ESC_RM_SHARE, ON_CONTROL, sizeof(struct NVOS57_PARAMETERS),
	  rm_share },
	{ NV_ESC_RM_ALLOC_MEMORY, ON_DEVICE,
	  sizeof(struct nv_ioctl_nvos02_parameters_with_fd), rm_alloc_memory },
	{ NV_ESC_RM_VID_HEAP_CONTROL, ON_CONTROL,
	  sizeof(struct NVOS32_PARAMETERS), rm_vid_heap },
	{ NV_ESC_RM_MAP_MEMORY, ON_CONTROL,
	  sizeof(struct nv_ioctl_nvos33_parameters_with_fd), rm_map },
	{ NV_ESC_RM_UNMAP_MEMORY, ON_CONTROL,
	  sizeof(struct NVOS34_PARAMETERS), rm_unmap },
	{ NV_ESC_RM_UPDATE_DEVICE_MAPPING_INFO, ON_CONTROL,
	  sizeof(struct NVOS56_PARAMETERS), rm_update_map },
};

static int serve(const struct escape *escape, struct sim_file *file, void *data,
		 size_t bytes)
{
	unsigned int node = sim_file_is_control(file) ? ON_CONTROL : ON_DEVICE;

	if (!(escape->nodes & node) ||
	    (escape->bytes != ANY_SIZE && escape->bytes != bytes))
		return -EINVAL;
	return escape->serve(file, data, bytes);
}

/* Those whose structure depends on the branch. */
static int serve_by_branch(struct sim_file *file, unsigned int nr, void *data,
			   size_t bytes)
{
	const struct nvabi_branch *branch = sim_config.branch;
	struct escape escape = { .nr = nr, .nodes = ON_CONTROL };

	switch (nr) {
	case NV_ESC_RM_MAP_MEMORY_DMA:
		escape.bytes = branch->map_memory_dma.size;
		escape.serve = rm_map_dma;
		break;
	case NV_ESC_RM_UNMAP_MEMORY_DMA:
		escape.bytes = branch->unmap_memory_dma.size;
		escape.serve = rm_unmap_dma;
		break;
	case NV_ESC_EXPORT_TO_DMABUF_FD:
		escape.nodes = ON_DEVICE;
		escape.bytes = branch->export_to_dmabuf.size;
		escape.serve = export_to_dmabuf;
		break;
	default:
		return -EINVAL;
	}
	return serve(&escape, file, data, bytes);
}

/**
 * sim_escape() - serve one ioctl
 * @file: the file that it came through
 * @nr: its number
 * @data: its structure, written back to
 * @bytes: length of @data
 *
 * Context: process; takes sim_rm_lock.
 * Return: 0 or a negative errno.
 */
int sim_escape(struct sim_file *file, unsigned int nr, void *data,
	       size_t bytes)
{
	unsigned int i;

	if (nr != NV_ESC_WAIT_OPEN_COMPLETE && file->gpu &&
	    sim_gpu_is_lost(file->gpu))
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(escapes); i++) {
		if (escapes[i].nr == nr)
			return serve(&escapes[i], file, data, bytes);
	}
	return serve_by_branch(file, nr, data, bytes);
}
