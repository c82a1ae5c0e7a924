// SPDX-License-Identifier: MIT
/*
 * ghostnv-container monitor: what happens, a line for each event, and figures in between.
 */
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "base/parse.h"
#include "base/options.h"
#include "cli/command.h"
#include "cli/monitor_lines.h"
#include "container/container.h"
#include "lib/libghostnv.h"

#define NAMES_MAX      64
#define INTERVAL_MAX_S 86400
#define READ_AT_ONCE   256

struct watch {
	struct ghostnv *module; /* with a subscription */
	uint64_t id; /* of what was named, 0: all */
};

struct wish {
	struct cli_format format; /* first: its taker sees only this */
	uint32_t interval_s; /* 0: no figures */
};

struct monitor {
	struct cli_lines lines;
	uint32_t interval_s;
	size_t n;
	struct watch watches[NAMES_MAX];
};

static int take_interval(void *data, const char *value, struct gnv_error **err)
{
	struct wish *wish = data;

	if (gnv_parse_u32(value, &wish->interval_s) == 0 && wish->interval_s &&
	    wish->interval_s <= INTERVAL_MAX_S)
		return 0;
	gnv_error_set(err, EINVAL, "--interval `%s`: this is no number of seconds", value);
	return gnv_error_remedy(err, -EINVAL, "give 1 to 86400");
}

static const struct cli_option options[] = {
	{ "format", 0, "table|json", "how to answer (table)", cli_take_format },
	{ "interval", 0, "SECONDS", "figures of those that run, so often", take_interval },
	{ 0 },
};

static int subscribe(struct monitor *monitor, uint64_t id, struct gnv_error **err)
{
	struct watch *watch = &monitor->watches[monitor->n];
	int r = ghostnv_open(&watch->module);

	if (r < 0) {
		gnv_error_errno(err, -r, "open `/dev/ghostnv`");
		return gnv_error_remedy(err, r, "`modprobe ghostnv`");
	}
	monitor->n++;
	watch->id = id;
	r = ghostnv_event_subscribe(watch->module, id);
	if (r < 0) {
		gnv_error_errno(err, -r, "subscribe to events");
		return gnv_error_remedy(err, r, "use sudo");
	}
	return 0;
}

static int subscribe_named(struct monitor *monitor, const char *name, struct gnv_error **err)
{
	_cleanup_state_ struct gnv_state state = { 0 };
	int r = gnv_container_get(monitor->lines.root, name, &state, err);

	if (r < 0)
		return r;
	if (gnv_status_runs(state.status) && state.container_id) {
		r = subscribe(monitor, state.container_id, err);
		return gnv_error_wrap(err, r, "container `%s`", name);
	}
	if (!gnv_status_runs(state.status))
		gnv_error_set(err, ESRCH, "`%s` is %s", name, gnv_status_name(state.status));
	else
		gnv_error_set(err, ESRCH, "`%s` has no GPU", name);
	return gnv_error_remedy(err, -ESRCH, "name running containers with a GPU, or none for all");
}

/* All events that wait, but not for ever where they come faster than they are read. */
static int read_events(struct monitor *monitor, struct watch *watch, struct gnv_error **err)
{
	struct pollfd fd = { .fd = ghostnv_get_fd(watch->module), .events = POLLIN };
	struct ghostnv_event event;
	int i, r = 0;

	for (i = 0; !r && i < READ_AT_ONCE && poll(&fd, 1, 0) == 1; i++) {
		r = ghostnv_event_read(watch->module, &event);
		if (r == -EINTR)
			return 0;
		if (r < 0)
			return gnv_error_errno(err, -r, "read events");
		r = cli_lines_event(&monitor->lines, &event, err);
		/* Nothing will ever come of it again. */
		if (!r && watch->id && event.type == GHOSTNV_EVENT_DESTROYED &&
		    event.id == watch->id) {
			ghostnv_close(watch->module);
			*watch = monitor->watches[--monitor->n];
			return 0;
		}
	}
	return r;
}

/* Return: ms until @at_us, or -1 for never. */
static int until(uint64_t at_us)
{
	uint64_t now_us = cli_now_us();

	if (!at_us)
		return -1;
	return at_us <= now_us ? 0 : (int)((at_us - now_us + 999) / 1000);
}

