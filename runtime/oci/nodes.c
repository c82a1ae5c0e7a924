// SPDX-License-Identifier: MIT
/*
 * See nodes.h.
 */
#include "oci/nodes.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "sandbox/dev.h"
#include "sandbox/mount_api.h"
#include "sandbox/paths.h"

/* "/dev/N", by the place in linux.devices. */
#define NAME_LEN 32

static bool is_below_dev(const struct oci_device *device)
{
	return !strncmp(device->path, "/dev/", 5);
}

static struct gnv_device_node describe(const struct oci_linux *os, const struct oci_device *device)
{
	return (struct gnv_device_node){
		.path = device->path,
		.type = device->type[0] == 'u' ? 'c' : device->type[0],
		.major = (unsigned int)device->major.value,
		.minor = (unsigned int)device->minor.value,
		.mode = device->file_mode.set ? (unsigned int)device->file_mode.value & 07777 :
						0666,
		.has_owner = device->uid.set || device->gid.set,
		.uid = oci_plan_to_host(&os->uid_mappings, (uint32_t)device->uid.value),
		.gid = oci_plan_to_host(&os->gid_mappings, (uint32_t)device->gid.value),
	};
}

int oci_nodes_list(const struct oci_plan *plan, struct gnv_device_node **ret_nodes,
		   size_t *ret_n)
{
	const struct oci_linux *os = plan->config->os;
	const struct oci_device *devices = OCI_ITEMS(struct oci_device, os->devices);
	struct gnv_device_node *nodes = calloc(os->devices.n + 1, sizeof(*nodes));
	size_t i;

	if (!nodes)
		return -ENOMEM;
	*ret_n = 0;
	for (i = 0; i < os->devices.n; i++)
		if (is_below_dev(&devices[i]))
			nodes[(*ret_n)++] = describe(os, &devices[i]);
	*ret_nodes = nodes;
	return 0;
}

/* --- elsewhere ------------------------------------------------------------------------ */

static void name_node(size_t i, char name[NAME_LEN])
{
	snprintf(name, NAME_LEN, "/dev/%zu", i);
}

int oci_nodes_plan(struct oci_plan *plan, struct gnv_error **err)
{
	const struct oci_linux *os = plan->config->os;
	const struct oci_device *devices = OCI_ITEMS(struct oci_device, os->devices);
	struct gnv_owner owner = { oci_plan_to_host(&os->uid_mappings, 0),
				   oci_plan_to_host(&os->gid_mappings, 0) };
	_cleanup_free_ struct gnv_device_node *nodes = calloc(os->devices.n + 1, sizeof(*nodes));
	_cleanup_free_ char(*names)[NAME_LEN] = calloc(os->devices.n + 1, NAME_LEN);
	size_t i, n = 0;

	if (!nodes || !names)
		return gnv_error_errno(err, ENOMEM, "make device nodes");
	for (i = 0; i < os->devices.n; i++) {
		if (is_below_dev(&devices[i]))
			continue;
		if (plan->rootless)
			return gnv_error_set(err, EOPNOTSUPP,
					     "linux.devices: without root, `%s` can only be below /dev",
					     devices[i].path);
		name_node(i, names[i]);
		nodes[n] = describe(os, &devices[i]);
		nodes[n++].path = names[i];
	}
	return n ? gnv_dev_make(nodes, n, owner, oci_lsm_mount_label(os), &plan->nodes_fd, err) : 0;
}

/* As one that an earlier container of the same root file system has left, or the same node. */
static bool may_cover(int target_fd, const struct stat *wanted)
{
	struct statfs fs;
	struct stat st;

	if (fstat(target_fd, &st) < 0 || fstatfs(target_fd, &fs) < 0 ||
	    fs.f_type == PROC_SUPER_MAGIC)
		return false;
	if (S_ISREG(st.st_mode))
		return !st.st_size;
	return (st.st_mode & S_IFMT) == (wanted->st_mode & S_IFMT) &&
	       st.st_rdev == wanted->st_rdev;
}

