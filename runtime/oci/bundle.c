// SPDX-License-Identifier: MIT
/*
 * Reading a bundle.
 */
#include "oci/bundle.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

static int find_rootfs(struct oci_bundle *bundle, struct gnv_error **err)
{
	const struct oci_root *root = bundle->config.root;
	char *real;

	if (!root || !root->path)
		return 0;
	if (root->path[0] == '/')
		bundle->rootfs = strdup(root->path);
	else if (asprintf(&bundle->rootfs, "%s/%s", bundle->path, root->path) < 0)
		bundle->rootfs = NULL;
	/* The caller's own links; where there is nothing, oci_bundle_check() says it. */
	real = bundle->rootfs ? realpath(bundle->rootfs, NULL) : NULL;
	if (real) {
		free(bundle->rootfs);
		bundle->rootfs = real;
	}
	return bundle->rootfs ? 0 : gnv_error_errno(err, ENOMEM, "find the root file system");
}

int oci_bundle_open(const char *path, const char *config_path, struct oci_reader *reader,
		    struct oci_bundle *ret, struct gnv_error **err)
{
	_cleanup_close_ int dir_fd = -EBADF;
	size_t length;
	int r;

	ret->path = realpath(path, NULL);
	if (!ret->path)
		return gnv_error_errno(err, errno, "bundle `%s`", path);
	dir_fd = open(ret->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return gnv_error_errno(err, errno, "bundle `%s`", path);
	r = gnv_file_read_at(config_path ? AT_FDCWD : dir_fd,
			     config_path ? config_path : "config.json", OCI_CONFIG_BYTES_MAX,
			     &ret->text, &length, err);
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
	struct stat st;

	if (bundle->rootfs && (stat(bundle->rootfs, &st) < 0 || !S_ISDIR(st.st_mode)))
		oci_fault(reader, "root.path", "`%s` is no directory", bundle->rootfs);
	if (!bundle->config.process)
		oci_warn(reader, "process", "is missing: the container cannot be started");
}
