// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The resource server: clients and the objects that they own; see rm.h.
 *
 * NVIDIA's server takes an API lock for nearly every call; so does this one, and
 * has no other lock below it for clients and objects.
 */
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvstatus.h"

#include "classes.h"
#include "gpu.h"
#include "handles.h"
#include "memory.h"
#include "rm.h"
#include "virtual.h"

DEFINE_MUTEX(sim_rm_lock);

static LIST_HEAD(clients);
static u32 next_client;

/**
 * sim_client_find() - the client with a handle
 * @handle: its handle
 * @client: the client
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or NV_ERR_INVALID_OBJECT_HANDLE.
 */
u32 sim_client_find(u32 handle, struct sim_client **client)
{
	struct sim_client *at;

	lockdep_assert_held(&sim_rm_lock);
	list_for_each_entry(at, &clients, link) {
		if (at->handle == handle) {
			*client = at;
			return NV_OK;
		}
	}
	return NV_ERR_INVALID_OBJECT_HANDLE;
}

/**
 * sim_client_find_for() - the client with a handle, if the caller may use it
 * @call: who asks
 * @handle: the client's handle
 * @client: the client
 *
 * A client may be used through the file that it was made on, and through files
 * that are registered with that one; which process asks does not matter.
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK, NV_ERR_INVALID_OBJECT_HANDLE or NV_ERR_INVALID_CLIENT.
 */
u32 sim_client_find_for(const struct sim_call *call, u32 handle,
			struct sim_client **client)
{
	u32 status = sim_client_find(handle, client);

	if (status != NV_OK)
		return status;
	if (!call->kernel && (*client)->file != call->file)
		return NV_ERR_INVALID_CLIENT;
	return NV_OK;
}

/**
 * sim_client_next() - walk all clients
 * @client: the one last seen, NULL to begin
 *
 * Context: sim_rm_lock is held.
 * Return: the next one, NULL at the end.
 */
struct sim_client *sim_client_next(struct sim_client *client)
{
	lockdep_assert_held(&sim_rm_lock);
	if (!client)
		return list_first_entry_or_null(&clients, struct sim_client,
						link);
	if (list_is_last(&client->link, &clients))
		return NULL;
	return list_next_entry(client, link);
}

/**
 * sim_object_find() - an object of a client
 * @client: the client
 * @handle: the object's handle
 * @object: the object
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or NV_ERR_OBJECT_NOT_FOUND.
 */
u32 sim_object_find(const struct sim_client *client, u32 handle,
		    struct sim_object **object)
{
	lockdep_assert_held(&sim_rm_lock);
	*object = xa_load((struct xarray *)&client->objects, handle);
	return *object ? NV_OK : NV_ERR_OBJECT_NOT_FOUND;
}

static u32 choose_client_handle(u32 *handle)
{
	struct sim_client *other;
	u32 tries;

	if (*handle)
		return sim_client_find(*handle, &other) == NV_OK ?
			       NV_ERR_INSERT_DUPLICATE_NAME :
			       NV_OK;

	for (tries = 0; tries < SIM_CLIENT_HANDLES; tries++) {
		*handle = sim_handle_next(SIM_CLIENT_HANDLE_FIRST,
					  SIM_CLIENT_HANDLES, &next_client);
		if (sim_client_find(*handle, &other) != NV_OK)
			return NV_OK;
	}
	return NV_ERR_INSUFFICIENT_RESOURCES;
}

static u32 choose_object_handle(struct sim_client *client, u32 *handle)
{
	u32 status, tries;

	if (*handle) {
		status = sim_handle_check_object(client->handle, *handle);
		if (status != NV_OK)
			return status;
		return xa_load(&client->objects, *handle) ?
			       NV_ERR_INSERT_DUPLICATE_NAME :
			       NV_OK;
	}

	for (tries = 0; tries < SIM_OBJECT_HANDLES; tries++) {
		*handle = sim_handle_next(SIM_OBJECT_HANDLE_FIRST,
					  SIM_OBJECT_HANDLES,
					  &client->next_handle);
		if (*handle != client->handle &&
		    !xa_load(&client->objects, *handle))
			return NV_OK;
	}
	return NV_ERR_INSUFFICIENT_RESOURCES;
}

