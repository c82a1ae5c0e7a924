// SPDX-License-Identifier: MIT
/* The operations that fault_sweep does: every way into the modules that allocates. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/ghostnv.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"

#include "sweep.h"

static __u64 base_of(const struct world *w)
{
	return (__u64)(unsigned long)w->range;
}

static int good(__u32 status)
{
	return status == NV_OK || status == NV_WARN_NOTHING_TO_DO ? 0 : -1;
}

/* --- device files ------------------------------------------------------------ */

static int open_file(struct world *w, const char *path)
{
	w->file = open(path, O_RDWR | O_CLOEXEC);
	return w->file < 0 ? -1 : 0;
}

static int act_open_control(struct world *w)
{
	return open_file(w, "/dev/nvidiactl");
}

static int act_open_gpu(struct world *w)
{
	return open_file(w, "/dev/nvidia0");
}

static int act_open_uvm(struct world *w)
{
	return open_file(w, "/dev/nvidia-uvm");
}

static int act_open_ghostnv(struct world *w)
{
	return open_file(w, "/dev/ghostnv");
}

static int act_version_and_cards(struct world *w)
{
	return good(rm_open(&w->rm, "/dev"));
}

/* Closing is not refused for want of memory. */
static int act_close_all(struct world *w)
{
	uvm_close(&w->uvm);
	rm_gpu_close(&w->gpu);
	rm_close(&w->rm);
	return 0;
}

/* --- the resource manager ------------------------------------------------------ */

static int act_client(struct world *w)
{
	return good(rm_client_create(&w->rm));
}

static void undo_client(struct world *w)
{
	rm_free(&w->rm, w->rm.client, w->rm.client);
	w->rm.client = 0;
}

/* Several calls: a failure of a later one leaves what the earlier ones have made. */
static int act_gpu(struct world *w)
{
	int ret = good(rm_gpu_open(&w->rm, 0, &w->gpu));

	if (ret)
		undo_client(w);
	return ret;
}

static int allocate(struct world *w, enum rm_via via)
{
	__u64 got;

	return good(rm_memory_alloc(&w->gpu, via, SWEEP_BYTES, &w->object, &got));
}

static int act_alloc21(struct world *w)
{
	return allocate(w, RM_VIA_ALLOC21);
}

static int act_alloc64(struct world *w)
{
	return allocate(w, RM_VIA_ALLOC64);
}

static int act_vidheap(struct world *w)
{
	return allocate(w, RM_VIA_VIDHEAP);
}

static int act_alloc_wrapped(struct world *w)
{
	int ret;

	w->rm.wrap = true;
	ret = allocate(w, RM_VIA_ALLOC64);
	w->rm.wrap = false;
	return ret;
}

static int act_alloc_memory(struct world *w)
{
	__u64 limit = SWEEP_BYTES - 1;

	return good(rm_memory_alloc_old(&w->gpu, NV01_MEMORY_SYSTEM, &limit, &w->object));
}

static int act_vaspace(struct world *w)
{
	return good(rm_vaspace_create(&w->gpu, &w->object));
}

/* A channel in a group; both go with the group, which does not stay without it. */
static int act_queue(struct world *w)
{
	struct NV_CHANNEL_GROUP_ALLOCATION_PARAMETERS group = { 0 };
	struct NV_CHANNEL_ALLOC_PARAMS p = { .gpFifoEntries = 64 };
	__u32 channel = 0, status;

	status = rm_alloc(&w->rm, w->gpu.device, &w->object, KEPLER_CHANNEL_GROUP_A, &group,
			  sizeof(group));
	if (status != NV_OK)
		return good(status);
	status = rm_alloc(&w->rm, w->object, &channel, AMPERE_CHANNEL_GPFIFO_A, &p,
			  w->rm.branch->channel_alloc_size);
	if (status != NV_OK)
		rm_free(&w->rm, w->gpu.device, w->object);
	return good(status);
}

static int act_dup(struct world *w)
{
	return good(rm_dup(&w->rm, w->gpu.device, &w->object, w->rm.client, w->memory));
}

