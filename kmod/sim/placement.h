/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * How a request for memory becomes sizes, page sizes and alignments.  Pure:
 * numbers in, numbers out.  The rules are those of NVIDIA's resource manager
 * for a GPU with pages of 4 KiB, 64 KiB and 2 MiB; docs/simulator.md states
 * them.
 */
#ifndef SIM_PLACEMENT_H
#define SIM_PLACEMENT_H

#include <linux/types.h>

#define SIM_PAGE_SMALL_BYTES	(4ULL << 10)
#define SIM_PAGE_BIG_BYTES	(64ULL << 10)
#define SIM_PAGE_HUGE_BYTES	(2ULL << 20)

/* How the pieces of an allocation may lie. */
enum sim_layout {
	SIM_LAYOUT_TOGETHER,		/* in one run */
	SIM_LAYOUT_TOGETHER_IF_FREE,	/* in one run, else scattered */
	SIM_LAYOUT_SCATTERED,		/* as it comes */
};

/**
 * struct sim_placement - where and how large
 * @size_bytes: rounded up to the page size: what the driver says
 * @page_bytes: the page size
 * @align_bytes: alignment of the first address
 * @layout: how the pieces may lie
 * @attr: the attributes with what was chosen filled in
 * @attr2: more of them
 */
struct sim_placement {
	u64 size_bytes;
	u64 page_bytes;
	u64 align_bytes;
	enum sim_layout layout;
	u32 attr;
	u32 attr2;
};

u32 sim_placement_video(u64 size_bytes, u64 align_bytes, u32 flags, u32 attr,
			u32 attr2, struct sim_placement *place);
u32 sim_placement_system(u64 size_bytes, u32 attr, u32 attr2,
			 struct sim_placement *place);
u32 sim_placement_virtual(u64 size_bytes, u64 align_bytes, u32 flags, u32 attr,
			  u32 attr2, struct sim_placement *place);
u32 sim_placement_set_physicality(u32 attr, bool scattered);

#endif /* SIM_PLACEMENT_H */
