// SPDX-License-Identifier: MIT
/*
 * hostile_wait: has so many of the driver's objects that others could have to wait for
 * what is done with them; and sees who waits.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvstatus.h"

#include "lib/client.h"

#define PIECE	 65536
#define PAUSE_US 300

static const char help[] =
	"hostile_wait many COUNT\n"
	"hostile_wait probe FILE\n"
	"hostile_wait queue COUNT MOST\n"
	"\n"
	"With many: makes COUNT small allocations, prints ready=1, waits for a line, frees\n"
	"the device that they are below, and prints freed=1. With probe: makes calls that\n"
	"never come to the driver, and reads FILE after each; prints ready=1, goes on until\n"
	"its input ends, and prints\n"
	"  worst_us   the longest that a call took\n"
	"  steps      how often what FILE holds had changed\n"
	"With queue: has COUNT processes ask for one allocation each that has to wait, until\n"
	"all but MOST of them got an answer, or for half a minute, and prints answered.\n";

static __u64 now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (__u64)now.tv_sec * 1000000 + (__u64)now.tv_nsec / 1000;
}

static int many(unsigned long count)
{
	struct options options = { .devices = "/dev", .hold = true };
	__u32 memory, status = NV_OK;
	struct session s;
	__u64 got;

	if (session_open(&s, &options))
		return 1;
	for (; status == NV_OK && count; count--)
		status = rm_memory_alloc(&s.gpu, RM_VIA_ALLOC64, PIECE, &memory, &got);
	if (status != NV_OK)
		return fail("memory", status);
	hold(&options);
	status = rm_free(&s.rm, s.rm.client, s.gpu.device);
	if (status != NV_OK)
		return fail("free", status);
	say("freed=1");
	session_close(&s);
	return 0;
}

static bool has_ended(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&input, 1, 0) != 0;
}

/* Something below an object that is not there.  Return: how long that took. */
static __u64 call(struct session *s)
{
	__u64 start_us = now_us();
	__u32 handle;

	if (rm_alloc(&s->rm, 1, &handle, NV01_MEMORY_LOCAL_USER, NULL, 0) == NV_OK)
		abort();
	return now_us() - start_us;
}

static bool changes(int file, char last[32])
{
	char text[32] = "";

	if (pread(file, text, sizeof(text) - 1, 0) <= 0 || !strcmp(text, last))
		return false;
	strcpy(last, text);
	return true;
}

static int probe(const char *path)
{
	struct options options = { .devices = "/dev" };
	int file = open(path, O_RDONLY | O_CLOEXEC);
	__u64 took_us, worst_us = 0;
	unsigned int steps = 0;
	char last[32] = "";
	struct session s;

	if (file < 0 || session_open(&s, &options))
		return 1;
	changes(file, last);
	say("ready=1");
	while (!has_ended()) {
		took_us = call(&s);
		if (took_us > worst_us)
			worst_us = took_us;
		steps += changes(file, last);
		usleep(PAUSE_US);
	}
	say("worst_us=%llu", (unsigned long long)worst_us);
	say("steps=%u", steps);
	session_close(&s);
	return 0;
}

static int queue(unsigned int count, unsigned int most)
{
	struct options options = { .devices = "/dev" };
	unsigned int answered = 0, i;
	__u64 start_us = now_us(), got;
	struct session s;
	__u32 memory;

	if (session_open(&s, &options))
		return 1;
	for (i = 0; i < count; i++) {
		s.rm.next_handle++;
		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		rm_memory_alloc(&s.gpu, RM_VIA_ALLOC64, PIECE, &memory, &got);
		_exit(0);
	}
	while (answered < count - most && now_us() - start_us < 30000000) {
		if (waitpid(-1, NULL, WNOHANG) > 0)
			answered++;
		else
			usleep(10000);
	}
	say("answered=%u", answered);
	session_close(&s);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "many"))
		return many(strtoul(argv[2], NULL, 10));
	if (argc == 3 && !strcmp(argv[1], "probe"))
		return probe(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "queue"))
		return queue((unsigned int)atoi(argv[2]), (unsigned int)atoi(argv[3]));
	fputs(help, stderr);
	return 2;
}
