// SPDX-License-Identifier: MIT
/*
 * container/state and container/record: what is written is read again, what is
 * not ours is refused, and a lock says who answers for a container.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/process.h"
#include "base/strv.h"
#include "container/container.h"
#include "container/record.h"

static char prefix[] = "/tmp/ghostnv-test.XXXXXX";
static struct gnv_root root;

static char good[] = "{\"version\":1,\"name\":\"n\",\"image\":\"i\",\"command\":[\"a\"],"
		     "\"status\":\"running\",\"boot\":\"b\",\"pid\":1,\"start_time\":2,\"exit_status\":-1,"
		     "\"created\":3,\"cgroup\":\"/c\",\"container_id\":4,\"gpus\":5,"
		     "\"vram_max_bytes\":6,\"memory_max_bytes\":7,\"cpu_millicores\":8,"
		     "\"pids_max\":9,\"remove\":true,\"log\":false}";

static void read_good(void)
{
	_cleanup_state_ struct gnv_state state = { 0 };

	expect_int(gnv_state_parse(good, &state, NULL), 0);
	expect_str(state.name, "n");
	expect_str(state.command[0], "a");
	expect(!state.command[1]);
	expect_int(state.status, GNV_STATUS_RUNNING);
	expect_int(state.exit_status, GNV_EXIT_UNKNOWN);
	expect_int(state.pids_max, 9);
	expect(state.remove && !state.log);
}

/* Each key in turn is renamed: its absence is always seen and named. */
static void read_without_a_key(void)
{
	char *key, *end;

	for (key = strchr(good, '"'); key; key = strchr(end + 1, '"')) {
		_cleanup_error_ struct gnv_error *err = NULL;
		struct gnv_state state;

		end = strchr(key + 1, '"');
		if (end[1] != ':')
			continue;
		key[1] ^= 1;
		expect_int(gnv_state_parse(good, &state, &err), -EBADMSG);
		key[1] ^= 1;
	}
}

static void read_bad_values(void)
{
	static const char *const bad[] = {
		"",
		"{",
		"[]",
		"null",
		"{}",
		"1",
		"\"x\"",
	};
	static const struct {
		const char *from, *to;
	} edits[] = {
		{ "\"pid\":1", "\"pid\":-1" },
		{ "\"pid\":1", "\"pid\":4294967296" },
		{ "\"pid\":1", "\"pid\":\"1\"" },
		{ "\"start_time\":2", "\"start_time\":-2" },
		{ "\"exit_status\":-1", "\"exit_status\":256" },
		{ "\"status\":\"running\"", "\"status\":\"dead\"" },
		{ "\"status\":\"running\"", "\"status\":\"\"" },
		{ "\"command\":[\"a\"]", "\"command\":[1]" },
		{ "\"version\":1", "\"version\":2" },
		{ "\"remove\":true", "\"remove\":1" },
	};
	struct gnv_state state;
	char text[2048], *at;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_int(gnv_state_parse(bad[i], &state, NULL), -EBADMSG);
	for (i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		at = strstr(good, edits[i].from);
		expect(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, edits[i].to,
			 at + strlen(edits[i].from));
		expect_int(gnv_state_parse(text, &state, NULL), -EBADMSG);
	}
}

static void write_then_read(void)
{
	_cleanup_state_ struct gnv_state in = {
		.name = strdup("a"),
		.image = strdup("quo\"te\n\x1b"),
		.cgroup = strdup("/sys"),
		.status = GNV_STATUS_EXITED,
		.exit_status = 255,
		.start_time = UINT64_MAX,
		.gpus = UINT64_MAX,
		.created = 1700000000,
		.log = true,
	};
	_cleanup_state_ struct gnv_state out = { 0 };
	_cleanup_free_ char *text = NULL;

	expect_int(gnv_strv_append(&in.command, ""), 0);
	expect_int(gnv_strv_append(&in.command, "b c"), 0);
	expect_int(gnv_state_format(&in, &text, NULL), 0);
	expect_int(gnv_state_parse(text, &out, NULL), 0);
	expect_str(out.image, in.image);
	expect_int(gnv_strv_length(out.command), 2);
	expect_str(out.command[1], "b c");
	expect(out.start_time == UINT64_MAX && out.gpus == UINT64_MAX);
	expect_int(out.status, GNV_STATUS_EXITED);
	expect_int(out.exit_status, 255);
	expect(out.log && !out.remove);
}

