// SPDX-License-Identifier: MIT
/*
 * Errors that travel up with a growing message.  Owns their memory; prints
 * nothing.
 */
#include "base/error.h"

#include <stdarg.h>
#include <string.h>

#include "base/error_wire.h"

struct gnv_error {
	int errnum;
	char *message;
	char *remedy;
};

/* What is reported when there is no memory to report anything else. */
static char out_of_memory_text[] = "out of memory";
static struct gnv_error out_of_memory = {
	.errnum = ENOMEM,
	.message = out_of_memory_text,
};

static void drop(struct gnv_error *err)
{
	if (!err || err == &out_of_memory)
		return;
	free(err->message);
	free(err->remedy);
	free(err);
}

void gnv_error_free(struct gnv_error *err)
{
	drop(err);
}

static struct gnv_error *make(int errnum, char *message)
{
	struct gnv_error *err = calloc(1, sizeof(*err));

	if (!err || !message) {
		free(err);
		free(message);
		return &out_of_memory;
	}
	err->errnum = errnum;
	err->message = message;
	return err;
}

__attribute__((format(printf, 1, 0))) static char *format(const char *fmt,
							  va_list ap)
{
	char *text;

	return vasprintf(&text, fmt, ap) < 0 ? NULL : text;
}

int gnv_error_set(struct gnv_error **err, int errnum, const char *fmt, ...)
{
	va_list ap;

	if (errnum <= 0)
		errnum = EIO;
	if (!err)
		return -errnum;
	drop(*err);
	va_start(ap, fmt);
	*err = make(errnum, format(fmt, ap));
	va_end(ap);
	return -errnum;
}

int gnv_error_errno(struct gnv_error **err, int errnum, const char *fmt, ...)
{
	_cleanup_free_ char *what = NULL;
	char *text = NULL;
	va_list ap;

	if (errnum <= 0)
		errnum = EIO;
	if (!err)
		return -errnum;
	drop(*err);
	va_start(ap, fmt);
	what = format(fmt, ap);
	va_end(ap);
	if (what && asprintf(&text, "%s: %s", what, strerror(errnum)) < 0)
		text = NULL;
	*err = make(errnum, text);
	return -errnum;
}

int gnv_error_wrap(struct gnv_error **err, int ret, const char *fmt, ...)
{
	_cleanup_free_ char *what = NULL;
	char *text;
	va_list ap;

	if (!err || !*err || *err == &out_of_memory)
		return ret;
	va_start(ap, fmt);
	what = format(fmt, ap);
	va_end(ap);
	if (!what || asprintf(&text, "%s: %s", what, (*err)->message) < 0)
		return ret;
	free((*err)->message);
	(*err)->message = text;
	return ret;
}

int gnv_error_remedy(struct gnv_error **err, int ret, const char *fmt, ...)
{
	va_list ap;

	if (!err || !*err || *err == &out_of_memory || (*err)->remedy)
		return ret;
	va_start(ap, fmt);
	(*err)->remedy = format(fmt, ap);
	va_end(ap);
	return ret;
}

int gnv_error_move(struct gnv_error **err, struct gnv_error **from)
{
	int r = -gnv_error_number(*from);

	if (err) {
		drop(*err);
		*err = *from;
	} else {
		drop(*from);
	}
	*from = NULL;
	return r;
}

int gnv_error_number(const struct gnv_error *err)
{
	return err ? err->errnum : 0;
}

const char *gnv_error_message(const struct gnv_error *err)
{
	return err ? err->message : "";
}

const char *gnv_error_get_remedy(const struct gnv_error *err)
{
	return err ? err->remedy : NULL;
}

void gnv_error_send(int fd, int errnum, const char *what)
{
	struct gnv_error_wire wire = { .errnum = errnum > 0 ? errnum : EIO };
	size_t i;

	/* By hand: string functions are not promised to be signal-safe. */
	for (i = 0; what[i] && i < sizeof(wire.what) - 1; i++)
		wire.what[i] = what[i];
	while (write(fd, &wire, sizeof(wire)) < 0 && errno == EINTR)
		;
}

int gnv_error_receive(int fd, struct gnv_error **err)
{
	struct gnv_error_wire wire;
	ssize_t n;

	do {
		n = read(fd, &wire, sizeof(wire));
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		return 0;
	if (n < 0)
		return gnv_error_errno(err, errno, "read the child's report");
	if (n != sizeof(wire))
		return gnv_error_set(err, EPROTO, "the child's report is cut short");
	wire.what[sizeof(wire.what) - 1] = '\0';
	return gnv_error_errno(err, wire.errnum, "%s", wire.what);
}
