// SPDX-License-Identifier: GPL-2.0
/*
 * Ranges and external mappings of UVM: see mapping.h.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "mapping.h"
#include "rm_object.h"
#include "session.h"

/**
 * struct gnv_mapping - a range of UVM's, or one external mapping in it
 * @entry: in the session's list
 * @base: first address
 * @last: last address
 * @range: it is a range, and maps nothing itself
 * @pool: it is a semaphore pool
 * @one_gpu: it is mapped on one GPU only
 * @uuid: that GPU
 * @allocation: what is mapped, with a reference; NULL for a range
 */
struct gnv_mapping {
	struct list_head entry;
	u64 base;
	u64 last;
	bool range;
	bool pool;
	bool one_gpu;
	u8 uuid[16];
	struct gnv_allocation *allocation;
};

/* Protects the lists of all sessions; never held over a driver's call. */
static DEFINE_MUTEX(mapping_lock);

/**
 * gnv_mapping_alloc() - memory for a mapping, before the driver makes it
 *
 * Context: Process context; may sleep.
 * Return: the mapping, NULL when memory is short.
 */
struct gnv_mapping *gnv_mapping_alloc(void)
{
	return kzalloc(sizeof(struct gnv_mapping), GFP_KERNEL_ACCOUNT);
}

/**
 * gnv_mapping_free() - undo gnv_mapping_alloc()
 * @mapping: a mapping that was not added, may be NULL
 *
 * Context: Any.
 */
void gnv_mapping_free(struct gnv_mapping *mapping)
{
	kfree(mapping);
}

static void drop_mapping(struct gnv_mapping *mapping)
{
	list_del(&mapping->entry);
	gnv_allocation_put(mapping->allocation);
	kfree(mapping);
}

/*
 * Of what was mapped on several GPUs, parts may be left on one of them: such a
 * mapping, or one that is not covered whole, keeps its charge until its range is
 * freed.
 */
static void remove_covered(struct gnv_session *session, u64 base, u64 last,
			   const u8 *uuid)
{
	struct gnv_mapping *mapping, *next;

	lockdep_assert_held(&mapping_lock);
	list_for_each_entry_safe(mapping, next, &session->mappings, entry) {
		if (mapping->base < base || mapping->last > last)
			continue;
		if (uuid && (mapping->range || !mapping->one_gpu ||
			     memcmp(mapping->uuid, uuid, sizeof(mapping->uuid))))
			continue;
		drop_mapping(mapping);
	}
}

/**
 * gnv_mapping_add() - UVM has mapped an allocation
 * @session: the UVM file
 * @mapping: from gnv_mapping_alloc(); its memory moves into the list
 * @base: first address
 * @length: from 1
 * @uuid: the GPU that it is mapped on, NULL when it is on several
 * @allocation: what is mapped; the reference moves
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
	mutex_lock(&mapping_lock);
	if (uuid) {
		/* A new mapping takes the place of an old one on its GPU. */
		remove_covered(session, mapping->base, mapping->last, uuid);
		mapping->one_gpu = true;
		memcpy(mapping->uuid, uuid, sizeof(mapping->uuid));
	}
	list_add_tail(&mapping->entry, &session->mappings);
	mutex_unlock(&mapping_lock);
}

/**
 * gnv_mapping_add_range() - UVM has made a range
 * @session: the UVM file
 * @mapping: from gnv_mapping_alloc(); its memory moves into the list
 * @base: first address
 * @length: from 1
 * @pool: it is a semaphore pool
 *
 * Context: Process context; may sleep.
 */
void gnv_mapping_add_range(struct gnv_session *session,
			   struct gnv_mapping *mapping, u64 base, u64 length,
			   bool pool)
{
	mapping->base = base;
	mapping->last = base + length - 1;
	mapping->range = true;
	mapping->pool = pool;
	mutex_lock(&mapping_lock);
	list_add_tail(&mapping->entry, &session->mappings);
	mutex_unlock(&mapping_lock);
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
	bool found = false;

	mutex_lock(&mapping_lock);
	list_for_each_entry(mapping, &session->mappings, entry) {
		if (mapping->pool && base >= mapping->base &&
		    base + length - 1 <= mapping->last)
			found = true;
	}
	mutex_unlock(&mapping_lock);
	return found;
}

/**
 * gnv_mapping_remove() - UVM has unmapped or freed a range
 * @session: the UVM file
 * @base: first address
 * @length: from 1
 * @uuid: the GPU that it was unmapped from, NULL when the range was freed
 *
 * Context: Process context; may sleep.
 */
void gnv_mapping_remove(struct gnv_session *session, u64 base, u64 length,
			const u8 *uuid)
{
	mutex_lock(&mapping_lock);
	remove_covered(session, base, base + length - 1, uuid);
	mutex_unlock(&mapping_lock);
}

/**
 * gnv_mapping_remove_at() - UVM has freed the range that begins at an address
 * @session: the UVM file
 * @base: first address
 *
 * Context: Process context; may sleep.
 */
void gnv_mapping_remove_at(struct gnv_session *session, u64 base)
{
	struct gnv_mapping *mapping;

	mutex_lock(&mapping_lock);
	list_for_each_entry(mapping, &session->mappings, entry) {
		if (mapping->range && mapping->base == base) {
			remove_covered(session, base, mapping->last, NULL);
			break;
		}
	}
	mutex_unlock(&mapping_lock);
}

/**
 * gnv_mapping_end() - the driver has released a UVM file
 * @session: the session, which nobody finds any more
 *
 * Context: Process context; may sleep.
 */
void gnv_mapping_end(struct gnv_session *session)
{
	struct gnv_mapping *mapping, *next;

	mutex_lock(&mapping_lock);
	list_for_each_entry_safe(mapping, next, &session->mappings, entry)
		drop_mapping(mapping);
	mutex_unlock(&mapping_lock);
}
