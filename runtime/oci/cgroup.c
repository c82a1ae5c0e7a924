// SPDX-License-Identifier: MIT
/*
 * Making and listing cgroups.  What is written into them is in limits.c.
 */
#include "oci/cgroup.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/parse.h"
#include "sandbox/cgroup.h"

#define CONTROLLERS_BYTES_MAX 512
#define PROCS_BYTES_MAX	      (64U << 20)

static const char *const controllers[] = { "cpuset", "cpu", "io", "memory",
					   "hugetlb", "pids", "rdma", NULL };

/* The line of cgroup2 in /proc/PID/cgroup is "0::PATH". */
int oci_cgroup_of(pid_t pid, char **ret, struct gnv_error **err)
{
	_cleanup_free_ char *root = NULL, *text = NULL;
	char path[32], *line;
	int r = gnv_cgroup_find_root(&root, err);

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	if (r >= 0)
		r = gnv_file_read_at(AT_FDCWD, path, 1U << 16, &text, NULL, err);
	if (r < 0)
		return r;
	line = strncmp(text, "0::", 3) ? strstr(text, "\n0::") : text;
	if (!line)
		return gnv_error_set(err, ENOENT, "process %d is in no cgroup of version 2", pid);
	line = strstr(line, "::") + 2;
	line[strcspn(line, "\n")] = '\0';
	if (asprintf(ret, "%s%s", root, strcmp(line, "/") ? line : "") < 0)
		*ret = NULL;
	return *ret ? 0 : gnv_error_errno(err, ENOMEM, "name the cgroup");
}

int oci_cgroup_path(const struct oci_config *config, const char *id, bool rootless, char **ret,
		    struct gnv_error **err)
{
	const char *path = config->os->cgroups_path;
	_cleanup_free_ char *root = NULL, *base = NULL;
	int r = gnv_cgroup_find_root(&root, err);

	if (r >= 0 && rootless)
		r = oci_cgroup_of(getpid(), &base, err);
	if (r < 0)
		return r;
	/* No file of the kernel's begins with the prefix that an id gets. */
	if (!path || !*path)
		r = asprintf(ret, "%s/ghostnv-oci/container-%s", base ? base : root, id);
	else if (path[0] == '/')
		r = asprintf(ret, "%s%s", root, path);
	else
		r = asprintf(ret, "%s/ghostnv-oci/%s", base ? base : root, path);
	if (r < 0)
		*ret = NULL;
	return *ret ? 0 : gnv_error_errno(err, ENOMEM, "name the cgroup");
}

/* Whether a key of `unified` is a file of that controller. */
static bool unified_needs(const struct oci_resources *resources, const char *controller)
{
	const struct oci_pair *pairs = OCI_ITEMS(struct oci_pair, resources->unified);
	size_t i, length = strlen(controller);

	for (i = 0; i < resources->unified.n; i++)
		if (!strncmp(pairs[i].key, controller, length) && pairs[i].key[length] == '.')
			return true;
	return false;
}

/* Docker always gives a weight; 0 is none. */
static bool io_needs(const struct oci_block_io *io)
{
	return io && (io->weight.value || io->weight_device.n || io->read_bps.n ||
		      io->write_bps.n || io->read_iops.n || io->write_iops.n);
}

static bool is_needed(const struct oci_resources *resources, const char *controller)
{
	const struct oci_cpu *cpu = resources ? resources->cpu : NULL;

	if (!resources)
		return false;
	if (unified_needs(resources, controller))
		return true;
	if (!strcmp(controller, "cpuset"))
		return cpu && ((cpu->cpus && *cpu->cpus) || (cpu->mems && *cpu->mems));
	if (!strcmp(controller, "cpu"))
		return cpu && (cpu->shares.value || cpu->quota.value > 0 || cpu->period.value ||
			       cpu->idle.set || cpu->burst.value);
	if (!strcmp(controller, "memory"))
		return resources->memory && (resources->memory->limit.value > 0 ||
					     resources->memory->reservation.value > 0 ||
					     resources->memory->swap.value > 0);
	if (!strcmp(controller, "pids"))
		return resources->pids && resources->pids->limit.set &&
		       resources->pids->limit.value >= 0;
	if (!strcmp(controller, "io"))
		return io_needs(resources->block_io);
	if (!strcmp(controller, "hugetlb"))
		return resources->hugepages.n;
	return resources->rdma.n;
}

