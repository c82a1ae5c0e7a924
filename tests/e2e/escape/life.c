// SPDX-License-Identifier: MIT
/* Vectors: processes that share what they have, are traced or killed, and greed. */
#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvhost.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"

#include "escape.h"

/* The child has the parent's memory and runs while the parent waits. */
static void over_vfork(struct scene *scene)
{
	static struct attacker a;
	pid_t pid;

	arm(scene, &a);
	pid = vfork();
	if (!pid) {
		take_all(scene, &a);
		_exit(0);
	}
	must_errno(scene, "vfork", pid);
	take_all(scene, &a);
}

/* Two processes in two containers with one table of files. */
static void shared_files(struct scene *scene)
{
	struct attacker a;
	__u32 handle;
	long pid;

	begin(scene);
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	must_errno(scene, "clone", (int)pid);
	if (!pid) {
		enter_place(scene, OTHER);
		open_all(scene, &a);
		scene->word[0] = a.rm.client;
		scene->word[1] = a.gpu.device;
		scene->word[2] = (__u64)a.rm.control;
		scene->word[3] = (__u64)a.gpu.file;
		memcpy(scene->version, a.rm.version, sizeof(scene->version));
		__atomic_store_n(&scene->word[7], 1, __ATOMIC_RELEASE);
		for (;;)
			pause();
	}
	while (!__atomic_load_n(&scene->word[7], __ATOMIC_ACQUIRE) && !scene->broken)
		sched_yield();
	enter(scene);
	a = (struct attacker){
		.rm = {
			.control = (int)scene->word[2],
			.client = (__u32)scene->word[0],
			.next_handle = 0xcaf10000,
			.branch = nvabi_branch_find(scene->version),
		},
		.gpu = { .file = (int)scene->word[3], .device = (__u32)scene->word[1] },
	};
	a.gpu.rm = &a.rm;
	forbidden(scene, "use a session out of a shared table of files",
		  take(&a, RM_VIA_ALLOC64, PIECE, &handle));
}

/* --- traced --------------------------------------------------------------------------- */

/* What a traced process asks for, where its tracer writes, too. */
struct traced {
	struct NVOS64_PARAMETERS args;
	struct NV_MEMORY_ALLOCATION_PARAMS params;
};

static void ask_traced(struct attacker *a, struct traced *t)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	for (;;) {
		fill_params(a, &t->params, 64 * KiB);
		t->args = (struct NVOS64_PARAMETERS){
			.hRoot = a->rm.client,
			.hObjectParent = a->gpu.device,
			.hObjectNew = a->rm.next_handle++,
			.hClass = NV01_MEMORY_LOCAL_USER,
			.pAllocParms = pointer(&t->params),
			.paramsSize = a->rm.branch->memory_alloc_size,
		};
		rm_ioctl(&a->rm, a->rm.control, NV_ESC_RM_ALLOC, &t->args, sizeof(t->args));
	}
}

/* At the entrance of a call it enlarges the request, at the exit it denies it. */
static void traced(struct scene *scene)
{
	struct traced *t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct attacker a;
	pid_t pid;

	must_errno(scene, "mmap", t == MAP_FAILED ? -1 : 0);
	arm(scene, &a);
	pid = fork();
	must_errno(scene, "fork", pid);
	if (!pid)
		ask_traced(&a, t);
	waitpid(pid, NULL, 0);
	for (unsigned int stop = 0; stop < 2 * GREED / PIECE; stop++) {
		must_errno(scene, "trace", (int)ptrace(PTRACE_SYSCALL, pid, NULL, NULL));
		waitpid(pid, NULL, 0);
		if (stop & 1) {
			refused_with(scene, "take memory", t->args.status);
			t->args.status = NV_ERR_NO_MEMORY;
			t->args.hObjectNew = 0;
		} else {
			t->params.size = PIECE;
		}
	}
	/* Killed where it enters one more. */
	ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	waitpid(pid, NULL, 0);
	kill_one(pid);
	take_all(scene, &a);
}

/* --- killed ---------------------------------------------------------------------------- */

/* All that a program does, over and over; a step is done when it is counted. */
static void do_steps(struct scene *scene)
{
	const __u64 base = 0x7f0000000000;

	for (;;) {
		struct attacker a = { .uvm.file = -1 };
		__u32 memory, copy, vaspace;
		struct rm_map map;

		try_open_all(&a);
		scene->word[6]++;
		take(&a, RM_VIA_ALLOC64, PIECE, &memory);
		scene->word[6]++;
		rm_dup(&a.rm, a.gpu.device, &copy, a.rm.client, memory);
		scene->word[6]++;
		rm_memory_map(&a.gpu, copy, 0, 64 * KiB, &map);
		scene->word[6]++;
		rm_gpu_uuid(&a.gpu, a.uuid);
		uvm_open(&a.uvm, &a.rm, 0);
		uvm_register_gpu(&a.uvm, a.uuid);
		scene->word[6]++;
		rm_vaspace_create(&a.gpu, &vaspace);
		uvm_register_vaspace(&a.uvm, a.uuid, vaspace);
		uvm_create_external_range(&a.uvm, base, PIECE);
		scene->word[6]++;
		uvm_map_external(&a.uvm, base, PIECE, a.uuid, memory);
		scene->word[6]++;
		rm_free(&a.rm, a.gpu.device, memory);
		scene->word[6]++;
		uvm_close(&a.uvm);
		rm_gpu_close(&a.gpu);
		rm_close(&a.rm);
		scene->word[6]++;
	}
}