static void names(void)
{
	char longest[GNV_NAME_MAX + 2];

	memset(longest, 'a', sizeof(longest));
	longest[GNV_NAME_MAX] = '\0';
	expect(gnv_name_is_valid(longest));
	longest[GNV_NAME_MAX] = 'a';
	longest[GNV_NAME_MAX + 1] = '\0';
	expect(!gnv_name_is_valid(longest));
	expect(gnv_name_is_valid("a"));
	expect(gnv_name_is_valid("0-_.x"));
	expect(!gnv_name_is_valid(""));
	expect(!gnv_name_is_valid("."));
	expect(!gnv_name_is_valid(".."));
	expect(!gnv_name_is_valid("-a"));
	expect(!gnv_name_is_valid("a/b"));
	expect(!gnv_name_is_valid("a b"));
	expect(!gnv_name_is_valid("a\n"));
	expect(!gnv_name_is_valid("\xc3\xa4"));
}

static void record_create_twice(void)
{
	_cleanup_record_ struct gnv_record first = { .dir_fd = -EBADF };
	_cleanup_error_ struct gnv_error *err = NULL;
	struct gnv_record second;
	bool leftover;

	expect_int(gnv_record_create(&root, "x", &first, &leftover, NULL), 0);
	expect(!leftover);
	expect_int(gnv_record_create(&root, "x", &second, &leftover, &err), -EEXIST);
	expect(strstr(gnv_error_message(err), "`x`"));
	expect(gnv_error_get_remedy(err));
	expect_int(gnv_record_is_answered_for(&first), 0); /* by another than us */
	expect_int(gnv_record_remove(&first, NULL), 0);
	expect_int(gnv_record_remove(&first, NULL), 0);
	expect_int(gnv_record_is_answered_for(&first), -ENOENT);
}

/* A launcher that died before it wrote a state leaves its name free. */
static void record_taken_over(void)
{
	struct gnv_record record;
	bool leftover;

	expect_int(gnv_record_create(&root, "x", &record, &leftover, NULL), 0);
	gnv_record_fini(&record);
	expect_int(gnv_record_create(&root, "x", &record, &leftover, NULL), 0);
	expect(leftover);
	expect_int(gnv_record_remove(&record, NULL), 0);
	gnv_record_fini(&record);
}

static int put(struct gnv_record *record, enum gnv_status status, pid_t pid,
	       uint64_t start_time)
{
	_cleanup_state_ struct gnv_state state = {
		.name = strdup(record->name),
		.image = strdup("i"),
		.status = status,
		.pid = pid,
		.start_time = start_time,
	};

	return gnv_record_write(record, &state, NULL);
}

/* One that is alive, or that has exited and is kept, holds its name. */
static void record_keeps_name(void)
{
	struct gnv_record record, other;
	uint64_t start_time;
	bool leftover;

	expect_int(gnv_record_create(&root, "x", &record, &leftover, NULL), 0);
	expect_int(gnv_process_start_time(getpid(), &start_time), 0);
	expect_int(put(&record, GNV_STATUS_RUNNING, getpid(), start_time), 0);
	gnv_record_fini(&record);
	expect_int(gnv_record_create(&root, "x", &other, &leftover, NULL), -EEXIST);

	expect_int(gnv_record_open(&root, "x", &record, NULL), 0);
	expect_int(put(&record, GNV_STATUS_EXITED, 0, 0), 0);
	expect_int(gnv_record_create(&root, "x", &other, &leftover, NULL), -EEXIST);

	/* The same number, another process: this one is gone. */
	expect_int(put(&record, GNV_STATUS_RUNNING, getpid(), start_time + 1), 0);
	expect_int(gnv_record_create(&root, "x", &other, &leftover, NULL), 0);
	expect(leftover);
	expect_int(gnv_record_remove(&other, NULL), 0);
	gnv_record_fini(&other);
	gnv_record_fini(&record);
}

