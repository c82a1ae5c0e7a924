// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * OS events; see event.h.
 */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvstatus.h"

#include "event.h"
#include "rm.h"

/**
 * struct os_event - a file on which a client waits
 * @link: in os_events
 * @file: the file
 * @hclient: the client
 * @fd: number by which calls name the event
 */
struct os_event {
	struct list_head link;
	struct sim_file *file;
	u32 hclient;
	u32 fd;
};

static LIST_HEAD(os_events);

static struct os_event *find_event(u32 hclient, u32 fd)
{
	struct os_event *event;

	lockdep_assert_held(&sim_rm_lock);
	list_for_each_entry(event, &os_events, link) {
		if (event->hclient == hclient && event->fd == fd)
			return event;
	}
	return NULL;
}

static void remove_event(struct os_event *event)
{
	list_del(&event->link);
	kfree(event);
}

/**
 * sim_os_event_alloc() - let a client wait on a file
 * @file: the file that the ioctl came through
 * @hclient: the client
 * @fd: number of the event
 *
 * Context: process; takes sim_rm_lock.
 * Return: NV_OK, NV_ERR_INVALID_ARGUMENT or NV_ERR_NO_MEMORY.
 */
u32 sim_os_event_alloc(struct sim_file *file, u32 hclient, u32 fd)
{
	struct os_event *event = kzalloc(sizeof(*event), GFP_KERNEL);
	u32 status = NV_OK;

	if (!event)
		return NV_ERR_NO_MEMORY;
	event->file = file;
	event->hclient = hclient;
	event->fd = fd;

	mutex_lock(&sim_rm_lock);
	if (find_event(hclient, fd)) {
		status = NV_ERR_INVALID_ARGUMENT;
		kfree(event);
	} else {
		list_add_tail(&event->link, &os_events);
	}
	mutex_unlock(&sim_rm_lock);
	return status;
}

/**
 * sim_os_event_free() - a client waits no more
 * @hclient: the client
 * @fd: number of the event
 *
 * Context: process; takes sim_rm_lock.
 * Return: NV_OK or NV_ERR_INVALID_EVENT.
 */
u32 sim_os_event_free(u32 hclient, u32 fd)
{
	struct os_event *event;

	mutex_lock(&sim_rm_lock);
	event = find_event(hclient, fd);
	if (event)
		remove_event(event);
	mutex_unlock(&sim_rm_lock);
	return event ? NV_OK : NV_ERR_INVALID_EVENT;
}

/**
 * sim_os_event_free_client() - a client is gone
 * @hclient: the client
 *
 * Context: process; takes sim_rm_lock.
 */
void sim_os_event_free_client(u32 hclient)
{
	struct os_event *event, *next;

	mutex_lock(&sim_rm_lock);
	list_for_each_entry_safe(event, next, &os_events, link) {
		if (event->hclient == hclient)
			remove_event(event);
	}
	mutex_unlock(&sim_rm_lock);
}

/**
 * sim_os_event_free_file() - a file is closed
 * @file: the file
 *
 * Context: process; takes sim_rm_lock.
 */
void sim_os_event_free_file(struct sim_file *file)
{
	struct os_event *event, *next;

	mutex_lock(&sim_rm_lock);
	list_for_each_entry_safe(event, next, &os_events, link) {
		if (event->file == file)
			remove_event(event);
	}
	mutex_unlock(&sim_rm_lock);
}

/**
 * sim_event_bytes() - size of NV0005_ALLOC_PARAMETERS
 *
 * Context: any.
 * Return: the size.
 */
u32 sim_event_bytes(void)
{
	return sizeof(struct NV0005_ALLOC_PARAMETERS);
}

/**
 * sim_event_construct() - construct NV01_EVENT and NV01_EVENT_OS_EVENT
 * @call: who asks
 * @object: the object
 * @params: NV0005_ALLOC_PARAMETERS
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_event_construct(const struct sim_call *call, struct sim_object *object,
			void *params)
{
	const struct NV0005_ALLOC_PARAMETERS *p = params;
	struct sim_client *client = object->client;
	struct sim_object *source;
	u32 status;

	/* Only events of an open file can be told; callbacks are the kernel's. */
	if (p->hClass != NV01_EVENT_OS_EVENT)
		return NV_ERR_INVALID_ARGUMENT;
	if (!find_event(client->handle, (u32)p->data))
		return NV_ERR_INVALID_EVENT;
	if (p->hParentClient) {
		status = sim_client_find_for(call, p->hParentClient, &client);
		if (status != NV_OK)
			return status;
	}
	return p->hSrcResource ?
		       sim_object_find(client, p->hSrcResource, &source) :
		       NV_OK;
}
