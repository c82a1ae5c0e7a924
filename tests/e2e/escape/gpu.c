// SPDX-License-Identifier: MIT
/*
 * Vectors: GPUs that are not granted, what tells of others, managed memory, the
 * time of queues, and calls that nobody knows.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"
#include "nvabi/nvuvm.h"

#include "escape.h"

/* What is to be known of the second GPU to name it, learned outside. */
static struct {
	__u32 id;
	__u32 instance;
	__u8 uuid[16];
	int node;
} second;

static void learn_second(struct scene *scene)
{
	struct rm rm;
	struct rm_gpu gpu;

	must(scene, "open nvidiactl outside", rm_open(&rm, "/dev"));
	must(scene, "make a device outside", rm_gpu_open(&rm, 1, &gpu));
	must(scene, "read the UUID outside", rm_gpu_uuid(&gpu, second.uuid));
	second.id = gpu.card->gpu_id;
	second.instance = gpu.card->device_instance;
	rm_gpu_close(&gpu);
	rm_close(&rm);
	/* The driver lets nobody make a device who has not its node open. */
	second.node = rm_open_node("/dev", "nvidia1");
	must_errno(scene, "open the other GPU outside", second.node);
}

static void by_minor(struct scene *scene)
{
	enter(scene);
	begin(scene);
	forbidden_errno(scene, "open /dev/nvidia1", rm_open_node("/dev", "nvidia1"));
}

static void by_instance(struct scene *scene)
{
	struct NV0080_ALLOC_PARAMETERS device = { 0 };
	struct attacker a;
	__u32 handle;

	learn_second(scene);
	arm(scene, &a);
	device.deviceId = second.instance;
	forbidden(scene, "make a device on the other GPU",
		  rm_alloc(&a.rm, a.rm.client, &handle, NV01_DEVICE_0, &device, sizeof(device)));
}

static void by_id(struct scene *scene)
{
	struct NV0000_CTRL_GPU_ATTACH_IDS_PARAMS attach = { 0 };
	struct NV0000_CTRL_GPU_GET_ID_INFO_V2_PARAMS info = { 0 };
	struct attacker a;

	learn_second(scene);
	arm(scene, &a);
	attach.gpuIds[0] = info.gpuId = second.id;
	attach.gpuIds[1] = NV0000_CTRL_GPU_INVALID_ID;
	forbidden(scene, "attach the other GPU",
		  rm_control(&a.rm, a.rm.client, NV0000_CTRL_CMD_GPU_ATTACH_IDS, &attach,
			     sizeof(attach)));
	forbidden(scene, "ask for the other GPU",
		  rm_control(&a.rm, a.rm.client, NV0000_CTRL_CMD_GPU_GET_ID_INFO_V2, &info,
			     sizeof(info)));
}

static void by_file(struct scene *scene)
{
	struct attacker a;
	int control;

	learn_second(scene);
	arm(scene, &a);
	control = rm_open_node("/dev", "nvidiactl");
	forbidden(scene, "attach the other GPU to a file",
		  rm_ioctl(&a.rm, control, NV_ESC_ATTACH_GPUS_TO_FD, &second.id,
			   sizeof(second.id)));
}

static void by_uuid(struct scene *scene)
{
	struct attacker a;

	learn_second(scene);
	enter(scene);
	open_all(scene, &a);
	open_uvm(scene, &a);
	begin(scene);
	forbidden(scene, "register the other GPU", uvm_register_gpu(&a.uvm, second.uuid));
}

static void by_mapping(struct scene *scene)
{
	const __u64 base = 0x7f0000000000;
	struct attacker a;
	__u32 memory;

	learn_second(scene);
	enter(scene);
	open_all(scene, &a);
	open_uvm(scene, &a);
	if (scene->control)
		must(scene, "register the other GPU", uvm_register_gpu(&a.uvm, second.uuid));
	must(scene, "take memory", take(&a, RM_VIA_ALLOC64, PIECE, &memory));
	must(scene, "make a range", uvm_create_external_range(&a.uvm, base, PIECE));
	begin(scene);
	forbidden(scene, "map on the other GPU",
		  uvm_map_external(&a.uvm, base, PIECE, second.uuid, memory));
}

