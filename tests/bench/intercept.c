// SPDX-License-Identifier: MIT
/*
 * What one call costs on the driver's devices, by ghostnv-bench.ko: a control call that
 * every client may make, and an allocation of video memory that stays. It knows
 * nothing of containers: tests/bench/intercept.sh runs it inside and outside.
 *
 *	intercept control CALLS		half and last percent of the times, ns
 *	intercept alloc CALLS [HELD]	the same, beside HELD allocations that are there
 *	intercept containers COUNT	makes COUNT cgroups containers: bytes of each
 *	intercept memory COUNT		slab bytes that each of COUNT allocations takes
 *	intercept register COUNT	half and last percent of the times, ns, that it takes
 *					to make each of COUNT cgroups a container
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/ghostnv.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvos.h"
#include "tests/bench/kmod/bench.h"
#include "tests/e2e/lib/rm.h"

#define CGROUPS "/sys/fs/cgroup/bench"
#define PIECE	(64u << 10)

static struct rm rm;
static struct rm_gpu gpu;
static __u32 ns[BENCH_CALLS_MAX];

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "intercept: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int compare(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return (x > y) - (x < y);
}

static void time_calls(__u32 calls, int file, __u32 cmd, void *arg, size_t arg_bytes,
		       void *params, size_t params_bytes)
{
	struct bench_calls p = {
		.file = file,
		.cmd = cmd,
		.arg = (__u64)(unsigned long)arg,
		.params = (__u64)(unsigned long)params,
		.ns = (__u64)(unsigned long)ns,
		.arg_bytes = (__u32)arg_bytes,
		.params_bytes = (__u32)params_bytes,
		.calls = calls,
	};
	int bench = open("/dev/gnv-bench", O_RDWR | O_CLOEXEC);

	if (bench < 0 || ioctl(bench, BENCH_IOC_CALLS, &p))
		die("time calls");
	close(bench);
}

static void repeat(__u32 calls, unsigned int nr, void *arg, size_t arg_bytes, void *params,
		   size_t params_bytes)
{
	time_calls(calls, rm.control,
		   (__u32)_IOC(_IOC_READ | _IOC_WRITE, NV_IOCTL_MAGIC, nr, arg_bytes), arg,
		   arg_bytes, params, params_bytes);
}

static void print_times(__u32 calls)
{
	qsort(ns, calls, sizeof(*ns), compare);
	printf("%u %u\n", ns[calls / 2], ns[calls - 1 - calls / 100]);
}

static void control(__u32 calls)
{
	struct NV2080_CTRL_GPU_GET_GID_INFO_PARAMS params = {
		.flags = NV2080_GPU_CMD_GPU_GET_GID_FLAGS_FORMAT_BINARY,
	};
	struct NVOS54_PARAMETERS arg = {
		.hClient = rm.client,
		.hObject = gpu.subdevice,
		.cmd = NV2080_CTRL_CMD_GPU_GET_GID_INFO,
		.params = (__u64)(unsigned long)&params,
		.paramsSize = sizeof(params),
	};

	repeat(calls, NV_ESC_RM_CONTROL, &arg, sizeof(arg), &params, sizeof(params));
}

static void alloc(__u32 calls)
{
	struct NV_MEMORY_ALLOCATION_PARAMS params = {
		.owner = rm.client,
		.type = NVOS32_TYPE_IMAGE,
		.flags = NVOS32_ALLOC_FLAGS_MAP_NOT_REQUIRED,
		.attr = NVOS32_ATTR_LOCATION_VIDMEM << NVOS32_ATTR_LOCATION_SHIFT,
		.size = PIECE,
	};
	struct NVOS21_PARAMETERS arg = {
		.hRoot = rm.client,
		.hObjectParent = gpu.device,
		.hClass = NV01_MEMORY_LOCAL_USER,
		.pAllocParms = (__u64)(unsigned long)&params,
	};

	/* The driver chooses the handles, so no two are the same. */
	repeat(calls, NV_ESC_RM_ALLOC, &arg, sizeof(arg), &params, sizeof(params));
}

static void start(void)
{
	if (rm_open(&rm, "/dev") || rm_client_create(&rm) || rm_attach(&rm) ||
	    rm_gpu_open(&rm, 0, &gpu))
		die("open the GPU");
}

static long slab_bytes(void)
{
	char line[256];
	long kib = 0, one;
	FILE *file = fopen("/proc/meminfo", "re");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Slab: %ld", &one) == 1)
			kib = one;
	if (file)
		fclose(file);
	return kib << 10;
}

