// SPDX-License-Identifier: MIT
/*
 * rmqueue: runs work on a GPU by its doorbell, one thing for each command, and says
 * in lines of key=yes or no whether it came out as the classes of the GPU say.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/queues.h"

static const char help[] =
	"rmqueue [OPTION...] COMMAND\n"
	"\n"
	"  copy       bytes arrive as they left, in one piece and line by line\n"
	"  fill       words and parts of them are filled\n"
	"  semaphore  values, times, waiting for the CPU and for another queue\n"
	"  kernel     kernels take their time, one after the other\n"
	"  share      two groups get time as their slices say\n"
	"  control    preempting, levels, switching off and on\n"
	"  switches   records tell who had the engine, and what others may know of it\n"
	"  fault      a group that does wrong is ended, and nothing else\n"
	"  full       a full GPFIFO, and a queue that waits for ever\n"
	"  endless    starts a kernel that does not end, beside one that does\n"
	"\n"
	"  --gpu=N    which GPU of those that are seen, from 0 (default 0)\n"
	"  --card=K   classes of turing, ampere, ada (default), hopper, blackwell\n"
	"  --hold     when done print ready=1, wait for a line or the end of input\n"
	"\n"
	"Exit status: 0 when all is as it should be, 1 otherwise, 2 for usage.\n";

static const struct {
	const char *name;
	int (*run)(struct queue_space *space);
} commands[] = {
	{ "copy", queue_does_copy },	   { "fill", queue_does_fill },
	{ "semaphore", queue_does_semaphore }, { "kernel", queue_does_kernel },
	{ "share", queue_does_share },	   { "control", queue_does_control },
	{ "switches", queue_does_switches }, { "fault", queue_does_fault },	   { "full", queue_does_full },
	{ "endless", queue_does_endless },
};

static int run(const struct options *options, const struct queue_card *card,
	       int (*act)(struct queue_space *space))
{
	struct queue_space space;
	struct session s;
	__u64 before;
	__u32 status;
	int bad;

	if (session_open(&s, options))
		return 1;
	status = queue_space_make(&s, card, &space);
	if (status != NV_OK)
		return fail("space", status);
	before = free_bytes(&s);
	bad = act(&space);
	hold(options);
	bad |= check("all_is_given_back", free_bytes(&s) == before);
	session_close(&s);
	return bad;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "gpu", required_argument, NULL, 'g' },
		{ "card", required_argument, NULL, 'c' },
		{ "hold", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = { .devices = "/dev", .via = RM_VIA_ALLOC64 };
	const struct queue_card *card = queue_card_find("ada");
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (option == 'g')
			options.gpu = (unsigned int)strtoul(optarg, NULL, 10);
		else if (option == 'c')
			card = queue_card_find(optarg);
		else if (option == 'h')
			options.hold = true;
		if (option == '?' || !card)
			return fputs(help, stderr), 2;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (optind + 1 == argc && !strcmp(commands[i].name, argv[optind]))
			return run(&options, card, commands[i].run);
	fputs(help, stderr);
	return 2;
}
