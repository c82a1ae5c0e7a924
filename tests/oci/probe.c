// SPDX-License-Identifier: MIT
/*
 * What shell scripts cannot see or do.
 *
 *   probe task                  how this process is scheduled, where its memory comes from
 *   probe take SOCKET           listen there; print what comes, and what the descriptor is
 *   probe agent SOCKET ERRNO    the same of a listener of seccomp; then answer each
 *                               notification: 0 lets the call go on
 *   probe keyring               the label of the session's keyring
 *   probe call PATH             mkdir() there
 *   probe reach SECONDS         open programs of processes that come, and try to write to them
 *                               when they are no longer executed; print what could be done
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <linux/sched/types.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
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

static int show_keyring(void)
{
	char label[256] = "";

	if (syscall(SYS_keyctl, KEYCTL_GET_SECURITY, KEY_SPEC_SESSION_KEYRING, label,
		    sizeof(label)) < 0)
		return 1;
	puts(label);
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
	int listen_fd = socket(AF_UNIX, SOCK_STREAM, 0), fd, got;
	ssize_t n, more;

	strcpy(address.sun_path, path);
	if (bind(listen_fd, (void *)&address, sizeof(address)) || listen(listen_fd, 1))
		exit(1);
	fd = accept(listen_fd, NULL, NULL);
	/* Else who waits for the next one to listen there would find this one. */
	close(listen_fd);
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

/* Not one that we know already, nor our own. */
static int open_program(const char *pid, const struct stat known[], int n_known, struct stat *ret)
{
	char path[300];
	int fd, i;

	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, ret) < 0)
		return -1;
	for (i = 0; i < n_known; i++)
		if (known[i].st_dev == ret->st_dev && known[i].st_ino == ret->st_ino) {
			close(fd);
			return -1;
		}
	return fd;
}

/* Its own first byte.  As long as it is executed, the kernel says ETXTBSY. */
static bool can_write(int fd)
{
	char path[32], byte = 0;
	int i, again = -1;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (i = 0; i < 2000 && again < 0; i++) {
		again = open(path, O_WRONLY);
		if (again < 0 && errno != ETXTBSY)
			return false;
		usleep(1000);
	}
	return again >= 0 && pread(fd, &byte, 1, 0) == 1 && pwrite(again, &byte, 1, 0) == 1;
}

static int reach(int seconds)
{
	time_t end = time(NULL) + seconds;
	DIR *processes = opendir("/proc");
	struct dirent *process;
	struct stat known[64];
	int n = 0, fd;

	stat("/proc/self/exe", &known[n++]);
	stat("/bin/busybox", &known[n++]);
	puts("looks");
	fflush(stdout);
	for (; processes && time(NULL) < end; rewinddir(processes))
		while ((process = readdir(processes)) && n < 64) {
			fd = strspn(process->d_name, "0123456789") ?
				     open_program(process->d_name, known, n, &known[n]) :
				     -1;
			if (fd < 0)
				continue;
			n++;
			puts(can_write(fd) ? "wrote" : "saw");
			fflush(stdout);
		}
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (!strcmp(verb, "task"))
		return show_task();
	if (!strcmp(verb, "keyring"))
		return show_keyring();
	if (argc > 2 && !strcmp(verb, "reach"))
		return reach(atoi(argv[2]));
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
