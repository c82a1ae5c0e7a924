// SPDX-License-Identifier: GPL-2.0
/*
 * Ranges and external mappings of UVM: see mapping.h.
 */
#include <linux/atomic.h>
#include <linux/interval_tree_generic.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "mapping.h"
#include "rm_object.h"
#include "session.h"
#include "uvm_decode.h"

/* At 2 MiB each, as programs map, this is more than any GPU has. */
#define MAPPINGS_MAX (1 << 18)

/**
 * struct gnv_mapping - a range of UVM's, or one external mapping in it
 * @node: in the session's tree, by @base
 * @subtree_last: the largest @last below @node
 * @session: the UVM file, which counts it
 * @base: first address
 * @last: last address
 * @range: it is a range, and maps nothing itself
 * @pool: it is a semaphore pool
 * @one_gpu: it is mapped on one GPU only
 * @uuid: that GPU
 * @allocation: what is mapped, with a reference; NULL for a range
 */
struct gnv_mapping {
	struct rb_node node;
	u64 subtree_last;
	struct gnv_session *session;
	u64 base;
	u64 last;
	bool range;
	bool pool;
	bool one_gpu;
	u8 uuid[16];
	struct gnv_allocation *allocation;
};

#define MAPPING_BASE(mapping) ((mapping)->base)
#define MAPPING_LAST(mapping) ((mapping)->last)

INTERVAL_TREE_DEFINE(struct gnv_mapping, node, u64, subtree_last, MAPPING_BASE,
		     MAPPING_LAST, static, tree);

/**
 * gnv_mapping_init() - prepare a session for mappings
 * @session: a session that nobody finds yet
 *
 * Context: Any.
 */
void gnv_mapping_init(struct gnv_session *session)
{
	mutex_init(&session->mapping_lock);
	session->mappings = RB_ROOT_CACHED;
	atomic_set(&session->mapping_count, 0);
}

/**
 * gnv_mapping_alloc() - memory for a mapping, before the driver makes it
 * @session: the UVM file
 *
 * What a container maps has a bound, also where UVM makes nothing of it.
 *
 * Context: Process context; may sleep.
 * Return: the mapping, NULL when memory is short or the session is full.
 */
struct gnv_mapping *gnv_mapping_alloc(struct gnv_session *session)
{
	struct gnv_mapping *mapping;

	if (!atomic_add_unless(&session->mapping_count, 1, MAPPINGS_MAX))
		return NULL;
	mapping = kzalloc(sizeof(*mapping), GFP_KERNEL_ACCOUNT);
	if (mapping)
		mapping->session = session;
	else
		atomic_dec(&session->mapping_count);
	return mapping;
}

/**
 * gnv_mapping_free() - undo gnv_mapping_alloc()
 * @mapping: a mapping that was not added
 *
 * Context: Any.
 */
void gnv_mapping_free(struct gnv_mapping *mapping)
{
	atomic_dec(&mapping->session->mapping_count);
	kfree(mapping);
}

static void drop(struct gnv_mapping *mapping)
{
	tree_remove(mapping, &mapping->session->mappings);
	gnv_allocation_put(mapping->allocation);
	gnv_mapping_free(mapping);
}

static bool is_the_same(const struct gnv_mapping *a, const struct gnv_mapping *b)
{
	return a->base == b->base && a->last == b->last && a->range == b->range &&
	       a->allocation == b->allocation && a->one_gpu == b->one_gpu &&
	       !memcmp(a->uuid, b->uuid, sizeof(a->uuid));
}

/* What is noted already is not noted twice, however often it is tried. */
static void add(struct gnv_session *session, struct gnv_mapping *mapping)
{
	struct gnv_mapping *other;

	mutex_lock(&session->mapping_lock);
	other = tree_iter_first(&session->mappings, mapping->base, mapping->last);
	while (other && !is_the_same(other, mapping))
		other = tree_iter_next(other, mapping->base, mapping->last);
	if (!other)
		tree_insert(mapping, &session->mappings);
	mutex_unlock(&session->mapping_lock);
	if (!other)
		return;
	gnv_allocation_put(mapping->allocation);
	gnv_mapping_free(mapping);
}

/* The first range that has any of the addresses; there may be more. */
static struct gnv_mapping *find_range(struct gnv_session *session, u64 base,
				      u64 last)
{
	struct gnv_mapping *mapping;

	lockdep_assert_held(&session->mapping_lock);
	mapping = tree_iter_first(&session->mappings, base, last);
	while (mapping && !mapping->range)
		mapping = tree_iter_next(mapping, base, last);
	return mapping;
}

/**
 * gnv_mapping_add() - UVM has mapped an allocation, or may have
 * @session: the UVM file
 * @mapping: from gnv_mapping_alloc(); its memory moves into the tree
 * @base: first address
 * @length: from 1
 * @uuid: the GPU that it is mapped on, NULL when it is on several
 * @allocation: what is mapped; the reference moves
 *
 * What it may have taken the place of stays noted: the driver can fail before it
 * unmaps that.
 *
 * Context: Process context; may sleep.
 */
