// SPDX-License-Identifier: MIT
/*
 * events: what a container uses, once or again and again, and that it ran out of memory; in
 * the form in which containerd and others read it.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/parse.h"
#include "image/json.h"
#include "oci/command.h"
#include "oci/gpu.h"
#include "oci/state.h"

#define STAT_BYTES_MAX (1U << 20)
#define INTERVAL_MS    5000

struct events {
	bool stats;
	int interval_ms; /* 0: not given */
};

static int take_stats(void *data, const char *value, struct gnv_error **err)
{
	(void)value, (void)err;
	((struct events *)data)->stats = true;
	return 0;
}

/* As Go writes it, "1m30s", "500ms"; or mere seconds. */
static int take_interval(void *data, const char *value, struct gnv_error **err)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = { { "ms", 1 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "", 1000 } };
	const char *at = value;
	uint64_t total = 0, n;
	size_t i;

	while (*at && total <= INT32_MAX) {
		size_t digits = strspn(at, "0123456789");
		char number[12];

		if (!digits || digits >= sizeof(number))
			break;
		memcpy(number, at, digits);
		number[digits] = '\0';
		at += digits;
		for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (!strncmp(at, units[i].unit, strlen(units[i].unit)))
				break;
		if (gnv_parse_u64(number, &n) < 0 || (!*units[i].unit && *at))
			break;
		total += n * units[i].ms;
		at += strlen(units[i].unit);
	}
	if (*at || !total || total > INT32_MAX)
		return gnv_error_set(err, EINVAL, "--interval `%s`: write it like 5s or 500ms", value);
	((struct events *)data)->interval_ms = (int)total;
	return 0;
}

static const struct cli_option events_options[] = {
	{ "stats", 0, NULL, "once, and end", take_stats },
	{ "interval", 0, "DURATION", "between two lines (5s)", take_interval },
	{ 0 },
};

/* A member of that name, made; NULL objects are carried along. */
static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = object ? json_object_new_object() : NULL;

	if (value)
		json_object_object_add(object, key, value);
	return value;
}

static void add_number(struct json_object *object, const char *key, uint64_t value)
{
	if (object)
		json_object_object_add(object, key, json_object_new_uint64(value));
}

static void add_file(struct json_object *object, const char *key, int fd, const char *name)
{
	uint64_t value;

	if (gnv_file_read_u64_at(fd, name, &value, NULL) == 0)
		add_number(object, key, value);
}

/* Which lines "name N" of a file become which members, N times a factor. */
struct line {
	const char *name, *key;
	uint64_t factor;
};

/* With @lines NULL, all of them under their own names. */
static void add_lines(struct json_object *object, int fd, const char *file,
		      const struct line *lines)
{
	_cleanup_free_ char *text = NULL;
	const struct line *line;
	char *next, *value, *at;
	uint64_t n;

	if (gnv_file_read_at(fd, file, STAT_BYTES_MAX, &text, NULL, NULL) < 0)
		return;
	next = text;
	while ((at = strsep(&next, "\n"))) {
		value = strchr(at, ' ');
		if (!value)
			continue;
		*value++ = '\0';
		if (gnv_parse_u64(value, &n) < 0)
			continue;
		if (!lines)
			add_number(object, at, n);
		for (line = lines; line && line->name; line++)
			if (!strcmp(line->name, at))
				add_number(object, line->key, n * line->factor);
	}
}

static void add_cpu(struct json_object *data, int fd)
{
	static const struct line usage[] = { { "usage_usec", "total", 1000 },
					     { "user_usec", "user", 1000 },
					     { "system_usec", "kernel", 1000 },
					     { 0 } };
	static const struct line throttling[] = { { "nr_periods", "periods", 1 },
						  { "nr_throttled", "throttledPeriods", 1 },
						  { "throttled_usec", "throttledTime", 1000 },
						  { 0 } };
	struct json_object *cpu = member(data, "cpu");

	add_lines(member(cpu, "usage"), fd, "cpu.stat", usage);
	add_lines(member(cpu, "throttling"), fd, "cpu.stat", throttling);
}

