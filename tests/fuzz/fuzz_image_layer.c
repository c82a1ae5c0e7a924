// SPDX-License-Identifier: MIT
/*
 * A layer's tar stream, unpacked beside a canary that must stay as it is.  As
 * anybody but root it makes no devices and gives no files away, and so sees less.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/tree.h"
#include "image/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct stream {
	const uint8_t *data;
	size_t left;
};

static ssize_t read_stream(void *data, const void **ret, struct gnv_error **err)
{
	struct stream *s = data;
	size_t n = s->left < 1000 ? s->left : 1000;

	(void)err;
	*ret = s->data;
	s->data += n;
	s->left -= n;
	return (ssize_t)n;
}

static int scratch_fd = -1;
static char scratch[] = "/tmp/ghostnv-fuzz-XXXXXX";
static struct stat canary;

static void clean_up(void)
{
	gnv_tree_remove(scratch_fd, "layer", NULL);
	unlinkat(scratch_fd, "outside/canary", 0);
	unlinkat(scratch_fd, "outside", AT_REMOVEDIR);
	rmdir(scratch);
}

static void set_up(void)
{
	int fd;

	if (!mkdtemp(scratch))
		abort();
	scratch_fd = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mkdirat(scratch_fd, "outside", 0755) < 0)
		abort();
	fd = openat(scratch_fd, "outside/canary", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, "safe", 4) != 4 || fstat(fd, &canary) < 0)
		abort();
	close(fd);
	/* Runs when the fuzzer ends by itself; what it aborts on stays to be looked at. */
	atexit(clean_up);
}

static int count(const char *path)
{
	int fd = openat(scratch_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0;
	DIR *dir = fdopendir(fd);

	if (!dir)
		abort();
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static void check_canary(void)
{
	struct stat st;

	if (fstatat(scratch_fd, "outside/canary", &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    st.st_ino != canary.st_ino || st.st_mode != canary.st_mode ||
	    st.st_uid != canary.st_uid || st.st_nlink != 1 ||
	    st.st_ctim.tv_sec != canary.st_ctim.tv_sec ||
	    st.st_ctim.tv_nsec != canary.st_ctim.tv_nsec)
		abort();
	if (count("outside") != 1 || count(".") != 2)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stream s = { .data = data, .left = size };
	int fd;

	if (scratch_fd < 0)
		set_up();
	if (mkdirat(scratch_fd, "layer", 0700) < 0)
		abort();
	fd = openat(scratch_fd, "layer", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		abort();
	gnv_unpack(fd, read_stream, &s, NULL);
	close(fd);
	check_canary();
	if (gnv_tree_remove(scratch_fd, "layer", NULL) < 0)
		abort();
	return 0;
}
