// SPDX-License-Identifier: MIT
/*
 * hostile_time COMMAND: a program in a container that wants the engine although it is
 * not to have it, or not to pay for it.  Keeps a queue full of short kernels, prints
 * ready=1, and with the first line that it reads begins with
 *
 *   wait       nothing
 *   again      putting its channel on the runlist, from two threads, over and over
 *   stuck      doing so once, by a call whose parameters are never there
 *   fresh      making channels, each with work, and putting them on the runlist, from two
 *              threads, over and over; a line for each that is on it
 *   crowd      putting 60 new channels on the runlist, each from a thread of its own;
 *              on=1 when it is there
 *   group      putting a new channel, with work for half a second, on the runlist by its group
 *   orphan     nothing; the process that made the queue has ended, and pid=N was its number
 *   left       as orphan, and keeps the queue empty
 *   late       makes a queue by the client of a process that has ended: made=yes or no
 *   idle       nothing, and keeps the queue empty
 *   unused     nothing; made another channel before that it never puts on the runlist
 *
 * Ends with its input.
 *
 * hostile_time as N COMMAND...: runs COMMAND as the process with that number, which has
 * to be free.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvstatus.h"

#include "lib/queues.h"

#define PAGE	  4096UL
#define THREADS	  2
#define CROWD	  60
#define KERNEL_NS 1000000
#define DEPTH	  200
#define DONE	  512

static struct queue queue;
static atomic_bool begun;

static void *again(void *unused)
{
	(void)unused;
	while (!begun)
		usleep(1000);
	for (;;)
		queue_schedule(&queue, true);
	return NULL;
}

static void *fresh(void *page)
{
	const struct queue_buffer *work = page;
	struct queue one;

	while (!begun)
		usleep(1000);
	for (;;) {
		if (queue_prepare(queue.space, NV2080_ENGINE_TYPE_GRAPHICS, 64, true, &one) ==
		    NV_OK) {
			queue_launch(&one, work->address);
			queue_submit(&one);
			if (queue_schedule(&one, true) == NV_OK)
				say("on=1");
		}
		queue_free(&one);
	}
	return NULL;
}

static struct queue crowd[CROWD];

static void *one_of_many(void *one)
{
	while (!begun)
		usleep(50000);
	say("on=%d", queue_schedule(one, true) == NV_OK);
	return NULL;
}

static int start_crowd(void)
{
	pthread_t thread;

	for (int i = 0; i < CROWD; i++)
		if (queue_prepare(queue.space, NV2080_ENGINE_TYPE_GRAPHICS, 64, true,
				  &crowd[i]) != NV_OK ||
		    pthread_create(&thread, NULL, one_of_many, &crowd[i]))
			return 1;
	return 0;
}

static void *by_group(void *page)
{
	const struct queue_buffer *work = page;
	struct queue one;

	while (!begun)
		usleep(1000);
	if (queue_prepare(queue.space, NV2080_ENGINE_TYPE_GRAPHICS, 64, true, &one) != NV_OK)
		return NULL;
	for (int i = 0; i < 500; i++)
		queue_launch(&one, work->address);
	queue_submit(&one);
	if (queue_schedule_group(&one, true) == NV_OK)
		say("on=1");
	return NULL;
}

/* Memory that nobody ever gives a page. */
static void *nowhere(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	char *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);
	struct uffdio_register what = {
		.range = { .start = (__u64)(unsigned long)memory, .len = PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fault = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fault < 0 || memory == MAP_FAILED || ioctl(fault, UFFDIO_API, &api) ||
	    ioctl(fault, UFFDIO_REGISTER, &what))
		return NULL;
	return memory;
}

static void *stuck(void *memory)
{
	struct rm *rm = &queue.space->s->rm;

	while (!begun)
		usleep(1000);
	rm_control(rm, queue.channel, NVA06F_CTRL_CMD_GPFIFO_SCHEDULE, memory,
		   rm->branch->gpfifo_schedule_size);
	return NULL;
}

/* Whether the process that makes the queue ends at once. */
static bool leaves(const char *command)
{
	return !strcmp(command, "orphan") || !strcmp(command, "left") ||
	       !strcmp(command, "late");
}

static bool is_idle(const char *command)
{
	return !strcmp(command, "idle") || !strcmp(command, "left");
}

