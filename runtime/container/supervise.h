/* SPDX-License-Identifier: MIT */
/*
 * Standing between the caller and the container: signals go in, the exit status
 * comes out, the log stays within its bound.
 */
#ifndef GNV_CONTAINER_SUPERVISE_H
#define GNV_CONTAINER_SUPERVISE_H

#include "base/error.h"
#include "sandbox/sandbox.h"

/* A log keeps at least this much of its end, and takes at most twice as much. */
#define GNV_LOG_KEEP_BYTES (8ll << 20)

/*
 * From here on signals wait to be forwarded.  Those that say something about this
 * process only (SIGCHLD, job control, faults) are left alone; SIGPIPE is ignored.
 * Return: a signalfd.
 */
int gnv_signals_take(struct gnv_error **err);

/* A signal that asks us to end and waits on @signal_fd, taken from it; or 0. */
int gnv_signals_pending(int signal_fd);

/*
 * Forward signals until init has ended, and reap it.
 * @log_fd: of the log to keep in bounds, or -1.
 * *ret_status: the exit status, 128 + N after signal N.
 */
int gnv_supervise(const struct gnv_process *process, int signal_fd, int log_fd,
		  int *ret_status, struct gnv_error **err);

/* Give back the blocks of a log's beginning when it has grown too large. */
void gnv_log_trim(int log_fd);

#endif /* GNV_CONTAINER_SUPERVISE_H */