/* A new object that is not yet in its client: class->construct comes next. */
static struct sim_object *alloc_object(struct sim_client *client,
				       struct sim_object *parent, u32 handle,
				       const struct sim_class *class)
{
	struct sim_object *object = kzalloc(sizeof(*object), GFP_KERNEL);

	if (!object)
		return NULL;
	object->handle = handle;
	object->class_id = class->id;
	object->class = class;
	object->client = client;
	object->parent = parent;
	INIT_LIST_HEAD(&object->children);
	INIT_LIST_HEAD(&object->sibling);
	INIT_LIST_HEAD(&object->shares);
	INIT_LIST_HEAD(&object->cpu_maps);
	INIT_LIST_HEAD(&object->dma_maps);
	/* Everything below a device belongs to the device's GPU. */
	if (parent)
		object->gpu = sim_gpu_get(parent->gpu);
	return object;
}

static void clear_shares(struct sim_object *object)
{
	struct sim_share *share, *next;

	list_for_each_entry_safe(share, next, &object->shares, link) {
		list_del(&share->link);
		kfree(share);
	}
}

/* What alloc_object() made and construct() did not, or undid. */
static void free_object(struct sim_object *object)
{
	clear_shares(object);
	sim_gpu_put(object->gpu);
	kfree(object);
}

/* The object is complete: others can find it from now on. */
static u32 publish_object(struct sim_object *object)
{
	if (xa_err(xa_store(&object->client->objects, object->handle, object,
			    GFP_KERNEL)))
		return NV_ERR_INSUFFICIENT_RESOURCES;
	if (object->parent)
		list_add_tail(&object->sibling, &object->parent->children);
	return NV_OK;
}

static void destroy_object(struct sim_object *object)
{
	xa_erase(&object->client->objects, object->handle);
	list_del(&object->sibling);
	sim_memory_unmap_all(object);
	sim_dma_unmap_all(object);
	if (object->class->destruct)
		object->class->destruct(object);
	free_object(object);
	/* A client may have very many. */
	cond_resched();
}

/* Frees what hangs below first; depth is bounded by the classes' parents. */
static void destroy_tree(struct sim_object *object)
{
	struct sim_object *child, *next;

	list_for_each_entry_safe_reverse(child, next, &object->children,
					 sibling)
		destroy_tree(child);
	destroy_object(object);
}

static void destroy_client(struct sim_client *client)
{
	struct sim_object *root = xa_load(&client->objects, client->handle);

	if (root)
		destroy_tree(root);
	list_del(&client->link);
	put_pid(client->pid);
	xa_destroy(&client->objects);
	kfree(client);
}

static u32 alloc_client(const struct sim_call *call, u32 *handle,
			const struct sim_class *class, void *params)
{
	struct sim_client *client;
	struct sim_object *root;
	u32 status = choose_client_handle(handle);

	if (status != NV_OK)
		return status;

	client = kzalloc(sizeof(*client), GFP_KERNEL);
	root = client ? alloc_object(client, NULL, *handle, class) : NULL;
	if (!root) {
		kfree(client);
		return NV_ERR_INSUFFICIENT_RESOURCES;
	}
	client->handle = *handle;
	client->file = call->file;
	client->pid = get_pid(task_tgid(current));
	client->euid = current_euid();
	xa_init(&client->objects);

	status = publish_object(root);
	if (status != NV_OK) {
		free_object(root);
		put_pid(client->pid);
		xa_destroy(&client->objects);
		kfree(client);
		return status;
	}
	list_add_tail(&client->link, &clients);
	/* The parameter of a root class is the handle that it got. */
	if (params)
		*(u32 *)params = *handle;
	return NV_OK;
}

static bool has_child_of_kind(const struct sim_object *parent, u32 kind)
{
	const struct sim_object *child;

	list_for_each_entry(child, &parent->children, sibling) {
		if (child->class->kind == kind)
			return true;
	}
	return false;
}

static u32 check_parent(const struct sim_class *class,
			const struct sim_object *parent)
{
	if (parent->gpu && sim_gpu_is_lost(parent->gpu))
		return NV_ERR_GPU_IS_LOST;
	if (class->flags & SIM_CLASS_SINGLE &&
	    has_child_of_kind(parent, class->kind))
		return NV_ERR_STATE_IN_USE;
	if (!(class->parents & parent->class->kind))
		return NV_ERR_INVALID_OBJECT_PARENT;
	return NV_OK;
}

