// SPDX-License-Identifier: MIT
/*
 * Bind mounts; see bind.h.
 */
#include "oci/bind.h"

#include <fcntl.h>
#include <sys/mount.h>

#include "sandbox/mount_api.h"
#include "sandbox/userns.h"

/* What makes a copy of a mount the one that is asked for. */
struct change {
	uint64_t set, clear, propagation;
	bool recursive;
};

/* There may be two: the first can be made with the copy. */
static void list_changes(const struct oci_mount_options *o, struct change changes[2])
{
	unsigned long propagation = o->propagation ? o->propagation : MS_PRIVATE;
	bool deep = !o->propagation || o->propagation_deep;

	changes[0] = (struct change){ o->deep.set, o->deep.clear, propagation, o->recursive };
	changes[1] = (struct change){ 0 };
	if (!o->recursive) {
		/* There is nothing below it, and one change does. */
		changes[0].set = (o->deep.set & ~o->flat.clear) | o->flat.set;
		changes[0].clear |= o->flat.clear;
		return;
	}
	changes[1] = (struct change){ o->flat.set, o->flat.clear, 0, false };
	if (!deep) {
		changes[0].propagation = 0;
		changes[1].propagation = propagation;
	}
}

static int change(int mount_fd, const struct change *what)
{
	return gnv_mount_change(mount_fd, what->set, what->clear, what->propagation,
				what->recursive);
}

static unsigned int reach(const struct oci_mount_options *o)
{
	return o->recursive ? AT_RECURSIVE : 0;
}

static int copy_changed(int dir_fd, const char *path, const struct oci_plan_mount *m)
{
	_cleanup_close_ int fd = -EBADF;
	struct change changes[2];
	int r;

	list_changes(&m->options, changes);
	fd = gnv_mount_copy_changed(dir_fd, path, AT_SYMLINK_FOLLOW | reach(&m->options),
				    changes[0].set, changes[0].clear, changes[0].propagation);
	r = fd < 0 ? fd : change(fd, &changes[1]);
	return r < 0 ? r : STEAL_FD(fd);
}

static int map_owners(const struct oci_plan_mount *m)
{
	return m->userns_fd < 0 ? 0 :
				  gnv_mount_map_owners(m->fd, m->userns_fd,
						       m->options.map_owners_deep);
}

/* By the mount's own mappings, or by the container's. */
static int open_owners(const struct oci_plan *plan, struct oci_plan_mount *m,
		       struct gnv_error **err)
{
	const struct oci_linux *os = plan->config->os;
	bool own = m->mount->uid_mappings.n;
	const struct oci_array *uid_mappings = own ? &m->mount->uid_mappings : &os->uid_mappings;
	const struct oci_array *gid_mappings = own ? &m->mount->gid_mappings : &os->gid_mappings;
	_cleanup_free_ struct gnv_id_mapping *uids = oci_plan_mappings(uid_mappings);
	_cleanup_free_ struct gnv_id_mapping *gids = oci_plan_mappings(gid_mappings);

	if (!own && !m->options.map_owners)
		return 0;
	if (!uids || !gids)
		return gnv_error_errno(err, ENOMEM, "map its owners");
	if (!uid_mappings->n || !gid_mappings->n)
		return gnv_error_set(err, EINVAL,
				     "`idmap` wants `uidMappings`, its own or the container's");
	return gnv_userns_open_mapped(uids, uid_mappings->n, gids, gid_mappings->n, &m->userns_fd,
				      err);
}

/* A path that is not absolute begins in the bundle. */
static int open_base(const struct oci_plan *plan, const struct oci_plan_mount *m)
{
	return m->mount->source[0] == '/' ? -EBADF :
					    open(plan->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int oci_bind_plan(const struct oci_plan *plan, struct oci_plan_mount *m, bool follows,
		  struct gnv_error **err)
{
	_cleanup_close_ int bundle_fd = -EBADF;
	int r = open_owners(plan, m, err);

	if (r < 0)
		return r;
	/* Who is in a user namespace does not get everywhere, nor may it copy all mounts. */
	m->in_turn = follows && !plan->in_userns;
	if (m->in_turn)
		return 0;
	bundle_fd = open_base(plan, m);
	r = m->fd = copy_changed(bundle_fd, m->mount->source, m);
	if (r < 0)
		return gnv_error_errno(err, -r, "source `%s`", m->mount->source);
	r = map_owners(m);
	return r < 0 ? gnv_error_errno(err, -r, "map its owners") : 0;
}

/* The host is to hear of what is mounted there, and the host's mount will soon not be so here. */
static bool is_shared(const struct oci_plan_mount *m)
{
	return m->options.propagation == MS_SHARED;
}

static int find(const struct oci_plan *plan, const struct oci_plan_mount *m)
{
	_cleanup_close_ int bundle_fd = open_base(plan, m);
	int fd;

	/* The source may be a link: it is the host's own, and is looked up once. */
	if (is_shared(m))
		return gnv_mount_copy_changed(bundle_fd, m->mount->source,
					      AT_SYMLINK_FOLLOW | reach(&m->options), 0, 0, 0);
	fd = open_tree(bundle_fd, m->mount->source, OPEN_TREE_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int oci_bind_find_all(const struct oci_plan *plan, struct gnv_error **err)
{
	size_t i;

	for (i = 0; i < plan->config->mounts.n; i++) {
		struct oci_plan_mount *m = &plan->mounts[i];

		if (!m->in_turn)
			continue;
		m->source_fd = find(plan, m);
		if (m->source_fd < 0)
			return gnv_error_errno(err, -m->source_fd,
					       "mounts[%zu] on `%s`: source `%s`", i,
					       m->mount->destination, m->mount->source);
	}
	return 0;
}

/* Of one that is a copy already, and is that again where the kernel lets us (6.15). */
static int copy_shared(struct oci_plan_mount *m)
{
	struct change changes[2];
	int fd = copy_changed(m->source_fd, "", m), r;

	if (fd != -EINVAL)
		return fd;
	list_changes(&m->options, changes);
	r = change(m->source_fd, &changes[0]);
	if (r >= 0)
		r = change(m->source_fd, &changes[1]);
	return r < 0 ? r : STEAL_FD(m->source_fd);
}

int oci_bind_make(struct oci_plan_mount *m)
{
	m->fd = is_shared(m) ? copy_shared(m) : copy_changed(m->source_fd, "", m);
	return m->fd < 0 ? m->fd : map_owners(m);
}
