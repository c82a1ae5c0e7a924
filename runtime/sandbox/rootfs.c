// SPDX-License-Identifier: MIT
/*
 * The container's mounts.  New file systems are made detached while the host's
 * tree is still there (a user namespace may only mount what it can see already),
 * then the root is changed, then each is put on a target that has been opened by
 * descriptor below the new root.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "sandbox/child.h"
#include "sandbox/cover.h"
#include "sandbox/mount_api.h"
#include "sandbox/paths.h"
#include "sandbox/put.h"

#define NO_SDE (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

static const struct gnv_mount_option devpts_options[] = {
	{ "ptmxmode", "0666" }, { "mode", "0620" }, { "gid", "5" }, { NULL, NULL },
};

static const struct gnv_mount_option shm_options[] = {
	{ "mode", "1777" }, { NULL, NULL },
};

enum { PROC, SYS, CGROUP, PTS, SHM, MQUEUE, N_FILE_SYSTEMS };

static const struct file_system {
	const char *type, *target;
	const struct gnv_mount_option *options;
	unsigned int attributes;
	bool may_lack; /* some kernels are built without it */
} file_systems[N_FILE_SYSTEMS] = {
	[PROC] = { "proc", "/proc", NULL, NO_SDE, false },
	[SYS] = { "sysfs", "/sys", NULL, NO_SDE | MOUNT_ATTR_RDONLY, false },
	[CGROUP] = { "cgroup2", "/sys/fs/cgroup", NULL, NO_SDE | MOUNT_ATTR_RDONLY, false },
	[PTS] = { "devpts", "/dev/pts", devpts_options,
		  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, false },
	[SHM] = { "tmpfs", "/dev/shm", shm_options, NO_SDE, false },
	[MQUEUE] = { "mqueue", "/dev/mqueue", NULL, NO_SDE, true },
};

/* What says too much of the host or of other containers, or does too much. */
static const struct hidden {
	int in; /* PROC or SYS */
	const char *path;
} masked[] = {
	{ PROC, "acpi" },
	{ PROC, "asound" },
	{ PROC, "interrupts" },
	{ PROC, "kcore" },
	{ PROC, "keys" },
	{ PROC, "latency_stats" },
	{ PROC, "sched_debug" },
	{ PROC, "scsi" },
	{ PROC, "timer_list" },
	{ PROC, "timer_stats" },
	{ SYS, "devices/virtual/powercap" },
	{ SYS, "firmware" },
	{ SYS, "kernel/ghostnv" },
};

static const char *const read_only[] = { "bus", "fs", "irq", "sys", "sysrq-trigger" };