static void by_peer(struct scene *scene)
{
	struct UVM_ENABLE_PEER_ACCESS_PARAMS peer = { .rmStatus = 0 };
	struct attacker a;

	learn_second(scene);
	enter(scene);
	open_all(scene, &a);
	open_uvm(scene, &a);
	if (scene->control)
		must(scene, "register the other GPU", uvm_register_gpu(&a.uvm, second.uuid));
	begin(scene);
	memcpy(peer.gpuUuidA.uuid, a.uuid, 16);
	memcpy(peer.gpuUuidB.uuid, second.uuid, 16);
	forbidden(scene, "peer access to the other GPU",
		  uvm_call(&a.uvm, UVM_ENABLE_PEER_ACCESS, &peer, &peer.rmStatus));
}

/* --- what is seen ---------------------------------------------------------------------- */

static void list_gpus(struct scene *scene)
{
	struct NV0000_CTRL_GPU_GET_PROBED_IDS_PARAMS probed = { { 0 } };
	struct NV0000_CTRL_GPU_GET_ATTACHED_IDS_PARAMS attached = { { 0 } };
	struct attacker a;

	learn_second(scene);
	arm(scene, &a);
	if (a.rm.ncards > 1)
		forbidden(scene, "see the other GPU in CARD_INFO", NV_OK);
	rm_control(&a.rm, a.rm.client, NV0000_CTRL_CMD_GPU_GET_PROBED_IDS, &probed,
		   a.rm.branch->probed_ids_size);
	rm_control(&a.rm, a.rm.client, NV0000_CTRL_CMD_GPU_GET_ATTACHED_IDS, &attached,
		   sizeof(attached));
	for (unsigned int i = 0; i < NV0000_CTRL_GPU_MAX_ATTACHED_GPUS; i++)
		if (probed.gpuIds[i] == second.id || attached.gpuIds[i] == second.id)
			forbidden(scene, "see the other GPU in a list", NV_OK);
}

static void see_memory(struct scene *scene)
{
	struct attacker a;
	__u64 total, left;

	arm(scene, &a);
	for (int way = 0; way < 3; way++) {
		__u32 status = way < 2 ? rm_gpu_memory_info(&a.gpu, way == 1, &total, &left) :
					 rm_gpu_heap_info(&a.gpu, &total, &left);

		refused_with(scene, "ask for memory", status);
		if (status == NV_OK && (total > LIMIT || left > LIMIT))
			forbidden(scene, "see the card's memory", NV_OK);
	}
}

static void be_there(struct scene *scene)
{
	struct attacker a;
	__u32 memory;

	open_all(scene, &a);
	hold_secret(scene, &a, PIECE, &memory);
	scene->word[0] = (__u64)getpid();
}

static void see_processes(struct scene *scene)
{
	struct NV2080_CTRL_GPU_GET_PIDS_PARAMS pids = {
		.idType = NV2080_CTRL_GPU_GET_PIDS_ID_TYPE_CLASS,
		.id = NV20_SUBDEVICE_0,
	};
	struct attacker a;

	cast(scene, OTHER, be_there);
	arm(scene, &a);
	refused_with(scene, "GET_PIDS",
		     rm_control(&a.rm, a.gpu.subdevice, NV2080_CTRL_CMD_GPU_GET_PIDS, &pids,
				sizeof(pids)));
	for (unsigned int i = 0; i < pids.pidTblCount; i++)
		if (pids.pidTbl[i] == scene->word[0])
			forbidden(scene, "see a victim's process", NV_OK);
}

/* --- managed memory ------------------------------------------------------------------ */

static void *map_managed(struct attacker *a, __u64 bytes)
{
	void *at = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, a->uvm.file,
		    (off_t)(unsigned long)at);
}

static __u32 migrate(struct attacker *a, void *at, __u64 bytes)
{
	struct UVM_MIGRATE_PARAMS params = {
		.base = pointer(at),
		.length = bytes,
		.cpuNumaNode = -1,
	};

	memcpy(params.destinationUuid.uuid, a->uuid, 16);
	return uvm_call(&a->uvm, UVM_MIGRATE, &params, &params.rmStatus);
}

static __u32 prefer(struct attacker *a, void *at, __u64 bytes)
{
	struct UVM_SET_PREFERRED_LOCATION_PARAMS_R550 params = {
		.requestedBase = pointer(at),
		.length = bytes,
	};
	__u32 status;

	memcpy(params.preferredLocation.uuid, a->uuid, 16);
	if (ioctl(a->uvm.file, UVM_SET_PREFERRED_LOCATION, &params))
		return RM_ERRNO | (__u32)errno;
	memcpy(&status, (char *)&params + a->rm.branch->uvm_preferred_location.status,
	       sizeof(status));
	return status;
}

