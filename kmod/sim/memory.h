/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Memory that objects refer to, with real bytes behind it, and its mappings
 * into the CPU's address space.  It must not know which handles refer to it.
 *
 * "Memory" here is one piece of video or host memory, however many objects,
 * UVM ranges and mappings refer to it; it goes with the last of them.
 */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "placement.h"
#include "space.h"
#include "vram.h"

struct address_space;
struct page;
struct sim_call;
struct sim_gpu;
struct sim_object;
struct vm_area_struct;

/**
 * struct sim_memory - one piece of memory
 * @ref: who refers to it
 * @gpu: where it was made, with a reference; NULL when it belongs to no GPU
 * @video: it is video memory
 * @user_read_only: programs may not write it
 * @doorbell: it is a page of doorbells; a store into it wakes the engines
 * @bytes: size, as the driver tells it
 * @page_bytes: page size
 * @attr: NVOS32_ATTR_*
 * @flags: NVOS32_ALLOC_FLAGS_*
 * @runs: what of the video memory it takes
 * @run_count: how many of them
 * @lock: protects @pages
 * @pages: struct page by number; those never touched are absent and read as 0
 */
struct sim_memory {
	refcount_t ref;
	struct sim_gpu *gpu;
	bool video;
	bool user_read_only;
	bool doorbell;
	u64 bytes;
	u64 page_bytes;
	u32 attr;
	u32 flags;
	struct sim_vram_run *runs;
	unsigned int run_count;
	struct mutex lock;
	struct xarray pages;
};

/**
 * struct sim_cpu_map - a part of memory that the CPU may map
 * @ref: the object's, the file's, and one for each mmap
 * @link: in sim_object.cpu_maps
 * @doorbell: in sim_doorbells.maps, for doorbells
 * @memory: what is mapped, with a reference; NULL when it was let go
 * @gpu: the memory's, with a reference, or NULL
 * @video: it is video memory
 * @by_fault: it is mapped when it is touched, and can be taken away
 * @rings: touching it rings a doorbell
 * @kernel: where the kernel sees it, or NULL; then a file maps it
 * @first_page: number of the first page of it
 * @pages: how many
 * @range: for video memory: where in the GPU's window
 * @address: what calls name it by
 * @writable: the CPU may write
 * @lock: protects what follows and @memory, and orders faults against the end
 * @dead: the object or the mapping was freed
 * @vmas: how often it is mapped
 * @space: the file's mappings, NULL before the file is known
 */
struct sim_cpu_map {
	refcount_t ref;
	struct list_head link;
	struct list_head doorbell;
	struct sim_memory *memory;
	struct sim_gpu *gpu;
	bool video;
	bool by_fault;
	bool rings;
	void *kernel;
	unsigned long first_page;
	unsigned long pages;
	struct sim_range range;
	u64 address;
	bool writable;
	struct mutex lock;
	bool dead;
	unsigned long vmas;
	struct address_space *space;
};

u32 sim_memory_try_video(struct sim_gpu *gpu, const struct sim_placement *place,
			 u64 first_byte, u64 end_byte,
			 struct sim_memory **memory);
u32 sim_memory_create_video(struct sim_gpu *gpu,
			    const struct sim_placement *place, u64 first_byte,
			    u64 end_byte, struct sim_memory **memory);
u32 sim_memory_create_system(struct sim_gpu *gpu,
			     const struct sim_placement *place,
			     struct sim_memory **memory);
struct sim_memory *sim_memory_get(struct sim_memory *memory);
void sim_memory_put(struct sim_memory *memory);
u64 sim_memory_offset(const struct sim_memory *memory);
u64 sim_memory_taken_bytes(const struct sim_memory *memory);
struct page *sim_memory_page(struct sim_memory *memory, unsigned long number);
void *sim_memory_vmap(struct sim_memory *memory, unsigned long first,
		      unsigned long count);

u32 sim_cpu_map_create(struct sim_object *object, struct sim_memory *memory,
		       u64 offset, u64 bytes, bool writable,
		       struct sim_cpu_map **map);
u32 sim_cpu_map_create_kernel(struct sim_object *object,
			      struct sim_memory *memory, u64 offset, u64 bytes,
			      struct sim_cpu_map **map);
void sim_cpu_map_zap(struct sim_cpu_map *map);
void sim_cpu_map_kill(struct sim_cpu_map *map);
struct sim_cpu_map *sim_cpu_map_get(struct sim_cpu_map *map);
void sim_cpu_map_put(struct sim_cpu_map *map);
void sim_cpu_map_set_space(struct sim_cpu_map *map,
			   struct address_space *space);
int sim_cpu_map_mmap(struct sim_cpu_map *map, struct vm_area_struct *vma);
void sim_memory_unmap_all(struct sim_object *object);

#endif /* SIM_MEMORY_H */
