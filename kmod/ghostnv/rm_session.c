// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of many clients together: those of a file that is closed, of a
 * container that is evicted, of a call that was torn; and the lists of them.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "bridge.h"
#include "container.h"
#include "mapping.h"
#include "nvabi/nvos.h"
#include "rm_client.h"
#include "session.h"

/* The object after @object in the subtree of @top, in depth-first order. */
static struct gnv_object *next_in(struct gnv_object *top,
				  struct gnv_object *object)
{
	if (!hlist_empty(&object->children))
		return hlist_entry(object->children.first, struct gnv_object,
				   sibling);
	for (; object != top; object = object->parent) {
		if (object->sibling.next)
			return hlist_entry(object->sibling.next,
					   struct gnv_object, sibling);
	}
	return NULL;
}

/**
 * gnv_rm_session_has_clients() - whether calls on a session concern a container
 * @session: the session
 *
 * Context: Process context; may sleep.
 * Return: true if so.
 */
bool gnv_rm_session_has_clients(struct gnv_session *session)
{
	/* A stale answer is as good as a call that came a moment earlier. */
	return !list_empty_careful(&session->clients) ||
	       gnv_mapping_any(session);
}

/**
 * gnv_rm_session_end() - the driver has released a file and all made on it
 * @session: the session, which nobody finds any more
 *
 * Context: Process context; may sleep.
 */
void gnv_rm_session_end(struct gnv_session *session)
{
	struct gnv_client *client;

	mutex_lock(&gnv_rm_lock);
	while (!list_empty(&session->clients)) {
		client = list_first_entry(&session->clients, struct gnv_client,
					  entry);
		gnv_client_remove_locked(client);
		/* The table's reference. */
		gnv_client_put(client);
	}
	mutex_unlock(&gnv_rm_lock);
	gnv_mapping_end(session);
}

/* The container's client with the next larger handle, with a reference. */
static struct gnv_client *next_of(const struct gnv_container *container,
				  u32 after)
{
	struct gnv_client *client, *best = NULL;
	int bucket;

	mutex_lock(&gnv_rm_lock);
	hash_for_each(gnv_rm_clients, bucket, client, node)
		if (client->container == container && client->handle > after &&
		    (!best || client->handle < best->handle))
			best = client;
	if (best)
		refcount_inc(&best->refs);
	mutex_unlock(&gnv_rm_lock);
	return best;
}

/* Its call_lock is held, and is let go. */
static void free_in_driver(struct gnv_client *client)
{
	u32 handle = client->handle, class;

	if (!READ_ONCE(client->dead)) {
		gnv_bridge_object_free(handle, handle);
		if (gnv_bridge_object_class(handle, handle, &class) == -ENOENT)
			gnv_client_remove(client);
	}
	gnv_client_unlock(client);
}

/**
 * gnv_rm_free_clients() - free all that a container's clients have in the driver
 * @container: the container
 *
 * A client that somebody is in the driver with is left alone: who waited for it
 * could be made to wait.
 *
 * Context: Process context; may sleep for as long as a call of the driver's.
 */
void gnv_rm_free_clients(const struct gnv_container *container)
{
	struct gnv_client *client;
	u32 handle = 0;

	while ((client = next_of(container, handle))) {
		handle = client->handle;
		if (mutex_trylock(&client->call_lock))
			free_in_driver(client);
		gnv_client_put(client);
	}
}

/* A client that a torn call on a session may have changed, once each. */
static struct gnv_client *take_condemned(struct gnv_session *session,
					 struct gnv_container *container)
{
	bool control = session->minor == NV_MINOR_DEVICE_NUMBER_CONTROL_DEVICE;
	struct gnv_client *client;
	int bucket;

	mutex_lock(&gnv_rm_lock);
	hash_for_each(gnv_rm_clients, bucket, client, node) {
		if (client->condemned ||
		    !(client->session == session ||
		      (!control && gnv_client_is_ours(client, container))))
			continue;
		client->condemned = true;
		WRITE_ONCE(client->spoiled, true);
		refcount_inc(&client->refs);
		mutex_unlock(&gnv_rm_lock);
		return client;
	}
	mutex_unlock(&gnv_rm_lock);
	return NULL;
}

