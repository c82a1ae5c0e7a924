// SPDX-License-Identifier: MIT
/*
 * Files of a cgroup that are set back, on a directory that looks like one: a file there keeps
 * what stood behind a shorter text, so that what was written is at its beginning.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "oci/undo.h"
#include "sandbox/cgroup.h"
#include "tests/unit/tap.h"

static char scratch[] = "/tmp/ghostnv-undo-XXXXXX";
static int fd;

static void put(const char *name, const char *text)
{
	_cleanup_close_ int file_fd = openat(fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	expect(write(file_fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static bool begins(const char *name, const char *text)
{
	_cleanup_free_ char *got = NULL;

	return gnv_file_read_at(fd, name, 4096, &got, NULL, NULL) == 0 &&
	       !strncmp(got, text, strlen(text));
}

/* @name holds @before, and @after once it was changed by @value: what is written to set it back? */
static bool is_set_back_by(const char *name, const char *before, const char *value,
			   const char *after, const char *by)
{
	_cleanup_undo_ struct oci_undo undo = { 0 };

	put(name, before);
	expect_int(oci_undo_note(&undo, fd, name, value, NULL), 0);
	put(name, after);
	oci_undo_all(&undo, fd, NULL);
	return begins(name, by);
}

static void lines_of_devices(void)
{
	expect(is_set_back_by("io.max", "8:1 rbps=5 wbps=max\n8:16 rbps=6 wbps=max\n", "8:16 rbps=9",
			      "8:1 rbps=5 wbps=max\n8:16 rbps=9 wbps=max\n",
			      "8:16 rbps=6 wbps=max"));
	expect(is_set_back_by("io.max", "8:160 rbps=5 wbps=max\n", "8:16 rbps=9",
			      "8:16 rbps=9 wbps=max\n8:160 rbps=5 wbps=max\n",
			      "8:16 rbps=max wbps=max riops=max wiops=max"));
	expect(is_set_back_by("io.weight", "default 100\n", "200", "default 200\n", "default 100"));
	expect(is_set_back_by("io.weight", "default 100\n", "8:0 200", "default 100\n8:0 200\n",
			      "8:0 default"));
	expect(is_set_back_by("rdma.max", "a hca_handle=2 hca_object=max\n", "a hca_handle=3",
			      "a hca_handle=3 hca_object=max\n", "a hca_handle=2 hca_object=max"));
}

static void what_did_not_change_is_not_written(void)
{
	expect(is_set_back_by("io.max", "8:0 rbps=1\n", "8:16 rbps=9", "8:0 rbps=1\n", "8:0 rbps=1"));
}

static void the_last_is_first(void)
{
	_cleanup_undo_ struct oci_undo undo = { 0 };

	put("pids.max", "1\n");
	expect_int(oci_undo_note(&undo, fd, "pids.max", "2", NULL), 0);
	put("pids.max", "2\n");
	expect_int(oci_undo_note(&undo, fd, "pids.max", "3", NULL), 0);
	put("pids.max", "3\n");
	oci_undo_all(&undo, fd, NULL);
	expect(begins("pids.max", "1\n"));
}

/* What is only written, or not there, holds nothing to go back to. */
static void what_cannot_be_read(void)
{
	_cleanup_undo_ struct oci_undo undo = { 0 };

	expect_int(oci_undo_note(&undo, fd, "memory.none", "1", NULL), 0);
	expect_int(undo.n, 0);
}

static void what_cannot_be_set_back_is_said(void)
{
	_cleanup_undo_ struct oci_undo undo = { 0 };
	_cleanup_error_ struct gnv_error *err = NULL;

	put("memory.max", "5\n");
	put("memory.low", "6\n");
	expect_int(oci_undo_note(&undo, fd, "memory.low", "7", NULL), 0);
	expect_int(oci_undo_note(&undo, fd, "memory.max", "7", NULL), 0);
	put("memory.low", "7\n");
	expect_int(unlinkat(fd, "memory.max", 0), 0);
	expect_int(mkdirat(fd, "memory.max", 0700), 0);
	gnv_error_set(&err, EINVAL, "the reason");
	oci_undo_all(&undo, fd, &err);
	expect_str(gnv_error_message(err),
		   "`memory.max` could not be set back to `5` (Is a directory): the reason");
	expect(begins("memory.low", "6\n"));
	expect_int(unlinkat(fd, "memory.max", AT_REMOVEDIR), 0);
}

int main(void)
{
	static const char *const names[] = { "io.max", "io.weight", "rdma.max", "pids.max",
					     "memory.low" };
	size_t i;

	if (!mkdtemp(scratch))
		return 1;
	fd = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test("undo:lines_of_devices", lines_of_devices);
	test("undo:what_did_not_change_is_not_written", what_did_not_change_is_not_written);
	test("undo:the_last_is_first", the_last_is_first);
	test("undo:what_cannot_be_read", what_cannot_be_read);
	test("undo:what_cannot_be_set_back_is_said", what_cannot_be_set_back_is_said);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(fd, names[i], 0);
	close(fd);
	rmdir(scratch);
	return tap_end();
}
