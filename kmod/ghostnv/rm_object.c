// SPDX-License-Identifier: GPL-2.0
/*
 * Clients and their trees of objects: see rm_object.h.  Allocations are
 * allocation.c's.
 */
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/pid.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "bridge.h"
#include "compat/kernel.h"
#include "container.h"
#include "gate.h"
#include "gpu.h"
#include "mapping.h"
#include "nvabi/nvclass.h"
#include "nvabi/nvos.h"
#include "rm_client.h"
#include "rm_decode.h"
#include "session.h"

DEFINE_MUTEX(gnv_rm_lock);
DEFINE_HASHTABLE(gnv_rm_clients, GNV_RM_CLIENTS_BITS);
/* An object is smaller than what kmalloc() would give. */
static struct kmem_cache *object_cache;
/*
 * Counts the handles that we chose for clients; protected by gnv_rm_lock.  It begins
 * anywhere: programs that are older than this module may have some.
 */
static u32 next_client;

/**
 * gnv_rm_init() - make ready for objects
 *
 * Context: Module's start; may sleep.
 * Return: 0 or -ENOMEM.
 */
int gnv_rm_init(void)
{
	next_client = get_random_u32();
	object_cache = KMEM_CACHE(gnv_object, SLAB_ACCOUNT);
	return object_cache ? 0 : -ENOMEM;
}

/**
 * gnv_rm_fini() - undo gnv_rm_init()
 *
 * Context: Module's end; may sleep.  No session is left.
 */
void gnv_rm_fini(void)
{
	kmem_cache_destroy(object_cache);
}

/**
 * gnv_client_alloc() - make a client that nobody finds yet
 * @container: who makes it; NULL: an unlimited caller
 *
 * Context: Process context; may sleep.
 * Return: a client with one reference, NULL when memory is short or @container
 * may have no more.
 */
struct gnv_client *gnv_client_alloc(struct gnv_container *container)
{
	struct gnv_client *client;

	client = kzalloc(sizeof(*client), GFP_KERNEL_ACCOUNT);
	if (!client)
		return NULL;
	if (gnv_account_client(container, true)) {
		kfree(client);
		return NULL;
	}
	refcount_set(&client->refs, 1);
	client->dead = true;
	client->container = gnv_container_get(container);
	mutex_init(&client->call_lock);
	client->objects = RB_ROOT;
	client->root.info.gpu = GNV_GPU_NONE;
	client->maker = get_pid(task_tgid(current));
	client->cred = get_current_cred();
	return client;
}

static struct gnv_client *lookup_client(u32 handle)
{
	struct gnv_client *client;

	hash_for_each_possible_rcu(gnv_rm_clients, client, node, handle,
				   lockdep_is_held(&gnv_rm_lock)) {
		if (client->handle == handle)
			return client;
	}
	return NULL;
}

/**
 * gnv_client_publish() - let a client be found
 * @client: the client
 * @session: the session that it was made on
 * @handle: RM's handle
 *
 * Context: Process context; may sleep.
 * Return: 0, or -EEXIST when the handle is another client's.
 */
int gnv_client_publish(struct gnv_client *client, struct gnv_session *session,
		       u32 handle)
{
	int ret = 0;

	mutex_lock(&gnv_rm_lock);
	if (lookup_client(handle)) {
		ret = -EEXIST;
	} else {
		client->handle = handle;
		client->root.handle = handle;
		client->session = session;
		client->dead = false;
		/* The table's reference. */
		refcount_inc(&client->refs);
		hash_add_rcu(gnv_rm_clients, &client->node, handle);
		list_add_tail(&client->entry, &session->clients);
	}
	mutex_unlock(&gnv_rm_lock);
	return ret;
}

/**
 * gnv_client_find() - find a client
 * @handle: RM's handle
 *
 * Context: Any.
 * Return: a client with a reference, NULL when no container made it.
 */
struct gnv_client *gnv_client_find(u32 handle)
{
	struct gnv_client *client;

	rcu_read_lock();
	client = lookup_client(handle);
	if (client && !refcount_inc_not_zero(&client->refs))
		client = NULL;
	rcu_read_unlock();
	return client;
}