static void undo_object(struct world *w)
{
	rm_free(&w->rm, w->gpu.device, w->object);
}

static int act_free(struct world *w)
{
	return good(rm_free(&w->rm, w->gpu.device, w->memory));
}

static int act_free_device(struct world *w)
{
	return good(rm_free(&w->rm, w->rm.client, w->gpu.device));
}

static int act_free_client(struct world *w)
{
	return good(rm_free(&w->rm, w->rm.client, w->rm.client));
}

static int act_share(struct world *w)
{
	return good(rm_share_with_all(&w->rm, w->memory));
}

static int act_map(struct world *w)
{
	sweep_drop_map(&w->map);
	return good(rm_memory_map(&w->gpu, w->memory, 0, SWEEP_BYTES, &w->map));
}

static void undo_map(struct world *w)
{
	rm_memory_unmap(&w->gpu, w->memory, &w->map);
}

static int act_memory_info(struct world *w)
{
	__u64 total, left;

	return good(rm_gpu_memory_info(&w->gpu, false, &total, &left)) ||
	       good(rm_gpu_memory_info(&w->gpu, true, &total, &left)) ||
	       good(rm_gpu_heap_info(&w->gpu, &total, &left));
}

static int act_pids(struct world *w)
{
	struct NV2080_CTRL_GPU_GET_PIDS_PARAMS pids = {
		.idType = NV2080_CTRL_GPU_GET_PIDS_ID_TYPE_CLASS,
		.id = NV20_SUBDEVICE_0,
	};

	return good(rm_control(&w->rm, w->gpu.subdevice, NV2080_CTRL_CMD_GPU_GET_PIDS, &pids,
			       sizeof(pids)));
}

/* --- unified memory -------------------------------------------------------------- */

static int act_uvm(struct world *w)
{
	return good(uvm_open(&w->uvm, &w->rm, 0));
}

static void undo_uvm(struct world *w)
{
	uvm_close(&w->uvm);
}

static int act_uvm_mm(struct world *w)
{
	int ret = good(uvm_mm_initialize(&w->uvm));

	if (ret && w->uvm.mm_file >= 0) {
		close(w->uvm.mm_file);
		w->uvm.mm_file = -1;
	}
	return ret;
}

static int act_uvm_register_gpu(struct world *w)
{
	return good(uvm_register_gpu(&w->uvm, w->uuid));
}

static void undo_uvm_register_gpu(struct world *w)
{
	uvm_unregister_gpu(&w->uvm, w->uuid);
}

static int act_uvm_map(struct world *w)
{
	return good(uvm_map_external(&w->uvm, base_of(w), SWEEP_BYTES, w->uuid, w->memory));
}

static int act_uvm_unmap(struct world *w)
{
	return good(uvm_unmap_external(&w->uvm, base_of(w), SWEEP_BYTES, w->uuid));
}

static int act_uvm_free(struct world *w)
{
	return good(uvm_free(&w->uvm, base_of(w), SWEEP_BYTES));
}

static int act_uvm_unregister_space(struct world *w)
{
	return good(uvm_unregister_vaspace(&w->uvm, w->uuid));
}

/* --- /dev/ghostnv ------------------------------------------------------------------ */

static int act_create(struct world *w)
{
	struct ghostnv_container_create p = {
		.size = sizeof(p),
		.cgroup_fd = w->cgroup,
		.gpus = 1,
		.vram_max_bytes = SWEEP_BYTES,
	};
	int ret = ioctl(w->ctl, GHOSTNV_IOC_CONTAINER_CREATE, &p);

	w->child = p.id;
	return ret;
}

static void undo_create(struct world *w)
{
	struct ghostnv_container_destroy p = { .size = sizeof(p), .id = w->child };

	ioctl(w->ctl, GHOSTNV_IOC_CONTAINER_DESTROY, &p);
}