/**
 * gnv_rm_condemn() - free the clients that a torn call may have changed
 * @session: the session that it was made on
 * @container: the caller's
 *
 * On the control device these are the session's own; which those are that the file
 * of a GPU acts for is not known, so there it is all that the container has.  A
 * client that the driver keeps may only free, and stays charged for what it has.
 *
 * Context: Process context; may sleep for as long as a call of the driver's.
 */
void gnv_rm_condemn(struct gnv_session *session, struct gnv_container *container)
{
	struct gnv_client *client;

	while ((client = take_condemned(session, container))) {
		/* The caller is killed already: this has to be waited for. */
		mutex_lock(&client->call_lock);
		free_in_driver(client);
		gnv_client_put(client);
	}
}

/* References to what the clients of a container's relatives have, as far as there is room. */
static size_t collect_allocations(struct gnv_container *container,
				  struct gnv_allocation **held, size_t room)
{
	struct gnv_client *client;
	struct gnv_object *object;
	size_t n = 0;
	int bucket;

	mutex_lock(&gnv_rm_lock);
	hash_for_each(gnv_rm_clients, bucket, client, node) {
		if (!gnv_container_related(client->container, container))
			continue;
		for (object = next_in(&client->root, &client->root); object;
		     object = next_in(&client->root, object)) {
			if (object->info.allocation && n++ < room)
				held[n - 1] = gnv_allocation_get(object->info.allocation);
			cond_resched();
		}
	}
	mutex_unlock(&gnv_rm_lock);
	return n;
}

/**
 * gnv_rm_hold() - a torn call may have mapped any memory that the caller can reach
 * @session: the UVM file that it was made on
 * @container: the caller's
 *
 * What that could be stays charged for as long as the file is open.  Memory for the
 * notes is the container's, which may have none left: all others would wait for it if
 * gnv_rm_lock were held meanwhile.
 *
 * Context: Process context; may sleep.
 */
void gnv_rm_hold(struct gnv_session *session, struct gnv_container *container)
{
	struct gnv_allocation **held;
	size_t i, n, room = 256;

	for (;;) {
		held = kvcalloc(room, sizeof(*held), GFP_KERNEL | __GFP_NOFAIL);
		n = collect_allocations(container, held, room);
		for (i = 0; i < min(n, room); i++) {
			gnv_mapping_hold(session, held[i]);
			gnv_allocation_put(held[i]);
		}
		kvfree(held);
		if (n <= room)
			return;
		/* What is held already is found at once. */
		room = n + n / 8;
	}
}

static u64 container_id(const struct gnv_container *container)
{
	return container ? container->id : 0;
}

/**
 * gnv_rm_show_clients() - list the clients for debugfs
 * @seq: where to
 *
 * Context: Process context; may sleep.
 */
void gnv_rm_show_clients(struct seq_file *seq)
{
	struct gnv_client *client;
	int bucket;

	seq_puts(seq, "# client container\n");
	mutex_lock(&gnv_rm_lock);
	hash_for_each(gnv_rm_clients, bucket, client, node)
		seq_printf(seq, "%08x %llu\n", client->handle,
			   container_id(client->container));
	mutex_unlock(&gnv_rm_lock);
}

static void show_objects(struct seq_file *seq, struct gnv_client *client)
{
	struct gnv_object *object;

	for (object = next_in(&client->root, &client->root); object;
	     object = next_in(&client->root, object)) {
		const struct gnv_allocation *allocation = object->info.allocation;

		if (!allocation)
			continue;
		seq_printf(seq, "%08x %08x %08x %u %llu %llu %u\n",
			   client->handle, object->handle, object->info.class,
			   allocation->charge.gpu, allocation->charge.bytes,
			   container_id(allocation->charge.container),
			   refcount_read(&allocation->refs));
	}
}

/**
 * gnv_rm_show_allocations() - list what objects refer to, for debugfs
 * @seq: where to
 *
 * Context: Process context; may sleep.
 */
void gnv_rm_show_allocations(struct seq_file *seq)
{
	struct gnv_client *client;
	int bucket;

	seq_puts(seq, "# client object class gpu bytes charged references\n");
	mutex_lock(&gnv_rm_lock);
	hash_for_each(gnv_rm_clients, bucket, client, node)
		show_objects(seq, client);
	mutex_unlock(&gnv_rm_lock);
}
