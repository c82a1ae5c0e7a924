/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the card's figures of video memory turn into a container's.  Pure.
 */
#ifndef _GHOSTNV_VIEW_FB_H
#define _GHOSTNV_VIEW_FB_H

#include "pure.h"

/**
 * struct gnv_view_share - a container's share of one GPU
 * @total_bytes: its tightest limit, U64_MAX for none
 * @free_bytes: what it may still take, U64_MAX for anything
 * @window_bytes: the GPU's window for the CPU (BAR1), which is nobody's share
 */
struct gnv_view_share {
	u64 total_bytes;
	u64 free_bytes;
	u64 window_bytes;
};

u32 gnv_view_fb_info(u32 index, u32 data, const struct gnv_view_share *share);

#endif /* _GHOSTNV_VIEW_FB_H */
