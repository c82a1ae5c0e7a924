// SPDX-License-Identifier: MIT
/*
 * Entering a user namespace, with the help of newuidmap(1) and newgidmap(1).
 */
#include "oci/rootless.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/strv.h"
#include "oci/names.h"
#include "oci/plan.h"
#include "sandbox/clone.h"
#include "sandbox/userns.h"

/* The one user namespace whose number is part of the kernel's interface. */
#define INITIAL "user:[4026531837]"

static bool look(void)
{
	_cleanup_free_ char *map = NULL;
	unsigned long inside, outside, count;
	char name[64], *next;
	ssize_t n;

	/* As we were executed. */
	if (getauxval(AT_EUID) != 0)
		return true;
	n = readlink("/proc/self/ns/user", name, sizeof(name));
	if (n == sizeof(INITIAL) - 1 && !memcmp(name, INITIAL, sizeof(INITIAL) - 1))
		return false;
	if (gnv_file_read_at(AT_FDCWD, "/proc/self/uid_map", 1U << 16, &map, NULL, NULL) < 0)
		return false;
	inside = strtoul(map, &next, 10);
	outside = strtoul(next, &next, 10);
	count = strtoul(next, NULL, 10);
	return inside || outside || count != UINT32_MAX;
}

/* It stays so: who is in a user namespace does not come out of it. */
bool oci_is_rootless(void)
{
	static enum { UNKNOWN,
		      NO,
		      YES } known;

	if (known == UNKNOWN)
		known = look() ? YES : NO;
	return known == YES;
}

const char *oci_default_root(void)
{
	static char path[4096];
	const char *dir = getenv("XDG_RUNTIME_DIR");

	if (!oci_is_rootless())
		return OCI_DEFAULT_ROOT;
	if (!dir || dir[0] != '/')
		return geteuid() ? "" : OCI_DEFAULT_ROOT;
	snprintf(path, sizeof(path), "%s/ghostnv-oci", dir);
	return path;
}

/* --- the helper, which stays outside ------------------------------------------------------- */

struct map {
	const char *file, *program;
	const struct oci_array *array;
	uint32_t own_id;
};

/* One's own id alone needs nobody's permission, but that the groups stay as they are. */
static bool is_own(const struct map *map)
{
	const struct oci_id_mapping *items = OCI_ITEMS(struct oci_id_mapping, *map->array);

	return map->array->n == 1 && items[0].size.value == 1 &&
	       items[0].host_id.value == map->own_id;
}

static int write_own(const struct map *map, pid_t pid, struct gnv_error **err)
{
	_cleanup_free_ struct gnv_id_mapping *mappings = oci_plan_mappings(map->array);
	_cleanup_close_ int fd = -EBADF;
	char path[48];

	if (!mappings)
		return gnv_error_errno(err, ENOMEM, "map user ids");
	snprintf(path, sizeof(path), "/proc/%d/setgroups", pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "deny", 4) != 4)
		return gnv_error_errno(err, errno, "write `%s`", path);
	return gnv_userns_write_map(pid, map->file, mappings, map->array->n, err);
}

static int add_number(char ***argv, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	return gnv_strv_append(argv, text);
}

