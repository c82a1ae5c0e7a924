// SPDX-License-Identifier: MIT
/*
 * Init as a file that cannot be changed.  /proc/1/exe in a container leads to
 * what PID 1 executes: were that a file of the host's, root in the container
 * could write to it (CVE-2019-5736).  A sealed memory file refuses every write.
 */
#include "sandbox/init_image.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
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

#define SEALS	     (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

#define GATE_NAME    "ghostnv-gate"

#define PAGE	     4096
#define SEGMENTS_MAX 8

static int open_memory_file(const char *name)
{
	unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create(name, flags | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, flags);
	return fd;
}

static int make_image(const char *name, const struct iovec *parts, int n, int *ret_fd,
		      struct gnv_error **err)
{
	_cleanup_close_ int fd = open_memory_file(name);
	ssize_t bytes = 0;
	int i;

	for (i = 0; i < n; i++)
		bytes += (ssize_t)parts[i].iov_len;
	if (fd < 0)
		return gnv_error_errno(err, errno, "make a memory file for `%s`", name);
	if (writev(fd, parts, n) != bytes)
		return gnv_error_errno(err, errno, "write the memory file of `%s`", name);
	if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return gnv_error_errno(err, errno, "seal the memory file of `%s`", name);
	*ret_fd = STEAL_FD(fd);
	return 0;
}

int gnv_init_image_open(int *ret_fd, struct gnv_error **err)
{
	const struct iovec all = { (void *)gnv_init_image_start,
				   (size_t)(gnv_init_image_end - gnv_init_image_start) };

	return make_image("ghostnv-init", &all, 1, ret_fd, err);
}

/*
 * The program as it is, but that its segments are listed behind it: there is one more of
 * them, which is @orders.  So the kernel puts them in place.
 */
int gnv_gate_image_make(const void *orders, size_t bytes, uint64_t address, int *ret_fd,
			struct gnv_error **err)
{
	static const char zeros[PAGE];
	const size_t size = (size_t)(gnv_gate_image_end - gnv_gate_image_start);
	Elf64_Ehdr header;
	Elf64_Phdr segments[SEGMENTS_MAX];
	size_t listed, listed_at, orders_at;

	memcpy(&header, gnv_gate_image_start, sizeof(header));
	if (header.e_phnum >= SEGMENTS_MAX)
		return gnv_error_set(err, E2BIG, "the gate has too many segments");
	memcpy(segments, gnv_gate_image_start + header.e_phoff,
	       header.e_phnum * sizeof(*segments));
	listed = (header.e_phnum + 1U) * sizeof(*segments);
	listed_at = (size + 7) & ~(size_t)7;
	orders_at = (listed_at + listed + PAGE - 1) & ~(size_t)(PAGE - 1);
	segments[header.e_phnum++] = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R,
		.p_offset = orders_at,
		.p_vaddr = address,
		.p_paddr = address,
		.p_filesz = bytes,
		.p_memsz = bytes,
		.p_align = PAGE,
	};
	header.e_phoff = listed_at;

	const struct iovec parts[] = {
		{ &header, sizeof(header) },
		{ (void *)(gnv_gate_image_start + sizeof(header)), size - sizeof(header) },
		{ (void *)zeros, listed_at - size },
		{ segments, listed },
		{ (void *)zeros, orders_at - listed_at - listed },
		{ (void *)orders, bytes },
	};

	return make_image(GATE_NAME, parts, sizeof(parts) / sizeof(parts[0]), ret_fd, err);
}

bool gnv_gate_image_is(const char *exe)
{
	return !strncmp(exe, "/memfd:" GATE_NAME, strlen("/memfd:" GATE_NAME));
}
