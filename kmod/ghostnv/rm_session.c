// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of many clients together: those of a file that is closed, of a
 * container that is evicted, of a call that was torn; and the lists of them.
 */
#include <linux/mm.h>
#include <linux/rcupdate.h>
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

/* A client of the session, with a reference. */
static struct gnv_client *first_of(struct gnv_session *session)
{
	struct gnv_client *client;

	mutex_lock(&gnv_rm_lock);
	client = list_first_entry_or_null(&session->clients, struct gnv_client, entry);
	if (client)
		refcount_inc(&client->refs);
	mutex_unlock(&gnv_rm_lock);
	return client;
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

	while ((client = first_of(session))) {
		gnv_client_remove(client);
		gnv_client_put(client);
	}
	gnv_mapping_end(session);
}

/**
 * struct walk - a walk over all clients, for which nobody waits
 * @bucket: of the table
 * @handle: of the last one there; the smallest is the first
 */
struct walk {
	unsigned int bucket;
	u32 handle;
};

static struct gnv_client *next_in_bucket(const struct walk *walk)
{
	struct gnv_client *client, *next = NULL;

	hlist_for_each_entry_rcu(client, &gnv_rm_clients[walk->bucket], node) {
		if (client->handle > walk->handle &&
		    (!next || client->handle < next->handle))
			next = client;
	}
	return next;
}

/* The next client, with a reference.  One that comes meanwhile may be left out. */
static struct gnv_client *next_client(struct walk *walk)
{
	struct gnv_client *client;

	while (walk->bucket < HASH_SIZE(gnv_rm_clients)) {
		rcu_read_lock();
		client = next_in_bucket(walk);
		if (client) {
			walk->handle = client->handle;
			if (!refcount_inc_not_zero(&client->refs))
				client = NULL; /* just gone */
		} else {
			walk->bucket++;
			walk->handle = 0;
		}
		rcu_read_unlock();
		if (client)
			return client;
	}
	return NULL;
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
	struct walk walk = {};

	while ((client = next_client(&walk))) {
		if (client->container == container && mutex_trylock(&client->call_lock))
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
	struct walk walk = {};

	seq_puts(seq, "# client container\n");
	while (!seq_has_overflowed(seq) && (client = next_client(&walk))) {
		seq_printf(seq, "%08x %llu\n", client->handle,
			   container_id(client->container));
		gnv_client_put(client);
	}
}

/* The client's object with the next larger handle. */
static struct gnv_object *object_from(struct gnv_client *client, u64 handle)
{
	struct rb_node *node = client->objects.rb_node;
	struct gnv_object *object, *next = NULL;

	lockdep_assert_held(&gnv_rm_lock);
	while (node) {
		object = rb_entry(node, struct gnv_object, node);
		if (object->handle < handle) {
			node = node->rb_right;
		} else {
			next = object;
			node = node->rb_left;
		}
	}
	return next;
}

static void show_object(struct seq_file *seq, const struct gnv_client *client,
			const struct gnv_object *object)
{
	const struct gnv_allocation *allocation = object->info.allocation;

	if (!allocation)
		return;
	seq_printf(seq, "%08x %08x %08x %u %llu %llu %u\n", client->handle,
		   object->handle, object->info.class, allocation->charge.gpu,
		   allocation->charge.bytes, container_id(allocation->charge.container),
		   refcount_read(&allocation->refs));
}

/* So many are looked at while all others wait. */
#define SHOWN_MAX 64

/* Some of the client's objects, from a handle on.  Return: whether there are more. */
static bool show_some(struct seq_file *seq, struct gnv_client *client, u64 *handle)
{
	struct gnv_object *object;
	int n;

	mutex_lock(&gnv_rm_lock);
	object = client->dead ? NULL : object_from(client, *handle);
	for (n = 0; object && n < SHOWN_MAX; n++) {
		show_object(seq, client, object);
		*handle = object->handle + 1ULL;
		object = rb_entry_safe(rb_next(&object->node), struct gnv_object, node);
	}
	mutex_unlock(&gnv_rm_lock);
	return object && !seq_has_overflowed(seq);
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
	struct walk walk = {};
	u64 handle;

	seq_puts(seq, "# client object class gpu bytes charged references\n");
	while (!seq_has_overflowed(seq) && (client = next_client(&walk))) {
		handle = 0;
		while (show_some(seq, client, &handle))
			cond_resched();
		gnv_client_put(client);
	}
}
