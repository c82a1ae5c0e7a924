// SPDX-License-Identifier: MIT
/*
 * What the pure files of the kernel cost when they run on the host: a charge and its
 * return at some depths of the hierarchy, and the decoding of a call. Nothing here
 * takes a lock, enters a kernel or copies from a caller, so a real call costs more.
 *
 *	core ROUNDS
 */
#include "tests/bench/figure.h"

#include "ghostnv/quota.h"
#include "ghostnv/rm_decode.h"
#include "nvabi/branch.h"
#include "nvabi/nvclass.h"
#include "nvabi/nvos.h"

#define CALLS	   10000
#define ROUNDS_MAX 1000
#define DEPTH_MAX  16
#define PIECE	   (2ULL << 20)

static double samples[2][ROUNDS_MAX];

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "core: %s\n", what);
	exit(1);
}

static double per_call_ns(int64_t start_ns)
{
	return (double)(figure_now_ns() - start_ns) / CALLS;
}

/* Every node has limits of both scopes, none of which is in the way. */
static struct gnv_quota *make_chain(u32 depth)
{
	static struct gnv_quota nodes[DEPTH_MAX];
	static struct gnv_quota_counter counters[DEPTH_MAX];
	u32 i;

	for (i = 0; i < depth; i++) {
		gnv_quota_init(&nodes[i], i ? &nodes[i - 1] : NULL, &counters[i], 1);
		nodes[i].gpu[0].max_bytes = CALLS * PIECE;
		nodes[i].total.max_bytes = CALLS * PIECE;
	}
	return &nodes[depth - 1];
}

static void measure_quota(u32 depth, size_t rounds)
{
	struct gnv_quota *node = make_chain(depth);
	struct gnv_quota_full full;
	int64_t start_ns;
	char name[32];
	size_t round;
	int i;

	for (round = 0; round < rounds; round++) {
		start_ns = figure_now_ns();
		for (i = 0; i < CALLS; i++)
			if (gnv_quota_try_charge(node, 0, PIECE, &full))
				die("a charge was refused");
		samples[0][round] = per_call_ns(start_ns);
		start_ns = figure_now_ns();
		for (i = 0; i < CALLS; i++)
			gnv_quota_uncharge(node, 0, PIECE);
		samples[1][round] = per_call_ns(start_ns);
		if (node->total.usage_bytes)
			die("a charge was not given back");
	}
	snprintf(name, sizeof(name), "quota_depth%u", depth);
	figure_print(name, "charge", samples[0], rounds, "ns");
	figure_print(name, "uncharge", samples[1], rounds, "ns");
}

static void measure_decode(const char *name, u32 nr, const void *args, u32 args_bytes,
			   size_t rounds)
{
	struct gnv_rm_op op;
	int64_t start_ns;
	size_t round;
	int i;

	for (round = 0; round < rounds; round++) {
		start_ns = figure_now_ns();
		for (i = 0; i < CALLS; i++)
			if (gnv_rm_decode(&nvabi_branches[0], nr, args, args_bytes, &op))
				die("a call was not decoded");
		samples[0][round] = per_call_ns(start_ns);
	}
	figure_print("rm_decode", name, samples[0], rounds, "ns");
}

int main(int argc, char *argv[])
{
	const struct NVOS64_PARAMETERS alloc = {
		.hClass = NV01_MEMORY_LOCAL_USER,
		.pAllocParms = 0x1000,
	};
	const struct NVOS54_PARAMETERS control = { .cmd = 0x20801301 };
	const struct NVOS00_PARAMETERS release = { .hObjectOld = 1 };
	char *end = NULL;
	unsigned long rounds = argc == 2 ? strtoul(argv[1], &end, 10) : 0;
	u32 depth;

	if (rounds < 1 || rounds > ROUNDS_MAX || *end) {
		fprintf(stderr, "core: ROUNDS\n");
		return 2;
	}
	for (depth = 1; depth <= DEPTH_MAX; depth *= 4)
		measure_quota(depth, rounds);
	measure_decode("alloc", NV_ESC_RM_ALLOC, &alloc, sizeof(alloc), rounds);
	measure_decode("control", NV_ESC_RM_CONTROL, &control, sizeof(control), rounds);
	measure_decode("free", NV_ESC_RM_FREE, &release, sizeof(release), rounds);
	return 0;
}
