// SPDX-License-Identifier: MIT
/*
 * A fuzzer of the driver's devices and of /dev/ghostnv that knows their structures:
 * it makes trees of objects as a program would, and in between sends calls of every
 * kind that the tables know, with handles, sizes and pointers that are right, taken
 * from elsewhere, or nonsense. One seed gives one sequence of calls.
 *
 *	fuzz_ioctl [--admin CGROUP | --hold] SEED CALLS
 *
 * As it is, it gives up its rights first, as what runs in a container does. With
 * --admin it keeps them, speaks to /dev/ghostnv alone, and makes and changes the
 * container of CGROUP. With --hold it waits for a line at the end, with all that it has;
 * else one of three kills itself on the way.
 */
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/ghostnv.h>

#include "ghostnv/rm_policy.h"
#include "nvabi/nvclass.h"
#include "nvabi/nvos.h"
#include "nvabi/nvuvm.h"
#include "tests/e2e/lib/rm.h"
#include "tests/e2e/lib/uvm.h"

#define HANDLES	  64
#define NUMBERS	  2048
#define PAGE	  4096u
#define CHUNK_MAX (8u << 20)

static unsigned long state;
static struct rm rm;
static struct rm_gpu gpu;
static struct uvm uvm;
static __u8 uuid[16];
static __u32 handles[HANDLES];
static __u32 classes[NUMBERS], controls[NUMBERS];
static unsigned int nclasses, ncontrols;
/* Structures lie at the end of a page behind which there is nothing. */
static __u8 *args_end, *params;

static __u32 any(void)
{
	state = state * 6364136223846793005ul + 1442695040888963407ul;
	return (__u32)(state >> 32);
}

static __u32 pick(__u32 n)
{
	return any() % n;
}

static void find_numbers(void)
{
	/* Objects whose class is not in the tables of classes, but has controls. */
	static const __u32 others[] = { 0x0000, 0x0002, 0x0041, 0x0080, 0x2080 };

	for (__u32 n = 0; n < 0x10000 && nclasses < NUMBERS; n++)
		if (gnv_rm_policy_class(n) != GNV_RM_REFUSE)
			classes[nclasses++] = n;
	for (__u32 i = 0; i < nclasses + sizeof(others) / sizeof(others[0]); i++) {
		__u32 base = i < nclasses ? classes[i] : others[i - nclasses];

		for (__u32 low = 0; low < 0x4000 && ncontrols < NUMBERS; low++)
			if (gnv_rm_policy_control(base << 16 | low) != GNV_RM_REFUSE)
				controls[ncontrols++] = base << 16 | low;
	}
}

static __u32 any_handle(void)
{
	switch (pick(8)) {
	case 0:
		return rm.client;
	case 1:
		return gpu.device;
	case 2:
		return gpu.subdevice;
	case 3:
		return pick(4) ? 0 : any();
	default:
		return handles[pick(HANDLES)];
	}
}

static void keep(__u32 handle)
{
	handles[pick(HANDLES)] = handle;
}

static __u64 any_size(void)
{
	switch (pick(8)) {
	case 0:
		return 0;
	case 1:
		return ~0ull - pick(3);
	case 2:
		return 1ull << pick(64);
	default:
		return pick(CHUNK_MAX);
	}
}

static __u64 any_pointer(void)
{
	switch (pick(8)) {
	case 0:
		return 0;
	case 1:
		return 0xffff888000000000ull + pick(PAGE);
	case 2:
		return (__u64)(unsigned long)(args_end - pick(16));
	default:
		return (__u64)(unsigned long)params;
	}
}

static int any_file(void)
{
	const int files[] = { rm.control, gpu.file, uvm.file, uvm.mm_file, -1, 0 };

	return files[pick(pick(4) ? 2 : 6)];
}

static void fill(__u8 *bytes, size_t size)
{
	size_t i;

	memset(bytes, 0, size);
	if (pick(4) == 0)
		for (i = 0; i < size; i++)
			bytes[i] = (__u8)any();
	/* What makes a call is mostly a word here and there. */
	for (i = pick(6); i > 0 && size >= 8; i--) {
		__u64 word = pick(2) ? any_handle() : pick(2) ? any_size() :
								any_pointer();

		memcpy(bytes + pick((__u32)(size - 7)), &word, 8 >> pick(2));
	}
}

