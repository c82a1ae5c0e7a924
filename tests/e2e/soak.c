// SPDX-License-Identifier: MIT
/*
 * soak: starts GPU clients in containers and kills them, over and over, at whatever
 * they are just doing, and looks at what they leave: nothing may be charged, open or
 * allocated that was not before, no byte of a dead one's memory may be seen by the
 * next, and those that live on keep what they have.  One seed gives one sequence of
 * victims; when exactly each is met is the kernel's matter.
 *
 * A "victim" is a client that is killed, a "survivor" one that holds memory in each
 * container all the time.  A "round" is so many victims that a look is worth it.
 */
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "nvabi/nvstatus.h"
#include "sandbox/cgroup.h"
#include "sandbox/clone.h"

#include "lib/canary.h"
#include "lib/sweep.h"
#include "lib/ways.h"

#define CONTAINERS_MAX 8
#define ROUND	       500u
#define ROUNDS_MIN     5u
/* What of its memory a client maps: few places, so that the next one meets them. */
#define PIECE_BYTES (128u << 10)
#define PLACES	    4
/* A victim is met at latest behind so many steps. */
#define STEPS	  48
#define SURVIVOR  0x80000000u
#define STALL_MS  120000
#define KIB	  1024ull

static const char help[] =
	"soak CYCLES SEED CONTAINER...\n"
	"soak --live SEED\n"
	"\n"
	"With --live: is such a client, where it is, until somebody else kills it. Else:\n"
	"CONTAINER is a cgroup that is one. Prints a line for each round, and then:\n"
	"  killed          clients that were killed, of CYCLES that were started\n"
	"  faults          clients that ended by another signal\n"
	"  stalled         clients that could not be killed, or did nothing\n"
	"  scanned_bytes   video memory that clients looked through when it was new\n"
	"  canary_bytes    what they found there of another's\n"
	"  changed         rounds after which charges, sessions, clients or the card's\n"
	"                  memory were not as before\n"
	"  harmed          rounds after which a survivor's memory was not its own\n"
	"  slab_grew, kernel_grew   bytes, from the lowest of the first half of rounds to\n"
	"                  that of the second: objects in slabs, and all that the kernel has\n"
	"                  that is not processes' or files'\n";

/* What the clients of one container tell; shared with them. */
struct told {
	__u64 steps;
	__u64 scanned_bytes;
	__u64 canary_bytes;
	__u64 killed;
	__u64 faults;
	__u64 stalled;
};

struct container {
	char victims[256];
	int victims_fd;
	pid_t survivor;
	int socket;
	struct told *told;
	unsigned short random[3];
};

static struct container containers[CONTAINERS_MAX];
static unsigned int ncontainers;

static unsigned int pick(unsigned short random[3], unsigned int n)
{
	return (unsigned int)nrand48(random) % n;
}

static void step(struct told *told)
{
	__atomic_fetch_add(&told->steps, 1, __ATOMIC_RELAXED);
}

/* --- victims -------------------------------------------------------------------- */

/* One thread of a victim, with a session of its own. */
struct life {
	struct told *told;
	unsigned short random[3];
	__u32 who;
	struct rm_map piece;
};

/* New memory: nothing of another's may be there. What is left there is found if so. */
static void leave_canary(struct life *life, struct world *w)
{
	__u64 place = pick(life->random, PLACES) * (SWEEP_BYTES / PLACES);
	struct rm_map *map = &life->piece;

	if (rm_memory_map(&w->gpu, w->memory, place, PIECE_BYTES, map) != NV_OK)
		return;
	__atomic_fetch_add(&life->told->canary_bytes, canary_find(map->address, PIECE_BYTES),
			   __ATOMIC_RELAXED);
	__atomic_fetch_add(&life->told->scanned_bytes, PIECE_BYTES, __ATOMIC_RELAXED);
	canary_write(map->address, PIECE_BYTES, life->who);
	if (pick(life->random, 2))
		rm_memory_unmap(&w->gpu, w->memory, map);
}

/*
 * Some operation of the sweep's that a client does. What it makes may be gone by an
 * earlier one: then it fails, as it does for programs that are wrong.
 */
static void do_operation(struct life *life, struct world *w, enum stage stage)
{
	unsigned int count = 0, which;

	for (const struct operation *op = sweep_table; op->name; op++)
		count += op->stage > STAGE_NONE && op->stage <= stage && !op->outside;
	which = count ? pick(life->random, count) : 0;
	for (const struct operation *op = sweep_table; count && op->name; op++) {
		if (op->stage <= STAGE_NONE || op->stage > stage || op->outside)
			continue;
		if (which-- == 0) {
			op->act(w);
			return;
		}
	}
}

