// SPDX-License-Identifier: MIT
/*
 * Writes the seeds of fuzz_rm_decode and fuzz_uvm_decode: the messages that
 * rmclient sends, for every branch.  Run by hand when a decoder learns a call:
 *
 *	cc -Ikmod tests/fuzz/seeds.c kmod/nvabi/branch.c -o build/seeds
 *	build/seeds tests/fuzz/corpus
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nvabi/branch.h"
#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvos.h"
#include "nvabi/nvuvm.h"

#define ROOT	0xc1d00001
#define DEVICE	0xcaf00001
#define MEMORY	0xcaf00003
#define INNER	0x7fff0000ULL

static const char *folder;

static FILE *seed(const char *fuzzer, const char *branch, const char *name)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/%s-%s", folder, fuzzer, name, branch);
	file = fopen(path, "w");
	if (!file) {
		perror(path);
		exit(1);
	}
	return file;
}

/* One message of the resource manager, with what its pointer points at. */
static void rm(int which, const char *name, int escape, const void *args, size_t size,
	       const void *inner, size_t inner_size)
{
	FILE *file = seed("rm_decode", nvabi_branches[which].name, name);
	unsigned char head[4] = {
		(unsigned char)which,
		(unsigned char)escape,
		(unsigned char)size,
		(unsigned char)(size >> 8),
	};

	fwrite(head, 1, sizeof(head), file);
	fwrite(args, 1, size, file);
	if (inner)
		fwrite(inner, 1, inner_size, file);
	fclose(file);
}

static void uvm(int which, const char *name, __u32 number, const void *args, size_t size)
{
	FILE *file = seed("uvm_decode", nvabi_branches[which].name, name);

	fputc(which, file);
	fwrite(&number, 1, sizeof(number), file);
	fwrite(args, 1, size, file);
	fclose(file);
}

static void rm_seeds(int which)
{
	const struct nvabi_branch *branch = &nvabi_branches[which];
	struct NV0080_ALLOC_PARAMETERS device = { .deviceId = 1, .hClientShare = ROOT };
	struct NV_MEMORY_ALLOCATION_PARAMS memory = { .owner = ROOT, .size = 16 << 20 };
	struct NVOS21_PARAMETERS root = { .hClass = NV01_ROOT_CLIENT };
	struct NVOS64_PARAMETERS alloc = {
		.hRoot = ROOT,
		.hObjectParent = ROOT,
		.hObjectNew = DEVICE,
		.hClass = NV01_DEVICE_0,
		.pAllocParms = INNER,
		.paramsSize = sizeof(device),
	};
	struct nv_ioctl_nvos02_parameters_with_fd old = {
		.params = {
			.hRoot = ROOT,
			.hObjectParent = DEVICE,
			.hObjectNew = MEMORY,
			.hClass = NV01_MEMORY_LOCAL_USER,
			.limit = (16 << 20) - 1,
		},
		.fd = -1,
	};
	struct NVOS32_PARAMETERS heap = {
		.hRoot = ROOT,
		.hObjectParent = DEVICE,
		.function = NVOS32_FUNCTION_ALLOC_SIZE,
		.data.AllocSize = { .owner = ROOT, .hMemory = MEMORY, .size = 16 << 20 },
	};
	struct NVOS00_PARAMETERS gone = { .hRoot = ROOT, .hObjectOld = MEMORY };
	struct NVOS55_PARAMETERS dup = {
		.hClient = ROOT,
		.hParent = DEVICE,
		.hObject = MEMORY,
		.hClientSrc = ROOT + 1,
		.hObjectSrc = MEMORY,
	};
	struct NVOS54_PARAMETERS control = {
		.hClient = ROOT,
		.hObject = DEVICE,
		.cmd = NV2080_CTRL_CMD_FB_GET_INFO_V2,
		.params = INNER,
		.paramsSize = branch->fb_info_v2_size,
	};
	struct nv_ioctl_nvos33_parameters_with_fd map = {
		.params = { .hClient = ROOT, .hDevice = DEVICE, .hMemory = MEMORY },
		.fd = 5,
	};
	struct NVOS46_PARAMETERS_R580 dma = { .hClient = ROOT, .hDevice = DEVICE };

	rm(which, "root", NV_ESC_RM_ALLOC, &root, sizeof(root), NULL, 0);
	rm(which, "device", NV_ESC_RM_ALLOC, &alloc, sizeof(alloc), &device, sizeof(device));
	alloc.hClass = NV01_MEMORY_LOCAL_USER;
	alloc.hObjectParent = DEVICE;
	alloc.hObjectNew = MEMORY;
	alloc.paramsSize = branch->memory_alloc_size;
	rm(which, "memory", NV_ESC_RM_ALLOC, &alloc, sizeof(alloc), &memory,
	   branch->memory_alloc_size);
	rm(which, "alloc-memory", NV_ESC_RM_ALLOC_MEMORY, &old, sizeof(old), NULL, 0);
	rm(which, "heap", NV_ESC_RM_VID_HEAP_CONTROL, &heap, sizeof(heap), NULL, 0);
	heap.function = NVOS32_FUNCTION_INFO;
	rm(which, "heap-info", NV_ESC_RM_VID_HEAP_CONTROL, &heap, sizeof(heap), NULL, 0);
	rm(which, "free", NV_ESC_RM_FREE, &gone, sizeof(gone), NULL, 0);
	rm(which, "dup", NV_ESC_RM_DUP_OBJECT, &dup, sizeof(dup), NULL, 0);
	rm(which, "control", NV_ESC_RM_CONTROL, &control, sizeof(control), NULL, 0);
	rm(which, "map", NV_ESC_RM_MAP_MEMORY, &map, sizeof(map), NULL, 0);
	rm(which, "map-dma", NV_ESC_RM_MAP_MEMORY_DMA, &dma, branch->map_memory_dma.size, NULL,
	   0);
}

