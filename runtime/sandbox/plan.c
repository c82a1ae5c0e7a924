// SPDX-License-Identifier: MIT
/*
 * Preparation on the host's side.  Paths of the host are walked here, paths of
 * the container never.
 */
#include "sandbox/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/strv.h"
#include "sandbox/dev.h"
#include "sandbox/gpu_proc.h"
#include "sandbox/init/protocol.h"
#include "sandbox/init_image.h"
#include "sandbox/mount_api.h"
#include "sandbox/put.h"
#include "sandbox/seccomp.h"
#include "sandbox/stdio.h"
#include "sandbox/userns.h"

#define GPU_PROC "/proc/driver/nvidia"

/* A directory leads to all that lies below it and above it, and so does O_PATH. */
static int check_stdio(const struct gnv_sandbox *sandbox, struct gnv_error **err)
{
	int i, fd, flags;
	struct stat st;

	for (i = 0; i < 3; i++) {
		/* Else descriptors of ours would become the program's. */
		if (fcntl(i, F_GETFD) < 0)
			return gnv_error_errno(err, errno, "standard descriptor %d", i);
		fd = sandbox->stdio[i] >= 0 ? sandbox->stdio[i] : i;
		flags = fcntl(fd, F_GETFL);
		if (flags < 0 || fstat(fd, &st) < 0)
			return gnv_error_errno(err, errno, "standard descriptor %d", i);
		if (!S_ISDIR(st.st_mode) && !(flags & O_PATH))
			continue;
		gnv_error_set(err, EINVAL, "standard descriptor %d is a directory, or was opened as a mere path",
			      i);
		return gnv_error_remedy(err, -EINVAL, "redirect it to a file or a pipe");
	}
	return 0;
}

static int check(const struct gnv_sandbox *sandbox, struct gnv_error **err)
{
	size_t i;

	if (!sandbox->argv || !sandbox->argv[0])
		return gnv_error_set(err, EINVAL, "no program is given");
	if (!sandbox->rootfs || sandbox->rootfs[0] != '/')
		return gnv_error_set(err, EINVAL, "the root file system's path is not absolute");
	if (sandbox->workdir && sandbox->workdir[0] != '/')
		return gnv_error_set(err, EINVAL, "working directory `%s`: not absolute",
				     sandbox->workdir);
	for (i = 0; i < sandbox->n_mounts; i++)
		if (sandbox->mounts[i].source[0] != '/' || sandbox->mounts[i].target[0] != '/')
			return gnv_error_set(err, EINVAL, "volume `%s:%s`: not absolute",
					     sandbox->mounts[i].source,
					     sandbox->mounts[i].target);
	for (i = 0; i < sandbox->n_puts; i++)
		if (sandbox->puts[i].target[0] != '/')
			return gnv_error_set(err, EINVAL, "file `%s`: not absolute",
					     sandbox->puts[i].target);
	return check_stdio(sandbox, err);
}

/*
 * With a user namespace, show the owners of the files through its map.  Where the
 * file system cannot do that (overlay), they stay as they are: the image then has
 * to be mounted with mapped layers, or its files belong to nobody.
 */
static int map_rootfs(int rootfs_fd, const struct gnv_userns_range *range,
		      struct gnv_error **err)
{
	_cleanup_close_ int userns_fd = -EBADF;
	int r = gnv_userns_open(range, &userns_fd, err);

	if (r < 0)
		return r;
	r = gnv_mount_map_owners(rootfs_fd, userns_fd, false);
	if (r < 0 && r != -EINVAL)
		return gnv_error_errno(err, -r, "map the owners of its files");
	return 0;
}

static int prepare_rootfs(struct gnv_plan *plan, const struct gnv_userns_range *range,
			  struct gnv_error **err)
{
	const struct gnv_sandbox *sandbox = plan->sandbox;
	int r;

	/* Without what the host has mounted below it. */
	plan->rootfs_fd = gnv_mount_copy(AT_FDCWD, sandbox->rootfs, false);
	if (plan->rootfs_fd < 0)
		return gnv_error_errno(err, -plan->rootfs_fd, "root file system `%s`",
				       sandbox->rootfs);
	r = gnv_mount_restrict(plan->rootfs_fd, MOUNT_ATTR_NODEV, false);
	if (r < 0)
		return gnv_error_errno(err, -r, "root file system `%s`", sandbox->rootfs);
	if (!sandbox->userns)
		return 0;
	r = map_rootfs(plan->rootfs_fd, range, err);
	return gnv_error_wrap(err, r, "root file system `%s`", sandbox->rootfs);
}

