// SPDX-License-Identifier: MIT
/*
 * Taking away what a container leaves.  Owns no state.
 */
#include "container/clean.h"

#include "base/strv.h"
#include "image/image.h"
#include "lib/libghostnv.h"
#include "sandbox/cgroup.h"

/* Dying takes a moment: exit frees memory, the GPU's too. */
#define CGROUP_EMPTY_MS 10000

int gnv_clean_cgroup_path(const struct gnv_record *record, char **ret,
			  struct gnv_error **err)
{
	_cleanup_free_ char *root = NULL, *id = NULL;
	int r = gnv_cgroup_find_root(&root, err);

	if (!r)
		r = gnv_root_cgroup_id(record->root, record->name, &id, err);
	if (r < 0)
		return r;
	if (asprintf(ret, "%s/ghostnv/%s", root, id) < 0) {
		*ret = NULL;
		return gnv_error_errno(err, ENOMEM, "name the cgroup of `%s`", record->name);
	}
	return 0;
}

static int clean_cgroup(const struct gnv_record *record, struct gnv_error **err)
{
	_cleanup_free_ char *path = NULL;
	int r = gnv_clean_cgroup_path(record, &path, err);

	if (r < 0)
		return r;
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	r = gnv_cgroup_kill(path, err);
	return r < 0 ? r : gnv_cgroup_remove(path, CGROUP_EMPTY_MS, err);
}

/* The kernel drops a registration with its cgroup; asking makes it so at once. */
static void unregister(uint64_t container_id)
{
	struct ghostnv *module;

	if (!container_id || ghostnv_open(&module) < 0)
		return;
	ghostnv_container_destroy(module, container_id);
	ghostnv_close(module);
}

int gnv_clean(const struct gnv_record *record, uint64_t container_id,
	      struct gnv_error **err)
{
	_cleanup_error_ struct gnv_error *second = NULL;
	int r, r2;

	r = clean_cgroup(record, err);
	unregister(container_id);
	r2 = gnv_image_unmount(record->data_path, r < 0 ? &second : err);
	if (!r)
		r = r2;
	return gnv_error_wrap(err, r, "clean up after container `%s`", record->name);
}

int gnv_clean_check_lost(const struct gnv_record *record, struct gnv_error **err)
{
	_cleanup_free_ char *path = NULL;
	int r = gnv_clean_cgroup_path(record, &path, err);

	if (!r)
		r = gnv_cgroup_is_populated(path, err);
	if (r <= 0)
		return r;
	gnv_error_set(err, EEXIST, "`%s`: a container of this name runs, and its record is lost",
		      record->name);
	return gnv_error_remedy(err, -EEXIST,
				"choose another --name, or end it: `echo 1 >%s/cgroup.kill`",
				path);
}

static bool clean_one_lost(const struct gnv_root *root, const char *name)
{
	_cleanup_record_ struct gnv_record record = { .dir_fd = -EBADF };
	bool leftover;

	if (gnv_record_create(root, name, &record, &leftover, NULL) < 0)
		return false;
	/* Somebody has begun with it meanwhile, and crashed: it has a record now. */
	if (leftover)
		return false;
	if (gnv_clean_check_lost(&record, NULL) == 0 && gnv_clean(&record, 0, NULL) == 0 &&
	    gnv_record_remove(&record, NULL) == 0)
		return true;
	gnv_record_drop(&record, NULL);
	return false;
}

size_t gnv_clean_lost(const struct gnv_root *root)
{
	_cleanup_strv_ char **names = NULL;
	size_t n = 0;
	char **name;

	if (gnv_record_lost_names(root, &names, NULL) < 0)
		return 0;
	for (name = names; name && *name; name++)
		n += clean_one_lost(root, *name);
	return n;
}

int gnv_clean_leftover(struct gnv_record *record, struct gnv_error **err)
{
	_cleanup_state_ struct gnv_state state = { 0 };
	int r, known;

	known = gnv_record_read(record, &state, NULL);
	if (!known && state.status == GNV_STATUS_EXITED)
		return 0;
	r = gnv_clean(record, state.container_id, err);
	if (r < 0)
		return r;
	if (known < 0 || state.remove)
		return gnv_record_remove(record, err);
	state.status = GNV_STATUS_EXITED;
	state.pid = 0;
	return gnv_record_write(record, &state, err);
}
