// SPDX-License-Identifier: MIT
/*
 * Mounts in the container.  Its root file system may be changed by others while this
 * runs (CVE-2021-30465 and its kin): a target is resolved once, below the root, to a
 * descriptor, and it is the descriptor that is checked and mounted on.
 */
#include "oci/rootfs.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "base/strv.h"
#include "oci/bind.h"
#include "oci/console.h"
#include "oci/copy_tree.h"
#include "oci/gpu.h"
#include "oci/nodes.h"
#include "sandbox/cover.h"
#include "sandbox/mount_api.h"
#include "sandbox/paths.h"

/* File systems that have been looked at and are no procfs: most mounts are on a few. */
struct known {
	dev_t devices[4];
	size_t n;
};

static bool is_same(int a_fd, int b_fd)
{
	struct stat a, b;

	return fstat(a_fd, &a) == 0 && fstat(b_fd, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static bool is_rootfs(const struct oci_plan *plan, const struct stat *st)
{
	return st->st_dev == plan->rootfs_stat.st_dev && st->st_ino == plan->rootfs_stat.st_ino;
}

static bool is_on(int fd, long magic)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (long)fs.f_type == magic;
}

static bool is_on_proc(struct known *known, int fd, dev_t device)
{
	size_t i;

	for (i = 0; i < known->n; i++)
		if (known->devices[i] == device)
			return false;
	if (is_on(fd, PROC_SUPER_MAGIC))
		return true;
	if (known->n < sizeof(known->devices) / sizeof(known->devices[0]))
		known->devices[known->n++] = device;
	return false;
}

static int attach_rootfs(const struct oci_plan *plan, struct gnv_error **err)
{
	_cleanup_close_late_ int target_fd = open(plan->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int r;

	if (target_fd < 0 || fstat(target_fd, &st) < 0)
		return gnv_error_errno(err, errno, "root file system `%s`", plan->rootfs);
	if (!is_rootfs(plan, &st))
		return gnv_error_set(err, ESTALE, "root file system `%s`: it was exchanged",
				     plan->rootfs);
	r = gnv_mount_attach(plan->rootfs_fd, target_fd);
	return r < 0 ? gnv_error_errno(err, -r, "root file system `%s`", plan->rootfs) : 0;
}

/* Single files of procfs over which lxcfs and its like are mounted. */
static bool may_be_covered(const char *destination)
{
	static const char *const paths[] = {
		"/proc/cpuinfo",
		"/proc/diskstats",
		"/proc/meminfo",
		"/proc/stat",
		"/proc/swaps",
		"/proc/uptime",
		"/proc/loadavg",
		"/proc/slabinfo",
		"/proc/net/dev",
		"/proc/sys/kernel/ns_last_pid",
		"/proc/sys/crypto/fips_enabled",
	};
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (!strcmp(paths[i], destination))
			return true;
	return false;
}

/*
 * What is mounted where programs look for the kernel must not have been led elsewhere
 * by a link (CVE-2019-19921), and nothing else is to be mounted on procfs.
 */
static int open_target(const struct oci_plan *plan, const struct oci_plan_mount *m,
		       struct known *known)
{
	const char *type = m->options.bind || !m->mount->type ? "bind" : m->mount->type;
	const char *destination = m->mount->destination;
	const bool kernels = !strcmp(type, "proc") || !strcmp(type, "sysfs");
	/* Nor is a link to choose the file system that gets other options. */
	const bool plainly = kernels || m->options.remount;
	_cleanup_close_ int fd = -EBADF, plain_fd = -EBADF;
	bool plain, on_proc;
	struct stat st;

	fd = plainly ? gnv_path_open_plain(plan->rootfs_fd, destination, O_PATH) :
		       gnv_path_open_in_root(plan->rootfs_fd, destination, O_PATH);
	plain = plainly && fd >= 0;
	if (fd == -ENOENT && m->options.remount)
		return fd;
	if (fd == -ENOENT && m->options.bind && fstat(m->in_turn ? m->source_fd : m->fd, &st) < 0)
		return -errno;
	if (fd == -ENOENT)
		fd = gnv_path_make_in_root(plan->rootfs_fd, destination,
					   m->options.bind && !S_ISDIR(st.st_mode) ? S_IFREG :
										     S_IFDIR);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || is_rootfs(plan, &st))
		return -EBUSY;
	on_proc = is_on_proc(known, fd, st.st_dev);
	if (!plain && (kernels || on_proc)) {
		plain_fd = gnv_path_open_plain(plan->rootfs_fd, destination, O_PATH);
		if (plain_fd < 0)
			return plain_fd;
		if (!is_same(plain_fd, fd))
			return -EPERM;
	}
	/* A second procfs on the first is a procfs as well. */
	if (on_proc && strcmp(type, "proc") != 0 && !may_be_covered(destination))
		return -EPERM;
	return STEAL_FD(fd);
}

static int make_file_system(const struct oci_plan *plan, struct oci_plan_mount *m)
{
	unsigned int attributes = (unsigned int)m->options.flat.set;
	const char *type = strcmp(m->mount->type, "cgroup") ? m->mount->type : "cgroup2";
	const char *label = oci_lsm_mount_label(plan->config->os);
	_cleanup_free_ struct gnv_mount_option *options = NULL;
	_cleanup_strv_ char **words = NULL;
	_cleanup_close_ int fd = -EBADF;
	int r;

	options = oci_mount_fs_options(m->mount, &m->options, label, &words);
	if (!options)
		return -ENOMEM;
	if (m->options.copy_up) {
		m->protect_late = true;
		attributes &= ~(unsigned int)MOUNT_ATTR_RDONLY;
	}
	fd = gnv_mount_new(type, options, attributes);
	if (fd < 0 || !label || oci_lsm_mount(type) != OCI_LSM_BY_ATTRIBUTE)
		return STEAL_FD(fd);
	r = oci_lsm_label_root(fd, label);
	return r < 0 ? r : STEAL_FD(fd);
}

static bool says_mode(const struct oci_plan_mount *m)
{
	char **word;

	for (word = m->options.data; word && *word; word++)
		if (!strncmp(*word, "mode=", 5))
			return true;
	return false;
}

/* `tmpcopyup`: a tmpfs begins with what it will hide. */
static int copy_up(const struct oci_plan_mount *m, int target_fd)
{
	struct stat st;

	if (!says_mode(m) &&
	    (fstat(target_fd, &st) < 0 || fchmodat(m->fd, ".", st.st_mode & 01777, 0) < 0))
		return -errno;
	return oci_copy_tree(target_fd, m->fd);
}

/*
 * Newer kernels list mounts in the order in which they were made.  A /dev that had to be
 * made early is made again, where the kernel lets us (6.15).
 */
static int ready_dev(const struct oci_plan *plan, struct oci_plan_mount *m, struct gnv_error **err)
{
	int fd;

	if (m->fd < 0)
		return oci_plan_dev(plan, m, err);
	fd = gnv_mount_copy(m->fd, "", false);
	if (fd >= 0) {
		gnv_close(&m->fd);
		m->fd = fd;
	}
	return 0;
}

/*
 * Whether mount(2) can do all of it, for what every container has.  It would make a file
 * system read-only that others may share, and cuts long options off.
 */
static bool is_simple(const struct oci_plan *plan, const struct oci_plan_mount *m)
{
	static const char *const types[] = { "proc", "tmpfs", "devpts", "mqueue", NULL };
	const struct oci_mount_options *o = &m->options;
	size_t i, bytes = 0;
	char **word;

	for (word = o->data; word && *word; word++) {
		bytes += strlen(*word) + 1;
		if (strchr(*word, ','))
			return false;
	}
	/* Hooks are to find the working directory where it was. */
	if (m->fd >= 0 || o->bind || o->copy_up || o->propagation || plan->config->hooks ||
	    o->flat.set & ~(uint64_t)(MS_NOSUID | MS_NODEV | MS_NOEXEC) ||
	    oci_lsm_mount_label(plan->config->os) || bytes > 1024)
		return false;
	for (i = 0; types[i] && strcmp(types[i], m->mount->type); i++)
		;
	return (types[i] && !o->of_file_system) || o->count_versions;
}

/* On the directory itself that has been resolved: as the working one it needs no path. */
static int mount_simple(const struct oci_plan_mount *m, int target_fd)
{
	const char *type = m->mount->type;
	const char *source = m->mount->source && *m->mount->source ? m->mount->source : type;
	_cleanup_free_ char *options = gnv_strv_join(m->options.data, ',');
	unsigned long flags = (unsigned long)m->options.flat.set;

	if (!options)
		return -ENOMEM;
	if (m->options.count_versions)
		flags |= MS_I_VERSION;
	if (fchdir(target_fd) < 0 || mount(source, ".", type, flags, options) < 0)
		return -errno;
	return 0;
}

/* `remount`: what is not named stays as it is. */
static int change_mount(const struct oci_plan_mount *m, int target_fd)
{
	const struct oci_mount_options *o = &m->options;
	_cleanup_free_ struct gnv_mount_option *options = NULL;
	_cleanup_strv_ char **words = NULL;
	int r = gnv_mount_change(target_fd, o->deep.set, o->deep.clear, 0, true);

	if (r >= 0)
		r = gnv_mount_change(target_fd, o->flat.set, o->flat.clear, 0, false);
	if (r < 0 || o->bind || !o->data)
		return r;
	options = oci_mount_fs_options(m->mount, o, NULL, &words);
	/* Its source is what it has been. */
	return options ? gnv_mount_reconfigure(target_fd, options + 1) : -ENOMEM;
}

static int attach(const struct oci_plan *plan, struct oci_plan_mount *m, struct known *known)
{
	_cleanup_close_late_ int target_fd = open_target(plan, m, known);
	int r;

	if (target_fd < 0)
		return target_fd;
	if (m->options.remount)
		return change_mount(m, target_fd);
	if (is_simple(plan, m))
		return mount_simple(m, target_fd);
	/* The newer calls do not know of it. */
	if (m->options.count_versions && !m->options.bind)
		return -EOPNOTSUPP;
	if (m->in_turn)
		r = oci_bind_make(m);
	else if (m->fd < 0)
		r = m->fd = make_file_system(plan, m);
	else
		r = 0;
	if (r >= 0 && m->options.copy_up)
		r = copy_up(m, target_fd);
	if (r >= 0)
		r = gnv_mount_attach(m->fd, target_fd);
	if (r >= 0 && !m->options.bind && m->options.propagation)
		r = gnv_mount_change(m->fd, 0, 0, m->options.propagation,
				     m->options.propagation_deep);
	return r;
}

static const char *name_source(const struct oci_plan_mount *m)
{
	if (m->options.remount)
		return "remount";
	return m->options.bind ? m->mount->source : m->mount->type;
}

static int attach_all(const struct oci_plan *plan, struct gnv_error **err)
{
	struct known known = { 0 };
	size_t i;
	int r;

	for (i = 0; i < plan->config->mounts.n; i++) {
		struct oci_plan_mount *m = &plan->mounts[i];

		r = m->is_dev ? ready_dev(plan, m, err) : 0;
		if (r < 0)
			return r;
		r = attach(plan, m, &known);
		if (r >= 0 && m->is_dev) {
			r = oci_nodes_bind(plan, err);
			if (r < 0)
				return r;
		}
		if (r < 0)
			return gnv_error_errno(err, -r, "mounts[%zu]: mount `%s` on `%s`", i,
					       name_source(m), m->mount->destination);
	}
	return 0;
}

/* Nothing was mounted on /dev: the nodes go into the image's own. */
static int fill_dev(const struct oci_plan *plan, struct gnv_error **err)
{
	_cleanup_close_ int made_fd = -EBADF, fd = -EBADF;
	int r;

	if (plan->has_dev)
		return 0;
	if (plan->in_userns && !plan->rootless)
		return gnv_error_set(err, EOPNOTSUPP,
				     "with a user namespace, /dev has to be a tmpfs or a bind mount");
	made_fd = gnv_path_make_in_root(plan->rootfs_fd, "/dev", S_IFDIR);
	fd = made_fd < 0 ? made_fd :
			   gnv_path_open_plain(plan->rootfs_fd, "/dev", O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return gnv_error_errno(err, -fd, "make the container's `/dev`");
	r = oci_plan_fill_dev(plan, fd, err);
	return r < 0 ? r : oci_nodes_bind(plan, err);
}

/* The terminal, and the same as /dev/console. */
static int make_console(const struct oci_plan *plan, int *ret_slave, struct gnv_error **err)
{
	_cleanup_close_ int made_fd = -EBADF, target_fd = -EBADF, copy_fd = -EBADF;
	int r;

	if (!plan->process->terminal)
		return 0;
	r = oci_console_make(plan->rootfs_fd, plan->process, plan->console_fd, ret_slave, err);
	if (r < 0)
		return r;
	made_fd = gnv_path_make_in_root(plan->rootfs_fd, "/dev/console", S_IFREG);
	target_fd = gnv_path_open_plain(plan->rootfs_fd, "/dev/console", O_PATH);
	copy_fd = gnv_mount_copy(*ret_slave, "", false);
	r = target_fd < 0 ? target_fd : copy_fd;
	if (r >= 0)
		r = gnv_mount_attach(copy_fd, target_fd);
	return r < 0 ? gnv_error_errno(err, -r, "mount the terminal on `/dev/console`") : 0;
}

/* By the host's procfs, which shows the namespaces of whoever looks. */
static int set_sysctls(const struct oci_plan *plan, struct gnv_error **err)
{
	const struct oci_array *array = &plan->config->os->sysctl;
	const struct oci_pair *pairs = OCI_ITEMS(struct oci_pair, *array);
	_cleanup_close_ int sys_fd = -EBADF;
	size_t i;

	if (!array->n)
		return 0;
	sys_fd = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (sys_fd < 0 || !is_on(sys_fd, PROC_SUPER_MAGIC))
		return gnv_error_set(err, EPERM, "`/proc` of the host is no procfs");
	for (i = 0; i < array->n; i++) {
		_cleanup_free_ char *path = oci_sysctl_path(pairs[i].key);
		_cleanup_close_ int fd = -EBADF;

		if (!path)
			return gnv_error_errno(err, ENOMEM, "linux.sysctl");
		fd = gnv_path_open_plain(sys_fd, path, O_WRONLY);
		if (fd < 0 || write(fd, pairs[i].value, strlen(pairs[i].value)) < 0)
			return gnv_error_errno(err, fd < 0 ? -fd : errno, "linux.sysctl: `%s`",
					       pairs[i].key);
	}
	return 0;
}

static int cover_paths(const struct oci_plan *plan, struct gnv_error **err)
{
	const struct oci_linux *os = plan->config->os;
	_cleanup_close_late_ int dev_fd = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct gnv_cover cover = { .dir_fd = -EBADF };
	char **path;
	int r = 0;

	if (os->masked_paths && os->masked_paths[0]) {
		r = gnv_cover_init(&cover, dev_fd, oci_lsm_mount_label(os));
		if (r < 0)
			return gnv_error_errno(err, -r, "prepare linux.maskedPaths");
	}
	for (path = os->masked_paths; r >= 0 && path && *path; path++) {
		_cleanup_close_late_ int fd =
			gnv_path_open_in_root(plan->rootfs_fd, *path, O_PATH);

		if (fd == -ENOENT || fd == -ENOTDIR)
			continue;
		r = fd < 0 ? fd : gnv_cover_mask(&cover, fd);
		if (r < 0)
			gnv_error_errno(err, -r, "mask `%s`", *path);
	}
	for (path = os->readonly_paths; r >= 0 && path && *path; path++) {
		_cleanup_close_late_ int fd =
			gnv_path_open_in_root(plan->rootfs_fd, *path, O_PATH);

		if (fd == -ENOENT || fd == -ENOTDIR)
			continue;
		r = fd < 0 ? fd : gnv_cover_protect(fd, 0);
		if (r < 0)
			gnv_error_errno(err, -r, "make `%s` read-only", *path);
	}
	gnv_close_late(&cover.dir_fd);
	return r < 0 ? r : 0;
}

/* What could not be read-only while it was being filled. */
static int protect(const struct oci_plan *plan, struct gnv_error **err)
{
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < plan->config->mounts.n; i++) {
		const struct oci_plan_mount *m = &plan->mounts[i];

		if (m->protect_late)
			r = gnv_mount_change(m->fd, m->options.flat.set & MOUNT_ATTR_RDONLY, 0, 0,
					     false);
	}
	if (r >= 0 && plan->config->root->readonly)
		r = gnv_mount_change(plan->rootfs_fd, MOUNT_ATTR_RDONLY, 0, 0, false);
	return r < 0 ? gnv_error_errno(err, -r, "make the root file system read-only") : 0;
}

static int change_root(const struct oci_plan *plan, struct gnv_error **err)
{
	if (fchdir(plan->rootfs_fd) < 0)
		return gnv_error_errno(err, errno, "enter the root file system");
	if (plan->no_pivot) {
		if (mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
			return gnv_error_errno(err, errno, "change the root file system");
		return 0;
	}
	/*
	 * The old root ends up on top of the new one, and is taken off there; it has been the
	 * host's slave from the start, so that the host does not hear of it.
	 */
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return gnv_error_errno(err, errno, "change the root file system");
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return gnv_error_errno(err, errno, "leave the host's file systems");
	return 0;
}

static int propagate(const struct oci_plan *plan, struct gnv_error **err)
{
	static const struct {
		uint64_t propagation;
		bool deep;
	} kinds[] = {
		{ 0 },
		{ MS_PRIVATE },
		{ MS_PRIVATE, true },
		{ MS_SHARED },
		{ MS_SHARED, true },
		{ 0 },
		{ 0 },
		{ MS_UNBINDABLE },
		{ MS_UNBINDABLE, true },
	};
	int kind = plan->config->os->rootfs_propagation;
	int r = gnv_mount_change(plan->rootfs_fd, 0, 0, kinds[kind].propagation, kinds[kind].deep);

	return r < 0 ? gnv_error_errno(err, -r, "linux.rootfsPropagation") : 0;
}

int oci_rootfs_enter(const struct oci_plan *plan, int *ret_slave,
		     int (*hooks)(const struct oci_plan *plan, struct gnv_error **err),
		     struct gnv_error **err)
{
	int r = oci_bind_find_all(plan, err);

	if (r < 0)
		return r;
	/* What is mounted here is nobody else's business. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return gnv_error_errno(err, errno, "keep mounts to ourselves");
	r = attach_rootfs(plan, err);
	if (r >= 0)
		r = oci_gpu_put(plan->gpu, plan->rootfs_fd, err);
	if (r >= 0)
		r = attach_all(plan, err);
	if (r >= 0)
		r = fill_dev(plan, err);
	if (r >= 0)
		r = oci_nodes_put(plan, err);
	if (r >= 0)
		r = make_console(plan, ret_slave, err);
	if (r >= 0)
		r = set_sysctls(plan, err);
	if (r >= 0)
		r = oci_gpu_cover(plan->gpu, plan->rootfs_fd, err);
	if (r >= 0)
		r = cover_paths(plan, err);
	if (r >= 0)
		r = hooks(plan, err);
	if (r >= 0)
		r = protect(plan, err);
	if (r >= 0)
		r = change_root(plan, err);
	return r < 0 ? r : propagate(plan, err);
}
