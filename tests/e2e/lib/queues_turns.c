// SPDX-License-Identifier: MIT
/* The commands of rmqueue about turns, faults and what does not end. See queues.h. */
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvos.h"

#include "queues.h"
#include "tenant.h"

int queue_does_share(struct queue_space *space)
{
	struct queue_buffer gate;
	struct tenant a, b;
	__u32 status, half;
	__u64 span;
	int bad = 0;

	status = tenant_open_two(space, &a, &b);
	if (status == NV_OK)
		status = queue_buffer_make(space, false, 4096, &gate);
	if (status == NV_OK)
		status = queue_timeslice(&a.queue, 4000);
	if (status == NV_OK)
		status = queue_timeslice(&b.queue, 2000);
	if (status != NV_OK)
		return fail("tenants", status);
	tenant_load(&a, gate.address);
	tenant_load(&b, gate.address);
	*queue_word(&gate, 0) = 1;
	bad |= check("both_end", tenant_is_done(&a) && tenant_is_done(&b));
	half = tenant_ended_until(&b, tenant_stamp(&a, KERNELS - 1));
	say("kernels_beside=%u", half);
	bad |= check("slices_are_shares", half >= KERNELS / 2 - 5 && half <= KERNELS / 2 + 5);
	span = tenant_stamp(&b, KERNELS - 1) - tenant_stamp(&a, 0);
	say("span_us=%llu", (unsigned long long)span / 1000);
	bad |= check("nothing_is_lost", span < 2 * KERNELS * (KERNEL_NS + 5000ULL));
	tenant_close(&a);
	tenant_close(&b);
	queue_buffer_free(space, &gate);
	return bad;
}

/* Between switching off and on nothing that is submitted runs. */
static int switch_off_and_on(struct tenant *a, __u32 (*set)(struct queue *queue, bool off))
{
	volatile __u32 *done = queue_word(&a->page, DONE);
	int bad = 0;

	bad |= check("is_switched_off", set(&a->queue, true) == NV_OK);
	tenant_run(a);
	bad |= check("does_nothing_then", !queue_wait(done, 1, 50));
	bad |= check("is_switched_on", set(&a->queue, false) == NV_OK);
	bad |= check("goes_on_then", queue_wait(done, 1, WAIT_MS));
	return bad;
}

static __u32 unschedule(struct queue *queue, bool off)
{
	return queue_schedule(queue, !off);
}

static __u32 unschedule_group(struct queue *queue, bool off)
{
	return queue_schedule_group(queue, !off);
}

/* Beside one of a high level, one of a low level gets turns, and not many. */
static int levels(struct tenant *a, struct tenant *b, struct tenant *c)
{
	__u64 gate = c->page.address + STAMPS;
	__u32 ended;
	int bad = 0;

	*queue_word(&a->page, DONE) = 0;
	*queue_word(&b->page, DONE) = 0;
	bad |= check("level_is_set",
		     queue_level(&a->queue, NVA06C_CTRL_INTERLEAVE_LEVEL_HIGH) == NV_OK);
	tenant_load(a, gate);
	tenant_load(b, gate);
	queue_launch(&c->queue, c->page.address + ENDLESS);
	queue_submit(&c->queue);
	*queue_word(&c->page, STAMPS) = 1;
	bad |= check("both_end", tenant_is_done(a) && tenant_is_done(b));
	/* The order is A B A C: A has half of the engine, B a quarter. */
	ended = tenant_ended_until(b, tenant_stamp(a, KERNELS - 1));
	say("kernels_beside=%u", ended);
	bad |= check("level_is_a_share", ended >= KERNELS / 2 - 6 && ended <= KERNELS / 2 + 6);
	return bad;
}

