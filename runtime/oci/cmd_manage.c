// SPDX-License-Identifier: MIT
/*
 * What is done to a container's cgroup: pause, resume, ps, update, events.  And what
 * is not done yet.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/parse.h"
#include "image/json.h"
#include "oci/cgroup.h"
#include "oci/command.h"
#include "oci/state.h"
#include "oci/systemd.h"

struct none {
	char unused;
};

/* Locked, and the state read. */
static int open_container(const struct oci_globals *globals, const char *id,
			  struct oci_entry *entry, struct oci_state *state,
			  struct gnv_error **err)
{
	int r = oci_entry_open(globals->root, id, true, entry, err);

	if (r >= 0)
		r = oci_state_read(entry, state, err);
	if (r >= 0 && !state->cgroup[0])
		return gnv_error_set(err, EOPNOTSUPP,
				     "container `%s` has no cgroup: it was created without root", id);
	return r;
}

static int wrong_status(const char *id, enum oci_status status, struct gnv_error **err)
{
	return gnv_error_set(err, EINVAL, "container `%s` is %s", id, oci_status_name(status));
}

static int freeze(const struct oci_globals *globals, const char *id, bool on,
		  struct gnv_error **err)
{
	_cleanup_entry_ struct oci_entry entry = OCI_ENTRY_INIT;
	_cleanup_ocistate_ struct oci_state state = { 0 };
	enum oci_status status;
	int r = open_container(globals, id, &entry, &state, err);

	if (r < 0)
		return r;
	status = oci_state_status(&state);
	if (on ? status != OCI_RUNNING && status != OCI_CREATED : status != OCI_PAUSED)
		return wrong_status(id, status, err);
	return oci_cgroup_freeze(state.cgroup, on, err);
}

static int run_pause(const struct oci_globals *globals, void *data, int argc, char **argv,
		     struct gnv_error **err)
{
	(void)data, (void)argc;
	return freeze(globals, argv[0], true, err);
}

static int run_resume(const struct oci_globals *globals, void *data, int argc, char **argv,
		      struct gnv_error **err)
{
	(void)data, (void)argc;
	return freeze(globals, argv[0], false, err);
}

/* --- ps ---------------------------------------------------------------------------------- */

struct ps {
	bool json;
};

static int take_format(void *data, const char *value, struct gnv_error **err)
{
	return oci_parse_format(value, &((struct ps *)data)->json, err);
}

static const struct cli_option ps_options[] = {
	{ "format", 'f', "FORMAT", "table or json", take_format },
	{ 0 },
};

static int run_ps(const struct oci_globals *globals, void *data, int argc, char **argv,
		  struct gnv_error **err)
{
	const struct ps *ps = data;
	_cleanup_entry_ struct oci_entry entry = OCI_ENTRY_INIT;
	_cleanup_ocistate_ struct oci_state state = { 0 };
	struct oci_array pids = { 0 };
	size_t i;
	int r = open_container(globals, argv[0], &entry, &state, err);

	(void)argc;
	if (r >= 0)
		r = oci_cgroup_pids(state.cgroup, &pids, err);
	if (r >= 0) {
		fputs(ps->json ? "[" : "PID\n", stdout);
		for (i = 0; i < pids.n; i++)
			printf(ps->json ? "%s%u" : "%.0s%u\n", i ? "," : "",
			       ((uint32_t *)pids.items)[i]);
		fputs(ps->json ? "]\n" : "", stdout);
	}
	free(pids.items);
	return r;
}

/* --- update ------------------------------------------------------------------------------ */

struct update {
	const char *path; /* of --resources */
	struct oci_resources resources;
	struct oci_memory memory;
	struct oci_cpu cpu;
	struct oci_pids pids;
	struct oci_block_io io;
};

static int parse_i64(const char *option, const char *value, struct oci_int *ret,
		     struct gnv_error **err)
{
	uint64_t n;

	ret->set = true;
	if (!strcmp(value, "-1"))
		ret->value = -1;
	else if (!gnv_parse_bytes(value, &n) && n <= INT64_MAX)
		ret->value = (int64_t)n;
	else
		return gnv_error_set(err, EINVAL, "--%s `%s`: this is no size", option, value);
	return 0;
}

