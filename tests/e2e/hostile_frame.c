// SPDX-License-Identifier: MIT
/*
 * hostile_frame COMMAND: a program in a container that goes for the memory from
 * which the driver reads its arguments, or changes them between two reads.  Prints
 * key=value lines; what they should be is for test_ghostnv_frame.sh to say.
 *
 *   probe    tries whatever would let it write there
 *   take     tries whatever would take it away while nobody is in the driver
 *   view     looks there for what it was not told
 *   size     changes the size of an allocation after it was read once
 *   map      changes the memory that UVM is to map, in the same way, and frees it
 *   aim      names that memory where the driver would write, or let a GPU write
 *   tear     takes the memory away while the driver is in a call
 *   hammer   does so all the time, while others of its threads are in calls
 *   wait     lets another process wait for a call that waits for this one's memory
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"
#include "nvabi/nvuvm.h"

#include "lib/client.h"
#include "lib/uvm.h"

#define MIB	(1ULL << 20)
#define PAGE	4096UL
#define FIRST	0x7f0000000000ULL
/* Behind the slots of one page: nothing here makes a call that needs these. */
#define UNUSED_AT (24 * PAGE)
/* Processes that try to take theirs away, and calls of each meanwhile. */
#define HAMMERS	     20
#define HAMMER_CALLS 200

static char *frame;
static size_t frame_bytes;

/* Where the frame lies, as anybody can see. */
static bool find_frame(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	char line[512];

	frame = NULL;
	while (maps && fgets(line, sizeof(line), maps)) {
		if (!strstr(line, "[ghostnv]") || sscanf(line, "%lx-%lx", &start, &end) != 2)
			continue;
		frame = (char *)start;
		frame_bytes = end - start;
	}
	if (maps)
		fclose(maps);
	return frame;
}

static __u64 pointer(const void *p)
{
	return (__u64)(unsigned long)p;
}

static sigjmp_buf after_fault;

static void on_fault(int signal)
{
	siglongjmp(after_fault, signal);
}

static bool can_write(volatile char *at)
{
	if (sigsetjmp(after_fault, 1))
		return false;
	*at = 1;
	return true;
}

static bool can_read_into(char *at)
{
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	bool can = read(zero, at, 8) == 8;

	close(zero);
	return can;
}

static bool can_write_as_memory(char *at)
{
	int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	bool can = pwrite(memory, "x", 1, (off_t)(unsigned long)at) == 1;

	close(memory);
	return can;
}

static bool can_write_as_debugger(char *at)
{
	char byte = 1;
	struct iovec from = { &byte, 1 }, to = { at, 1 };

	return process_vm_writev(getpid(), &from, 1, &to, 1, 0) == 1;
}

static bool child_has_it(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0)
		_exit(find_frame());
	waitpid(child, &status, 0);
	return !WIFEXITED(status) || WEXITSTATUS(status);
}

static bool calls_work(struct session *s)
{
	__u64 total, left;

	return rm_gpu_memory_info(&s->gpu, true, &total, &left) == NV_OK;
}

/* The kernel lets anyone say where its heap is, and then give that up. */
static bool can_give_up_as_heap(void)
{
	struct prctl_mm_map map;
	unsigned int size;
	FILE *stat = fopen("/proc/self/stat", "re");
	unsigned long long field[53] = { 0 };
	char text[2048], *at;

	if (!stat || !fgets(text, sizeof(text), stat) ||
	    prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0) || size != sizeof(map))
		return false;
	fclose(stat);
	/* proc(5): from the third field on there are no names in it. */
	at = strrchr(text, ')') + 2;
	for (int i = 3; i <= 52; i++, at = strchr(at, ' ') ? strchr(at, ' ') + 1 : at)
		field[i] = strtoull(at, NULL, 10);
	map = (struct prctl_mm_map){
		.start_code = field[26],
		.end_code = field[27],
		.start_data = field[45],
		.end_data = field[46],
		.start_brk = pointer(frame),
		.brk = pointer(frame + frame_bytes),
		.start_stack = field[28],
		.arg_start = field[48],
		.arg_end = field[49],
		.env_start = field[50],
		.env_end = field[51],
		.exe_fd = (__u32)-1,
	};
	if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0))
		return false;
	check("heap_was_said", syscall(SYS_brk, 0) == (long)(frame + frame_bytes));
	syscall(SYS_brk, frame);
	return !find_frame();
}