static void *live(void *arg)
{
	struct life *life = arg;

	/* Files of its own, which end with each world, so that it can live long. */
	close_range(3, ~0u, CLOSE_RANGE_UNSHARE);
	life->piece.file = -1;
	for (;;) {
		unsigned int at, last = 1 + pick(life->random, STAGE_MAPPED);
		struct world w;

		sweep_world_none(&w);
		for (at = STAGE_CONTROL; at <= last; at++) {
			if (sweep_world_stage(&w, (enum stage)at) != NV_OK)
				break;
			if (at == STAGE_MEMORY)
				leave_canary(life, &w);
			step(life->told);
		}
		for (unsigned int n = pick(life->random, 8); n; n--) {
			do_operation(life, &w, (enum stage)(at - 1));
			step(life->told);
		}
		sweep_world_end(&w);
		sweep_drop_map(&life->piece);
		close_range(3, ~0u, 0);
		step(life->told);
	}
	return NULL;
}

/* A way to memory that is more than one call, and may have processes of its own. */
static void go_a_way(struct life *life)
{
	static int (*const ways[])(const struct options *options) = {
		way_export, way_exports, way_dmabuf, way_policy, way_managed, way_queue,
	};
	static const struct options options = {
		.devices = "/dev",
		.via = RM_VIA_ALLOC64,
		.chunk = SWEEP_BYTES,
		.max = ~0ULL,
	};

	ways[pick(life->random, sizeof(ways) / sizeof(ways[0]))](&options);
}

/*
 * Where it has two threads, one may be in the driver when both are killed. A user-mode
 * kernel with two CPUs walks a process's areas without a lock when it takes mappings
 * away (flush_tlb_mm() in arch/um) and reports itself for it: no second one there.
 */
static bool may_have_threads(void)
{
	const char *machine = getenv("GHOSTNV_VM");

	return !machine || strcmp(machine, "uml-smp");
}

static void __attribute__((noreturn)) be_victim(struct life *life, bool way)
{
	struct life second = *life;
	int null = open("/dev/null", O_RDWR);
	pthread_t thread;

	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	while (way) {
		go_a_way(life);
		step(life->told);
	}
	second.random[0] ^= 0x5a5a;
	if (pick(life->random, 2) && may_have_threads())
		pthread_create(&thread, NULL, live, &second);
	live(life);
	abort(); /* It does not return. */
}

/* --- the one who kills ------------------------------------------------------------- */

static __u64 now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (__u64)now.tv_sec * 1000 + (__u64)now.tv_nsec / 1000000;
}

/* Until the victim has done so many steps, and a little more; false: it does not. */
static bool wait_for_steps(struct container *c, int pidfd, unsigned int steps)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };
	unsigned int more = pick(c->random, 8);
	__u64 until = now_ms() + STALL_MS;

	while (__atomic_load_n(&c->told->steps, __ATOMIC_RELAXED) < steps) {
		if (poll(&ended, 1, 0) == 1)
			return true;
		if (now_ms() > until)
			return false;
		sched_yield();
	}
	while (more--)
		sched_yield();
	return true;
}

/* It and what it started. True: gone by nothing but that. */
static void end_victim(struct container *c, int pidfd, bool all)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };
	siginfo_t info = { 0 };

	if (!all)
		pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
	else if (gnv_cgroup_kill(c->victims, NULL) < 0)
		c->told->stalled++;
	if (poll(&ended, 1, STALL_MS) != 1 || waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED))
		c->told->stalled++;
	else if (info.si_code == CLD_KILLED && info.si_status == SIGKILL)
		c->told->killed++;
	else
		c->told->faults++;
	close(pidfd);
	/* Processes of its own. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static void run_cycle(struct container *c, __u32 who)
{
	struct life life = { .told = c->told, .who = who };
	unsigned int steps = pick(c->random, STEPS);
	bool way = !pick(c->random, 4), all = way || pick(c->random, 2);
	int pidfd = -1;
	pid_t pid;

	for (int i = 0; i < 3; i++)
		life.random[i] = (unsigned short)pick(c->random, 65536);
	__atomic_store_n(&c->told->steps, 0, __ATOMIC_RELAXED);
	pid = gnv_clone(0, c->victims_fd, &pidfd);
	if (pid == 0)
		be_victim(&life, way);
	if (pid < 0) {
		c->told->stalled++;
		return;
	}
	/* A way is one step, and a long one: somewhere in it, or in the next. */
	if (!way && !wait_for_steps(c, pidfd, steps))
		c->told->stalled++;
	for (; way && steps; steps--)
		sched_yield();
	end_victim(c, pidfd, all);
}

