// SPDX-License-Identifier: MIT
/*
 * What GhostNV holds, as text to compare: containers with their figures, what is
 * charged on GPUs, how many lines its files in debugfs have, and how much memory
 * the simulator has given out.  A process outside the container looks: inside it
 * most of this is not shown, and its own memory allocations are not failed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ghostnv.h>

#include "nvabi/nvstatus.h"

#include "sweep.h"

struct writer {
	char *text;
	size_t size;
	size_t at;
};

static void __attribute__((format(printf, 2, 3))) put(struct writer *w, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	w->at += (size_t)vsnprintf(w->text + w->at, w->size - w->at, format, ap);
	va_end(ap);
	if (w->at >= w->size)
		w->at = w->size - 1;
}

static void put_containers(struct writer *w, int ctl)
{
	struct ghostnv_container_next next = { .size = sizeof(next) };

	while (!ioctl(ctl, GHOSTNV_IOC_CONTAINER_NEXT, &next)) {
		struct ghostnv_stats s = {
			.size = sizeof(s),
			.id = next.id,
			.gpu = GHOSTNV_GPU_TOTAL,
		};

		if (ioctl(ctl, GHOSTNV_IOC_STATS, &s))
			continue;
		put(w, "container: bytes %llu max %llu sessions %llu clients %llu contexts %llu "
		       "queues %llu spaces %llu allocations %llu\n",
		    s.vram_current_bytes, s.vram_max_bytes, s.sessions, s.clients, s.contexts,
		    s.queues, s.spaces, s.allocations);
	}
}

static void put_gpus(struct writer *w, int ctl)
{
	for (unsigned int i = 0; i < GHOSTNV_GPUS_MAX; i++) {
		struct ghostnv_gpu gpu = { .size = sizeof(gpu), .index = i };

		if (!ioctl(ctl, GHOSTNV_IOC_GPU, &gpu))
			put(w, "gpu %u: charged %llu\n", i, gpu.vram_used_bytes);
	}
}

/* Lines of a file, and those among them that begin with "callers". */
static void put_lines(struct writer *w, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[512];
	int lines = 0;

	if (!f) {
		perror(path);
		_exit(1);
	}
	while (fgets(line, sizeof(line), f)) {
		lines++;
		if (!strncmp(line, "callers", 7))
			put(w, "%s", line);
	}
	fclose(f);
	put(w, "%s: %d lines\n", path, lines);
}

/* Seen by an unlimited client of the driver. */
static void put_card(struct writer *w, struct rm_gpu *gpu)
{
	__u64 total, left;

	if (rm_gpu_memory_info(gpu, false, &total, &left) != NV_OK)
		_exit(1);
	put(w, "card: free %llu\n", left);
}

static void put_all(struct writer *w, struct rm_gpu *gpu)
{
	int ctl = open("/dev/ghostnv", O_RDWR | O_CLOEXEC);
	FILE *seeded;
	char line[64];

	put_card(w, gpu);
	put_containers(w, ctl);
	put_gpus(w, ctl);
	close(ctl);
	put_lines(w, "/sys/kernel/debug/ghostnv/sessions");
	put_lines(w, "/sys/kernel/debug/ghostnv/clients");
	put_lines(w, "/sys/kernel/debug/ghostnv/allocations");
	put_lines(w, "/sys/kernel/debug/ghostnv/intercept");
	seeded = fopen("/sys/kernel/debug/ghostnv-seeded/count", "re");
	if (seeded && fgets(line, sizeof(line), seeded))
		put(w, "seeded: %s", line);
	if (seeded)
		fclose(seeded);
}

/* The process outside: answers each byte with the state. */
static void watch(int socket)
{
	struct rm rm = { .control = -1 };
	struct rm_gpu gpu;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (rm_open(&rm, "/dev") != NV_OK || rm_gpu_open(&rm, 0, &gpu) != NV_OK)
		_exit(1);
	while (read(socket, &byte, 1) == 1) {
		char text[SWEEP_STATE_MAX] = "";
		struct writer w = { .text = text, .size = sizeof(text) };

		put_all(&w, &gpu);
		if (write(socket, text, sizeof(text)) != sizeof(text))
			_exit(1);
	}
	_exit(0);
}

static int watcher = -1;

/* To be called before this process is limited, for the other one is not to be. */
bool sweep_state_init(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return false;
	if (fork() == 0)
		watch(ends[1]);
	close(ends[1]);
	watcher = ends[0];
	return true;
}

void sweep_state(char *text)
{
	if (write(watcher, "", 1) == 1 && read(watcher, text, SWEEP_STATE_MAX) == SWEEP_STATE_MAX)
		return;
	fputs("nobody watches the state\n", stderr);
	exit(2);
}

/* What a removed cgroup or a closed file leaves may go a moment later. */
bool sweep_state_is(const char *text)
{
	char now[SWEEP_STATE_MAX];

	for (int i = 0; i < 200; i++) {
		sweep_state(now);
		if (!strcmp(now, text))
			return true;
		poll(NULL, 0, 10);
	}
	printf("# was:\n%s# is:\n%s", text, now);
	return false;
}
