/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A model, in virtual time, of an engine that works through a runlist, and of the one
 * who looks after it: for the kernel and the host alike.
 *
 * The engine takes the queues in turn, as the driver's controls define it: each that is
 * enabled and has work runs until its slice or its work ends; those of level HIGH come
 * after each other one.  To change from one to another costs time.  Work may be of
 * pieces that cannot be preempted, and slices may be ignored altogether.
 *
 * The keeper looks when the scheduler asks for it, some time too late, and otherwise
 * every poll_ns; only then it learns what ran and who has work.
 */
#ifndef _GHOSTNV_SCHED_MODEL_H
#define _GHOSTNV_SCHED_MODEL_H

#include "ghostnv/sched.h"

#define MODEL_TENANTS	64
#define MODEL_GROUPS	16
#define MODEL_LATENCIES 4096
#define MODEL_MS	1000000ULL
#define MODEL_FOREVER	(1ULL << 60)

/*
 * A leaf with one queue, and what its program does:
 *
 * @work_ns: work of each request, MODEL_FOREVER for one that never ends
 * @think_ns: how long it does nothing between requests, half to one and a half times
 * @piece_ns: what cannot be preempted, 0 for everything can
 * @blocks: it has work that never runs, as that waits for a semaphore
 * @blocks_between: so between its requests
 * @left_ns: work that is left
 * @wake_ns: when the next request comes
 * @piece_left_ns: of the piece that has begun
 * @used_ns: not sampled yet
 * @total_ns: all that it used
 * @ready_ns: since when it waits for its turn, where it has work
 * @longest_ns: the longest that it waited so
 * @first_ns: how long it waited for its very first turn
 */
struct model_tenant {
	struct gnv_sched_node node;
	u64 work_ns;
	u64 think_ns;
	u64 piece_ns;
	bool present;
	bool blocks;
	bool blocks_between;
	u64 left_ns;
	u64 wake_ns;
	u64 asked_ns;
	u64 piece_left_ns;
	u64 used_ns;
	u64 total_ns;
	u64 ready_ns;
	u64 longest_ns;
	u64 first_ns;
	bool records; /* how long its requests take */
};

struct model {
	void *test; /* whoever includes it may keep something here */
	u64 seed;
	struct gnv_sched sched;
	struct model_tenant tenants[MODEL_TENANTS];
	u32 n;
	struct gnv_sched_node groups[MODEL_GROUPS];
	bool has_group[MODEL_GROUPS];
	u64 now_ns;
	/* the engine */
	u64 switch_ns;
	bool ignores_slices;
	struct model_tenant *running;
	struct model_tenant *last;
	u64 slice_left_ns;
	u32 turn;
	u32 first_turn;
	bool firsts;
	/* the keeper */
	u64 poll_ns;
	u64 late_ns;
	bool notices; /* it sees at once that work has come */
	u64 idle_ns;
	u64 notice_ns;
	/* what came of it */
	u64 lost_ns;
	u64 idle_total_ns;
	u64 kept_idle_ns; /* idle while someone had work that only a gate held back */
	u64 looks;
	u64 orders;
	u32 latencies_ns[MODEL_LATENCIES];
	u32 n_latencies;
};

static u32 model_pick(struct model *m, u32 n)
{
	m->seed ^= m->seed << 13;
	m->seed ^= m->seed >> 7;
	m->seed ^= m->seed << 17;
	return (u32)(m->seed >> 33) % n;
}

/* --- the engine ----------------------------------------------------------------------- */

static bool model_has_work(struct model *m, struct model_tenant *t)
{
	if (!t->left_ns && t->work_ns && t->wake_ns <= m->now_ns) {
		t->left_ns = t->work_ns;
		t->asked_ns = t->wake_ns;
		t->ready_ns = t->wake_ns;
	}
	return t->left_ns || t->blocks || t->blocks_between;
}

static bool model_can_run(struct model *m, struct model_tenant *t)
{
	return t->present && t->node.told.enabled && model_has_work(m, t) && t->left_ns &&
	       !t->blocks;
}

