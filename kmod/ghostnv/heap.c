// SPDX-License-Identifier: GPL-2.0
/*
 * Pairing heaps: see heap.h.  Without recursion: how deep a heap gets is up to those
 * whose keys are in it.
 */
#include "heap.h"

/* Makes one tree of two, either of which may be none. */
static struct gnv_heap_node *meld(struct gnv_heap_node *a, struct gnv_heap_node *b)
{
	struct gnv_heap_node *swap;

	if (!a)
		return b;
	if (!b)
		return a;
	if ((s64)(b->key - a->key) < 0) {
		swap = a;
		a = b;
		b = swap;
	}
	b->next = a->child;
	if (b->next)
		b->next->prev = b;
	b->prev = a;
	a->child = b;
	return a;
}

/* Makes one tree of a row of siblings: in pairs, then all pairs from the last one on. */
static struct gnv_heap_node *meld_row(struct gnv_heap_node *row)
{
	struct gnv_heap_node *pairs = NULL, *tree = NULL, *a, *b;

	while (row) {
		a = row;
		b = a->next;
		row = b ? b->next : NULL;
		a->next = NULL;
		if (b)
			b->next = NULL;
		a = meld(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		a = pairs;
		pairs = a->next;
		a->next = NULL;
		tree = meld(tree, a);
	}
	if (tree)
		tree->prev = NULL;
	return tree;
}

/**
 * gnv_heap_insert() - put a node into a heap
 * @heap: the heap
 * @node: a node that is in none
 * @key: its key
 *
 * Context: Any; the caller owns the heap.
 */
void gnv_heap_insert(struct gnv_heap *heap, struct gnv_heap_node *node, u64 key)
{
	node->key = key;
	node->child = NULL;
	node->next = NULL;
	node->prev = NULL;
	node->in = true;
	heap->top = meld(heap->top, node);
}

/**
 * gnv_heap_remove() - take a node out of its heap
 * @heap: the heap
 * @node: the node; nothing is done when it is in none
 *
 * Context: Any; the caller owns the heap.
 */
void gnv_heap_remove(struct gnv_heap *heap, struct gnv_heap_node *node)
{
	struct gnv_heap_node *below;

	if (!node->in)
		return;
	below = meld_row(node->child);
	node->in = false;
	if (heap->top == node) {
		heap->top = below;
		return;
	}
	if (node->prev->child == node)
		node->prev->child = node->next;
	else
		node->prev->next = node->next;
	if (node->next)
		node->next->prev = node->prev;
	heap->top = meld(heap->top, below);
}
