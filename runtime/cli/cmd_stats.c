// SPDX-License-Identifier: MIT
/*
 * ghostnv-container stats: what running containers use.
 */
#include <inttypes.h>
#include <time.h>

#include "cli/command.h"
#include "base/options.h"
#include "cli/gpu_share.h"
#include "cli/output.h"
#include "cli/stats_json.h"
#include "container/container.h"

#define COLUMNS	      14
#define GPU_COLUMNS   9 /* of them, for one GPU or all */
#define WATCH_SECONDS 1
#define CLEAR_SCREEN  "\033[H\033[2J"

struct wish {
	struct cli_format format; /* first: its taker sees only this */
	bool watch;
	char *const *names;
	int n_names;
	struct cli_looks looks; /* when watched */
};

static int take_watch(void *data, const char *value, struct gnv_error **err)
{
	struct wish *wish = data;

	(void)value, (void)err;
	wish->watch = true;
	return 0;
}

static const struct cli_option options[] = {
	{ "format", 0, "table|json", "how to answer (table)", cli_take_format },
	{ "watch", 0, NULL, "once a second, until interrupted", take_watch },
	{ 0 },
};

/* Where answers gather: in the table or in the array. */
struct answer {
	struct cli_table table;
	struct cli_looks *looks; /* NULL: figures are those of the whole life */
	struct json_object *array;
};

static void add_share(struct cli_table *table, bool known, uint64_t thousandths)
{
	if (known)
		cli_table_add(table, "%" PRIu64 ".%" PRIu64 "%%", thousandths / 10,
			      thousandths % 10);
	else
		cli_table_add(table, "-");
}

static void add_time(struct cli_table *table, uint64_t us)
{
	cli_table_add(table, "%" PRIu64 ".%02" PRIu64 "s", us / 1000000, us / 10000 % 100);
}

/* In all, or since the last look. */
static void add_gpu_time(struct answer *answer, const struct ghostnv_stats *stats)
{
	struct cli_table *table = &answer->table;
	struct cli_shares shares;

	if (!answer->looks) {
		add_time(table, stats->gpu_usage_us);
		add_time(table, stats->gpu_throttled_us);
		add_time(table, stats->gpu_wait_some_us);
		return;
	}
	shares = cli_looks_add(answer->looks, stats, cli_now_us());
	add_share(table, shares.known, shares.usage);
	add_share(table, shares.known, shares.throttled);
	add_share(table, shares.known, shares.waited);
}

static void add_gpu_row(struct answer *answer, const char *gpu,
			const struct ghostnv_stats *stats)
{
	struct cli_table *table = &answer->table;

	cli_table_add(table, "%s", gpu);
	add_gpu_time(answer, stats);
	cli_table_add_bytes(table, stats->vram_current_bytes);
	cli_table_add_bytes(table, stats->vram_peak_bytes);
	cli_table_add_bytes(table, stats->vram_max_bytes);
	cli_table_add_bytes(table, stats->vram_high_bytes);
	cli_table_add_bytes(table, stats->vram_low_bytes);
}

/* One row for all GPUs together; one more for each, where there are several. */
static void add_rows(struct answer *answer, const struct gnv_state *state,
		     const struct gnv_container_stats *stats)
{
	struct cli_table *table = &answer->table;
	char index[16];
	size_t i, j;

	cli_table_add(table, "%s", state->name);
	add_time(table, stats->cpu_usage_us);
	cli_table_add_bytes(table, stats->memory_bytes);
	cli_table_add_bytes(table, state->memory_max_bytes);
	cli_table_add(table, "%" PRIu64, stats->pids);
	if (stats->has_gpu) {
		snprintf(index, sizeof(index), "%u", stats->gpus[0].index);
		add_gpu_row(answer, stats->n_gpus == 1 ? index : "all", &stats->total);
	} else {
		for (j = 0; j < GPU_COLUMNS; j++)
			cli_table_add(table, "-");
	}
	for (i = 0; stats->n_gpus > 1 && i < stats->n_gpus; i++) {
		for (j = 0; j < COLUMNS - GPU_COLUMNS; j++)
			cli_table_add(table, "%s", "");
		snprintf(index, sizeof(index), "%u", stats->gpus[i].index);
		add_gpu_row(answer, index, &stats->gpus[i].stats);
	}
}

static void add_heads(struct cli_table *table)
{
	static const char *const heads[COLUMNS] = {
		"NAME", "CPU TIME", "MEMORY", "LIMIT", "PIDS",
		"GPU", "GPU TIME", "THROTTLED", "WAITING", "VRAM", "PEAK", "VRAM LIMIT", "HIGH", "LOW"
	};
	size_t i;

	for (i = 0; i < COLUMNS; i++)
		cli_table_add(table, "%s", heads[i]);
}

