// SPDX-License-Identifier: MIT
/*
 * Finding the driver's files below a driver root: by the loader's cache there, or,
 * where that names none of its libraries, in the folders that loaders look in.
 */
#include "gpu/driver_files.h"

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "gpu/capabilities.h"
#include "gpu/driver_table.h"
#include "gpu/ld_cache.h"

#if defined(__aarch64__)
#define MACHINE	   EM_AARCH64
#define MACHINE_32 EM_ARM
#define TRIPLET	   "aarch64-linux-gnu"
#define TRIPLET_32 "arm-linux-gnueabihf"
#else
#define MACHINE	   EM_X86_64
#define MACHINE_32 EM_386
#define TRIPLET	   "x86_64-linux-gnu"
#define TRIPLET_32 "i386-linux-gnu"
#endif

static const char *const library_folders[] = {
	"/usr/lib/" TRIPLET,
	"/usr/lib/" TRIPLET "/nvidia/current",
	"/usr/lib64",
	"/usr/lib64/nvidia",
	"/usr/lib",
	"/usr/local/lib",
	"/lib/" TRIPLET,
	"/lib64",
	"/usr/lib32",
	"/usr/lib/" TRIPLET_32,
};

static const char *const program_folders[] = { "/usr/bin", "/usr/sbin", "/usr/local/bin",
					       "/bin", "/sbin" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct search {
	const struct gnv_driver_wish *wish;
	struct gnv_driver_files *files;
	int root_fd;
};

void gnv_driver_files_fini(struct gnv_driver_files *files)
{
	size_t i;

	for (i = 0; i < files->n_files; i++) {
		free(files->files[i].target);
		gnv_close(&files->files[i].fd);
	}
	for (i = 0; i < files->n_links; i++) {
		free(files->links[i].name);
		free(files->links[i].to);
	}
	free(files->files);
	free(files->links);
	*files = (struct gnv_driver_files){ 0 };
}

/* Takes @fd over, also when it fails. */
static int add_file(struct gnv_driver_files *files, enum gnv_driver_kind kind,
		    const char *target, int fd)
{
	_cleanup_free_ char *copy = strdup(target);
	_cleanup_close_ int own_fd = fd;
	struct gnv_driver_file *grown =
		reallocarray(files->files, files->n_files + 1, sizeof(*grown));

	if (grown)
		files->files = grown;
	if (!grown || !copy)
		return -ENOMEM;
	files->files[files->n_files++] =
		(struct gnv_driver_file){ kind, STEAL_PTR(copy), STEAL_FD(own_fd) };
	if (kind == GNV_DRIVER_LIBRARY || kind == GNV_DRIVER_LIBRARY_32)
		files->n_libraries++;
	return 0;
}

static bool has_link(const struct gnv_driver_files *files, enum gnv_driver_kind kind,
		     const char *name)
{
	size_t i;

	for (i = 0; i < files->n_links; i++)
		if (files->links[i].kind == kind && !strcmp(files->links[i].name, name))
			return true;
	return false;
}

static bool has_file(const struct gnv_driver_files *files, enum gnv_driver_kind kind,
		     const char *target)
{
	size_t i;

	for (i = 0; i < files->n_files; i++)
		if (files->files[i].kind == kind && !strcmp(files->files[i].target, target))
			return true;
	return false;
}

static int add_link(struct gnv_driver_files *files, enum gnv_driver_kind kind,
		    const char *name, const char *to)
{
	_cleanup_free_ char *name_copy = NULL, *to_copy = NULL;
	struct gnv_driver_link *grown;

	/* The first one counts, as the loader has it. */
	if (has_link(files, kind, name) || has_file(files, kind, name))
		return 0;
	name_copy = strdup(name);
	to_copy = strdup(to);
	grown = reallocarray(files->links, files->n_links + 1, sizeof(*grown));
	if (grown)
		files->links = grown;
	if (!grown || !name_copy || !to_copy)
		return -ENOMEM;
	files->links[files->n_links++] =
		(struct gnv_driver_link){ kind, STEAL_PTR(name_copy), STEAL_PTR(to_copy) };
	return 0;
}

/* Whether @name is "<a library of ours>.so" with or without something behind. */
static bool is_wanted_library(const struct search *s, const char *name)
{
	const struct gnv_driver_name *library = gnv_driver_libraries;

	for (; library->name; library++) {
		size_t length = strlen(library->name);

		if (library->capabilities & s->wish->capabilities &&
		    !strncmp(name, library->name, length) &&
		    !strncmp(name + length, ".so", 3) &&
		    (!name[length + 3] || name[length + 3] == '.'))
			return true;
	}
	return false;
}

/* The name that a file has in its folder, whatever links led there. */
static int real_name(int fd, char name[NAME_MAX + 1])
{
	char link[32], path[PATH_MAX];
	const char *last;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return -errno;
	path[n] = '\0';
	last = strrchr(path, '/');
	if (!last || strlen(last + 1) > NAME_MAX)
		return -EINVAL;
	strcpy(name, last + 1);
	return 0;
}

static bool has_version(const char *name, const char *version)
{
	const char *suffix = strstr(name, ".so.");

	return suffix && !strcmp(suffix + strlen(".so."), version);
}

/* Libraries of other machines lie beside ours. */
static int kind_of_library(const struct search *s, int fd, enum gnv_driver_kind *kind)
{
	unsigned char head[20];
	uint16_t machine;

	if (pread(fd, head, sizeof(head), 0) != sizeof(head) || memcmp(head, ELFMAG, SELFMAG))
		return -ENOEXEC;
	memcpy(&machine, head + offsetof(Elf64_Ehdr, e_machine), sizeof(machine));
	if (head[EI_CLASS] == ELFCLASS64 && machine == MACHINE)
		*kind = GNV_DRIVER_LIBRARY;
	else if (head[EI_CLASS] == ELFCLASS32 && machine == MACHINE_32 &&
		 s->wish->capabilities & GNV_DRIVER_COMPAT32)
		*kind = GNV_DRIVER_LIBRARY_32;
	else
		return -ENOEXEC;
	return 0;
}

/* Neither a pipe nor a terminal that has this name makes us wait or is taken. */
static int open_path(const struct search *s, const char *path, int flags)
{
	if (!(flags & O_PATH))
		flags |= O_NOCTTY | O_NONBLOCK;
	return gnv_path_open_in_root(s->root_fd, path, flags);
}

/*
 * A library by a name and a path that somebody says it has.  What cannot be opened
 * or is of another version is passed over; 0 or -ENOMEM.
 */
static int consider_library(const struct search *s, const char *name, const char *path)
{
	_cleanup_close_ int fd = -EBADF;
	char target[NAME_MAX + 1];
	enum gnv_driver_kind kind;
	struct stat st;
	int r = 0;

	if (!is_wanted_library(s, name) || strchr(name, '/'))
		return 0;
	fd = open_path(s, path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    real_name(fd, target) < 0 || !has_version(target, s->wish->version) ||
	    kind_of_library(s, fd, &kind) < 0)
		return 0;
	if (!has_file(s->files, kind, target))
		r = add_file(s->files, kind, target, STEAL_FD(fd));
	return r < 0 ? r : add_link(s->files, kind, name, target);
}

static int search_cache(const struct search *s)
{
	_cleanup_ld_cache_ struct gnv_ld_cache cache = { 0 };
	_cleanup_close_ int fd = open_path(s, "/etc/ld.so.cache", O_RDONLY);
	_cleanup_free_ char *data = NULL;
	size_t bytes, i;
	int r = 0;

	if (fd < 0 || gnv_file_read_regular(fd, GNV_LD_CACHE_BYTES_MAX, &data, &bytes) < 0 ||
	    gnv_ld_cache_parse(data, bytes, &cache) < 0)
		return 0;
	for (i = 0; !r && i < cache.n; i++)
		r = consider_library(s, cache.entries[i].name, cache.entries[i].path);
	return r;
}

static int search_folder(const struct search *s, const char *folder)
{
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_free_ char *path = NULL;
	struct dirent *entry;
	int fd = open_path(s, folder, O_RDONLY | O_DIRECTORY), r = 0;

	if (fd < 0)
		return 0;
	dir = fdopendir(fd);
	if (!dir) {
		gnv_close(&fd);
		return -ENOMEM;
	}
	while (!r && (entry = readdir(dir))) {
		gnv_free(&path);
		if (asprintf(&path, "%s/%s", folder, entry->d_name) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		r = consider_library(s, entry->d_name, path);
	}
	return r;
}

static int add_aliases(const struct search *s)
{
	const struct gnv_driver_alias *alias = gnv_driver_aliases;
	enum gnv_driver_kind kind;
	int r = 0;

	for (; alias->name; alias++)
		for (kind = GNV_DRIVER_LIBRARY; !r && kind <= GNV_DRIVER_LIBRARY_32; kind++)
			if (has_link(s->files, kind, alias->to))
				r = add_link(s->files, kind, alias->name, alias->to);
	return r;
}

static int find_libraries(const struct search *s)
{
	int r = search_cache(s);
	size_t i;

	/* A driver container need not have run ldconfig. */
	if (!s->files->n_libraries)
		for (i = 0; !r && i < COUNT(library_folders); i++)
			r = search_folder(s, library_folders[i]);
	return r ? r : add_aliases(s);
}

/* A file at @path, if it is there and of this type, to be put at @target. */
static int consider_file(const struct search *s, enum gnv_driver_kind kind,
			 const char *path, const char *target, bool *ret_found)
{
	_cleanup_close_ int fd = open_path(s, path, O_PATH);
	struct stat st;
	bool fits;

	if (fd < 0 || fstat(fd, &st) < 0)
		return 0;
	fits = kind == GNV_DRIVER_SOCKET ? S_ISSOCK(st.st_mode) || S_ISDIR(st.st_mode) :
					   S_ISREG(st.st_mode);
	if (!fits)
		return 0;
	if (ret_found)
		*ret_found = true;
	return add_file(s->files, kind, target, STEAL_FD(fd));
}

static int find_programs(const struct search *s)
{
	const struct gnv_driver_name *program = gnv_driver_programs;
	char path[64], target[64];
	int r = 0;

	for (; !r && program->name; program++) {
		bool found = !(program->capabilities & s->wish->capabilities);
		size_t i;

		snprintf(target, sizeof(target), "/usr/bin/%s", program->name);
		for (i = 0; !r && !found && i < COUNT(program_folders); i++) {
			snprintf(path, sizeof(path), "%s/%s", program_folders[i],
				 program->name);
			r = consider_file(s, GNV_DRIVER_FILE, path, target, &found);
		}
	}
	return r;
}

static int find_named(const struct search *s, const struct gnv_driver_name *file,
		      enum gnv_driver_kind kind)
{
	int r = 0;

	for (; !r && file->name; file++)
		if (file->capabilities & s->wish->capabilities)
			r = consider_file(s, kind, file->name, file->name, NULL);
	return r;
}

static bool is_gsp_firmware(const char *name)
{
	size_t length = strlen(name);

	return length >= strlen("gsp.bin") && !strncmp(name, "gsp", 3) &&
	       !strcmp(name + length - 4, ".bin");
}

/* NVML shows its version; the kernel loads it from the host. */
static int find_firmware(const struct search *s)
{
	_cleanup_closedir_ DIR *dir = NULL;
	char folder[96], path[PATH_MAX];
	struct dirent *entry;
	int fd, r = 0;

	if (!(s->wish->capabilities & GNV_DRIVER_UTILITY))
		return 0;
	snprintf(folder, sizeof(folder), "/lib/firmware/nvidia/%s", s->wish->version);
	fd = open_path(s, folder, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return 0;
	dir = fdopendir(fd);
	if (!dir) {
		gnv_close(&fd);
		return -ENOMEM;
	}
	while (!r && (entry = readdir(dir))) {
		if (!is_gsp_firmware(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		r = consider_file(s, GNV_DRIVER_FILE, path, path, NULL);
	}
	return r;
}

static int find_all(const struct search *s)
{
	int r = find_libraries(s);

	if (!r)
		r = find_programs(s);
	if (!r)
		r = find_named(s, gnv_driver_data, GNV_DRIVER_FILE);
	if (!r)
		r = find_firmware(s);
	if (!r && s->wish->sockets)
		r = find_named(s, gnv_driver_sockets, GNV_DRIVER_SOCKET);
	return r;
}

/* It becomes part of paths. */
static bool is_version(const char *version)
{
	return *version >= '0' && *version <= '9' && strlen(version) < 32 &&
	       !version[strspn(version, "0123456789.")];
}

int gnv_driver_files_find(const struct gnv_driver_wish *wish, struct gnv_driver_files *ret,
			  struct gnv_error **err)
{
	_cleanup_driver_files_ struct gnv_driver_files files = { 0 };
	const char *root = wish->root ? wish->root : "/";
	_cleanup_close_ int root_fd = -EBADF;
	int r;

	if (!is_version(wish->version))
		return gnv_error_set(err, EINVAL, "`%.32s`: this is no driver's version",
				     wish->version);
	root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return gnv_error_errno(err, errno, "driver root `%s`", root);
	r = find_all(&(struct search){ wish, &files, root_fd });
	if (r < 0)
		return gnv_error_errno(err, -r, "find the driver's files in `%s`", root);
	*ret = files;
	files = (struct gnv_driver_files){ 0 };
	return 0;
}
