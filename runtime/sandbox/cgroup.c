// SPDX-License-Identifier: MIT
/*
 * A container's cgroup below <root>/ghostnv: made, limited, killed, removed.
 */
#include "sandbox/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/file.h"

#define PARENT		      "ghostnv"
#define CONTROLLERS_BYTES_MAX 4096

/* What cpu.max takes, in microseconds: a quota is at least 1000. */
#define CPU_PERIOD_US	      100000
#define CPU_PERIOD_LONG_US    1000000

/* "+pids" without the sign; the kernel's names. */
static const char *const controllers[] = { "cpu", "memory", "pids" };

#define N_CONTROLLERS (sizeof(controllers) / sizeof(controllers[0]))

int gnv_cgroup_find_root(char **ret_path, struct gnv_error **err)
{
	static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	struct statfs fs;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (statfs(places[i], &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC)
			continue;
		*ret_path = strdup(places[i]);
		return *ret_path ? 0 : gnv_error_errno(err, ENOMEM, "find cgroup2");
	}
	gnv_error_set(err, ENOENT, "no cgroup2 file system on `/sys/fs/cgroup`");
	return gnv_error_remedy(err, -ENOENT,
				"boot with systemd.unified_cgroup_hierarchy=1, or mount one there");
}

int gnv_cgroup_write(int dir_fd, const char *name, const char *value)
{
	_cleanup_close_ int fd = openat(dir_fd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return -errno;
	return write(fd, value, strlen(value)) < 0 ? -errno : 0;
}

bool gnv_cgroup_lists(const char *list, const char *word)
{
	size_t length = strlen(word);

	while (*list) {
		size_t n = strcspn(list, " \n");

		if (n == length && !memcmp(list, word, n))
			return true;
		list += n;
		list += strspn(list, " \n");
	}
	return false;
}

static bool is_needed(const struct gnv_cgroup_limits *limits, const char *controller)
{
	if (!strcmp(controller, "cpu"))
		return limits->cpu_millicores;
	if (!strcmp(controller, "memory"))
		return limits->memory_max_bytes;
	return limits->pids_max;
}

static int explain_missing(const char *path, const char *controller, struct gnv_error **err)
{
	int r = gnv_error_set(err, ENOTSUP,
			      "the `%s` controller is not available in the cgroup `%s`",
			      controller, path);

	return gnv_error_remedy(err, r,
				"leave the limit out, or boot with cgroup_no_v1=%s", controller);
}

/*
 * Hand controllers down from @path.  Those that a limit needs must be there; the
 * others are for the figures, and it goes without them.
 */
static int enable_controllers(const char *path, int fd, const struct gnv_cgroup_limits *limits,
			      struct gnv_error **err)
{
	_cleanup_free_ char *available = NULL;
	size_t i;
	int r;

	r = gnv_file_read_at(fd, "cgroup.controllers", CONTROLLERS_BYTES_MAX, &available,
			     NULL, err);
	if (r < 0)
		return r;
	for (i = 0; i < N_CONTROLLERS; i++) {
		char text[16];

		if (!gnv_cgroup_lists(available, controllers[i])) {
			if (is_needed(limits, controllers[i]))
				return explain_missing(path, controllers[i], err);
			continue;
		}
		snprintf(text, sizeof(text), "+%s", controllers[i]);
		r = gnv_cgroup_write(fd, "cgroup.subtree_control", text);
		if (r < 0 && is_needed(limits, controllers[i]))
			return gnv_error_errno(err, -r,
					       "enable the `%s` controller below the cgroup `%s`",
					       controllers[i], path);
	}
	return 0;
}

static int set_limit(int fd, const char *name, const char *value, struct gnv_error **err)
{
	int r = gnv_cgroup_write(fd, name, value);

	return r < 0 ? gnv_error_errno(err, -r, "write %s to `%s`", value, name) : 0;
}

static int limit_memory(int fd, uint64_t bytes, struct gnv_error **err)
{
	char value[24];
	int r;

	snprintf(value, sizeof(value), "%" PRIu64, bytes);
	r = set_limit(fd, "memory.max", value, err);
	if (r < 0)
		return r;
	/* Swap would make the limit a softer one than was asked for. */
	r = gnv_cgroup_write(fd, "memory.swap.max", "0");
	if (r < 0 && r != -ENOENT)
		return gnv_error_errno(err, -r, "write 0 to `memory.swap.max`");
	/* A container that has lost one process is of no use with the others. */
	return set_limit(fd, "memory.oom.group", "1", err);
}

static int limit_cpu(int fd, uint64_t millicores, struct gnv_error **err)
{
	uint64_t period = millicores < 10 ? CPU_PERIOD_LONG_US : CPU_PERIOD_US;
	char value[48];

	if (millicores > UINT64_MAX / period)
		return gnv_error_errno(err, ERANGE, "%" PRIu64 " thousandths of a core",
				       millicores);
	snprintf(value, sizeof(value), "%" PRIu64 " %" PRIu64, millicores * period / 1000,
		 period);
	return set_limit(fd, "cpu.max", value, err);
}

static int set_limits(int fd, const struct gnv_cgroup_limits *limits, struct gnv_error **err)
{
	char value[24];
	int r = 0;

	if (limits->memory_max_bytes)
		r = limit_memory(fd, limits->memory_max_bytes, err);
	if (r >= 0 && limits->cpu_millicores)
		r = limit_cpu(fd, limits->cpu_millicores, err);
	if (r >= 0 && limits->pids_max) {
		snprintf(value, sizeof(value), "%" PRIu64, limits->pids_max);
		r = set_limit(fd, "pids.max", value, err);
	}
	return r;
}

static int open_directory(const char *path, struct gnv_error **err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? gnv_error_errno(err, errno, "open the cgroup `%s`", path) : fd;
}

/* <root>/ghostnv, with the controllers handed down to what is made in it. */
static int open_parent(const struct gnv_cgroup_limits *limits, char **ret_path,
		       struct gnv_error **err)
{
	_cleanup_free_ char *root = NULL, *path = NULL;
	_cleanup_close_ int root_fd = -EBADF, fd = -EBADF;
	int r = gnv_cgroup_find_root(&root, err);

	if (r < 0)
		return r;
	root_fd = open_directory(root, err);
	if (root_fd < 0)
		return root_fd;
	r = enable_controllers(root, root_fd, limits, err);
	if (r < 0)
		return r;
	if (asprintf(&path, "%s/%s", root, PARENT) < 0) {
		path = NULL;
		return gnv_error_errno(err, ENOMEM, "name the cgroup");
	}
	if (mkdirat(root_fd, PARENT, 0755) < 0 && errno != EEXIST)
		return gnv_error_errno(err, errno, "make the cgroup `%s`", path);
	fd = open_directory(path, err);
	if (fd < 0)
		return fd;
	r = enable_controllers(path, fd, limits, err);
	if (r < 0)
		return r;
	*ret_path = STEAL_PTR(path);
	return STEAL_FD(fd);
}

int gnv_cgroup_create(const char *id, const struct gnv_cgroup_limits *limits,
		      char **ret_path, int *ret_fd, struct gnv_error **err)
{
	_cleanup_free_ char *parent = NULL, *path = NULL;
	_cleanup_close_ int fd = -EBADF;
	_cleanup_close_ int parent_fd = open_parent(limits, &parent, err);
	int r;

	if (parent_fd < 0)
		return parent_fd;
	if (asprintf(&path, "%s/%s", parent, id) < 0) {
		path = NULL;
		return gnv_error_errno(err, ENOMEM, "name the cgroup");
	}
	if (mkdirat(parent_fd, id, 0755) < 0)
		return gnv_error_errno(err, errno, "make the cgroup `%s`", path);
	fd = open_directory(path, err);
	r = fd < 0 ? fd : set_limits(fd, limits, err);
	if (r < 0) {
		unlinkat(parent_fd, id, AT_REMOVEDIR);
		return gnv_error_wrap(err, r, "limit the cgroup `%s`", path);
	}
	*ret_path = STEAL_PTR(path);
	*ret_fd = STEAL_FD(fd);
	return 0;
}
