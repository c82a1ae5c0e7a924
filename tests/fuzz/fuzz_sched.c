// SPDX-License-Identifier: MIT
/*
 * Fuzzes the scheduler: whatever is told of tenants, in whatever order and with
 * whatever numbers, its books agree and someone who wants the engine may have it.
 *
 * Input: steps of four bytes: what, which node, which other or which small number, and
 * how much (a power of two).
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ghostnv/sched.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NODES 12

#define CHECK(what) \
	do { \
		if (!(what)) \
			abort(); \
	} while (0)

static struct gnv_sched sched;
static struct gnv_sched_node nodes[NODES];
static bool present[NODES];
static u64 now_ns;

static struct gnv_sched_node *parent_of_choice(uint8_t which)
{
	return which % (NODES + 1) < NODES && present[which % (NODES + 1)] ?
		       &nodes[which % (NODES + 1)] :
		       NULL;
}

/* --- what must be so -------------------------------------------------------------------- */

static bool may_run(const struct gnv_sched_node *node)
{
	for (; node; node = node->parent)
		if (node->holds || node->gated)
			return false;
	return true;
}

static void check_children(const struct gnv_sched_node *node)
{
	u32 queues = 0, busy = 0, rivals = 0, closed = 0;
	u64 weight = 0, distance = 0;

	for (const struct gnv_link *l = node->children.next; l != &node->children; l = l->next) {
		const struct gnv_sched_node *child =
			container_of(l, struct gnv_sched_node, sibling);

		CHECK(child->parent == node);
		CHECK(child->competing == (child->queues && !child->holds));
		busy += child->busy;
		if (!child->competing)
			continue;
		queues += child->queues;
		rivals++;
		closed += child->gated;
		weight += child->weight;
		distance += (child->time - node->clock.now) * child->weight;
	}
	CHECK(node->leaf || (node->queues == queues && node->busy == busy));
	CHECK(node->rivals == rivals && node->closed == closed);
	CHECK(node->clock.weight == weight && node->clock.rest == distance);
	CHECK(!rivals || closed < rivals);
}

static void check(void)
{
	const struct gnv_sched_config *config = &sched.config;
	bool wanted = false, open = false;

	check_children(&sched.root);
	for (int i = 0; i < NODES; i++) {
		bool held = false;

		if (!present[i])
			continue;
		check_children(&nodes[i]);
		if (!nodes[i].leaf)
			continue;
		CHECK(nodes[i].told.enabled == may_run(&nodes[i]));
		CHECK(nodes[i].told.slice_us >= config->short_us);
		CHECK(nodes[i].told.slice_us <= config->max_us);
		for (const struct gnv_sched_node *up = &nodes[i]; up; up = up->parent)
			held = held || up->holds;
		wanted = wanted || (nodes[i].queues && !held);
		open = open || (nodes[i].queues && nodes[i].told.enabled);
	}
	CHECK(open || !wanted);
	CHECK(sched.now_ns >= now_ns);
}

/* --- what is done ----------------------------------------------------------------------- */

static void come_or_go(int i, uint8_t where)
{
	if (present[i]) {
		gnv_sched_remove(&nodes[i], now_ns);
		present[i] = false;
		return;
	}
	present[i] = !gnv_sched_add(&sched, &nodes[i], parent_of_choice(where), where & 0x40,
				    now_ns);
}

static void set(struct gnv_sched_node *node, uint8_t what, u64 much)
{
	switch (what % 7) {
	case 0:
		gnv_sched_set_weight(node, (u32)much, now_ns);
		break;
	case 1:
		gnv_sched_set_max(node, much, 1000 + what * 1000, much / 2, now_ns);
		break;
	case 2:
		gnv_sched_set_max(node, U64_MAX, 0, 0, now_ns);
		break;
	case 3:
		gnv_sched_set_paused(node, much & 1, now_ns);
		break;
	case 4:
		gnv_sched_set_latency(node, !(much & 1), now_ns);
		break;
	case 5:
		gnv_sched_set_exclusive(&sched, node, now_ns);
		break;
	default:
		gnv_sched_set_exclusive(&sched, NULL, now_ns);
	}
}

static void step(const uint8_t *in)
{
	u64 much = (1ULL << in[3] % 64) - (in[3] & 0x80 ? 1 : 0);
	int i = in[1] % NODES;

	switch (in[0] % 8) {
	case 0:
		come_or_go(i, in[2]);
		break;
	case 1:
		if (present[i])
			gnv_sched_move(&nodes[i], parent_of_choice(in[2]), now_ns);
		break;
	case 2:
		if (present[i])
			set(&nodes[i], in[2], much);
		break;
	case 3:
		if (present[i])
			gnv_sched_charge(&nodes[i], much, now_ns);
		break;
	case 4:
		/* Time passes, up to years, and sometimes it is told that it went back. */
		now_ns += in[2] & 1 ? 0 : much >> 8;
		gnv_sched_decide(&sched, in[2] & 2 ? much : 0, now_ns - (in[2] & 4 ? 1000 : 0));
		break;
	default:
		now_ns += in[2] * 100000ULL;
		if (present[i] && nodes[i].leaf)
			gnv_sched_sample(&nodes[i], much, in[2] & 3, now_ns);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct gnv_sched_config config = GNV_SCHED_CONFIG_DEFAULT;
	const struct gnv_sched_node *leaf;

	memset(present, 0, sizeof(present));
	now_ns = 1;
	CHECK(!gnv_sched_init(&sched, &config, now_ns));
	for (; size >= 4; data += 4, size -= 4) {
		step(data);
		gnv_sched_decide(&sched, 0, now_ns);
		while ((leaf = gnv_sched_next_order(&sched)))
			CHECK(leaf->leaf);
		check();
	}
	return 0;
}
