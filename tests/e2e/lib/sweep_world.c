// SPDX-License-Identifier: MIT
/*
 * The worlds that operations of the sweep want: made stage by stage, and ended at
 * once.  The program itself is in a container then.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/ghostnv.h>

#include "nvabi/nvstatus.h"

#include "sweep.h"

/* The container: made once, for a cgroup's id would not be the same again. */
static __u64 container_id;

static bool move_to(const char *cgroup)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	f = fopen(path, "we");
	if (!f || fputs("0", f) < 0 || fclose(f)) {
		perror(path);
		return false;
	}
	return true;
}

bool sweep_world_init(void)
{
	struct ghostnv_container_create create = {
		.size = sizeof(create),
		.gpus = 1,
		.vram_max_bytes = 1ULL << 30,
	};
	int ctl = open("/dev/ghostnv", O_RDWR | O_CLOEXEC);
	int made;

	mkdir(SWEEP_CGROUP, 0755);
	create.cgroup_fd = open(SWEEP_CGROUP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	made = ioctl(ctl, GHOSTNV_IOC_CONTAINER_CREATE, &create);
	if (made)
		perror("make a container of " SWEEP_CGROUP);
	container_id = create.id;
	close(create.cgroup_fd);
	close(ctl);
	return made == 0 && sweep_world_enter();
}

bool sweep_world_leave(void)
{
	return move_to("/sys/fs/cgroup");
}

bool sweep_world_enter(void)
{
	return move_to(SWEEP_CGROUP);
}

void sweep_world_fini(void)
{
	if (!sweep_world_leave() || rmdir(SWEEP_CGROUP))
		perror(SWEEP_CGROUP);
}

static __u32 make_range(struct world *w)
{
	__u64 base;
	__u32 status = uvm_mm_initialize(&w->uvm);

	if (status != NV_OK && status != NV_WARN_NOTHING_TO_DO)
		return status;
	/* Addresses that nobody else has. */
	w->range = mmap(NULL, SWEEP_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (w->range == MAP_FAILED)
		return NV_ERR_NO_MEMORY;
	base = (__u64)(unsigned long)w->range;
	status = uvm_register_gpu(&w->uvm, w->uuid);
	if (status == NV_OK)
		status = rm_vaspace_create(&w->gpu, &w->vaspace);
	if (status == NV_OK)
		status = uvm_register_vaspace(&w->uvm, w->uuid, w->vaspace);
	if (status == NV_OK)
		status = uvm_create_external_range(&w->uvm, base, SWEEP_BYTES);
	return status;
}

__u32 sweep_world_stage(struct world *w, enum stage stage)
{
	__u64 got;

	switch (stage) {
	case STAGE_NONE:
		return NV_OK;
	case STAGE_CONTROL:
		return rm_open(&w->rm, "/dev");
	case STAGE_CLIENT:
		return rm_client_create(&w->rm);
	case STAGE_GPU:
		return rm_gpu_open(&w->rm, 0, &w->gpu);
	case STAGE_MEMORY:
		return rm_memory_alloc(&w->gpu, RM_VIA_ALLOC64, SWEEP_BYTES, &w->memory, &got);
	case STAGE_UVM: {
		__u32 status = uvm_open(&w->uvm, &w->rm, 0);

		return status == NV_OK ? rm_gpu_uuid(&w->gpu, w->uuid) : status;
	}
	case STAGE_RANGE:
		return make_range(w);
	case STAGE_MAPPED:
		return uvm_map_external(&w->uvm, (__u64)(unsigned long)w->range, SWEEP_BYTES,
					w->uuid, w->memory);
	}
	return NV_ERR_INVALID_ARGUMENT;
}

void sweep_world_none(struct world *w)
{
	*w = (struct world){
		.stage = STAGE_NONE,
		.ctl = -1,
		.cgroup = -1,
		.file = -1,
		.rm = { .control = -1 },
		.gpu = { .file = -1 },
		.uvm = { .file = -1, .mm_file = -1 },
		.map = { .file = -1 },
		.range = MAP_FAILED,
	};
}

bool sweep_world_make(struct world *w, enum stage stage)
{
	sweep_world_none(w);
	w->stage = stage;
	w->id = container_id;
	w->ctl = open("/dev/ghostnv", O_RDWR | O_CLOEXEC);
	mkdir(SWEEP_CHILD, 0755);
	w->cgroup = open(SWEEP_CHILD, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->ctl < 0 || w->cgroup < 0)
		return false;
	for (unsigned int at = STAGE_NONE; at <= (unsigned int)stage; at++) {
		__u32 status = sweep_world_stage(w, (enum stage)at);

		if (status != NV_OK) {
			fprintf(stderr, "stage %u: %s\n", at, rm_status_name(status));
			return false;
		}
	}
	return true;
}

/* The mapping without the call that ends it: as a process leaves it that ends. */
void sweep_drop_map(struct rm_map *map)
{
	if (map->file < 0)
		return;
	munmap(map->address, map->length);
	close(map->file);
	map->file = -1;
}

void sweep_world_end(struct world *w)
{
	sweep_drop_map(&w->map);
	uvm_close(&w->uvm);
	rm_gpu_close(&w->gpu);
	rm_close(&w->rm);
	if (w->file >= 0)
		close(w->file);
	if (w->range != MAP_FAILED)
		munmap(w->range, SWEEP_BYTES);
	close(w->cgroup);
	close(w->ctl);
	rmdir(SWEEP_CHILD);
}
