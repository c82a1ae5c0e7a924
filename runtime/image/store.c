// SPDX-License-Identifier: MIT
/*
 * The store on disk: directories, locks, a layer's way from tmp/ to layers/.
 */
#include "image/store.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "image/store_private.h"
#include "image/tree.h"

/* The bytes of the lock file and what they stand for. */
#define USE_OFFSET    0
#define USERS_OFFSET  1
#define LAYERS_OFFSET 2

static int lock_range(int fd, int command, short type, off_t offset)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1 };
	int r;

	do {
		r = fcntl(fd, command, &lock);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return errno == EACCES ? -EAGAIN : -errno;
	return 0;
}

/*
 * The first 60 bits of the digest; two layers that share them only wait for one
 * another.
 */
static off_t layer_offset(const struct gnv_digest *diff_id)
{
	char hex[16];

	snprintf(hex, sizeof(hex), "%.15s", gnv_digest_hex(diff_id));
	return (off_t)(strtoull(hex, NULL, 16) + LAYERS_OFFSET);
}

static int open_lock(const struct gnv_store *store)
{
	int fd = openat(store->fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd;
}

int gnv_store_lock_use(struct gnv_store *store, bool exclusive, bool wait,
		       struct gnv_error **err)
{
	int r;

	store->use_fd = open_lock(store);
	r = store->use_fd;
	if (r >= 0)
		r = lock_range(store->use_fd, wait ? F_OFD_SETLKW : F_OFD_SETLK,
			       exclusive ? F_WRLCK : F_RDLCK, USE_OFFSET);
	if (r == -EAGAIN)
		return gnv_error_set(err, EBUSY, "an image is being opened by another process");
	return r < 0 ? gnv_error_errno(err, -r, "lock the store") : 0;
}

int gnv_store_lock_users(const struct gnv_store *store)
{
	_cleanup_close_ int fd = open_lock(store);
	int r = fd < 0 ? fd : lock_range(fd, F_OFD_SETLKW, F_WRLCK, USERS_OFFSET);

	return r < 0 ? r : STEAL_FD(fd);
}

const char *gnv_store_tmp_name(const struct gnv_digest *diff_id, char buf[GNV_STORE_TMP_LEN])
{
	memcpy(buf, "tmp/", 4);
	gnv_digest_path(diff_id, buf + 4);
	*strchr(buf + 4, '/') = '-';
	return buf;
}

/* "sha256-<hex>" back to the digest.  Return: 0 or -EINVAL: not a name of ours. */
static int parse_tmp_name(const char *name, struct gnv_digest *ret)
{
	char text[GNV_DIGEST_LEN];
	char *dash;

	if (strlen(name) >= sizeof(text))
		return -EINVAL;
	memcpy(text, name, strlen(name) + 1);
	dash = strchr(text, '-');
	if (!dash)
		return -EINVAL;
	*dash = ':';
	return gnv_digest_parse(text, ret) < 0 ? -EINVAL : 0;
}

int gnv_store_list(const struct gnv_store *store, const char *path, DIR **ret)
{
	int fd = openat(store->fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	*ret = fdopendir(fd);
	if (*ret)
		return 0;
	r = -errno;
	close(fd);
	return r;
}

/*
 * A tmp/ directory whose lock is free is what a killed process left.  That it
 * cannot be removed now is no reason to fail: the next one tries again, and who
 * makes this very layer fails with the reason.
 */
static void clear_left_overs(struct gnv_store *store)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct gnv_digest diff_id;
	struct dirent *entry;

	if (gnv_store_list(store, "tmp", &dir) < 0)
		return;
	while ((entry = readdir(dir))) {
		_cleanup_close_ int lock = -EBADF;

		if (parse_tmp_name(entry->d_name, &diff_id) < 0)
			continue;
		lock = open_lock(store);
		if (lock >= 0 &&
		    !lock_range(lock, F_OFD_SETLK, F_WRLCK, layer_offset(&diff_id)))
			gnv_tree_remove(dirfd(dir), entry->d_name, NULL);
	}
}

static int make_directories(struct gnv_store *store, struct gnv_error **err)
{
	static const char *const names[] = { "layers", "layers/sha256", "layers/sha512", "tmp",
					     "users" };
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (mkdirat(store->fd, names[i], 0700) < 0 && errno != EEXIST)
			return gnv_error_errno(err, errno, "create `%s` in the store", names[i]);
	/* Layers hold set-user-ID programs and are run by root in containers. */
	if (fstat(store->fd, &st) < 0)
		return gnv_error_errno(err, errno, "look at the store");
	if (st.st_uid != geteuid() || (st.st_mode & 022)) {
		gnv_error_set(err, EPERM, "others may write to the store");
		return gnv_error_remedy(err, -EPERM, "chown it to root and chmod it to 0700: %s",
					store->path);
	}
	return 0;
}

int gnv_store_open_unlocked(const char *path, struct gnv_store **ret, struct gnv_error **err)
{
	_cleanup_store_ struct gnv_store *store = calloc(1, sizeof(*store));
	int r;

	if (!store)
		return gnv_error_errno(err, ENOMEM, "open the store");
	store->fd = store->use_fd = -EBADF;
	r = gnv_mkdir_all(path, 0700, err);
	if (r < 0)
		return r;
	store->path = realpath(path, NULL);
	if (!store->path)
		return gnv_error_errno(err, errno, "open `%s`", path);
	store->fd = open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->fd < 0)
		return gnv_error_errno(err, errno, "open `%s`", store->path);
	r = make_directories(store, err);
	if (r < 0)
		return r;
	*ret = STEAL_PTR(store);
	return 0;
}

