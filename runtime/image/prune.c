// SPDX-License-Identifier: MIT
/*
 * Removal of layers that no container uses, and the record of who uses them.
 */
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/strv.h"
#include "image/digest.h"
#include "image/image.h"
#include "image/store_private.h"
#include "image/tree.h"

/* A name for a user that depends on the bundle's path alone: recorded once. */
static int user_name(const char *path, char buf[2 * 32 + 7])
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned int length = 0, i;
	int n = snprintf(buf, 7, "users/");

	if (EVP_Digest(path, strlen(path), raw, &length, EVP_sha256(), NULL) != 1)
		return -EIO;
	for (i = 0; i < 32; i++)
		n += snprintf(buf + n, 3, "%02x", raw[i]);
	return 0;
}

int gnv_store_add_user(struct gnv_store *store, const char *bundle_dir, struct gnv_error **err)
{
	_cleanup_free_ char *path = realpath(bundle_dir, NULL);
	_cleanup_close_ int lock = -EBADF;
	char name[2 * 32 + 7];
	int r;

	if (!path)
		return gnv_error_errno(err, errno, "open `%s`", bundle_dir);
	r = user_name(path, name);
	lock = r < 0 ? r : gnv_store_lock_users(store);
	if (lock < 0)
		return gnv_error_errno(err, -lock, "record who uses the layers");
	if (symlinkat(path, store->fd, name) < 0 && errno != EEXIST)
		return gnv_error_errno(err, errno, "record `%s` in the store", name);
	return 0;
}

/* The target of a link, or NULL. */
static char *read_link(int dir_fd, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir_fd, name, target, sizeof(target));

	return n > 0 && (size_t)n < sizeof(target) ? strndup(target, (size_t)n) : NULL;
}

/*
 * Where one bundle's links lead.  Return: 0, -ENOENT it is gone, or -errno: then
 * nothing may be removed, for it may use anything.
 */
static int add_links(const char *bundle, char ***used)
{
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_free_ char *path = NULL;
	struct dirent *entry;

	if (asprintf(&path, "%s/" GNV_STORE_LINKS_DIR, bundle) < 0)
		return -ENOMEM;
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (errno = 0, entry = readdir(dir)) {
		_cleanup_free_ char *target = read_link(dirfd(dir), entry->d_name);

		if (target && gnv_strv_append(used, target) < 0)
			return -ENOMEM;
	}
	return -errno;
}

void gnv_store_forget_users(const struct gnv_store *store)
{
	_cleanup_close_ int lock = gnv_store_lock_users(store);
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;

	/*
	 * Under the lock, for a bundle of the same path may be mounted just now: its
	 * links are there before it is recorded, so it is seen or recorded again.
	 */
	if (lock < 0 || gnv_store_list(store, "users", &dir) < 0)
		return;
	while ((entry = readdir(dir))) {
		_cleanup_free_ char *bundle = read_link(dirfd(dir), entry->d_name);
		_cleanup_strv_ char **used = NULL;

		if (bundle && add_links(bundle, &used) == -ENOENT)
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
}

static int find_used(struct gnv_store *store, char ***used, struct gnv_error **err)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	int r = gnv_store_list(store, "users", &dir);

	if (r < 0)
		return gnv_error_errno(err, -r, "list `users`");
	while (errno = 0, entry = readdir(dir)) {
		_cleanup_free_ char *bundle = read_link(dirfd(dir), entry->d_name);

		if (!bundle)
			continue;
		r = add_links(bundle, used);
		if (r < 0 && r != -ENOENT)
			return gnv_error_errno(err, -r, "see which layers `%s` uses", bundle);
	}
	return errno ? gnv_error_errno(err, errno, "list `users`") : 0;
}

static bool contains(char *const *strv, const char *text)
{
	for (; strv && *strv; strv++)
		if (!strcmp(*strv, text))
			return true;
	return false;
}

/* Out of sight in one step, then away: nobody ever finds half a layer. */
static int remove_layer(struct gnv_store *store, const struct gnv_digest *diff_id,
			const char *path, struct gnv_error **err)
{
	char tmp[GNV_STORE_TMP_LEN];
	int r;

	gnv_store_tmp_name(diff_id, tmp);
	r = gnv_tree_remove(store->fd, tmp, err);
	if (r < 0)
		return r;
	if (renameat(AT_FDCWD, path, store->fd, tmp) < 0)
		return gnv_error_errno(err, errno, "remove `%s`", path);
	return gnv_tree_remove(store->fd, tmp, err);
}

static int prune_algorithm(struct gnv_store *store, const char *algorithm, char *const *used,
			   size_t *removed, struct gnv_error **err)
{
	_cleanup_closedir_ DIR *dir = NULL;
	char name[32], text[GNV_DIGEST_LEN];
	struct gnv_digest diff_id;
	struct dirent *entry;
	int r;

	snprintf(name, sizeof(name), "layers/%s", algorithm);
	r = gnv_store_list(store, name, &dir);
	if (r < 0)
		return gnv_error_errno(err, -r, "list `%s`", name);
	while (errno = 0, entry = readdir(dir)) {
		_cleanup_free_ char *path = NULL;

		if (snprintf(text, sizeof(text), "%s:%s", algorithm, entry->d_name) >=
			    (int)sizeof(text) ||
		    gnv_digest_parse(text, &diff_id) < 0)
			continue;
		r = gnv_store_layer_path(store, &diff_id, &path, err);
		if (!r && !contains(used, path)) {
			r = remove_layer(store, &diff_id, path, err);
			*removed += !r;
		}
		if (r < 0)
			return r;
	}
	return errno ? gnv_error_errno(err, errno, "list `%s`", name) : 0;
}

int gnv_image_prune(const char *store_dir, size_t *ret_removed, struct gnv_error **err)
{
	_cleanup_store_ struct gnv_store *store = NULL;
	_cleanup_strv_ char **used = NULL;
	size_t removed = 0;
	int r;

	r = gnv_store_open_unlocked(store_dir, &store, err);
	if (!r)
		r = gnv_store_lock_use(store, true, false, err);
	if (!r) {
		gnv_store_forget_users(store);
		r = find_used(store, &used, err);
	}
	if (!r)
		r = prune_algorithm(store, "sha256", used, &removed, err);
	if (!r)
		r = prune_algorithm(store, "sha512", used, &removed, err);
	if (ret_removed)
		*ret_removed = removed;
	return gnv_error_wrap(err, r, "store of images `%s`", store_dir);
}
