// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * How a request for memory becomes sizes, page sizes and alignments.  Pure: see
 * placement.h.
 */
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/overflow.h>

#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"

#include "placement.h"

static u32 field(u32 word, u32 mask, unsigned int shift)
{
	return (word & mask) >> shift;
}

static u32 with_field(u32 word, u32 mask, unsigned int shift, u32 value)
{
	return (word & ~mask) | (value << shift);
}

/* The page size that the attributes ask for; 0 is the driver's choice. */
static u32 asked_page_bytes(u32 attr, u32 attr2, u64 *page_bytes)
{
	switch (field(attr, NVOS32_ATTR_PAGE_SIZE_MASK,
		      NVOS32_ATTR_PAGE_SIZE_SHIFT)) {
	case NVOS32_ATTR_PAGE_SIZE_4KB:
		*page_bytes = SIM_PAGE_SMALL_BYTES;
		return NV_OK;
	case NVOS32_ATTR_PAGE_SIZE_BIG:
		*page_bytes = SIM_PAGE_BIG_BYTES;
		return NV_OK;
	case NVOS32_ATTR_PAGE_SIZE_HUGE:
		/* This GPU has no pages of 512 MiB. */
		if (field(attr2, NVOS32_ATTR2_PAGE_SIZE_HUGE_MASK,
			  NVOS32_ATTR2_PAGE_SIZE_HUGE_SHIFT) >=
		    NVOS32_ATTR2_PAGE_SIZE_HUGE_512MB)
			return NV_ERR_INVALID_STATE;
		*page_bytes = SIM_PAGE_HUGE_BYTES;
		return NV_OK;
	default:
		*page_bytes = 0;
		return NV_OK;
	}
}

static void tell_page_bytes(struct sim_placement *place)
{
	u32 value = NVOS32_ATTR_PAGE_SIZE_4KB;

	if (place->page_bytes == SIM_PAGE_BIG_BYTES) {
		value = NVOS32_ATTR_PAGE_SIZE_BIG;
	} else if (place->page_bytes == SIM_PAGE_HUGE_BYTES) {
		value = NVOS32_ATTR_PAGE_SIZE_HUGE;
		place->attr2 = with_field(place->attr2,
					  NVOS32_ATTR2_PAGE_SIZE_HUGE_MASK,
					  NVOS32_ATTR2_PAGE_SIZE_HUGE_SHIFT,
					  NVOS32_ATTR2_PAGE_SIZE_HUGE_2MB);
	}
	place->attr = with_field(place->attr, NVOS32_ATTR_PAGE_SIZE_MASK,
				 NVOS32_ATTR_PAGE_SIZE_SHIFT, value);
}

/* An alignment that the page size can honour wins, else the page size does. */
static u32 choose_alignment(u64 align_bytes, u32 flags,
			    struct sim_placement *place)
{
	place->align_bytes = place->page_bytes;
	if (!(flags & (NVOS32_ALLOC_FLAGS_ALIGNMENT_HINT |
		       NVOS32_ALLOC_FLAGS_ALIGNMENT_FORCE)) ||
	    !align_bytes)
		return NV_OK;

	if (is_power_of_2(align_bytes)) {
		place->align_bytes = max(align_bytes, place->page_bytes);
		return NV_OK;
	}
	return flags & NVOS32_ALLOC_FLAGS_ALIGNMENT_FORCE ?
		       NV_ERR_INVALID_ARGUMENT :
		       NV_OK;
}

static u32 round_size(u64 size_bytes, struct sim_placement *place)
{
	u64 up;

	if (!size_bytes)
		return NV_ERR_INVALID_ARGUMENT;
	if (check_add_overflow(size_bytes, place->page_bytes - 1, &up))
		return NV_ERR_NO_MEMORY;
	place->size_bytes = up & ~(place->page_bytes - 1);
	return NV_OK;
}

