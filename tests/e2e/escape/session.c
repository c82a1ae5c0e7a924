// SPDX-License-Identifier: MIT
/* Vectors: sessions that others opened, or that were opened before. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nvabi/nvclass.h"
#include "nvabi/nvos.h"
#include "nvabi/nvstatus.h"

#include "escape.h"
#include "stage.h"

/* Those of control, GPU, and a mapping of the secret. */
#define FILES 3

/* Between the attacker and who passes files; made before both part. */
static int sockets[2];

static void make_sockets(struct scene *scene)
{
	must_errno(scene, "socketpair",
		   socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets));
}

/* Opens everything, holds a secret, and passes on the files and their names. */
static void pass_on(struct scene *scene)
{
	struct attacker a;
	struct rm_map map;
	__u32 memory;

	open_all(scene, &a);
	hold_secret(scene, &a, PIECE, &memory);
	must(scene, "victim's mapping", rm_memory_map(&a.gpu, memory, 0, 64 * KiB, &map));
	scene->word[0] = a.rm.client;
	scene->word[1] = a.gpu.device;
	scene->word[2] = memory;
	scene->word[3] = (__u64)getpid();
	scene->word[4] = (__u64)a.rm.control;
	send_files(sockets[0], (int[]){ a.rm.control, a.gpu.file, map.file }, FILES);
}

/* What the driver would know of the files' owner. */
static void adopt(struct scene *scene, struct attacker *a, const int *files)
{
	struct rm probe;

	must(scene, "ask for the version", rm_open(&probe, "/dev"));
	memset(a, 0, sizeof(*a));
	a->rm = probe;
	rm_close(&probe);
	a->rm.control = files[0];
	a->rm.client = (__u32)scene->word[0];
	a->rm.next_handle = 0xcaf10000;
	a->gpu.rm = &a->rm;
	a->gpu.file = files[1];
	a->gpu.card = &a->rm.cards[0];
	a->gpu.device = (__u32)scene->word[1];
}

/*
 * Inside of the container, with files that somebody in @place has passed on.  Gives
 * back the one that the secret is mapped from.
 */
static int receive_from(struct scene *scene, enum place place, struct attacker *a)
{
	int files[FILES];

	make_sockets(scene);
	cast(scene, place, pass_on);
	enter(scene);
	receive_files(sockets[1], files, FILES);
	adopt(scene, a, files);
	begin(scene);
	return files[2];
}

static void take_as_another(struct scene *scene, struct attacker *a)
{

	__u32 handle, client = 0;

	forbidden(scene, "take memory as another", take(a, RM_VIA_ALLOC64, PIECE, &handle));
	forbidden(scene, "make a client on another's file",
		  rm_alloc_on(&a->rm, a->rm.control, false, 0, 0, &client, NV01_ROOT_CLIENT, NULL,
			      0));
}

static void rights_from_container(struct scene *scene)
{
	struct attacker a;

	receive_from(scene, OTHER, &a);
	take_as_another(scene, &a);
}

static void rights_to_secret(struct scene *scene)
{
	struct attacker a;
	int file = receive_from(scene, OTHER, &a);
	__u64 *at = mmap(NULL, 64 * KiB, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

	forbidden_errno(scene, "map another's memory", at == MAP_FAILED ? -1 : 0);
	if (at != MAP_FAILED)
		must(scene, "read the secret", *at == scene->secret ? NV_OK : NV_ERR_GENERIC);
}

static void rights_to_free(struct scene *scene)
{
	struct attacker a;

	receive_from(scene, OTHER, &a);
	forbidden(scene, "free another's memory",
		  rm_free(&a.rm, a.gpu.device, (__u32)scene->word[2]));
	forbidden(scene, "free another's client", rm_free(&a.rm, 0, a.rm.client));
}

/* An unlimited process's files may be used; its clients may not. */
static void rights_from_unlimited(struct scene *scene)
{
	struct attacker a;
	__u32 handle;

	receive_from(scene, OUTSIDE, &a);
	forbidden(scene, "take memory as an unlimited one",
		  take(&a, RM_VIA_ALLOC64, PIECE, &handle));
	a.rm.client = 0;
	if (rm_gpu_open(&a.rm, 0, &a.gpu) == NV_OK)
		take_all(scene, &a);
}

static void traced_file(struct scene *scene)
{
	struct attacker a;
	int files[2];

	make_sockets(scene);
	cast(scene, OTHER, pass_on);
	enter(scene);
	files[0] = take_file(scene, (pid_t)scene->word[3], (int)scene->word[4]);
	files[1] = rm_open_node("/dev", "nvidia0");
	adopt(scene, &a, files);
	begin(scene);
	take_as_another(scene, &a);
}

/* A file opened anew through /proc is a session of who opens it. */
static void reopened(struct scene *scene)
{
	struct attacker a;
	char path[64];
	__u32 handle;
	int files[2];

	make_sockets(scene);
	cast(scene, OTHER, pass_on);
	enter(scene);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)scene->word[3], (int)scene->word[4]);
	files[0] = open(path, O_RDWR | O_CLOEXEC);
	must_errno(scene, "open another's file anew", files[0]);
	files[1] = rm_open_node("/dev", "nvidia0");
	adopt(scene, &a, files);
	begin(scene);
	if (take(&a, RM_VIA_ALLOC64, PIECE, &handle) == NV_OK)
		forbidden(scene, "take memory as another", NV_OK);
	a.rm.client = 0;
	must(scene, "make a device", rm_gpu_open(&a.rm, 0, &a.gpu));
	take_all(scene, &a);
}

