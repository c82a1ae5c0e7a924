// SPDX-License-Identifier: MIT
/*
 * Who the container's init and its program are, and where they start.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/child.h"
#include "sandbox/paths.h"
#include "sandbox/stdio.h"
#include "sandbox/user.h"

/* The child cannot allocate; memory that is not touched costs nothing. */
static char passwd_text[GNV_USER_DB_BYTES_MAX];
static char group_text[GNV_USER_DB_BYTES_MAX];
static struct gnv_user user;
static char home[sizeof("HOME=") + GNV_USER_HOME_LEN];

static void find_user(const struct gnv_child *child)
{
	const char *spec = child->plan->sandbox->user;
	struct gnv_user_db db = { .passwd = passwd_text, .group = group_text };
	int r;

	db.passwd_bytes = gnv_user_read_db(child->plan->rootfs_fd, "/etc/passwd",
					   passwd_text);
	db.group_bytes = gnv_user_read_db(child->plan->rootfs_fd, "/etc/group", group_text);
	r = gnv_user_lookup(spec, &db, &user);
	if (r == -ENOENT)
		gnv_child_fail(child, r, "user `", spec,
			       "` in the container's /etc/passwd and /etc/group", NULL);
	if (r < 0)
		gnv_child_fail(child, r, "user `", spec, "`", NULL);
}

/* In the place that the plan left free behind the environment. */
static void set_home(const struct gnv_plan *plan)
{
	size_t i;

	for (i = 0; plan->env[i]; i++)
		if (!strncmp(plan->env[i], "HOME=", 5))
			return;
	memcpy(home, "HOME=", 5);
	memcpy(home + 5, user.home, sizeof(user.home));
	plan->env[i] = home;
}

/* Opened by root, who may have to make it; entered later, by the user. */
static int open_workdir(const struct gnv_child *child)
{
	const char *workdir = child->plan->sandbox->workdir;
	int made_fd, fd;

	if (!workdir)
		workdir = "/";
	made_fd = gnv_path_make_in_root(child->plan->rootfs_fd, workdir, S_IFDIR);
	if (made_fd < 0)
		gnv_child_fail(child, made_fd, "working directory `", workdir, "`", NULL);
	fd = openat(made_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		gnv_child_fail(child, -errno, "working directory `", workdir, "`", NULL);
	close(made_fd);
	return fd;
}

/* By system calls: the C library's functions want to tell threads that are not here. */
static void become_user(const struct gnv_child *child)
{
	if (syscall(SYS_setgroups, user.n_groups, user.groups) < 0)
		gnv_child_fail(child, -errno, "set the supplementary groups", NULL);
	if (syscall(SYS_setresgid, user.gid, user.gid, user.gid) < 0)
		gnv_child_fail(child, -errno, "set the group", NULL);
	if (syscall(SYS_setresuid, user.uid, user.uid, user.uid) < 0)
		gnv_child_fail(child, -errno, "set the user", NULL);
}

void gnv_child_take_identity(const struct gnv_child *child)
{
	const struct gnv_caps *caps = &child->plan->caps;
	const char *workdir = child->plan->sandbox->workdir;
	int workdir_fd, i, r;

	find_user(child);
	set_home(child->plan);
	workdir_fd = open_workdir(child);
	for (i = 0; i < 3; i++)
		gnv_stdio_give(i, user.uid, user.gid);
	r = gnv_caps_bound(caps);
	if (r < 0)
		gnv_child_fail(child, r, "drop capabilities", NULL);
	become_user(child);
	r = gnv_caps_limit(caps, user.uid);
	if (r < 0)
		gnv_child_fail(child, r, "limit capabilities", NULL);
	if (fchdir(workdir_fd) < 0)
		gnv_child_fail(child, -errno, "enter the working directory `",
			       workdir ? workdir : "/", "`", NULL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		gnv_child_fail(child, -errno, "set no_new_privs", NULL);
}
