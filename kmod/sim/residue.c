// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What freed video memory leaves on the card; see residue.h.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/xarray.h>

#include "gpu.h"
#include "residue.h"
#include "sim.h"

/**
 * sim_residue_leave() - memory is freed
 * @gpu: of which GPU
 * @place: number of the page in its video memory, which is still taken
 * @page: its bytes; they are the card's now
 *
 * Context: process.
 */
void sim_residue_leave(struct sim_gpu *gpu, unsigned long place,
		       struct page *page)
{
	if (sim_config.scrub_on_free ||
	    xa_err(xa_store(&gpu->residue, place, page, GFP_KERNEL)))
		__free_page(page);
}

/**
 * sim_residue_find() - memory is touched for the first time
 * @gpu: of which GPU
 * @place: number of the page in its video memory, which the caller has taken
 *
 * Context: process.
 * Return: the bytes that are there, the caller's now; NULL: zeroes.
 */
struct page *sim_residue_find(struct sim_gpu *gpu, unsigned long place)
{
	return xa_erase(&gpu->residue, place);
}

/**
 * sim_residue_fini() - the card is gone
 * @gpu: the GPU
 *
 * Context: process.
 */
void sim_residue_fini(struct sim_gpu *gpu)
{
	unsigned long place;
	struct page *page;

	xa_for_each(&gpu->residue, place, page)
		__free_page(page);
	xa_destroy(&gpu->residue);
}