/**
 * gnv_client_file() - the file that a client can be used on
 * @handle: RM's handle
 * @file: out: with a reference
 * @cred: out: the credentials with which the client was made, with a reference
 *
 * Context: Process context; may sleep.
 * Return: 0; -ENOENT when there is no such client; -EBUSY when the driver is about to
 * free it, because the file is being closed.
 */
int gnv_client_file(u32 handle, struct file **file, const struct cred **cred)
{
	struct gnv_client *client;
	int ret = -ENOENT;

	mutex_lock(&gnv_rm_lock);
	client = lookup_client(handle);
	if (client) {
		*file = client->deputy ?: client->session->file;
		*cred = client->cred;
		ret = gnv_file_get_live(*file) ? 0 : -EBUSY;
		if (!ret)
			get_cred(*cred);
	}
	mutex_unlock(&gnv_rm_lock);
	return ret;
}

/**
 * gnv_client_is_from_outside() - whether its file was opened by no container
 * @client: the client
 * @handle: out: its handle
 *
 * Context: Process context; may sleep.
 * Return: true if so.
 */
bool gnv_client_is_from_outside(struct gnv_client *client, u32 *handle)
{
	bool outside;

	mutex_lock(&gnv_rm_lock);
	*handle = client->handle;
	outside = !client->dead && !client->session->opener;
	mutex_unlock(&gnv_rm_lock);
	return outside;
}

/**
 * gnv_client_set_deputy() - which file a client is asked on
 * @client: the client
 * @deputy: acts for its own, and stays until it is another one; NULL: its own
 *
 * Context: Process context; may sleep.
 * Return: the deputy that it had.
 */
struct file *gnv_client_set_deputy(struct gnv_client *client, struct file *deputy)
{
	struct file *old;

	mutex_lock(&gnv_rm_lock);
	old = client->deputy;
	client->deputy = deputy;
	mutex_unlock(&gnv_rm_lock);
	return old;
}

/**
 * gnv_client_put() - drop a reference
 * @client: client, may be NULL
 *
 * Context: Process context, no spinlock held.
 */
void gnv_client_put(struct gnv_client *client)
{
	if (!client || !refcount_dec_and_test(&client->refs))
		return;
	gnv_account_client(client->container, false);
	gnv_container_put(client->container);
	put_pid(client->maker);
	put_cred(client->cred);
	mutex_destroy(&client->call_lock);
	kfree_rcu(client, rcu);
}

/**
 * gnv_client_is_ours() - whether a caller may act on a client
 * @client: the client
 * @container: the caller's; NULL for an unlimited caller
 *
 * Who is above may act on what is below, and never the other way round.
 *
 * Context: Any; the caller has references to both.
 * Return: true if so.
 */
bool gnv_client_is_ours(const struct gnv_client *client,
			const struct gnv_container *container)
{
	if (!container || client->container == container)
		return true;
	return client->container &&
	       gnv_container_is_below(client->container, container);
}

/**
 * gnv_client_spoil() - a client has what it should not have, and it cannot be freed
 * @client: the client, whose call_lock is held
 * @session: the session on which that was made
 *
 * Only who made the client can spoil it: a neighbour cannot.
 *
 * Context: Process context.
 */
void gnv_client_spoil(struct gnv_client *client, struct gnv_session *session)
{
	if (client->session == session)
		WRITE_ONCE(client->spoiled, true);
}

/**
 * gnv_client_is_spoiled() - whether a client may only free what it has
 * @client: the client
 *
 * Context: Any.
 * Return: true if so.
 */
bool gnv_client_is_spoiled(const struct gnv_client *client)
{
	return READ_ONCE(client->spoiled);
}

/**
 * gnv_client_lock() - no other call changes the client's tree meanwhile
 * @client: the client
 *
 * Context: Process context; may sleep for as long as a call of the driver's, or the
 * memory of another program makes that wait.
 * Return: 0; -EINTR when the caller was killed; -ESRCH when the client is gone or
 * spoiled.
 */
int gnv_client_lock(struct gnv_client *client)
{
	int ret = gnv_client_lock_to_free(client);

	if (ret || !client->spoiled)
		return ret;
	gnv_client_unlock(client);
	return -ESRCH;
}

