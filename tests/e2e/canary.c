// SPDX-License-Identifier: MIT
/*
 * canary: whether memory that goes from one container to another carries bytes
 * along.  A row of processes, in turn in each of the containers, takes video memory,
 * looks for what others wrote there, writes its own, and lets go of it in one way
 * after the other.  Says what it found in lines of key=value.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nvabi/nvstatus.h"
#include "sandbox/clone.h"

#include "lib/canary.h"
#include "lib/client.h"

#define PIECE_BYTES (128U << 10)

static const char help[] =
	"canary TURNS CGROUP CGROUP...\n"
	"\n"
	"  turns          processes that took memory, each after the other\n"
	"  scanned_bytes  what they looked through\n"
	"  canary_bytes   what they found there of another's\n"
	"  refused        processes that were given nothing, and the last one's status\n";

/* How memory is let go of; each has its turn with each way of allocating. */
enum way { FREE_MEMORY, FREE_DEVICE, FREE_CLIENT, FREE_MAPPED, CLOSE, EXIT, KILL, WAYS };

/* What a turn tells, in memory that it shares with the one who counts. */
struct told {
	__u64 scanned_bytes;
	__u64 canary_bytes;
	__u32 status;
};

static void let_go(struct session *s, __u32 memory, struct rm_map *map, enum way way)
{
	switch (way) {
	case FREE_MEMORY:
		rm_memory_unmap(&s->gpu, memory, map);
		rm_free(&s->rm, s->gpu.device, memory);
		break;
	case FREE_DEVICE:
		rm_memory_unmap(&s->gpu, memory, map);
		rm_free(&s->rm, s->rm.client, s->gpu.device);
		break;
	case FREE_CLIENT:
		rm_memory_unmap(&s->gpu, memory, map);
		rm_free(&s->rm, s->rm.client, s->rm.client);
		break;
	case FREE_MAPPED:
		rm_free(&s->rm, s->gpu.device, memory);
		break;
	case CLOSE:
		munmap(map->address, map->length);
		close(map->file);
		session_close(s);
		break;
	case KILL:
		raise(SIGKILL);
		break;
	default:
		break;
	}
}

static void take_turn(__u32 turn, struct told *told)
{
	static const struct options options = { .devices = "/dev" };
	struct session s;
	struct rm_map map;
	__u32 memory;
	__u64 got;

	told->status = NV_ERR_GENERIC;
	if (session_open(&s, &options))
		return;
	told->status = rm_memory_alloc(&s.gpu, (enum rm_via)(turn / WAYS % 3), PIECE_BYTES,
				       &memory, &got);
	if (told->status == NV_OK)
		told->status = rm_memory_map(&s.gpu, memory, 0, PIECE_BYTES, &map);
	if (told->status != NV_OK)
		return;
	told->canary_bytes += canary_find(map.address, PIECE_BYTES);
	told->scanned_bytes += PIECE_BYTES;
	canary_write(map.address, PIECE_BYTES, turn);
	let_go(&s, memory, &map, (enum way)(turn % WAYS));
}

/* In a process of its own, which is born in the container. */
static int run_turn(__u32 turn, int cgroup, struct told *told)
{
	int pidfd = -1, status;
	pid_t pid = gnv_clone(0, cgroup, &pidfd);

	if (pid == 0) {
		take_turn(turn, told);
		_exit(0);
	}
	if (pid < 0)
		return pid;
	close(pidfd);
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		return -EFAULT;
	return 0;
}

int main(int argc, char **argv)
{
	struct told *told, sum = { 0 };
	unsigned long turns, refused = 0;
	int cgroups[8], n = argc - 2, r;
	char *end = NULL;

	turns = argc > 1 ? strtoul(argv[1], &end, 10) : 0;
	if (n < 2 || n > 8 || !turns || *end) {
		fputs(help, stderr);
		return 2;
	}
	for (int i = 0; i < n; i++) {
		cgroups[i] = open(argv[i + 2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (cgroups[i] < 0) {
			fprintf(stderr, "canary: `%s`: %s\n", argv[i + 2], strerror(errno));
			return 1;
		}
	}
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		    0);
	if (told == MAP_FAILED)
		return 1;
	for (unsigned long turn = 0; turn < turns; turn++) {
		memset(told, 0, sizeof(*told));
		r = run_turn((__u32)turn, cgroups[turn % (unsigned long)n], told);
		if (r < 0) {
			fprintf(stderr, "canary: turn %lu: %s\n", turn, strerror(-r));
			return 1;
		}
		sum.scanned_bytes += told->scanned_bytes;
		sum.canary_bytes += told->canary_bytes;
		if (told->status != NV_OK) {
			refused++;
			sum.status = told->status;
		}
	}
	say("turns=%lu", turns);
	say("scanned_bytes=%" PRIu64, (uint64_t)sum.scanned_bytes);
	say("canary_bytes=%" PRIu64, (uint64_t)sum.canary_bytes);
	say("refused=%lu", refused);
	say_status("status", sum.status);
	return 0;
}
