/* SPDX-License-Identifier: MIT */
/*
 * Processes by number and start time: the pair is not reused, a number alone is.
 */
#ifndef GNV_BASE_PROCESS_H
#define GNV_BASE_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

/* Field 22 of a line of /proc/<pid>/stat.  Return: 0 or -EINVAL. */
int gnv_process_parse_start_time(const char *stat, uint64_t *ret);

/* Ticks from boot to the start of @pid.  Return: 0, -ESRCH, … */
int gnv_process_start_time(pid_t pid, uint64_t *ret);

/*
 * A pidfd of the process that was @pid and started at @start_time.
 * Return: the fd, or -ESRCH when that process is gone.
 */
int gnv_process_open(pid_t pid, uint64_t start_time);

/* Wait for the end of a process.  Return: 1 ended, 0 timed out, or -errno. */
int gnv_process_wait(int pidfd, int timeout_ms);

/*
 * Between clone and exec: let those signals do what they do by default whose bit is set,
 * number 1 being the lowest.  Also those that a C library keeps for itself.
 */
void gnv_signals_reset(uint64_t which);

#endif /* GNV_BASE_PROCESS_H */