/**
 * gnv_client_lock_to_free() - gnv_client_lock() for calls that only free
 * @client: the client
 *
 * Context: As gnv_client_lock().
 * Return: 0; -EINTR when the caller was killed; -ESRCH when the client is gone.
 */
int gnv_client_lock_to_free(struct gnv_client *client)
{
	if (mutex_lock_killable(&client->call_lock))
		return -EINTR;
	if (!READ_ONCE(client->dead))
		return 0;
	mutex_unlock(&client->call_lock);
	return -ESRCH;
}

/**
 * gnv_client_unlock() - undo gnv_client_lock()
 * @client: the client
 *
 * Context: Process context.
 */
void gnv_client_unlock(struct gnv_client *client)
{
	mutex_unlock(&client->call_lock);
}

/**
 * gnv_client_lock_two() - gnv_client_lock() of two clients
 * @a: the one
 * @b: the other, may be the same
 *
 * Context: As gnv_client_lock().
 * Return: As gnv_client_lock(), of either.
 */
int gnv_client_lock_two(struct gnv_client *a, struct gnv_client *b)
{
	if (a == b)
		return gnv_client_lock(a);
	if (a->handle > b->handle)
		swap(a, b);
	if (mutex_lock_killable(&a->call_lock))
		return -EINTR;
	if (mutex_lock_killable_nested(&b->call_lock, SINGLE_DEPTH_NESTING)) {
		mutex_unlock(&a->call_lock);
		return -EINTR;
	}
	if (!READ_ONCE(a->dead) && !READ_ONCE(b->dead) && !a->spoiled && !b->spoiled)
		return 0;
	gnv_client_unlock_two(a, b);
	return -ESRCH;
}

/**
 * gnv_client_unlock_two() - undo gnv_client_lock_two()
 * @a: the one
 * @b: the other
 *
 * Context: Process context.
 */
void gnv_client_unlock_two(struct gnv_client *a, struct gnv_client *b)
{
	if (a != b)
		mutex_unlock(&b->call_lock);
	mutex_unlock(&a->call_lock);
}

static struct gnv_object *lookup_object(struct gnv_client *client, u32 handle)
{
	struct rb_node *node = client->objects.rb_node;

	lockdep_assert_held(&gnv_rm_lock);
	if (handle == client->handle)
		return &client->root;
	while (node) {
		struct gnv_object *object = rb_entry(node, struct gnv_object, node);

		if (handle == object->handle)
			return object;
		node = handle < object->handle ? node->rb_left : node->rb_right;
	}
	return NULL;
}

/*
 * Where the handles begin that we choose: of clients, and of objects for callers who
 * leave it to the driver.  The driver's own clients are at 0xc1d00000 and up, those of
 * its firmware at 0xc1e00000; programs seldom choose any.
 */
#define CHOSEN_CLIENTS	    0x4c000000U
#define CHOSEN_HANDLES	    0x47000000U
#define CHOSEN_HANDLES_MASK 0x00ffffffU

/**
 * gnv_client_new_client_handle() - choose a handle for a new client
 *
 * It is told by nobody and chosen by no caller: who is known by it to the driver was
 * made for a container.  What is done to clients is done with the kernel's right, so
 * none may be taken for a container's that is not.
 *
 * Context: Process context; may sleep.
 * Return: a handle that no client of a container is known by.
 */
u32 gnv_client_new_client_handle(void)
{
	u32 handle;

	mutex_lock(&gnv_rm_lock);
	do {
		handle = CHOSEN_CLIENTS | (next_client++ & CHOSEN_HANDLES_MASK);
	} while (lookup_client(handle));
	mutex_unlock(&gnv_rm_lock);
	return handle;
}

/**
 * gnv_client_new_handle() - choose a handle for a new object
 * @client: whose it will be; its call_lock is held
 *
 * Context: Process context; may sleep.
 * Return: a handle that no object of the client's is known by.
 */
u32 gnv_client_new_handle(struct gnv_client *client)
{
	bool taken;
	u32 handle;

	lockdep_assert_held(&client->call_lock);
	do {
		/* The client may have taken a million in a row: others go on in between. */
		cond_resched();
		handle = CHOSEN_HANDLES |
			 (client->next_handle++ & CHOSEN_HANDLES_MASK);
		mutex_lock(&gnv_rm_lock);
		taken = !client->dead && lookup_object(client, handle);
		mutex_unlock(&gnv_rm_lock);
	} while (taken);
	return handle;
}

