// SPDX-License-Identifier: MIT
/* What attackers and victims do with the driver: see escape.h. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"

#include "escape.h"

__u64 pointer(const void *p)
{
	return (__u64)(unsigned long)p;
}

void open_all(struct scene *scene, struct attacker *a)
{
	memset(a, 0, sizeof(*a));
	must(scene, "open nvidiactl", rm_open(&a->rm, "/dev"));
	must(scene, "make a device", rm_gpu_open(&a->rm, 0, &a->gpu));
}

/* The same where it need not succeed: the limit may be reached. */
__u32 try_open_all(struct attacker *a)
{
	__u32 status;

	memset(a, 0, sizeof(*a));
	a->gpu.file = -1;
	status = rm_open(&a->rm, "/dev");
	return status == NV_OK ? rm_gpu_open(&a->rm, 0, &a->gpu) : status;
}

/* A session on nvidia-uvm that knows the GPU and can map on it. */
void open_uvm(struct scene *scene, struct attacker *a)
{
	__u32 vaspace;

	must(scene, "read the UUID", rm_gpu_uuid(&a->gpu, a->uuid));
	must(scene, "open nvidia-uvm", uvm_open(&a->uvm, &a->rm, 0));
	must(scene, "register the GPU", uvm_register_gpu(&a->uvm, a->uuid));
	must(scene, "make an address space", rm_vaspace_create(&a->gpu, &vaspace));
	must(scene, "register the address space",
	     uvm_register_vaspace(&a->uvm, a->uuid, vaspace));
}

/* Inside of the container, with a client and a device, about to begin. */
void arm(struct scene *scene, struct attacker *a)
{
	enter(scene);
	open_all(scene, a);
	begin(scene);
}

__u32 take(struct attacker *a, enum rm_via via, __u64 bytes, __u32 *handle)
{
	__u64 got;

	return rm_memory_alloc(&a->gpu, via, bytes, handle, &got);
}

/* Takes pieces, smaller ones where large ones do not fit, until greed is sated. */
__u64 take_all(struct scene *scene, struct attacker *a)
{
	__u64 sum = 0, piece = PIECE;
	__u32 handle, status;

	while (sum < GREED && piece >= 64 * KiB) {
		status = take(a, RM_VIA_ALLOC64, piece, &handle);
		refused_with(scene, "take memory", status);
		if (status == NV_OK)
			sum += piece;
		/* Handles that a vector has chosen itself are passed over. */
		else if (status != NV_ERR_INSERT_DUPLICATE_NAME)
			piece /= 2;
	}
	return sum;
}

/* The plainest attack, and the end of many: all that can be had. */
void be_greedy(struct scene *scene)
{
	struct attacker a;

	arm(scene, &a);
	take_all(scene, &a);
}

void fill_params(struct attacker *a, struct NV_MEMORY_ALLOCATION_PARAMS *params, __u64 bytes)
{
	*params = (struct NV_MEMORY_ALLOCATION_PARAMS){
		.owner = a->rm.client,
		.type = NVOS32_TYPE_IMAGE,
		.flags = NVOS32_ALLOC_FLAGS_MAP_NOT_REQUIRED,
		.size = bytes,
	};
}

/* Sends an escape and gives back the status that it left in @args. */
__u32 rm_send(const struct rm *rm, int file, unsigned int escape, void *args, size_t size,
	      const __u32 *status)
{
	__u32 ret = rm_ioctl(rm, file, escape, args, size);

	return ret == NV_OK ? *(const volatile __u32 *)status : ret;
}

/* A copy that the driver can read and not write. */
void *read_only_copy(const void *from, size_t size)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		abort();
	memcpy(page, from, size);
	mprotect(page, 4096, PROT_READ);
	return page;
}

/* --- secrets --------------------------------------------------------------------- */

/* A victim's memory, filled with the scene's secret, that anyone may duplicate. */
void hold_secret(struct scene *scene, struct attacker *a, __u64 bytes, __u32 *handle)
{
	struct rm_map map;

	must(scene, "victim's memory", take(a, RM_VIA_ALLOC64, bytes, handle));
	must(scene, "victim's mapping", rm_memory_map(&a->gpu, *handle, 0, 64 * KiB, &map));
	for (size_t i = 0; i < map.length / sizeof(__u64); i++)
		((__u64 *)map.address)[i] = scene->secret;
	must(scene, "victim's unmapping", rm_memory_unmap(&a->gpu, *handle, &map));
	must(scene, "victim's sharing", rm_share_with_all(&a->rm, *handle));
	scene->rightful += bytes;
}

/* Whether the secret can be read through a handle of one's own. */
bool knows_secret(struct scene *scene, struct attacker *a, __u32 memory)
{
	struct rm_map map;
	__u32 status = rm_memory_map(&a->gpu, memory, 0, 64 * KiB, &map);
	bool knows;

	refused_with(scene, "map what is a victim's", status);
	if (status != NV_OK)
		return false;
	knows = *(volatile __u64 *)map.address == scene->secret;
	rm_memory_unmap(&a->gpu, memory, &map);
	return knows;
}

/* --- files over sockets ------------------------------------------------------------ */

#define FILES_MAX 4

union file_control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(FILES_MAX * sizeof(int))];
};

void send_files(int socket, const int *files, unsigned int count)
{
	union file_control control = { .bytes = { 0 } };
	char byte = 0;
	struct iovec vector = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = CMSG_SPACE(count * sizeof(int)),
	};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(&control.header), files, count * sizeof(int));
	if (sendmsg(socket, &message, MSG_NOSIGNAL) != 1)
		abort();
}

void receive_files(int socket, int *files, unsigned int count)
{
	union file_control control;
	char byte;
	struct iovec vector = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1 ||
	    control.header.cmsg_type != SCM_RIGHTS ||
	    control.header.cmsg_len != CMSG_LEN(count * sizeof(int)))
		abort();
	memcpy(files, CMSG_DATA(&control.header), count * sizeof(int));
}

/* A copy of another process's file, taken out of it by who may trace it. */
int take_file(struct scene *scene, pid_t pid, int file)
{
	int process = (int)syscall(SYS_pidfd_open, pid, 0), copy;

	must_errno(scene, "pidfd_open", process);
	copy = (int)syscall(SYS_pidfd_getfd, process, file, 0);
	must_errno(scene, "pidfd_getfd", copy);
	close(process);
	return copy;
}
