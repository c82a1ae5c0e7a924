// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Video memory as a dma-buf; see dmabuf.h.
 *
 * The driver duplicates the memory into a client of its own and asks nobody
 * whether the caller may: who names a client and its memory gets it.  So it is
 * here.  Bytes cannot be reached through it, as there is no BAR to map.
 */
#include <linux/kernel.h>
#include <linux/mm.h>

#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"

#include "compat/sim_kernel.h"

#include "dmabuf.h"
#include "gpu.h"
#include "memory.h"
#include "rm.h"
#include "sim.h"

#ifdef CONFIG_DMA_SHARED_BUFFER
#include <linux/dma-buf.h>
#include <linux/fcntl.h>
#include <linux/slab.h>

SIM_IMPORT_NS(DMA_BUF);

/**
 * struct part - a piece of memory in a dma-buf
 * @memory: with a reference; NULL while it is not there
 * @bytes: how much of it
 */
struct part {
	struct sim_memory *memory;
	u64 bytes;
};

/**
 * struct buffer - one dma-buf; protected by sim_rm_lock
 * @gpu: whose memory it is, with a reference
 * @total_bytes: of all parts, once all are there
 * @bytes: of those that are there
 * @total: how many parts there shall be
 * @count: how many there are
 * @parts: of them
 */
struct buffer {
	struct sim_gpu *gpu;
	u64 total_bytes;
	u64 bytes;
	u32 total;
	u32 count;
	struct part parts[];
};

/* What is the same in both forms of the structure, and where the rest is. */
struct request {
	struct nv_ioctl_export_to_dma_buf_fd_t *api;
	const u32 *handles;
	const u64 *offsets;
	const u64 *sizes;
};

static void look_at(void *params, struct request *request)
{
	struct nv_ioctl_export_to_dma_buf_fd_t_R580 *new = params;
	struct nv_ioctl_export_to_dma_buf_fd_t *old = params;
	bool is_new = sim_config.branch->export_to_dmabuf.size == sizeof(*new);

	request->api = old;
	request->handles = is_new ? new->handles : old->handles;
	request->offsets = is_new ? new->offsets : old->offsets;
	request->sizes = is_new ? new->sizes : old->sizes;
}

static u32 find_memory(const struct buffer *buffer, u32 hclient, u32 hmemory,
		       u64 offset, u64 bytes, struct sim_memory **memory)
{
	struct sim_client *client;
	struct sim_object *object;
	u32 status;

	status = sim_client_find(hclient, &client);
	if (status != NV_OK)
		return status;
	status = sim_object_find(client, hmemory, &object);
	if (status != NV_OK)
		return status;
	if (!object->memory)
		return NV_ERR_INVALID_OBJECT;
	if (object->memory->gpu != buffer->gpu)
		return NV_ERR_INVALID_OBJECT_PARENT;
	if (!PAGE_ALIGNED(offset) || !PAGE_ALIGNED(bytes) || !bytes ||
	    !object->memory->video || bytes > object->memory->bytes ||
	    offset > object->memory->bytes - bytes)
		return NV_ERR_INVALID_ARGUMENT;
	*memory = object->memory;
	return NV_OK;
}

static void remove_parts(struct buffer *buffer, u32 first, u32 count)
{
	struct part *part;

	for (part = &buffer->parts[first]; count--; part++) {
		if (!part->memory)
			continue;
		sim_memory_put(part->memory);
		buffer->bytes -= part->bytes;
		buffer->count--;
		part->memory = NULL;
	}
}

static u32 add_part(struct buffer *buffer, const struct request *request, u32 i)
{
	struct part *part = &buffer->parts[request->api->index + i];
	struct sim_memory *memory;
	u32 status;

	if (part->memory)
		return NV_ERR_IN_USE;
	if (request->sizes[i] > buffer->total_bytes - buffer->bytes)
		return NV_ERR_INVALID_ARGUMENT;
	status = find_memory(buffer, request->api->hClient, request->handles[i],
			     request->offsets[i], request->sizes[i], &memory);
	if (status != NV_OK)
		return status;
	part->memory = sim_memory_get(memory);
	part->bytes = request->sizes[i];
	buffer->bytes += part->bytes;
	buffer->count++;
	return NV_OK;
}

static u32 add_parts(struct buffer *buffer, const struct request *request)
{
	u32 status = NV_OK, i;

	mutex_lock(&sim_rm_lock);
	for (i = 0; i < request->api->numObjects && status == NV_OK; i++)
		status = add_part(buffer, request, i);
	/* The last one may be what failed, and is not ours then. */
	if (status != NV_OK)
		i--;
	else if (buffer->count == buffer->total &&
		 buffer->bytes != buffer->total_bytes)
		status = NV_ERR_INVALID_ARGUMENT;
	if (status != NV_OK)
		remove_parts(buffer, request->api->index, i);
	mutex_unlock(&sim_rm_lock);
	return status;
}