static int wait_for_more(struct monitor *monitor, int signal_fd, uint64_t figures_us,
			 struct gnv_error **err)
{
	struct pollfd fds[NAMES_MAX + 1];
	size_t i;
	int r;

	for (i = 0; i < monitor->n; i++)
		fds[i] = (struct pollfd){ ghostnv_get_fd(monitor->watches[i].module), POLLIN, 0 };
	fds[i] = (struct pollfd){ signal_fd, POLLIN, 0 };
	if (poll(fds, monitor->n + 1, until(figures_us)) < 0 && errno != EINTR)
		return gnv_error_errno(err, errno, "wait for events");
	if (fds[i].revents)
		return 1;
	/* From the last, for one that is over takes the last one's place. */
	while (i--) {
		r = fds[i].revents ? read_events(monitor, &monitor->watches[i], err) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_watched(const struct monitor *monitor, uint64_t id)
{
	size_t i;

	for (i = 0; i < monitor->n; i++)
		if (!monitor->watches[i].id || monitor->watches[i].id == id)
			return true;
	return false;
}

static int show_figures(struct monitor *monitor, struct gnv_error **err)
{
	struct gnv_state *states;
	size_t n, i;
	int r = gnv_container_list(monitor->lines.root, &states, &n, err);

	if (r < 0)
		return r;
	cli_looks_begin(&monitor->lines.looks);
	for (i = 0; !r && i < n; i++)
		if (gnv_status_runs(states[i].status) && states[i].container_id &&
		    is_watched(monitor, states[i].container_id))
			r = cli_lines_figures(&monitor->lines, &states[i], err);
	gnv_container_list_free(states, n);
	return r;
}

static int follow(struct monitor *monitor, int signal_fd, struct gnv_error **err)
{
	const uint64_t interval_us = monitor->interval_s * 1000000ull;
	uint64_t next_us = interval_us ? cli_now_us() : 0;
	int r = 0;

	while (!r && monitor->n) {
		if (next_us && cli_now_us() >= next_us) {
			r = show_figures(monitor, err);
			next_us = cli_now_us() + interval_us;
		}
		if (!r)
			r = wait_for_more(monitor, signal_fd, next_us, err);
	}
	return r < 0 ? r : 0;
}

static int take_signals(struct gnv_error **err)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return gnv_error_errno(err, errno, "block signals");
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd < 0 ? gnv_error_errno(err, errno, "open a signalfd") : fd;
}

static int watch(struct monitor *monitor, int n, char *const *names, struct gnv_error **err)
{
	_cleanup_close_ int signal_fd = take_signals(err);
	int i, r = signal_fd < 0 ? signal_fd : 0;

	if (!r && !n)
		r = subscribe(monitor, 0, err);
	for (i = 0; !r && i < n; i++)
		r = subscribe_named(monitor, names[i], err);
	return r < 0 ? r : follow(monitor, signal_fd, err);
}

static int run(const struct cli_command *self, const struct gnv_root *root, int argc,
	       char **argv)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	struct monitor monitor = { .lines.root = root };
	struct wish wish = { 0 };
	int n, r;

	r = cli_options_parse(options, CLI_OPERANDS_ANYWHERE, argc, argv, &wish, &n, &err);
	if (!r && n > NAMES_MAX) {
		gnv_error_set(&err, EINVAL, "%d names are too many", n);
		r = gnv_error_remedy(&err, -EINVAL, "give up to 64, or none for all");
	}
	if (r < 0)
		return cli_usage_error(self, err);
	if (r == CLI_HELP_ASKED) {
		cli_print_help(self);
		return EXIT_SUCCESS;
	}
	monitor.lines.json = wish.format.json;
	monitor.interval_s = wish.interval_s;
	r = watch(&monitor, n, argv + 1, &err);
	while (monitor.n)
		ghostnv_close(monitor.watches[--monitor.n].module);
	cli_lines_fini(&monitor.lines);
	if (r < 0) {
		cli_report(self->name, err);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

const struct cli_command cmd_monitor = {
	.name = "monitor",
	.synopsis = "[OPTION...] [NAME...]",
	.help = "follow what happens to containers and their limits",
	.more = "Without NAME, of all. A line for each event, until SIGINT or SIGTERM, or until\n"
		"all that were named are gone. As JSON each line is an object.",
	.options = options,
	.run = run,
};
