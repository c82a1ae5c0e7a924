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
 * ENOSPC      what is asked for is taken, or promised to others
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
#define GHOSTNV_ABI_VERSION	3

/* struct ghostnv_version.flags */
#define GHOSTNV_DRIVER_ATTACHED	(1U << 0) /* NVIDIA's devices are interposed */
#define GHOSTNV_DRIVER_KNOWN	(1U << 1) /* its branch is in the ABI tables */
#define GHOSTNV_BRIDGE_PRESENT	(1U << 2) /* ghostnv-rm.ko is registered */
#define GHOSTNV_DRIVER_LIMITS	(1U << 3) /* it has limits of its own: ours are off */

/**
 * struct ghostnv_version - what is loaded and what it is attached to
 * @size: sizeof(struct ghostnv_version)
 * @abi: out: GHOSTNV_ABI_VERSION of the kernel
 * @flags: out: GHOSTNV_DRIVER_ATTACHED, GHOSTNV_DRIVER_KNOWN,
 *	GHOSTNV_BRIDGE_PRESENT, GHOSTNV_DRIVER_LIMITS
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

/* struct ghostnv_gpu.scrub */
#define GHOSTNV_SCRUB_UNKNOWN	0 /* the driver has not told */
#define GHOSTNV_SCRUB_ON	1 /* freed video memory is cleaned */
#define GHOSTNV_SCRUB_OFF	2 /* it is not */

/**
 * struct ghostnv_gpu - one attached GPU
 * @size: sizeof(struct ghostnv_gpu)
 * @index: in: GPU's index, 0 to GHOSTNV_GPUS_MAX - 1; indices may have holes
 * @minor: out: N of the character device nvidiaN
 * @gpu_id: out: NVIDIA's RM gpuId
 * @numa_node: out: NUMA node of the PCI function, -1 when the machine has none
 * @scrub: out: GHOSTNV_SCRUB_*: whether the driver cleans memory that is freed
 * @vram_bytes: out: video memory that the driver offers to clients
 * @vram_used_bytes: out: charged to containers at present, all together
 * @pci: out: PCI address, "0000:01:00.0"
 * @uuid: out: "GPU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
 * @name: out: marketing name, as NVIDIA's driver gives it
 *
 * GHOSTNV_IOC_GPU. Needs no capability. @uuid, @name and @vram_bytes are empty
 * or 0 while the driver cannot be asked. ENOENT: no GPU has this index.
 */
