// SPDX-License-Identifier: MIT
/* The commands of rmclient that hold the driver to what NVIDIA's does. */
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"

#include "client.h"
#include "uvm.h"

static bool all_zero(const struct rm_map *map)
{
	const __u64 *word = map->address;

	for (size_t i = 0; i < map->length / sizeof(*word); i++)
		if (word[i])
			return false;
	return true;
}

static bool all_are(const struct rm_map *map, unsigned char value)
{
	const unsigned char *byte = map->address;

	for (size_t i = 0; i < map->length; i++)
		if (byte[i] != value)
			return false;
	return true;
}

/* Two pieces: each zero at first, each keeping its own bytes, zero again when
 * the memory is taken anew.
 */
int cmd_map(const struct options *options, const char *argument)
{
	__u32 memory[2], status = NV_OK;
	struct rm_map map[2];
	struct session s;
	__u64 got;
	int bad = 0;

	(void)argument;
	if (session_open(&s, options))
		return 1;
	for (int round = 0; round < 2 && !bad && status == NV_OK; round++) {
		for (int i = 0; i < 2 && status == NV_OK; i++) {
			status = rm_memory_alloc(&s.gpu, options->via, options->chunk, &memory[i],
						 &got);
			if (status == NV_OK)
				status = rm_memory_map(&s.gpu, memory[i], 0, options->chunk,
						       &map[i]);
		}
		if (status != NV_OK)
			break;
		bad |= check(round ? "zero_again" : "zero",
			     all_zero(&map[0]) && all_zero(&map[1]));
		memset(map[0].address, 0xa5, map[0].length);
		memset(map[1].address, 0x5a, map[1].length);
		bad |= check("kept_apart", all_are(&map[0], 0xa5) && all_are(&map[1], 0x5a));
		status = rm_memory_unmap(&s.gpu, memory[0], &map[0]);
		if (status == NV_OK)
			status = rm_memory_map(&s.gpu, memory[0], 0, options->chunk, &map[0]);
		if (status != NV_OK)
			break;
		bad |= check("kept_over_unmap", all_are(&map[0], 0xa5));
		for (int i = 0; i < 2 && status == NV_OK; i++) {
			status = rm_memory_unmap(&s.gpu, memory[i], &map[i]);
			if (status == NV_OK)
				status = rm_free(&s.rm, s.gpu.device, memory[i]);
		}
	}
	session_close(&s);
	if (status != NV_OK)
		return fail("map", status);
	return bad;
}

int cmd_tree(const struct options *options, const char *argument)
{
	__u64 before, with, after, got, taken;
	__u32 memory, vaspace, status;
	struct session s;
	int bad = 0;

	(void)argument;
	if (session_open(&s, options))
		return 1;
	before = free_bytes(&s);
	status = rm_vaspace_create(&s.gpu, &vaspace);
	if (status == NV_OK)
		status = rm_memory_alloc(&s.gpu, options->via, options->chunk, &memory, &got);
	with = free_bytes(&s);
	if (status == NV_OK)
		status = rm_free(&s.rm, s.rm.client, s.gpu.device);
	if (status != NV_OK) {
		session_close(&s);
		return fail("tree", status);
	}
	status = rm_memory_size(&s.rm, memory, &taken);
	say_status("memory_is", status);
	bad |= check("memory_gone", status == NV_ERR_OBJECT_NOT_FOUND);
	status = rm_control(&s.rm, s.gpu.subdevice, NV2080_CTRL_CMD_GPU_GET_ID, &taken, 4);
	bad |= check("subdevice_gone", status == NV_ERR_OBJECT_NOT_FOUND);
	rm_gpu_close(&s.gpu);
	status = rm_gpu_open(&s.rm, options->gpu, &s.gpu);
	after = free_bytes(&s);
	say("free_before=%" PRIu64, (uint64_t)before);
	say("free_with=%" PRIu64, (uint64_t)with);
	say("free_after=%" PRIu64, (uint64_t)after);
	bad |= check("counted", before - with >= got);
	bad |= check("given_back", after == before);
	session_close(&s);
	if (status != NV_OK)
		return fail("again", status);
	return bad;
}

