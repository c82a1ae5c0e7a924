// SPDX-License-Identifier: MIT
/* The command of rmqueue about records of context switches. See queues.h. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "nvabi/nvctrl.h"
#include "nvabi/nvstatus.h"

#include "queues.h"
#include "tenant.h"
#include "trace.h"

#define PLACES 1024
#define FEW_PLACES 8
#define NOBODY 65534

#define START NV_EVENT_BUFFER_FECS_CTXSWTAG_SIMPLE_START
#define END NV_EVENT_BUFFER_FECS_CTXSWTAG_SIMPLE_END
#define KEEP_OLDEST NV_EVENT_BUFFER_FLAG_OVERFLOW_POLICY_KEEP_OLDEST
#define KEEP_NEWEST NV_EVENT_BUFFER_FLAG_OVERFLOW_POLICY_KEEP_NEWEST

/* A reader, two whom it reads of, and what it has read. */
struct scene {
	struct session *s;
	struct trace trace;
	struct tenant a;
	struct tenant b;
	struct NV_EVENT_BUFFER_FECS_RECORD_V2 records[PLACES];
	__u32 count;
};

static void pause_ms(unsigned int ms)
{
	struct timespec time = { .tv_nsec = ms * 1000000L };

	nanosleep(&time, NULL);
}

/* What the driver asks of the memory of a buffer, and of calls to one. */
static int look_at_calls(struct session *s)
{
	struct trace trace = { .s = s, .places = FEW_PLACES };
	struct rm_map map;
	int bad = 0;

	bad |= check("memory_is_made",
		     trace_memory(s, 4096, false, &trace.header) == NV_OK &&
			     trace_memory(s, 4096, false, &trace.records) == NV_OK);
	bad |= check("writable_memory_is_refused", trace_buffer(&trace) == NV_ERR_INVALID_ARGUMENT);
	rm_free(&s->rm, s->rm.client, trace.header);
	rm_free(&s->rm, s->rm.client, trace.records);
	if (trace_open(s, FEW_PLACES, &trace) != NV_OK)
		return check("buffer_is_made", false);
	bad |= check("is_not_mapped_to_write",
		     rm_memory_map_client(&s->rm, trace.header, 32, true, &map) ==
			     NV_ERR_INVALID_ARGUMENT);
	bad |= check("is_not_of_the_device", rm_memory_map_host(&s->gpu, trace.header, 0, 32,
								&map) ==
						     NV_ERR_INVALID_OBJECT_PARENT);
	bad |= check("policy_is_looked_at",
		     trace_enable(&trace, true, 4) == NV_ERR_INVALID_ARGUMENT);
	bad |= check("place_is_looked_at",
		     trace_set_get(&trace, FEW_PLACES) == NV_ERR_INVALID_ARGUMENT);
	trace_close(&trace);
	return bad;
}

static int look_at_cids(struct scene *scene)
{
	struct rm *rm = &scene->s->rm;
	struct NV2080_CTRL_FIFO_QUERY_CHANNEL_UNIQUE_ID_PARAMS p = {
		.hClients = { rm->client, rm->client },
		.hChannels = { scene->a.queue.channel, scene->b.queue.channel },
		.numChannels = 2,
	};
	__u32 status = rm_control(rm, scene->s->gpu.subdevice,
				  NV2080_CTRL_CMD_FIFO_QUERY_CHANNEL_UNIQUE_ID, &p, sizeof(p));
	int bad;

	bad = check("channels_have_numbers", scene->a.queue.cid && scene->b.queue.cid &&
						     scene->a.queue.cid != scene->b.queue.cid);
	if (!rm->branch->channel_unique_ids)
		return bad | check("nobody_asks_for_them", status == NV_ERR_NOT_SUPPORTED);
	return bad | check("numbers_are_told",
			   status == NV_OK && p.channelUniqueIDs[0] == scene->a.queue.cid &&
				   p.channelUniqueIDs[1] == scene->b.queue.cid);
}

static void read_records(struct scene *scene)
{
	scene->count = trace_read(&scene->trace, scene->records, PLACES);
}

/* Are the records such as "+a -a +b": begin of a, its end, begin of b. */
static bool reads(struct scene *scene, const char *want)
{
	const struct NV_EVENT_BUFFER_FECS_RECORD_V2 *at = scene->records;
	__u32 count = 0;

	read_records(scene);
	for (; *want; want += want[2] ? 3 : 2) {
		const struct tenant *who = want[1] == 'a' ? &scene->a : &scene->b;

		if (count++ == scene->count || at->tag != (*want == '+' ? START : END) ||
		    at->context_id != who->queue.cid || at->pid != (__u32)getpid())
			return false;
		at++;
	}
	return count == scene->count;
}

