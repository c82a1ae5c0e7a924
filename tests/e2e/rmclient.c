// SPDX-License-Identifier: MIT
/*
 * rmclient: does on NVIDIA's ABI what CUDA programs do, one thing for each
 * command, and says what came of it in lines of key=value.  It knows nothing of
 * containers: what it meets is what any program would meet.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nvabi/nvctrl.h"
#include "nvabi/nvstatus.h"

#include "lib/client.h"

static const char help[] =
	"rmclient [OPTION...] COMMAND [ARGUMENT]\n"
	"\n"
	"Speaks NVIDIA's ABI and prints what it meets as lines of key=value. A status\n"
	"is NVIDIA's (0x0 is good); errno=NAME stands for an ioctl that failed.\n"
	"\n"
	"  info             the driver and the GPUs as the client sees them\n"
	"  alloc SIZE       one piece of video memory: asked, got, really taken\n"
	"  fill             allocates until the status is not NV_OK: bytes, count, status\n"
	"  map              fresh memory is zero, holds what is written, per piece\n"
	"  tree             freeing a parent frees what hangs below it\n"
	"  dup              a duplicate outlives the original\n"
	"  uvm              an external mapping outlives RM_FREE\n"
	"  old              RM_ALLOC_MEMORY: system memory, and the card's size\n"
	"  errors           what wrong calls are answered with\n"
	"  churn COUNT      allocates and frees COUNT times, without end when 0\n"
	"  take C:M         duplicates another process's memory, C:M as alloc printed it\n"
	"  lend PATH        makes a client and passes its files on over the socket PATH\n"
	"  borrow PATH      allocates on the client that is lent at PATH\n"
	"  waitfree         allocates twice; at the end of input a thread frees the first\n"
	"\n"
	"  --gpu=N          which GPU of those that are seen, from 0 (default 0)\n"
	"  --via=HOW        alloc21, alloc64 (default), vidheap\n"
	"  --chunk=SIZE     of one piece (default 16M); K, M, G are powers of 1024\n"
	"  --min-chunk=SIZE fill: halve the chunk down to this when it does not fit\n"
	"  --max=SIZE       fill: stop, with status 0x0, when this much is allocated\n"
	"  --touch          fill: write and read every piece through a mapping\n"
	"  --share          alloc: let every client duplicate the memory\n"
	"  --hold           when done print ready=1, wait for a line or the end of input\n"
	"  --xfer           wrap each call in the transfer ioctl\n"
	"  --dev=DIR        folder of the device nodes (default /dev)\n"
	"\n"
	"Exit status: 0 when the command did what it says, 1 otherwise, 2 for usage.\n"
	"fill is done well when it ends with NV_ERR_NO_MEMORY or --max.\n";

static int info_gpu(struct rm *rm, unsigned int index)
{
	__u64 total = 0, left = 0;
	struct rm_gpu gpu;
	char text[64];
	__u32 status, count = 0;

	status = rm_gpu_open(rm, index, &gpu);
	if (status != NV_OK)
		return fail("device", status);
	say("gpu%u.minor=%u", index, gpu.card->minor);
	say("gpu%u.id=0x%x", index, gpu.card->gpu_id);
	say("gpu%u.pci=%s", index, gpu.card->pci);
	say("gpu%u.device_instance=%u", index, gpu.card->device_instance);
	status = rm_gpu_name(&gpu, text, sizeof(text));
	if (status == NV_OK)
		say("gpu%u.name=%s", index, text);
	if (status == NV_OK)
		status = rm_gpu_uuid_ascii(&gpu, text, sizeof(text));
	if (status == NV_OK)
		say("gpu%u.uuid=%s", index, text);
	if (status == NV_OK)
		status = rm_gpu_classes(&gpu, NULL, &count);
	if (status == NV_OK) {
		say("gpu%u.classes=%u", index, count);
		status = rm_gpu_memory_info(&gpu, false, &total, &left);
	}
	if (status == NV_OK) {
		say("gpu%u.fb_total=%" PRIu64, index, (uint64_t)total);
		say("gpu%u.fb_free=%" PRIu64, index, (uint64_t)left);
		status = rm_gpu_memory_info(&gpu, true, &total, &left);
	}
	if (status == NV_OK) {
		say("gpu%u.fb_total_v2=%" PRIu64, index, (uint64_t)total);
		say("gpu%u.fb_free_v2=%" PRIu64, index, (uint64_t)left);
		status = rm_gpu_heap_info(&gpu, &total, &left);
	}
	if (status == NV_OK) {
		say("gpu%u.heap_total=%" PRIu64, index, (uint64_t)total);
		say("gpu%u.heap_free=%" PRIu64, index, (uint64_t)left);
	}
	rm_gpu_close(&gpu);
	return status == NV_OK ? 0 : fail("query", status);
}

static unsigned int count_ids(const __u32 *ids, unsigned int max)
{
	unsigned int n = 0;

	while (n < max && ids[n] != NV0000_CTRL_GPU_INVALID_ID)
		n++;
	return n;
}

static int cmd_info(const struct options *options, const char *argument)
{
	struct NV0000_CTRL_GPU_GET_PROBED_IDS_PARAMS probed = { .gpuIds = { 0 } };
	struct NV0000_CTRL_GPU_GET_ATTACHED_IDS_PARAMS attached = { .gpuIds = { 0 } };
	struct rm rm = { .wrap = options->xfer };
	__u32 status;
	int bad = 0;

	(void)argument;
	status = rm_open(&rm, options->devices);
	if (status != NV_OK)
		return fail("open", status);
	say("driver=%s", rm.version);
	say("branch=%s", rm.branch ? rm.branch->name : "unknown");
	say("gpus=%u", rm.ncards);
	status = rm_client_create(&rm);
	if (status == NV_OK && rm.branch)
		status = rm_control(&rm, rm.client, NV0000_CTRL_CMD_GPU_GET_PROBED_IDS, &probed,
				    rm.branch->probed_ids_size);
	if (status == NV_OK) {
		say("probed=%u", count_ids(probed.gpuIds, NV0000_CTRL_GPU_MAX_PROBED_GPUS));
		status = rm_attach(&rm);
	}
	if (status == NV_OK)
		status = rm_control(&rm, rm.client, NV0000_CTRL_CMD_GPU_GET_ATTACHED_IDS,
				    &attached, sizeof(attached));
	if (status == NV_OK)
		say("attached=%u",
		    count_ids(attached.gpuIds, NV0000_CTRL_GPU_MAX_ATTACHED_GPUS));
	else
		bad = fail("client", status);
	for (unsigned int i = 0; !bad && i < rm.ncards; i++)
		bad = info_gpu(&rm, i);
	rm_close(&rm);
	return bad;
}

static bool parse_size(const char *text, __u64 *bytes)
{
	static const char units[] = "KMGT";
	unsigned long long value;
	const char *unit;
	char *end;
	int shift = 0;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (end == text || errno)
		return false;
	if (*end) {
		unit = strchr(units, *end);
		if (!unit || end[1])
			return false;
		shift = 10 * (int)(unit - units + 1);
	}
	if (value > ~0ULL >> shift)
		return false;
	*bytes = (__u64)value << shift;
	return true;
}

static int cmd_alloc(const struct options *options, const char *argument)
{
	__u64 bytes, got = 0, taken = 0;
	struct session s;
	__u32 status, memory;
	int bad = 1;

	if (!parse_size(argument, &bytes)) {
		fprintf(stderr, "rmclient: `%s` is not a size\n", argument);
		return 2;
	}
	if (session_open(&s, options))
		return 1;
	status = rm_memory_alloc(&s.gpu, options->via, bytes, &memory, &got);
	if (status == NV_OK) {
		say("handle=0x%x:0x%x", s.rm.client, memory);
		say("asked=%" PRIu64, (uint64_t)bytes);
		say("got=%" PRIu64, (uint64_t)got);
		status = rm_memory_size(&s.rm, memory, &taken);
		say("taken=%" PRIu64, (uint64_t)taken);
		if (status == NV_OK && options->share)
			status = rm_share_with_all(&s.rm, memory);
		bad = 0;
	}
	say_status("status", status);
	if (!bad)
		hold(options);
	session_close(&s);
	return bad || status != NV_OK;
}

/* Writes a pattern that names the piece, and reads it back. */
static __u32 touch(struct session *s, __u32 memory, __u64 bytes)
{
	struct rm_map map;
	__u32 status = rm_memory_map(&s->gpu, memory, 0, bytes, &map);
	volatile __u32 *word;

	if (status != NV_OK)
		return status;
	word = map.address;
	for (__u64 i = 0; i < bytes / sizeof(*word); i += 1024)
		word[i] = memory ^ (__u32)i;
	for (__u64 i = 0; i < bytes / sizeof(*word); i += 1024)
		if (word[i] != (memory ^ (__u32)i))
			status = NV_ERR_INVALID_DATA;
	rm_memory_unmap(&s->gpu, memory, &map);
	return status;
}