/* Kills such a program behind each step and between them, then takes all. */
static void killed(struct scene *scene)
{
	struct attacker a;

	arm(scene, &a);
	for (__u64 steps = 0; steps < 20; steps++) {
		pid_t pid;

		scene->word[6] = 0;
		pid = fork();
		must_errno(scene, "fork", pid);
		if (!pid)
			do_steps(scene);
		while (scene->word[6] < steps)
			sched_yield();
		for (__u64 i = 0; i < steps % 7; i++)
			sched_yield();
		kill_one(pid);
	}
	take_all(scene, &a);
}

static void *take_and_free(void *arg)
{
	struct attacker *a = arg;
	__u32 memory;

	for (;;)
		if (take(a, RM_VIA_ALLOC64, 64 * KiB, &memory) == NV_OK)
			rm_free(&a->rm, a->gpu.device, memory);
	return NULL;
}

/* The same with threads that are in the driver when their process is killed. */
static void killed_threads(struct scene *scene)
{
	struct attacker a;

	arm(scene, &a);
	for (int i = 0; i < 10; i++) {
		pid_t pid = fork();

		must_errno(scene, "fork", pid);
		if (!pid) {
			struct attacker own[2];
			pthread_t thread;

			try_open_all(&own[0]);
			try_open_all(&own[1]);
			pthread_create(&thread, NULL, take_and_free, &own[0]);
			take_and_free(&own[1]);
		}
		usleep(1000 * (__u32)i);
		kill_one(pid);
	}
	take_all(scene, &a);
}

/* --- exhaustion ------------------------------------------------------------------------- */

/* With FEW_THINGS a container may have so many of each; an attacker tries more. */
#define FEW	200
#define MANY	(2 * FEW)

static void many_objects(struct scene *scene)
{
	__u32 status = NV_OK, handle, count = 0;
	struct attacker a;

	arm(scene, &a);
	for (; status == NV_OK && count < MANY; count++)
		status = rm_vaspace_create(&a.gpu, &handle);
	refused_with(scene, "make one more object", status);
	if (count >= MANY)
		forbidden(scene, "make more objects than are allowed", NV_OK);
}

static void many_clients(struct scene *scene)
{
	__u32 status = NV_OK, count = 0;
	struct attacker a;

	arm(scene, &a);
	for (; status == NV_OK && count < MANY; count++) {
		__u32 client = 0;

		status = rm_alloc_on(&a.rm, a.rm.control, false, 0, 0, &client, NV01_ROOT_CLIENT,
				     NULL, 0);
	}
	refused_with(scene, "make one more client", status);
	if (count >= MANY)
		forbidden(scene, "make more clients than are allowed", NV_OK);
}

static void many_sessions(struct scene *scene)
{
	unsigned int count = 0;

	enter(scene);
	begin(scene);
	while (count < MANY && rm_open_node("/dev", "nvidiactl") >= 0)
		count++;
	if (count < MANY)
		refused_with(scene, "open one more session", RM_ERRNO | (__u32)errno);
	else
		forbidden(scene, "open more sessions than are allowed", NV_OK);
}

static void many_contexts(struct scene *scene)
{
	unsigned int count = 0;
	__u32 status = NV_OK;

	enter(scene);
	begin(scene);
	for (; status == NV_OK && count < 20; count++) {
		struct attacker a;

		status = try_open_all(&a);
	}
	refused_with(scene, "make one more context", status);
	if (count >= 20)
		forbidden(scene, "make more contexts than its limit pays for", NV_OK);
}

/* A channel group with a channel and a compute object, for which the driver takes most. */
static __u32 make_queue(struct attacker *a, __u32 engine_type, __u32 *channel)
{
	struct NV_CHANNEL_GROUP_ALLOCATION_PARAMETERS group = { .engineType = engine_type };
	struct NV_CHANNEL_ALLOC_PARAMS p = { .gpFifoEntries = 64, .engineType = engine_type };
	__u32 group_handle = 0, engine = 0, status;

	*channel = 0;
	status = rm_alloc(&a->rm, a->gpu.device, &group_handle, KEPLER_CHANNEL_GROUP_A, &group,
			  sizeof(group));
	if (status == NV_OK)
		status = rm_alloc(&a->rm, group_handle, channel, AMPERE_CHANNEL_GPFIFO_A, &p,
				  a->rm.branch->channel_alloc_size);
	if (status == NV_OK)
		status = rm_alloc(&a->rm, *channel, &engine, ADA_COMPUTE_A, NULL, 0);
	return status;
}

