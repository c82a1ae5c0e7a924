// SPDX-License-Identifier: MIT
/*
 * rmload: keeps a GPU busy with timed kernels for a while, by its doorbell, and says
 * how much of the engine's time it got.
 */
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"

#include "lib/queues.h"

#define QUEUES_MAX 1024
#define DEPTH	   200
#define LATENCIES  4096
#define DONE	   512
#define DRAIN_NS   20000000000ull
#define LOOK_NS	   50000
#define MARK_NS	   100000

static const char help[] =
	"rmload [OPTION...] SECONDS\n"
	"\n"
	"Loads the GPU from its start until so many seconds after SIGUSR1, or SIGTERM, and\n"
	"counts from SIGUSR1 on.\n"
	"\n"
	"  --kernel-us=N  how long a kernel runs (default 1000)\n"
	"  --idle-us=N    one kernel at a time, and nothing for so long behind each, or for\n"
	"                 half to one and a half times as long with --seed\n"
	"  --seed=N       for these times, from 1 on\n"
	"  --later        nothing until SIGUSR1\n"
	"  --queues=N     channel groups, 1 to 1024 (default 1)\n"
	"  --fuss-us=N    makes one more, and frees it, every so often\n"
	"  --gpu=N        which GPU of those that are seen, from 0 (default 0)\n"
	"\n"
	"Prints ready=1 when all is made, and at the end:\n"
	"  kernels     that ended, and were counted\n"
	"  run_us      how long these ran\n"
	"  span_us     since SIGUSR1\n"
	"  total_us    how long all ran, what was not counted too\n"
	"  ended       all, or some: of what was submitted, within some seconds more\n"
	"  requests    with --idle-us: of how many the time is known, and what they took:\n"
	"  p50_us, p99_us  from GP_PUT to the end, by the GPU's clock\n"
	"  first_us    with --later: so of the first kernel\n";

struct options_load {
	struct options options;
	__u64 ns;
	__u64 kernel_ns;
	__u64 idle_ns;
	__u64 seed;
	__u64 fuss_ns;
	bool later;
	unsigned int queues;
};

/* A queue with a descriptor and a semaphore that counts what has ended. */
struct lane {
	struct queue queue;
	struct queue_buffer page;
	__u32 submitted;
};

static volatile sig_atomic_t stopped, counted;

static void take(int signal)
{
	if (signal == SIGTERM)
		stopped = 1;
	else
		counted = 1;
}

/* When counting began; until then it has not. */
static bool goes_on(__u64 *from_ns, __u64 ns)
{
	__u64 now_ns = queue_now_ns();

	if (!*from_ns && counted)
		*from_ns = now_ns;
	return !stopped && (!*from_ns || now_ns < *from_ns + ns);
}

static __u32 done(const struct lane *lane)
{
	return *queue_word(&lane->page, DONE);
}

/* A kernel, and what tells that it ended, and when. */
static void prepare(struct lane *lane)
{
	queue_launch(&lane->queue, lane->page.address);
	queue_stamp(&lane->queue, lane->page.address + DONE, ++lane->submitted);
	queue_entry(&lane->queue);
}

static void submit(struct lane *lane)
{
	prepare(lane);
	queue_ring(&lane->queue);
}

static void nap(__u64 ns)
{
	struct timespec time = { .tv_sec = (time_t)(ns / 1000000000),
				 .tv_nsec = (long)(ns % 1000000000) };

	nanosleep(&time, NULL);
}

static __u32 lane_open(struct queue_space *space, struct lane *lane, __u64 kernel_ns)
{
	__u32 status = queue_make(space, NV2080_ENGINE_TYPE_GRAPHICS, 256, true, &lane->queue);

	if (status == NV_OK)
		status = queue_buffer_make(space, false, 4096, &lane->page);
	if (status == NV_OK)
		queue_describe(&lane->page, 0, kernel_ns);
	return status;
}

static __u64 all_done(const struct lane *lanes, unsigned int count)
{
	__u64 sum = 0;

	for (unsigned int i = 0; i < count; i++)
		sum += done(&lanes[i]);
	return sum;
}

static void fill(struct lane *lanes, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		while (lanes[i].submitted - done(&lanes[i]) < DEPTH)
			submit(&lanes[i]);
}