static const struct gnv_mount_option driver_options[] = {
	{ "mode", "0755" }, { NULL, NULL },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct mounts {
	const struct gnv_child *child;
	int fds[N_FILE_SYSTEMS];
	int hosts_fd, hostname_fd;
	struct gnv_cover cover;
};

static void make_file_systems(struct mounts *m)
{
	int i, r;

	for (i = 0; i < N_FILE_SYSTEMS; i++) {
		const struct file_system *fs = &file_systems[i];

		m->fds[i] = gnv_mount_new(fs->type, fs->options, fs->attributes);
		if (m->fds[i] < 0 && !(fs->may_lack && m->fds[i] == -ENODEV))
			gnv_child_fail(m->child, m->fds[i], "make ", fs->type, " for `",
				       fs->target, "`", NULL);
	}
	r = gnv_cover_init(&m->cover, m->child->plan->dev_fd, NULL);
	if (r < 0)
		gnv_child_fail(m->child, r, "make an empty directory", NULL);
}

/* On top of the present root, where it hides nothing of it from us. */
static void stack_on_root(const struct mounts *m, int mount_fd, const char *what)
{
	if (move_mount(mount_fd, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		gnv_child_fail(m->child, -errno, "mount ", what, NULL);
}

/* Single files can be taken out of a mount only while it is in place. */
static void take_etc_files(struct mounts *m)
{
	int etc_fd = m->child->plan->etc_fd;

	stack_on_root(m, etc_fd, "the files for `/etc`");
	m->hosts_fd = gnv_mount_copy(etc_fd, "hosts", false);
	if (m->hosts_fd < 0)
		gnv_child_fail(m->child, m->hosts_fd, "take `/etc/hosts`", NULL);
	m->hostname_fd = gnv_mount_copy(etc_fd, "hostname", false);
	if (m->hostname_fd < 0)
		gnv_child_fail(m->child, m->hostname_fd, "take `/etc/hostname`", NULL);
	/* Away from on top of the root, so that nothing stays when that is left. */
	if (umount2("/", MNT_DETACH) < 0)
		gnv_child_fail(m->child, -errno, "unmount the files for `/etc`", NULL);
}

static void change_root(const struct mounts *m)
{
	int rootfs_fd = m->child->plan->rootfs_fd;
	_cleanup_close_ int old_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	stack_on_root(m, rootfs_fd, "the root file system");
	if (old_fd < 0 || fchdir(rootfs_fd) < 0)
		gnv_child_fail(m->child, -errno, "enter the root file system", NULL);
	/* The old root ends up on top of the new one, and is taken off there. */
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		gnv_child_fail(m->child, -errno, "change the root file system", NULL);
	if (fchdir(old_fd) < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		gnv_child_fail(m->child, -errno, "leave the host's file systems", NULL);
}

/* A directory that the image must not have put a link in the way of. */
static void attach_at_directory(const struct mounts *m, int mount_fd, const char *target)
{
	int rootfs_fd = m->child->plan->rootfs_fd;
	_cleanup_close_ int target_fd =
		gnv_path_open_plain(rootfs_fd, target, O_PATH | O_DIRECTORY);
	int r;

	if (target_fd == -ENOENT) {
		_cleanup_close_ int made_fd =
			gnv_path_make_in_root(rootfs_fd, target, S_IFDIR);

		target_fd = made_fd < 0 ? made_fd :
					  gnv_path_open_plain(rootfs_fd, target,
							      O_PATH | O_DIRECTORY);
	}
	r = target_fd < 0 ? target_fd : gnv_mount_attach(mount_fd, target_fd);
	if (r < 0)
		gnv_child_fail(m->child, r, "mount on `", target, "`", NULL);
}

static void attach_file_systems(const struct mounts *m)
{
	int i;

	for (i = 0; i < N_FILE_SYSTEMS; i++) {
		if (i == PTS)
			attach_at_directory(m, m->child->plan->dev_fd, "/dev");
		if (m->fds[i] >= 0)
			attach_at_directory(m, m->fds[i], file_systems[i].target);
	}
}

/*
 * Open what is to be covered: in that very mount and by no link, so that it is
 * procfs or sysfs and nothing that was made to look like it.
 */
static int open_covered(const struct mounts *m, int in, const char *path)
{
	return gnv_path_openat2(m->fds[in], path, O_PATH,
				RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
}

static void mask(struct mounts *m, int in, const char *path)
{
	_cleanup_close_ int target_fd = open_covered(m, in, path);
	int r;

	if (target_fd == -ENOENT)
		return;
	r = target_fd < 0 ? target_fd : gnv_cover_mask(&m->cover, target_fd);
	if (r < 0)
		gnv_child_fail(m->child, r, "mask `", file_systems[in].target, "/", path,
			       "`", NULL);
}

/*
 * All of /proc/driver is covered, for a module that is loaded later would put files
 * there that can be written to.  On top, the GPUs that were granted.
 */
static int cover_drivers(const struct mounts *m)
{
	_cleanup_close_ int proc_fd = open_covered(m, PROC, "driver");
	_cleanup_close_ int driver_fd = -EBADF, gpu_fd = -EBADF;
	int r;

	if (proc_fd < 0)
		return proc_fd == -ENOENT ? 0 : proc_fd;
	driver_fd = gnv_mount_new("tmpfs", driver_options, NO_SDE);
	if (driver_fd < 0)
		return driver_fd;
	if (mkdirat(driver_fd, "nvidia", 0755) < 0)
		return -errno;
	r = gnv_mount_restrict(driver_fd, MOUNT_ATTR_RDONLY, false);
	if (!r)
		r = gnv_mount_attach(driver_fd, proc_fd);
	if (r < 0 || m->child->plan->gpu_proc_fd < 0)
		return r;
	gpu_fd = gnv_path_open_plain(driver_fd, "nvidia", O_PATH | O_DIRECTORY);
	return gpu_fd < 0 ? gpu_fd : gnv_mount_attach(m->child->plan->gpu_proc_fd, gpu_fd);
}

static void restrict_proc_and_sys(struct mounts *m)
{
	size_t i;
	int r;

	for (i = 0; i < COUNT(masked); i++)
		mask(m, masked[i].in, masked[i].path);
	r = cover_drivers(m);
	if (r < 0)
		gnv_child_fail(m->child, r, "cover `/proc/driver`", NULL);
	for (i = 0; i < COUNT(read_only); i++) {
		_cleanup_close_ int target_fd = open_covered(m, PROC, read_only[i]);

		r = target_fd;
		if (r >= 0)
			r = gnv_cover_protect(target_fd, NO_SDE);
		if (r < 0 && r != -ENOENT)
			gnv_child_fail(m->child, r, "make `/proc/", read_only[i],
				       "` read-only", NULL);
	}
}

/* Whether an image or an operator may have something mounted there. */
static int check_target(const struct mounts *m, int target_fd)
{
	struct stat root, target;
	struct statfs fs;

	if (fstatfs(target_fd, &fs) < 0 || fstat(target_fd, &target) < 0 ||
	    fstat(m->child->plan->rootfs_fd, &root) < 0)
		return -errno;
	/* Programs trust what they read in /proc, and ours write to it. */
	if (fs.f_type == PROC_SUPER_MAGIC)
		return -EPERM;
	/* Nobody would see it: the program's root lies below such a mount. */
	if (root.st_dev == target.st_dev && root.st_ino == target.st_ino)
		return -EBUSY;
	return 0;
}

/*
 * A convenience: an image in which the file can neither be found nor made does
 * without it.
 */
static void attach_etc_file(const struct mounts *m, int file_fd, const char *path)
{
	_cleanup_close_ int target_fd =
		gnv_path_make_in_root(m->child->plan->rootfs_fd, path, S_IFREG);

	if (target_fd >= 0 && check_target(m, target_fd) == 0)
		gnv_mount_attach(file_fd, target_fd);
}

static int attach_volume(const struct mounts *m, int volume_fd, const char *target)
{
	_cleanup_close_ int target_fd = -EBADF;
	struct stat st;
	int r;

	if (fstat(volume_fd, &st) < 0)
		return -errno;
	target_fd = gnv_path_make_in_root(m->child->plan->rootfs_fd, target,
					  S_ISDIR(st.st_mode) ? S_IFDIR : S_IFREG);
	if (target_fd < 0)
		return target_fd;
	r = check_target(m, target_fd);
	return r < 0 ? r : gnv_mount_attach(volume_fd, target_fd);
}

static void attach_volumes(const struct mounts *m)
{
	const struct gnv_plan *plan = m->child->plan;
	size_t i;

	for (i = 0; i < plan->sandbox->n_mounts; i++) {
		const char *target = plan->sandbox->mounts[i].target;
		int r = attach_volume(m, plan->volume_fds[i], target);

		if (r < 0)
			gnv_child_fail(m->child, r, "mount the volume on `", target, "`",
				       NULL);
	}
}

static void put_files(const struct gnv_child *child)
{
	const struct gnv_plan *plan = child->plan;
	const char *failed;
	int r = gnv_put_all(plan->rootfs_fd, plan->sandbox->puts, plan->put_fds,
			    plan->sandbox->n_puts, &failed);

	if (r < 0)
		gnv_child_fail(child, r, "put `", failed, "` into the image", NULL);
}

void gnv_child_enter_rootfs(const struct gnv_child *child)
{
	struct mounts m = { .child = child };
	int r;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		gnv_child_fail(child, -errno, "make mounts private", NULL);
	make_file_systems(&m);
	take_etc_files(&m);
	change_root(&m);
	/* While there is nothing but the image: what it links to is its own. */
	put_files(child);
	attach_file_systems(&m);
	restrict_proc_and_sys(&m);
	attach_etc_file(&m, m.hosts_fd, "/etc/hosts");
	attach_etc_file(&m, m.hostname_fd, "/etc/hostname");
	attach_volumes(&m);
	if (!child->plan->sandbox->rootfs_read_only)
		return;
	r = gnv_mount_restrict(child->plan->rootfs_fd, MOUNT_ATTR_RDONLY, false);
	if (r < 0)
		gnv_child_fail(child, r, "make the root file system read-only", NULL);
}