/* Makes those that are missing; the cgroups of earlier runs are there. */
static void make_containers(__u32 count)
{
	int ctl = open("/dev/ghostnv", O_RDWR | O_CLOEXEC);
	char path[64];
	long before;
	__u32 i;

	if (ctl < 0)
		die("/dev/ghostnv");
	mkdir(CGROUPS, 0755);
	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), CGROUPS "/c%u", i);
		if (mkdir(path, 0755) && errno != EEXIST)
			die(path);
		/* Its inode is in memory from now on, and not counted. */
		close(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	}
	before = slab_bytes();
	for (i = 0; i < count; i++) {
		struct ghostnv_container_create p = {
			.size = sizeof(p),
			.gpus = 1,
			.vram_max_bytes = GHOSTNV_UNLIMITED,
		};

		snprintf(path, sizeof(path), CGROUPS "/c%u", i);
		p.cgroup_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (ioctl(ctl, GHOSTNV_IOC_CONTAINER_CREATE, &p) && errno != EEXIST)
			die("make a container");
		close(p.cgroup_fd);
	}
	printf("%ld\n", (slab_bytes() - before) / (long)count);
}

static __u32 time_one(int ctl, __u32 cmd, void *arg, size_t bytes)
{
	time_calls(1, ctl, cmd, arg, bytes, NULL, 0);
	return ns[0];
}

/* All that a runtime asks of ghostnv: which GPU there is, and to hold a limit for a cgroup. */
static __u32 register_one(int ctl, int cgroup_fd)
{
	struct ghostnv_gpu found = { .size = sizeof(found) };
	struct ghostnv_container_create made = {
		.size = sizeof(made),
		.cgroup_fd = cgroup_fd,
		.gpus = 1,
		.vram_max_bytes = GHOSTNV_UNLIMITED,
	};
	struct ghostnv_limit limit = {
		.size = sizeof(limit),
		.limit = GHOSTNV_LIMIT_VRAM_MAX,
		.gpu = GHOSTNV_GPU_TOTAL,
		.value = PIECE,
	};
	__u32 took = time_one(ctl, GHOSTNV_IOC_GPU, &found, sizeof(found));

	took += time_one(ctl, GHOSTNV_IOC_CONTAINER_CREATE, &made, sizeof(made));
	limit.id = made.id;
	return took + time_one(ctl, GHOSTNV_IOC_LIMIT_SET, &limit, sizeof(limit));
}

static void register_containers(__u32 count)
{
	__u32 *took = calloc(count, sizeof(*took));
	int ctl = open("/dev/ghostnv", O_RDWR | O_CLOEXEC);
	char path[64];
	__u32 i;

	if (ctl < 0 || !took)
		die("/dev/ghostnv");
	mkdir(CGROUPS, 0755);
	for (i = 0; i < count; i++) {
		int fd;

		snprintf(path, sizeof(path), CGROUPS "/r%u", i);
		if (mkdir(path, 0755))
			die(path);
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		took[i] = register_one(ctl, fd);
		close(fd);
	}
	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), CGROUPS "/r%u", i);
		rmdir(path);
	}
	memcpy(ns, took, count * sizeof(*took));
	free(took);
	print_times(count);
}

static void measure_memory(__u32 count)
{
	long before = slab_bytes();

	alloc(count);
	printf("%ld\n", (slab_bytes() - before) / (long)count);
}

int main(int argc, char *argv[])
{
	__u32 count = argc > 2 ? (__u32)strtoul(argv[2], NULL, 10) : 0;
	__u32 held = argc > 3 ? (__u32)strtoul(argv[3], NULL, 10) : 0;

	if (!count || count > BENCH_CALLS_MAX || held > BENCH_CALLS_MAX) {
		fprintf(stderr, "intercept control|alloc|containers|memory|register COUNT [HELD]\n");
		return 2;
	}
	if (!strcmp(argv[1], "containers")) {
		make_containers(count);
		return 0;
	}
	if (!strcmp(argv[1], "register")) {
		register_containers(count);
		return 0;
	}
	start();
	if (!strcmp(argv[1], "memory")) {
		measure_memory(count);
		return 0;
	}
	if (held)
		alloc(held);
	if (!strcmp(argv[1], "alloc"))
		alloc(count);
	else
		control(count);
	print_times(count);
	return 0;
}
