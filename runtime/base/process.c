// SPDX-License-Identifier: MIT
/*
 * Processes by number and start time.  Owns no state.
 */
#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/file.h"
#include "base/parse.h"

#define STAT_FIELD_STATE      3
#define STAT_FIELD_START_TIME 22

int gnv_process_parse_start_time(const char *stat, uint64_t *ret)
{
	/* The name, in parentheses, may hold blanks and parentheses itself. */
	const char *field = strrchr(stat, ')');
	char digits[24] = "";
	size_t length;
	int i;

	for (i = STAT_FIELD_STATE; field && i <= STAT_FIELD_START_TIME; i++) {
		field = strchr(field, ' ');
		if (field)
			field++;
	}
	if (!field)
		return -EINVAL;
	length = strcspn(field, " \n");
	if (length >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, field, length);
	return gnv_parse_u64(digits, ret);
}

int gnv_process_start_time(pid_t pid, uint64_t *ret)
{
	char path[32], line[2048];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	r = gnv_file_read_piece_at(AT_FDCWD, path, line, sizeof(line));
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	return gnv_process_parse_start_time(line, ret);
}

int gnv_process_open(pid_t pid, uint64_t start_time)
{
	_cleanup_close_ int fd = -EBADF;
	uint64_t now;
	int r;

	if (pid <= 0)
		return -ESRCH;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0)
		return -errno;
	/* The fd holds the process, so what is read now is of this one. */
	r = gnv_process_start_time(pid, &now);
	if (r < 0)
		return r;
	if (now != start_time)
		return -ESRCH;
	return STEAL_FD(fd);
}

int gnv_process_wait(int pidfd, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };
	int r;

	do {
		r = poll(&poll_fd, 1, timeout_ms);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

void gnv_signals_reset(uint64_t which)
{
	/* The kernel's struct sigaction: SIG_DFL, no flags, nothing blocked. */
	static const uint64_t by_default[4];
	int i;

	for (i = 1; i < NSIG; i++)
		if (which >> (i - 1) & 1)
			syscall(SYS_rt_sigaction, i, by_default, NULL, sizeof(uint64_t));
}
