/* SPDX-License-Identifier: MIT */
/*
 * A small reader of context switches, beside rm.h: an event buffer in memory of its
 * own, bound to a GPU.
 */
#ifndef TESTS_E2E_LIB_TRACE_H
#define TESTS_E2E_LIB_TRACE_H

#include <linux/types.h>
#include <stdbool.h>

#include "nvabi/nvevent.h"

#include "client.h"

/**
 * struct trace - an event buffer
 * @s: the session
 * @buffer: handle
 * @places: how many records it has room for, and one
 * @header: memory of the header
 * @records: memory of the records
 * @header_map: where it is seen
 * @records_map: where they are seen
 */
struct trace {
	struct session *s;
	__u32 buffer;
	__u32 places;
	__u32 header;
	__u32 records;
	struct rm_map header_map;
	struct rm_map records_map;
};

__u32 trace_memory(struct session *s, __u64 bytes, bool read_only, __u32 *memory);
__u32 trace_buffer(struct trace *trace);
__u32 trace_open(struct session *s, __u32 places, struct trace *trace);
void trace_close(struct trace *trace);

__u32 trace_bind(struct trace *trace, bool everybody);
__u32 trace_enable(struct trace *trace, bool on, __u32 policy);
__u32 trace_flush(struct trace *trace);
__u32 trace_set_get(struct trace *trace, __u32 get);
struct NV_EVENT_BUFFER_HEADER trace_header(const struct trace *trace);

__u32 trace_read(struct trace *trace, struct NV_EVENT_BUFFER_FECS_RECORD_V2 *records,
		 __u32 max);

#endif /* TESTS_E2E_LIB_TRACE_H */
