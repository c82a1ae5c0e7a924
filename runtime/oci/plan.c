// SPDX-License-Identifier: MIT
/*
 * Preparation.
 */
#include "oci/plan.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/strv.h"
#include "oci/bind.h"
#include "oci/nodes.h"
#include "oci/seccomp_cache.h"
#include "sandbox/cgroup.h"
#include "sandbox/dev.h"
#include "sandbox/mount_api.h"
#include "sandbox/seccomp.h"
#include "sandbox/userns.h"

enum { PROPAGATION_SLAVE = 5,
       PROPAGATION_RSLAVE = 6 }; /* of rootfsPropagation */

uint64_t oci_namespace_flag(int type)
{
	static const uint64_t flags[OCI_NS_END] = {
		[OCI_NS_PID] = CLONE_NEWPID,
		[OCI_NS_NETWORK] = CLONE_NEWNET,
		[OCI_NS_MOUNT] = CLONE_NEWNS,
		[OCI_NS_IPC] = CLONE_NEWIPC,
		[OCI_NS_UTS] = CLONE_NEWUTS,
		[OCI_NS_USER] = CLONE_NEWUSER,
		[OCI_NS_CGROUP] = CLONE_NEWCGROUP,
		[OCI_NS_TIME] = CLONE_NEWTIME,
	};

	return flags[type];
}

void oci_plan_begin(struct oci_plan *plan)
{
	int i;

	*plan = (struct oci_plan){
		.records_fd = -EBADF,
		.rootfs_fd = -EBADF,
		.nodes_fd = -EBADF,
		.join_pidfd = -EBADF,
		.cgroup_fd = -EBADF,
		.listen_fd = -EBADF,
		.leave_fd = -EBADF,
		.console_fd = -EBADF,
		.pidfd_socket_fd = -EBADF,
		.procfs_fd = -EBADF,
		.mount_ns_fd = -EBADF,
		.sync_fd = -EBADF,
	};
	for (i = 0; i < OCI_NS_END; i++)
		plan->namespace_fds[i] = -EBADF;
}

struct gnv_id_mapping *oci_plan_mappings(const struct oci_array *array)
{
	const struct oci_id_mapping *items = OCI_ITEMS(struct oci_id_mapping, *array);
	struct gnv_id_mapping *mappings = calloc(array->n + 1, sizeof(*mappings));
	size_t i;

	for (i = 0; mappings && i < array->n; i++)
		mappings[i] = (struct gnv_id_mapping){ (uint32_t)items[i].container_id.value,
						       (uint32_t)items[i].host_id.value,
						       (uint32_t)items[i].size.value };
	return mappings;
}

/* --- namespaces ----------------------------------------------------------------- */

