// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The simulated GPUs: see gpu.h.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "event.h"
#include "gpu.h"
#include "residue.h"
#include "sim.h"

/*
 * What the driver keeps of the video memory for itself: page tables, firmware,
 * the context of the channel that scrubs.  A card of 24 GiB loses about 400 MiB
 * in this way; ours loses a 64th of what it has.
 */
#define RESERVE_SHIFT	6

/* Where a BIOS might have put the registers and the window of a GPU. */
#define REGISTERS_BASE	0xa0000000ULL
#define WINDOW_BASE	(1ULL << 42)
#define WINDOW_STRIDE	(SIM_GPU_VRAM_MAX_BYTES * 2)

/* Protects gpus; see gpu.h for the order of locks. */
static DEFINE_MUTEX(gpus_lock);
static struct sim_gpu *gpus[SIM_GPUS_MAX];

/* "ghostnvsim" in hexadecimal, then the slot: the same GPU at every load. */
static void make_uuid(struct sim_gpu *gpu)
{
	static const u8 prefix[] = "ghostnvsim";

	memcpy(gpu->uuid, prefix, sizeof(prefix) - 1);
	gpu->uuid[SIM_GPU_UUID_BYTES - 1] = gpu->slot;
}

static struct sim_gpu *alloc_gpu(struct pci_dev *pdev)
{
	struct sim_gpu *gpu = kzalloc(sizeof(*gpu), GFP_KERNEL);
	unsigned long units;

	if (!gpu)
		return NULL;

	kref_init(&gpu->ref);
	mutex_init(&gpu->vram_lock);
	xa_init(&gpu->residue);
	sim_doorbells_init(&gpu->doorbells);
	ida_init(&gpu->queue_ids);
	ida_init(&gpu->group_ids);
	INIT_WORK(&gpu->tell, sim_event_tell);
	sim_switches_init(gpu);
	gpu->pdev = pdev;
	gpu->domain = pci_domain_nr(pdev->bus);
	gpu->bus = pdev->bus->number;
	gpu->slot = PCI_SLOT(pdev->devfn);
	gpu->id = (gpu->domain & 0xffff) << 16 | gpu->bus << 8 | gpu->slot;
	gpu->vram_bytes = sim_config.vram_bytes;
	gpu->heap_bytes = round_down(gpu->vram_bytes -
				     (gpu->vram_bytes >> RESERVE_SHIFT),
				     2ULL << 20);
	make_uuid(gpu);

	units = gpu->heap_bytes >> SIM_VRAM_UNIT_SHIFT;
	gpu->vram_bits = kvcalloc(BITS_TO_LONGS(units), sizeof(long),
				  GFP_KERNEL);
	if (!gpu->vram_bits) {
		kfree(gpu);
		return NULL;
	}
	sim_vram_init(&gpu->vram, gpu->vram_bits, units);
	return gpu;
}

static void free_gpu(struct kref *ref)
{
	struct sim_gpu *gpu = container_of(ref, struct sim_gpu, ref);

	sim_residue_fini(gpu);
	sim_switches_fini(gpu);
	ida_destroy(&gpu->queue_ids);
	ida_destroy(&gpu->group_ids);
	kvfree(gpu->vram_bits);
	kfree(gpu);
}

/* The lowest number that is free; the kernel's nodes are numbered alike. */
static int register_gpu(struct sim_gpu *gpu)
{
	unsigned int i;

	for (i = 0; i < SIM_GPUS_MAX; i++) {
		if (gpus[i])
			continue;
		gpu->instance = i;
		gpu->minor = i;
		sim_space_init(&gpu->window, sim_gpu_window_base(gpu),
			       sim_gpu_window_base(gpu) +
				       sim_gpu_window_bytes(gpu) - 1);
		gpus[i] = gpu;
		return 0;
	}
	return -ENOSPC;
}

/**
 * sim_gpu_create() - the driver was bound to a function: it is a GPU now
 * @pdev: the function
 *
 * Context: process; takes gpus_lock.
 * Return: the GPU with a reference that sim_gpu_lose() drops, or an ERR_PTR.
 */