void gnv_mapping_add(struct gnv_session *session, struct gnv_mapping *mapping,
		     u64 base, u64 length, const u8 *uuid,
		     struct gnv_allocation *allocation)
{
	mapping->base = base;
	mapping->last = base + length - 1;
	mapping->allocation = allocation;
	if (uuid) {
		mapping->one_gpu = true;
		memcpy(mapping->uuid, uuid, sizeof(mapping->uuid));
	}
	add(session, mapping);
}

/**
 * gnv_mapping_add_range() - UVM is about to make a range
 * @session: the UVM file
 * @mapping: from gnv_mapping_alloc(); its memory moves into the tree, or is freed
 * @base: first address
 * @length: from 1
 *
 * Context: Process context; may sleep.
 * Return: 0, also when the same is noted already; -EEXIST when another range has
 * some of the addresses.
 */
int gnv_mapping_add_range(struct gnv_session *session,
			  struct gnv_mapping *mapping, u64 base, u64 length)
{
	struct gnv_mapping *other;
	int ret = 0;

	mapping->base = base;
	mapping->last = base + length - 1;
	mapping->range = true;
	mutex_lock(&session->mapping_lock);
	other = find_range(session, mapping->base, mapping->last);
	if (!other)
		tree_insert(mapping, &session->mappings);
	else if (!is_the_same(other, mapping))
		ret = -EEXIST;
	mutex_unlock(&session->mapping_lock);
	if (other)
		gnv_mapping_free(mapping);
	return ret;
}

/**
 * gnv_mapping_open_pool() - a range is said to be a semaphore pool
 * @session: the UVM file
 * @base: its first address
 *
 * Context: Process context; may sleep.
 */
void gnv_mapping_open_pool(struct gnv_session *session, u64 base)
{
	struct gnv_mapping *range;

	mutex_lock(&session->mapping_lock);
	range = find_range(session, base, base);
	if (range && range->base == base)
		range->pool = true;
	mutex_unlock(&session->mapping_lock);
}

/**
 * gnv_mapping_in_range() - whether addresses lie in a range
 * @session: the UVM file
 * @base: first address
 * @length: from 1
 *
 * Context: Process context; may sleep.
 * Return: true if all of them lie in one that is noted.
 */
bool gnv_mapping_in_range(struct gnv_session *session, u64 base, u64 length)
{
	struct gnv_mapping *range;
	bool inside;

	mutex_lock(&session->mapping_lock);
	range = find_range(session, base, base);
	inside = range && range->last >= base + length - 1;
	mutex_unlock(&session->mapping_lock);
	return inside;
}

/**
 * gnv_mapping_in_pool() - whether addresses lie in a semaphore pool
 * @session: the UVM file
 * @base: first address
 * @length: from 1
 *
 * Context: Process context; may sleep.
 * Return: true if all of them do.
 */
bool gnv_mapping_in_pool(struct gnv_session *session, u64 base, u64 length)
{
	struct gnv_mapping *mapping;
	u64 last = base + length - 1;

	mutex_lock(&session->mapping_lock);
	mapping = tree_iter_first(&session->mappings, base, last);
	while (mapping && !(mapping->pool && mapping->base <= base &&
			    mapping->last >= last))
		mapping = tree_iter_next(mapping, base, last);
	mutex_unlock(&session->mapping_lock);
	return mapping;
}

/**
 * gnv_mapping_close_pools() - UVM may free semaphore pools now
 * @session: the UVM file
 * @base: first address
 * @length: from 1
 *
 * From here on gnv_mapping_in_pool() does not know those that touch the range,
 * whatever becomes of them.
 *
 * Context: Process context; may sleep.
 */
void gnv_mapping_close_pools(struct gnv_session *session, u64 base, u64 length)
{
	struct gnv_mapping *mapping;
	u64 last = base + length - 1;

	mutex_lock(&session->mapping_lock);
	mapping = tree_iter_first(&session->mappings, base, last);
	for (; mapping; mapping = tree_iter_next(mapping, base, last))
		mapping->pool = false;
	mutex_unlock(&session->mapping_lock);
}

/*
 * Of what was mapped on several GPUs, parts may be left on one of them: such a
 * mapping, or one that is not covered whole, keeps its charge until its range is
 * freed.
 */
static bool is_gone(const struct gnv_mapping *mapping, u64 base, u64 last,
		    const u8 *uuid)
{
	if (mapping->base < base || mapping->last > last)
		return false;
	/* A range goes when it is freed. */
	if (uuid && mapping->range)
		return false;
	return !uuid || (mapping->one_gpu &&
			 !memcmp(mapping->uuid, uuid, sizeof(mapping->uuid)));
}

static void remove_covered(struct gnv_session *session, u64 base, u64 last,
			   const u8 *uuid)
{
	struct gnv_mapping *mapping, *next;

	lockdep_assert_held(&session->mapping_lock);
	mapping = tree_iter_first(&session->mappings, base, last);
	for (; mapping; mapping = next) {
		next = tree_iter_next(mapping, base, last);
		if (is_gone(mapping, base, last, uuid))
			drop(mapping);
	}
}

