// SPDX-License-Identifier: MIT
/* Vectors: cgroups that nest, go, come back, and whose threads are apart. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ghostnv.h>

#include "nvabi/nvstatus.h"

#include "escape.h"
#include "stage.h"

/* A container below the attacker's; in a control a cgroup only. */
static void make_below(struct scene *scene, const char *name, __u64 bytes, char *dir, size_t size)
{
	make_dir(scene, OWN, name, dir, size);
	if (!scene->control)
		must_errno(scene, "make a container", make_container(dir, 1, bytes) ? 0 : -1);
}

/* Takes all that can be had with a session of its own; stays open. */
static void take_here(struct scene *scene)
{
	struct attacker a;

	if (try_open_all(&a) == NV_OK)
		take_all(scene, &a);
}

static void move_between(struct scene *scene)
{
	char one[160], two[160], three[160];

	make_below(scene, "one", LIMIT, one, sizeof(one));
	make_below(scene, "two", LIMIT, two, sizeof(two));
	make_dir(scene, OWN, "three", three, sizeof(three));
	enter_dir(scene, one);
	begin(scene);
	take_here(scene);
	enter_dir(scene, two);
	take_here(scene);
	enter_dir(scene, three);
	take_here(scene);
	enter(scene);
	take_here(scene);
}

/* The memory of one session, held in a cgroup that is then left. */
static void move_with_session(struct scene *scene)
{
	struct attacker a;
	char one[160], two[160];

	make_below(scene, "one", LIMIT, one, sizeof(one));
	make_below(scene, "two", LIMIT, two, sizeof(two));
	enter_dir(scene, one);
	open_all(scene, &a);
	begin(scene);
	take_all(scene, &a);
	enter_dir(scene, two);
	take_all(scene, &a);
	take_here(scene);
}

/* --- threads ---------------------------------------------------------------------------- */

struct part {
	struct scene *scene;
	const char *dir;
	struct attacker *with;
	__u32 status;
};

/* A thread that goes into a cgroup of its own. */
static void enter_thread(struct scene *scene, const char *dir)
{
	char path[256], tid[24];

	snprintf(path, sizeof(path), "%s/cgroup.threads", dir);
	snprintf(tid, sizeof(tid), "%ld", syscall(SYS_gettid));
	must_errno(scene, "move a thread", write_text(path, tid));
}

static void *take_in_thread(void *arg)
{
	struct part *part = arg;

	enter_thread(part->scene, part->dir);
	take_here(part->scene);
	return NULL;
}

static void *use_in_thread(void *arg)
{
	struct part *part = arg;
	__u32 handle;

	enter_thread(part->scene, part->dir);
	part->status = take(part->with, RM_VIA_ALLOC64, PIECE, &handle);
	return NULL;
}

static void run_thread(struct scene *scene, void *(*run)(void *part), struct part *part)
{
	pthread_t thread;

	must(scene, "start a thread", (__u32)pthread_create(&thread, NULL, run, part));
	pthread_join(thread, NULL);
}

static void make_threaded(struct scene *scene, const char *dir)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/cgroup.type", dir);
	must_errno(scene, "make a cgroup threaded", write_text(path, "threaded"));
}

static void threads_apart(struct scene *scene)
{
	char one[160], two[160], three[160];

	make_below(scene, "one", LIMIT, one, sizeof(one));
	make_below(scene, "two", LIMIT, two, sizeof(two));
	make_dir(scene, OWN, "three", three, sizeof(three));
	make_threaded(scene, one);
	make_threaded(scene, two);
	make_threaded(scene, three);
	enter(scene);
	begin(scene);
	run_thread(scene, take_in_thread, &(struct part){ scene, one });
	run_thread(scene, take_in_thread, &(struct part){ scene, two });
	run_thread(scene, take_in_thread, &(struct part){ scene, three });
	take_here(scene);
}