/* With a session of UVM, from which memory may be mapped. */
static void *arm_managed(struct scene *scene, struct attacker *a, __u64 bytes)
{
	void *at;

	enter(scene);
	open_all(scene, a);
	open_uvm(scene, a);
	begin(scene);
	at = map_managed(a, bytes);
	forbidden_errno(scene, "map managed memory", at == MAP_FAILED ? -1 : 0);
	return at;
}

static void managed(struct scene *scene)
{
	struct attacker a;

	arm_managed(scene, &a, GREED);
	take_all(scene, &a);
}

/* Where there is no managed memory, that of the process is named. */
static void *some_memory(void *at, __u64 bytes)
{
	if (at != MAP_FAILED)
		return at;
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

static void managed_migrate(struct scene *scene)
{
	struct attacker a;
	void *at = some_memory(arm_managed(scene, &a, GREED), GREED);

	forbidden(scene, "UVM_MIGRATE", migrate(&a, at, GREED));
}

static void managed_preferred(struct scene *scene)
{
	struct attacker a;
	void *at = some_memory(arm_managed(scene, &a, GREED), GREED);

	forbidden(scene, "UVM_SET_PREFERRED_LOCATION", prefer(&a, at, GREED));
}

static void managed_populate(struct scene *scene)
{
	struct UVM_POPULATE_PAGEABLE_PARAMS params = { .length = PIECE };
	struct attacker a;

	params.base = pointer(some_memory(arm_managed(scene, &a, PIECE), PIECE));
	forbidden(scene, "UVM_POPULATE_PAGEABLE",
		  uvm_call(&a.uvm, UVM_POPULATE_PAGEABLE, &params, &params.rmStatus));
}

static void hmm(struct scene *scene)
{
	struct attacker a;

	arm(scene, &a);
	forbidden(scene, "begin a session with HMM", uvm_open(&a.uvm, &a.rm, 0));
	forbidden(scene, "begin one that says it is without",
		  uvm_open(&a.uvm, &a.rm, UVM_INIT_FLAGS_DISABLE_HMM));
}

/* --- the time of queues ---------------------------------------------------------------- */

/* A channel group, where the driver has them; else a handle that could be one. */
static __u32 make_queue(struct attacker *a)
{
	struct NV_CHANNEL_GROUP_ALLOCATION_PARAMETERS params = { .engineType = 1 };
	__u32 handle = 0;

	rm_alloc(&a->rm, a->gpu.device, &handle, KEPLER_CHANNEL_GROUP_A, &params, sizeof(params));
	return handle;
}

static void own_timeslice(struct scene *scene)
{
	struct NVA06C_CTRL_TIMESLICE_PARAMS params = { .timesliceUs = 1000000 };
	struct attacker a;

	arm(scene, &a);
	forbidden(scene, "SET_TIMESLICE",
		  rm_control(&a.rm, make_queue(&a), NVA06C_CTRL_CMD_SET_TIMESLICE, &params,
			     sizeof(params)));
}

static void own_preempt(struct scene *scene)
{
	struct NVA06C_CTRL_PREEMPT_PARAMS params = { .bWait = 0 };
	struct attacker a;

	arm(scene, &a);
	forbidden(scene, "PREEMPT",
		  rm_control(&a.rm, make_queue(&a), NVA06C_CTRL_CMD_PREEMPT, &params,
			     sizeof(params)));
}

static void own_interleave(struct scene *scene)
{
	struct NVA06C_CTRL_INTERLEAVE_LEVEL_PARAMS params = {
		.tsgInterleaveLevel = NVA06C_CTRL_INTERLEAVE_LEVEL_HIGH,
	};
	struct attacker a;

	arm(scene, &a);
	forbidden(scene, "SET_INTERLEAVE_LEVEL",
		  rm_control(&a.rm, make_queue(&a), NVA06C_CTRL_CMD_SET_INTERLEAVE_LEVEL, &params,
			     sizeof(params)));
}

static void own_disable(struct scene *scene)
{
	struct NV2080_CTRL_FIFO_DISABLE_CHANNELS_PARAMS params = { .bDisable = 1 };
	struct attacker a;

	arm(scene, &a);
	forbidden(scene, "DISABLE_CHANNELS",
		  rm_control(&a.rm, a.gpu.subdevice, NV2080_CTRL_CMD_FIFO_DISABLE_CHANNELS,
			     &params, sizeof(params)));
}

static void runlist_policy(struct scene *scene)
{
	struct NV2080_CTRL_FIFO_RUNLIST_SET_SCHED_POLICY_PARAMS params = { .schedPolicy = 1 };
	struct attacker a;

	arm(scene, &a);
	forbidden(scene, "RUNLIST_SET_SCHED_POLICY",
		  rm_control(&a.rm, a.gpu.subdevice,
			     NV2080_CTRL_CMD_FIFO_RUNLIST_SET_SCHED_POLICY, &params,
			     sizeof(params)));
}

static void have_queue(struct scene *scene)
{
	struct attacker a;

	open_all(scene, &a);
	scene->word[0] = a.rm.client;
	scene->word[1] = make_queue(&a);
}

static void others_queues(struct scene *scene)
{
	struct NV2080_CTRL_FIFO_DISABLE_CHANNELS_PARAMS disable = {
		.bDisable = 1,
		.numChannels = 1,
	};
	struct NVA06C_CTRL_TIMESLICE_PARAMS slice = { .timesliceUs = 1 };
	struct NVA06C_CTRL_PREEMPT_PARAMS preempt = { .bWait = 0 };
	struct attacker a;

	cast(scene, OTHER, have_queue);
	arm(scene, &a);
	disable.hClientList[0] = (__u32)scene->word[0];
	disable.hChannelList[0] = (__u32)scene->word[1];
	forbidden(scene, "disable a victim's channels",
		  rm_control(&a.rm, a.gpu.subdevice, NV2080_CTRL_CMD_FIFO_DISABLE_CHANNELS,
			     &disable, sizeof(disable)));
	a.rm.client = (__u32)scene->word[0];
	forbidden(scene, "shorten a victim's time slice",
		  rm_control(&a.rm, (__u32)scene->word[1], NVA06C_CTRL_CMD_SET_TIMESLICE, &slice,
			     sizeof(slice)));
	forbidden(scene, "preempt a victim",
		  rm_control(&a.rm, (__u32)scene->word[1], NVA06C_CTRL_CMD_PREEMPT, &preempt,
			     sizeof(preempt)));
}

/* --- what nobody knows -------------------------------------------------------------------- */

static void unknown_classes(struct scene *scene)
{
	struct attacker a;

	arm(scene, &a);
	for (__u32 class = 0x10003; class < 0x10003 + 400 * 0x101; class += 0x101) {
		char params[512] = { 0 };
		__u32 handle;

		forbidden(scene, "make an object of an unknown class",
			  rm_alloc(&a.rm, a.gpu.device, &handle, class, params, sizeof(params)));
	}
	take_all(scene, &a);
}

static void unknown_controls(struct scene *scene)
{
	struct attacker a;

	arm(scene, &a);
	for (__u32 command = 0x2080f001; command < 0x2080f001 + 400; command++) {
		char params[64] = { 0 };

		forbidden(scene, "an unknown control call",
			  rm_control(&a.rm, a.gpu.subdevice, command, params, sizeof(params)));
	}
	take_all(scene, &a);
}

static bool is_known_escape(unsigned int number)
{
	return (number >= NV_ESC_RM_ALLOC_MEMORY &&
		number <= NV_ESC_RM_UPDATE_DEVICE_MAPPING_INFO) ||
	       (number >= NV_ESC_CARD_INFO && number <= NV_ESC_WAIT_OPEN_COMPLETE);
}

static void unknown_escapes(struct scene *scene)
{
	struct attacker a;

	arm(scene, &a);
	for (unsigned int number = 0; number < 256; number++) {
		for (size_t size = 4; size <= 256; size *= 4) {
			char args[256] = { 0 };

			if (is_known_escape(number))
				continue;
			forbidden(scene, "an unknown escape",
				  rm_ioctl(&a.rm, a.rm.control, number, args, size));
		}
	}
	take_all(scene, &a);
}

/* Known to the tables, and not for containers. */
static void closed_escapes(struct scene *scene)
{
	static const unsigned int numbers[] = {
		NV_ESC_RM_ALLOC_OBJECT, NV_ESC_RM_I2C_ACCESS, NV_ESC_RM_IDLE_CHANNELS,
		NV_ESC_RM_ACCESS_REGISTRY, NV_ESC_RM_ALLOC_CONTEXT_DMA2,
		NV_ESC_RM_ADD_VBLANK_CALLBACK, NV_ESC_RM_BIND_CONTEXT_DMA,
		NV_ESC_RM_EXPORT_OBJECT_TO_FD, NV_ESC_RM_IMPORT_OBJECT_FROM_FD,
		NV_ESC_NUMA_INFO, NV_ESC_SET_NUMA_STATUS,
	};
	struct attacker a;

	arm(scene, &a);
	for (unsigned int i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		for (size_t size = 8; size <= 1024; size += 8) {
			char args[1024] = { 0 };

			forbidden(scene, "an escape that is not for containers",
				  rm_ioctl(&a.rm, a.rm.control, numbers[i], args, size));
		}
	}
	take_all(scene, &a);
}

static void unknown_uvm(struct scene *scene)
{
	struct attacker a;

	enter(scene);
	open_all(scene, &a);
	open_uvm(scene, &a);
	begin(scene);
	for (unsigned int number = 81; number < 2047; number += 7) {
		char params[4096] = { 0 };

		forbidden_errno(scene, "an unknown call of UVM",
				ioctl(a.uvm.file, number, params));
	}
	take_all(scene, &a);
}

#define NOT_GRANTED "a GPU that is not granted looks as if it were not there"
#define NO_MANAGED "managed memory is refused: it moves where nobody counts it"
#define QUEUES "who gets how much time is not the container's to say: denied"
#define NOT_LISTED "only what the allowlist has passes"

const struct vector gpu_vectors[] = {
	{ "gpu_by_minor", "opens the node of a GPU that is not granted", NOT_GRANTED, by_minor, NULL,
	  TWO_GPUS },
	{ "gpu_by_instance", "makes a device object on it, with a node that was opened before",
	  NOT_GRANTED, by_instance, NULL, TWO_GPUS },
	{ "gpu_by_id", "attaches it, and asks about it, by its RM id", NOT_GRANTED, by_id, NULL,
	  TWO_GPUS },
	{ "gpu_by_file", "attaches it to a file", NOT_GRANTED, by_file, NULL, TWO_GPUS },
	{ "gpu_by_uuid", "registers it with UVM by its UUID", NOT_GRANTED, by_uuid, NULL, TWO_GPUS },
	{ "gpu_by_mapping", "lets UVM map its memory on it", NOT_GRANTED, by_mapping,
	  "the simulator does not map on a GPU where memory is not", TWO_GPUS },
	{ "gpu_by_peer", "enables peer access to it", NOT_GRANTED, by_peer,
	  "the simulator has no peer access", TWO_GPUS },
	{ "gpus_listed", "looks for it in the lists of GPUs", "lists are written anew", list_gpus,
	  NULL, TWO_GPUS },
	{ "memory_seen", "asks for the card's memory in three ways",
	  "sizes are those of the container's share", see_memory },
	{ "processes_seen", "asks which processes use the GPU",
	  "only those of the container and below are told", see_processes },
	{ "managed", "maps managed memory", NO_MANAGED, managed },
	{ "managed_migrate", "migrates memory to the GPU", NO_MANAGED, managed_migrate },
	{ "managed_preferred", "makes the GPU the preferred location of memory", NO_MANAGED,
	  managed_preferred },
	{ "managed_populate", "lets UVM populate memory of the process", NO_MANAGED,
	  managed_populate },
	{ "hmm", "begins a session of UVM where the driver may have HMM",
	  "there is no session of UVM for containers unless HMM is off in the whole driver", hmm,
	  NULL, NEEDS_HMM },
	{ "queue_timeslice", "lengthens the time slice of its queue", QUEUES, own_timeslice },
	{ "queue_preempt", "preempts the runlist of its queue", QUEUES, own_preempt },
	{ "queue_interleave", "raises the interleave level of its queue", QUEUES, own_interleave },
	{ "queue_disable", "disables channels", QUEUES, own_disable },
	{ "queue_policy", "sets the policy of the runlist", QUEUES, runlist_policy,
	  "the simulator has no such call" },
	{ "queue_of_others", "does so with a victim's queues",
	  QUEUES ", and a call's client must be its own", others_queues,
	  "the driver lets nobody use a client of another file" },
	{ "unknown_class", "makes objects of 400 classes that nobody knows", NOT_LISTED,
	  unknown_classes, "the driver does not know them either" },
	{ "unknown_control", "makes 400 control calls that nobody knows", NOT_LISTED,
	  unknown_controls, "the driver does not know them either" },
	{ "unknown_escape", "makes every escape that nobody knows", NOT_LISTED, unknown_escapes,
	  "the driver does not know them either" },
	{ "closed_escape", "makes escapes that the tables know and no CUDA program needs", NOT_LISTED,
	  closed_escapes, "the simulator has none of them" },
	{ "unknown_uvm", "makes calls of UVM that nobody knows", NOT_LISTED, unknown_uvm,
	  "the driver does not know them either" },
	{ 0 },
};