int gnv_store_open(const char *path, struct gnv_store **ret, struct gnv_error **err)
{
	_cleanup_store_ struct gnv_store *store = NULL;
	int r = gnv_store_open_unlocked(path, &store, err);

	if (!r)
		r = gnv_store_lock_use(store, false, true, err);
	if (r < 0)
		return gnv_error_wrap(err, r, "store of images `%s`", path);
	clear_left_overs(store);
	gnv_store_forget_users(store);
	*ret = STEAL_PTR(store);
	return 0;
}

void gnv_store_close(struct gnv_store *store)
{
	if (!store)
		return;
	gnv_close(&store->use_fd);
	gnv_close(&store->fd);
	free(store->path);
	free(store);
}

static void layer_name(const struct gnv_digest *diff_id, char buf[GNV_STORE_LAYER_LEN])
{
	memcpy(buf, "layers/", 7);
	gnv_digest_path(diff_id, buf + 7);
}

int gnv_store_layer_path(const struct gnv_store *store, const struct gnv_digest *diff_id,
			 char **ret, struct gnv_error **err)
{
	char name[GNV_STORE_LAYER_LEN];

	layer_name(diff_id, name);
	if (asprintf(ret, "%s/%s", store->path, name) < 0)
		return gnv_error_errno(err, ENOMEM, "name a layer");
	return 0;
}

/* Return: 1 there, 0 not, or -errno. */
static int layer_exists(const struct gnv_store *store, const struct gnv_digest *diff_id,
			struct gnv_error **err)
{
	char name[GNV_STORE_LAYER_LEN];
	struct stat st;

	layer_name(diff_id, name);
	if (!fstatat(store->fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return 1;
	if (errno == ENOENT)
		return 0;
	return gnv_error_errno(err, errno, "look for `%s` in the store", name);
}

int gnv_store_layer_begin(struct gnv_store *store, const struct gnv_digest *diff_id,
			  void (*waiting)(void *data), void *data, int *ret_lock, int *ret_fd,
			  struct gnv_error **err)
{
	_cleanup_close_ int lock = -EBADF;
	char name[GNV_STORE_TMP_LEN];
	int r = layer_exists(store, diff_id, err);

	if (r)
		return r < 0 ? r : 0;
	lock = open_lock(store);
	if (lock < 0)
		return gnv_error_errno(err, -lock, "open the store's lock");
	r = lock_range(lock, F_OFD_SETLK, F_WRLCK, layer_offset(diff_id));
	if (r == -EAGAIN) {
		if (waiting)
			waiting(data);
		r = lock_range(lock, F_OFD_SETLKW, F_WRLCK, layer_offset(diff_id));
	}
	if (r < 0)
		return gnv_error_errno(err, -r, "lock layer %s", diff_id->text);
	/* Again: who held the lock until now may have made it. */
	r = layer_exists(store, diff_id, err);
	if (r)
		return r < 0 ? r : 0;

	gnv_store_tmp_name(diff_id, name);
	r = gnv_tree_remove(store->fd, name, err);
	if (r < 0)
		return r;
	if (mkdirat(store->fd, name, 0700) < 0)
		return gnv_error_errno(err, errno, "create `%s` in the store", name);
	*ret_fd = openat(store->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*ret_fd < 0)
		return gnv_error_errno(err, errno, "open `%s` in the store", name);
	*ret_lock = STEAL_FD(lock);
	return 1;
}

int gnv_store_layer_commit(struct gnv_store *store, const struct gnv_digest *diff_id,
			   int layer_fd, struct gnv_error **err)
{
	_cleanup_close_ int parent = -EBADF;
	char from[GNV_STORE_TMP_LEN], to[GNV_STORE_LAYER_LEN];

	gnv_store_tmp_name(diff_id, from);
	layer_name(diff_id, to);
	/*
	 * All bytes first, then the name, then the name's own bytes: after a power
	 * failure a layer is whole or not there.
	 */
	if (syncfs(layer_fd) < 0)
		return gnv_error_errno(err, errno, "write the layer to the disk");
	if (renameat(store->fd, from, store->fd, to) < 0)
		return gnv_error_errno(err, errno, "rename `%s` to `%s` in the store", from, to);
	*strrchr(to, '/') = '\0';
	parent = openat(store->fd, to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0 || fsync(parent) < 0)
		return gnv_error_errno(err, errno, "write `%s` to the disk", to);
	return 0;
}

void gnv_store_layer_abort(struct gnv_store *store, const struct gnv_digest *diff_id)
{
	char name[GNV_STORE_TMP_LEN];

	/* What stays is cleared by the next process that opens the store. */
	gnv_tree_remove(store->fd, gnv_store_tmp_name(diff_id, name), NULL);
}