#define QUEUE_BYTES (4 * MiB)

static void make_queues(struct scene *scene, __u32 engine_type)
{
	struct attacker a;
	__u32 status = NV_OK, channel;

	enter(scene);
	open_all(scene, &a);
	begin(scene);
	for (__u64 bytes = 0; status == NV_OK && bytes < GREED; bytes += QUEUE_BYTES)
		status = make_queue(&a, engine_type, &channel);
	refused_with(scene, "make one more queue", status);
}

static void many_queues(struct scene *scene)
{
	make_queues(scene, NV2080_ENGINE_TYPE_GRAPHICS);
}

/* Says that its queues are for copies, which take no context. */
static void many_lying_queues(struct scene *scene)
{
	make_queues(scene, NV2080_ENGINE_TYPE_COPY0);
}

static void many_channels(struct scene *scene)
{
	struct NV_CHANNEL_ALLOC_PARAMS p = { .gpFifoEntries = 64 };
	struct NV_CTXSHARE_ALLOCATION_PARAMETERS share = { 0 };
	__u32 group = 0, handle, status = NV_OK;
	struct NV_CHANNEL_GROUP_ALLOCATION_PARAMETERS g = { 0 };
	struct attacker a;

	enter(scene);
	open_all(scene, &a);
	must(scene, "a channel group",
	     rm_alloc(&a.rm, a.gpu.device, &group, KEPLER_CHANNEL_GROUP_A, &g, sizeof(g)));
	begin(scene);
	for (__u64 bytes = 0; status == NV_OK && bytes < GREED; bytes += 128 * KiB) {
		handle = 0;
		status = rm_alloc(&a.rm, group, &handle, AMPERE_CHANNEL_GPFIFO_A, &p,
				  a.rm.branch->channel_alloc_size);
		handle = 0;
		if (status == NV_OK)
			status = rm_alloc(&a.rm, group, &handle, FERMI_CONTEXT_SHARE_A, &share,
					  sizeof(share));
	}
	refused_with(scene, "make one more channel", status);
}

/* Each is charged so much, whatever the card loses for it. */
#define SPACE_BYTES (64 * KiB)

static void many_spaces(struct scene *scene)
{
	__u32 status = NV_OK, handle;
	struct attacker a;
	__u64 bytes = 0;

	enter(scene);
	open_all(scene, &a);
	begin(scene);
	for (; status == NV_OK && bytes <= LIMIT; bytes += SPACE_BYTES)
		status = rm_vaspace_create(&a.gpu, &handle);
	refused_with(scene, "make one more address space", status);
	if (status == NV_OK)
		forbidden(scene, "make more address spaces than its limit pays for", NV_OK);
}

#define CHARGED "the driver's own answer and the file's end settle every charge"
#define BOUNDED "is bounded for each container and those below it together, by a parameter"

const struct vector life_vectors[] = {
	{ "vfork", "lets a child that runs on its memory take all before itself does",
	  "the caller's cgroup counts, and both are in it", over_vfork },
	{ "shared_files", "shares a table of files with a process in another container",
	  "a session is used by its opener's container and its relatives only", shared_files },
	{ "traced", "stops its own calls by ptrace, enlarges them, denies their answers, kills them",
	  "what is decided on is what the driver gets, and what is told afterwards is not believed",
	  traced },
	{ "killed", "kills 20 programs, behind each step that they do and between steps", CHARGED,
	  killed },
	{ "killed_threads", "kills 10 programs while threads are in the driver", CHARGED,
	  killed_threads },
	{ "many_objects", "makes objects without end", "their number " BOUNDED, many_objects, NULL,
	  FEW_THINGS },
	{ "many_clients", "makes clients without end", "their number " BOUNDED, many_clients, NULL,
	  FEW_THINGS },
	{ "many_sessions", "opens sessions without end", "their number " BOUNDED, many_sessions, NULL,
	  FEW_THINGS },
	{ "many_queues", "makes channel groups with compute objects without end",
	  "each is charged `object_overhead` and the context buffers that the driver tells",
	  many_queues },
	{ "many_lying_queues", "does so with groups that are said to be for copies",
	  "the driver is asked for the context buffers when the object is there", many_lying_queues },
	{ "many_channels", "makes channels and context shares without end in one group",
	  "each is charged `object_overhead`", many_channels },
	{ "many_spaces", "makes address spaces without end", "each is charged `object_overhead`",
	  many_spaces },
	{ "many_contexts", "makes contexts without end", "each is charged `context_overhead`",
	  many_contexts },
	{ 0 },
};