/* Sends a structure, or what became of it on the way. */
static void send_call(int file, unsigned int nr, const void *from, __u32 size)
{
	struct nv_ioctl_xfer_t xfer = { .cmd = nr, .size = size };
	__u8 *args;

	if (pick(16) == 0)
		size = pick(256);
	args = args_end - size;
	fill(args, size);
	if (from)
		memcpy(args, from, size < 256 ? size : 256);
	if (pick(8) == 0 && size)
		args[pick(size)] ^= (__u8)(1u << pick(8));
	if (pick(8)) {
		ioctl(file, _IOC(_IOC_READ | _IOC_WRITE, NV_IOCTL_MAGIC, nr, size), args);
		return;
	}
	xfer.size = pick(16) ? size : any();
	xfer.ptr = pick(16) ? (__u64)(unsigned long)args : any_pointer();
	ioctl(file, _IOWR(NV_IOCTL_MAGIC, NV_ESC_IOCTL_XFER_CMD, xfer), &xfer);
}

/* As long as send_call() may copy. */
union call {
	struct NVOS64_PARAMETERS alloc;
	struct NVOS54_PARAMETERS control;
	struct NVOS00_PARAMETERS release;
	struct NVOS55_PARAMETERS dup;
	struct NVOS32_PARAMETERS heap;
	struct nv_ioctl_nvos02_parameters_with_fd old;
	struct nv_ioctl_nvos33_parameters_with_fd map;
	__u8 bytes[256];
};

static void fuzz_alloc(void)
{
	union call c = { .alloc = {
				 .hRoot = pick(8) ? rm.client : any_handle(),
				 .hObjectParent = any_handle(),
				 .hObjectNew = pick(4) ? 0xf0220000u + pick(HANDLES) : any_handle(),
				 .hClass = pick(8) ? classes[pick(nclasses)] : any() & 0xffff,
				 .pAllocParms = any_pointer(),
				 .paramsSize = pick(2) ? 0 : pick(256),
			 } };

	fill(params, 256);
	send_call(any_file(), NV_ESC_RM_ALLOC, &c,
		  pick(2) ? sizeof(struct NVOS21_PARAMETERS) : sizeof(c.alloc));
	keep(c.alloc.hObjectNew);
}

static void fuzz_control(void)
{
	union call c = { .control = {
				 .hClient = pick(8) ? rm.client : any_handle(),
				 .hObject = any_handle(),
				 .cmd = pick(16) ? controls[pick(ncontrols)] : any(),
				 .flags = pick(16) ? 0 : any(),
				 .params = any_pointer(),
				 .paramsSize = pick(4) ? pick(1100) : any(),
			 } };

	fill(params, 1100);
	send_call(any_file(), NV_ESC_RM_CONTROL, &c, sizeof(c.control));
}

static void fuzz_free(void)
{
	union call c = { .release = {
				 .hRoot = pick(8) ? rm.client : any_handle(),
				 .hObjectParent = any_handle(),
				 .hObjectOld = any_handle(),
			 } };

	/* Without client and device nothing much happens any more. */
	if ((c.release.hObjectOld == rm.client || c.release.hObjectOld == gpu.device) &&
	    pick(16))
		return;
	send_call(rm.control, NV_ESC_RM_FREE, &c, sizeof(c.release));
}

static void fuzz_dup(void)
{
	union call c = { .dup = {
				 .hClient = rm.client,
				 .hParent = any_handle(),
				 .hObject = 0xf0230000u + pick(HANDLES),
				 .hClientSrc = pick(8) ? rm.client : any_handle(),
				 .hObjectSrc = any_handle(),
			 } };

	send_call(any_file(), NV_ESC_RM_DUP_OBJECT, &c, sizeof(c.dup));
	keep(c.dup.hObject);
}

static void fuzz_other(void)
{
	static const struct {
		unsigned int nr;
		__u32 size;
	} known[] = {
		{ NV_ESC_RM_VID_HEAP_CONTROL, sizeof(struct NVOS32_PARAMETERS) },
		{ NV_ESC_RM_ALLOC_MEMORY, sizeof(struct nv_ioctl_nvos02_parameters_with_fd) },
		{ NV_ESC_RM_MAP_MEMORY, sizeof(struct nv_ioctl_nvos33_parameters_with_fd) },
	};
	union call c;
	__u32 i = pick(8);

	fill(c.bytes, sizeof(c.bytes));
	/* Client, and the object above: the same place in all of them. */
	c.release.hRoot = rm.client;
	c.release.hObjectParent = pick(2) ? gpu.device : any_handle();
	if (i < sizeof(known) / sizeof(known[0]))
		send_call(any_file(), known[i].nr, &c, known[i].size);
	else
		send_call(any_file(), any() & 0xff, &c, pick(256));
}

