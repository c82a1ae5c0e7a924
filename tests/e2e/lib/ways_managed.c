// SPDX-License-Identifier: MIT
/* The commands of rmways about managed memory of UVM. See ways.h. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nvabi/nvctrl.h"
#include "nvabi/nvstatus.h"
#include "nvabi/nvuvm.h"

#include "uvm.h"
#include "ways.h"

#define HUGE_BYTES  (2ULL << 20)
#define RANGE_BYTES (16 * HUGE_BYTES)

static const __u8 cpu[16] = NV_PROCESSOR_UUID_CPU_DEFAULT;

/* A session of UVM that can use the GPU. */
struct unified {
	struct session s;
	struct uvm uvm;
	__u8 uuid[16];
};

static int unified_open(struct unified *u, const struct options *options)
{
	__u32 status, vaspace;

	if (session_open(&u->s, options))
		return 1;
	status = uvm_open(&u->uvm, &u->s.rm, UVM_INIT_FLAGS_DISABLE_HMM);
	if (status == NV_OK)
		status = uvm_mm_initialize(&u->uvm);
	if (status == NV_OK || status == NV_WARN_NOTHING_TO_DO)
		status = rm_gpu_uuid(&u->s.gpu, u->uuid);
	if (status == NV_OK)
		status = uvm_register_gpu(&u->uvm, u->uuid);
	if (status == NV_OK)
		status = rm_vaspace_create(&u->s.gpu, &vaspace);
	if (status == NV_OK)
		status = uvm_register_vaspace(&u->uvm, u->uuid, vaspace);
	if (status == NV_OK)
		return 0;
	session_close(&u->s);
	return fail("uvm", status);
}

static void unified_close(struct unified *u)
{
	uvm_close(&u->uvm);
	session_close(&u->s);
}

static __u64 address(const void *p)
{
	return (__u64)(unsigned long)p;
}

static void write_pages(char *base)
{
	for (__u64 i = 0; i < RANGE_BYTES; i += 4096)
		base[i] = (char)(i >> 12);
}

static bool pages_are(const char *base)
{
	for (__u64 i = 0; i < RANGE_BYTES; i += 4096)
		if (((const volatile char *)base)[i] != (char)(i >> 12))
			return false;
	return true;
}

/* Video memory that RM says this process has. */
static __u64 rm_usage(struct session *s)
{
	struct NV2080_CTRL_GPU_GET_PID_INFO_PARAMS p = {
		.pidInfoListCount = 1,
		.pidInfoList[0].pid = (__u32)getpid(),
		.pidInfoList[0].index = NV2080_CTRL_GPU_PID_INFO_INDEX_VIDEO_MEMORY_USAGE,
	};

	if (rm_control(&s->rm, s->gpu.subdevice, NV2080_CTRL_CMD_GPU_GET_PID_INFO, &p,
		       sizeof(p)) != NV_OK)
		return ~0ULL;
	return p.pidInfoList[0].data.vidMemUsage.memPrivate +
	       p.pidInfoList[0].data.vidMemUsage.memSharedDuped;
}

static __u32 advise(struct unified *u, unsigned int number, __u64 base, const __u8 uuid[16])
{
	struct UVM_SET_ACCESSED_BY_PARAMS p = { .requestedBase = base, .length = RANGE_BYTES };

	memcpy(p.accessedByUuid.uuid, uuid, 16);
	return uvm_call(&u->uvm, number, &p, &p.rmStatus);
}

static __u32 prefer(struct unified *u, __u64 base, const __u8 uuid[16])
{
	struct UVM_SET_PREFERRED_LOCATION_PARAMS_R550 new = {
		.requestedBase = base,
		.length = RANGE_BYTES,
		.preferredCpuNumaNode = -1,
	};
	struct UVM_SET_PREFERRED_LOCATION_PARAMS old = {
		.requestedBase = base,
		.length = RANGE_BYTES,
	};

	memcpy(new.preferredLocation.uuid, uuid, 16);
	memcpy(old.preferredLocation.uuid, uuid, 16);
	return u->s.rm.branch->major >= 550 ?
		       uvm_call(&u->uvm, UVM_SET_PREFERRED_LOCATION, &new, &new.rmStatus) :
		       uvm_call(&u->uvm, UVM_SET_PREFERRED_LOCATION, &old, &old.rmStatus);
}

