// SPDX-License-Identifier: MIT
/*
 * Process 1 of the test machines: makes the host's root a place that the guest
 * can write to (a tmpfs overlaid on it), mounts what a system has, loads
 * GhostNV's modules, runs one command, and tells the host how it ended. Knows
 * what scripts/vm writes into the run directory, and nothing of the tests.
 *
 * Words: "lower" is the host's root, read-only; the "run directory" is the one
 * folder of the host that the guest writes to. In it:
 *	modules	one module a line: path, then parameters
 *	argv	the command, each argument ended by NUL; empty: a shell
 *	env	its environment, likewise
 *	keep	paths of the host, one a line, to be seen though they lie below
 *		/tmp or /run
 *	out err	what the command wrote
 *	status	how it ended: one of the lines that finish() and die() write
 */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#define KLOG_CONSOLE_LEVEL 8

static void report(const char *format, ...)
{
	FILE *f = fopen(GUEST_RUN "/status", "we");
	va_list args;

	if (!f)
		return;
	va_start(args, format);
	vfprintf(f, format, args);
	va_end(args);
	fclose(f);
}

static void __attribute__((noreturn)) power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	_exit(0);
}

void guest_die(const char *what, const char *object)
{
	int error = errno;

	dprintf(2, "ghostnv-vm: %s %s: %s\n", what, object, strerror(error));
	report("broken %s %s: %s\n", what, object, strerror(error));
	power_off();
}

void guest_log(const char *format, ...)
{
	char line[1024];
	va_list args;
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	/* In one write(), for each is a record; the device cannot seek. */
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (write(fd, line, strlen(line)) < 0)
		dprintf(2, "%s\n", line);
	close(fd);
}

/* Everything in a file, ended by NUL; its length in *ret_len. */
static char *read_file(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "re");
	size_t len = 0, room = 4096;
	char *buf = malloc(room);

	if (!f || !buf)
		guest_die("read", path);
	while (!feof(f)) {
		len += fread(buf + len, 1, room - len - 1, f);
		if (ferror(f))
			guest_die("read", path);
		if (len == room - 1) {
			room *= 2;
			buf = realloc(buf, room);
			if (!buf)
				guest_die("read", path);
		}
	}
	fclose(f);
	buf[len] = '\0';
	*ret_len = len;
	return buf;
}

/* The strings of a file in which each is ended by NUL. */
static char **read_strings(const char *path)
{
	size_t len, n = 0;
	char *buf = read_file(path, &len);
	char **list = calloc(len + 1, sizeof(*list));

	if (!list)
		guest_die("read", path);
	for (char *p = buf; p < buf + len; p += strlen(p) + 1)
		list[n++] = p;
	return list;
}

/* Loads the modules of a list, in its order; takes them away in reverse. */
static void load_modules(const char *list, bool load)
{
	size_t len;
	char *buf = read_file(list, &len), *save = NULL;
	char *lines[64];
	size_t n = 0;

	for (char *line = strtok_r(buf, "\n", &save); line && n < 64;
	     line = strtok_r(NULL, "\n", &save))
		lines[n++] = line;
	if (load) {
		for (size_t i = 0; i < n; i++)
			guest_load_module(lines[i]);
	} else {
		while (n--)
			guest_unload_module(lines[n]);
	}
	free(buf);
}