/* Beside an endless kernel with a very long turn, only preempting lets others in. */
static int preempts(struct tenant *endless, struct tenant *other)
{
	volatile __u32 *done = queue_word(&other->page, DONE);
	int bad = 0;

	bad |= check("slice_is_set", queue_timeslice(&endless->queue, 30000000) == NV_OK);
	bad |= check("turn_ends", queue_preempt(&endless->queue) == NV_OK);
	/* The host goes on beside the kernel: this tells that the next turn began. */
	queue_semaphore(&endless->queue, endless->page.address + DONE, 9,
			NVC56F_SEM_EXECUTE_OPERATION_RELEASE);
	queue_submit(&endless->queue);
	bad |= check("turn_begins", queue_wait(queue_word(&endless->page, DONE), 9, WAIT_MS));
	tenant_run(other);
	bad |= check("long_turn_is_kept", !queue_wait(done, 1, 50));
	bad |= check("is_preempted", queue_preempt(&endless->queue) == NV_OK);
	bad |= check("other_comes_in", queue_wait(done, 1, 5000));
	return bad;
}

/*
 * An engine does not wait for a processor: who asks sees all that there was time for,
 * though whatever stands for the engine had none meanwhile.
 */
static int goes_on_alone(struct tenant *a, struct tenant *b, struct queue_buffer *gate)
{
	const struct sched_param urgent = { .sched_priority = 1 }, normal = { 0 };
	__u64 until_ns;
	int bad = 0;

	*queue_word(&a->page, DONE) = 0;
	*queue_word(&b->page, DONE) = 0;
	*queue_word(&a->page, STAMPS) = 0;
	tenant_load(a, gate->address);
	tenant_load(b, gate->address);
	*queue_word(gate, 0) = 1;
	bad |= check("begins", queue_wait(queue_word(&a->page, STAMPS), 1, WAIT_MS));
	bad |= check("is_urgent", !sched_setscheduler(0, SCHED_FIFO, &urgent));
	until_ns = queue_now_ns() + 3ULL * KERNELS * KERNEL_NS;
	while (queue_now_ns() < until_ns)
		;
	bad |= check("is_asked", queue_disable(&a->queue, true) == NV_OK);
	bad |= check("went_on_alone", *queue_word(&a->page, DONE) && *queue_word(&b->page, DONE));
	bad |= check("is_let_on", queue_disable(&a->queue, false) == NV_OK);
	bad |= check("is_normal", !sched_setscheduler(0, SCHED_OTHER, &normal));
	return bad;
}

int queue_does_control(struct queue_space *space)
{
	struct queue_buffer gate;
	struct tenant a, b, c;
	__u32 status = tenant_open_two(space, &a, &b);
	int bad = 0;

	if (status == NV_OK)
		status = tenant_open(space, &c);
	if (status == NV_OK)
		status = queue_buffer_make(space, false, 4096, &gate);
	if (status != NV_OK)
		return fail("tenants", status);
	bad |= switch_off_and_on(&a, queue_disable);
	bad |= switch_off_and_on(&a, unschedule);
	bad |= switch_off_and_on(&a, unschedule_group);
	bad |= goes_on_alone(&a, &b, &gate);
	bad |= levels(&a, &b, &c);
	bad |= preempts(&c, &b);
	tenant_close(&c);
	tenant_close(&a);
	tenant_close(&b);
	queue_buffer_free(space, &gate);
	return bad;
}

/* An event of the channel, on a file of its own; -1 when there is none. */
static int watch(struct queue *queue, __u32 what)
{
	struct session *s = queue->space->s;
	int file = rm_open_node(s->options->devices, "nvidiactl");
	struct nv_ioctl_alloc_os_event_t os = {
		.hClient = s->rm.client,
		.hDevice = s->gpu.device,
		.fd = (__u32)file,
	};
	struct NV0005_ALLOC_PARAMETERS p = {
		.hParentClient = s->rm.client,
		.hSrcResource = queue->channel,
		.hClass = NV01_EVENT_OS_EVENT,
		.notifyIndex = what,
		.data = (__u64)file,
	};
	__u32 event = 0;

	if (rm_ioctl(&s->rm, file, NV_ESC_ALLOC_OS_EVENT, &os, sizeof(os)) != NV_OK ||
	    rm_alloc(&s->rm, queue->channel, &event, NV01_EVENT_OS_EVENT, &p, sizeof(p)) != NV_OK)
		return -1;
	return file;
}

