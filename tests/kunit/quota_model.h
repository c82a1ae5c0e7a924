/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The quota against a model of it, for the kernel and the host alike: a tree that
 * changes its shape, random charges, limits and guarantees.  The model keeps tokens
 * only; what is taken in a node it adds up from nothing, before and after.
 *
 * Whoever includes it defines MODEL_CHECK(claim) first; `m` is the model there.
 */
#ifndef _GHOSTNV_QUOTA_MODEL_H
#define _GHOSTNV_QUOTA_MODEL_H

#include "ghostnv/quota.h"

#define MODEL_NODES  24
#define MODEL_GPUS   2
#define MODEL_TOKENS 40
#define MODEL_CARD   1000
#define MODEL_TOTAL  MODEL_GPUS /* an index in arrays of scopes */

enum model_life { MODEL_FREE,
		  MODEL_LIVE,
		  MODEL_DEAD };

struct model_node {
	struct gnv_quota quota;
	struct gnv_quota_counter counters[MODEL_GPUS];
	enum model_life life;
	int parent;
	u64 max[MODEL_GPUS + 1];
	u64 low[MODEL_GPUS + 1];
};

struct model_token {
	bool used;
	int node;
	u32 gpu;
	u64 bytes;
};

/* What each node is asked of by those below, in each scope. */
struct model_sums {
	u64 taken[MODEL_NODES][MODEL_GPUS + 1];
	u64 claim[MODEL_NODES][MODEL_GPUS + 1];
};

struct model {
	void *test; /* whoever includes it may keep something here */
	u64 seed;
	u64 granted;
	u64 refused;
	u64 promised;
	struct model_sums before;
	struct model_sums after;
	struct model_node nodes[MODEL_NODES];
	struct model_token tokens[MODEL_TOKENS];
};

static u32 model_pick(struct model *m, u32 n)
{
	m->seed ^= m->seed << 13;
	m->seed ^= m->seed >> 7;
	m->seed ^= m->seed << 17;
	return (u32)(m->seed >> 33) % n;
}

static u32 model_scope(u32 index)
{
	return index == MODEL_TOTAL ? GHOSTNV_GPU_TOTAL : index;
}

static int model_live(const struct model *m, int node)
{
	while (m->nodes[node].life == MODEL_DEAD)
		node = m->nodes[node].parent;
	return node;
}

static u64 model_larger(u64 a, u64 b)
{
	return a > b ? a : b;
}

/* Without @use, what would be asked if nobody used anything. */
static void model_sum(const struct model *m, int node, bool use, struct model_sums *sums)
{
	const struct model_node *n = &m->nodes[node];
	u64 own[MODEL_GPUS + 1] = { 0 }, gpus = 0;
	int i, s;

	for (i = 0; use && i < MODEL_TOKENS; i++) {
		if (m->tokens[i].used && model_live(m, m->tokens[i].node) == node) {
			own[m->tokens[i].gpu] += m->tokens[i].bytes;
			own[MODEL_TOTAL] += m->tokens[i].bytes;
		}
	}
	for (i = 1; i < MODEL_NODES; i++) {
		if (m->nodes[i].life != MODEL_LIVE || m->nodes[i].parent != node)
			continue;
		model_sum(m, i, use, sums);
		for (s = 0; s <= MODEL_GPUS; s++)
			own[s] += sums->claim[i][s];
	}
	for (s = 0; s <= MODEL_GPUS; s++) {
		sums->taken[node][s] = s == MODEL_TOTAL ? model_larger(own[s], gpus) : own[s];
		sums->claim[node][s] = model_larger(n->low[s], sums->taken[node][s]);
		gpus += s == MODEL_TOTAL ? 0 : sums->claim[node][s];
	}
}

static bool model_path_fits(const struct model *m, int node, u32 gpu,
			    const struct model_sums *before,
			    const struct model_sums *after)
{
	for (;; node = m->nodes[node].parent) {
		u32 scopes[] = { gpu, MODEL_TOTAL };
		u32 i;

		for (i = 0; i < 2; i++) {
			u64 taken = after->taken[node][scopes[i]];

			if (taken > m->nodes[node].max[scopes[i]] &&
			    (!before || taken != before->taken[node][scopes[i]]))
				return false;
		}
		if (!node)
			return true;
	}
}

static void model_init_node(struct model *m, int node, int parent)
{
	struct model_node *n = &m->nodes[node];
	int s;

	gnv_quota_init(&n->quota, node ? &m->nodes[parent].quota : NULL, n->counters,
		       MODEL_GPUS);
	for (s = 0; s <= MODEL_GPUS; s++) {
		n->max[s] = GHOSTNV_UNLIMITED;
		n->low[s] = 0;
	}
	n->life = MODEL_LIVE;
	n->parent = parent;
}