static enum sim_layout asked_layout(u32 attr)
{
	switch (field(attr, NVOS32_ATTR_PHYSICALITY_MASK,
		      NVOS32_ATTR_PHYSICALITY_SHIFT)) {
	case NVOS32_ATTR_PHYSICALITY_NONCONTIGUOUS:
		return SIM_LAYOUT_SCATTERED;
	case NVOS32_ATTR_PHYSICALITY_CONTIGUOUS:
		return SIM_LAYOUT_TOGETHER;
	default:
		return SIM_LAYOUT_TOGETHER_IF_FREE;
	}
}

/* What video memory and GPU virtual addresses have in common. */
static u32 place_by_size(u64 size_bytes, u64 align_bytes, u32 flags, u32 attr,
			 u32 attr2, struct sim_placement *place)
{
	u32 status = asked_page_bytes(attr, attr2, &place->page_bytes);

	if (status != NV_OK)
		return status;
	if (!place->page_bytes)
		place->page_bytes = size_bytes >= SIM_PAGE_HUGE_BYTES ?
					    SIM_PAGE_HUGE_BYTES :
					    SIM_PAGE_BIG_BYTES;

	place->attr = attr;
	place->attr2 = attr2;
	place->layout = asked_layout(attr);
	tell_page_bytes(place);
	status = choose_alignment(align_bytes, flags, place);
	return status == NV_OK ? round_size(size_bytes, place) : status;
}

/**
 * sim_placement_video() - place an allocation of video memory
 * @size_bytes: size asked for
 * @align_bytes: alignment asked for, used as @flags say
 * @flags: NVOS32_ALLOC_FLAGS_*
 * @attr: NVOS32_ATTR_*
 * @attr2: NVOS32_ATTR2_*
 * @place: the result
 *
 * Context: any.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_placement_video(u64 size_bytes, u64 align_bytes, u32 flags, u32 attr,
			u32 attr2, struct sim_placement *place)
{
	return place_by_size(size_bytes, align_bytes, flags, attr, attr2,
			     place);
}

/**
 * sim_placement_system() - place an allocation of the host's memory
 * @size_bytes: size asked for
 * @attr: NVOS32_ATTR_*
 * @attr2: NVOS32_ATTR2_*
 * @place: the result
 *
 * Context: any.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_placement_system(u64 size_bytes, u32 attr, u32 attr2,
			 struct sim_placement *place)
{
	u32 status = asked_page_bytes(attr, attr2, &place->page_bytes);

	if (status != NV_OK)
		return status;
	/* The host's memory comes in small pages only. */
	if (place->page_bytes > SIM_PAGE_SMALL_BYTES)
		return NV_ERR_INVALID_STATE;

	place->page_bytes = SIM_PAGE_SMALL_BYTES;
	place->align_bytes = SIM_PAGE_SMALL_BYTES;
	place->layout = SIM_LAYOUT_SCATTERED;
	place->attr = attr;
	place->attr2 = attr2;
	tell_page_bytes(place);
	return round_size(size_bytes, place);
}

/**
 * sim_placement_virtual() - place a range of GPU virtual addresses
 * @size_bytes: size asked for
 * @align_bytes: alignment asked for, used as @flags say
 * @flags: NVOS32_ALLOC_FLAGS_*
 * @attr: NVOS32_ATTR_*
 * @attr2: NVOS32_ATTR2_*
 * @place: the result; the layout means nothing
 *
 * Context: any.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_placement_virtual(u64 size_bytes, u64 align_bytes, u32 flags, u32 attr,
			  u32 attr2, struct sim_placement *place)
{
	return place_by_size(size_bytes, align_bytes, flags, attr, attr2,
			     place);
}

/**
 * sim_placement_set_physicality() - tell how the pieces came to lie
 * @attr: NVOS32_ATTR_*
 * @scattered: they lie as it came
 *
 * Context: any.
 * Return: @attr with that filled in.
 */
u32 sim_placement_set_physicality(u32 attr, bool scattered)
{
	return with_field(attr, NVOS32_ATTR_PHYSICALITY_MASK,
			  NVOS32_ATTR_PHYSICALITY_SHIFT,
			  scattered ? NVOS32_ATTR_PHYSICALITY_NONCONTIGUOUS :
				      NVOS32_ATTR_PHYSICALITY_CONTIGUOUS);
}
