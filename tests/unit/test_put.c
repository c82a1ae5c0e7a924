// SPDX-License-Identifier: MIT
/*
 * sandbox/put: a file in place of another, whoever is killed, does the same, or exchanges names
 * meanwhile.
 */
#include "tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sandbox/put.h"

#define OLD  "old"
#define NEW  "new and longer"
#define PART "root/etc/.ghostnv.part"

static int root_fd = -1, etc_fd = -1;
static char scratch[] = "/tmp/test-put-XXXXXX";

static int put(void)
{
	static const struct gnv_put what = {
		.target = "/etc/file",
		.data = NEW,
		.bytes = sizeof(NEW) - 1,
		.fd = -EBADF,
	};
	const char *failed;
	int no_mount = -EBADF;

	return gnv_put_all(root_fd, &what, &no_mount, 1, &failed);
}

static void write_text(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	expect_int(write(fd, text, strlen(text)), strlen(text));
}

static bool holds(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	char found[64];
	ssize_t n = read(fd, found, sizeof(found));

	return n == (ssize_t)strlen(text) && !memcmp(found, text, (size_t)n);
}

static int files_in_etc(void)
{
	_cleanup_closedir_ DIR *dir = opendir("root/etc");
	int n = 0;

	while (dir && readdir(dir))
		n++;
	return n - 2;
}

/* What happens to a putter at one of its system calls. */
struct event {
	int at; /* which it is, from 1 */
	void (*begin)(pid_t pid), (*end)(pid_t pid); /* as it enters, and behind it; or NULL */
};

/* Return: how it ended; *ret_happened: not before that call. */
static int put_with(int (*putter)(void), const struct event *event, bool *ret_happened)
{
	struct __ptrace_syscall_info info;
	pid_t pid = fork();
	bool ends = false;
	int status, n = 0;

	*ret_happened = false;
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(putter() ? 1 : 0);
	}
	if (waitpid(pid, &status, 0) != pid ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD) < 0)
		return -1;
	while (WIFSTOPPED(status)) {
		bool enters = ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
			      info.op == PTRACE_SYSCALL_INFO_ENTRY;

		if (!enters && ends)
			event->end(pid);
		ends = ends && enters;
		n += enters;
		if (enters && n == event->at) {
			event->begin(pid);
			*ret_happened = true;
			ends = event->end;
		}
		ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
		if (waitpid(pid, &status, 0) != pid)
			return -1;
	}
	/* Not all calls return. */
	if (ends)
		event->end(pid);
	return status;
}

static void end_it(pid_t pid)
{
	kill(pid, SIGKILL);
}

static void killed_at_each_step(void)
{
	int n, left_something = 0;
	bool killed = true;

	for (n = 1; killed && n < 500; n++) {
		write_text("root/etc/file", OLD);
		put_with(put, &(struct event){ n, end_it, NULL }, &killed);
		expect(holds("root/etc/file", OLD) || holds("root/etc/file", NEW));
		left_something += files_in_etc() > 1;
		/* The next one clears up. */
		expect_int(put(), 0);
		expect(holds("root/etc/file", NEW));
		expect_int(files_in_etc(), 1);
	}
	expect(!killed && n > 5);
	/* Else it was not looked for where it is. */
	expect(left_something > 0);
}

static void whatever_the_image_has_there(void)
{
	int kind;

	for (kind = 0; kind < 4; kind++) {
		write_text("victim", OLD);
		if (kind == 0)
			expect_int(symlink("../../victim", PART), 0);
		else if (kind == 1)
			expect_int(link("victim", PART), 0);
		else if (kind == 2)
			expect_int(mkfifo(PART, 0600), 0);
		else
			write_text(PART, "forged");
		expect_int(put(), 0);
		expect(holds("root/etc/file", NEW));
		expect_int(files_in_etc(), 1);
		expect(holds("victim", OLD));
	}
	expect_int(mkdir(PART, 0700), 0);
	expect_int(put(), -EISDIR);
	expect_int(rmdir(PART), 0);
}

/* The folder, and what a file is mounted on in it, for links that lead out of the root. */
static void exchange(pid_t pid)
{
	(void)pid;
	/* It may just be made again. */
	renameat2(etc_fd, "there", etc_fd, "there.link", RENAME_EXCHANGE);
	expect_int(renameat2(AT_FDCWD, "root/etc", AT_FDCWD, "root/etc.link", RENAME_EXCHANGE), 0);
}

static bool is_mounted_outside(void)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/mountinfo", "r");
	_cleanup_free_ char *line = NULL, *path = NULL;
	size_t room = 0;

	if (!file || asprintf(&path, " %s/outside", scratch) < 0)
		return true;
	while (getline(&line, &room, file) > 0)
		if (strstr(line, path))
			return true;
	return false;
}