/* One process with threads in two containers of which none is above the other. */
static void thread_of_another(struct scene *scene)
{
	char domain[96], one[128], two[128];
	struct attacker a;
	struct part part = { scene, two, &a };

	snprintf(domain, sizeof(domain), "%s/domain", scene->dir);
	snprintf(one, sizeof(one), "%s/one", domain);
	snprintf(two, sizeof(two), "%s/two", domain);
	must_errno(scene, "make a cgroup", mkdir(domain, 0755));
	must_errno(scene, "make a cgroup", mkdir(one, 0755));
	must_errno(scene, "make a cgroup", mkdir(two, 0755));
	make_threaded(scene, one);
	make_threaded(scene, two);
	if (!scene->control) {
		must_errno(scene, "make a container", make_container(one, 1, LIMIT) ? 0 : -1);
		must_errno(scene, "make a container", make_container(two, 1, LIMIT) ? 0 : -1);
	}
	enter_dir(scene, domain);
	enter_thread(scene, one);
	open_all(scene, &a);
	begin(scene);
	run_thread(scene, use_in_thread, &part);
	forbidden(scene, "use a session of a thread in another container", part.status);
}

/* --- nested ------------------------------------------------------------------------------ */

static void nested_raises(struct scene *scene)
{
	char dir[160];
	__u64 id;

	make_dir(scene, OWN, "child", dir, sizeof(dir));
	id = make_container(dir, 1, 64 * KiB);
	must_errno(scene, "make a container", id ? 0 : -1);
	if (!scene->control)
		enter_dir(scene, dir);
	begin(scene);
	forbidden_errno(scene, "raise its own limit",
			set_limit(id, GHOSTNV_LIMIT_VRAM_MAX, GHOSTNV_UNLIMITED));
	if (scene->id)
		forbidden_errno(scene, "raise the limit above",
				set_limit(scene->id, GHOSTNV_LIMIT_VRAM_MAX, GHOSTNV_UNLIMITED));
	take_here(scene);
}

static void nested_creates(struct scene *scene)
{
	char dir[160];

	make_dir(scene, OWN, "child", dir, sizeof(dir));
	enter(scene);
	begin(scene);
	make_container(dir, scene->control ? 1 : 3, GHOSTNV_UNLIMITED);
	enter_dir(scene, dir);
	take_here(scene);
	if (!scene->control)
		forbidden(scene, "open the other GPU",
			  rm_open_node("/dev", "nvidia1") < 0 ? NV_ERR_INVALID_DEVICE : NV_OK);
}

/* A container below, left, removed, and made again under its name. */
static void removed_and_made_again(struct scene *scene)
{
	char dir[160];

	make_below(scene, "child", PIECE, dir, sizeof(dir));
	enter_dir(scene, dir);
	begin(scene);
	take_here(scene);
	enter(scene);
	must_errno(scene, "remove a cgroup", rmdir(dir));
	must_errno(scene, "make it again", mkdir(dir, 0755));
	enter_dir(scene, dir);
	take_here(scene);
}

/* What a container held stays charged above when it is gone. */
static void removed_with_memory(struct scene *scene)
{
	char dir[160];

	for (__u64 sum = 0; sum < GREED; sum += PIECE) {
		struct attacker a;
		__u32 handle;

		make_below(scene, "child", LIMIT, dir, sizeof(dir));
		enter_dir(scene, dir);
		begin(scene);
		if (try_open_all(&a) == NV_OK)
			refused_with(scene, "take memory",
				     take(&a, RM_VIA_ALLOC64, PIECE, &handle));
		enter(scene);
		must_errno(scene, "remove a cgroup", rmdir(dir));
	}
	take_here(scene);
}

/* Cgroups until one has the id that a container had. */
static void id_again(struct scene *scene)
{
	struct stat first, again;
	char dir[160];

	make_below(scene, "child", GHOSTNV_UNLIMITED, dir, sizeof(dir));
	must_errno(scene, "look at a cgroup", stat(dir, &first));
	enter(scene);
	begin(scene);
	for (int i = 0; i < 200; i++) {
		must_errno(scene, "remove a cgroup", rmdir(dir));
		must_errno(scene, "make a cgroup", mkdir(dir, 0755));
		must_errno(scene, "look at a cgroup", stat(dir, &again));
		if (again.st_ino == first.st_ino)
			forbidden(scene, "an id again", NV_OK);
	}
	enter_dir(scene, dir);
	take_here(scene);
}