static int open_namespace(struct oci_plan *plan, const struct oci_namespace *namespace,
			  struct gnv_error **err)
{
	int fd = open(namespace->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return gnv_error_errno(err, errno, "namespace `%s`", namespace->path);
	plan->namespace_fds[namespace->type] = fd;
	plan->in_userns |= namespace->type == OCI_NS_USER;
	return 0;
}

/* What is mounted for the container is nothing that others in that namespace are to see. */
static int plan_mount_namespace(struct oci_plan *plan, struct gnv_error **err)
{
	const struct oci_namespace *namespace = oci_config_namespace(plan->config, OCI_NS_MOUNT);
	const char *path = namespace ? namespace->path : "/proc/self/ns/mnt";

	plan->new_flags |= CLONE_NEWNS;
	if (oci_config_has_new(plan->config, OCI_NS_MOUNT))
		return 0;
	plan->mount_ns_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return plan->mount_ns_fd < 0 ? gnv_error_errno(err, errno, "namespace `%s`", path) : 0;
}

static int plan_namespaces(struct oci_plan *plan, struct gnv_error **err)
{
	const struct oci_array *array = &plan->config->os->namespaces;
	const struct oci_namespace *namespaces = OCI_ITEMS(struct oci_namespace, *array);
	size_t i;
	int r;

	for (i = 0; i < array->n; i++) {
		if (namespaces[i].type == OCI_NS_MOUNT)
			continue;
		if (!namespaces[i].path || !*namespaces[i].path) {
			plan->new_flags |= oci_namespace_flag(namespaces[i].type);
			continue;
		}
		r = open_namespace(plan, &namespaces[i], err);
		if (r < 0)
			return r;
	}
	plan->in_userns |= !!(plan->new_flags & CLONE_NEWUSER);
	return plan_mount_namespace(plan, err);
}

uint64_t oci_plan_clone_flags(const struct oci_plan *plan)
{
	/* One made with the clone would have the caller's cgroup as root. */
	uint64_t late = CLONE_NEWCGROUP;

	/* What is in it belongs to who makes it: to be the container's root. */
	if (plan->in_userns)
		late |= CLONE_NEWIPC;
	return plan->new_flags & ~late;
}

/* --- mounts ----------------------------------------------------------------------- */

uint32_t oci_plan_to_host(const struct oci_array *array, uint32_t id)
{
	const struct oci_id_mapping *items = OCI_ITEMS(struct oci_id_mapping, *array);
	size_t i;

	for (i = 0; i < array->n; i++)
		if (id >= items[i].container_id.value &&
		    id - items[i].container_id.value < items[i].size.value)
			return id - (uint32_t)items[i].container_id.value +
			       (uint32_t)items[i].host_id.value;
	return array->n ? UINT32_MAX : id;
}

int oci_plan_fill_dev(const struct oci_plan *plan, int fd, struct gnv_error **err)
{
	const struct oci_linux *os = plan->config->os;
	struct gnv_owner owner = { oci_plan_to_host(&os->uid_mappings, 0),
				   oci_plan_to_host(&os->gid_mappings, 0) };
	_cleanup_free_ struct gnv_device_node *nodes = NULL;
	size_t n;

	if (oci_nodes_list(plan, &nodes, &n) < 0)
		return gnv_error_errno(err, ENOMEM, "make `/dev`");
	return gnv_dev_fill(fd, nodes, n, owner, plan->rootless, err);
}

int oci_plan_dev(const struct oci_plan *plan, struct oci_plan_mount *m, struct gnv_error **err)
{
	const struct oci_linux *os = plan->config->os;
	_cleanup_free_ struct gnv_mount_option *options = NULL;
	_cleanup_strv_ char **words = NULL;
	unsigned int attributes;

	options = oci_mount_fs_options(m->mount, &m->options, oci_lsm_mount_label(os), &words);
	if (!options)
		return gnv_error_errno(err, ENOMEM, "make `/dev`");
	/* It is to be filled yet. */
	attributes = (unsigned int)m->options.flat.set & ~(unsigned int)MOUNT_ATTR_RDONLY;
	m->fd = gnv_mount_new("tmpfs", options, attributes);
	if (m->fd < 0)
		return gnv_error_errno(err, -m->fd, "make it");
	if (plan->new_flags & CLONE_NEWUSER &&
	    fchownat(m->fd, "", oci_plan_to_host(&os->uid_mappings, 0), oci_plan_to_host(&os->gid_mappings, 0),
		     AT_EMPTY_PATH) < 0)
		return gnv_error_errno(err, errno, "give it to the container's root");
	m->protect_late = true;
	return oci_plan_fill_dev(plan, m->fd, err);
}

static bool is_on_dev(const char *path)
{
	while (*path == '/')
		path++;
	return !strncmp(path, "dev", 3) && (!path[3] || !strcmp(path + 3, "/"));
}

/* @follows: mounts before it are made in the container. */
static int plan_mount(struct oci_plan *plan, size_t i, bool follows, struct gnv_error **err)
{
	struct oci_plan_mount *m = &plan->mounts[i];
	int r;

	m->mount = &OCI_ITEMS(struct oci_mount, plan->config->mounts)[i];
	r = oci_mount_options_parse(m->mount, &m->options, err);
	if (r < 0)
		return r;
	if (m->options.remount)
		return 0;
	if (is_on_dev(m->mount->destination))
		plan->has_dev = true;
	if (m->options.bind)
		return oci_bind_plan(plan, m, follows, err);
	m->is_dev = is_on_dev(m->mount->destination) && !strcmp(m->mount->type, "tmpfs");
	if (m->is_dev)
		return plan->in_userns ? oci_plan_dev(plan, m, err) : 0;
	/* With the host's cgroup namespace, no more of it than the container's own. */
	if (!strncmp(m->mount->type, "cgroup", 6) && !(plan->new_flags & CLONE_NEWCGROUP)) {
		m->fd = gnv_mount_copy_changed(plan->cgroup_fd, "", 0, m->options.flat.set,
					       m->options.flat.clear, MS_PRIVATE);
		return m->fd < 0 ? gnv_error_errno(err, -m->fd, "take the cgroup") : 0;
	}
	return 0;
}

static int plan_mounts(struct oci_plan *plan, struct gnv_error **err)
{
	size_t i, n = plan->config->mounts.n;
	bool follows = false;
	int r;

	plan->mounts = calloc(n + 1, sizeof(*plan->mounts));
	if (!plan->mounts)
		return gnv_error_errno(err, ENOMEM, "prepare mounts");
	for (i = 0; i < n; i++) {
		plan->mounts[i].fd = -EBADF;
		plan->mounts[i].source_fd = -EBADF;
		plan->mounts[i].userns_fd = -EBADF;
	}
	for (i = 0; i < n; i++) {
		r = plan_mount(plan, i, follows, err);
		if (r < 0)
			return gnv_error_wrap(err, r, "mounts[%zu] on `%s`", i,
					      plan->mounts[i].mount->destination);
		follows |= plan->mounts[i].fd < 0;
	}
	return 0;
}

static int plan_rootfs(struct oci_plan *plan, struct gnv_error **err)
{
	int kind = plan->config->os->rootfs_propagation;
	bool slave = kind == PROPAGATION_SLAVE || kind == PROPAGATION_RSLAVE;
	int r;

	/* What is asked for beyond that comes after pivot_root, which wants it like this. */
	r = plan->rootfs_fd = gnv_mount_copy_changed(AT_FDCWD, plan->rootfs, AT_RECURSIVE, 0, 0,
						     slave ? MS_SLAVE : MS_PRIVATE);
	if (r >= 0 && fstat(plan->rootfs_fd, &plan->rootfs_stat) < 0)
		r = -errno;
	if (r < 0)
		return gnv_error_errno(err, -r, "root file system `%s`", plan->rootfs);
	return 0;
}

int oci_plan_container(struct oci_plan *plan, struct gnv_error **err)
{
	int r = oci_lsm_check_mount_label(plan->config->os, err);

	if (r >= 0)
		r = plan_namespaces(plan, err);
	if (r >= 0)
		r = plan_rootfs(plan, err);
	if (r >= 0)
		r = plan_mounts(plan, err);
	return r < 0 ? r : oci_nodes_plan(plan, err);
}

/*
 * A process takes a label by a file of its own in procfs.  The container's may be anything, or
 * be masked; this one is new, is nowhere mounted, and has nothing but processes.
 */
static int plan_labels(struct oci_plan *plan, struct gnv_error **err)
{
	static const struct gnv_mount_option options[] = { { "subset", "pid" }, { 0 } };

	plan->n_labels = oci_lsm_labels(plan->process, plan->labels, err);
	if (plan->n_labels <= 0)
		return plan->n_labels;
	plan->procfs_fd = gnv_mount_new("proc", options,
					MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (plan->procfs_fd < 0)
		return gnv_error_errno(err, -plan->procfs_fd, "make a procfs to take labels by");
	return 0;
}

int oci_plan_process(struct oci_plan *plan, struct gnv_error **err)
{
	const struct oci_seccomp *seccomp = plan->config->os->seccomp;
	int r = plan_labels(plan, err);

	if (r < 0 || !seccomp)
		return r;
	return oci_seccomp_take(plan->records_fd, seccomp, &plan->filter, &plan->filter_flags, err);
}

void oci_plan_fini(struct oci_plan *plan)
{
	size_t i;

	for (i = 0; plan->mounts && i < plan->config->mounts.n; i++) {
		gnv_close(&plan->mounts[i].fd);
		gnv_close(&plan->mounts[i].userns_fd);
		oci_mount_options_fini(&plan->mounts[i].options);
	}
	free(plan->mounts);
	plan->mounts = NULL;
	for (i = 0; i < OCI_NS_END; i++)
		gnv_close(&plan->namespace_fds[i]);
	gnv_close(&plan->rootfs_fd);
	gnv_close(&plan->nodes_fd);
	gnv_close(&plan->mount_ns_fd);
	gnv_close(&plan->join_pidfd);
	gnv_close(&plan->cgroup_fd);
	gnv_close(&plan->listen_fd);
	gnv_close(&plan->leave_fd);
	gnv_close(&plan->console_fd);
	gnv_close(&plan->pidfd_socket_fd);
	gnv_close(&plan->procfs_fd);
	gnv_close(&plan->sync_fd);
	gnv_seccomp_fini(&plan->filter);
}