/* Return: 1: something is mounted outside. */
static int put_each_kind(void)
{
	struct gnv_put puts[] = {
		{ .target = "/etc/file", .data = NEW, .bytes = sizeof(NEW) - 1, .fd = -EBADF },
		{ .target = "/etc/made/link", .link = "file", .fd = -EBADF },
		{ .target = "/etc/made/mount" },
		{ .target = "/etc/there" },
	};
	int mounts[] = { -EBADF, -EBADF, -EBADF, -EBADF };
	const char *failed;
	size_t n = 2;

	if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		n = 4;
	/* Those of before are in the other namespace. */
	root_fd = open("root", O_PATH | O_DIRECTORY);
	puts[2].fd = puts[3].fd = open("mounted", O_PATH);
	if (n == 4 && (gnv_put_prepare(&puts[2], &mounts[2], NULL) < 0 ||
		       gnv_put_prepare(&puts[3], &mounts[3], NULL) < 0))
		return 1;
	gnv_put_all(root_fd, puts, mounts, n, &failed);
	return is_mounted_outside();
}

/* Return: whether all that may be there was. */
static bool remove_each_kind(const char *folder)
{
	static const char *const names[] = { "file", "made/link", "made/mount", "made", "there",
					     "there.link" };
	int fd = open(folder, O_PATH | O_DIRECTORY), n = 0;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		n += unlinkat(fd, names[i], i == 3 ? AT_REMOVEDIR : 0) == 0;
	close(fd);
	return n >= 3;
}

/* By a link that leads, from within, to what is the root's own. */
static void exchanged_at_each_step(void)
{
	struct event event = { 0, exchange, NULL };
	int elsewhere = 0, in_place = 0, status, how;
	bool happened = true;

	write_text("mounted", OLD);
	write_text("outside.file", OLD);
	etc_fd = open("root/etc", O_PATH | O_DIRECTORY);
	expect_int(mkdir("outside", 0755) | mkdir("root/outside", 0755), 0);
	expect_int(symlink("../outside", "root/etc.link"), 0);
	for (how = 0; how < 2; how++, happened = true) {
		event.end = how ? exchange : NULL;
		for (event.at = 1; happened && event.at < 500; event.at++) {
			write_text("root/etc/there", OLD);
			expect_int(symlink("../../outside.file", "root/etc/there.link"), 0);
			status = put_with(put_each_kind, &event, &happened);
			expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
			if (happened && !how)
				exchange(0);
			in_place += remove_each_kind("root/etc");
			elsewhere += remove_each_kind("root/outside");
			expect_int(rmdir("outside"), 0);
			expect_int(mkdir("outside", 0755), 0);
		}
		expect(!happened && event.at > 10);
	}
	/* Else it was not looked for where it is. */
	expect(in_place > 1 && elsewhere > 1);
	expect(holds("outside.file", OLD));
	close(etc_fd);
	expect_int(unlink("outside.file") | unlink("root/etc.link"), 0);
	expect_int(rmdir("root/outside") | rmdir("outside"), 0);
}

/* A folder with the name of the target: nothing of ours stays. */
static void what_fails_leaves_nothing(void)
{
	expect_int(unlink("root/etc/file"), 0);
	expect_int(mkdir("root/etc/file", 0700), 0);
	expect_int(put(), -EISDIR);
	expect_int(files_in_etc(), 1);
	expect_int(rmdir("root/etc/file"), 0);
}

/* As kernel, file system and capabilities have it. */
static bool has_nameless_files(void)
{
	_cleanup_close_ int fd = open("root", O_WRONLY | O_TMPFILE, 0600);

	return fd >= 0 && !linkat(fd, "", AT_FDCWD, "root/linked", AT_EMPTY_PATH) &&
	       !unlink("root/linked");
}

static void several_at_once(void)
{
	bool at_once = has_nameless_files();
	pid_t pids[4];
	int status;
	size_t i, n;

	write_text("root/etc/file", OLD);
	for (i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		for (n = 0; n < 300; n++)
			if (put() < 0 || (at_once && !holds("root/etc/file", NEW)))
				_exit(1);
		_exit(0);
	}
	for (i = 0; i < 4; i++)
		expect(waitpid(pids[i], &status, 0) == pids[i] && status == 0);
	expect(holds("root/etc/file", NEW));
	expect_int(files_in_etc(), 1);
}

int main(void)
{
	if (!mkdtemp(scratch) || chdir(scratch) < 0 || mkdir("root", 0755) < 0 ||
	    mkdir("root/etc", 0755) < 0)
		return 1;
	root_fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	test("put:killed_at_each_step", killed_at_each_step);
	test("put:whatever_the_image_has_there", whatever_the_image_has_there);
	test("put:what_fails_leaves_nothing", what_fails_leaves_nothing);
	test("CVE-2025-23359:put_exchanged_at_each_step", exchanged_at_each_step);
	test("put:several_at_once", several_at_once);
	close(root_fd);
	unlink("root/etc/file");
	unlink("victim");
	unlink("mounted");
	rmdir("root/etc");
	rmdir("root");
	rmdir(scratch);
	return tap_end();
}