static struct model_tenant *model_next_first(struct model *m)
{
	while (m->first_turn < m->n) {
		struct model_tenant *t = &m->tenants[m->first_turn++];

		if (t->node.told.first && model_can_run(m, t))
			return t;
	}
	return NULL;
}

static struct model_tenant *model_next(struct model *m)
{
	struct model_tenant *t;
	u32 i;

	if (m->firsts) {
		t = model_next_first(m);
		if (t)
			return t;
		m->firsts = false;
	}
	for (i = 0; i < m->n; i++) {
		t = &m->tenants[(m->turn + i) % m->n];
		if (t->node.told.first || !model_can_run(m, t))
			continue;
		m->turn = (m->turn + i + 1) % m->n;
		m->firsts = true;
		m->first_turn = 0;
		return t;
	}
	m->first_turn = 0;
	return model_next_first(m);
}

/* Until someone who may run has work, or till @until_ns. */
static void model_idle(struct model *m, u64 until_ns)
{
	u64 next_ns = until_ns;
	bool kept = false;
	u32 i;

	for (i = 0; i < m->n; i++) {
		struct model_tenant *t = &m->tenants[i];
		struct gnv_sched_node *node;

		if (!t->present || !t->work_ns)
			continue;
		if (!model_has_work(m, t) || !t->left_ns) {
			if (t->node.told.enabled && t->wake_ns < next_ns)
				next_ns = t->wake_ns;
			continue;
		}
		for (node = &t->node; node && !node->holds; node = node->parent)
			;
		kept = kept || (!node && !t->blocks);
	}
	m->idle_ns += next_ns - m->now_ns;
	m->idle_total_ns += next_ns - m->now_ns;
	if (kept)
		m->kept_idle_ns += next_ns - m->now_ns;
	m->now_ns = next_ns;
	m->last = NULL;
}

static void model_finish(struct model *m, struct model_tenant *t)
{
	u64 think_ns = t->think_ns / 2 + (u64)model_pick(m, 1000) * (t->think_ns / 1000);

	if (t->records && m->n_latencies < MODEL_LATENCIES)
		m->latencies_ns[m->n_latencies++] = (u32)(m->now_ns - t->asked_ns);
	t->wake_ns = m->now_ns + think_ns;
	m->running = NULL;
}

/* Runs the one whose turn it is until something ends. */
static void model_turn(struct model *m, u64 until_ns)
{
	struct model_tenant *t = m->running;
	u64 run_ns = until_ns - m->now_ns, stop_ns;

	/* Its slice is over, or it is disabled: what has begun ends first. */
	stop_ns = t->node.told.enabled && t->present ? m->slice_left_ns : 0;
	if (t->piece_left_ns > stop_ns)
		stop_ns = t->piece_left_ns;
	if (!stop_ns) {
		m->running = NULL;
		return;
	}
	if (run_ns > stop_ns)
		run_ns = stop_ns;
	if (run_ns > t->left_ns)
		run_ns = t->left_ns;
	if (t->piece_left_ns && run_ns > t->piece_left_ns)
		run_ns = t->piece_left_ns;
	m->now_ns += run_ns;
	m->slice_left_ns -= run_ns < m->slice_left_ns ? run_ns : m->slice_left_ns;
	t->used_ns += run_ns;
	t->total_ns += run_ns;
	t->ready_ns = m->now_ns;
	if (t->left_ns < MODEL_FOREVER)
		t->left_ns -= run_ns;
	if (t->piece_ns) {
		t->piece_left_ns -= run_ns;
		if (!t->piece_left_ns && m->slice_left_ns && t->node.told.enabled)
			t->piece_left_ns = t->piece_ns;
	}
	if (!t->left_ns) {
		t->piece_left_ns = 0;
		model_finish(m, t);
	}
}

