// SPDX-License-Identifier: MIT
/* A client of NVIDIA's queues; see queue.h. */
#include <sched.h>
#include <string.h>
#include <time.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvengine.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"
#include "sim/launch.h"

#include "queue.h"

#define PUSH_WORDS (QUEUE_PUSH_BYTES / sizeof(__u32))
#define USERD_BYTES sizeof(struct Nvc56fControl)

/* No method that is written here has more words than this. */
#define PUSH_ROOM 64

static const struct queue_card cards[] = {
	{ "ada", AMPERE_USERMODE_A, AMPERE_CHANNEL_GPFIFO_A, ADA_COMPUTE_A, AMPERE_DMA_COPY_B },
	{ "turing", TURING_USERMODE_A, TURING_CHANNEL_GPFIFO_A, TURING_COMPUTE_A,
	  TURING_DMA_COPY_A },
	{ "ampere", AMPERE_USERMODE_A, AMPERE_CHANNEL_GPFIFO_A, AMPERE_COMPUTE_A,
	  AMPERE_DMA_COPY_A },
	{ "hopper", HOPPER_USERMODE_A, HOPPER_CHANNEL_GPFIFO_A, HOPPER_COMPUTE_A,
	  HOPPER_DMA_COPY_A },
	{ "blackwell", BLACKWELL_USERMODE_A, BLACKWELL_CHANNEL_GPFIFO_A, BLACKWELL_COMPUTE_A,
	  BLACKWELL_DMA_COPY_A },
};

const struct queue_card *queue_card_find(const char *name)
{
	for (size_t i = 0; i < sizeof(cards) / sizeof(cards[0]); i++)
		if (!strcmp(cards[i].name, name))
			return &cards[i];
	return NULL;
}

__u32 queue_space_make(struct session *s, const struct queue_card *card,
		       struct queue_space *space)
{
	struct NV_VASPACE_ALLOCATION_PARAMETERS vaspace = {
		.index = NV_VASPACE_ALLOCATION_INDEX_GPU_NEW,
	};
	struct NV_MEMORY_VIRTUAL_ALLOCATION_PARAMS window = { 0 };
	__u32 status;

	*space = (struct queue_space){ .s = s, .card = card };
	status = rm_alloc(&s->rm, s->gpu.device, &space->vaspace, FERMI_VASPACE_A, &vaspace,
			  s->rm.branch->vaspace_alloc_size);
	window.hVASpace = space->vaspace;
	if (status == NV_OK)
		status = rm_alloc(&s->rm, s->gpu.device, &space->window, NV01_MEMORY_VIRTUAL,
				  &window, sizeof(window));
	if (status == NV_OK)
		status = rm_alloc(&s->rm, s->gpu.subdevice, &space->usermode, card->usermode,
				  NULL, 0);
	if (status == NV_OK)
		status = rm_memory_map(&s->gpu, space->usermode, 0, NVC361_NV_USERMODE__SIZE,
				       &space->doorbells);
	return status;
}

static __u32 alloc_system(struct session *s, __u64 bytes, __u32 *memory)
{
	struct NV_MEMORY_ALLOCATION_PARAMS p = {
		.owner = s->rm.client,
		.type = NVOS32_TYPE_IMAGE,
		.flags = NVOS32_ALLOC_FLAGS_MAP_NOT_REQUIRED,
		.attr = NVOS32_ATTR_LOCATION_PCI << NVOS32_ATTR_LOCATION_SHIFT,
		.size = bytes,
	};

	return rm_alloc(&s->rm, s->gpu.device, memory, NV01_MEMORY_SYSTEM, &p,
			s->rm.branch->memory_alloc_size);
}

__u32 queue_buffer_make(struct queue_space *space, bool video, __u64 bytes,
			struct queue_buffer *buffer)
{
	struct session *s = space->s;
	__u64 got = bytes;
	__u32 status;

