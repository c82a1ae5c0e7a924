// SPDX-License-Identifier: MIT
/*
 * Init as a file that cannot be changed.  /proc/1/exe in a container leads to
 * what PID 1 executes: were that a file of the host's, root in the container
 * could write to it (CVE-2019-5736).  A sealed memory file refuses every write.
 */
#include "sandbox/init_image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3: says that it is meant to be executed */
#endif

/* The assembler finds them in the folder of built things. */
#define CARRY(name, file) \
	__asm__(".pushsection .rodata." name ", \"a\"\n" \
		".balign 16\n" name "_start:\n" \
		".incbin \"" file "\"\n" name "_end:\n" \
		".popsection\n")

CARRY("gnv_init_image", "runtime/sandbox/init.elf");
CARRY("gnv_gate_image", "runtime/oci/gate.elf");

extern const char gnv_init_image_start[], gnv_init_image_end[];
extern const char gnv_gate_image_start[], gnv_gate_image_end[];

#define SEALS	  (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

#define GATE_NAME "ghostnv-gate"

static int open_memory_file(const char *name)
{
	unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create(name, flags | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, flags);
	return fd;
}

static int open_image(const char *name, const char *start, const char *end, int *ret_fd,
		      struct gnv_error **err)
{
	_cleanup_close_ int fd = open_memory_file(name);

	if (fd < 0)
		return gnv_error_errno(err, errno, "make a memory file for `%s`", name);
	if (write(fd, start, (size_t)(end - start)) != end - start)
		return gnv_error_errno(err, errno, "write the memory file of `%s`", name);
	if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return gnv_error_errno(err, errno, "seal the memory file of `%s`", name);
	*ret_fd = STEAL_FD(fd);
	return 0;
}

int gnv_init_image_open(int *ret_fd, struct gnv_error **err)
{
	return open_image("ghostnv-init", gnv_init_image_start, gnv_init_image_end, ret_fd,
			  err);
}

int gnv_gate_image_open(int *ret_fd, struct gnv_error **err)
{
	return open_image(GATE_NAME, gnv_gate_image_start, gnv_gate_image_end, ret_fd,
			  err);
}

bool gnv_gate_image_is(const char *exe)
{
	return !strncmp(exe, "/memfd:" GATE_NAME, strlen("/memfd:" GATE_NAME));
}
