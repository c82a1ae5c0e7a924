/* SPDX-License-Identifier: MIT */
/*
 * The one way in which a failure travels up: -errno as the return value, and a
 * message that grows on its way ("start container `x`: open `/dev/ghostnv`: No
 * such device").  Knows nothing of who prints it.
 *
 * A fallible function takes `struct gnv_error **err` last.  On success *err is
 * untouched; on failure it is set, once.  err may be NULL: the caller wants the
 * number only.  Running out of memory never aborts: the error is then a static
 * one.
 */
#ifndef GNV_BASE_ERROR_H
#define GNV_BASE_ERROR_H

#include <stddef.h>

#include "base/cleanup.h"

struct gnv_error;

/*
 * Make an error of @errnum (positive; 0 is taken as EIO) with a message.
 * @errnum's own text is not appended: use gnv_error_errno() for that.
 * Return: -errnum.
 */
int gnv_error_set(struct gnv_error **err, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with ": " and the text of @errnum appended. */
int gnv_error_errno(struct gnv_error **err, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Put "<message>: " before the message of *err, if there is one.
 * Return: @ret, so that it reads `return gnv_error_wrap(err, r, "…")`.
 */
int gnv_error_wrap(struct gnv_error **err, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Say what to do about it; shown behind the message.  The first remedy stays.
 * Return: @ret.
 */
int gnv_error_remedy(struct gnv_error **err, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Hand the error in *from over to *err (or free it, where err is NULL).
 * Return: -errno of it.
 */
int gnv_error_move(struct gnv_error **err, struct gnv_error **from);

/* Parts of an error; @err may be NULL (then 0, "", NULL). */
int gnv_error_number(const struct gnv_error *err);
const char *gnv_error_message(const struct gnv_error *err);
const char *gnv_error_get_remedy(const struct gnv_error *err);

void gnv_error_free(struct gnv_error *err);

static inline void gnv_error_freep(struct gnv_error **err)
{
	gnv_error_free(*err);
	*err = NULL;
}

#define _cleanup_error_ _cleanup_(gnv_error_freep)

/*
 * Across fork: the child writes number, message and remedy into a pipe with
 * async-signal-safe calls only; the parent reads them into an error.
 * gnv_error_send() formats nothing: @what is a plain string, @errnum's text is
 * appended by the reader.
 * gnv_error_receive(): 0 when the pipe ended with nothing in it (the child went
 * on to exec), -errno with *err set otherwise.
 */
void gnv_error_send(int fd, int errnum, const char *what);
int gnv_error_receive(int fd, struct gnv_error **err);

#endif /* GNV_BASE_ERROR_H */
