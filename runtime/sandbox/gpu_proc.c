// SPDX-License-Identifier: MIT
/*
 * Copies of the driver's proc files.  Copies, not binds: a bind of the host's
 * procfs would bring the rest of it within reach.
 */
#include "sandbox/gpu_proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/file.h"
#include "sandbox/mount_api.h"

#define FILE_BYTES_MAX 65536

static const char modify[] = "ModifyDeviceFiles:";

char *gnv_gpu_proc_edit_params(const char *text)
{
	const char *line = text;
	char *edited;
	int n;

	while (line && strncmp(line, modify, strlen(modify))) {
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	if (!line)
		line = text + strlen(text);
	n = asprintf(&edited, "%.*s%s 0\n%s", (int)(line - text), text, modify,
		     line[strcspn(line, "\n")] ? line + strcspn(line, "\n") + 1 : "");
	return n < 0 ? NULL : edited;
}

static int write_file(int dir_fd, const char *name, const char *text,
		      struct gnv_error **err)
{
	_cleanup_close_ int fd = openat(
		dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
	size_t bytes = strlen(text);

	if (fd < 0 || write(fd, text, bytes) != (ssize_t)bytes)
		return gnv_error_errno(err, errno, "copy `%s`", name);
	return 0;
}

static int copy_file(int from_fd, int to_fd, const char *name, struct gnv_error **err)
{
	_cleanup_free_ char *text = NULL, *edited = NULL;
	int r = gnv_file_read_at(from_fd, name, FILE_BYTES_MAX, &text, NULL, err);

	if (r < 0)
		return r;
	if (strcmp(name, "params"))
		return write_file(to_fd, name, text, err);
	edited = gnv_gpu_proc_edit_params(text);
	if (!edited)
		return gnv_error_errno(err, ENOMEM, "copy `%s`", name);
	return write_file(to_fd, name, edited, err);
}

static int open_directory(int dir_fd, const char *name, struct gnv_error **err)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? gnv_error_errno(err, errno, "open `%s`", name) : fd;
}

static int make_directory(int dir_fd, const char *name, struct gnv_error **err)
{
	if (mkdirat(dir_fd, name, 0755) < 0)
		return gnv_error_errno(err, errno, "make `%s`", name);
	return open_directory(dir_fd, name, err);
}

/* Copy the plain files of a directory, not what lies in directories below. */
static int copy_files(int from_fd, int to_fd, struct gnv_error **err)
{
	_cleanup_closedir_ DIR *dir = fdopendir(fcntl(from_fd, F_DUPFD_CLOEXEC, 0));
	struct dirent *entry;
	struct stat st;
	int r;

	if (!dir)
		return gnv_error_errno(err, errno, "list the directory");
	while ((entry = readdir(dir))) {
		if (fstatat(from_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return gnv_error_errno(err, errno, "stat `%s`", entry->d_name);
		if (!S_ISREG(st.st_mode) || !(st.st_mode & 0444))
			continue;
		r = copy_file(from_fd, to_fd, entry->d_name, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int copy_gpu(int from_gpus_fd, int to_gpus_fd, const char *pci,
		    struct gnv_error **err)
{
	_cleanup_close_ int from_fd = open_directory(from_gpus_fd, pci, err);
	_cleanup_close_ int to_fd = -EBADF;

	if (from_fd < 0)
		return from_fd;
	to_fd = make_directory(to_gpus_fd, pci, err);
	return to_fd < 0 ? to_fd : copy_files(from_fd, to_fd, err);
}

static int copy_gpus(int from_fd, int to_fd, const char *const *gpu_pci,
		     struct gnv_error **err)
{
	_cleanup_close_ int from_gpus_fd = open_directory(from_fd, "gpus", err);
	_cleanup_close_ int to_gpus_fd = -EBADF;
	int r;

	if (from_gpus_fd < 0)
		return from_gpus_fd;
	to_gpus_fd = make_directory(to_fd, "gpus", err);
	if (to_gpus_fd < 0)
		return to_gpus_fd;
	for (; *gpu_pci; gpu_pci++) {
		r = copy_gpu(from_gpus_fd, to_gpus_fd, *gpu_pci, err);
		if (r < 0)
			return gnv_error_wrap(err, r, "GPU `%s`", *gpu_pci);
	}
	return 0;
}

int gnv_gpu_proc_make(const char *source, const char *const *gpu_pci,
		      const char *label, int *ret_fd, struct gnv_error **err)
{
	const struct gnv_mount_option options[] = {
		{ "mode", "0755" },
		{ "size", "1m" },
		{ label ? "context" : NULL, label },
		{ NULL, NULL },
	};
	_cleanup_close_ int from_fd = open_directory(AT_FDCWD, source, err);
	_cleanup_close_ int to_fd = -EBADF;
	int r;

	if (from_fd < 0)
		return from_fd;
	to_fd = gnv_mount_new("tmpfs", options,
			      MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (to_fd < 0)
		return gnv_error_errno(err, -to_fd, "make a file system for `%s`", source);
	r = copy_files(from_fd, to_fd, err);
	if (r >= 0)
		r = copy_gpus(from_fd, to_fd, gpu_pci, err);
	if (r < 0)
		return gnv_error_wrap(err, r, "copy `%s`", source);
	r = gnv_mount_restrict(to_fd, MOUNT_ATTR_RDONLY, false);
	if (r < 0)
		return gnv_error_errno(err, -r, "make the copy of `%s` read-only", source);
	*ret_fd = STEAL_FD(to_fd);
	return 0;
}
