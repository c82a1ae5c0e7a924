/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The engines' view of an address space: from a GPU address to bytes.  It must not
 * know who mapped what, nor what an access that fails leads to.
 *
 * "Window": the bytes from an address to the end of its page, as long as they are
 * in use; it holds the memory, so that no mapping can take the bytes away.
 */
#ifndef SIM_MMU_H
#define SIM_MMU_H

#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct sim_memory;

/**
 * struct sim_mmu - what lies where in one address space
 * @lock: protects @maps; taken below sim_rm_lock and sim_engine.lock
 * @maps: of struct sim_mmu_map, none over another
 */
struct sim_mmu {
	struct mutex lock;
	struct rb_root maps;
};

/**
 * struct sim_mmu_map - memory at GPU addresses; part of the owner's structure
 * @node: in sim_mmu.maps
 * @first: lowest address
 * @last: highest address
 * @memory: what is there; the owner holds it
 * @offset: of the first byte in @memory
 */
struct sim_mmu_map {
	struct rb_node node;
	u64 first;
	u64 last;
	struct sim_memory *memory;
	u64 offset;
};

/**
 * struct sim_mmu_window - bytes that are being used
 * @memory: whose, with a reference
 * @bytes: where the CPU sees them
 * @length: how many
 */
struct sim_mmu_window {
	struct sim_memory *memory;
	void *bytes;
	u64 length;
};

void sim_mmu_init(struct sim_mmu *mmu);
void sim_mmu_map(struct sim_mmu *mmu, struct sim_mmu_map *map, u64 first,
		 u64 last, struct sim_memory *memory, u64 offset);
void sim_mmu_unmap(struct sim_mmu *mmu, struct sim_mmu_map *map);

int sim_mmu_open(struct sim_mmu *mmu, u64 address,
		 struct sim_mmu_window *window);
void sim_mmu_close(struct sim_mmu_window *window);
int sim_mmu_read(struct sim_mmu *mmu, u64 address, void *to, u64 bytes);
int sim_mmu_write(struct sim_mmu *mmu, u64 address, const void *from,
		  u64 bytes);

#endif /* SIM_MMU_H */