/* All of a container's life, so that also its end is met by failures. */
static int act_create_and_destroy(struct world *w)
{
	struct ghostnv_container_destroy p = { .size = sizeof(p) };
	int ret = act_create(w);

	if (ret)
		return ret;
	p.id = w->child;
	ret = ioctl(w->ctl, GHOSTNV_IOC_CONTAINER_DESTROY, &p);
	if (ret)
		undo_create(w);
	return ret;
}

static int act_create_and_rmdir(struct world *w)
{
	int ret = act_create(w);

	if (ret)
		return ret;
	ret = rmdir(SWEEP_CHILD);
	if (ret)
		undo_create(w);
	return ret;
}

static int set_and_get(struct world *w, __u32 limit, __u64 value)
{
	struct ghostnv_limit p = {
		.size = sizeof(p),
		.limit = limit,
		.gpu = 0,
		.id = w->id,
		.value = value,
	};

	if (ioctl(w->ctl, GHOSTNV_IOC_LIMIT_SET, &p))
		return -1;
	return ioctl(w->ctl, GHOSTNV_IOC_LIMIT_GET, &p);
}

static int act_limit(struct world *w)
{
	return set_and_get(w, GHOSTNV_LIMIT_VRAM_MAX, 1ULL << 30);
}

static int act_gpu_limit(struct world *w)
{
	return set_and_get(w, GHOSTNV_LIMIT_GPU_WEIGHT, 200);
}

static int act_stats(struct world *w)
{
	struct ghostnv_stats p = { .size = sizeof(p), .gpu = GHOSTNV_GPU_TOTAL, .id = w->id };

	return ioctl(w->ctl, GHOSTNV_IOC_STATS, &p);
}

static int act_find_and_next(struct world *w)
{
	struct ghostnv_container_find find = { .size = sizeof(find), .cgroup_fd = w->cgroup };
	struct ghostnv_container_next next = { .size = sizeof(next) };

	if (ioctl(w->ctl, GHOSTNV_IOC_CONTAINER_FIND, &find))
		return -1;
	return ioctl(w->ctl, GHOSTNV_IOC_CONTAINER_NEXT, &next);
}

static int act_version(struct world *w)
{
	struct ghostnv_version version = { .size = sizeof(version) };
	struct ghostnv_gpu gpu = { .size = sizeof(gpu) };

	if (ioctl(w->ctl, GHOSTNV_IOC_VERSION, &version))
		return -1;
	return ioctl(w->ctl, GHOSTNV_IOC_GPU, &gpu);
}

static int act_subscribe(struct world *w)
{
	struct ghostnv_subscribe p = { .size = sizeof(p) };

	return ioctl(w->ctl, GHOSTNV_IOC_SUBSCRIBE, &p);
}

static int act_read_event(struct world *w)
{
	struct ghostnv_event event;

	if (act_subscribe(w) || act_limit(w))
		return -1;
	fcntl(w->ctl, F_SETFL, O_NONBLOCK);
	return read(w->ctl, &event, sizeof(event)) == sizeof(event) ? 0 : -1;
}

/* --- files that tell ------------------------------------------------------------- */

/* Reads every file of a folder and of its folders. */
static int read_all(const char *path, int depth)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char name[512], text[4096];
	int ret = dir ? 0 : -1;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (entry->d_type == DT_DIR) {
			ret |= depth ? read_all(name, depth - 1) : 0;
		} else if (entry->d_type == DT_REG) {
			int file = open(name, O_RDONLY | O_CLOEXEC);

			if (file < 0 || read(file, text, sizeof(text)) < 0)
				ret = -1;
			if (file >= 0)
				close(file);
		}
	}
	if (dir)
		closedir(dir);
	return ret;
}

static int act_sysfs(struct world *w)
{
	(void)w;
	return read_all("/sys/kernel/ghostnv", 3);
}

static int act_debugfs(struct world *w)
{
	(void)w;
	return read_all("/sys/kernel/debug/ghostnv", 0);
}

