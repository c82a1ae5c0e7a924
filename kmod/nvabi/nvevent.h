/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Event buffers: memory that the driver fills with records of what happened, and
 * the records of the graphics engine's context switches, which its front end
 * ("FECS") writes.  Data only.  For names and variants see nvos.h.
 *
 * From NVIDIA's headers cl90cd.h, cl90cdfecs.h, cl90cdtypes.h, ctrl90cd.h and
 * ctrl2080gr.h; the same in all branches.
 *
 * The header lies in one NV01_MEMORY_DEVICELESS object, the records in another:
 * recordSize bytes each, of which the first are the record's header and the rest
 * its payload.  recordGet == recordPut is an empty buffer; one place always stays
 * free.
 */
#ifndef _NVABI_NVEVENT_H
#define _NVABI_NVEVENT_H

#include <linux/types.h>

struct NV_EVENT_BUFFER_HEADER {
	__u32 recordGet;
	__u32 recordPut;
	__aligned_u64 recordCount;
	__aligned_u64 recordDropcount;
	__aligned_u64 vardataDropcount;
};

struct NV_EVENT_BUFFER_RECORD_HEADER {
	__u16 type;
	__u16 subtype;
	__u32 varData;
};

struct NV_EVENT_BUFFER_RECORD {
	struct NV_EVENT_BUFFER_RECORD_HEADER recordHeader;
	__aligned_u64 inlinePayload[1];
};

/* NV_EVENT_BUFFER */
struct NV_EVENT_BUFFER_ALLOC_PARAMETERS {
	__aligned_u64 bufferHeader;
	__aligned_u64 recordBuffer;
	__u32 recordSize;
	__u32 recordCount;
	__aligned_u64 vardataBuffer;
	__u32 vardataBufferSize;
	__u32 recordsFreeThreshold;
	__aligned_u64 notificationHandle;
	__u32 vardataFreeThreshold;
	__u32 hSubDevice;
	__u32 flags;
	__u32 hBufferHeader;
	__u32 hRecordBuffer;
	__u32 hVardataBuffer;
};

/* To the buffer. */
#define NV_EVENT_BUFFER_CTRL_CMD_ENABLE_EVENTS		0x90cd0101
#define NV_EVENT_BUFFER_CTRL_CMD_UPDATE_GET		0x90cd0102
#define NV_EVENT_BUFFER_CTRL_CMD_FLUSH			0x90cd0104 /* no parameters */

#define NV_EVENT_BUFFER_FLAG_OVERFLOW_POLICY_DISABLED	0
#define NV_EVENT_BUFFER_FLAG_OVERFLOW_POLICY_KEEP_OLDEST 1
#define NV_EVENT_BUFFER_FLAG_OVERFLOW_POLICY_KEEP_NEWEST 2

struct NV_EVENT_BUFFER_CTRL_CMD_ENABLE_EVENTS_PARAMS {
	__u8 enable;
	__u32 flags;
};

struct NV_EVENT_BUFFER_CTRL_CMD_UPDATE_GET_PARAMS {
	__u32 recordBufferGet;
	__u32 varDataBufferGet;
};

/* To a subdevice. */
#define NV2080_CTRL_CMD_GR_FECS_BIND_EVTBUF_FOR_UID_V2	0x20801238

#define NV2080_CTRL_GR_FECS_BIND_EVTBUF_LOD_FULL	0
#define NV2080_CTRL_GR_FECS_BIND_EVTBUF_LOD_SIMPLE	1
#define NV2080_CTRL_GR_FECS_BIND_EVTBUF_LOD_COMPAT	2
#define NV2080_CTRL_GR_FECS_BIND_EVTBUF_LOD_CUSTOM	3

