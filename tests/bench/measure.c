// SPDX-License-Identifier: MIT
/*
 * Runs commands in turn, round after round, and prints the medians of what they
 * cost. Each round starts with another one, so that none always follows the same.
 *
 *	measure [--each JOBS WORKERS] ROUNDS NAME COMMAND... [-- NAME COMMAND...]...
 *
 * The words `then` in a command divide it into steps; the last one waits until what the
 * others left behind has ended. With --each, the command is run JOBS times, by WORKERS
 * processes that share them, and what is measured is all of it. `@` in an argument is the
 * number of the job, from 0.
 *
 * Processor time is that of the command and of all that it starts, also of what it
 * leaves behind: such processes become children of this program and are waited for.
 * Memory is that of the largest one. Time ends when the command does. The ratios of
 * the first command to each other one are medians of those in the single rounds: what
 * slows the machine down slows down both.
 *
 * Linked statically, as a program's peak starts with what its parent had before exec.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/figure.h"

#define COMMANDS_MAX 8
#define ROUNDS_MAX   1000
#define WARMUPS	     3

enum { CPU,
       WALL,
       RSS,
       N_COSTS };

static const char *const suffixes[N_COSTS] = { "cpu", "wall", "rss" };
static const char *const units[N_COSTS] = { "ms", "ms", "KiB" };

struct command {
	const char *name;
	char **argv;
	double costs[N_COSTS][ROUNDS_MAX];
};

static struct command commands[COMMANDS_MAX];
static size_t n_commands;
static int n_jobs = 1, n_workers;

#define WORDS_MAX 64
#define WORD_LEN  4096

static void __attribute__((noreturn)) die(const char *what, const char *why)
{
	fprintf(stderr, "measure: %s: %s\n", what, why);
	exit(1);
}

static bool is_then(const char *word)
{
	return !strcmp(word, "then");
}

/* The first step of @argv, with the number of the job in it. */
static void __attribute__((noreturn)) run_step(char **argv, int job)
{
	static char words[WORDS_MAX][WORD_LEN];
	static char *own[WORDS_MAX + 1];
	int i, fd = open("/dev/null", O_RDWR);
	const char *at;

	for (i = 0; i < WORDS_MAX && argv[i] && !is_then(argv[i]); i++) {
		at = strchr(argv[i], '@');
		if (at)
			snprintf(words[i], WORD_LEN, "%.*s%d%s", (int)(at - argv[i]), argv[i],
				 job, at + 1);
		else
			snprintf(words[i], WORD_LEN, "%s", argv[i]);
		own[i] = words[i];
	}
	if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0)
		_exit(126);
	if (fd > 1)
		close(fd);
	execvp(own[0], own);
	fprintf(stderr, "measure: %s: %s\n", own[0], strerror(errno));
	_exit(127);
}

static double in_ms(struct timeval time)
{
	return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

/* Until @pid has ended; 0: all that there are. */
static void wait_for(const char *name, pid_t pid, double costs[N_COSTS])
{
	struct rusage usage;
	pid_t ended;
	int status;

	while ((ended = wait4(-1, &status, 0, &usage)) > 0) {
		costs[CPU] += in_ms(usage.ru_utime) + in_ms(usage.ru_stime);
		if (costs[RSS] < (double)usage.ru_maxrss)
			costs[RSS] = (double)usage.ru_maxrss;
		if (ended != pid)
			continue;
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			die(name, "the command failed");
		return;
	}
}

static char **next_step(char **argv)
{
	while (*argv && !is_then(*argv))
		argv++;
	return *argv ? argv + 1 : NULL;
}

static pid_t fork_or_die(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork", strerror(errno));
	return pid;
}

static void run_steps(const struct command *command, int job, double costs[N_COSTS])
{
	char **step, **next;
	pid_t pid;

	for (step = command->argv; step; step = next) {
		next = next_step(step);
		if (!next && step != command->argv)
			wait_for(command->name, 0, costs);
		pid = fork_or_die();
		if (pid == 0)
			run_step(step, job);
		wait_for(command->name, pid, costs);
	}
}

static void adopt(void)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		die("adopt what is left behind", strerror(errno));
}

