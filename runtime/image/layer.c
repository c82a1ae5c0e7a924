// SPDX-License-Identifier: MIT
/*
 * From a blob in a source to a directory in the store.
 */
#include "image/layer.h"

#include "base/parse.h"
#include "image/blob.h"
#include "image/unpack.h"

struct work {
	const struct gnv_progress *progress;
	size_t number, total;
};

static void tell(const struct work *work, const char *doing, const char *detail)
{
	char text[128];

	if (!work->progress->tell)
		return;
	snprintf(text, sizeof(text), "%s layer %zu/%zu (%s)", doing, work->number, work->total,
		 detail);
	work->progress->tell(text, work->progress->data);
}

static void tell_waiting(void *data)
{
	tell(data, "waiting for", "another process is unpacking it");
}

static ssize_t read_blob(void *data, const void **ret, struct gnv_error **err)
{
	return gnv_blob_read(data, ret, err);
}

/*
 * The digests are known only when all is unpacked; until then nobody else sees
 * the directory.
 */
static int unpack(struct gnv_source *source, const struct gnv_layer_blob *layer, int dir_fd,
		  const struct work *work, struct gnv_error **err)
{
	_cleanup_member_ struct gnv_member *member = NULL;
	_cleanup_blob_ struct gnv_blob *blob = NULL;
	char size[GNV_BYTES_LEN];
	int r;

	r = gnv_source_member(source, layer->member, &member, err);
	if (r < 0)
		return r;
	if (layer->is_described && gnv_member_size(member) != layer->size)
		return gnv_error_set(err, EBADMSG, "its blob has %llu bytes, it should have %llu",
				     (unsigned long long)gnv_member_size(member),
				     (unsigned long long)layer->size);
	tell(work, "unpacking", gnv_format_bytes(gnv_member_size(member), size));
	r = gnv_blob_open(member, layer->is_described ? &layer->digest : NULL, &layer->diff_id,
			  GNV_LAYER_BYTES_MAX, &blob, err);
	if (r < 0)
		return r;
	r = gnv_unpack(dir_fd, read_blob, blob, err);
	if (!r)
		r = gnv_blob_finish(blob, err);
	return r < 0 ? gnv_blob_explain(blob, r, err) : 0;
}

int gnv_layer_get(struct gnv_store *store, struct gnv_source *source,
		  const struct gnv_layer_blob *layer, size_t number, size_t total,
		  const struct gnv_progress *progress, struct gnv_error **err)
{
	struct work work = { .progress = progress, .number = number, .total = total };
	_cleanup_close_ int lock = -EBADF, dir_fd = -EBADF;
	int r;

	r = gnv_store_layer_begin(store, &layer->diff_id, tell_waiting, &work, &lock, &dir_fd,
				  err);
	if (r <= 0)
		return gnv_error_wrap(err, r, "layer %zu/%zu", number, total);
	r = unpack(source, layer, dir_fd, &work, err);
	if (!r)
		r = gnv_store_layer_commit(store, &layer->diff_id, dir_fd, err);
	if (r < 0)
		gnv_store_layer_abort(store, &layer->diff_id);
	return gnv_error_wrap(err, r, "layer %zu/%zu", number, total);
}
