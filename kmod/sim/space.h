/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * A space of addresses and the ranges that are reserved in it: GPU virtual
 * addresses, the window through which the CPU sees video memory, ranges of a
 * UVM session.  Pure: ranges are embedded in the caller's objects and kept in
 * order; the caller brings the lock.
 */
#ifndef SIM_SPACE_H
#define SIM_SPACE_H

#include <linux/list.h>
#include <linux/types.h>

/**
 * struct sim_space - addresses that ranges are reserved in
 * @ranges: of struct sim_range, ascending, none overlaps another
 * @first: lowest address that may be given
 * @last: highest one
 */
struct sim_space {
	struct list_head ranges;
	u64 first;
	u64 last;
};

/**
 * struct sim_range - addresses that are reserved
 * @link: in sim_space.ranges, empty while it is in none
 * @first: lowest address
 * @last: highest one
 */
struct sim_range {
	struct list_head link;
	u64 first;
	u64 last;
};

void sim_space_init(struct sim_space *space, u64 first, u64 last);
bool sim_space_reserve(struct sim_space *space, struct sim_range *range,
		       u64 first, u64 bytes);
bool sim_space_find_room(struct sim_space *space, struct sim_range *range,
			 u64 bytes, u64 align, u64 first, u64 last);
void sim_space_release(struct sim_range *range);
struct sim_range *sim_space_at(const struct sim_space *space, u64 address);

#endif /* SIM_SPACE_H */