static u32 make_object(const struct sim_call *call, struct sim_client *client,
		       struct sim_object *parent, u32 handle,
		       const struct sim_class *class, void *params,
		       const struct sim_object *source)
{
	struct sim_object *object = alloc_object(client, parent, handle, class);
	u32 status;

	if (!object)
		return NV_ERR_INSUFFICIENT_RESOURCES;

	status = source ? class->copy(object, source) :
			  class->construct(call, object, params);
	if (status != NV_OK)
		goto err_free;

	status = publish_object(object);
	if (status != NV_OK)
		goto err_destruct;
	return NV_OK;

err_destruct:
	if (class->destruct)
		class->destruct(object);
err_free:
	free_object(object);
	return status;
}

static u32 alloc_below(const struct sim_call *call, u32 hclient, u32 hparent,
		       u32 *handle, const struct sim_class *class, void *params)
{
	struct sim_client *client;
	struct sim_object *parent;
	u32 status;

	status = sim_client_find_for(call, hclient, &client);
	if (status != NV_OK)
		return status;
	/* The client's own handle is the root's, which is there already. */
	if (*handle == hclient)
		return NV_ERR_INVALID_OBJECT_PARENT;
	status = sim_object_find(client, hparent, &parent);
	if (status != NV_OK)
		return status;
	status = check_parent(class, parent);
	if (status != NV_OK)
		return status;
	status = choose_object_handle(client, handle);
	if (status != NV_OK)
		return status;
	return make_object(call, client, parent, *handle, class, params, NULL);
}

/**
 * sim_rm_alloc_locked() - as sim_rm_alloc(), for who has the lock
 * @call: who asks
 * @hclient: see sim_rm_alloc()
 * @hparent: see sim_rm_alloc()
 * @handle: see sim_rm_alloc()
 * @class_id: see sim_rm_alloc()
 * @params: see sim_rm_alloc()
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_rm_alloc_locked(const struct sim_call *call, u32 hclient, u32 hparent,
			u32 *handle, u32 class_id, void *params)
{
	const struct sim_class *class = sim_class_find(class_id);

	lockdep_assert_held(&sim_rm_lock);
	if (!class)
		return NV_ERR_INVALID_CLASS;
	if (class->kind != SIM_KIND_ROOT)
		return alloc_below(call, hclient, hparent, handle, class,
				   params);
	*handle = hclient;
	return alloc_client(call, handle, class, params);
}

/**
 * sim_rm_alloc() - make an object, or a client
 * @call: who asks
 * @hclient: the client; for a client, the handle that it shall have or 0
 * @hparent: the object below which it goes
 * @handle: in: the handle that it shall have or 0; out: the one that it has
 * @class_id: its class
 * @params: parameters of the class, written back to, or NULL
 *
 * Context: process; takes sim_rm_lock.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_rm_alloc(const struct sim_call *call, u32 hclient, u32 hparent,
		 u32 *handle, u32 class_id, void *params)
{
	u32 status;

	mutex_lock(&sim_rm_lock);
	status = sim_rm_alloc_locked(call, hclient, hparent, handle, class_id,
				     params);
	mutex_unlock(&sim_rm_lock);
	return status;
}

/**
 * sim_rm_free_locked() - as sim_rm_free(), for who has the lock
 * @call: who asks
 * @hclient: the client
 * @handle: the object; the client's own handle frees the client
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK, also when there is no such object: so does the driver.
 */
u32 sim_rm_free_locked(const struct sim_call *call, u32 hclient, u32 handle)
{
	struct sim_client *client;
	struct sim_object *object;
	u32 status = sim_client_find_for(call, hclient, &client);

	if (status != NV_OK)
		return status;
	if (handle == hclient)
		destroy_client(client);
	else if (sim_object_find(client, handle, &object) == NV_OK)
		destroy_tree(object);
	return NV_OK;
}

/**
 * sim_rm_free() - free an object and all below it
 * @call: who asks
 * @hclient: the client
 * @handle: the object; the client's own handle frees the client
 *
 * Context: process; takes sim_rm_lock.
 * Return: NV_OK, also when there is no such object: so does the driver.
 */
u32 sim_rm_free(const struct sim_call *call, u32 hclient, u32 handle)
{
	u32 status;

	mutex_lock(&sim_rm_lock);
	status = sim_rm_free_locked(call, hclient, handle);
	mutex_unlock(&sim_rm_lock);
	return status;
}