/* The victims of a round in one container; others have theirs at the same time. */
static void run_round(struct container *c, unsigned int cycles, unsigned int first)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned int i = 0; i < cycles; i++)
		run_cycle(c, first + i);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* --- survivors ----------------------------------------------------------------------- */

/* Answers each byte with whether its memory is as it left it. */
static void survive(int socket, __u32 who)
{
	struct rm_map map;
	struct world w;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sweep_world_none(&w);
	for (unsigned int at = STAGE_CONTROL; at <= STAGE_MAPPED; at++)
		if (sweep_world_stage(&w, (enum stage)at) != NV_OK)
			_exit(1);
	if (rm_memory_map(&w.gpu, w.memory, 0, PIECE_BYTES, &map) != NV_OK)
		_exit(1);
	canary_write(map.address, PIECE_BYTES, who);
	while (read(socket, &byte, 1) == 1) {
		byte = canary_kept(map.address, PIECE_BYTES, who) ? 'y' : 'n';
		if (write(socket, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

static bool survivor_is_well(const struct container *c)
{
	char byte = '?';

	return write(c->socket, &byte, 1) == 1 && read(c->socket, &byte, 1) == 1 &&
	       byte == 'y';
}

static bool open_container(const char *path, unsigned int seed)
{
	struct container *c = &containers[ncontainers];
	int ends[2], pidfd = -1, dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	__u32 who = SURVIVOR | ncontainers++;

	snprintf(c->victims, sizeof(c->victims), "%s/victims", path);
	mkdir(c->victims, 0755);
	c->victims_fd = open(c->victims, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	c->told = mmap(NULL, sizeof(*c->told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	c->random[0] = (unsigned short)ncontainers;
	c->random[1] = (unsigned short)seed;
	c->random[2] = (unsigned short)(seed >> 16);
	if (dir < 0 || c->victims_fd < 0 || c->told == MAP_FAILED ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		perror(path);
		return false;
	}
	c->survivor = gnv_clone(0, dir, &pidfd);
	if (c->survivor == 0) {
		close(ends[0]);
		survive(ends[1], who);
	}
	close(ends[1]);
	close(dir);
	close(pidfd);
	c->socket = ends[0];
	return c->survivor > 0 && survivor_is_well(c);
}

/* Ends when its socket does. */
static void close_containers(void)
{
	for (unsigned int i = 0; i < ncontainers; i++)
		close(containers[i].socket);
	for (unsigned int i = 0; i < ncontainers; i++)
		waitpid(containers[i].survivor, NULL, 0);
	/* From below, for one may be in another. */
	while (ncontainers--)
		rmdir(containers[ncontainers].victims);
}

/* --- what is left -------------------------------------------------------------------- */

/* What the kernel has taken for itself; of slabs the objects, not the pages. */
struct memory {
	long long slab;
	long long kernel;
};

static long long slab_bytes(void)
{
	FILE *f = fopen("/proc/slabinfo", "re");
	long long objects, size, sum = 0;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %lld %*d %lld", &objects, &size) == 2)
			sum += objects * size;
	if (f)
		fclose(f);
	return sum;
}

static struct memory kernel_memory(void)
{
	static const struct {
		const char *name;
		int sign;
	} parts[] = {
		{ "MemTotal:", 1 }, { "MemFree:", -1 },	     { "Buffers:", -1 },
		{ "Cached:", -1 },  { "SReclaimable:", -1 }, { "AnonPages:", -1 },
	};
	struct memory memory = { 0 };
	char line[128], name[64];
	FILE *f;
	int file = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	/* What the kernel keeps of files that are no more. */
	if (file < 0 || write(file, "3", 1) != 1)
		perror("drop caches");
	close(file);
	f = fopen("/proc/meminfo", "re");
	while (f && fgets(line, sizeof(line), f)) {
		long long kib;

		if (sscanf(line, "%63s %lld", name, &kib) != 2)
			continue;
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			if (!strcmp(name, parts[i].name))
				memory.kernel += parts[i].sign * kib * (long long)KIB;
	}
	if (f)
		fclose(f);
	memory.slab = slab_bytes();
	return memory;
}

static void take_lowest(struct memory *lowest, struct memory now)
{
	if (!lowest->kernel || now.slab < lowest->slab)
		lowest->slab = now.slab;
	if (!lowest->kernel || now.kernel < lowest->kernel)
		lowest->kernel = now.kernel;
}

static struct told sum_told(void)
{
	struct told sum = { 0 };

	for (unsigned int i = 0; i < ncontainers; i++) {
		const struct told *told = containers[i].told;

		sum.scanned_bytes += told->scanned_bytes;
		sum.canary_bytes += told->canary_bytes;
		sum.killed += told->killed;
		sum.faults += told->faults;
		sum.stalled += told->stalled;
	}
	return sum;
}

/* In each container its part, side by side. */
static void play_round(unsigned int done, unsigned int cycles)
{
	pid_t killers[CONTAINERS_MAX];

	fflush(stdout);
	for (unsigned int i = 0; i < ncontainers; i++) {
		unsigned int part = cycles / ncontainers + (i < cycles % ncontainers);

		killers[i] = fork();
		if (killers[i] == 0) {
			run_round(&containers[i], part, done + i * cycles);
			_exit(0);
		}
		/* The round draws in a copy: the next one is to draw others. */
		containers[i].random[0] += 0x101;
	}
	for (unsigned int i = 0; i < ncontainers; i++)
		waitpid(killers[i], NULL, 0);
}

static int soak(unsigned int cycles)
{
	unsigned int round = cycles < ROUND * ROUNDS_MIN ? cycles / ROUNDS_MIN + 1 : ROUND;
	unsigned int changed = 0, harmed = 0, done = 0;
	struct memory now, first = { 0 }, second = { 0 };
	char before[SWEEP_STATE_MAX];
	__u64 started = now_ms();
	struct told sum;

	sweep_state(before);
	while (done < cycles) {
		unsigned int part = cycles - done < round ? cycles - done : round;
		bool well = true;

		play_round(done, part);
		done += part;
		changed += !sweep_state_is(before);
		for (unsigned int i = 0; i < ncontainers; i++)
			well &= survivor_is_well(&containers[i]);
		harmed += !well;
		now = kernel_memory();
		take_lowest(done <= cycles / 2 ? &first : &second, now);
		sum = sum_told();
		say("# %u of %u in %llu s: killed %llu, faults %llu, stalled %llu, canary bytes "
		    "%llu of %llu, changed %u, harmed %u, slab %lld KiB, kernel %lld KiB",
		    done, cycles, (now_ms() - started) / 1000, sum.killed, sum.faults,
		    sum.stalled, sum.canary_bytes, sum.scanned_bytes, changed, harmed,
		    now.slab / (long long)KIB, now.kernel / (long long)KIB);
	}
	say("killed=%llu", sum.killed);
	say("faults=%llu", sum.faults);
	say("stalled=%llu", sum.stalled);
	say("scanned_bytes=%llu", sum.scanned_bytes);
	say("canary_bytes=%llu", sum.canary_bytes);
	say("changed=%u", changed);
	say("harmed=%u", harmed);
	say("slab_grew=%lld", second.slab - first.slab);
	say("kernel_grew=%lld", second.kernel - first.kernel);
	return sum.faults || sum.stalled || sum.canary_bytes || changed || harmed;
}

static void __attribute__((noreturn)) live_on(unsigned int seed)
{
	static struct told told;
	struct life life = {
		.told = &told,
		.random = { 0, (unsigned short)seed, (unsigned short)(seed >> 16) },
	};

	be_victim(&life, false);
}

int main(int argc, char **argv)
{
	unsigned long cycles = argc > 3 ? strtoul(argv[1], NULL, 10) : 0;
	char empty[SWEEP_STATE_MAX];
	int bad;

	if (argc == 3 && !strcmp(argv[1], "--live"))
		live_on((unsigned int)strtoul(argv[2], NULL, 10));
	if (!cycles || cycles > 100000000 || argc > 3 + CONTAINERS_MAX) {
		fputs(help, stderr);
		return 2;
	}
	if (!sweep_state_init())
		return 2;
	sweep_state(empty);
	for (int i = 3; i < argc; i++)
		if (!open_container(argv[i], (unsigned int)strtoul(argv[2], NULL, 10)))
			return 2;
	bad = soak((unsigned int)cycles);
	close_containers();
	if (!sweep_state_is(empty))
		bad = 1;
	return bad;
}