/* The source of a volume may be a link: it is the host's own. */
static int prepare_volume(const struct gnv_mount *mount, int *ret_fd,
			  struct gnv_error **err)
{
	_cleanup_close_ int source_fd = open(mount->source, O_PATH | O_CLOEXEC);
	_cleanup_close_ int fd = -EBADF;
	unsigned int attributes = MOUNT_ATTR_NODEV;
	int r;

	if (source_fd < 0)
		return gnv_error_errno(err, errno, "volume `%s`", mount->source);
	if (mount->read_only)
		attributes |= MOUNT_ATTR_RDONLY;
	fd = gnv_mount_copy(source_fd, "", true);
	r = fd < 0 ? fd : gnv_mount_restrict(fd, attributes, true);
	if (r < 0)
		return gnv_error_errno(err, -r, "volume `%s`", mount->source);
	*ret_fd = STEAL_FD(fd);
	return 0;
}

/* Room for @n descriptors, none of which is there yet. */
static int *alloc_fds(size_t n)
{
	int *fds = calloc(n + 1, sizeof(*fds));
	size_t i;

	for (i = 0; fds && i < n; i++)
		fds[i] = -EBADF;
	return fds;
}

static void free_fds(int **fds, size_t n)
{
	size_t i;

	for (i = 0; *fds && i < n; i++)
		gnv_close(&(*fds)[i]);
	gnv_free(fds);
	*fds = NULL;
}

