// SPDX-License-Identifier: MIT
/*
 * What is done to a container's cgroup: pause, resume, ps, update.  And what is not done
 * yet.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/parse.h"
#include "container/limit_options.h"
#include "oci/cgroup.h"
#include "oci/command.h"
#include "oci/gpu.h"
#include "oci/state.h"
#include "oci/systemd.h"
#include "oci/undo.h"
#include "sandbox/cgroup.h"

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
	return r < 0 ? r : oci_state_need_cgroup(state, id, err);
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
	return gnv_cgroup_freeze(state.cgroup, on, err);
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
	struct gnv_gpu_limits gpu; /* first: see container/limit_options.h */
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

/* Of cgroup v1, and gone with it. */
#define TAKE_GONE(name, option) \
	static int take_##name(void *data, const char *value, struct gnv_error **err) \
	{ \
		(void)data, (void)value; \
		return gnv_error_set(err, EOPNOTSUPP, "--" option ": cgroup v2 has no such limit"); \
	}

TAKE_GONE(rt_period, "cpu-rt-period")
TAKE_GONE(rt_runtime, "cpu-rt-runtime")
TAKE_GONE(kernel_memory, "kernel-memory")
TAKE_GONE(kernel_tcp, "kernel-memory-tcp")

static int take_rdt(void *data, const char *value, struct gnv_error **err)
{
	(void)data, (void)value;
	return gnv_error_set(err, EOPNOTSUPP, "linux.intelRdt cannot be changed by this runtime");
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
	GNV_LIMIT_UPDATE_OPTIONS,
	{ "cpu-rt-period", 0, "USEC", "refused: not in cgroup v2", take_rt_period },
	{ "cpu-rt-runtime", 0, "USEC", "refused: not in cgroup v2", take_rt_runtime },
	{ "l3-cache-schema", 0, "SCHEMA", "refused: not supported", take_rdt },
	{ "mem-bw-schema", 0, "SCHEMA", "refused: not supported", take_rdt },
	{ "kernel-memory", 0, "SIZE", "refused: not in cgroup v2", take_kernel_memory },
	{ "kernel-memory-tcp", 0, "SIZE", "refused: not in cgroup v2", take_kernel_tcp },
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
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r;

	if (!strcmp(path, "-"))
		r = read_stdin(&text, &length, err);
	else
		r = gnv_file_read_at(AT_FDCWD, path, OCI_CONFIG_BYTES_MAX, &text, &length, err);
	if (r >= 0)
		r = oci_table_parse(&reader, &oci_resources_table, text, length, ret, err);
	if (r >= 0)
		r = oci_reader_result(&reader, err);
	return gnv_error_wrap(err, r, "--resources `%s`", path);
}

static bool is_same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

static bool are_same(const struct oci_array *a, const struct oci_array *b)
{
	const struct oci_device_rule *of_a = OCI_ITEMS(struct oci_device_rule, *a);
	const struct oci_device_rule *of_b = OCI_ITEMS(struct oci_device_rule, *b);
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (of_a[i].allow != of_b[i].allow || of_a[i].major.set != of_b[i].major.set ||
		    of_a[i].minor.set != of_b[i].minor.set ||
		    of_a[i].major.value != of_b[i].major.value ||
		    of_a[i].minor.value != of_b[i].minor.value ||
		    !is_same_text(of_a[i].type, of_b[i].type) ||
		    !is_same_text(of_a[i].access, of_b[i].access))
			return false;
	return a->n == b->n;
}

/* The program that is attached stays; callers send its rules along all the same. */
static int check_devices(const struct oci_entry *entry, const struct oci_resources *resources,
			 struct gnv_error **err)
{
	static const struct oci_resources none;
	_cleanup_config_ struct oci_config config = { 0 };
	const struct oci_resources *own;
	int r = resources->devices.n ? oci_entry_config(entry, &config, err) : 0;

	if (r < 0 || !resources->devices.n)
		return r;
	own = config.os->resources ? config.os->resources : &none;
	if (are_same(&resources->devices, &own->devices))
		return 0;
	gnv_error_set(err, EOPNOTSUPP, "devices: differ from the container's, and cannot be updated");
	return gnv_error_remedy(err, -EOPNOTSUPP, "make the container anew");
}

/* What @read has comes before single options. */
static int limit(int cgroup_fd, const struct update *update, const struct oci_resources *read,
		 struct oci_undo *undo, struct gnv_error **err)
{
	int r = oci_cgroup_limit(cgroup_fd, read, undo, err);

	return r < 0 ? r : oci_cgroup_limit(cgroup_fd, &update->resources, undo, err);
}

/*
 * systemd takes all or nothing, so it is asked last.  It rounds what it is asked for, and writes
 * that.
 */
static int tell_systemd(const char *unit, int cgroup_fd, const struct update *update,
			const struct oci_resources *read, struct gnv_error **err)
{
	int r = oci_systemd_update(unit, read, &update->resources, err);

	return r < 0 ? r : limit(cgroup_fd, update, read, NULL, err);
}

/* All of it or nothing. */
static int change(const struct oci_state *state, int cgroup_fd, const struct update *update,
		  const struct oci_resources *read, struct gnv_error **err)
{
	_cleanup_gpuundo_ struct gnv_gpu_undo gpu = { 0 };
	_cleanup_undo_ struct oci_undo undo = { 0 };
	int r = limit(cgroup_fd, update, read, &undo, err);

	if (r >= 0 && update->gpu.n)
		r = oci_gpu_update(cgroup_fd, &update->gpu, &gpu, err);
	if (r >= 0 && state->unit)
		r = tell_systemd(state->unit, cgroup_fd, update, read, err);
	if (r < 0) {
		gnv_gpu_undo_all(&gpu, err);
		oci_undo_all(&undo, cgroup_fd, err);
	}
	return r;
}

static int apply(const struct oci_globals *globals, const char *id, const struct update *update,
		 const struct oci_resources *read, struct gnv_error **err)
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
	r = check_devices(&entry, read, err);
	if (r >= 0)
		r = change(&state, fd, update, read, err);
	return gnv_error_wrap(err, r, "container `%s`", id);
}

static int run_update(const struct oci_globals *globals, void *data, int argc, char **argv,
		      struct gnv_error **err)
{
	struct update *update = data;
	struct oci_resources read = { 0 };
	int r = 0;

	(void)argc;
	if (update->memory.swap.value > 0 && update->memory.limit.value <= 0)
		return gnv_error_set(err, EINVAL, "--memory-swap is memory and swap together: give --memory too");
	if (update->path)
		r = read_resources(update->path, &read, err);
	if (r >= 0)
		r = apply(globals, argv[0], update, &read, err);
	oci_table_free(&oci_resources_table, &read);
	return r;
}

/* --- not yet ----------------------------------------------------------------------------- */

static int run_later(const struct oci_globals *globals, void *data, int argc, char **argv,
		     struct gnv_error **err)
{
	(void)globals, (void)data, (void)argc, (void)argv;
	return gnv_error_set(err, EOPNOTSUPP,
			     "checkpoint and restore: not yet, by this runtime");
}

/* With whatever options callers give, so that they hear why and not of an option. */
#define LATER(verb) \
	const struct oci_command oci_cmd_##verb = { \
		.name = #verb, \
		.synopsis = "ID", \
		.help = "refused: not supported yet", \
		.any_options = true, \
		.run = run_later, \
	}

LATER(checkpoint);
LATER(restore);

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
