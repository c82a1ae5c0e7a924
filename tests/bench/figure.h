/* SPDX-License-Identifier: MIT */
/*
 * How the programs of the benchmarks hand over what they found: one figure a line,
 * as NAME, VALUE, UNIT and the number of samples, with tabs between. It knows
 * nothing of tables and documents, which tests/bench/run makes of them.
 */
#ifndef TESTS_BENCH_FIGURE_H
#define TESTS_BENCH_FIGURE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline int figure_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts @samples. */
static inline double figure_median(double *samples, size_t n)
{
	qsort(samples, n, sizeof(*samples), figure_compare);
	return n % 2 ? samples[n / 2] : (samples[n / 2 - 1] + samples[n / 2]) / 2;
}

static inline void figure_print(const char *name, const char *suffix, double *samples,
				size_t n, const char *unit)
{
	printf("%s_%s\t%.4g\t%s\t%zu\n", name, suffix, figure_median(samples, n), unit, n);
}

static inline int64_t figure_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

#endif /* TESTS_BENCH_FIGURE_H */
