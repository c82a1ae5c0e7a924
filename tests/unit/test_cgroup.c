// SPDX-License-Identifier: MIT
/*
 * sandbox/cgroup: made, entered, killed, removed.  Limits need controllers, which
 * few machines have here; the end-to-end test sets them.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "sandbox/cgroup.h"
#include "sandbox/clone.h"
#include "sandbox/device_cache.h"

static const struct gnv_cgroup_limits no_limits;
static char id[64], *path;
static int fd = -1;

static bool make(void)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	int r = gnv_cgroup_create(id, &no_limits, &path, &fd, &err);

	expect_int(r, 0);
	if (r < 0)
		printf("# %s\n", gnv_error_message(err));
	return r == 0;
}

static void drop(void)
{
	_cleanup_error_ struct gnv_error *err = NULL;

	expect_int(gnv_cgroup_remove(path, 10000, &err), 0);
	expect(access(path, F_OK) < 0);
	close(fd);
	free(path);
	path = NULL;
}

/* A process in the cgroup that does nothing. */
static int add_process(void)
{
	int pidfd = -1;

	if (gnv_clone(0, fd, &pidfd) == 0)
		for (;;)
			pause();
	return pidfd;
}

static void reap(int pidfd, int wanted_signal)
{
	siginfo_t info = { 0 };

	expect_int(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED), 0);
	expect_int(info.si_status, wanted_signal);
	close(pidfd);
}

static void make_and_remove(void)
{
	if (!make())
		return;
	expect_int(gnv_cgroup_is_populated(path, NULL), 0);
	expect_int(gnv_cgroup_kill(path, NULL), 0);
	drop();
}

static void name_that_exists(void)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	char *other = NULL;
	int other_fd = -1;

	if (!make())
		return;
	expect_int(gnv_cgroup_create(id, &no_limits, &other, &other_fd, &err), -EEXIST);
	expect(strstr(gnv_error_message(err), id));
	expect(access(path, F_OK) == 0);
	drop();
}

static void killed_and_removed(void)
{
	int pidfds[2], i;

	if (!make())
		return;
	for (i = 0; i < 2; i++)
		pidfds[i] = add_process();
	expect_int(gnv_cgroup_is_populated(path, NULL), 1);
	expect_int(gnv_cgroup_kill(path, NULL), 0);
	for (i = 0; i < 2; i++)
		reap(pidfds[i], SIGKILL);
	expect_int(gnv_cgroup_is_populated(path, NULL), 0);
	drop();
}

static void frozen_and_killed(void)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	int pidfd;

	if (!make())
		return;
	pidfd = add_process();
	expect(!gnv_cgroup_is_frozen(path));
	expect_int(gnv_cgroup_freeze(path, true, NULL), 0);
	expect_int(gnv_cgroup_freeze(path, true, NULL), 0);
	expect(gnv_cgroup_is_frozen(path));
	expect_int(gnv_cgroup_freeze(path, false, NULL), 0);
	expect(!gnv_cgroup_is_frozen(path));
	expect_int(gnv_cgroup_freeze(path, true, NULL), 0);
	expect_int(gnv_cgroup_kill(path, NULL), 0);
	reap(pidfd, SIGKILL);
	expect_int(gnv_cgroup_freeze("/no/such/cgroup", true, &err), -ENOENT);
	expect(err && strstr(gnv_error_message(err), "/no/such/cgroup"));
	drop();
}

static void those_below_too(void)
{
	char below[512];
	int pidfd, top_fd = -1;

	if (!make())
		return;
	snprintf(below, sizeof(below), "%s/a", path);
	expect_int(mkdir(below, 0755), 0);
	snprintf(below, sizeof(below), "%s/a/b", path);
	expect_int(mkdir(below, 0755), 0);
	top_fd = fd;
	fd = open(below, O_RDONLY | O_DIRECTORY);
	pidfd = add_process();
	close(fd);
	fd = top_fd;
	expect_int(gnv_cgroup_is_populated(path, NULL), 1);
	expect_int(gnv_cgroup_kill(path, NULL), 0);
	reap(pidfd, SIGKILL);
	drop();
}