/* How many kernels had ended, and when. */
struct mark {
	__u64 kernels;
	__u64 ns;
};

/* One belongs to the other, however long this program has no processor in between. */
static struct mark mark(const struct lane *lanes, unsigned int count)
{
	struct mark mark;
	unsigned int tries = 0;

	do {
		mark.ns = queue_now_ns();
		mark.kernels = all_done(lanes, count);
	} while (queue_now_ns() - mark.ns > MARK_NS && ++tries < 100);
	return mark;
}

/* All lanes are kept full. */
static void flood(struct lane *lanes, const struct options_load *load, struct mark *from)
{
	bool counts = from->ns;

	while (goes_on(&from->ns, load->ns)) {
		if (from->ns && !counts)
			*from = mark(lanes, load->queues);
		counts = from->ns;
		fill(lanes, load->queues);
		nap(counts ? load->kernel_ns * DEPTH / 2 : 5000000);
	}
}

/* Nothing until it counts, and then all at once. */
static void begin_later(struct lane *lanes, const struct options_load *load, __u64 *from_ns)
{
	while (goes_on(from_ns, load->ns) && !*from_ns)
		nap(1000000);
	fill(lanes, load->queues);
	while (!all_done(lanes, load->queues) && goes_on(from_ns, load->ns))
		nap(LOOK_NS);
	say("first_us=%llu", (unsigned long long)(queue_now_ns() - *from_ns) / 1000);
}

static int compare(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return x < y ? -1 : x > y;
}

static __u64 pause_ns(const struct options_load *load, __u64 *seed)
{
	if (!*seed)
		return load->idle_ns;
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return load->idle_ns / 2 + load->idle_ns / 1000 * (*seed % 1000);
}

/* The GPU's clock shows the time of day. */
static __u64 gpu_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (__u64)now.tv_sec * 1000000000 + (__u64)now.tv_nsec;
}

/*
 * One request after the other.  One that was there nobody knows since when, as this program
 * had no processor in between, does not count.
 */
static void ask(struct lane *lane, const struct options_load *load, __u64 *from_ns)
{
	static __u64 took_ns[LATENCIES];
	__u64 seed = load->seed;
	unsigned int n = 0;

	while (goes_on(from_ns, load->ns)) {
		bool counts = *from_ns;
		__u64 start_ns, put_ns;

		prepare(lane);
		start_ns = gpu_now_ns();
		queue_put(&lane->queue);
		put_ns = gpu_now_ns();
		queue_ring(&lane->queue);
		while (done(lane) != lane->submitted && goes_on(from_ns, load->ns))
			nap(LOOK_NS);
		if (counts && n < LATENCIES && done(lane) == lane->submitted &&
		    put_ns - start_ns < MARK_NS)
			took_ns[n++] = *(volatile __u64 *)queue_word(&lane->page, DONE + 8) -
				       start_ns;
		nap(pause_ns(load, &seed));
	}
	qsort(took_ns, n, sizeof(took_ns[0]), compare);
	say("requests=%u", n);
	say("p50_us=%llu", n ? (unsigned long long)took_ns[n / 2] / 1000 : 0);
	say("p99_us=%llu", n ? (unsigned long long)took_ns[n * 99 / 100] / 1000 : 0);
}

/* What a thread of its own does over and over, until it is over. */
struct fuss {
	struct queue_space *space;
	__u64 ns;
	atomic_bool over;
	pthread_t thread;
};

static void *make_fuss(void *data)
{
	struct fuss *fuss = data;
	struct session *s = fuss->space->s;
	struct NV_CHANNEL_GROUP_ALLOCATION_PARAMETERS params = {
		.hVASpace = fuss->space->vaspace,
		.engineType = NV2080_ENGINE_TYPE_GRAPHICS,
	};
	__u32 group;

	while (!fuss->over) {
		group = 0;
		if (rm_alloc(&s->rm, s->gpu.device, &group, KEPLER_CHANNEL_GROUP_A, &params,
			     sizeof(params)) == NV_OK)
			rm_free(&s->rm, s->gpu.device, group);
		nap(fuss->ns);
	}
	return NULL;
}

