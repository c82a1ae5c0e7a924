// SPDX-License-Identifier: MIT
/*
 * rmview: what NVIDIA's driver tells a program of the machine, beside what
 * `rmclient info` asks: GPUs by other names, processes, addresses, and the ways
 * around.  Results are lines of key=value; a status is NVIDIA's.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl_monitor.h"
#include "nvabi/nvstatus.h"

#include "lib/client.h"

static const char help[] =
	"rmview gpus          ids of GPUs that exist, a bit for each: attached and devices\n"
	"rmview processes     numbers of the processes that use the first GPU\n"
	"rmview process PID   the video memory of one of them, on the first GPU\n"
	"rmview card          what is told of the first GPU as a whole\n"
	"rmview map           maps 64 MiB of it and waits for the end of input\n"
	"\n"
	"Exit status: 0 when all could be asked, 1 otherwise, 2 for usage.\n";

static __u32 control(struct session *s, __u32 command, void *params, size_t size)
{
	return rm_control(&s->rm, s->gpu.subdevice, command, params, size);
}

static int view_gpus(struct session *s, const char *argument)
{
	struct NV0000_CTRL_GPU_GET_DEVICE_IDS_PARAMS devices = { 0 };
	struct NV0000_CTRL_GPU_ASYNC_ATTACH_ID_PARAMS attach;
	__u32 status, id, found = 0;

	(void)argument;
	status = rm_control(&s->rm, s->rm.client, NV0000_CTRL_CMD_GPU_GET_DEVICE_IDS,
			    &devices, sizeof(devices));
	if (status != NV_OK)
		return fail("devices", status);
	say("devices=0x%x", devices.deviceIds);
	/* The simulator's ids lie in this range, one for each bus. */
	for (id = 0x100; id < 0x1000; id++) {
		attach.gpuId = id;
		status = rm_control(&s->rm, s->rm.client, NV0000_CTRL_CMD_GPU_ASYNC_ATTACH_ID,
				    &attach, sizeof(attach));
		found += status == NV_OK;
	}
	say("attachable=%u", found);
	return 0;
}

static int view_processes(struct session *s, const char *argument)
{
	struct NV2080_CTRL_GPU_GET_PIDS_PARAMS *p = calloc(1, sizeof(*p));
	__u32 i, status;

	(void)argument;
	p->idType = NV2080_CTRL_GPU_GET_PIDS_ID_TYPE_CLASS;
	p->id = NV20_SUBDEVICE_0;
	status = control(s, NV2080_CTRL_CMD_GPU_GET_PIDS, p, sizeof(*p));
	say("count=%u", p->pidTblCount);
	for (i = 0; i < NV2080_CTRL_GPU_GET_PIDS_MAX_COUNT; i++) {
		if (p->pidTbl[i])
			say("pid=%u", p->pidTbl[i]);
	}
	free(p);
	return status == NV_OK ? 0 : fail("processes", status);
}

static int view_process(struct session *s, const char *argument)
{
	struct NV2080_CTRL_GPU_GET_PID_INFO_PARAMS *p = calloc(1, sizeof(*p));
	struct NV2080_CTRL_GPU_PID_INFO *info = &p->pidInfoList[0];
	__u32 status;

	p->pidInfoListCount = 1;
	info->pid = (__u32)strtoul(argument, NULL, 10);
	info->index = NV2080_CTRL_GPU_PID_INFO_INDEX_VIDEO_MEMORY_USAGE;
	status = control(s, NV2080_CTRL_CMD_GPU_GET_PID_INFO, p, sizeof(*p));
	say_status("result", info->result);
	say("private=%" PRIu64, (uint64_t)info->data.vidMemUsage.memPrivate);
	free(p);
	return status == NV_OK ? 0 : fail("process", status);
}

/* What a program would read about everybody's use of the card. */
static int view_card(struct session *s, const char *argument)
{
	static const __u32 indices[] = {
		NV2080_CTRL_FB_INFO_INDEX_RAM_SIZE,
		NV2080_CTRL_FB_INFO_INDEX_HEAP_FREE,
		NV2080_CTRL_FB_INFO_INDEX_BAR1_SIZE,
		NV2080_CTRL_FB_INFO_INDEX_BAR1_AVAIL_SIZE,
		NV2080_CTRL_FB_INFO_INDEX_LARGEST_FREE_REGION_BASE_KB,
	};
	static const char *const names[] = { "ram", "free", "bar1", "bar1_free", "free_base" };
	struct NV2080_CTRL_FB_GET_INFO_V2_PARAMS fb = { .fbInfoListSize = 5 };
	struct NV2080_CTRL_PERF_GET_CURRENT_PSTATE_PARAMS pstate = { 0 };
	__u8 samples[50704] = { 0 };
	__u32 i, handle = 0, flags[2] = { 0 }, status;

	(void)argument;
	for (i = 0; i < 5; i++)
		fb.fbInfoList[i].index = indices[i];
	status = control(s, NV2080_CTRL_CMD_FB_GET_INFO_V2, &fb,
			 s->rm.branch->fb_info_v2_size);
	if (status != NV_OK)
		return fail("fb", status);
	for (i = 0; i < 5; i++)
		say("%s_kib=%u", names[i], fb.fbInfoList[i].data);
	say_status("pstate", control(s, NV2080_CTRL_CMD_PERF_GET_CURRENT_PSTATE, &pstate,
				     sizeof(pstate)));
	say_status("samples",
		   control(s, NV2080_CTRL_CMD_PERF_GET_GPUMON_PERFMON_UTIL_SAMPLES_V2, samples,
			   sizeof(samples)));
	say_status("unknown", control(s, 0x2080ffff, flags, sizeof(flags[0])));
	say_status("shared_data", rm_alloc(&s->rm, s->gpu.subdevice, &handle,
					   RM_USER_SHARED_DATA, flags, sizeof(flags)));
	return 0;
}

static int view_map(struct session *s, const char *argument)
{
	const struct options wait = { .hold = true };
	const __u64 bytes = 64 << 20;
	struct rm_map map;
	__u64 got;
	__u32 handle, status;

	(void)argument;
	status = rm_memory_alloc(&s->gpu, RM_VIA_ALLOC64, bytes, &handle, &got);
	if (status == NV_OK)
		status = rm_memory_map(&s->gpu, handle, 0, bytes, &map);
	if (status != NV_OK)
		return fail("map", status);
	hold(&wait);
	rm_memory_unmap(&s->gpu, handle, &map);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct session *s, const char *argument);
	int arguments;
} views[] = {
	{ "gpus", view_gpus, 0 },
	{ "processes", view_processes, 0 },
	{ "process", view_process, 1 },
	{ "card", view_card, 0 },
	{ "map", view_map, 0 },
};

int main(int argc, char **argv)
{
	struct options options = { .devices = "/dev", .via = RM_VIA_ALLOC64 };
	struct session s;
	int status;

	for (size_t i = 0; argc > 1 && i < sizeof(views) / sizeof(views[0]); i++) {
		if (strcmp(views[i].name, argv[1]) != 0 || argc != 2 + views[i].arguments)
			continue;
		if (session_open(&s, &options))
			return 1;
		status = views[i].run(&s, argv[2]);
		session_close(&s);
		return status;
	}
	fputs(help, stderr);
	return 2;
}
