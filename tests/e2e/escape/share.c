// SPDX-License-Identifier: MIT
/* Vectors: memory that outlives its handle, or gets into other hands. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"

#include "escape.h"

#define BASE 0x7f0000000000ULL

/* Names of an object, for another process: its client and handle. */
static void leave_names(struct scene *scene, const struct attacker *a, __u32 memory)
{
	scene->word[0] = a->rm.client;
	scene->word[1] = memory;
	scene->word[2] = a->gpu.device;
}

/* --- files that act for another one ----------------------------------------------- */

static __u32 tie(const struct rm *file, const struct rm *to)
{
	struct nv_ioctl_register_fd_t args = { .ctl_fd = to->control };

	return rm_ioctl(file, file->control, NV_ESC_REGISTER_FD, &args, sizeof(args));
}

/* Its client is the other file's, which stays. */
static void client_of_tied_file(struct scene *scene)
{
	struct attacker a, keeper;
	__u32 memory;

	arm(scene, &keeper);
	for (__u64 sum = 0; sum < GREED; sum += PIECE) {
		struct NV0080_ALLOC_PARAMETERS device = {
			.deviceId = keeper.gpu.card->device_instance,
		};

		a = (struct attacker){ .gpu = { .rm = &a.rm, .card = keeper.gpu.card } };
		must(scene, "open", rm_open(&a.rm, keeper.rm.devices));
		must(scene, "tie", tie(&a.rm, &keeper.rm));
		if (rm_client_create(&a.rm) ||
		    rm_alloc(&a.rm, a.rm.client, &a.gpu.device, NV01_DEVICE_0, &device,
			     sizeof(device)) ||
		    take(&a, RM_VIA_ALLOC64, PIECE, &memory))
			break;
		close(a.rm.control);
	}
	take_all(scene, &keeper);
}

/* It has a client, which it acts for no more: nothing is freed, and nothing found. */
static void tied_with_client(struct scene *scene)
{
	struct attacker a, keeper;
	__u32 memory;

	arm(scene, &keeper);
	for (__u64 sum = 0; sum < GREED; sum += PIECE) {
		if (try_open_all(&a) || take(&a, RM_VIA_ALLOC64, PIECE, &memory))
			break;
		refused_with(scene, "tie", tie(&a.rm, &keeper.rm));
		rm_free(&a.rm, a.gpu.device, memory);
		rm_free(&a.rm, a.rm.client, a.rm.client);
	}
	take_all(scene, &keeper);
}

/* --- more references of one's own ------------------------------------------------ */

static void dup_own(struct scene *scene)
{
	struct attacker a;
	__u32 original, copy;

	arm(scene, &a);
	for (__u64 sum = 0; sum < GREED; sum += PIECE) {
		if (take(&a, RM_VIA_ALLOC64, PIECE, &original))
			break;
		refused_with(scene, "duplicate",
			     rm_dup(&a.rm, a.gpu.device, &copy, a.rm.client, original));
		rm_free(&a.rm, a.gpu.device, original);
	}
	take_all(scene, &a);
}

/* The client that made the memory is closed; another one of its process has it. */
static void dup_other_own_client(struct scene *scene)
{
	struct attacker keeper, maker;
	__u32 original, copy;

	arm(scene, &keeper);
	for (__u64 sum = 0; sum < GREED; sum += PIECE) {
		if (try_open_all(&maker))
			break;
		if (take(&maker, RM_VIA_ALLOC64, PIECE, &original) == NV_OK)
			refused_with(scene, "duplicate",
				     rm_dup(&keeper.rm, keeper.gpu.device, &copy,
					    maker.rm.client, original));
		rm_gpu_close(&maker.gpu);
		rm_close(&maker.rm);
	}
	take_all(scene, &keeper);
}