static void open_second_gpu(struct scene *scene)
{
	int file = rm_open_node("/dev", "nvidia1");

	must_errno(scene, "open the other GPU", file);
	scene->word[0] = (__u64)getpid();
	scene->word[1] = (__u64)file;
}

static void reopened_gpu(struct scene *scene)
{
	char path[64];

	cast(scene, OUTSIDE, open_second_gpu);
	enter(scene);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)scene->word[0], (int)scene->word[1]);
	begin(scene);
	forbidden_errno(scene, "open another's GPU anew", open(path, O_RDWR | O_CLOEXEC));
}

/* --- inherited ----------------------------------------------------------------------- */

static struct attacker inherited;

static void use_inherited(struct scene *scene)
{
	begin(scene);
	take_all(scene, &inherited);
}

static void over_fork(struct scene *scene)
{
	open_all(scene, &inherited);
	cast(scene, OWN, use_inherited);
	inherited.rm.client = 0;
	enter(scene);
	if (rm_gpu_open(&inherited.rm, 0, &inherited.gpu) == NV_OK)
		take_all(scene, &inherited);
}

/* The program that session_inherited_exec becomes: CONTROL GPU DOOR. */
int after_exec(char **argv)
{
	struct scene unshared = { .control = false };
	struct attacker a;
	int door = atoi(argv[2]);

	if (rm_open(&a.rm, "/dev"))
		return 1;
	close(a.rm.control);
	a.rm.control = atoi(argv[0]);
	if (rm_gpu_open(&a.rm, 0, &a.gpu) == NV_OK)
		take_all(&unshared, &a);
	if (write(door, "", 1) != 1)
		return 1;
	for (;;)
		pause();
}

static void over_exec(struct scene *scene)
{
	char numbers[3][12], byte;
	struct attacker a;
	int door[2];
	pid_t pid;

	open_all(scene, &a);
	must_errno(scene, "pipe", pipe(door));
	fcntl(a.rm.control, F_SETFD, 0);
	fcntl(a.gpu.file, F_SETFD, 0);
	snprintf(numbers[0], sizeof(numbers[0]), "%d", a.rm.control);
	snprintf(numbers[1], sizeof(numbers[1]), "%d", a.gpu.file);
	snprintf(numbers[2], sizeof(numbers[2]), "%d", door[1]);
	enter(scene);
	begin(scene);
	pid = fork();
	must_errno(scene, "fork", pid);
	if (!pid) {
		execl("/proc/self/exe", "escape", "--after-exec", numbers[0], numbers[1],
		      numbers[2], NULL);
		_exit(1);
	}
	close(door[1]);
	must_errno(scene, "the program", read(door[0], &byte, 1) == 1 ? 0 : -1);
}

/* --- before --------------------------------------------------------------------------- */

static void grow(struct scene *scene, struct attacker *old)
{
	struct attacker new;
	__u32 handle;

	begin(scene);
	for (__u64 sum = 0; sum < GREED; sum += PIECE)
		refused_with(scene, "take memory", take(old, RM_VIA_ALLOC64, PIECE, &handle));
	if (try_open_all(&new) == NV_OK)
		take_all(scene, &new);
}

static void before_limit(struct scene *scene)
{
	struct attacker a;

	enter(scene);
	open_all(scene, &a);
	limit(scene);
	grow(scene, &a);
}

static void hold_before(struct scene *scene, struct attacker *a)
{
	__u32 handle;

	must(scene, "take memory before", take(a, RM_VIA_ALLOC64, PIECE, &handle));
	scene->rightful += PIECE;
}

