// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A space of addresses and the ranges that are reserved in it.  Pure: see
 * space.h.
 */
#include <linux/kernel.h>
#include <linux/overflow.h>

#include "space.h"

/**
 * sim_space_init() - begin with nothing reserved
 * @space: what to set up
 * @first: lowest address that may be given
 * @last: highest one
 *
 * Context: any; the caller owns @space.
 */
void sim_space_init(struct sim_space *space, u64 first, u64 last)
{
	INIT_LIST_HEAD(&space->ranges);
	space->first = first;
	space->last = last;
}

static void insert_before(struct sim_range *range, struct list_head *next,
			  u64 first, u64 last)
{
	range->first = first;
	range->last = last;
	list_add_tail(&range->link, next);
}

/**
 * sim_space_reserve() - reserve addresses that the caller chose
 * @space: where
 * @range: becomes part of @space
 * @first: lowest address
 * @bytes: how many, at least 1
 *
 * Context: the caller holds the lock of @space.
 * Return: false, and nothing changed, when one of them is taken or outside.
 */
bool sim_space_reserve(struct sim_space *space, struct sim_range *range,
		       u64 first, u64 bytes)
{
	struct sim_range *at;
	u64 last;

	if (!bytes || check_add_overflow(first, bytes - 1, &last))
		return false;
	if (first < space->first || last > space->last)
		return false;

	list_for_each_entry(at, &space->ranges, link) {
		if (at->last < first)
			continue;
		if (at->first <= last)
			return false;
		break;
	}
	insert_before(range, &at->link, first, last);
	return true;
}

/* The first fit at or above @from that ends at or below @last. */
static bool fits(u64 from, u64 bytes, u64 align, u64 last, u64 *first)
{
	u64 up, end;

	if (check_add_overflow(from, align - 1, &up))
		return false;
	*first = up & ~(align - 1);
	return !check_add_overflow(*first, bytes - 1, &end) && end <= last;
}

/**
 * sim_space_find_room() - reserve the lowest addresses that are free
 * @space: where
 * @range: becomes part of @space
 * @bytes: how many, at least 1
 * @align: the first one is a multiple of this power of two
 * @first: lowest address that will do
 * @last: highest one
 *
 * Context: the caller holds the lock of @space.
 * Return: false, and nothing changed, when there is no such room.
 */
bool sim_space_find_room(struct sim_space *space, struct sim_range *range,
			 u64 bytes, u64 align, u64 first, u64 last)
{
	struct sim_range *at;
	u64 from = max(first, space->first);
	u64 found;

	last = min(last, space->last);
	if (!bytes || from > last)
		return false;

	list_for_each_entry(at, &space->ranges, link) {
		if (at->last < from)
			continue;
		if (at->first > from &&
		    fits(from, bytes, align, min(last, at->first - 1), &found))
			break;
		if (check_add_overflow(at->last, (u64)1, &from))
			return false;
	}
	/* Behind the last range, or in the gap that the loop stopped at. */
	if (!fits(from, bytes, align, last, &found))
		return false;
	insert_before(range, &at->link, found, found + bytes - 1);
	return true;
}

/**
 * sim_space_release() - addresses are free again
 * @range: reserved, or never was
 *
 * Context: the caller holds the lock of the space.
 */
void sim_space_release(struct sim_range *range)
{
	list_del_init(&range->link);
}

/**
 * sim_space_at() - which range has this address
 * @space: where to look
 * @address: the address
 *
 * Context: the caller holds the lock of @space.
 * Return: the range, or NULL.
 */
struct sim_range *sim_space_at(const struct sim_space *space, u64 address)
{
	struct sim_range *at;

	list_for_each_entry(at, &space->ranges, link) {
		if (at->first > address)
			return NULL;
		if (at->last >= address)
			return at;
	}
	return NULL;
}