static bool run_one(struct tenant *tenant)
{
	tenant_run(tenant);
	return tenant_is_done(tenant);
}

/* Each begin has its end, of the same context and later, and nothing is missing. */
static bool alternate(const struct scene *scene)
{
	const struct NV_EVENT_BUFFER_FECS_RECORD_V2 *at = scene->records;

	for (__u32 i = 0; i < scene->count; i++, at++) {
		if (at->tag != (i % 2 ? END : START) || at->pid != (__u32)getpid() ||
		    (at->context_id != scene->a.queue.cid && at->context_id != scene->b.queue.cid))
			return false;
		if (i && (at->timestamp < at[-1].timestamp ||
			  at->seqno != (__u16)(at[-1].seqno + 1)))
			return false;
		if (i % 2 && at->context_id != at[-1].context_id)
			return false;
	}
	return scene->count && scene->count % 2 == 0;
}

/* How long one was loaded between two times. */
static __u64 loaded_ns(const struct scene *scene, const struct tenant *tenant, __u64 from,
		       __u64 to)
{
	__u64 sum = 0;

	for (__u32 i = 0; i + 1 < scene->count; i += 2) {
		__u64 begin = scene->records[i].timestamp, end = scene->records[i + 1].timestamp;

		begin = begin > from ? begin : from;
		end = end < to ? end : to;
		if (scene->records[i].context_id == tenant->queue.cid && begin < end)
			sum += end - begin;
	}
	return sum;
}

/* As much as its kernels that ended then took, but for those at begin and end. */
static bool is_kernels_time(const struct scene *scene, const struct tenant *tenant, __u64 from,
			    __u64 to)
{
	__u64 kernels = KERNEL_NS * (__u64)(tenant_ended_until(tenant, to) -
					    tenant_ended_until(tenant, from));
	__u64 loaded = loaded_ns(scene, tenant, from, to);

	say("loaded_us=%llu", (unsigned long long)loaded / 1000);
	return loaded + 2 * KERNEL_NS > kernels && loaded < kernels + 2 * KERNEL_NS;
}

/* While both have something to do, the time of both together is all of it. */
static int look_at_times(struct scene *scene)
{
	const struct tenant *a = &scene->a, *b = &scene->b;
	struct queue_buffer gate;
	__u64 from, to, sum;
	int bad = 0;

	if (queue_buffer_make(scene->a.queue.space, false, 4096, &gate) != NV_OK ||
	    queue_timeslice(&scene->a.queue, 4000) != NV_OK ||
	    queue_timeslice(&scene->b.queue, 2000) != NV_OK)
		return check("gate_is_made", false);
	tenant_load(&scene->a, gate.address);
	tenant_load(&scene->b, gate.address);
	*queue_word(&gate, 0) = 1;
	bad |= check("both_end", tenant_is_done(a) && tenant_is_done(b));
	queue_preempt(&scene->a.queue);
	queue_preempt(&scene->b.queue);
	queue_buffer_free(scene->a.queue.space, &gate);
	read_records(scene);
	bad |= check("records_alternate", alternate(scene));
	from = tenant_stamp(a, 0) > tenant_stamp(b, 0) ? tenant_stamp(a, 0) : tenant_stamp(b, 0);
	to = tenant_stamp(a, KERNELS - 1);
	if (to > tenant_stamp(b, KERNELS - 1))
		to = tenant_stamp(b, KERNELS - 1);
	bad |= check("time_is_the_kernels", is_kernels_time(scene, a, from, to) &&
						    is_kernels_time(scene, b, from, to));
	sum = loaded_ns(scene, a, from, to) + loaded_ns(scene, b, from, to);
	bad |= check("time_is_all_there_was", sum == to - from && sum > KERNELS * KERNEL_NS);
	return bad;
}

