// SPDX-License-Identifier: MIT
/*
 * hostile_uvm COMMAND: a client of nvidia-uvm inside a container that means to get
 * more than it is given.  Prints key=value lines; what they should be is for
 * test_ghostnv_uvm.sh to say.
 *
 *   session   begins a session
 *   replace   keeps memory by mappings, over which it then maps so that it fails
 *   repeat    tries one mapping that fails a thousand times, then waits for a line
 *   fill N    tries N mappings that fail, each elsewhere, until it is refused
 *   overlap   makes ranges where there are some, and maps where there is none
 *   pool      maps a semaphore pool after a free whose answer cannot be written
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "lib/rm.h"
#include "lib/uvm.h"
#include "nvabi/nvstatus.h"
#include "nvabi/nvuvm.h"

#define KiB	1024ull
#define MiB	(1024 * KiB)
#define PAGE	4096ull
#define FIRST	0x7f0000000000ull

static struct rm rm;
static struct rm_gpu gpu;
static struct uvm uvm;
static __u8 uuid[16];

static __u32 open_all(void)
{
	__u32 vaspace, status;

	status = rm_open(&rm, "/dev");
	if (status == NV_OK)
		status = rm_client_create(&rm);
	if (status == NV_OK)
		status = rm_attach(&rm);
	if (status == NV_OK)
		status = rm_gpu_open(&rm, 0, &gpu);
	if (status == NV_OK)
		status = rm_gpu_uuid(&gpu, uuid);
	if (status == NV_OK)
		status = uvm_open(&uvm, &rm, 0);
	if (status == NV_OK)
		status = uvm_register_gpu(&uvm, uuid);
	if (status == NV_OK)
		status = rm_vaspace_create(&gpu, &vaspace);
	if (status == NV_OK)
		status = uvm_register_vaspace(&uvm, uuid, vaspace);
	return status;
}

static void show(const char *key, __u32 status)
{
	printf("%s=%s\n", key, rm_status_name(status));
}

static __u32 allocate(__u64 bytes, __u32 *handle)
{
	__u64 got;

	return rm_memory_alloc(&gpu, RM_VIA_ALLOC64, bytes, handle, &got);
}

static __u32 keep_by_mapping(__u64 base, __u64 bytes, __u32 *handle)
{
	__u32 status = allocate(bytes, handle);

	if (status == NV_OK)
		status = uvm_create_external_range(&uvm, base, bytes);
	if (status == NV_OK)
		status = uvm_map_external(&uvm, base, bytes, uuid, *handle);
	return status;
}

/* What is mapped second is smaller than the range, so the driver says no. */
static int cmd_replace(void)
{
	const __u64 bytes = 32 * MiB;
	__u32 small, handle, status;
	__u64 base = FIRST, kept = 0;

	show("small", allocate(64 * KiB, &small));
	while (kept < 8 * bytes) {
		status = keep_by_mapping(base, bytes, &handle);
		if (status != NV_OK)
			break;
		if (uvm_map_external(&uvm, base, bytes, uuid, small) == NV_OK)
			return 1;
		rm_free(&rm, gpu.device, handle);
		kept += bytes;
		base += 2 * bytes;
	}
	show("status", status);
	printf("kept=%llu\n", kept);
	return 0;
}

/* More than there is of it, so the driver says no. */
#define TOO_MUCH (128 * KiB)

static int cmd_repeat(void)
{
	__u32 handle;
	int i;

	show("alloc", allocate(64 * KiB, &handle));
	show("range", uvm_create_external_range(&uvm, FIRST, TOO_MUCH));
	for (i = 0; i < 1000; i++) {
		if (uvm_map_external(&uvm, FIRST, TOO_MUCH, uuid, handle) == NV_OK)
			return 1;
	}
	printf("ready=1\n");
	fflush(stdout);
	getchar();
	return 0;
}

