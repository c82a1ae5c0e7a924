// SPDX-License-Identifier: MIT
/* Loading and unloading GhostNV's modules: see stage.h. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stage.h"

/* Unloads those of the list that are loaded; its end is NULL. */
bool modules_unload(const char *const *names)
{
	char path[64];

	for (; *names; names++) {
		snprintf(path, sizeof(path), "/sys/module/%s", *names);
		if (!access(path, F_OK) && syscall(SYS_delete_module, *names, O_NONBLOCK))
			return false;
	}
	return true;
}

/* As the machine loads it, but for @arguments. */
bool modules_load(const char *name, const char *arguments)
{
	const char *dir = getenv("GHOSTNV_MODDIR"), *seal = getenv("GHOSTNV_SEAL");
	char path[512], all[256];
	long ret;
	int fd;

	snprintf(path, sizeof(path), "%s/%s.ko", dir ? dir : ".", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	snprintf(all, sizeof(all), "%s %s", seal && !strcmp(name, "ghostnv") ? seal : "",
		 arguments);
	ret = syscall(SYS_finit_module, fd, all, 0);
	close(fd);
	return ret == 0;
}

static bool no_bridge;

bool modules_load_bridge(void)
{
	return no_bridge || modules_load("ghostnv-rm", "");
}

/* Whether ghostnv-rm is there, from now on and when modules are loaded anew. */
bool modules_use_bridge(bool wanted)
{
	static const char *const names[] = { "ghostnv_rm", NULL };

	no_bridge = !wanted;
	return wanted ? modules_load_bridge() : modules_unload(names);
}

/* Ghostnv with other parameters. The simulator stays: what is open, stays open. */
bool modules_reload_ghostnv(const char *arguments)
{
	static const char *const names[] = { "ghostnv_rm", "ghostnv", NULL };

	return modules_unload(names) && modules_load("ghostnv", arguments) &&
	       modules_load_bridge();
}