static int model_any(struct model *m)
{
	int node;

	do {
		node = model_pick(m, MODEL_NODES);
	} while (m->nodes[node].life != MODEL_LIVE);
	return node;
}

/* A new size of @token, 0 to free it: the quota decides as the model does. */
static void model_resize(struct model *m, struct model_token *token, u64 bytes)
{
	struct gnv_quota_full full;
	struct model_token old = *token;
	u64 held = token->used ? token->bytes : 0;
	struct gnv_quota *quota = &m->nodes[token->node].quota;
	bool fits;
	int ret;

	if (bytes <= held) {
		gnv_quota_uncharge(quota, token->gpu, held - bytes);
		token->bytes = bytes;
		token->used = bytes > 0;
		return;
	}
	model_sum(m, 0, true, &m->before);
	token->used = true;
	token->bytes = bytes;
	model_sum(m, 0, true, &m->after);
	fits = model_path_fits(m, model_live(m, token->node), token->gpu, &m->before,
			       &m->after);
	ret = gnv_quota_try_charge(quota, token->gpu, bytes - held, &full);
	MODEL_CHECK(ret == (fits ? 0 : -EDQUOT));
	if (fits)
		m->granted++;
	else
		m->refused++;
	if (!fits)
		*token = old;
}

static void model_step_charge(struct model *m)
{
	struct model_token *token = &m->tokens[model_pick(m, MODEL_TOKENS)];

	if (!token->used) {
		token->node = model_any(m);
		token->gpu = model_pick(m, MODEL_GPUS);
	}
	model_resize(m, token, model_pick(m, 3) ? 1 + model_pick(m, 250) : 0);
}

static void model_step_max(struct model *m)
{
	int node = 1 + model_pick(m, MODEL_NODES - 1), s = model_pick(m, MODEL_GPUS + 1);
	u64 bytes = model_pick(m, 3) ? 1 + model_pick(m, 900) : GHOSTNV_UNLIMITED;
	int ret;

	if (m->nodes[node].life != MODEL_LIVE)
		return;
	model_sum(m, 0, false, &m->after);
	ret = gnv_quota_set_max(&m->nodes[node].quota, model_scope(s), bytes);
	MODEL_CHECK(ret == (bytes < m->after.claim[node][s] ? -EBUSY : 0));
	if (!ret)
		m->nodes[node].max[s] = bytes;
}

static bool model_mixes(const struct model *m, int node, int s)
{
	int i, up, g;

	for (i = 1; i < MODEL_NODES; i++) {
		if (i == node || m->nodes[i].life != MODEL_LIVE)
			continue;
		/* Is one strictly below the other? */
		for (up = s == MODEL_TOTAL ? node : i; up; up = m->nodes[up].parent)
			if (m->nodes[up].parent == (s == MODEL_TOTAL ? i : node))
				break;
		if (!up)
			continue;
		if (s != MODEL_TOTAL && m->nodes[i].low[MODEL_TOTAL])
			return true;
		for (g = 0; s == MODEL_TOTAL && g < MODEL_GPUS; g++)
			if (m->nodes[i].low[g])
				return true;
	}
	return false;
}

static int model_may_promise(struct model *m, int node, int s, u64 bytes)
{
	struct model_node *n = &m->nodes[node];
	u64 old = n->low[s];
	bool fits;

	if (bytes <= old)
		return 0;
	if (bytes > n->max[s])
		return -ERANGE;
	if (model_mixes(m, node, s))
		return -EBUSY;
	n->low[s] = bytes;
	model_sum(m, 0, true, &m->after);
	/* Its own scope of one GPU may be above its limit: it takes nothing more. */
	fits = m->after.taken[node][MODEL_TOTAL] <= n->max[MODEL_TOTAL] &&
	       model_path_fits(m, n->parent, s, NULL, &m->after);
	n->low[s] = old;
	return fits ? 0 : -ENOSPC;
}

static void model_step_low(struct model *m)
{
	int node = 1 + model_pick(m, MODEL_NODES - 1), s = model_pick(m, MODEL_GPUS + 1);
	u64 bytes = model_pick(m, 3) ? model_pick(m, 400) : 0;
	int ret;

	if (m->nodes[node].life != MODEL_LIVE)
		return;
	ret = gnv_quota_set_low(&m->nodes[node].quota, model_scope(s), bytes);
	MODEL_CHECK(ret == model_may_promise(m, node, s, bytes));
	if (!ret) {
		m->nodes[node].low[s] = bytes;
		m->promised++;
	}
}

static bool model_is_referred_to(const struct model *m, int node)
{
	int i;

	for (i = 0; i < MODEL_TOKENS; i++)
		if (m->tokens[i].used && m->tokens[i].node == node)
			return true;
	for (i = 1; i < MODEL_NODES; i++)
		if (m->nodes[i].life != MODEL_FREE && m->nodes[i].parent == node)
			return true;
	return false;
}

