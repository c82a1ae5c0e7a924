// SPDX-License-Identifier: GPL-2.0
/*
 * Pressure: see pressure.h.  The period and the factors are those of the kernel, so
 * that the averages can be compared with those of its own pressure files.
 */
#include "pressure.h"

#define SHIFT	  11
#define ONE	  (1U << SHIFT)
#define PERIOD_NS 2000000000ULL

/* exp(-2 s / 10 s), exp(-2 s / 60 s), exp(-2 s / 300 s). */
static const u32 factors[GNV_PRESSURE_AVERAGES] = { 1677, 1981, 2034 };

/**
 * gnv_pressure_init() - begin without any waiting
 * @pressure: what is begun
 * @now_ns: the time
 *
 * Context: Any.
 */
void gnv_pressure_init(struct gnv_pressure *pressure, u64 now_ns)
{
	memset(pressure, 0, sizeof(*pressure));
	pressure->averaged_ns = now_ns;
	pressure->since_ns = now_ns;
	pressure->due_ns = now_ns + PERIOD_NS;
}

/* One step of an average; rounded up on its way up, so that it gets to 100 %. */
static u32 step(u32 average, u32 factor, u32 percent)
{
	u64 sum = (u64)average * factor + (u64)percent * (ONE - factor);

	if (percent >= average)
		sum += ONE - 1;
	return (u32)(sum >> SHIFT);
}

/* A factor to the power of a number of periods. */
static u32 power(u32 factor, u64 periods)
{
	u64 result = ONE, base = factor;

	for (; periods; periods >>= 1) {
		if (periods & 1)
			result = (result * base + ONE / 2) >> SHIFT;
		base = (base * base + ONE / 2) >> SHIFT;
	}
	return (u32)result;
}

static void average_line(struct gnv_pressure_line *line, u64 missed, u64 period_ns)
{
	u64 waited_ns = line->total_ns - line->counted_ns;
	u32 percent, i;

	/* Samples come late: what is more than the period is for the next one. */
	if (waited_ns > period_ns)
		waited_ns = period_ns;
	line->counted_ns += waited_ns;
	percent = (u32)(waited_ns * 100 * ONE / period_ns);
	for (i = 0; i < GNV_PRESSURE_AVERAGES; i++) {
		if (missed)
			line->average[i] = step(line->average[i], power(factors[i], missed), 0);
		line->average[i] = step(line->average[i], factors[i], percent);
	}
}

/* What goes on is counted up to now. */
static void count_state(struct gnv_pressure *pressure, u64 now_ns)
{
	s64 elapsed = (s64)(now_ns - pressure->since_ns);
	u32 i;

	if (elapsed <= 0)
		return;
	pressure->since_ns = now_ns;
	for (i = 0; i < GNV_PRESSURE_STATES; i++)
		if (pressure->waits[i])
			pressure->line[i].total_ns += (u64)elapsed;
}

/**
 * gnv_pressure_update() - work out the averages when that is due
 * @pressure: the pressure
 * @now_ns: the time; one that lies back changes nothing
 *
 * Needed before the averages are read.  Periods in which nobody asked count as free
 * of waiting, except for what was counted meanwhile, which is in the last one.
 *
 * Context: Any; the caller owns @pressure.
 */
void gnv_pressure_update(struct gnv_pressure *pressure, u64 now_ns)
{
	u64 missed, late_ns, period_ns;
	u32 i;

	count_state(pressure, now_ns);
	if ((s64)(now_ns - pressure->due_ns) < 0)
		return;
	late_ns = now_ns - pressure->due_ns;
	missed = late_ns / PERIOD_NS;
	period_ns = now_ns - pressure->averaged_ns - missed * PERIOD_NS;
	for (i = 0; i < GNV_PRESSURE_STATES; i++)
		average_line(&pressure->line[i], missed, period_ns);
	pressure->averaged_ns = now_ns;
	pressure->due_ns += (missed + 1) * PERIOD_NS;
}

/**
 * gnv_pressure_add() - count waiting that is known by its length
 * @pressure: the pressure
 * @some_ns: how long at least one waited
 * @full_ns: how long all did
 * @now_ns: the time
 *
 * Context: Any; the caller owns @pressure.
 */