static void make_and_share(struct scene *scene)
{
	struct attacker a;
	__u32 memory = 0, status = try_open_all(&a);

	if (status == NV_OK)
		status = take(&a, RM_VIA_ALLOC64, PIECE, &memory);
	if (status == NV_OK)
		status = rm_share_with_all(&a.rm, memory);
	refused_with(scene, "make and share", status);
	leave_names(scene, &a, memory);
}

/* The same between processes of one container, where the maker is killed. */
static void share_and_die(struct scene *scene)
{
	struct attacker a;
	__u32 copy;

	arm(scene, &a);
	for (__u64 sum = 0; sum < GREED; sum += PIECE) {
		pid_t maker = cast(scene, OWN, make_and_share);

		refused_with(scene, "duplicate",
			     rm_dup(&a.rm, a.gpu.device, &copy, (__u32)scene->word[0],
				    (__u32)scene->word[1]));
		kill_one(maker);
	}
	take_all(scene, &a);
}

/* The accomplice has a limit of its own, and takes over what the attacker frees. */
static void accomplice(struct scene *scene)
{
	struct attacker a;
	__u32 copy;

	open_all(scene, &a);
	forbidden(scene, "duplicate what another container shares",
		  rm_dup(&a.rm, a.gpu.device, &copy, (__u32)scene->word[0],
			 (__u32)scene->word[1]));
}

static void share_with_container(struct scene *scene)
{
	struct attacker a;
	__u32 memory;

	arm(scene, &a);
	must(scene, "take memory", take(&a, RM_VIA_ALLOC64, PIECE, &memory));
	must(scene, "share", rm_share_with_all(&a.rm, memory));
	leave_names(scene, &a, memory);
	cast(scene, scene->control ? OUTSIDE : OTHER, accomplice);
	rm_free(&a.rm, a.gpu.device, memory);
	take_all(scene, &a);
}

/* --- what is others' -------------------------------------------------------------- */

static void lender(struct scene *scene)
{
	struct attacker a;
	__u32 memory;

	open_all(scene, &a);
	hold_secret(scene, &a, PIECE, &memory);
	leave_names(scene, &a, memory);
}

static void dup_from(struct scene *scene, enum place place)
{
	struct attacker a;
	__u32 copy, status;

	cast(scene, place, lender);
	arm(scene, &a);
	status = rm_dup(&a.rm, a.gpu.device, &copy, (__u32)scene->word[0],
			(__u32)scene->word[1]);
	forbidden(scene, "duplicate a victim's memory", status);
	if (status == NV_OK && knows_secret(scene, &a, copy))
		forbidden(scene, "read a victim's memory", NV_OK);
	take_all(scene, &a);
}

static void dup_from_container(struct scene *scene)
{
	dup_from(scene, OTHER);
}

static void dup_from_unlimited(struct scene *scene)
{
	dup_from(scene, OUTSIDE);
}

/* A duplicate for someone else's client: so that it is in nobody's account. */
static void dup_into_foreign(struct scene *scene)
{
	struct attacker a;
	struct NVOS55_PARAMETERS args = { .status = 0 };
	__u32 memory;

	cast(scene, OTHER, lender);
	arm(scene, &a);
	must(scene, "take memory", take(&a, RM_VIA_ALLOC64, PIECE, &memory));
	args.hClient = (__u32)scene->word[0];
	args.hParent = (__u32)scene->word[2];
	args.hObject = 0xbad00001;
	args.hClientSrc = a.rm.client;
	args.hObjectSrc = memory;
	forbidden(scene, "duplicate into a victim's client",
		  rm_send(&a.rm, a.rm.control, NV_ESC_RM_DUP_OBJECT, &args, sizeof(args),
			  &args.status));
}

