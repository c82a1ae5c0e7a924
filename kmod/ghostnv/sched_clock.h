/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The virtual clock of those who compete for one node's time.  Each has a virtual time
 * that runs the faster the less it weighs; the clock shows their weighted average, so
 * who is ahead of the clock had more than its share, by exactly as much as the others
 * had less.  The average is kept with its remainder: nothing drifts, however often it
 * is moved (the average as a measure is that of EEVDF; Stoica, Abdel-Wahab, 1995).
 *
 * Words: a "tick" is the unit of virtual time, 1/16384 ns for weight 1.  Times wrap
 * round; what is compared lies within 2^48 ticks, so no product here overflows.
 */
#ifndef _GHOSTNV_SCHED_CLOCK_H
#define _GHOSTNV_SCHED_CLOCK_H

#include "pure.h"

#define GNV_SCHED_TICKS_SHIFT 14

/**
 * struct gnv_sched_clock - the weighted average of virtual times
 * @now: the average, rounded down
 * @rest: what the rounding left over: the sum of weight * (time - @now)
 * @weight: of all who compete
 */
struct gnv_sched_clock {
	u64 now;
	u64 rest;
	u64 weight;
};

/* How much virtual time a stretch of real time is for one of some weight. */
static inline u64 gnv_sched_ticks(u64 ns, u32 weight)
{
	return (ns << GNV_SCHED_TICKS_SHIFT) / weight;
}

/* The most that one is taken to be ahead or behind: 17 s of its own for weight 1. */
#define GNV_SCHED_TICKS_MAX (1LL << 48)

/* The time of one who is @ticks ahead (or behind), as its own real time. */
static inline s64 gnv_sched_own_ns(s64 ticks, u32 weight)
{
	if (ticks > GNV_SCHED_TICKS_MAX)
		ticks = GNV_SCHED_TICKS_MAX;
	if (ticks < -GNV_SCHED_TICKS_MAX)
		ticks = -GNV_SCHED_TICKS_MAX;
	return ticks * (s64)weight / (1 << GNV_SCHED_TICKS_SHIFT);
}

static inline s64 gnv_sched_ahead(const struct gnv_sched_clock *clock, u64 time)
{
	return (s64)(time - clock->now);
}

/* Moves the clock to where the sum of all distances is smaller than the weight. */
static inline void gnv_sched_clock_settle(struct gnv_sched_clock *clock, u64 sum)
{
	s64 left = (s64)sum, by;

	if (!clock->weight) {
		clock->rest = 0;
		return;
	}
	by = left / (s64)clock->weight;
	left -= by * (s64)clock->weight;
	if (left < 0) {
		left += (s64)clock->weight;
		by--;
	}
	clock->now += (u64)by;
	clock->rest = (u64)left;
}

/* One who is at @time competes from now on. */
static inline void gnv_sched_clock_join(struct gnv_sched_clock *clock, u64 time,
					u32 weight)
{
	u64 sum = clock->rest + (time - clock->now) * weight;

	if (!clock->weight) {
		clock->now = time;
		sum = 0;
	}
	clock->weight += weight;
	gnv_sched_clock_settle(clock, sum);
}

/* One who is at @time competes no longer. */
static inline void gnv_sched_clock_leave(struct gnv_sched_clock *clock, u64 time,
					 u32 weight)
{
	u64 sum = clock->rest - (time - clock->now) * weight;

	clock->weight -= weight;
	gnv_sched_clock_settle(clock, sum);
}

/* The time of one who competes moves by some ticks. */
static inline void gnv_sched_clock_move(struct gnv_sched_clock *clock, u64 ticks,
					u32 weight)
{
	gnv_sched_clock_settle(clock, clock->rest + ticks * weight);
}

#endif /* _GHOSTNV_SCHED_CLOCK_H */
