/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists through members of what they list, for pure files: <linux/list.h> is not on
 * the host.  It knows nothing of locks; whoever owns the list has them.
 *
 * Words: a "link" is the member; a list is a link too, and empty when it is alone.
 */
#ifndef _GHOSTNV_LINK_H
#define _GHOSTNV_LINK_H

#include "pure.h"

/**
 * struct gnv_link - a place in a list, or the list itself
 * @next: the one behind it, round to the list
 * @prev: the one before it
 */
struct gnv_link {
	struct gnv_link *next;
	struct gnv_link *prev;
};

static inline void gnv_link_init(struct gnv_link *link)
{
	link->next = link;
	link->prev = link;
}

static inline bool gnv_link_is_alone(const struct gnv_link *link)
{
	return link->next == link;
}

/* Also for one that is in no list. */
static inline void gnv_link_remove(struct gnv_link *link)
{
	link->next->prev = link->prev;
	link->prev->next = link->next;
	gnv_link_init(link);
}

static inline void gnv_link_append(struct gnv_link *list, struct gnv_link *link)
{
	link->next = list;
	link->prev = list->prev;
	list->prev->next = link;
	list->prev = link;
}

/* The first of a list, which leaves it; NULL when there is none. */
static inline struct gnv_link *gnv_link_pop(struct gnv_link *list)
{
	struct gnv_link *first = list->next;

	if (first == list)
		return NULL;
	gnv_link_remove(first);
	return first;
}

#endif /* _GHOSTNV_LINK_H */