static bool is_told(int file, int ms)
{
	struct pollfd poll_of = { .fd = file, .events = POLLIN };

	return poll(&poll_of, 1, ms) == 1 && poll_of.revents & POLLIN;
}

static void wrong_address(struct queue *queue)
{
	queue_copy(queue, 0x7f0000000000ULL, 0x7f0000001000ULL, 4096);
}

static void wrong_method(struct queue *queue)
{
	queue_method(queue, 0, 0x04, 0);
}

static void wrong_class(struct queue *queue)
{
	queue_method(queue, 3, NVC56F_SET_OBJECT, 0xb0b5);
}

static void wrong_put(struct queue *queue)
{
	queue->put = queue->entries;
}

static void wrong_kernel(struct queue *queue)
{
	queue_launch(queue, queue->push.address & ~0xffULL);
}

/* What each wrong thing is, and the error that it is told as. */
static const struct wrong {
	const char *name;
	void (*does)(struct queue *queue);
	__u32 error;
} wrongs[] = {
	{ "address", wrong_address, ROBUST_CHANNEL_FIFO_ERROR_MMU_ERR_FLT },
	{ "method", wrong_method, ROBUST_CHANNEL_PBDMA_ERROR },
	{ "class", wrong_class, ROBUST_CHANNEL_PBDMA_ERROR },
	{ "put", wrong_put, ROBUST_CHANNEL_PBDMA_ERROR },
	{ "kernel", wrong_kernel, ROBUST_CHANNEL_GR_EXCEPTION },
};

static int one_fault(struct queue_space *space, const struct wrong *wrong)
{
	struct tenant guilty;
	char name[64];
	__u32 error = 0;
	int bad, file;
	bool good;

	if (tenant_open(space, &guilty) != NV_OK)
		return check("tenant", false);
	file = watch(&guilty.queue, NV906F_NOTIFIERS_RC);
	wrong->does(&guilty.queue);
	queue_release(&guilty.queue, guilty.page.address + DONE, 1);
	if (wrong->does == wrong_put)
		queue_ring(&guilty.queue);
	else
		queue_submit(&guilty.queue);
	good = queue_wait_dead(&guilty.queue, &error, WAIT_MS) && error == wrong->error &&
	       *queue_word(&guilty.page, DONE) == 0;
	snprintf(name, sizeof(name), "wrong_%s_is_told", wrong->name);
	bad = check(name, good);
	snprintf(name, sizeof(name), "wrong_%s_wakes", wrong->name);
	bad |= check(name, file >= 0 && is_told(file, 5000));
	snprintf(name, sizeof(name), "wrong_%s_ends_the_channel", wrong->name);
	bad |= check(name, queue_schedule(&guilty.queue, true) == NV_ERR_INVALID_STATE);
	close(file);
	tenant_close(&guilty);
	return bad;
}

int queue_does_fault(struct queue_space *space)
{
	struct queue_buffer from, to;
	struct tenant good;
	__u32 status = tenant_open(space, &good);
	volatile __u32 *word;
	bool same = true;
	int bad = 0, file;

	if (status == NV_OK)
		status = queue_buffer_make(space, false, 1 << 20, &from);
	if (status == NV_OK)
		status = queue_buffer_make(space, true, 1 << 20, &to);
	if (status != NV_OK)
		return fail("tenant", status);
	word = queue_word(&from, 0);
	for (__u32 i = 0; i < 1 << 18; i++)
		word[i] = i * 2654435761u;
	/* Long work beside the faults: kernels, then copies of what is above. */
	for (__u32 i = 0; i < 40; i++) {
		queue_launch(&good.queue, good.page.address + DESCRIPTOR);
		queue_copy(&good.queue, from.address + (i % 16) * 65536,
			   to.address + (i % 16) * 65536, 65536);
	}
	file = watch(&good.queue, NV906F_NOTIFIERS_NONSTALL);
	queue_method(&good.queue, 0, NVC56F_NON_STALL_INTERRUPT, 0);
	queue_release(&good.queue, good.page.address + DONE, 1);
	queue_submit(&good.queue);
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++)
		bad |= one_fault(space, &wrongs[i]);
	bad |= check("other_ends", tenant_is_done(&good));
	for (__u32 i = 0; i < 1 << 18; i++)
		same &= *queue_word(&to, 4 * i) == i * 2654435761u;
	bad |= check("other_is_right_to_the_bit", same);
	bad |= check("other_is_not_told_of_errors",
		     ((volatile struct NvNotification *)good.queue.notifier.map.address)->status ==
			     0);
	bad |= check("interrupt_wakes", file >= 0 && is_told(file, 5000));
	close(file);
	tenant_close(&good);
	queue_buffer_free(space, &from);
	queue_buffer_free(space, &to);
	return bad;
}

