// SPDX-License-Identifier: MIT
/*
 * Entries of a tar stream, read by libarchive, become files.
 */
#include "image/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <linux/xattr.h>

#include "image/entry_name.h"
#include "image/layer_dir.h"
#include "image/quote.h"
#include "image/reading.h"

/* For the times of directories, which are set last; real images need a tenth. */
#define TIMES_BYTES_MAX ((size_t)64 << 20)

struct directory_time {
	char *path;
	struct timespec mtime;
};

struct unpacking {
	struct gnv_layer_dir dir;
	struct archive *archive;
	gnv_unpack_read read;
	void *data;
	struct gnv_error *failure; /* of @read */
	struct directory_time *times;
	size_t n_times, times_room, times_bytes;
};

static la_ssize_t feed(struct archive *archive, void *data, const void **ret)
{
	struct unpacking *u = data;
	ssize_t n = u->read(u->data, ret, &u->failure);

	if (n < 0)
		archive_set_error(archive, (int)-n, "reading failed");
	return n < 0 ? -1 : n;
}

static int archive_failure(struct unpacking *u, struct gnv_error **err)
{
	char text[GNV_QUOTE_LEN];
	const char *why = archive_error_string(u->archive);

	if (u->failure) {
		int r = -gnv_error_number(u->failure);

		if (err)
			*err = STEAL_PTR(u->failure);
		return r;
	}
	return gnv_error_set(err, EINVAL, "it is a broken tar archive: %s",
			     gnv_quote(why ? why : "it cannot be read", text));
}

/*
 * File capabilities and what programs keep for themselves.  Never what the host's
 * kernel would take for its own: overlayfs's marks, labels of security modules.
 */
static bool keeps_xattr(const char *name)
{
	if (!strcmp(name, XATTR_NAME_CAPS))
		return true;
	return !strncmp(name, XATTR_USER_PREFIX, XATTR_USER_PREFIX_LEN) &&
	       strncmp(name, "user.overlay.", strlen("user.overlay.")) != 0;
}

static int set_xattrs(int fd, struct archive_entry *entry, struct gnv_error **err)
{
	char shown[GNV_QUOTE_LEN];
	const char *name;
	const void *value;
	size_t size;

	archive_entry_xattr_reset(entry);
	while (!archive_entry_xattr_next(entry, &name, &value, &size)) {
		if (!keeps_xattr(name) || !fsetxattr(fd, name, value, size, 0))
			continue;
		/* tmpfs has no user attributes before Linux 6.6; programs know that. */
		if (errno == EOPNOTSUPP && strcmp(name, XATTR_NAME_CAPS) != 0)
			continue;
		return gnv_error_errno(err, errno, "set its extended attribute `%s`",
				       gnv_quote(name, shown));
	}
	return 0;
}

static struct timespec entry_mtime(struct archive_entry *entry)
{
	struct timespec mtime = { .tv_sec = archive_entry_mtime(entry) };
	long ns = archive_entry_mtime_nsec(entry);

	if (ns >= 0 && ns < 1000000000)
		mtime.tv_nsec = ns;
	return mtime;
}

static int check_owner(struct archive_entry *entry, struct gnv_error **err)
{
	la_int64_t uid = archive_entry_uid(entry), gid = archive_entry_gid(entry);

	/* The largest 32-bit number means "leave it" to chown. */
	if (uid < 0 || uid >= UINT32_MAX || gid < 0 || gid >= UINT32_MAX)
		return gnv_error_set(err, EINVAL, "its owner %lld:%lld is out of range",
				     (long long)uid, (long long)gid);
	return 0;
}

/* Owner, then mode and attributes: chown takes set-user-ID and capabilities away. */
static int set_metadata(int fd, struct archive_entry *entry, struct gnv_error **err)
{
	if (fchown(fd, (uid_t)archive_entry_uid(entry), (gid_t)archive_entry_gid(entry)) < 0)
		return gnv_error_errno(err, errno, "set its owner");
	if (fchmod(fd, archive_entry_perm(entry) & 07777) < 0)
		return gnv_error_errno(err, errno, "set its mode");
	return set_xattrs(fd, entry, err);
}

static int remember_time(struct unpacking *u, const char *path, struct timespec mtime,
			 struct gnv_error **err)
{
	size_t bytes = strlen(path) + sizeof(struct directory_time);

	if (u->times_bytes + bytes > TIMES_BYTES_MAX)
		return gnv_error_set(err, E2BIG, "there are too many directories");
	if (u->n_times == u->times_room) {
		size_t room = u->times_room ? 2 * u->times_room : 256;
		struct directory_time *grown = reallocarray(u->times, room, sizeof(*grown));

		if (!grown)
			return gnv_error_errno(err, ENOMEM, "remember its time");
		u->times = grown;
		u->times_room = room;
	}
	u->times[u->n_times].path = strdup(path);
	if (!u->times[u->n_times].path)
		return gnv_error_errno(err, ENOMEM, "remember its time");
	u->times[u->n_times++].mtime = mtime;
	u->times_bytes += bytes;
	return 0;
}

