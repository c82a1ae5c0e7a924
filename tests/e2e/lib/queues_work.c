// SPDX-License-Identifier: MIT
/* The commands of rmqueue about work that goes well. See queues.h. */
#include <stdlib.h>
#include <string.h>

#include "nvabi/nvengine.h"

#include "queues.h"

#define COPY_BYTES (1u << 20)
#define WAIT_MS 20000

/* A queue with a source, a destination, and a page of semaphores. */
struct bench {
	struct queue_space *space;
	struct queue queue;
	struct queue_buffer from;
	struct queue_buffer to;
	struct queue_buffer sem;
};

static __u32 bench_open(struct queue_space *space, __u32 engine, bool own_userd,
			struct bench *bench)
{
	__u32 status;

	*bench = (struct bench){ .space = space };
	status = queue_make(space, engine, 64, own_userd, &bench->queue);
	if (status == NV_OK)
		status = queue_buffer_make(space, false, COPY_BYTES, &bench->from);
	if (status == NV_OK)
		status = queue_buffer_make(space, true, COPY_BYTES, &bench->to);
	if (status == NV_OK)
		status = queue_buffer_make(space, false, 4096, &bench->sem);
	return status;
}

static void bench_close(struct bench *bench)
{
	queue_free(&bench->queue);
	queue_buffer_free(bench->space, &bench->from);
	queue_buffer_free(bench->space, &bench->to);
	queue_buffer_free(bench->space, &bench->sem);
}

static bool finish(struct bench *bench, __u32 value)
{
	queue_release(&bench->queue, bench->sem.address, value);
	queue_submit(&bench->queue);
	return queue_wait(queue_word(&bench->sem, 0), value, WAIT_MS);
}

static void paint(struct queue_buffer *buffer, __u32 seed)
{
	volatile __u32 *word = queue_word(buffer, 0);

	for (__u64 i = 0; i < buffer->bytes / sizeof(*word); i++)
		word[i] = seed ^ (__u32)(i * 2654435761u);
}

static bool same(const struct queue_buffer *a, __u64 at, const struct queue_buffer *b, __u64 bt,
		 __u64 bytes)
{
	return !memcmp((char *)a->map.address + at, (char *)b->map.address + bt, bytes);
}

static int copy_lines(struct bench *bench)
{
	const __u32 pitch[] = { 512, 1024, 100, 7 };
	const __u32 address[] = { (__u32)(bench->from.address >> 32), (__u32)bench->from.address,
				  (__u32)(bench->to.address >> 32), (__u32)bench->to.address };
	bool good = true;

	memset(bench->to.map.address, 0, 8192);
	queue_methods(&bench->queue, QUEUE_COPY, NVC7B5_OFFSET_IN_UPPER, address, 4);
	queue_methods(&bench->queue, QUEUE_COPY, NVC7B5_PITCH_IN, pitch, 4);
	queue_method(&bench->queue, QUEUE_COPY, NVC7B5_LAUNCH_DMA,
		     NVC7B5_LAUNCH_DMA_DATA_TRANSFER_TYPE_PIPELINED |
			     NVC7B5_LAUNCH_DMA_SRC_MEMORY_LAYOUT_MASK |
			     NVC7B5_LAUNCH_DMA_DST_MEMORY_LAYOUT_MASK |
			     NVC7B5_LAUNCH_DMA_MULTI_LINE_ENABLE_MASK);
	good &= finish(bench, 3);
	for (__u32 i = 0; i < 7; i++) {
		good &= same(&bench->from, i * 512, &bench->to, i * 1024, 100);
		good &= *queue_word(&bench->to, i * 1024 + 100) == 0;
	}
	good &= *queue_word(&bench->to, 7 * 1024) == 0;
	return check("lines_arrive", good);
}

int queue_does_copy(struct queue_space *space)
{
	static const __u32 engines[] = { NV2080_ENGINE_TYPE_COPY2, NV2080_ENGINE_TYPE_GRAPHICS };
	struct bench bench;
	__u32 status;
	int bad = 0;

	for (unsigned int i = 0; i < 2; i++) {
		status = bench_open(space, engines[i], i == 0, &bench);
		if (status != NV_OK)
			return fail("bench", status);
		paint(&bench.from, 0x1234 + i);
		queue_copy(&bench.queue, bench.from.address, bench.to.address, COPY_BYTES);
		bad |= check(i ? "graphics_copies" : "copy_engine_copies",
			     finish(&bench, 1) &&
				     same(&bench.from, 0, &bench.to, 0, COPY_BYTES));
		/* Neither the addresses nor the length are those of pages. */
		queue_copy(&bench.queue, bench.from.address + 5, bench.to.address + 4093, 12345);
		bad |= check(i ? "graphics_copies_odd" : "copy_engine_copies_odd",
			     finish(&bench, 2) && same(&bench.from, 5, &bench.to, 4093, 12345) &&
				     same(&bench.from, 0, &bench.to, 0, 4093) &&
				     same(&bench.from, 16438, &bench.to, 16438, 4096));
		bad |= copy_lines(&bench);
		bench_close(&bench);
	}
	return bad;
}