static void model_start(struct model *m, struct model_tenant *t)
{
	m->running = t;
	m->slice_left_ns = m->ignores_slices ? MODEL_MS : t->node.told.slice_us * 1000ULL;
	if (t->piece_ns && !t->piece_left_ns)
		t->piece_left_ns = t->piece_ns;
	if (m->last && m->last != t) {
		m->now_ns += m->switch_ns;
		m->lost_ns += m->switch_ns;
	}
	m->last = t;
	if (!t->total_ns && !t->first_ns)
		t->first_ns = m->now_ns - t->ready_ns;
	if (m->now_ns - t->ready_ns > t->longest_ns)
		t->longest_ns = m->now_ns - t->ready_ns;
}

static void model_engine(struct model *m, u64 until_ns)
{
	while (m->now_ns < until_ns) {
		struct model_tenant *t = m->running;

		if (!t) {
			t = model_next(m);
			if (t)
				model_start(m, t);
			else
				model_idle(m, until_ns);
			continue;
		}
		model_turn(m, until_ns);
	}
}

/* --- the keeper ----------------------------------------------------------------------- */

static void model_orders(struct model *m)
{
	struct gnv_sched_node *leaf;
	u32 i;

	while ((leaf = gnv_sched_next_order(&m->sched)))
		m->orders++;
	if (!m->running || !m->notices)
		return;
	for (i = 0; i < m->n; i++) {
		struct model_tenant *t = &m->tenants[i];

		if (model_can_run(m, t) && gnv_sched_preempts(&t->node, &m->running->node))
			m->slice_left_ns = 0;
	}
}

static void model_look(struct model *m)
{
	u32 i;

	for (i = 0; i < m->n; i++) {
		struct model_tenant *t = &m->tenants[i];
		bool busy = t->present && model_has_work(m, t);

		if (!t->present || (!busy && !t->used_ns && !t->node.queues))
			continue;
		gnv_sched_sample(&t->node, t->used_ns, busy, m->now_ns);
		t->used_ns = 0;
	}
	gnv_sched_decide(&m->sched, m->idle_ns, m->now_ns);
	m->idle_ns = 0;
	m->looks++;
	model_orders(m);
}

/* When work comes that is noticed at once. */
static u64 model_next_work(struct model *m)
{
	u64 next_ns = U64_MAX;
	u32 i;

	for (i = 0; i < m->n; i++) {
		struct model_tenant *t = &m->tenants[i];

		if (t->present && t->work_ns && !t->left_ns && t->wake_ns > m->now_ns &&
		    t->wake_ns < next_ns)
			next_ns = t->wake_ns;
	}
	return next_ns;
}

static void model_step(struct model *m)
{
	u64 next_ns = gnv_sched_deadline(&m->sched), poll_ns = m->now_ns + m->poll_ns, work_ns;

	if (next_ns < MODEL_FOREVER && m->late_ns)
		next_ns += model_pick(m, (u32)m->late_ns);
	if (next_ns > poll_ns)
		next_ns = poll_ns;
	if (m->notices) {
		work_ns = model_next_work(m);
		if (next_ns > work_ns)
			next_ns = work_ns;
	}
	if (next_ns <= m->now_ns)
		next_ns = m->now_ns + 1;
	model_engine(m, next_ns);
	model_look(m);
}

static inline void model_run(struct model *m, u64 for_ns)
{
	u64 end_ns = m->now_ns + for_ns;

	model_look(m);
	while (m->now_ns < end_ns)
		model_step(m);
}

/* --- setting up ----------------------------------------------------------------------- */

/* @m is zeroed; its seed is set and not 0. */
static void model_init(struct model *m)
{
	const struct gnv_sched_config config = GNV_SCHED_CONFIG_DEFAULT;

	/* Small seeds have few bits, and picks take the upper ones. */
	m->seed = m->seed * 0x9e3779b97f4a7c15ULL | 1;
	m->now_ns = 1000 * MODEL_MS;
	m->switch_ns = config.switch_ns;
	m->poll_ns = 2 * MODEL_MS;
	m->late_ns = 200000;
	gnv_sched_init(&m->sched, &config, m->now_ns);
}

/* One that always has work, below a group or (NULL) the root. */
static void model_put(struct model *m, struct model_tenant *t, struct gnv_sched_node *parent,
		      u32 weight)
{
	memset(t, 0, sizeof(*t));
	t->present = true;
	t->work_ns = MODEL_FOREVER;
	t->wake_ns = m->now_ns;
	t->ready_ns = m->now_ns;
	gnv_sched_add(&m->sched, &t->node, parent, true, m->now_ns);
	gnv_sched_set_weight(&t->node, weight, m->now_ns);
}