static void add_memory(struct json_object *data, int fd)
{
	static const struct line failures[] = { { "max", "failcnt", 1 }, { 0 } };
	struct json_object *memory = member(data, "memory"), *part = member(memory, "usage");

	add_file(part, "usage", fd, "memory.current");
	add_file(part, "limit", fd, "memory.max");
	add_file(part, "max", fd, "memory.peak");
	add_lines(part, fd, "memory.events", failures);
	part = member(memory, "swap");
	add_file(part, "usage", fd, "memory.swap.current");
	add_file(part, "limit", fd, "memory.swap.max");
	add_lines(member(memory, "raw"), fd, "memory.stat", NULL);
}

static void add_disk(struct json_object *array, uint64_t major, uint64_t minor, const char *op,
		     uint64_t value)
{
	struct json_object *entry = array ? json_object_new_object() : NULL;

	if (!entry)
		return;
	add_number(entry, "major", major);
	add_number(entry, "minor", minor);
	json_object_object_add(entry, "op", json_object_new_string(op));
	add_number(entry, "value", value);
	json_object_array_add(array, entry);
}

/* Lines are "MAJOR:MINOR rbytes=N wbytes=N rios=N wios=N …". */
static void add_disks(struct json_object *data, int fd)
{
	static const struct {
		const char *word, *op;
		int list;
	} kinds[] = { { "rbytes=", "Read", 0 },
		      { "wbytes=", "Write", 0 },
		      { "rios=", "Read", 1 },
		      { "wios=", "Write", 1 } };
	struct json_object *io = member(data, "blkio"), *lists[2] = { NULL, NULL };
	_cleanup_free_ char *text = NULL;
	char *next, *line, *word;
	uint64_t major, minor, value;
	size_t i;

	if (!io || gnv_file_read_at(fd, "io.stat", STAT_BYTES_MAX, &text, NULL, NULL) < 0)
		return;
	lists[0] = json_object_new_array();
	lists[1] = json_object_new_array();
	json_object_object_add(io, "ioServiceBytesRecursive", lists[0]);
	json_object_object_add(io, "ioServicedRecursive", lists[1]);
	next = text;
	while ((line = strsep(&next, "\n"))) {
		word = strsep(&line, ":");
		if (!line || gnv_parse_u64(word, &major) < 0 ||
		    gnv_parse_u64(strsep(&line, " "), &minor) < 0)
			continue;
		while ((word = strsep(&line, " ")))
			for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
				if (!strncmp(word, kinds[i].word, strlen(kinds[i].word)) &&
				    !gnv_parse_u64(word + strlen(kinds[i].word), &value))
					add_disk(lists[kinds[i].list], major, minor, kinds[i].op,
						 value);
	}
}

struct figure {
	const char *key;
	size_t offset; /* of a __u64 */
};

static void add_figures(struct json_object *object, const struct ghostnv_stats *stats,
			const struct figure *figure)
{
	for (; figure->key; figure++)
		add_number(object, figure->key,
			   *(const __u64 *)((const char *)stats + figure->offset));
}

#define FIGURE(key, member) \
	{ \
		key, offsetof(struct ghostnv_stats, member) \
	}

/* All GPUs together, under the names that ghostnv-container has for it. */
static void add_gpu(struct json_object *data, int fd)
{
	static const struct figure vram[] = { FIGURE("current_bytes", vram_current_bytes),
					      FIGURE("peak_bytes", vram_peak_bytes),
					      FIGURE("limit_bytes", vram_limit_bytes),
					      FIGURE("queues", queues),
					      FIGURE("events_max", events_max),
					      FIGURE("events_oom", events_oom),
					      FIGURE("wait_some_us", vram_wait_some_us),
					      { 0 } };
	static const struct figure time[] = { FIGURE("usage_us", gpu_usage_us),
					      FIGURE("periods", gpu_periods),
					      FIGURE("throttled", gpu_throttled),
					      FIGURE("throttled_us", gpu_throttled_us),
					      FIGURE("wait_some_us", gpu_wait_some_us),
					      { 0 } };
	struct ghostnv_stats stats = { 0 };
	struct json_object *gpu, *part;

	if (oci_gpu_stats(fd, &stats) < 0)
		return;
	gpu = member(data, "gpu");
	add_figures(member(gpu, "vram"), &stats, vram);
	part = member(gpu, "time");
	add_figures(part, &stats, time);
	if (part)
		json_object_object_add(part, "paused", json_object_new_boolean(stats.gpu_paused));
}

static struct json_object *make_event(const char *type, const char *id)
{
	struct json_object *event = json_object_new_object();

