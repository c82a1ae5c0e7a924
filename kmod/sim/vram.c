// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Which parts of a GPU's video memory are taken.  Pure: see vram.h.
 */
#include <linux/bitmap.h>
#include <linux/kernel.h>

#include "vram.h"

/**
 * sim_vram_init() - begin with all of it free
 * @vram: what to set up
 * @bits: at least @units bits
 * @units: how many units there are
 *
 * Context: any; the caller owns @vram.
 */
void sim_vram_init(struct sim_vram *vram, unsigned long *bits,
		   unsigned long units)
{
	bitmap_zero(bits, units);
	vram->taken = bits;
	vram->units = units;
	vram->free = units;
}

static void take(struct sim_vram *vram, const struct sim_vram_run *run)
{
	bitmap_set(vram->taken, run->first, run->count);
	vram->free -= run->count;
}

/**
 * sim_vram_take_run() - take units that follow one another
 * @vram: where from
 * @count: how many, at least 1
 * @align: the first one is a multiple of this power of two
 * @first: lowest unit that may be taken
 * @end: one past the highest
 * @run: what was taken
 *
 * Context: the caller holds the lock of @vram.
 * Return: false, and nothing taken, when there is no such run.
 */
bool sim_vram_take_run(struct sim_vram *vram, unsigned long count,
		       unsigned long align, unsigned long first,
		       unsigned long end, struct sim_vram_run *run)
{
	unsigned long found;

	end = min(end, vram->units);
	if (!count || count > vram->free || first >= end || count > end - first)
		return false;

	found = bitmap_find_next_zero_area(vram->taken, end, first, count,
					   align - 1);
	if (found >= end)
		return false;

	run->first = found;
	run->count = count;
	take(vram, run);
	return true;
}

/**
 * sim_vram_take_some() - take the lowest free grains that touch one another
 * @vram: where from
 * @count: at most this many units, a multiple of @grain
 * @grain: units that stay together and are aligned to their size, a power of
 *	two
 * @first: lowest unit that may be taken
 * @end: one past the highest
 * @run: what was taken, at least one grain
 *
 * Called again from the end of @run on it collects scattered memory.
 *
 * Context: the caller holds the lock of @vram.
 * Return: false, and nothing taken, when not one grain is left.
 */
bool sim_vram_take_some(struct sim_vram *vram, unsigned long count,
			unsigned long grain, unsigned long first,
			unsigned long end, struct sim_vram_run *run)
{
	unsigned long found, stop;

	end = min(end, vram->units);
	if (count < grain || first >= end)
		return false;

	found = bitmap_find_next_zero_area(vram->taken, end, first, grain,
					   grain - 1);
	if (found >= end)
		return false;

	stop = find_next_bit(vram->taken, end, found);
	run->first = found;
	run->count = min(count, rounddown(stop - found, grain));
	take(vram, run);
	return true;
}

/**
 * sim_vram_give() - give back what was taken
 * @vram: where it came from
 * @run: units that are all taken
 *
 * Context: the caller holds the lock of @vram.
 */
void sim_vram_give(struct sim_vram *vram, const struct sim_vram_run *run)
{
	bitmap_clear(vram->taken, run->first, run->count);
	vram->free += run->count;
}

/**
 * sim_vram_largest_free() - find the longest run of free units
 * @vram: where to look
 * @run: the run; its count is 0 when nothing is free
 *
 * Context: the caller holds the lock of @vram.
 */
void sim_vram_largest_free(const struct sim_vram *vram,
			   struct sim_vram_run *run)
{
	unsigned long first, stop;

	run->first = 0;
	run->count = 0;
	for (stop = 0; stop < vram->units;) {
		first = find_next_zero_bit(vram->taken, vram->units, stop);
		if (first >= vram->units)
			return;
		stop = find_next_bit(vram->taken, vram->units, first);
		if (stop - first > run->count) {
			run->first = first;
			run->count = stop - first;
		}
	}
}