static int cmd_fill(const struct options *options, const char *argument)
{
	__u64 chunk = options->chunk, bytes = 0, taken_bytes = 0, got, taken;
	__u32 status = NV_OK, refused = 0, memory;
	unsigned long count = 0;
	struct session s;

	(void)argument;
	if (session_open(&s, options))
		return 1;
	while (bytes < options->max) {
		if (options->max - bytes < chunk)
			chunk = options->max - bytes;
		status = rm_memory_alloc(&s.gpu, options->via, chunk, &memory, &got);
		if (status == NV_ERR_NO_MEMORY)
			refused++;
		if (status == NV_ERR_NO_MEMORY && options->min_chunk &&
		    chunk / 2 >= options->min_chunk) {
			chunk /= 2;
			continue;
		}
		if (status != NV_OK)
			break;
		bytes += got;
		count++;
		if (rm_memory_size(&s.rm, memory, &taken) == NV_OK)
			taken_bytes += taken;
		if (options->touch)
			status = touch(&s, memory, got);
		if (status != NV_OK)
			break;
	}
	say("bytes=%" PRIu64, (uint64_t)bytes);
	say("taken=%" PRIu64, (uint64_t)taken_bytes);
	say("count=%lu", count);
	say("refused=%u", refused);
	say_status("status", status);
	hold(options);
	session_close(&s);
	return status != NV_OK && status != NV_ERR_NO_MEMORY;
}