static void fuzz_uvm(void)
{
	__u32 nr = pick(16) ? pick(2) ? UVM_INITIALIZE + pick(3) : pick(100) : any();

	if (nr == UVM_INITIALIZE && pick(8))
		nr = pick(100);
	fill(args_end - 1024, 1024);
	if (pick(2))
		memcpy(args_end - 1024 + 16 * pick(3), uuid, sizeof(uuid));
	ioctl(pick(8) ? uvm.file : any_file(), nr, args_end - (pick(8) ? 1024 : pick(1024)));
}

/* What a program does that means well. */
static void use_memory(void)
{
	__u64 base = 0x200000000000ull + ((__u64)pick(16) << 24), got;
	__u32 handle = 0;

	/* Without the driver's version nothing can be asked for. */
	if (!rm.branch)
		return;
	switch (pick(6)) {
	case 0:
		rm_free(&rm, gpu.device, any_handle());
		break;
	case 1:
		if (rm_dup(&rm, gpu.device, &handle, rm.client, any_handle()) == 0)
			keep(handle);
		break;
	case 2:
		uvm_create_external_range(&uvm, base, 1u << 24);
		uvm_map_external(&uvm, base, 1u << 21, uuid, any_handle());
		break;
	case 3:
		uvm_free(&uvm, base, 1u << 24);
		break;
	default:
		if (rm_memory_alloc(&gpu, (enum rm_via)pick(3), any_size(), &handle, &got) == 0)
			keep(handle);
	}
}

/* Maps what a descriptor shows, looks at it, and forgets it. */
static void fuzz_map(void)
{
	size_t length = PAGE * (1 + pick(4));
	void *map = mmap(NULL, length, PROT_READ, MAP_SHARED, any_file(), (off_t)pick(4) * PAGE);

	if (map != MAP_FAILED)
		munmap(map, length);
}

static void start(void)
{
	__u32 handle = 0;

	/* Where the limit leaves no room for a GPU it goes on without one. */
	rm = (struct rm){ .control = -1 };
	gpu = (struct rm_gpu){ .rm = &rm, .file = -1 };
	uvm = (struct uvm){ .rm = &rm, .file = -1, .mm_file = -1 };
	if (rm_open(&rm, "/dev") || rm_client_create(&rm) || rm_attach(&rm) ||
	    rm_gpu_open(&rm, 0, &gpu))
		return;
	rm_gpu_uuid(&gpu, uuid);
	if (rm_vaspace_create(&gpu, &handle) == 0)
		keep(handle);
	if (uvm_open(&uvm, &rm, 0) == 0 && uvm_mm_initialize(&uvm) == 0) {
		uvm_register_gpu(&uvm, uuid);
		uvm_register_vaspace(&uvm, uuid, handle);
	}
}

static void step(void)
{
	static void (*const kinds[])(void) = {
		fuzz_alloc,
		fuzz_control,
		fuzz_control,
		fuzz_free,
		fuzz_dup,
		fuzz_other,
		fuzz_uvm,
		fuzz_map,
		use_memory,
		use_memory,
	};

	kinds[pick(sizeof(kinds) / sizeof(kinds[0]))]();
	if (pick(500) == 0) {
		rm_gpu_close(&gpu);
		rm_close(&rm);
		uvm_close(&uvm);
		start();
	}
}

/* The operator's side: everything but other containers' ids. */
static void step_admin(int ctl, int cgroup, __u64 *id)
{
	static const __u32 sizes[] = { 16, 24, 32, 40, 48, 112, 200, 256, PAGE, PAGE + 1 };
	struct ghostnv_container_create create = {
		.size = sizeof(create),
		.cgroup_fd = cgroup,
		.gpus = pick(3),
		.vram_max_bytes = any_size(),
	};
	struct ghostnv_limit limit = {
		.size = sizeof(limit),
		.limit = pick(12),
		.gpu = pick(2) ? GHOSTNV_GPU_TOTAL : pick(70),
		.id = pick(8) ? *id : any(),
		.value = any_size(),
	};
	struct ghostnv_container_destroy destroy = { .size = sizeof(destroy), .id = *id };
	__u32 size = sizes[pick(sizeof(sizes) / sizeof(sizes[0]))];

	switch (pick(6)) {
	case 0:
		if (!ioctl(ctl, GHOSTNV_IOC_CONTAINER_CREATE, &create))
			*id = create.id;
		break;
	case 1:
		ioctl(ctl, GHOSTNV_IOC_LIMIT_SET, &limit);
		break;
	case 2:
		ioctl(ctl, GHOSTNV_IOC_CONTAINER_DESTROY, &destroy);
		break;
	default:
		fill(args_end - 256, 256);
		memcpy(args_end - 256, &size, sizeof(size));
		/* Never what makes or changes a container: those are above. */
		ioctl(ctl, _IO(GHOSTNV_IOC_MAGIC, pick(2) ? pick(3) : 0x30 + pick(16)),
		      args_end - 256);
	}
}

