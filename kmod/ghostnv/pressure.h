/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How much of its time someone waits for the GPU or for its memory, told as the
 * kernel's pressure stall information is (Documentation/accounting/psi.rst): totals,
 * and averages over 10, 60 and 300 seconds that decay exponentially.  Pure: whoever
 * calls holds a lock and brings the time.
 *
 * Words: "some" is time in which at least one of those who have work waits, "full" is
 * time in which all of them do.  A "trigger" fires when the time waited within a window
 * reaches a threshold.
 */
#ifndef _GHOSTNV_PRESSURE_H
#define _GHOSTNV_PRESSURE_H

#include "pure.h"

/* Bounds of a trigger's window, those of the kernel's own triggers. */
#define GNV_PRESSURE_WINDOW_MIN_NS 500000000ULL
#define GNV_PRESSURE_WINDOW_MAX_NS 10000000000ULL

enum gnv_pressure_state {
	GNV_PRESSURE_SOME,
	GNV_PRESSURE_FULL,
	GNV_PRESSURE_STATES
};

enum gnv_pressure_average {
	GNV_PRESSURE_10S,
	GNV_PRESSURE_60S,
	GNV_PRESSURE_300S,
	GNV_PRESSURE_AVERAGES
};

/**
 * struct gnv_pressure_line - one line of a pressure file
 * @total_ns: time waited since the beginning
 * @counted_ns: of it, what is in the averages already
 * @average: in percent, with GNV_PRESSURE_SHIFT bits behind the point
 */
struct gnv_pressure_line {
	u64 total_ns;
	u64 counted_ns;
	u32 average[GNV_PRESSURE_AVERAGES];
};

/**
 * struct gnv_pressure - what is known of waiting for one thing
 * @line: some and full
 * @averaged_ns: when the averages were last worked out
 * @due_ns: when they are to be worked out again
 * @since_ns: since when @waits is so
 * @waits: which of the two goes on now
 */
struct gnv_pressure {
	struct gnv_pressure_line line[GNV_PRESSURE_STATES];
	u64 averaged_ns;
	u64 due_ns;
	u64 since_ns;
	bool waits[GNV_PRESSURE_STATES];
};

/**
 * struct gnv_pressure_trigger - asks to be told of much waiting
 * @state: some or full
 * @threshold_ns: how long one has to wait
 * @window_ns: within how long
 * @start_ns: when the window began
 * @start_total_ns: the total at that time
 * @before_ns: time waited in the window before it
 * @fired_ns: when it last fired
 * @fired: whether it ever did
 */
struct gnv_pressure_trigger {
	enum gnv_pressure_state state;
	u64 threshold_ns;
	u64 window_ns;
	u64 start_ns;
	u64 start_total_ns;
	u64 before_ns;
	u64 fired_ns;
	bool fired;
};

void gnv_pressure_init(struct gnv_pressure *pressure, u64 now_ns);
void gnv_pressure_add(struct gnv_pressure *pressure, u64 some_ns, u64 full_ns, u64 now_ns);
void gnv_pressure_set(struct gnv_pressure *pressure, bool some, bool full, u64 now_ns);
void gnv_pressure_update(struct gnv_pressure *pressure, u64 now_ns);
u32 gnv_pressure_centi(const struct gnv_pressure *pressure, enum gnv_pressure_state state,
		       enum gnv_pressure_average average);

int gnv_pressure_trigger_init(struct gnv_pressure_trigger *trigger,
			      const struct gnv_pressure *pressure,
			      enum gnv_pressure_state state, u64 threshold_ns,
			      u64 window_ns, u64 now_ns);
bool gnv_pressure_trigger_check(struct gnv_pressure_trigger *trigger,
				const struct gnv_pressure *pressure, u64 now_ns);

#endif /* _GHOSTNV_PRESSURE_H */
