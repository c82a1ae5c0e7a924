// SPDX-License-Identifier: MIT
/*
 * One container's root file system: an overlay over the image's layers.
 *
 *   <bundle>/lower/<n>   links to the layers, 0 is the top
 *   <bundle>/upper       what the container writes
 *   <bundle>/work        overlayfs's own
 *   <bundle>/mapped/<n>  the layers with mapped owners, while it is being mounted
 *   <bundle>/rootfs      where it is mounted
 *
 * mount(2) takes one page of options, too little for many paths of 90 bytes, and
 * takes colons and commas in them for its own.  So it is given "0:1:2", from a
 * child process whose working directory is <bundle>/lower.
 */
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "image/image_private.h"
#include "image/tree.h"

/* As Docker: none of these must depend on how the host's kernel was configured, and
 * a redirection that an image brought along is not followed. */
#define OPTIONS	     "upperdir=../upper,workdir=../work,index=off,metacopy=off,redirect_dir=nofollow"

/* Mounts upon mounts, should a caller have mounted twice. */
#define UNMOUNTS_MAX 16

static const char *const bundle_parts[] = { GNV_STORE_LINKS_DIR, GNV_IMAGE_MAPPED_DIR,
					    "upper", "work", "rootfs" };

static int make_links(const struct gnv_image *image, int bundle_fd, struct gnv_error **err)
{
	_cleanup_close_ int fd = openat(bundle_fd, GNV_STORE_LINKS_DIR,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char name[24];
	size_t i;

	if (fd < 0)
		return gnv_error_errno(err, errno, "open `%s`", GNV_STORE_LINKS_DIR);
	for (i = 0; i < image->n_layers; i++) {
		snprintf(name, sizeof(name), "%zu", i);
		if (symlinkat(image->layers[i], fd, name) < 0)
			return gnv_error_errno(err, errno, "link to layer `%s`", image->layers[i]);
	}
	return 0;
}

/* The root directory's own mode and owner are those of the upper one. */
static int copy_root(const struct gnv_image *image, int bundle_fd, struct gnv_error **err)
{
	_cleanup_close_ int fd =
		openat(bundle_fd, "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (stat(image->layers[0], &st) < 0)
		return gnv_error_errno(err, errno, "look at `%s`", image->layers[0]);
	if (image->has_owners) {
		st.st_uid = gnv_owners_shift(image->owners.root_uid, st.st_uid);
		st.st_gid = gnv_owners_shift(image->owners.root_gid, st.st_gid);
	}
	if (fd < 0 || fchown(fd, st.st_uid, st.st_gid) < 0 || fchmod(fd, st.st_mode & 07777) < 0)
		return gnv_error_errno(err, errno, "set the mode of the root directory");
	return 0;
}

static int prepare_bundle(const struct gnv_image *image, int bundle_fd, struct gnv_error **err)
{
	size_t i;
	int r;

	for (i = 0; i < sizeof(bundle_parts) / sizeof(bundle_parts[0]); i++)
		if (mkdirat(bundle_fd, bundle_parts[i], 0700) < 0)
			return gnv_error_errno(err, errno, "create `%s`", bundle_parts[i]);
	r = make_links(image, bundle_fd, err);
	return r < 0 ? r : copy_root(image, bundle_fd, err);
}

static int make_options(const struct gnv_image *image, char **ret, struct gnv_error **err)
{
	_cleanup_free_ char *text = NULL;
	size_t length = 0, i;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return gnv_error_errno(err, ENOMEM, "write mount options");
	fputs("lowerdir=", out);
	for (i = 0; i < image->n_layers; i++)
		fprintf(out, "%s%zu", i ? ":" : "", i);
	fputs("," OPTIONS, out);
	if (fclose(out) != 0)
		return gnv_error_errno(err, ENOMEM, "write mount options");
	if (length >= (size_t)sysconf(_SC_PAGESIZE))
		return gnv_error_set(err, E2BIG, "there are too many layers to mount at once");
	*ret = STEAL_PTR(text);
	return 0;
}

/*
 * A child, because the working directory is the whole process's.  Between fork and
 * _exit only what is async-signal-safe: the caller may have threads.
 * Return: 0 or -errno of mount().
 */
static int mount_in_child(int bundle_fd, const char *lower_dir, const char *options)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		_cleanup_close_ int lower =
			openat(bundle_fd, lower_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (lower < 0 || fchdir(lower) < 0 ||
		    mount("overlay", "../rootfs", "overlay", MS_NODEV, options) < 0)
			_exit(errno < 255 ? errno : EIO);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	/* Every errno of Linux fits an exit status. */
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

/* mount() says little more than EINVAL: what is the likely reason? */
static int mount_failure(int bundle_fd, const struct gnv_image *image, int r,
			 struct gnv_error **err)
{
	static const struct {
		long magic;
		const char *name;
	} no_upper[] = {
		{ OVERLAYFS_SUPER_MAGIC, "an overlay itself" },
		{ V9FS_MAGIC, "9p" },
		{ NFS_SUPER_MAGIC, "NFS" },
		{ FUSE_SUPER_MAGIC, "FUSE" },
		{ 0x00c0ffee, "UML's hostfs" },
	};
	const char *remedy = "keep the state directory on ext4, xfs, btrfs or tmpfs";
	struct statfs fs;
	size_t i;

	if (r == -ENODEV) {
		gnv_error_set(err, ENODEV, "this kernel has no overlay file system");
		return gnv_error_remedy(err, r, "load the module: modprobe overlay");
	}
	if (r == -EPERM) {
		gnv_error_set(err, EPERM, "mount the root file system: it is not permitted");
		return gnv_error_remedy(err, r, "run it as root");
	}
	if (r == -ELOOP) {
		gnv_error_set(err, ELOOP, "`%s` lies in the directory of the container",
			      image->layers[0]);
		return gnv_error_remedy(err, r, "keep images elsewhere than containers");
	}
	for (i = 0; i < sizeof(no_upper) / sizeof(no_upper[0]) && !fstatfs(bundle_fd, &fs); i++) {
		if ((long)fs.f_type != no_upper[i].magic)
			continue;
		gnv_error_set(err, -r, "its directory is on %s, which cannot take what a container writes",
			      no_upper[i].name);
		return gnv_error_remedy(err, r, "%s", remedy);
	}
	gnv_error_errno(err, -r, "mount an overlay");
	return gnv_error_remedy(err, r, "the kernel's log says more; %s, and the image on no more than one overlay",
				remedy);
}

/* The links to the layers, or mounts of them. */
static int mount_layers(const struct gnv_image *image, int bundle_fd, const char *options,
			struct gnv_error **err)
{
	int r;

	if (!image->has_owners) {
		r = mount_in_child(bundle_fd, GNV_STORE_LINKS_DIR, options);
		return r < 0 ? mount_failure(bundle_fd, image, r, err) : 0;
	}
	r = gnv_owners_mount_layers(image, bundle_fd, err);
	if (!r) {
		r = mount_in_child(bundle_fd, GNV_IMAGE_MAPPED_DIR, options);
		if (r < 0)
			mount_failure(bundle_fd, image, r, err);
	}
	gnv_owners_unmount_layers(bundle_fd);
	return r;
}

static int mount_overlay(const struct gnv_image *image, int bundle_fd, const char *bundle_dir,
			 struct gnv_error **err)
{
	_cleanup_free_ char *options = NULL;
	int r = prepare_bundle(image, bundle_fd, err);

	if (!r && image->store)
		r = gnv_store_add_user(image->store, bundle_dir, err);
	if (!r)
		r = make_options(image, &options, err);
	if (r < 0)
		return r;
	return mount_layers(image, bundle_fd, options, err);
}

static int check_unused(int bundle_fd, struct gnv_error **err)
{
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(bundle_parts) / sizeof(bundle_parts[0]); i++)
		if (!fstatat(bundle_fd, bundle_parts[i], &st, AT_SYMLINK_NOFOLLOW))
			return gnv_error_set(err, EEXIST, "it has a root file system already");
	return 0;
}

int gnv_image_mount(const struct gnv_image *image, const char *bundle_dir, char **ret_rootfs,
		    struct gnv_error **err)
{
	_cleanup_close_ int fd = open(bundle_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char *rootfs;
	int r;

	if (fd < 0)
		return gnv_error_errno(err, errno, "open `%s`", bundle_dir);
	r = check_unused(fd, err);
	if (r < 0)
		return gnv_error_wrap(err, r, "directory of the container `%s`", bundle_dir);
	if (asprintf(&rootfs, "%s/rootfs", bundle_dir) < 0)
		return gnv_error_errno(err, ENOMEM, "mount the root file system");
	r = mount_overlay(image, fd, bundle_dir, err);
	if (r < 0) {
		gnv_image_unmount(bundle_dir, NULL);
		free(rootfs);
		return gnv_error_wrap(err, r, "root file system in `%s`", bundle_dir);
	}
	*ret_rootfs = rootfs;
	return 0;
}

/* Return: 0 nothing is mounted there any more. */
static int unmount_all(const char *path, struct gnv_error **err)
{
	int i;

	for (i = 0; i < UNMOUNTS_MAX; i++) {
		if (!umount2(path, UMOUNT_NOFOLLOW))
			continue;
		/* EINVAL: not a mount point. */
		if (errno == EINVAL || errno == ENOENT)
			return 0;
		/*
		 * Somebody still has a file open in it.  The container has ended, so take
		 * it out of sight; the kernel finishes when that file is closed.
		 */
		if (errno == EBUSY && !umount2(path, UMOUNT_NOFOLLOW | MNT_DETACH))
			continue;
		return gnv_error_errno(err, errno, "unmount `%s`", path);
	}
	return gnv_error_set(err, EBUSY, "unmount `%s`: there is always another mount", path);
}

int gnv_image_unmount(const char *bundle_dir, struct gnv_error **err)
{
	_cleanup_close_ int fd = open(bundle_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_free_ char *rootfs = NULL;
	size_t i;
	int r;

	if (fd < 0)
		return errno == ENOENT ? 0 : gnv_error_errno(err, errno, "open `%s`", bundle_dir);
	if (asprintf(&rootfs, "%s/rootfs", bundle_dir) < 0) {
		rootfs = NULL;
		return gnv_error_errno(err, ENOMEM, "unmount the root file system");
	}
	r = unmount_all(rootfs, err);
	gnv_owners_unmount_layers(fd);
	/* The last first: the links are what keeps the layers from being pruned. */
	for (i = sizeof(bundle_parts) / sizeof(bundle_parts[0]); !r && i-- > 0;)
		r = gnv_tree_remove(fd, bundle_parts[i], err);
	return gnv_error_wrap(err, r, "root file system in `%s`", bundle_dir);
}