static struct model_tenant *model_add(struct model *m, struct gnv_sched_node *parent,
				      u32 weight)
{
	struct model_tenant *t = &m->tenants[m->n++];

	model_put(m, t, parent, weight);
	return t;
}

static struct gnv_sched_node *model_add_group(struct model *m, u32 i,
					      struct gnv_sched_node *parent, u32 weight)
{
	m->has_group[i] = true;
	gnv_sched_add(&m->sched, &m->groups[i], parent, false, m->now_ns);
	gnv_sched_set_weight(&m->groups[i], weight, m->now_ns);
	return &m->groups[i];
}

static inline void model_restart(struct model *m)
{
	u32 i;

	for (i = 0; i < m->n; i++) {
		m->tenants[i].total_ns = 0;
		m->tenants[i].longest_ns = 0;
	}
	m->lost_ns = 0;
	m->idle_total_ns = 0;
	m->kept_idle_ns = 0;
	m->n_latencies = 0;
}

/* --- judging -------------------------------------------------------------------------- */

static u64 model_total(const struct model *m)
{
	u64 sum_ns = 0;
	u32 i;

	for (i = 0; i < m->n; i++)
		sum_ns += m->tenants[i].total_ns;
	return sum_ns;
}

static u64 model_ppm(u64 part, u64 whole)
{
	return whole ? part * 100 / (whole / 10000 + 1) : 0;
}

/* A leaf's share of the engine by the weights of all who are there, in ppm. */
static u64 model_share(const struct model *m, const struct gnv_sched_node *node)
{
	u64 ppm = 1000000, sum;
	u32 i;

	for (; node->parent; node = node->parent) {
		sum = 0;
		for (i = 0; i < m->n; i++)
			if (m->tenants[i].present && m->tenants[i].node.parent == node->parent)
				sum += m->tenants[i].node.weight;
		for (i = 0; i < MODEL_GROUPS; i++)
			if (m->has_group[i] && m->groups[i].parent == node->parent)
				sum += m->groups[i].weight;
		ppm = ppm * node->weight / sum;
	}
	return ppm;
}

/* The largest error of a share, as a part of that share, in ppm. */
static inline u64 model_share_error(const struct model *m)
{
	u64 total_ns = model_total(m), worst = 0;
	u32 i;

	for (i = 0; i < m->n; i++) {
		u64 share = model_share(m, &m->tenants[i].node);
		u64 got = model_ppm(m->tenants[i].total_ns, total_ns);
		u64 error = got > share ? got - share : share - got;

		error = error * 1000000 / share;
		worst = error > worst ? error : worst;
	}
	return worst;
}

/* Jain's index of what each got in relation to its share, in ppm. */
static inline u64 model_jain(const struct model *m)
{
	u64 total_ns = model_total(m), sum = 0, squares = 0;
	u32 i;

	for (i = 0; i < m->n; i++) {
		u64 x = model_ppm(m->tenants[i].total_ns, total_ns) * 10000 /
			model_share(m, &m->tenants[i].node);

		/* An index is all the same for a hundred times its share and more. */
		if (x > 1000000)
			x = 1000000;
		sum += x;
		squares += x * x;
	}
	return squares ? sum * sum / m->n * 1000 / (squares / 1000 + 1) : 0;
}

static inline u32 model_quantile(struct model *m, u32 percent)
{
	u32 i, j, x;

	for (i = 1; i < m->n_latencies; i++) {
		x = m->latencies_ns[i];
		for (j = i; j && m->latencies_ns[j - 1] > x; j--)
			m->latencies_ns[j] = m->latencies_ns[j - 1];
		m->latencies_ns[j] = x;
	}
	return m->n_latencies ? m->latencies_ns[(m->n_latencies - 1) * percent / 100] : 0;
}

#endif /* _GHOSTNV_SCHED_MODEL_H */