int queue_does_fill(struct queue_space *space)
{
	struct bench bench;
	__u32 status = bench_open(space, NV2080_ENGINE_TYPE_COPY2, true, &bench);
	bool good = true;
	int bad = 0;

	if (status != NV_OK)
		return fail("bench", status);
	queue_fill(&bench.queue, bench.to.address + 64, 5000, 0xdeadbeef);
	good &= finish(&bench, 1);
	for (__u32 i = 0; i < 5000; i++)
		good &= *queue_word(&bench.to, 64 + 4 * i) == 0xdeadbeef;
	bad |= check("words_are_filled", good);
	bad |= check("others_are_not", *queue_word(&bench.to, 60) == 0 &&
					       *queue_word(&bench.to, 64 + 20000) == 0);

	/* Two components of one byte, of which one is not written. */
	queue_method(&bench.queue, QUEUE_COPY, NVC7B5_SET_REMAP_CONST_A, 0x77);
	queue_method(&bench.queue, QUEUE_COPY, NVC7B5_SET_REMAP_COMPONENTS,
		     NVC7B5_SET_REMAP_COMPONENTS_DST_X_NO_WRITE |
			     NVC7B5_SET_REMAP_COMPONENTS_DST_X_CONST_A
				     << NVC7B5_SET_REMAP_COMPONENTS_DST_Y_SHIFT |
			     1 << NVC7B5_SET_REMAP_COMPONENTS_NUM_DST_COMPONENTS_SHIFT);
	queue_method(&bench.queue, QUEUE_COPY, NVC7B5_LINE_LENGTH_IN, 1000);
	queue_method(&bench.queue, QUEUE_COPY, NVC7B5_LAUNCH_DMA,
		     NVC7B5_LAUNCH_DMA_DATA_TRANSFER_TYPE_NON_PIPELINED |
			     NVC7B5_LAUNCH_DMA_SRC_MEMORY_LAYOUT_MASK |
			     NVC7B5_LAUNCH_DMA_DST_MEMORY_LAYOUT_MASK |
			     NVC7B5_LAUNCH_DMA_REMAP_ENABLE_MASK);
	good = finish(&bench, 2);
	for (__u32 i = 0; i < 500; i++)
		good &= *queue_word(&bench.to, 64 + 4 * i) == 0x77ad77ef;
	bad |= check("parts_are_filled", good);
	bench_close(&bench);
	return bad;
}

static int values_and_times(struct bench *bench)
{
	struct queue *queue = &bench->queue;
	volatile __u32 *word = queue_word(&bench->sem, 0);
	volatile __u64 *times = (volatile void *)queue_word(&bench->sem, 0);
	int bad = 0;

	queue_stamp(queue, bench->sem.address + 64, 5);
	queue_semaphore(queue, bench->sem.address + 128, 0x1122334455667788,
			NVC56F_SEM_EXECUTE_OPERATION_RELEASE |
				NVC56F_SEM_EXECUTE_PAYLOAD_SIZE_MASK);
	queue_stamp(queue, bench->sem.address + 192, 6);
	queue_semaphore(queue, bench->sem.address + 192, 10,
			NVC56F_SEM_EXECUTE_OPERATION_REDUCTION |
				NVC56F_SEM_EXECUTE_REDUCTION_IADD
					<< NVC56F_SEM_EXECUTE_REDUCTION_SHIFT);
	bad |= check("queue_ends", finish(bench, 1));
	bad |= check("value_is_there", word[16] == 5);
	bad |= check("wide_value_is_there", times[16] == 0x1122334455667788);
	bad |= check("value_is_reduced", word[48] == 16);
	bad |= check("time_goes_on", times[9] && times[25] >= times[9]);
	return bad;
}