static int prepare_puts(struct gnv_plan *plan, struct gnv_error **err)
{
	const struct gnv_sandbox *sandbox = plan->sandbox;
	size_t i;
	int r;

	plan->put_fds = alloc_fds(sandbox->n_puts);
	if (!plan->put_fds)
		return gnv_error_errno(err, ENOMEM, "prepare files");
	for (i = 0; i < sandbox->n_puts; i++) {
		r = gnv_put_prepare(&sandbox->puts[i], &plan->put_fds[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int prepare_volumes(struct gnv_plan *plan, struct gnv_error **err)
{
	const struct gnv_sandbox *sandbox = plan->sandbox;
	size_t i;
	int r;

	plan->volume_fds = alloc_fds(sandbox->n_mounts);
	if (!plan->volume_fds)
		return gnv_error_errno(err, ENOMEM, "prepare volumes");
	for (i = 0; i < sandbox->n_mounts; i++) {
		r = prepare_volume(&sandbox->mounts[i], &plan->volume_fds[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

__attribute__((format(printf, 5, 6))) static int
write_etc(int dir_fd, const char *name, struct gnv_owner owner, struct gnv_error **err,
	  const char *fmt, ...)
{
	_cleanup_close_ int fd =
		openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	va_list ap;
	int n;

	if (fd < 0)
		return gnv_error_errno(err, errno, "make `/etc/%s`", name);
	va_start(ap, fmt);
	n = vdprintf(fd, fmt, ap);
	va_end(ap);
	if (n < 0 || fchmod(fd, 0644) < 0 || fchown(fd, owner.uid, owner.gid) < 0)
		return gnv_error_errno(err, errno, "make `/etc/%s`", name);
	return 0;
}

static int prepare_etc(struct gnv_plan *plan, struct gnv_owner owner,
		       struct gnv_error **err)
{
	static const struct gnv_mount_option options[] = {
		{ "mode", "0755" },
		{ "size", "64k" },
		{ NULL, NULL },
	};
	const char *hostname = plan->sandbox->hostname;
	int r;

	plan->etc_fd = gnv_mount_new("tmpfs", options,
				     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (plan->etc_fd < 0)
		return gnv_error_errno(err, -plan->etc_fd, "make a file system for `/etc/hosts`");
	r = write_etc(plan->etc_fd, "hostname", owner, err, "%s\n", hostname);
	if (r < 0)
		return r;
	return write_etc(plan->etc_fd, "hosts", owner, err,
			 "127.0.0.1\tlocalhost %s\n::1\tlocalhost ip6-localhost\n", hostname);
}

/* The container's root could not, as the pipes belong to nobody that it knows. */
static void give_pipes(const struct gnv_sandbox *sandbox, struct gnv_owner owner)
{
	int i;

	for (i = 0; i < 3; i++)
		gnv_stdio_give(sandbox->stdio[i] >= 0 ? sandbox->stdio[i] : i, owner.uid,
			       owner.gid);
}

static int prepare_mounts(struct gnv_plan *plan, struct gnv_error **err)
{
	const struct gnv_sandbox *sandbox = plan->sandbox;
	struct gnv_userns_range range = { 0, 0 };
	struct gnv_owner owner;
	int r;

	if (sandbox->userns) {
		r = gnv_userns_get_range(&range, err);
		if (r < 0)
			return r;
	}
	plan->range = range;
	owner = (struct gnv_owner){ range.uid_base, range.gid_base };
	r = prepare_rootfs(plan, &range, err);
	if (r >= 0)
		r = prepare_puts(plan, err);
	if (r >= 0)
		r = prepare_volumes(plan, err);
	if (r >= 0)
		r = gnv_dev_make(sandbox->devices, sandbox->n_devices, owner, NULL,
				 &plan->dev_fd, err);
	if (r >= 0)
		r = prepare_etc(plan, owner, err);
	if (r >= 0 && sandbox->gpu_pci)
		r = gnv_gpu_proc_make(GPU_PROC, sandbox->gpu_pci, NULL, &plan->gpu_proc_fd, err);
	if (r >= 0 && sandbox->userns)
		give_pipes(sandbox, owner);
	return r;
}

static int prepare_program(struct gnv_plan *plan, struct gnv_error **err)
{
	const struct gnv_sandbox *sandbox = plan->sandbox;
	char **grown;
	size_t n;

	if (gnv_strv_append(&plan->argv, "ghostnv-init") < 0 ||
	    gnv_strv_append_all(&plan->argv, sandbox->argv) < 0 ||
	    gnv_strv_append_all(&plan->env, sandbox->env) < 0)
		return gnv_error_errno(err, ENOMEM, "prepare the program");
	if (!gnv_env_get(plan->env, "PATH") &&
	    gnv_strv_append(&plan->env, "PATH=" GNV_INIT_PATH) < 0)
		return gnv_error_errno(err, ENOMEM, "prepare the program");
	n = gnv_strv_length(plan->env);
	grown = reallocarray(plan->env, n + 2, sizeof(*grown));
	if (!grown)
		return gnv_error_errno(err, ENOMEM, "prepare the program");
	grown[n] = grown[n + 1] = NULL;
	plan->env = grown;
	return 0;
}

int gnv_plan_init(struct gnv_plan *plan, const struct gnv_sandbox *sandbox,
		  struct gnv_error **err)
{
	int r;

	*plan = (struct gnv_plan){
		.sandbox = sandbox,
		.rootfs_fd = -EBADF,
		.dev_fd = -EBADF,
		.etc_fd = -EBADF,
		.gpu_proc_fd = -EBADF,
		.init_fd = -EBADF,
	};
	r = check(sandbox, err);
	if (r >= 0)
		r = prepare_mounts(plan, err);
	if (r >= 0)
		r = prepare_program(plan, err);
	if (r >= 0)
		r = gnv_init_image_open(&plan->init_fd, err);
	if (r >= 0)
		r = gnv_caps_init(&plan->caps, gnv_caps_default(), err);
	if (r >= 0)
		r = gnv_seccomp_init(&plan->filter, gnv_caps_default(), err);
	return r;
}

void gnv_plan_fini(struct gnv_plan *plan)
{
	free_fds(&plan->put_fds, plan->sandbox->n_puts);
	free_fds(&plan->volume_fds, plan->sandbox->n_mounts);
	gnv_close(&plan->rootfs_fd);
	gnv_close(&plan->dev_fd);
	gnv_close(&plan->etc_fd);
	gnv_close(&plan->gpu_proc_fd);
	gnv_close(&plan->init_fd);
	gnv_caps_fini(&plan->caps);
	gnv_seccomp_fini(&plan->filter);
	gnv_strv_freep(&plan->argv);
	gnv_strv_freep(&plan->env);
}