	*buffer = (struct queue_buffer){ .bytes = bytes };
	if (video)
		status = rm_memory_alloc(&s->gpu, RM_VIA_ALLOC64, bytes, &buffer->memory, &got);
	else
		status = alloc_system(s, bytes, &buffer->memory);
	if (status == NV_OK)
		status = video ? rm_memory_map(&s->gpu, buffer->memory, 0, bytes,
					       &buffer->map) :
				 rm_memory_map_host(&s->gpu, buffer->memory, 0, bytes,
						    &buffer->map);
	if (status == NV_OK)
		status = rm_memory_map_dma(&s->gpu, space->window, buffer->memory, 0, bytes,
					   &buffer->address);
	return status;
}

void queue_buffer_free(struct queue_space *space, struct queue_buffer *buffer)
{
	struct session *s = space->s;

	if (!buffer->memory)
		return;
	rm_memory_unmap(&s->gpu, buffer->memory, &buffer->map);
	rm_free(&s->rm, s->gpu.device, buffer->memory);
	buffer->memory = 0;
}

volatile __u32 *queue_word(const struct queue_buffer *buffer, __u64 offset)
{
	return (volatile __u32 *)((char *)buffer->map.address + offset);
}

static __u32 make_buffers(struct queue *queue, bool own_userd)
{
	struct queue_space *space = queue->space;
	__u32 status;

	status = queue_buffer_make(space, false, queue->entries * NVC56F_GP_ENTRY__SIZE + 4096,
				   &queue->fifo);
	if (status == NV_OK)
		status = queue_buffer_make(space, false, QUEUE_PUSH_BYTES, &queue->push);
	if (status == NV_OK)
		status = queue_buffer_make(space, false, QUEUE_NOTIFIER_BYTES, &queue->notifier);
	if (status == NV_OK && own_userd)
		status = queue_buffer_make(space, true, 64 << 10, &queue->control);
	return status;
}

static __u32 make_channel(struct queue *queue)
{
	struct session *s = queue->space->s;
	struct NV_CHANNEL_ALLOC_PARAMS p = {
		.hObjectError = queue->notifier.memory,
		.gpFifoOffset = queue->fifo.address,
		.gpFifoEntries = queue->entries,
		.hUserdMemory = { queue->control.memory },
		.engineType = queue->engine,
	};
	__u32 status;

	status = rm_alloc(&s->rm, queue->group, &queue->channel, queue->space->card->gpfifo, &p,
			  s->rm.branch->channel_alloc_size);
	if (status != NV_OK)
		return status;
	queue->cid = p.cid;
	if (queue->control.memory) {
		queue->userd = queue->control.map.address;
		return NV_OK;
	}
	status = rm_memory_map(&s->gpu, queue->channel, 0, USERD_BYTES, &queue->own_control);
	queue->userd = queue->own_control.address;
	return status;
}

/* The objects of the engines, and the classes on their subchannels. */
static __u32 make_objects(struct queue *queue)
{
	struct session *s = queue->space->s;
	const struct queue_card *card = queue->space->card;
	struct NVB0B5_ALLOCATION_PARAMETERS p = { .version = 1, .engineType = queue->engine };
	__u32 status;

	status = rm_alloc(&s->rm, queue->channel, &queue->copy, card->copy, &p, sizeof(p));
	if (status == NV_OK && queue->engine == NV2080_ENGINE_TYPE_GRAPHICS)
		status = rm_alloc(&s->rm, queue->channel, &queue->compute, card->compute, NULL,
				  0);
	if (status != NV_OK)
		return status;
	queue_method(queue, QUEUE_COPY, NVC56F_SET_OBJECT, card->copy);
	if (queue->compute)
		queue_method(queue, QUEUE_COMPUTE, NVC56F_SET_OBJECT, card->compute);
	return NV_OK;
}

static __u32 get_token(struct queue *queue)
{
	struct NVA06F_CTRL_BIND_PARAMS bind = { .engineType = queue->engine };
	struct NVC36F_CTRL_CMD_GPFIFO_GET_WORK_SUBMIT_TOKEN_PARAMS p = { 0 };
	struct rm *rm = &queue->space->s->rm;
	__u32 status;

	status = rm_control(rm, queue->channel, NVA06F_CTRL_CMD_BIND, &bind, sizeof(bind));
	if (status == NV_OK)
		status = rm_control(rm, queue->channel,
				    NVC36F_CTRL_CMD_GPFIFO_GET_WORK_SUBMIT_TOKEN, &p, sizeof(p));
	queue->token = p.workSubmitToken;
	return status;
}