/* The queue waits for the CPU, then for a second queue, which waits for the CPU. */
static int waits(struct bench *bench)
{
	struct bench other;
	volatile __u32 *word = queue_word(&bench->sem, 0);
	__u32 status = bench_open(bench->space, NV2080_ENGINE_TYPE_COPY3, true, &other);
	int bad = 0;

	if (status != NV_OK)
		return fail("other", status);
	word[0] = 0;
	queue_semaphore(&bench->queue, bench->sem.address + 256, 7,
			NVC56F_SEM_EXECUTE_OPERATION_ACQUIRE |
				NVC56F_SEM_EXECUTE_ACQUIRE_SWITCH_TSG_MASK);
	queue_release(&bench->queue, bench->sem.address + 320, 8);
	queue_semaphore(&bench->queue, bench->sem.address + 384, 100,
			NVC56F_SEM_EXECUTE_OPERATION_ACQ_CIRC_GEQ |
				NVC56F_SEM_EXECUTE_ACQUIRE_SWITCH_TSG_MASK);
	queue_semaphore(&other.queue, bench->sem.address + 320, 8,
			NVC56F_SEM_EXECUTE_OPERATION_ACQUIRE |
				NVC56F_SEM_EXECUTE_ACQUIRE_SWITCH_TSG_MASK);
	queue_release(&other.queue, bench->sem.address + 384, 101);
	queue_submit(&other.queue);
	queue_release(&bench->queue, bench->sem.address, 9);
	queue_submit(&bench->queue);
	bad |= check("waits_for_the_cpu", !queue_wait(word, 9, 30) && word[80] == 0);
	word[64] = 7;
	bad |= check("goes_on_when_told", queue_wait(word, 9, WAIT_MS));
	bad |= check("other_queue_was_there", word[80] == 8 && word[96] == 101);
	bench_close(&other);
	return bad;
}

int queue_does_semaphore(struct queue_space *space)
{
	struct bench bench;
	__u32 status = bench_open(space, NV2080_ENGINE_TYPE_COPY2, false, &bench);
	int bad;

	if (status != NV_OK)
		return fail("bench", status);
	bad = values_and_times(&bench);
	bad |= waits(&bench);
	bench_close(&bench);
	return bad;
}

static int upload_and_launch(struct bench *bench)
{
	const __u32 to[] = { 16, 1, (__u32)(bench->to.address >> 32), (__u32)bench->to.address };
	const volatile __u32 *launch;
	int bad = 0;

	/* The descriptor is written by the queue, as CUDA does it. */
	queue_describe(&bench->from, 0, 3000000);
	launch = queue_word(&bench->from, 0);
	queue_methods(&bench->queue, QUEUE_COMPUTE, NVC7C0_LINE_LENGTH_IN, to, 4);
	queue_method(&bench->queue, QUEUE_COMPUTE, NVC7C0_LAUNCH_DMA, 1);
	for (unsigned int i = 0; i < 4; i++)
		queue_method(&bench->queue, QUEUE_COMPUTE, NVC7C0_LOAD_INLINE_DATA, launch[i]);
	queue_launch(&bench->queue, bench->to.address);
	bad |= check("uploaded_kernel_runs", finish(bench, 2));
	bad |= check("upload_arrives", same(&bench->from, 0, &bench->to, 0, 16));
	return bad;
}

int queue_does_kernel(struct queue_space *space)
{
	const __u32 report[] = { 0, 0, 77, 0 };
	struct bench bench;
	volatile __u64 *times;
	volatile __u32 *word;
	__u64 begin, took;
	__u32 status, words[4];
	int bad = 0;

	status = bench_open(space, NV2080_ENGINE_TYPE_GRAPHICS, true, &bench);
	if (status != NV_OK)
		return fail("bench", status);
	word = queue_word(&bench.sem, 0);
	times = (volatile void *)word;
	queue_describe(&bench.from, 256, 30000000);
	queue_stamp(&bench.queue, bench.sem.address + 64, 1);
	queue_launch(&bench.queue, bench.from.address + 256);
	/* Without waiting for idle the host is past the launch at once. */
	queue_semaphore(&bench.queue, bench.sem.address + 256, 1,
			NVC56F_SEM_EXECUTE_OPERATION_RELEASE |
				NVC56F_SEM_EXECUTE_RELEASE_TIMESTAMP_MASK);
	queue_launch(&bench.queue, bench.from.address + 256);
	memcpy(words, report, sizeof(words));
	words[0] = (__u32)(bench.sem.address >> 32);
	words[1] = (__u32)bench.sem.address + 512;
	queue_methods(&bench.queue, QUEUE_COMPUTE, NVC7C0_SET_REPORT_SEMAPHORE_A, words, 4);
	queue_stamp(&bench.queue, bench.sem.address + 128, 1);
	begin = queue_now_ns();
	bad |= check("ends", finish(&bench, 1));
	took = queue_now_ns() - begin;
	bad |= check("takes_its_time", took >= 60000000);
	say("took_us=%llu", (unsigned long long)took / 1000);
	bad |= check("says_its_time", times[17] - times[9] >= 60000000 &&
					      times[17] - times[9] < 61000000);
	bad |= check("host_does_not_wait", times[33] - times[9] < 30000000);
	bad |= check("report_is_there", word[128] == 77 && times[65] >= times[9] + 60000000);
	bad |= upload_and_launch(&bench);
	bench_close(&bench);
	return bad;
}