#define NV2080_CTRL_GR_FECS_BIND_REASON_CODE_NONE		0
#define NV2080_CTRL_GR_FECS_BIND_REASON_CODE_GPU_TOO_OLD	1
#define NV2080_CTRL_GR_FECS_BIND_REASON_CODE_NOT_ENABLED_GPU	2
#define NV2080_CTRL_GR_FECS_BIND_REASON_CODE_NOT_ENABLED	3
#define NV2080_CTRL_GR_FECS_BIND_REASON_CODE_NEED_ADMIN		4
#define NV2080_CTRL_GR_FECS_BIND_REASON_CODE_NEED_CAPABILITY	5

/* eventFilter has bits by tag, for LOD_CUSTOM. */
struct NV2080_CTRL_GR_FECS_BIND_EVTBUF_FOR_UID_V2_PARAMS {
	__u32 hEventBuffer;
	__u32 recordSize;
	__u32 levelOfDetail;
	__u32 eventFilter;
	__u8 bAllUsers;
	__u32 reasonCode;
};

/* NV_EVENT_BUFFER_RECORD_HEADER.type */
#define NV_EVENT_BUFFER_RECORD_TYPE_FECS_CTX_SWITCH_V2	2

/* The tags of the payload. */
#define NV_EVENT_BUFFER_FECS_CTXSWTAG_SO		0x00
#define NV_EVENT_BUFFER_FECS_CTXSWTAG_CTXSW_REQ_BY_HOST	0x01
#define NV_EVENT_BUFFER_FECS_CTXSWTAG_FE_ACK		0x02
#define NV_EVENT_BUFFER_FECS_CTXSWTAG_SAVE_END		0x03
#define NV_EVENT_BUFFER_FECS_CTXSWTAG_RESTORE_START	0x04
#define NV_EVENT_BUFFER_FECS_CTXSWTAG_CONTEXT_START	0x05
#define NV_EVENT_BUFFER_FECS_CTXSWTAG_SIMPLE_START	0x06
#define NV_EVENT_BUFFER_FECS_CTXSWTAG_SIMPLE_END	0x07
#define NV_EVENT_BUFFER_FECS_CTXSWTAG_FE_ACK_WFI	0x0a
#define NV_EVENT_BUFFER_FECS_CTXSWTAG_FE_ACK_GFXP	0x0b
#define NV_EVENT_BUFFER_FECS_CTXSWTAG_FE_ACK_CTAP	0x0c
#define NV_EVENT_BUFFER_FECS_CTXSWTAG_FE_ACK_CILP	0x0d
#define NV_EVENT_BUFFER_FECS_CTXSWTAG_ENGINE_RESET	0xfe
#define NV_EVENT_BUFFER_FECS_CTXSWTAG_INVALID_TIMESTAMP	0xff

/* In place of what the reader may not see, and of what belongs to the kernel. */
#define NV_EVENT_BUFFER_INVALID_CONTEXT			0xffffffff
#define NV_EVENT_BUFFER_HIDDEN_PID			0x0
#define NV_EVENT_BUFFER_HIDDEN_CONTEXT			0x0
#define NV_EVENT_BUFFER_KERNEL_PID			0xffffffff
#define NV_EVENT_BUFFER_KERNEL_CONTEXT			0xffffffff

/* context_id is the cid of a channel: see NV_CHANNEL_ALLOC_PARAMS. */
struct NV_EVENT_BUFFER_FECS_RECORD_V2 {
	__u8 tag;
	__u8 vmid;
	__u16 seqno;
	__u32 context_id;
	__u32 pid;
	__u16 reserved0;
	__u8 migGpuInstanceId;
	__u8 migComputeInstanceId;
	__aligned_u64 timestamp;
};

_Static_assert(sizeof(struct NV_EVENT_BUFFER_HEADER) == 32, "layout");
_Static_assert(sizeof(struct NV_EVENT_BUFFER_RECORD) == 16, "layout");
_Static_assert(sizeof(struct NV_EVENT_BUFFER_ALLOC_PARAMETERS) == 72, "layout");
_Static_assert(sizeof(struct NV_EVENT_BUFFER_FECS_RECORD_V2) == 24, "layout");

#endif /* _NVABI_NVEVENT_H */