/* The lock goes with its process, however that ends. */
static void record_lock_dies_with_its_process(void)
{
	struct gnv_record record;
	int fds[2], status;
	bool leftover;
	char byte;
	pid_t pid;

	expect_int(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		if (gnv_record_create(&root, "x", &record, &leftover, NULL) < 0 ||
		    write(fds[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	expect_int(read(fds[0], &byte, 1), 1);
	expect_int(gnv_record_open(&root, "x", &record, NULL), 0);
	expect_int(gnv_record_is_answered_for(&record), 1);
	expect_int(gnv_record_lock(&record, 0), 0);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	expect_int(gnv_record_lock(&record, 0), 1);
	expect_int(gnv_record_remove(&record, NULL), 0);
	gnv_record_fini(&record);
	close(fds[0]);
	close(fds[1]);
}

static void record_lock_after_removal(void)
{
	struct gnv_record record, waiting;
	bool leftover;

	expect_int(gnv_record_create(&root, "x", &record, &leftover, NULL), 0);
	expect_int(gnv_record_open(&root, "x", &waiting, NULL), 0);
	expect_int(gnv_record_remove(&record, NULL), 0);
	gnv_record_fini(&record);
	expect_int(gnv_record_lock(&waiting, 0), -ENOENT);
	gnv_record_fini(&waiting);
}

static void record_unknown(void)
{
	struct gnv_record record;

	expect_int(gnv_record_open(&root, "none", &record, NULL), -ENOENT);
	expect_int(gnv_record_open(&root, "../x", &record, NULL), -ENOENT);
}

static void record_names(void)
{
	_cleanup_strv_ char **found = NULL;
	struct gnv_record a, b;
	bool leftover;

	expect_int(gnv_record_create(&root, "b", &b, &leftover, NULL), 0);
	expect_int(gnv_record_create(&root, "a", &a, &leftover, NULL), 0);
	expect_int(gnv_record_names(&root, &found, NULL), 0);
	expect_int(gnv_strv_length(found), 2);
	expect_str(found[0], "a");
	gnv_record_remove(&a, NULL);
	gnv_record_remove(&b, NULL);
	gnv_record_fini(&a);
	gnv_record_fini(&b);
}

/* A number of another boot may be somebody else's now. */
static void record_of_another_boot(void)
{
	struct gnv_state state = { 0 };
	struct gnv_record record;
	uint64_t start_time;
	bool leftover;
	char *text, *boot;

	expect_int(gnv_record_create(&root, "x", &record, &leftover, NULL), 0);
	expect_int(gnv_process_start_time(getpid(), &start_time), 0);
	expect_int(put(&record, GNV_STATUS_RUNNING, getpid(), start_time), 0);
	expect_int(gnv_file_read_at(record.dir_fd, "state.json", 1 << 20, &text, NULL, NULL), 0);
	boot = strstr(text, "\"boot\":\"");
	expect(boot);
	if (boot)
		boot[strlen("\"boot\":\"")] = 'x';
	expect_int(gnv_file_write_at(record.dir_fd, "state.json", text, NULL), 0);
	free(text);
	expect_int(gnv_record_read(&record, &state, NULL), 0);
	expect_int(state.pid, 0);
	expect(!gnv_state_is_alive(&state));
	gnv_state_fini(&state);
	expect_int(gnv_record_remove(&record, NULL), 0);
	gnv_record_fini(&record);
}

/* What could not be read again is not written. */
static void record_too_long(void)
{
	static char argument[2 << 20];
	char *command[] = { argument, NULL };
	struct gnv_state state = {
		.name = (char *)"x",
		.image = (char *)"i",
		.command = command,
	};
	struct gnv_record record;
	bool leftover;

	memset(argument, 1, sizeof(argument) - 1);
	expect_int(gnv_record_create(&root, "x", &record, &leftover, NULL), 0);
	expect_int(gnv_record_write(&record, &state, NULL), -E2BIG);
	expect_int(gnv_record_read(&record, &state, NULL), -ENOENT);
	expect_int(gnv_record_remove(&record, NULL), 0);
	gnv_record_fini(&record);
}

/* One that cannot be read, for whatever reason, does not hide the others. */
static void list_with_damage(void)
{
	struct gnv_record good_one, bad_one;
	struct gnv_state *states = NULL;
	bool leftover;
	size_t n = 0;

	expect_int(gnv_record_create(&root, "a", &bad_one, &leftover, NULL), 0);
	expect_int(mkdirat(bad_one.dir_fd, "state.json", 0700), 0);
	expect_int(gnv_record_create(&root, "b", &good_one, &leftover, NULL), 0);
	expect_int(put(&good_one, GNV_STATUS_EXITED, 0, 0), 0);
	expect_int(gnv_container_list(&root, &states, &n, NULL), 0);
	expect_int(n, 2);
	if (n == 2) {
		expect_int(states[0].status, GNV_STATUS_DEAD);
		expect_int(states[1].status, GNV_STATUS_EXITED);
	}
	gnv_container_list_free(states, n);
	expect_int(unlinkat(bad_one.dir_fd, "state.json", AT_REMOVEDIR), 0);
	gnv_record_remove(&bad_one, NULL);
	gnv_record_remove(&good_one, NULL);
	gnv_record_fini(&bad_one);
	gnv_record_fini(&good_one);
}

/* Its launcher died before it could write that the program runs. */
static void starting_without_launcher(void)
{
	struct gnv_record record, other;
	struct gnv_state state = { 0 };
	uint64_t start_time;
	bool leftover;

	expect_int(gnv_record_create(&root, "x", &record, &leftover, NULL), 0);
	expect_int(gnv_process_start_time(getpid(), &start_time), 0);
	expect_int(put(&record, GNV_STATUS_STARTING, getpid(), start_time), 0);
	expect_int(gnv_record_open(&root, "x", &other, NULL), 0);
	expect_int(gnv_record_look(&other, &state, NULL), 0);
	expect_int(state.status, GNV_STATUS_STARTING);
	gnv_state_fini(&state);
	gnv_record_fini(&record);
	expect_int(gnv_record_look(&other, &state, NULL), 0);
	expect_int(state.status, GNV_STATUS_RUNNING);
	gnv_state_fini(&state);
	expect_int(gnv_record_remove(&other, NULL), 0);
	gnv_record_fini(&other);
}

static void lost_names(void)
{
	_cleanup_strv_ char **found = NULL;
	struct gnv_record record;
	bool leftover;

	expect_int(gnv_record_create(&root, "x", &record, &leftover, NULL), 0);
	expect_int(mkdir(record.data_path, 0700), 0);
	expect_int(gnv_record_lost_names(&root, &found, NULL), 0);
	expect(!found);
	expect_int(gnv_record_drop(&record, NULL), 0);
	expect_int(gnv_record_lost_names(&root, &found, NULL), 0);
	expect_int(gnv_strv_length(found), 1);
	if (found)
		expect_str(found[0], "x");
	expect_int(rmdir(record.data_path), 0);
	gnv_record_fini(&record);
}

/* No name may meet a file that the kernel has in a cgroup. */
static void cgroup_id(void)
{
	static const char *const names[] = { "cgroup.procs", "cpu.stat", "memory.max" };
	_cleanup_root_ struct gnv_root plain = { 0 };
	size_t i;

	expect_int(gnv_root_init(&plain, NULL, NULL), 0);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		_cleanup_free_ char *id = NULL;

		expect_int(gnv_root_cgroup_id(&plain, names[i], &id, NULL), 0);
		expect(id && !strncmp(id, "container-", strlen("container-")));
	}
}

static void root_is_no_prefix(void)
{
	_cleanup_root_ struct gnv_root slash = { 0 };

	expect_int(gnv_root_init(&slash, "//", NULL), 0);
	expect_str(slash.run_dir, "/run/ghostnv");
	expect_str(slash.suffix, "");
}

static void start_time_of_odd_names(void)
{
	uint64_t value = 0;

	expect_int(gnv_process_parse_start_time(
			   "7 (a) b (c) d) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20",
			   &value),
		   0);
	expect_int(value, 4711);
	expect_int(gnv_process_parse_start_time("7 (a) S 1 2", &value), -EINVAL);
	expect_int(gnv_process_parse_start_time("", &value), -EINVAL);
}

int main(void)
{
	char command[64];
	int r;

	if (!mkdtemp(prefix) || gnv_root_init(&root, prefix, NULL) < 0)
		return 1;
	test("state:read_good", read_good);
	test("state:read_without_a_key", read_without_a_key);
	test("state:read_bad_values", read_bad_values);
	test("state:write_then_read", write_then_read);
	test("record:names_are_checked", names);
	test("record:create_twice", record_create_twice);
	test("record:taken_over", record_taken_over);
	test("record:keeps_name", record_keeps_name);
	test("record:lock_dies_with_its_process", record_lock_dies_with_its_process);
	test("record:lock_after_removal", record_lock_after_removal);
	test("record:unknown", record_unknown);
	test("record:names", record_names);
	test("record:of_another_boot", record_of_another_boot);
	test("record:too_long", record_too_long);
	test("record:list_with_damage", list_with_damage);
	test("record:starting_without_launcher", starting_without_launcher);
	test("record:lost_names", lost_names);
	test("root:cgroup_id", cgroup_id);
	test("root:slash_is_no_prefix", root_is_no_prefix);
	test("process:start_time_of_odd_names", start_time_of_odd_names);
	gnv_root_fini(&root);
	snprintf(command, sizeof(command), "rm -rf %s", prefix);
	r = tap_end();
	return system(command) || r;
}
