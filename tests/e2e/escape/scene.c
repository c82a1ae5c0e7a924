// SPDX-License-Identifier: MIT
/*
 * What everybody on a scene uses: see escape.h.  Whoever has done its part waits
 * until it is killed; what it says is written into the scene.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ghostnv.h>

#include "escape.h"
#include "nvabi/nvstatus.h"
#include "stage.h"

/* Where this process says that it has played; its death closes it. */
static int stage_door = -1;

void stage_take_door(int fd)
{
	stage_door = fd;
}

/* This process has done its part. */
void played(void)
{
	if (write(stage_door, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void tell(struct scene *scene, const char *what, const char *how)
{
	snprintf(scene->told, sizeof(scene->told), "%s: %s", what, how);
}

static const char *status_text(__u32 status)
{
	static char number[16];
	const char *name = rm_status_name(status);

	if (strcmp(name, "other"))
		return name;
	snprintf(number, sizeof(number), "0x%x", status);
	return number;
}

static void give_up(struct scene *scene, const char *step, const char *how)
{
	if (!scene->broken && !scene->skipped)
		tell(scene, step, how);
	scene->broken = true;
	played();
}

/* A step without which the attack means nothing. */
void must(struct scene *scene, const char *step, __u32 status)
{
	if (status != NV_OK)
		give_up(scene, step, status_text(status));
}

void must_errno(struct scene *scene, const char *step, int ret)
{
	if (ret < 0)
		give_up(scene, step, strerrorname_np(errno));
}

void skip_vector(struct scene *scene, const char *why)
{
	snprintf(scene->told, sizeof(scene->told), "%s", why);
	scene->skipped = true;
	played();
}

/* All is prepared: what follows is the attack. */
void begin(struct scene *scene)
{
	scene->begun = true;
}

void refused_with(struct scene *scene, const char *what, __u32 status)
{
	if (!scene->reached)
		tell(scene, what, status_text(status));
}

/* What must not succeed; an unlimited process reaches it. */
void forbidden(struct scene *scene, const char *what, __u32 status)
{
	scene->tried = true;
	refused_with(scene, what, status);
	if (status == NV_OK)
		scene->reached = true;
}

void forbidden_errno(struct scene *scene, const char *what, long ret)
{
	forbidden(scene, what, ret < 0 ? RM_ERRNO | (__u32)errno : NV_OK);
}

/* --- cgroups ------------------------------------------------------------------- */

void place_dir(const struct scene *scene, enum place place, char *path, size_t size)
{
	static const char *const names[] = { "outside", "own", "other" };

	snprintf(path, size, "%s/%s", scene->dir, names[place]);
}

int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;
	int saved;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	saved = errno;
	close(fd);
	errno = saved;
	return n < 0 ? -1 : 0;
}

int move_to(const char *dir)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	return write_text(path, "0");
}

void enter_dir(struct scene *scene, const char *path)
{
	must_errno(scene, "enter a cgroup", move_to(path));
}

void enter_place(struct scene *scene, enum place place)
{
	char dir[128];

	place_dir(scene, place, dir, sizeof(dir));
	enter_dir(scene, dir);
}

void enter(struct scene *scene)
{
	enter_place(scene, OWN);
}

/* Makes a cgroup below one of the scene's places. */
void make_dir(struct scene *scene, enum place place, const char *name, char *path, size_t size)
{
	char dir[128];

	place_dir(scene, place, dir, sizeof(dir));
	snprintf(path, size, "%s/%s", dir, name);
	must_errno(scene, "make a cgroup", mkdir(path, 0755));
}

int ghostnv_call(unsigned long number, void *argument)
{
	int fd = open("/dev/ghostnv", O_RDWR | O_CLOEXEC), ret, saved;

	if (fd < 0)
		return -1;
	ret = ioctl(fd, number, argument);
	saved = errno;
	close(fd);
	errno = saved;
	return ret;
}

/* Gives back the container's id, or 0 and an errno. */
__u64 make_container(const char *dir, __u64 gpus, __u64 bytes)
{
	struct ghostnv_container_create create = {
		.size = sizeof(create),
		.cgroup_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.gpus = gpus,
		.vram_max_bytes = bytes,
	};
	int ret, saved;

	if (create.cgroup_fd < 0)
		return 0;
	ret = ghostnv_call(GHOSTNV_IOC_CONTAINER_CREATE, &create);
	saved = errno;
	close(create.cgroup_fd);
	errno = saved;
	return ret ? 0 : create.id;
}

int set_limit(__u64 id, __u32 which, __u64 value)
{
	struct ghostnv_limit set = {
		.size = sizeof(set),
		.limit = which,
		.gpu = GHOSTNV_GPU_TOTAL,
		.id = id,
		.value = value,
	};

	return ghostnv_call(GHOSTNV_IOC_LIMIT_SET, &set);
}

/* Makes the attacker's cgroup a container; in a control it stays what it is. */
void limit(struct scene *scene)
{
	char dir[128];

	if (scene->control)
		return;
	place_dir(scene, OWN, dir, sizeof(dir));
	scene->id = make_container(dir, 1, LIMIT);
	must_errno(scene, "make a container", scene->id ? 0 : -1);
}

/* --- others ---------------------------------------------------------------------- */

/*
 * Lets another process play its part in a place, and waits until it has: it then
 * stays as it is.  The director and who it cast share the scene.
 */
pid_t cast(struct scene *scene, enum place place, void (*play)(struct scene *scene))
{
	int door[2];
	char byte;
	pid_t pid;

	must_errno(scene, "pipe", pipe2(door, O_CLOEXEC));
	pid = fork();
	must_errno(scene, "fork", pid);
	if (!pid) {
		close(door[0]);
		stage_take_door(door[1]);
		enter_place(scene, place);
		play(scene);
		played();
	}
	close(door[1]);
	if (read(door[0], &byte, 1) != 1)
		give_up(scene, "another process", "ended");
	close(door[0]);
	if (scene->broken || scene->skipped)
		played();
	return pid;
}

/* Ends someone who was cast. */
void kill_one(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