__u32 queue_prepare(struct queue_space *space, __u32 engine, __u32 entries, bool own_userd,
		    struct queue *queue)
{
	struct NV_CHANNEL_GROUP_ALLOCATION_PARAMETERS group = {
		.hVASpace = space->vaspace,
		.engineType = engine,
	};
	struct session *s = space->s;
	__u32 status;

	*queue = (struct queue){ .space = space, .engine = engine, .entries = entries };
	status = rm_alloc(&s->rm, s->gpu.device, &queue->group, KEPLER_CHANNEL_GROUP_A, &group,
			  sizeof(group));
	if (status == NV_OK)
		status = make_buffers(queue, own_userd);
	if (status == NV_OK)
		status = make_channel(queue);
	if (status == NV_OK)
		status = make_objects(queue);
	return status == NV_OK ? get_token(queue) : status;
}

__u32 queue_make(struct queue_space *space, __u32 engine, __u32 entries, bool own_userd,
		 struct queue *queue)
{
	__u32 status = queue_prepare(space, engine, entries, own_userd, queue);

	return status == NV_OK ? queue_schedule(queue, true) : status;
}

__u32 queue_schedule(struct queue *queue, bool on)
{
	struct NVA06F_CTRL_GPFIFO_SCHEDULE_PARAMS p = { .bEnable = on };
	struct rm *rm = &queue->space->s->rm;

	return rm_control(rm, queue->channel, NVA06F_CTRL_CMD_GPFIFO_SCHEDULE, &p,
			  rm->branch->gpfifo_schedule_size);
}

__u32 queue_schedule_group(struct queue *queue, bool on)
{
	struct NVA06C_CTRL_GPFIFO_SCHEDULE_PARAMS p = { .bEnable = on };
	struct rm *rm = &queue->space->s->rm;

	return rm_control(rm, queue->group, NVA06C_CTRL_CMD_GPFIFO_SCHEDULE, &p,
			  rm->branch->gpfifo_schedule_size);
}

void queue_free(struct queue *queue)
{
	struct session *s = queue->space->s;

	if (queue->own_control.address)
		rm_memory_unmap(&s->gpu, queue->channel, &queue->own_control);
	rm_free(&s->rm, s->gpu.device, queue->group);
	queue_buffer_free(queue->space, &queue->fifo);
	queue_buffer_free(queue->space, &queue->push);
	queue_buffer_free(queue->space, &queue->notifier);
	queue_buffer_free(queue->space, &queue->control);
}

static void put_word(struct queue *queue, __u32 word)
{
	*queue_word(&queue->push, (__u64)queue->at++ * sizeof(word)) = word;
}

static __u32 head(__u32 operation, __u32 subchannel, __u32 method, __u32 count)
{
	return operation << NVC56F_DMA_SEC_OP_SHIFT | count << NVC56F_DMA_METHOD_COUNT_SHIFT |
	       subchannel << NVC56F_DMA_METHOD_SUBCHANNEL_SHIFT | method >> 2;
}

/* A piece that has not been submitted must not be torn at the end of the circle. */
static void make_room(struct queue *queue)
{
	if (queue->at + PUSH_ROOM <= PUSH_WORDS)
		return;
	queue_entry(queue);
	queue->at = 0;
	queue->begin = 0;
}

void queue_methods(struct queue *queue, __u32 subchannel, __u32 method, const __u32 *data,
		   unsigned int count)
{
	make_room(queue);
	put_word(queue, head(NVC56F_DMA_SEC_OP_INC_METHOD, subchannel, method, count));
	for (unsigned int i = 0; i < count; i++)
		put_word(queue, data[i]);
}

