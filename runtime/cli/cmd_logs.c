// SPDX-License-Identifier: MIT
/*
 * ghostnv-container logs: what a detached container has written.
 */
#include "cli/command.h"
#include "base/options.h"
#include "container/container.h"

static const struct cli_option options[] = { { 0 } };

static int write_out(const char *data, size_t length)
{
	ssize_t n;

	while (length) {
		n = write(STDOUT_FILENO, data, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		length -= (size_t)n;
	}
	return 0;
}

static int copy_range(int fd, off_t from, off_t end, struct gnv_error **err)
{
	char buffer[64 << 10];
	size_t wanted;
	ssize_t n;
	int r;

	while (from < end) {
		wanted = end - from < (off_t)sizeof(buffer) ? (size_t)(end - from) :
							      sizeof(buffer);
		n = pread(fd, buffer, wanted, from);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return gnv_error_errno(err, errno, "read the log");
		if (n == 0)
			return 0;
		r = write_out(buffer, (size_t)n);
		if (r < 0)
			return gnv_error_errno(err, -r, "write to stdout");
		from += n;
	}
	return 0;
}

/*
 * What was dropped from the front is a hole, and data begins behind it; so the
 * first line may lack its beginning.  A container can make its log longer, too:
 * holes are nothing that it has written.
 */
static int copy(int fd, struct gnv_error **err)
{
	off_t from, end = 0;
	int r;

	for (;;) {
		from = lseek(fd, end, SEEK_DATA);
		if (from < 0 && errno == ENXIO)
			return 0;
		end = from < 0 ? -1 : lseek(fd, from, SEEK_HOLE);
		if (end < 0)
			return gnv_error_errno(err, errno, "read the log");
		r = copy_range(fd, from, end, err);
		if (r < 0)
			return r;
	}
}

static int show(const struct gnv_root *root, const char *name, const void *wish,
		struct gnv_error **err)
{
	_cleanup_close_ int fd = gnv_container_open_log(root, name, err);

	(void)wish;
	return fd < 0 ? fd : copy(fd, err);
}

static int run(const struct cli_command *self, const struct gnv_root *root, int argc,
	       char **argv)
{
	return cli_run_named(self, root, argc, argv, NULL, show);
}

const struct cli_command cmd_logs = {
	.name = "logs",
	.synopsis = "NAME",
	.help = "show what a detached container has written",
	.more = "The newest 8 MiB at least are kept, 16 MiB at most.",
	.options = options,
	.one_name = true,
	.run = run,
};
