// SPDX-License-Identifier: GPL-2.0
/*
 * Allocations: see rm_object.h.  It knows nothing of who refers to them.
 */
#include <linux/err.h>
#include <linux/slab.h>

#include "account.h"
#include "container.h"
#include "rm_object.h"
#include "scrub.h"

/**
 * gnv_allocation_create() - charge for memory before it is allocated
 * @container: who is charged; NULL: nobody
 * @kind: for what
 * @gpu: GPU's index
 * @bytes: how much
 *
 * Context: Process context; may sleep.
 * Return: an allocation with one reference, or an error pointer: -EDQUOT when a
 * limit is in the way.
 */
struct gnv_allocation *gnv_allocation_create(struct gnv_container *container,
					     enum gnv_quota_kind kind, u32 gpu,
					     u64 bytes)
{
	struct gnv_allocation *allocation;
	int ret;

	allocation = kzalloc(sizeof(*allocation), GFP_KERNEL_ACCOUNT);
	if (!allocation)
		return ERR_PTR(-ENOMEM);
	ret = gnv_account_charge(&allocation->charge, container, kind, gpu, bytes);
	if (ret) {
		kfree(allocation);
		return ERR_PTR(ret);
	}
	refcount_set(&allocation->refs, 1);
	return allocation;
}

/**
 * gnv_allocation_from() - gnv_allocation_create() of a charge that was made before
 * @charge: the token; it moves in, and is empty afterwards
 *
 * Context: Process context; may sleep.
 * Return: an allocation with one reference, or an error pointer: the token is given
 * back then.
 */
struct gnv_allocation *gnv_allocation_from(struct gnv_charge *charge)
{
	struct gnv_allocation *allocation;

	allocation = kzalloc(sizeof(*allocation), GFP_KERNEL_ACCOUNT);
	if (!allocation) {
		gnv_account_uncharge(charge);
		return ERR_PTR(-ENOMEM);
	}
	allocation->charge = *charge;
	charge->container = NULL;
	refcount_set(&allocation->refs, 1);
	return allocation;
}

/**
 * gnv_allocation_get() - take another reference
 * @allocation: allocation, may be NULL
 *
 * Context: Any.
 * Return: @allocation.
 */
struct gnv_allocation *gnv_allocation_get(struct gnv_allocation *allocation)
{
	if (allocation)
		refcount_inc(&allocation->refs);
	return allocation;
}

/**
 * gnv_allocation_set_given() - the driver has given the memory
 * @allocation: allocation that nobody else knows yet, may be NULL
 *
 * From here on its charge stays as it is.
 *
 * Context: Process context.
 */
void gnv_allocation_set_given(struct gnv_allocation *allocation)
{
	const struct gnv_charge *charge;

	if (!allocation)
		return;
	charge = &allocation->charge;
	if (!charge->container || charge->kind != GNV_QUOTA_ALLOCATION)
		return;
	allocation->given = true;
	gnv_scrub_given(charge->container->id, charge->gpu, charge->bytes);
}

/**
 * gnv_allocation_put() - drop a reference; the last one gives the charge back
 * @allocation: allocation, may be NULL
 *
 * Context: Process context, no spinlock held.
 */
void gnv_allocation_put(struct gnv_allocation *allocation)
{
	if (!allocation || !refcount_dec_and_test(&allocation->refs))
		return;
	if (allocation->given)
		gnv_scrub_freed(allocation->charge.container->id,
				allocation->charge.gpu, allocation->charge.bytes);
	gnv_account_uncharge(&allocation->charge);
	kfree(allocation);
}
