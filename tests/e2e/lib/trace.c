// SPDX-License-Identifier: MIT
/* See trace.h. */
#include <string.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"

#include "trace.h"

#define RECORD_BYTES \
	(sizeof(struct NV_EVENT_BUFFER_RECORD_HEADER) + \
	 sizeof(struct NV_EVENT_BUFFER_FECS_RECORD_V2))

__u32 trace_memory(struct session *s, __u64 bytes, bool read_only, __u32 *memory)
{
	struct NV_MEMORY_ALLOCATION_PARAMS p = {
		.owner = s->rm.client,
		.attr2 = (read_only ? NVOS32_ATTR2_PROTECTION_USER_READ_ONLY :
				      NVOS32_ATTR2_PROTECTION_USER_READ_WRITE)
			 << NVOS32_ATTR2_PROTECTION_USER_SHIFT,
		.size = bytes,
	};

	return rm_alloc(&s->rm, s->rm.client, memory, NV01_MEMORY_DEVICELESS, &p,
			s->rm.branch->memory_alloc_size);
}

/* The buffer itself; its memory is there. */
__u32 trace_buffer(struct trace *trace)
{
	struct session *s = trace->s;
	struct NV_EVENT_BUFFER_ALLOC_PARAMETERS p = {
		.recordSize = RECORD_BYTES,
		.recordCount = trace->places,
		.hSubDevice = s->gpu.subdevice,
		.hBufferHeader = trace->header,
		.hRecordBuffer = trace->records,
	};

	return rm_alloc(&s->rm, s->rm.client, &trace->buffer, NV_EVENT_BUFFER, &p, sizeof(p));
}

__u32 trace_open(struct session *s, __u32 places, struct trace *trace)
{
	__u64 bytes = RECORD_BYTES * (__u64)places;
	__u32 status;

	*trace = (struct trace){ .s = s, .places = places };
	status = trace_memory(s, sizeof(struct NV_EVENT_BUFFER_HEADER), true, &trace->header);
	if (status == NV_OK)
		status = trace_memory(s, bytes, true, &trace->records);
	if (status == NV_OK)
		status = trace_buffer(trace);
	if (status == NV_OK)
		status = rm_memory_map_client(&s->rm, trace->header,
					      sizeof(struct NV_EVENT_BUFFER_HEADER), false,
					      &trace->header_map);
	if (status == NV_OK)
		status = rm_memory_map_client(&s->rm, trace->records, bytes, false,
					      &trace->records_map);
	return status;
}

void trace_close(struct trace *trace)
{
	struct session *s = trace->s;

	rm_memory_unmap(&s->gpu, trace->header, &trace->header_map);
	rm_memory_unmap(&s->gpu, trace->records, &trace->records_map);
	rm_free(&s->rm, s->rm.client, trace->buffer);
	rm_free(&s->rm, s->rm.client, trace->header);
	rm_free(&s->rm, s->rm.client, trace->records);
}

__u32 trace_bind(struct trace *trace, bool everybody)
{
	struct NV2080_CTRL_GR_FECS_BIND_EVTBUF_FOR_UID_V2_PARAMS p = {
		.hEventBuffer = trace->buffer,
		.recordSize = sizeof(struct NV_EVENT_BUFFER_FECS_RECORD_V2),
		.levelOfDetail = NV2080_CTRL_GR_FECS_BIND_EVTBUF_LOD_FULL,
		.bAllUsers = everybody,
	};

	return rm_control(&trace->s->rm, trace->s->gpu.subdevice,
			  NV2080_CTRL_CMD_GR_FECS_BIND_EVTBUF_FOR_UID_V2, &p, sizeof(p));
}

__u32 trace_enable(struct trace *trace, bool on, __u32 policy)
{
	struct NV_EVENT_BUFFER_CTRL_CMD_ENABLE_EVENTS_PARAMS p = { .enable = on, .flags = policy };

	return rm_control(&trace->s->rm, trace->buffer, NV_EVENT_BUFFER_CTRL_CMD_ENABLE_EVENTS,
			  &p, sizeof(p));
}

__u32 trace_flush(struct trace *trace)
{
	return rm_control(&trace->s->rm, trace->buffer, NV_EVENT_BUFFER_CTRL_CMD_FLUSH, NULL, 0);
}

__u32 trace_set_get(struct trace *trace, __u32 get)
{
	struct NV_EVENT_BUFFER_CTRL_CMD_UPDATE_GET_PARAMS p = { .recordBufferGet = get };

	return rm_control(&trace->s->rm, trace->buffer, NV_EVENT_BUFFER_CTRL_CMD_UPDATE_GET, &p,
			  sizeof(p));
}

struct NV_EVENT_BUFFER_HEADER trace_header(const struct trace *trace)
{
	return *(volatile struct NV_EVENT_BUFFER_HEADER *)trace->header_map.address;
}

/* What is there after a flush, and is not there any more then; tells how many. */
__u32 trace_read(struct trace *trace, struct NV_EVENT_BUFFER_FECS_RECORD_V2 *records,
		 __u32 max)
{
	struct NV_EVENT_BUFFER_HEADER header;
	const struct NV_EVENT_BUFFER_RECORD *at;
	__u32 count = 0;

	if (trace_flush(trace) != NV_OK)
		return 0;
	header = trace_header(trace);
	while (header.recordGet != header.recordPut && count < max) {
		at = (void *)((char *)trace->records_map.address +
			      header.recordGet * RECORD_BYTES);
		if (at->recordHeader.type != NV_EVENT_BUFFER_RECORD_TYPE_FECS_CTX_SWITCH_V2)
			return 0;
		memcpy(&records[count++], at->inlinePayload, sizeof(records[0]));
		header.recordGet = (header.recordGet + 1) % trace->places;
	}
	return trace_set_get(trace, header.recordGet) == NV_OK ? count : 0;
}