static __u32 duplicate(struct unified *u, __u64 base, bool enable)
{
	struct UVM_ENABLE_READ_DUPLICATION_PARAMS p = {
		.requestedBase = base,
		.length = RANGE_BYTES,
	};

	return uvm_call(&u->uvm,
			enable ? UVM_ENABLE_READ_DUPLICATION : UVM_DISABLE_READ_DUPLICATION, &p,
			&p.rmStatus);
}

static __u32 populate(struct unified *u, const void *base)
{
	struct UVM_POPULATE_PAGEABLE_PARAMS p = { .base = address(base), .length = 4096 };

	return uvm_call(&u->uvm, UVM_POPULATE_PAGEABLE, &p, &p.rmStatus);
}

static int wrong_calls(struct unified *u, char *base)
{
	static const __u8 nobody[16] = { 1 };
	static char own[8192] __attribute__((aligned(4096)));
	__u64 at = address(base);
	void *map;
	int bad = 0;

	bad |= check("free_is_not_for_it",
		     uvm_free(&u->uvm, at, RANGE_BYTES) == NV_ERR_INVALID_ADDRESS ||
			     u->s.rm.branch->major >= 595);
	bad |= check("unknown_gpu_is_refused",
		     uvm_migrate(&u->uvm, at, RANGE_BYTES, nobody) == NV_ERR_INVALID_DEVICE);
	bad |= check("beyond_the_end_is_refused",
		     uvm_migrate(&u->uvm, at, RANGE_BYTES + 4096, u->uuid) ==
			     NV_ERR_INVALID_ADDRESS);
	bad |= check("part_of_a_page_is_refused",
		     uvm_migrate(&u->uvm, at + 1, 4096, u->uuid) == NV_ERR_INVALID_ADDRESS);
	bad |= check("own_memory_is_not_managed",
		     uvm_migrate(&u->uvm, address(own), 4096, u->uuid) ==
			     NV_ERR_INVALID_ADDRESS);
	bad |= check("own_memory_is_populated", populate(u, own) == NV_OK);
	bad |= check("managed_is_not_populated", populate(u, base) == NV_ERR_INVALID_ADDRESS);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, u->uvm.file, 0);
	bad |= check("offset_has_to_be_the_address", map == MAP_FAILED && errno == EINVAL);
	bad |= check("advice_is_taken",
		     advise(u, UVM_SET_ACCESSED_BY, at, u->uuid) == NV_OK &&
			     advise(u, UVM_UNSET_ACCESSED_BY, at, u->uuid) == NV_OK &&
			     advise(u, UVM_SET_ACCESSED_BY, at, nobody) == NV_ERR_INVALID_DEVICE &&
			     prefer(u, at, u->uuid) == NV_OK && prefer(u, at, cpu) == NV_OK &&
			     prefer(u, at, nobody) == NV_ERR_INVALID_DEVICE);
	return bad;
}

static int duplicates(struct unified *u, char *base, __u64 before)
{
	int bad = 0;

	bad |= check("duplication_is_on", duplicate(u, address(base), true) == NV_OK);
	uvm_migrate(&u->uvm, address(base), RANGE_BYTES, u->uuid);
	bad |= check("duplicate_is_read", pages_are(base));
	bad |= check("duplicate_stays_on_the_card",
		     before - free_bytes(&u->s) == RANGE_BYTES);
	bad |= check("duplication_is_off", duplicate(u, address(base), false) == NV_OK);
	bad |= check("one_copy_is_left", free_bytes(&u->s) == before);
	return bad;
}

/* In a process that was forked: neither the memory nor more of it. */
static int map_more(const struct options *options, const void *what)
{
	struct uvm uvm = *(const struct uvm *)what;

	(void)options;
	return uvm_mmap(&uvm, RANGE_BYTES) || errno != EOPNOTSUPP;
}

