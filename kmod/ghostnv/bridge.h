/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What ghostnv.ko asks NVIDIA's driver and tells it by way of ghostnv-rm.ko, and how
 * that module makes itself known.  The bridge may come and go at any time.  What is
 * asked of objects and GPUs (ask.h) takes another way while it is not there
 * (ask_file.h); who runs when is nobody's to say then.
 */
#ifndef _GHOSTNV_BRIDGE_H
#define _GHOSTNV_BRIDGE_H

#include <linux/types.h>

#include <linux/ghostnv.h>

struct gnv_rm_way;

/**
 * struct gnv_bridge_gpu - one GPU as NVIDIA's driver describes it
 * @gpu_id: RM's gpuId
 * @instance: device instance, the deviceId of NV01_DEVICE_0
 * @minor: N of nvidiaN, or ~0 when the driver does not tell
 * @domain: PCI domain
 * @bus: PCI bus
 * @devfn: PCI device and function
 * @scrub: GHOSTNV_SCRUB_*
 * @vram_bytes: video memory for clients
 * @window_bytes: addresses through which the CPU sees it (BAR1)
 * @uuid: binary
 * @uuid_text: "GPU-..."
 * @name: marketing name
 */
struct gnv_bridge_gpu {
	u32 gpu_id;
	u32 instance;
	u32 minor;
	u32 domain;
	u8 bus;
	u8 devfn;
	u32 scrub;
	u64 vram_bytes;
	u64 window_bytes;
	u8 uuid[16];
	char uuid_text[GHOSTNV_GPU_UUID_LEN];
	char name[GHOSTNV_GPU_NAME_LEN];
};

/**
 * struct gnv_bridge_memory - what a piece of memory really is
 * @bytes: its physical size
 * @vidmem: it lies in video memory
 */
struct gnv_bridge_memory {
	u64 bytes;
	bool vidmem;
};

/**
 * struct gnv_bridge_channel - names a channel, or a channel group
 * @client: handle of the client that has it
 * @handle: its handle
 */
struct gnv_bridge_channel {
	u32 client;
	u32 handle;
};

/* No more channels are switched on or off by one call. */
#define GNV_BRIDGE_CHANNELS_MAX 64

/**
 * struct gnv_bridge_switch - what the graphics engine did
 * @time_ns: when, by the GPU's clock
 * @pid: process that made the client whose channel it is, in the initial namespace;
 *	~0 for the kernel's
 * @context: number of the channel's context
 * @loaded: the context was loaded; false: the one that was is saved, and none is there
 */
struct gnv_bridge_switch {
	u64 time_ns;
	u32 pid;
	u32 context;
	bool loaded;
};

/**
 * struct gnv_bridge_switches - what it did since it was last asked
 * @now_ns: the GPU's clock, after the last of them
 * @count: how many; more may be there when that is the most that was asked for
 * @lost: some behind the last are missing
 */
struct gnv_bridge_switches {
	u64 now_ns;
	unsigned int count;
	bool lost;
};

/**
 * struct gnv_bridge_ops - what the bridge does
 * @driver_version: version of the driver that it is linked to
 * @rm: how questions get to the driver
 * @set_slice: how long a channel group runs in its turn, in us
 * @set_level: where a channel group, or a channel without one, stands in the runlist:
 *	first, or among the others
 * @preempt: take the engine from a channel group, whether it has work or not
 * @enable: let channels run, or stop them: at most GNV_BRIDGE_CHANNELS_MAX; they are
 *	off the engine when it returns
 * @watch: begin or end to record what the graphics engine does; while that lasts the
 *	GPU is held open.  To begin takes a thread of the kernel's
 * @switches: fill at most @max records of what it did; @watch was called before
 *
 * All may sleep and return a negative errno; -EOPNOTSUPP: the driver does not
 * answer that.
 */
struct gnv_bridge_ops {
	const char *driver_version;
	const struct gnv_rm_way *rm;
	int (*set_slice)(u32 client, u32 group, u64 us);
	int (*set_level)(u32 client, u32 object, bool group, bool first);
	int (*preempt)(u32 client, u32 group);
	int (*enable)(u32 gpu_id, const struct gnv_bridge_channel *channels,
		      unsigned int count, bool on);
	int (*watch)(u32 gpu_id, bool on);
	int (*switches)(u32 gpu_id, struct gnv_bridge_switch *records, unsigned int max,
			struct gnv_bridge_switches *switches);
};

int gnv_bridge_register(const struct gnv_bridge_ops *ops);
void gnv_bridge_unregister(const struct gnv_bridge_ops *ops);

bool gnv_bridge_present(void);
bool gnv_bridge_can_ask(void);
int gnv_bridge_version(char *buf, size_t size);
int gnv_bridge_gpus(struct gnv_bridge_gpu *gpus, unsigned int max);
int gnv_bridge_memory_info(u32 client, u32 memory, struct gnv_bridge_memory *info);
int gnv_bridge_object_class(u32 client, u32 object, u32 *class);
int gnv_bridge_context_bytes(u32 client, u32 subdevice, u32 channel, u64 *bytes);
int gnv_bridge_object_free(u32 client, u32 object);
int gnv_bridge_set_slice(u32 client, u32 group, u64 us);
int gnv_bridge_set_level(u32 client, u32 object, bool group, bool first);
int gnv_bridge_preempt(u32 client, u32 group);
int gnv_bridge_enable(u32 gpu_id, const struct gnv_bridge_channel *channels,
		      unsigned int count, bool on);
int gnv_bridge_watch(u32 gpu_id, bool on);
int gnv_bridge_switches(u32 gpu_id, struct gnv_bridge_switch *records, unsigned int max,
			struct gnv_bridge_switches *switches);

#endif /* _GHOSTNV_BRIDGE_H */
