// SPDX-License-Identifier: MIT
/*
 * fault_sweep: fails every allocation that the kernel makes for an operation, one
 * at a time, and holds the state afterwards to the state before.  It judges what
 * is left; that memory is not lost or misused is for the kernel's own checks.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/sweep.h"

/* No operation allocates that often: beyond, the kernel does not count. */
#define NTH_MAX 20000

static const char help[] =
	"fault_sweep all | NAME... | load MODULE [WRONG] | write FILE\n"
	"\n"
	"  all      every operation of the table\n"
	"  NAME     one of them\n"
	"  load     loads a module, which is there when all went well; WRONG is a\n"
	"           parameter that it refuses: what the kernel allocates until it reads\n"
	"           parameters is not failed then\n"
	"  write    writes a byte to a file\n"
	"\n"
	"Prints \"NAME N\": N failures were met and all was as before. Exit status: 1\n"
	"when something was not, 2 when the sweep itself could not be made.\n";

enum verdict { VERDICT_MET, VERDICT_DONE, VERDICT_CHANGED, VERDICT_BROKEN };

/* One world, one failure. */
static enum verdict sweep_once(const struct operation *op, unsigned int nth, const char *empty)
{
	enum verdict verdict = VERDICT_MET;
	char before[SWEEP_STATE_MAX];
	struct world w;
	bool met;
	int ret;

	if (!sweep_world_make(&w, op->stage)) {
		fprintf(stderr, "no world for %s\n", op->name);
		return VERDICT_BROKEN;
	}
	if (op->outside && !sweep_world_leave())
		return VERDICT_BROKEN;
	sweep_state(before);
	sweep_fail_arm(nth);
	ret = op->act(&w);
	met = sweep_fail_disarm();
	if (op->outside && !sweep_world_enter())
		return VERDICT_BROKEN;
	if (!met)
		verdict = ret ? VERDICT_BROKEN : VERDICT_DONE;
	if (ret && !met)
		fprintf(stderr, "%s fails by itself\n", op->name);
	if (ret && met && !sweep_state_is(before))
		verdict = VERDICT_CHANGED;
	if (!ret && op->undo) {
		op->undo(&w);
		if (!sweep_state_is(before))
			verdict = VERDICT_CHANGED;
	}
	sweep_world_end(&w);
	if (!sweep_state_is(empty))
		verdict = VERDICT_CHANGED;
	return verdict;
}

static int sweep(const struct operation *op)
{
	char empty[SWEEP_STATE_MAX];
	int bad = 0;

	sweep_state(empty);
	for (unsigned int nth = 1; nth <= NTH_MAX; nth++) {
		switch (sweep_once(op, nth, empty)) {
		case VERDICT_MET:
			break;
		case VERDICT_DONE:
			printf("%s %u\n", op->name, nth - 1);
			fflush(stdout);
			return bad;
		case VERDICT_CHANGED:
			printf("# %s: state has changed by failure %u\n", op->name, nth);
			bad = 1;
			sweep_state(empty);
			break;
		case VERDICT_BROKEN:
			return 2;
		}
	}
	fprintf(stderr, "%s: no end\n", op->name);
	return 2;
}

static int sweep_named(int count, char **names)
{
	bool all = !strcmp(names[0], "all");
	int bad = 0, known = 0;

	if (!sweep_state_init() || !sweep_world_init())
		return 2;
	for (const struct operation *op = sweep_table; op->name; op++) {
		bool wanted = all;

		for (int i = 0; i < count; i++)
			wanted |= !strcmp(names[i], op->name);
		if (!wanted)
			continue;
		known++;
		bad |= sweep(op);
	}
	sweep_world_fini();
	if (!known)
		fprintf(stderr, "fault_sweep: no such operation: `%s`\n", names[0]);
	return known ? bad : 2;
}

/* --- modules --------------------------------------------------------------------- */

