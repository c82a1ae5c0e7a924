/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Event buffers: a header and records in memory of a client's own, which the driver
 * fills and the client reads.  They must not know what is recorded.
 *
 * Protected by sim_rm_lock; what lies in the memory, the client may read, and one in
 * the kernel write, at any time.
 */
#ifndef SIM_EVENT_BUFFER_H
#define SIM_EVENT_BUFFER_H

#include <linux/list.h>
#include <linux/types.h>

#include "nvabi/nvevent.h"

struct sim_call;
struct sim_memory;
struct sim_object;

/**
 * struct sim_event_buffer - one buffer
 * @binds: what fills it, of struct sim_switches_bind
 * @header_memory: where the header lies, with a reference
 * @record_memory: where the records lie, with a reference
 * @header: the header, mapped
 * @records: the records, mapped
 * @record_bytes: size of a record with its header
 * @record_count: how many places there are
 * @enabled: records are taken
 * @keep_newest: a full buffer forgets its oldest record, else the new one
 * @seqno: number of the next record
 */
struct sim_event_buffer {
	struct list_head binds;
	struct sim_memory *header_memory;
	struct sim_memory *record_memory;
	struct NV_EVENT_BUFFER_HEADER *header;
	void *records;
	u32 record_bytes;
	u32 record_count;
	bool enabled;
	bool keep_newest;
	u16 seqno;
};

u32 sim_event_buffer_bytes(void);
u32 sim_event_buffer_construct(const struct sim_call *call,
			       struct sim_object *object, void *params);
void sim_event_buffer_destruct(struct sim_object *object);

void sim_event_buffer_add(struct sim_event_buffer *buffer, u16 type,
			  const void *payload, size_t bytes);
u32 sim_event_buffer_set_get(struct sim_event_buffer *buffer, u32 get);

#endif /* SIM_EVENT_BUFFER_H */
