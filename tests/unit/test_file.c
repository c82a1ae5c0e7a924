// SPDX-License-Identifier: MIT
/*
 * base/file: what is read is what is there, of whatever size, up to a limit.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/unit/tap.h"

#define LIMIT 40000

static char bytes[LIMIT + 1];

/* Return: an fd at the start of a file with the first @length of them. */
static int file_of(size_t length)
{
	int fd = memfd_create("read", MFD_CLOEXEC);

	expect(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
	expect_int(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void sizes_are_kept(void)
{
	static const size_t sizes[] = { 0, 1, 8190, 8191, 8192, 8193, 16384, 16385, LIMIT };
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		_cleanup_close_ int fd = file_of(sizes[i]);
		_cleanup_free_ char *text = NULL;
		size_t length = 1;

		expect_int(gnv_file_read_regular(fd, LIMIT, &text, &length), 0);
		expect_int(length, sizes[i]);
		expect(text && !memcmp(text, bytes, sizes[i]) && !text[sizes[i]]);
	}
}

static void beyond_the_limit(void)
{
	_cleanup_close_ int fd = file_of(LIMIT + 1);
	_cleanup_free_ char *text = NULL;
	size_t length;

	expect_int(gnv_file_read_regular(fd, LIMIT, &text, &length), -EFBIG);
	expect(!text);
}

/* Those of the kernel do not say how much they have, and devices have no end. */
static void without_a_size(void)
{
	_cleanup_free_ char *text = NULL, *none = NULL;
	char piece[8];
	uint64_t value;
	size_t length;

	/* This one says that it is a page, which is more than a number may be. */
	expect_int(gnv_file_read_u64_at(AT_FDCWD, "/sys/kernel/uevent_seqnum", &value, NULL), 0);
	expect_int(gnv_file_read_at(AT_FDCWD, "/proc/self/smaps", 64U << 20, &text, &length, NULL),
		   0);
	expect(text && length > 8192 && strlen(text) == length && text[length - 1] == '\n');
	expect_int(gnv_file_read_at(AT_FDCWD, "/dev/zero", LIMIT, &none, NULL, NULL), -EFBIG);
	expect(!none);
	expect_int(gnv_file_read_piece_at(AT_FDCWD, "/proc/self/status", piece, sizeof(piece)), 0);
	expect(!strncmp(piece, "Name:\t", 6) && strlen(piece) == sizeof(piece) - 1);
	expect_int(gnv_file_read_piece_at(AT_FDCWD, "/no/such", piece, sizeof(piece)), -ENOENT);
	expect_str(piece, "");
}

int main(void)
{
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 256);
	test("file:sizes_are_kept", sizes_are_kept);
	test("file:beyond_the_limit", beyond_the_limit);
	test("file:without_a_size", without_a_size);
	return tap_end();
}
