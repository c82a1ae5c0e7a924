// SPDX-License-Identifier: MIT
/*
 * gnvctl: speaks /dev/ghostnv by raw ioctls, for the tests: one ioctl a command,
 * results as lines of key=value.  It goes past the library on purpose, so that
 * what is tested is the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/ghostnv.h>

static int ctl = -1;

static uint64_t number(const char *text)
{
	uint64_t value;
	char *end;

	if (!strcmp(text, "max"))
		return GHOSTNV_UNLIMITED;
	if (!strcmp(text, "fail"))
		return GHOSTNV_OOM_FAIL;
	if (!strcmp(text, "wait"))
		return GHOSTNV_OOM_WAIT;
	if (!strcmp(text, "evict"))
		return GHOSTNV_OOM_EVICT;
	if (!strcmp(text, "kill"))
		return GHOSTNV_OOM_KILL;
	if (!strcmp(text, "total"))
		return GHOSTNV_GPU_TOTAL;
	value = strtoull(text, &end, 0);
	switch (*end) {
	case 'G':
		return value << 30;
	case 'M':
		return value << 20;
	case 'K':
		return value << 10;
	default:
		return value;
	}
}

static int done(int ret)
{
	if (ret) {
		printf("error=%s\n", strerrorname_np(errno));
		return 1;
	}
	return 0;
}

static int open_cgroup(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		perror(path);
		exit(2);
	}
	return fd;
}

static int cmd_version(char **argv)
{
	struct ghostnv_version p = { .size = sizeof(p) };
	int ret = ioctl(ctl, GHOSTNV_IOC_VERSION, &p);

	(void)argv;
	if (!ret) {
		printf("abi=%u\nflags=%u\ngpus=%u\noverhead=%" PRIu64 "\n", p.abi, p.flags,
		       p.gpus, (uint64_t)p.context_overhead_bytes);
		printf("module=%s\ndriver=%s\nreason=%s\n", p.module, p.driver, p.reason);
	}
	return done(ret);
}

static int cmd_gpu(char **argv)
{
	struct ghostnv_gpu p = { .size = sizeof(p), .index = (uint32_t)number(argv[0]) };
	int ret = ioctl(ctl, GHOSTNV_IOC_GPU, &p);

	if (!ret) {
		printf("minor=%u\ngpu_id=0x%x\nvram=%" PRIu64 "\nused=%" PRIu64 "\n", p.minor,
		       p.gpu_id, (uint64_t)p.vram_bytes, (uint64_t)p.vram_used_bytes);
		printf("pci=%s\nuuid=%s\nname=%s\n", p.pci, p.uuid, p.name);
	}
	return done(ret);
}

static int cmd_create(char **argv)
{
	struct ghostnv_container_create p = {
		.size = sizeof(p),
		.cgroup_fd = open_cgroup(argv[0]),
		.gpus = number(argv[1]),
		.vram_max_bytes = number(argv[2]),
	};
	int ret = ioctl(ctl, GHOSTNV_IOC_CONTAINER_CREATE, &p);

	if (!ret)
		printf("id=%" PRIu64 "\n", (uint64_t)p.id);
	return done(ret);
}

static int cmd_find(char **argv)
{
	struct ghostnv_container_find p = {
		.size = sizeof(p),
		.cgroup_fd = strcmp(argv[0], "self") ? open_cgroup(argv[0]) : -1,
	};
	int ret = ioctl(ctl, GHOSTNV_IOC_CONTAINER_FIND, &p);

	if (!ret)
		printf("id=%" PRIu64 "\n", (uint64_t)p.id);
	return done(ret);
}

static int cmd_list(char **argv)
{
	struct ghostnv_container_next p = { .size = sizeof(p) };

	(void)argv;
	while (!ioctl(ctl, GHOSTNV_IOC_CONTAINER_NEXT, &p))
		printf("id=%" PRIu64 "\n", (uint64_t)p.id);
	return errno == ENOENT ? 0 : done(-1);
}

static int cmd_destroy(char **argv)
{
	struct ghostnv_container_destroy p = { .size = sizeof(p), .id = number(argv[0]) };

	return done(ioctl(ctl, GHOSTNV_IOC_CONTAINER_DESTROY, &p));
}

/* set ID LIMIT GPU VALUE */
static int cmd_set(char **argv)
{
	struct ghostnv_limit p = {
		.size = sizeof(p),
		.id = number(argv[0]),
		.limit = (uint32_t)number(argv[1]),
		.gpu = (uint32_t)number(argv[2]),
		.value = number(argv[3]),
	};

	return done(ioctl(ctl, GHOSTNV_IOC_LIMIT_SET, &p));
}