static int parse_u64(const char *option, const char *value, struct oci_u64 *ret,
		     struct gnv_error **err)
{
	ret->set = true;
	if (gnv_parse_u64(value, &ret->value) < 0)
		return gnv_error_set(err, EINVAL, "--%s `%s`: this is no number", option, value);
	return 0;
}

/* An option that sets a number of a part of the resources. */
#define TAKE_NUMBER(name, option, parse, part, member) \
	static int take_##name(void *data, const char *value, struct gnv_error **err) \
	{ \
		struct update *update = data; \
		update->resources.part = &update->part; \
		return parse(option, value, &update->part.member, err); \
	}

TAKE_NUMBER(memory, "memory", parse_i64, memory, limit)
TAKE_NUMBER(reservation, "memory-reservation", parse_i64, memory, reservation)
TAKE_NUMBER(swap, "memory-swap", parse_i64, memory, swap)
TAKE_NUMBER(shares, "cpu-share", parse_u64, cpu, shares)
TAKE_NUMBER(period, "cpu-period", parse_u64, cpu, period)
TAKE_NUMBER(quota, "cpu-quota", parse_i64, cpu, quota)
TAKE_NUMBER(burst, "cpu-burst", parse_u64, cpu, burst)
TAKE_NUMBER(idle, "cpu-idle", parse_i64, cpu, idle)
TAKE_NUMBER(pids, "pids-limit", parse_i64, pids, limit)

static int take_cpus(void *data, const char *value, struct gnv_error **err)
{
	struct update *update = data;

	(void)err;
	update->resources.cpu = &update->cpu;
	update->cpu.cpus = (char *)value;
	return 0;
}

static int take_mems(void *data, const char *value, struct gnv_error **err)
{
	struct update *update = data;

	(void)err;
	update->resources.cpu = &update->cpu;
	update->cpu.mems = (char *)value;
	return 0;
}

static int take_weight(void *data, const char *value, struct gnv_error **err)
{
	struct update *update = data;

	update->resources.block_io = &update->io;
	return parse_i64("blkio-weight", value, &update->io.weight, err);
}

static int take_resources(void *data, const char *value, struct gnv_error **err)
{
	(void)err;
	((struct update *)data)->path = value;
	return 0;
}

static const struct cli_option update_options[] = {
	{ "resources", 'r', "FILE", "linux.resources as JSON; `-` is standard input", take_resources },
	{ "memory", 0, "SIZE", "the limit of memory", take_memory },
	{ "memory-reservation", 0, "SIZE", "what is kept of it", take_reservation },
	{ "memory-swap", 0, "SIZE", "memory and swap together", take_swap },
	{ "cpu-share", 0, "N", "share of the processors", take_shares },
	{ "cpu-period", 0, "USEC", "the period of --cpu-quota", take_period },
	{ "cpu-quota", 0, "USEC", "time in a period", take_quota },
	{ "cpu-burst", 0, "USEC", "time that may be saved up", take_burst },
	{ "cpu-idle", 0, "N", "1: run only when nobody else does", take_idle },
	{ "cpuset-cpus", 0, "LIST", "processors", take_cpus },
	{ "cpuset-mems", 0, "LIST", "memory nodes", take_mems },
	{ "pids-limit", 0, "N", "number of processes", take_pids },
	{ "blkio-weight", 0, "N", "share of the disks", take_weight },
	{ 0 },
};

static int read_stdin(char **ret, size_t *ret_length, struct gnv_error **err)
{
	size_t length = 0;
	ssize_t n;
	char *text = malloc(OCI_CONFIG_BYTES_MAX + 1);

	if (!text)
		return gnv_error_errno(err, ENOMEM, "read standard input");
	while (length < OCI_CONFIG_BYTES_MAX &&
	       (n = read(STDIN_FILENO, text + length, OCI_CONFIG_BYTES_MAX - length)) > 0)
		length += (size_t)n;
	text[length] = '\0';
	*ret = text;
	*ret_length = length;
	return 0;
}

