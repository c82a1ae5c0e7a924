// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Event buffers; see event_buffer.h.
 *
 * Not simulated: telling a file or a callback that a buffer fills up, data of
 * variable length, and buffers in memory of a device.  The driver frees a buffer when
 * its memory is freed; here it keeps the memory.
 */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "nvabi/nvstatus.h"

#include "classes.h"
#include "event_buffer.h"
#include "memory.h"
#include "rm.h"
#include "switches.h"

/**
 * sim_event_buffer_bytes() - size of NV_EVENT_BUFFER_ALLOC_PARAMETERS
 *
 * Context: any.
 * Return: the size.
 */
u32 sim_event_buffer_bytes(void)
{
	return sizeof(struct NV_EVENT_BUFFER_ALLOC_PARAMETERS);
}

static u32 check_params(const struct sim_object *object,
			const struct NV_EVENT_BUFFER_ALLOC_PARAMETERS *p)
{
	struct sim_object *subdevice;

	if (!p->hBufferHeader || p->notificationHandle || p->vardataBufferSize)
		return NV_ERR_NOT_SUPPORTED;
	if (!p->hRecordBuffer || p->hVardataBuffer || !p->recordSize ||
	    !p->recordCount || p->recordsFreeThreshold > p->recordCount ||
	    p->vardataFreeThreshold)
		return NV_ERR_INVALID_ARGUMENT;
	if (!p->hSubDevice)
		return NV_OK;
	if (sim_object_find(object->client, p->hSubDevice, &subdevice) != NV_OK ||
	    subdevice->class->kind != SIM_KIND_SUBDEVICE)
		return NV_ERR_INVALID_OBJECT_HANDLE;
	return NV_OK;
}

/* A program may only have memory that it cannot write to. */
static u32 map_memory(const struct sim_object *object, u32 handle, u64 bytes,
		      struct sim_memory **memory, void **address)
{
	struct sim_object *found;
	u32 status = sim_object_find(object->client, handle, &found);

	if (status != NV_OK)
		return status;
	if (found->class->kind != SIM_KIND_DEVICELESS ||
	    found->memory->bytes < bytes ||
	    (object->client->file && !found->memory->user_read_only))
		return NV_ERR_INVALID_ARGUMENT;
	*address = sim_memory_vmap(found->memory, 0,
				   DIV_ROUND_UP_ULL(bytes, PAGE_SIZE));
	if (!*address)
		return NV_ERR_NO_MEMORY;
	*memory = sim_memory_get(found->memory);
	return NV_OK;
}

static void free_buffer(struct sim_event_buffer *buffer)
{
	vunmap(buffer->header);
	vunmap(buffer->records);
	if (buffer->header_memory)
		sim_memory_put(buffer->header_memory);
	if (buffer->record_memory)
		sim_memory_put(buffer->record_memory);
	kfree(buffer);
}

/**
 * sim_event_buffer_construct() - construct NV_EVENT_BUFFER
 * @call: who asks
 * @object: the object; below a client
 * @params: NV_EVENT_BUFFER_ALLOC_PARAMETERS
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_event_buffer_construct(const struct sim_call *call,
			       struct sim_object *object, void *params)
{
	struct NV_EVENT_BUFFER_ALLOC_PARAMETERS *p = params;
	struct sim_event_buffer *buffer;
	u32 status = check_params(object, p);

	if (status != NV_OK)
		return status;
	buffer = kzalloc(sizeof(*buffer), GFP_KERNEL);
	if (!buffer)
		return NV_ERR_NO_MEMORY;
	INIT_LIST_HEAD(&buffer->binds);
	buffer->record_bytes = p->recordSize;
	buffer->record_count = p->recordCount;
	status = map_memory(object, p->hBufferHeader, sizeof(*buffer->header),
			    &buffer->header_memory, (void **)&buffer->header);
	if (status == NV_OK)
		status = map_memory(object, p->hRecordBuffer,
				    (u64)p->recordSize * p->recordCount,
				    &buffer->record_memory, &buffer->records);
	if (status != NV_OK) {
		free_buffer(buffer);
		return status;
	}
	/* The addresses are for buffers whose memory the driver allocates. */
	p->bufferHeader = 0;
	p->recordBuffer = 0;
	p->vardataBuffer = 0;
	object->event_buffer = buffer;
	return NV_OK;
}

/**
 * sim_event_buffer_destruct() - nothing is recorded there any more
 * @object: the object
 *
 * Context: sim_rm_lock is held.
 */
void sim_event_buffer_destruct(struct sim_object *object)
{
	sim_switches_unbind(object->event_buffer);
	free_buffer(object->event_buffer);
}

/**
 * sim_event_buffer_add() - record something
 * @buffer: where
 * @type: NV_EVENT_BUFFER_RECORD_TYPE_*
 * @payload: what goes behind the record's header
 * @bytes: how much; a record has room for it
 *
 * Context: sim_rm_lock is held.
 */
void sim_event_buffer_add(struct sim_event_buffer *buffer, u16 type,
			  const void *payload, size_t bytes)
{
	const struct NV_EVENT_BUFFER_RECORD_HEADER head = { .type = type };
	struct NV_EVENT_BUFFER_HEADER *header = buffer->header;
	u32 put = READ_ONCE(header->recordPut), next;
	void *record;

	/* A client in the kernel may have written anything there. */
	if (!buffer->enabled || put >= buffer->record_count)
		return;
	next = (put + 1) % buffer->record_count;
	if (!buffer->keep_newest && next == READ_ONCE(header->recordGet)) {
		WRITE_ONCE(header->recordDropcount,
			   header->recordDropcount + 1);
		return;
	}
	record = buffer->records + (size_t)put * buffer->record_bytes;
	memcpy(record, &head, sizeof(head));
	memcpy(record + sizeof(head), payload, bytes);
	/* Who sees that it is there sees what it says. */
	smp_store_release(&header->recordPut, next);
}

/**
 * sim_event_buffer_set_get() - the client has read some records
 * @buffer: of which buffer
 * @get: the first place that it has not read
 *
 * Context: sim_rm_lock is held.
 * Return: NV_OK or NV_ERR_INVALID_ARGUMENT.
 */
u32 sim_event_buffer_set_get(struct sim_event_buffer *buffer, u32 get)
{
	struct NV_EVENT_BUFFER_HEADER *header = buffer->header;
	u32 put = READ_ONCE(header->recordPut);

	if (get >= buffer->record_count)
		return NV_ERR_INVALID_ARGUMENT;
	WRITE_ONCE(header->recordGet, get);
	WRITE_ONCE(header->recordCount,
		   put >= get ? put - get : put + buffer->record_count - get);
	WRITE_ONCE(header->recordDropcount, 0);
	WRITE_ONCE(header->vardataDropcount, 0);
	return NV_OK;
}
