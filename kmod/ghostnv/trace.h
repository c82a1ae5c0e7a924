/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One tracepoint for each step of the way of one call, and for coming and going
 * of GPUs.  On kernels without tracing they are nothing.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ghostnv

#if !defined(_GHOSTNV_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _GHOSTNV_TRACE_H

#include <linux/tracepoint.h>
#include <linux/types.h>

#include "../compat/trace.h"

TRACE_EVENT(gnv_identify,
	TP_PROTO(u64 container, u32 cmd),
	TP_ARGS(container, cmd),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u32, cmd)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->cmd = cmd;
	),
	TP_printk("container=%llu cmd=%#x", __entry->container, __entry->cmd)
);

TRACE_EVENT(gnv_decode,
	TP_PROTO(u32 nr, u32 kind, u32 class, u32 control),
	TP_ARGS(nr, kind, class, control),
	TP_STRUCT__entry(
		__field(u32, nr)
		__field(u32, kind)
		__field(u32, class)
		__field(u32, control)
	),
	TP_fast_assign(
		__entry->nr = nr;
		__entry->kind = kind;
		__entry->class = class;
		__entry->control = control;
	),
	TP_printk("nr=%#x kind=%u class=%#x control=%#x", __entry->nr,
		  __entry->kind, __entry->class, __entry->control)
);

TRACE_EVENT(gnv_charge,
	TP_PROTO(u64 container, u32 gpu, u64 bytes, int ret),
	TP_ARGS(container, gpu, bytes, ret),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u64, bytes)
		__field(u32, gpu)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->bytes = bytes;
		__entry->gpu = gpu;
		__entry->ret = ret;
	),
	TP_printk("container=%llu gpu=%u bytes=%llu ret=%d", __entry->container,
		  __entry->gpu, __entry->bytes, __entry->ret)
);

TRACE_EVENT(gnv_uncharge,
	TP_PROTO(u64 container, u32 gpu, u64 bytes),
	TP_ARGS(container, gpu, bytes),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u64, bytes)
		__field(u32, gpu)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->bytes = bytes;
		__entry->gpu = gpu;
	),
	TP_printk("container=%llu gpu=%u bytes=%llu", __entry->container,
		  __entry->gpu, __entry->bytes)
);

TRACE_EVENT(gnv_handover,
	TP_PROTO(u64 from, u64 to, u32 gpu, u64 bytes, u32 scrub),
	TP_ARGS(from, to, gpu, bytes, scrub),
	TP_STRUCT__entry(
		__field(u64, from)
		__field(u64, to)
		__field(u64, bytes)
		__field(u32, gpu)
		__field(u32, scrub)
	),
	TP_fast_assign(
		__entry->from = from;
		__entry->to = to;
		__entry->bytes = bytes;
		__entry->gpu = gpu;
		__entry->scrub = scrub;
	),
	TP_printk("from=%llu to=%llu gpu=%u bytes=%llu scrub=%u", __entry->from,
		  __entry->to, __entry->gpu, __entry->bytes, __entry->scrub)
);

TRACE_EVENT(gnv_refuse,
	TP_PROTO(u64 container, u32 number, int ret),
	TP_ARGS(container, number, ret),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u32, number)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->number = number;
		__entry->ret = ret;
	),
	TP_printk("container=%llu number=%#x ret=%d", __entry->container,
		  __entry->number, __entry->ret)
);

TRACE_EVENT(gnv_forward,
	TP_PROTO(u32 nr, long ret),
	TP_ARGS(nr, ret),
	TP_STRUCT__entry(
		__field(u32, nr)
		__field(long, ret)
	),
	TP_fast_assign(
		__entry->nr = nr;
		__entry->ret = ret;
	),
	TP_printk("nr=%#x ret=%ld", __entry->nr, __entry->ret)
);

TRACE_EVENT(gnv_torn,
	TP_PROTO(u64 container, u32 nr),
	TP_ARGS(container, nr),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u32, nr)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->nr = nr;
	),
	TP_printk("container=%llu nr=%#x", __entry->container, __entry->nr)
);

TRACE_EVENT(gnv_settle,
	TP_PROTO(u32 client, u32 object, u64 bytes, int ret),
	TP_ARGS(client, object, bytes, ret),
	TP_STRUCT__entry(
		__field(u64, bytes)
		__field(u32, client)
		__field(u32, object)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->bytes = bytes;
		__entry->client = client;
		__entry->object = object;
		__entry->ret = ret;
	),
	TP_printk("client=%#x object=%#x bytes=%llu ret=%d", __entry->client,
		  __entry->object, __entry->bytes, __entry->ret)
);

TRACE_EVENT(gnv_view,
	TP_PROTO(u64 container, u32 control),
	TP_ARGS(container, control),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u32, control)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->control = control;
	),
	TP_printk("container=%llu control=%#x", __entry->container,
		  __entry->control)
);

DECLARE_EVENT_CLASS(gnv_gpu,
	TP_PROTO(const char *pci, u32 index),
	TP_ARGS(pci, index),
	TP_STRUCT__entry(
		__string(pci, pci)
		__field(u32, index)
	),
	TP_fast_assign(
		gnv_assign_str(pci, pci);
		__entry->index = index;
	),
	TP_printk("pci=%s gpu=%u", __get_str(pci), __entry->index)
);

DEFINE_EVENT(gnv_gpu, gnv_attach,
	TP_PROTO(const char *pci, u32 index),
	TP_ARGS(pci, index)
);

DEFINE_EVENT(gnv_gpu, gnv_detach,
	TP_PROTO(const char *pci, u32 index),
	TP_ARGS(pci, index)
);

TRACE_EVENT(gnv_switch,
	TP_PROTO(u32 gpu, u32 pid, u32 context, bool loaded, u64 gpu_ns),
	TP_ARGS(gpu, pid, context, loaded, gpu_ns),
	TP_STRUCT__entry(
		__field(u32, gpu)
		__field(u32, pid)
		__field(u32, context)
		__field(bool, loaded)
		__field(u64, gpu_ns)
	),
	TP_fast_assign(
		__entry->gpu = gpu;
		__entry->pid = pid;
		__entry->context = context;
		__entry->loaded = loaded;
		__entry->gpu_ns = gpu_ns;
	),
	TP_printk("gpu=%u pid=%u context=%u %s gpu_ns=%llu", __entry->gpu,
		  __entry->pid, __entry->context,
		  __entry->loaded ? "loaded" : "saved", __entry->gpu_ns)
);

TRACE_EVENT(gnv_order,
	TP_PROTO(u32 gpu, u64 container, bool enabled, bool first, u32 slice_us),
	TP_ARGS(gpu, container, enabled, first, slice_us),
	TP_STRUCT__entry(
		__field(u64, container)
		__field(u32, gpu)
		__field(u32, slice_us)
		__field(bool, enabled)
		__field(bool, first)
	),
	TP_fast_assign(
		__entry->container = container;
		__entry->gpu = gpu;
		__entry->slice_us = slice_us;
		__entry->enabled = enabled;
		__entry->first = first;
	),
	TP_printk("gpu=%u container=%llu enabled=%d first=%d slice_us=%u",
		  __entry->gpu, __entry->container, __entry->enabled,
		  __entry->first, __entry->slice_us)
);

#endif /* _GHOSTNV_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
