/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * GPU virtual addresses: address spaces, ranges that are reserved in them, and
 * memory that is mapped there.  How an engine finds the bytes is mmu.h's.
 *
 * Protected by sim_rm_lock.
 */
#ifndef SIM_VIRTUAL_H
#define SIM_VIRTUAL_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include "mmu.h"
#include "space.h"

struct sim_memory;
struct sim_object;

/**
 * struct sim_vaspace - an address space of a GPU
 * @ref: objects and UVM sessions that refer to it
 * @space: the addresses
 * @mmu: what lies at them, as the engines see it
 */
struct sim_vaspace {
	refcount_t ref;
	struct sim_space space;
	struct sim_mmu mmu;
};

/**
 * struct sim_varange - addresses that an object has
 * @vaspace: where, with a reference
 * @range: the addresses, when they were reserved at once
 * @reserved: they were; else each mapping takes addresses of the space
 * @inside: what is mapped into @range
 * @maps: of struct sim_dma_map
 */
struct sim_varange {
	struct sim_vaspace *vaspace;
	struct sim_range range;
	bool reserved;
	struct sim_space inside;
	struct list_head maps;
};

struct sim_vaspace *sim_vaspace_create(u64 first, u64 bytes);
struct sim_vaspace *sim_vaspace_get(struct sim_vaspace *vaspace);
void sim_vaspace_put(struct sim_vaspace *vaspace);
u32 sim_vaspace_find(const struct sim_object *object, u32 handle,
		     struct sim_vaspace **vaspace);

u32 sim_varange_create(struct sim_object *object, u32 hvaspace,
		       struct sim_varange **varange);
u32 sim_varange_reserve(struct sim_varange *varange, u64 bytes, u64 align,
			bool fixed, u64 first, u64 last);
void sim_varange_destroy(struct sim_varange *varange);

u32 sim_dma_map(struct sim_object *into, struct sim_object *memory, u64 offset,
		u64 bytes, bool fixed, u64 *address);
u32 sim_dma_unmap(struct sim_object *from, u32 hmemory, u64 address,
		  u64 bytes);
void sim_dma_unmap_all(struct sim_object *memory);

#endif /* SIM_VIRTUAL_H */