static void removal_waits_only_so_long(void)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	int pidfd;

	if (!make())
		return;
	pidfd = add_process();
	expect_int(gnv_cgroup_remove(path, 1, &err), -ETIMEDOUT);
	expect(strstr(gnv_error_message(err), path));
	expect(access(path, F_OK) == 0);
	pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
	/* Not reaped yet: a zombie does not count. */
	drop();
	reap(pidfd, SIGKILL);
}

static void what_is_gone_is_fine(void)
{
	expect_int(gnv_cgroup_is_populated("/sys/fs/cgroup/nothing-here", NULL), 0);
	expect_int(gnv_cgroup_kill("/sys/fs/cgroup/nothing-here", NULL), 0);
	expect_int(gnv_cgroup_remove("/sys/fs/cgroup/nothing-here", 0, NULL), 0);
}

/* Made and removed again. */
static int make_node(mode_t type, unsigned int major, unsigned int minor)
{
	char node[sizeof(id) + 16];

	snprintf(node, sizeof(node), "/tmp/%s-node", id);
	if (mknod(node, type | 0600, makedev(major, minor)) < 0)
		return -errno;
	unlink(node);
	return 0;
}

static int open_device(const char *device, int flags)
{
	int device_fd = open(device, flags);

	if (device_fd < 0)
		return -errno;
	close(device_fd);
	return 0;
}

/* Return: the first of them that is not as it should be, or 0. */
static int try_devices(void)
{
	const int results[] = {
		open_device("/dev/null", O_RDWR) == 0,
		open_device("/dev/zero", O_RDONLY) == -EPERM,
		/* The rule for both numbers is behind the one for the major one. */
		open_device("/dev/full", O_RDONLY) == 0,
		open_device("/dev/full", O_WRONLY) == -EPERM,
		open_device("/dev/urandom", O_RDONLY) == -EPERM,
		make_node(S_IFBLK, 1, 3) == 0,
		make_node(S_IFCHR, 136, 7) == -EPERM,
		make_node(S_IFCHR, 1, 3) == 0,
		make_node(S_IFCHR, 4, 1) == -EPERM,
		make_node(S_IFCHR, 5, 1) == 0,
	};
	size_t i;

	for (i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		if (!results[i])
			return (int)i + 1;
	return 0;
}

/* What try_devices() asks about. */
static const struct gnv_device_rule device_rules[] = {
	{ 'a', -1, -1, "rwm" },
	{ 'a', -1, -1, "rwm", .deny = true },
	{ 'b', -1, -1, "m" },
	{ 'c', -1, 1, "m" },
	{ 'c', 4, -1, "rwm", .deny = true },
	{ 'c', 136, -1, "rw" },
	{ 'c', 1, 3, "rwm" },
	{ 'c', 1, 7, "r" },
	{ 'c', 1, 7, "wm", .deny = true },
	/* There is none such, and what there is must not be taken for it. */
	{ 'c', 1, 9 + (1 << 20), "rwm" },
	{ 'c', 1 + (1 << 12), 5, "rwm" },
};

#define N_DEVICE_RULES (sizeof(device_rules) / sizeof(device_rules[0]))

/* Return: the number of the program that is attached to a cgroup of these rules. */
static uint32_t attach(const struct gnv_device_rule *rules, size_t n, bool asks)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	uint32_t ids[1] = { 0 };
	union bpf_attr attr = { 0 };
	siginfo_t info = { 0 };
	int r, pidfd = -1;

	if (!make())
		return 0;
	r = gnv_cgroup_allow_devices(fd, rules, n, &err);
	expect_int(r, 0);
	if (r < 0)
		printf("# %s\n", gnv_error_message(err));
	attr.query.target_fd = (uint32_t)fd;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = (uint64_t)(uintptr_t)ids;
	attr.query.prog_cnt = 1;
	expect_int(syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)), 0);
	if (asks) {
		if (gnv_clone(0, fd, &pidfd) == 0)
			_exit(try_devices());
		expect_int(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED), 0);
		expect_int(info.si_status, 0);
		close(pidfd);
	}
	drop();
	return ids[0];
}

