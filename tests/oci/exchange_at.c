// SPDX-License-Identifier: MIT
/*
 * Runs a command and exchanges names as it, or a process that it makes, is about to make its Nth
 * call that is told of one of them, or that asks where something is: a loop over N comes between
 * each look and the use that is made of what was seen.  To other calls they make no difference.
 *
 *	exchange_at N on|once MOUNTS NAME... -- COMMAND...
 *
 * Each NAME changes places with NAME.link; `once`: until that call has returned, else to the
 * end.  What is mounted where, as the processes see it before they change their root, goes to the
 * file MOUNTS.  The status is 0 when names were exchanged, 3 when the command ended before.
 */
#define _GNU_SOURCE
#include "steps.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

struct name {
	int dir_fd; /* it is found where it was, whatever is exchanged above it */
	char *last;
	char link[NAME_MAX + 1];
};

static struct name names[16];
static size_t n_names;

static int add_name(char *path)
{
	struct name *name = &names[n_names];

	if (n_names == sizeof(names) / sizeof(names[0]) || !strchr(path, '/'))
		return -1;
	name->last = strrchr(path, '/');
	*name->last++ = '\0';
	name->dir_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(name->link, sizeof(name->link), "%s.link", name->last);
	n_names++;
	return name->dir_fd;
}

static void exchange(void)
{
	size_t i;

	for (i = 0; i < n_names; i++)
		if (renameat2(names[i].dir_fd, names[i].last, names[i].dir_fd, names[i].link,
			      RENAME_EXCHANGE) < 0)
			perror(names[i].last);
}

static bool has_part(const char *path, const char *part)
{
	size_t length = strlen(part);
	const char *at;

	for (at = path; (at = strstr(at, part)); at++)
		if ((at == path || at[-1] == '/') && (!at[length] || at[length] == '/'))
			return true;
	return false;
}

static bool is_told(int memory_fd, unsigned long address)
{
	const size_t page = 4096, left = page - address % page;
	char text[PATH_MAX];
	ssize_t n;
	size_t i;

	/* What is behind its page need not be there. */
	n = pread(memory_fd, text, left, (off_t)address);
	if (n == (ssize_t)left && left < sizeof(text) && !memchr(text, 0, left)) {
		ssize_t more = pread(memory_fd, text + left, sizeof(text) - left,
				     (off_t)(address + left));

		n += more > 0 ? more : 0;
	}
	if (n <= 0 || !memchr(text, 0, (size_t)n))
		return false;
	for (i = 0; i < n_names; i++)
		if (has_part(text, names[i].last))
			return true;
	return false;
}

static bool matters(pid_t pid, const struct __ptrace_syscall_info *info)
{
	bool found = false;
	char path[64];
	int fd, i;

#ifdef SYS_readlink
	if (info->entry.nr == SYS_readlink)
		return true;
#endif
	if (info->entry.nr == SYS_readlinkat || info->entry.nr == SYS_getcwd)
		return true;
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	for (i = 0; i < 5 && !found; i++)
		found = info->entry.args[i] > 4096 && is_told(fd, info->entry.args[i]);
	close(fd);
	return found;
}

static void copy_mounts(pid_t pid, const char *to)
{
	char path[64], text[4096];
	int from_fd, to_fd = open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
	from_fd = open(path, O_RDONLY | O_CLOEXEC);
	while ((n = read(from_fd, text, sizeof(text))) > 0)
		if (write(to_fd, text, (size_t)n) != n)
			break;
	if (n)
		perror(to);
	close(from_fd);
	close(to_fd);
}

/* Return: whether names are exchanged. */
static bool run(char **command, long left, bool once, const char *mounts)
{
	struct __ptrace_syscall_info info;
	pid_t first, pid, who = -1;
	int status;

	first = steps_begin(command, PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
					     PTRACE_O_TRACECLONE);
	while (first > 0 && (pid = waitpid(-1, &status, __WALL)) > 0) {
		if (pid == who && once) {
			exchange();
			who = -1;
		}
		if (pid == first && !WIFSTOPPED(status))
			break;
		if (steps_calls(pid, status, &info)) {
			if (left > 0 && matters(pid, &info) && --left == 0) {
				exchange();
				who = pid;
			}
			if (info.entry.nr == SYS_pivot_root || info.entry.nr == SYS_chroot)
				copy_mounts(pid, mounts);
		}
		if (WIFSTOPPED(status))
			steps_go_on(pid, status);
	}
	if (who >= 0)
		exchange();
	return left <= 0;
}

int main(int argc, char **argv)
{
	long left = argc > 4 ? strtol(argv[1], NULL, 10) : 0;
	int i;

	for (i = 4; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (add_name(argv[i]) < 0)
			return 2;
	if (left < 1 || i + 1 >= argc)
		return 2;
	return run(argv + i + 1, left, !strcmp(argv[2], "once"), argv[3]) ? 0 : 3;
}
