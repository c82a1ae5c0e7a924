// SPDX-License-Identifier: GPL-2.0
/*
 * How the card's figures turn into a container's: see view_fb.h.
 */
#include "view_fb.h"

#include "nvabi/nvctrl.h"

static u32 lesser_kib(u32 kib, u64 bytes)
{
	return bytes / 1024 < kib ? (u32)(bytes / 1024) : kib;
}

/**
 * gnv_view_fb_info() - one figure of FB_GET_INFO
 * @index: which one
 * @data: what the driver says, in KiB where it is a size
 * @share: the container's share
 *
 * Context: Any.
 * Return: what the container is told.
 */
u32 gnv_view_fb_info(u32 index, u32 data, const struct gnv_view_share *share)
{
	switch (index) {
	case NV2080_CTRL_FB_INFO_INDEX_RAM_SIZE:
	case NV2080_CTRL_FB_INFO_INDEX_TOTAL_RAM_SIZE:
	case NV2080_CTRL_FB_INFO_INDEX_HEAP_SIZE:
	case NV2080_CTRL_FB_INFO_INDEX_MAPPABLE_HEAP_SIZE:
	case NV2080_CTRL_FB_INFO_INDEX_USABLE_RAM_SIZE:
	case NV2080_CTRL_FB_INFO_INDEX_PROTECTED_MEM_SIZE_TOTAL_KB:
		return lesser_kib(data, share->total_bytes);
	case NV2080_CTRL_FB_INFO_INDEX_LARGEST_FREE_REGION_SIZE_KB:
	case NV2080_CTRL_FB_INFO_INDEX_HEAP_FREE:
	case NV2080_CTRL_FB_INFO_INDEX_PROTECTED_MEM_SIZE_FREE_KB:
		return lesser_kib(data, share->free_bytes);
	case NV2080_CTRL_FB_INFO_INDEX_BAR1_AVAIL_SIZE:
	case NV2080_CTRL_FB_INFO_INDEX_BAR1_MAX_CONTIGUOUS_AVAIL_SIZE:
		/* How much of it others have mapped is not told. */
		return (u32)(share->window_bytes / 1024);
	case NV2080_CTRL_FB_INFO_INDEX_LARGEST_FREE_REGION_BASE_KB:
		return 0;
	default:
		return data;
	}
}