static int read_resources(const char *path, struct oci_resources *ret, struct gnv_error **err)
{
	_cleanup_reader_ struct oci_reader reader = { 0 };
	_cleanup_json_ struct json_object *json = NULL;
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r;

	if (!strcmp(path, "-"))
		r = read_stdin(&text, &length, err);
	else
		r = gnv_file_read_at(AT_FDCWD, path, OCI_CONFIG_BYTES_MAX, &text, &length, err);
	if (r >= 0)
		r = gnv_json_parse(text, length, json_type_object, &json, err);
	if (r >= 0) {
		oci_table_read(&reader, &oci_resources_table, json, ret);
		/* The program that is attached stays. */
		if (ret->devices.n)
			oci_fault(&reader, "devices", "cannot be updated by this runtime");
		r = oci_reader_result(&reader, err);
	}
	return gnv_error_wrap(err, r, "--resources `%s`", path);
}

static int apply(const struct oci_globals *globals, const char *id,
		 const struct oci_resources *resources, struct gnv_error **err)
{
	_cleanup_entry_ struct oci_entry entry = OCI_ENTRY_INIT;
	_cleanup_ocistate_ struct oci_state state = { 0 };
	_cleanup_close_ int fd = -EBADF;
	enum oci_status status;
	int r = open_container(globals, id, &entry, &state, err);

	if (r < 0)
		return r;
	status = oci_state_status(&state);
	if (status == OCI_STOPPED)
		return wrong_status(id, status, err);
	fd = open(state.cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return gnv_error_errno(err, errno, "open the cgroup `%s`", state.cgroup);
	r = state.unit ? oci_systemd_update(state.unit, resources, err) : 0;
	return r < 0 ? r : oci_cgroup_limit(fd, resources, err);
}

static int run_update(const struct oci_globals *globals, void *data, int argc, char **argv,
		      struct gnv_error **err)
{
	struct update *update = data;
	struct oci_resources read = { 0 };
	int r;

	(void)argc;
	if (!update->path)
		return apply(globals, argv[0], &update->resources, err);
	r = read_resources(update->path, &read, err);
	if (r >= 0)
		r = apply(globals, argv[0], &read, err);
	oci_table_free(&oci_resources_table, &read);
	return r;
}

/* --- events ------------------------------------------------------------------------------ */

struct events {
	bool stats;
	struct oci_u64 interval;
};

static int take_stats(void *data, const char *value, struct gnv_error **err)
{
	(void)value, (void)err;
	((struct events *)data)->stats = true;
	return 0;
}

/* "5s" or "5". */
static int take_interval(void *data, const char *value, struct gnv_error **err)
{
	_cleanup_free_ char *copy = strdup(value);

	if (!copy)
		return gnv_error_errno(err, ENOMEM, "--interval");
	if (*copy && copy[strlen(copy) - 1] == 's')
		copy[strlen(copy) - 1] = '\0';
	return parse_u64("interval", copy, &((struct events *)data)->interval, err);
}

static const struct cli_option events_options[] = {
	{ "stats", 0, NULL, "once, and end", take_stats },
	{ "interval", 0, "SECONDS", "between two lines (5)", take_interval },
	{ 0 },
};

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = json_object_new_object();

	if (!object || !value) {
		json_object_put(value);
		return NULL;
	}
	json_object_object_add(object, key, value);
	return value;
}

static void add_file(struct json_object *object, const char *key, int fd, const char *name)
{
	uint64_t value;

	if (object && gnv_file_read_u64_at(fd, name, &value, NULL) == 0)
		json_object_object_add(object, key, json_object_new_uint64(value));
}

/* A line "key N" of a file, times @factor. */
static void add_line(struct json_object *object, const char *key, int fd, const char *name,
		     const char *line, uint64_t factor)
{
	_cleanup_free_ char *text = NULL;
	size_t length = strlen(line);
	char *next, *at;
	uint64_t value;

	if (gnv_file_read_at(fd, name, 1U << 16, &text, NULL, NULL) < 0)
		return;
	next = text;
	while ((at = strsep(&next, "\n")))
		if (!strncmp(at, line, length) && at[length] == ' ' && object &&
		    !gnv_parse_u64(at + length + 1, &value))
			json_object_object_add(object, key, json_object_new_uint64(value * factor));
}