static void link_object(struct gnv_client *client, struct gnv_object *object)
{
	struct rb_node **link = &client->objects.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		if (object->handle <
		    rb_entry(parent, struct gnv_object, node)->handle)
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	rb_link_node(&object->node, parent, link);
	rb_insert_color(&object->node, &client->objects);
}

static void drop_leaf(struct gnv_client *client, struct gnv_object *object)
{
	if (gnv_rm_class_is_queue(object->info.class))
		gnv_queue_remove(object->info.gpu, client->handle, object->handle);
	hlist_del(&object->sibling);
	rb_erase(&object->node, &client->objects);
	gnv_allocation_put(object->info.allocation);
	gnv_object_free(client, object);
}

/* Steps that are taken at once. */
#define STEPS_MAX 64

/*
 * Drops what is below an object, children first and without recursion: a client decides
 * how deep and how large its tree is.  Goes some steps on from @at.
 * Return: whether there is no more.
 */
static bool drop_some(struct gnv_client *client, struct gnv_object *top,
		      struct gnv_object **at)
{
	struct gnv_object *object = *at;
	int steps;

	for (steps = 0; steps < STEPS_MAX; steps++) {
		struct gnv_object *parent = object->parent;

		if (!hlist_empty(&object->children)) {
			object = hlist_entry(object->children.first,
					     struct gnv_object, sibling);
			continue;
		}
		if (object == top)
			return true;
		drop_leaf(client, object);
		object = parent;
	}
	*at = object;
	return false;
}

/*
 * All others go on in between, while the call_lock keeps the tree as it is for them.
 * Return: false when the client has gone meanwhile, and @top with it.
 */
static bool drop_below(struct gnv_client *client, struct gnv_object *top)
{
	struct gnv_object *at = top;

	lockdep_assert_held(&client->call_lock);
	lockdep_assert_held(&gnv_rm_lock);
	while (!drop_some(client, top, &at)) {
		mutex_unlock(&gnv_rm_lock);
		cond_resched();
		mutex_lock(&gnv_rm_lock);
		if (client->dead)
			return false;
	}
	return true;
}

/* Of a client that is dead: nobody else looks at its tree. */
static void drop_all(struct gnv_client *client)
{
	struct gnv_object *at = &client->root;

	while (!drop_some(client, &client->root, &at))
		cond_resched();
}

/* Return: whether it was there until now. */
static bool make_dead(struct gnv_client *client)
{
	lockdep_assert_held(&gnv_rm_lock);
	if (client->dead)
		return false;
	WRITE_ONCE(client->dead, true);
	hash_del_rcu(&client->node);
	list_del(&client->entry);
	return true;
}

/**
 * gnv_client_remove() - the driver has freed a client and all below it
 * @client: the client
 *
 * Context: Process context; may sleep.  The caller has a reference.
 */
void gnv_client_remove(struct gnv_client *client)
{
	bool removed;

	mutex_lock(&gnv_rm_lock);
	removed = make_dead(client);
	mutex_unlock(&gnv_rm_lock);
	if (!removed)
		return;
	drop_all(client);
	/* The table's reference. */
	gnv_client_put(client);
}

/**
 * gnv_object_alloc() - memory for an object, before the driver makes it
 * @client: whose it will be; it stays for as long as the object does
 *
 * Context: Process context; may sleep.
 * Return: the object, NULL when memory is short or the client's container may
 * have no more.
 */
struct gnv_object *gnv_object_alloc(struct gnv_client *client)
{
	struct gnv_object *object;

	object = kmem_cache_zalloc(object_cache, GFP_KERNEL);
	if (object && gnv_account_object(client->container, true)) {
		kmem_cache_free(object_cache, object);
		return NULL;
	}
	return object;
}

/**
 * gnv_object_free() - undo gnv_object_alloc()
 * @client: the client that it was made for
 * @object: an object that is not in the client's tree
 *
 * Context: Any.
 */
void gnv_object_free(struct gnv_client *client, struct gnv_object *object)
{
	gnv_account_object(client->container, false);
	kmem_cache_free(object_cache, object);
}