static int run_program(const struct map *map, pid_t pid, struct gnv_error **err)
{
	const struct oci_id_mapping *items = OCI_ITEMS(struct oci_id_mapping, *map->array);
	_cleanup_strv_ char **argv = NULL;
	int status, r = gnv_strv_append(&argv, map->program);
	pid_t child;
	size_t i;

	if (r >= 0)
		r = add_number(&argv, pid);
	for (i = 0; r >= 0 && i < map->array->n; i++) {
		r = add_number(&argv, items[i].container_id.value);
		if (r >= 0)
			r = add_number(&argv, items[i].host_id.value);
		if (r >= 0)
			r = add_number(&argv, items[i].size.value);
	}
	if (r < 0)
		return gnv_error_errno(err, ENOMEM, "%s", map->program);
	child = fork();
	if (child == 0) {
		execvp(map->program, argv);
		_exit(errno == ENOENT ? 127 : 126);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return gnv_error_errno(err, errno, "%s", map->program);
	if (status == 0)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return gnv_error_set(err, ENOENT, "%s is not installed (package uidmap)",
				     map->program);
	return gnv_error_set(err, EPERM, "%s refuses linux.%cidMappings: see /etc/sub%cid for yours",
			     map->program, map->file[0], map->file[0]);
}

static _Noreturn void help(const struct map maps[2], pid_t pid, int go_fd, int report_fd)
{
	struct gnv_error *err = NULL;
	int i, r = 0;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (read(go_fd, &byte, 1) != 1)
		_exit(1);
	for (i = 0; r >= 0 && i < 2; i++)
		r = is_own(&maps[i]) ? write_own(&maps[i], pid, &err) :
				       run_program(&maps[i], pid, &err);
	if (r < 0)
		gnv_error_send(report_fd, gnv_error_number(err), gnv_error_message(err));
	_exit(r < 0);
}

/* --- who enters ------------------------------------------------------------------- */

static int get_mapped(const struct map maps[2], struct gnv_error **err)
{
	_cleanup_close_ int pidfd = -EBADF, go_read_fd = -EBADF, go_fd = -EBADF;
	_cleanup_close_ int report_fd = -EBADF, report_write_fd = -EBADF;
	int go[2], report[2], r;
	pid_t parent = getpid(), pid;

	if (pipe2(go, O_CLOEXEC) < 0)
		return gnv_error_errno(err, errno, "make a pipe");
	go_read_fd = go[0];
	go_fd = go[1];
	if (pipe2(report, O_CLOEXEC) < 0)
		return gnv_error_errno(err, errno, "make a pipe");
	report_fd = report[0];
	report_write_fd = report[1];
	pid = gnv_clone(0, -1, &pidfd);
	if (pid < 0)
		return gnv_error_errno(err, -pid, "make a process");
	if (pid == 0)
		help(maps, parent, go_read_fd, report_write_fd);
	gnv_close(&report_write_fd);
	/* Whose /proc is not our own's, newuidmap does not help. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	if (unshare(CLONE_NEWUSER) < 0)
		r = gnv_error_errno(err, errno, "make a user namespace");
	else if (write(go_fd, "g", 1) != 1)
		r = gnv_error_errno(err, errno, "make a user namespace");
	else
		r = gnv_error_receive(report_fd, err);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	gnv_clone_kill(pidfd);
	return r;
}

static int become_root(struct gnv_error **err)
{
	if (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0)
		return gnv_error_errno(err, errno, "become root of the user namespace");
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return gnv_error_errno(err, errno, "make a mount namespace");
	return 0;
}

/* So that our own files stay ours when we are inside. */
static int check_root(const struct map *map, struct gnv_error **err)
{
	const struct oci_id_mapping *items = OCI_ITEMS(struct oci_id_mapping, *map->array);
	size_t i;

	for (i = 0; i < map->array->n; i++)
		if (items[i].container_id.value == 0 && items[i].host_id.value == map->own_id)
			return 0;
	return gnv_error_set(err, EINVAL,
			     "linux.%cidMappings: without root, containerID 0 has to be hostID %u, the caller",
			     map->file[0], map->own_id);
}

static void forget_namespace(struct oci_linux *os)
{
	struct oci_namespace *items = os->namespaces.items;
	size_t i;

	for (i = 0; i < os->namespaces.n; i++)
		if (items[i].type == OCI_NS_USER) {
			free(items[i].path);
			items[i] = items[--os->namespaces.n];
			break;
		}
	os->uid_mappings.n = 0;
	os->gid_mappings.n = 0;
}

int oci_rootless_enter(struct oci_config *config, struct gnv_error **err)
{
	const struct oci_namespace *user = oci_config_namespace(config, OCI_NS_USER);
	struct map maps[2] = {
		{ "uid_map", "newuidmap", &config->os->uid_mappings, 0 },
		{ "gid_map", "newgidmap", &config->os->gid_mappings, 0 },
	};
	int r;

	if (!oci_is_rootless() || geteuid() == 0)
		return 0;
	maps[0].own_id = geteuid();
	maps[1].own_id = getegid();
	if (!user || (user->path && *user->path))
		return gnv_error_set(err, EPERM,
				     "linux.namespaces: without root, a new one of type `user` is needed");
	r = check_root(&maps[0], err);
	if (r >= 0)
		r = check_root(&maps[1], err);
	if (r >= 0)
		r = get_mapped(maps, err);
	if (r >= 0)
		r = become_root(err);
	if (r >= 0)
		forget_namespace(config->os);
	return r;
}