static bool policy_matches(const struct sim_call *call,
			   const struct RS_SHARE_POLICY *policy,
			   const struct sim_client *owner,
			   const struct sim_client *into)
{
	switch (policy->type) {
	case RS_SHARE_TYPE_ALL:
		return true;
	case RS_SHARE_TYPE_CLIENT:
		return policy->target == into->handle;
	case RS_SHARE_TYPE_PID:
		/* The kernel duplicates on behalf of the process that called. */
		return owner->pid == (call->kernel ? task_tgid(current) :
						     into->pid);
	case RS_SHARE_TYPE_OS_SECURITY_TOKEN:
		return uid_eq(owner->euid, call->kernel ? current_euid() :
							  into->euid);
	default:
		return false;
	}
}

/**
 * sim_rm_may_dup() - may a client duplicate an object
 * @call: who asks; the kernel's special rights do not count
 * @object: the object
 * @into: the client that shall have the duplicate
 *
 * The rules of the nearest object upwards that has some decide; without any,
 * clients of the same process may.
 *
 * Context: sim_rm_lock is held.
 * Return: whether it may.
 */
bool sim_rm_may_dup(const struct sim_call *call,
		    const struct sim_object *object,
		    const struct sim_client *into)
{
	static const struct RS_SHARE_POLICY same_process = {
		.type = RS_SHARE_TYPE_PID,
	};
	const struct sim_client *owner = object->client;
	const struct sim_object *at;
	const struct sim_share *share;

	lockdep_assert_held(&sim_rm_lock);
	if (owner == into)
		return true;
	for (at = object; at; at = at->parent) {
		if (!at->shares_changed)
			continue;
		list_for_each_entry(share, &at->shares, link) {
			if (share->policy.accessMask.limbs[0] &
				    1U << RS_ACCESS_DUP_OBJECT &&
			    policy_matches(call, &share->policy, owner, into))
				return true;
		}
		return false;
	}
	return policy_matches(call, &same_process, owner, into);
}

static u32 dup_into(const struct sim_call *call, struct NVOS55_PARAMETERS *api,
		    struct sim_client *into, struct sim_object *source)
{
	struct sim_object *parent;
	u32 status;

	if (!(source->class->flags & SIM_CLASS_DUPLICABLE))
		return NV_ERR_INVALID_ARGUMENT;
	status = choose_object_handle(into, &api->hObject);
	if (status != NV_OK)
		return status;
	status = sim_object_find(into, api->hParent, &parent);
	if (status != NV_OK)
		return status;
	if (!call->kernel && !sim_rm_may_dup(call, source, into))
		return NV_ERR_INSUFFICIENT_PERMISSIONS;
	status = check_parent(source->class, parent);
	if (status != NV_OK)
		return status;
	return make_object(call, into, parent, api->hObject, source->class,
			   NULL, source);
}

/**
 * sim_rm_dup_locked() - as sim_rm_dup(), for who has the lock
 * @call: who asks
 * @api: what is asked; hObject is written back to
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_rm_dup_locked(const struct sim_call *call,
		      struct NVOS55_PARAMETERS *api)
{
	struct sim_client *into, *from;
	struct sim_object *source;
	u32 status;

	status = sim_client_find(api->hClientSrc, &from);
	if (status != NV_OK)
		return status;
	status = sim_client_find_for(call, api->hClient, &into);
	if (status != NV_OK)
		return status;
	status = sim_object_find(from, api->hObjectSrc, &source);
	if (status != NV_OK)
		return status;
	return dup_into(call, api, into, source);
}

/**
 * sim_rm_dup() - make a second object that refers to the same thing
 * @call: who asks
 * @api: what is asked; hObject is written back to
 *
 * Context: process; takes sim_rm_lock.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_rm_dup(const struct sim_call *call, struct NVOS55_PARAMETERS *api)
{
	u32 status;

	mutex_lock(&sim_rm_lock);
	status = sim_rm_dup_locked(call, api);
	mutex_unlock(&sim_rm_lock);
	return status;
}

#define ACTION_REVOKE	0x1
#define ACTION_REQUIRE	0x2
#define ACTION_COMPOSE	0x4

/* Composing begins with the rules that held until now. */
static u32 inherit_shares(struct sim_object *object)
{
	static const struct RS_SHARE_POLICY same_process = {
		.type = RS_SHARE_TYPE_PID,
		.accessMask.limbs[0] = 1U << RS_ACCESS_DUP_OBJECT,
	};
	const struct sim_object *at = object->parent;
	const struct sim_share *from;
	struct sim_share *share;

	while (at && !at->shares_changed)
		at = at->parent;
	if (!at) {
		share = kzalloc(sizeof(*share), GFP_KERNEL);
		if (!share)
			return NV_ERR_NO_MEMORY;
		share->policy = same_process;
		list_add_tail(&share->link, &object->shares);
		return NV_OK;
	}
	list_for_each_entry(from, &at->shares, link) {
		share = kmemdup(from, sizeof(*from), GFP_KERNEL);
		if (!share)
			return NV_ERR_NO_MEMORY;
		list_add_tail(&share->link, &object->shares);
	}
	return NV_OK;
}

