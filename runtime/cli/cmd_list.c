// SPDX-License-Identifier: MIT
/*
 * ghostnv-container list: the containers that there are.
 */
#include <inttypes.h>

#include "cli/command.h"
#include "base/options.h"
#include "cli/output.h"
#include "cli/stats_json.h"
#include "container/container.h"

static const struct cli_option options[] = {
	{ "format", 0, "table|json", "how to answer (table)", cli_take_format },
	{ 0 },
};

/* Video memory that a container holds, and may hold: 0 for no limit. */
struct vram {
	bool known; /* what it holds */
	uint64_t current_bytes, max_bytes;
};

/* A limit may have changed since the container was made. */
static struct vram find_vram(const struct gnv_state *state)
{
	struct gnv_container_stats stats;
	uint64_t max_bytes;

	if (!gnv_status_runs(state->status) || !state->container_id ||
	    gnv_container_stats(state, &stats, NULL) < 0)
		return (struct vram){ .max_bytes = state->vram_max_bytes };
	max_bytes = stats.total.vram_max_bytes;
	return (struct vram){
		.known = true,
		.current_bytes = stats.total.vram_current_bytes,
		.max_bytes = max_bytes == GHOSTNV_UNLIMITED ? 0 : max_bytes,
	};
}

static struct json_object *describe(const struct gnv_state *state)
{
	struct json_object *object = json_object_new_object();
	struct json_object *command = json_object_new_array();
	struct vram vram = find_vram(state);
	char created[CLI_TIME_LEN];
	char **word;

	for (word = state->command; word && *word; word++)
		cli_json_append(command, cli_json_text(*word));
	cli_json_add_text(object, "name", state->name);
	cli_json_add_text(object, "image", state->image);
	cli_json_add(object, "command", command);
	cli_json_add_text(object, "status", gnv_status_name(state->status));
	cli_json_add_u64_or_null(object, "pid", (uint64_t)state->pid, 0);
	cli_json_add(object, "exit_status",
		     state->exit_status == GNV_EXIT_UNKNOWN ?
			     NULL :
			     json_object_new_int(state->exit_status));
	cli_json_add_text(object, "created",
			  state->created ? cli_format_time(state->created, created) : NULL);
	cli_json_add_text(object, "cgroup", state->cgroup);
	cli_json_add_u64_or_null(object, "container_id", state->container_id, 0);
	cli_json_add(object, "gpus", cli_json_gpus(state->gpus));
	cli_json_add_u64_or_null(object, "vram_max_bytes", vram.max_bytes, 0);
	cli_json_add(object, "vram_current_bytes",
		     vram.known ? json_object_new_uint64(vram.current_bytes) : NULL);
	cli_json_add_u64_or_null(object, "memory_max_bytes", state->memory_max_bytes, 0);
	cli_json_add_u64_or_null(object, "cpu_millicores", state->cpu_millicores, 0);
	cli_json_add_u64_or_null(object, "pids_max", state->pids_max, 0);
	return object;
}

static int print_json(const struct gnv_state *states, size_t n)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < n; i++)
		cli_json_append(array, describe(&states[i]));
	return cli_json_print(array, true);
}

static void add_status(struct cli_table *table, const struct gnv_state *state)
{
	if (state->status == GNV_STATUS_EXITED && state->exit_status != GNV_EXIT_UNKNOWN)
		cli_table_add(table, "exited (%d)", state->exit_status);
	else
		cli_table_add(table, "%s", gnv_status_name(state->status));
}

static void add_gpus(struct cli_table *table, uint64_t mask)
{
	char text[3 * GHOSTNV_GPUS_MAX + 1] = "-";
	size_t at = 0;
	int index;

	for (index = 0; index < GHOSTNV_GPUS_MAX; index++)
		if (mask & 1ULL << index)
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%d",
					       at ? "," : "", index);
	cli_table_add(table, "%s", text);
}

static int print_table(const struct gnv_state *states, size_t n)
{
	static const char *const heads[] = { "NAME", "STATUS", "PID", "GPUS",
					     "VRAM", "LIMIT", "CREATED", "IMAGE" };
	_cleanup_table_ struct cli_table table = { .columns = 8 };
	char created[CLI_TIME_LEN];
	struct vram vram;
	size_t i;

	for (i = 0; i < table.columns; i++)
		cli_table_add(&table, "%s", heads[i]);
	for (i = 0; i < n; i++) {
		cli_table_add(&table, "%s", states[i].name);
		add_status(&table, &states[i]);
		if (states[i].pid)
			cli_table_add(&table, "%d", (int)states[i].pid);
		else
			cli_table_add(&table, "-");
		add_gpus(&table, states[i].gpus);
		vram = find_vram(&states[i]);
		cli_table_add_bytes(&table, vram.current_bytes);
		if (states[i].gpus && !vram.max_bytes)
			cli_table_add(&table, "max");
		else
			cli_table_add_bytes(&table, vram.max_bytes);
		cli_table_add(&table, "%s",
			      states[i].created ?
				      cli_format_time(states[i].created, created) :
				      "-");
		cli_table_add(&table, "%s", states[i].image);
	}
	return cli_table_print(&table);
}

static int show(const struct gnv_root *root, const struct cli_format *format,
		struct gnv_error **err)
{
	struct gnv_state *states;
	size_t n;
	int r = gnv_container_list(root, &states, &n, err);

	if (r < 0)
		return r;
	r = format->json ? print_json(states, n) : print_table(states, n);
	gnv_container_list_free(states, n);
	return r < 0 ? gnv_error_errno(err, -r, "write to stdout") : 0;
}

static int run(const struct cli_command *self, const struct gnv_root *root, int argc,
	       char **argv)
{
	return cli_run_answer(self, root, argc, argv, show);
}

const struct cli_command cmd_list = {
	.name = "list",
	.alias = "ls",
	.synopsis = "[OPTION...]",
	.help = "list the containers",
	.options = options,
	.run = run,
};