/* get ID LIMIT GPU */
static int cmd_get(char **argv)
{
	struct ghostnv_limit p = {
		.size = sizeof(p),
		.id = number(argv[0]),
		.limit = (uint32_t)number(argv[1]),
		.gpu = (uint32_t)number(argv[2]),
	};
	int ret = ioctl(ctl, GHOSTNV_IOC_LIMIT_GET, &p);

	if (!ret)
		printf("value=%" PRIu64 "\n", (uint64_t)p.value);
	return done(ret);
}

static const struct stat_name {
	const char *name;
	size_t offset;
} stat_names[] = {
	{ "current", offsetof(struct ghostnv_stats, vram_current_bytes) },
	{ "peak", offsetof(struct ghostnv_stats, vram_peak_bytes) },
	{ "max", offsetof(struct ghostnv_stats, vram_max_bytes) },
	{ "limit", offsetof(struct ghostnv_stats, vram_limit_bytes) },
	{ "events_max", offsetof(struct ghostnv_stats, events_max) },
	{ "refused", offsetof(struct ghostnv_stats, events_refused) },
	{ "denied", offsetof(struct ghostnv_stats, events_denied) },
	{ "sessions", offsetof(struct ghostnv_stats, sessions) },
	{ "clients", offsetof(struct ghostnv_stats, clients) },
	{ "contexts", offsetof(struct ghostnv_stats, contexts) },
	{ "queues", offsetof(struct ghostnv_stats, queues) },
	{ "spaces", offsetof(struct ghostnv_stats, spaces) },
	{ "allocations", offsetof(struct ghostnv_stats, allocations) },
	{ "high", offsetof(struct ghostnv_stats, vram_high_bytes) },
	{ "low", offsetof(struct ghostnv_stats, vram_low_bytes) },
	{ "orphaned", offsetof(struct ghostnv_stats, vram_orphaned_bytes) },
	{ "events_low", offsetof(struct ghostnv_stats, events_low) },
	{ "events_high", offsetof(struct ghostnv_stats, events_high) },
	{ "events_oom", offsetof(struct ghostnv_stats, events_oom) },
	{ "events_oom_kill", offsetof(struct ghostnv_stats, events_oom_kill) },
	{ "events_evict", offsetof(struct ghostnv_stats, events_evict) },
	{ "events_wait", offsetof(struct ghostnv_stats, events_wait) },
};

#define STATS_COUNT (sizeof(stat_names) / sizeof(stat_names[0]))

static int read_stat(uint64_t id, uint32_t gpu, const char *name, uint64_t *value)
{
	struct ghostnv_stats p = { .size = sizeof(p), .id = id, .gpu = gpu };

	if (ioctl(ctl, GHOSTNV_IOC_STATS, &p))
		return -1;
	for (size_t i = 0; i < STATS_COUNT; i++) {
		if (!strcmp(stat_names[i].name, name)) {
			memcpy(value, (char *)&p + stat_names[i].offset, sizeof(*value));
			return 0;
		}
	}
	errno = EINVAL;
	return -1;
}

/* stats ID GPU */
static int cmd_stats(char **argv)
{
	uint64_t value;

	for (size_t i = 0; i < STATS_COUNT; i++) {
		if (read_stat(number(argv[0]), (uint32_t)number(argv[1]), stat_names[i].name,
			      &value))
			return done(-1);
		printf("%s=%" PRIu64 "\n", stat_names[i].name, value);
	}
	return 0;
}

/* stat ID GPU NAME: the figure alone. */
static int cmd_stat(char **argv)
{
	uint64_t value;

	if (read_stat(number(argv[0]), (uint32_t)number(argv[1]), argv[2], &value))
		return done(-1);
	printf("%" PRIu64 "\n", value);
	return 0;
}

/*
 * await ID NAME least|most VALUE: until a figure is at least, or at most, so much.
 * What a closing file gives back may come a moment after its process is gone.
 */
static int cmd_await(char **argv)
{
	bool least = !strcmp(argv[2], "least");
	uint64_t value = 0, wanted = number(argv[3]);

	for (int i = 0; i < 3000; i++) {
		if (read_stat(number(argv[0]), GHOSTNV_GPU_TOTAL, argv[1], &value))
			return done(-1);
		if (least ? value >= wanted : value <= wanted)
			return 0;
		poll(NULL, 0, 10);
	}
	printf("%s=%" PRIu64 "\n", argv[1], value);
	return 1;
}