void gnv_pressure_add(struct gnv_pressure *pressure, u64 some_ns, u64 full_ns, u64 now_ns)
{
	pressure->line[GNV_PRESSURE_SOME].total_ns += some_ns;
	pressure->line[GNV_PRESSURE_FULL].total_ns += full_ns;
	gnv_pressure_update(pressure, now_ns);
}

/**
 * gnv_pressure_set() - tell that waiting begins or ends
 * @pressure: the pressure
 * @some: whether at least one waits from now on
 * @full: whether all do
 * @now_ns: the time
 *
 * Context: Any; the caller owns @pressure.
 */
void gnv_pressure_set(struct gnv_pressure *pressure, bool some, bool full, u64 now_ns)
{
	gnv_pressure_update(pressure, now_ns);
	pressure->waits[GNV_PRESSURE_SOME] = some;
	pressure->waits[GNV_PRESSURE_FULL] = full;
}

/**
 * gnv_pressure_centi() - an average as it is shown
 * @pressure: the pressure, updated
 * @state: some or full
 * @average: over how long
 *
 * Context: Any; the caller owns @pressure.
 * Return: hundredths of a percent, up to 10000.
 */
u32 gnv_pressure_centi(const struct gnv_pressure *pressure, enum gnv_pressure_state state,
		       enum gnv_pressure_average average)
{
	return (u32)((u64)pressure->line[state].average[average] * 100 >> SHIFT);
}

static void start_window(struct gnv_pressure_trigger *trigger, u64 total_ns, u64 before_ns,
			 u64 now_ns)
{
	trigger->start_ns = now_ns;
	trigger->start_total_ns = total_ns;
	/* One that nobody looked at for long counts as one of its right length. */
	trigger->before_ns = before_ns < trigger->window_ns ? before_ns : trigger->window_ns;
}

/**
 * gnv_pressure_trigger_init() - begin to watch
 * @trigger: the trigger
 * @pressure: what it watches
 * @state: some or full
 * @threshold_ns: how long one has to wait
 * @window_ns: within how long
 * @now_ns: the time
 *
 * Context: Any.
 * Return: 0, or -EINVAL for a window out of bounds or a threshold that is 0 or longer
 * than it.
 */
int gnv_pressure_trigger_init(struct gnv_pressure_trigger *trigger,
			      const struct gnv_pressure *pressure,
			      enum gnv_pressure_state state, u64 threshold_ns,
			      u64 window_ns, u64 now_ns)
{
	if (window_ns < GNV_PRESSURE_WINDOW_MIN_NS || window_ns > GNV_PRESSURE_WINDOW_MAX_NS)
		return -EINVAL;
	if (!threshold_ns || threshold_ns > window_ns || (u32)state >= GNV_PRESSURE_STATES)
		return -EINVAL;
	memset(trigger, 0, sizeof(*trigger));
	trigger->state = state;
	trigger->threshold_ns = threshold_ns;
	trigger->window_ns = window_ns;
	start_window(trigger, pressure->line[state].total_ns, 0, now_ns);
	return 0;
}

/**
 * gnv_pressure_trigger_check() - whether it is time to tell
 * @trigger: the trigger
 * @pressure: what it watches, updated
 * @now_ns: the time
 *
 * The window slides much as the kernel's does: of the window before, as much counts as
 * is still within its length.  It fires at most once in the length of a window.
 *
 * Context: Any; the caller owns both.
 * Return: true when it fires now.
 */
bool gnv_pressure_trigger_check(struct gnv_pressure_trigger *trigger,
				const struct gnv_pressure *pressure, u64 now_ns)
{
	u64 total_ns = pressure->line[trigger->state].total_ns;
	u64 waited_ns = total_ns - trigger->start_total_ns;
	u64 elapsed_ns = now_ns - trigger->start_ns;

	if ((s64)elapsed_ns < 0)
		return false;
	if (elapsed_ns > trigger->window_ns) {
		/* Longer than a window: as much as there is in the length of one. */
		waited_ns = waited_ns / (elapsed_ns / (trigger->window_ns >> 10)) << 10;
		start_window(trigger, total_ns, waited_ns, now_ns);
	} else {
		waited_ns += (trigger->before_ns >> 10) * (trigger->window_ns - elapsed_ns) /
			     (trigger->window_ns >> 10);
	}
	if (waited_ns < trigger->threshold_ns)
		return false;
	if (trigger->fired && now_ns - trigger->fired_ns < trigger->window_ns)
		return false;
	trigger->fired = true;
	trigger->fired_ns = now_ns;
	return true;
}
