// SPDX-License-Identifier: MIT
/*
 * Who owns standard input and output.
 */
#include "sandbox/stdio.h"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

void gnv_stdio_give(int fd, uid_t uid, gid_t gid)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0 || fs.f_type != PIPEFS_MAGIC)
		return;
	if (fchown(fd, uid, gid) < 0)
		return;
}