/* empty ID: until nothing is charged and nothing is open. */
static int cmd_empty(char **argv)
{
	static char *const names[] = { "current", "allocations", "contexts", "clients", "sessions" };
	int bad = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		bad |= cmd_await((char *[]){ argv[0], names[i], "most", "0" });
	return bad;
}

static void print_event(const struct ghostnv_event *event)
{
	static const char *const names[] = {
		[GHOSTNV_EVENT_CREATED] = "created",
		[GHOSTNV_EVENT_DESTROYED] = "destroyed",
		[GHOSTNV_EVENT_LIMIT] = "limit",
		[GHOSTNV_EVENT_MAX] = "max",
		[GHOSTNV_EVENT_DENIED] = "denied",
		[GHOSTNV_EVENT_REFUSED] = "refused",
		[GHOSTNV_EVENT_LOST] = "lost",
		[GHOSTNV_EVENT_ATTACHED] = "attached",
		[GHOSTNV_EVENT_DETACHED] = "detached",
		[GHOSTNV_EVENT_HIGH] = "high",
		[GHOSTNV_EVENT_OOM] = "oom",
		[GHOSTNV_EVENT_WAIT] = "wait",
		[GHOSTNV_EVENT_EVICT] = "evict",
		[GHOSTNV_EVENT_OOM_KILL] = "oom_kill",
		[GHOSTNV_EVENT_TORN] = "torn",
	};

	printf("event=%s id=%" PRIu64 " bytes=%" PRIu64 " gpu=%d pid=%d\n", names[event->type],
	       (uint64_t)event->id, (uint64_t)event->bytes, (int)event->gpu, event->pid);
	fflush(stdout);
}

/* events ID UNTIL: subscribes, says ready=1, prints events until type UNTIL. */
static int cmd_events(char **argv)
{
	struct ghostnv_subscribe p = { .size = sizeof(p), .id = number(argv[0]) };
	uint32_t until = (uint32_t)number(argv[1]);
	struct ghostnv_event events[8];
	struct pollfd wait = { .fd = ctl, .events = POLLIN };

	if (ioctl(ctl, GHOSTNV_IOC_SUBSCRIBE, &p))
		return done(-1);
	printf("ready=1\n");
	fflush(stdout);
	for (;;) {
		ssize_t n;

		if (poll(&wait, 1, 60000) != 1) {
			printf("error=ETIMEDOUT\n");
			return 1;
		}
		n = read(ctl, events, sizeof(events));
		if (n <= 0)
			return done(-1);
		for (size_t i = 0; i < (size_t)n / sizeof(events[0]); i++) {
			print_event(&events[i]);
			if (events[i].type == until)
				return 0;
		}
	}
}

/* read-nothing: what read() says before anything is subscribed, and after. */
static int cmd_read_nothing(char **argv)
{
	struct ghostnv_subscribe p = { .size = sizeof(p) };
	char buf[sizeof(struct ghostnv_event)];

	(void)argv;
	fcntl(ctl, F_SETFL, O_NONBLOCK);
	printf("unsubscribed=%s\n",
	       read(ctl, buf, sizeof(buf)) < 0 ? strerrorname_np(errno) : "OK");
	if (ioctl(ctl, GHOSTNV_IOC_SUBSCRIBE, &p))
		return done(-1);
	printf("short=%s\n", read(ctl, buf, 8) < 0 ? strerrorname_np(errno) : "OK");
	printf("empty=%s\n", read(ctl, buf, sizeof(buf)) < 0 ? strerrorname_np(errno) : "OK");
	return 0;
}

/*
 * The length matrix: each ioctl with a structure that is shorter than its first
 * version, that version, exact, longer
 * by a byte of 0, longer by a byte that is not, longer than a page, with a pointer
 * to nowhere; and a number that no ioctl has.  "exact" is what the ioctl says of a structure of
 * zeros, and a tail of zeros must change nothing.
 */
static const char *try_length(unsigned int number, size_t exact, size_t size, char tail)
{
	char buf[2 * 4096] = { 0 };
	uint32_t size32 = (uint32_t)size;

	memcpy(buf, &size32, sizeof(size32));
	buf[exact] = tail;
	return ioctl(ctl, number, buf) ? strerrorname_np(errno) : "OK";
}