/* Which modules there are and who uses them, and what ghostnv.ko has made. */
static void module_state(char *text, size_t size)
{
	FILE *f = fopen("/proc/modules", "re");
	char name[64], users[128];
	size_t at = 0;
	int count;

	text[0] = '\0';
	while (f && fscanf(f, "%63s %*u %d %127s%*[^\n]", name, &count, users) == 3 && at < size)
		at += (size_t)snprintf(text + at, size - at, "%s %d %s\n", name, count, users);
	if (f)
		fclose(f);
	if (at < size)
		snprintf(text + at, size - at, "%d %d %d\n", access("/dev/ghostnv", F_OK),
			 access("/sys/kernel/ghostnv", F_OK),
			 access("/sys/kernel/debug/ghostnv", F_OK));
}

/* "ghostnv_sim" of ".../ghostnv-sim.ko" */
static void module_name(const char *path, char *name, size_t size)
{
	const char *base = strrchr(path, '/');

	snprintf(name, size, "%s", base ? base + 1 : path);
	name[strcspn(name, ".")] = '\0';
	for (char *p = name; *p; p++)
		if (*p == '-')
			*p = '_';
}

/*
 * How often the kernel allocates for a module until it reads its parameters: it
 * warns, on its own account, where it cannot set up a module's tracepoints.
 */
static unsigned int count_until_parameters(int file, const char *wrong)
{
	unsigned int left;

	sweep_fail_arm(NTH_MAX);
	if (!syscall(SYS_finit_module, file, wrong, 0))
		return NTH_MAX;
	left = sweep_fail_left();
	sweep_fail_disarm();
	return NTH_MAX - left;
}

static int sweep_load(const char *path, const char *wrong)
{
	unsigned int first = 1;
	const char *seal = getenv("GHOSTNV_SEAL"), *arguments;
	char before[4096], after[4096], name[64];
	int file = open(path, O_RDONLY | O_CLOEXEC), bad = 0;

	if (file < 0) {
		perror(path);
		return 2;
	}
	module_name(path, name, sizeof(name));
	/* As the machine loads it. */
	arguments = seal && !strcmp(name, "ghostnv") ? seal : "";
	module_state(before, sizeof(before));
	if (wrong)
		first += count_until_parameters(file, wrong);
	for (unsigned int nth = first; nth <= NTH_MAX; nth++) {
		long ret;
		bool met;

		sweep_fail_arm(nth);
		ret = syscall(SYS_finit_module, file, arguments, 0);
		met = sweep_fail_disarm();
		if (!met) {
			printf("load-%s %u\n", name, nth - first);
			if (ret)
				perror(path);
			return ret ? 2 : bad;
		}
		if (!ret && syscall(SYS_delete_module, name, 0)) {
			perror(name);
			return 2;
		}
		module_state(after, sizeof(after));
		if (!strcmp(before, after))
			continue;
		printf("# load-%s: failure %u leaves\n%s# was\n%s", name, nth, after, before);
		bad = 1;
	}
	return 2;
}

/* --- one file ---------------------------------------------------------------------- */

static const char *write_path;

static int act_write(struct world *w)
{
	w->file = open(write_path, O_WRONLY | O_CLOEXEC);
	return w->file >= 0 && write(w->file, "1", 1) == 1 ? 0 : -1;
}

int main(int argc, char **argv)
{
	static const struct operation write_op = { "write", STAGE_NONE, act_write, NULL, true };
	int bad;

	if (argc < 2 || !strcmp(argv[1], "--help")) {
		fputs(help, argc < 2 ? stderr : stdout);
		return argc < 2 ? 2 : 0;
	}
	if (!sweep_fail_init())
		return 2;
	if (!strcmp(argv[1], "load") && argc >= 3)
		return sweep_load(argv[2], argc > 3 ? argv[3] : NULL);
	if (strcmp(argv[1], "write") || argc != 3)
		return sweep_named(argc - 1, argv + 1);
	write_path = argv[2];
	if (!sweep_state_init() || !sweep_world_init())
		return 2;
	bad = sweep(&write_op);
	sweep_world_fini();
	return bad;
}