static int add_one(struct answer *answer, const struct gnv_state *state,
		   struct gnv_error **err)
{
	_cleanup_free_ struct gnv_container_stats *stats = calloc(1, sizeof(*stats));
	int r;

	if (!stats)
		return gnv_error_errno(err, ENOMEM, "container `%s`", state->name);
	r = gnv_container_stats(state, stats, err);
	if (r < 0)
		return r;
	if (answer->array)
		cli_json_append(answer->array, cli_json_stats(state, stats));
	else
		add_rows(answer, state, stats);
	return 0;
}

/* Those that were named have to run. */
static int add_named(struct answer *answer, const struct gnv_root *root,
		     const struct wish *wish, struct gnv_error **err)
{
	int i, r;

	for (i = 0; i < wish->n_names; i++) {
		_cleanup_state_ struct gnv_state state = { 0 };

		r = gnv_container_get(root, wish->names[i], &state, err);
		if (r < 0)
			return r;
		if (!gnv_status_runs(state.status)) {
			gnv_error_set(err, ESRCH, "`%s` is %s", wish->names[i],
				      gnv_status_name(state.status));
			return gnv_error_remedy(err, -ESRCH,
						"only a running container uses anything");
		}
		r = add_one(answer, &state, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_running(struct answer *answer, const struct gnv_root *root,
		       struct gnv_error **err)
{
	struct gnv_state *states;
	size_t n, i;
	int r = gnv_container_list(root, &states, &n, err);

	if (r < 0)
		return r;
	for (i = 0; !r && i < n; i++) {
		_cleanup_error_ struct gnv_error *why = NULL;

		if (!gnv_status_runs(states[i].status))
			continue;
		/* One that ended just now is left out as if it had earlier. */
		if (add_one(answer, &states[i], &why) < 0 &&
		    gnv_error_number(why) != ESRCH && gnv_error_number(why) != ENOENT)
			r = gnv_error_move(err, &why);
	}
	gnv_container_list_free(states, n);
	return r;
}

static int show(const struct gnv_root *root, struct wish *wish, struct gnv_error **err)
{
	struct answer answer = { .table.columns = COLUMNS };
	int r;

	if (wish->watch)
		answer.looks = &wish->looks;
	cli_looks_begin(&wish->looks);
	if (wish->format.json)
		answer.array = json_object_new_array();
	else
		add_heads(&answer.table);
	r = wish->n_names ? add_named(&answer, root, wish, err) :
			    add_running(&answer, root, err);
	if (r < 0) {
		json_object_put(answer.array);
		cli_table_fini(&answer.table);
		return r;
	}
	if (wish->watch && !wish->format.json && isatty(STDOUT_FILENO))
		fputs(CLEAR_SCREEN, stdout);
	/* Watched, each answer is a line of its own. */
	r = wish->format.json ? cli_json_print(answer.array, !wish->watch) :
				cli_table_print(&answer.table);
	cli_table_fini(&answer.table);
	return r < 0 ? gnv_error_errno(err, -r, "write to stdout") : 0;
}

static int run(const struct cli_command *self, const struct gnv_root *root, int argc,
	       char **argv)
{
	const struct timespec pause = { .tv_sec = WATCH_SECONDS };
	_cleanup_error_ struct gnv_error *err = NULL;
	struct wish wish = { .names = argv + 1 };
	int r;

	r = cli_options_parse(options, CLI_OPERANDS_ANYWHERE, argc, argv, &wish,
			      &wish.n_names, &err);
	if (r < 0)
		return cli_usage_error(self, err);
	if (r == CLI_HELP_ASKED) {
		cli_print_help(self);
		return EXIT_SUCCESS;
	}
	do {
		r = show(root, &wish, &err);
		if (!r && wish.watch)
			nanosleep(&pause, NULL);
	} while (!r && wish.watch);
	cli_looks_fini(&wish.looks);
	if (r < 0) {
		cli_report(self->name, err);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

const struct cli_command cmd_stats = {
	.name = "stats",
	.synopsis = "[OPTION...] [NAME...]",
	.help = "show what running containers use",
	.more = "Without NAME, all that run. Sizes in JSON are bytes, times microseconds.\n"
		"GPU TIME is what it used, THROTTLED how long its cap held it, WAITING how long its\n"
		"work waited; with --watch in percent of the time since the last look.",
	.options = options,
	.run = run,
};