static int start(const char *command, struct queue_buffer *page)
{
	void *(*over_and_over)(void *page) = strcmp(command, "fresh") ? again : fresh;
	pthread_t thread;
	void *memory;

	if (!strcmp(command, "wait") || leaves(command) || is_idle(command) ||
	    !strcmp(command, "unused"))
		return 0;
	if (!strcmp(command, "stuck")) {
		memory = nowhere();
		if (!memory)
			return 77;
		return pthread_create(&thread, NULL, stuck, memory);
	}
	if (!strcmp(command, "crowd"))
		return start_crowd();
	if (!strcmp(command, "group"))
		return pthread_create(&thread, NULL, by_group, page);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread, NULL, over_and_over, page))
			return 1;
	return 0;
}

/* Closed when this process is ready, where another one ends then. */
static int ready_fd = -1;

static void say_ready(void)
{
	say("ready=1");
	if (ready_fd >= 0)
		close(ready_fd);
}

/* Leaves all to a new process.  Return: whether this is the old one; the other one is ready. */
static bool is_left(void)
{
	int fds[2];
	char none;

	if (pipe(fds))
		return true;
	if (!fork()) {
		ready_fd = fds[1];
		return false;
	}
	close(fds[1]);
	return read(fds[0], &none, 1) <= 0;
}

static void *read_lines(void *ended)
{
	char line[16];

	if (fgets(line, sizeof(line), stdin))
		begun = true;
	if (!fgets(line, sizeof(line), stdin))
		*(atomic_bool *)ended = true;
	return NULL;
}

static void keep_full(struct queue_buffer *page, __u32 depth)
{
	__u32 submitted = 0;
	atomic_bool ended = false;
	pthread_t reader;

	if (pthread_create(&reader, NULL, read_lines, &ended))
		return;
	say_ready();
	while (!ended) {
		while (submitted - *queue_word(page, DONE) < depth) {
			queue_launch(&queue, page->address);
			queue_release(&queue, page->address + DONE, ++submitted);
			queue_submit(&queue);
		}
		usleep(5000);
	}
}

static int wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return 2;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_as(pid_t number, char **command)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (__u64)(unsigned long)&number,
		.set_tid_size = 1,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0)
		return 2;
	if (!pid) {
		execvp(command[0], command);
		_exit(127);
	}
	return wait_for(pid);
}

static int make_late(struct queue_space *space)
{
	char line[16];
	__u32 status;

	if (is_left())
		return 0;
	say_ready();
	if (!fgets(line, sizeof(line), stdin))
		return 2;
	status = queue_make(space, NV2080_ENGINE_TYPE_GRAPHICS, 64, true, &queue);
	say("made=%s", status == NV_OK ? "yes" : "no");
	return fgets(line, sizeof(line), stdin) ? 2 : 0;
}

static int run(const char *command)
{
	struct options options = { .devices = "/dev", .via = RM_VIA_ALLOC64 };
	struct queue_space space;
	struct queue_buffer page;
	struct queue unused;
	struct session s;
	__u32 status;
	int ret;

	if (session_open(&s, &options))
		return 2;
	status = queue_space_make(&s, queue_card_find("ada"), &space);
	if (status == NV_OK && !strcmp(command, "late"))
		return make_late(&space);
	if (status == NV_OK && !strcmp(command, "unused"))
		status = queue_prepare(&space, NV2080_ENGINE_TYPE_GRAPHICS, 64, true, &unused);
	if (status == NV_OK)
		status = queue_make(&space, NV2080_ENGINE_TYPE_GRAPHICS, 256, true, &queue);
	if (status == NV_OK)
		status = queue_buffer_make(&space, false, PAGE, &page);
	if (status != NV_OK)
		return fail("queue", status);
	queue_describe(&page, 0, KERNEL_NS);
	if (leaves(command) && is_left())
		return 0;
	ret = start(command, &page);
	if (!ret)
		keep_full(&page, is_idle(command) ? 0 : DEPTH);
	return ret;
}

int main(int argc, char **argv)
{
	pid_t maker;
	int ret;

	if (argc > 3 && !strcmp(argv[1], "as"))
		return run_as(atoi(argv[2]), argv + 3);
	if (argc != 2)
		return 2;
	maker = leaves(argv[1]) ? fork() : 0;
	if (maker > 0) {
		ret = wait_for(maker);
		say("pid=%d", maker);
		return ret;
	}
	ret = run(argv[1]);
	fflush(stdout);
	/* With whatever threads are under way. */
	_exit(ret);
}
