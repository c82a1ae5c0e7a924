/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * The whole contract between ghostnv.ko and userspace: the ioctls of
 * /dev/ghostnv, the event records that are read from it, and the values of the
 * files under /sys/kernel/ghostnv.  It knows nothing of NVIDIA's ABI.
 *
 * Words: a "container" is a registered cgroup of the default (v2) hierarchy;
 * its id is the cgroup's id (the inode number of the cgroup's directory).  A
 * "GPU" is an attached NVIDIA PCI function, named by a small index that stays
 * the same for as long as the function is attached.
 */
#ifndef _UAPI_LINUX_GHOSTNV_H
#define _UAPI_LINUX_GHOSTNV_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: General ioctl format
 *
 * Every ioctl of /dev/ghostnv takes a pointer to a structure whose first field
 * is @size, the size in bytes that the caller was compiled with.  The number is
 * made with _IO(), so it does not change when a structure grows.
 *
 * Fields are only ever appended, and 0 in a new field means the old behaviour.
 * A caller that knows more than the kernel gets E2BIG if it uses what the
 * kernel does not know (a byte that is not 0 behind the kernel's structure); a
 * kernel that knows more takes what is missing as 0, and writes back only as
 * many bytes as the caller has.
 *
 * Error numbers that every ioctl shares:
 *
 * =========== ===============================================================
 * ENOTTY      the number is unknown to this kernel
 * EINVAL      @size is below the first version of the structure, or a field
 *             is ill-formed (a reserved field that is not 0, a bad range)
 * E2BIG       the structure is longer than the kernel's and its tail not 0,
 *             or it is longer than a page
 * EFAULT      the structure is not in the caller's memory
 * EOPNOTSUPP  a known field has a value that this kernel or driver lacks
 * ENOENT      no such container, or no such GPU
 * EPERM       the caller lacks the capability or is not above the container
 * EBUSY       the object is in use
 * ENODEV      no driver is attached, and the call needs one
 * ENOMEM      the kernel itself is out of memory
 * =========== ===============================================================
 */

#define GHOSTNV_IOC_MAGIC	0xE9

/* The value of a limit that is not there ("max" in sysfs). */
#define GHOSTNV_UNLIMITED	(~0ULL)

/* In a @gpu field: all GPUs together. */
#define GHOSTNV_GPU_TOTAL	(~0U)

/* The number of GPUs that one kernel serves: a mask of them is 64 bits. */
#define GHOSTNV_GPUS_MAX	64

#define GHOSTNV_VERSION_LEN	32
#define GHOSTNV_GPU_NAME_LEN	64
#define GHOSTNV_GPU_UUID_LEN	48
#define GHOSTNV_GPU_PCI_LEN	16

/* The version of this contract, counted up when something is appended. */
#define GHOSTNV_ABI_VERSION	1

/* struct ghostnv_version.flags */
#define GHOSTNV_DRIVER_ATTACHED	(1U << 0) /* NVIDIA's devices are interposed */
#define GHOSTNV_DRIVER_KNOWN	(1U << 1) /* its branch is in the ABI tables */
#define GHOSTNV_BRIDGE_PRESENT	(1U << 2) /* ghostnv-rm.ko is registered */

/**
 * struct ghostnv_version - what is loaded and what it is attached to
 * @size: sizeof(struct ghostnv_version)
 * @abi: out: GHOSTNV_ABI_VERSION of the kernel
 * @flags: out: GHOSTNV_DRIVER_ATTACHED, GHOSTNV_DRIVER_KNOWN,
 *	GHOSTNV_BRIDGE_PRESENT
 * @gpus: out: number of attached GPUs
 * @context_overhead_bytes: out: what one context (a client's device on one
 *	GPU) is charged for the memory that the driver takes on its behalf
 *	without an allocation call of the client's
 * @module: out: version of ghostnv.ko, NUL-terminated
 * @driver: out: version of the NVIDIA driver, empty when none is attached
 * @reason: out: why nothing is attached, or why limited containers are refused;
 *	one line, empty when all is well
 *
 * GHOSTNV_IOC_VERSION. Needs no capability.
 */
struct ghostnv_version {
	__u32 size;
	__u32 abi;
	__u32 flags;
	__u32 gpus;
	__aligned_u64 context_overhead_bytes;
	char module[GHOSTNV_VERSION_LEN];
	char driver[GHOSTNV_VERSION_LEN];
	char reason[128];
};

/**
 * struct ghostnv_gpu - one attached GPU
 * @size: sizeof(struct ghostnv_gpu)
 * @index: in: GPU's index, 0 to GHOSTNV_GPUS_MAX - 1; indices may have holes
 * @minor: out: N of the character device nvidiaN
 * @gpu_id: out: NVIDIA's RM gpuId
 * @numa_node: out: NUMA node of the PCI function, -1 when the machine has none
 * @__reserved: 0
 * @vram_bytes: out: video memory that the driver offers to clients
 * @vram_used_bytes: out: charged to containers at present, all together
 * @pci: out: PCI address, "0000:01:00.0"
 * @uuid: out: "GPU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
 * @name: out: marketing name, as NVIDIA's driver gives it
 *
 * GHOSTNV_IOC_GPU. Needs no capability. @uuid, @name and @vram_bytes are empty
 * or 0 while ghostnv-rm.ko is absent. ENOENT: no GPU has this index.
 */
struct ghostnv_gpu {
	__u32 size;
	__u32 index;
	__u32 minor;
	__u32 gpu_id;
	__s32 numa_node;
	__u32 __reserved;
	__aligned_u64 vram_bytes;
	__aligned_u64 vram_used_bytes;
	char pci[GHOSTNV_GPU_PCI_LEN];
	char uuid[GHOSTNV_GPU_UUID_LEN];
	char name[GHOSTNV_GPU_NAME_LEN];
};

/**
 * struct ghostnv_container_create - make a cgroup a container
 * @size: sizeof(struct ghostnv_container_create)
 * @flags: 0
 * @cgroup_fd: in: open directory of the cgroup in a cgroup2 file system
 * @__reserved: 0
 * @gpus: in: mask of GPU indices that are granted; 0 grants none
 * @vram_max_bytes: in: limit on video memory over all GPUs, from 1, or
 *	GHOSTNV_UNLIMITED
 * @id: out: the container's id
 *
 * GHOSTNV_IOC_CONTAINER_CREATE. Needs CAP_SYS_ADMIN in the initial user
 * namespace. The container meets the allowlist from this moment on, and what its
 * processes hold already is refused any growth. EEXIST: the cgroup is a
 * container already. EBADF, EINVAL: @cgroup_fd is not a cgroup of the default
 * hierarchy. ENOENT: @gpus names a GPU that is not attached, or the cgroup has
 * been removed. EINVAL: @vram_max_bytes is 0, or the cgroup is the root.
 */
struct ghostnv_container_create {
	__u32 size;
	__u32 flags;
	__s32 cgroup_fd;
	__u32 __reserved;
	__aligned_u64 gpus;
	__aligned_u64 vram_max_bytes;
	__aligned_u64 id;
};

/**
 * struct ghostnv_container_find - which container a cgroup belongs to
 * @size: sizeof(struct ghostnv_container_find)
 * @cgroup_fd: in: open directory of a cgroup, or -1 for the caller's own
 * @id: out: id of the nearest container at or above that cgroup
 *
 * GHOSTNV_IOC_CONTAINER_FIND. Needs no capability. ENOENT: no container is at
 * or above it.
 */
struct ghostnv_container_find {
	__u32 size;
	__s32 cgroup_fd;
	__aligned_u64 id;
};

/**
 * struct ghostnv_container_next - walk all containers
 * @size: sizeof(struct ghostnv_container_next)
 * @__reserved: 0
 * @id: in: the id last seen, 0 to begin; out: the next larger id
 *
 * GHOSTNV_IOC_CONTAINER_NEXT. Needs no capability. ENOENT: that was the last.
 */
struct ghostnv_container_next {
	__u32 size;
	__u32 __reserved;
	__aligned_u64 id;
};

/**
 * struct ghostnv_container_destroy - a cgroup is a container no longer
 * @size: sizeof(struct ghostnv_container_destroy)
 * @flags: 0
 * @id: in: the container's id
 *
 * GHOSTNV_IOC_CONTAINER_DESTROY. Needs CAP_SYS_ADMIN in the initial user
 * namespace. EBUSY: the cgroup still has processes (a container is not lifted
 * off running ones) or containers below it. What is charged to it stays charged
 * to its ancestors until it is freed. A container whose cgroup is removed is
 * destroyed by the kernel.
 */
struct ghostnv_container_destroy {
	__u32 size;
	__u32 flags;
	__aligned_u64 id;
};

/* struct ghostnv_limit.limit: what is limited. Numbers are never reused. */
#define GHOSTNV_LIMIT_VRAM_MAX	1 /* bytes, from 1; GHOSTNV_UNLIMITED: none */
#define GHOSTNV_LIMIT_GPUS	2 /* mask of granted GPUs; @gpu is TOTAL */

/**
 * struct ghostnv_limit - one limit of one container
 * @size: sizeof(struct ghostnv_limit)
 * @limit: in: GHOSTNV_LIMIT_*
 * @gpu: in: GPU's index, or GHOSTNV_GPU_TOTAL
 * @__reserved: 0
 * @id: in: the container's id
 * @value: in for GHOSTNV_IOC_LIMIT_SET, out for GHOSTNV_IOC_LIMIT_GET
 *
 * Setting takes CAP_SYS_ADMIN in the initial user namespace, but a process may
 * lower VRAM_MAX and take away GPUs of containers strictly below its own.
 * Reading needs no capability. A limit below what is charged is taken: what is
 * held stays, and new charges are refused until it fits. EOPNOTSUPP: @limit is
 * unknown.
 */
struct ghostnv_limit {
	__u32 size;
	__u32 limit;
	__u32 gpu;
	__u32 __reserved;
	__aligned_u64 id;
	__aligned_u64 value;
};

/**
 * struct ghostnv_stats - what one container holds and met
 * @size: sizeof(struct ghostnv_stats)
 * @gpu: in: GPU's index, or GHOSTNV_GPU_TOTAL
 * @id: in: the container's id
 * @vram_current_bytes: out: charged to it and to the containers below it
 * @vram_peak_bytes: out: the most that was ever charged
 * @vram_max_bytes: out: its own limit
 * @vram_limit_bytes: out: the tightest limit, its own or an ancestor's or the
 *	GPU's memory
 * @events_max: out: charges refused because this container's limit was reached
 * @events_refused: out: calls refused because the tables do not know them (in
 *	all, whichever GPU is asked)
 * @events_denied: out: calls refused because they reach for what is not the
 *	container's: a GPU not granted, a foreign session or handle (in all)
 * @sessions: out: open NVIDIA device files (in all)
 * @clients: out: RM clients (in all)
 * @contexts: out: clients with a device on the GPU
 * @allocations: out: pieces of video memory
 *
 * GHOSTNV_IOC_STATS. Needs no capability.
 */
struct ghostnv_stats {
	__u32 size;
	__u32 gpu;
	__aligned_u64 id;
	__aligned_u64 vram_current_bytes;
	__aligned_u64 vram_peak_bytes;
	__aligned_u64 vram_max_bytes;
	__aligned_u64 vram_limit_bytes;
	__aligned_u64 events_max;
	__aligned_u64 events_refused;
	__aligned_u64 events_denied;
	__aligned_u64 sessions;
	__aligned_u64 clients;
	__aligned_u64 contexts;
	__aligned_u64 allocations;
};

/**
 * struct ghostnv_subscribe - choose the events that read() gives
 * @size: sizeof(struct ghostnv_subscribe)
 * @__reserved: 0
 * @id: in: a container's id: events of it and of those below it; 0: of all
 *
 * GHOSTNV_IOC_SUBSCRIBE. One subscription for each open file; a second call
 * replaces the first and drops what was not read. Needs CAP_SYS_ADMIN in the
 * initial user namespace, or that the caller's own container is @id or above it.
 */
struct ghostnv_subscribe {
	__u32 size;
	__u32 __reserved;
	__aligned_u64 id;
};

/* struct ghostnv_event.type */
#define GHOSTNV_EVENT_CREATED	1 /* a container was created */
#define GHOSTNV_EVENT_DESTROYED	2 /* it is no more; bytes: still charged */
#define GHOSTNV_EVENT_LIMIT	3 /* a limit was changed; bytes: the new value */
#define GHOSTNV_EVENT_MAX	4 /* a charge was refused; bytes: asked for */
#define GHOSTNV_EVENT_DENIED	5 /* a call was refused: not the container's */
#define GHOSTNV_EVENT_REFUSED	6 /* a call was refused: not in the tables */
#define GHOSTNV_EVENT_LOST	7 /* events were dropped; bytes: how many */
#define GHOSTNV_EVENT_ATTACHED	8 /* a GPU was attached; id is 0 */
#define GHOSTNV_EVENT_DETACHED	9 /* a GPU was detached; id is 0 */

/**
 * struct ghostnv_event - one record of read() on /dev/ghostnv
 * @size: sizeof(struct ghostnv_event) of the kernel; the next record follows it
 * @type: GHOSTNV_EVENT_*
 * @id: container, 0 for events of a GPU
 * @time_ns: CLOCK_MONOTONIC
 * @bytes: see the type
 * @gpu: GPU's index, or GHOSTNV_GPU_TOTAL
 * @pid: process that caused it, in the reader's PID namespace, 0 if not there
 *
 * read() gives whole records; EINVAL: the buffer is too small for one, or
 * nothing is subscribed. It blocks unless O_NONBLOCK; poll() says POLLIN when a
 * record waits. Each reader's queue is bounded; a reader that is too slow finds
 * a record of GHOSTNV_EVENT_LOST.
 */
struct ghostnv_event {
	__u32 size;
	__u32 type;
	__aligned_u64 id;
	__aligned_u64 time_ns;
	__aligned_u64 bytes;
	__u32 gpu;
	__s32 pid;
};

#define GHOSTNV_IOC_VERSION		_IO(GHOSTNV_IOC_MAGIC, 0x00)
#define GHOSTNV_IOC_GPU			_IO(GHOSTNV_IOC_MAGIC, 0x01)
#define GHOSTNV_IOC_CONTAINER_CREATE	_IO(GHOSTNV_IOC_MAGIC, 0x10)
#define GHOSTNV_IOC_CONTAINER_FIND	_IO(GHOSTNV_IOC_MAGIC, 0x11)
#define GHOSTNV_IOC_CONTAINER_NEXT	_IO(GHOSTNV_IOC_MAGIC, 0x12)
#define GHOSTNV_IOC_CONTAINER_DESTROY	_IO(GHOSTNV_IOC_MAGIC, 0x13)
#define GHOSTNV_IOC_LIMIT_SET		_IO(GHOSTNV_IOC_MAGIC, 0x20)
#define GHOSTNV_IOC_LIMIT_GET		_IO(GHOSTNV_IOC_MAGIC, 0x21)
#define GHOSTNV_IOC_STATS		_IO(GHOSTNV_IOC_MAGIC, 0x30)
#define GHOSTNV_IOC_SUBSCRIBE		_IO(GHOSTNV_IOC_MAGIC, 0x31)

/* Files under /sys/kernel/ghostnv: see docs/sysfs.md. */

#endif /* _UAPI_LINUX_GHOSTNV_H */
