// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Whose turn it is on an engine.  Pure: see runlist.h.
 */
#include <linux/kernel.h>

#include "runlist.h"

/**
 * sim_runlist_init() - begin with no members
 * @runlist: what to set up
 *
 * Context: any; the caller owns @runlist.
 */
void sim_runlist_init(struct sim_runlist *runlist)
{
	unsigned int i;

	for (i = 0; i < SIM_RUNLIST_LEVELS; i++)
		INIT_LIST_HEAD(&runlist->levels[i]);
}

/**
 * sim_runlist_add() - one more takes turns
 * @runlist: where
 * @member: who
 * @level: its level, below SIM_RUNLIST_LEVELS
 *
 * Context: the caller holds the lock of @runlist.
 */
void sim_runlist_add(struct sim_runlist *runlist,
		     struct sim_runlist_member *member, u32 level)
{
	member->level = level;
	member->had = false;
	list_add_tail(&member->link, &runlist->levels[level]);
}

/**
 * sim_runlist_remove() - one takes turns no more
 * @member: who
 *
 * Context: the caller holds the lock of the runlist.
 */
void sim_runlist_remove(struct sim_runlist_member *member)
{
	list_del(&member->link);
}

static struct sim_runlist_member *next_of_level(struct list_head *level)
{
	struct sim_runlist_member *member;

	list_for_each_entry(member, level, link) {
		if (member->ready && !member->had)
			return member;
	}
	return NULL;
}

static void begin_pass(struct list_head *level)
{
	struct sim_runlist_member *member;

	list_for_each_entry(member, level, link)
		member->had = false;
}

/* The levels above a member begin anew: they come again before the next of its. */
static struct sim_runlist_member *take_turn(struct sim_runlist *runlist)
{
	struct sim_runlist_member *member;
	int level, above;

	for (level = SIM_RUNLIST_LEVELS - 1; level >= 0; level--) {
		member = next_of_level(&runlist->levels[level]);
		if (!member)
			continue;
		member->had = true;
		for (above = level + 1; above < SIM_RUNLIST_LEVELS; above++)
			begin_pass(&runlist->levels[above]);
		return member;
	}
	return NULL;
}

/**
 * sim_runlist_next() - whose turn is next
 * @runlist: of whom
 *
 * Context: the caller holds the lock of @runlist.
 * Return: the member, whose turn this is now, or NULL when none is ready.
 */
struct sim_runlist_member *sim_runlist_next(struct sim_runlist *runlist)
{
	struct sim_runlist_member *member = take_turn(runlist);
	unsigned int i;

	/* From below, so that what is above is not begun twice. */
	for (i = 0; !member && i < SIM_RUNLIST_LEVELS; i++) {
		begin_pass(&runlist->levels[i]);
		member = take_turn(runlist);
	}
	return member;
}