static void free_buffer(struct buffer *buffer)
{
	mutex_lock(&sim_rm_lock);
	remove_parts(buffer, 0, buffer->total);
	mutex_unlock(&sim_rm_lock);
	sim_gpu_put(buffer->gpu);
	kvfree(buffer);
}

static void release(struct dma_buf *buf)
{
	free_buffer(buf->priv);
}

static struct sg_table *map(struct dma_buf_attachment *attachment,
			    enum dma_data_direction direction)
{
	return ERR_PTR(-ENXIO);
}

static void unmap(struct dma_buf_attachment *attachment, struct sg_table *table,
		  enum dma_data_direction direction)
{
}

static const struct dma_buf_ops dmabuf_ops = {
	.map_dma_buf = map,
	.unmap_dma_buf = unmap,
	.release = release,
};

static struct buffer *alloc_buffer(struct sim_gpu *gpu,
				   const struct nv_ioctl_export_to_dma_buf_fd_t *api)
{
	struct buffer *buffer;

	buffer = kvzalloc(struct_size(buffer, parts, api->totalObjects),
			  GFP_KERNEL | __GFP_NOWARN);
	if (!buffer)
		return NULL;
	buffer->gpu = sim_gpu_get(gpu);
	buffer->total_bytes = api->totalSize;
	buffer->total = api->totalObjects;
	return buffer;
}

static u32 wrap(struct buffer *buffer, s32 *fd)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *buf;

	info.ops = &dmabuf_ops;
	info.size = buffer->total_bytes;
	info.flags = O_RDWR | O_CLOEXEC;
	info.priv = buffer;
	buf = dma_buf_export(&info);
	if (IS_ERR(buf)) {
		free_buffer(buffer);
		return NV_ERR_OPERATING_SYSTEM;
	}
	/* From here on the buffer goes with the dma-buf. */
	*fd = dma_buf_fd(buf, O_RDWR | O_CLOEXEC);
	if (*fd >= 0)
		return NV_OK;
	dma_buf_put(buf);
	return NV_ERR_OPERATING_SYSTEM;
}

static u32 create(struct sim_gpu *gpu, const struct request *request)
{
	struct nv_ioctl_export_to_dma_buf_fd_t *api = request->api;
	struct buffer *buffer;
	u32 status;
	s32 fd;

	if (api->index > api->totalObjects - api->numObjects)
		return NV_ERR_INVALID_ARGUMENT;
	buffer = alloc_buffer(gpu, api);
	if (!buffer)
		return NV_ERR_NO_MEMORY;
	status = add_parts(buffer, request);
	if (status != NV_OK) {
		free_buffer(buffer);
		return status;
	}
	status = wrap(buffer, &fd);
	if (status == NV_OK)
		api->fd = fd;
	return status;
}

static u32 add(const struct request *request)
{
	struct nv_ioctl_export_to_dma_buf_fd_t *api = request->api;
	struct dma_buf *buf = dma_buf_get(api->fd);
	u32 status = NV_ERR_INVALID_ARGUMENT;
	struct buffer *buffer;

	if (IS_ERR(buf))
		return NV_ERR_OPERATING_SYSTEM;
	if (buf->ops == &dmabuf_ops) {
		buffer = buf->priv;
		if (buffer->total >= api->numObjects &&
		    api->index <= buffer->total - api->numObjects)
			status = add_parts(buffer, request);
	}
	dma_buf_put(buf);
	return status;
}

/**
 * sim_dmabuf_export() - NV_ESC_EXPORT_TO_DMABUF_FD
 * @gpu: of the node that it came through
 * @params: the structure of the branch that is spoken; fd is written to
 *
 * Context: process; takes sim_rm_lock.
 * Return: NV_OK or the status that the driver gives.
 */
u32 sim_dmabuf_export(struct sim_gpu *gpu, void *params)
{
	struct nv_ioctl_export_to_dma_buf_fd_t *api;
	struct request request;

	look_at(params, &request);
	api = request.api;
	if (!api->totalSize || !api->numObjects || !api->totalObjects ||
	    api->numObjects > NV_DMABUF_EXPORT_MAX_HANDLES ||
	    api->numObjects > api->totalObjects || api->fd < -1)
		return NV_ERR_INVALID_ARGUMENT;
	return api->fd == -1 ? create(gpu, &request) : add(&request);
}

#else

/**
 * sim_dmabuf_export() - NV_ESC_EXPORT_TO_DMABUF_FD on a kernel without dma-buf
 * @gpu: of the node that it came through
 * @params: the structure
 *
 * Context: any.
 * Return: NV_ERR_NOT_SUPPORTED, as the driver.
 */
u32 sim_dmabuf_export(struct sim_gpu *gpu, void *params)
{
	return NV_ERR_NOT_SUPPORTED;
}

#endif