static int fuss_begin(struct fuss *fuss, struct queue_space *space, __u64 ns)
{
	*fuss = (struct fuss){ .space = space, .ns = ns };
	return ns ? pthread_create(&fuss->thread, NULL, make_fuss, fuss) : 0;
}

static void fuss_end(struct fuss *fuss)
{
	fuss->over = true;
	if (fuss->ns)
		pthread_join(fuss->thread, NULL);
}

/* What is under way ends too, if anything does. */
static bool all_end(const struct lane *lanes, unsigned int count)
{
	__u64 until_ns = queue_now_ns() + DRAIN_NS;

	for (unsigned int i = 0; i < count; i++)
		while (done(&lanes[i]) != lanes[i].submitted) {
			if (queue_now_ns() > until_ns)
				return false;
			nap(1000000);
		}
	return true;
}

static int run(const struct options_load *load, const struct queue_card *card)
{
	static struct lane lanes[QUEUES_MAX];
	struct queue_space space;
	struct fuss fuss;
	struct mark from = { 0 }, to;
	struct session s;
	__u32 status;

	if (session_open(&s, &load->options))
		return 1;
	status = queue_space_make(&s, card, &space);
	for (unsigned int i = 0; status == NV_OK && i < load->queues; i++)
		status = lane_open(&space, &lanes[i], load->kernel_ns);
	if (status != NV_OK)
		return fail("queues", status);
	if (fuss_begin(&fuss, &space, load->fuss_ns))
		return 1;
	say("ready=1");
	if (load->later)
		begin_later(lanes, load, &from.ns);
	if (load->idle_ns)
		ask(lanes, load, &from.ns);
	else
		flood(lanes, load, &from);
	to = mark(lanes, load->queues);
	if (!from.ns)
		from = to;
	to.kernels -= from.kernels;
	fuss_end(&fuss);
	say("kernels=%llu", (unsigned long long)to.kernels);
	say("run_us=%llu", (unsigned long long)(to.kernels * load->kernel_ns / 1000));
	say("span_us=%lld", (long long)(to.ns - from.ns) / 1000);
	say("ended=%s", all_end(lanes, load->queues) ? "all" : "some");
	say("total_us=%llu", (unsigned long long)(all_done(lanes, load->queues) *
						  load->kernel_ns / 1000));
	for (unsigned int i = 0; i < load->queues; i++)
		queue_free(&lanes[i].queue);
	session_close(&s);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "kernel-us", required_argument, NULL, 'k' },
		{ "idle-us", required_argument, NULL, 'i' },
		{ "seed", required_argument, NULL, 's' },
		{ "later", no_argument, NULL, 'l' },
		{ "queues", required_argument, NULL, 'q' },
		{ "fuss-us", required_argument, NULL, 'f' },
		{ "gpu", required_argument, NULL, 'g' },
		{ NULL, 0, NULL, 0 },
	};
	struct options_load load = {
		.options = { .devices = "/dev", .via = RM_VIA_ALLOC64 },
		.kernel_ns = 1000000,
		.queues = 1,
	};
	const struct queue_card *card = queue_card_find("ada");
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (option == 'k')
			load.kernel_ns = strtoull(optarg, NULL, 10) * 1000;
		else if (option == 'i')
			load.idle_ns = strtoull(optarg, NULL, 10) * 1000;
		else if (option == 's')
			load.seed = strtoull(optarg, NULL, 10) * 0x9e3779b97f4a7c15ull | 1;
		else if (option == 'l')
			load.later = true;
		else if (option == 'q')
			load.queues = (unsigned int)strtoul(optarg, NULL, 10);
		else if (option == 'f')
			load.fuss_ns = strtoull(optarg, NULL, 10) * 1000;
		else if (option == 'g')
			load.options.gpu = (unsigned int)strtoul(optarg, NULL, 10);
		else
			break;
	}
	if (option != -1 || optind + 1 != argc || !load.queues || load.queues > QUEUES_MAX) {
		fputs(help, stderr);
		return 2;
	}
	load.ns = (__u64)(strtod(argv[optind], NULL) * 1e9);
	signal(SIGTERM, take);
	signal(SIGUSR1, take);
	return run(&load, card);
}
