// SPDX-License-Identifier: MIT
/*
 * Fuzzes the hierarchy of counters: charges, returns and limits in a chain of three.
 *
 * Input: steps of four bytes: what, which node, which GPU, how much (a power of two).
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ghostnv/quota.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NODES  3
#define GPUS   2
#define TOKENS 64

#define CHECK(what) \
	do { \
		if (!(what)) \
			abort(); \
	} while (0)

static struct gnv_quota nodes[NODES];
static struct gnv_quota_counter counters[NODES][GPUS];
static struct {
	unsigned int node;
	u32 gpu;
	u64 bytes;
} tokens[TOKENS];
static unsigned int held;

/* What a node counts is what is held at or below it. */
static void check_sums(void)
{
	for (unsigned int n = 0; n < NODES; n++) {
		u64 sums[GPUS] = { 0 };

		for (unsigned int i = 0; i < held; i++)
			if (tokens[i].node >= n)
				sums[tokens[i].gpu] += tokens[i].bytes;
		CHECK(counters[n][0].usage_bytes == sums[0]);
		CHECK(counters[n][1].usage_bytes == sums[1]);
		CHECK(nodes[n].total.usage_bytes == sums[0] + sums[1]);
		CHECK(nodes[n].total.peak_bytes >= nodes[n].total.usage_bytes);
	}
}

static void charge(unsigned int node, u32 gpu, u64 bytes)
{
	struct gnv_quota_full full = { NULL, 0 };
	u64 room = gnv_quota_headroom(&nodes[node], gpu);
	int ret;

	if (held == TOKENS)
		return;
	ret = gnv_quota_try_charge(&nodes[node], gpu, bytes, &full);
	CHECK(!ret || ret == -EDQUOT);
	/* What is told to be free is what can be had, short of an overflow. */
	if (!ret)
		CHECK(bytes <= room);
	else
		CHECK(full.node && (bytes > room || room == GHOSTNV_UNLIMITED));
	if (ret)
		return;
	tokens[held].node = node;
	tokens[held].gpu = gpu;
	tokens[held++].bytes = bytes;
}

static void uncharge(unsigned int which)
{
	if (!held)
		return;
	which %= held;
	gnv_quota_uncharge(&nodes[tokens[which].node], tokens[which].gpu, tokens[which].bytes);
	tokens[which] = tokens[--held];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	held = 0;
	for (unsigned int i = 0; i < NODES; i++)
		gnv_quota_init(&nodes[i], i ? &nodes[i - 1] : NULL, counters[i], GPUS);
	for (; size >= 4; data += 4, size -= 4) {
		unsigned int node = data[1] % NODES;
		u64 bytes = 1ULL << data[3] % 64;
		u32 gpu = data[2] % GPUS;

		switch (data[0] % 4) {
		case 0:
			uncharge(data[1]);
			break;
		case 1:
			gnv_quota_set_max(&nodes[node], data[2] & 2 ? GHOSTNV_GPU_TOTAL : gpu,
					  data[2] & 4 ? GHOSTNV_UNLIMITED : bytes);
			break;
		default:
			charge(node, gpu, bytes);
		}
		check_sums();
	}
	while (held)
		uncharge(0);
	check_sums();
	return 0;
}