void queue_method(struct queue *queue, __u32 subchannel, __u32 method, __u32 data)
{
	queue_methods(queue, subchannel, method, &data, 1);
}

void queue_immediate(struct queue *queue, __u32 subchannel, __u32 method, __u32 data)
{
	make_room(queue);
	put_word(queue, head(NVC56F_DMA_SEC_OP_IMMD_DATA_METHOD, subchannel, method, data));
}

void queue_semaphore(struct queue *queue, __u64 address, __u64 payload, __u32 execute)
{
	const __u32 words[] = { (__u32)address, (__u32)(address >> 32), (__u32)payload,
				(__u32)(payload >> 32), execute };

	queue_methods(queue, 0, NVC56F_SEM_ADDR_LO, words, 5);
}

void queue_release(struct queue *queue, __u64 address, __u32 payload)
{
	queue_semaphore(queue, address, payload,
			NVC56F_SEM_EXECUTE_OPERATION_RELEASE |
				NVC56F_SEM_EXECUTE_RELEASE_WFI_MASK);
}

void queue_stamp(struct queue *queue, __u64 address, __u32 payload)
{
	queue_semaphore(queue, address, payload,
			NVC56F_SEM_EXECUTE_OPERATION_RELEASE |
				NVC56F_SEM_EXECUTE_RELEASE_WFI_MASK |
				NVC56F_SEM_EXECUTE_RELEASE_TIMESTAMP_MASK);
}

void queue_copy(struct queue *queue, __u64 from, __u64 to, __u32 bytes)
{
	const __u32 words[] = { (__u32)(from >> 32), (__u32)from, (__u32)(to >> 32), (__u32)to };

	queue_methods(queue, QUEUE_COPY, NVC7B5_OFFSET_IN_UPPER, words, 4);
	queue_method(queue, QUEUE_COPY, NVC7B5_LINE_LENGTH_IN, bytes);
	queue_method(queue, QUEUE_COPY, NVC7B5_LAUNCH_DMA,
		     NVC7B5_LAUNCH_DMA_DATA_TRANSFER_TYPE_NON_PIPELINED |
			     NVC7B5_LAUNCH_DMA_FLUSH_ENABLE_MASK |
			     NVC7B5_LAUNCH_DMA_SRC_MEMORY_LAYOUT_MASK |
			     NVC7B5_LAUNCH_DMA_DST_MEMORY_LAYOUT_MASK);
}

void queue_fill(struct queue *queue, __u64 to, __u32 words, __u32 value)
{
	const __u32 address[] = { (__u32)(to >> 32), (__u32)to };
	const __u32 remap[] = {
		value,
		0,
		NVC7B5_SET_REMAP_COMPONENTS_DST_X_CONST_A |
			3 << NVC7B5_SET_REMAP_COMPONENTS_COMPONENT_SIZE_SHIFT,
	};

	queue_methods(queue, QUEUE_COPY, NVC7B5_SET_REMAP_CONST_A, remap, 3);
	queue_methods(queue, QUEUE_COPY, NVC7B5_OFFSET_OUT_UPPER, address, 2);
	queue_method(queue, QUEUE_COPY, NVC7B5_LINE_LENGTH_IN, words);
	queue_method(queue, QUEUE_COPY, NVC7B5_LAUNCH_DMA,
		     NVC7B5_LAUNCH_DMA_DATA_TRANSFER_TYPE_NON_PIPELINED |
			     NVC7B5_LAUNCH_DMA_SRC_MEMORY_LAYOUT_MASK |
			     NVC7B5_LAUNCH_DMA_DST_MEMORY_LAYOUT_MASK |
			     NVC7B5_LAUNCH_DMA_REMAP_ENABLE_MASK);
}

void queue_describe(struct queue_buffer *buffer, __u64 offset, __u64 run_ns)
{
	volatile struct sim_launch *launch = (volatile void *)queue_word(buffer, offset);

	launch->magic = SIM_LAUNCH_MAGIC;
	launch->run_ns = run_ns;
}