struct sim_gpu *sim_gpu_create(struct pci_dev *pdev)
{
	struct sim_gpu *gpu = alloc_gpu(pdev);
	int err;

	if (!gpu)
		return ERR_PTR(-ENOMEM);

	mutex_lock(&gpus_lock);
	err = register_gpu(gpu);
	mutex_unlock(&gpus_lock);
	if (err) {
		sim_gpu_put(gpu);
		return ERR_PTR(err);
	}
	err = sim_engines_start(gpu);
	if (err) {
		sim_gpu_lose(gpu);
		return ERR_PTR(err);
	}
	return gpu;
}

/**
 * sim_gpu_lose() - the driver was unbound
 * @gpu: from sim_gpu_create(); its reference is dropped
 *
 * Context: process; takes gpus_lock.
 */
void sim_gpu_lose(struct sim_gpu *gpu)
{
	mutex_lock(&gpus_lock);
	/* Read without the lock by calls that are under way. */
	WRITE_ONCE(gpu->lost, true);
	gpus[gpu->instance] = NULL;
	mutex_unlock(&gpus_lock);
	sim_engines_stop(gpu);
	/* The threads are gone: nothing starts it again. */
	cancel_work_sync(&gpu->tell);
	sim_switches_stop(gpu);
	sim_gpu_put(gpu);
}

/**
 * sim_gpu_get() - take one more reference
 * @gpu: a GPU that the caller has a reference to, or NULL
 *
 * Context: any.
 * Return: @gpu.
 */
struct sim_gpu *sim_gpu_get(struct sim_gpu *gpu)
{
	if (gpu)
		kref_get(&gpu->ref);
	return gpu;
}

/**
 * sim_gpu_put() - drop a reference
 * @gpu: the GPU, or NULL
 *
 * Context: process.
 */
void sim_gpu_put(struct sim_gpu *gpu)
{
	if (gpu)
		kref_put(&gpu->ref, free_gpu);
}

typedef bool match_fn(const struct sim_gpu *gpu, const void *key);

static struct sim_gpu *find_and_get(match_fn *match, const void *key)
{
	struct sim_gpu *gpu = NULL;
	unsigned int i;

	mutex_lock(&gpus_lock);
	for (i = 0; i < SIM_GPUS_MAX; i++) {
		if (gpus[i] && match(gpus[i], key)) {
			gpu = sim_gpu_get(gpus[i]);
			break;
		}
	}
	mutex_unlock(&gpus_lock);
	return gpu;
}

static bool has_minor(const struct sim_gpu *gpu, const void *key)
{
	return gpu->minor == *(const u32 *)key;
}

static bool has_id(const struct sim_gpu *gpu, const void *key)
{
	return gpu->id == *(const u32 *)key;
}

static bool has_instance(const struct sim_gpu *gpu, const void *key)
{
	return gpu->instance == *(const u32 *)key;
}

static bool has_uuid(const struct sim_gpu *gpu, const void *key)
{
	return !memcmp(gpu->uuid, key, SIM_GPU_UUID_BYTES);
}

struct address {
	u32 domain;
	u8 bus;
	u8 slot;
};

static bool has_address(const struct sim_gpu *gpu, const void *key)
{
	const struct address *address = key;

	return gpu->domain == address->domain && gpu->bus == address->bus &&
	       gpu->slot == address->slot;
}

/**
 * sim_gpu_get_by_minor() - the GPU of a device node
 * @minor: N of nvidiaN
 *
 * Context: process; takes gpus_lock.
 * Return: the GPU with a reference, or NULL.
 */
struct sim_gpu *sim_gpu_get_by_minor(u32 minor)
{
	return find_and_get(has_minor, &minor);
}

/**
 * sim_gpu_get_by_id() - the GPU with a gpuId
 * @id: RM's gpuId
 *
 * Context: process; takes gpus_lock.
 * Return: the GPU with a reference, or NULL.
 */
