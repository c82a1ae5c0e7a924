// SPDX-License-Identifier: MIT
/*
 * Init as a file that cannot be changed.  /proc/1/exe in a container leads to
 * what PID 1 executes: were that a file of the host's, root in the container
 * could write to it (CVE-2019-5736).  A sealed memory file refuses every write.
 */
#include "sandbox/init_image.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3: says that it is meant to be executed */
#endif

/* The assembler finds it in the folder of built things. */
__asm__(".pushsection .rodata.gnv_init, \"a\"\n"
	".balign 16\n"
	"gnv_init_image_start:\n"
	".incbin \"runtime/sandbox/init.elf\"\n"
	"gnv_init_image_end:\n"
	".popsection\n");

extern const char gnv_init_image_start[];
extern const char gnv_init_image_end[];

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static int open_memory_file(void)
{
	unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("ghostnv-init", flags | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("ghostnv-init", flags);
	return fd;
}

int gnv_init_image_open(int *ret_fd, struct gnv_error **err)
{
	size_t bytes = (size_t)(gnv_init_image_end - gnv_init_image_start);
	_cleanup_close_ int fd = open_memory_file();

	if (fd < 0)
		return gnv_error_errno(err, errno, "make a memory file for init");
	if (write(fd, gnv_init_image_start, bytes) != (ssize_t)bytes)
		return gnv_error_errno(err, errno, "write init's memory file");
	if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return gnv_error_errno(err, errno, "seal init's memory file");
	*ret_fd = STEAL_FD(fd);
	return 0;
}