/* What has nothing to do stays loaded until somebody else comes or it is taken off. */
static int look_at_idle(struct scene *scene)
{
	int bad = 0;

	bad |= check("one_runs", run_one(&scene->a));
	pause_ms(100);
	bad |= check("idle_stays_loaded", reads(scene, "+a"));
	bad |= check("it_runs_again", run_one(&scene->a));
	bad |= check("again_is_not_told", reads(scene, ""));
	bad |= check("other_runs", run_one(&scene->b));
	bad |= check("other_takes_its_place", reads(scene, "-a +b"));
	bad |= check("is_preempted", queue_preempt(&scene->b.queue) == NV_OK);
	bad |= check("preempted_is_unloaded", reads(scene, "-b"));
	bad |= check("nothing_is_preempted", queue_preempt(&scene->b.queue) == NV_OK);
	bad |= check("nothing_is_told", reads(scene, ""));
	bad |= check("other_runs_again", run_one(&scene->b));
	bad |= check("preempted_is_loaded_again", reads(scene, "+b"));
	bad |= check("is_disabled", queue_disable(&scene->b.queue, true) == NV_OK &&
					    queue_disable(&scene->b.queue, false) == NV_OK);
	bad |= check("disabled_is_unloaded", reads(scene, "-b"));
	bad |= check("one_runs_then", run_one(&scene->a));
	bad |= check("is_unscheduled",
		     queue_schedule_group(&scene->a.queue, false) == NV_OK &&
			     queue_schedule_group(&scene->a.queue, true) == NV_OK);
	bad |= check("unscheduled_is_unloaded", reads(scene, "+a -a"));
	return bad;
}

/* Nobody asks for them: the driver brings them by itself. */
static int look_at_timer(struct scene *scene)
{
	__u32 put = trace_header(&scene->trace).recordPut;
	unsigned int looks = 0;
	int bad;

	bad = check("one_runs_unasked", run_one(&scene->a));
	while (trace_header(&scene->trace).recordPut == put && looks++ < 1000)
		pause_ms(10);
	bad |= check("records_come_unasked", looks < 1000);
	queue_preempt(&scene->a.queue);
	return bad | check("unasked_are_the_same", reads(scene, "+a -a"));
}

/* Makes 2 * @times records. */
static bool run_and_preempt(struct tenant *tenant, unsigned int times)
{
	while (times--)
		if (!run_one(tenant) || queue_preempt(&tenant->queue) != NV_OK)
			return false;
	return true;
}

/* A buffer of eight has room for seven. */
static int look_at_drops(struct scene *scene)
{
	struct NV_EVENT_BUFFER_FECS_RECORD_V2 records[FEW_PLACES];
	struct trace few;
	int bad = 0;

	if (trace_open(scene->s, FEW_PLACES, &few) != NV_OK || trace_bind(&few, true) != NV_OK)
		return check("small_buffer_is_bound", false);
	bad |= check("runs_before_it_is_enabled", run_and_preempt(&scene->a, 1));
	bad |= check("disabled_takes_nothing",
		     trace_flush(&few) == NV_OK && !trace_header(&few).recordPut);
	bad |= check("keeps_oldest", trace_enable(&few, true, KEEP_OLDEST) == NV_OK &&
					     run_and_preempt(&scene->a, 5) &&
					     trace_flush(&few) == NV_OK);
	bad |= check("drops_are_counted", trace_header(&few).recordPut == FEW_PLACES - 1 &&
						  trace_header(&few).recordDropcount == 3);
	bad |= check("oldest_are_kept", trace_read(&few, records, FEW_PLACES) == FEW_PLACES - 1 &&
						records[0].tag == START && records[0].seqno == 2 &&
						records[6].seqno == 8);
	bad |= check("drops_are_counted_anew", trace_header(&few).recordDropcount == 0);
	bad |= check("keeps_newest", trace_enable(&few, true, KEEP_NEWEST) == NV_OK &&
					     run_and_preempt(&scene->a, 5) &&
					     trace_flush(&few) == NV_OK);
	/* Ten more went round: the place before that of the next has the last. */
	bad |= check("newest_go_round", trace_header(&few).recordPut == 1 &&
						!trace_header(&few).recordDropcount);
	bad |= check("newest_are_kept", trace_set_get(&few, 0) == NV_OK &&
						trace_header(&few).recordCount == 1 &&
						trace_read(&few, records, FEW_PLACES) == 1 &&
						records[0].tag == END && records[0].seqno == 21);
	trace_close(&few);
	/* The other buffer had them all. */
	read_records(scene);
	return bad | check("others_lose_nothing", alternate(scene) && scene->count == 22);
}