static void device_program_is_attached(void)
{
	static const struct gnv_device_rule wrong[] = { { 'c', 1, 3, "x" } };

	if (!make())
		return;
	expect_int(gnv_cgroup_allow_devices(fd, wrong, 1, NULL), -EINVAL);
	drop();
	expect(attach(device_rules, N_DEVICE_RULES, true));
}

/* The name of the only pin, whose directory is emptied. */
static bool take_pin(char *aside)
{
	DIR *dir = opendir(GNV_DEVICE_CACHE);
	struct dirent *entry;
	char from[PATH_MAX];
	int n = 0;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(from, sizeof(from), GNV_DEVICE_CACHE "/%s", entry->d_name);
		snprintf(aside, PATH_MAX, "/sys/fs/bpf/%s", entry->d_name);
		expect_int(rename(from, aside), 0);
		n++;
	}
	if (dir)
		closedir(dir);
	return n == 1;
}

static void device_program_is_used_again(void)
{
	static const struct gnv_device_rule anything[] = { { 'a', -1, -1, "rwm" } };
	char strict[PATH_MAX], loose[PATH_MAX], place[PATH_MAX];
	uint32_t first = attach(device_rules, N_DEVICE_RULES, false), other;

	expect(first);
	expect_int(attach(device_rules, N_DEVICE_RULES, true), first);
	expect(take_pin(strict));
	other = attach(anything, 1, false);
	expect(other && other != first);
	expect(take_pin(loose));

	/* A program in the other's place is not taken for it, and that one is still held. */
	snprintf(place, sizeof(place), GNV_DEVICE_CACHE "%s", strrchr(strict, '/'));
	expect_int(rename(loose, place), 0);
	other = attach(device_rules, N_DEVICE_RULES, true);
	expect(other && other != first);
	expect_int(rename(strict, place), 0);
	expect_int(attach(device_rules, N_DEVICE_RULES, true), first);
}

/* Nothing is to be left in the host's. */
static bool mount_bpf(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL) == 0;
}

/* A kernel that hides constants from attackers changes the instructions, even root's with 2. */
static bool is_hardened(void)
{
	uint64_t level;

	return gnv_file_read_u64_at(AT_FDCWD, "/proc/sys/net/core/bpf_jit_harden", &level,
				    NULL) == 0 &&
	       level > 1;
}

int main(void)
{
	_cleanup_error_ struct gnv_error *err = NULL;
	char *root = NULL;
	bool has_bpf;

	if (geteuid() != 0 || gnv_cgroup_find_root(&root, &err) < 0) {
		printf("1..0 # SKIP %s\n", err ? gnv_error_message(err) : "not root");
		return 0;
	}
	free(root);
	snprintf(id, sizeof(id), "test-cgroup-%d", getpid());
	has_bpf = mount_bpf() && !is_hardened();
	test("cgroup:make_and_remove", make_and_remove);
	test("cgroup:name_that_exists", name_that_exists);
	test("cgroup:killed_and_removed", killed_and_removed);
	test("cgroup:frozen_and_killed", frozen_and_killed);
	test("cgroup:those_below_too", those_below_too);
	test("cgroup:removal_waits_only_so_long", removal_waits_only_so_long);
	test("cgroup:what_is_gone_is_fine", what_is_gone_is_fine);
	test("cgroup:device_program_is_attached", device_program_is_attached);
	if (has_bpf)
		test("cgroup:device_program_is_used_again", device_program_is_used_again);
	else
		printf("# no file system of eBPF, or bpf_jit_harden: device programs are always loaded\n");
	return tap_end();
}