static int cmd_fill(unsigned long most)
{
	__u32 handle, status = NV_OK;
	unsigned long n;

	show("alloc", allocate(64 * KiB, &handle));
	show("range", uvm_create_external_range(&uvm, FIRST, most * TOO_MUCH));
	for (n = 0; n < most; n++) {
		status = uvm_map_external(&uvm, FIRST + n * TOO_MUCH, TOO_MUCH, uuid, handle);
		if (RM_IS_ERRNO(status))
			break;
	}
	show("status", status);
	printf("tried=%lu\n", n);
	return 0;
}

static int cmd_overlap(void)
{
	__u32 handle;

	show("alloc", allocate(64 * KiB, &handle));
	show("range", uvm_create_external_range(&uvm, FIRST, MiB));
	show("same", uvm_create_external_range(&uvm, FIRST, MiB));
	show("larger", uvm_create_external_range(&uvm, FIRST, 2 * MiB));
	show("inside", uvm_create_external_range(&uvm, FIRST + PAGE, PAGE));
	show("beside", uvm_map_external(&uvm, FIRST + MiB, 64 * KiB, uuid, handle));
	show("across", uvm_map_external(&uvm, FIRST + MiB - PAGE, 64 * KiB, uuid, handle));
	show("map", uvm_map_external(&uvm, FIRST, 64 * KiB, uuid, handle));
	show("freed", uvm_free(&uvm, FIRST, MiB));
	show("anew", uvm_create_external_range(&uvm, FIRST, 2 * MiB));
	return 0;
}

static __u32 create_pool(__u64 base, __u64 bytes)
{
	struct UVM_ALLOC_SEMAPHORE_POOL_PARAMS_R550 params = { .base = base, .length = bytes };
	__u32 status;

	if (ioctl(uvm.file, UVM_ALLOC_SEMAPHORE_POOL, &params) != 0)
		return RM_ERRNO | (__u32)errno;
	memcpy(&status, (char *)&params + rm.branch->uvm_semaphore_pool.status, sizeof(status));
	return status;
}

/* The driver frees and cannot say so. */
static __u32 free_unanswered(__u64 base, __u64 bytes)
{
	struct UVM_FREE_PARAMS *params = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
					      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u32 status = NV_OK;

	if (params == MAP_FAILED)
		return RM_ERRNO | (__u32)errno;
	params->base = base;
	if (rm.branch->uvm_free.size == sizeof(*params))
		params->length = bytes;
	mprotect(params, PAGE, PROT_READ);
	if (ioctl(uvm.file, UVM_FREE, params) != 0)
		status = RM_ERRNO | (__u32)errno;
	munmap(params, PAGE);
	return status;
}

static __u32 map_pool(void *at, __u64 bytes)
{
	void *address = mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			     uvm.file, (off_t)(unsigned long)at);

	return address == MAP_FAILED ? RM_ERRNO | (__u32)errno : NV_OK;
}

static int cmd_pool(void)
{
	const __u64 bytes = 2 * MiB;
	void *at = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u64 base = (unsigned long)at;

	if (at == MAP_FAILED)
		return 1;
	show("elsewhere", map_pool(at, bytes));
	show("create", create_pool(base, bytes));
	show("map", map_pool(at, bytes));
	memset(at, 1, bytes);
	munmap(at, bytes);
	show("again", map_pool(at, bytes));
	munmap(at, bytes);
	show("free", free_unanswered(base, bytes));
	show("after", map_pool(at, bytes));
	return 0;
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	__u32 status = open_all();

	show("session", status);
	if (status != NV_OK || !strcmp(command, "session"))
		return status != NV_OK;
	if (!strcmp(command, "replace"))
		return cmd_replace();
	if (!strcmp(command, "repeat"))
		return cmd_repeat();
	if (!strcmp(command, "fill") && argc == 3)
		return cmd_fill(strtoul(argv[2], NULL, 10));
	if (!strcmp(command, "pool"))
		return cmd_pool();
	if (!strcmp(command, "overlap"))
		return cmd_overlap();
	fprintf(stderr, "hostile_uvm session|replace|repeat|fill N|overlap|pool\n");
	return 2;
}