/* All that can be named by a victim's client, from a file of one's own. */
static void guess_handles(struct scene *scene)
{
	struct attacker a;
	struct rm_gpu victim;
	struct rm_map map;
	__u64 bytes;
	__u32 handle;

	cast(scene, OTHER, lender);
	arm(scene, &a);
	victim = a.gpu;
	victim.device = (__u32)scene->word[2];
	a.rm.client = (__u32)scene->word[0];
	forbidden(scene, "map a victim's memory",
		  rm_memory_map(&victim, (__u32)scene->word[1], 0, 64 * KiB, &map));
	forbidden(scene, "ask for a victim's memory",
		  rm_memory_size(&a.rm, (__u32)scene->word[1], &bytes));
	forbidden(scene, "share a victim's memory",
		  rm_share_with_all(&a.rm, (__u32)scene->word[1]));
	forbidden(scene, "take memory as a victim",
		  rm_memory_alloc(&victim, RM_VIA_ALLOC64, PIECE, &handle, &bytes));
	forbidden(scene, "free a victim's memory",
		  rm_free(&a.rm, victim.device, (__u32)scene->word[1]));
	forbidden(scene, "free a victim's client", rm_free(&a.rm, 0, a.rm.client));
}

/* What the driver takes by name when an object is made, and asks nobody about. */
static void name_in_params(struct scene *scene)
{
	struct NV0080_ALLOC_PARAMETERS device = { 0 };
	struct NV0005_ALLOC_PARAMETERS event = { .hClass = NV01_EVENT_OS_EVENT };
	struct attacker a;
	__u32 handle = 0;

	cast(scene, OTHER, lender);
	arm(scene, &a);
	device.deviceId = a.gpu.card->device_instance;
	device.hClientShare = (__u32)scene->word[0];
	forbidden(scene, "a device with a victim's address space",
		  rm_alloc(&a.rm, a.rm.client, &handle, NV01_DEVICE_0, &device, sizeof(device)));
	event.hParentClient = (__u32)scene->word[0];
	event.hSrcResource = (__u32)scene->word[2];
	handle = 0;
	forbidden(scene, "an event on a victim's object",
		  rm_alloc(&a.rm, a.gpu.device, &handle, NV01_EVENT_OS_EVENT, &event,
			   sizeof(event)));
}

/* --- another's client ---------------------------------------------------------------- */

#define PAGE 4096UL
/* Of a frame, those slots that most calls use. */
#define SLOTS 24

static struct {
	char *frame;
	__u32 handle;
	volatile bool over;
	sigjmp_buf after_fault;
} claim;

static void on_fault(int signal)
{
	(void)signal;
	siglongjmp(claim.after_fault, 1);
}

static char *find_frame(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start = 0;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps)) {
		if (strstr(line, "[ghostnv]"))
			sscanf(line, "%lx-", &start);
	}
	if (maps)
		fclose(maps);
	return (char *)start;
}

/* Writes the handle over the driver's answer, wherever it can. */
static void *keep_claiming(void *unused)
{
	volatile unsigned int slot = 0;

	(void)unused;
	sigsetjmp(claim.after_fault, 1);
	for (; !claim.over; sched_yield()) {
		volatile __u32 *answer =
			(void *)(claim.frame + slot++ % SLOTS * PAGE +
				 offsetof(struct NVOS64_PARAMETERS, hObjectNew));

		*answer = claim.handle;
	}
	return NULL;
}

/* Has the driver's answer say that a new client is one that exists. */
static void claim_client(struct scene *scene)
{
	struct attacker a;
	pthread_t thread;
	struct rm made;
	__u64 bytes;

	cast(scene, OUTSIDE, lender);
	arm(scene, &a);
	claim.handle = (__u32)scene->word[0];
	claim.frame = find_frame();
	signal(SIGBUS, on_fault);
	signal(SIGSEGV, on_fault);
	must(scene, "start a thread",
	     claim.frame ? (__u32)pthread_create(&thread, NULL, keep_claiming, NULL) : NV_OK);
	made = a.rm;
	for (int i = 0; i < 400; i++) {
		made.client = 0;
		if (!rm_alloc_on(&made, made.control, true, 0, 0, &made.client, NV01_ROOT_CLIENT,
				 NULL, 0))
			rm_free(&made, 0, made.client);
	}
	claim.over = true;
	if (claim.frame)
		pthread_join(thread, NULL);
	a.rm.client = claim.handle;
	/* Whose it is, is asked before the driver is. */
	if (rm_memory_size(&a.rm, (__u32)scene->word[1], &bytes) != (RM_ERRNO | EPERM))
		forbidden(scene, "pass for the owner of a client", NV_OK);
}

