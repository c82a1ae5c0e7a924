// SPDX-License-Identifier: MIT
/* The command of rmways about queues. See ways.h. */
#include <unistd.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvstatus.h"

#include "ways.h"

#define UNIT_BYTES (64ULL << 10)

/* A channel group with all that a program makes in it. */
struct queue {
	__u32 client;
	__u32 group;
	__u32 share;
	__u32 channel;
	__u32 engine;
	__u32 copy;
};

static __u32 make_channel(struct session *s, struct queue *queue)
{
	struct NV_CHANNEL_ALLOC_PARAMS p = { .hContextShare = queue->share, .gpFifoEntries = 64 };

	return rm_alloc(&s->rm, queue->group, &queue->channel, AMPERE_CHANNEL_GPFIFO_A, &p,
			s->rm.branch->channel_alloc_size);
}

static __u32 make_queue(struct session *s, struct queue *queue)
{
	struct NV_CHANNEL_GROUP_ALLOCATION_PARAMETERS group = { 0 };
	struct NV_CTXSHARE_ALLOCATION_PARAMETERS share = { 0 };
	__u32 status;

	queue->client = s->rm.client;
	status = rm_alloc(&s->rm, s->gpu.device, &queue->group, KEPLER_CHANNEL_GROUP_A, &group,
			  sizeof(group));
	if (status == NV_OK)
		status = rm_alloc(&s->rm, queue->group, &queue->share, FERMI_CONTEXT_SHARE_A,
				  &share, sizeof(share));
	if (status == NV_OK)
		status = make_channel(s, queue);
	if (status == NV_OK)
		status = rm_alloc(&s->rm, queue->channel, &queue->engine, ADA_COMPUTE_A, NULL, 0);
	if (status == NV_OK)
		status = rm_alloc(&s->rm, queue->channel, &queue->copy, AMPERE_DMA_COPY_B, NULL,
				  0);
	return status;
}

static __u32 set_timeslice(struct session *s, __u32 group, __u64 us)
{
	struct NVA06C_CTRL_TIMESLICE_PARAMS p = { .timesliceUs = us };

	return rm_control(&s->rm, group, NVA06C_CTRL_CMD_SET_TIMESLICE, &p, sizeof(p));
}

static __u64 timeslice(struct session *s, __u32 group)
{
	struct NVA06C_CTRL_TIMESLICE_PARAMS p = { 0 };

	return rm_control(&s->rm, group, NVA06C_CTRL_CMD_GET_TIMESLICE, &p, sizeof(p)) == NV_OK ?
		       p.timesliceUs :
		       0;
}

static __u32 set_interleave(struct session *s, __u32 group, __u32 level)
{
	struct NVA06C_CTRL_INTERLEAVE_LEVEL_PARAMS p = { .tsgInterleaveLevel = level };

	return rm_control(&s->rm, group, NVA06C_CTRL_CMD_SET_INTERLEAVE_LEVEL, &p, sizeof(p));
}

static __u32 preempt(struct session *s, __u32 group)
{
	struct NVA06C_CTRL_PREEMPT_PARAMS p = { .bWait = 1 };

	return rm_control(&s->rm, group, NVA06C_CTRL_CMD_PREEMPT, &p, sizeof(p));
}

static __u32 disable(struct session *s, const struct queue *queue, bool on)
{
	struct NV2080_CTRL_FIFO_DISABLE_CHANNELS_PARAMS p = {
		.bDisable = on,
		.numChannels = 1,
		.hClientList = { queue->client },
		.hChannelList = { queue->channel },
	};

	return rm_control(&s->rm, s->gpu.subdevice, NV2080_CTRL_CMD_FIFO_DISABLE_CHANNELS, &p,
			  sizeof(p));
}

static __u32 schedule(struct session *s, __u32 channel)
{
	struct NVA06F_CTRL_GPFIFO_SCHEDULE_PARAMS p = { .bEnable = 1 };

	return rm_control(&s->rm, channel, NVA06F_CTRL_CMD_GPFIFO_SCHEDULE, &p,
			  s->rm.branch->gpfifo_schedule_size);
}

static int disable_foreign(const struct options *options, const void *what)
{
	struct session s;
	int bad;

	if (session_open(&s, options))
		return 1;
	bad = disable(&s, what, true) != NV_OK;
	session_close(&s);
	return bad;
}

/* As a user without capabilities. */
static int be_nice(const struct options *options, const void *what)
{
	struct queue queue;
	struct session s;
	int bad;

	(void)what;
	if (setuid(65534) || session_open(&s, options))
		return 1;
	bad = make_queue(&s, &queue) != NV_OK ||
	      set_interleave(&s, queue.group, NVA06C_CTRL_INTERLEAVE_LEVEL_HIGH) !=
		      NV_ERR_INSUFFICIENT_PERMISSIONS ||
	      set_timeslice(&s, queue.group, 1) != NV_OK;
	session_close(&s);
	return bad;
}

static int takes_memory(struct session *s, struct queue *queue, __u64 before)
{
	struct NV2080_CTRL_GR_GET_CTX_BUFFER_SIZE_PARAMS p = { .hChannel = queue->channel };
	__u64 taken = before - free_bytes(s);
	__u32 status;
	int bad = 0;

	status = rm_control(&s->rm, s->gpu.subdevice, NV2080_CTRL_CMD_GR_GET_CTX_BUFFER_SIZE, &p,
			    sizeof(p));
	bad |= check("context_size_is_told", status == NV_OK && p.totalBufferSize);
	bad |= check("takes_what_is_told", taken == p.totalBufferSize + 2 * UNIT_BYTES);
	bad |= check("next_channel_is_small",
		     make_channel(s, queue) == NV_OK &&
			     before - free_bytes(s) == taken + UNIT_BYTES);
	return bad;
}

int way_queue(const struct options *options)
{
	struct queue queue;
	struct session s;
	__u64 before;
	__u32 status;
	int bad = 0;

	if (session_open(&s, options))
		return 1;
	before = free_bytes(&s);
	status = make_queue(&s, &queue);
	if (status != NV_OK) {
		session_close(&s);
		return fail("queue", status);
	}
	bad |= takes_memory(&s, &queue, before);
	bad |= check("timeslice_is_ones_own_to_set",
		     set_timeslice(&s, queue.group, 123456) == NV_OK &&
			     timeslice(&s, queue.group) == 123456);
	bad |= check("no_timeslice_is_refused",
		     set_timeslice(&s, queue.group, 0) == NV_ERR_INVALID_ARGUMENT);
	bad |= check("preempts", preempt(&s, queue.group) == NV_OK);
	bad |= check("root_sets_the_level",
		     set_interleave(&s, queue.group, NVA06C_CTRL_INTERLEAVE_LEVEL_HIGH) == NV_OK);
	bad |= check("no_level_is_refused",
		     set_interleave(&s, queue.group, 3) == NV_ERR_INVALID_ARGUMENT);
	bad |= check("others_set_no_level", in_child(be_nice, options, NULL));
	bad |= check("is_scheduled", schedule(&s, queue.channel) == NV_OK);
	bad |= check("other_process_disables_it", in_child(disable_foreign, options, &queue));
	bad |= check("is_disabled", schedule(&s, queue.channel) == NV_ERR_INVALID_STATE);
	bad |= check("is_enabled_again", disable(&s, &queue, false) == NV_OK &&
						 schedule(&s, queue.channel) == NV_OK);
	hold(options);
	rm_free(&s.rm, s.gpu.device, queue.group);
	bad |= check("all_is_given_back", free_bytes(&s) == before);
	session_close(&s);
	return bad;
}
