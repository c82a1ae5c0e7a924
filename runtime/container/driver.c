// SPDX-License-Identifier: MIT
/*
 * From the host's driver to what a sandbox puts into one image.
 *
 * Libraries go to the folder that the loader of the image's distribution looks in by
 * itself.  Its cache is looked into first, and may name older ones of the same name
 * elsewhere, so ours are written into it; nothing of the image is executed for that
 * and none of its links is followed for writing.
 */
#include "container/driver.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/path.h"
#include "base/strv.h"
#include "gpu/ld_cache.h"

#define LD_CACHE "/etc/ld.so.cache"

#if defined(__aarch64__)
#define TRIPLET	   "aarch64-linux-gnu"
#define TRIPLET_32 "arm-linux-gnueabihf"
#else
#define TRIPLET	   "x86_64-linux-gnu"
#define TRIPLET_32 "i386-linux-gnu"
#endif

struct maker {
	struct gnv_driver *driver;
	int root_fd;
	const char *folder, *folder_32; /* of libraries */
};

void gnv_driver_fini(struct gnv_driver *driver)
{
	gnv_driver_files_fini(&driver->files);
	gnv_strv_free(driver->strings);
	free(driver->puts);
	free(driver->cache);
	*driver = (struct gnv_driver){ 0 };
}

static bool has_folder(const struct maker *m, const char *path)
{
	_cleanup_close_ int fd =
		gnv_path_open_in_root(m->root_fd, path, O_PATH | O_DIRECTORY);

	return fd >= 0;
}

static bool is_multiarch(const struct maker *m)
{
	return has_folder(m, "/usr/lib/" TRIPLET) || has_folder(m, "/lib/" TRIPLET);
}

/*
 * Debian has a folder for each architecture, Fedora lib64, Arch and others lib.  Below
 * /usr always: /lib is a link to it or looked into as well.
 */
static void choose_folders(struct maker *m)
{
	if (is_multiarch(m)) {
		m->folder = "/usr/lib/" TRIPLET;
		m->folder_32 = "/usr/lib/" TRIPLET_32;
		return;
	}
	m->folder = has_folder(m, "/usr/lib64") || has_folder(m, "/lib64") ? "/usr/lib64" :
									     "/usr/lib";
	m->folder_32 = has_folder(m, "/usr/lib32") ? "/usr/lib32" : "/usr/lib";
}

/* "@folder/@name", or @name alone; lives as long as the driver.  NULL: no memory. */
static char *keep(struct gnv_driver *driver, const char *folder, const char *name)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s%s%s", folder, *folder ? "/" : "", name) < 0) {
		path = NULL;
		return NULL;
	}
	if (gnv_strv_append(&driver->strings, path) < 0)
		return NULL;
	return driver->strings[gnv_strv_length(driver->strings) - 1];
}

static int add(struct gnv_driver *driver, const struct gnv_put *put)
{
	struct gnv_put *grown;

	if (!put->target)
		return -ENOMEM;
	grown = reallocarray(driver->puts, driver->n_puts + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	driver->puts = grown;
	grown[driver->n_puts++] = *put;
	return 0;
}

static const char *folder_of(const struct maker *m, enum gnv_driver_kind kind)
{
	if (kind == GNV_DRIVER_LIBRARY)
		return m->folder;
	return kind == GNV_DRIVER_LIBRARY_32 ? m->folder_32 : "";
}

static int add_files(const struct maker *m)
{
	const struct gnv_driver_files *files = &m->driver->files;
	size_t i;
	int r = 0;

	for (i = 0; !r && i < files->n_files; i++) {
		const struct gnv_driver_file *file = &files->files[i];
		struct gnv_put put = {
			.target = keep(m->driver, folder_of(m, file->kind), file->target),
			.fd = file->fd,
		};

		r = add(m->driver, &put);
	}
	for (i = 0; !r && i < files->n_links; i++) {
		const struct gnv_driver_link *link = &files->links[i];
		struct gnv_put put = {
			.target = keep(m->driver, folder_of(m, link->kind), link->name),
			.link = link->to,
			.fd = -EBADF,
		};

		r = add(m->driver, &put);
	}
	return r;
}

static int name_library(const struct maker *m, struct gnv_ld_cache *cache,
			enum gnv_driver_kind kind, const char *name)
{
	const char *path;

	if (kind != GNV_DRIVER_LIBRARY && kind != GNV_DRIVER_LIBRARY_32)
		return 0;
	path = keep(m->driver, folder_of(m, kind), name);
	if (!path)
		return -ENOMEM;
	return gnv_ld_cache_put(cache, strrchr(path, '/') + 1, path,
				kind == GNV_DRIVER_LIBRARY ? GNV_LD_FLAGS : GNV_LD_FLAGS_32);
}

static int name_libraries(const struct maker *m, struct gnv_ld_cache *cache)
{
	const struct gnv_driver_files *files = &m->driver->files;
	size_t i;
	int r = 0;

	for (i = 0; !r && i < files->n_files; i++)
		r = name_library(m, cache, files->files[i].kind, files->files[i].target);
	for (i = 0; !r && i < files->n_links; i++)
		r = name_library(m, cache, files->links[i].kind, files->links[i].name);
	return r;
}

/*
 * What is no cache, or one that we cannot read, stays: a loader that cannot read it
 * either goes to the folders at once.
 */
static int add_cache(const struct maker *m)
{
	_cleanup_close_ int fd = gnv_path_open_in_root(m->root_fd, LD_CACHE,
						       O_RDONLY | O_NOCTTY | O_NONBLOCK);
	_cleanup_ld_cache_ struct gnv_ld_cache cache = { 0 };
	_cleanup_free_ char *data = NULL;
	struct gnv_put put = { .target = LD_CACHE, .fd = -EBADF };
	size_t bytes;
	int r;

	if (fd < 0 || !m->driver->files.n_libraries ||
	    gnv_file_read_regular(fd, GNV_LD_CACHE_BYTES_MAX, &data, &bytes) < 0)
		return 0;
	r = gnv_ld_cache_parse(data, bytes, &cache);
	if (r == -EINVAL)
		return 0;
	if (!r)
		r = name_libraries(m, &cache);
	if (!r)
		r = gnv_ld_cache_format(&cache, &m->driver->cache, &put.bytes);
	if (r == -EFBIG)
		return 0;
	put.data = m->driver->cache;
	return r < 0 ? r : add(m->driver, &put);
}

int gnv_driver_init(struct gnv_driver *driver, const struct gnv_driver_wish *wish,
		    const char *rootfs, struct gnv_error **err)
{
	_cleanup_close_ int root_fd = open(rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_driver_ struct gnv_driver made = { 0 };
	struct maker m = { .driver = &made, .root_fd = root_fd };
	int r;

	if (root_fd < 0)
		return gnv_error_errno(err, errno, "root file system `%s`", rootfs);
	r = gnv_driver_files_find(wish, &made.files, err);
	if (r < 0)
		return r;
	choose_folders(&m);
	r = add_files(&m);
	if (!r)
		r = add_cache(&m);
	if (r < 0)
		return gnv_error_errno(err, -r, "prepare the driver's files");
	*driver = made;
	made = (struct gnv_driver){ 0 };
	return 0;
}
