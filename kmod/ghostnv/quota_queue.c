// SPDX-License-Identifier: GPL-2.0
/*
 * Charges that wait for room, in the order of their coming: see quota.h.  Whoever
 * makes room charges those who waited, so that nobody who comes later is faster.
 */
#include "pure.h"
#include "quota.h"
#include "quota_claim.h"

/**
 * gnv_quota_has_queue() - whether somebody waits for a limit of a charge
 * @node: who is to be charged
 * @gpu: GPU's index
 * @full: on true, for which limit
 *
 * Context: The lock of the hierarchy is held.
 * Return: true if so: it is fair to stand in line.
 */
bool gnv_quota_has_queue(struct gnv_quota *node, u32 gpu,
			 struct gnv_quota_full *full)
{
	struct gnv_quota_counter *counter;

	for (node = gnv_quota_live(node); node; node = node->parent) {
		counter = gnv_quota_counter(node, gpu);
		if (counter && counter->queue) {
			*full = (struct gnv_quota_full){ node, gpu, false };
			return true;
		}
		if (node->total.queue) {
			*full = (struct gnv_quota_full){ node, GHOSTNV_GPU_TOTAL,
							 false };
			return true;
		}
	}
	return false;
}

/**
 * gnv_quota_enqueue() - let a charge wait
 * @waiter: the charge, which is in no queue
 * @full: for which limit
 *
 * Context: The lock of the hierarchy is held.
 */
void gnv_quota_enqueue(struct gnv_quota_waiter *waiter,
		       const struct gnv_quota_full *full)
{
	struct gnv_quota_waiter **link;

	waiter->at = full->node;
	waiter->at_gpu = full->gpu;
	link = &gnv_quota_counter(full->node, full->gpu)->queue;
	while (*link && (*link)->ticket < waiter->ticket)
		link = &(*link)->next;
	waiter->next = *link;
	*link = waiter;
}

/**
 * gnv_quota_dequeue() - a charge waits no longer
 * @waiter: the charge; it may be in no queue
 *
 * Context: The lock of the hierarchy is held.
 */
void gnv_quota_dequeue(struct gnv_quota_waiter *waiter)
{
	struct gnv_quota_waiter **link;

	if (!waiter->at)
		return;
	link = &gnv_quota_counter(waiter->at, waiter->at_gpu)->queue;
	while (*link != waiter)
		link = &(*link)->next;
	*link = waiter->next;
	waiter->at = NULL;
	waiter->next = NULL;
}

/* Charges those who wait here, in order, up to the first that does not fit. */
static void serve_one(struct gnv_quota_counter *counter,
		      struct gnv_quota_waiter ***granted)
{
	struct gnv_quota_waiter *waiter;
	struct gnv_quota_full full;

	while ((waiter = counter->queue)) {
		if (gnv_quota_charge_quietly(waiter->node, waiter->gpu,
					     waiter->bytes, &full)) {
			if (gnv_quota_counter(full.node, full.gpu) == counter)
				return;
			gnv_quota_dequeue(waiter);
			gnv_quota_enqueue(waiter, &full);
			continue;
		}
		gnv_quota_dequeue(waiter);
		**granted = waiter;
		*granted = &waiter->next;
	}
}

/**
 * gnv_quota_serve() - there may be room now
 * @node: where; and in all above
 * @gpu: of which scope; GHOSTNV_GPU_TOTAL for that alone
 *
 * Context: The lock of the hierarchy is held.
 * Return: the first of those who waited and are charged now, linked by @next and
 * in the order of their coming; NULL for none.
 */
struct gnv_quota_waiter *gnv_quota_serve(struct gnv_quota *node, u32 gpu)
{
	struct gnv_quota_waiter *first = NULL, **last = &first;
	struct gnv_quota_counter *counter;

	for (node = gnv_quota_live(node); node; node = node->parent) {
		counter = gnv_quota_counter(node, gpu);
		if (counter && counter->queue)
			serve_one(counter, &last);
		if (node->total.queue)
			serve_one(&node->total, &last);
	}
	return first;
}
