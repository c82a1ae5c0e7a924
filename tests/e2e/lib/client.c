// SPDX-License-Identifier: MIT
/* See client.h. */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "nvabi/nvstatus.h"

#include "client.h"

void say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

void say_status(const char *key, __u32 status)
{
	if (RM_IS_ERRNO(status))
		say("%s=errno=%s", key, rm_status_name(status));
	else
		say("%s=0x%x (%s)", key, status, rm_status_name(status));
}

/* Says why a step failed; for use as `return fail(...)`. */
int fail(const char *step, __u32 status)
{
	say("failed=%s", step);
	say_status("status", status);
	return 1;
}

int check(const char *what, bool good)
{
	say("%s=%s", what, good ? "yes" : "no");
	return good ? 0 : 1;
}

int session_open(struct session *s, const struct options *options)
{
	__u32 status;

	*s = (struct session){ .options = options };
	s->rm.wrap = options->xfer;
	status = rm_open(&s->rm, options->devices);
	if (status != NV_OK)
		return fail("open", status);
	status = rm_gpu_open(&s->rm, options->gpu, &s->gpu);
	if (status != NV_OK) {
		rm_close(&s->rm);
		return fail("device", status);
	}
	return 0;
}

void session_close(struct session *s)
{
	rm_gpu_close(&s->gpu);
	rm_close(&s->rm);
}

void hold(const struct options *options)
{
	char byte;

	if (!options->hold)
		return;
	say("ready=1");
	while (read(STDIN_FILENO, &byte, 1) > 0 && byte != '\n')
		;
}

__u64 free_bytes(struct session *s)
{
	__u64 total = 0, left = 0;

	rm_gpu_memory_info(&s->gpu, false, &total, &left);
	return left;
}