static bool can_map_over(void)
{
	return mmap(frame, frame_bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == frame;
}

static bool can_move_over(void)
{
	char *mine = mmap(NULL, frame_bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mremap(mine, frame_bytes, frame_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, frame) ==
	       frame;
}

static bool can_attach_over(void)
{
	int id = shmget(IPC_PRIVATE, frame_bytes, IPC_CREAT | 0600);
	bool can = id >= 0 && shmat(id, frame, SHM_REMAP) == frame;

	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
	return can;
}

static bool can_unmap(void)
{
	return !munmap(frame, frame_bytes);
}

/* Nobody is in the driver: where it can be taken away, it is made anew. */
static int try_take(struct session *s)
{
	static const struct {
		const char *name;
		bool (*can)(void);
	} ways[] = {
		{ "unmap", can_unmap },
		{ "map_over", can_map_over },
		{ "move_over", can_move_over },
		{ "attach_over", can_attach_over },
		{ "give_up_as_heap", can_give_up_as_heap },
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		check("found", find_frame());
		check(ways[i].name, frame && ways[i].can());
		check("works", calls_work(s));
	}
	return 0;
}

static int try_probe(struct session *s)
{
	char *unused, *elsewhere;

	signal(SIGBUS, on_fault);
	signal(SIGSEGV, on_fault);
	check("found", find_frame());
	if (!frame)
		return 1;
	unused = frame + UNUSED_AT;
	elsewhere = mmap(NULL, frame_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check("write", can_write(unused));
	check("read_into", can_read_into(unused));
	check("memory", can_write_as_memory(unused));
	check("debugger", can_write_as_debugger(unused));
	check("protect", !mprotect(frame, frame_bytes, PROT_READ | PROT_WRITE | PROT_EXEC));
	check("protect_part", !mprotect(unused, PAGE, PROT_READ));
	check("unmap_part", !munmap(unused, PAGE));
	check("map_over_part", mmap(unused, PAGE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED);
	check("move", mremap(frame, frame_bytes, frame_bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
			     elsewhere) != MAP_FAILED);
	check("copy", mremap(frame, 0, frame_bytes, MREMAP_MAYMOVE) != MAP_FAILED);
	check("drop", !madvise(frame, frame_bytes, MADV_DONTNEED));
	check("keep_in_children", !madvise(frame, frame_bytes, MADV_DOFORK));
	check("remap", !remap_file_pages(frame, frame_bytes, 0, 0, 0) && find_frame());
	check("write_after_all", find_frame() && can_write(frame + UNUSED_AT));
	check("child", child_has_it());
	check("works", calls_work(s));
	return 0;
}

/* The whole card, in KiB as FB_GET_INFO tells it, has no other reason to be there. */
static int try_view(struct session *s, const char *kib)
{
	__u32 whole = (__u32)strtoul(kib, NULL, 10), word;
	__u64 total, left;
	bool told = false;

	for (int v2 = 0; v2 < 2; v2++) {
		if (rm_gpu_memory_info(&s->gpu, v2, &total, &left) != NV_OK)
			return 1;
		check("found", find_frame());
		for (size_t at = 0; frame && at < UNUSED_AT; at += sizeof(word)) {
			memcpy(&word, frame + at, sizeof(word));
			told = told || word == whole;
		}
	}
	check("told", told);
	return 0;
}

/*
 * A structure that ends on a page which is not there yet: whoever reads it is held
 * up at that page until the trick has been played on what it has read already.
 */
static struct trap {
	int fault;
	char *page;
	char rest[PAGE];
	void (*play)(void);
} trap;

static void *spring(void *unused)
{
	struct pollfd ready = { .fd = trap.fault, .events = POLLIN };
	struct uffdio_copy copy = {
		.dst = pointer(trap.page),
		.src = pointer(trap.rest),
		.len = PAGE,
	};
	struct uffd_msg message;

	(void)unused;
	poll(&ready, 1, -1);
	if (read(trap.fault, &message, sizeof(message)) != sizeof(message))
		abort();
	trap.play();
	ioctl(trap.fault, UFFDIO_COPY, &copy);
	return NULL;
}

/* Sets @bytes of @from so that those from @cut on are on the missing page. */
static void *set_trap(const void *from, size_t bytes, size_t cut, void (*play)(void))
{
	struct uffdio_api api = { .api = UFFD_API };
	size_t before = (cut + PAGE - 1) / PAGE * PAGE;
	char *memory = mmap(NULL, before + PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register what;
	pthread_t thread;

	trap.fault = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	if (trap.fault < 0 || memory == MAP_FAILED)
		return NULL;
	trap.page = memory + before;
	trap.play = play;
	memcpy(trap.page - cut, from, cut);
	memset(trap.rest, 0, sizeof(trap.rest));
	memcpy(trap.rest, (const char *)from + cut, bytes - cut);
	what = (struct uffdio_register){
		.range = { .start = pointer(trap.page), .len = PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	if (ioctl(trap.fault, UFFDIO_API, &api) || ioctl(trap.fault, UFFDIO_REGISTER, &what) ||
	    pthread_create(&thread, NULL, spring, NULL))
		return NULL;
	pthread_detach(thread);
	return trap.page - cut;
}

static __u64 *changed_size;

static void change_size(void)
{
	*changed_size = 64 * MIB;
}

static int try_size(struct session *s)
{
	struct NV_MEMORY_ALLOCATION_PARAMS ask = {
		.owner = s->rm.client,
		.type = NVOS32_TYPE_IMAGE,
		.flags = NVOS32_ALLOC_FLAGS_MAP_NOT_REQUIRED,
		.size = 65536,
	};
	size_t bytes = s->rm.branch->memory_alloc_size;
	struct NV_MEMORY_ALLOCATION_PARAMS *params;
	__u64 got = 0;
	__u32 memory;

	params = set_trap(&ask, bytes, offsetof(struct NV_MEMORY_ALLOCATION_PARAMS, alignment),
			  change_size);
	if (!params)
		return 77;
	changed_size = (__u64 *)(void *)&params->size;
	say_status("status", rm_alloc(&s->rm, s->gpu.device, &memory, NV01_MEMORY_LOCAL_USER,
				      params, bytes));
	rm_memory_size(&s->rm, memory, &got);
	say("bytes=%llu", (unsigned long long)got);
	return 0;
}

static char *changed_memory;
static __u32 large;

static void change_memory(void)
{
	memcpy(changed_memory, &large, sizeof(large));
}

static __u32 open_uvm(struct session *s, struct uvm *uvm, __u8 uuid[16])
{
	__u32 vaspace, status = rm_gpu_uuid(&s->gpu, uuid);

	if (status == NV_OK)
		status = uvm_open(uvm, &s->rm, 0);
	if (status == NV_OK)
		status = uvm_register_gpu(uvm, uuid);
	if (status == NV_OK)
		status = rm_vaspace_create(&s->gpu, &vaspace);
	if (status == NV_OK)
		status = uvm_register_vaspace(uvm, uuid, vaspace);
	if (status == NV_OK)
		status = uvm_create_external_range(uvm, FIRST, 64 * MIB);
	return status;
}

/* Memory that only UVM refers to, and nobody knows that it does. */
static int try_map(struct session *s)
{
	const struct nvabi_uvm_map *layout = &s->rm.branch->uvm_map_external;
	struct UVM_MAP_EXTERNAL_ALLOCATION_PARAMS_R550 ask = { .base = FIRST, .length = 65536 };
	char *params, *bytes = (char *)&ask;
	__u32 small, status;
	__u64 got, count = 1;
	struct uvm uvm;
	__u8 uuid[16];

	status = open_uvm(s, &uvm, uuid);
	if (status == NV_OK)
		status = rm_memory_alloc(&s->gpu, RM_VIA_ALLOC64, 65536, &small, &got);
	if (status == NV_OK)
		status = rm_memory_alloc(&s->gpu, RM_VIA_ALLOC64, 64 * MIB, &large, &got);
	if (status != NV_OK)
		return fail("prepare", status);
	memcpy(ask.perGpuAttributes[0].gpuUuid.uuid, uuid, 16);
	ask.perGpuAttributes[0].gpuMappingType = UvmGpuMappingTypeReadWriteAtomic;
	memcpy(bytes + layout->gpuAttributesCount, &count, sizeof(count));
	memcpy(bytes + layout->rmCtrlFd, &s->rm.control, sizeof(int));
	memcpy(bytes + layout->hClient, &s->rm.client, sizeof(__u32));
	memcpy(bytes + layout->hMemory, &small, sizeof(small));
	params = set_trap(&ask, layout->size, layout->rmStatus, change_memory);
	if (!params)
		return 77;
	changed_memory = params + layout->hMemory;
	if (ioctl(uvm.file, UVM_MAP_EXTERNAL_ALLOCATION, params))
		return fail("map", RM_ERRNO | (__u32)errno);
	memcpy(&status, params + layout->rmStatus, sizeof(status));
	say_status("status", status);
	say_status("freed", rm_free(&s->rm, s->gpu.device, large));
	hold(s->options);
	return 0;
}

static int try_aim(struct session *s)
{
	struct NVOS32_PARAMETERS heap = {
		.hRoot = s->rm.client,
		.hObjectParent = s->gpu.device,
		.function = NVOS32_FUNCTION_ALLOC_OS_DESCRIPTOR,
	};

	if (!find_frame())
		return 1;
	say_status("params", rm_control(&s->rm, s->gpu.subdevice,
					NV2080_CTRL_CMD_GPU_GET_NAME_STRING, frame + UNUSED_AT,
					s->rm.branch->name_string_size));
	heap.data.AllocOsDesc.descriptor = pointer(frame - PAGE);
	heap.data.AllocOsDesc.limit = 2 * PAGE - 1;
	say_status("descriptor", rm_ioctl(&s->rm, s->rm.control, NV_ESC_RM_VID_HEAP_CONTROL,
					  &heap, sizeof(heap)));
	return 0;
}

static void take_away(void)
{
	if (munmap(frame, frame_bytes))
		say("sealed=1");
}

/* The child has the same files, and outlives who tears. */
static void watch(struct session *s, pid_t parent)
{
	while (getppid() == parent)
		poll(NULL, 0, 10);
	say_status("child", rm_free(&s->rm, 0, s->rm.client));
}

static int try_tear(struct session *s)
{
	struct NV2080_CTRL_GPU_GET_NAME_STRING_PARAMS ask = { 0 };
	size_t bytes = s->rm.branch->name_string_size;
	__u64 got;
	char *params;
	__u32 memory;
	pid_t parent = getpid();

	say_status("alloc", rm_memory_alloc(&s->gpu, RM_VIA_ALLOC64, 32 * MIB, &memory, &got));
	if (!find_frame())
		return 1;
	params = set_trap(&ask, bytes, 4, take_away);
	if (!params)
		return 77;
	if (fork() == 0) {
		watch(s, parent);
		_exit(0);
	}
	/* The driver reads these itself: it is in the call when they are missing. */
	say_status("status", rm_control(&s->rm, s->gpu.subdevice,
					NV2080_CTRL_CMD_GPU_GET_NAME_STRING, params, bytes));
	return 0;
}

static void *keep_taking(void *unused)
{
	(void)unused;
	for (;;) {
		if (find_frame())
			munmap(frame, frame_bytes);
	}
	return NULL;
}

/* While the frame is made, and while calls use it; being killed is for who had it torn. */
static int try_hammer(struct session *s)
{
	int status, killed = 0, failed = 0;
	pthread_t thread;

	for (int i = 0; i < HAMMERS; i++) {
		pid_t child = fork();

		if (child == 0) {
			bool work = true;

			if (pthread_create(&thread, NULL, keep_taking, NULL))
				abort();
			for (int n = 0; n < HAMMER_CALLS; n++)
				work = calls_work(s) && work;
			_exit(!work);
		}
		waitpid(child, &status, 0);
		killed += WIFSIGNALED(status);
		failed += WIFEXITED(status) && WEXITSTATUS(status);
	}
	say("killed=%d", killed);
	say("failed=%d", failed);
	return 0;
}

static struct {
	struct session *session;
	__u32 memory;
} awaited;

/* Whether a process sleeps where only being killed can wake it, or was killed. */
static bool is_in(pid_t pid, const char *states)
{
	char path[40], text[256] = "", *state;
	int file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 || read(file, text, sizeof(text) - 1) <= 0)
		return false;
	close(file);
	state = strrchr(text, ')');
	return state && strchr(states, state[2]);
}

static bool comes_to(pid_t pid, const char *states)
{
	for (int i = 0; i < 2000; i++) {
		if (is_in(pid, states))
			return true;
		poll(NULL, 0, 5);
	}
	return false;
}

/* Played while the driver is in a call for the client, and waits for a page. */
static void kill_who_waits(void)
{
	struct session *s = awaited.session;
	pid_t child = fork();

	if (child == 0) {
		rm_free(&s->rm, s->gpu.device, awaited.memory);
		_exit(0);
	}
	check("waits", comes_to(child, "D"));
	kill(child, SIGKILL);
	check("killed", comes_to(child, "Z"));
}

static int try_wait(struct session *s)
{
	struct NV2080_ALLOC_PARAMETERS ask = { 0 };
	__u32 subdevice = 0;
	void *params;
	__u64 got;

	awaited.session = s;
	say_status("alloc", rm_memory_alloc(&s->gpu, RM_VIA_ALLOC64, 65536, &awaited.memory, &got));
	params = set_trap(&ask, sizeof(ask), 0, kill_who_waits);
	if (!params)
		return 77;
	rm_alloc(&s->rm, s->gpu.device, &subdevice, NV20_SUBDEVICE_0, params, sizeof(ask));
	say_status("freed", rm_free(&s->rm, s->gpu.device, awaited.memory));
	return 0;
}

int main(int argc, char **argv)
{
	struct options options = { .devices = "/dev" };
	const char *command = argc > 1 ? argv[1] : "";
	struct session s;
	int ret = 2;

	options.hold = !strcmp(command, "map");
	if (session_open(&s, &options))
		return 1;
	if (!strcmp(command, "probe"))
		ret = try_probe(&s);
	else if (!strcmp(command, "take"))
		ret = try_take(&s);
	else if (!strcmp(command, "view") && argc == 3)
		ret = try_view(&s, argv[2]);
	else if (!strcmp(command, "size"))
		ret = try_size(&s);
	else if (!strcmp(command, "map"))
		ret = try_map(&s);
	else if (!strcmp(command, "aim"))
		ret = try_aim(&s);
	else if (!strcmp(command, "tear"))
		ret = try_tear(&s);
	else if (!strcmp(command, "hammer"))
		ret = try_hammer(&s);
	else if (!strcmp(command, "wait"))
		ret = try_wait(&s);
	else
		fprintf(stderr, "hostile_frame probe|take|view KIB|size|map|aim|tear|hammer|wait\n");
	session_close(&s);
	return ret;
}