/* Last of all, for every file that is made in a directory changes its time. */
static void set_directory_times(struct unpacking *u)
{
	size_t i;

	for (i = 0; i < u->n_times; i++) {
		struct timespec times[2] = { u->times[i].mtime, u->times[i].mtime };
		_cleanup_close_ int fd = gnv_layer_dir_open(&u->dir, u->times[i].path);

		/* A later entry may have replaced it: then it has no time of ours. */
		if (fd >= 0)
			futimens(fd, times);
	}
}

static int make_directory(struct unpacking *u, struct archive_entry *entry, int parent_fd,
			  const struct gnv_entry_name *name, struct gnv_error **err)
{
	_cleanup_close_ int fd = -EBADF;
	char path[PATH_MAX + NAME_MAX + 2];
	bool opaque = false;
	int r;

	r = gnv_layer_dir_clear(&u->dir, parent_fd, name->name, true, &opaque, err);
	if (r < 0)
		return r;
	if (mkdirat(parent_fd, name->name, 0700) < 0 && errno != EEXIST)
		return gnv_error_errno(err, errno, "create it");
	fd = openat(parent_fd, name->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return gnv_error_errno(err, errno, "create it");
	r = opaque ? gnv_layer_dir_opaque(fd, err) : 0;
	if (!r)
		r = set_metadata(fd, entry, err);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s%s%s", name->parent, *name->parent ? "/" : "", name->name);
	return remember_time(u, path, entry_mtime(entry), err);
}

static int write_at(int fd, const char *bytes, size_t length, la_int64_t offset)
{
	while (length) {
		ssize_t n = pwrite(fd, bytes, length, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		length -= (size_t)n;
		offset += n;
	}
	return 0;
}

/* Blocks with holes between them: what is not written stays a hole. */
static int write_content(struct unpacking *u, struct archive_entry *entry, int fd,
			 struct gnv_error **err)
{
	const void *bytes;
	la_int64_t offset;
	size_t length;
	int r;

	while ((r = archive_read_data_block(u->archive, &bytes, &length, &offset)) != ARCHIVE_EOF) {
		if (gnv_archive_failed(r))
			return archive_failure(u, err);
		r = write_at(fd, bytes, length, offset);
		if (r < 0)
			return gnv_error_errno(err, -r, "write it");
	}
	if (ftruncate(fd, archive_entry_size(entry)) < 0)
		return gnv_error_errno(err, errno, "write it");
	return 0;
}

static int make_file(struct unpacking *u, struct archive_entry *entry, int parent_fd,
		     const char *name, struct gnv_error **err)
{
	struct timespec times[2] = { entry_mtime(entry), entry_mtime(entry) };
	_cleanup_close_ int fd = -EBADF;
	int r;

	fd = openat(parent_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return gnv_error_errno(err, errno, "create it");
	r = write_content(u, entry, fd, err);
	if (!r)
		r = set_metadata(fd, entry, err);
	if (!r && futimens(fd, times) < 0)
		r = gnv_error_errno(err, errno, "set its time");
	return r;
}

/*
 * Symbolic links, FIFOs and device nodes.  Devices are made as they are in the
 * image: the store is closed to all but root, and the root file system of a
 * container is mounted without devices.
 */
static int make_special(struct archive_entry *entry, int parent_fd, const char *name,
			struct gnv_error **err)
{
	struct timespec times[2] = { entry_mtime(entry), entry_mtime(entry) };
	mode_t type = archive_entry_filetype(entry);
	const char *target = archive_entry_symlink(entry);
	int r;

	if (type == AE_IFLNK)
		r = symlinkat(target ? target : "", parent_fd, name);
	else if (type == AE_IFIFO)
		r = mknodat(parent_fd, name, S_IFIFO | 0600, 0);
	else if (type == AE_IFCHR || type == AE_IFBLK)
		r = mknodat(parent_fd, name, (type == AE_IFCHR ? S_IFCHR : S_IFBLK) | 0600,
			    makedev((unsigned int)archive_entry_rdevmajor(entry),
				    (unsigned int)archive_entry_rdevminor(entry)));
	else
		return gnv_error_set(err, EINVAL, "it is of a type that a layer cannot have");
	if (!r)
		r = fchownat(parent_fd, name, (uid_t)archive_entry_uid(entry),
			     (gid_t)archive_entry_gid(entry), AT_SYMLINK_NOFOLLOW);
	/* fchmodat() follows links, but this is none, and nobody else is here. */
	if (!r && type != AE_IFLNK)
		r = fchmodat(parent_fd, name, archive_entry_perm(entry) & 07777, 0);
	if (!r)
		r = utimensat(parent_fd, name, times, AT_SYMLINK_NOFOLLOW);
	return r < 0 ? gnv_error_errno(err, errno, "create it") : 0;
}

/* The layer's own root: "./" in the stream. */
static int set_root(struct unpacking *u, struct archive_entry *entry, struct gnv_error **err)
{
	int r;

	if (archive_entry_filetype(entry) != AE_IFDIR || archive_entry_hardlink(entry))
		return gnv_error_set(err, EINVAL, "it would replace the root directory");
	r = set_metadata(u->dir.fd, entry, err);
	return r < 0 ? r : remember_time(u, "", entry_mtime(entry), err);
}

static int make_entry(struct unpacking *u, struct archive_entry *entry,
		      const struct gnv_entry_name *name, struct gnv_error **err)
{
	const char *target = archive_entry_hardlink(entry);
	mode_t type = archive_entry_filetype(entry);
	int parent_fd, r;

	r = check_owner(entry, err);
	if (r < 0)
		return r;
	if (name->kind == GNV_ENTRY_PLAIN && !name->name[0])
		return set_root(u, entry, err);
	parent_fd = gnv_layer_dir_parent(&u->dir, name->parent, err);
	if (parent_fd < 0)
		return parent_fd;
	if (name->kind == GNV_ENTRY_OPAQUE)
		return gnv_layer_dir_opaque(parent_fd, err);
	if (name->kind == GNV_ENTRY_WHITEOUT)
		return gnv_layer_dir_whiteout(parent_fd, name->name, err);
	if (target)
		return gnv_layer_dir_link(&u->dir, target, parent_fd, name->name, err);
	if (type == AE_IFDIR)
		return make_directory(u, entry, parent_fd, name, err);
	r = gnv_layer_dir_clear(&u->dir, parent_fd, name->name, false, NULL, err);
	if (r < 0)
		return r;
	if (type == AE_IFREG)
		return make_file(u, entry, parent_fd, name->name, err);
	return make_special(entry, parent_fd, name->name, err);
}

static int unpack_entry(struct unpacking *u, struct archive_entry *entry, struct gnv_error **err)
{
	const char *path = archive_entry_pathname(entry);
	char shown[GNV_QUOTE_LEN];
	struct gnv_entry_name name;
	const char *refused;
	int r;

	if (!path)
		return gnv_error_set(err, EINVAL, "it has an entry without a name");
	refused = gnv_entry_name_parse(path, &name);
	if (refused)
		r = gnv_error_set(err, EINVAL, "%s", refused);
	else if (name.kind == GNV_ENTRY_IGNORED)
		r = 0;
	else
		r = make_entry(u, entry, &name, err);
	return r < 0 ? gnv_error_wrap(err, r, "its entry `%s`", gnv_quote(path, shown)) : 0;
}

static int unpack_all(struct unpacking *u, struct gnv_error **err)
{
	struct archive_entry *entry;
	uint64_t count;
	int r;

	if (gnv_archive_failed(archive_read_support_format_tar(u->archive)) ||
	    gnv_archive_failed(archive_read_support_format_empty(u->archive)) ||
	    gnv_archive_failed(archive_read_open(u->archive, u, NULL, feed, NULL)))
		return archive_failure(u, err);
	for (count = 0; count < GNV_LAYER_ENTRIES_MAX; count++) {
		r = archive_read_next_header(u->archive, &entry);
		if (r == ARCHIVE_EOF) {
			set_directory_times(u);
			return 0;
		}
		if (gnv_archive_failed(r))
			return archive_failure(u, err);
		r = unpack_entry(u, entry, err);
		if (r < 0)
			return r;
	}
	return gnv_error_set(err, E2BIG, "it has more than %llu entries",
			     (unsigned long long)GNV_LAYER_ENTRIES_MAX);
}

static int unpack_in_locale(struct unpacking *u, struct gnv_error **err)
{
	/*
	 * Names are bytes.  In a UTF-8 locale libarchive would normalise those of pax
	 * headers; in this one it cannot convert what is not ASCII and then gives the
	 * bytes as they are.
	 */
	locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0), previous;
	int r;

	if (!plain)
		return gnv_error_errno(err, errno, "set up the C locale");
	previous = uselocale(plain);
	r = unpack_all(u, err);
	uselocale(previous);
	freelocale(plain);
	return r;
}

int gnv_unpack(int dir_fd, gnv_unpack_read read, void *data, struct gnv_error **err)
{
	struct unpacking u = { .read = read, .data = data, .archive = archive_read_new() };
	size_t i;
	int r;

	if (!u.archive)
		return gnv_error_errno(err, ENOMEM, "unpack it");
	gnv_layer_dir_init(&u.dir, dir_fd);
	/* What an entry for the root does not say. */
	if (fchmod(dir_fd, 0755) < 0)
		r = gnv_error_errno(err, errno, "set the mode of the layer's directory");
	else
		r = unpack_in_locale(&u, err);
	for (i = 0; i < u.n_times; i++)
		free(u.times[i].path);
	free(u.times);
	gnv_layer_dir_fini(&u.dir);
	gnv_error_free(u.failure);
	archive_read_free(u.archive);
	return r;
}
