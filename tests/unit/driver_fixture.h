/* SPDX-License-Identifier: MIT */
/*
 * A driver root made for a test: libraries that are the heads of ELF files, and a
 * loader's cache that names them.  All paths are below the root.
 */
#ifndef GNV_TESTS_UNIT_DRIVER_FIXTURE_H
#define GNV_TESTS_UNIT_DRIVER_FIXTURE_H

#include <elf.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "gpu/ld_cache.h"

#define VERSION "550.163.01"
#define LIB	"/usr/lib/x86_64-linux-gnu"

static char root[] = "/tmp/ghostnv-driver-XXXXXX";
static char made[4][256];
static unsigned int turn;

static inline const char *at(const char *path)
{
	char *full = made[turn++ % 4];

	snprintf(full, sizeof(made[0]), "%s%s", root, path);
	return full;
}

static inline void parent(const char *path)
{
	char copy[256];

	snprintf(copy, sizeof(copy), "%s", at(path));
	*strrchr(copy, '/') = '\0';
	expect_int(gnv_mkdir_all(copy, 0755, NULL), 0);
}

static inline void file(const char *path, const void *bytes, size_t n)
{
	int fd;

	parent(path);
	fd = open(at(path), O_WRONLY | O_CREAT | O_TRUNC, 0755);
	expect(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	close(fd);
}

static inline void elf(const char *path, int class, int machine)
{
	Elf64_Ehdr head = { .e_ident = ELFMAG, .e_machine = (uint16_t)machine };

	head.e_ident[EI_CLASS] = (unsigned char)class;
	file(path, &head, sizeof(head));
}

static inline void library(const char *path)
{
	elf(path, ELFCLASS64, EM_X86_64);
}

static inline void link_to(const char *path, const char *to)
{
	parent(path);
	expect(symlink(to, at(path)) == 0);
}

/* "name path name path …", ended by NULL */
static inline void cache(const char *const *entries)
{
	_cleanup_ld_cache_ struct gnv_ld_cache all = { 0 };
	_cleanup_free_ char *bytes = NULL;
	size_t n;

	for (; *entries; entries += 2)
		gnv_ld_cache_put(&all, entries[0], entries[1], GNV_LD_FLAGS);
	expect_int(gnv_ld_cache_format(&all, &bytes, &n), 0);
	file("/etc/ld.so.cache", bytes, n);
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline void clear(void)
{
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	expect(mkdir(root, 0755) == 0);
}

static inline void fixture_init(void)
{
	if (mkdtemp(root))
		return;
	printf("Bail out! no scratch directory\n");
	exit(1);
}

static inline void fixture_fini(void)
{
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif /* GNV_TESTS_UNIT_DRIVER_FIXTURE_H */
