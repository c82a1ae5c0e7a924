// SPDX-License-Identifier: MIT
/*
 * Tells the kernel which allocation of this task to fail.  Needs a kernel with
 * CONFIG_FAULT_INJECTION.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sweep.h"

static int nth_file = -1;

/* Kinds of failures that the kernel may have; without it, it has not. */
static const struct {
	const char *file;
	const char *value;
	bool needed;
} settings[] = {
	{ "/sys/kernel/debug/failslab/ignore-gfp-wait", "N", true },
	{ "/sys/kernel/debug/failslab/verbose", "0", true },
	{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N", false },
	{ "/sys/kernel/debug/fail_page_alloc/min-order", "0", false },
	{ "/sys/kernel/debug/fail_page_alloc/verbose", "0", false },
	{ "/sys/kernel/debug/fail_usercopy/verbose", "0", false },
};

bool sweep_fail_init(void)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		FILE *f = fopen(settings[i].file, "we");

		if (!f && !settings[i].needed)
			continue;
		if (!f || fputs(settings[i].value, f) < 0 || fclose(f)) {
			perror(settings[i].file);
			return false;
		}
	}
	nth_file = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth_file < 0)
		perror("/proc/thread-self/fail-nth");
	return nth_file >= 0;
}

void sweep_fail_arm(unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(nth_file, text, (size_t)len, 0) != len)
		abort();
}

/* How many allocations are to come before the one that fails; 0: it has failed. */
unsigned int sweep_fail_left(void)
{
	char text[16] = "";

	/* This may meet the failure itself: then it was still to come. */
	if (pread(nth_file, text, sizeof(text) - 1, 0) <= 0)
		return 1;
	return (unsigned int)atoi(text);
}

/* Whether the failure has happened. */
bool sweep_fail_disarm(void)
{
	unsigned int left = sweep_fail_left();

	while (pwrite(nth_file, "0", 1, 0) != 1)
		;
	return left == 0;
}
