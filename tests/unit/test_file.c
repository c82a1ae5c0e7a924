// SPDX-License-Identifier: MIT
/*
 * base/file: what is read is what is there, of whatever size, up to a limit.
 */
#include <stdlib.h>
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

int main(void)
{
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 256);
	test("file:sizes_are_kept", sizes_are_kept);
	test("file:beyond_the_limit", beyond_the_limit);
	return tap_end();
}
