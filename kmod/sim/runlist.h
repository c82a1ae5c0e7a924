/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Whose turn it is on an engine.  Pure: it must not know what the members do nor
 * what time it is.
 *
 * Members of one level take turns.  All members of a level that are ready have
 * theirs before the next one of a lower level: with high H1 H2 and low L1 L2 the
 * order is H1 H2 L1 H1 H2 L2, as the driver builds its runlists.
 */
#ifndef SIM_RUNLIST_H
#define SIM_RUNLIST_H

#include <linux/list.h>
#include <linux/types.h>

#define SIM_RUNLIST_LEVELS 3

/**
 * struct sim_runlist_member - one that takes turns
 * @link: in the list of its level
 * @level: 0 low, 1 medium, 2 high
 * @ready: it has something to do; kept up by the caller
 * @had: it had its turn in this pass over its level
 */
struct sim_runlist_member {
	struct list_head link;
	u32 level;
	bool ready;
	bool had;
};

/**
 * struct sim_runlist - all that take turns on one engine
 * @levels: members by level, in the order of their turns
 */
struct sim_runlist {
	struct list_head levels[SIM_RUNLIST_LEVELS];
};

void sim_runlist_init(struct sim_runlist *runlist);
void sim_runlist_add(struct sim_runlist *runlist,
		     struct sim_runlist_member *member, u32 level);
void sim_runlist_remove(struct sim_runlist_member *member);
struct sim_runlist_member *sim_runlist_next(struct sim_runlist *runlist);

#endif /* SIM_RUNLIST_H */
