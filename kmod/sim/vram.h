/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Which parts of a GPU's video memory are taken.  Pure: a bit for each unit of
 * 64 KiB, the smallest piece that NVIDIA's physical memory allocator hands out.
 * It knows nothing of who took them, nor of the bytes behind them; the caller
 * brings the memory for the bits, and the lock.
 */
#ifndef SIM_VRAM_H
#define SIM_VRAM_H

#include <linux/types.h>

#define SIM_VRAM_UNIT_SHIFT	16
#define SIM_VRAM_UNIT_BYTES	(1UL << SIM_VRAM_UNIT_SHIFT)

/**
 * struct sim_vram - what is taken of one video memory
 * @taken: one bit for each unit
 * @units: number of units
 * @free: how many of them are free
 */
struct sim_vram {
	unsigned long *taken;
	unsigned long units;
	unsigned long free;
};

/**
 * struct sim_vram_run - units that follow one another
 * @first: number of the first one
 * @count: how many
 */
struct sim_vram_run {
	unsigned long first;
	unsigned long count;
};

void sim_vram_init(struct sim_vram *vram, unsigned long *bits,
		   unsigned long units);
bool sim_vram_take_run(struct sim_vram *vram, unsigned long count,
		       unsigned long align, unsigned long first,
		       unsigned long end, struct sim_vram_run *run);
bool sim_vram_take_some(struct sim_vram *vram, unsigned long count,
			unsigned long grain, unsigned long first,
			unsigned long end, struct sim_vram_run *run);
void sim_vram_give(struct sim_vram *vram, const struct sim_vram_run *run);
void sim_vram_largest_free(const struct sim_vram *vram,
			   struct sim_vram_run *run);

#endif /* SIM_VRAM_H */