static int act_sysfs_write(struct world *w)
{
	static const char limit[] = "1G";
	char path[128];
	int ret;

	snprintf(path, sizeof(path), "/sys/kernel/ghostnv/containers/%llu/vram.max", w->id);
	ret = open_file(w, path);
	if (!ret)
		ret = write(w->file, limit, sizeof(limit) - 1) > 0 ? 0 : -1;
	return ret;
}

const struct operation sweep_table[] = {
	{ "open-nvidiactl", STAGE_NONE, act_open_control, NULL, false },
	{ "open-nvidia0", STAGE_NONE, act_open_gpu, NULL, false },
	{ "open-nvidia-uvm", STAGE_NONE, act_open_uvm, NULL, false },
	{ "open-ghostnv", STAGE_NONE, act_open_ghostnv, NULL, false },
	{ "version-and-cards", STAGE_NONE, act_version_and_cards, NULL, false },
	{ "client", STAGE_CONTROL, act_client, undo_client, false },
	{ "gpu", STAGE_CONTROL, act_gpu, NULL, false },
	{ "alloc21", STAGE_GPU, act_alloc21, undo_object, false },
	{ "alloc64", STAGE_GPU, act_alloc64, undo_object, false },
	{ "alloc-wrapped", STAGE_GPU, act_alloc_wrapped, undo_object, false },
	{ "vidheap", STAGE_GPU, act_vidheap, undo_object, false },
	{ "alloc-memory", STAGE_GPU, act_alloc_memory, undo_object, false },
	{ "vaspace", STAGE_GPU, act_vaspace, undo_object, false },
	{ "queue", STAGE_GPU, act_queue, undo_object, false },
	{ "dup", STAGE_MEMORY, act_dup, undo_object, false },
	{ "share", STAGE_MEMORY, act_share, NULL, false },
	{ "map", STAGE_MEMORY, act_map, undo_map, false },
	{ "memory-info", STAGE_MEMORY, act_memory_info, NULL, false },
	{ "pids", STAGE_MEMORY, act_pids, NULL, false },
	{ "free", STAGE_MEMORY, act_free, NULL, false },
	{ "free-device", STAGE_MEMORY, act_free_device, NULL, false },
	{ "free-client", STAGE_MEMORY, act_free_client, NULL, false },
	{ "uvm-open", STAGE_MEMORY, act_uvm, undo_uvm, false },
	{ "uvm-mm", STAGE_UVM, act_uvm_mm, NULL, false },
	{ "uvm-register-gpu", STAGE_UVM, act_uvm_register_gpu, undo_uvm_register_gpu, false },
	{ "uvm-map", STAGE_RANGE, act_uvm_map, NULL, false },
	{ "uvm-unmap", STAGE_MAPPED, act_uvm_unmap, NULL, false },
	{ "uvm-free", STAGE_MAPPED, act_uvm_free, NULL, false },
	{ "uvm-unregister-space", STAGE_MAPPED, act_uvm_unregister_space, NULL, false },
	{ "close-all", STAGE_MAPPED, act_close_all, NULL, false },
	{ "create", STAGE_NONE, act_create, undo_create, false },
	{ "create-and-destroy", STAGE_NONE, act_create_and_destroy, NULL, false },
	{ "create-and-rmdir", STAGE_NONE, act_create_and_rmdir, NULL, false },
	{ "limit", STAGE_NONE, act_limit, NULL, true },
	{ "gpu-limit", STAGE_NONE, act_gpu_limit, NULL, true },
	{ "stats", STAGE_NONE, act_stats, NULL, false },
	{ "find-and-next", STAGE_NONE, act_find_and_next, NULL, false },
	{ "version", STAGE_NONE, act_version, NULL, false },
	{ "subscribe", STAGE_NONE, act_subscribe, NULL, true },
	{ "read-event", STAGE_NONE, act_read_event, NULL, true },
	{ "sysfs", STAGE_MEMORY, act_sysfs, NULL, true },
	{ "debugfs", STAGE_MEMORY, act_debugfs, NULL, true },
	{ "sysfs-write", STAGE_NONE, act_sysfs_write, NULL, true },
	{ NULL, STAGE_NONE, NULL, NULL, false },
};
