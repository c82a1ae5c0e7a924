// SPDX-License-Identifier: MIT
/*
 * The lines of `monitor`: see monitor_lines.h.
 */
#include "cli/monitor_lines.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/parse.h"
#include "base/utf8.h"
#include "cli/output.h"

#define PRESSURE_BYTES_MAX 4096
#define AVERAGE_LEN	   16

/* What an event's bytes are. */
enum amount {
	NONE,
	BYTES,
	NUMBER,
};

static const struct kind {
	const char *name;
	enum amount amount;
} kinds[] = {
	[GHOSTNV_EVENT_CREATED] = { "created", NONE },
	[GHOSTNV_EVENT_DESTROYED] = { "destroyed", BYTES },
	[GHOSTNV_EVENT_LIMIT] = { "limit", NUMBER },
	[GHOSTNV_EVENT_MAX] = { "max", BYTES },
	[GHOSTNV_EVENT_DENIED] = { "denied", NONE },
	[GHOSTNV_EVENT_REFUSED] = { "refused", NONE },
	[GHOSTNV_EVENT_LOST] = { "lost", NUMBER },
	[GHOSTNV_EVENT_ATTACHED] = { "attached", NONE },
	[GHOSTNV_EVENT_DETACHED] = { "detached", NONE },
	[GHOSTNV_EVENT_HIGH] = { "high", BYTES },
	[GHOSTNV_EVENT_OOM] = { "oom", BYTES },
	[GHOSTNV_EVENT_WAIT] = { "wait", BYTES },
	[GHOSTNV_EVENT_EVICT] = { "evict", BYTES },
	[GHOSTNV_EVENT_OOM_KILL] = { "oom_kill", BYTES },
	[GHOSTNV_EVENT_TORN] = { "torn", NONE },
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* A newer module may know more; its events are shown by their number. */
static const struct kind *find_kind(uint32_t type, char buf[16], struct kind *other)
{
	if (type < N_KINDS && kinds[type].name)
		return &kinds[type];
	snprintf(buf, 16, "event-%" PRIu32, type);
	*other = (struct kind){ buf, NUMBER };
	return other;
}

static const char *format_now(char buf[CLI_TIME_LEN])
{
	return cli_format_time((int64_t)time(NULL), buf);
}

/* A cgroup's name may be anything; a line stays one. */
static void put_text(const char *text)
{
	_cleanup_free_ char *plain = strdup(text);

	fputs(plain ? gnv_utf8_make_plain(plain) : "?", stdout);
}

static void put_who(const struct cli_name *who, uint64_t id)
{
	if (!id)
		putchar('-');
	else if (who && (who->name || who->cgroup))
		put_text(who->name ? who->name : who->cgroup);
	else
		printf("%" PRIu64, id);
}

static int end_line(struct gnv_error **err)
{
	if (fflush(stdout) == EOF || ferror(stdout))
		return gnv_error_errno(err, errno ? errno : EIO, "write to stdout");
	return 0;
}

static int print_event(const struct cli_name *who, const struct kind *kind,
		       const struct ghostnv_event *event, struct gnv_error **err)
{
	char now[CLI_TIME_LEN], bytes[GNV_BYTES_LEN];

	printf("%s ", format_now(now));
	put_who(who, event->id);
	printf(" %s", kind->name);
	if (kind->amount != NONE && event->bytes == GHOSTNV_UNLIMITED)
		printf(" max");
	else if (kind->amount == BYTES)
		printf(" %s", gnv_format_bytes(event->bytes, bytes));
	else if (kind->amount == NUMBER)
		printf(" %" PRIu64, (uint64_t)event->bytes);
	if (event->gpu != GHOSTNV_GPU_TOTAL)
		printf(" gpu %" PRIu32, event->gpu);
	if (event->pid)
		printf(" pid %" PRId32, event->pid);
	putchar('\n');
	return end_line(err);
}

static int print_json(struct json_object *object, struct gnv_error **err)
{
	int r = cli_json_print(object, false);

	return r < 0 ? gnv_error_errno(err, -r, "write to stdout") : 0;
}

static struct json_object *begin_json(const char *type, uint64_t id, const char *name)
{
	struct json_object *object = json_object_new_object();
	char now[CLI_TIME_LEN];

	cli_json_add_text(object, "time", format_now(now));
	cli_json_add_text(object, "type", type);
	cli_json_add_u64_or_null(object, "container_id", id, 0);
	cli_json_add_text(object, "name", name);
	return object;
}

static int print_event_json(const struct cli_name *who, const struct kind *kind,
			    const struct ghostnv_event *event, struct gnv_error **err)
{
	struct json_object *object =
		begin_json(kind->name, event->id, who ? who->name : NULL);

	cli_json_add_text(object, "cgroup", who ? who->cgroup : NULL);
	cli_json_add_u64(object, "monotonic_ns", event->time_ns);
	cli_json_add_u64_or_null(object, "gpu", event->gpu, GHOSTNV_GPU_TOTAL);
	cli_json_add_u64_or_null(object, "pid", (uint64_t)event->pid, 0);
	if (kind->amount == BYTES)
		cli_json_add_u64_or_null(object, "bytes", event->bytes, GHOSTNV_UNLIMITED);
	else if (kind->amount == NUMBER)
		cli_json_add_u64_or_null(object, "value", event->bytes, GHOSTNV_UNLIMITED);
	return print_json(object, err);
}

int cli_lines_event(struct cli_lines *lines, const struct ghostnv_event *event,
		    struct gnv_error **err)
{
	const struct cli_name *who =
		event->id ? cli_names_find(&lines->names, lines->root, event->id) : NULL;
	struct kind other;
	char number[16];
	const struct kind *kind = find_kind(event->type, number, &other);
	int r = lines->json ? print_event_json(who, kind, event, err) :
			      print_event(who, kind, event, err);

	if (event->type == GHOSTNV_EVENT_DESTROYED)
		cli_names_forget(&lines->names, event->id);
	/* Among those that are lost may be the ends of containers. */
	if (event->type == GHOSTNV_EVENT_LOST)
		cli_names_fini(&lines->names);
	return r;
}

/* `some avg10` of a pressure file; "" where the module does not tell. */
static void read_pressure(uint64_t id, const char *name, char ret[AVERAGE_LEN])
{
	static const char key[] = "some avg10=";
	_cleanup_free_ char *text = NULL;
	char path[96];
	size_t length;

	*ret = '\0';
	snprintf(path, sizeof(path), "/sys/kernel/ghostnv/containers/%" PRIu64 "/%s", id, name);
	if (gnv_file_read_at(AT_FDCWD, path, PRESSURE_BYTES_MAX, &text, NULL, NULL) < 0 ||
	    strncmp(text, key, strlen(key)))
		return;
	length = strspn(text + strlen(key), "0123456789.");
	if (length < AVERAGE_LEN)
		snprintf(ret, AVERAGE_LEN, "%.*s", (int)length, text + strlen(key));
}

static struct json_object *average(const char *text)
{
	return *text ? json_tokener_parse(text) : NULL;
}

int cli_lines_figures(struct cli_lines *lines, const struct gnv_state *state,
		      struct gnv_error **err)
{
	_cleanup_free_ struct gnv_container_stats *stats = calloc(1, sizeof(*stats));
	char gpu[AVERAGE_LEN], vram[AVERAGE_LEN], share[32] = "", now[CLI_TIME_LEN];
	char bytes[GNV_BYTES_LEN];
	struct json_object *object;
	struct cli_shares shares;

	if (!stats)
		return gnv_error_errno(err, ENOMEM, "container `%s`", state->name);
	if (gnv_container_stats(state, stats, NULL) < 0)
		return 0;
	shares = cli_looks_add(&lines->looks, &stats->total, cli_now_us());
	if (shares.known)
		snprintf(share, sizeof(share), "%" PRIu64 ".%" PRIu64, shares.usage / 10,
			 shares.usage % 10);
	read_pressure(state->container_id, "gpu.pressure", gpu);
	read_pressure(state->container_id, "vram.pressure", vram);
	if (!lines->json) {
		printf("%s %s figures gpu %s%s vram %s gpu.pressure %s vram.pressure %s\n",
		       format_now(now), state->name, *share ? share : "-", *share ? "%" : "",
		       gnv_format_bytes(stats->total.vram_current_bytes, bytes),
		       *gpu ? gpu : "-", *vram ? vram : "-");
		return end_line(err);
	}
	object = begin_json("figures", state->container_id, state->name);
	cli_json_add(object, "gpu_percent", average(share));
	cli_json_add_u64(object, "gpu_usage_us", stats->total.gpu_usage_us);
	cli_json_add_u64(object, "vram_current_bytes", stats->total.vram_current_bytes);
	cli_json_add(object, "gpu_pressure_avg10", average(gpu));
	cli_json_add(object, "vram_pressure_avg10", average(vram));
	return print_json(object, err);
}

void cli_lines_fini(struct cli_lines *lines)
{
	cli_names_fini(&lines->names);
	cli_looks_fini(&lines->looks);
}
