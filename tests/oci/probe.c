// SPDX-License-Identifier: MIT
/*
 * What shell scripts cannot see or do.
 *
 *   probe task                  how this process is scheduled, where its memory comes from
 *   probe take SOCKET           listen there; print what comes, and what the descriptor is
 *   probe agent SOCKET ERRNO    the same of a listener of seccomp; then answer each
 *                               notification: 0 lets the call go on
 *   probe call PATH             mkdir() there
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/ioprio.h>
#include <linux/sched/types.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static void print_mask(const unsigned char *mask, int bits)
{
	int i;

	for (i = 0; i < bits; i++)
		if (mask[i / 8] >> i % 8 & 1)
			printf(" %d", i);
	putchar('\n');
}

static int show_task(void)
{
	struct sched_attr attr = { .size = sizeof(attr) };
	unsigned char nodes[128] = { 0 }, cpus[1024] = { 0 };
	int mode = -1, io = (int)syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);

	syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0);
	printf("io %d %d\n", IOPRIO_PRIO_CLASS(io), IOPRIO_PRIO_DATA(io));
	printf("sched %u flags %llu nice %d priority %u\n", attr.sched_policy,
	       (unsigned long long)attr.sched_flags, attr.sched_nice, attr.sched_priority);
	if (syscall(SYS_get_mempolicy, &mode, nodes, 8 * sizeof(nodes), NULL, 0) == 0) {
		printf("memory %d", mode);
		print_mask(nodes, 8 * sizeof(nodes));
	}
	printf("cpus");
	syscall(SYS_sched_getaffinity, 0, sizeof(cpus), cpus);
	print_mask(cpus, 8 * sizeof(cpus));
	return 0;
}

/* One message, all of it, and the descriptor that is with it. */
static int take(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	static char text[1 << 20];
	char control[64], link[64] = "", name[64];
	struct iovec iov = { text, sizeof(text) - 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), got;
	ssize_t n, more;

	strcpy(address.sun_path, path);
	if (bind(fd, (void *)&address, sizeof(address)) || listen(fd, 1))
		exit(1);
	fd = accept(fd, NULL, NULL);
	n = recvmsg(fd, &message, 0);
	if (n <= 0 || !CMSG_FIRSTHDR(&message))
		exit(2);
	memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
	/* Some runtimes leave the connection open; all of them send what there is at once. */
	while (recv(fd, text + n, 1, MSG_PEEK | MSG_DONTWAIT) > 0 &&
	       (more = read(fd, text + n, sizeof(text) - 1 - (size_t)n)) > 0)
		n += more;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", got);
	if (readlink(name, link, sizeof(link) - 1) < 0)
		exit(3);
	printf("%s\n%s\n", text, link);
	fflush(stdout);
	return got;
}

static int show_pid(int fd)
{
	char name[64], line[256];
	FILE *info;

	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	info = fopen(name, "r");
	while (info && fgets(line, sizeof(line), info))
		if (!strncmp(line, "Pid:", 4))
			fputs(line, stdout);
	return 0;
}

static int answer_all(int fd, int number)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	while (poll(&poll_fd, 1, -1) > 0 && poll_fd.revents & POLLIN) {
		struct seccomp_notif call = { 0 };
		struct seccomp_notif_resp response = { .error = -number };

		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
			continue;
		response.id = call.id;
		if (!number)
			response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &response);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (!strcmp(verb, "task"))
		return show_task();
	if (argc > 2 && !strcmp(verb, "take"))
		return show_pid(take(argv[2]));
	if (argc > 3 && !strcmp(verb, "agent"))
		return answer_all(take(argv[2]), atoi(argv[3]));
	if (argc > 2 && !strcmp(verb, "call")) {
		printf("%d\n", mkdir(argv[2], 0700) < 0 ? errno : 0);
		return 0;
	}
	return 125;
}