bool oci_cgroup_is_limited(const struct oci_resources *resources)
{
	size_t i;

	for (i = 0; controllers[i]; i++)
		if (is_needed(resources, controllers[i]))
			return true;
	return false;
}

/*
 * Hand controllers down from the cgroup @fd.  Those that are needed must be there; the
 * others are for figures and updates, and it goes without them.
 */
static int hand_down(int fd, const char *path, const struct oci_resources *resources,
		     struct gnv_error **err)
{
	char enabled[CONTROLLERS_BYTES_MAX], available[CONTROLLERS_BYTES_MAX] = "";
	size_t i;
	int r = gnv_file_read_piece_at(fd, "cgroup.subtree_control", enabled, sizeof(enabled));

	if (r < 0)
		return gnv_error_errno(err, -r, "read `cgroup.subtree_control` above `%s`", path);
	/* Somebody has handed down what there was to be had, and nothing more is needed. */
	if (strcspn(enabled, "\n") && !oci_cgroup_is_limited(resources))
		return 0;
	for (i = 0; controllers[i]; i++) {
		char text[16];

		if (gnv_cgroup_lists(enabled, controllers[i]))
			continue;
		if (!*available)
			gnv_file_read_piece_at(fd, "cgroup.controllers", available,
					       sizeof(available));
		r = -ENOTSUP;
		if (gnv_cgroup_lists(available, controllers[i])) {
			snprintf(text, sizeof(text), "+%s", controllers[i]);
			r = gnv_cgroup_write(fd, "cgroup.subtree_control", text);
		}
		if (r >= 0 || !is_needed(resources, controllers[i]))
			continue;
		gnv_error_errno(err, -r, "the `%s` controller below the cgroup `%s`",
				controllers[i], path);
		return gnv_error_remedy(err, r, "leave the limit out, or boot with cgroup_no_v1=%s",
					controllers[i]);
	}
	return 0;
}