static int cmd_churn(const struct options *options, const char *argument)
{
	enum { PIECES = 8 };
	__u32 memory[PIECES], status = NV_OK;
	unsigned long long turns = 0, limit;
	struct session s;
	char *end;
	__u64 got;

	limit = strtoull(argument, &end, 10);
	if (end == argument || *end) {
		fprintf(stderr, "rmclient: `%s` is not a count\n", argument);
		return 2;
	}
	while (status == NV_OK && (!limit || turns < limit)) {
		if (session_open(&s, options))
			return 1;
		if (turns++ == 0)
			say("ready=1");
		for (int i = 0; i < PIECES && status == NV_OK; i++)
			status = rm_memory_alloc(&s.gpu, options->via, options->chunk, &memory[i],
						 &got);
		/* Half by hand; the rest goes with the session. */
		for (int i = 0; i < PIECES / 2 && status == NV_OK; i++)
			status = rm_free(&s.rm, s.gpu.device, memory[i]);
		session_close(&s);
	}
	say("turns=%llu", turns);
	say_status("status", status);
	return status != NV_OK;
}

static const struct {
	const char *name;
	int (*run)(const struct options *options, const char *argument);
	bool argument;
} commands[] = {
	{ "info", cmd_info, false },	 { "alloc", cmd_alloc, true },
	{ "fill", cmd_fill, false },	 { "map", cmd_map, false },
	{ "tree", cmd_tree, false },	 { "dup", cmd_dup, false },
	{ "uvm", cmd_uvm, false },	 { "old", cmd_old, false },
	{ "errors", cmd_errors, false },
	{ "churn", cmd_churn, true },	 { "lend", cmd_lend, true },
	{ "borrow", cmd_borrow, true },	 { "take", cmd_take, true },
	{ "waitfree", cmd_waitfree, false },
};

static int usage(const char *why, const char *what)
{
	fprintf(stderr, "rmclient: %s `%s`; try --help\n", why, what);
	return 2;
}

/* Leaves the index of the command in argv, or returns the exit status. */
static int parse_options(int argc, char **argv, struct options *options, int *at)
{
	static const struct option longs[] = {
		{ "gpu", required_argument, NULL, 'g' },
		{ "via", required_argument, NULL, 'v' },
		{ "chunk", required_argument, NULL, 'c' },
		{ "min-chunk", required_argument, NULL, 'm' },
		{ "max", required_argument, NULL, 'M' },
		{ "dev", required_argument, NULL, 'd' },
		{ "touch", no_argument, NULL, 't' },
		{ "hold", no_argument, NULL, 'h' },
		{ "share", no_argument, NULL, 's' },
		{ "xfer", no_argument, NULL, 'x' },
		{ "help", no_argument, NULL, '?' },
		{ NULL, 0, NULL, 0 },
	};
	__u64 number = 0;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (strchr("gcmM", option) && !parse_size(optarg, &number))
			return usage("not a number:", optarg);
		switch (option) {
		case 'g':
			options->gpu = (unsigned int)number;
			break;
		case 'v':
			if (!rm_parse_via(optarg, &options->via))
				return usage("no such call", optarg);
			break;
		case 'c':
			options->chunk = number;
			break;
		case 'm':
			options->min_chunk = number;
			break;
		case 'M':
			options->max = number;
			break;
		case 'd':
			options->devices = optarg;
			break;
		case 't':
			options->touch = true;
			break;
		case 'h':
			options->hold = true;
			break;
		case 's':
			options->share = true;
			break;
		case 'x':
			options->xfer = true;
			break;
		default:
			if (strcmp(argv[optind - 1], "--help"))
				return usage("what is", argv[optind - 1]);
			fputs(help, stdout);
			exit(0);
		}
	}
	*at = optind;
	if (!options->chunk)
		return usage("not a chunk:", "0");
	return 0;
}

int main(int argc, char **argv)
{
	struct options options = {
		.devices = "/dev",
		.via = RM_VIA_ALLOC64,
		.chunk = 16 << 20,
		.max = ~0ULL,
	};
	int at, bad = parse_options(argc, argv, &options, &at);

	if (bad)
		return bad;
	if (at == argc)
		return usage("no command in", argv[0]);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, argv[at]))
			continue;
		if (at + 1 + commands[i].argument != argc)
			return usage("wrong number of arguments for", argv[at]);
		return commands[i].run(&options, argv[at + commands[i].argument]);
	}
	return usage("no such command:", argv[at]);
}