	if (event) {
		json_object_object_add(event, "type", json_object_new_string(type));
		json_object_object_add(event, "id", json_object_new_string(id));
	}
	return event;
}

static int print(struct json_object *event, struct gnv_error **err)
{
	const char *text = event ? json_object_to_json_string_ext(event, OCI_JSON_PLAIN) : NULL;

	if (!text)
		return gnv_error_errno(err, ENOMEM, "events");
	/* Whoever reads it has gone. */
	if (puts(text) < 0 || fflush(stdout) < 0)
		return gnv_error_errno(err, errno, "events");
	return 0;
}

static int print_stats(const char *id, int fd, struct gnv_error **err)
{
	_cleanup_json_ struct json_object *event = make_event("stats", id);
	struct json_object *data = member(event, "data"), *pids;

	add_cpu(data, fd);
	add_memory(data, fd);
	pids = member(data, "pids");
	add_file(pids, "current", fd, "pids.current");
	add_file(pids, "limit", fd, "pids.max");
	add_disks(data, fd);
	add_gpu(data, fd);
	return print(event, err);
}

/* Of memory.events; only when it has been read by the same descriptor does poll wait. */
static uint64_t count_kills(int fd)
{
	_cleanup_free_ char *text = NULL;
	const char *line;
	size_t length;

	if (lseek(fd, 0, SEEK_SET) < 0 ||
	    gnv_file_read_regular(fd, STAT_BYTES_MAX, &text, &length) < 0)
		return 0;
	line = strstr(text, "oom_kill ");
	return line ? strtoull(line + strlen("oom_kill "), NULL, 10) : 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until the next line is due.  Return: 1 when the container has ended, 0, or -errno. */
static int watch(const char *id, int fd, int pidfd, int interval_ms, uint64_t *kills,
		 struct gnv_error **err)
{
	_cleanup_close_ int events_fd = openat(fd, "memory.events", O_RDONLY | O_CLOEXEC);
	struct pollfd fds[] = { { .fd = pidfd, .events = POLLIN },
				{ .fd = events_fd, .events = POLLPRI } };
	int64_t end = now_ms() + interval_ms, left;

	while ((left = end - now_ms()) > 0) {
		uint64_t n = count_kills(events_fd);

		if (n > *kills) {
			_cleanup_json_ struct json_object *event = make_event("oom", id);
			int r = print(event, err);

			if (r < 0)
				return r;
		}
		*kills = n;
		if (poll(fds, 2, (int)left) < 0 && errno != EINTR)
			return gnv_error_errno(err, errno, "events");
		if (fds[0].revents)
			return 1;
	}
	return 0;
}

static int run_events(const struct oci_globals *globals, void *data, int argc, char **argv,
		      struct gnv_error **err)
{
	const struct events *events = data;
	_cleanup_entry_ struct oci_entry entry = OCI_ENTRY_INIT;
	_cleanup_ocistate_ struct oci_state state = { 0 };
	_cleanup_close_ int fd = -EBADF, pidfd = -EBADF;
	int interval_ms = events->interval_ms ? events->interval_ms : INTERVAL_MS;
	uint64_t kills = 0;
	int r = oci_entry_open(globals->root, argv[0], false, &entry, err);

	(void)argc;
	if (r >= 0)
		r = oci_state_read(&entry, &state, err);
	if (r >= 0)
		r = oci_state_need_cgroup(&state, argv[0], err);
	if (r < 0)
		return r;
	pidfd = oci_state_open_process(&state);
	if (pidfd < 0)
		return gnv_error_set(err, EINVAL, "container `%s` is stopped", argv[0]);
	fd = open(state.cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return gnv_error_errno(err, errno, "open the cgroup `%s`", state.cgroup);
	while (r == 0) {
		r = print_stats(argv[0], fd, err);
		if (r < 0 || events->stats)
			return r;
		r = watch(argv[0], fd, pidfd, interval_ms, &kills, err);
	}
	return r < 0 ? r : EXIT_SUCCESS;
}

const struct oci_command oci_cmd_events = {
	.name = "events",
	.synopsis = "ID",
	.help = "print what a container uses",
	.options = events_options,
	.min_operands = 1,
	.max_operands = 1,
	.data_size = sizeof(struct events),
	.run = run_events,
};