static void lengths(const char *name, unsigned int number, size_t exact, size_t first)
{
	printf("%s.short=%s\n", name, try_length(number, exact, first - 1, 0));
	printf("%s.first=%s\n", name, try_length(number, exact, first, 0));
	printf("%s.exact=%s\n", name, try_length(number, exact, exact, 0));
	printf("%s.longer_zero=%s\n", name, try_length(number, exact, exact + 1, 0));
	printf("%s.longer_nonzero=%s\n", name, try_length(number, exact, exact + 1, 1));
	printf("%s.page=%s\n", name, try_length(number, exact, 4096 + 1, 0));
	printf("%s.null=%s\n", name, ioctl(ctl, number, NULL) ? strerrorname_np(errno) : "OK");
}

#define LENGTHS(name, number, type) \
	lengths(name, number, sizeof(struct type), sizeof(struct type))

static int cmd_lengths(char **argv)
{
	char buf[64] = { 64 };

	(void)argv;
	LENGTHS("version", GHOSTNV_IOC_VERSION, ghostnv_version);
	LENGTHS("gpu", GHOSTNV_IOC_GPU, ghostnv_gpu);
	LENGTHS("create", GHOSTNV_IOC_CONTAINER_CREATE, ghostnv_container_create);
	LENGTHS("find", GHOSTNV_IOC_CONTAINER_FIND, ghostnv_container_find);
	LENGTHS("next", GHOSTNV_IOC_CONTAINER_NEXT, ghostnv_container_next);
	LENGTHS("destroy", GHOSTNV_IOC_CONTAINER_DESTROY, ghostnv_container_destroy);
	LENGTHS("limit_set", GHOSTNV_IOC_LIMIT_SET, ghostnv_limit);
	LENGTHS("limit_get", GHOSTNV_IOC_LIMIT_GET, ghostnv_limit);
	lengths("stats", GHOSTNV_IOC_STATS, sizeof(struct ghostnv_stats),
		offsetof(struct ghostnv_stats, vram_high_bytes));
	LENGTHS("subscribe", GHOSTNV_IOC_SUBSCRIBE, ghostnv_subscribe);
	printf("unknown=%s\n", ioctl(ctl, _IO(GHOSTNV_IOC_MAGIC, 0x7f), buf) ?
				       strerrorname_np(errno) :
				       "OK");
	return 0;
}

/* Fields that must be 0 or in range, each set wrong in turn. */
static const char *result(int ret)
{
	return ret ? strerrorname_np(errno) : "OK";
}