/* What they cost is in what they cost us: they have waited for all of it. */
static void share_jobs(const struct command *command, double costs[N_COSTS])
{
	pid_t pids[2 * COMMANDS_MAX];
	int i, job;

	for (i = 0; i < n_workers; i++) {
		pids[i] = fork_or_die();
		if (pids[i])
			continue;
		adopt();
		for (job = i; job < n_jobs; job += n_workers)
			run_steps(command, job, costs);
		wait_for(command->name, 0, costs);
		_exit(0);
	}
	for (i = 0; i < n_workers; i++)
		wait_for(command->name, pids[i], costs);
}

static void measure(const struct command *command, double costs[N_COSTS])
{
	int64_t start_ns = figure_now_ns();

	memset(costs, 0, N_COSTS * sizeof(*costs));
	if (n_workers)
		share_jobs(command, costs);
	else
		run_steps(command, 0, costs);
	costs[WALL] = (double)(figure_now_ns() - start_ns) / 1e6;
	wait_for(command->name, 0, costs);
}

static void run_rounds(size_t rounds)
{
	double costs[N_COSTS];
	size_t round, i, k;

	for (round = 0; round < WARMUPS + rounds; round++) {
		for (i = 0; i < n_commands; i++) {
			struct command *command = &commands[(round + i) % n_commands];

			measure(command, costs);
			for (k = 0; round >= WARMUPS && k < N_COSTS; k++)
				command->costs[k][round - WARMUPS] = costs[k];
		}
	}
}

/* Before the medians, which sort. */
static void print_ratios(size_t rounds)
{
	const struct command *first = &commands[0];
	static double ratios[ROUNDS_MAX];
	char name[64];
	size_t i, k, round;

	for (i = 1; i < n_commands; i++) {
		snprintf(name, sizeof(name), "%s_per_%s", first->name, commands[i].name);
		for (k = 0; k < N_COSTS; k++) {
			for (round = 0; round < rounds; round++)
				ratios[round] = first->costs[k][round] /
						commands[i].costs[k][round];
			figure_print(name, suffixes[k], ratios, rounds, "ratio");
		}
	}
}

static void print_medians(size_t rounds)
{
	size_t i, k;

	for (i = 0; i < n_commands; i++)
		for (k = 0; k < N_COSTS; k++)
			figure_print(commands[i].name, suffixes[k], commands[i].costs[k], rounds,
				     units[k]);
}

/* Return: whether there is at least one command, and each has a name. */
static bool read_commands(char *argv[])
{
	while (argv[0] && argv[1] && n_commands < COMMANDS_MAX) {
		struct command *command = &commands[n_commands++];

		command->name = *argv++;
		command->argv = argv;
		while (*argv && strcmp(*argv, "--"))
			argv++;
		if (argv == command->argv)
			return false;
		if (!*argv)
			return true;
		*argv++ = NULL;
	}
	return false;
}

static bool read_number(const char *text, unsigned long max, unsigned long *ret)
{
	char *end;

	*ret = text ? strtoul(text, &end, 10) : 0;
	return *ret >= 1 && *ret <= max && !*end;
}

int main(int argc, char *argv[])
{
	unsigned long rounds, jobs, workers;

	if (argc > 3 && !strcmp(argv[1], "--each") && read_number(argv[2], 10000, &jobs) &&
	    read_number(argv[3], 2 * COMMANDS_MAX, &workers)) {
		n_jobs = (int)jobs;
		n_workers = (int)workers;
		argv += 3;
		argc -= 3;
	}
	if (argc < 2 || !read_number(argv[1], ROUNDS_MAX, &rounds) || !read_commands(argv + 2)) {
		fprintf(stderr, "measure: [--each JOBS WORKERS] ROUNDS NAME COMMAND... "
				"[-- NAME COMMAND...]...\n");
		return 2;
	}
	adopt();
	run_rounds(rounds);
	print_ratios(rounds);
	print_medians(rounds);
	return 0;
}
