/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The simulated GPUs: what each is, and the register of those that a driver is
 * bound to.  It must not know the objects that clients make.
 *
 * "Lost": the driver was unbound while files were open.  The structure lives on
 * until its last user lets go, and calls on it fail.
 *
 * Order of locks, outermost first:
 *   sim_uvm_session.lock -> sim_rm_lock -> gpus_lock
 *   sim_rm_lock -> sim_file.lock -> sim_cpu_map.lock -> sim_memory.lock
 *   mmap_lock -> sim_file.lock
 *   mmap_lock -> sim_uvm_session.lock -> managed_lock
 *   sim_rm_lock -> managed_lock
 *   sim_rm_lock -> sim_engine.lock -> sim_mmu.lock
 *   sim_engine.lock -> sim_memory.lock
 *   sim_rm_lock -> sim_doorbells.lock -> sim_cpu_map.lock
 * vram_lock is innermost.  None of them but mmap_lock is held while user memory
 * is read or written.
 */
#ifndef SIM_GPU_H
#define SIM_GPU_H

#include <linux/idr.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "doorbell.h"
#include "engine.h"
#include "space.h"
#include "switches.h"
#include "vram.h"

struct pci_dev;
struct seq_file;

#define SIM_GPUS_MAX		8
#define SIM_GPU_DEVICE_ID	0x2684
#define SIM_GPU_REVISION	0xa1
#define SIM_GPU_SM_VERSION	0x809
#define SIM_GPU_NAME		"NVIDIA GeForce RTX 4090 (simulated)"
#define SIM_GPU_SHORT_NAME	"AD102-A"
#define SIM_GPU_UUID_BYTES	16
#define SIM_GPU_UUID_TEXT_BYTES	sizeof("GPU-00000000-0000-0000-0000-000000000000")

/* Least and most video memory that a GPU may be given. */
#define SIM_GPU_VRAM_MIN_BYTES	(256ULL << 20)
#define SIM_GPU_VRAM_MAX_BYTES	(1ULL << 40)

/**
 * struct sim_gpu - one GPU that the driver is bound to
 * @ref: one for the register while bound, one for each user
 * @pdev: the PCI function; ours while not lost
 * @instance: number among the GPUs: RM's device and GPU instance
 * @minor: N of /dev/nvidiaN
 * @id: RM's gpuId
 * @domain: of the PCI address
 * @bus: of the PCI address
 * @slot: of the PCI address
 * @lost: the driver was unbound
 * @uuid: binary form
 * @vram_bytes: size of the video memory
 * @heap_bytes: how much of it clients can have
 * @vram_lock: protects @vram and @window
 * @vram: what is taken of the heap
 * @vram_bits: bits of @vram
 * @window: addresses at which the CPU sees video memory (BAR1)
 * @window_taken_bytes: how much of @window is reserved
 * @residue: struct page by place, of freed memory that was not scrubbed
 * @engines: what runs
 * @doorbells: by which programs wake the engines
 * @queue_ids: numbers of channels
 * @group_ids: numbers of channel groups
 * @told: a queue has something that events shall tell
 * @tell: tells it
 * @switches: of contexts, as the graphics engine records them
 */
struct sim_gpu {
	struct kref ref;
	struct pci_dev *pdev;
	u32 instance;
	u32 minor;
	u32 id;
	u32 domain;
	u8 bus;
	u8 slot;
	bool lost;
	u8 uuid[SIM_GPU_UUID_BYTES];
	u64 vram_bytes;
	u64 heap_bytes;
	struct mutex vram_lock;
	struct sim_vram vram;
	unsigned long *vram_bits;
	struct sim_space window;
	u64 window_taken_bytes;
	struct xarray residue;
	struct sim_engine engines[SIM_ENGINES];
	struct sim_doorbells doorbells;
	struct ida queue_ids;
	struct ida group_ids;
	atomic_t told;
	struct work_struct tell;
	struct sim_switches switches;
};

struct sim_gpu *sim_gpu_create(struct pci_dev *pdev);
void sim_gpu_lose(struct sim_gpu *gpu);
struct sim_gpu *sim_gpu_get(struct sim_gpu *gpu);
void sim_gpu_put(struct sim_gpu *gpu);

struct sim_gpu *sim_gpu_get_by_minor(u32 minor);
struct sim_gpu *sim_gpu_get_by_id(u32 id);
struct sim_gpu *sim_gpu_get_by_instance(u32 instance);
struct sim_gpu *sim_gpu_get_by_uuid(const u8 *uuid);
struct sim_gpu *sim_gpu_get_by_address(u32 domain, u8 bus, u8 slot);
unsigned int sim_gpu_count(void);
bool sim_gpu_minor_known(u32 minor);
bool sim_gpu_is_lost(const struct sim_gpu *gpu);
void sim_gpu_uuid_text(const struct sim_gpu *gpu, char *text);

u64 sim_gpu_window_base(const struct sim_gpu *gpu);
u64 sim_gpu_window_bytes(const struct sim_gpu *gpu);
u64 sim_gpu_registers_base(const struct sim_gpu *gpu);

#define SIM_GPU_REGISTERS_BYTES	(16ULL << 20)

#endif /* SIM_GPU_H */
