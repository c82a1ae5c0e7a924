// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What the graphics engines do.  The engine's front end writes a record whenever it
 * saves or loads a context; the driver puts them, with the process that the context
 * belongs to, into buffers of those who ask for them, as profilers do.  Here it is a
 * client of our own for each GPU that is watched.
 */
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "ghostnv/ask.h"
#include "ghostnv/bridge.h"
#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvevent.h"
#include "rm.h"
#include "watch.h"

#define HEADER_HANDLE  0x474e0003
#define RECORDS_HANDLE 0x474e0004
#define BUFFER_HANDLE  0x474e0005

/* A place of the buffer. */
struct record {
	struct NV_EVENT_BUFFER_RECORD_HEADER header;
	struct NV_EVENT_BUFFER_FECS_RECORD_V2 fecs;
};

/* Two for each switch; the memory is contiguous. */
#define RECORDS	      4096
#define RECORDS_BYTES (RECORDS * sizeof(struct record))

/**
 * struct watch - one GPU that is watched
 * @link: in the list
 * @gpu_id: RM's gpuId
 * @client: handle of our client
 * @header: of the buffer; the driver writes it
 * @records: the buffer's
 * @get: the next one that was not read
 */
struct watch {
	struct list_head link;
	u32 gpu_id;
	u32 client;
	struct NV_EVENT_BUFFER_HEADER *header;
	struct record *records;
	u32 get;
};

/* Protects the list and those in it; the driver is called under it. */
static DEFINE_MUTEX(watches_lock);
static LIST_HEAD(watches);

static struct watch *find(u32 gpu_id)
{
	struct watch *watch;

	lockdep_assert_held(&watches_lock);
	list_for_each_entry(watch, &watches, link) {
		if (watch->gpu_id == gpu_id)
			return watch;
	}
	return NULL;
}

static int make_memory(u32 client, u32 handle, u64 bytes, void **address)
{
	struct NV_MEMORY_ALLOCATION_PARAMS *params;
	int ret;

	params = kzalloc(sizeof(*params), GFP_KERNEL);
	if (!params)
		return -ENOMEM;
	params->owner = client;
	params->size = bytes;
	params->attr = NVOS32_ATTR_COHERENCY_CACHED << NVOS32_ATTR_COHERENCY_SHIFT;
	ret = rm_alloc(client, client, &handle, NV01_MEMORY_DEVICELESS, params);
	kfree(params);
	return ret ?: rm_map(client, client, handle, bytes, address);
}

static int make_buffer(struct watch *watch)
{
	struct NV_EVENT_BUFFER_ALLOC_PARAMETERS params = {
		.recordSize = sizeof(struct record),
		.recordCount = RECORDS,
		.hSubDevice = GNV_ASK_SUBDEVICE,
		.hBufferHeader = HEADER_HANDLE,
		.hRecordBuffer = RECORDS_HANDLE,
	};
	u32 handle = BUFFER_HANDLE;
	int ret;

	ret = make_memory(watch->client, HEADER_HANDLE, sizeof(*watch->header),
			  (void **)&watch->header);
	if (!ret)
		ret = make_memory(watch->client, RECORDS_HANDLE, RECORDS_BYTES,
				  (void **)&watch->records);
	return ret ?: rm_alloc(watch->client, watch->client, &handle, NV_EVENT_BUFFER, &params);
}

/*
 * All that tells who has the engine, of everybody: whose that is to know is asked of the
 * task that binds.
 */
static int bind_buffer(struct watch *watch)
{
	struct NV2080_CTRL_GR_FECS_BIND_EVTBUF_FOR_UID_V2_PARAMS bind = {
		.hEventBuffer = BUFFER_HANDLE,
		.recordSize = sizeof(struct record),
		.levelOfDetail = NV2080_CTRL_GR_FECS_BIND_EVTBUF_LOD_CUSTOM,
		.eventFilter = BIT(NV_EVENT_BUFFER_FECS_CTXSWTAG_SAVE_END) |
			       BIT(NV_EVENT_BUFFER_FECS_CTXSWTAG_CONTEXT_START),
		.bAllUsers = 1,
	};
	struct NV_EVENT_BUFFER_CTRL_CMD_ENABLE_EVENTS_PARAMS enable = {
		.enable = 1,
		.flags = NV_EVENT_BUFFER_FLAG_OVERFLOW_POLICY_KEEP_OLDEST,
	};
	int ret;

	ret = rm_control(watch->client, BUFFER_HANDLE,
			 NV_EVENT_BUFFER_CTRL_CMD_ENABLE_EVENTS, &enable, sizeof(enable));
	if (ret)
		return ret;
	return rm_control(watch->client, GNV_ASK_SUBDEVICE,
			  NV2080_CTRL_CMD_GR_FECS_BIND_EVTBUF_FOR_UID_V2, &bind,
			  sizeof(bind));
}

static int begin(u32 gpu_id)
{
	struct watch *watch;
	int ret;

	if (find(gpu_id))
		return 0;
	watch = kzalloc(sizeof(*watch), GFP_KERNEL);
	if (!watch)
		return -ENOMEM;
	watch->gpu_id = gpu_id;
	ret = gnv_ask_open(&rm_way, gpu_id, &watch->client);
	if (ret)
		goto free;
	ret = make_buffer(watch);
	if (!ret)
		ret = bind_buffer(watch);
	if (ret)
		goto close;
	list_add(&watch->link, &watches);
	return 0;

close:
	gnv_ask_close(&rm_way, gpu_id, watch->client);
free:
	kfree(watch);
	return ret;
}

