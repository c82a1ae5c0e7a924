// SPDX-License-Identifier: MIT
/*
 * rmways: the ways in which a program comes by video memory, or by others' memory
 * and time, without asking for an allocation; one for each command.  Each is done
 * on NVIDIA's ABI as a program would that no container limits, and says in lines
 * of key=yes or no whether the driver behaved as NVIDIA's does.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "lib/ways.h"

static const char help[] =
	"rmways [OPTION...] COMMAND\n"
	"\n"
	"  export     one object through a file of nvidiactl\n"
	"  exports    several objects through one file\n"
	"  dmabuf     video memory as a dma-buf\n"
	"  policy     who may duplicate what\n"
	"  managed    managed memory that moves to a GPU\n"
	"  oversubscribe  more managed memory than the card has\n"
	"  queue      channels, what they take, and the time that they get\n"
	"\n"
	"  --gpu=N    which GPU of those that are seen, from 0 (default 0)\n"
	"  --xfer     wrap each call in the transfer ioctl\n"
	"  --hold     when done print ready=1, wait for a line or the end of input\n"
	"\n"
	"Exit status: 0 when all is as it should be, 1 otherwise, 2 for usage, 3 where\n"
	"the kernel lacks what is needed.\n";

static const struct {
	const char *name;
	int (*run)(const struct options *options);
} commands[] = {
	{ "export", way_export },
	{ "exports", way_exports },
	{ "dmabuf", way_dmabuf },
	{ "policy", way_policy },
	{ "managed", way_managed },
	{ "oversubscribe", way_oversubscribe },
	{ "queue", way_queue },
};

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "gpu", required_argument, NULL, 'g' },
		{ "xfer", no_argument, NULL, 'x' },
		{ "hold", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = {
		.devices = "/dev",
		.via = RM_VIA_ALLOC64,
		.chunk = 16 << 20,
		.max = ~0ULL,
	};
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (option == 'g' && sscanf(optarg, "%u", &options.gpu) == 1)
			continue;
		if (option == 'x')
			options.xfer = true;
		else if (option == 'h')
			options.hold = true;
		else
			return fputs(help, stderr), 2;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (optind + 1 == argc && !strcmp(commands[i].name, argv[optind]))
			return commands[i].run(&options);
	fputs(help, stderr);
	return 2;
}