int queue_does_full(struct queue_space *space)
{
	struct tenant full, other;
	volatile __u32 *gate, *sum;
	__u32 status = tenant_open_two(space, &full, &other);
	int bad = 0;

	if (status != NV_OK)
		return fail("tenants", status);
	gate = queue_word(&full.page, STAMPS);
	sum = queue_word(&full.page, STAMPS + 64);
	queue_semaphore(&full.queue, full.page.address + STAMPS, 1,
			NVC56F_SEM_EXECUTE_OPERATION_ACQUIRE |
				NVC56F_SEM_EXECUTE_ACQUIRE_SWITCH_TSG_MASK);
	queue_entry(&full.queue);
	for (__u32 i = 1; i < full.queue.entries - 1; i++) {
		queue_semaphore(&full.queue, full.page.address + STAMPS + 64, 1,
				NVC56F_SEM_EXECUTE_OPERATION_REDUCTION |
					NVC56F_SEM_EXECUTE_REDUCTION_IADD
						<< NVC56F_SEM_EXECUTE_REDUCTION_SHIFT);
		queue_entry(&full.queue);
	}
	queue_ring(&full.queue);
	tenant_run(&other);
	bad |= check("other_does_not_wait", tenant_is_done(&other));
	bad |= check("full_one_waits", full.queue.userd->GPGet == 1 && *sum == 0);
	*gate = 1;
	bad |= check("all_entries_run", queue_wait(sum, full.queue.entries - 2, WAIT_MS));
	bad |= check("fifo_is_empty", full.queue.userd->GPGet == full.queue.put);
	/* Round the end of the GPFIFO, and then for ever. */
	queue_release(&full.queue, full.page.address + DONE, 1);
	queue_submit(&full.queue);
	queue_semaphore(&full.queue, full.page.address + STAMPS, 2,
			NVC56F_SEM_EXECUTE_OPERATION_ACQUIRE);
	queue_submit(&full.queue);
	bad |= check("fifo_goes_round", tenant_is_done(&full));
	*queue_word(&other.page, DONE) = 0;
	queue_release(&other.queue, other.page.address + DONE, 1);
	queue_submit(&other.queue);
	bad |= check("dead_semaphore_stops_nobody_else", tenant_is_done(&other));
	tenant_close(&full);
	tenant_close(&other);
	return bad;
}

int queue_does_endless(struct queue_space *space)
{
	struct tenant endless, other;
	__u32 status = tenant_open_two(space, &endless, &other);
	int bad = 0;

	if (status != NV_OK)
		return fail("tenants", status);
	queue_launch(&endless.queue, endless.page.address + ENDLESS);
	queue_release(&endless.queue, endless.page.address + DONE, 1);
	queue_submit(&endless.queue);
	tenant_load(&other, other.page.address + DESCRIPTOR + 16);
	*queue_word(&other.page, DESCRIPTOR + 16) = 1;
	bad |= check("other_ends", tenant_is_done(&other));
	bad |= check("endless_does_not", *queue_word(&endless.page, DONE) == 0);
	/* Killed while it runs, the queue must leave nothing. */
	if (space->s->options->hold)
		hold(space->s->options);
	tenant_close(&endless);
	tenant_close(&other);
	return bad;
}