/* --- UVM ------------------------------------------------------------------------- */

static void uvm_map_and_free(struct scene *scene)
{
	struct attacker a;
	__u32 memory;

	enter(scene);
	open_all(scene, &a);
	open_uvm(scene, &a);
	begin(scene);
	for (__u64 at = 0; at < GREED; at += PIECE) {
		if (take(&a, RM_VIA_ALLOC64, PIECE, &memory) ||
		    uvm_create_external_range(&a.uvm, BASE + at, PIECE))
			break;
		refused_with(scene, "map by UVM",
			     uvm_map_external(&a.uvm, BASE + at, PIECE, a.uuid, memory));
		rm_free(&a.rm, a.gpu.device, memory);
	}
	take_all(scene, &a);
}

/* Over a mapping that is the memory's last reference goes one that fails. */
static void uvm_map_over(struct scene *scene)
{
	struct attacker a;
	__u32 memory, small;

	enter(scene);
	open_all(scene, &a);
	open_uvm(scene, &a);
	begin(scene);
	must(scene, "take a little", take(&a, RM_VIA_ALLOC64, 64 * KiB, &small));
	for (__u64 at = 0; at < GREED; at += PIECE) {
		if (take(&a, RM_VIA_ALLOC64, PIECE, &memory) ||
		    uvm_create_external_range(&a.uvm, BASE + at, PIECE) ||
		    uvm_map_external(&a.uvm, BASE + at, PIECE, a.uuid, memory))
			break;
		refused_with(scene, "map over",
			     uvm_map_external(&a.uvm, BASE + at, PIECE, a.uuid, small));
		rm_free(&a.rm, a.gpu.device, memory);
	}
	take_all(scene, &a);
}

/* The processes that made it have gone; UVM's file is in other hands. */
static void uvm_file_stays(struct scene *scene)
{
	struct attacker keeper, maker;
	__u32 memory, vaspace;

	enter(scene);
	open_all(scene, &keeper);
	must(scene, "read the UUID", rm_gpu_uuid(&keeper.gpu, keeper.uuid));
	begin(scene);
	for (__u64 at = 0; at < GREED; at += PIECE) {
		if (try_open_all(&maker) || uvm_open(&maker.uvm, &maker.rm, 0) ||
		    uvm_register_gpu(&maker.uvm, keeper.uuid) ||
		    rm_vaspace_create(&maker.gpu, &vaspace) ||
		    uvm_register_vaspace(&maker.uvm, keeper.uuid, vaspace) ||
		    take(&maker, RM_VIA_ALLOC64, PIECE, &memory) ||
		    uvm_create_external_range(&maker.uvm, BASE + at, PIECE))
			break;
		refused_with(scene, "map by UVM",
			     uvm_map_external(&maker.uvm, BASE + at, PIECE, keeper.uuid, memory));
		rm_gpu_close(&maker.gpu);
		rm_close(&maker.rm);
	}
	take_all(scene, &keeper);
}

/* --- mappings of processes --------------------------------------------------------- */

static void mapped_and_freed(struct scene *scene)
{
	struct attacker a;
	struct rm_map map;
	__u32 memory;

	arm(scene, &a);
	for (__u64 sum = 0; sum < GREED; sum += PIECE) {
		if (take(&a, RM_VIA_ALLOC64, PIECE, &memory))
			break;
		refused_with(scene, "map", rm_memory_map(&a.gpu, memory, 0, 64 * KiB, &map));
		rm_free(&a.rm, a.gpu.device, memory);
	}
	take_all(scene, &a);
}

/* --- export ------------------------------------------------------------------------ */