static void end(struct watch *watch)
{
	list_del(&watch->link);
	gnv_ask_close(&rm_way, watch->gpu_id, watch->client);
	kfree(watch);
}

/**
 * watch_set() - begin or end to watch a GPU
 * @gpu_id: RM's gpuId
 * @on: begin or end
 *
 * Context: A thread of the kernel's, to begin; may sleep.
 * Return: 0 or a negative errno; -EOPNOTSUPP when the driver keeps no such records.
 */
int watch_set(u32 gpu_id, bool on)
{
	struct watch *watch;
	int ret = 0;

	mutex_lock(&watches_lock);
	watch = find(gpu_id);
	if (on)
		ret = begin(gpu_id);
	else if (watch)
		end(watch);
	mutex_unlock(&watches_lock);
	return ret;
}

/* Return: whether it tells who has the engine. */
static bool convert(const struct record *record, struct gnv_bridge_switch *to)
{
	u8 tag = record->fecs.tag;

	if (record->header.type != NV_EVENT_BUFFER_RECORD_TYPE_FECS_CTX_SWITCH_V2)
		return false;
	if (tag != NV_EVENT_BUFFER_FECS_CTXSWTAG_CONTEXT_START &&
	    tag != NV_EVENT_BUFFER_FECS_CTXSWTAG_SAVE_END)
		return false;
	*to = (struct gnv_bridge_switch){
		.time_ns = record->fecs.timestamp,
		.pid = record->fecs.pid,
		.context = record->fecs.context_id,
		.loaded = tag == NV_EVENT_BUFFER_FECS_CTXSWTAG_CONTEXT_START,
	};
	return true;
}

static unsigned int take(struct watch *watch, struct gnv_bridge_switch *records,
			 unsigned int max)
{
	/* Pairs with the driver's store, which follows those of the records. */
	u32 put = smp_load_acquire(&watch->header->recordPut);
	unsigned int count = 0;

	while (watch->get != put && watch->get < RECORDS && count < max) {
		if (convert(&watch->records[watch->get], &records[count]))
			count++;
		watch->get = (watch->get + 1) % RECORDS;
	}
	return count;
}

static int read_locked(struct watch *watch, struct gnv_bridge_switch *records,
		       unsigned int max, struct gnv_bridge_switches *switches)
{
	struct NV2080_CTRL_TIMER_GET_TIME_PARAMS time = { 0 };
	struct NV_EVENT_BUFFER_CTRL_CMD_UPDATE_GET_PARAMS update = { 0 };
	int ret;

	/* What happens from here on has later times. */
	ret = rm_control(watch->client, GNV_ASK_SUBDEVICE, NV2080_CTRL_CMD_TIMER_GET_TIME,
			 &time, sizeof(time));
	if (!ret)
		ret = rm_control(watch->client, BUFFER_HANDLE,
				 NV_EVENT_BUFFER_CTRL_CMD_FLUSH, NULL, 0);
	if (ret)
		return ret;
	/* UPDATE_GET begins to count anew. */
	switches->lost = READ_ONCE(watch->header->recordDropcount);
	switches->count = take(watch, records, max);
	switches->now_ns = time.time_nsec;
	update.recordBufferGet = watch->get;
	return rm_control(watch->client, BUFFER_HANDLE,
			  NV_EVENT_BUFFER_CTRL_CMD_UPDATE_GET, &update, sizeof(update));
}

/**
 * watch_read() - what the graphics engine did since it was last asked
 * @gpu_id: RM's gpuId
 * @records: out
 * @max: length of @records
 * @switches: out: how many, and until when
 *
 * Where records were lost, it is those behind what is read now.
 *
 * Context: Process context; may sleep.
 * Return: 0 or a negative errno; -ENODEV when the GPU is not watched.
 */
int watch_read(u32 gpu_id, struct gnv_bridge_switch *records, unsigned int max,
	       struct gnv_bridge_switches *switches)
{
	struct watch *watch;
	int ret = -ENODEV;

	mutex_lock(&watches_lock);
	watch = find(gpu_id);
	if (watch)
		ret = read_locked(watch, records, max, switches);
	mutex_unlock(&watches_lock);
	return ret;
}

/**
 * watch_client() - a client of ours that has a subdevice of a GPU
 * @gpu_id: RM's gpuId
 * @client: out: its handle; the subdevice is GNV_ASK_SUBDEVICE
 *
 * Context: Process context; may sleep.
 * Return: 0, or -ENODEV when the GPU is not watched.
 */
int watch_client(u32 gpu_id, u32 *client)
{
	struct watch *watch;

	mutex_lock(&watches_lock);
	watch = find(gpu_id);
	if (watch)
		*client = watch->client;
	mutex_unlock(&watches_lock);
	return watch ? 0 : -ENODEV;
}

/**
 * watch_fini() - end to watch all that are watched
 *
 * Context: Module's end; may sleep.  Nobody begins any more.
 */
void watch_fini(void)
{
	struct watch *watch, *next;

	mutex_lock(&watches_lock);
	list_for_each_entry_safe(watch, next, &watches, link)
		end(watch);
	mutex_unlock(&watches_lock);
}