/**
 * gnv_object_insert() - the driver has made an object
 * @client: whose it is; its call_lock is held
 * @object: from gnv_object_alloc(); its memory moves into the tree
 * @parent: handle of the object above
 * @handle: its handle; what had it before is gone in the driver, and goes
 * @info: what is known of it; the reference to the allocation moves
 *
 * An object of a client that is gone, goes at once.
 *
 * Context: Process context; may sleep.
 */
void gnv_object_insert(struct gnv_client *client, struct gnv_object *object,
		       u32 parent, u32 handle, struct gnv_object_info *info)
{
	struct gnv_object *above, *old;

	mutex_lock(&gnv_rm_lock);
	old = client->dead ? NULL : lookup_object(client, handle);
	if (client->dead || old == &client->root || (old && !drop_below(client, old))) {
		gnv_allocation_put(info->allocation);
		gnv_object_free(client, object);
		goto unlock;
	}
	if (old)
		drop_leaf(client, old);
	above = lookup_object(client, parent) ?: &client->root;
	object->handle = handle;
	object->parent = above;
	object->info = *info;
	if (info->class == NV20_SUBDEVICE_0)
		above->subdevice = handle;
	hlist_add_head(&object->sibling, &above->children);
	link_object(client, object);
unlock:
	mutex_unlock(&gnv_rm_lock);
}

/**
 * gnv_object_get() - look at an object
 * @client: whose it is
 * @handle: its handle, or the client's own
 * @info: out; the allocation has a reference for the caller
 *
 * Context: Process context; may sleep.
 * Return: 0, or -ENOENT when the client has no such object.
 */
int gnv_object_get(struct gnv_client *client, u32 handle,
		   struct gnv_object_info *info)
{
	struct gnv_object *object;

	mutex_lock(&gnv_rm_lock);
	object = client->dead ? NULL : lookup_object(client, handle);
	if (object) {
		*info = object->info;
		gnv_allocation_get(info->allocation);
	}
	mutex_unlock(&gnv_rm_lock);
	return object ? 0 : -ENOENT;
}

/**
 * gnv_object_queue() - look at the queue that a channel belongs to
 * @client: whose it is
 * @channel: handle of the channel
 * @queue: out; gnv_queue_info_put() is due
 *
 * Context: Process context; may sleep.
 * Return: 0, or -ENOENT when the client has no such object.
 */
int gnv_object_queue(struct gnv_client *client, u32 channel,
		     struct gnv_queue_info *queue)
{
	struct gnv_object *object, *owner, *device;
	int ret = -ENOENT;

	mutex_lock(&gnv_rm_lock);
	object = client->dead ? NULL : lookup_object(client, channel);
	if (!object || !object->parent)
		goto unlock;
	owner = object;
	if (object->parent->info.class == KEPLER_CHANNEL_GROUP_A)
		owner = object->parent;
	device = owner->parent;
	*queue = (struct gnv_queue_info){
		.owner = owner->handle,
		.allocation = gnv_allocation_get(owner->info.allocation),
		.subdevice = device ? device->subdevice : 0,
	};
	if (object != owner)
		queue->own = gnv_allocation_get(object->info.allocation);
	ret = 0;
unlock:
	mutex_unlock(&gnv_rm_lock);
	return ret;
}

/**
 * gnv_queue_info_put() - drop the references of gnv_object_queue()
 * @queue: what it filled
 *
 * Context: Process context, no spinlock held.
 */
void gnv_queue_info_put(struct gnv_queue_info *queue)
{
	gnv_allocation_put(queue->allocation);
	gnv_allocation_put(queue->own);
}

/**
 * gnv_object_remove() - the driver has freed an object and all below it
 * @client: whose it is; its call_lock is held
 * @handle: its handle
 *
 * Context: Process context; may sleep.
 */
void gnv_object_remove(struct gnv_client *client, u32 handle)
{
	struct gnv_object *object;

	mutex_lock(&gnv_rm_lock);
	object = client->dead ? NULL : lookup_object(client, handle);
	if (object && object != &client->root && drop_below(client, object))
		drop_leaf(client, object);
	mutex_unlock(&gnv_rm_lock);
}