static void uvm_seeds(int which)
{
	const struct nvabi_branch *branch = &nvabi_branches[which];
	struct UVM_INITIALIZE_PARAMS init = { .flags = UVM_INIT_FLAGS_DISABLE_HMM };
	struct UVM_REGISTER_GPU_PARAMS gpu = { .rmCtrlFd = -1 };
	struct UVM_REGISTER_GPU_VASPACE_PARAMS vaspace = { .rmCtrlFd = 3, .hClient = ROOT };
	struct UVM_CREATE_EXTERNAL_RANGE_PARAMS range = { .base = 1 << 21, .length = 1 << 21 };
	struct UVM_MAP_EXTERNAL_ALLOCATION_PARAMS_R550 map = {
		.base = 1 << 21,
		.length = 1 << 21,
	};
	struct UVM_FREE_PARAMS gone = { .base = 1 << 21, .length = 1 << 21 };
	const __u64 count = 1;
	const __u32 client = ROOT, memory = MEMORY;
	char *bytes = (char *)&map;

	memcpy(bytes + branch->uvm_map_external.gpuAttributesCount, &count, sizeof(count));
	memcpy(bytes + branch->uvm_map_external.hClient, &client, sizeof(client));
	memcpy(bytes + branch->uvm_map_external.hMemory, &memory, sizeof(memory));
	uvm(which, "initialize", UVM_INITIALIZE, &init, sizeof(init));
	uvm(which, "register-gpu", UVM_REGISTER_GPU, &gpu, sizeof(gpu));
	uvm(which, "register-vaspace", UVM_REGISTER_GPU_VASPACE, &vaspace, sizeof(vaspace));
	uvm(which, "range", UVM_CREATE_EXTERNAL_RANGE, &range, sizeof(range));
	uvm(which, "map", UVM_MAP_EXTERNAL_ALLOCATION, &map, branch->uvm_map_external.size);
	uvm(which, "free", UVM_FREE, &gone, branch->uvm_free.size);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: seeds FOLDER\n");
		return 2;
	}
	folder = argv[1];
	for (int i = 0; nvabi_branches[i].name; i++) {
		rm_seeds(i);
		uvm_seeds(i);
	}
	return 0;
}