/* Where only a part of one is unmapped UVM may fail, with all still there. */
static bool cuts_one(struct gnv_session *session, u64 base, u64 last)
{
	struct gnv_mapping *mapping;

	mapping = tree_iter_first(&session->mappings, base, last);
	for (; mapping; mapping = tree_iter_next(mapping, base, last)) {
		if (!mapping->range &&
		    (mapping->base < base || mapping->last > last))
			return true;
	}
	return false;
}

/**
 * gnv_mapping_unmap() - UVM has unmapped what lies in a part of a range
 * @session: the UVM file
 * @base: first address
 * @length: from 1
 * @uuid: the GPU that it was unmapped from
 *
 * UVM does nothing where the addresses do not lie in one range.
 *
 * Context: Process context; may sleep.
 */
void gnv_mapping_unmap(struct gnv_session *session, u64 base, u64 length,
		       const u8 *uuid)
{
	u64 last = base + length - 1;
	struct gnv_mapping *range;

	mutex_lock(&session->mapping_lock);
	range = find_range(session, base, base);
	if (range && range->last >= last && !cuts_one(session, base, last))
		remove_covered(session, base, last, uuid);
	mutex_unlock(&session->mapping_lock);
}

/**
 * gnv_mapping_remove_range() - UVM has freed a range
 * @session: the UVM file
 * @base: its first address
 * @length: 0 when only that was named; else UVM frees no range of another length
 *
 * Context: Process context; may sleep.
 */
void gnv_mapping_remove_range(struct gnv_session *session, u64 base, u64 length)
{
	struct gnv_mapping *range;

	mutex_lock(&session->mapping_lock);
	range = find_range(session, base, base);
	if (range && range->base == base &&
	    (!length || range->last == base + length - 1))
		remove_covered(session, base, range->last, NULL);
	mutex_unlock(&session->mapping_lock);
}

/* Channels that UVM keeps are noted by their handles, beyond all programs' addresses. */
#define CHANNELS_AT GNV_UVM_ADDRESS_END

/**
 * gnv_mapping_keep_channel() - UVM is about to keep a channel of an RM client
 * @session: the UVM file
 * @channel: handle of the channel
 * @uuid: the GPU that it is on
 * @mapping: from gnv_mapping_alloc(); its memory moves into the tree
 * @allocation: what it is charged for; the reference moves
 *
 * Context: Process context; may sleep.
 */
void gnv_mapping_keep_channel(struct gnv_session *session, u32 channel,
			      const u8 *uuid, struct gnv_mapping *mapping,
			      struct gnv_allocation *allocation)
{
	gnv_mapping_add(session, mapping, CHANNELS_AT + channel, 1, uuid, allocation);
}

/**
 * gnv_mapping_drop_channels() - UVM keeps no channels on a GPU any more
 * @session: the UVM file
 * @uuid: the GPU
 *
 * Context: Process context; may sleep.
 */
void gnv_mapping_drop_channels(struct gnv_session *session, const u8 *uuid)
{
	mutex_lock(&session->mapping_lock);
	remove_covered(session, CHANNELS_AT, CHANNELS_AT + U32_MAX, uuid);
	mutex_unlock(&session->mapping_lock);
}

/**
 * gnv_mapping_hold() - keep an allocation charged for as long as a session lives
 * @session: the UVM file, which is dead
 * @allocation: the allocation
 *
 * It stands at the address of @allocation itself: that is the kernel's, so UVM has
 * nothing there; and however often it is held, it is found at once.
 *
 * Context: Process context; may sleep, and waits for memory.
 */
void gnv_mapping_hold(struct gnv_session *session,
		      struct gnv_allocation *allocation)
{
	struct gnv_mapping *mapping;

	atomic_inc(&session->mapping_count);
	mapping = kzalloc(sizeof(*mapping), GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	mapping->session = session;
	gnv_mapping_add(session, mapping, GNV_UVM_ADDRESS_END | (unsigned long)allocation, 1, NULL,
			gnv_allocation_get(allocation));
}

/**
 * gnv_mapping_any() - whether a session has ranges or mappings
 * @session: the session
 *
 * Context: Any.
 * Return: true if so, at this moment.
 */
bool gnv_mapping_any(struct gnv_session *session)
{
	return atomic_read(&session->mapping_count);
}

/**
 * gnv_mapping_end() - the driver has released a UVM file
 * @session: the session, which nobody finds any more
 *
 * Context: Process context; may sleep.
 */
void gnv_mapping_end(struct gnv_session *session)
{
	struct gnv_mapping *mapping;

	mutex_lock(&session->mapping_lock);
	while ((mapping = tree_iter_first(&session->mappings, 0, U64_MAX))) {
		drop(mapping);
		cond_resched();
	}
	mutex_unlock(&session->mapping_lock);
}
