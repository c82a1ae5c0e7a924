/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What freed video memory leaves on the card.  As a rule that is nothing: the
 * driver scrubs what is freed.  With RMDisableScrubOnFree it does not, and the
 * next one finds the bytes at the same place.
 */
#ifndef SIM_RESIDUE_H
#define SIM_RESIDUE_H

#include <linux/types.h>

struct page;
struct sim_gpu;

void sim_residue_leave(struct sim_gpu *gpu, unsigned long place,
		       struct page *page);
struct page *sim_residue_find(struct sim_gpu *gpu, unsigned long place);
void sim_residue_fini(struct sim_gpu *gpu);

#endif /* SIM_RESIDUE_H */