void queue_launch(struct queue *queue, __u64 descriptor)
{
	queue_method(queue, QUEUE_COMPUTE, NVC7C0_SEND_PCAS_A, (__u32)(descriptor >> 8));
	queue_immediate(queue, QUEUE_COMPUTE, NVC7C0_SEND_SIGNALING_PCAS_B,
			NVC7C0_SEND_SIGNALING_PCAS_B_INVALIDATE_MASK |
				NVC7C0_SEND_SIGNALING_PCAS_B_SCHEDULE_MASK);
}

/* What was written since the last entry becomes one. */
void queue_entry(struct queue *queue)
{
	__u64 address = queue->push.address + (__u64)queue->begin * sizeof(__u32);
	volatile __u32 *entry = queue_word(&queue->fifo,
					   (__u64)queue->put * NVC56F_GP_ENTRY__SIZE);

	if (queue->at == queue->begin)
		return;
	entry[0] = (__u32)address;
	entry[1] = (__u32)(address >> 32) |
		   (queue->at - queue->begin) << NVC56F_GP_ENTRY1_LENGTH_SHIFT;
	queue->put = (queue->put + 1) % queue->entries;
	queue->begin = queue->at;
}

void queue_put(struct queue *queue)
{
	__atomic_store_n(&queue->userd->GPPut, queue->put, __ATOMIC_RELEASE);
}

void queue_ring(struct queue *queue)
{
	char *page = queue->space->doorbells.address;

	queue_put(queue);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	*(volatile __u32 *)(page + NVC361_NOTIFY_CHANNEL_PENDING) = queue->token;
}

void queue_submit(struct queue *queue)
{
	queue_entry(queue);
	queue_ring(queue);
}

__u64 queue_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (__u64)now.tv_sec * 1000000000 + (__u64)now.tv_nsec;
}

bool queue_wait(volatile __u32 *word, __u32 value, unsigned int ms)
{
	__u64 end = queue_now_ns() + ms * 1000000ULL;

	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value) {
		if (queue_now_ns() > end)
			return false;
		sched_yield();
	}
	return true;
}

bool queue_wait_dead(const struct queue *queue, __u32 *error, unsigned int ms)
{
	volatile struct NvNotification *notifier = queue->notifier.map.address;
	__u64 end = queue_now_ns() + ms * 1000000ULL;

	while (__atomic_load_n(&notifier->status, __ATOMIC_ACQUIRE) != 0xffff) {
		if (queue_now_ns() > end)
			return false;
		sched_yield();
	}
	*error = notifier->info32;
	return true;
}

__u32 queue_timeslice(struct queue *queue, __u64 us)
{
	struct NVA06C_CTRL_TIMESLICE_PARAMS p = { .timesliceUs = us };

	return rm_control(&queue->space->s->rm, queue->group, NVA06C_CTRL_CMD_SET_TIMESLICE, &p,
			  sizeof(p));
}

__u32 queue_preempt(struct queue *queue)
{
	struct NVA06C_CTRL_PREEMPT_PARAMS p = { .bWait = 1 };

	return rm_control(&queue->space->s->rm, queue->group, NVA06C_CTRL_CMD_PREEMPT, &p,
			  sizeof(p));
}

__u32 queue_level(struct queue *queue, __u32 level)
{
	struct NVA06C_CTRL_INTERLEAVE_LEVEL_PARAMS p = { .tsgInterleaveLevel = level };

	return rm_control(&queue->space->s->rm, queue->group,
			  NVA06C_CTRL_CMD_SET_INTERLEAVE_LEVEL, &p, sizeof(p));
}

__u32 queue_disable(struct queue *queue, bool on)
{
	struct session *s = queue->space->s;
	struct NV2080_CTRL_FIFO_DISABLE_CHANNELS_PARAMS p = {
		.bDisable = on,
		.numChannels = 1,
		.hClientList = { s->rm.client },
		.hChannelList = { queue->channel },
	};

	return rm_control(&s->rm, s->gpu.subdevice, NV2080_CTRL_CMD_FIFO_DISABLE_CHANNELS, &p,
			  sizeof(p));
}