static void hold_for_life(struct scene *scene)
{
	struct attacker a;
	__u32 handle;

	open_all(scene, &a);
	hold_secret(scene, &a, PIECE, &handle);
}

/* A container of both, whose policy would let one be killed for the other. */
static void make_above(struct scene *scene, __u64 policy)
{
	char outside[96];
	__u64 id;

	snprintf(outside, sizeof(outside), "%s/..", scene->dir);
	enter_dir(scene, outside);
	id = make_container(scene->dir, 1, 3 * PIECE);
	must_errno(scene, "make a container above", id ? 0 : -1);
	must_errno(scene, "set its policy", set_limit(id, GHOSTNV_LIMIT_OOM_POLICY, policy));
}

/* Needs room, and may be the one that is killed for it. */
static void want_room(const char *dir)
{
	struct attacker a;
	__u32 handle;
	pid_t pid = fork();

	if (!pid) {
		if (!move_to(dir) && try_open_all(&a) == NV_OK)
			take(&a, RM_VIA_ALLOC64, 2 * PIECE, &handle);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* Who is killed may still be ending when the other one has its answer. */
static bool ends(pid_t pid)
{
	for (int i = 0; i < 100; i++) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return true;
		usleep(10000);
	}
	return false;
}

/* In a control there is no container between the two of them. */
static void nested_makes_room(struct scene *scene, __u64 policy)
{
	pid_t victim = cast(scene, OTHER, hold_for_life);
	char dir[160];
	__u64 id;

	make_above(scene, policy);
	make_dir(scene, OWN, "child", dir, sizeof(dir));
	enter(scene);
	begin(scene);
	id = make_container(dir, 1, GHOSTNV_UNLIMITED);
	must_errno(scene, "make a container", id ? 0 : -1);
	must_errno(scene, "set a policy", set_limit(id, GHOSTNV_LIMIT_OOM_POLICY, policy));
	must_errno(scene, "set a priority", set_limit(id, GHOSTNV_LIMIT_OOM_PRIORITY, 1000));
	must_errno(scene, "set a time", set_limit(id, GHOSTNV_LIMIT_OOM_WAIT_MS, 50));
	want_room(dir);
	forbidden(scene, "have another killed", ends(victim) ? NV_OK : NV_ERR_NO_MEMORY);
}

static void nested_evicts(struct scene *scene)
{
	nested_makes_room(scene, GHOSTNV_OOM_EVICT);
}

static void nested_kills(struct scene *scene)
{
	nested_makes_room(scene, GHOSTNV_OOM_KILL);
}

#define ABOVE "a charge must fit every container above, too"
#define REACH "a policy reaches no further than that of every container in between"

const struct vector cgroup_vectors[] = {
	{ "move_between", "takes memory in one cgroup after the other, of those below its container",
	  ABOVE, move_between },
	{ "move_with_session", "takes its session along from cgroup to cgroup", ABOVE,
	  move_with_session },
	{ "threads_apart", "has threads in threaded cgroups that are containers of their own",
	  "a caller's container is its thread's; " ABOVE, threads_apart },
	{ "thread_of_another", "opens a session in a thread of one container, uses it in another's",
	  "a session is used by its opener's container and its relatives only", thread_of_another },
	{ "nested_raises", "raises its own limit and those above from a nested container",
	  "who is in a container changes limits strictly below it only", nested_raises },
	{ "nested_creates", "makes a container without a limit, with all GPUs, below its own",
	  ABOVE "; and so must a GPU be granted", nested_creates },
	{ "nested_evicts", "has another container evicted for one below its own, by priority and policy",
	  REACH, nested_evicts },
	{ "nested_kills", "has another container killed for one below its own, by its policy", REACH,
	  nested_kills },
	{ "removed_and_made_again", "leaves a nested container, removes its cgroup, makes it again",
	  "a new cgroup is another one: the container above is the nearest",
	  removed_and_made_again },
	{ "removed_with_memory", "removes nested cgroups whose containers still hold memory",
	  "what is still charged stays charged above", removed_with_memory },
	{ "id_again", "makes cgroups until one has a removed container's id",
	  "ids are 64 bits long and count upwards; a dead container is found by nobody", id_again },
	{ 0 },
};
