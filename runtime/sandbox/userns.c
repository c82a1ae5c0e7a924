// SPDX-License-Identifier: MIT
/*
 * Which ids a user namespace gets, and giving them to it.
 */
#include "sandbox/userns.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/file.h"
#include "base/parse.h"
#include "sandbox/clone.h"

#define SUBID_FILE_BYTES_MAX (1U << 20)

/* Three numbers of 32 bits. */
#define MAP_LINE_LEN 36

/* "owner:first:count" of @owner with enough ids; 0 when the line is none. */
static uint32_t parse_line(char *line, const char *owner)
{
	char *first = strchr(line, ':');
	char *count = first ? strchr(first + 1, ':') : NULL;
	uint32_t base, n;

	if (!count)
		return 0;
	*first++ = '\0';
	*count++ = '\0';
	if (strcmp(line, owner) || gnv_parse_u32(first, &base) < 0 ||
	    gnv_parse_u32(count, &n) < 0)
		return 0;
	if (n < GNV_USERNS_IDS || base > UINT32_MAX - GNV_USERNS_IDS)
		return 0;
	return base;
}

static uint32_t find_owner(const char *text, const char *owner)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		char line[256];
		uint32_t base = 0;

		if (length < sizeof(line)) {
			memcpy(line, text, length);
			line[length] = '\0';
			base = parse_line(line, owner);
		}
		if (base)
			return base;
		text += length + (text[length] == '\n');
	}
	return 0;
}

uint32_t gnv_userns_parse(const char *text)
{
	uint32_t base = find_owner(text, "ghostnv");

	return base ? base : find_owner(text, "root");
}

static int get_base(const char *path, uint32_t *ret, struct gnv_error **err)
{
	_cleanup_error_ struct gnv_error *reason = NULL;
	_cleanup_free_ char *text = NULL;
	uint32_t base = 0;
	int r;

	r = gnv_file_read_at(AT_FDCWD, path, SUBID_FILE_BYTES_MAX, &text, NULL, &reason);
	if (r >= 0)
		base = gnv_userns_parse(text);
	else if (r != -ENOENT)
		return gnv_error_set(err, -r, "%s", gnv_error_message(reason));
	*ret = base ? base : GNV_USERNS_DEFAULT_BASE;
	return 0;
}

int gnv_userns_get_range(struct gnv_userns_range *ret, struct gnv_error **err)
{
	int r = get_base("/etc/subuid", &ret->uid_base, err);

	return r < 0 ? r : get_base("/etc/subgid", &ret->gid_base, err);
}

int gnv_userns_write_map(pid_t pid, const char *file, const struct gnv_id_mapping *mappings,
			 size_t n_mappings, struct gnv_error **err)
{
	_cleanup_free_ char *text = calloc(n_mappings + 1, MAP_LINE_LEN);
	_cleanup_close_ int fd = -EBADF;
	char path[64];
	size_t i, n = 0;

	if (!text)
		return gnv_error_errno(err, ENOMEM, "map user ids");
	for (i = 0; i < n_mappings; i++)
		n += (size_t)snprintf(text + n, MAP_LINE_LEN, "%u %u %u\n", mappings[i].inside,
				      mappings[i].outside, mappings[i].count);
	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	/* The kernel takes a map by one write only. */
	if (fd < 0 || write(fd, text, n) != (ssize_t)n)
		return gnv_error_errno(err, errno, "map user ids: write `%s`", path);
	return 0;
}

int gnv_userns_write_maps(pid_t pid, const struct gnv_userns_range *range,
			  struct gnv_error **err)
{
	const struct gnv_id_mapping uids = { 0, range->uid_base, GNV_USERNS_IDS };
	const struct gnv_id_mapping gids = { 0, range->gid_base, GNV_USERNS_IDS };
	int r = gnv_userns_write_map(pid, "uid_map", &uids, 1, err);

	return r < 0 ? r : gnv_userns_write_map(pid, "gid_map", &gids, 1, err);
}

/* Ends with the parent. */
static _Noreturn void keep_namespace(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent)
		pause();
	_exit(1);
}

int gnv_userns_open_mapped(const struct gnv_id_mapping *uids, size_t n_uids,
			   const struct gnv_id_mapping *gids, size_t n_gids, int *ret_fd,
			   struct gnv_error **err)
{
	_cleanup_close_ int pidfd = -EBADF;
	char path[64];
	pid_t parent = getpid(), pid;
	int r, fd;

	pid = gnv_clone(CLONE_NEWUSER, -1, &pidfd);
	if (pid < 0)
		return gnv_error_errno(err, -pid, "make a user namespace");
	if (pid == 0)
		keep_namespace(parent);
	r = gnv_userns_write_map(pid, "uid_map", uids, n_uids, err);
	if (r >= 0)
		r = gnv_userns_write_map(pid, "gid_map", gids, n_gids, err);
	if (r >= 0) {
		snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		r = fd < 0 ? gnv_error_errno(err, errno, "open `%s`", path) : 0;
		*ret_fd = fd;
	}
	gnv_clone_kill(pidfd);
	return r;
}

int gnv_userns_open(const struct gnv_userns_range *range, int *ret_fd,
		    struct gnv_error **err)
{
	const struct gnv_id_mapping uids = { 0, range->uid_base, GNV_USERNS_IDS };
	const struct gnv_id_mapping gids = { 0, range->gid_base, GNV_USERNS_IDS };

	return gnv_userns_open_mapped(&uids, 1, &gids, 1, ret_fd, err);
}
