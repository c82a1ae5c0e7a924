// SPDX-License-Identifier: MIT
/*
 * watchfile poll|inotify FILE: says ready=1, waits until FILE is said to have changed,
 * and prints what it reads then.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define TIMEOUT_MS 30000

static int print(int fd)
{
	char text[4096];
	ssize_t n = pread(fd, text, sizeof(text), 0);

	if (n < 0)
		return -1;
	return fwrite(text, 1, (size_t)n, stdout) == (size_t)n ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct pollfd wait = { .events = POLLPRI };
	char text[4096];
	int fd, watch;

	if (argc != 3 || (strcmp(argv[1], "poll") && strcmp(argv[1], "inotify")))
		return 2;
	fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	/* What is read is what changes are told from. */
	if (fd < 0 || pread(fd, text, sizeof(text), 0) < 0) {
		perror(argv[2]);
		return 1;
	}
	wait.fd = fd;
	if (!strcmp(argv[1], "inotify")) {
		watch = inotify_init1(IN_CLOEXEC);
		if (watch < 0 || inotify_add_watch(watch, argv[2], IN_MODIFY) < 0) {
			perror("inotify");
			return 1;
		}
		wait = (struct pollfd){ .fd = watch, .events = POLLIN };
	}
	printf("ready=1\n");
	fflush(stdout);
	if (poll(&wait, 1, TIMEOUT_MS) != 1) {
		printf("nothing=1\n");
		return 1;
	}
	return print(fd) ? 1 : 0;
}
