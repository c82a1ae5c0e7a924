// SPDX-License-Identifier: MIT
/*
 * libghostnv: the ioctls of /dev/ghostnv as functions.  Owns the open file;
 * prints nothing and decides nothing.
 */
#include "lib/libghostnv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct ghostnv {
	int fd;
};

int ghostnv_open(struct ghostnv **ret)
{
	struct ghostnv *module = malloc(sizeof(*module));
	int r;

	if (!module)
		return -ENOMEM;
	module->fd = open("/dev/ghostnv", O_RDWR | O_CLOEXEC);
	if (module->fd < 0 && (errno == EACCES || errno == EPERM))
		module->fd = open("/dev/ghostnv", O_RDONLY | O_CLOEXEC);
	if (module->fd < 0) {
		r = -errno;
		free(module);
		return r == -ENXIO ? -ENODEV : r;
	}
	*ret = module;
	return 0;
}

void ghostnv_close(struct ghostnv *module)
{
	if (!module)
		return;
	close(module->fd);
	free(module);
}

int ghostnv_get_fd(const struct ghostnv *module)
{
	return module->fd;
}

static int call(struct ghostnv *module, unsigned long request, void *argument)
{
	return ioctl(module->fd, request, argument) < 0 ? -errno : 0;
}

int ghostnv_version_get(struct ghostnv *module, struct ghostnv_version *ret)
{
	ret->size = sizeof(*ret);
	return call(module, GHOSTNV_IOC_VERSION, ret);
}

int ghostnv_gpu_get(struct ghostnv *module, uint32_t index, struct ghostnv_gpu *ret)
{
	ret->size = sizeof(*ret);
	ret->index = index;
	return call(module, GHOSTNV_IOC_GPU, ret);
}

int ghostnv_gpu_next(struct ghostnv *module, uint32_t index, struct ghostnv_gpu *ret)
{
	int r;

	for (; index < GHOSTNV_GPUS_MAX; index++) {
		r = ghostnv_gpu_get(module, index, ret);
		if (r != -ENOENT)
			return r;
	}
	return -ENOENT;
}

int ghostnv_container_create(struct ghostnv *module, int cgroup_fd, uint64_t gpus,
			     uint64_t vram_max_bytes, uint64_t *ret_id)
{
	struct ghostnv_container_create create = {
		.size = sizeof(create),
		.cgroup_fd = cgroup_fd,
		.gpus = gpus,
		.vram_max_bytes = vram_max_bytes,
	};
	int r = call(module, GHOSTNV_IOC_CONTAINER_CREATE, &create);

	if (!r)
		*ret_id = create.id;
	return r;
}

int ghostnv_container_find(struct ghostnv *module, int cgroup_fd, uint64_t *ret_id)
{
	struct ghostnv_container_find find = {
		.size = sizeof(find),
		.cgroup_fd = cgroup_fd,
	};
	int r = call(module, GHOSTNV_IOC_CONTAINER_FIND, &find);

	if (!r)
		*ret_id = find.id;
	return r;
}

int ghostnv_container_next(struct ghostnv *module, uint64_t id, uint64_t *ret_id)
{
	struct ghostnv_container_next next = { .size = sizeof(next), .id = id };
	int r = call(module, GHOSTNV_IOC_CONTAINER_NEXT, &next);

	if (!r)
		*ret_id = next.id;
	return r;
}

int ghostnv_container_destroy(struct ghostnv *module, uint64_t id)
{
	struct ghostnv_container_destroy destroy = { .size = sizeof(destroy), .id = id };

	return call(module, GHOSTNV_IOC_CONTAINER_DESTROY, &destroy);
}

int ghostnv_limit_set(struct ghostnv *module, uint64_t id, uint32_t limit, uint32_t gpu,
		      uint64_t value)
{
	struct ghostnv_limit set = {
		.size = sizeof(set),
		.limit = limit,
		.gpu = gpu,
		.id = id,
		.value = value,
	};

	return call(module, GHOSTNV_IOC_LIMIT_SET, &set);
}

int ghostnv_limit_get(struct ghostnv *module, uint64_t id, uint32_t limit, uint32_t gpu,
		      uint64_t *ret_value)
{
	struct ghostnv_limit get = {
		.size = sizeof(get),
		.limit = limit,
		.gpu = gpu,
		.id = id,
	};
	int r = call(module, GHOSTNV_IOC_LIMIT_GET, &get);

	if (!r)
		*ret_value = get.value;
	return r;
}

int ghostnv_stats_get(struct ghostnv *module, uint64_t id, uint32_t gpu,
		      struct ghostnv_stats *ret)
{
	ret->size = sizeof(*ret);
	ret->id = id;
	ret->gpu = gpu;
	return call(module, GHOSTNV_IOC_STATS, ret);
}

int ghostnv_event_subscribe(struct ghostnv *module, uint64_t id)
{
	struct ghostnv_subscribe subscribe = { .size = sizeof(subscribe), .id = id };

	return call(module, GHOSTNV_IOC_SUBSCRIBE, &subscribe);
}

int ghostnv_event_read(struct ghostnv *module, struct ghostnv_event *ret)
{
	struct ghostnv_event event;
	ssize_t n = read(module->fd, &event, sizeof(event));

	if (n < 0)
		return -errno;
	if (n != sizeof(event))
		return -EPROTO;
	*ret = event;
	return 0;
}