static __u32 export_to_file(struct attacker *a, __u32 memory, int *file)
{
	struct NV0000_CTRL_OS_UNIX_EXPORT_OBJECT_TO_FD_PARAMS params = {
		.object = {
			.type = NV0000_CTRL_OS_UNIX_EXPORT_OBJECT_TYPE_RM,
			.data.rmObject = {
				.hDevice = a->gpu.device,
				.hParent = a->gpu.device,
				.hObject = memory,
			},
		},
	};

	*file = rm_open_node("/dev", "nvidiactl");
	params.fd = *file;
	return rm_control(&a->rm, a->rm.client, NV0000_CTRL_CMD_OS_UNIX_EXPORT_OBJECT_TO_FD,
			  &params, sizeof(params));
}

static __u32 import_from_file(struct attacker *a, int file, __u32 *memory)
{
	struct NV0000_CTRL_OS_UNIX_IMPORT_OBJECT_FROM_FD_PARAMS params = {
		.fd = file,
		.object = {
			.type = NV0000_CTRL_OS_UNIX_EXPORT_OBJECT_TYPE_RM,
			.data.rmObject = {
				.hDevice = a->gpu.device,
				.hParent = a->gpu.device,
				.hObject = a->rm.next_handle++,
			},
		},
	};
	__u32 status = rm_control(&a->rm, a->rm.client,
				  NV0000_CTRL_CMD_OS_UNIX_IMPORT_OBJECT_FROM_FD, &params,
				  sizeof(params));

	*memory = params.object.data.rmObject.hObject;
	return status;
}

static void export_and_free(struct scene *scene)
{
	struct attacker a;
	__u32 memory;
	int file;

	arm(scene, &a);
	for (__u64 sum = 0; sum < GREED; sum += PIECE) {
		if (take(&a, RM_VIA_ALLOC64, PIECE, &memory))
			break;
		forbidden(scene, "export to a file", export_to_file(&a, memory, &file));
		rm_free(&a.rm, a.gpu.device, memory);
	}
	take_all(scene, &a);
}

static void exporter(struct scene *scene)
{
	struct attacker a;
	__u32 memory;
	int file;

	open_all(scene, &a);
	hold_secret(scene, &a, PIECE, &memory);
	scene->word[3] = export_to_file(&a, memory, &file);
	scene->word[4] = (__u64)file;
	scene->word[5] = (__u64)getpid();
}

/* Takes an exported file out of the other process, as SCM_RIGHTS would bring it. */
static void import_from(struct scene *scene, enum place place)
{
	struct attacker a;
	__u32 memory = 0, status;
	int file;

	cast(scene, place, exporter);
	file = take_file(scene, (pid_t)scene->word[5], (int)scene->word[4]);
	arm(scene, &a);
	status = scene->word[3] ? (__u32)scene->word[3] : import_from_file(&a, file, &memory);
	forbidden(scene, "import another's memory", status);
	if (status == NV_OK && knows_secret(scene, &a, memory))
		forbidden(scene, "read another's memory", NV_OK);
	take_all(scene, &a);
}

static void import_from_container(struct scene *scene)
{
	import_from(scene, OTHER);
}

static void import_from_unlimited(struct scene *scene)
{
	import_from(scene, OUTSIDE);
}

/* The names of the structure's members stand elsewhere from 580 on. */
static __u32 export_to_dmabuf(struct attacker *a, __u32 memory)
{
	struct nv_ioctl_export_to_dma_buf_fd_t old = {
		.fd = -1,
		.hClient = a->rm.client,
		.totalObjects = 1,
		.numObjects = 1,
		.totalSize = PIECE,
		.handles = { memory },
		.sizes = { PIECE },
	};
	struct nv_ioctl_export_to_dma_buf_fd_t_R580 new = {
		.fd = -1,
		.hClient = a->rm.client,
		.totalObjects = 1,
		.numObjects = 1,
		.totalSize = PIECE,
		.handles = { memory },
		.sizes = { PIECE },
	};
	bool is_old = a->rm.branch->export_to_dmabuf.size == sizeof(old);
	void *args = is_old ? (void *)&old : &new;
	__u32 status = rm_ioctl(&a->rm, a->gpu.file, NV_ESC_EXPORT_TO_DMABUF_FD, args,
				a->rm.branch->export_to_dmabuf.size);

	if (status != NV_OK)
		return status;
	return is_old ? old.status : new.status;
}

