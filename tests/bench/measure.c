// SPDX-License-Identifier: MIT
/*
 * Runs commands in turn, round after round, and prints the medians of what they
 * cost. Each round starts with another one, so that none always follows the same.
 *
 *	measure ROUNDS NAME COMMAND... [-- NAME COMMAND...]...
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

enum { CPU, WALL, RSS, N_COSTS };

static const char *const suffixes[N_COSTS] = { "cpu", "wall", "rss" };
static const char *const units[N_COSTS] = { "ms", "ms", "KiB" };

struct command {
	const char *name;
	char **argv;
	double costs[N_COSTS][ROUNDS_MAX];
};

static struct command commands[COMMANDS_MAX];
static size_t n_commands;

static void __attribute__((noreturn)) die(const char *what, const char *why)
{
	fprintf(stderr, "measure: %s: %s\n", what, why);
	exit(1);
}

static void __attribute__((noreturn)) run_command(char **argv)
{
	int fd = open("/dev/null", O_RDWR);

	if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0)
		_exit(126);
	if (fd > 1)
		close(fd);
	execvp(argv[0], argv);
	fprintf(stderr, "measure: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static double in_ms(struct timeval time)
{
	return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

static void measure(const struct command *command, double costs[N_COSTS])
{
	int64_t start_ns = figure_now_ns();
	pid_t pid = fork(), ended;
	struct rusage usage;
	int status;

	if (pid < 0)
		die("fork", strerror(errno));
	if (pid == 0)
		run_command(command->argv);
	memset(costs, 0, N_COSTS * sizeof(*costs));
	while ((ended = wait4(-1, &status, 0, &usage)) > 0) {
		costs[CPU] += in_ms(usage.ru_utime) + in_ms(usage.ru_stime);
		if (costs[RSS] < (double)usage.ru_maxrss)
			costs[RSS] = (double)usage.ru_maxrss;
		if (ended != pid)
			continue;
		costs[WALL] = (double)(figure_now_ns() - start_ns) / 1e6;
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			die(command->name, "the command failed");
	}
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

int main(int argc, char *argv[])
{
	char *end = NULL;
	unsigned long rounds = argc > 1 ? strtoul(argv[1], &end, 10) : 0;

	if (rounds < 1 || rounds > ROUNDS_MAX || *end || !read_commands(argv + 2)) {
		fprintf(stderr, "measure: ROUNDS NAME COMMAND... [-- NAME COMMAND...]...\n");
		return 2;
	}
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		die("adopt what is left behind", strerror(errno));
	run_rounds(rounds);
	print_ratios(rounds);
	print_medians(rounds);
	return 0;
}
