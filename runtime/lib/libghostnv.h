/* SPDX-License-Identifier: MIT */
/*
 * libghostnv: the C library over /dev/ghostnv.  A thin, honest layer: one function
 * for each ioctl, -errno as the return value, no output, no abort, no state but
 * the open file.  Thread-safe in that calls on one handle may go side by side.
 *
 * Structures and constants are those of <linux/ghostnv.h>; the `size` field is
 * set by the library, so callers give zeroed structures.  Errors are that
 * header's unless a function says more.
 */
#ifndef LIBGHOSTNV_H
#define LIBGHOSTNV_H

#include <linux/ghostnv.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ghostnv;

/* Open /dev/ghostnv.  -ENOENT or -ENODEV: the module is not loaded. */
int ghostnv_open(struct ghostnv **ret);
void ghostnv_close(struct ghostnv *module);

/* The file, for poll(): readable when an event waits. */
int ghostnv_get_fd(const struct ghostnv *module);

int ghostnv_version_get(struct ghostnv *module, struct ghostnv_version *ret);

/* GPUs: by index, or the next one at or above @index (-ENOENT: none). */
int ghostnv_gpu_get(struct ghostnv *module, uint32_t index, struct ghostnv_gpu *ret);
int ghostnv_gpu_next(struct ghostnv *module, uint32_t index, struct ghostnv_gpu *ret);

int ghostnv_container_create(struct ghostnv *module, int cgroup_fd, uint64_t gpus,
			     uint64_t vram_max_bytes, uint64_t *ret_id);
/* @cgroup_fd -1: the caller's own. */
int ghostnv_container_find(struct ghostnv *module, int cgroup_fd, uint64_t *ret_id);
/* The container with the next larger id than @id (0 to begin). */
int ghostnv_container_next(struct ghostnv *module, uint64_t id, uint64_t *ret_id);
int ghostnv_container_destroy(struct ghostnv *module, uint64_t id);

int ghostnv_limit_set(struct ghostnv *module, uint64_t id, uint32_t limit, uint32_t gpu,
		      uint64_t value);
int ghostnv_limit_get(struct ghostnv *module, uint64_t id, uint32_t limit, uint32_t gpu,
		      uint64_t *ret_value);

int ghostnv_stats_get(struct ghostnv *module, uint64_t id, uint32_t gpu,
		      struct ghostnv_stats *ret);

/* Events of @id and below, 0: all.  Then poll() and ghostnv_event_read(). */
int ghostnv_event_subscribe(struct ghostnv *module, uint64_t id);
/* One event; blocks.  -EINTR, or -EAGAIN where the file is non-blocking. */
int ghostnv_event_read(struct ghostnv *module, struct ghostnv_event *ret);

#ifdef __cplusplus
}
#endif

#endif /* LIBGHOSTNV_H */
