// SPDX-License-Identifier: MIT
/*
 * sandbox/put: a file in place of another, whoever is killed, or does the same, meanwhile.
 */
#include "tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sandbox/put.h"

#define OLD  "old"
#define NEW  "new and longer"
#define PART "root/etc/.ghostnv.part"

static int root_fd = -1;

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

/* Kills a putter as it enters its system call number @left.  Return: false: it ended before. */
static bool put_killed_at(int left)
{
	struct __ptrace_syscall_info info;
	pid_t pid = fork();
	int status;

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(put() ? 1 : 0);
	}
	if (waitpid(pid, &status, 0) != pid ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD) < 0)
		return false;
	while (WIFSTOPPED(status)) {
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
		    info.op == PTRACE_SYSCALL_INFO_ENTRY && --left == 0)
			kill(pid, SIGKILL);
		ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
		if (waitpid(pid, &status, 0) != pid)
			return false;
	}
	return WIFSIGNALED(status);
}

static void killed_at_each_step(void)
{
	int n, left_something = 0;
	bool killed = true;

	for (n = 1; killed && n < 500; n++) {
		write_text("root/etc/file", OLD);
		killed = put_killed_at(n);
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
	char scratch[] = "/tmp/test-put-XXXXXX";

	if (!mkdtemp(scratch) || chdir(scratch) < 0 || mkdir("root", 0755) < 0 ||
	    mkdir("root/etc", 0755) < 0)
		return 1;
	root_fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	test("put:killed_at_each_step", killed_at_each_step);
	test("put:whatever_the_image_has_there", whatever_the_image_has_there);
	test("put:what_fails_leaves_nothing", what_fails_leaves_nothing);
	test("put:several_at_once", several_at_once);
	close(root_fd);
	unlink("root/etc/file");
	unlink("victim");
	rmdir("root/etc");
	rmdir("root");
	rmdir(scratch);
	return tap_end();
}