/* The controlling terminal of a shell: the console that the host's is on. */
static void take_terminal(const char *tty)
{
	int fd;

	setsid();
	fd = open(tty ? tty : "/dev/hvc0", O_RDWR);
	if (fd < 0)
		return;
	ioctl(fd, TIOCSCTTY, 0);
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

/* In the child: never returns. */
static void run_command(char **argv, char **env, int out, int err)
{
	/* No login shell: /etc/profile would set a PATH of its own. */
	static char *shell[] = { "/bin/bash", NULL };
	const char *tty = getenv("GNV_TTY"), *cwd = NULL;

	/* What @tty points at is the kernel's and stays. */
	clearenv();
	for (; *env; env++) {
		putenv(*env);
		if (strncmp(*env, "PWD=", 4) == 0)
			cwd = *env + 4;
	}
	if (*argv) {
		int null = open("/dev/null", O_RDONLY);

		setsid();
		dup2(null, 0);
		dup2(out, 1);
		dup2(err, 2);
	} else {
		take_terminal(tty);
		argv = shell;
	}
	if (cwd && chdir(cwd) < 0) {
		dprintf(2, "enter %s: %s\n", cwd, strerror(errno));
		_exit(126);
	}
	execvp(argv[0], argv);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

struct relay {
	int from;
	int to;
};

/* Opens one stream of the command; returns the end that the command gets. */
static int relay_open(struct relay *relay, const char *path)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		guest_die("make a pipe for", path);
	relay->from = ends[0];
	relay->to = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (relay->to < 0)
		guest_die("open", path);
	return ends[1];
}

/* Moves what is there; false when the stream has ended. */
static bool relay_move(struct relay *relay)
{
	char buf[65536];
	ssize_t got = read(relay->from, buf, sizeof(buf));

	if (got < 0)
		return errno == EINTR;
	for (ssize_t done = 0; done < got;) {
		ssize_t n = write(relay->to, buf + done, got - done);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			done += n;
	}
	return got > 0;
}

static void on_child(int sig)
{
	(void)sig;
}

/* Reaps whatever ended; true once the command itself did. */
static bool reap(pid_t command, int *status)
{
	bool ended = false;
	int any;
	pid_t pid;

	while ((pid = waitpid(-1, &any, WNOHANG)) > 0) {
		if (pid != command)
			continue;
		*status = any;
		ended = true;
	}
	return ended;
}

/*
 * A user-mode kernel with lockdep reports itself in its first fork and exec; what
 * comes after the start's mark in the log is not to begin with that.
 */
static void warm_up(void)
{
	static char *self[] = { "/proc/self/exe", NULL };
	pid_t pid = fork();

	if (pid == 0) {
		execv(self[0], self);
		_exit(1);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) < 0)
		guest_die("fork", self[0]);
}

/*
 * Runs the command and passes on what it writes until it ends. What it left
 * behind is killed then, so the streams end too.
 */
static int run(char **argv, char **env)
{
	struct relay relays[2];
	int out = relay_open(&relays[0], GUEST_RUN "/out");
	int err = relay_open(&relays[1], GUEST_RUN "/err");
	struct sigaction action = { .sa_handler = on_child };
	sigset_t chld, none;
	bool ended = false;
	int status = 0, open_relays = 2;
	pid_t pid;

	/* Blocked but in ppoll(), so that no end of a child is missed. */
	sigemptyset(&none);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	sigaction(SIGCHLD, &action, NULL);

	pid = fork();
	if (pid < 0)
		guest_die("fork for", argv[0] ? argv[0] : "the shell");
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &none, NULL);
		run_command(argv, env, out, err);
	}
	close(out);
	close(err);

	while (!ended || open_relays) {
		struct pollfd fds[2];

		for (int i = 0; i < 2; i++)
			fds[i] = (struct pollfd){ relays[i].from, POLLIN, 0 };
		if (ppoll(fds, 2, NULL, &none) > 0) {
			for (int i = 0; i < 2; i++) {
				if (!fds[i].revents || relay_move(&relays[i]))
					continue;
				close(relays[i].from);
				relays[i].from = -1;
				open_relays--;
			}
		}
		if (reap(pid, &status)) {
			ended = true;
			kill(-1, SIGKILL);
		}
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

int main(void)
{
	char **argv, **env;
	int status;

	if (getpid() != 1)
		return 0; /* warm_up() */
	guest_mount_root();
	guest_mount_system();
	if (getenv("GNV_PROBE")) {
		report("exit 0\n");
		power_off();
	}
	argv = read_strings(GUEST_RUN "/argv");
	env = read_strings(GUEST_RUN "/env");
	if (getenv("GNV_LEAKS"))
		guest_forget_leaks();
	warm_up();
	klogctl(KLOG_CONSOLE_LEVEL, NULL, 8);
	guest_log("ghostnv-vm: start");
	load_modules(GUEST_RUN "/modules", true);
	status = run(argv, env);
	load_modules(GUEST_RUN "/modules", false);
	if (getenv("GNV_LEAKS"))
		guest_scan_leaks();
	guest_log("ghostnv-vm: end");
	report("exit %d\n", status);
	power_off();
}