struct ghostnv_gpu {
	__u32 size;
	__u32 index;
	__u32 minor;
	__u32 gpu_id;
	__s32 numa_node;
	__u32 scrub;
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
 * namespace; who is in a container itself, makes them strictly below. The
 * container meets the allowlist from this moment on, and what its processes
 * hold already is refused any growth. EEXIST: the cgroup is a
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
 * namespace, and for who is in a container, that @id is strictly below. EBUSY:
 * the cgroup still has processes (a container is not lifted off running ones)
 * or containers below it. What is charged to it stays charged
 * to its ancestors until it is freed. A container whose cgroup is removed is
 * destroyed by the kernel.
 */
struct ghostnv_container_destroy {
	__u32 size;
	__u32 flags;
	__aligned_u64 id;
};

/*
 * struct ghostnv_limit.limit: what is limited. Numbers are never reused. Those that
 * are said to be of the container take GHOSTNV_GPU_TOTAL as @gpu, EINVAL otherwise.
 */
#define GHOSTNV_LIMIT_VRAM_MAX	1 /* bytes, from 1; GHOSTNV_UNLIMITED: none */
#define GHOSTNV_LIMIT_GPUS	2 /* mask of granted GPUs; of the container */
#define GHOSTNV_LIMIT_VRAM_HIGH	3 /* bytes, from 1; GHOSTNV_UNLIMITED: none */
#define GHOSTNV_LIMIT_VRAM_LOW	4 /* bytes; 0: no guarantee */
#define GHOSTNV_LIMIT_OOM_POLICY 5 /* GHOSTNV_OOM_*; of the container */
#define GHOSTNV_LIMIT_OOM_PRIORITY 6 /* 0 to 1000; of the container */
#define GHOSTNV_LIMIT_OOM_WAIT_MS 7 /* 1 to 600000; of the container */

#define GHOSTNV_LIMIT_GPU_WEIGHT 8 /* GHOSTNV_GPU_WEIGHT_MIN to _MAX */
#define GHOSTNV_LIMIT_GPU_MAX	9 /* GHOSTNV_GPU_MAX(); GHOSTNV_UNLIMITED: none */
#define GHOSTNV_LIMIT_GPU_BURST	10 /* us, 0 to the quota of GPU_MAX */
#define GHOSTNV_LIMIT_GPU_LATENCY 11 /* 0 or 1 */
#define GHOSTNV_LIMIT_GPU_EXCLUSIVE 12 /* 0 or 1 */

#define GHOSTNV_GPU_WEIGHT_MIN		1
#define GHOSTNV_GPU_WEIGHT_DEFAULT	100
#define GHOSTNV_GPU_WEIGHT_MAX		10000
#define GHOSTNV_GPU_QUOTA_US_MIN	1000
#define GHOSTNV_GPU_PERIOD_US_MIN	1000
#define GHOSTNV_GPU_PERIOD_US_DEFAULT	100000
#define GHOSTNV_GPU_PERIOD_US_MAX	1000000

/* The value of GHOSTNV_LIMIT_GPU_MAX: so many us of engine time in each period. */
#define GHOSTNV_GPU_MAX(quota_us, period_us) ((__u64)(period_us) << 32 | (__u32)(quota_us))
#define GHOSTNV_GPU_MAX_QUOTA_US(value)	((__u32)(value))
#define GHOSTNV_GPU_MAX_PERIOD_US(value) ((__u32)((value) >> 32))

#define GHOSTNV_OOM_PRIORITY_MAX	1000
#define GHOSTNV_OOM_WAIT_MS_MAX		600000
#define GHOSTNV_OOM_WAIT_MS_DEFAULT	10000

/*
 * What becomes of an allocation for which there is no room, by the container that
 * allocates. A new container takes policy, priority and time over from the one above.
 */
#define GHOSTNV_OOM_FAIL	0 /* it fails: NV_ERR_NO_MEMORY (default) */
#define GHOSTNV_OOM_WAIT	1 /* it waits for room, at most OOM_WAIT_MS */
#define GHOSTNV_OOM_EVICT	2 /* containers of lower priority have to make room */
#define GHOSTNV_OOM_KILL	3 /* the largest user at or below it is killed */

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
 * lower VRAM_MAX, VRAM_HIGH, VRAM_LOW, OOM_PRIORITY and those of GPU time and take
 * away GPUs of containers strictly below its own. Who is in a container can set only what is
 * strictly below it, with any capability. Reading needs no capability. EOPNOTSUPP:
 * @limit is unknown.
 *
 * VRAM_MAX: a limit below what is charged is taken: what is held stays, and new
 * charges are refused until it fits. EBUSY: guarantees at or below the container
 * need more; lower those first.
 *
 * VRAM_HIGH: an allocation that leaves more than this charged is done and returns
 * late: 20 ms for each percent above, at most 2 s.
 *
 * VRAM_LOW: memory that no other container can take, of one GPU or somewhere on all
 * of them together. What is guaranteed counts as taken in every limit above, and on
 * the card, whether it is used or not. Guarantees of GPUs count in one in total.
 * ERANGE: it is more than the container's own limit. ENOSPC: a limit above or the
 * card has not as much left. EBUSY: a container above has guarantees of GPUs and
 * this is one in total, or the other way round. ENODEV: how much the card has is not
 * known.
 *
 * GPU_*: time on the graphics and compute engine of a GPU; GHOSTNV_GPU_TOTAL sets it
 * for each GPU that is attached, and reads that of the first. EOPNOTSUPP: the driver
 * does not tell who used the engine, or ghostnv-rm.ko is absent. See
 * docs/scheduling.md. GPU_WEIGHT: share among the containers beside it. GPU_MAX: hard
 * cap on it with all below. GPU_BURST: how much of what it does not use it may keep;
 * EINVAL: more than the quota of GPU_MAX, or there is none.
 * GPU_LATENCY: its queues come first, as long as it is not too far ahead of its share.
 * GPU_EXCLUSIVE: nobody else gets the engine; EBUSY: another one has it so.
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
 * @vram_high_bytes: out: its own high limit
 * @vram_low_bytes: out: its own guarantee
 * @vram_orphaned_bytes: out: what is charged to it because containers below it went
 *	before their memory did
 * @events_low: out: charges of it and of those below it refused because what is left
 *	is guaranteed to others
 * @events_high: out: allocations of them that were slowed down
 * @events_oom: out: allocations of them that failed for want of room
 * @events_oom_kill: out: how often one of them was killed for room
 * @events_evict: out: how often one of them was asked to make room
 * @events_wait: out: allocations of them that waited for room
 * @queues: out: channel groups, channels and context shares
 * @spaces: out: address spaces
 * @gpu_usage_us: out: engine time that it and those below it used; of all GPUs the sum,
 *	as all that follow but waiting
 * @gpu_periods: out: periods of its GPU_MAX in which it had work
 * @gpu_throttled: out: how often that was used up
 * @gpu_throttled_us: out: how long it was held for that
 * @gpu_gated: out: how often it had to wait because it was ahead of its share
 * @gpu_preemptions: out: how often the engine was taken from its own queues
 * @gpu_wait_some_us: out: how long one of its queues at least waited for the engine; of
 *	all GPUs, on that where it waited most
 * @gpu_wait_full_us: out: how long all of those that had work did
 * @vram_wait_some_us: out: how long one of its calls at least waited for memory
 * @vram_wait_full_us: out: how long it did nothing but that
 * @gpu_paused: out: 1 while its cgroup is frozen, and its queues are stopped
 * @__reserved: out: 0
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
	__aligned_u64 vram_high_bytes;
	__aligned_u64 vram_low_bytes;
	__aligned_u64 vram_orphaned_bytes;
	__aligned_u64 events_low;
	__aligned_u64 events_high;
	__aligned_u64 events_oom;
	__aligned_u64 events_oom_kill;
	__aligned_u64 events_evict;
	__aligned_u64 events_wait;
	__aligned_u64 queues;
	__aligned_u64 spaces;
	__aligned_u64 gpu_usage_us;
	__aligned_u64 gpu_periods;
	__aligned_u64 gpu_throttled;
	__aligned_u64 gpu_throttled_us;
	__aligned_u64 gpu_gated;
	__aligned_u64 gpu_preemptions;
	__aligned_u64 gpu_wait_some_us;
	__aligned_u64 gpu_wait_full_us;
	__aligned_u64 vram_wait_some_us;
	__aligned_u64 vram_wait_full_us;
	__u32 gpu_paused;
	__u32 __reserved;
};

/**
 * struct ghostnv_subscribe - choose the events that read() gives
 * @size: sizeof(struct ghostnv_subscribe)
 * @__reserved: 0
 * @id: in: a container's id: events of it and of those below it; 0: of all
 *
 * GHOSTNV_IOC_SUBSCRIBE. One subscription for each open file; a second call
 * replaces the first and drops what was not read. Who is in a container may
 * choose it or one below; who is in none needs CAP_SYS_ADMIN in the initial user
 * namespace. ENOSPC: 64 open files have been subscribed in the caller's container.
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
#define GHOSTNV_EVENT_HIGH	10 /* an allocation is slowed down; bytes: charged */
#define GHOSTNV_EVENT_OOM	11 /* an allocation failed; bytes: asked for */
#define GHOSTNV_EVENT_WAIT	12 /* an allocation waits; bytes: asked for */
#define GHOSTNV_EVENT_EVICT	13 /* make room, or be killed; bytes: wanted */
#define GHOSTNV_EVENT_OOM_KILL	14 /* it is killed for room; bytes: it had */
#define GHOSTNV_EVENT_TORN	15 /* a process took its frame away in a call; it is dead */

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
