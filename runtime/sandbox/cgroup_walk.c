// SPDX-License-Identifier: MIT
/*
 * All cgroups below one.  A container that has been given its cgroup nests others in it as
 * deeply as it likes: the walk holds three descriptors and no stack, however deep it goes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "sandbox/cgroup.h"

/* One of a directory's that has yet to be walked; the first of a level is being walked. */
struct child {
	struct child *next;
	char name[];
};

struct level {
	struct level *above;
	struct child *children;
};

static int open_directory(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static void drop_child(struct level *level)
{
	struct child *child = level->children;

	level->children = child->next;
	free(child);
}

static void pop(struct level **level)
{
	struct level *gone = *level;

	while (gone->children)
		drop_child(gone);
	*level = gone->above;
	free(gone);
}

static void pop_all(struct level **level)
{
	while (*level)
		pop(level);
}

/* One level more, with the children that the directory has now. */
static int push(struct level **level, int dir_fd)
{
	_cleanup_closedir_ DIR *dir = fdopendir(fcntl(dir_fd, F_DUPFD_CLOEXEC, 0));
	struct level *pushed = dir ? calloc(1, sizeof(*pushed)) : NULL;
	struct dirent *entry;

	if (!pushed)
		return -errno;
	pushed->above = *level;
	*level = pushed;
	while ((entry = readdir(dir))) {
		size_t length = strlen(entry->d_name) + 1;
		struct child *child;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		child = malloc(sizeof(*child) + length);
		if (!child)
			return -ENOMEM;
		memcpy(child->name, entry->d_name, length);
		child->next = pushed->children;
		pushed->children = child;
	}
	return 0;
}

static int go_down(struct level **level, int *fd)
{
	int r = open_directory(*fd, (*level)->children->name);

	/* It went before it was opened. */
	if (r == -ENOENT) {
		drop_child(*level);
		return 0;
	}
	if (r < 0)
		return r;
	close(*fd);
	*fd = r;
	return push(level, *fd);
}

static int go_up(struct level **level, int *fd, int top_fd)
{
	bool to_top = !(*level)->above->above;
	int r = open_directory(to_top ? top_fd : *fd, to_top ? "." : "..");

	if (r < 0)
		return r;
	close(*fd);
	*fd = r;
	pop(level);
	return 0;
}

int gnv_cgroup_walk(int dir_fd, int (*visit)(int parent_fd, const char *name, void *data),
		    void *data)
{
	_cleanup_(pop_all) struct level *level = NULL;
	_cleanup_close_ int fd = open_directory(dir_fd, ".");
	int r = fd < 0 ? fd : push(&level, fd);

	while (r >= 0 && (level->children || level->above)) {
		if (level->children) {
			r = go_down(&level, &fd);
			continue;
		}
		r = go_up(&level, &fd, dir_fd);
		if (r < 0)
			break;
		r = visit(fd, level->children->name, data);
		/* One has gone meanwhile, or is threaded: its processes are listed above it. */
		if (r == -ENOENT || r == -EOPNOTSUPP)
			r = 0;
		drop_child(level);
	}
	return r;
}