/* A second client on the same session, and a device of its own. */
int cmd_dup(const struct options *options, const char *argument)
{
	__u32 memory, copy = 0, status;
	struct session first, second;
	struct rm_map map;
	__u64 before, both, one, none, got;
	int bad = 0;

	(void)argument;
	if (session_open(&first, options))
		return 1;
	if (session_open(&second, options)) {
		session_close(&first);
		return 1;
	}
	before = free_bytes(&first);
	status = rm_memory_alloc(&first.gpu, options->via, options->chunk, &memory, &got);
	if (status == NV_OK)
		status = rm_memory_map(&first.gpu, memory, 0, options->chunk, &map);
	if (status == NV_OK) {
		memset(map.address, 0x3c, map.length);
		rm_memory_unmap(&first.gpu, memory, &map);
		status = rm_dup(&second.rm, second.gpu.device, &copy, first.rm.client, memory);
	}
	both = free_bytes(&first);
	if (status == NV_OK)
		status = rm_free(&first.rm, first.gpu.device, memory);
	one = free_bytes(&first);
	if (status == NV_OK)
		status = rm_memory_map(&second.gpu, copy, 0, options->chunk, &map);
	if (status == NV_OK) {
		bad |= check("content_stays", all_are(&map, 0x3c));
		rm_memory_unmap(&second.gpu, copy, &map);
		status = rm_free(&second.rm, second.gpu.device, copy);
	}
	none = free_bytes(&first);
	session_close(&second);
	session_close(&first);
	if (status != NV_OK)
		return fail("dup", status);
	bad |= check("counted_once", before - both >= got && before - both < 2 * got);
	bad |= check("outlives_free", one == both);
	bad |= check("given_back", none == before);
	return bad;
}

int cmd_uvm(const struct options *options, const char *argument)
{
	__u64 base, before, mapped, freed, none, got, length = options->chunk;
	__u32 memory, vaspace, status;
	struct session s;
	struct uvm uvm;
	__u8 uuid[16];
	void *range;
	int bad = 0;

	(void)argument;
	if (session_open(&s, options))
		return 1;
	/* The range's addresses must be nobody else's. */
	range = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	base = (__u64)(unsigned long)range;
	status = uvm_open(&uvm, &s.rm, 0);
	if (status == NV_OK)
		status = uvm_mm_initialize(&uvm);
	say_status("mm_initialize", status);
	if (status == NV_OK || status == NV_WARN_NOTHING_TO_DO)
		status = rm_gpu_uuid(&s.gpu, uuid);
	if (status == NV_OK)
		status = uvm_register_gpu(&uvm, uuid);
	if (status == NV_OK)
		status = rm_vaspace_create(&s.gpu, &vaspace);
	if (status == NV_OK)
		status = uvm_register_vaspace(&uvm, uuid, vaspace);
	if (status == NV_OK)
		status = uvm_create_external_range(&uvm, base, length);
	before = free_bytes(&s);
	if (status == NV_OK)
		status = rm_memory_alloc(&s.gpu, options->via, length, &memory, &got);
	if (status == NV_OK)
		status = uvm_map_external(&uvm, base, length, uuid, memory);
	mapped = free_bytes(&s);
	if (status == NV_OK)
		status = rm_free(&s.rm, s.gpu.device, memory);
	freed = free_bytes(&s);
	hold(options);
	if (status == NV_OK)
		status = uvm_free(&uvm, base, length);
	none = free_bytes(&s);
	if (status == NV_OK)
		status = uvm_unregister_vaspace(&uvm, uuid);
	if (status == NV_OK)
		status = uvm_unregister_gpu(&uvm, uuid);
	uvm_close(&uvm);
	session_close(&s);
	if (status != NV_OK)
		return fail("uvm", status);
	bad |= check("counted_once", before - mapped >= got && before - mapped < 2 * got);
	bad |= check("outlives_free", freed == mapped);
	bad |= check("given_back", none == before);
	return bad;
}