int way_managed(const struct options *options)
{
	struct unified u;
	__u64 before;
	char *base;
	int bad = 0;

	if (unified_open(&u, options))
		return 1;
	before = free_bytes(&u.s);
	base = uvm_mmap(&u.uvm, RANGE_BYTES);
	if (!base) {
		unified_close(&u);
		return fail("mmap", RM_ERRNO | (__u32)errno);
	}
	write_pages(base);
	bad |= check("with_the_cpu_costs_nothing", free_bytes(&u.s) == before);
	bad |= wrong_calls(&u, base);
	bad |= check("nothing_has_moved", free_bytes(&u.s) == before);
	bad |= check("moves_to_the_card",
		     uvm_migrate(&u.uvm, address(base), RANGE_BYTES, u.uuid) == NV_OK &&
			     before - free_bytes(&u.s) == RANGE_BYTES);
	bad |= check("no_client_has_it", rm_usage(&u.s) == 0);
	bad |= check("comes_back_page_by_page",
		     base[0] == 0 && before - free_bytes(&u.s) == RANGE_BYTES);
	bad |= check("bytes_are_kept", pages_are(base));
	bad |= check("the_cpu_has_all", free_bytes(&u.s) == before);
	bad |= check("moves_back_when_asked",
		     uvm_migrate(&u.uvm, address(base), RANGE_BYTES, u.uuid) == NV_OK &&
			     uvm_migrate(&u.uvm, address(base), RANGE_BYTES, cpu) == NV_OK &&
			     free_bytes(&u.s) == before);
	bad |= duplicates(&u, base, before);
	bad |= check("forked_process_maps_none", in_child(map_more, options, &u.uvm));
	uvm_migrate(&u.uvm, address(base), RANGE_BYTES, u.uuid);
	hold(options);
	munmap(base, RANGE_BYTES / 2);
	bad |= check("half_goes_with_munmap", before - free_bytes(&u.s) == RANGE_BYTES / 2);
	uvm_unregister_gpu(&u.uvm, u.uuid);
	bad |= check("rest_leaves_the_gpu", free_bytes(&u.s) == before);
	bad |= check("bytes_are_still_kept",
		     base[RANGE_BYTES - 4096] == (char)((RANGE_BYTES - 4096) >> 12));
	munmap(base + RANGE_BYTES / 2, RANGE_BYTES / 2);
	unified_close(&u);
	return bad;
}

int way_oversubscribe(const struct options *options)
{
	__u64 before, total, got;
	__u32 memory, status;
	struct unified u;
	char *base;
	int bad = 0;

	if (unified_open(&u, options))
		return 1;
	rm_gpu_memory_info(&u.s.gpu, false, &total, &before);
	base = uvm_mmap(&u.uvm, total + RANGE_BYTES);
	if (!base) {
		unified_close(&u);
		return fail("mmap", RM_ERRNO | (__u32)errno);
	}
	status = uvm_migrate(&u.uvm, address(base), total + RANGE_BYTES, u.uuid);
	bad |= check("more_than_the_card_moves", status == NV_OK);
	bad |= check("card_is_full", free_bytes(&u.s) < HUGE_BYTES);
	status = rm_memory_alloc(&u.s.gpu, options->via, RANGE_BYTES, &memory, &got);
	bad |= check("makes_room_for_others", status == NV_OK);
	bad |= check("only_what_is_needed", free_bytes(&u.s) < HUGE_BYTES);
	status = rm_memory_alloc(&u.s.gpu, options->via, total, &memory, &got);
	bad |= check("more_than_the_card_does_not_fit", status == NV_ERR_NO_MEMORY);
	status = NV_OK;
	while (status == NV_OK)
		status = rm_memory_alloc(&u.s.gpu, options->via, RANGE_BYTES, &memory, &got);
	while (rm_memory_alloc(&u.s.gpu, options->via, HUGE_BYTES, &memory, &got) == NV_OK)
		;
	bad |= check("nothing_is_left_to_evict", status == NV_ERR_NO_MEMORY);
	status = uvm_migrate(&u.uvm, address(base), HUGE_BYTES, u.uuid);
	bad |= check("does_not_evict_allocations", status == NV_ERR_NO_MEMORY);
	unified_close(&u);
	return bad;
}