static int put(const struct oci_plan *plan, const char *name, const char *path)
{
	_cleanup_close_ int target_fd = gnv_path_make_in_root(plan->rootfs_fd, path, S_IFREG);
	_cleanup_close_ int copy_fd = -EBADF;
	struct stat st;

	if (target_fd < 0)
		return target_fd;
	copy_fd = gnv_mount_copy(plan->nodes_fd, name, false);
	if (copy_fd < 0)
		return copy_fd;
	if (fstat(copy_fd, &st) < 0)
		return -errno;
	return may_cover(target_fd, &st) ? gnv_mount_attach(copy_fd, target_fd) : -EEXIST;
}

static int put_all(const struct oci_plan *plan, struct gnv_error **err)
{
	const struct oci_array *array = &plan->config->os->devices;
	const struct oci_device *devices = OCI_ITEMS(struct oci_device, *array);
	char name[NAME_LEN];
	size_t i;
	int r;

	for (i = 0; i < array->n; i++) {
		if (is_below_dev(&devices[i]))
			continue;
		name_node(i, name);
		r = put(plan, name + strlen("/dev/"), devices[i].path);
		if (r < 0)
			return gnv_error_errno(err, -r, "make the device node `%s`",
					       devices[i].path);
	}
	return 0;
}

/* Hooks are to find the working directory where it was. */
static int take_off(int mount_fd)
{
	_cleanup_close_ int cwd_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (cwd_fd < 0 || fchdir(mount_fd) < 0 || umount2(".", MNT_DETACH) < 0 ||
	    fchdir(cwd_fd) < 0)
		return -errno;
	return 0;
}

/* Only newer kernels (6.15) copy what is mounted nowhere, so it is on the root meanwhile. */
int oci_nodes_put(const struct oci_plan *plan, struct gnv_error **err)
{
	int r;

	if (plan->nodes_fd < 0)
		return 0;
	r = gnv_mount_attach(plan->nodes_fd, plan->rootfs_fd);
	if (r < 0)
		return gnv_error_errno(err, -r, "mount device nodes");
	r = put_all(plan, err);
	if (r < 0)
		return r;
	r = take_off(plan->nodes_fd);
	return r < 0 ? gnv_error_errno(err, -r, "take device nodes off") : 0;
}

/* --- without root ----------------------------------------------------------------------- */

static bool is_device(const struct stat *st, const struct oci_device *device)
{
	return st->st_rdev == makedev((unsigned int)device->major.value,
				      (unsigned int)device->minor.value) &&
	       S_ISBLK(st->st_mode) == (device->type[0] == 'b');
}

/*
 * Where nodes cannot be made there are empty files, and the host's nodes go on top.  The host's
 * /dev is looked at as long as it is in sight.
 */
static int bind_device(const struct oci_plan *plan, const char *path,
		       const struct oci_device *device, struct gnv_error **err)
{
	_cleanup_close_ int target_fd = gnv_path_open_plain(plan->rootfs_fd, path, O_PATH);
	_cleanup_close_ int node_fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_close_ int copy_fd = -EBADF;
	struct stat st;
	int r;

	if (node_fd < 0 || fstat(node_fd, &st) < 0)
		return gnv_error_errno(err, errno, "the host's `%s`", path);
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return gnv_error_set(err, ENODEV, "the host's `%s` is no device", path);
	if (device && !is_device(&st, device))
		return gnv_error_set(err, ENODEV,
				     "linux.devices: `%s` is another device on the host, and without root it cannot be made",
				     path);
	copy_fd = gnv_mount_copy(node_fd, "", false);
	r = copy_fd < 0 ? copy_fd : target_fd;
	if (r >= 0)
		r = gnv_mount_attach(copy_fd, target_fd);
	return r < 0 ? gnv_error_errno(err, -r, "mount the host's `%s`", path) : 0;
}

int oci_nodes_bind(const struct oci_plan *plan, struct gnv_error **err)
{
	const struct oci_linux *os = plan->config->os;
	const struct oci_device *devices = OCI_ITEMS(struct oci_device, os->devices);
	char path[32];
	size_t i;
	int r = 0;

	if (!plan->rootless)
		return 0;
	for (i = 0; r >= 0 && gnv_dev_standard_node(i); i++) {
		snprintf(path, sizeof(path), "/dev/%s", gnv_dev_standard_node(i));
		r = bind_device(plan, path, NULL, err);
	}
	for (i = 0; r >= 0 && i < os->devices.n; i++)
		if (devices[i].type[0] != 'p')
			r = bind_device(plan, devices[i].path, &devices[i], err);
	return r;
}