struct sim_gpu *sim_gpu_get_by_id(u32 id)
{
	return find_and_get(has_id, &id);
}

/**
 * sim_gpu_get_by_instance() - the GPU with a number
 * @instance: RM's device instance
 *
 * Context: process; takes gpus_lock.
 * Return: the GPU with a reference, or NULL.
 */
struct sim_gpu *sim_gpu_get_by_instance(u32 instance)
{
	return find_and_get(has_instance, &instance);
}

/**
 * sim_gpu_get_by_uuid() - the GPU with a UUID
 * @uuid: SIM_GPU_UUID_BYTES bytes
 *
 * Context: process; takes gpus_lock.
 * Return: the GPU with a reference, or NULL.
 */
struct sim_gpu *sim_gpu_get_by_uuid(const u8 *uuid)
{
	return find_and_get(has_uuid, uuid);
}

/**
 * sim_gpu_get_by_address() - the GPU at a PCI address
 * @domain: of the address
 * @bus: of the address
 * @slot: of the address
 *
 * Context: process; takes gpus_lock.
 * Return: the GPU with a reference, or NULL.
 */
struct sim_gpu *sim_gpu_get_by_address(u32 domain, u8 bus, u8 slot)
{
	struct address address = { domain, bus, slot };

	return find_and_get(has_address, &address);
}

/**
 * sim_gpu_count() - how many GPUs the driver is bound to
 *
 * Context: process; takes gpus_lock.
 * Return: their number.
 */
unsigned int sim_gpu_count(void)
{
	unsigned int i, count = 0;

	mutex_lock(&gpus_lock);
	for (i = 0; i < SIM_GPUS_MAX; i++)
		count += !!gpus[i];
	mutex_unlock(&gpus_lock);
	return count;
}

/**
 * sim_gpu_minor_known() - does a device node have a GPU
 * @minor: N of nvidiaN
 *
 * Context: process; takes gpus_lock.
 * Return: whether it does now.
 */
bool sim_gpu_minor_known(u32 minor)
{
	struct sim_gpu *gpu = sim_gpu_get_by_minor(minor);

	sim_gpu_put(gpu);
	return gpu;
}

/**
 * sim_gpu_is_lost() - was the driver unbound
 * @gpu: the GPU
 *
 * Context: any.
 * Return: whether it was.
 */
bool sim_gpu_is_lost(const struct sim_gpu *gpu)
{
	/* Set once, by sim_gpu_lose(); nothing else is read through it. */
	return READ_ONCE(gpu->lost);
}

/**
 * sim_gpu_uuid_text() - the UUID as nvidia-smi prints it
 * @gpu: the GPU
 * @text: SIM_GPU_UUID_TEXT_BYTES bytes
 *
 * Context: any.
 */
void sim_gpu_uuid_text(const struct sim_gpu *gpu, char *text)
{
	snprintf(text, SIM_GPU_UUID_TEXT_BYTES, "GPU-%pUb", gpu->uuid);
}

/**
 * sim_gpu_window_base() - where the CPU sees the video memory
 * @gpu: the GPU
 *
 * Nothing is there: the address only names the place in calls.
 *
 * Context: any.
 * Return: what a real card has in BAR1.
 */
u64 sim_gpu_window_base(const struct sim_gpu *gpu)
{
	return WINDOW_BASE + gpu->instance * WINDOW_STRIDE;
}

/**
 * sim_gpu_window_bytes() - size of the window
 * @gpu: the GPU
 *
 * Context: any.
 * Return: all video memory, rounded up as a resizable BAR is.
 */
u64 sim_gpu_window_bytes(const struct sim_gpu *gpu)
{
	return roundup_pow_of_two(gpu->vram_bytes);
}

/**
 * sim_gpu_registers_base() - where the CPU would see the registers
 * @gpu: the GPU
 *
 * Context: any.
 * Return: what a real card has in BAR0.
 */
u64 sim_gpu_registers_base(const struct sim_gpu *gpu)
{
	return REGISTERS_BASE + gpu->instance * SIM_GPU_REGISTERS_BYTES;
}
