// SPDX-License-Identifier: MIT
/*
 * Bytes of a member → digest → decompression by libarchive → digest.
 */
#include "image/blob.h"

#include <archive.h>
#include <archive_entry.h>

#include "base/parse.h"
#include "image/reading.h"
#include "image/quote.h"

#define READ_BYTES (256 * 1024)

struct gnv_blob {
	struct gnv_member *member;
	struct gnv_hash *stored, *plain;
	uint64_t limit, plain_bytes;
	struct archive *archive; /* NULL: not compressed */
	size_t pending; /* of @buffer: read to see the magic, not handed out yet */
	struct gnv_error *failure; /* of a read below libarchive */
	char buffer[READ_BYTES];
};

/* The next bytes as they are stored.  Return: how many, 0 at the end, -errno. */
static ssize_t read_stored(struct gnv_blob *blob, struct gnv_error **err)
{
	ssize_t n;
	int r;

	if (blob->pending) {
		n = (ssize_t)blob->pending;
		blob->pending = 0;
		return n;
	}
	n = gnv_member_read(blob->member, blob->buffer, READ_BYTES, err);
	if (n <= 0 || !blob->stored)
		return n;
	r = gnv_hash_add(blob->stored, blob->buffer, (size_t)n, err);
	return r < 0 ? r : n;
}

static la_ssize_t feed_archive(struct archive *archive, void *data, const void **ret)
{
	struct gnv_blob *blob = data;
	ssize_t n = read_stored(blob, &blob->failure);

	if (n < 0)
		archive_set_error(archive, (int)-n, "reading failed");
	*ret = blob->buffer;
	return n < 0 ? -1 : n;
}

static int decompression_failure(struct gnv_blob *blob, struct gnv_error **err)
{
	char text[GNV_QUOTE_LEN];
	const char *why = archive_error_string(blob->archive);

	if (blob->failure) {
		int r = -gnv_error_number(blob->failure);

		if (err)
			*err = STEAL_PTR(blob->failure);
		return r;
	}
	return gnv_error_set(err, EINVAL, "decompress it: %s",
			     gnv_quote(why ? why : "it is broken", text));
}

static int start_decompression(struct gnv_blob *blob, int filter, struct gnv_error **err)
{
	struct archive_entry *entry;

	blob->archive = archive_read_new();
	if (!blob->archive)
		return gnv_error_errno(err, ENOMEM, "decompress it");
	if (gnv_archive_failed(archive_read_append_filter(blob->archive, filter)) ||
	    gnv_archive_failed(archive_read_support_format_raw(blob->archive)) ||
	    gnv_archive_failed(archive_read_open(blob->archive, blob, NULL, feed_archive, NULL)) ||
	    gnv_archive_failed(archive_read_next_header(blob->archive, &entry)))
		return decompression_failure(blob, err);
	return 0;
}

int gnv_blob_open(struct gnv_member *member, const struct gnv_digest *digest,
		  const struct gnv_digest *diff_id, uint64_t limit, struct gnv_blob **ret,
		  struct gnv_error **err)
{
	_cleanup_blob_ struct gnv_blob *blob = calloc(1, sizeof(*blob));
	ssize_t n;
	int filter, r;

	if (!blob)
		return gnv_error_errno(err, ENOMEM, "read it");
	blob->member = member;
	blob->limit = limit;
	r = gnv_hash_start(diff_id, &blob->plain, err);
	if (!r && digest)
		r = gnv_hash_start(digest, &blob->stored, err);
	if (r < 0)
		return r;
	n = read_stored(blob, err);
	if (n < 0)
		return (int)n;
	blob->pending = (size_t)n;
	filter = gnv_archive_filter(blob->buffer, blob->pending);
	if (filter != ARCHIVE_FILTER_NONE) {
		r = start_decompression(blob, filter, err);
		if (r < 0)
			return gnv_blob_explain(blob, r, err);
	}
	*ret = STEAL_PTR(blob);
	return 0;
}

void gnv_blob_free(struct gnv_blob *blob)
{
	if (!blob)
		return;
	if (blob->archive)
		archive_read_free(blob->archive);
	gnv_hash_free(blob->stored);
	gnv_hash_free(blob->plain);
	gnv_error_free(blob->failure);
	free(blob);
}

static ssize_t read_decompressed(struct gnv_blob *blob, const void **ret, struct gnv_error **err)
{
	la_int64_t offset;
	size_t length;
	int r;

	do {
		r = archive_read_data_block(blob->archive, ret, &length, &offset);
		if (r == ARCHIVE_EOF)
			return 0;
		if (gnv_archive_failed(r))
			return decompression_failure(blob, err);
	} while (length == 0);
	return (ssize_t)length;
}

ssize_t gnv_blob_read(struct gnv_blob *blob, const void **ret, struct gnv_error **err)
{
	char text[GNV_BYTES_LEN];
	ssize_t n;
	int r;

	if (blob->archive) {
		n = read_decompressed(blob, ret, err);
	} else {
		n = read_stored(blob, err);
		*ret = blob->buffer;
	}
	if (n <= 0)
		return n;
	blob->plain_bytes += (uint64_t)n;
	if (blob->plain_bytes > blob->limit)
		return gnv_error_set(err, E2BIG, "it unpacks to more than the %s allowed",
				     gnv_format_bytes(blob->limit, text));
	r = gnv_hash_add(blob->plain, *ret, (size_t)n, err);
	return r < 0 ? r : n;
}

/* Read on to the end of what is stored, for its digest's sake. */
static int drain_stored(struct gnv_blob *blob, struct gnv_error **err)
{
	ssize_t n;

	do {
		n = read_stored(blob, err);
	} while (n > 0);
	return (int)n;
}

static int verify_stored(struct gnv_blob *blob, struct gnv_error **err)
{
	int r = drain_stored(blob, err);

	if (!r && blob->stored)
		r = gnv_hash_verify(blob->stored, err);
	return gnv_error_wrap(err, r, "as it is stored");
}

int gnv_blob_finish(struct gnv_blob *blob, struct gnv_error **err)
{
	const void *bytes;
	ssize_t n;
	int r;

	do {
		n = gnv_blob_read(blob, &bytes, err);
	} while (n > 0);
	if (n < 0)
		return (int)n;
	/* What is behind the end of the compressed stream counts too. */
	r = verify_stored(blob, err);
	if (r < 0)
		return r;
	r = gnv_hash_verify(blob->plain, err);
	return gnv_error_wrap(err, r, "uncompressed");
}

int gnv_blob_explain(struct gnv_blob *blob, int r, struct gnv_error **err)
{
	_cleanup_error_ struct gnv_error *reason = NULL;

	if (r != -EINVAL || verify_stored(blob, &reason) != -EBADMSG)
		return r;
	if (err) {
		gnv_error_free(*err);
		*err = STEAL_PTR(reason);
	}
	return -EBADMSG;
}
