// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * From a GPU address to bytes; see mmu.h.
 */
#include <linux/highmem.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "memory.h"
#include "mmu.h"

/**
 * sim_mmu_init() - begin with nothing mapped
 * @mmu: what to set up
 *
 * Context: any; the caller owns @mmu.
 */
void sim_mmu_init(struct sim_mmu *mmu)
{
	mutex_init(&mmu->lock);
	mmu->maps = RB_ROOT;
}

/**
 * sim_mmu_map() - let the engines see memory
 * @mmu: where
 * @map: becomes part of @mmu
 * @first: lowest address
 * @last: highest address; nothing else is mapped from @first to here
 * @memory: the memory, which stays until sim_mmu_unmap()
 * @offset: which byte of it is at @first
 *
 * Context: process; takes the lock of @mmu.
 */
void sim_mmu_map(struct sim_mmu *mmu, struct sim_mmu_map *map, u64 first,
		 u64 last, struct sim_memory *memory, u64 offset)
{
	struct rb_node **at = &mmu->maps.rb_node, *parent = NULL;

	map->first = first;
	map->last = last;
	map->memory = memory;
	map->offset = offset;

	mutex_lock(&mmu->lock);
	while (*at) {
		parent = *at;
		at = first < rb_entry(parent, struct sim_mmu_map, node)->first ?
			     &parent->rb_left :
			     &parent->rb_right;
	}
	rb_link_node(&map->node, parent, at);
	rb_insert_color(&map->node, &mmu->maps);
	mutex_unlock(&mmu->lock);
}

/**
 * sim_mmu_unmap() - the engines see it no more
 * @mmu: where
 * @map: from sim_mmu_map()
 *
 * Who has a window open still has it.
 *
 * Context: process; takes the lock of @mmu.
 */
void sim_mmu_unmap(struct sim_mmu *mmu, struct sim_mmu_map *map)
{
	mutex_lock(&mmu->lock);
	rb_erase(&map->node, &mmu->maps);
	mutex_unlock(&mmu->lock);
}

static const struct sim_mmu_map *find(const struct sim_mmu *mmu, u64 address)
{
	const struct rb_node *node = mmu->maps.rb_node;
	const struct sim_mmu_map *map;

	lockdep_assert_held(&mmu->lock);
	while (node) {
		map = rb_entry(node, struct sim_mmu_map, node);
		if (address < map->first)
			node = node->rb_left;
		else if (address > map->last)
			node = node->rb_right;
		else
			return map;
	}
	return NULL;
}

/**
 * sim_mmu_open() - use the bytes at an address
 * @mmu: the address space
 * @address: the address
 * @window: the bytes; closed in the opposite order when there are several
 *
 * Context: process; takes the lock of @mmu and the memory's, may wait for memory.
 * Return: 0, -EFAULT when nothing is there, -ENOMEM when the host has no page left.
 */
int sim_mmu_open(struct sim_mmu *mmu, u64 address,
		 struct sim_mmu_window *window)
{
	const struct sim_mmu_map *map;
	struct page *page;
	u64 offset;

	mutex_lock(&mmu->lock);
	map = find(mmu, address);
	offset = map ? map->offset + (address - map->first) : 0;
	/* Mappings are whole pages; what is behind the memory is nobody's. */
	if (map && offset >= map->memory->bytes)
		map = NULL;
	if (map) {
		window->memory = sim_memory_get(map->memory);
		window->length = min_t(u64, map->last - address + 1,
				       PAGE_SIZE - offset_in_page(offset));
	}
	mutex_unlock(&mmu->lock);
	if (!map)
		return -EFAULT;

	page = sim_memory_page(window->memory, offset >> PAGE_SHIFT);
	if (!page) {
		sim_memory_put(window->memory);
		return -ENOMEM;
	}
	window->bytes = kmap_local_page(page) + offset_in_page(offset);
	return 0;
}

/**
 * sim_mmu_close() - done with the bytes
 * @window: from sim_mmu_open()
 *
 * Context: process; may take vram_lock.
 */
void sim_mmu_close(struct sim_mmu_window *window)
{
	kunmap_local(window->bytes);
	sim_memory_put(window->memory);
}

/**
 * sim_mmu_read() - copy bytes out
 * @mmu: the address space
 * @address: of the first byte
 * @to: where they go
 * @bytes: how many
 *
 * Context: as sim_mmu_open().
 * Return: 0 or as sim_mmu_open(); some bytes may have been copied then.
 */
int sim_mmu_read(struct sim_mmu *mmu, u64 address, void *to, u64 bytes)
{
	struct sim_mmu_window window;
	int err;

	while (bytes) {
		err = sim_mmu_open(mmu, address, &window);
		if (err)
			return err;
		window.length = min(window.length, bytes);
		memcpy(to, window.bytes, window.length);
		sim_mmu_close(&window);
		to += window.length;
		address += window.length;
		bytes -= window.length;
	}
	return 0;
}

/**
 * sim_mmu_write() - copy bytes in
 * @mmu: the address space
 * @address: of the first byte
 * @from: where they are
 * @bytes: how many
 *
 * Context: as sim_mmu_open().
 * Return: 0 or as sim_mmu_open(); some bytes may have been copied then.
 */
int sim_mmu_write(struct sim_mmu *mmu, u64 address, const void *from,
		  u64 bytes)
{
	struct sim_mmu_window window;
	int err;

	while (bytes) {
		err = sim_mmu_open(mmu, address, &window);
		if (err)
			return err;
		window.length = min(window.length, bytes);
		memcpy(window.bytes, from, window.length);
		sim_mmu_close(&window);
		from += window.length;
		address += window.length;
		bytes -= window.length;
	}
	return 0;
}