/* One file of the container's in sysfs, read and written. */
static void step_sysfs(__u64 id)
{
	static const char *const files[] = { "vram.max", "vram.low", "vram.high", "gpus",
					     "vram.events", "oom.policy", "gpu0/vram.max",
					     "vram.current", "cgroup" };
	static const char *const texts[] = { "max", "0", "1", "64M", "16E", "99999999999999999999",
					     "-1", "0-63", "0,2-3", "fail", "\n", "1G\n", "1 2" };
	char path[128], junk[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/ghostnv/containers/%llu/%s",
		 (unsigned long long)id, files[pick(sizeof(files) / sizeof(files[0]))]);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (pick(4) == 0) {
		fill((__u8 *)junk, sizeof(junk));
		junk[sizeof(junk) - 1] = '\0';
	} else {
		snprintf(junk, sizeof(junk), "%s", texts[pick(sizeof(texts) / sizeof(texts[0]))]);
	}
	if (write(fd, junk, strlen(junk)) >= 0)
		lseek(fd, 0, SEEK_SET);
	if (read(fd, junk, sizeof(junk)) < 0)
		fill(params, 8);
	close(fd);
}

static void run_admin(const char *path, unsigned long calls)
{
	int ctl = open("/dev/ghostnv", O_RDWR | O_CLOEXEC);
	int cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	__u64 id = 0;

	if (ctl < 0 || cgroup < 0) {
		perror("fuzz_ioctl");
		exit(1);
	}
	while (calls--) {
		if (pick(3))
			step_admin(ctl, cgroup, &id);
		else
			step_sysfs(id);
	}
}

static void run_inside(unsigned long calls, bool hold)
{
	unsigned long last = !hold && pick(3) == 0 ? pick((__u32)calls) : 0;

	if (setgroups(0, NULL) || setgid(65534) || setuid(65534)) {
		perror("fuzz_ioctl");
		exit(1);
	}
	start();
	while (calls--) {
		if (last && calls == last)
			raise(SIGKILL);
		step();
	}
	if (!hold)
		return;
	puts("ready=1");
	fflush(stdout);
	getchar();
}

/* A driver must not write, nor take away, what it was not given: say where it did. */
static void say_fault(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	fprintf(stderr, "fuzz_ioctl: fault at %p (structures end at %p, parameters at %p)\n",
		info->si_addr, (void *)args_end, (void *)params);
	_exit(3);
}

static void make_pages(void)
{
	__u8 *area = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED || mprotect(area, PAGE, PROT_READ | PROT_WRITE) ||
	    mprotect(area + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE)) {
		perror("fuzz_ioctl");
		exit(1);
	}
	args_end = area + PAGE;
	params = area + 2 * PAGE;
}

int main(int argc, char *argv[])
{
	struct sigaction fault = { .sa_sigaction = say_fault, .sa_flags = SA_SIGINFO };
	const char *admin = NULL;
	unsigned long calls;
	bool hold = false;

	if (argc > 2 && !strcmp(argv[1], "--admin")) {
		admin = argv[2];
		argc -= 2;
		argv += 2;
	} else if (argc > 1 && !strcmp(argv[1], "--hold")) {
		hold = true;
		argc--;
		argv++;
	}
	if (argc != 3) {
		fprintf(stderr, "fuzz_ioctl [--admin CGROUP | --hold] SEED CALLS\n");
		return 2;
	}
	sigaction(SIGSEGV, &fault, NULL);
	sigaction(SIGBUS, &fault, NULL);
	state = strtoul(argv[1], NULL, 0);
	calls = strtoul(argv[2], NULL, 0);
	any();
	make_pages();
	find_numbers();
	if (admin)
		run_admin(admin, calls);
	else
		run_inside(calls, hold);
	return 0;
}
