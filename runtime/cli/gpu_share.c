// SPDX-License-Identifier: MIT
/*
 * Shares of GPU time: see gpu_share.h.
 */
#include "cli/gpu_share.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

void cli_looks_begin(struct cli_looks *looks)
{
	size_t i, kept = 0;

	for (i = 0; i < looks->n; i++)
		if (looks->looks[i].round == looks->round)
			looks->looks[kept++] = looks->looks[i];
	looks->n = kept;
	looks->round++;
}

/* Without memory there is no look: the share is not known then, as at first. */
static struct cli_look *find(struct cli_looks *looks, const struct ghostnv_stats *stats)
{
	struct cli_look *look, *grown;

	for (look = looks->looks; look < looks->looks + looks->n; look++)
		if (look->id == stats->id && look->gpu == stats->gpu)
			return look;
	grown = reallocarray(looks->looks, looks->n + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	looks->looks = grown;
	grown[looks->n] = (struct cli_look){ .id = stats->id, .gpu = stats->gpu };
	return &grown[looks->n++];
}

static uint64_t share(uint64_t now, uint64_t before, uint64_t span_us)
{
	/* A container that was made anew under its id counts from 0. */
	return now < before ? 0 : (now - before) * 1000 / span_us;
}

struct cli_shares cli_looks_add(struct cli_looks *looks, const struct ghostnv_stats *stats,
				uint64_t now_us)
{
	struct cli_look *look = find(looks, stats);
	struct cli_shares shares = { 0 };
	uint64_t span_us;

	if (!look)
		return shares;
	span_us = now_us - look->time_us;
	if (look->round && span_us)
		shares = (struct cli_shares){
			.known = true,
			.usage = share(stats->gpu_usage_us, look->usage_us, span_us),
			.throttled = share(stats->gpu_throttled_us, look->throttled_us, span_us),
			.waited = share(stats->gpu_wait_some_us, look->waited_us, span_us),
		};
	look->round = looks->round;
	look->time_us = now_us;
	look->usage_us = stats->gpu_usage_us;
	look->throttled_us = stats->gpu_throttled_us;
	look->waited_us = stats->gpu_wait_some_us;
	return shares;
}

void cli_looks_fini(struct cli_looks *looks)
{
	free(looks->looks);
	memset(looks, 0, sizeof(*looks));
}

uint64_t cli_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
