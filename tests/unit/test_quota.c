// SPDX-License-Identifier: MIT
/*
 * The quota against a model of it: a tree of random shape, random charges and
 * limits; the model adds up from nothing what each node must hold.
 */
#include <stdlib.h>

#include "ghostnv/quota.h"

#include "tap.h"

#define NODES	12
#define TOKENS	200
#define STEPS	200000
#define GPUS	3

struct token {
	bool used;
	unsigned int node;
	u32 gpu;
	u64 bytes;
};

static struct gnv_quota nodes[NODES];
static unsigned int parents[NODES];
static struct token tokens[TOKENS];

static unsigned int pick(unsigned int n)
{
	return (unsigned int)random() % n;
}

static bool at_or_below(unsigned int node, unsigned int above)
{
	while (node != above && node)
		node = parents[node];
	return node == above;
}

static u64 model_usage(unsigned int node, u32 gpu)
{
	u64 sum = 0;

	for (unsigned int i = 0; i < TOKENS; i++)
		if (tokens[i].used && at_or_below(tokens[i].node, node) &&
		    (gpu == GHOSTNV_GPU_TOTAL || tokens[i].gpu == gpu))
			sum += tokens[i].bytes;
	return sum;
}

static bool model_fits_one(unsigned int node, u32 gpu, u64 bytes)
{
	u64 max = gnv_quota_counter(&nodes[node], gpu)->max_bytes;
	u64 usage = model_usage(node, gpu);

	return max == GHOSTNV_UNLIMITED || (usage <= max && bytes <= max - usage);
}

static bool model_fits(unsigned int node, u32 gpu, u64 bytes)
{
	for (;; node = parents[node]) {
		if (!model_fits_one(node, gpu, bytes) ||
		    !model_fits_one(node, GHOSTNV_GPU_TOTAL, bytes))
			return false;
		if (!node)
			return true;
	}
}

static void make_tree(void)
{
	gnv_quota_init(&nodes[0], NULL);
	parents[0] = 0;
	for (unsigned int i = 1; i < NODES; i++) {
		parents[i] = pick(i);
		gnv_quota_init(&nodes[i], &nodes[parents[i]]);
	}
	memset(tokens, 0, sizeof(tokens));
}

static void step_charge(struct token *token)
{
	struct gnv_quota_full full = { NULL, 0 };
	bool fits;
	int ret;

	token->node = pick(NODES);
	token->gpu = pick(GPUS);
	token->bytes = pick(100) ? pick(1000) : U64_MAX - pick(3);
	fits = model_fits(token->node, token->gpu, token->bytes) && token->bytes < 1000;
	ret = gnv_quota_try_charge(&nodes[token->node], token->gpu, token->bytes, &full);
	if (token->bytes >= 1000 && !ret) {
		/* Only an empty tree without limits takes that much. */
		gnv_quota_uncharge(&nodes[token->node], token->gpu, token->bytes);
		expect_int(model_usage(0, GHOSTNV_GPU_TOTAL) <= U64_MAX - token->bytes, 1);
		return;
	}
	expect_int(ret, fits ? 0 : -EDQUOT);
	expect_int(full.node != NULL, 1);
	token->used = fits;
}

static void step_limit(void)
{
	unsigned int node = pick(NODES);
	u32 gpu = pick(2) ? GHOSTNV_GPU_TOTAL : pick(GPUS);

	gnv_quota_counter(&nodes[node], gpu)->max_bytes =
		pick(3) ? pick(20000) + 1 : GHOSTNV_UNLIMITED;
}

static void check_all(void)
{
	for (unsigned int i = 0; i < NODES; i++) {
		expect_int(nodes[i].total.usage_bytes, model_usage(i, GHOSTNV_GPU_TOTAL));
		for (u32 gpu = 0; gpu < GPUS; gpu++)
			expect_int(nodes[i].gpu[gpu].usage_bytes, model_usage(i, gpu));
		expect(nodes[i].total.peak_bytes >= nodes[i].total.usage_bytes);
	}
}

static void random_charges_match_the_model(void)
{
	srandom(1);
	make_tree();
	for (int i = 0; i < STEPS && tap_good; i++) {
		struct token *token = &tokens[pick(TOKENS)];

		if (!pick(50))
			step_limit();
		if (token->used) {
			gnv_quota_uncharge(&nodes[token->node], token->gpu, token->bytes);
			token->used = false;
		} else {
			step_charge(token);
		}
		if (!(i % 1000))
			check_all();
	}
	for (unsigned int i = 0; i < TOKENS; i++)
		if (tokens[i].used)
			gnv_quota_uncharge(&nodes[tokens[i].node], tokens[i].gpu,
					   tokens[i].bytes);
	memset(tokens, 0, sizeof(tokens));
	check_all();
}

static void headroom_is_what_fits(void)
{
	srandom(2);
	make_tree();
	for (int i = 0; i < 2000 && tap_good; i++) {
		unsigned int node = pick(NODES);
		u32 gpu = pick(GPUS);
		struct gnv_quota_full full;
		u64 room;

		make_tree();
		step_limit();
		step_limit();
		room = gnv_quota_headroom(&nodes[node], gpu);
		if (room == GHOSTNV_UNLIMITED)
			continue;
		expect_int(gnv_quota_try_charge(&nodes[node], gpu, room + 1, &full), -EDQUOT);
		expect_int(gnv_quota_try_charge(&nodes[node], gpu, room, &full), 0);
		expect_int(gnv_quota_headroom(&nodes[node], gpu), 0);
	}
}

int main(void)
{
	test("quota:random_charges_match_the_model", random_charges_match_the_model);
	test("quota:headroom_is_what_fits", headroom_is_what_fits);
	return tap_end();
}