/* What a user sees who is nobody: that there was something, or nothing at all. */
static bool sees_nothing(const struct options *options, int ready, int go)
{
	struct NV_EVENT_BUFFER_FECS_RECORD_V2 records[PLACES];
	struct trace all, own;
	struct session s;
	char byte = 0;
	__u32 count;

	if (setgid(NOBODY) || setuid(NOBODY) || session_open(&s, options) ||
	    trace_open(&s, PLACES, &all) != NV_OK || trace_open(&s, PLACES, &own) != NV_OK ||
	    trace_bind(&all, true) != NV_OK || trace_bind(&own, false) != NV_OK ||
	    trace_enable(&all, true, KEEP_OLDEST) != NV_OK ||
	    trace_enable(&own, true, KEEP_OLDEST) != NV_OK ||
	    write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 1)
		return false;
	count = trace_read(&all, records, PLACES);
	for (__u32 i = 0; i < count; i++)
		if (records[i].pid != NV_EVENT_BUFFER_HIDDEN_PID ||
		    records[i].context_id != NV_EVENT_BUFFER_HIDDEN_CONTEXT ||
		    records[i].tag != (i % 2 ? END : START))
			return false;
	return count == 4 && trace_read(&own, records, PLACES) == 0;
}

static int look_at_others(struct scene *scene)
{
	int ready[2], go[2], status = -1, bad = 0;
	char byte = 0;
	pid_t child;

	if (pipe(ready) || pipe(go))
		return check("pipes_are_made", false);
	child = fork();
	if (!child)
		_exit(!sees_nothing(scene->s->options, ready[1], go[0]));
	close(ready[1]);
	close(go[0]);
	bad |= check("another_user_reads", child > 0 && read(ready[0], &byte, 1) == 1);
	bad |= check("it_reads_of_runs", run_and_preempt(&scene->a, 1) &&
						 run_and_preempt(&scene->b, 1));
	bad |= check("it_is_told", write(go[1], &byte, 1) == 1);
	waitpid(child, &status, 0);
	close(ready[0]);
	close(go[1]);
	bad |= check("another_user_sees_nobody", status == 0);
	return bad | check("root_sees_all", reads(scene, "+a -a +b -b"));
}

/* The engine lets go of who was at fault a moment after it has told. */
static bool comes_to_have(struct trace *trace, __u32 count)
{
	struct NV_EVENT_BUFFER_HEADER header;

	for (unsigned int ms = 0; ms < WAIT_MS && trace_flush(trace) == NV_OK; ms += 10) {
		header = trace_header(trace);
		if ((header.recordPut + trace->places - header.recordGet) % trace->places >= count)
			return true;
		pause_ms(10);
	}
	return false;
}

/* A channel that is freed while it is loaded has an end, too. */
static int look_at_ends(struct scene *scene)
{
	__u32 cid = scene->a.queue.cid;
	int bad;

	bad = check("one_is_loaded", run_one(&scene->a));
	tenant_close(&scene->a);
	read_records(scene);
	bad |= check("freed_is_unloaded", alternate(scene) && scene->count == 2 &&
						  scene->records[1].context_id == cid);
	/* An address at which nothing is. */
	queue_copy(&scene->b.queue, 0x7f0000000000ULL, 0x7f0000001000ULL, 4096);
	queue_submit(&scene->b.queue);
	bad |= check("fault_is_told", queue_wait_dead(&scene->b.queue, &cid, WAIT_MS));
	bad |= check("fault_unloads",
		     comes_to_have(&scene->trace, 2) && reads(scene, "+b -b"));
	tenant_close(&scene->b);
	return bad;
}

int queue_does_switches(struct queue_space *space)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	__u32 status;
	int bad;

	if (!scene)
		return fail("memory", NV_ERR_NO_MEMORY);
	scene->s = space->s;
	bad = look_at_calls(space->s);
	status = tenant_open_two(space, &scene->a, &scene->b);
	if (status == NV_OK)
		status = trace_open(space->s, PLACES, &scene->trace);
	if (status == NV_OK)
		status = trace_bind(&scene->trace, true);
	if (status == NV_OK)
		status = trace_enable(&scene->trace, true, KEEP_OLDEST);
	if (status != NV_OK) {
		free(scene);
		return fail("scene", status);
	}
	bad |= look_at_cids(scene);
	bad |= look_at_times(scene);
	bad |= look_at_idle(scene);
	bad |= look_at_timer(scene);
	bad |= look_at_drops(scene);
	bad |= look_at_others(scene);
	/* Killed while it is told, it must leave nothing. */
	if (space->s->options->hold && run_one(&scene->a))
		hold(space->s->options);
	bad |= look_at_ends(scene);
	trace_close(&scene->trace);
	free(scene);
	return bad;
}
