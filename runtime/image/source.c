// SPDX-License-Identifier: MIT
/*
 * Members of a directory or of a tar archive.
 */
#include "image/source.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "image/reading.h"
#include "image/quote.h"

/* Archives of images have a few members for each layer. */
#define MEMBERS_MAX 65536
/* From one member by symbolic links to another; `docker save` makes one step. */
#define LINKS_MAX   8
#define READ_BYTES  (64 * 1024)

struct gnv_source {
	int fd;
	bool is_directory;
};

struct gnv_member {
	uint64_t size;
	int fd; /* of a directory */
	struct archive *archive; /* of an archive, which stands at its data */
};

int gnv_source_open(const char *path, struct gnv_source **ret, struct gnv_error **err)
{
	/* The user's own argument: links in it are the user's business.  Not to
	 * wait for the writer of a FIFO. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct gnv_source *source;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return gnv_error_errno(err, errno, "open `%s`", path);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return gnv_error_set(err, EINVAL,
				     "`%s` is neither a directory nor a regular file", path);
	source = calloc(1, sizeof(*source));
	if (!source)
		return gnv_error_errno(err, ENOMEM, "open `%s`", path);
	source->is_directory = S_ISDIR(st.st_mode);
	source->fd = STEAL_FD(fd);
	*ret = source;
	return 0;
}

void gnv_source_free(struct gnv_source *source)
{
	if (!source)
		return;
	gnv_close(&source->fd);
	free(source);
}

bool gnv_source_is_directory(const struct gnv_source *source)
{
	return source->is_directory;
}

static int find_in_directory(struct gnv_source *source, const char *name,
			     struct gnv_member *member, struct gnv_error **err)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	struct stat st;

	member->fd = (int)syscall(SYS_openat2, source->fd, name, &how, sizeof(how));
	if (member->fd < 0 && errno == ELOOP)
		return gnv_error_set(err, ELOOP, "`%s` is or lies behind a symbolic link", name);
	if (member->fd < 0 || fstat(member->fd, &st) < 0)
		return gnv_error_errno(err, errno, "open `%s`", name);
	if (!S_ISREG(st.st_mode))
		return gnv_error_set(err, EINVAL, "`%s` is not a regular file", name);
	member->size = (uint64_t)st.st_size;
	return 0;
}

static int archive_failure(struct archive *archive, struct gnv_error **err)
{
	char text[GNV_QUOTE_LEN];
	const char *why = archive_error_string(archive);

	return gnv_error_set(err, EINVAL, "read it as a tar archive: %s",
			     gnv_quote(why ? why : "it is broken", text));
}

static int rewind_archive(struct gnv_source *source, struct archive **ret,
			  struct gnv_error **err)
{
	char head[GNV_ARCHIVE_MAGIC_LEN];
	struct archive *archive;
	ssize_t n = pread(source->fd, head, sizeof(head), 0);
	int filter;

	if (n < 0 || lseek(source->fd, 0, SEEK_SET) < 0)
		return gnv_error_errno(err, errno, "read the archive");
	archive = archive_read_new();
	if (!archive)
		return gnv_error_errno(err, ENOMEM, "read the archive");
	filter = gnv_archive_filter(head, (size_t)n);
	if ((filter != ARCHIVE_FILTER_NONE &&
	     gnv_archive_failed(archive_read_append_filter(archive, filter))) ||
	    gnv_archive_failed(archive_read_support_format_tar(archive)) ||
	    gnv_archive_failed(archive_read_open_fd(archive, source->fd, READ_BYTES))) {
		int r = archive_failure(archive, err);

		archive_read_free(archive);
		return r;
	}
	*ret = archive;
	return 0;
}

/* Names of members are written with and without "./" in front. */
static const char *plain_name(const char *name)
{
	while (name[0] == '.' && name[1] == '/')
		name += 2 + strspn(name + 2, "/");
	return name;
}

/*
 * Where a symbolic link at @name leads within the archive, as text: "a/b" with
 * "../c/d" is "c/d".  -EINVAL: out of it.
 */
static int follow_link(const char *name, const char *target, char **ret)
{
	const char *slash = strrchr(name, '/');
	char *path, *out;
	const char *in;

	if (asprintf(&path, "%.*s%s", slash ? (int)(slash - name + 1) : 0, name, target) < 0)
		return -ENOMEM;
	/* In place: what is written is never longer than what was read. */
	for (in = out = path; *in;) {
		size_t length = strcspn(in, "/");

		if (length == 2 && !memcmp(in, "..", 2)) {
			if (out == path) {
				free(path);
				return -EINVAL;
			}
			for (out--; out > path && out[-1] != '/'; out--)
				;
		} else if (length && !(length == 1 && *in == '.')) {
			memmove(out, in, length);
			out += length;
			*out++ = in[length] ? '/' : '\0';
		}
		in += length;
		in += strspn(in, "/");
	}
	if (out > path)
		out[-1] = '\0';
	*out = '\0';
	*ret = path;
	return 0;
}

/*
 * Return: 1 @archive stands at the regular member @name, 2 it is a link and
 * *ret_link its target within the archive, 0 not there, or -errno.
 */
static int seek_member(struct archive *archive, const char *name, uint64_t *ret_size,
		       char **ret_link, struct gnv_error **err)
{
	struct archive_entry *entry;
	const char *target;
	unsigned int count;
	int r;

	for (count = 0; count < MEMBERS_MAX; count++) {
		const char *path;

		r = archive_read_next_header(archive, &entry);
		if (r == ARCHIVE_EOF)
			return 0;
		if (gnv_archive_failed(r))
			return archive_failure(archive, err);
		path = archive_entry_pathname(entry);
		if (!path || strcmp(plain_name(path), name) != 0)
			continue;

		target = archive_entry_hardlink(entry);
		if (target) {
			*ret_link = strdup(plain_name(target));
			return *ret_link ? 2 : gnv_error_errno(err, ENOMEM, "open `%s`", name);
		}
		target = archive_entry_symlink(entry);
		if (target) {
			r = follow_link(name, target, ret_link);
			return r < 0 ? gnv_error_set(err, -r, "the link `%s` leads nowhere", name) :
				       2;
		}
		if (archive_entry_filetype(entry) != AE_IFREG)
			return gnv_error_set(err, EINVAL, "`%s` is not a regular file", name);
		*ret_size = (uint64_t)archive_entry_size(entry);
		return 1;
	}
	return gnv_error_set(err, EINVAL, "the archive has more than %d members", MEMBERS_MAX);
}

static int find_in_archive(struct gnv_source *source, const char *name,
			   struct gnv_member *member, struct gnv_error **err)
{
	_cleanup_free_ char *link = NULL;
	char shown[GNV_QUOTE_LEN];
	int links, r;

	for (links = 0; links <= LINKS_MAX; links++) {
		_cleanup_free_ char *previous = STEAL_PTR(link);

		if (member->archive)
			archive_read_free(STEAL_PTR(member->archive));
		r = rewind_archive(source, &member->archive, err);
		if (r < 0)
			return r;
		r = seek_member(member->archive, previous ? previous : name, &member->size, &link,
				err);
		if (r == 0)
			return gnv_error_set(err, ENOENT, "the archive has no `%s`",
					     gnv_quote(previous ? previous : name, shown));
		if (r != 2)
			return r < 0 ? r : 0;
	}
	return gnv_error_set(err, ELOOP, "`%s` is a link of too many steps", name);
}

int gnv_source_member(struct gnv_source *source, const char *name, struct gnv_member **ret,
		      struct gnv_error **err)
{
	_cleanup_member_ struct gnv_member *member = calloc(1, sizeof(*member));
	int r;

	if (!member)
		return gnv_error_errno(err, ENOMEM, "open `%s`", name);
	member->fd = -EBADF;
	r = source->is_directory ? find_in_directory(source, name, member, err) :
				   find_in_archive(source, name, member, err);
	if (r < 0)
		return r;
	*ret = STEAL_PTR(member);
	return 0;
}

void gnv_member_free(struct gnv_member *member)
{
	if (!member)
		return;
	if (member->archive)
		archive_read_free(member->archive);
	gnv_close(&member->fd);
	free(member);
}

int gnv_source_has(struct gnv_source *source, const char *name, struct gnv_error **err)
{
	_cleanup_error_ struct gnv_error *local = NULL;
	_cleanup_member_ struct gnv_member *member = NULL;
	int r = gnv_source_member(source, name, &member, &local);

	if (r == -ENOENT)
		return 0;
	if (r < 0) {
		if (err)
			*err = STEAL_PTR(local);
		return r;
	}
	return 1;
}

uint64_t gnv_member_size(const struct gnv_member *member)
{
	return member->size;
}

ssize_t gnv_member_read(struct gnv_member *member, void *buf, size_t size,
			struct gnv_error **err)
{
	size_t done = 0;
	ssize_t n;

	if (member->archive) {
		n = archive_read_data(member->archive, buf, size);
		return n < 0 ? archive_failure(member->archive, err) : n;
	}
	while (done < size) {
		n = read(member->fd, (char *)buf + done, size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return gnv_error_errno(err, errno, "read it");
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int gnv_source_read(struct gnv_source *source, const char *name, size_t limit, char **ret,
		    size_t *ret_length, struct gnv_error **err)
{
	_cleanup_member_ struct gnv_member *member = NULL;
	_cleanup_free_ char *text = NULL;
	ssize_t n;
	int r;

	r = gnv_source_member(source, name, &member, err);
	if (r < 0)
		return r;
	if (member->size > limit)
		return gnv_error_set(err, E2BIG, "`%s` has %llu bytes, more than the %zu allowed",
				     name, (unsigned long long)member->size, limit);
	text = malloc((size_t)member->size + 1);
	if (!text)
		return gnv_error_errno(err, ENOMEM, "read `%s`", name);
	n = gnv_member_read(member, text, (size_t)member->size, err);
	if (n < 0)
		return gnv_error_wrap(err, (int)n, "read `%s`", name);
	text[n] = '\0';
	*ret = STEAL_PTR(text);
	*ret_length = (size_t)n;
	return 0;
}
