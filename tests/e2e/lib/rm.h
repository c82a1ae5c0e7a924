/* SPDX-License-Identifier: MIT */
/*
 * A small client of NVIDIA's resource manager: talks to /dev/nvidiactl and
 * /dev/nvidiaN by raw ioctls, as CUDA's libraries do.  It knows NVIDIA's ABI and
 * nothing else, so it runs on NVIDIA's driver and on the simulator, inside a
 * container and outside.
 *
 * A "status" is an NV_STATUS.  Where the ioctl itself failed it is RM_ERRNO with
 * the error number in the low bits: the call never reached the resource manager,
 * or was refused on the way.
 */
#ifndef TESTS_E2E_LIB_RM_H
#define TESTS_E2E_LIB_RM_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "nvabi/branch.h"

#define RM_ERRNO	0xf0000000u
#define RM_IS_ERRNO(s)	(((s) & RM_ERRNO) == RM_ERRNO)
#define RM_GPUS_MAX	32

/* How video memory is asked for. */
enum rm_via {
	RM_VIA_ALLOC21,		/* RM_ALLOC with NVOS21 */
	RM_VIA_ALLOC64,		/* RM_ALLOC with NVOS64 */
	RM_VIA_VIDHEAP,		/* RM_VID_HEAP_CONTROL */
};

/* One GPU as CARD_INFO and the controls of the client tell it. */
struct rm_card {
	__u32 minor;
	__u32 gpu_id;
	__u32 device_instance;
	__u64 bar1_bytes;
	char pci[20];
};

/**
 * struct rm - one session on the control device, with one client
 * @devices: folder of the device nodes
 * @control: file of nvidiactl
 * @version: of the driver
 * @branch: that the version belongs to; NULL when it is not in the tables
 * @wrap: send each call inside NV_ESC_IOCTL_XFER_CMD
 * @client: handle of the root client, 0 while there is none
 * @next_handle: the next handle that is free
 * @cards: the GPUs
 * @ncards: how many
 */
struct rm {
	const char *devices;
	int control;
	char version[64];
	const struct nvabi_branch *branch;
	bool wrap;
	__u32 client;
	__u32 next_handle;
	struct rm_card cards[RM_GPUS_MAX];
	unsigned int ncards;
};

/**
 * struct rm_gpu - what a client holds on one GPU
 * @rm: the session
 * @card: which GPU
 * @file: of nvidiaN, registered with the control file; keeps the GPU open
 * @device: handle of NV01_DEVICE_0
 * @subdevice: handle of NV20_SUBDEVICE_0
 */
struct rm_gpu {
	struct rm *rm;
	const struct rm_card *card;
	int file;
	__u32 device;
	__u32 subdevice;
};

/* A piece of memory that is mapped into this process, by a device or by the client. */
struct rm_map {
	__u32 device;
	void *address;
	size_t length;
	__u64 linear;
	int file;
};

const char *rm_status_name(__u32 status);
bool rm_parse_via(const char *text, enum rm_via *via);

__u32 rm_ioctl(const struct rm *rm, int file, unsigned int escape, void *argument, size_t size);
int rm_open_node(const char *devices, const char *node);

__u32 rm_open(struct rm *rm, const char *devices);
void rm_close(struct rm *rm);
__u32 rm_check_version(const struct rm *rm, __u32 command, const char *version, __u32 *reply);

__u32 rm_client_create(struct rm *rm);
__u32 rm_attach(struct rm *rm);

__u32 rm_alloc(struct rm *rm, __u32 parent, __u32 *handle, __u32 class, void *params,
	       size_t size);
__u32 rm_alloc_on(struct rm *rm, int file, bool longer, __u32 client, __u32 parent,
		  __u32 *handle, __u32 class, void *params, size_t size);
__u32 rm_free(struct rm *rm, __u32 parent, __u32 handle);
__u32 rm_control(struct rm *rm, __u32 object, __u32 command, void *params, size_t size);
__u32 rm_dup(struct rm *rm, __u32 parent, __u32 *handle, __u32 client_src, __u32 object_src);

__u32 rm_share_with_all(struct rm *rm, __u32 object);

__u32 rm_gpu_open(struct rm *rm, unsigned int index, struct rm_gpu *gpu);
void rm_gpu_close(struct rm_gpu *gpu);
__u32 rm_gpu_memory_info(struct rm_gpu *gpu, bool v2, __u64 *total, __u64 *free);
__u32 rm_gpu_heap_info(struct rm_gpu *gpu, __u64 *total, __u64 *free);
__u32 rm_gpu_name(struct rm_gpu *gpu, char *name, size_t size);
__u32 rm_gpu_uuid_ascii(struct rm_gpu *gpu, char *uuid, size_t size);
__u32 rm_gpu_uuid(struct rm_gpu *gpu, __u8 uuid[16]);
__u32 rm_gpu_classes(struct rm_gpu *gpu, __u32 *classes, __u32 *count);

__u32 rm_vaspace_create(struct rm_gpu *gpu, __u32 *handle);
__u32 rm_memory_alloc(struct rm_gpu *gpu, enum rm_via via, __u64 bytes, __u32 *handle,
		      __u64 *got);
__u32 rm_memory_alloc_old(struct rm_gpu *gpu, __u32 class, __u64 *limit, __u32 *handle);
__u32 rm_memory_size(struct rm *rm, __u32 memory, __u64 *bytes);
__u32 rm_memory_map(struct rm_gpu *gpu, __u32 memory, __u64 offset, __u64 length,
		    struct rm_map *map);
__u32 rm_memory_map_host(struct rm_gpu *gpu, __u32 memory, __u64 offset, __u64 length,
			 struct rm_map *map);
__u32 rm_memory_map_client(struct rm *rm, __u32 memory, __u64 length, bool writable,
			   struct rm_map *map);
__u32 rm_memory_unmap(struct rm_gpu *gpu, __u32 memory, struct rm_map *map);
__u32 rm_memory_map_dma(struct rm_gpu *gpu, __u32 window, __u32 memory, __u64 offset,
			__u64 length, __u64 *address);

#endif /* TESTS_E2E_LIB_RM_H */