static void dmabuf_and_free(struct scene *scene)
{
	struct attacker a;
	__u32 memory;

	arm(scene, &a);
	for (__u64 sum = 0; sum < GREED; sum += PIECE) {
		if (take(&a, RM_VIA_ALLOC64, PIECE, &memory))
			break;
		forbidden(scene, "export to a dma-buf", export_to_dmabuf(&a, memory));
		rm_free(&a.rm, a.gpu.device, memory);
	}
	take_all(scene, &a);
}

#define STAYS "the charge stays with the memory until its last reference goes"
#define RM_ITSELF "the driver lets nobody use a client of another file"

const struct vector share_vectors[] = {
	{ "dup_own", "duplicates memory within its client and frees the original", STAYS, dup_own },
	{ "dup_other_own_client", "duplicates into another client of its own, closes the maker's file",
	  STAYS, dup_other_own_client },
	{ "client_of_tied_file",
	  "makes clients on files that are tied to another one (REGISTER_FD), closes them",
	  "a client that does not go with its file is none of a container's", client_of_tied_file },
	{ "tied_with_client", "ties a file that has a client and memory to another one, frees",
	  "a file that has clients is tied to no other", tied_with_client },
	{ "share_and_die", "shares with another process of the container (RM_SHARE), kills the maker",
	  STAYS, share_and_die },
	{ "share_with_container", "shares with an accomplice in another container, frees the original",
	  "a duplicate is of clients of one's own container, or those below it", share_with_container },
	{ "dup_from_container", "duplicates what a victim in another container shared with all",
	  "as above: the source's client is not the container's", dup_from_container },
	{ "dup_from_unlimited", "duplicates what an unlimited process shared with all",
	  "as above: it would be memory without a charge", dup_from_unlimited },
	{ "dup_into_foreign", "duplicates its memory into a victim's client", "as above, both ways",
	  dup_into_foreign, RM_ITSELF },
	{ "guess_handles", "names a victim's client and objects, to map, ask, share, allocate, free",
	  "each call's client must be the container's or one below", guess_handles, RM_ITSELF },
	{ "name_in_params", "makes a device with a victim's address space, an event on its object",
	  "a client that is named in parameters must be the container's, too", name_in_params },
	{ "claim_client", "writes an unlimited process's client into the answer that names its own",
	  "a client's handle is chosen by the module and told by nobody", claim_client, RM_ITSELF },
	{ "uvm_map_and_free", "lets UVM map memory and frees the original", STAYS ", which UVM has",
	  uvm_map_and_free },
	{ "uvm_map_over", "maps over UVM's last reference so that it fails half-way",
	  "a mapping that was mapped over keeps the charge until its range is freed", uvm_map_over },
	{ "uvm_file_stays", "lets UVM map memory and closes the file that it was made on",
	  STAYS "; UVM's file is a session too", uvm_file_stays },
	{ "mapped_and_freed", "maps memory into its process and frees it",
	  "the driver takes the memory back, and with it goes the charge", mapped_and_freed },
	{ "export_and_free", "exports memory to a file descriptor and frees the original",
	  "export to descriptors is refused", export_and_free },
	{ "import_from_container", "imports what a victim in another container exported",
	  "export and import are refused", import_from_container,
	  "the victim's export is refused already" },
	{ "import_from_unlimited", "imports what an unlimited process exported", "as above",
	  import_from_unlimited },
	{ "dmabuf_and_free", "exports memory to a dma-buf and frees the original",
	  "that escape is refused", dmabuf_and_free,
	  "not every kernel of the tests has dma-buf" },
	{ 0 },
};
