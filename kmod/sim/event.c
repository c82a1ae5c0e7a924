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

#include "channel.h"
#include "classes.h"
#include "event.h"
#include "file.h"
#include "gpu.h"
#include "queue.h"
#include "rm.h"

/* What is above says how an event is told. */
#define NOTIFY_INDEX_MASK 0x1f

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

/**
 * struct sim_event - what an event object waits for
 * @link: in events
 * @client: whose it is
 * @fd: number of the OS event
 * @source: handle of the object that tells, in @hsource
 * @hsource: handle of the client of @source
 * @index: what it tells of
 */
struct sim_event {
	struct list_head link;
	struct sim_client *client;
	u32 fd;
	u32 source;
	u32 hsource;
	u32 index;
};

static LIST_HEAD(events);

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

static u32 wait_for(struct sim_object *object, u32 hsource,
		    const struct NV0005_ALLOC_PARAMETERS *p)
{
	struct sim_event *event = kzalloc(sizeof(*event), GFP_KERNEL);

	if (!event)
		return NV_ERR_NO_MEMORY;
	event->client = object->client;
	event->fd = (u32)p->data;
	event->hsource = hsource;
	event->source = p->hSrcResource ?: object->parent->handle;
	event->index = p->notifyIndex & NOTIFY_INDEX_MASK;
	list_add_tail(&event->link, &events);
	object->event = event;
	return NV_OK;
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
	status = p->hSrcResource ?
			 sim_object_find(client, p->hSrcResource, &source) :
			 NV_OK;
	return status == NV_OK ? wait_for(object, client->handle, p) : status;
}

/**
 * sim_event_destruct() - an event waits no more
 * @object: the object
 *
 * Context: sim_rm_lock is held.
 */
void sim_event_destruct(struct sim_object *object)
{
	list_del(&object->event->link);
	kfree(object->event);
}

static void wake_file(struct sim_file *file)
{
	/* Pairs with nvidia_poll(): it is seen by whoever is woken, or before. */
	smp_store_mb(file->event_pending, true);
	wake_up_interruptible(&file->waiters);
}

static bool tells(const struct sim_event *event)
{
	struct sim_client *client;
	struct sim_object *source;

	return sim_client_find(event->hsource, &client) == NV_OK &&
	       sim_object_find(client, event->source, &source) == NV_OK &&
	       source->class->kind == SIM_KIND_CHANNEL &&
	       source->channel->queue->telling & BIT(event->index);
}

/* What each queue has to tell, taken from what engines may add to meanwhile. */
static void collect(struct sim_gpu *gpu)
{
	struct sim_engine *engine;
	struct sim_group *group;
	struct sim_queue *queue;
	unsigned int i, level;

	for (i = 0; i < SIM_ENGINES; i++) {
		engine = &gpu->engines[i];
		mutex_lock(&engine->lock);
		for (level = 0; level < SIM_RUNLIST_LEVELS; level++)
			list_for_each_entry(group,
					    &engine->runlist.levels[level],
					    member.link)
				list_for_each_entry(queue, &group->queues,
						    link)
					queue->telling =
						atomic_xchg(&queue->told, 0);
		mutex_unlock(&engine->lock);
	}
}

/**
 * sim_event_tell() - wake who waits for what queues have to tell
 * @work: sim_gpu.tell
 *
 * Context: process; takes sim_rm_lock.
 */
void sim_event_tell(struct work_struct *work)
{
	struct sim_gpu *gpu = container_of(work, struct sim_gpu, tell);
	struct os_event *os_event;
	struct sim_event *event;

	mutex_lock(&sim_rm_lock);
	collect(gpu);
	list_for_each_entry(event, &events, link) {
		if (!tells(event))
			continue;
		os_event = find_event(event->client->handle, event->fd);
		if (os_event)
			wake_file(os_event->file);
	}
	mutex_unlock(&sim_rm_lock);
}

/**
 * sim_event_tell_later() - let events be told, if there is something
 * @gpu: of queues of which GPU
 *
 * Context: the thread of an engine; no lock is held.
 */
void sim_event_tell_later(struct sim_gpu *gpu)
{
	if (atomic_xchg(&gpu->told, 0))
		schedule_work(&gpu->tell);
}
