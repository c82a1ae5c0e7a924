// SPDX-License-Identifier: MIT
/*
 * Reading a bundle.
 */
#include "oci/bundle.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>

#include "base/file.h"
#include "base/path.h"

/* Whether nothing but a link could make it another path than the real one. */
static bool is_plain(const char *path)
{
	for (; *path == '/'; path += strcspn(path, "/")) {
		path++;
		if (!*path || *path == '/' || !strncmp(path, "./", 2) || !strcmp(path, ".") ||
		    !strncmp(path, "../", 3) || !strcmp(path, ".."))
			return false;
	}
	return !*path;
}

/* A directory by a path of the caller's, and its real path, with the caller's own links. */
static int open_directory(const char *path, char **ret_path)
{
	_cleanup_free_ char *real = NULL;
	int fd = -EINVAL;

	/* Mostly one call shows that there are none. */
	if (is_plain(path))
		fd = gnv_path_openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
	real = fd >= 0 ? strdup(path) : realpath(path, NULL);
	if (fd < 0)
		fd = real ? open(real, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd < 0 || !real) {
		gnv_close(&fd);
		return -errno;
	}
	*ret_path = STEAL_PTR(real);
	return fd;
}

static int find_rootfs(struct oci_bundle *bundle, struct gnv_error **err)
{
	const struct oci_root *root = bundle->config.root;
	_cleanup_free_ char *named = NULL;
	_cleanup_close_ int fd = -EBADF;

	if (!root || !root->path)
		return 0;
	if (root->path[0] == '/')
		named = strdup(root->path);
	else if (asprintf(&named, "%s/%s", bundle->path, root->path) < 0)
		named = NULL;
	if (!named)
		return gnv_error_errno(err, ENOMEM, "find the root file system");
	fd = open_directory(named, &bundle->rootfs);
	/* oci_bundle_check() says it. */
	bundle->lacks_rootfs = fd < 0;
	if (fd < 0)
		bundle->rootfs = STEAL_PTR(named);
	return 0;
}

int oci_bundle_open(const char *path, const char *config_path, struct oci_reader *reader,
		    struct oci_bundle *ret, struct gnv_error **err)
{
	_cleanup_close_ int dir_fd = open_directory(path, &ret->path);
	/* As with crun, where this name is the bundle's own, whatever the working directory. */
	bool is_own = !config_path || !strcmp(config_path, "config.json");
	size_t length;
	int r;

	if (dir_fd < 0)
		return gnv_error_errno(err, -dir_fd, "bundle `%s`", path);
	r = gnv_file_read_at(is_own ? dir_fd : AT_FDCWD, is_own ? "config.json" : config_path,
			     OCI_CONFIG_BYTES_MAX, &ret->text, &length, err);
	if (r >= 0)
		r = oci_config_read(ret->text, length, reader, &ret->config, err);
	if (r < 0)
		return gnv_error_wrap(err, r, "bundle `%s`", path);
	return find_rootfs(ret, err);
}

void oci_bundle_fini(struct oci_bundle *bundle)
{
	oci_config_fini(&bundle->config);
	free(bundle->path);
	free(bundle->text);
	free(bundle->rootfs);
	*bundle = (struct oci_bundle){ 0 };
}

void oci_bundle_check(const struct oci_bundle *bundle, struct oci_reader *reader)
{
	if (bundle->lacks_rootfs)
		oci_fault(reader, "root.path", "`%s` is no directory", bundle->rootfs);
	if (!bundle->config.process)
		oci_warn(reader, "process", "is missing: the container cannot be started");
}