/* In the form in which containerd and others read it. */
static int print_stats(const char *id, const struct oci_state *state, struct gnv_error **err)
{
	_cleanup_close_ int fd = open(state->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_json_ struct json_object *event = json_object_new_object();
	struct json_object *data, *part;

	if (fd < 0)
		return gnv_error_errno(err, errno, "open the cgroup `%s`", state->cgroup);
	if (!event)
		return gnv_error_errno(err, ENOMEM, "events");
	json_object_object_add(event, "type", json_object_new_string("stats"));
	json_object_object_add(event, "id", json_object_new_string(id));
	data = member(event, "data");
	part = member(member(data, "cpu"), "usage");
	add_line(part, "total", fd, "cpu.stat", "usage_usec", 1000);
	add_line(part, "kernel", fd, "cpu.stat", "system_usec", 1000);
	add_line(part, "user", fd, "cpu.stat", "user_usec", 1000);
	part = member(data, "pids");
	add_file(part, "current", fd, "pids.current");
	add_file(part, "limit", fd, "pids.max");
	part = member(member(data, "memory"), "usage");
	add_file(part, "usage", fd, "memory.current");
	add_file(part, "limit", fd, "memory.max");
	puts(json_object_to_json_string_ext(event, OCI_JSON_PLAIN));
	fflush(stdout);
	return 0;
}

static int run_events(const struct oci_globals *globals, void *data, int argc, char **argv,
		      struct gnv_error **err)
{
	const struct events *events = data;
	struct timespec interval = { events->interval.set ? (time_t)events->interval.value : 5, 0 };
	int r;

	(void)argc;
	if (!interval.tv_sec)
		return gnv_error_set(err, EINVAL, "--interval: give at least one second");
	for (;;) {
		_cleanup_entry_ struct oci_entry entry = OCI_ENTRY_INIT;
		_cleanup_ocistate_ struct oci_state state = { 0 };

		r = oci_entry_open(globals->root, argv[0], false, &entry, err);
		if (r >= 0)
			r = oci_state_read(&entry, &state, err);
		if (r < 0)
			return r;
		if (oci_state_status(&state) == OCI_STOPPED)
			return events->stats ? wrong_status(argv[0], OCI_STOPPED, err) : 0;
		r = print_stats(argv[0], &state, err);
		if (r < 0 || events->stats)
			return r;
		nanosleep(&interval, NULL);
	}
}

/* --- not yet ----------------------------------------------------------------------------- */

static int run_later(const struct oci_globals *globals, void *data, int argc, char **argv,
		     struct gnv_error **err)
{
	(void)globals, (void)data, (void)argc, (void)argv;
	return gnv_error_set(err, EOPNOTSUPP,
			     "checkpoint and restore are not supported by this runtime yet");
}

#define run_checkpoint run_later
#define run_restore    run_later

#define COMMAND(verb, operands_, text, table, type, n_min, n_max) \
	const struct oci_command oci_cmd_##verb = { \
		.name = #verb, \
		.synopsis = operands_, \
		.help = text, \
		.options = table, \
		.min_operands = n_min, \
		.max_operands = n_max, \
		.data_size = sizeof(struct type), \
		.run = run_##verb, \
	}

COMMAND(pause, "ID", "stop all processes of a container", NULL, none, 1, 1);
COMMAND(resume, "ID", "let them go on", NULL, none, 1, 1);
COMMAND(ps, "ID", "list the processes of a container", ps_options, ps, 1, 1);
COMMAND(update, "ID", "change the limits of a container", update_options, update, 1, 1);
COMMAND(events, "ID", "print what a container uses", events_options, events, 1, 1);
COMMAND(checkpoint, "ID", "refused: not supported yet", NULL, none, 0, 64);
COMMAND(restore, "ID", "refused: not supported yet", NULL, none, 0, 64);