static void memory_before_limit(struct scene *scene)
{
	struct attacker a;

	enter(scene);
	open_all(scene, &a);
	hold_before(scene, &a);
	limit(scene);
	grow(scene, &a);
}

static void before_entering(struct scene *scene)
{
	struct attacker a;

	open_all(scene, &a);
	enter(scene);
	grow(scene, &a);
}

static void memory_before_entering(struct scene *scene)
{
	struct attacker a;

	open_all(scene, &a);
	hold_before(scene, &a);
	enter(scene);
	grow(scene, &a);
}

static void uvm_before_entering(struct scene *scene)
{
	struct attacker a, inside;
	__u64 at = 0x7f0000000000;
	__u32 memory;

	open_all(scene, &a);
	open_uvm(scene, &a);
	enter(scene);
	begin(scene);
	must(scene, "open inside", try_open_all(&inside));
	for (__u64 sum = 0; sum < GREED; sum += PIECE, at += PIECE) {
		if (take(&inside, RM_VIA_ALLOC64, PIECE, &memory) ||
		    uvm_create_external_range(&a.uvm, at, PIECE))
			break;
		a.uvm.rm = &inside.rm;
		refused_with(scene, "map by UVM",
			     uvm_map_external(&a.uvm, at, PIECE, a.uuid, memory));
		rm_free(&inside.rm, inside.gpu.device, memory);
	}
	take_all(scene, &inside);
}

/* The module comes when everything is open already. */
static void before_module(struct scene *scene)
{
	struct attacker a;

	enter(scene);
	open_all(scene, &a);
	must_errno(scene, "load the modules anew", modules_reload_ghostnv("") ? 0 : -1);
	limit(scene);
	grow(scene, &a);
}

static void memory_before_module(struct scene *scene)
{
	struct attacker a;

	enter(scene);
	open_all(scene, &a);
	hold_before(scene, &a);
	must_errno(scene, "load the modules anew", modules_reload_ghostnv("") ? 0 : -1);
	limit(scene);
	grow(scene, &a);
}

#define STRANGER "a session is used by its opener's container and its relatives only"
#define CALLER "the caller is charged, whoever opened the session"
#define NO_GROWTH "what was held before stays uncharged and does not grow: clients that no " \
		  "container made are not used by one; what is new counts"

const struct vector session_vectors[] = {
	{ "rights_from_container", "gets a victim's session by SCM_RIGHTS and takes memory on it",
	  STRANGER, rights_from_container },
	{ "rights_to_secret", "maps a victim's memory through such a session", STRANGER,
	  rights_to_secret },
	{ "rights_to_free", "frees a victim's memory and client through it", STRANGER,
	  rights_to_free },
	{ "rights_from_unlimited", "gets an unlimited process's session, uses its client, makes one",
	  "the client is no container's and refused; a new one is charged", rights_from_unlimited },
	{ "traced_file", "takes a victim's file by pidfd_getfd", STRANGER, traced_file },
	{ "reopened", "opens a victim's file anew through /proc/PID/fd",
	  "that is a new session, of who opens it", reopened },
	{ "reopened_gpu", "opens another's file of a GPU that is not granted anew",
	  "opening it is refused, by whatever path", reopened_gpu, NULL, TWO_GPUS },
	{ "inherited_fork", "inherits an unlimited process's session over fork", CALLER, over_fork },
	{ "inherited_exec", "inherits an unlimited process's session over fork and exec", CALLER,
	  over_exec },
	{ "before_limit", "has its session open before its cgroup becomes a container",
	  "the operations are redirected in place, so its files are known at their next call",
	  before_limit, NULL, LATE_LIMIT },
	{ "memory_before_limit", "holds memory before its cgroup becomes a container", NO_GROWTH,
	  memory_before_limit, NULL, LATE_LIMIT },
	{ "before_entering", "has its session open before it enters the container",
	  "as before_limit", before_entering },
	{ "memory_before_entering", "holds memory before it enters the container", NO_GROWTH,
	  memory_before_entering },
	{ "uvm_before_entering", "has a session of nvidia-uvm open before it enters",
	  "a mapping takes a reference to the charge, whoever opened the session",
	  uvm_before_entering },
	{ "before_module", "has its session open before ghostnv is loaded", "as before_limit",
	  before_module, NULL, LATE_LIMIT },
	{ "memory_before_module", "holds memory before ghostnv is loaded", NO_GROWTH,
	  memory_before_module, NULL, LATE_LIMIT },
	{ 0 },
};