static int open_directory(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* One level further down; *fd changes to it.  Return: 1 when it was made just now. */
static int descend(int *fd, const char *path, const char *name,
		   const struct oci_resources *resources, struct gnv_error **err)
{
	int next, made, r = hand_down(*fd, path, resources, err);

	if (r < 0)
		return r;
	made = mkdirat(*fd, name, 0755) == 0;
	if (!made && errno != EEXIST)
		return gnv_error_errno(err, errno, "make the cgroup `%s`", path);
	next = open_directory(*fd, name);
	if (next < 0)
		return gnv_error_errno(err, -next, "open the cgroup `%s`", path);
	close(*fd);
	*fd = next;
	return made;
}

static int descend_all(const char *path, const struct oci_resources *resources, int *ret_fd,
		       struct gnv_error **err)
{
	_cleanup_free_ char *root = NULL, *copy = NULL;
	_cleanup_close_ int fd = -EBADF;
	char *next, *name;
	int r = gnv_cgroup_find_root(&root, err);

	if (r < 0)
		return r;
	next = copy = strdup(path + strlen(root));
	if (!copy)
		return gnv_error_errno(err, ENOMEM, "make the cgroup `%s`", path);
	fd = open_directory(AT_FDCWD, root);
	if (fd < 0)
		return gnv_error_errno(err, -fd, "open `%s`", root);
	while (r >= 0 && (name = strsep(&next, "/")))
		if (*name)
			r = descend(&fd, path, name, resources, err);
	*ret_fd = r < 0 ? -EBADF : STEAL_FD(fd);
	return r;
}

/* Where the one above is there, and has been handed what is needed. */
static int descend_one(const char *path, const struct oci_resources *resources, int *ret_fd)
{
	const char *name = strrchr(path, '/') + 1;
	_cleanup_free_ char *above = strndup(path, (size_t)(name - path));
	_cleanup_close_ int fd = above && *name ? open_directory(AT_FDCWD, above) : -ENOENT;
	int r = fd < 0 ? fd : descend(&fd, path, name, resources, NULL);

	*ret_fd = r < 0 ? -EBADF : STEAL_FD(fd);
	return r;
}

int oci_cgroup_create(const char *path, const struct oci_resources *resources, int *ret_fd,
		      struct gnv_error **err)
{
	_cleanup_close_ int fd = -EBADF;
	int r = descend_one(path, resources, &fd);

	if (r < 0)
		r = descend_all(path, resources, &fd, err);
	if (r == 0) {
		r = gnv_cgroup_is_populated(path, err);
		if (r > 0)
			r = gnv_error_set(err, EBUSY, "the cgroup `%s` has processes in it", path);
	}
	if (r < 0)
		return r;
	*ret_fd = STEAL_FD(fd);
	return 0;
}

int oci_cgroup_allow_devices(int fd, const struct oci_resources *resources,
			     struct gnv_error **err)
{
	const struct oci_device_rule *given =
		resources ? OCI_ITEMS(struct oci_device_rule, resources->devices) : NULL;
	size_t i, n = resources ? resources->devices.n : 0;
	_cleanup_free_ struct gnv_device_rule *rules =
		calloc(n + GNV_COMMON_DEVICES, sizeof(*rules));

	if (!rules)
		return gnv_error_errno(err, ENOMEM, "make the device rules");
	for (i = 0; i < n; i++)
		rules[i] = (struct gnv_device_rule){
			.type = given[i].type ? given[i].type[0] : 'a',
			.major = given[i].major.set ? given[i].major.value : -1,
			.minor = given[i].minor.set ? given[i].minor.value : -1,
			.access = given[i].access && *given[i].access ? given[i].access : "rwm",
			.deny = !given[i].allow,
		};
	memcpy(rules + n, gnv_common_devices, sizeof(gnv_common_devices));
	return gnv_cgroup_allow_devices(fd, rules, n + GNV_COMMON_DEVICES, err);
}

static bool has_word(char *const *words, const char *word)
{
	for (; words && *words; words++)
		if (!strcmp(*words, word))
			return true;
	return false;
}

bool oci_cgroup_is_delegated(const struct oci_config *config)
{
	const struct oci_namespace *namespace = oci_config_namespace(config, OCI_NS_CGROUP);
	const struct oci_mount *mounts = OCI_ITEMS(struct oci_mount, config->mounts);
	size_t i;

	if (!namespace || (namespace->path && *namespace->path))
		return false;
	for (i = 0; i < config->mounts.n; i++)
		if (mounts[i].source && !strcmp(mounts[i].source, "cgroup") &&
		    !strcmp(mounts[i].destination, "/sys/fs/cgroup") &&
		    !has_word(mounts[i].options, "ro"))
			return true;
	return false;
}

static int give_file(int fd, const char *name, uid_t uid, struct gnv_error **err)
{
	/* The list is of all files that a kernel may have. */
	if (fchownat(fd, name, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
		return gnv_error_errno(err, errno, "give `%s` of the cgroup to %u", name, uid);
	return 0;
}

int oci_cgroup_give(int fd, uid_t uid, struct gnv_error **err)
{
	static const char always[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";
	_cleanup_free_ char *names = NULL;
	char *next, *name;
	int r = 0;

	if (gnv_file_read_at(AT_FDCWD, "/sys/kernel/cgroup/delegate", 1U << 16, &names, NULL,
			     NULL) < 0)
		names = strdup(always);
	if (!names)
		return gnv_error_errno(err, ENOMEM, "give the cgroup away");
	if (fchown(fd, uid, (gid_t)-1) < 0)
		return gnv_error_errno(err, errno, "give the cgroup to %u", uid);
	next = names;
	while (r >= 0 && (name = strsep(&next, "\n")))
		if (*name && !strchr(name, '/'))
			r = give_file(fd, name, uid, err);
	return r;
}

static int add_pids(int parent_fd, const char *name, void *data)
{
	_cleanup_close_ int fd = open_directory(parent_fd, name);
	struct oci_array *pids = data;
	_cleanup_free_ char *text = NULL;
	char *next, *line;
	uint32_t pid, *grown;
	int r = fd < 0 ? fd :
			 gnv_file_read_at(fd, "cgroup.procs", PROCS_BYTES_MAX, &text, NULL, NULL);

	if (r < 0)
		return r;
	next = text;
	while ((line = strsep(&next, "\n"))) {
		if (!*line || gnv_parse_u32(line, &pid) < 0 || !pid)
			continue;
		grown = reallocarray(pids->items, pids->n + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		grown[pids->n++] = pid;
		pids->items = grown;
	}
	return 0;
}

int oci_cgroup_pids(const char *path, struct oci_array *ret, struct gnv_error **err)
{
	_cleanup_close_ int fd = open_directory(AT_FDCWD, path);
	int r = fd;

	if (fd == -ENOENT)
		return 0;
	if (fd >= 0)
		r = add_pids(fd, ".", ret);
	if (r >= 0)
		r = gnv_cgroup_walk(fd, add_pids, ret);
	return r < 0 ? gnv_error_errno(err, -r, "list the processes of the cgroup `%s`", path) : 0;
}
