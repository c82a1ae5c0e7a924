/* SPDX-License-Identifier: MIT */
/*
 * Shares of GPU time between two looks at the same figures.  Knows no clock: the caller
 * says when a look was.
 */
#ifndef GNV_CLI_GPU_SHARE_H
#define GNV_CLI_GPU_SHARE_H

#include <linux/ghostnv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_look {
	uint64_t id;
	uint32_t gpu, round;
	uint64_t time_us, usage_us, throttled_us, waited_us;
};

/* What is kept from one look to the next. */
struct cli_looks {
	uint32_t round;
	size_t n;
	struct cli_look *looks;
};

/* In thousandths of the time since the last look; of several GPUs usage may be more. */
struct cli_shares {
	bool known; /* it was looked at before */
	uint64_t usage, throttled, waited;
};

/* All are looked at once in a round; what was not in the last one is forgotten. */
void cli_looks_begin(struct cli_looks *looks);
struct cli_shares cli_looks_add(struct cli_looks *looks, const struct ghostnv_stats *stats,
				uint64_t now_us);
void cli_looks_fini(struct cli_looks *looks);

/* CLOCK_MONOTONIC */
uint64_t cli_now_us(void);

#endif /* GNV_CLI_GPU_SHARE_H */