/* fields CGROUP ID */
static int cmd_fields(char **argv)
{
	int cgroup = open_cgroup(argv[0]);
	uint64_t id = number(argv[1]);
	struct ghostnv_container_create create = {
		.size = sizeof(create),
		.cgroup_fd = cgroup,
		.vram_max_bytes = 1,
	};
	struct ghostnv_limit limit = {
		.size = sizeof(limit),
		.limit = GHOSTNV_LIMIT_VRAM_MAX,
		.gpu = GHOSTNV_GPU_TOTAL,
		.id = id,
		.value = 1,
	};
	struct ghostnv_stats stats = { .size = sizeof(stats), .id = id, .gpu = 64 };

	create.flags = 1;
	printf("create_flags=%s\n", result(ioctl(ctl, GHOSTNV_IOC_CONTAINER_CREATE, &create)));
	create.flags = 0;
	create.__reserved = 1;
	printf("create_reserved=%s\n", result(ioctl(ctl, GHOSTNV_IOC_CONTAINER_CREATE, &create)));
	create.__reserved = 0;
	create.gpus = 1ULL << 63;
	printf("create_gpus=%s\n", result(ioctl(ctl, GHOSTNV_IOC_CONTAINER_CREATE, &create)));
	create.gpus = 0;
	create.vram_max_bytes = 0;
	printf("create_zero=%s\n", result(ioctl(ctl, GHOSTNV_IOC_CONTAINER_CREATE, &create)));
	create.vram_max_bytes = 1;
	create.cgroup_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	printf("create_no_cgroup=%s\n", result(ioctl(ctl, GHOSTNV_IOC_CONTAINER_CREATE, &create)));
	create.cgroup_fd = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	printf("create_root=%s\n", result(ioctl(ctl, GHOSTNV_IOC_CONTAINER_CREATE, &create)));
	create.cgroup_fd = cgroup;
	printf("create_twice=%s\n", result(ioctl(ctl, GHOSTNV_IOC_CONTAINER_CREATE, &create)));

	limit.limit = 99;
	printf("limit_unknown=%s\n", result(ioctl(ctl, GHOSTNV_IOC_LIMIT_SET, &limit)));
	limit.limit = GHOSTNV_LIMIT_OOM_POLICY;
	limit.value = GHOSTNV_OOM_KILL + 1;
	printf("limit_policy=%s\n", result(ioctl(ctl, GHOSTNV_IOC_LIMIT_SET, &limit)));
	limit.value = GHOSTNV_OOM_WAIT;
	limit.gpu = 0;
	printf("limit_policy_of_gpu=%s\n", result(ioctl(ctl, GHOSTNV_IOC_LIMIT_SET, &limit)));
	limit.gpu = GHOSTNV_GPU_TOTAL;
	limit.limit = GHOSTNV_LIMIT_OOM_PRIORITY;
	limit.value = GHOSTNV_OOM_PRIORITY_MAX + 1;
	printf("limit_priority=%s\n", result(ioctl(ctl, GHOSTNV_IOC_LIMIT_SET, &limit)));
	limit.limit = GHOSTNV_LIMIT_OOM_WAIT_MS;
	limit.value = 0;
	printf("limit_wait_ms=%s\n", result(ioctl(ctl, GHOSTNV_IOC_LIMIT_SET, &limit)));
	limit.limit = GHOSTNV_LIMIT_VRAM_HIGH;
	printf("limit_high_zero=%s\n", result(ioctl(ctl, GHOSTNV_IOC_LIMIT_SET, &limit)));
	limit.limit = GHOSTNV_LIMIT_VRAM_LOW;
	limit.value = GHOSTNV_UNLIMITED;
	printf("limit_low_max=%s\n", result(ioctl(ctl, GHOSTNV_IOC_LIMIT_SET, &limit)));
	limit.limit = GHOSTNV_LIMIT_VRAM_MAX;
	limit.value = 0;
	printf("limit_zero=%s\n", result(ioctl(ctl, GHOSTNV_IOC_LIMIT_SET, &limit)));
	limit.value = 1;
	limit.gpu = 64;
	printf("limit_gpu_range=%s\n", result(ioctl(ctl, GHOSTNV_IOC_LIMIT_SET, &limit)));
	limit.gpu = 63;
	printf("limit_gpu_absent=%s\n", result(ioctl(ctl, GHOSTNV_IOC_LIMIT_SET, &limit)));
	limit.gpu = 0;
	limit.limit = GHOSTNV_LIMIT_GPUS;
	printf("limit_gpus_of_gpu=%s\n", result(ioctl(ctl, GHOSTNV_IOC_LIMIT_SET, &limit)));
	limit.gpu = GHOSTNV_GPU_TOTAL;
	limit.value = 1ULL << 63;
	printf("limit_gpus_absent=%s\n", result(ioctl(ctl, GHOSTNV_IOC_LIMIT_SET, &limit)));
	printf("stats_gpu_range=%s\n", result(ioctl(ctl, GHOSTNV_IOC_STATS, &stats)));
	return 0;
}

static const struct command {
	const char *name;
	int args;
	int (*run)(char **argv);
} commands[] = {
	{ "version", 0, cmd_version },
	{ "gpu", 1, cmd_gpu },
	{ "create", 3, cmd_create },
	{ "find", 1, cmd_find },
	{ "list", 0, cmd_list },
	{ "destroy", 1, cmd_destroy },
	{ "set", 4, cmd_set },
	{ "get", 3, cmd_get },
	{ "stats", 2, cmd_stats },
	{ "stat", 3, cmd_stat },
	{ "await", 4, cmd_await },
	{ "empty", 1, cmd_empty },
	{ "events", 2, cmd_events },
	{ "read-nothing", 0, cmd_read_nothing },
	{ "lengths", 0, cmd_lengths },
	{ "fields", 2, cmd_fields },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name) || argc - 2 != commands[i].args)
			continue;
		ctl = open("/dev/ghostnv", O_RDWR | O_CLOEXEC);
		if (ctl < 0) {
			perror("/dev/ghostnv");
			return 2;
		}
		return commands[i].run(argv + 2);
	}
	fprintf(stderr, "gnvctl: see tests/e2e/gnvctl.c for the commands\n");
	return 2;
}
