// SPDX-License-Identifier: MIT
/*
 * Plays a vector and looks at what came of it: see escape.h.  What the card holds
 * is asked of the driver by a client of the harness's own, which no container has
 * to do with; ghostnv's own accounting is looked at only for what is left over.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/ghostnv.h>

#include "escape.h"
#include "nvabi/nvstatus.h"
#include "stage.h"

#define CGROUPS "/sys/fs/cgroup"
/* How long one play may take, and what it leaves may take to go. */
#define PLAY_MS 60000
#define END_MS 20000
/* What a victim's container may have. */
#define OTHER_LIMIT (256 * MiB)

static struct {
	struct rm rm;
	struct rm_gpu gpus[2];
	unsigned int count;
	unsigned int played;
	char sim_arguments[256];
} harness;

bool harness_open(void)
{
	if (rm_open(&harness.rm, "/dev") != NV_OK)
		return false;
	for (harness.count = 0; harness.count < harness.rm.ncards && harness.count < 2;
	     harness.count++) {
		if (rm_gpu_open(&harness.rm, harness.count, &harness.gpus[harness.count]) != NV_OK)
			return false;
	}
	return harness.count > 0;
}

void harness_close(void)
{
	while (harness.count)
		rm_gpu_close(&harness.gpus[--harness.count]);
	rm_close(&harness.rm);
}

unsigned int harness_gpus(void)
{
	return harness.count;
}

/* What is free on all cards together: the driver's word to an unlimited client. */
__u64 harness_free_bytes(void)
{
	__u64 total, left, sum = 0;

	for (unsigned int i = 0; i < harness.count; i++) {
		if (rm_gpu_memory_info(&harness.gpus[i], false, &total, &left) != NV_OK)
			abort();
		sum += left;
	}
	return sum;
}

/* --- another simulator ------------------------------------------------------------- */

static void read_parameter(const char *name, char *to, size_t size)
{
	char path[128], value[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/ghostnv_sim/parameters/%s", name);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(value, sizeof(value), file) && strcspn(value, "\n"))
		snprintf(to, size, " %s=%.*s", name, (int)strcspn(value, "\n"), value);
	fclose(file);
}

/* How the simulator is loaded, so that it can be loaded that way again. */
static void remember_arguments(void)
{
	static const char *const names[] = { "gpus", "vram", "abi", "uvm_disable_hmm" };
	size_t used = 0;

	if (harness.sim_arguments[0])
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		read_parameter(names[i], harness.sim_arguments + used,
			       sizeof(harness.sim_arguments) - used);
		used = strlen(harness.sim_arguments);
	}
}

/* All modules anew; the simulator with one more argument, or as it was. */
bool harness_reload(const char *argument)
{
	static const char *const names[] = { "ghostnv_rm", "ghostnv", "ghostnv_sim", NULL };
	char arguments[320];

	remember_arguments();
	snprintf(arguments, sizeof(arguments), "%s %s", harness.sim_arguments, argument);
	harness_close();
	return modules_unload(names) && modules_load("ghostnv", "") &&
	       modules_load("ghostnv-sim", arguments) && modules_load_bridge() &&
	       harness_open();
}

/* --- a scene ------------------------------------------------------------------------- */

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

static bool set_scene(struct scene *scene, const struct vector *vector)
{
	static const enum place places[] = { OUTSIDE, OWN, OTHER };
	char dir[128];

	snprintf(scene->dir, sizeof(scene->dir), CGROUPS "/escape-%u", harness.played++);
	if (mkdir(scene->dir, 0755))
		return false;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		place_dir(scene, places[i], dir, sizeof(dir));
		if (mkdir(dir, 0755))
			return false;
	}
	if (!make_container(dir, 1, OTHER_LIMIT))
		return false;
	if (!(vector->flags & LATE_LIMIT))
		limit(scene);
	return getrandom(&scene->secret, sizeof(scene->secret), 0) == sizeof(scene->secret);
}

static void remove_dirs(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char below[512];

	while (dir && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		remove_dirs(below);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

/* Everybody on the scene, wherever they went. */
static void kill_all(const struct scene *scene, pid_t director)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/cgroup.kill", scene->dir);
	write_text(path, "1");
	kill(-director, SIGKILL);
}

static bool all_gone(void)
{
	pid_t pid;

	for (int i = 0; i < END_MS / 5; i++) {
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0)
			return true;
		pause_ms(5);
	}
	return false;
}

/* Nothing is charged to the container, and nothing is open in it. */
static bool is_empty(__u64 id)
{
	struct ghostnv_stats stats = {
		.size = sizeof(stats),
		.id = id,
		.gpu = GHOSTNV_GPU_TOTAL,
	};

	if (!id)
		return true;
	if (ghostnv_call(GHOSTNV_IOC_STATS, &stats))
		return errno == ENOENT;
	return !stats.vram_current_bytes && !stats.sessions && !stats.clients;
}

/* A file may be released a moment after its process is gone. */
static bool all_given_back(const struct scene *scene, __u64 free_before)
{
	for (int i = 0; i < END_MS / 5; i++) {
		if (harness_free_bytes() == free_before && is_empty(scene->id))
			return true;
		pause_ms(5);
	}
	return false;
}

/* The first process of a scene. */
static void direct(struct scene *scene, const struct vector *vector, int door)
{
	setsid();
	stage_take_door(door);
	harness_close();
	enter_place(scene, OUTSIDE);
	vector->play(scene);
	played();
}

static bool wait_for(int door)
{
	struct pollfd wait = { .fd = door, .events = POLLIN };
	char byte;

	return poll(&wait, 1, PLAY_MS) == 1 && read(door, &byte, 1) == 1;
}

static void look(const struct scene *scene, __u64 free_before, struct outcome *outcome)
{
	__u64 gone = free_before - harness_free_bytes();

	outcome->held = gone > scene->rightful ? gone - scene->rightful : 0;
	outcome->over = outcome->held > LIMIT ? outcome->held - LIMIT : 0;
}

static void play_on(struct scene *scene, const struct vector *vector, struct outcome *outcome)
{
	__u64 free_before = harness_free_bytes();
	int door[2];
	pid_t director;

	if (pipe2(door, O_CLOEXEC))
		abort();
	fflush(stdout);
	director = fork();
	if (director < 0)
		abort();
	if (!director) {
		close(door[0]);
		direct(scene, vector, door[1]);
	}
	close(door[1]);
	outcome->hung = !wait_for(door[0]);
	close(door[0]);
	look(scene, free_before, outcome);
	outcome->scene = *scene;
	kill_all(scene, director);
	outcome->left = !all_gone() || !all_given_back(scene, free_before);
}

void harness_play(const struct vector *vector, bool control, struct outcome *outcome)
{
	struct scene *scene = mmap(NULL, sizeof(*scene), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (scene == MAP_FAILED)
		abort();
	*outcome = (struct outcome){ .hung = false };
	scene->control = control;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!set_scene(scene, vector)) {
		scene->broken = true;
		snprintf(scene->told, sizeof(scene->told), "cannot set the scene: %s",
			 strerrorname_np(errno));
		outcome->scene = *scene;
	} else {
		play_on(scene, vector, outcome);
	}
	remove_dirs(scene->dir);
	munmap(scene, sizeof(*scene));
}
