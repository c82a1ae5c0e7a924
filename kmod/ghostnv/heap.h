/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Heaps of what is due first, through members of what they hold: nothing is allocated.
 * A pairing heap (Fredman, Sedgewick, Sleator, Tarjan, 1986): to insert takes constant
 * time, to remove O(log n) on the average over many, never more than O(n).
 *
 * Keys are compared by their difference, so they may wrap round as times do; those of
 * one heap lie within 2^63 of each other.
 */
#ifndef _GHOSTNV_HEAP_H
#define _GHOSTNV_HEAP_H

#include "pure.h"

/**
 * struct gnv_heap_node - a place in a heap
 * @key: the smallest comes first
 * @child: the first of those below it
 * @next: the next one below the same
 * @prev: the one before it, or for the first the one above; NULL for the top
 * @in: whether it is in a heap
 */
struct gnv_heap_node {
	u64 key;
	struct gnv_heap_node *child;
	struct gnv_heap_node *next;
	struct gnv_heap_node *prev;
	bool in;
};

/**
 * struct gnv_heap - a heap; empty when zeroed
 * @top: the one with the smallest key
 */
struct gnv_heap {
	struct gnv_heap_node *top;
};

void gnv_heap_insert(struct gnv_heap *heap, struct gnv_heap_node *node, u64 key);
void gnv_heap_remove(struct gnv_heap *heap, struct gnv_heap_node *node);

#endif /* _GHOSTNV_HEAP_H */