/* What is asked for by RM_ALLOC_MEMORY is never video memory of one's own. */
int cmd_old(const struct options *options, const char *argument)
{
	__u64 before, after, limit = options->chunk - 1, card = 0, total = 0, left;
	__u32 handle, status;
	struct session s;
	int bad = 0;

	(void)argument;
	if (session_open(&s, options))
		return 1;
	before = free_bytes(&s);
	status = rm_memory_alloc_old(&s.gpu, NV01_MEMORY_SYSTEM, &limit, &handle);
	say_status("system", status);
	bad |= check("system_is_given", status == NV_OK);
	if (status == NV_OK)
		status = rm_free(&s.rm, s.gpu.device, handle);
	if (status == NV_OK)
		status = rm_memory_alloc_old(&s.gpu, NV01_MEMORY_LOCAL_USER, &card, &handle);
	say_status("card", status);
	if (status == NV_OK)
		say("card_limit=%" PRIu64, (uint64_t)card);
	rm_gpu_memory_info(&s.gpu, false, &total, &left);
	after = free_bytes(&s);
	session_close(&s);
	bad |= check("takes_no_video_memory", before == after);
	bad |= check("card_is_not_smaller", status != NV_OK || card + 1 >= total);
	return bad;
}

int cmd_errors(const struct options *options, const char *argument)
{
	struct NV0080_ALLOC_PARAMETERS device = { 0 };
	struct session s;
	__u32 handle, reply, again;
	__u64 got, taken;
	char junk[64] = { 0 };

	(void)argument;
	if (session_open(&s, options))
		return 1;
	say_status("unknown_class", rm_alloc(&s.rm, s.rm.client, &handle, 0xdead, NULL, 0));
	say_status("unknown_control",
		   rm_control(&s.rm, s.gpu.subdevice, 0x2080fffe, junk, sizeof(junk)));
	say_status("unknown_escape", rm_ioctl(&s.rm, s.rm.control, 0x7f, junk, sizeof(junk)));
	say_status("short_control",
		   rm_control(&s.rm, s.gpu.subdevice, NV2080_CTRL_CMD_GPU_GET_GID_INFO, junk, 4));
	say_status("short_free",
		   rm_ioctl(&s.rm, s.rm.control, NV_ESC_RM_FREE, junk, 8));
	say_status("missing_object", rm_memory_size(&s.rm, 0xcafe0000, &taken));
	say_status("missing_parent", rm_alloc(&s.rm, 0xcafe0000, &handle, NV20_SUBDEVICE_0, NULL,
					      0));
	again = s.gpu.device;
	say_status("handle_in_use",
		   rm_alloc_on(&s.rm, s.rm.control, true, s.rm.client, s.rm.client, &again,
			       NV01_DEVICE_0, &device, sizeof(device)));
	say_status("foreign_client", rm_alloc_on(&s.rm, s.rm.control, true, 0xc1dfffff,
						 s.rm.client, &handle, NV01_DEVICE_0, &device,
						 sizeof(device)));
	say_status("control_on_device_node",
		   rm_ioctl(&s.rm, s.gpu.file, NV_ESC_RM_FREE, junk,
			    sizeof(struct NVOS00_PARAMETERS)));
	say_status("wrong_version",
		   rm_check_version(&s.rm, NV_RM_API_VERSION_CMD_STRICT, "1.2.3", &reply));
	say_status("right_version",
		   rm_check_version(&s.rm, NV_RM_API_VERSION_CMD_STRICT, s.rm.version, &reply));
	say("recognized=%u", reply);
	say_status("nothing", rm_memory_alloc(&s.gpu, options->via, 0, &handle, &got));
	say_status("too_much", rm_memory_alloc(&s.gpu, options->via, 1ULL << 50, &handle, &got));
	session_close(&s);
	return 0;
}
