// SPDX-License-Identifier: MIT
/*
 * escape: plays every vector of the table and says in TAP which are held.  The
 * last line is `N vectors, M escaped`.
 */
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "stage.h"

static const char help[] =
	"escape [--list | --docs | [--no-bridge] [--only PATTERN]]\n"
	"\n"
	"Plays vectors past the quota, each in a container and, as a control, outside of\n"
	"one. Runs as root in a test machine with GhostNV's modules and the simulator\n"
	"loaded (two GPUs). Ends with 1 when one escaped, or could not be told.\n"
	"\n"
	"  --list          their names\n"
	"  --docs          the table for docs/escape.md\n"
	"  --only PATTERN  those whose name matches the shell pattern\n"
	"  --no-bridge     without ghostnv-rm\n";

static const struct {
	const char *title;
	const struct vector *vectors;
} parts[] = {
	{ "Calls that take memory", alloc_vectors },
	{ "Structures that change while they are read", race_vectors },
	{ "Memory that is shared, exported or mapped", share_vectors },
	{ "Sessions of others, and of earlier", session_vectors },
	{ "Cgroups", cgroup_vectors },
	{ "Root inside", power_vectors },
	{ "GPUs, managed memory, queues, unknown calls", gpu_vectors },
	{ "Processes that share, end and exhaust", life_vectors },
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

static int print_list(void)
{
	for (size_t i = 0; i < PARTS; i++)
		for (const struct vector *v = parts[i].vectors; v->name; v++)
			puts(v->name);
	return 0;
}

static int print_docs(void)
{
	for (size_t i = 0; i < PARTS; i++) {
		printf("\n## %s\n\n| vector | what the attacker does | why it fails |\n|---|---|---|\n",
		       parts[i].title);
		for (const struct vector *v = parts[i].vectors; v->name; v++)
			printf("| `%s` | %s | %s%s%s |\n", v->name, v->what, v->why,
			       v->no_control ? " *No control: " : "",
			       v->no_control ? v->no_control : "");
	}
	return 0;
}

/* --- judging ----------------------------------------------------------------------- */

static struct {
	unsigned int tests;
	unsigned int vectors;
	unsigned int escaped;
	unsigned int failed;
} count;

static bool is_escape(const struct outcome *o)
{
	return o->scene.reached || o->over;
}

/* Where an act is what counts, bytes alone do not show that it works. */
static bool got_through(const struct outcome *control)
{
	return control->scene.tried ? control->scene.reached : control->over != 0;
}

/* Why a play tells nothing, NULL where it tells something. */
static const char *trouble(const struct outcome *o)
{
	if (o->scene.broken)
		return "a step failed that has to work";
	if (o->hung)
		return "it was not over in time, or the attacker died";
	if (!o->scene.begun)
		return "the attack did not begin";
	return NULL;
}

static void say(const char *who, const struct outcome *o)
{
	printf("# %s: %s, held %llu KiB", who, is_escape(o) ? "got through" : "held back",
	       (unsigned long long)o->held / KiB);
	if (o->scene.told[0])
		printf("; %s", o->scene.told);
	putchar('\n');
}

static void verdict(const struct vector *v, bool good, const char *why)
{
	count.tests++;
	printf("%sok %u - escape:%s\n", good ? "" : "not ", count.tests, v->name);
	if (why)
		printf("# %s\n", why);
	count.failed += !good;
}

static void judge(const struct vector *v, const struct outcome *attack,
		  const struct outcome *control)
{
	const char *why = trouble(attack);

	if (is_escape(attack)) {
		why = "ESCAPED";
		count.escaped++;
	} else if (!why && attack->left) {
		why = "something was left when all were gone";
	} else if (!why && !v->no_control) {
		why = trouble(control);
		if (!why && !got_through(control))
			why = "the control should get through";
		if (!why && control->left)
			why = "the control left something";
	}
	verdict(v, !why, why);
	say("attack", attack);
	say("control", control);
	if (v->no_control)
		printf("# no control: %s\n", v->no_control);
	fflush(stdout);
}

static void skip(const struct vector *v, const char *why)
{
	count.tests++;
	printf("ok %u - escape:%s # SKIP %s\n", count.tests, v->name, why);
}

/* What FEW_THINGS means. */
#define FEW_ARGUMENTS "max_sessions=200 max_clients=200 max_objects=200"

static void play(const struct vector *v)
{
	struct outcome attack, control;

	if ((v->flags & TWO_GPUS) && harness_gpus() < 2) {
		skip(v, "there is one GPU only");
		return;
	}
	if ((v->flags & NEEDS_HMM) && !harness_reload("uvm_disable_hmm=0")) {
		verdict(v, false, "the modules cannot be loaded anew");
		return;
	}
	if ((v->flags & FEW_THINGS) && !modules_reload_ghostnv(FEW_ARGUMENTS)) {
		verdict(v, false, "the modules cannot be loaded anew");
		return;
	}
	harness_play(v, false, &attack);
	if (attack.scene.skipped) {
		skip(v, attack.scene.told);
	} else {
		count.vectors++;
		harness_play(v, true, &control);
		judge(v, &attack, &control);
	}
	if (((v->flags & NEEDS_HMM) && !harness_reload("")) ||
	    ((v->flags & FEW_THINGS) && !modules_reload_ghostnv("")))
		verdict(v, false, "the modules cannot be loaded again");
}

static int play_all(const char *pattern)
{
	if (!harness_open()) {
		printf("1..0\nBail out! there is no GPU\n");
		return 1;
	}
	for (size_t i = 0; i < PARTS; i++)
		for (const struct vector *v = parts[i].vectors; v->name; v++)
			if (!fnmatch(pattern, v->name, 0))
				play(v);
	harness_close();
	printf("1..%u\n%u vectors, %u escaped\n", count.tests, count.vectors, count.escaped);
	return count.failed || !count.vectors;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "list", no_argument, NULL, 'l' },
		{ "docs", no_argument, NULL, 'd' },
		{ "only", required_argument, NULL, 'o' },
		{ "no-bridge", no_argument, NULL, 'n' },
		{ 0 },
	};
	const char *pattern = "*";
	bool bridge = true;
	int c, ret;

	if (argc == 5 && !strcmp(argv[1], "--after-exec"))
		return after_exec(argv + 2);
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'l':
			return print_list();
		case 'd':
			return print_docs();
		case 'o':
			pattern = optarg;
			break;
		case 'n':
			bridge = false;
			break;
		default:
			fputs(help, stderr);
			return 2;
		}
	}
	if (bridge)
		return play_all(pattern);
	if (!modules_use_bridge(false)) {
		puts("1..0\nBail out! ghostnv-rm does not leave");
		return 1;
	}
	ret = play_all(pattern);
	return modules_use_bridge(true) ? ret : 1;
}