static void model_step_create(struct model *m)
{
	int node, parent = model_any(m), i;

	for (node = 1; node < MODEL_NODES && m->nodes[node].life != MODEL_FREE; node++)
		;
	if (node == MODEL_NODES)
		return;
	model_init_node(m, node, parent);
	/* Sometimes it comes between others. */
	for (i = 1; i < MODEL_NODES; i++) {
		if (i == node || m->nodes[i].life != MODEL_LIVE ||
		    m->nodes[i].parent != parent || model_pick(m, 3))
			continue;
		gnv_quota_adopt(&m->nodes[node].quota, &m->nodes[i].quota);
		m->nodes[i].parent = node;
	}
}

static void model_step_destroy(struct model *m)
{
	int node = 1 + model_pick(m, MODEL_NODES - 1), i;

	if (m->nodes[node].life == MODEL_DEAD && !model_is_referred_to(m, node))
		m->nodes[node].life = MODEL_FREE;
	if (m->nodes[node].life != MODEL_LIVE)
		return;
	for (i = 1; i < MODEL_NODES; i++)
		if (m->nodes[i].life == MODEL_LIVE && m->nodes[i].parent == node)
			return;
	gnv_quota_orphan(&m->nodes[node].quota);
	m->nodes[node].life = MODEL_DEAD;
	for (i = 0; i <= MODEL_GPUS; i++)
		m->nodes[node].low[i] = 0;
}

static bool model_is_below(const struct model *m, int node, int above)
{
	while (node && node != above)
		node = m->nodes[node].parent;
	return node == above;
}

static u64 model_usage(const struct model *m, int node, int s)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < MODEL_TOKENS; i++)
		if (m->tokens[i].used && (s == MODEL_TOTAL || m->tokens[i].gpu == (u32)s) &&
		    model_is_below(m, model_live(m, m->tokens[i].node), node))
			sum += m->tokens[i].bytes;
	return sum;
}

/* A guarantee can be had, whatever the others have; and what is counted is right. */
static void model_check_node(struct model *m, int node, const struct model_sums *sums)
{
	struct model_node *n = &m->nodes[node];
	int s;

	for (s = 0; s <= MODEL_GPUS; s++) {
		struct gnv_quota_counter *counter = gnv_quota_counter(&n->quota, model_scope(s));
		u64 usage = model_usage(m, node, s), taken = sums->taken[node][s];

		MODEL_CHECK(counter->usage_bytes == usage);
		MODEL_CHECK(counter->peak_bytes >= usage);
		MODEL_CHECK(counter->low_bytes == n->low[s]);
		MODEL_CHECK(counter->max_bytes == n->max[s]);
		/* What those below were promised is theirs, used or not. */
		if (n->low[s] > taken)
			MODEL_CHECK(gnv_quota_headroom(&n->quota, model_scope(s)) >=
				    n->low[s] - taken);
	}
}

static void model_check(struct model *m)
{
	int i;

	model_sum(m, 0, true, &m->after);
	for (i = 0; i < MODEL_NODES; i++)
		if (m->nodes[i].life == MODEL_LIVE)
			model_check_node(m, i, &m->after);
	for (i = 0; i <= MODEL_GPUS; i++)
		MODEL_CHECK(m->after.taken[0][i] <= m->nodes[0].max[i]);
}

/* @m is zeroed; its seed is set and not 0. */
static void model_run(struct model *m, u32 steps, u32 check_every)
{
	u32 i;

	model_init_node(m, 0, 0);
	for (i = 0; i <= MODEL_GPUS; i++) {
		m->nodes[0].max[i] = i == MODEL_TOTAL ? MODEL_GPUS * MODEL_CARD : MODEL_CARD;
		gnv_quota_set_max(&m->nodes[0].quota, model_scope(i), m->nodes[0].max[i]);
	}
	for (i = 0; i < steps; i++) {
		u32 what = model_pick(m, 100);

		if (what < 70)
			model_step_charge(m);
		else if (what < 80)
			model_step_max(m);
		else if (what < 90)
			model_step_low(m);
		else if (what < 95)
			model_step_create(m);
		else
			model_step_destroy(m);
		if (i % check_every == 0)
			model_check(m);
	}
	for (i = 0; i < MODEL_TOKENS; i++)
		if (m->tokens[i].used)
			model_resize(m, &m->tokens[i], 0);
	model_check(m);
	MODEL_CHECK(m->nodes[0].quota.total.usage_bytes == 0);
	MODEL_CHECK(m->nodes[0].quota.total.orphan_bytes == 0);
	MODEL_CHECK(m->nodes[0].quota.total.own_bytes == 0);
}

#endif /* _GHOSTNV_QUOTA_MODEL_H */