static u32 add_share(struct sim_object *object,
		     const struct RS_SHARE_POLICY *policy)
{
	struct sim_share *share;

	list_for_each_entry(share, &object->shares, link) {
		if (share->policy.type != policy->type ||
		    share->policy.target != policy->target)
			continue;
		share->policy.accessMask.limbs[0] |=
			policy->accessMask.limbs[0];
		return NV_OK;
	}
	share = kzalloc(sizeof(*share), GFP_KERNEL);
	if (!share)
		return NV_ERR_NO_MEMORY;
	share->policy = *policy;
	list_add_tail(&share->link, &object->shares);
	return NV_OK;
}

static void remove_share(struct sim_object *object,
			 const struct RS_SHARE_POLICY *policy)
{
	struct sim_share *share;

	list_for_each_entry(share, &object->shares, link) {
		if (share->policy.type == policy->type &&
		    share->policy.target == policy->target)
			share->policy.accessMask.limbs[0] &=
				~policy->accessMask.limbs[0];
	}
}

static u32 change_shares(struct sim_object *object,
			 const struct RS_SHARE_POLICY *policy)
{
	u32 status = NV_OK;

	if (!(policy->action & ACTION_COMPOSE))
		clear_shares(object);
	else if (!object->shares_changed)
		status = inherit_shares(object);
	if (status != NV_OK)
		return status;

	object->shares_changed = true;
	if (policy->action & ACTION_REVOKE) {
		remove_share(object, policy);
		return NV_OK;
	}
	return add_share(object, policy);
}

/**
 * sim_rm_share_locked() - as sim_rm_share(), for who has the lock
 * @call: who asks
 * @hclient: the client
 * @hobject: the object
 * @policy: the rule
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_rm_share_locked(const struct sim_call *call, u32 hclient, u32 hobject,
			const struct RS_SHARE_POLICY *policy)
{
	struct sim_client *client, *target;
	struct sim_object *object;
	u32 status;

	/* The last type is the fabric manager's. */
	if (policy->type > RS_SHARE_TYPE_GPU + 1)
		return NV_ERR_INVALID_ARGUMENT;
	/* Only the server itself may demand instead of allow. */
	if (policy->action & ACTION_REQUIRE)
		return NV_ERR_INVALID_ARGUMENT;

	status = sim_client_find_for(call, hclient, &client);
	if (status == NV_OK && policy->type == RS_SHARE_TYPE_CLIENT)
		status = sim_client_find(policy->target, &target);
	if (status == NV_OK)
		status = sim_object_find(client, hobject, &object);
	return status == NV_OK ? change_shares(object, policy) : status;
}

/**
 * sim_rm_share() - say who may duplicate an object
 * @call: who asks
 * @api: what is asked
 *
 * Context: process; takes sim_rm_lock.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_rm_share(const struct sim_call *call,
		 const struct NVOS57_PARAMETERS *api)
{
	u32 status;

	mutex_lock(&sim_rm_lock);
	status = sim_rm_share_locked(call, api->hClient, api->hObject,
				     &api->sharePolicy);
	mutex_unlock(&sim_rm_lock);
	return status;
}

/**
 * sim_rm_close_file() - a control file was closed: free its clients
 * @file: the file
 *
 * Context: process; takes sim_rm_lock.
 */
void sim_rm_close_file(struct sim_file *file)
{
	struct sim_client *client, *next;

	mutex_lock(&sim_rm_lock);
	list_for_each_entry_safe(client, next, &clients, link) {
		if (client->file == file)
			destroy_client(client);
	}
	mutex_unlock(&sim_rm_lock);
}

/**
 * sim_rm_fini() - free the clients that kernel modules left behind
 *
 * Context: process; takes sim_rm_lock.
 */
void sim_rm_fini(void)
{
	/* All files are closed: what is left belongs to none. */
	sim_rm_close_file(NULL);
}
