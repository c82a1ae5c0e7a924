// SPDX-License-Identifier: MIT
/*
 * Modules of the guest's kernel, loaded and unloaded as insmod and rmmod do, and
 * the search for memory that they lost.
 */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KMEMLEAK "/sys/kernel/debug/kmemleak"

/* kmemleak passes over what is younger (MSECS_MIN_AGE in its source). */
#define KMEMLEAK_MIN_AGE_S 5

void guest_load_module(const char *line)
{
	char path[4096];
	const char *params = strchr(line, ' ');
	int fd;

	snprintf(path, sizeof(path), "%.*s",
		 params ? (int)(params - line) : (int)strlen(line), line);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		guest_die("open module", path);
	if (syscall(SYS_finit_module, fd, params ? params + 1 : "", 0) < 0 &&
	    errno != EEXIST)
		guest_die("load module", line);
	close(fd);
}

/* The name under which the kernel knows the module of a file. */
static void module_name(char *name, size_t size, const char *line)
{
	const char *base = line;
	size_t n = 0;

	for (const char *p = line; *p && *p != ' '; p++)
		if (*p == '/')
			base = p + 1;
	for (; base[n] && base[n] != '.' && n + 1 < size; n++)
		name[n] = base[n] == '-' ? '_' : base[n];
	name[n] = '\0';
}

/* A test may have unloaded it itself. */
void guest_unload_module(const char *line)
{
	char name[64];

	module_name(name, sizeof(name), line);
	if (syscall(SYS_delete_module, name, O_NONBLOCK) < 0 && errno != ENOENT)
		guest_die("unload module", name);
}

static bool kmemleak_command(const char *command)
{
	int fd = open(KMEMLEAK, O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, command, strlen(command)) > 0;
	close(fd);
	return ok;
}

void guest_forget_leaks(void)
{
	kmemleak_command("scan");
	kmemleak_command("scan");
	kmemleak_command("clear");
}

void guest_scan_leaks(void)
{
	char line[512];
	FILE *f;

	sleep(KMEMLEAK_MIN_AGE_S + 1);
	/* The first scan learns an object's checksum, the second reports it. */
	for (int i = 0; i < 2; i++)
		if (!kmemleak_command("scan"))
			guest_die("scan by", KMEMLEAK);
	f = fopen(KMEMLEAK, "re");
	if (!f)
		guest_die("open", KMEMLEAK);
	while (fgets(line, sizeof(line), f))
		guest_log("%s", line);
	fclose(f);
}
